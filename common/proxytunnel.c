/* Through a proxy to a server. */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "io.h"
#include "net/socks.h"
#include "options.h"
#include "proxytunnel.h"
#include "readhead.h"
#include "socksreply.h"

enum { INTERIM_MAX = 16 };	/* answers before the final one */

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
send_all(int out, const struct text *t)
{
	if (!write_all(out, t->buf, t->len))
		die_sys("write to the proxy");
}

/* -- HTTP -- */

_Noreturn static void
refused(const struct ws_proxy *p, const struct ws_response *r,
    enum ws_answer answer)
{
	char phrase[200];
	struct text t = { phrase, sizeof phrase, 0, false };

	if (answer != WS_ANSWER_REFUSED)
		die(STATUS_PROTOCOL, "proxy: %s",
		    ws_answer_text(answer, r->fault));
	text_put_escaped(&t, r->line.phrase);
	die(STATUS_REFUSED, "proxy refused with %d%s%s%s", r->line.status,
	    t.len > 0 ? " " : "", phrase, r->line.status != 407 ? "" :
	    p->credentials[0] != '\0' ?
	    " (it does not take the credentials of -x)" :
	    " (it asks for credentials: -x http://user:password@...)");
}

static void
ask_http(int in, int out, const struct ws_proxy *p, const char *host,
    const char *port, int64_t deadline)
{
	static char head[HEAD_SIZE];
	char request[4096];
	struct text t = { request, sizeof request, 0, false };
	struct ws_response response;
	enum ws_answer answer;
	enum input input;
	size_t len, answers = 0;

	ws_put_connect(&t, p, host, port);
	show_head('>', t.buf, t.len);
	send_all(out, &t);
	do {
		if (answers++ > INTERIM_MAX)
			die(STATUS_PROTOCOL,
			    "proxy: more than %d interim answers", INTERIM_MAX);
		input = read_head(in, head, &len, false, deadline);
		if (input != INPUT_HEAD)
			die_no_answer("proxy: ", input);
		show_head('<', head, len);
		answer = ws_judge_connect(&response, head, len);
	} while (answer == WS_ANSWER_INTERIM);
	if (answer != WS_ANSWER_OPEN)
		refused(p, &response, answer);
}

/* -- SOCKS -- */

static void
read_reply(int in, uint8_t *reply, size_t len, int64_t deadline)
{
	enum input input = read_exactly(in, reply, len, deadline);

	if (input != INPUT_HEAD)
		die_no_answer("proxy: ", input);
}

static void
ask_socks4a(int in, int out, const struct ws_proxy *p, const char *host,
    unsigned port, int64_t deadline)
{
	uint8_t reply[WS_SOCKS4_REPLY_LEN];
	char request[2 * WS_SOCKS_MAX];
	struct text t = { request, sizeof request, 0, false };

	ws_put_socks4a(&t, p, host, port);
	send_all(out, &t);
	read_reply(in, reply, sizeof reply, deadline);
	if (reply[0] != 0)
		die(STATUS_PROTOCOL, "proxy: answer is not SOCKS 4");
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

	send_all(out, t);
	t->len = 0;
	read_reply(in, reply, sizeof reply, deadline);
	if (reply[0] != version)
		die(STATUS_PROTOCOL,
		    "proxy: answer is not SOCKS 5 (RFC 1928, 3)");
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
	send_all(out, &t);
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
