/* ws-handshake: the opening handshake (RFC 6455, 4) on descriptors 0 and 1;
 * then becomes the program named after its options. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "envargs.h"
#include "http/answer.h"
#include "http/compose.h"
#include "http/fields.h"
#include "http/hixie.h"
#include "http/lint.h"
#include "http/origin.h"
#include "http/request.h"
#include "http/seckey.h"
#include "http/target.h"
#include "io.h"
#include "options.h"
#include "proxytunnel.h"
#include "readhead.h"
#include "sandbox.h"
#include "session.h"
#include "system.h"
#include "ws-handshake-cgi.h"
#include "ws-handshake-connlimit.h"
#include "ws-handshake-fallback.h"
#include "ws-handshake-gate.h"

#define USAGE \
    "usage: ws-handshake -s [-hLPqUVv] [-f command] [-g command] " \
    "[-H field] [-O list] [-o origin] [-p subprotocol] [-R path] " \
    "[-u user:password] [-w sec] [program [arg ...]]\n" \
    "       ws-handshake -c [-hLqUVv] [-H field] [-k key] [-o origin] " \
    "[-p subprotocol] [-u user:password] [-w sec] [-x proxy] url " \
    "[program [arg ...]]\n" \
    "       ws-handshake -A [wait]"

enum {
	HEAD_MS = 10000,	/* for the peer's whole head */
	TURN_AWAY_MS = 200,	/* for one of too many to take the answer */
	KEY3_MS = 1000,		/* for the bytes behind a head of hixie-76 */
	LIST_MAX = 100,		/* of each option that may be repeated */
	INTERIM_MAX = 16	/* answers before the final one */
};

struct list {
	const char *item[LIST_MAX];
	size_t count;
};

struct settings {
	enum ws_role role;
	bool check_only;		/* -U */
	bool lint;			/* -L */
	int64_t wait_ms;
	struct list fields, origins, subprotocols, credentials, paths;
	const char *key, *url;
	const char *proxy;		/* or null: none */
	const char *gate, *share;	/* commands, or null: none */
	unsigned older;			/* versions, as bits */
	bool behind_proxy;		/* one with the PROXY protocol */
	char *const *program;		/* and its arguments; none: null */
};

static struct string_list
view(const struct list *l)
{
	struct string_list all = { l->item, l->count };

	return all;
}

static void
check_head(const struct text *t)
{
	if (t->full)
		die(STATUS_USAGE, "-H, -p and -u make a head of more than "
		    "%d bytes", HTTP_HEAD_MAX);
}

static void
send_bytes(const void *p, size_t len, int64_t deadline)
{
	if (write_until(STDOUT_FILENO, p, len, deadline))
		return;
	if (errno == ETIMEDOUT)
		die(STATUS_TIMEOUT, "head not taken in time");
	die_sys("write standard output");
}

static void
send_head(const struct text *t, int64_t deadline)
{
	show_head('>', t->buf, t->len);
	send_bytes(t->buf, t->len, deadline);
}

/* -- server -- */

static enum ws_refusal
refusal_of_input(enum input input)
{
	switch (input) {
	case INPUT_END:
		return WS_REQUEST_INCOMPLETE;
	case INPUT_LATE:
		return WS_REQUEST_TOO_LATE;
	case INPUT_UNWANTED:
		return WS_SHUTTING_DOWN;
	case INPUT_LINE_TOO_LONG:
		return WS_REQUEST_LINE_TOO_LONG;
	case INPUT_TOO_LARGE:
		return WS_REQUEST_TOO_LARGE;
	case INPUT_HEAD:
		break;
	}
	return WS_ACCEPTED;
}

_Noreturn static void
refuse(enum ws_refusal refusal, enum http_fault fault,
    struct string_list edits)
{
	static char answer[HEAD_SIZE];
	struct text t = { answer, sizeof answer, 0, false };

