/* A program of the user's that decides on a request. */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "http/fields.h"
#include "io.h"
#include "readhead.h"
#include "session.h"
#include "system.h"
#include "writer.h"
#include "ws-handshake-connlimit.h"
#include "ws-handshake-gate.h"

enum {
	TICK_MS = 5,
	PROBE_MS = 1000		/* between two interim answers */
};

struct gate {
	pid_t pid;
	int output;
	int lifeline;		/* nobody else has it open */
};

/* ours is a pipe whose writer we have: its end is the gate's. */
_Noreturn static void
become_gate(const char *command, int writer, int ours)
{
	(void)setpgid(0, 0);
	kill_at_end_of(ours, getpid());
	(void)fcntl(ours, F_SETFD, 0);
	open_null(STDIN_FILENO, O_RDONLY);
	if (dup2(writer, STDOUT_FILENO) < 0)
		_exit(STATUS_SYSTEM);
	session_leave();
	connlimit_leave();
	(void)signal(SIGPIPE, SIG_DFL);
	execle("/bin/sh", "sh", "-c", command, (char *)NULL,
	    session_outer_environment());
	_exit(127);
}

static void
start_gate(struct gate *g, const char *command)
{
	int writer, ours;

	private_pipe(&g->output, &writer);
	private_pipe(&ours, &g->lifeline);
	g->pid = fork();
	if (g->pid == 0)
		become_gate(command, writer, ours);
	if (g->pid < 0)
		die_sys("start the gate");
	(void)setpgid(g->pid, g->pid);	/* whoever comes first */
	(void)close(writer);
	(void)close(ours);
}

/* Reads what there is, waiting a little for it.  False at its end. */
static bool
read_output(const struct gate *g, struct text *t, int64_t until)
{
	struct pollfd pfd = { g->output, POLLIN, 0 };
	char piece[512];
	ssize_t n;

	if (poll_until(&pfd, 1, until) == 0)
		return true;
	n = read_some(g->output, piece, sizeof piece);
	if (n > 0)
		text_put(t, piece, (size_t)n);
	return n > 0;
}

/* Whether the listener ends, for which nobody is to wait. */
static bool
is_unwanted(void)
{
	struct pollfd pfd = { -1, POLLIN, 0 };
	int unused;

	return session_lifeline(&pfd.fd, &unused) && poll_until(&pfd, 1, 0) > 0;
}

/* Whether nobody is left to hear the answer. */
static bool
peer_is_gone(void)
{
	return is_socket(STDIN_FILENO) && has_hung_up(STDIN_FILENO);
}

/* The end of what a peer has to say may be that of the peer, or not.  An
 * interim answer (RFC 9110, 15.2; 102 is RFC 2518's, 10.1) tells: who has
 * closed resets at it, who only listens skips it. */
static void
probe_peer(int64_t *next)
{
	static const char processing[] = "HTTP/1.1 102 Processing\r\n\r\n";
	size_t len = strlen(processing);

	if (now_ms() < *next)
		return;
	*next = deadline_in(PROBE_MS);
	if (!is_socket(STDIN_FILENO) || !peer_has_ended(STDIN_FILENO))
		return;
	show_head('>', processing, len);
	(void)write_until(STDOUT_FILENO, processing, len, now_ms());
}

/* Until it has ended, which nothing but waitpid(2) tells for certain: it may
 * close its output before, and its children may hold it after.  False if it
 * has not in time. */
static bool
await_gate(const struct gate *g, struct text *t, int64_t deadline, int *status)
{
	struct pollfd pfd = { g->output, POLLIN, 0 };
	int64_t probe = deadline_in(PROBE_MS);
	bool open = true, ended;

	do {
		int64_t tick = deadline_in(TICK_MS);

		probe_peer(&probe);
		if (open)
			open = read_output(g, t, tick);
		else
			(void)poll_until(NULL, 0, tick);
		ended = waitpid(g->pid, status, WNOHANG) == g->pid;
	} while (!ended && now_ms() < deadline && !is_unwanted() &&
	    !peer_is_gone());
	while (open && poll_until(&pfd, 1, now_ms()) > 0 && !t->full)
		open = read_output(g, t, now_ms());
	return ended;
}

static enum ws_refusal
verdict_of(int status)
{
	if (!WIFEXITED(status))
		return WS_GATE_UNAVAILABLE;
	switch (WEXITSTATUS(status)) {
	case 0:
		return WS_ACCEPTED;
	case 41:
		return WS_GATE_CREDENTIALS;
	case 44:
		return WS_GATE_NOT_FOUND;
	case 53:
	case STATUS_SYSTEM:
	case 126:		/* of the shell: not started */
	case 127:
		return WS_GATE_UNAVAILABLE;
	default:
		return WS_GATE_FORBIDDEN;
	}
}

/* Those that belong to the handshake itself are not the gate's. */
static bool
is_extra_field(const char *line)
{
	static const char *const ours[] = { "Upgrade", "Connection",
	    "Content-Length", "Transfer-Encoding" };
	struct slice name, start;
	size_t i;

	if (!http_is_field_line(slice_of(line)))
		return false;
	name = ws_edit_name(line);
	for (i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (slice_equal_nocase(name, slice_of(ours[i])))
			return false;
	start.p = name.p;
	start.len = strlen("Sec-WebSocket-");
	return name.len < start.len ||
	    !slice_equal_nocase(start, slice_of("Sec-WebSocket-"));
}

/* Cuts the output into lines; false if one is no field. */
static bool
take_fields(struct gate_answer *a, size_t len)
{
	char *line = a->output, *end = a->output + len;

	if (memchr(line, '\0', len) != NULL)
		return false;
	while (line < end) {
		char *lf = memchr(line, '\n', (size_t)(end - line));

		if (lf == NULL)
			lf = end;
		*lf = '\0';
		if (lf > line && lf[-1] == '\r')
			lf[-1] = '\0';
		if (a->count == GATE_FIELDS_MAX || !is_extra_field(line))
			return false;
		a->field[a->count++] = line;
		line = lf + 1;
	}
	return true;
}

enum ws_refusal
ask_gate(struct gate_answer *a, const char *command, int64_t deadline)
{
	struct sigaction normal = { .sa_handler = SIG_DFL }, saved;
	struct text t = { a->output, sizeof a->output, 0, false };
	struct gate g;
	int status;
	bool ended;

	a->count = 0;
	/* Where SIGCHLD is ignored, no status is kept for us. */
	if (sigaction(SIGCHLD, &normal, &saved) < 0)
		die_sys("set up signals");
	start_gate(&g, command);
	ended = await_gate(&g, &t, deadline, &status);
	(void)kill(-g.pid, SIGKILL);	/* and what it has left running */
	if (!ended) {
		(void)kill(g.pid, SIGKILL);
		(void)waitpid(g.pid, &status, 0);
	}
	(void)close(g.output);
	(void)close(g.lifeline);
	(void)sigaction(SIGCHLD, &saved, NULL);
	if (!ended && peer_is_gone())
		die(STATUS_LOST, "the peer has gone before the gate answered");
	if (!ended)
		return is_unwanted() ? WS_SHUTTING_DOWN : WS_GATE_LATE;
	if (t.full || !take_fields(a, t.len)) {
		a->count = 0;
		return WS_GATE_FIELDS;
	}
	return verdict_of(status);
}
