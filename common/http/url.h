/* ws and wss URLs (RFC 6455, 3; RFC 3986).  Pure. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

#include "code/text.h"

enum {
	WS_HOST_MAX = 255,	/* the longest name that DNS knows */
	WS_ZONE_MAX = 32,	/* of an IPv6 address; systems have up to 15 */
	WS_ADDRESS_MAX = WS_HOST_MAX + WS_ZONE_MAX + 16	/* [host%zone]:port */
};

struct ws_url {
	bool secure;			/* wss */
	char host[WS_HOST_MAX + 1];	/* lower case, without brackets */
	bool literal;			/* it was in brackets: IPv6 */
	char zone[WS_ZONE_MAX + 1];	/* where that is valid, or empty */
	unsigned port;
	struct slice path;		/* may be empty, stands for "/" */
	struct slice query;		/* without "?" */
};

enum ws_url_fault {
	WS_URL_OK,
	WS_URL_SCHEME,
	WS_URL_USERINFO,
	WS_URL_HOST,
	WS_URL_HOST_ASCII,	/* a name in another script */
	WS_URL_HOST_LABEL,	/* a part of a name that is empty or too long */
	WS_URL_HOST_IPV4,	/* a number, but no address */
	WS_URL_HOST_IPV6,	/* no address in the brackets, or no zone */
	WS_URL_PORT,
	WS_URL_FRAGMENT,
	WS_URL_CHARACTER,	/* one that a path or query may not have */
	WS_URL_PERCENT		/* % without two hexadecimal digits */
};

/* Reads a URL; path and query point into it.  The host holds nothing but
 * letters, digits, ".", "-", "_" and, for IPv6, ":".  The zone (RFC 6874) may
 * begin with "%25", or with "%" alone, as people write it elsewhere. */
enum ws_url_fault ws_url_parse(struct ws_url *, struct slice url);

/* The same of http and https URLs, which mean the same (RFC 9110, 4.2), too. */
enum ws_url_fault ws_url_parse_http(struct ws_url *, struct slice url);

/* Whether that is the name of a host, or an IPv4 address: one of the faults of
 * hosts.  What inet_aton(3) would take for an address besides, as 127.1, is
 * none. */
enum ws_url_fault ws_check_host(struct slice);

/* Takes "address%zone" apart, what stands in brackets; a zone is empty or has
 * only printable characters.  False if there is no IPv6 address. */
bool ws_split_zone(struct slice *address, struct slice *zone);

/* A sentence on the fault. */
const char *ws_url_fault_text(enum ws_url_fault);

/* Appends the resource name: what the request line asks for (RFC 6455, 3). */
void ws_url_put_resource(struct text *, const struct ws_url *);

/* Appends where to connect: host:port or [host%zone]:port. */
void ws_url_put_address(struct text *, const struct ws_url *);

/* Appends the value of the Host field: the port only if it is not the
 * scheme's own (RFC 6455, 4.1), and never a zone (RFC 6874, 4). */
void ws_url_put_host(struct text *, const struct ws_url *);

#endif
