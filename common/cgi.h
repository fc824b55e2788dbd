/* The environment that a server gives its programs (RFC 3875, 4.1). */
#ifndef CGI_H
#define CGI_H

#include "handshake.h"

/* Sets the meta-variables of an accepted request, HTTP_* among them. */
void cgi_export(const struct ws_request *);

#endif
