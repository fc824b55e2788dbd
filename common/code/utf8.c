/* UTF-8 validation that can stop and go on anywhere (RFC 3629, 4). */
#include <string.h>

#include "code/utf8.h"
#include "code/utf8simd.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* How many bytes at the start of text are ASCII, in steps of 8. */
static size_t
ascii_run(const uint8_t *text, size_t len)
{
	uint64_t word[4];
	size_t i = 0;

	for (; len - i >= sizeof word; i += sizeof word) {
		memcpy(word, text + i, sizeof word);
		if ((word[0] | word[1] | word[2] | word[3]) & HIGH_BITS)
			break;
	}
	for (; len - i >= sizeof word[0]; i += sizeof word[0]) {
		memcpy(word, text + i, sizeof word[0]);
		if (word[0] & HIGH_BITS)
			break;
	}
	return i;
}

/* The size of a character of two or three bytes that lies whole and valid at
 * the start of text, or 0: the usual case beside ASCII, taken at once. */
static size_t
whole_character(const uint8_t *text, size_t len)
{
	uint8_t first = text[0], second;

	if (len < 3 || first < 0xc2 || first > 0xef)
		return 0;
	second = text[1];
	if ((second & 0xc0) != 0x80)
		return 0;
	if (first < 0xe0)
		return 2;
	if ((text[2] & 0xc0) != 0x80 || (first == 0xe0 && second < 0xa0) ||
	    (first == 0xed && second > 0x9f))
		return 0;
	return 3;
}

/* The first byte of a character decides how many follow, and the bounds of
 * the second: the table of RFC 3629, 4.  False if no character begins so. */
static bool
begin(struct ws_utf8 *u, uint8_t byte)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (byte < 0x80) {
		u->need = 0;
	} else if (byte >= 0xc2 && byte <= 0xdf) {
		u->need = 1;
	} else if (byte >= 0xe0 && byte <= 0xef) {
		u->need = 2;
		if (byte == 0xe0)
			u->low = 0xa0;	/* below: an overlong form */
		else if (byte == 0xed)
			u->high = 0x9f;	/* above: the surrogates */
	} else if (byte >= 0xf0 && byte <= 0xf4) {
		u->need = 3;
		if (byte == 0xf0)
			u->low = 0x90;	/* below: an overlong form */
		else if (byte == 0xf4)
			u->high = 0x8f;	/* above: beyond U+10FFFF */
	} else {
		return false;
	}
	return true;
}

static bool
proceed(struct ws_utf8 *u, uint8_t byte)
{
	if (byte < u->low || byte > u->high)
		return false;
	u->need--;
	u->low = 0x80;
	u->high = 0xbf;
	return true;
}

static bool
take_byte(struct ws_utf8 *u, uint8_t byte)
{
	return u->need > 0 ? proceed(u, byte) : begin(u, byte);
}

/* As ws_utf8_check, character by character. */
static size_t
check_plainly(struct ws_utf8 *u, const uint8_t *text, size_t len)
{
	size_t i = 0, whole;

	while (i < len) {
		if (u->need == 0 && text[i] < 0x80) {
			i += ascii_run(text + i, len - i);
			while (i < len && text[i] < 0x80)
				i++;
			continue;
		}
		whole = u->need == 0 ? whole_character(text + i, len - i) : 0;
		if (whole == 0 && !take_byte(u, text[i]))
			return i;
		i += whole > 0 ? whole : 1;
	}
	return len;
}

size_t
ws_utf8_check(struct ws_utf8 *u, const uint8_t *text, size_t len)
{
	size_t i = 0;

	/* To where blocks may begin. */
	while (i < len && (i < WS_UTF8_BEHIND || u->need > 0)) {
		if (!take_byte(u, text[i]))
			return i;
		i++;
	}
	i += ws_utf8_blocks(text + i, len - i);
	return i + check_plainly(u, text + i, len - i);
}

bool
ws_utf8_complete(const struct ws_utf8 *u)
{
	return u->need == 0;
}

size_t
ws_utf8_tail(const struct ws_utf8 *u, const uint8_t *text, size_t len)
{
	size_t n = 0;

	if (u->need == 0)
		return 0;
	while (n < len && n < 3) {
		n++;
		if ((text[len - n] & 0xc0) != 0x80)	/* its first byte */
			break;
	}
	return n;
}
