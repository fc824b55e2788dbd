/* The opening handshake (RFC 6455, 4): what a request and an answer must be,
 * and how they are written. */
#include <string.h>

#include "code/base64.h"
#include "code/sha1.h"
#include "http/credentials.h"
#include "http/handshake.h"
#include "http/hixie.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"	/* 1.3 */

void
ws_key_encode(char key[WS_KEY_LEN], const uint8_t nonce[16])
{
	ws_base64_encode(key, nonce, 16, WS_SIMD_NONE);
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
	ws_base64_encode(accept, digest, sizeof digest, WS_SIMD_NONE);
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
	size_t i;

	for (i = 0; i < target.len; i++) {
		const char *p = target.p + i;

		if (*p <= ' ' || *p > '~' || *p == '#')
			return false;
		if (*p != '%')
			continue;
		if (target.len - i < 3 || text_hex_byte(p + 1) <= 0)
			return false;
	}
	return true;
}

bool
ws_path_valid(struct slice path)
{
	return path.len > 0 && path.p[0] == '/' && target_valid(path) &&
	    memchr(path.p, '?', path.len) == NULL;
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

static const struct {
	const char *draft, *name;
	enum ws_version version;
} versions[] = {
	{ "hybi-10", "8", WS_VERSION_8 },
	{ "hybi-07", "7", WS_VERSION_7 },
	{ "hixie-76", "hixie-76", WS_HIXIE_76 },
	{ "hybi-00", "hixie-76", WS_HIXIE_76 },
	{ "hixie-75", "hixie-75", WS_HIXIE_75 }
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

const char *
ws_version_name(enum ws_version version)
{
	size_t i;

	for (i = 0; i < VERSIONS; i++)
		if (versions[i].version == version)
			return versions[i].name;
	return "13";
}

enum ws_version
ws_version_of_draft(struct slice name)
{
	size_t i;

	for (i = 0; i < VERSIONS; i++)
		if (slice_equal(name, slice_of(versions[i].draft)) ||
		    slice_equal(name, slice_of(versions[i].name)))
			return versions[i].version;
	return WS_VERSION_13;
}

static enum ws_refusal
judge_version(struct ws_request *r, unsigned older)
{
	const struct http_head *h = &r->head;
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
	if (number == 13)
		return WS_ACCEPTED;
	r->version = ws_version_of_draft(v);
	return r->version != WS_VERSION_13 && (older >> r->version & 1) ?
	    WS_ACCEPTED : WS_VERSION_UNKNOWN;
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
			if (r->subprotocol.len == 0 && slice_in_list(ours, e))
				r->subprotocol = e;
		}
	}
	return fields == 0 || elements > 0;
}

