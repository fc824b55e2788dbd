/* What a client asks of an answer (RFC 6455, 4.1). */
#include <string.h>

#include "http/answer.h"
#include "http/extension.h"
#include "http/fields.h"
#include "http/seckey.h"

/* Fields of that name, which may come twice where a proxy added its own, and
 * nothing in them but that value, without case. */
static bool
fields_are(const struct http_head *h, const char *name, const char *value)
{
	const struct http_field *f;
	size_t i = 0, fields = 0;

	while ((f = http_find(h, name, &i)) != NULL) {
		fields++;
		if (!slice_equal_nocase(f->value, slice_of(value)))
			return false;
	}
	return fields > 0;
}

static bool
accept_matches(const struct http_head *h, const char key[WS_KEY_LEN])
{
	struct slice sent = { key, WS_KEY_LEN }, received;
	char accept[WS_ACCEPT_LEN];
	struct slice expected = { accept, sizeof accept };

	ws_accept_encode(accept, sent);
	return http_count(h, "Sec-WebSocket-Accept", &received) == 1 &&
	    slice_equal(received, expected);
}

enum ws_answer
ws_read_answer(struct ws_response *a, char *head, size_t len)
{
	memset(a, 0, sizeof *a);
	/* Nothing is skipped before the status line. */
	if (head[0] == '\r' || head[0] == '\n' ||
	    !http_parse_status_line(&a->line, http_start_line(head, len)))
		return WS_ANSWER_STATUS_LINE;
	a->fault = http_parse_head(&a->head, head, len, true);
	if (a->fault != HTTP_OK)
		return WS_ANSWER_FIELDS;
	return a->line.status < 200 && a->line.status != 101 ?
	    WS_ANSWER_INTERIM : WS_ANSWER_OPEN;
}

/* An edit may have taken the place of the list. */
bool
ws_subprotocol_was_offered(struct slice subprotocol,
    const struct ws_client_request *r)
{
	struct slice list, element;
	bool edited = false;
	size_t i = 0;

	while (ws_edit_find(r->edits, "Sec-WebSocket-Protocol", &i, &list)) {
		edited = true;
		while (slice_next_element(&list, &element))
			if (slice_equal(element, subprotocol))
				return true;
	}
	return !edited && slice_in_list(r->subprotocols, subprotocol);
}

static bool
subprotocol_offered(struct ws_response *a, const struct ws_client_request *r)
{
	size_t n = http_count(&a->head, "Sec-WebSocket-Protocol",
	    &a->subprotocol);

	return n == 0 ||
	    (n == 1 && ws_subprotocol_was_offered(a->subprotocol, r));
}

/* Whether it has no extension but that which was offered. */
static bool
extensions_offered(const struct ws_response *a,
    const struct ws_client_request *r)
{
	struct ws_extensions all = { .head = &a->head };
	struct slice e, name;

	while (ws_extensions_next(&all, &e))
		if (!r->deflate.deflate || !ws_extension_name(&e, &name) ||
		    !slice_equal_nocase(name, slice_of("permessage-deflate")))
			return false;
	return r->deflate.deflate || all.fields == 0;
}

/* Whether the answer keeps that rule. */
static bool
keeps(enum ws_answer rule, struct ws_response *a,
    const struct ws_client_request *r)
{
	bool framed = ws_upgrade_is_framed(&r->upgrade);

	switch (rule) {
	case WS_ANSWER_REFUSED:
		return a->line.status == 101;
	case WS_ANSWER_UPGRADE:
		return !framed || fields_are(&a->head, "Upgrade", "websocket");
	case WS_ANSWER_OTHER_UPGRADE:
		return framed || fields_are(&a->head, "Upgrade",
		    ws_upgrade_name(&r->upgrade));
	case WS_ANSWER_CONNECTION:
		return http_list_has(&a->head, "Connection", "Upgrade");
	case WS_ANSWER_ACCEPT:
		return !ws_upgrade_has_key(&r->upgrade) ||
		    accept_matches(&a->head, r->key);
	case WS_ANSWER_EXTENSION:
		return !framed || extensions_offered(a, r);
	case WS_ANSWER_DEFLATE:
		return !framed || !extensions_offered(a, r) ||
		    ws_permessage_judge(
		    &a->deflate, &r->deflate, &a->head);
	case WS_ANSWER_SUBPROTOCOL:
		return !framed || subprotocol_offered(a, r);
	case WS_ANSWER_OPEN:
	case WS_ANSWER_INTERIM:
	case WS_ANSWER_STATUS_LINE:
	case WS_ANSWER_FIELDS:
		break;
	}
	return true;
}

static const enum ws_answer answer_rules[] = { WS_ANSWER_REFUSED,
    WS_ANSWER_UPGRADE, WS_ANSWER_OTHER_UPGRADE, WS_ANSWER_CONNECTION,
    WS_ANSWER_ACCEPT, WS_ANSWER_EXTENSION, WS_ANSWER_DEFLATE,
    WS_ANSWER_SUBPROTOCOL };

enum { ANSWER_RULES = sizeof answer_rules / sizeof answer_rules[0] };

_Static_assert(sizeof answer_rules / sizeof answer_rules[0] ==
    WS_ANSWER_FAULTS_MAX,
    "each rule may find its fault");

size_t
ws_find_answer_faults(enum ws_answer found[WS_ANSWER_FAULTS_MAX],
    struct ws_response *a, const struct ws_client_request *r)
{
	size_t i, n = 0;

	for (i = 0; i < ANSWER_RULES; i++)
		if (!keeps(answer_rules[i], a, r))
			found[n++] = answer_rules[i];
	return n;
}

enum ws_answer
ws_judge_answer(struct ws_response *a, const struct ws_client_request *r)
{
	enum ws_answer found[WS_ANSWER_FAULTS_MAX];

	return ws_find_answer_faults(found, a, r) > 0 ?
	    found[0] : WS_ANSWER_OPEN;
}

const char *
ws_answer_text(enum ws_answer answer, enum http_fault fault)
{
	switch (answer) {
	case WS_ANSWER_OPEN:
		return "accepted";
	case WS_ANSWER_INTERIM:
		return "interim answer (RFC 9110, 15.2)";
	case WS_ANSWER_REFUSED:
		return "refused";
	case WS_ANSWER_STATUS_LINE:
		return "answer is not HTTP/1 (RFC 9112, 4)";
	case WS_ANSWER_FIELDS:
		return http_fault_text(fault);
	case WS_ANSWER_UPGRADE:
		return "answer without Upgrade: websocket (RFC 6455, 4.1)";
	case WS_ANSWER_OTHER_UPGRADE:
		return "answer without an Upgrade to the protocol asked for "
		    "(RFC 9110, 7.8)";
	case WS_ANSWER_CONNECTION:
		return "answer without Connection: Upgrade (RFC 6455, 4.1)";
	case WS_ANSWER_ACCEPT:
		return "answer without the right Sec-WebSocket-Accept "
		    "(RFC 6455, 4.1)";
	case WS_ANSWER_EXTENSION:
		return "answer with an extension that was not offered "
		    "(RFC 6455, 4.1)";
	case WS_ANSWER_DEFLATE:
		return "answer with permessage-deflate as it was not offered "
		    "(RFC 7692, 7.1)";
	case WS_ANSWER_SUBPROTOCOL:
		return "answer with a subprotocol that was not offered "
		    "(RFC 6455, 4.1)";
	}
	return "no fault";
}
