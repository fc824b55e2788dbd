/* ws and wss URLs (RFC 6455, 3; RFC 3986). */
#include <string.h>

#include "http/url.h"

static bool
is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* The length of s before the first of the characters in stops. */
static size_t
span_before(struct slice s, const char *stops)
{
	size_t n = 0;

	while (n < s.len && (s.p[n] == '\0' || !strchr(stops, s.p[n])))
		n++;
	return n;
}

/* pchar, "/" and "?" of RFC 3986, 3.3 and 3.4. */
static enum ws_url_fault
check_characters(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (s.len - i < 3 || text_hex_byte(s.p + i + 1) < 0)
				return WS_URL_PERCENT;
		} else if (!is_letter_or_digit(c) && (c == '\0' ||
		    !strchr("-._~!$&'()*+,;=:@/?", c))) {
			return WS_URL_CHARACTER;
		}
	}
	return WS_URL_OK;
}

static enum ws_url_fault
take_host(struct ws_url *u, struct slice *authority)
{
	struct slice host;
	size_t i;

	u->literal = slice_take_prefix(authority, "[");
	host.p = authority->p;
	host.len = span_before(*authority, u->literal ? "]" : ":");
	if (host.len == 0 || host.len > WS_HOST_MAX)
		return WS_URL_HOST;
	for (i = 0; i < host.len; i++) {
		char c = host.p[i];

		if (u->literal ? text_hex_value(c) < 0 && c != ':' && c != '.' :
		    !is_letter_or_digit(c) && c != '-' && c != '.' && c != '_')
			return WS_URL_HOST;
		u->host[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	u->host[i] = '\0';
	(void)slice_cut(authority, host.len);
	if (u->literal && !slice_take_prefix(authority, "]"))
		return WS_URL_HOST;
	return WS_URL_OK;
}

/* Nothing, or ":" and a number; ":" alone is the default, too. */
static enum ws_url_fault
take_port(struct ws_url *u, struct slice port)
{
	uint64_t number;

	if (port.len == 0)
		return WS_URL_OK;
	if (!slice_take_prefix(&port, ":"))
		return u->literal ? WS_URL_HOST : WS_URL_PORT;
	if (port.len == 0)
		return WS_URL_OK;
	if (!slice_take_number(&port, 65535, &number) || port.len > 0 ||
	    number == 0)
		return WS_URL_PORT;
	u->port = (unsigned)number;
	return WS_URL_OK;
}

enum ws_url_fault
ws_url_parse(struct ws_url *u, struct slice url)
{
	struct slice authority;
	enum ws_url_fault fault;

	u->secure = slice_take_prefix(&url, "wss://");
	if (!u->secure && !slice_take_prefix(&url, "ws://"))
		return WS_URL_SCHEME;
	u->port = u->secure ? 443 : 80;
	authority = slice_cut(&url, span_before(url, "/?#"));
	if (memchr(authority.p, '@', authority.len) != NULL)
		return WS_URL_USERINFO;
	fault = take_host(u, &authority);
	if (fault == WS_URL_OK)
		fault = take_port(u, authority);
	if (fault != WS_URL_OK)
		return fault;
	if (memchr(url.p, '#', url.len) != NULL)
		return WS_URL_FRAGMENT;
	u->path.p = url.p;
	u->path.len = span_before(url, "?");
	u->query.p = url.p + u->path.len;
	u->query.len = url.len - u->path.len;
	(void)slice_take_prefix(&u->query, "?");
	return check_characters(url);
}

const char *
ws_url_fault_text(enum ws_url_fault fault)
{
	switch (fault) {
	case WS_URL_OK:
		break;
	case WS_URL_SCHEME:
		return "not a ws:// or wss:// URL (RFC 6455, 3)";
	case WS_URL_USERINFO:
		return "user and password in the URL (RFC 6455, 3): use -u";
	case WS_URL_HOST:
		return "no valid host in the URL (RFC 3986, 3.2.2)";
	case WS_URL_PORT:
		return "no valid port in the URL (RFC 3986, 3.2.3)";
	case WS_URL_FRAGMENT:
		return "fragment in the URL (RFC 6455, 3): write # as %23";
	case WS_URL_CHARACTER:
		return "character in the URL that must be written as %XX "
		    "(RFC 3986, 2.1)";
	case WS_URL_PERCENT:
		return "% without two hexadecimal digits in the URL "
		    "(RFC 3986, 2.1)";
	}
	return "no fault";
}

void
ws_url_put_resource(struct text *t, const struct ws_url *u)
{
	if (u->path.len == 0)
		text_puts(t, "/");
	text_put_slice(t, u->path);
	if (u->query.len > 0) {
		text_puts(t, "?");
		text_put_slice(t, u->query);
	}
}

void
ws_url_put_host(struct text *t, const struct ws_url *u)
{
	text_put_host(t, u->host);
	if (u->port != (u->secure ? 443 : 80)) {
		text_puts(t, ":");
		text_put_number(t, u->port);
	}
}