	ws_put_refusal(&t, refusal, edits);
	show_head('>', t.buf, t.len);
	/* A peer that is gone already misses nothing. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)write_until(STDOUT_FILENO, t.buf, t.len, deadline_in(REFUSED_MS));
	say("refused with %d: %s", ws_refusal_status(refusal),
	    ws_refusal_text(refusal, fault));
	end_refused(STDIN_FILENO, STDOUT_FILENO,
	    refusal == WS_TOO_MANY_SESSIONS ? TURN_AWAY_MS : REFUSED_MS);
	exit(refusal == WS_REQUEST_TOO_LATE ? STATUS_TIMEOUT : STATUS_REFUSED);
}

static const struct string_list no_edits = { NULL, 0 };

/* What a load balancer says before everything else. */
static void
read_source(struct ws_proxyproto *source, int64_t deadline)
{
	uint8_t header[WS_PROXYPROTO_MAX];
	size_t len = 0, wanted;
	enum ws_proxyproto_result result;
	enum input input;

	while ((result = ws_proxyproto_read(source, header, len, &wanted)) ==
	    WS_PROXYPROTO_MORE) {
		input = read_exactly(STDIN_FILENO, header + len, wanted,
		    deadline);
		if (input != INPUT_HEAD)
			refuse(refusal_of_input(input), HTTP_OK, no_edits);
		len += wanted;
	}
	if (result == WS_PROXYPROTO_WRONG)
		refuse(WS_PROXYPROTO_MALFORMED, HTTP_OK, no_edits);
}

/* Before a byte of the request is read: an address that has its share already
 * is not to cost more. */
static void
count_session(const struct ws_proxyproto *source)
{
	int fd, count;

	if (!session_slots(&fd, &count))
		return;
	cgi_export_addresses(source);
	if (!connlimit_take(getenv("REMOTE_ADDR")))
		refuse(WS_TOO_MANY_SESSIONS, HTTP_OK, no_edits);
}

/* Reads the request; one that is none of WebSocket, and all that follows it,
 * goes to the program that we share the port with. */
static enum input
read_request(const struct settings *set, char *head, size_t *len,
    const struct ws_proxyproto *source, int64_t deadline)
{
	bool shared = set->share != NULL;
	bool peeked = shared && is_tcp(STDIN_FILENO);
	enum input input = peeked ?
	    peek_head(STDIN_FILENO, head, len, true, deadline) :
	    read_head(STDIN_FILENO, head, len, true, deadline);

	if (shared && *len > 0 && input != INPUT_LATE &&
	    input != INPUT_UNWANTED &&
	    (input != INPUT_HEAD || !ws_is_upgrade(head, *len))) {
		cgi_export_addresses(source);
		fallback_exec(set->share, head, *len);
	}
	if (peeked && input == INPUT_HEAD)
		input = read_exactly(STDIN_FILENO, head, *len, deadline);
	return input;
}

/* The user's edits, then the gate's fields. */
static struct string_list
all_edits(const struct settings *set, const struct gate_answer *gate)
{
	static const char *edits[LIST_MAX + GATE_FIELDS_MAX];
	struct string_list all = { edits, set->fields.count + gate->count };

	memcpy(edits, set->fields.item,
	    set->fields.count * sizeof edits[0]);
	memcpy(edits + set->fields.count, gate->field,
	    gate->count * sizeof edits[0]);
	return all;
}

/* Proxies are known to hold the bytes behind the head back until they see an
 * answer: after a while it is sent without them. */
static void
answer_hixie_76(const struct ws_request *request, struct text *answer,
    int64_t deadline, int64_t answer_deadline)
{
	uint8_t key3[WS_HIXIE_KEY3_LEN], response[WS_HIXIE_RESPONSE_LEN];
	struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };
	bool sent = poll_until(&pfd, 1, deadline_in(KEY3_MS)) == 0;
	enum input input;

	if (sent)
		send_head(answer, answer_deadline);
	input = read_exactly(STDIN_FILENO, key3, sizeof key3, deadline);
	if (input != INPUT_HEAD && sent)
		die_no_answer("hixie-76: ", input);
	if (input != INPUT_HEAD)
		refuse(refusal_of_input(input), HTTP_OK, no_edits);
	if (!sent)
		send_head(answer, answer_deadline);
	ws_hixie_response(response, request->hixie_number, key3);
	send_bytes(response, sizeof response, answer_deadline);
}

static void
accept_request(const struct ws_request *request, struct string_list edits,
    int64_t deadline, int64_t answer_deadline)
{
	static char out[HEAD_SIZE];
	struct text answer = { out, sizeof out, 0, false };
	struct text protocol = { out, sizeof out, 0, false };
	const char *https = getenv("HTTPS");
	bool hixie = ws_version_is_hixie(request->version);

	if (hixie)
		ws_put_hixie_acceptance(&answer, request,
		    https != NULL && strcmp(https, "on") == 0, edits);
	else
		ws_put_acceptance(&answer, request, edits);
	/* There the client's own words are part of it. */
	if (hixie && answer.full)
		refuse(WS_REQUEST_TOO_LARGE, HTTP_OK, edits);
	check_head(&answer);
	if (request->version == WS_HIXIE_76)
		answer_hixie_76(request, &answer, deadline, answer_deadline);
	else
		send_head(&answer, answer_deadline);
	text_put_slice(&protocol, request->subprotocol);
	session_export(WS_SERVER, ws_version_name(request->version),
	    protocol.len > 0 ? protocol.buf : NULL);
}

