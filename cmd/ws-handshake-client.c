/* ws-handshake as a client: one request, and the answer (RFC 6455, 4.1). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "http/answer.h"
#include "http/credentials.h"
#include "http/sound.h"
#include "io.h"
#include "options.h"
#include "proxytunnel.h"
#include "readanswer.h"
#include "ws-handshake.h"

/* 401 and 407 tell that credentials would help (RFC 9110, 15.5.2, 15.5.8). */
static void
put_advice(struct text *t, const struct ws_response *r, bool credentials_sent)
{
	struct slice scheme;
	bool other = ws_asks_for_other(&r->head, r->line.status == 401 ?
	    "WWW-Authenticate" : "Proxy-Authenticate", &scheme);

	if (r->line.status != 401 && r->line.status != 407)
		return;
	if (!other && r->line.status == 401 && credentials_sent) {
		text_puts(t, " (the server does not take the credentials of "
		    "-u)");
		return;
	}
	text_puts(t, r->line.status == 401 ? " (the server asks for " :
	    " (a proxy on the way asks for ");
	if (other)
		text_put_slice(t, scheme);
	text_puts(t, other ? " credentials, and " : "credentials: ");
	text_puts(t, r->line.status == 401 ? "-u" : "-x");
	text_puts(t, other ? " gives Basic ones)" : ")");
}

/* What a cage hands over of an answer. */
struct agreed {
	struct ws_permessage deflate;
	char subprotocol[HTTP_HEAD_MAX + 1];	/* as long as it is; empty:
						   none */
};

static struct agreed agreed;

_Noreturn static void
read_answer_caged(const struct cage *c, const struct ws_client_request *request,
    int64_t deadline)
{
	static char head[HEAD_SIZE];
	char advice[256] = "";
	struct text a = { advice, sizeof advice, 0, false };
	enum answerer who = request->url.secure ? TLS_SERVER : SERVER;
	struct text t = { agreed.subprotocol, sizeof agreed.subprotocol, 0,
	    false };
	struct ws_response response;
	enum ws_answer answer;

	enter_cage(c);
	read_answer(STDIN_FILENO, who, &response, head, deadline);
	answer = ws_judge_answer(&response, request);
	if (answer == WS_ANSWER_REFUSED) {
		put_advice(&a, &response, request->basic != NULL);
		die_refused(STDIN_FILENO, who, &response, advice, deadline);
	}
	if (answer != WS_ANSWER_OPEN)
		die(STATUS_PROTOCOL, "%s", ws_answer_text(answer, HTTP_OK));
	agreed.deflate = response.deflate;
	text_put_slice(&t, response.subprotocol);
	exit(cage_hand_over(c, &agreed,
	    offsetof(struct agreed, subprotocol) + t.len));
}

static void
await_answer(const struct ws_client_request *request, int64_t deadline)
{
	struct slice subprotocol = { agreed.subprotocol, 0 };
	size_t fixed = offsetof(struct agreed, subprotocol), len;
	char extensions[WS_PERMESSAGE_MAX];
	struct cage c;

	if (cage_begin(&c))
		read_answer_caged(&c, request, deadline);
	len = cage_take(&c, &agreed, sizeof agreed - 1, deadline);
	if (len < fixed ||
	    !ws_permessage_is_sound(&agreed.deflate, &request->deflate))
		cage_is_broken();
	subprotocol.len = len - fixed;
	if (subprotocol.len > 0 &&
	    !ws_subprotocol_was_offered(subprotocol, request))
		cage_is_broken();
	if (!ws_upgrade_is_framed(&request->upgrade)) {
		session_export_upgrade(WS_CLIENT,
		    ws_upgrade_name(&request->upgrade));
		return;
	}
	session_export(WS_CLIENT, "13", subprotocol.len > 0 ?
	    agreed.subprotocol : NULL,
	    name_extensions(extensions, &agreed.deflate));
}

/* Where the URL leads, in the words of ws-connect. */
_Noreturn static void
print_address(const struct ws_url *url)
{
	char address[4 + WS_ADDRESS_MAX];
	struct text t = { address, sizeof address, 0, false };

	text_puts(&t, url->secure ? "tls:" : "tcp:");
	ws_url_put_address(&t, url);
	print_and_exit(address);
}

_Noreturn static void
open_tunnel_caged(const struct cage *c, const struct ws_proxy *proxy,
    const char *host, const char *port, int64_t deadline)
{
	enter_cage(c);
	open_tunnel(STDIN_FILENO, STDOUT_FILENO, proxy, host, port, deadline);
	exit(STATUS_OK);
}

/* That it has ended well is all that is to be known. */
static void
open_tunnel_in_cage(const struct ws_proxy *proxy, const char *host,
    const char *port, int64_t deadline)
{
	struct cage c;

	if (cage_begin(&c))
		open_tunnel_caged(&c, proxy, host, port, deadline);
	(void)cage_take(&c, NULL, 0, deadline);
}

/* The proxy is at the other end; without a program after us nobody answers. */
static void
ask_proxy(const struct settings *set, const struct ws_url *url,
    int64_t deadline)
{
	char port[16], head[4096];
	struct text p = { port, sizeof port, 0, false };
	struct text t = { head, sizeof head, 0, false };
	struct ws_proxy proxy;

	option_proxy(&proxy, set->proxy);
	if (url->secure)
		die(STATUS_USAGE, "-x: a wss:// URL needs TLS, "
		    "which ws-connect puts behind the proxy");
	text_put_number(&p, url->port);
	if (set->program != NULL) {
		open_tunnel_in_cage(&proxy, url->host, port, deadline);
		return;
	}
	ws_put_connect(&t, &proxy, url->host, port);
	send_head(&t, deadline);
}

void
ask(const struct settings *set)
{
	static char out[HTTP_HEAD_MAX + 1];
	struct text text = { out, sizeof out, 0, false };
	struct ws_client_request request;
	int64_t deadline = deadline_in(set->wait_ms);

	prepare_request(&request, set);
	ws_put_request(&text, &request);
	if (text.full && strlen(set->url) > HTTP_HEAD_MAX / 2)
		die(STATUS_USAGE, "URL of %zu bytes: the head, which it is "
		    "part of, has at most %d", strlen(set->url), HTTP_HEAD_MAX);
	check_head(&text);
	if (set->check_only)
		print_address(&request.url);
	if (set->proxy != NULL)
		ask_proxy(set, &request.url, deadline);
	send_head(&text, deadline);
	if (set->program != NULL)
		await_answer(&request, deadline);
}
