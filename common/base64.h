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

#endif
