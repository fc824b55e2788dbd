/* The Origin of a request (RFC 6454). */
#include <string.h>

#include "code/ipaddress.h"
#include "http/head.h"
#include "http/origin.h"
#include "http/url.h"

bool
ws_origin_valid(struct slice origin)
{
	size_t i;

	for (i = 0; i < origin.len; i++)
		if (origin.p[i] <= ' ' || origin.p[i] > '~')
			return false;
	return origin.len > 0;
}

/* -- what an origin consists of -- */

struct origin {
	struct slice scheme;
	struct slice host;	/* brackets stay */
	struct slice port;	/* or the scheme's own, or empty */
};

/* Some clients that are no browsers send the scheme of the WebSocket. */
static const char *
port_of_scheme(struct slice scheme)
{
	static const struct { const char *scheme, *port; } known[] = {
		{ "http", "80" }, { "https", "443" },
		{ "ws", "80" }, { "wss", "443" }
	};
	size_t i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_equal_nocase(scheme, slice_of(known[i].scheme)))
			return known[i].port;
	return NULL;
}

/* Cuts a scheme (RFC 3986, 3.1) and "://" off the start. */
static bool
take_scheme(struct slice *s, struct slice *scheme)
{
	const char *colon = memchr(s->p, ':', s->len);
	struct slice rest = *s;

	if (colon == NULL || colon == s->p)
		return false;
	*scheme = slice_cut(&rest, (size_t)(colon - s->p));
	if (!http_is_token(*scheme) || !slice_take_prefix(&rest, "://"))
		return false;
	*s = rest;
	return true;
}

static bool
parse_origin(struct origin *o, struct slice s)
{
	const char *port;

	if (!take_scheme(&s, &o->scheme) ||
	    !http_parse_authority(s, &o->host, &o->port))
		return false;
	port = port_of_scheme(o->scheme);
	if (o->port.len == 0 && port != NULL)
		o->port = slice_of(port);
	return true;
}

/* -- comparing -- */

static bool
read_bracketed(uint8_t address[16], struct slice host)
{
	if (host.len < 2 || host.p[0] != '[')
		return false;
	return ip_read_v6(address, (struct slice){ host.p + 1, host.len - 2 });
}

/* An address of IPv6 has several forms. */
static bool
same_host(struct slice a, struct slice b)
{
	uint8_t first[16], second[16];

	if (read_bracketed(first, a) && read_bracketed(second, b))
		return memcmp(first, second, sizeof first) == 0;
	return slice_equal_nocase(a, b);
}

bool
ws_origin_is_host(struct slice origin, struct slice host)
{
	struct slice name, port;
	struct origin o;
	const char *usual;

	if (!parse_origin(&o, origin) ||
	    !http_parse_authority(host, &name, &port))
		return false;
	usual = port_of_scheme(o.scheme);
	if (usual == NULL)
		return false;
	if (port.len == 0)
		port = slice_of(usual);
	return same_host(o.host, name) && slice_equal(o.port, port);
}

/* "https://example.com/" is what one copies from a browser. */
static struct slice
cut_slash(struct slice rule)
{
	struct slice host = rule, scheme;

	if (take_scheme(&host, &scheme) && host.len > 0 &&
	    host.p[host.len - 1] == '/')
		rule.len--;
	return rule;
}

bool
ws_origin_matches(struct slice origin, struct slice rule)
{
	struct origin a, b;

	rule = cut_slash(rule);
	if (!parse_origin(&a, origin) || !parse_origin(&b, rule))
		return slice_equal(origin, rule);
	return slice_equal_nocase(a.scheme, b.scheme) &&
	    same_host(a.host, b.host) && slice_equal(a.port, b.port);
}

/* -- rules -- */

static bool
has_any(struct slice s, const char *characters)
{
	for (; *characters != '\0'; characters++)
		if (memchr(s.p, *characters, s.len) != NULL)
			return true;
	return false;
}

static bool
host_can_be(const struct origin *o)
{
	uint8_t address[16];

	if (o->host.p[0] == '[')
		return read_bracketed(address, o->host);
	/* Other schemes name what they like. */
	return port_of_scheme(o->scheme) == NULL ||
	    ws_check_host(o->host) == WS_URL_OK;
}

enum ws_origin_fault
ws_check_origin_rule(struct slice rule)
{
	struct slice rest, scheme;
	struct origin o;

	if (http_is_value(rule) && has_any(rule, ", "))
		return WS_ORIGIN_LIST;
	if (!ws_origin_valid(rule))
		return WS_ORIGIN_CHARACTER;
	if (slice_equal(rule, slice_of("*")) ||
	    slice_equal(rule, slice_of("null")))
		return WS_ORIGIN_OK;
	if (has_any(rule, "*"))
		return WS_ORIGIN_WILDCARD;
	rest = rule = cut_slash(rule);
	if (!take_scheme(&rest, &scheme))
		return WS_ORIGIN_NO_SCHEME;
	/* Web views on files say so. */
	if (slice_equal(rule, slice_of("file://")))
		return WS_ORIGIN_OK;
	if (has_any(rest, "/?#"))
		return WS_ORIGIN_PATH;
	return parse_origin(&o, rule) && host_can_be(&o) ?
	    WS_ORIGIN_OK : WS_ORIGIN_HOST;
}

const char *
ws_origin_fault_text(enum ws_origin_fault fault)
{
	switch (fault) {
	case WS_ORIGIN_OK:
		break;
	case WS_ORIGIN_CHARACTER:
		return "not an origin such as https://example.com "
		    "(RFC 6454, 6.2)";
	case WS_ORIGIN_LIST:
		return "one origin only: give each of several with -o";
	case WS_ORIGIN_WILDCARD:
		return "no origin has a wildcard: give each of several with "
		    "-o, or \"*\" alone for all";
	case WS_ORIGIN_NO_SCHEME:
		return "an origin begins with its scheme, such as https:// "
		    "(RFC 6454, 6.2)";
	case WS_ORIGIN_PATH:
		return "an origin ends with host or port, without path "
		    "(RFC 6454, 6.2)";
	case WS_ORIGIN_HOST:
		return "no valid host or port behind the scheme "
		    "(RFC 6454, 6.2)";
	}
	return "no fault";
}
