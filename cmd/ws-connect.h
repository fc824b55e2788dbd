/* ws-connect: what its files share. */
#ifndef WS_CONNECT_H
#define WS_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "connect.h"
#include "net/proxy.h"

struct settings {
	bool drop;			/* what 0 and 1 were */
	bool check_only;		/* -U */
	bool insecure;
	const char *ca_file;		/* or null: the system's */
	int64_t wait_ms;
	struct connect_source source;	/* -M */
	const char *target;
	const struct ws_proxy *proxy;	/* or null: none */
	char *const *program;
};

/* -- ws-connect-tcp.c -- */

/* Opens the way to the target, whose form has been checked, by the deadline, by
 * way of the proxy if there is one; for tls: what TLS is to be done on.  Returns
 * the socket; ends the program with a sentence, and with the word for SOCKS_REPLY,
 * if there is none. */
int open_way(const struct settings *, int64_t deadline);

/* -- ws-connect-tls.c -- */

/* Ends the program if the target, tls:HOST:PORT, or an option that is about TLS
 * cannot be right. */
void check_tls_target(const struct settings *);

/* Connects to the target, by way of the proxy if there is one, and does TLS.
 * Returns a socket that has what is inside; ends the program if there is no
 * such connection. */
int connect_tls(const struct settings *);

#endif
