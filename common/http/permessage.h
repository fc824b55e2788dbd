/* The parameters of permessage-deflate (RFC 7692, 7.1).  Pure. */
#ifndef HTTP_PERMESSAGE_H
#define HTTP_PERMESSAGE_H

#include <stdbool.h>

#include "code/text.h"
#include "http/head.h"

enum {
	WS_WINDOW_BITS_MIN = 8,
	WS_WINDOW_BITS_MAX = 15,
	WS_PERMESSAGE_MAX = 160		/* characters that it is put in */
};

/* What is offered, agreed on, or wished for. */
struct ws_permessage {
	bool deflate;			/* false: nothing of it */
	bool server_no_context, client_no_context;	/* _takeover */
	bool client_window;		/* client_max_window_bits is there, */
	unsigned client_bits;		/* with this value; 0: none */
	unsigned server_bits;		/* 0: no server_max_window_bits */
};

/* Reads "permessage-deflate" and its parameters, as an offer has them or, if
 * answer is set, an answer.  False if it is another extension, has a parameter
 * that is unknown, there twice, or without the value that it must have. */
bool ws_permessage_parse(struct ws_permessage *, struct slice, bool answer);

/* What a server with that wish makes of a request's offers: the first that can
 * be accepted (7.1, 7.1.2); false, and nothing is agreed on, if none can. */
bool ws_permessage_accept(struct ws_permessage *agreed,
    const struct ws_permessage *wish, const struct http_head *);

/* Whether an answer keeps to what was offered; if it has no extension, nothing
 * is agreed on. */
bool ws_permessage_judge(struct ws_permessage *agreed,
    const struct ws_permessage *offer, const struct http_head *);

/* Appends name and parameters. */
void ws_permessage_put(struct text *, const struct ws_permessage *);

/* The bits of a side's window, and whether it drops its context. */
unsigned ws_permessage_bits(const struct ws_permessage *, bool server);
bool ws_permessage_drops(const struct ws_permessage *, bool server);

#endif
