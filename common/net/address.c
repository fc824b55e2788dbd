/* Addresses of the Internet in words. */
#include <string.h>

#include "code/bits.h"
#include "net/address.h"

enum { GROUPS = 8 };

void
net_put_ipv4(struct text *t, const uint8_t address[4])
{
	text_format(t, "%d.%d.%d.%d", address[0], address[1], address[2],
	    address[3]);
}

/* Without zeros in front (RFC 5952, 4.1). */
static void
put_group(struct text *t, unsigned group)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && group >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		text_put(t, digits + (group >> shift & 15), 1);
}

/* The longest run of groups that are zero, the first of several: where it
 * begins and how many.  One alone is none (RFC 5952, 4.2). */
static size_t
find_zeros(const uint8_t address[16], size_t *count)
{
	size_t start = GROUPS, i, n;

	*count = 1;
	for (i = 0; i < GROUPS; i += n + 1) {
		for (n = 0; i + n < GROUPS &&
		    load_net16(address + 2 * (i + n)) == 0; n++)
			;
		if (n > *count) {
			*count = n;
			start = i;
		}
	}
	return start;
}

void
net_put_ipv6(struct text *t, const uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	size_t count, zeros = find_zeros(address, &count), i;

	if (memcmp(address, mapped, sizeof mapped) == 0) {
		text_puts(t, "::ffff:");	/* RFC 5952, 5 */
		net_put_ipv4(t, address + sizeof mapped);
		return;
	}
	for (i = 0; i < GROUPS; i++) {
		if (i == zeros) {
			text_puts(t, "::");
			i += count - 1;
			continue;
		}
		if (i > 0 && i != zeros + count)
			text_puts(t, ":");
		put_group(t, load_net16(address + 2 * i));
	}
}
