/* ws-accept: accepts connections, and starts a program on each, as descriptors
 * 0 and 1 (UCSPI). */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "net/sessions.h"
#include "options.h"
#include "signals.h"
#include "ws-accept.h"

#define USAGE "usage: ws-accept [-hqVv] [-N sessions[,each]] [-Q backlog] " \
    "[address:]port program [arg ...]"

enum {
	SESSIONS = 2000, SESSIONS_MAX = 99999,
	EACH = 250,
	BACKLOG = 128,
	AGAIN_MS = 200,		/* until what was short is asked for again */
	LIFELINE_FD_MIN = 20	/* out of the way of what scripts use */
};

struct server {
	struct listeners listeners;
	struct ws_sessions sessions;
	bool silent;			/* a word of ours would not be TLS */
	bool verbose;			/* -v */
	bool is_short;			/* of something; it has been said */
	int64_t pause;			/* until then nothing is started */
	struct connection held;		/* cannot be served yet; fd -1: none */
	int signals, notices;
	int life;			/* its end ends the sessions */
	int gone;			/* ends with the last of them */
};

/* -- sessions -- */

static void
report_end(const struct ws_session *s, int status)
{
	unsigned long long ms = (unsigned long long)(now_ms() - s->since);
	bool killed = WIFSIGNALED(status);

	say("%llu: ended %s %d after %llu ms", (unsigned long long)s->number,
	    killed ? "by signal" : "with status",
	    killed ? WTERMSIG(status) : WEXITSTATUS(status), ms);
}

/* There may be children that were here before us. */
static void
reap(struct server *s)
{
	struct ws_session ended;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (ws_sessions_remove(&s->sessions, pid, &ended) &&
		    s->verbose)
			report_end(&ended, status);
}

static void
take_notices(struct server *s)
{
	char waste[64];

	(void)read_some(s->notices, waste, sizeof waste);
	reap(s);
}

/* -- connections -- */

/* What is to be had again once others have given some back. */
static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM || error == EAGAIN;
}

/* Says so once, until it is over. */
static void
wait_for_more(struct server *s, const char *what, int error)
{
	if (!s->is_short)
		say("%s: %s: trying again", what, error_text(error));
	s->is_short = true;
	s->pause = deadline_in(AGAIN_MS);
}

/* Starts one, or holds the connection until it can be. */
static void
start_session(struct server *s, struct connection c, const char *name)
{
	pid_t pid;
	int error = start_on(&c, &pid);

	s->held.fd = -1;
	if (error == 0) {
		s->is_short = false;
		ws_sessions_add(&s->sessions, pid, network_of_peer(&c),
		    now_ms());
		if (s->verbose)
			say("%llu: from %s, process %d", (unsigned long long)
			    s->sessions.number, name_of_peer(&c), (int)pid);
	} else if (is_shortage(error)) {
		s->held = c;
		wait_for_more(s, name, error);
	} else {
		say("%s: %s", name, error_text(error));
		(void)close(c.fd);
	}
}

static void
accept_one(struct server *s, int listener, const char *name)
{
	struct connection c;
	socklen_t len = sizeof c.peer;

	memset(&c.peer, 0, sizeof c.peer);
	c.fd = accept(listener, (void *)&c.peer, &len);
	if (c.fd < 0) {
		/* Of a connection that is gone again nothing is said. */
		if (errno != EAGAIN && is_shortage(errno))
			wait_for_more(s, "accept a connection", errno);
		return;
	}
	if (ws_sessions_has_share(&s->sessions, network_of_peer(&c))) {
		say("%s: refused with 429: too many sessions from one address "
		    "(RFC 6585, 4)", name_of_peer(&c));
		refuse(c.fd, s->silent);
		return;
	}
	(void)set_blocking(c.fd, true);		/* not every system's is */
	start_session(s, c, name);
}

/* -- the loop -- */

static bool
may_accept(const struct server *s)
{
	return !ws_sessions_full(&s->sessions) && s->held.fd < 0 &&
	    now_ms() >= s->pause;
}

/* Waits until something happens, and does what that asks for; false after a
 * signal. */
