/* How many sessions an address may have at a time.  Each holds a place: a byte
 * of a file, common to all sessions of a listener, locked by the process that
 * lasts as long as the session, and given back by the system however that
 * ends. */
#ifndef CMD_WS_HANDSHAKE_CONNLIMIT_H
#define CMD_WS_HANDSHAKE_CONNLIMIT_H

#include <stdbool.h>

enum { CONNLIMIT_MAX = 4096 };

/* Takes one of the places of this numeric address, where the environment says
 * (WS_SLOTS) that they are counted; IPv6 addresses share those of their /64,
 * which one peer has whole.  False if all are taken.  Of more than 256 so many
 * are tried, and with more than 98 in 100 taken a free one may not be found.
 * Addresses of this machine, where a proxy may be, and what is none of the
 * Internet have no limit. */
bool connlimit_take(const char *address);

/* Where a place was taken, goes on in a child, whose parent holds it until the
 * child ends, whatever the child does to its descriptors; and ends like it. */
void connlimit_keep_for_child(void);

/* Closes the file in a process that holds no place. */
void connlimit_leave(void);

#endif
