/* Connections to addresses. */
#ifndef DIAL_H
#define DIAL_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdint.h>

#include "resolve.h"

/* Addresses of this machine to connect from, one of each family; of what is
 * all zero the system chooses. */
struct connect_source {
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Takes a numeric address, which may have brackets and a zone.  Ends the
 * program with a sentence and STATUS_USAGE if it is none. */
void add_source(struct connect_source *, const char *numeric);

/* The one to connect to that address from; null: the system chooses, as it does
 * always for the loopback addresses. */
const struct sockaddr *source_for(const struct connect_source *,
    const struct sockaddr *, socklen_t *len);

/* Connects to the first of these addresses that answers, by the deadline; they
 * are tried side by side (RFC 8305).  From where may be null.  Returns the
 * socket, or -1 after saying why not, as of what target calls it; errno is the
 * most telling reason, ETIMEDOUT if time ran out. */
int dial(const struct addresses *, const char *target,
    const struct connect_source *from, int64_t deadline);

/* Connects to a Unix socket whose path fits.  Returns it, or -1, with errno
 * set. */
int dial_unix(const char *path, int64_t deadline);

#endif
