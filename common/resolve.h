/* The addresses of a name. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "net/race.h"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} u;
	socklen_t len;
};

struct addresses {
	size_t count;
	struct address at[WS_RACE_MAX];
};

/* Looks up host, a name or an address, and port, a number or a service's name,
 * by the deadline; of more addresses than there is room for, the first.
 * Returns null, or the reason why there is none, with errno set: ETIMEDOUT when
 * time ran out, else EHOSTUNREACH.  Whatever the name service does, no process,
 * no thread and no descriptor is left. */
const char *resolve(struct addresses *, const char *host, const char *port,
    int64_t deadline);

#endif
