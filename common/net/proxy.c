/* Proxies on the way to a server: how they are named, asked and understood. */
#include <string.h>

#include "code/ipaddress.h"
#include "http/credentials.h"
#include "net/proxy.h"
#include "net/socks.h"

static const struct {
	const char *scheme;
	enum ws_proxy_kind kind;
} kinds[] = {
	{ "http://", WS_PROXY_HTTP },
	{ "socks4a://", WS_PROXY_SOCKS4A },
	{ "socks5://", WS_PROXY_SOCKS5 },
	{ "socks5h://", WS_PROXY_SOCKS5 }	/* curl's name for it */
};

static bool
take_kind(struct ws_proxy *p, struct slice *s)
{
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!slice_take_prefix(s, kinds[i].scheme))
			continue;
		p->kind = kinds[i].kind;
		return true;
	}
	return false;
}

/* The password stands behind it and a colon. */
static struct slice
user_of(const struct ws_proxy *p)
{
	struct slice user = slice_of(p->credentials);
	const char *colon = memchr(user.p, ':', user.len);

	if (colon != NULL)
		user.len = (size_t)(colon - user.p);
	return user;
}

/* The credentials, without their escapes (RFC 3986, 2.1). */
static bool
decode_credentials(struct ws_proxy *p, struct slice s)
{
	struct text t = { p->credentials, sizeof p->credentials, 0, false };
	struct slice all = { p->credentials, 0 };
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			int byte = s.len - i > 2 ?
			    text_hex_byte(s.p + i + 1) : -1;

			if (byte < 0)
				return false;
			c = (char)byte;
			i += 2;
		}
		text_put(&t, &c, 1);
	}
	if (memchr(t.buf, ':', t.len) == NULL)
		text_puts(&t, ":");
	all.len = t.len;
	/* RFC 1929, 2 has one byte for each length. */
	return !t.full && http_is_basic(all) && (p->kind == WS_PROXY_HTTP ||
	    (user_of(p).len <= 255 && t.len - user_of(p).len <= 256));
}

static const char *
last(char c, struct slice s)
{
	size_t i = s.len;

	while (i > 0)
		if (s.p[--i] == c)
			return s.p + i;
	return NULL;
}

/* host:port, the port not left out. */
static bool
parse_address(struct ws_url *u, struct slice s)
{
	char url[WS_HOST_MAX + 32];
	struct text t = { url, sizeof url, 0, false };
	struct slice whole = { url, 0 };
	const char *colon = last(':', s);

	if (colon == NULL || colon + 1 == s.p + s.len || colon[1] < '0' ||
	    colon[1] > '9')
		return false;
	text_puts(&t, "ws://");
	text_put_slice(&t, s);
	whole.len = t.len;
	return !t.full && ws_url_parse(u, whole) == WS_URL_OK &&
	    u->path.len == 0 && u->query.len == 0;
}

bool
ws_proxy_parse(struct ws_proxy *p, struct slice s)
{
	struct slice user;
	const char *at;

	memset(p, 0, sizeof *p);
	if (!take_kind(p, &s))
		return false;
	if (s.len > 0 && s.p[s.len - 1] == '/')
		s.len--;
	at = last('@', s);
	if (at != NULL) {
		user.p = s.p;
		user.len = (size_t)(at - s.p);
		s.p += user.len + 1;
		s.len -= user.len + 1;
		if (!decode_credentials(p, user))
			return false;
	}
	return parse_address(&p->address, s);
}

void
ws_put_connect(struct text *t, const struct ws_proxy *p, const char *host,
    const char *port)
{
	char authority[WS_HOST_MAX + 32];
	struct text a = { authority, sizeof authority, 0, false };

	text_put_host(&a, host);
	text_puts(&a, ":");
	text_puts(&a, port);
	text_puts(t, "CONNECT ");
	text_puts(t, authority);
	text_puts(t, " HTTP/1.1\r\nHost: ");
	text_puts(t, authority);
	if (p->credentials[0] != '\0') {
		text_puts(t, "\r\nProxy-Authorization: ");
		ws_put_basic(t, p->credentials);
	}
	text_puts(t, "\r\n\r\n");
}

bool
ws_connect_opens(int status)
{
	return status >= 200 && status < 300;
}

/* -- SOCKS -- */

static void
put_byte(struct text *t, unsigned value)
{
	char c = (char)value;

	text_put(t, &c, 1);
}

static void
put_port(struct text *t, unsigned port)
{
	put_byte(t, port >> 8);
	put_byte(t, port & 0xff);
}

void
ws_put_socks4a(struct text *t, const struct ws_proxy *p, const char *host,
    unsigned port)
{
	put_byte(t, WS_SOCKS4);
	put_byte(t, WS_SOCKS_CONNECT);
	put_port(t, port);
	text_put(t, "\0\0\0\1", 4);	/* no address: a name follows */
	text_put_slice(t, user_of(p));
	put_byte(t, 0);
	text_puts(t, host);
	put_byte(t, 0);
}

void
ws_put_socks5_greeting(struct text *t, const struct ws_proxy *p)
{
	put_byte(t, WS_SOCKS5);
	put_byte(t, 1);			/* one method: */
	put_byte(t, p->credentials[0] != '\0' ? WS_SOCKS_PASSWORD :
	    WS_SOCKS_NO_AUTH);
}

void
ws_put_socks5_credentials(struct text *t, const struct ws_proxy *p)
{
	struct slice user = user_of(p);
	struct slice password = slice_of(user.p + user.len + 1);

	put_byte(t, WS_SOCKS_AUTH);
	put_byte(t, (unsigned)(user.len & 0xff));
	text_put_slice(t, user);
	put_byte(t, (unsigned)(password.len & 0xff));
	text_put_slice(t, password);
}

void
ws_put_socks5_request(struct text *t, const char *host, unsigned port)
{
	struct slice name = slice_of(host);
	uint8_t address[16];

	put_byte(t, WS_SOCKS5);
	put_byte(t, WS_SOCKS_CONNECT);
	put_byte(t, 0);
	if (ip_read_v4(address, name)) {
		put_byte(t, WS_SOCKS_IPV4);
		text_put(t, (const char *)address, 4);
	} else if (ip_read_v6(address, name)) {
		put_byte(t, WS_SOCKS_IPV6);
		text_put(t, (const char *)address, 16);
	} else {
		put_byte(t, WS_SOCKS_NAME);
		put_byte(t, (unsigned)(name.len & 0xff));
		text_put_slice(t, name);
	}
	put_port(t, port);
}

unsigned
ws_socks5_reply_rest(const uint8_t reply[5])
{
	if (reply[0] != WS_SOCKS5)
		return 0;
	switch (reply[3]) {
	case WS_SOCKS_IPV4: return 3 + 2;
	case WS_SOCKS_NAME: return reply[4] + 2u;
	case WS_SOCKS_IPV6: return 15 + 2;
	default: return 0;
	}
}
