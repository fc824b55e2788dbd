/* ws-handshake as a client: one request, and the answer (RFC 6455, 4.1). */
#include <unistd.h>

#include "diag.h"
#include "http/answer.h"
#include "io.h"
#include "options.h"
#include "proxytunnel.h"
#include "readhead.h"
#include "ws-handshake.h"

enum { INTERIM_MAX = 16 };	/* answers before the final one */

/* 401 and 407 tell that credentials would help (RFC 9110, 15.5.2, 15.5.8). */
static const char *
advice(int status, bool credentials_sent)
{
	switch (status) {
	case 401:
		return credentials_sent ?
		    " (the server does not take the credentials of -u)" :
		    " (the server asks for credentials: -u)";
	case 407:
		return " (a proxy on the way asks for credentials: -x)";
	default:
		return "";
	}
}

_Noreturn static void
reject(const struct ws_client_request *request, const struct ws_response *r,
    enum ws_answer answer)
{
	char phrase[200];
	struct text t = { phrase, sizeof phrase, 0, false };

	if (answer != WS_ANSWER_REFUSED)
		die(STATUS_PROTOCOL, "%s", ws_answer_text(answer, r->fault));
	text_put_escaped(&t, r->line.phrase);
	die(STATUS_REFUSED, "refused with %d%s%s%s", r->line.status,
	    t.len > 0 ? " " : "", phrase,
	    advice(r->line.status, request->basic != NULL));
}

static void
await_answer(const struct ws_client_request *request, int64_t deadline)
{
	static char head[HEAD_SIZE];
	struct ws_response response;
	enum ws_answer answer;
	char protocol[HTTP_HEAD_MAX], extensions[WS_PERMESSAGE_MAX];
	struct text t = { protocol, sizeof protocol, 0, false };
	size_t len, answers = 0;
	enum input input;

	do {
		if (answers++ > INTERIM_MAX)
			die(STATUS_PROTOCOL, "more than %d interim answers",
			    INTERIM_MAX);
		input = read_head(STDIN_FILENO, head, &len, false, deadline);
		if (input != INPUT_HEAD)
			die_no_answer("", input);
		show_head('<', head, len);
		answer = ws_judge_answer(&response, request, head, len);
	} while (answer == WS_ANSWER_INTERIM);
	if (answer != WS_ANSWER_OPEN)
		reject(request, &response, answer);
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
	check_head(&text);
	if (set->check_only)
		print_address(&request.url);
	if (set->proxy != NULL)
		ask_proxy(set, &request.url, deadline);
	send_head(&text, deadline);
	if (set->program != NULL)
		await_answer(&request, deadline);
}
