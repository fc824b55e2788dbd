/* ws-probe: heads, right ones with the changes that a case makes to them. */
#include <stdlib.h>
#include <string.h>

#include "ws-probe.h"
#include "diag.h"
#include "http/answer.h"
#include "http/extension.h"
#include "http/origin.h"
#include "http/seckey.h"

enum { LINES_MAX = 160 };

/* A head in the making: lines, each in memory of its own. */
struct lines {
	char *line[LINES_MAX];
	size_t count;
	const char *eol;
};

/* -- values -- */

static void
put_repeated(struct text *t, const char **p)
{
	char *end;
	unsigned long n = strtoul(*p + 3, &end, 10);

	for (; n > 0 && !t->full; n--)
		text_puts(t, "x");
	*p = *end == ')' ? end + 1 : end;
}

/* $host and so on; false if it is none of them. */
static bool
put_value(struct text *t, const char **p, const struct head_values *v)
{
	const struct {
		const char *name;
		struct slice value;
	} known[] = {
		{ "$host", v->host }, { "$resource", v->resource },
		{ "$path", v->path },
		{ "$origin", v->origin }, { "$key", { v->key, sizeof v->key } },
		{ "$accept", { v->accept, sizeof v->accept } }
	};
	size_t i;

	if (strncmp(*p, "$x(", 3) == 0) {
		put_repeated(t, p);
		return true;
	}
	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strncmp(*p, known[i].name, strlen(known[i].name)) == 0) {
			text_put_slice(t, known[i].value);
			*p += strlen(known[i].name);
			return true;
		}
	return false;
}

/* What stands behind a backslash. */
static void
put_escape(struct text *t, const char **p)
{
	static const char names[] = "nrt0\\", bytes[] = "\n\r\t\0\\";
	_Static_assert(sizeof names == sizeof bytes, "a byte for each");
	const char *name;
	char c = '\\';

	if (**p == 'x' && text_hex_byte(*p + 1) >= 0) {
		c = (char)text_hex_byte(*p + 1);
		*p += 3;
	} else if (**p != '\0' && (name = strchr(names, **p)) != NULL) {
		c = bytes[name - names];
		++*p;
	}
	text_put(t, &c, 1);
}

/* Appends what an edit says, with values and escapes. */
static void
put_expanded(struct text *t, const char *p, const struct head_values *v)
{
	while (*p != '\0')
		if (*p == '\\') {
			p++;
			put_escape(t, &p);
		} else if (*p != '$' || !put_value(t, &p, v)) {
			text_put(t, p++, 1);
		}
}

/* -- lines -- */

static void
insert_line(struct lines *l, size_t at, const char *line)
{
	char *copy;
	size_t size = strlen(line) + 1;

	if (l->count == LINES_MAX)
		die(STATUS_UNREPRESENTABLE, "a head of too many lines");
	copy = get_memory(size);
	memcpy(copy, line, size);
	memmove(l->line + at + 1, l->line + at,
	    (l->count - at) * sizeof *l->line);
	l->line[at] = copy;
	l->count++;
}

static void
remove_line(struct lines *l, size_t at)
{
	free(l->line[at]);
	memmove(l->line + at, l->line + at + 1,
	    (l->count - at - 1) * sizeof *l->line);
	l->count--;
}

/* Where the field of that name stands, from line i on; the count if nowhere. */
static size_t
find_line(const struct lines *l, const char *name, size_t i)
{
	struct slice wanted = slice_of(name), got;

	for (; i < l->count; i++) {
		got.p = l->line[i];
		got.len = strcspn(got.p, ":");
		if (slice_equal_nocase(got, wanted))
			break;
	}
	return i;
}

static void
set_field(struct lines *l, const struct edit *e)
{
	size_t at = find_line(l, e->name, 1), i;
	char line[4200];
	struct text t = { line, sizeof line, 0, false };

	while ((i = find_line(l, e->name, at + 1)) < l->count)
		remove_line(l, i);
	text_puts(&t, e->name);
	text_puts(&t, e->value[0] == '\0' ? ":" : ": ");
	text_puts(&t, e->value);
	if (at < l->count)
		remove_line(l, at);
	insert_line(l, at, line);
}

static void
reverse_fields(struct lines *l)
{
	size_t i, j;
	char *line;

	for (i = 1, j = l->count - 1; i < j; i++, j--) {
		line = l->line[i];
		l->line[i] = l->line[j];
		l->line[j] = line;
	}
}

