/* Through a proxy to a server. */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "http/credentials.h"
#include "io.h"
#include "net/socks.h"
#include "options.h"
#include "proxytunnel.h"
#include "readanswer.h"
#include "socksreply.h"
#include "writer.h"

void
option_proxy(struct ws_proxy *p, const char *value)
{
	bool indirect = strncmp(value, "env:", 4) == 0;

	value = indirect ? getenv(value + 4) : option_secret('x', value);
	if (value == NULL || !ws_proxy_parse(p, slice_of(value)))
		die(STATUS_USAGE, "-x: not http://, socks4a:// or socks5:// "
		    "with [user:password@]host:port");
}

static void
ask_proxy(int out, const struct text *t)
{
	if (!write_all(out, t->buf, t->len))
		die_sys("write to the proxy");
}

/* -- HTTP -- */

/* What would help. */
static void
put_proxy_advice(struct text *t, const struct ws_proxy *p,
    const struct ws_response *r)
{
	struct slice scheme;

	if (r->line.status != 407)
		return;
	if (ws_asks_for_other(&r->head, "Proxy-Authenticate", &scheme)) {
		text_puts(t, " (it asks for ");
		text_put_slice(t, scheme);
		text_puts(t, " credentials, and -x gives Basic ones)");
	} else if (p->credentials[0] != '\0') {
		text_puts(t, " (it does not take the credentials of -x)");
	} else {
		text_puts(t, " (it asks for credentials: "
		    "-x http://user:password@...)");
	}
}

static void
ask_http(int in, int out, const struct ws_proxy *p, const char *host,
    const char *port, int64_t deadline)
{
	static char head[HEAD_SIZE];
	char request[4096], advice[256] = "";
	struct text t = { request, sizeof request, 0, false };
	struct text a = { advice, sizeof advice, 0, false };
	struct ws_response response;

	ws_put_connect(&t, p, host, port);
	show_head('>', t.buf, t.len);
	ask_proxy(out, &t);
	read_answer(in, PROXY, &response, head, deadline);
	if (ws_connect_opens(response.line.status))
		return;
	put_proxy_advice(&a, p, &response);
	die_refused(in, PROXY, &response, advice, deadline);
}

/* -- SOCKS -- */

/* What a first byte tells of a proxy that speaks no SOCKS. */
static const char *
looks_like(uint8_t first)
{
	return first == 'H' ? " but HTTP: -x http://?" : "";
}

static void
read_reply(int in, uint8_t *reply, size_t len, int64_t deadline)
{
	enum input input = read_exactly(in, reply, len, deadline);

	if (input != INPUT_HEAD)
		die_no_answer(PROXY, input);
}

static void
ask_socks4a(int in, int out, const struct ws_proxy *p, const char *host,
    unsigned port, int64_t deadline)
{
	uint8_t reply[WS_SOCKS4_REPLY_LEN];
	char request[2 * WS_SOCKS_MAX];
	struct text t = { request, sizeof request, 0, false };

	ws_put_socks4a(&t, p, host, port);
	ask_proxy(out, &t);
	read_reply(in, reply, sizeof reply, deadline);
	if (reply[0] != 0)
		die(STATUS_PROTOCOL, "proxy: answer is not SOCKS 4%s",
		    looks_like(reply[0]));
	if (reply[1] != WS_SOCKS4_GRANTED)
		die(STATUS_REFUSED, "proxy refused with SOCKS 4 code %d",
		    reply[1]);
}

/* Says something and reads the two bytes that answer it: a version, and what
 * must be wanted. */
static void
socks5_step(int in, int out, struct text *t, unsigned version, unsigned wanted,
    int64_t deadline)
{
	uint8_t reply[2];

	ask_proxy(out, t);
	t->len = 0;
	read_reply(in, reply, sizeof reply, deadline);
	if (reply[0] != version)
		die(STATUS_PROTOCOL,
		    "proxy: answer is not SOCKS 5%s (RFC 1928, 3)",
		    looks_like(reply[0]));
	if (reply[1] != wanted)
		die(STATUS_REFUSED, "proxy refused: it %s (RFC 1928, 3)",
		    version == WS_SOCKS_AUTH ?
		    "does not take the credentials of -x" :
		    wanted == WS_SOCKS_NO_AUTH ? "asks for credentials" :
		    "wants no credentials");
}

static void
ask_socks5(int in, int out, const struct ws_proxy *p, const char *host,
    unsigned port, int64_t deadline)
{
	char request[2 * WS_SOCKS_MAX];
	struct text t = { request, sizeof request, 0, false };
	bool credentials = p->credentials[0] != '\0';
	uint8_t reply[5], rest[257];
	unsigned len;

	ws_put_socks5_greeting(&t, p);
	socks5_step(in, out, &t, WS_SOCKS5,
	    credentials ? WS_SOCKS_PASSWORD : WS_SOCKS_NO_AUTH, deadline);
	if (credentials) {
		ws_put_socks5_credentials(&t, p);
		socks5_step(in, out, &t, WS_SOCKS_AUTH, 0, deadline);
	}
	ws_put_socks5_request(&t, host, port);
	ask_proxy(out, &t);
	read_reply(in, reply, sizeof reply, deadline);
	len = ws_socks5_reply_rest(reply);
	if (len == 0)
		die(STATUS_PROTOCOL,
		    "proxy: answer is not SOCKS 5 (RFC 1928, 6)");
	read_reply(in, rest, len, deadline);
	if (reply[1] == WS_SOCKS_GRANTED)
		return;
	socksreply_tell((enum ws_socks_reply)reply[1]);
	die(STATUS_REFUSED, "proxy refused with SOCKS 5 code %d (RFC 1928, 6)",
	    reply[1]);
}

void
open_tunnel(int in, int out, const struct ws_proxy *p, const char *host,
    const char *port, int64_t deadline)
{
	unsigned number;

	if (p->kind == WS_PROXY_HTTP) {
		ask_http(in, out, p, host, port, deadline);
		return;
	}
	if (strlen(host) > WS_HOST_MAX)
		die(STATUS_USAGE, "%s: name too long for SOCKS", host);
	number = (unsigned)option_number('x', port, 1, 65535);
	if (p->kind == WS_PROXY_SOCKS4A)
		ask_socks4a(in, out, p, host, number, deadline);
	else
		ask_socks5(in, out, p, host, number, deadline);
}
