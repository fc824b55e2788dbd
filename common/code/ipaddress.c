/* IP addresses as text. */
#include <string.h>

#include "code/ipaddress.h"

enum { NOWHERE = 17 };

/* Cuts a number of 0 to 255 off the start. */
static bool
take_byte(struct slice *s, uint8_t *byte)
{
	bool zero = s->len > 0 && s->p[0] == '0';
	size_t before = s->len;
	uint64_t value;

	if (!slice_take_number(s, 255, &value) || (zero && before - s->len > 1))
		return false;
	*byte = (uint8_t)value;
	return true;
}

bool
ip_read_v4(uint8_t address[4], struct slice s)
{
	size_t i;

	for (i = 0; i < 4; i++)
		if ((i > 0 && !slice_take_prefix(&s, ".")) ||
		    !take_byte(&s, &address[i]))
			return false;
	return s.len == 0;
}

/* Cuts up to four hexadecimal digits off the start. */
static bool
take_group(struct slice *s, uint8_t group[2])
{
	unsigned value = 0;
	size_t n = 0;

	for (; n < s->len && n < 4 && text_hex_value(s->p[n]) >= 0; n++)
		value = value << 4 | (unsigned)text_hex_value(s->p[n]);
	(void)slice_cut(s, n);
	group[0] = (uint8_t)(value >> 8);
	group[1] = (uint8_t)value;
	return n > 0;
}

bool
ip_read_v6(uint8_t address[16], struct slice s)
{
	size_t n = 0, gap = NOWHERE;	/* bytes; where "::" was */

	while (s.len > 0) {
		if (gap == NOWHERE && slice_take_prefix(&s, "::")) {
			gap = n;
			continue;
		}
		if (n > 0 && n != gap && !slice_take_prefix(&s, ":"))
			return false;
		if (n <= 12 && ip_read_v4(address + n, s)) {
			n += 4;
			break;
		}
		if (n == 16 || !take_group(&s, address + n))
			return false;
		n += 2;
	}
	if (gap == NOWHERE)
		return n == 16;
	if (n > 14)
		return false;
	memmove(address + 16 - (n - gap), address + gap, n - gap);
	memset(address + gap, 0, 16 - n);
	return true;
}
