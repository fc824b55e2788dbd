/* ws-handshake as a client: one request, and the answer (RFC 6455, 4.1). */
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "http/answer.h"
#include "http/credentials.h"
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

static void
await_answer(const struct ws_client_request *request, int64_t deadline)
{
	static char head[HEAD_SIZE];
	char protocol[HTTP_HEAD_MAX], advice[256] = "";
	char extensions[WS_PERMESSAGE_MAX];
	struct text t = { protocol, sizeof protocol, 0, false };
	struct text a = { advice, sizeof advice, 0, false };
	enum answerer who = request->url.secure ? TLS_SERVER : SERVER;
	struct ws_response response;
	enum ws_answer answer;

	read_answer(STDIN_FILENO, who, &response, head, deadline);
	answer = ws_judge_answer(&response, request);
	if (answer == WS_ANSWER_REFUSED) {
		put_advice(&a, &response, request->basic != NULL);
		die_refused(STDIN_FILENO, who, &response, advice, deadline);
	}
	if (answer != WS_ANSWER_OPEN)
		die(STATUS_PROTOCOL, "%s", ws_answer_text(answer, HTTP_OK));
	if (!ws_upgrade_is_framed(&request->upgrade)) {
		session_export_upgrade(WS_CLIENT,
		    ws_upgrade_name(&request->upgrade));
		return;
	}
	text_put_slice(&t, response.subprotocol);
	session_export(WS_CLIENT, "13", t.len > 0 ? protocol : NULL,
	    name_extensions(extensions, &response.deflate));
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
		open_tunnel(STDIN_FILENO, STDOUT_FILENO, &proxy, url->host,
		    port, deadline);
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
