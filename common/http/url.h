/* ws and wss URLs (RFC 6455, 3; RFC 3986).  Pure. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

#include "code/text.h"

enum { WS_HOST_MAX = 255 };	/* the longest name that DNS knows */

struct ws_url {
	bool secure;			/* wss */
	char host[WS_HOST_MAX + 1];	/* lower case, without brackets */
	bool literal;			/* it was in brackets: IPv6 */
	unsigned port;
	struct slice path;		/* may be empty, stands for "/" */
	struct slice query;		/* without "?" */
};

enum ws_url_fault {
	WS_URL_OK,
	WS_URL_SCHEME,
	WS_URL_USERINFO,
	WS_URL_HOST,
	WS_URL_PORT,
	WS_URL_FRAGMENT,
	WS_URL_CHARACTER,	/* one that a path or query may not have */
	WS_URL_PERCENT		/* % without two hexadecimal digits */
};

/* Reads a URL; path and query point into it.  The host holds nothing but
 * letters, digits, ".", "-", "_" and, for IPv6, ":". */
enum ws_url_fault ws_url_parse(struct ws_url *, struct slice url);

/* A sentence on the fault. */
const char *ws_url_fault_text(enum ws_url_fault);

/* Appends the resource name: what the request line asks for (RFC 6455, 3). */
void ws_url_put_resource(struct text *, const struct ws_url *);

/* Appends the value of the Host field: the port only if it is not the
 * scheme's own (RFC 6455, 4.1). */
void ws_url_put_host(struct text *, const struct ws_url *);

#endif