static void
apply(struct lines *l, const struct edit *e)
{
	size_t i;

	switch (e->kind) {
	case EDIT_START:
		remove_line(l, 0);
		insert_line(l, 0, e->value);
		break;
	case EDIT_SET:
		set_field(l, e);
		break;
	case EDIT_ADD:
		insert_line(l, l->count, e->value);
		break;
	case EDIT_FIRST:
		insert_line(l, 1, e->value);
		break;
	case EDIT_DROP:
		while ((i = find_line(l, e->name, 1)) < l->count)
			remove_line(l, i);
		break;
	case EDIT_REVERSE:
		reverse_fields(l);
		break;
	case EDIT_LF:
		l->eol = "\n";
		break;
	case EDIT_RAW:
		while (l->count > 0)
			remove_line(l, 0);
		insert_line(l, 0, e->value);
		l->eol = "";
		break;
	case EDIT_BEFORE:
		break;
	}
}

/* Unless the case has a field of its own. */
static void
add_extension(struct lines *l, const struct ws_permessage *deflate)
{
	static const char name[] = "Sec-WebSocket-Extensions";
	char line[sizeof name + WS_PERMESSAGE_MAX + 2];
	struct text t = { line, sizeof line, 0, false };

	if (find_line(l, name, 1) < l->count)
		return;
	text_puts(&t, name);
	text_puts(&t, ": ");
	ws_permessage_put(&t, deflate);
	insert_line(l, l->count, line);
}

static const char *const request_lines[] = {
	"GET $resource HTTP/1.1",
	"Host: $host",
	"Upgrade: websocket",
	"Connection: Upgrade",
	"Sec-WebSocket-Key: $key",
	"Sec-WebSocket-Version: 13",
	NULL
};

static const char *const answer_lines[] = {
	"HTTP/1.1 101 Switching Protocols",
	"Upgrade: websocket",
	"Connection: Upgrade",
	"Sec-WebSocket-Accept: $accept",
	NULL
};

void
head_build(struct text *t, const struct probe_case *k, bool request,
    const struct head_values *v, const struct ws_permessage *deflate)
{
	const char *const *line = request ? request_lines : answer_lines;
	struct lines l = { .eol = "\r\n" };
	size_t i;

	for (; *line != NULL; line++)
		insert_line(&l, l.count, *line);
	for (i = 0; i < k->edit_count; i++) {
		if (k->edits[i].kind == EDIT_BEFORE)
			put_expanded(t, k->edits[i].value, v);
		apply(&l, &k->edits[i]);
	}
	if (deflate->deflate)
		add_extension(&l, deflate);
	for (i = 0; i < l.count; i++) {
		put_expanded(t, l.line[i], v);
		text_puts(t, l.eol);
		free(l.line[i]);
	}
	text_puts(t, l.eol);
}

/* -- what is wrong with the peer's -- */

/* Appends the values of all fields of that name that the case sends, with
 * commas between. */
static void
put_sent(struct text *t, const struct probe_case *k, const char *name,
    const struct head_values *v)
{
	struct slice wanted = slice_of(name), got;
	const struct edit *e;
	const char *value;
	size_t i;

	for (i = 0; i < k->edit_count; i++) {
		e = &k->edits[i];
		if (e->value == NULL)
			continue;
		got = slice_of(e->kind == EDIT_SET ? e->name : e->value);
		value = e->kind == EDIT_SET ? e->value :
		    e->kind == EDIT_ADD || e->kind == EDIT_FIRST ?
		    strchr(e->value, ':') : NULL;
		if (value == NULL)
			continue;
		if (e->kind != EDIT_SET)
			got.len = (size_t)(value++ - e->value);
		if (!slice_equal_nocase(got, wanted))
			continue;
		if (t->len > 0)
			text_puts(t, ",");
		put_expanded(t, value, v);
	}
}

/* What no sender may do with its lines, although many a reader takes it
 * (RFC 9112, 2.2 and 5.2). */
static const char *
lines_fault(const char *head, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (head[i] != '\n')
			continue;
		if (i == 0 || head[i - 1] != '\r')
			return "a line that ends without CR (RFC 9112, 2.2)";
		if (i + 1 < len && (head[i + 1] == ' ' || head[i + 1] == '\t'))
			return "a folded line (RFC 9112, 5.2)";
	}
	return NULL;
}

