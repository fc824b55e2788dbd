/* ws-socks: the server's side of SOCKS (RFC 1928) on descriptors 0 and 1, in
 * front of a program that opens the connection which is asked for. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "diag.h"
#include "head.h"
#include "io.h"
#include "options.h"
#include "outcome.h"
#include "session.h"
#include "socks.h"

#define USAGE "usage: ws-socks [-hqV] [-G fd] [-w sec] program [arg ...]\n" \
    "       ws-socks -A"

enum {
	REQUEST_MS = 30000,	/* for the request; then for the connection */
	KILL_MS = 1000		/* between SIGTERM and SIGKILL */
};

extern char **environ;

static int notice_writer;	/* a byte for a child that ended */

static void
on_sigchld(int signal)
{
	int saved = errno;

	(void)signal;
	(void)!write(notice_writer, "", 1);
	errno = saved;
}

/* -- the request -- */

/* Answers a request that leads to nothing, complete or not. */
_Noreturn static void
refuse(const struct ws_socks *s, enum ws_socks_reply reply, int status)
{
	uint8_t out[WS_SOCKS_REPLY_MAX];
	size_t len = ws_socks_answer(s, out, reply);

	/* A client that is gone already misses nothing. */
	(void)write_all(STDOUT_FILENO, out, len);
	end_refused(STDIN_FILENO, STDOUT_FILENO, REFUSED_MS);
	exit(status);
}

_Noreturn static void
refuse_input(const struct ws_socks *s, enum input input)
{
	if (input == INPUT_LATE) {
		say("request did not come in time");
		refuse(s, WS_SOCKS_FAILURE, STATUS_TIMEOUT);
	}
	if (input == INPUT_END && s->version != 0)
		say("input ended inside the request");
	refuse(s, WS_SOCKS_FAILURE, STATUS_LOST);
}

static void
read_request(struct ws_socks *s, int64_t deadline)
{
	enum ws_socks_result result = WS_SOCKS_MORE;
	uint8_t in[sizeof s->piece];
	size_t wanted, used;
	enum input input;

	while (result != WS_SOCKS_DONE) {
		wanted = ws_socks_wanted(s);
		input = read_exactly(STDIN_FILENO, in, wanted, deadline);
		if (input != INPUT_HEAD)
			refuse_input(s, input);
		result = ws_socks_read(s, in, wanted, &used);
		if (result == WS_SOCKS_ANSWER &&
		    !write_all(STDOUT_FILENO, s->answer, sizeof s->answer))
			exit(STATUS_LOST);
		if (result == WS_SOCKS_WRONG) {
			say("%s", s->why);
			refuse(s, s->reply, 2);
		}
	}
}

/* -- what the program gets -- */

static void
export(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		die_sys("set %s", name);
}

static const char arg_prefix[] = "SOCKS_ARG_";

/* None but ours may reach the program; a longer name cannot be one. */
static void
forget_arguments(void)
{
	char name[sizeof arg_prefix + WS_SOCKS_ARGS_MAX];
	size_t i = 0, len;

	while (environ[i] != NULL) {
		len = strcspn(environ[i], "=");
		if (strncmp(environ[i], arg_prefix, sizeof arg_prefix - 1) !=
		    0 || len >= sizeof name) {
			i++;
			continue;
		}
		memcpy(name, environ[i], len);
		name[len] = '\0';
		if (unsetenv(name) < 0)
			die_sys("set up the environment");
	}
}

/* A key becomes part of a variable's name. */
static bool
key_is_valid(const char *key)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return key[strspn(key, letters)] == '\0';
}

/* The first of several with one key counts.  False if they are malformed. */
static bool
export_arguments(const struct ws_socks *s)
{
	char name[sizeof arg_prefix + WS_SOCKS_ARGS_MAX];
	char value[WS_SOCKS_ARGS_MAX + 1];
	struct slice rest = { s->args, s->args_len };
	enum ws_socks_arg result;

	for (;;) {
		char *key = name + sizeof arg_prefix - 1;
		struct text k = { key, WS_SOCKS_ARGS_MAX + 1, 0, false };
		struct text v = { value, sizeof value, 0, false };

		memcpy(name, arg_prefix, sizeof arg_prefix);
		value[0] = '\0';
		result = ws_socks_next_arg(&rest, &k, &v);
		if (result != WS_SOCKS_ARG)
			return result == WS_SOCKS_ARGS_END;
		if (!key_is_valid(key))
			return false;
		if (getenv(name) == NULL)
			export(name, value);
	}
}

