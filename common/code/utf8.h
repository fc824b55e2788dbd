/* UTF-8 validation that can stop and go on anywhere (RFC 3629, 4).  Pure. */
#ifndef CODE_UTF8_H
#define CODE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a text stands: how many bytes the character begun still needs, and
 * the bounds of the next one.  All zero at the start of a text. */
struct ws_utf8 {
	uint8_t need;
	uint8_t low, high;
};

/* Takes the next len bytes of a text.  Returns len if they continue it well,
 * else the index of the first byte after which no text can be valid. */
size_t ws_utf8_check(struct ws_utf8 *, const uint8_t *text, size_t len);

/* Whether the text may end here, between two characters. */
bool ws_utf8_complete(const struct ws_utf8 *);

/* How many bytes at the end of a text found good so far belong to a character
 * that is not complete, 0 to 3.  len is the text's length in this buffer. */
size_t ws_utf8_tail(const struct ws_utf8 *, const uint8_t *text, size_t len);

#endif