/* The subprotocols that the case offers; the list points into offered. */
static size_t
list_offered(const char *item[16], char offered[16][64],
    const struct probe_case *k, const struct head_values *v)
{
	char buf[1024];
	struct text t = { buf, sizeof buf, 0, false };
	struct slice rest, element;
	size_t n = 0;

	put_sent(&t, k, "Sec-WebSocket-Protocol", v);
	rest.p = buf;
	rest.len = t.len;
	while (n < 16 && slice_next_element(&rest, &element) &&
	    element.len < 64) {
		memcpy(offered[n], element.p, element.len);
		offered[n][element.len] = '\0';
		item[n] = offered[n];
		n++;
	}
	return n;
}

/* Whether the case has an offer of its own. */
static bool
offers_deflate(const struct probe_case *k, const struct head_values *v)
{
	char buf[1024];
	struct text t = { buf, sizeof buf - 1, 0, false };

	put_sent(&t, k, "Sec-WebSocket-Extensions", v);
	buf[t.len] = '\0';
	return strstr(buf, "permessage-deflate") != NULL;
}

/* The key that the case sends; false if it is not of the usual length, which
 * nothing need be made of. */
static bool
sent_key(char key[WS_KEY_LEN], const struct probe_case *k,
    const struct head_values *v)
{
	char buf[256];
	struct text t = { buf, sizeof buf, 0, false };
	struct slice value = { buf, 0 };
	bool own = true;
	size_t i;

	for (i = 0; i < k->edit_count; i++)
		if (k->edits[i].name != NULL &&
		    strcmp(k->edits[i].name, "Sec-WebSocket-Key") == 0)
			own = false;
	if (own)
		text_put(&t, v->key, sizeof v->key);
	put_sent(&t, k, "Sec-WebSocket-Key", v);
	value.len = t.len;
	value = slice_trim(value);
	if (value.len == WS_KEY_LEN)
		memcpy(key, value.p, WS_KEY_LEN);
	return value.len == WS_KEY_LEN;
}

const char *
head_answer_fault(char *head, size_t len, const struct probe_case *k,
    const struct head_values *v, struct ws_permessage *agreed)
{
	struct ws_client_request request = { .deflate = k->deflate };
	struct ws_response response = { 0 };
	const char *item[16];
	char offered[16][64];
	enum ws_answer answer;
	bool key_known = sent_key(request.key, k, v);
	const char *fault = lines_fault(head, len);

	request.deflate.deflate |= offers_deflate(k, v);
	request.subprotocols.count = list_offered(item, offered, k, v);
	request.subprotocols.item = item;
	answer = ws_read_answer(&response, head, len);
	if (answer == WS_ANSWER_OPEN)
		answer = ws_judge_answer(&response, &request);
	*agreed = response.deflate;
	if (answer == WS_ANSWER_OPEN ||
	    (answer == WS_ANSWER_ACCEPT && !key_known))
		return response.line.minor > 0 ? fault :
		    "a 101 of HTTP/1.0, which has no Upgrade (RFC 9110, 7.8)";
	return ws_answer_text(answer, response.fault);
}

const char *
head_agree(struct ws_permessage *agreed, const struct http_head *h,
    const struct probe_case *k)
{
	if (!ws_permessage_accept(agreed, &k->deflate, h))
		return "the client does not offer permessage-deflate";
	if (k->deflate.client_window && !agreed->client_window)
		return "the client does not offer client_max_window_bits";
	return NULL;
}

/* Whether this field stands there once, with that value if one is given. */
static const char *
once(const struct http_head *h, const char *name, const char *value,
    const char *fault)
{
	struct slice first;

	if (http_count(h, name, &first) != 1 ||
	    (value != NULL && !slice_equal(first, slice_of(value))))
		return fault;
	return NULL;
}

static const char *
check_key(const struct http_head *h)
{
	struct slice key;

	if (http_count(h, "Sec-WebSocket-Key", &key) != 1)
		return "not one Sec-WebSocket-Key";
	if (!ws_key_valid(key) || strchr("AQgw", key.p[21]) == NULL)
		return "Sec-WebSocket-Key is not the base64 of 16 bytes";
	return NULL;
}

static const char *
check_host(const struct http_head *h)
{
	struct slice value, host, port;

	if (http_count(h, "Host", &value) != 1)
		return "not one Host";
	if (!http_parse_authority(value, &host, &port))
		return "Host is not host[:port]";
	if (port.len == 0)
		return "Host without the port, which is not the default";
	return NULL;
}

