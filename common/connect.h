/* Connections to the targets that a user names. */
#ifndef CONNECT_H
#define CONNECT_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "http/url.h"

struct host_port {
	char host[WS_HOST_MAX + 1];
	const char *port;	/* a number or a service's name */
};

/* Cuts HOST:PORT or [HOST]:PORT; port points into it.  False if it is
 * neither. */
bool split_host_port(struct host_port *, const char *host_port);

/* Whether the target names an address: tcp:HOST:PORT or unix:PATH. */
bool target_is_address(const char *target);

/* Ends the program with a sentence and STATUS_USAGE if the address cannot
 * be one. */
void check_address(const char *target);

/* Addresses of this machine to connect from, one of each family; of what is
 * all zero the system chooses. */
struct connect_source {
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Takes a numeric address, one in brackets, too.  Ends the program with a
 * sentence and STATUS_USAGE if it is none. */
void add_source(struct connect_source *, const char *numeric);

/* The one to connect to that address from; null: the system chooses, as it does
 * always for the loopback addresses. */
const struct sockaddr *source_for(const struct connect_source *,
    const struct sockaddr *, socklen_t *len);

/* Connects to it by the deadline, trying each address that a name has; from
 * where may be null.  Returns the socket, or -1 after saying why; errno tells
 * it, too, a name that is not known being EHOSTUNREACH. */
int connect_address(const char *target, const struct connect_source *from,
    int64_t deadline);

#endif
