/* ws-socks: the server's side of SOCKS (RFC 1928) on descriptors 0 and 1, in
 * front of a program that opens the connection which is asked for. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "envargs.h"
#include "io.h"
#include "net/address.h"
#include "net/socks.h"
#include "options.h"
#include "readhead.h"
#include "sandbox.h"
#include "session.h"
#include "signals.h"
#include "socksreply.h"
#include "writer.h"

#define USAGE "usage: ws-socks [-hqVv] [-G fd] [-w sec] program [arg ...]\n" \
    "       ws-socks -A"

enum {
	/* What a request asks for, as NAME=VALUE strings: each argument has two
	 * characters at least, and gets a prefix. */
	WISH_SIZE = 8192,
	REQUEST_MS = 30000,	/* for the request; then for the connection */
	KILL_MS = 1000		/* between SIGTERM and SIGKILL */
};

struct settings {
	int64_t wait_ms;
	bool verbose;
};

extern char **environ;

/* -- the request -- */

/* Answers a request that leads to nothing, complete or not. */
_Noreturn static void
refuse_request(const struct ws_socks *s, enum ws_socks_reply reply, int status)
{
	uint8_t out[WS_SOCKS_REPLY_MAX];
	size_t len = ws_socks_answer(s, out, reply);

	/* A client that is gone already misses nothing. */
	(void)write_all(STDOUT_FILENO, out, len);
	exit(status);
}

_Noreturn static void
refuse_missing(const struct ws_socks *s, enum input input)
{
	if (input == INPUT_LATE) {
		say("request did not come in time");
		refuse_request(s, WS_SOCKS_FAILURE, STATUS_TIMEOUT);
	}
	if (input == INPUT_END && s->version != 0)
		say("input ended inside the request");
	refuse_request(s, WS_SOCKS_FAILURE, STATUS_LOST);
}

static void
read_socks_request(struct ws_socks *s, int64_t deadline)
{
	enum ws_socks_result result = WS_SOCKS_MORE;
	uint8_t in[sizeof s->piece];
	size_t wanted, used;
	enum input input;

	while (result != WS_SOCKS_DONE) {
		wanted = ws_socks_wanted(s);
		input = read_exactly(STDIN_FILENO, in, wanted, deadline);
		if (input != INPUT_HEAD)
			refuse_missing(s, input);
		result = ws_socks_read(s, in, wanted, &used);
		if (result == WS_SOCKS_ANSWER &&
		    !write_all(STDOUT_FILENO, s->answer, sizeof s->answer))
			exit(STATUS_LOST);
		if (result == WS_SOCKS_WRONG) {
			say("%s", s->why);
			refuse_request(s, s->reply, STATUS_PROTOCOL);
		}
	}
}

/* -- what the program gets -- */

static const char prefix[] = "SOCKS_";

/* A NUL ends it. */
static void
end_variable(struct text *t)
{
	text_put(t, "", 1);
}

/* A key becomes part of a variable's name. */
static bool
key_is_valid(const char *key)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return key[strspn(key, letters)] == '\0';
}

/* False if they are malformed. */
static bool
put_arguments(struct text *t, const struct ws_socks *s)
{
	char key[WS_SOCKS_ARGS_MAX + 1], value[WS_SOCKS_ARGS_MAX + 1];
	struct slice rest = { s->args, s->args_len };
	enum ws_socks_arg result;

	for (;;) {
		struct text k = { key, sizeof key, 0, false };
		struct text v = { value, sizeof value, 0, false };

		key[0] = value[0] = '\0';
		result = ws_socks_next_arg(&rest, &k, &v);
		if (result != WS_SOCKS_ARG)
			return result == WS_SOCKS_ARGS_END;
		if (!key_is_valid(key))
			return false;
		text_puts(t, "SOCKS_ARG_");
		text_puts(t, key);
		text_puts(t, "=");
		text_puts(t, value);
		end_variable(t);
	}
}

/* The destination, an IPv6 address in brackets. */
static void
put_destination(struct text *t, const struct ws_socks *s)
{
	char buf[48];
	struct text address = { buf, sizeof buf, 0, false };

	if (s->type == WS_SOCKS_IPV4)
		net_put_ipv4(&address, s->address);
	else if (s->type == WS_SOCKS_IPV6)
		net_put_ipv6(&address, s->address);
	text_puts(t, "SOCKS_HOST=");
	text_put_host(t, s->type == WS_SOCKS_NAME ? s->name : buf);
	end_variable(t);
	text_puts(t, "SOCKS_PORT=");
	text_put_number(t, s->port);
	end_variable(t);
	text_puts(t, "SOCKS_VERSION=");
	text_put_number(t, s->version);
	end_variable(t);
}

/* In a process of its own, as it is a stranger's bytes that are read: reads
 * the request and writes what it asks for to the pipe, or refuses it. */