/* A list of unique tokens, or nothing. */
static const char *
check_protocols(const struct http_head *h)
{
	const struct http_field *f;
	struct slice list, element, other, again;
	size_t i = 0;
	unsigned same;

	while ((f = http_find(h, "Sec-WebSocket-Protocol", &i)) != NULL) {
		list = f->value;
		if (list.len == 0)
			return "an empty Sec-WebSocket-Protocol";
		while (slice_next_element(&list, &element)) {
			if (!http_is_token(element))
				return "a subprotocol that is not a token";
			same = 0;
			again = f->value;
			while (slice_next_element(&again, &other))
				same += slice_equal(element, other);
			if (same != 1)
				return "a subprotocol twice";
		}
	}
	return NULL;
}

/* RFC 7692, 7.1: an offer with parameters that are unknown, or have no such
 * value, nobody can accept. */
static const char *
check_extensions(const struct http_head *h)
{
	struct ws_extensions all = { .head = h };
	struct slice e, rest, name;
	struct ws_permessage offer;

	if (!ws_extensions_valid(h))
		return "Sec-WebSocket-Extensions is malformed";
	while (ws_extensions_next(&all, &e)) {
		rest = e;
		if (ws_extension_name(&rest, &name) && slice_equal_nocase(name,
		    slice_of("permessage-deflate")) &&
		    !ws_permessage_parse(&offer, e, false))
			return "permessage-deflate with a parameter that is "
			    "unknown, or has no such value (RFC 7692, 7.1)";
	}
	return NULL;
}

static const char *
check_origin(const struct http_head *h)
{
	struct slice origin;
	size_t count = http_count(h, "Origin", &origin);

	if (count == 0)
		return NULL;
	if (count > 1 || slice_equal(origin, slice_of("*")) ||
	    ws_check_origin_rule(origin) != WS_ORIGIN_OK)
		return "Origin is not the serialization of one (RFC 6454, 7)";
	return NULL;
}

static const char *
check_no_body(const struct http_head *h)
{
	struct slice length;

	if (http_count(h, "Transfer-Encoding", &length) > 0)
		return "a body";
	if (http_count(h, "Content-Length", &length) > 0 &&
	    !slice_equal(length, slice_of("0")))
		return "a body";
	return NULL;
}

/* The words of "< request WORD". */
static const char *const respects[] = {
	"line", "fields", "host", "upgrade", "connection", "key", "version",
	"protocols", "extensions", "origin", "body", "fresh-key", NULL
};

static const char *
check_line(const struct http_head *h)
{
	struct http_request_line line;

	if (!http_parse_request_line(&line, h->start_line))
		return "the request line is malformed";
	if (!slice_equal(line.method, slice_of("GET")))
		return "the method is not GET";
	if (line.major != 1 || line.minor < 1)
		return "the version of HTTP is not 1.1 or higher";
	if (line.target.len == 0 || (*line.target.p != '/' &&
	    memchr(line.target.p, ':', line.target.len) == NULL) ||
	    memchr(line.target.p, '#', line.target.len) != NULL)
		return "the target is neither a resource name nor a URI";
	return NULL;
}

static const char *
check_respect(const struct http_head *h, const char *respect)
{
	switch (respect[0]) {
	case 'e':
		return check_extensions(h);
	case 'o':
		return check_origin(h);
	case 'l':
		return check_line(h);
	case 'h':
		return check_host(h);
	case 'u':
		return http_list_has(h, "Upgrade", "websocket") ? NULL :
		    "Upgrade without websocket";
	case 'c':
		return http_list_has(h, "Connection", "Upgrade") ? NULL :
		    "Connection without Upgrade";
	case 'k':
		return check_key(h);
	case 'v':
		return once(h, "Sec-WebSocket-Version", "13",
		    "not one Sec-WebSocket-Version: 13");
	case 'p':
		return check_protocols(h);
	case 'b':
		return check_no_body(h);
	default:
		return NULL;	/* "fields" were parsed; the rest is not
				   seen in one head */
	}
}

const char *
head_request_fault(char *head, size_t len, const char *respect)
{
	struct http_head h;
	enum http_fault fault;
	size_t i;

	if (head == NULL) {
		for (i = 0; respects[i] != NULL; i++)
			if (strcmp(respects[i], respect) == 0)
				return NULL;
		return "unknown";
	}
	if (respect[0] == 'f' && lines_fault(head, len) != NULL)
		return lines_fault(head, len);
	fault = http_parse_head(&h, head, len, false);
	if (fault != HTTP_OK)
		return http_fault_text(fault);
	return check_respect(&h, respect);
}