/* Cuts a token off the start of *s; blanks around it are skipped. */
static bool
take_token(struct slice *s)
{
	size_t n;

	*s = slice_trim(*s);
	n = http_token_run(*s);
	s->p += n;
	s->len -= n;
	*s = slice_trim(*s);
	return n > 0;
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

/* All are tried, whatever comes of the first. */
static bool
credentials_right(struct ws_request *r, struct string_list known)
{
	struct slice value;
	size_t i;

	if (known.count == 0)
		return true;
	if (http_count(&r->head, "Authorization", &value) != 1)
		return false;
	for (i = 0; i < known.count; i++)
		if (ws_basic_matches(value, known.item[i]))
			r->credentials = known.item[i];
	return r->credentials != NULL;
}

static bool
origin_allowed(struct slice origin, struct string_list allowed,
    struct slice host)
{
	if (allowed.count == 0)
		return ws_origin_is_host(origin, host);
	return slice_in_list(allowed, origin);
}

/* Versions 7 and 8 have a field of their own beside (hybi-07, 1.3), and none
 * of the two may be one that is not let in. */
static enum ws_refusal
judge_origin(const struct ws_request *r, struct string_list allowed)
{
	static const char *const names[] = { "Origin", "Sec-WebSocket-Origin" };
	bool old = r->version == WS_VERSION_8 || r->version == WS_VERSION_7;
	struct slice origin;
	size_t i, n, found = 0;

	if (slice_in_list(allowed, slice_of("*")))
		return WS_ACCEPTED;
	for (i = 0; i < (old ? 2 : 1); i++) {
		n = http_count(&r->head, names[i], &origin);
		found += n;
		if (n > 0 && !origin_allowed(origin, allowed, r->authority))
			return WS_ORIGIN_REFUSED;
	}
	/* No Origin: no browser (10.2). */
	return found > 0 || allowed.count == 0 ?
	    WS_ACCEPTED : WS_ORIGIN_REFUSED;
}

/* Whether someone who speaks WebSocket well may have this resource. */
static enum ws_refusal
judge_rights(struct ws_request *r, const struct ws_server_rules *rules)
{
	struct slice unused;

	if (http_count(&r->head, "Origin", &unused) > 1 ||
	    http_count(&r->head, "Sec-WebSocket-Origin", &unused) > 1)
		return WS_ORIGIN_TWICE;		/* RFC 6454, 7.3 */
	if (!credentials_right(r, rules->credentials))
		return WS_CREDENTIALS_REFUSED;
	if (rules->paths.count > 0 && !slice_in_list(rules->paths, r->path))
		return WS_PATH_REFUSED;
	return judge_origin(r, rules->origins);
}

bool
ws_is_upgrade(const char *head, size_t len)
{
	struct slice rest = { head, len };
	struct slice line, name;
	const char *colon;

	while (rest.len > 0) {
		line = http_next_line(&rest);
		colon = memchr(line.p, ':', line.len);
		if (colon == NULL)
			continue;
		name.p = line.p;
		name.len = (size_t)(colon - line.p);
		line.p += name.len + 1;
		line.len -= name.len + 1;
		if (slice_equal_nocase(name, slice_of("Upgrade")) &&
		    http_value_has(line, "websocket"))
			return true;
	}
	return false;
}

/* -- the rules, in the order in which they are looked at -- */

typedef enum ws_refusal rule(struct ws_request *,
    const struct ws_server_rules *);

static enum ws_refusal
judge_target(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return target_valid(r->line.target) ?
	    WS_ACCEPTED : WS_TARGET_MALFORMED;
}

static enum ws_refusal
judge_host(struct ws_request *r, const struct ws_server_rules *unused)
{
	struct slice port;

	(void)unused;
	return http_count(&r->head, "Host", &r->authority) == 1 &&
	    http_parse_authority(r->authority, &r->host, &port) ?
	    WS_ACCEPTED : WS_HOST_MALFORMED;
}

static enum ws_refusal
judge_method(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return slice_equal(r->line.method, slice_of("GET")) ?
	    WS_ACCEPTED : WS_METHOD;
}

static enum ws_refusal
judge_target_form(struct ws_request *r, const struct ws_server_rules *unused)
{
	struct slice port;

	(void)unused;
	return split_target(r, &r->authority) &&
	    http_parse_authority(r->authority, &r->host, &port) ?
	    WS_ACCEPTED : WS_TARGET_FORM;
}

static enum ws_refusal
judge_minor(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return r->line.minor > 0 ? WS_ACCEPTED : WS_HTTP_1_0;
}

static enum ws_refusal
judge_body(struct ws_request *r, const struct ws_server_rules *rules)
{
	return has_body(&r->head) &&
	    !ws_hixie_content(&r->head, rules->older) ?
	    WS_HAS_BODY : WS_ACCEPTED;
}

static enum ws_refusal
judge_upgrade(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return http_list_has(&r->head, "Upgrade", "websocket") ?
	    WS_ACCEPTED : WS_NO_UPGRADE;
}

static enum ws_refusal
judge_connection(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return http_list_has(&r->head, "Connection", "Upgrade") ?
	    WS_ACCEPTED : WS_NO_CONNECTION_UPGRADE;
}

/* Whose rules the next ones are. */
static enum ws_refusal
judge_draft(struct ws_request *r, const struct ws_server_rules *rules)
{
	r->version = ws_hixie_version(&r->head, rules->older);
	return r->version == WS_VERSION_13 ? judge_version(r, rules->older) :
	    ws_judge_hixie(r, rules->subprotocols);
}

static bool
is_hixie(const struct ws_request *r)
{
	return r->version == WS_HIXIE_75 || r->version == WS_HIXIE_76;
}

static enum ws_refusal
judge_key(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return is_hixie(r) ||
	    (http_count(&r->head, "Sec-WebSocket-Key", &r->key) == 1 &&
	    ws_key_valid(r->key)) ? WS_ACCEPTED : WS_KEY_MALFORMED;
}

static enum ws_refusal
judge_subprotocol(struct ws_request *r, const struct ws_server_rules *rules)
{
	return is_hixie(r) || judge_subprotocols(r, rules->subprotocols) ?
	    WS_ACCEPTED : WS_SUBPROTOCOL_MALFORMED;
}

static enum ws_refusal
judge_extensions(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return is_hixie(r) || extensions_valid(&r->head) ?
	    WS_ACCEPTED : WS_EXTENSION_MALFORMED;
}

static rule *const all_rules[] = { judge_target, judge_host, judge_method,
    judge_target_form, judge_minor, judge_body, judge_upgrade,
    judge_connection, judge_draft, judge_key, judge_subprotocol,
    judge_extensions, judge_rights };

enum { RULES = sizeof all_rules / sizeof all_rules[0] };

enum ws_refusal
ws_judge_request(struct ws_request *r, const struct ws_server_rules *rules,
    char *head, size_t len)
{
	enum ws_refusal refusal = WS_ACCEPTED;
	size_t i;

	memset(r, 0, sizeof *r);
	if (!http_parse_request_line(&r->line, http_start_line(head, len)))
		return WS_REQUEST_LINE_MALFORMED;
	if (r->line.major != 1)
		return WS_HTTP_VERSION;
	r->fault = http_parse_head(&r->head, head, len, false);
	if (r->fault == HTTP_TOO_MANY_FIELDS)
		return WS_TOO_MANY_FIELDS;
	if (r->fault != HTTP_OK)
		return WS_FIELDS_MALFORMED;
	for (i = 0; i < RULES && refusal == WS_ACCEPTED; i++)
		refusal = all_rules[i](r, rules);
	return refusal;
}

size_t
ws_find_refusals(enum ws_refusal found[WS_REFUSALS_MAX], struct ws_request *r,
    const struct ws_server_rules *rules)
{
	size_t i, n = 0;

	for (i = 0; i < RULES; i++) {
		found[n] = all_rules[i](r, rules);
		n += found[n] != WS_ACCEPTED;
	}
	return n;
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
	[WS_TOO_MANY_SESSIONS] = { 429,
	    "too many sessions from one address (RFC 6585, 4)" },
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
	[WS_CREDENTIALS_REFUSED] = { 401,
	    "credentials are missing or wrong (RFC 9110, 15.5.2)" },
	[WS_PATH_REFUSED] = { 404, "path not served (RFC 6455, 4.2.2)" },
	[WS_ORIGIN_REFUSED] = { 403, "Origin not allowed (RFC 6455, 10.2)" },
	[WS_HIXIE_ORIGIN] = { 400,
	    "not exactly one well-formed Origin (hixie-76, 5.2)" },
	[WS_HIXIE_KEYS] = { 400,
	    "not two keys with a number each (hixie-76, 5.2)" },
	[WS_PROXYPROTO_MALFORMED] = { 400, "no PROXY protocol header" },
	[WS_GATE_CREDENTIALS] = { 401, "the gate asks for credentials" },
	[WS_GATE_FORBIDDEN] = { 403, "the gate says no" },
	[WS_GATE_NOT_FOUND] = { 404, "the gate knows no such resource" },
	[WS_GATE_UNAVAILABLE] = { 503, "the gate does not work" },
	[WS_GATE_LATE] = { 503, "the gate does not answer in time" },
	[WS_GATE_FIELDS] = { 503,
	    "the gate prints what is no header field of its own" }
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

static void
put_text(struct ws_fields *f, const char *name, const char *value)
{
	ws_put_field(f, name, slice_of(value));
}

void
ws_put_acceptance(struct text *t, const struct ws_request *r,
    struct string_list edits)
{
	struct ws_fields f = { .text = t, .edits = edits };
	char accept[WS_ACCEPT_LEN];
	struct slice value = { accept, sizeof accept };

	ws_accept_encode(accept, r->key);
	text_puts(t, "HTTP/1.1 101 Switching Protocols\r\n");
	put_text(&f, "Upgrade", "websocket");
	put_text(&f, "Connection", "Upgrade");
	ws_put_field(&f, "Sec-WebSocket-Accept", value);
	if (r->subprotocol.len > 0)
		ws_put_field(&f, "Sec-WebSocket-Protocol", r->subprotocol);
	ws_fields_finish(&f);
}

/* What the status wants in the head. */
static void
put_status_fields(struct ws_fields *f, enum ws_refusal refusal, int status)
{
	if (status == 426)	/* RFC 9110, 15.5.22 */
		put_text(f, "Upgrade", "websocket");
	put_text(f, "Connection", status == 426 ? "Upgrade, close" : "close");
	if (status == 401)	/* RFC 9110, 15.5.2 */
		put_text(f, "WWW-Authenticate",
		    "Basic realm=\"WebSocket\", charset=\"UTF-8\"");
	if (status == 405)	/* RFC 9110, 15.5.6 */
		put_text(f, "Allow", "GET");
	if (status == 426 || refusal == WS_VERSION_MALFORMED)	/* 4.4 */
		put_text(f, "Sec-WebSocket-Version", "13");
}

void
ws_put_refusal(struct text *t, enum ws_refusal refusal,
    struct string_list edits)
{
	struct ws_fields f = { .text = t, .edits = edits };
	int status = ws_refusal_status(refusal);
	const char *phrase = http_phrase(status);

	text_puts(t, "HTTP/1.1 ");
	text_put_number(t, (unsigned long)status);
	text_puts(t, " ");
	text_puts(t, phrase);
	text_puts(t, "\r\n");
	put_status_fields(&f, refusal, status);
	put_text(&f, "Content-Type", "text/plain");
	if (ws_field_begin(&f, "Content-Length")) {
		text_put_number(t, strlen(phrase) + 1);
		ws_field_end(&f);
	}
	ws_fields_finish(&f);
	text_puts(t, phrase);
	text_puts(t, "\n");
}

static void
put_host(struct ws_fields *f, const struct ws_url *url)
{
	if (!ws_field_begin(f, "Host"))
		return;
	ws_url_put_host(f->text, url);
	ws_field_end(f);
}

static void
put_subprotocols(struct ws_fields *f, struct string_list offered)
{
	size_t i;

	if (offered.count == 0 || !ws_field_begin(f, "Sec-WebSocket-Protocol"))
		return;
	for (i = 0; i < offered.count; i++) {
		text_puts(f->text, i > 0 ? ", " : "");
		text_puts(f->text, offered.item[i]);
	}
	ws_field_end(f);
}

void
ws_put_request(struct text *t, const struct ws_client_request *r)
{
	struct ws_fields f = { .text = t, .edits = r->edits };
	struct slice key = { r->key, sizeof r->key };

	text_puts(t, "GET ");
	ws_url_put_resource(t, &r->url);
	text_puts(t, " HTTP/1.1\r\n");
	put_host(&f, &r->url);
	put_text(&f, "Upgrade", "websocket");
	put_text(&f, "Connection", "Upgrade");
	ws_put_field(&f, "Sec-WebSocket-Key", key);
	put_text(&f, "Sec-WebSocket-Version", "13");
	put_subprotocols(&f, r->subprotocols);
	if (r->origin != NULL)
		put_text(&f, "Origin", r->origin);
	if (r->basic != NULL && ws_field_begin(&f, "Authorization")) {
		ws_put_basic(t, r->basic);
		ws_field_end(&f);
	}
	ws_fields_finish(&f);
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

static bool
subprotocol_offered(struct ws_response *a, const struct ws_client_request *r)
{
	size_t n = http_count(&a->head, "Sec-WebSocket-Protocol",
	    &a->subprotocol);

	return n == 0 ||
	    (n == 1 && slice_in_list(r->subprotocols, a->subprotocol));
}

/* Whether the answer keeps that rule. */
static bool
keeps(enum ws_answer rule, struct ws_response *a,
    const struct ws_client_request *r)
{
	struct slice unused;

	switch (rule) {
	case WS_ANSWER_REFUSED:
		return a->line.status == 101;
	case WS_ANSWER_UPGRADE:
		return field_is(&a->head, "Upgrade", "websocket");
	case WS_ANSWER_CONNECTION:
		return http_list_has(&a->head, "Connection", "Upgrade");
	case WS_ANSWER_ACCEPT:
		return accept_matches(&a->head, r->key);
	case WS_ANSWER_EXTENSION:
		return http_count(&a->head, "Sec-WebSocket-Extensions",
		    &unused) == 0;
	case WS_ANSWER_SUBPROTOCOL:
		return subprotocol_offered(a, r);
	case WS_ANSWER_OPEN:
	case WS_ANSWER_INTERIM:
	case WS_ANSWER_STATUS_LINE:
	case WS_ANSWER_FIELDS:
		break;
	}
	return true;
}

static const enum ws_answer answer_rules[] = { WS_ANSWER_REFUSED,
    WS_ANSWER_UPGRADE, WS_ANSWER_CONNECTION, WS_ANSWER_ACCEPT,
    WS_ANSWER_EXTENSION, WS_ANSWER_SUBPROTOCOL };

enum { ANSWER_RULES = sizeof answer_rules / sizeof answer_rules[0] };

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
ws_judge_answer(struct ws_response *a, const struct ws_client_request *r,
    char *head, size_t len)
{
	enum ws_answer answer = ws_read_answer(a, head, len);
	enum ws_answer found[WS_ANSWER_FAULTS_MAX];

	if (answer == WS_ANSWER_OPEN && ws_find_answer_faults(found, a, r) > 0)
		return found[0];
	return answer;
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
