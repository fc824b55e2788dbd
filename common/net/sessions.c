/* The sessions of a listener.  They are looked through one by one: of thousands
 * that takes microseconds, of which starting a program takes hundreds, and
 * nobody can choose addresses that make it take longer. */
#include <string.h>

#include "code/bits.h"
#include "net/sessions.h"

uint64_t
ws_network_of_ipv4(const uint8_t address[4])
{
	return address[0] == 127 ? WS_UNCOUNTED : load_net32(address);
}

/* The networks of IPv6 whose number is that of an IPv4 address, those of ::/32,
 * are nobody's (RFC 4291, 2.4); in the first of them is the loopback. */
uint64_t
ws_network_of_ipv6(const uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(address, mapped, sizeof mapped) == 0)
		return ws_network_of_ipv4(address + sizeof mapped);
	return (uint64_t)load_net32(address) << 32 | load_net32(address + 4);
}

bool
ws_sessions_full(const struct ws_sessions *s)
{
	return s->count == s->most;
}

bool
ws_sessions_has_share(const struct ws_sessions *s, uint64_t network)
{
	size_t i, n = 0;

	if (network == WS_UNCOUNTED || s->each == 0)
		return false;
	for (i = 0; i < s->count; i++)
		n += s->list[i].network == network;
	return n >= s->each;
}

void
ws_sessions_add(struct ws_sessions *s, int64_t process, uint64_t network,
    int64_t now)
{
	struct ws_session *added = &s->list[s->count++];

	added->process = process;
	added->network = network;
	added->number = ++s->number;
	added->since = now;
}

bool
ws_sessions_remove(struct ws_sessions *s, int64_t process,
    struct ws_session *ended)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (s->list[i].process != process)
			continue;
		*ended = s->list[i];
		s->list[i] = s->list[--s->count];
		return true;
	}
	return false;
}
