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
 * which one peer has whole.  False if all are taken.  Addresses of this
 * machine, where a proxy may be, and what is none of the Internet have no
 * limit. */
bool connlimit_take(const char *address);

#endif
