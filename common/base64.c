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

bool
ws_base64_is_digit(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/';
}
