/* Base64 (RFC 4648, 4). */
#include "base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes become four characters. */
static void
encode_group(char out[4], const uint8_t *data, size_t len)
{
	uint32_t group = (uint32_t)data[0] << 16;

	if (len > 1)
		group |= (uint32_t)data[1] << 8;
	if (len > 2)
		group |= data[2];
	out[0] = digits[group >> 18];
	out[1] = digits[group >> 12 & 63];
	out[2] = len > 1 ? digits[group >> 6 & 63] : '=';
	out[3] = len > 2 ? digits[group & 63] : '=';
}

void
ws_base64_encode(char *out, const uint8_t *data, size_t len)
{
	for (; len >= 3; len -= 3, data += 3, out += 4)
		encode_group(out, data, 3);
	if (len > 0)
		encode_group(out, data, len);
}

/* The six bits that a character stands for, or 64. */
static uint8_t
digit_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

bool
ws_base64_is_digit(uint8_t c)
{
	return digit_value(c) < 64;
}

/* Four characters, the last pads of them padding, become 3 - pads bytes. */
static bool
decode_group(uint8_t *out, const char *text, size_t pads)
{
	uint32_t group = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		uint8_t value = i < 4 - pads ? digit_value((uint8_t)text[i]) :
		    0;

		if (value == 64)
			return false;
		group = group << 6 | value;
	}
	for (i = 0; i < 3 - pads; i++)
		out[i] = (uint8_t)(group >> (16 - 8 * i));
	/* Bits that no byte holds must be zero. */
	return pads == 0 || (group & (pads == 1 ? 0xff : 0xffff)) == 0;
}

bool
ws_base64_decode(uint8_t *out, size_t *out_len, const char *text, size_t len)
{
	size_t i, pads = 0;

	*out_len = 0;
	if (len % 4 != 0)
		return false;
	if (len > 0 && text[len - 1] == '=')
		pads = text[len - 2] == '=' ? 2 : 1;
	for (i = 0; i < len; i += 4) {
		size_t here = i + 4 == len ? pads : 0;

		if (!decode_group(out + *out_len, text + i, here))
			return false;
		*out_len += 3 - here;
	}
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
	if (!ws_base64_decode(out, &n, b->group, sizeof b->group))
		return false;
	b->ended = n < 3;
	*out_len = n;
	return true;
}

bool
ws_base64_decode_piece(struct ws_base64_piece *b, uint8_t *out,
    size_t *out_len, const char *text, size_t len)
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
	good = ws_base64_decode(out + *out_len, &n, text + used, whole);
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
