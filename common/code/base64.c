/* Base64 (RFC 4648, 4): portable, through tables, and the bulk of it with AVX2
 * where the caller says that it may be used. */
#include <string.h>

#include "code/base64.h"
#include "code/base64simd.h"

/* X of c and each character, in the order of their values. */
#define EACH(X, c) \
    X(c, 'A'), X(c, 'B'), X(c, 'C'), X(c, 'D'), X(c, 'E'), X(c, 'F'), \
    X(c, 'G'), X(c, 'H'), X(c, 'I'), X(c, 'J'), X(c, 'K'), X(c, 'L'), \
    X(c, 'M'), X(c, 'N'), X(c, 'O'), X(c, 'P'), X(c, 'Q'), X(c, 'R'), \
    X(c, 'S'), X(c, 'T'), X(c, 'U'), X(c, 'V'), X(c, 'W'), X(c, 'X'), \
    X(c, 'Y'), X(c, 'Z'), X(c, 'a'), X(c, 'b'), X(c, 'c'), X(c, 'd'), \
    X(c, 'e'), X(c, 'f'), X(c, 'g'), X(c, 'h'), X(c, 'i'), X(c, 'j'), \
    X(c, 'k'), X(c, 'l'), X(c, 'm'), X(c, 'n'), X(c, 'o'), X(c, 'p'), \
    X(c, 'q'), X(c, 'r'), X(c, 's'), X(c, 't'), X(c, 'u'), X(c, 'v'), \
    X(c, 'w'), X(c, 'x'), X(c, 'y'), X(c, 'z'), X(c, '0'), X(c, '1'), \
    X(c, '2'), X(c, '3'), X(c, '4'), X(c, '5'), X(c, '6'), X(c, '7'), \
    X(c, '8'), X(c, '9'), X(c, '+'), X(c, '/')

/* The two characters of each value of 12 bits. */
#define PAIR(high, low) { high, low }
#define ROW(c) EACH(PAIR, c)
static const char pairs[4096][2] = {
	ROW('A'), ROW('B'), ROW('C'), ROW('D'), ROW('E'), ROW('F'), ROW('G'),
	ROW('H'), ROW('I'), ROW('J'), ROW('K'), ROW('L'), ROW('M'), ROW('N'),
	ROW('O'), ROW('P'), ROW('Q'), ROW('R'), ROW('S'), ROW('T'), ROW('U'),
	ROW('V'), ROW('W'), ROW('X'), ROW('Y'), ROW('Z'), ROW('a'), ROW('b'),
	ROW('c'), ROW('d'), ROW('e'), ROW('f'), ROW('g'), ROW('h'), ROW('i'),
	ROW('j'), ROW('k'), ROW('l'), ROW('m'), ROW('n'), ROW('o'), ROW('p'),
	ROW('q'), ROW('r'), ROW('s'), ROW('t'), ROW('u'), ROW('v'), ROW('w'),
	ROW('x'), ROW('y'), ROW('z'), ROW('0'), ROW('1'), ROW('2'), ROW('3'),
	ROW('4'), ROW('5'), ROW('6'), ROW('7'), ROW('8'), ROW('9'), ROW('+'),
	ROW('/')
};

/* X of the value of each of the 256 bytes, which is 64 for what is no
 * character of base64. */
#define TWO(X, v) X(v), X((v) + 1)
#define DIGITS(X, v) TWO(X, v), TWO(X, (v) + 2), TWO(X, (v) + 4), \
    TWO(X, (v) + 6), TWO(X, (v) + 8)
#define LETTERS(X, v) DIGITS(X, v), DIGITS(X, (v) + 10), TWO(X, (v) + 20), \
    TWO(X, (v) + 22), TWO(X, (v) + 24)
#define NO_3(X) X(64), X(64), X(64)
#define NO_6(X) NO_3(X), NO_3(X)
#define NO_43(X) NO_6(X), NO_6(X), NO_6(X), NO_6(X), NO_6(X), NO_6(X), \
    NO_6(X), X(64)
#define NO_133(X) NO_43(X), NO_43(X), NO_43(X), NO_3(X), X(64)
#define EACH_BYTE(X) NO_43(X), X(62), NO_3(X), X(63), DIGITS(X, 52), \
    NO_6(X), X(64), LETTERS(X, 0), NO_6(X), LETTERS(X, 26), NO_133(X)

/* What a character adds to the three bytes of its group, by its place there;
 * the fourth is not zero for what is no character of base64. */
#define PART(v, high, mid, low) { (uint8_t)(high), (uint8_t)(mid), \
    (uint8_t)(low), (v) == 64 }
#define PLACE_0(v) PART(v, (v) << 2, 0, 0)
#define PLACE_1(v) PART(v, (v) >> 4, (v) << 4, 0)
#define PLACE_2(v) PART(v, 0, (v) >> 2, (v) << 6)
#define PLACE_3(v) PART(v, 0, 0, v)
static const uint8_t parts[4][256][4] = { { EACH_BYTE(PLACE_0) },
    { EACH_BYTE(PLACE_1) }, { EACH_BYTE(PLACE_2) }, { EACH_BYTE(PLACE_3) } };

/* -- encoding -- */

/* Six bytes become eight characters, as often as eight can be read.  Returns
 * how many bytes it took. */
static size_t
encode_sixes(char *out, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; len - i >= 8; i += 6, data += 6, out += 8) {
		uint64_t bits = (uint64_t)data[0] << 56 |
		    (uint64_t)data[1] << 48 | (uint64_t)data[2] << 40 |
		    (uint64_t)data[3] << 32 | (uint64_t)data[4] << 24 |
		    (uint64_t)data[5] << 16 | (uint64_t)data[6] << 8 | data[7];

		memcpy(out, pairs[bits >> 52], 2);
		memcpy(out + 2, pairs[bits >> 40 & 0xfff], 2);
		memcpy(out + 4, pairs[bits >> 28 & 0xfff], 2);
		memcpy(out + 6, pairs[bits >> 16 & 0xfff], 2);
	}
	return i;
}