_Noreturn static void
read_wish(int pipe, const struct settings *set)
{
	static char buf[WISH_SIZE];
	static struct ws_socks request;
	struct text t = { buf, sizeof buf, 0, false };

	sandbox_enter(set->verbose);
	read_socks_request(&request, deadline_in(set->wait_ms));
	put_destination(&t, &request);
	if (!put_arguments(&t, &request) || t.full) {
		say("arguments are not key=value;key=value");
		refuse_request(&request, WS_SOCKS_FAILURE, STATUS_PROTOCOL);
	}
	exit(write_all(pipe, buf, t.len) ? STATUS_OK : STATUS_SYSTEM);
}

/* None but ours may reach the program. */
static void
forget_variables(void)
{
	char name[256];
	size_t i = 0, len;

	while (environ[i] != NULL) {
		len = strcspn(environ[i], "=");
		if (strncmp(environ[i], prefix, sizeof prefix - 1) != 0 ||
		    len >= sizeof name) {
			i++;
			continue;
		}
		memcpy(name, environ[i], len);
		name[len] = '\0';
		if (unsetenv(name) < 0)
			die_sys("set up the environment");
	}
}

/* Sets the variables of a wish that lasts until end, the first of several with
 * one name.  False if there are others among them. */
static bool
export_wish(char *p, const char *end)
{
	while (p < end) {
		char *next = memchr(p, '\0', (size_t)(end - p));
		char *equals = next == NULL ? NULL :
		    memchr(p, '=', (size_t)(next - p));

		if (equals == NULL ||
		    strncmp(p, prefix, sizeof prefix - 1) != 0)
			return false;
		*equals = '\0';
		if (setenv(p, equals + 1, 0) < 0)
			die_sys("set %s", p);
		p = next + 1;
	}
	return true;
}

/* That of the request, once it is in the environment. */
static unsigned
version(void)
{
	const char *value = getenv("SOCKS_VERSION");

	return value != NULL && strcmp(value, "4") == 0 ?
	    WS_SOCKS4 : WS_SOCKS5;
}

/* -- waiting for the program -- */

struct child {
	pid_t pid;
	int status;			/* once it has ended */
	int notice, outcome, signals, lifeline;	/* -1: told already */
	bool granted;
	enum ws_socks_reply reply;	/* what was told; FAILURE: nothing */
};

static bool
child_has_ended(struct child *c)
{
	return waitpid(c->pid, &c->status, WNOHANG) == c->pid;
}

static void
take_outcome(struct child *c)
{
	char byte;

	if (read_some(c->outcome, &byte, 1) <= 0) {
		c->outcome = -1;
		return;
	}
	if (byte == WS_SOCKS_GRANTED)
		c->granted = true;
	else if (c->reply == WS_SOCKS_FAILURE &&
	    byte > 0 && byte <= WS_SOCKS_NO_ADDRESS_TYPE)
		c->reply = (enum ws_socks_reply)byte;
}

/* Waits until it has ended, the connection stands, or one of the listener and
 * the user wants no more; or the deadline.  False then. */
static bool
await(struct child *c, int64_t deadline)
{
	struct pollfd pfds[4] = { { c->notice, POLLIN, 0 },
	    { c->outcome, POLLIN, 0 }, { c->signals, POLLIN, 0 },
	    { c->granted ? -1 : c->lifeline, POLLIN, 0 } };
	char junk;

	if (poll_until(pfds, 4, deadline) == 0)
		return false;
	if (pfds[0].revents != 0)
		(void)read_some(c->notice, &junk, 1);
	if (pfds[1].revents != 0)
		take_outcome(c);
	if (pfds[2].revents != 0 || pfds[3].revents != 0) {
		c->signals = c->lifeline = -1;
		(void)kill(c->pid, SIGTERM);
	}
	return true;
}

/* It took too long. */
static void
end_child(struct child *c)
{
	int64_t deadline = deadline_in(KILL_MS);

	(void)kill(c->pid, SIGTERM);
	while (!child_has_ended(c))
		if (!await(c, deadline)) {
			(void)kill(c->pid, SIGKILL);
			deadline = NEVER;
		}
}

static void
await_end(struct child *c, int64_t deadline)
{
	while (!child_has_ended(c)) {
		if (await(c, c->granted ? NEVER : deadline))
			continue;
		say("no connection in time");
		c->reply = WS_SOCKS_TTL_EXPIRED;
		end_child(c);
		return;
	}
}

/* What was told in its last moments. */
static void
catch_up(struct child *c)
{
	struct pollfd pfd = { c->outcome, POLLIN, 0 };

	while (pfd.fd >= 0 && poll_until(&pfd, 1, now_ms()) > 0) {
		take_outcome(c);
		pfd.fd = c->outcome;
	}
}

/* -- the program -- */

_Noreturn static void
become(char *const program[])
{
	(void)signal(SIGPIPE, SIG_DFL);	/* socat ignores it */
	execvp(program[0], program);
	die_sys("%s", program[0]);
}

