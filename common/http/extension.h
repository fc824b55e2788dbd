/* The extensions that are offered (RFC 6455, 9.1).  Pure. */
#ifndef HTTP_EXTENSION_H
#define HTTP_EXTENSION_H

#include <stdbool.h>

#include "http/head.h"

/* Whether the Sec-WebSocket-Extensions of a head, if there are any, can be
 * read. */
bool ws_extensions_valid(const struct http_head *);

#endif
