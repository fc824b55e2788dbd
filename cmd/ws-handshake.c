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

#include "arguments.h"
#include "cgi.h"
#include "diag.h"
#include "handshake.h"
#include "io.h"
#include "options.h"
#include "session.h"
#include "system.h"

#define USAGE \
    "usage: ws-handshake -s [-hqUV] [-H field] [-o origin] " \
    "[-p subprotocol] [-w sec] [program [arg ...]]\n" \
    "       ws-handshake -c [-hqUV] [-H field] [-k key] [-o origin] " \
    "[-p subprotocol] [-u user:password] [-w sec] url " \
    "[program [arg ...]]\n" \
    "       ws-handshake -A [-d]"

enum {
	HEAD_MS = 10000,	/* for the peer's whole head */
	DISCARD_MS = 2000,	/* for a refused peer to take the answer */
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
	int64_t wait_ms;
	struct list fields, origins, subprotocols;
	const char *key, *basic, *url;
	char *const *program;		/* and its arguments; none: null */
};

static struct string_list
view(const struct list *l)
{
	struct string_list all = { l->item, l->count };

	return all;
}

/* -- reading a head, and not one byte more -- */

enum input {
	INPUT_HEAD,
	INPUT_END,
	INPUT_LATE,
	INPUT_UNWANTED,		/* the listener ends */
	INPUT_LINE_TOO_LONG,
	INPUT_TOO_LARGE
};

/* Looks at what a socket holds without taking it.  -1 with ENOTSOCK: take
 * single bytes. */
