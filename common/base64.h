/* Base64 (RFC 4648, 4).  Pure. */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of characters that len bytes become. */
#define WS_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/* Writes WS_BASE64_LEN(len) characters to out, padded, without a NUL. */
void ws_base64_encode(char *out, const uint8_t *data, size_t len);

/* Whether c is one of the 64 characters; the padding is not. */
bool ws_base64_is_digit(uint8_t c);

/* Decodes len characters to out, which may be where they are; *out_len becomes
 * the number of bytes.  Strict: False for anything but whole groups of four
 * with the padding at the end and no stray bits (RFC 4648, 3). */
bool ws_base64_decode(uint8_t *out, size_t *out_len, const char *text,
    size_t len);

#endif
