/* The client's side of Tor's Extended ORPort (Tor's ext-orport-spec, whose
 * sections are cited here): each proves to the other that it knows the cookie,
 * then Tor is told whose connection this is, and by what transport.  Pure. */
#ifndef NET_EXTORPORT_H
#define NET_EXTORPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/sha256.h"
#include "code/text.h"

enum {
	WS_EXTOR_KEY_LEN = 32,
	WS_EXTOR_NONCE_LEN = 32,
	WS_EXTOR_COOKIE_LEN = 32 + WS_EXTOR_KEY_LEN,	/* of its file */
	WS_EXTOR_ADDRESS_MAX = 45 + 8,	/* longest IPv6, "[]:65535" */
	WS_EXTOR_NAME_MAX = 100,	/* of a transport */
	WS_EXTOR_READ_MAX = WS_SHA256_LEN + WS_EXTOR_NONCE_LEN,
	WS_EXTOR_SAY_MAX = 512
};

/* Takes the key out of the cookie file's len bytes.  False, and the key is
 * left alone, if they are no cookie (2.1.2). */
bool ws_extor_read_cookie(uint8_t key[WS_EXTOR_KEY_LEN], const uint8_t *file,
    size_t len);

/* Appends address and port as Tor reads them (3.1.2.1).  False, and nothing
 * is appended, unless they are an IPv4 or IPv6 address and a number; either
 * may be null. */
bool ws_extor_put_address(struct text *, const char *address,
    const char *port);

enum ws_extor_status {
	WS_EXTOR_MORE,		/* Tor has more to say */
	WS_EXTOR_OPEN,		/* what follows is payload */
	WS_EXTOR_NO_METHOD,	/* no authentication that we know (2) */
	WS_EXTOR_IMPOSTOR,	/* it does not know the cookie (2.1.3) */
	WS_EXTOR_REFUSED,	/* it does not believe that we do (2.1.3) */
	WS_EXTOR_DENIED,	/* it does not want the connection (3.2) */
	WS_EXTOR_MALFORMED
};

struct ws_extor {
	/* The caller's */
	uint8_t key[WS_EXTOR_KEY_LEN];
	uint8_t nonce[WS_EXTOR_NONCE_LEN];	/* fresh and random */
	const char *address;		/* of ws_extor_put_address, or null */
	const char *transport;		/* at most WS_EXTOR_NAME_MAX */

	/* inside; zero at the start */
	enum { WS_EXTOR_METHODS, WS_EXTOR_HASH, WS_EXTOR_VERDICT,
	    WS_EXTOR_REPLY, WS_EXTOR_BODY } step;
	uint8_t in[WS_EXTOR_READ_MAX];
	size_t in_len, body_len;
	unsigned methods;
	bool safe_cookie;
};

/* How many bytes Tor has to say at least.  No more may be read, as the payload
 * may follow them at once. */
size_t ws_extor_wants(const struct ws_extor *);

/* Takes up to len bytes that Tor said, *used of them, and appends what is to
 * be said to it: WS_EXTOR_SAY_MAX has room for all. */
enum ws_extor_status ws_extor_take(struct ws_extor *, const uint8_t *in,
    size_t len, size_t *used, struct text *say);

#endif
