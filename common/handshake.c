/* The opening handshake (RFC 6455, 4): what a request and an answer must be,
 * and how they are written. */
#include <string.h>

#include "base64.h"
#include "handshake.h"
#include "sha1.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"	/* 1.3 */

void
ws_key_encode(char key[WS_KEY_LEN], const uint8_t nonce[16])
{
	ws_base64_encode(key, nonce, 16);
}

bool
ws_key_valid(struct slice key)
{
	size_t i;

	if (key.len != WS_KEY_LEN || key.p[22] != '=' || key.p[23] != '=')
		return false;
	for (i = 0; i < 22; i++)
		if (!ws_base64_is_digit((uint8_t)key.p[i]))
			return false;
	return true;
}

void
ws_accept_encode(char accept[WS_ACCEPT_LEN], struct slice key)
{
	char joined[WS_KEY_LEN + sizeof GUID];
	struct text t = { joined, sizeof joined, 0, false };
	uint8_t digest[WS_SHA1_LEN];

	text_put_slice(&t, key);
	text_puts(&t, GUID);
	ws_sha1(digest, (const uint8_t *)joined, t.len);
	ws_base64_encode(accept, digest, sizeof digest);
}

bool
ws_origin_valid(struct slice origin)
{
	size_t i;

	for (i = 0; i < origin.len; i++)
		if (origin.p[i] <= ' ' || origin.p[i] > '~')
			return false;
	return origin.len > 0;
}

bool
ws_origin_is_host(struct slice origin, struct slice host)
{
	static const struct { const char *scheme, *port; } known[] = {
		{ "http://", "80" }, { "https://", "443" }
	};
	struct slice host_name, host_port, name, port;
	size_t i;

	if (!http_parse_authority(host, &host_name, &host_port))
		return false;
	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct slice scheme = slice_of(known[i].scheme);
		struct slice start = { origin.p, scheme.len };
		struct slice rest = { origin.p + scheme.len,
		    origin.len - scheme.len };

		if (origin.len < scheme.len ||
		    !slice_equal_nocase(start, scheme) ||
		    !http_parse_authority(rest, &name, &port))
			continue;
		if (port.len == 0)
			port = slice_of(known[i].port);
		if (host_port.len == 0)
			host_port = slice_of(known[i].port);
		return slice_equal_nocase(name, host_name) &&
		    slice_equal(port, host_port);
	}
	return false;
}

/* Characters of a target: visible ASCII without "#" (RFC 9112, 3.2; RFC 6455,
 * 3), and escapes that are complete and not of a NUL, which no environment
 * variable could hold. */
static bool
target_valid(struct slice target)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	size_t i;

	for (i = 0; i < target.len; i++) {
		const char *p = target.p + i;

		if (*p <= ' ' || *p > '~' || *p == '#')
			return false;
		if (*p != '%')
			continue;
		if (target.len - i < 3 || p[1] == '\0' || p[2] == '\0' ||
		    !strchr(hex, p[1]) || !strchr(hex, p[2]) ||
		    (p[1] == '0' && p[2] == '0'))
			return false;
	}
	return true;
}

/* origin-form, or absolute-form, whose authority replaces Host (RFC 9112,
 * 3.2).  Sets path and query. */
static bool
split_target(struct ws_request *r, struct slice *host)
{
	struct slice t = r->line.target;
	const char *query;
	size_t i, skip = 0;

	if (t.p[0] != '/') {
		static const char *const schemes[] = { "http://", "https://" };

		for (i = 0; i < 2 && skip == 0; i++) {
			struct slice scheme = slice_of(schemes[i]);
			struct slice start = { t.p, scheme.len };

			if (t.len > scheme.len &&
			    slice_equal_nocase(start, scheme))
				skip = scheme.len;
		}
		if (skip == 0)
			return false;
		host->p = t.p + skip;
		for (i = skip; i < t.len && t.p[i] != '/' && t.p[i] != '?'; i++)
			;
		host->len = i - skip;
		t.p += i;
		t.len -= i;
	}
	query = memchr(t.p, '?', t.len);
	r->path.p = t.p;
	r->path.len = query ? (size_t)(query - t.p) : t.len;
	r->query.p = query ? query + 1 : t.p + t.len;
	r->query.len = t.len - r->path.len - (query ? 1 : 0);
	if (r->path.len == 0)
		r->path = slice_of("/");
	return true;
}