static ssize_t
peek(char *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(STDIN_FILENO, buf, size, MSG_PEEK);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Appends what belongs to the head: of what was peeked at, that part is then
 * read; a pipe or file is read byte by byte. */
static enum input
read_piece(struct http_scan *scan, char *head, size_t *len, bool socket)
{
	size_t room = HTTP_HEAD_MAX + 1 - *len, used;
	enum http_scan_result result;
	ssize_t n = socket ? peek(head + *len, room) :
	    read_some(STDIN_FILENO, head + *len, 1);

	if (n < 0 && errno != ECONNRESET)
		die_sys("read standard input");
	if (n <= 0)
		return INPUT_END;
	result = http_scan(scan, head + *len, (size_t)n, &used);
	if (socket && read_some(STDIN_FILENO, head + *len, used) !=
	    (ssize_t)used)
		die_sys("read standard input");
	*len += used;
	switch (result) {
	case HTTP_MORE:
		return INPUT_END;	/* not yet: the caller looks again */
	case HTTP_COMPLETE:
		return INPUT_HEAD;
	case HTTP_LINE_TOO_LONG:
		return INPUT_LINE_TOO_LONG;
	case HTTP_HEAD_TOO_LARGE:
		break;
	}
	return INPUT_TOO_LARGE;
}

/* Reads a whole head into a buffer of HTTP_HEAD_MAX + 1 bytes. */
static enum input
read_head(char *head, size_t *len, bool skip_empty, int64_t deadline)
{
	struct http_scan scan = { .skip_empty = skip_empty };
	struct pollfd pfds[2] = { { STDIN_FILENO, POLLIN, 0 },
	    { -1, POLLIN, 0 } };
	bool socket = is_socket(STDIN_FILENO);
	enum input input;
	size_t before;
	int unused;

	(void)session_lifeline(&pfds[1].fd, &unused);
	*len = 0;
	do {
		if (poll_until(pfds, 2, deadline) == 0)
			return INPUT_LATE;
		if (pfds[1].revents != 0)
			return INPUT_UNWANTED;
		before = *len;
		input = read_piece(&scan, head, len, socket);
	} while (input == INPUT_END && *len > before);
	return input;
}

static void
check_head(const struct text *t)
{
	if (t->full)
		die(STATUS_USAGE, "-H, -p and -u make a head of more than "
		    "%d bytes", HTTP_HEAD_MAX);
}

static void
send_head(const struct text *t)
{
	if (!write_all(STDOUT_FILENO, t->buf, t->len))
		die_sys("write standard output");
}

/* Lets the peer read the answer before the connection ends: what it still
 * sends would make a close(2) reset it (RFC 9112, 9.6). */
static void
discard_input(void)
{
	struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };
	int64_t deadline = deadline_in(DISCARD_MS);
	static char waste[65536];

	if (!is_socket(STDIN_FILENO))
		return;
	(void)shutdown(STDOUT_FILENO, SHUT_WR);
	while (poll_until(&pfd, 1, deadline) > 0 &&
	    read_some(STDIN_FILENO, waste, sizeof waste) > 0)
		;
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
refuse(enum ws_refusal refusal, enum http_fault fault, struct text *answer)
{
	ws_put_refusal(answer, refusal);
	/* A peer that is gone already misses nothing. */
	(void)write_all(STDOUT_FILENO, answer->buf, answer->len);
	say("refused with %d: %s", ws_refusal_status(refusal),
	    ws_refusal_text(refusal, fault));
	discard_input();
	exit(refusal == WS_REQUEST_TOO_LATE ? STATUS_TIMEOUT : STATUS_REFUSED);
}

static void
serve(const struct settings *set, char *head, struct text *answer)
{
	struct ws_server_rules rules = { view(&set->subprotocols),
	    view(&set->origins) };
	struct ws_request request;
	enum ws_refusal refusal;
	char protocol[HTTP_HEAD_MAX];
	struct text t = { protocol, sizeof protocol, 0, false };
	size_t len;

	refusal = refusal_of_input(read_head(head, &len, true,
	    deadline_in(set->wait_ms)));
	request.fault = HTTP_OK;
	if (refusal == WS_ACCEPTED)
		refusal = ws_judge_request(&request, &rules, head, len);
	if (refusal != WS_ACCEPTED)
		refuse(refusal, request.fault, answer);
	ws_put_acceptance(answer, &request, view(&set->fields));
	check_head(answer);
	send_head(answer);
	text_put_slice(&t, request.subprotocol);
	session_export(WS_SERVER, t.len > 0 ? protocol : NULL);
	cgi_export(&request);
}

/* -- client -- */

_Noreturn static void
reject(const struct ws_response *r, enum ws_answer answer)
{
	char phrase[200] = "";
	struct text t = { phrase, sizeof phrase, 0, false };

	if (answer != WS_ANSWER_REFUSED)
		die(2, "%s", ws_answer_text(answer, r->fault));
	text_put_escaped(&t, r->line.phrase);
	die(STATUS_REFUSED, "refused with %d%s%s", r->line.status,
	    t.len > 0 ? " " : "", phrase);
}

/* The answer did not come. */
_Noreturn static void
no_answer(enum input input)
{
	switch (input) {
	case INPUT_LATE:
		die(STATUS_TIMEOUT, "no complete answer in time");
	case INPUT_LINE_TOO_LONG:
	case INPUT_TOO_LARGE:
		die(2, "answer with a head of more than %d bytes "
		    "(RFC 9110, 5.4)", HTTP_HEAD_MAX);
	case INPUT_UNWANTED:
	case INPUT_END:
	case INPUT_HEAD:
		break;
	}
	die(STATUS_LOST, "connection ended before the answer was complete");
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
		input = read_head(head, &len, false, deadline);
		if (input != INPUT_HEAD)
			no_answer(input);
		answer = ws_judge_answer(&response, request, head, len);
	} while (answer == WS_ANSWER_INTERIM);
	if (answer != WS_ANSWER_OPEN)
		reject(&response, answer);
	text_put_slice(&t, response.subprotocol);
	session_export(WS_CLIENT, t.len > 0 ? protocol : NULL);
}

