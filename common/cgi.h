/* The environment that a server gives its programs (RFC 3875, 4.1). */
#ifndef CGI_H
#define CGI_H

#include "handshake.h"
#include "source.h"

/* Sets the meta-variables of an accepted request, HTTP_* among them; source is
 * what a load balancer told, or null. */
void cgi_export(const struct ws_request *, const struct ws_source *source);

/* Sets those of the connection only. */
void cgi_export_addresses(const struct ws_source *source);

#endif