/* One to three bytes become four characters. */
static void
encode_group(char out[4], const uint8_t *data, size_t len)
{
	uint32_t group = (uint32_t)data[0] << 16;

	if (len > 1)
		group |= (uint32_t)data[1] << 8;
	if (len > 2)
		group |= data[2];
	memcpy(out, pairs[group >> 12], 2);
	memcpy(out + 2, pairs[group & 0xfff], 2);
	if (len < 3)
		out[3] = '=';
	if (len < 2)
		out[2] = '=';
}

void
ws_base64_encode(char *out, const uint8_t *data, size_t len,
    enum ws_simd simd)
{
	size_t n = simd == WS_SIMD_AVX2 ?
	    ws_base64_encode_avx2(out, data, len) : 0;

	n += encode_sixes(out + n / 3 * 4, data + n, len - n);
	for (; n < len; n += 3)
		encode_group(out + n / 3 * 4, data + n,
		    len - n < 3 ? len - n : 3);
}

/* -- decoding -- */

bool
ws_base64_is_digit(uint8_t c)
{
	return parts[0][c][3] == 0;
}

static uint32_t
part_at(size_t place, uint8_t c)
{
	uint32_t part;

	memcpy(&part, parts[place][c], sizeof part);
	return part;
}

/* Four characters become three bytes in memory, and a fourth that is 0 if they
 * all are characters of base64. */
static uint32_t
group_at(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	return part_at(0, p[0]) | part_at(1, p[1]) | part_at(2, p[2]) |
	    part_at(3, p[3]);
}

/* Decodes two groups at a time, as long as they are good and more than as many
 * follow.  Returns how many characters it took. */
static size_t
decode_eights(uint8_t *out, const char *text, size_t len)
{
	static const uint8_t bad_bits[4] = { 0, 0, 0, 1 };
	uint32_t bad, first, second;
	size_t i;

	memcpy(&bad, bad_bits, sizeof bad);
	for (i = 0; len - i > 8; i += 8, out += 6) {
		first = group_at(text + i);
		second = group_at(text + i + 4);
		if (((first | second) & bad) != 0)
			break;
		memcpy(out, &first, 4);
		memcpy(out + 3, &second, 4);
	}
	return i;
}

/* Four characters, the last pads of them padding, become 3 - pads bytes. */
static bool
decode_group(uint8_t *out, const char *text, size_t pads)
{
	char digits[4] = { 'A', 'A', 'A', 'A' };
	uint8_t bytes[4];
	uint32_t group;

	memcpy(digits, text, 4 - pads);
	group = group_at(digits);
	memcpy(bytes, &group, sizeof bytes);
	if (bytes[3] != 0)
		return false;
	memcpy(out, bytes, 3 - pads);
	/* Bits that no byte holds must be zero. */
	return pads == 0 || bytes[3 - pads] == 0;
}

bool
ws_base64_decode(uint8_t *out, size_t *out_len, const char *text, size_t len,
    enum ws_simd simd)
{
	size_t n, pads = 0;

	*out_len = 0;
	if (len % 4 != 0)
		return false;
	if (len > 0 && text[len - 1] == '=')
		pads = text[len - 2] == '=' ? 2 : 1;
	n = simd == WS_SIMD_AVX2 ? ws_base64_decode_avx2(out, text, len) : 0;
	n += decode_eights(out + n / 4 * 3, text + n, len - n);
	for (; n < len; n += 4) {
		size_t here = n + 4 == len ? pads : 0;

		*out_len = n / 4 * 3;
		if (!decode_group(out + *out_len, text + n, here))
			return false;
	}
	*out_len = len / 4 * 3 - pads;
	return true;
}

/* Fills the group begun; whole, it is decoded.  How many characters it took
 * goes to *used. */
static bool
fill_group(struct ws_base64_piece *b, uint8_t *out, size_t *out_len,
    const char *text, size_t len, size_t *used)
{
	size_t n;

	for (*used = 0; b->len < sizeof b->group && *used < len; (*used)++)
		b->group[b->len++] = text[*used];
	*out_len = 0;
	if (b->len < sizeof b->group)
		return true;
	b->len = 0;
	if (!ws_base64_decode(out, &n, b->group, sizeof b->group,
	    WS_SIMD_NONE))
		return false;
	b->ended = n < 3;
	*out_len = n;
	return true;
}

bool
ws_base64_decode_piece(struct ws_base64_piece *b, uint8_t *out,
    size_t *out_len, const char *text, size_t len, enum ws_simd simd)
{
	size_t used = 0, n, whole;
	bool good;

	*out_len = 0;
	if (len == 0)
		return true;
	if (b->ended)
		return false;
	if (b->len > 0) {
		if (!fill_group(b, out, out_len, text, len, &used))
			return false;
		if (b->ended)
			return used == len;
	}
	whole = (len - used) / 4 * 4;
	good = ws_base64_decode(out + *out_len, &n, text + used, whole, simd);
	*out_len += n;
	if (!good)
		return false;
	b->ended = n < whole / 4 * 3;
	used += whole;
	if (b->ended)
		return used == len;
	/* What is left is no whole group: nothing comes out. */
	return fill_group(b, out + *out_len, &n, text + used, len - used,
	    &used);
}

bool
ws_base64_complete(const struct ws_base64_piece *b)
{
	return b->len == 0;
}