static void
start_program(struct child *c, char *const program[])
{
	int unused, writer;

	c->notice = signals_watch_children();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)session_lifeline(&c->lifeline, &unused);
	socksreply_open(&c->outcome, &writer);
	c->pid = fork();
	if (c->pid < 0)
		die_sys("start a process");
	if (c->pid == 0)
		become(program);
	(void)close(writer);
}

static enum ws_socks_reply
reply_of(const struct child *c)
{
	if (c->reply != WS_SOCKS_FAILURE || !WIFEXITED(c->status))
		return c->reply;
	switch (WEXITSTATUS(c->status)) {
	case STATUS_REFUSED:
		return WS_SOCKS_NOT_ALLOWED;
	case STATUS_TIMEOUT:
		return WS_SOCKS_TTL_EXPIRED;
	default:
		return WS_SOCKS_FAILURE;
	}
}

/* Starts who reads the request; returns what it will write to. */
static int
start_reader(struct child *c, const struct settings *set)
{
	int reader, writer;

	private_pipe(&reader, &writer);
	c->pid = fork();
	if (c->pid < 0)
		die_sys("start a process");
	if (c->pid == 0)
		read_wish(writer, set);
	(void)close(writer);
	return reader;
}

/* Takes what it has read into the environment; if it has refused the request
 * or we are to end, ends with its status. */
static void
take_wish(struct child *c, const struct settings *set)
{
	static char wish[WISH_SIZE];
	int pipe = start_reader(c, set);
	struct pollfd pfds[2] = { { pipe, POLLIN, 0 },
	    { c->signals, POLLIN, 0 } };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < sizeof wish) {
		(void)poll_until(pfds, 2, NEVER);
		if (pfds[1].revents != 0) {
			(void)kill(c->pid, SIGKILL);
			break;
		}
		n = read_some(pipe, wish + len, sizeof wish - len);
		len += n > 0 ? (size_t)n : 0;
	}
	(void)close(pipe);
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(c->status))
		exit(STATUS_SYSTEM);
	if (WEXITSTATUS(c->status) != STATUS_OK) {
		end_refused(STDIN_FILENO, STDOUT_FILENO, REFUSED_MS);
		exit(WEXITSTATUS(c->status));
	}
	forget_variables();
	if (!export_wish(wish, wish + len))
		die(STATUS_SYSTEM, "the request was not read as it should");
}

/* Tells a request that is complete that it leads to nothing. */
static void
refuse_complete(enum ws_socks_reply reply)
{
	uint8_t out[WS_SOCKS_REPLY_MAX];

	(void)write_all(STDOUT_FILENO, out,
	    ws_socks_put_reply(out, version(), reply));
	end_refused(STDIN_FILENO, STDOUT_FILENO, REFUSED_MS);
}

static int
serve_request(char *const program[], const struct settings *set)
{
	struct child c = { .reply = WS_SOCKS_FAILURE };
	int status;

	set_nodelay(STDOUT_FILENO);
	c.signals = signals_catch();
	take_wish(&c, set);
	start_program(&c, program);
	await_end(&c, deadline_in(set->wait_ms));
	catch_up(&c);
	status = WIFEXITED(c.status) ? WEXITSTATUS(c.status) : STATUS_SYSTEM;
	if (!c.granted)
		refuse_complete(reply_of(&c));
	return status;
}

/* -G: the connection stands. */
_Noreturn static void
grant(int fd, char *const program[])
{
	uint8_t out[WS_SOCKS_REPLY_MAX];
	size_t len;

	if (getenv("SOCKS_VERSION") == NULL)
		die(STATUS_USAGE, "-G: not started by ws-socks");
	len = ws_socks_put_reply(out, version(), WS_SOCKS_GRANTED);
	if (!write_all(fd, out, len))
		die_sys("write to descriptor %d", fd);
	socksreply_tell_last(WS_SOCKS_GRANTED);
	execvp(program[0], program);
	die_sys("%s", program[0]);
}

int
main(int argc, char *argv[])
{
	struct settings set = { .wait_ms = REQUEST_MS };
	int c, granted = -1;

	argv0 = "ws-socks";
	if (argc == 2 && strcmp(argv[1], "-A") == 0)
		argv = envargs_take(&argc);
	while ((c = getopt(argc, argv, ":G:hqVvw:")) != -1)
		switch (c) {
		case 'G':
			granted = (int)option_number('G', optarg, 0, 65535);
			break;
		case 'h': print_and_exit(USAGE);
		case 'q': diag_quiet(); break;
		case 'V': print_version();
		case 'v': set.verbose = true; break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		default: option_fault(c, argv, USAGE);
		}
	if (optind == argc)
		die_usage(USAGE, "program missing");
	if (granted >= 0)
		grant(granted, argv + optind);
	return serve_request(argv + optind, &set);
}