/* RFC 9110, 7.8 lets a request with content be upgraded, once the content is
 * read.  None of ours has any. */
static bool
has_body(const struct http_head *h)
{
	const struct http_field *f;
	struct slice unused;
	size_t i = 0, k;

	if (http_count(h, "Transfer-Encoding", &unused) > 0)
		return true;
	while ((f = http_find(h, "Content-Length", &i)) != NULL) {
		for (k = 0; k < f->value.len; k++)
			if (f->value.p[k] != '0')
				return true;
		if (f->value.len == 0)
			return true;
	}
	return false;
}

static enum ws_refusal
judge_version(const struct http_head *h)
{
	struct slice v;
	unsigned number = 0;
	size_t i;

	if (http_count(h, "Sec-WebSocket-Version", &v) != 1)
		return WS_VERSION_MALFORMED;
	/* 4.3: 0 to 255 without leading zeros. */
	if (v.len == 0 || v.len > 3 || (v.len > 1 && v.p[0] == '0'))
		return WS_VERSION_MALFORMED;
	for (i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return WS_VERSION_MALFORMED;
		number = number * 10 + (unsigned)(v.p[i] - '0');
	}
	if (number > 255)
		return WS_VERSION_MALFORMED;
	return number == 13 ? WS_ACCEPTED : WS_VERSION_UNKNOWN;
}

static bool
list_contains(struct string_list list, struct slice s)
{
	size_t i;

	for (i = 0; i < list.count; i++)
		if (slice_equal(slice_of(list.item[i]), s))
			return true;
	return false;
}

/* Whether an element equal to this one, which points into a field, was listed
 * before it. */
static bool
offered_before(const struct http_head *h, struct slice element)
{
	const struct http_field *f;
	size_t i = 0;

	while ((f = http_find(h, "Sec-WebSocket-Protocol", &i)) != NULL) {
		struct slice list = f->value, e;

		while (slice_next_element(&list, &e)) {
			if (e.p == element.p)
				return false;
			if (slice_equal(e, element))
				return true;
		}
	}
	return false;
}

/* Finding doubles takes time that grows with the square of the number. */
enum { SUBPROTOCOLS_MAX = 100 };

/* 1#token, unique (4.1, 4.3); selects the first that we speak, too. */
static bool
judge_subprotocols(struct ws_request *r, struct string_list ours)
{
	const struct http_field *f;
	size_t i = 0, fields = 0, elements = 0;

	while ((f = http_find(&r->head, "Sec-WebSocket-Protocol", &i))) {
		struct slice list = f->value, e;

		fields++;
		while (slice_next_element(&list, &e)) {
			if (++elements > SUBPROTOCOLS_MAX ||
			    !http_is_token(e) || offered_before(&r->head, e))
				return false;
			if (r->subprotocol.len == 0 && list_contains(ours, e))
				r->subprotocol = e;
		}
	}
	return fields == 0 || elements > 0;
}

/* Cuts a token off the start of *s; blanks around it are skipped. */
static bool
take_token(struct slice *s)
{
	struct slice token = slice_trim(*s);

	s->len -= (size_t)(token.p - s->p);
	s->p = token.p;
	token.len = 0;
	while (token.len < s->len) {
		struct slice longer = { token.p, token.len + 1 };

		if (!http_is_token(longer))
			break;
		token = longer;
	}
	s->p += token.len;
	s->len -= token.len;
	*s = slice_trim(*s);
	return token.len > 0;
}

static bool
take_char(struct slice *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->len--;
	return true;
}

/* A token, in quotes or not (9.1). */
static bool
take_parameter_value(struct slice *s)
{
	*s = slice_trim(*s);
	if (!take_char(s, '"'))
		return take_token(s);
	return s->len > 0 && s->p[0] != ' ' && take_token(s) &&
	    take_char(s, '"');
}

/* extension-list of 9.1: 1#( token *( ";" token [ "=" value ] ) ).  We speak
 * no extension, but a list that cannot be read means a confused peer. */
static bool
extensions_valid(const struct http_head *h)
{
	const struct http_field *f;
	size_t i = 0, fields = 0, elements = 0;

	while ((f = http_find(h, "Sec-WebSocket-Extensions", &i)) != NULL) {
		struct slice list = f->value, e;

		fields++;
		while (slice_next_element(&list, &e)) {
			elements++;
			if (!take_token(&e))
				return false;
			while (take_char(&e, ';')) {
				if (!take_token(&e))
					return false;
				if (take_char(&e, '=') &&
				    !take_parameter_value(&e))
					return false;
				e = slice_trim(e);
			}
			if (e.len > 0)
				return false;
		}
	}
	return fields == 0 || elements > 0;
}

