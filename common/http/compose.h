/* The heads that are sent: a client's request (RFC 6455, 4.1), a server's
 * acceptance (4.2.2) and refusals (RFC 9110, 15).  Pure. */
#ifndef HTTP_COMPOSE_H
#define HTTP_COMPOSE_H

#include "code/text.h"
#include "http/request.h"
#include "http/seckey.h"
#include "http/upgrade.h"
#include "http/url.h"

/* Appends the answer that opens the connection, but for hixie. */
void ws_put_acceptance(struct text *, const struct ws_request *,
    const struct ws_upgrade *, struct string_list edits);

/* Appends the complete answer to a refused request; the head alone if that is
 * what was asked for, with HEAD. */
void ws_put_refusal(struct text *, enum ws_refusal, bool head_only,
    const struct ws_upgrade *, struct string_list edits);

struct ws_client_request {
	struct ws_url url;
	char key[WS_KEY_LEN];
	struct string_list subprotocols;	/* offered */
	const char *origin;			/* or null */
	const char *basic;			/* user:password, or null */
	struct string_list edits;		/* of its fields */
	struct ws_permessage deflate;		/* offered */
	struct ws_upgrade upgrade;		/* to what */
	const struct http_head *model;		/* or null */
};

/* Appends the request.  A model, which asks for that upgrade itself, gives the
 * fields, their order and how their names are written; of the values those are
 * not its own that are ours to say, Origin among them, and a subprotocol it
 * has only if one is offered. */
void ws_put_request(struct text *, const struct ws_client_request *);

#endif
