/* UTF-8 validation in bulk, for utf8.c.  Pure. */
#ifndef CODE_UTF8SIMD_H
#define CODE_UTF8SIMD_H

#include <stddef.h>
#include <stdint.h>

/* So many bytes before the text are looked at, too. */
enum { WS_UTF8_BEHIND = 3 };

/* How many bytes at the start of text are whole and valid characters, as far
 * as can be told in large blocks: the rest, from none to all of it, may be good
 * or bad.  text begins between two characters, and behind WS_UTF8_BEHIND bytes
 * of valid text. */
size_t ws_utf8_blocks(const uint8_t *text, size_t len);

#endif
