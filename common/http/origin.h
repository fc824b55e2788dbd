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

#endif
