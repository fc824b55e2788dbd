/* The Origin of a request (RFC 6454).  Pure. */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>

#include "code/text.h"

/* Whether it can be the serialization of an origin: visible ASCII
 * (RFC 6454, 6.2). */
bool ws_origin_valid(struct slice origin);

/* Whether a browser's Origin names the host and port of a Host field; a port
 * left out is the scheme's own. */
bool ws_origin_is_host(struct slice origin, struct slice host);

/* Whether the Origin is the one that a rule lets in, which was checked: the
 * case of letters, the scheme's own port and a slash at the end of the rule
 * make no difference. */
bool ws_origin_matches(struct slice origin, struct slice rule);

enum ws_origin_fault {
	WS_ORIGIN_OK,
	WS_ORIGIN_CHARACTER,
	WS_ORIGIN_LIST,
	WS_ORIGIN_WILDCARD,
	WS_ORIGIN_NO_SCHEME,
	WS_ORIGIN_PATH,
	WS_ORIGIN_HOST
};

/* Whether an Origin can ever be what the rule says: an origin, "null" or, for
 * all, "*". */
enum ws_origin_fault ws_check_origin_rule(struct slice rule);

/* A sentence on the fault. */
const char *ws_origin_fault_text(enum ws_origin_fault);

#endif
