/* Connections to the targets that a user names. */
#ifndef CONNECT_H
#define CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "dial.h"
#include "http/url.h"

struct host_port {
	char host[WS_HOST_MAX + 1];
	const char *port;	/* a number or a service's name */
	const char *why;	/* it is none: a sentence, or null */
};

/* Takes a name, an IPv4 address, or an IPv6 address in brackets, which may have
 * a zone.  False if it is neither; then why may say more. */
bool split_host(struct host_port *, struct slice host);

/* Cuts HOST:PORT or [HOST]:PORT, in which the host is an IPv6 address and may
 * have a zone; port points into it.  False if it is neither. */
bool split_host_port(struct host_port *, const char *host_port);

/* The same for what stands in the target; ends the program with a sentence and
 * STATUS_USAGE if it is neither.  forms are those that there are. */
void check_host_port(struct host_port *, const char *target,
    const char *host_port, const char *forms);

/* Whether the target names an address: tcp:HOST:PORT or unix:PATH. */
bool target_is_address(const char *target);

/* Ends the program with a sentence and STATUS_USAGE if the address cannot
 * be one. */
void check_address(const char *target);

/* Connects to the host by the deadline, which is for the look-up of its name,
 * too.  The addresses that it has are tried side by side (RFC 8305); from where
 * may be null.  Returns the socket, or -1 after saying why, as of what target
 * calls it; errno tells it, too, a name that is not known being
 * EHOSTUNREACH. */
int connect_host(const char *target, const struct host_port *,
    const struct connect_source *from, int64_t deadline);

/* The same for tcp:HOST:PORT or unix:PATH. */
int connect_address(const char *target, const struct connect_source *from,
    int64_t deadline);

#endif
