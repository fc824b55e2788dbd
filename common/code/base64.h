/* Base64 (RFC 4648, 4).  Pure. */
#ifndef CODE_BASE64_H
#define CODE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of characters that len bytes become. */
#define WS_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/* Which instructions may be used beside those that any processor has;
 * cpu_simd() of cpu.h knows.  It makes no difference but in time. */
enum ws_simd {
	WS_SIMD_NONE,
	WS_SIMD_AVX2
};

/* Writes WS_BASE64_LEN(len) characters to out, padded, without a NUL. */
void ws_base64_encode(char *out, const uint8_t *data, size_t len,
    enum ws_simd);

/* Whether c is one of the 64 characters; the padding is not. */
bool ws_base64_is_digit(uint8_t c);

/* Decodes len characters to out, which may be where they are; *out_len becomes
 * the number of bytes.  Strict: False for anything but whole groups of four
 * with the padding at the end and no stray bits (RFC 4648, 3). */
bool ws_base64_decode(uint8_t *out, size_t *out_len, const char *text,
    size_t len, enum ws_simd);

/* A text that comes in pieces, cut anywhere.  All zero at its start. */
struct ws_base64_piece {
	char group[4];		/* characters that are no whole group yet */
	size_t len;
	bool ended;		/* behind the padding */
};

/* Decodes the next len characters of a text to out, which has room for
 * 3 * (len / 4 + 1) bytes and does not overlap; *out_len becomes their number.
 * As strict as ws_base64_decode.  After False, which comes behind the bytes
 * that were good, the text is at its end. */
bool ws_base64_decode_piece(struct ws_base64_piece *, uint8_t *out,
    size_t *out_len, const char *text, size_t len, enum ws_simd);

/* Whether the text may end here. */
bool ws_base64_complete(const struct ws_base64_piece *);

#endif
