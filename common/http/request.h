/* What a server asks of a request (RFC 6455, 4.2.1).  Pure. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "http/head.h"
#include "http/permessage.h"
#include "http/refusal.h"
#include "http/upgrade.h"
#include "http/version.h"

struct ws_server_rules {
	struct string_list subprotocols;	/* that we speak */
	struct string_list origins;	/* let in; none: only that of Host;
					   "*": all */
	struct string_list credentials;	/* user:password; none: all */
	struct string_list paths;	/* that are served; none: all */
	struct string_list hosts;	/* that are served; none: all, or */
	bool local;			/* none but this machine's own */
	unsigned older;			/* bit 1 << version: spoken, too */
	struct ws_permessage deflate;	/* as it is wished for */
	struct ws_upgrade upgrade;	/* to what */
};

/* A request; everything points into the head. */
struct ws_request {
	struct http_head head;
	struct http_request_line line;
	enum http_fault fault;		/* for WS_FIELDS_MALFORMED */
	struct slice host;		/* without port; brackets stay */
	struct slice path;		/* of the target, with escapes */
	struct slice query;
	enum ws_version version;
	struct slice authority;		/* host with port */
	struct slice key;		/* empty: none that counts */
	struct slice origin;		/* of hixie, */
	uint32_t hixie_number[2];	/* and what its keys stand for */
	struct slice subprotocol;	/* selected, or empty */
	struct ws_permessage deflate;	/* as it is agreed on */
	const char *credentials;	/* that were right, or null */
};

/* Whether a head, which may be malformed, asks for the upgrade of the rules,
 * and, if these name paths, for one of them. */
bool ws_is_ours(const struct ws_server_rules *, const char *head, size_t len);

/* Whether a head, which may be malformed or not complete, has the method
 * HEAD. */
bool ws_asks_for_head(const char *head, size_t len);

/* Judges a complete request head of len bytes, in the order of RFC 9112
 * and of RFC 6455, 4.2.1.  On refusal only what was reached is set in the
 * request. */
enum ws_refusal ws_judge_request(struct ws_request *,
    const struct ws_server_rules *, char *head, size_t len);

/* All reasons to refuse a request whose line and fields are set, in that
 * order; returns how many. */
enum { WS_REFUSALS_MAX = 14 };
size_t ws_find_refusals(enum ws_refusal found[WS_REFUSALS_MAX],
    struct ws_request *, const struct ws_server_rules *);

#endif