static void
prepare_request(struct ws_client_request *r, const struct settings *set)
{
	uint8_t nonce[16];
	enum ws_url_fault fault = ws_url_parse(&r->url, slice_of(set->url));

	if (fault != WS_URL_OK)
		die(STATUS_USAGE, "%s", ws_url_fault_text(fault));
	r->subprotocols = view(&set->subprotocols);
	r->fields = view(&set->fields);
	r->origin = set->origins.count > 0 ? set->origins.item[0] : NULL;
	r->basic = set->basic;
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

static void
ask(const struct settings *set, char *head, struct text *text)
{
	struct ws_client_request request;

	prepare_request(&request, set);
	ws_put_request(text, &request);
	check_head(text);
	if (set->check_only)
		print_address(&request.url);
	send_head(text);
	if (set->program != NULL)
		await_answer(&request, head, deadline_in(set->wait_ms));
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
		if (!http_is_field_line(slice_of(set->fields.item[i])))
			die(STATUS_USAGE, "-H: not a header field "
			    "\"Name: value\" (RFC 9112, 5)");
	for (i = 0; i < set->origins.count; i++)
		if (!ws_origin_valid(slice_of(set->origins.item[i])))
			die(STATUS_USAGE, "-o: not an origin such as "
			    "https://example.com (RFC 6454, 6.2)");
	if (set->basic != NULL && !http_is_basic(slice_of(set->basic)))
		die(STATUS_USAGE, "-u: not user:password (RFC 7617, 2)");
	if (set->key != NULL && !ws_key_valid(slice_of(set->key)))
		die(STATUS_USAGE, "-k: not the base64 of 16 bytes "
		    "(RFC 6455, 4.1)");
}

/* -c and -s exclude each other, and some options make sense with one only. */
static void
check_role(const struct settings *set)
{
	bool client = set->role == WS_CLIENT;

	if (set->role == WS_NO_ROLE || (client && set->url == NULL) ||
	    (!client && (set->key != NULL || set->basic != NULL)) ||
	    (client && set->origins.count > 1))
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

/* -d: goes on in a child, waits for it, and ends with 0.  socat's EXEC, without
 * nofork, takes any other status for an error of its own, and 1.7 may then never
 * end. */
static void
hide_status(int argc, char *argv[])
{
	pid_t pid;

	if (argc != 3 || strcmp(argv[2], "-d") != 0)
		die_usage(USAGE);
	pid = fork();
	if (pid < 0)
		die_sys("start a process");
	if (pid == 0)
		return;
	close_others(-1, -1);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(STATUS_OK);
}

static int
run(const struct settings *set)
{
	static char head[HTTP_HEAD_MAX + 1], out[HTTP_HEAD_MAX + 1];
	struct text text = { out, sizeof out, 0, false };

	set_nodelay(STDOUT_FILENO);
	if (set->role == WS_CLIENT)
		ask(set, head, &text);
	else if (!set->check_only)
		serve(set, head, &text);
	if (set->program != NULL && !set->check_only)
		run_program(set->program);
	return STATUS_OK;
}

int
main(int argc, char *argv[])
{
	static struct settings set = { .wait_ms = HEAD_MS };
	int c;

	argv0 = "ws-handshake";
	if (argc > 1 && strcmp(argv[1], "-A") == 0) {
		if (argc > 2)
			hide_status(argc, argv);
		argv = arguments_from_environment(&argc);
	}
	free_stderr();
	while ((c = getopt(argc, argv, ":cH:hk:o:p:qsUu:Vw:")) != -1)
		switch (c) {
		case 'c': set_role(&set, WS_CLIENT); break;
		case 'H': add(&set.fields, 'H', optarg); break;
		case 'h': print_and_exit(USAGE);
		case 'k': set.key = optarg; break;
		case 'o': add(&set.origins, 'o', optarg); break;
		case 'p': add(&set.subprotocols, 'p', optarg); break;
		case 'q': diag_quiet(); break;
		case 's': set_role(&set, WS_SERVER); break;
		case 'U': set.check_only = true; break;
		case 'u': set.basic = option_secret('u', optarg); break;
		case 'V': print_and_exit("ws-handshake " VERSION);
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		default: die_usage(USAGE);
		}
	if (set.role == WS_CLIENT && optind < argc)
		set.url = argv[optind++];
	set.program = optind < argc ? argv + optind : NULL;
	check_role(&set);
	check_values(&set);
	return run(&set);
}