static enum ws_refusal
judge_origin(const struct http_head *h, struct string_list allowed,
    struct slice host)
{
	struct slice origin = { NULL, 0 };
	size_t n = http_count(h, "Origin", &origin);

	if (n > 1)
		return WS_ORIGIN_TWICE;		/* RFC 6454, 7.3 */
	if (allowed.count == 0)		/* no Origin: no browser (10.2) */
		return n == 0 || ws_origin_is_host(origin, host) ?
		    WS_ACCEPTED : WS_ORIGIN_REFUSED;
	if (list_contains(allowed, slice_of("*")))
		return WS_ACCEPTED;
	return n == 1 && list_contains(allowed, origin) ?
	    WS_ACCEPTED : WS_ORIGIN_REFUSED;
}

/* What makes the request HTTP, apart from WebSocket; *authority becomes the
 * host it is meant for. */
static enum ws_refusal
judge_http(struct ws_request *r, char *head, size_t len,
    struct slice *authority)
{
	struct slice port;

	if (!http_parse_request_line(&r->line, http_start_line(head, len)))
		return WS_REQUEST_LINE_MALFORMED;
	if (r->line.major != 1)
		return WS_HTTP_VERSION;
	r->fault = http_parse_head(&r->head, head, len, false);
	if (r->fault == HTTP_TOO_MANY_FIELDS)
		return WS_TOO_MANY_FIELDS;
	if (r->fault != HTTP_OK)
		return WS_FIELDS_MALFORMED;
	if (!target_valid(r->line.target))
		return WS_TARGET_MALFORMED;
	if (http_count(&r->head, "Host", authority) != 1 ||
	    !http_parse_authority(*authority, &r->host, &port))
		return WS_HOST_MALFORMED;
	if (!slice_equal(r->line.method, slice_of("GET")))
		return WS_METHOD;
	if (!split_target(r, authority) ||
	    !http_parse_authority(*authority, &r->host, &port))
		return WS_TARGET_FORM;
	if (r->line.minor == 0)
		return WS_HTTP_1_0;
	return has_body(&r->head) ? WS_HAS_BODY : WS_ACCEPTED;
}

enum ws_refusal
ws_judge_request(struct ws_request *r, const struct ws_server_rules *rules,
    char *head, size_t len)
{
	struct slice authority;
	enum ws_refusal refusal;

	memset(r, 0, sizeof *r);
	refusal = judge_http(r, head, len, &authority);
	if (refusal != WS_ACCEPTED)
		return refusal;
	if (!http_list_has(&r->head, "Upgrade", "websocket"))
		return WS_NO_UPGRADE;
	if (!http_list_has(&r->head, "Connection", "Upgrade"))
		return WS_NO_CONNECTION_UPGRADE;
	refusal = judge_version(&r->head);
	if (refusal != WS_ACCEPTED)
		return refusal;
	if (http_count(&r->head, "Sec-WebSocket-Key", &r->key) != 1 ||
	    !ws_key_valid(r->key))
		return WS_KEY_MALFORMED;
	if (!judge_subprotocols(r, rules->subprotocols))
		return WS_SUBPROTOCOL_MALFORMED;
	if (!extensions_valid(&r->head))
		return WS_EXTENSION_MALFORMED;
	return judge_origin(&r->head, rules->origins, authority);
}

