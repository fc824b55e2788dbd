/* Connections to the targets that a user names. */
#ifndef CONNECT_H
#define CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "url.h"

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

/* Connects to it by the deadline, trying each address that a name has.
 * Returns the socket, or -1 after saying why. */
int connect_address(const char *target, int64_t deadline);

#endif
