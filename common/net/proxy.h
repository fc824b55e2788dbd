/* Proxies on the way to a server: how they are named, asked and understood.
 * Pure. */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "code/text.h"
#include "http/answer.h"
#include "http/url.h"

enum ws_proxy_kind {
	WS_PROXY_HTTP,		/* CONNECT of RFC 9110, 9.3.6 */
	WS_PROXY_SOCKS4A,
	WS_PROXY_SOCKS5		/* RFC 1928, and RFC 1929 for credentials */
};

enum { WS_PROXY_CREDENTIALS_MAX = 511 };

struct ws_proxy {
	enum ws_proxy_kind kind;
	struct ws_url address;		/* host and port only */
	char credentials[WS_PROXY_CREDENTIALS_MAX + 1];	/* user:password */
};

/* Reads http://, socks4a:// or socks5://, [user[:password]@]host:port.  The
 * user and password may have %XX escapes.  False if it is none of them. */
bool ws_proxy_parse(struct ws_proxy *, struct slice);

/* Appends the request for a tunnel to host:port (RFC 9112, 3.2.3); host in
 * brackets if it is IPv6. */
void ws_put_connect(struct text *, const struct ws_proxy *, const char *host,
    const char *port);

/* Whether an answer with that status opens the tunnel: any 2xx does. */
bool ws_connect_opens(int status);

/* -- SOCKS -- */

enum { WS_SOCKS_MAX = 600 };

/* Appends the request of SOCKS 4a. */
void ws_put_socks4a(struct text *, const struct ws_proxy *, const char *host,
    unsigned port);

/* Append the greeting of SOCKS 5, the credentials, and the request, in which an
 * address goes as one, not as a name. */
void ws_put_socks5_greeting(struct text *, const struct ws_proxy *);
void ws_put_socks5_credentials(struct text *, const struct ws_proxy *);
void ws_put_socks5_request(struct text *, const char *host, unsigned port);

/* How many bytes follow the first five of a reply to that request; 0 if it is
 * no reply. */
unsigned ws_socks5_reply_rest(const uint8_t reply[5]);

#endif