static struct ws_server_rules
rules_of(const struct settings *set)
{
	struct ws_server_rules rules = { view(&set->subprotocols),
	    view(&set->origins), view(&set->credentials), view(&set->paths),
	    set->older };

	return rules;
}

static void
serve(const struct settings *set, char *head)
{
	static struct gate_answer gate;
	struct ws_server_rules rules = rules_of(set);
	struct ws_proxyproto source = { .family = 0 };
	struct ws_request request = { .fault = HTTP_OK };
	int64_t deadline = deadline_in(set->wait_ms);
	struct string_list fields = { gate.field, 0 };
	enum ws_refusal refusal;
	size_t len;

	if (set->behind_proxy)
		read_source(&source, deadline);
	count_session(&source);
	refusal = refusal_of_input(read_request(set, head, &len, &source,
	    deadline));
	show_head('<', head, len);
	if (refusal == WS_ACCEPTED)
		refusal = ws_judge_request(&request, &rules, head, len);
	if (refusal == WS_ACCEPTED) {
		cgi_export(&request, &source);
		if (set->gate != NULL)
			refusal = ask_gate(&gate, set->gate,
			    deadline_in(set->wait_ms));
	}
	fields.count = gate.count;
	if (refusal != WS_ACCEPTED)
		refuse(refusal, request.fault, fields);
	accept_request(&request, all_edits(set, &gate), deadline,
	    deadline_in(set->wait_ms));
}

/* -- client -- */

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
		die(2, "%s", ws_answer_text(answer, r->fault));
	text_put_escaped(&t, r->line.phrase);
	die(STATUS_REFUSED, "refused with %d%s%s%s", r->line.status,
	    t.len > 0 ? " " : "", phrase,
	    advice(r->line.status, request->basic != NULL));
}

static void
await_answer(const struct ws_client_request *request, char *head,
    int64_t deadline)
{
	struct ws_response response;
	enum ws_answer answer;
	char protocol[HTTP_HEAD_MAX];
	struct text t = { protocol, sizeof protocol, 0, false };
	size_t len, answers = 0;
	enum input input;

	do {
		if (answers++ > INTERIM_MAX)
			die(2, "more than %d interim answers", INTERIM_MAX);
		input = read_head(STDIN_FILENO, head, &len, false, deadline);
		if (input != INPUT_HEAD)
			die_no_answer("", input);
		show_head('<', head, len);
		answer = ws_judge_answer(&response, request, head, len);
	} while (answer == WS_ANSWER_INTERIM);
	if (answer != WS_ANSWER_OPEN)
		reject(request, &response, answer);
	text_put_slice(&t, response.subprotocol);
	session_export(WS_CLIENT, "13", t.len > 0 ? protocol : NULL);
}

static void
prepare_request(struct ws_client_request *r, const struct settings *set)
{
	uint8_t nonce[16];
	enum ws_url_fault fault = ws_url_parse(&r->url, slice_of(set->url));

	if (fault != WS_URL_OK)
		die(STATUS_USAGE, "%s", ws_url_fault_text(fault));
	r->subprotocols = view(&set->subprotocols);
	r->edits = view(&set->fields);
	r->origin = set->origins.count > 0 ? set->origins.item[0] : NULL;
	r->basic = set->credentials.count > 0 ? set->credentials.item[0] : NULL;
	if (set->key != NULL) {
		memcpy(r->key, set->key, sizeof r->key);
		return;
	}
	random_bytes(nonce, sizeof nonce);
	ws_key_encode(r->key, nonce);
}

