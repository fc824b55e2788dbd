/* ws and wss URLs (RFC 6455, 3; RFC 3986). */
#include <string.h>

#include "code/ipaddress.h"
#include "http/url.h"

static bool
is_letter_or_digit(char c)
{
	return text_is_letter(c) || text_is_digit(c);
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

/* -- hosts -- */

/* Whether the last label makes it an address rather than a name: digits only,
 * or hexadecimal ones behind "0x". */
static bool
is_number(struct slice label)
{
	bool hex = slice_take_prefix(&label, "0x");
	size_t i;

	for (i = 0; i < label.len; i++)
		if (hex ? text_hex_value(label.p[i]) < 0 :
		    !text_is_digit(label.p[i]))
			return false;
	return true;
}

static enum ws_url_fault
check_name(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++) {
		char c = name.p[i];

		if ((unsigned char)c >= 0x80)
			return WS_URL_HOST_ASCII;
		if (!is_letter_or_digit(c) && c != '-' && c != '.' && c != '_')
			return WS_URL_HOST;
	}
	return name.len > 0 && name.len <= WS_HOST_MAX ? WS_URL_OK :
	    WS_URL_HOST;
}

enum ws_url_fault
ws_check_host(struct slice name)
{
	enum { LABEL_MAX = 63 };	/* RFC 1035, 2.3.4 */
	enum ws_url_fault fault = check_name(name);
	struct slice label, rest = name;

	if (fault != WS_URL_OK)
		return fault;
	do {
		label = slice_cut(&rest, span_before(rest, "."));
		if (label.len == 0 || label.len > LABEL_MAX)
			return WS_URL_HOST_LABEL;
		/* A name may end with a dot. */
	} while (slice_take_prefix(&rest, ".") && rest.len > 0);
	return is_number(label) && !ip_read_v4((uint8_t[4]){ 0 }, name) ?
	    WS_URL_HOST_IPV4 : WS_URL_OK;
}

bool
ws_split_zone(struct slice *address, struct slice *zone)
{
	size_t i;

	*zone = *address;
	*address = slice_cut(zone, span_before(*zone, "%"));
	if (slice_take_prefix(zone, "%") && zone->len == 0)
		return false;
	for (i = 0; i < zone->len; i++)
		if (zone->p[i] <= ' ' || zone->p[i] > '~')
			return false;
	return ip_read_v6((uint8_t[16]){ 0 }, *address);
}

/* RFC 6874, 2: unreserved characters, and escapes. */
static bool
decode_zone(struct ws_url *u, struct slice zone)
{
	struct text t = { u->zone, sizeof u->zone, 0, false };
	size_t i;

	if (zone.len > 2)
		(void)slice_take_prefix(&zone, "25");
	for (i = 0; i < zone.len; i++) {
		char c = zone.p[i];

		if (c == '%') {
			if (zone.len - i < 3 || text_hex_byte(zone.p + i + 1) <
			    '!' || text_hex_byte(zone.p + i + 1) > '~')
				return false;
			c = (char)text_hex_byte(zone.p + i + 1);
			i += 2;
		} else if (!is_letter_or_digit(c) &&
		    (c == '\0' || strchr("-._~", c) == NULL)) {
			return false;
		}
		text_put(&t, &c, 1);
	}
	return !t.full;
}

static enum ws_url_fault
take_host(struct ws_url *u, struct slice *authority)
{
	struct slice host, zone;
	enum ws_url_fault fault = WS_URL_OK;
	size_t i;

	u->literal = slice_take_prefix(authority, "[");
	u->zone[0] = '\0';
	host = slice_cut(authority, span_before(*authority,
	    u->literal ? "]" : ":"));
	if (!u->literal)
		fault = ws_check_host(host);
	else if (!slice_take_prefix(authority, "]"))
		fault = WS_URL_HOST;
	else if (!ws_split_zone(&host, &zone) || !decode_zone(u, zone))
		fault = WS_URL_HOST_IPV6;
	if (fault != WS_URL_OK)
		return fault;
	for (i = 0; i < host.len; i++)
		u->host[i] = text_lower(host.p[i]);
	u->host[i] = '\0';
	return WS_URL_OK;
}

/* -- ports, URLs -- */

/* Nothing, or ":" and a number; ":" alone is the default, too. */
static enum ws_url_fault
take_url_port(struct ws_url *u, struct slice port)
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

/* What follows the scheme. */
static enum ws_url_fault
take_rest(struct ws_url *u, struct slice url)
{
	struct slice authority;
	enum ws_url_fault fault;

	u->port = u->secure ? 443 : 80;
	authority = slice_cut(&url, span_before(url, "/?#"));
	if (memchr(authority.p, '@', authority.len) != NULL)
		return WS_URL_USERINFO;
	fault = take_host(u, &authority);
	if (fault == WS_URL_OK)
		fault = take_url_port(u, authority);
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

enum ws_url_fault
ws_url_parse(struct ws_url *u, struct slice url)
{
	u->secure = slice_take_prefix(&url, "wss://");
	if (!u->secure && !slice_take_prefix(&url, "ws://"))
		return WS_URL_SCHEME;
	return take_rest(u, url);
}

enum ws_url_fault
ws_url_parse_http(struct ws_url *u, struct slice url)
{
	u->secure = slice_take_prefix(&url, "https://");
	if (!u->secure && !slice_take_prefix(&url, "http://"))
		return ws_url_parse(u, url);
	return take_rest(u, url);
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
	case WS_URL_HOST_ASCII:
		return "host name beyond ASCII: write it as xn--... "
		    "(RFC 5890, 2.3.2.1)";
	case WS_URL_HOST_LABEL:
		return "part of a host name that is empty or longer than 63 "
		    "characters (RFC 1035, 2.3.4)";
	case WS_URL_HOST_IPV4:
		return "an IPv4 address is four decimal numbers, without zeros "
		    "in front (RFC 3986, 3.2.2)";
	case WS_URL_HOST_IPV6:
		return "no IPv6 address in the brackets, or no zone behind it "
		    "(RFC 3986, 3.2.2)";
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
ws_url_put_address(struct text *t, const struct ws_url *u)
{
	text_puts(t, u->literal ? "[" : "");
	text_puts(t, u->host);
	text_puts(t, u->zone[0] != '\0' ? "%" : "");
	text_puts(t, u->zone);
	text_puts(t, u->literal ? "]:" : ":");
	text_put_number(t, u->port);
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
