/* ws-connect: what its files share. */
#ifndef WS_CONNECT_H
#define WS_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "code/text.h"
#include "connect.h"
#include "http/url.h"
#include "net/proxy.h"
#include "stunnel.h"

struct settings {
	bool drop;			/* what 0 and 1 were */
	bool check_only;		/* -U */
	bool insecure;
	const char *ca_file;		/* or null: the system's */
	const char *cert_file;		/* -E: the client's own, or null */
	const char *key_file;		/* -Y: where its key is not there */
	int64_t wait_ms;
	struct connect_source source;	/* -M */
	const char *target;		/* whose name counts */
	const char *instead;		/* -J: where to connect, or null */
	const struct ws_proxy *proxy;	/* or null: none */
	char *const *program;
};

/* -- ws-connect-tcp.c -- */

/* Opens the way to the target, whose form has been checked, by the deadline, by
 * way of the proxy if there is one; for tls: what TLS is to be done on.
 * Returns the socket; ends the program with a sentence, and with the word for
 * SOCKS_REPLY, if there is none. */
int open_way(const struct settings *, int64_t deadline);

/* -- ws-connect-tls.c -- */

/* Ends the program if the target, tls:HOST:PORT, or an option that is about TLS
 * cannot be right. */
void check_tls_target(const struct settings *);

/* Connects to the target, by way of the proxy if there is one, and does TLS.
 * Returns a socket that has what is inside; ends the program if there is no
 * such connection. */
int connect_tls(const struct settings *);

/* -- ws-connect-stunnel.c -- */

/* Who the server has to be. */
struct tls_name {
	char host[WS_HOST_MAX + 1];	/* without final dot, or zone */
	bool literal;			/* it is an address */
};

/* Writes a configuration of stunnel's: what is inside on descriptors 0 and 1,
 * TLS on a Unix socket. */
void stunnel_configure(struct text *, const struct settings *,
    const struct tls_name *, const char *path);

/* Cuts the head off a line of its log, and tells the level, 3 for an error.
 * False if there is none. */
bool stunnel_cut_head(struct slice *line, int *level);

/* What a line says. */
enum tls_event {
	TLS_NOTHING,
	TLS_NAME_RIGHT,		/* the certificate is for that name */
	TLS_NAME_WRONG,
	TLS_CONNECTED
};
enum tls_event stunnel_event(struct slice words, const struct tls_name *);

/* Appends what a complaint means to a person. */
void stunnel_explain(struct text *why, struct slice words);

/* Whether it is somewhere in there, letters of either case taken as equal. */
bool slice_has(struct slice, const char *part);

/* -- ws-connect-relay.c -- */

struct relay {
	struct stunnel_socket inside;
	int network;		/* and this is what it will get */
	int session;		/* when it hangs up, the session is over */
	int report;		/* gets what the server says that is not TLS */
};

enum { REPORT_MAX = 200 };

/* For a process of its own: removes the socket as soon as stunnel has
 * connected, then copies between it and the network.  Returns as soon as
 * stunnel has ended; or the session has, and nothing moves; or the server has
 * begun with something else than TLS, up to REPORT_MAX bytes of which went to
 * the report. */
void relay_tls(const struct relay *);

#endif