static const struct {
	int status;
	const char *text;
} refusals[] = {
	[WS_ACCEPTED] = { 101, "accepted" },
	[WS_REQUEST_LINE_TOO_LONG] = { 414,
	    "request line of more than 16384 bytes (RFC 9110, 15.5.15)" },
	[WS_REQUEST_TOO_LARGE] = { 431,
	    "request head of more than 65536 bytes (RFC 6585, 5)" },
	[WS_REQUEST_TOO_LATE] = { 408,
	    "no complete request in time (RFC 9110, 15.5.9)" },
	[WS_SHUTTING_DOWN] = { 503, "the server ends (RFC 9110, 15.6.4)" },
	[WS_REQUEST_INCOMPLETE] = { 400,
	    "input ends inside the request head (RFC 9112, 8)" },
	[WS_REQUEST_LINE_MALFORMED] = { 400,
	    "malformed request line (RFC 9112, 3)" },
	[WS_HTTP_VERSION] = { 505, "not HTTP/1 (RFC 9110, 15.6.6)" },
	[WS_TOO_MANY_FIELDS] = { 431, NULL },
	[WS_FIELDS_MALFORMED] = { 400, NULL },
	[WS_TARGET_MALFORMED] = { 400,
	    "malformed request target (RFC 9112, 3.2)" },
	[WS_HOST_MALFORMED] = { 400,
	    "not exactly one well-formed Host field (RFC 9112, 3.2)" },
	[WS_METHOD] = { 405, "method is not GET (RFC 6455, 4.1)" },
	[WS_TARGET_FORM] = { 400,
	    "request target is no path and no http URL (RFC 9112, 3.2)" },
	[WS_HTTP_1_0] = { 426, "HTTP/1.0 knows no upgrade (RFC 9110, 7.8)" },
	[WS_HAS_BODY] = { 400, "request with content (RFC 9110, 7.8)" },
	[WS_NO_UPGRADE] = { 426,
	    "no upgrade to websocket asked for (RFC 6455, 4.2.1)" },
	[WS_NO_CONNECTION_UPGRADE] = { 400,
	    "Connection field without Upgrade (RFC 6455, 4.2.1)" },
	[WS_VERSION_MALFORMED] = { 400,
	    "not exactly one Sec-WebSocket-Version of 0 to 255 "
	    "(RFC 6455, 4.3)" },
	[WS_VERSION_UNKNOWN] = { 426,
	    "Sec-WebSocket-Version is not 13 (RFC 6455, 4.4)" },
	[WS_KEY_MALFORMED] = { 400,
	    "not exactly one Sec-WebSocket-Key of 16 bytes "
	    "(RFC 6455, 4.2.1)" },
	[WS_SUBPROTOCOL_MALFORMED] = { 400,
	    "Sec-WebSocket-Protocol is no list of unique tokens "
	    "(RFC 6455, 4.1)" },
	[WS_EXTENSION_MALFORMED] = { 400,
	    "malformed Sec-WebSocket-Extensions (RFC 6455, 9.1)" },
	[WS_ORIGIN_TWICE] = { 400,
	    "more than one Origin field (RFC 6454, 7.3)" },
	[WS_ORIGIN_REFUSED] = { 403, "Origin not allowed (RFC 6455, 10.2)" }
};

int
ws_refusal_status(enum ws_refusal refusal)
{
	return refusals[refusal].status;
}

const char *
ws_refusal_text(enum ws_refusal refusal, enum http_fault fault)
{
	if (refusals[refusal].text == NULL)
		return http_fault_text(fault);
	return refusals[refusal].text;
}

void
ws_put_acceptance(struct text *t, const struct ws_request *r,
    struct string_list fields)
{
	char accept[WS_ACCEPT_LEN];
	size_t i;

	ws_accept_encode(accept, r->key);
	text_puts(t, "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: ");
	text_put(t, accept, sizeof accept);
	text_puts(t, "\r\n");
	if (r->subprotocol.len > 0) {
		text_puts(t, "Sec-WebSocket-Protocol: ");
		text_put_slice(t, r->subprotocol);
		text_puts(t, "\r\n");
	}
	for (i = 0; i < fields.count; i++) {
		text_puts(t, fields.item[i]);
		text_puts(t, "\r\n");
	}
	text_puts(t, "\r\n");
}

void
ws_put_refusal(struct text *t, enum ws_refusal refusal)
{
	int status = ws_refusal_status(refusal);
	const char *phrase = http_phrase(status);

	text_puts(t, "HTTP/1.1 ");
	text_put_number(t, (unsigned long)status);
	text_puts(t, " ");
	text_puts(t, phrase);
	text_puts(t, "\r\n");
	if (status == 426)	/* RFC 9110, 15.5.22 */
		text_puts(t, "Upgrade: websocket\r\n"
		    "Connection: Upgrade, close\r\n");
	else
		text_puts(t, "Connection: close\r\n");
	if (status == 405)	/* RFC 9110, 15.5.6 */
		text_puts(t, "Allow: GET\r\n");
	if (status == 426 || refusal == WS_VERSION_MALFORMED)	/* 4.4 */
		text_puts(t, "Sec-WebSocket-Version: 13\r\n");
	text_puts(t, "Content-Type: text/plain\r\nContent-Length: ");
	text_put_number(t, strlen(phrase) + 1);
	text_puts(t, "\r\n\r\n");
	text_puts(t, phrase);
	text_puts(t, "\n");
}

