/* The sessions of a listener, and whether one more may come.  Pure. */
#ifndef NET_SESSIONS_H
#define NET_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose sessions are counted together: an IPv4 address, or a /64 of IPv6, which
 * one peer has whole.  An IPv4 address in the form of IPv6 is what it is.  Of
 * this machine, where a proxy may be, nothing is counted: WS_UNCOUNTED. */
enum { WS_UNCOUNTED = 0 };
uint64_t ws_network_of_ipv4(const uint8_t address[4]);
uint64_t ws_network_of_ipv6(const uint8_t address[16]);

struct ws_session {
	int64_t process;
	uint64_t network;
	uint64_t number;	/* the first is 1 */
	int64_t since;		/* the time that the caller has */
};

struct ws_sessions {
	struct ws_session *list;	/* the caller's, room for most */
	size_t count, most;
	size_t each;			/* of a network; 0: no limit */
	uint64_t number;		/* of the last one that came */
};

/* Whether no more of any network may come. */
bool ws_sessions_full(const struct ws_sessions *);

/* Whether this network has its share. */
bool ws_sessions_has_share(const struct ws_sessions *, uint64_t network);

/* Adds one, which gets the next number; there has to be room. */
void ws_sessions_add(struct ws_sessions *, int64_t process, uint64_t network,
    int64_t now);

/* Takes that process's out of the list and puts it into ended; false if it has
 * none. */
bool ws_sessions_remove(struct ws_sessions *, int64_t process,
    struct ws_session *ended);

#endif
