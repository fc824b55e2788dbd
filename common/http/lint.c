/* Everything that is wrong with a head. */
#include <string.h>

#include "code/base64.h"
#include "http/lint.h"

/* Where each field of a head stood. */
struct places {
	size_t start_line;
	size_t line[HTTP_FIELDS_MAX];
};

static void
tell_fault(struct ws_lint *l, size_t line, const char *what)
{
	l->faults++;
	l->report(l->arg, line, what);
}

static bool
ends_with_crlf(struct slice line)
{
	return line.p[line.len] == '\r';
}

/* Takes the next line, which has an end, and tells what is wrong with that. */
static struct slice
lint_line(struct ws_lint *l, struct slice *rest, size_t *number)
{
	struct slice line = http_next_line(rest);

	++*number;
	if (!ends_with_crlf(line))
		tell_fault(l, *number, "line ends without CR (RFC 9112, 2.2)");
	return line;
}

static void
lint_field(struct ws_lint *l, struct http_head *h, struct places *p,
    struct slice line, size_t number)
{
	enum http_fault fault;

	if (text_is_blank(line.p[0])) {
		tell_fault(l, number, http_fault_text(HTTP_FOLDED));
		return;
	}
	if (h->field_count == HTTP_FIELDS_MAX) {
		tell_fault(l, number, http_fault_text(HTTP_TOO_MANY_FIELDS));
		return;
	}
	fault = http_parse_field(&h->fields[h->field_count], line);
	if (fault != HTTP_OK) {
		tell_fault(l, number, http_fault_text(fault));
		return;
	}
	p->line[h->field_count++] = number;
}

/* Reads what can be read, and tells of the rest. */
static void
lint_lines(struct ws_lint *l, struct http_head *h, struct places *p,
    const char *head, size_t len)
{
	struct slice rest = { head, len }, line;
	size_t number = 0;

	h->field_count = 0;
	do
		line = lint_line(l, &rest, &number);
	while (line.len == 0 && rest.len > 0);
	h->start_line = line;
	p->start_line = number;
	while (rest.len > 0) {
		line = lint_line(l, &rest, &number);
		if (line.len > 0)
			lint_field(l, h, p, line, number);
	}
}

/* The line of the first field of that name; 0 if there is none. */
static size_t
line_of(const struct http_head *h, const struct places *p, const char *name)
{
	size_t i = 0;

	return http_find(h, name, &i) != NULL ? p->line[i - 1] : 0;
}

/* What a reason is about: a field, or the start line (null). */
static const char *
field_of(enum ws_refusal refusal)
{
	switch (refusal) {
	case WS_HOST_MALFORMED:
	case WS_HOST_REFUSED: return "Host";
	case WS_HAS_BODY: return "Content-Length";
	case WS_NO_UPGRADE: return "Upgrade";
	case WS_NO_CONNECTION_UPGRADE: return "Connection";
	case WS_VERSION_MALFORMED:
	case WS_VERSION_UNKNOWN: return "Sec-WebSocket-Version";
	case WS_KEY_MALFORMED: return "Sec-WebSocket-Key";
	case WS_SUBPROTOCOL_MALFORMED: return "Sec-WebSocket-Protocol";
	case WS_EXTENSION_MALFORMED: return "Sec-WebSocket-Extensions";
	case WS_ORIGIN_TWICE:
	case WS_HIXIE_ORIGIN:
	case WS_ORIGIN_REFUSED: return "Origin";
	case WS_HIXIE_KEYS: return "Sec-WebSocket-Key1";
	case WS_CREDENTIALS_REFUSED: return "Authorization";
	default: return NULL;
	}
}

/* Erratum 3150: the server lets it pass. */
static bool
has_stray_bits(struct slice key)
{
	return ws_key_valid(key) && strchr("AQgw", key.p[21]) == NULL;
}

void
ws_lint_request(struct ws_lint *l, const struct ws_server_rules *rules,
    const char *head, size_t len)
{
	enum ws_refusal found[WS_REFUSALS_MAX];
	struct ws_request r;
	struct places p;
	size_t i, n;

	memset(&r, 0, sizeof r);
	lint_lines(l, &r.head, &p, head, len);
	if (!http_parse_request_line(&r.line, r.head.start_line)) {
		tell_fault(l, p.start_line,
		    ws_refusal_text(WS_REQUEST_LINE_MALFORMED, HTTP_OK));
		/* The fields can still be judged. */
		(void)http_parse_request_line(&r.line,
		    slice_of("GET / HTTP/1.1"));
	}
	if (r.line.major != 1)
		tell_fault(l, p.start_line,
		    ws_refusal_text(WS_HTTP_VERSION, HTTP_OK));
	n = ws_find_refusals(found, &r, rules);
	for (i = 0; i < n; i++) {
		const char *field = field_of(found[i]);

		tell_fault(l, field != NULL ? line_of(&r.head, &p, field) :
		    p.start_line, ws_refusal_text(found[i], HTTP_OK));
	}
	if (has_stray_bits(r.key))
		tell_fault(l, line_of(&r.head, &p, "Sec-WebSocket-Key"),
		    "key with stray bits behind its 16 bytes (RFC 4648, 3.5)");
}

static const char *
field_of_answer(enum ws_answer fault)
{
	switch (fault) {
	case WS_ANSWER_UPGRADE: return "Upgrade";
	case WS_ANSWER_CONNECTION: return "Connection";
	case WS_ANSWER_ACCEPT: return "Sec-WebSocket-Accept";
	case WS_ANSWER_EXTENSION: return "Sec-WebSocket-Extensions";
	case WS_ANSWER_SUBPROTOCOL: return "Sec-WebSocket-Protocol";
	default: return NULL;
	}
}

/* All that can be said of it without the key. */
static bool
accept_may_be_right(const struct http_head *h)
{
	struct slice accept;
	size_t i;

	if (http_count(h, "Sec-WebSocket-Accept", &accept) != 1 ||
	    accept.len != WS_ACCEPT_LEN || accept.p[27] != '=')
		return false;
	for (i = 0; i < 27; i++)
		if (!ws_base64_is_digit((uint8_t)accept.p[i]))
			return false;
	return true;
}

bool
ws_lint_answer(struct ws_lint *l, const struct ws_client_request *request,
    bool key_known, const char *head, size_t len)
{
	enum ws_answer found[WS_ANSWER_FAULTS_MAX];
	struct ws_response a;
	struct places p;
	size_t i, n;

	memset(&a, 0, sizeof a);
	lint_lines(l, &a.head, &p, head, len);
	if (!http_parse_status_line(&a.line, a.head.start_line) ||
	    p.start_line > 1) {
		tell_fault(l, 1,
		    ws_answer_text(WS_ANSWER_STATUS_LINE, HTTP_OK));
		a.line.status = 101;	/* the fields can still be judged */
	}
	if (a.line.status < 200 && a.line.status != 101)
		return true;
	n = ws_find_answer_faults(found, &a, request);
	for (i = 0; i < n; i++) {
		const char *field = field_of_answer(found[i]);

		if (found[i] == WS_ANSWER_ACCEPT && !key_known &&
		    accept_may_be_right(&a.head))
			continue;
		tell_fault(l, field != NULL ? line_of(&a.head, &p, field) : 1,
		    found[i] == WS_ANSWER_REFUSED ?
		    "status is not 101 (RFC 6455, 4.1)" :
		    ws_answer_text(found[i], HTTP_OK));
	}
	return false;
}
