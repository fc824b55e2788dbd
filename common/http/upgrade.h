/* What a connection is switched to (RFC 9110, 7.8).  Pure. */
#ifndef HTTP_UPGRADE_H
#define HTTP_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

/* Zero for WebSocket, whose frames follow the handshake.  After any other
 * upgrade, also to something that calls itself websocket, come the bytes of the
 * protocol. */
struct ws_upgrade {
	const char *protocol;		/* or null */
	bool with_key;			/* and the proof of RFC 6455 */
};

/* Whether frames follow. */
bool ws_upgrade_is_framed(const struct ws_upgrade *);

/* Whether a key has to be sent, and its accept value to be returned. */
bool ws_upgrade_has_key(const struct ws_upgrade *);

/* What stands in Upgrade. */
const char *ws_upgrade_name(const struct ws_upgrade *);

enum { WS_UPGRADE_MAX = 64 };	/* of a name here, with its version */

/* Reads "protocol[,key]", protocol being name[/version]; the protocol is copied
 * to name.  False if it is none. */
bool ws_upgrade_parse(struct ws_upgrade *, char name[WS_UPGRADE_MAX + 1],
    const char *value);

#endif