static void
put_field(struct text *t, const char *name, const char *value)
{
	text_puts(t, name);
	text_puts(t, ": ");
	text_puts(t, value);
	text_puts(t, "\r\n");
}

/* Three bytes at a time, so that no buffer bounds the credentials. */
static void
put_basic(struct text *t, const char *user_password)
{
	size_t len = strlen(user_password), n;

	text_puts(t, "Authorization: Basic ");
	for (; len > 0; len -= n, user_password += n) {
		char group[4];

		n = len < 3 ? len : 3;
		ws_base64_encode(group, (const uint8_t *)user_password, n);
		text_put(t, group, sizeof group);
	}
	text_puts(t, "\r\n");
}

void
ws_put_request(struct text *t, const struct ws_client_request *r)
{
	size_t i;

	text_puts(t, "GET ");
	ws_url_put_resource(t, &r->url);
	text_puts(t, " HTTP/1.1\r\nHost: ");
	ws_url_put_host(t, &r->url);
	text_puts(t, "\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Key: ");
	text_put(t, r->key, sizeof r->key);
	text_puts(t, "\r\nSec-WebSocket-Version: 13\r\n");
	for (i = 0; i < r->subprotocols.count; i++) {
		text_puts(t, i == 0 ? "Sec-WebSocket-Protocol: " : ", ");
		text_puts(t, r->subprotocols.item[i]);
	}
	text_puts(t, r->subprotocols.count > 0 ? "\r\n" : "");
	if (r->origin)
		put_field(t, "Origin", r->origin);
	if (r->basic)
		put_basic(t, r->basic);
	for (i = 0; i < r->fields.count; i++) {
		text_puts(t, r->fields.item[i]);
		text_puts(t, "\r\n");
	}
	text_puts(t, "\r\n");
}

/* Exactly one field of that name with exactly that value, without case. */
static bool
field_is(const struct http_head *h, const char *name, const char *value)
{
	struct slice v;

	return http_count(h, name, &v) == 1 &&
	    slice_equal_nocase(v, slice_of(value));
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
ws_judge_answer(struct ws_response *a, const struct ws_client_request *r,
    char *head, size_t len)
{
	struct slice unused;
	size_t n;

	memset(a, 0, sizeof *a);
	/* Nothing is skipped before the status line. */
	if (head[0] == '\r' || head[0] == '\n' ||
	    !http_parse_status_line(&a->line, http_start_line(head, len)))
		return WS_ANSWER_STATUS_LINE;
	a->fault = http_parse_head(&a->head, head, len, true);
	if (a->fault != HTTP_OK)
		return WS_ANSWER_FIELDS;
	if (a->line.status != 101)
		return a->line.status < 200 ?
		    WS_ANSWER_INTERIM : WS_ANSWER_REFUSED;
	if (!field_is(&a->head, "Upgrade", "websocket"))
		return WS_ANSWER_UPGRADE;
	if (!http_list_has(&a->head, "Connection", "Upgrade"))
		return WS_ANSWER_CONNECTION;
	if (!accept_matches(&a->head, r->key))
		return WS_ANSWER_ACCEPT;
	if (http_count(&a->head, "Sec-WebSocket-Extensions", &unused) > 0)
		return WS_ANSWER_EXTENSION;
	n = http_count(&a->head, "Sec-WebSocket-Protocol", &a->subprotocol);
	if (n > 1 || (n == 1 && !list_contains(r->subprotocols,
	    a->subprotocol)))
		return WS_ANSWER_SUBPROTOCOL;
	return WS_ANSWER_OPEN;
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
	case WS_ANSWER_CONNECTION:
		return "answer without Connection: Upgrade (RFC 6455, 4.1)";
	case WS_ANSWER_ACCEPT:
		return "answer without the right Sec-WebSocket-Accept "
		    "(RFC 6455, 4.1)";
	case WS_ANSWER_EXTENSION:
		return "answer with an extension that was not offered "
		    "(RFC 6455, 4.1)";
	case WS_ANSWER_SUBPROTOCOL:
		return "answer with a subprotocol that was not offered "
		    "(RFC 6455, 4.1)";
	}
	return "no fault";
}
