/* Base64 (RFC 4648, 4): portable, through tables, and the bulk of it with AVX2
 * where the caller says that it may be used. */
#include <string.h>

#include "base64.h"
#include "base64simd.h"

/* The character of a value, the value of a character; 64 for none. */
#define DIGIT(v) ((v) < 26 ? 'A' + (v) : (v) < 52 ? 'a' + (v) - 26 : \
    (v) < 62 ? '0' + (v) - 52 : (v) == 62 ? '+' : '/')
#define VALUE(c) ((c) >= 'A' && (c) <= 'Z' ? (c) - 'A' : \
    (c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 26 : \
    (c) >= '0' && (c) <= '9' ? (c) - '0' + 52 : \
    (c) == '+' ? 62 : (c) == '/' ? 63 : 64)

/* A table's entries from n on. */
#define X4(x, n) x(n), x((n) + 1), x((n) + 2), x((n) + 3)
#define X16(x, n) X4(x, n), X4(x, (n) + 4), X4(x, (n) + 8), X4(x, (n) + 12)
#define X64(x, n) X16(x, n), X16(x, (n) + 16), X16(x, (n) + 32), \
    X16(x, (n) + 48)
#define X256(x, n) X64(x, n), X64(x, (n) + 64), X64(x, (n) + 128), \
    X64(x, (n) + 192)
#define X1024(x, n) X256(x, n), X256(x, (n) + 256), X256(x, (n) + 512), \
    X256(x, (n) + 768)

/* The two characters of each value of 12 bits. */
#define PAIR(v) { (char)DIGIT((v) >> 6), (char)DIGIT((v) & 63) }
static const char pairs[4096][2] = { X1024(PAIR, 0), X1024(PAIR, 1024),
    X1024(PAIR, 2048), X1024(PAIR, 3072) };

/* What a character adds to the three bytes of its group, by its place there;
 * the fourth is not zero for what is no character of base64. */
#define PART(c, high, mid, low) { (uint8_t)(high), (uint8_t)(mid), \
    (uint8_t)(low), VALUE(c) == 64 }
#define PLACE_0(c) PART(c, VALUE(c) << 2, 0, 0)
#define PLACE_1(c) PART(c, VALUE(c) >> 4, VALUE(c) << 4, 0)
#define PLACE_2(c) PART(c, 0, VALUE(c) >> 2, VALUE(c) << 6)
#define PLACE_3(c) PART(c, 0, 0, VALUE(c))
static const uint8_t parts[4][256][4] = { { X256(PLACE_0, 0) },
    { X256(PLACE_1, 0) }, { X256(PLACE_2, 0) }, { X256(PLACE_3, 0) } };

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
