/* The host that a request is for (RFC 9110, 7.2).  Pure. */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include <stdbool.h>

#include "code/text.h"

/* Whether it can be the name of hosts that are served: a host as in a Host
 * field, without port; "*." and a name, for all names below that; or "*".  A
 * scheme before it, with that one's port and a slash behind, means nothing. */
bool ws_served_valid(struct slice name);

/* Whether one of the names is that of the host, A-Z and a-z taken as equal,
 * with or without a dot at its end. */
bool ws_host_served(struct slice host, struct string_list names);

/* Whether no name server can have said that the host is this machine: it is
 * localhost, or a name below that (RFC 6761, 6.3), or an IP address.  A name of
 * somebody else's may lead here ("DNS rebinding"), and its pages' Origin is
 * equal to it. */
bool ws_host_is_local(struct slice host);

#endif