/* Where the URL leads, in the words of ws-connect. */
_Noreturn static void
print_address(const struct ws_url *url)
{
	char address[WS_HOST_MAX + 16];
	struct text t = { address, sizeof address, 0, false };

	text_puts(&t, url->secure ? "tls:" : "tcp:");
	text_puts(&t, url->literal ? "[" : "");
	text_puts(&t, url->host);
	text_puts(&t, url->literal ? "]:" : ":");
	text_put_number(&t, url->port);
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

static void
ask(const struct settings *set, char *head, struct text *text)
{
	struct ws_client_request request;
	int64_t deadline = deadline_in(set->wait_ms);

	prepare_request(&request, set);
	ws_put_request(text, &request);
	check_head(text);
	if (set->check_only)
		print_address(&request.url);
	if (set->proxy != NULL)
		ask_proxy(set, &request.url, deadline);
	send_head(text, deadline);
	if (set->program != NULL)
		await_answer(&request, head, deadline);
}

/* -- lint -- */

static void
report(void *unused, size_t line, const char *what)
{
	(void)unused;
	if (line > 0)
		say("line %zu: %s", line, what);
	else
		say("head: %s", what);
}

static void
lint_request(const struct settings *set, struct ws_lint *lint, char *head,
    int64_t deadline)
{
	struct ws_server_rules rules = rules_of(set);
	enum input input;
	size_t len;

	input = read_head(STDIN_FILENO, head, &len, true, deadline);
	if (input == INPUT_HEAD) {
		ws_lint_request(lint, &rules, head, len);
		return;
	}
	lint->faults++;
	report(NULL, 0, ws_refusal_text(refusal_of_input(input), HTTP_OK));
}

static void
lint_answer(const struct settings *set, struct ws_lint *lint, char *head,
    int64_t deadline)
{
	struct ws_client_request request;
	enum input input;
	size_t len;

	prepare_request(&request, set);
	do {
		input = read_head(STDIN_FILENO, head, &len, false, deadline);
		if (input != INPUT_HEAD)
			die_no_answer("", input);
	} while (ws_lint_answer(lint, &request, set->key != NULL, head, len));
}

/* Tells all that is wrong with a head, and answers nothing. */
static int
lint(const struct settings *set, char *head)
{
	struct ws_lint l = { .report = report };
	int64_t deadline = deadline_in(set->wait_ms);

	if (set->role == WS_CLIENT)
		lint_answer(set, &l, head, deadline);
	else
		lint_request(set, &l, head, deadline);
	return l.faults == 0 ? STATUS_OK :
	    set->role == WS_CLIENT ? 2 : STATUS_REFUSED;
}

/* -- options -- */

static void
add(struct list *l, char letter, const char *value)
{
	if (l->count == LIST_MAX)
		die(STATUS_USAGE, "-%c given more than %d times", letter,
		    LIST_MAX);
	l->item[l->count++] = value;
}

/* Names of drafts with commas between them. */
static void
add_older(struct settings *set, const char *value)
{
	struct slice list = slice_of(value), name;
	bool any = false;

	while (slice_next_element(&list, &name)) {
		enum ws_version version = ws_version_of_draft(name);

		if (version == WS_VERSION_13)
			die(STATUS_USAGE, "-O: not a list of hixie-75, "
			    "hixie-76, hybi-07 and hybi-10");
		set->older |= 1u << version;
		any = true;
	}
	if (!any)
		die_usage(USAGE);
}

static void
check_subprotocols(const struct list *l)
{
	size_t i, k;

	for (i = 0; i < l->count; i++) {
		if (!http_is_token(slice_of(l->item[i])))
			die(STATUS_USAGE, "-p: a subprotocol must be a token "
			    "(RFC 9110, 5.6.2)");
		for (k = 0; k < i; k++)
			if (strcmp(l->item[i], l->item[k]) == 0)
				die(STATUS_USAGE, "-p %s: given twice "
				    "(RFC 6455, 4.1)", l->item[i]);
	}
}

/* Nothing that a user says may break out of the head (RFC 9112, 11.1). */
static void
check_values(const struct settings *set)
{
	size_t i;

	check_subprotocols(&set->subprotocols);
	for (i = 0; i < set->fields.count; i++)
		if (!ws_edit_valid(slice_of(set->fields.item[i])))
			die(STATUS_USAGE, "-H: not a header field "
			    "\"Name: value\" (RFC 9112, 5)");
	for (i = 0; i < set->origins.count; i++)
		if (!ws_origin_valid(slice_of(set->origins.item[i])))
			die(STATUS_USAGE, "-o: not an origin such as "
			    "https://example.com (RFC 6454, 6.2)");
	for (i = 0; i < set->credentials.count; i++)
		if (!http_is_basic(slice_of(set->credentials.item[i])))
			die(STATUS_USAGE,
			    "-u: not user:password (RFC 7617, 2)");
	for (i = 0; i < set->paths.count; i++)
		if (!ws_path_valid(slice_of(set->paths.item[i])))
			die(STATUS_USAGE, "-R: not a path such as /chat "
			    "(RFC 9112, 3.2.1)");
	if (set->key != NULL && !ws_key_valid(slice_of(set->key)))
		die(STATUS_USAGE, "-k: not the base64 of 16 bytes "
		    "(RFC 6455, 4.1)");
}

/* Whether only options are given that make sense for a client. */
static bool
suits_client(const struct settings *set)
{
	return set->url != NULL && set->gate == NULL && set->share == NULL &&
	    !set->behind_proxy && set->older == 0 &&
	    set->origins.count <= 1 && set->credentials.count <= 1 &&
	    set->paths.count == 0;
}

static bool
suits_server(const struct settings *set)
{
	return set->role == WS_SERVER && set->key == NULL &&
	    set->proxy == NULL;
}

static void
check_role(const struct settings *set)
{
	if (!(set->role == WS_CLIENT ? suits_client(set) : suits_server(set)))
		die_usage(USAGE);
	if (set->lint && set->program != NULL)	/* nobody is connected */
		die_usage(USAGE);
}

static void
set_role(struct settings *set, enum ws_role role)
{
	if (set->role != WS_NO_ROLE && set->role != role)
		die_usage(USAGE);
	set->role = role;
}

/* inetd makes the peer's socket descriptor 2, too: neither we nor a program
 * after us may write there, nor keep the connection open with it. */
static void
free_stderr(void)
{
	if (stderr_is_peer())
		open_null(STDERR_FILENO, O_WRONLY);
}

/* The session's programs start like any other: SIGPIPE as it was at the start
 * of most (socat ignores it). */
static void
run_program(char *const program[])
{
	struct sigaction sa = { .sa_handler = SIG_DFL };

	session_make_control();
	if (sigaction(SIGPIPE, &sa, NULL) < 0)
		die_sys("set up signals");
	execvp(program[0], program);
	die_sys("%s", program[0]);
}

/* -A wait: goes on in a child, waits for it, and ends with 0.  socat's EXEC,
 * without nofork, takes any other status for an error of its own, and 1.7 may
 * then never end. */
static void
hide_status(int argc, char *argv[])
{
	pid_t pid;

	if (argc != 3 || strcmp(argv[2], "wait") != 0)
		die_usage(USAGE);
	pid = fork();
	if (pid < 0)
		die_sys("start a process");
	if (pid == 0)
		return;
	close_others(NULL, 0);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(STATUS_OK);
}

static int
run(const struct settings *set)
{
	static char head[HEAD_SIZE], out[HTTP_HEAD_MAX + 1];
	struct text text = { out, sizeof out, 0, false };

	sandbox_until_exec();
	if (set->lint && !set->check_only)
		return lint(set, head);
	set_nodelay(STDOUT_FILENO);
	set_keepalive(STDOUT_FILENO);
	if (set->role == WS_CLIENT)
		ask(set, head, &text);
	else if (!set->check_only)
		serve(set, head);
	if (set->program != NULL && !set->check_only)
		run_program(set->program);
	return STATUS_OK;
}

int
main(int argc, char *argv[])
{
	static struct settings set;
	int c;

	argv0 = "ws-handshake";
	set.wait_ms = HEAD_MS;
	if (argc > 1 && strcmp(argv[1], "-A") == 0) {
		if (argc > 2)
			hide_status(argc, argv);
		argv = envargs_take(&argc);
	}
	free_stderr();
	while (c = getopt(argc, argv, ":cf:g:H:hk:LO:o:Pp:qR:sUu:Vvw:x:"),
	    c != -1)
		switch (c) {
		case 'c': set_role(&set, WS_CLIENT); break;
		case 'f': set.share = optarg; break;
		case 'g': set.gate = optarg; break;
		case 'H': add(&set.fields, 'H', optarg); break;
		case 'h': print_and_exit(USAGE);
		case 'k': set.key = optarg; break;
		case 'o': add(&set.origins, 'o', optarg); break;
		case 'L': set.lint = true; break;
		case 'O': add_older(&set, optarg); break;
		case 'P': set.behind_proxy = true; break;
		case 'p': add(&set.subprotocols, 'p', optarg); break;
		case 'q': diag_quiet(); break;
		case 'R': add(&set.paths, 'R', optarg); break;
		case 's': set_role(&set, WS_SERVER); break;
		case 'U': set.check_only = true; break;
		case 'u':
			add(&set.credentials, 'u', option_secret('u', optarg));
			break;
		case 'V': print_and_exit("ws-handshake " VERSION);
		case 'v': show_heads(); break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'x': set.proxy = optarg; break;
		default: die_usage(USAGE);
		}
	if (set.role == WS_CLIENT && optind < argc)
		set.url = argv[optind++];
	set.program = optind < argc ? argv + optind : NULL;
	check_role(&set);
	check_values(&set);
	return run(&set);
}
