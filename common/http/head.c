/* Heads of HTTP/1.1 messages (RFC 9110, RFC 9112). */
#include <string.h>

#include "http/head.h"

/* Whether the line that just ended with LF was the empty line. */
static bool
end_of_line(struct http_scan *s)
{
	bool empty = s->line_len == 0;

	s->line_len = 0;
	s->cr = false;
	if (empty)
		return s->line_begun || !s->skip_empty;
	s->start_line_done = true;
	return false;
}

enum http_scan_result
http_scan(struct http_scan *s, const char *in, size_t len, size_t *used)
{
	size_t i;

	for (i = 0; i < len; i++) {
		*used = i + 1;
		if (++s->total > HTTP_HEAD_MAX)
			return HTTP_HEAD_TOO_LARGE;
		if (in[i] == '\n') {
			if (end_of_line(s))
				return HTTP_COMPLETE;
			continue;
		}
		s->line_len += s->cr;	/* that CR did not end the line */
		s->cr = in[i] == '\r';
		s->line_len += !s->cr;
		s->line_begun |= s->line_len > 0;
		if (!s->start_line_done && s->line_len > HTTP_START_LINE_MAX)
			return HTTP_LINE_TOO_LONG;
	}
	*used = len;
	return HTTP_MORE;
}

struct slice
http_next_line(struct slice *rest)
{
	const char *lf = memchr(rest->p, '\n', rest->len);
	struct slice line = slice_cut(rest,
	    lf ? (size_t)(lf - rest->p) : rest->len);

	(void)slice_cut(rest, lf ? 1 : 0);
	if (lf && line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

static struct slice
take_start_line(struct slice *rest)
{
	struct slice line;

	do
		line = http_next_line(rest);
	while (line.len == 0 && rest->len > 0);
	return line;
}

struct slice
http_start_line(const char *head, size_t len)
{
	struct slice rest = { head, len };

	return take_start_line(&rest);
}

static bool
is_token_char(char c)
{
	return text_is_letter(c) || text_is_digit(c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* A record of TLS begins with its type (RFC 8446, 5.1): of those that come
 * first, an alert or a handshake. */
static bool
is_tls(char c)
{
	return c == 21 || c == 22;
}

enum http_start
http_judge_start(const char *first, size_t len, bool answer)
{
	static const char begins[] = "HTTP/";
	size_t n = len < sizeof begins - 1 ? len : sizeof begins - 1;

	if (len > 0 && is_tls(first[0]))
		return HTTP_START_TLS;
	if (answer)
		return memcmp(first, begins, n) == 0 ?
		    HTTP_START : HTTP_START_FOREIGN;
	while (len > 0 && (*first == '\r' || *first == '\n')) {
		first++;
		len--;
	}
	return len == 0 || is_token_char(*first) ?
	    HTTP_START : HTTP_START_FOREIGN;
}

size_t
http_token_run(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_token_char(s.p[n]))
		n++;
	return n;
}

bool
http_is_token(struct slice s)
{
	return s.len > 0 && http_token_run(s) == s.len;
}

bool
http_is_value(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

bool
http_take_name(struct slice *line, struct slice *name)
{
	const char *colon = memchr(line->p, ':', line->len);

	if (colon == NULL)
		return false;
	*name = slice_cut(line, (size_t)(colon - line->p));
	(void)slice_cut(line, 1);
	return true;
}

enum http_fault
http_parse_field(struct http_field *f, struct slice line)
{
	if (!http_take_name(&line, &f->name) || !http_is_token(f->name))
		return HTTP_FIELD_MALFORMED;
	f->value = slice_trim(line);
	if (memchr(line.p, '\r', line.len) != NULL)
		return HTTP_BARE_CR;
	return http_is_value(line) ? HTTP_OK : HTTP_VALUE_MALFORMED;
}

/* Writes blanks over the end of each line that the next one continues, in all
 * but the start line. */
static void
unfold_fields(char *p, size_t len)
{
	size_t i;

	for (i = 1; i + 1 < len; i++) {
		if (p[i] != '\n' || !text_is_blank(p[i + 1]))
			continue;
		p[i] = ' ';
		if (p[i - 1] == '\r')
			p[i - 1] = ' ';
	}
}

enum http_fault
http_parse_head(struct http_head *h, char *head, size_t len, bool unfold)
{
	struct slice rest = { head, len }, line;
	enum http_fault fault = HTTP_OK;

	h->start_line = take_start_line(&rest);
	if (unfold)
		unfold_fields(head + len - rest.len, rest.len);
	for (h->field_count = 0; fault == HTTP_OK && rest.len > 0;
	    h->field_count++) {
		line = http_next_line(&rest);
		if (line.len == 0)
			break;
		if (text_is_blank(line.p[0]))
			return HTTP_FOLDED;
		if (h->field_count == HTTP_FIELDS_MAX)
			return HTTP_TOO_MANY_FIELDS;
		fault = http_parse_field(&h->fields[h->field_count], line);
	}
	return fault;
}

const char *
http_fault_text(enum http_fault fault)
{
	switch (fault) {
	case HTTP_OK:
		break;
	case HTTP_TOO_MANY_FIELDS:
		return "more than 100 header fields (RFC 6585, 5)";
	case HTTP_FIELD_MALFORMED:
		return "malformed header field (RFC 9112, 5)";
	case HTTP_VALUE_MALFORMED:
		return "control character in a header field (RFC 9110, 5.5)";
	case HTTP_FOLDED:
		return "header field begins with a blank (RFC 9112, 5.2)";
	case HTTP_BARE_CR:
		return "CR without LF in a header field (RFC 9112, 2.2)";
	}
	return "no fault";
}

const struct http_field *
http_find(const struct http_head *h, const char *name, size_t *i)
{
	while (*i < h->field_count) {
		const struct http_field *f = &h->fields[(*i)++];

		if (slice_equal_nocase(f->name, slice_of(name)))
			return f;
	}
	return NULL;
}

size_t
http_count(const struct http_head *h, const char *name, struct slice *first)
{
	const struct http_field *f;
	size_t i = 0, n = 0;

	while ((f = http_find(h, name, &i)) != NULL)
		if (n++ == 0)
			*first = f->value;
	return n;
}

bool
http_value_has(struct slice list, const char *token)
{
	struct slice element;

	while (slice_next_element(&list, &element))
		if (slice_equal_nocase(element, slice_of(token)))
			return true;
	return false;
}

bool
http_list_has(const struct http_head *h, const char *name, const char *token)
{
	const struct http_field *f;
	size_t i = 0;

	while ((f = http_find(h, name, &i)) != NULL)
		if (http_value_has(f->value, token))
			return true;
	return false;
}

/* "HTTP/" DIGIT "." DIGIT, with case (RFC 9112, 2.3). */
static bool
parse_version(struct slice s, int *major, int *minor)
{
	if (s.len != 8 || memcmp(s.p, "HTTP/", 5) != 0 ||
	    !text_is_digit(s.p[5]) || s.p[6] != '.' || !text_is_digit(s.p[7]))
		return false;
	*major = s.p[5] - '0';
	*minor = s.p[7] - '0';
	return true;
}

bool
http_parse_request_line(struct http_request_line *r, struct slice line)
{
	r->method = slice_next_word(&line);
	r->target = slice_next_word(&line);
	return http_is_token(r->method) && r->target.len > 0 &&
	    parse_version(line, &r->major, &r->minor);
}

bool
http_parse_status_line(struct http_status_line *s, struct slice line)
{
	struct slice version = slice_next_word(&line);
	struct slice code = slice_next_word(&line);
	uint64_t status;
	int major;

	if (!parse_version(version, &major, &s->minor) || major != 1)
		return false;
	/* Three digits: a zero in front is none. */
	if (!slice_is_number(code, 999, &status) || status < 100)
		return false;
	s->status = (int)status;
	s->phrase = line;
	return http_is_value(line);
}

bool
http_is_field_line(struct slice s)
{
	struct http_field f;

	return http_parse_field(&f, s) == HTTP_OK;
}

bool
http_is_basic(struct slice s)
{
	return http_is_value(s) && memchr(s.p, '\t', s.len) == NULL &&
	    memchr(s.p, ':', s.len) != NULL;
}

static bool
is_host_char(char c)
{
	/* reg-name of RFC 3986, 3.2.2 but for the comma, which HTTP lists
	 * use. */
	return text_is_letter(c) || text_is_digit(c) ||
	    (c != '\0' && strchr("-._~%!$&'()*+;=", c) != NULL);
}

static bool
is_address_char(char c)
{
	return text_hex_value(c) >= 0 || c == ':' || c == '.';
}

static bool
is_port(struct slice s)
{
	uint64_t n;

	return s.len == 0 || (slice_take_number(&s, 65535, &n) && s.len == 0);
}

bool
http_parse_authority(struct slice s, struct slice *host, struct slice *port)
{
	bool bracket = s.len > 0 && s.p[0] == '[';
	size_t i = bracket ? 1 : 0;

	while (i < s.len &&
	    (bracket ? is_address_char(s.p[i]) : is_host_char(s.p[i])))
		i++;
	if (i == (bracket ? 1 : 0))
		return false;
	if (bracket && (i == s.len || s.p[i++] != ']'))
		return false;
	host->p = s.p;
	host->len = i;
	port->p = s.p + s.len;
	port->len = 0;
	if (i == s.len)
		return true;
	if (s.p[i] != ':')
		return false;
	port->p = s.p + i + 1;
	port->len = s.len - i - 1;
	return is_port(*port);
}

const char *
http_phrase(int status)
{
	switch (status) {
	case 101: return "Switching Protocols";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 414: return "URI Too Long";
	case 421: return "Misdirected Request";
	case 426: return "Upgrade Required";
	case 429: return "Too Many Requests";
	case 431: return "Request Header Fields Too Large";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	default: return "Error";
	}
}
