/* Base64 in bulk with the instructions of one kind of processor: for base64.c,
 * which does what these leave, and only with enum ws_simd's leave.  Where they
 * are not compiled in they do nothing.  Pure. */
#ifndef CODE_BASE64SIMD_H
#define CODE_BASE64SIMD_H

#include <stddef.h>
#include <stdint.h>

/* Encodes bytes from the start of data, a multiple of 3, never beyond their
 * characters.  Returns how many. */
size_t ws_base64_encode_avx2(char *out, const uint8_t *data, size_t len);

/* Decodes characters from the start of text, a multiple of 4, to out, which may
 * be where they are; stops before the first 32 that are not all of the 64.
 * Returns how many. */
size_t ws_base64_decode_avx2(uint8_t *out, const char *text, size_t len);

#endif