/* The destination, an IPv6 address in brackets. */
static void
export_destination(const struct ws_socks *s)
{
	char address[INET6_ADDRSTRLEN], host[WS_SOCKS_NAME_MAX + 3];
	int family = s->type == WS_SOCKS_IPV6 ? AF_INET6 : AF_INET;
	const char *plain = s->name;
	char port[16];

	if (s->type != WS_SOCKS_NAME)
		plain = inet_ntop(family, s->address, address, sizeof address);
	if (plain == NULL)
		die_sys("read the address");
	snprintf(host, sizeof host, strchr(plain, ':') ? "[%s]" : "%s", plain);
	snprintf(port, sizeof port, "%u", s->port);
	export("SOCKS_HOST", host);
	export("SOCKS_PORT", port);
	export("SOCKS_VERSION", s->version == WS_SOCKS4 ? "4" : "5");
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
has_ended(struct child *c)
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
	while (!has_ended(c))
		if (!await(c, deadline)) {
			(void)kill(c->pid, SIGKILL);
			deadline = NEVER;
		}
}

static void
await_end(struct child *c, int64_t deadline)
{
	while (!has_ended(c)) {
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
	struct sigaction sa = { .sa_handler = SIG_DFL };

	/* socat ignores it. */
	if (sigaction(SIGPIPE, &sa, NULL) < 0)
		die_sys("set up signals");
	execvp(program[0], program);
	die_sys("%s", program[0]);
}

static void
start(struct child *c, char *const program[])
{
	struct sigaction sa = { .sa_handler = on_sigchld };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int unused, writer;

	private_pipe(&c->notice, &notice_writer);
	if (sigaction(SIGCHLD, &sa, NULL) < 0 ||
	    sigaction(SIGPIPE, &ignore, NULL) < 0)
		die_sys("set up signals");
	c->signals = session_catch_signals();
	(void)session_lifeline(&c->lifeline, &unused);
	outcome_open(&c->outcome, &writer);
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

static int
serve(char *const program[], int64_t wait_ms)
{
	static struct ws_socks request;
	struct child c = { .reply = WS_SOCKS_FAILURE };
	int status;

	set_nodelay(STDOUT_FILENO);
	read_request(&request, deadline_in(wait_ms));
	forget_arguments();
	if (!export_arguments(&request)) {
		say("arguments are not key=value;key=value");
		refuse(&request, WS_SOCKS_FAILURE, 2);
	}
	export_destination(&request);
	start(&c, program);
	await_end(&c, deadline_in(wait_ms));
	catch_up(&c);
	status = WIFEXITED(c.status) ? WEXITSTATUS(c.status) : STATUS_SYSTEM;
	if (!c.granted)
		refuse(&request, reply_of(&c), status);
	return status;
}

/* -G: the connection stands. */
_Noreturn static void
grant(int fd, char *const program[])
{
	const char *version = getenv("SOCKS_VERSION");
	uint8_t out[WS_SOCKS_REPLY_MAX];
	size_t len;

	if (version == NULL)
		die(STATUS_USAGE, "-G: not started by ws-socks");
	len = ws_socks_put_reply(out, strcmp(version, "4") == 0 ? WS_SOCKS4 :
	    WS_SOCKS5, WS_SOCKS_GRANTED);
	if (!write_all(fd, out, len))
		die_sys("write to descriptor %d", fd);
	outcome_tell_last(WS_SOCKS_GRANTED);
	execvp(program[0], program);
	die_sys("%s", program[0]);
}

int
main(int argc, char *argv[])
{
	int64_t wait_ms = REQUEST_MS;
	int c, granted = -1;

	argv0 = "ws-socks";
	if (argc == 2 && strcmp(argv[1], "-A") == 0)
		argv = arguments_from_environment(&argc);
	while ((c = getopt(argc, argv, ":G:hqVw:")) != -1)
		switch (c) {
		case 'G':
			granted = (int)option_number('G', optarg, 0, 65535);
			break;
		case 'h': print_and_exit(USAGE);
		case 'q': diag_quiet(); break;
		case 'V': print_and_exit("ws-socks " VERSION);
		case 'w': wait_ms = option_seconds('w', optarg); break;
		default: die_usage(USAGE);
		}
	if (optind == argc)
		die_usage(USAGE);
	if (granted >= 0)
		grant(granted, argv + optind);
	return serve(argv + optind, wait_ms);
}