static bool
step(struct server *s, const char *name)
{
	struct pollfd pfds[2 + WS_RACE_MAX + REFUSED_MAX];
	size_t listeners = may_accept(s) ? s->listeners.count : 0, i, n = 2;
	size_t refused;
	int64_t until = now_ms() < s->pause ? s->pause : NEVER;

	pfds[0] = (struct pollfd){ s->signals, POLLIN, 0 };
	pfds[1] = (struct pollfd){ s->notices, POLLIN, 0 };
	for (i = 0; i < listeners; i++)
		pfds[n++] = (struct pollfd){ s->listeners.fd[i], POLLIN, 0 };
	refused = refused_poll(pfds + n, &until);
	(void)poll_until(pfds, n + refused, until);
	if (pfds[0].revents != 0)
		return false;
	if (pfds[1].revents != 0)
		take_notices(s);
	refused_read(pfds + n, refused);
	if (s->held.fd >= 0 && now_ms() >= s->pause)
		start_session(s, s->held, name);
	for (i = 0; i < listeners && may_accept(s); i++)
		if (pfds[2 + i].revents != 0)
			accept_one(s, s->listeners.fd[i], name);
	return true;
}

/* -- beginning and end -- */

/* The same, for the sessions to inherit. */
static int
move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD, LIFELINE_FD_MIN);

	if (high < 0)
		die_sys("set up a pipe");
	(void)close(fd);
	return high;
}

/* A number that is missing must not become that of a connection. */
static void
open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		die_sys("open /dev/null");
	(void)close(fd);
}

/* Waits for the last session. */
static void
await_end(struct server *s)
{
	struct pollfd pfds[2] = { { s->gone, POLLIN, 0 },
	    { s->notices, POLLIN, 0 } };

	while (pfds[0].revents == 0) {
		(void)poll_until(pfds, 2, NEVER);
		if (pfds[1].revents != 0)
			take_notices(s);
	}
	reap(s);
}

_Noreturn static void
run(struct server *s, char *const program[])
{
	int reader, writer;

	private_pipe(&reader, &s->life);
	private_pipe(&s->gone, &writer);
	reader = move_up(reader);
	writer = move_up(writer);
	start_what(program, reader, writer);
	while (step(s, program[0]))
		;
	listen_no_more(&s->listeners);
	(void)close(reader);
	(void)close(writer);
	(void)close(s->life);
	await_end(s);
	exit(STATUS_OK);
}

/* The value of -N. */
static void
take_limits(struct ws_sessions *s, const char *value)
{
	static char most[16];
	const char *comma = strchr(value, ',');
	size_t len = comma != NULL ? (size_t)(comma - value) : strlen(value);

	if (len >= sizeof most)
		len = sizeof most - 1;
	memcpy(most, value, len);
	most[len] = '\0';
	s->most = (size_t)option_number('N', most, 1, SESSIONS_MAX);
	if (comma != NULL)
		s->each = (size_t)option_number('N', comma + 1, 0,
		    SESSIONS_MAX);
}

int
main(int argc, char *argv[])
{
	static struct server s = { .held.fd = -1,
	    .sessions = { .most = SESSIONS, .each = EACH } };
	const char *https = getenv("HTTPS");
	int backlog = BACKLOG, c;

	argv0 = "ws-accept";
	while ((c = getopt(argc, argv, ":hN:Q:qVv")) != -1)
		switch (c) {
		case 'h': print_and_exit(USAGE);
		case 'N': take_limits(&s.sessions, optarg); break;
		case 'Q':
			backlog = (int)option_number('Q', optarg, 0, 99999);
			break;
		case 'q': diag_quiet(); break;
		case 'V': print_version();
		case 'v': s.verbose = true; break;
		default: option_fault(c, argv, USAGE);
		}
	if (argc - optind < 2)
		die_usage(USAGE, "%s missing", optind < argc ? "program" :
		    "port");
	s.silent = https != NULL && strcmp(https, "on") == 0;
	s.sessions.list = calloc(s.sessions.most, sizeof *s.sessions.list);
	if (s.sessions.list == NULL)
		die_sys("get memory");
	open_standard_descriptors();
	s.notices = signals_watch_children();
	s.signals = signals_catch();
	(void)signal(SIGPIPE, SIG_IGN);
	listen_at(&s.listeners, argv[optind], backlog);
	run(&s, argv + optind + 1);
}
