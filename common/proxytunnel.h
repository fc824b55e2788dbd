/* Through a proxy to a server. */
#ifndef PROXYTUNNEL_H
#define PROXYTUNNEL_H

#include <stdint.h>

#include "net/proxy.h"

/* Reads the value of -x, a proxy, or where it is: @FILE, or env:VARIABLE.  Ends
 * the program if it is no proxy. */
void option_proxy(struct ws_proxy *, const char *value);

/* Asks the proxy, with which in and out are connected, for a tunnel to
 * host:port, and takes its answer, not one byte more.  Ends the program with a
 * sentence if the proxy refuses. */
void open_tunnel(int in, int out, const struct ws_proxy *, const char *host,
    const char *port, int64_t deadline);

#endif
