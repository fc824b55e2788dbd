/* The environment that a server gives its programs (RFC 3875, 4.1). */
#ifndef CMD_WS_HANDSHAKE_CGI_H
#define CMD_WS_HANDSHAKE_CGI_H

#include <stdbool.h>

#include "http/request.h"
#include "net/proxyproto.h"

/* Sets the meta-variables of an accepted request, HTTP_* among them; source is
 * what a load balancer told, or null. */
void cgi_export(const struct ws_request *, const struct ws_proxyproto *source);

/* Whether the connection came in on a loopback address, as the socket says, or
 * who accepted it. */
bool came_by_loopback(void);

/* Sets those of the connection only. */
void cgi_export_addresses(const struct ws_proxyproto *source);

#endif
