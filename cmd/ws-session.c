/* ws-session: puts ws-deframe and ws-frame around a command or a socket, and
 * leaves nothing behind. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capturefile.h"
#include "code/errortext.h"
#include "connect.h"
#include "diag.h"
#include "io.h"
#include "options.h"
#include "session.h"
#include "signals.h"
#include "system.h"
#include "writer.h"
#include "ws-session-command.h"
#include "ws-session-orport.h"
#include "ws-session-relay.h"
#include "ws/closecode.h"
#include "ws/frameline.h"

#define USAGE "usage: ws-session [-0156abchjlnqrstUVvWz] [-B size] " \
    "[-D file] [-e code[:reason]] [-F size] [-G protocol[,key]] " \
    "[-i sec] [-k key] [-m count] [-T sec] [-w sec] [-X sec] [-y sec] target"

enum {
	ARGS_MAX = 24,
	PATH_MAX_HERE = 4096,
	COLLECTED_MAX = 1 << 30, /* of what ws-deframe -j collects */
	KILL_MS = 1000,		/* between SIGTERM and SIGKILL */
	STEP_MS = 10		/* between two looks at a process group */
};

extern char **environ;

/* A filter and its arguments. */
struct filter {
	const char *self;		/* what we were started as */
	const char *argv[ARGS_MAX];
	size_t argc;
};

struct settings {
	enum ws_role role;
	bool check_only;		/* -U */
	bool frameless;			/* -G */
	bool base64;			/* bytes go as texts of base64 */
	bool no_bytes;			/* they cannot go at all */
	bool verbose;			/* -v */
	bool strict;			/* -5: a status but 0 is a failure */
	bool quiet_given;		/* -y */
	uint64_t message_max;		/* -B, or 0 */
	const char *close;		/* -e, or null */
	const char *size;		/* -F, or null */
	int64_t wait_ms;		/* -w */
	int64_t idle_ms, session_ms;	/* -T, -X; negative: no limit */
	struct filter frame, deframe, encode, decode;
	char *const *target;
	int control_reader, control_writer;
	int in, out;			/* the connection */
};

static int notice_reader;	/* a byte for each child that ended */
static int signal_reader;	/* tells of SIGTERM and the like */
static pid_t unattended;	/* to be killed if we fail: a command, or 0 */

/* -- starting -- */

static int
open_null_fd(int flags)
{
	int fd = open("/dev/null", flags);

	if (fd < 0)
		die_sys("open /dev/null");
	close_on_exec(fd);
	return fd;
}

/* The same open file, which no program to come inherits. */
static int
private_copy(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (copy < 0)
		die_sys("copy descriptor %d", fd);
	return copy;
}

static void
hide_descriptor(int fd, bool hide)
{
	if (fcntl(fd, F_SETFD, hide ? FD_CLOEXEC : 0) < 0)
		die_sys("set up descriptor %d", fd);
}

/* The place that the session has of its address's share is held by this
 * process, and whatever that becomes, alone. */
static void
hide_slots(bool hide)
{
	int fd, count;

	if (session_slots(&fd, &count))
		hide_descriptor(fd, hide);
}

static void
add(struct filter *f, const char *arg)
{
	if (f->argc == ARGS_MAX - 1)
		die(STATUS_USAGE, "too many options");
	f->argv[f->argc++] = arg;
}

/* An option and its value, which may be null. */
static void
add_option(struct filter *f, const char *option, const char *value)
{
	add(f, option);
	if (value != NULL)
		add(f, value);
}

static void
name_filter(struct filter *f, const char *name, const char *self)
{
	f->self = self;
	f->argc = 0;
	add(f, name);
}

/* The filters stand beside us, or in PATH if we were found there.  The path is
 * good until the next call. */
static const char *
path_of(const struct filter *f)
{
	static char path[PATH_MAX_HERE];
	const char *slash = strrchr(f->self, '/');
	struct text t = { path, sizeof path, 0, false };

	if (slash != NULL)
		text_put(&t, f->self, (size_t)(slash - f->self + 1));
	text_puts(&t, f->argv[0]);
	if (t.full)
		die(STATUS_USAGE, "path of the program too long");
	return path;
}

/* Makes the descriptors our 0 and 1. */
static bool
take_streams(int in, int out)
{
	return dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0;
}

/* Starts a program with these descriptors as 0 and 1, which become ours; with
 * an environment of its own, it leads a process group of its own, too.  Returns
 * 0, or an error as posix_spawnp(3) does. */
static int
start(pid_t *pid, const char *path, char *const argv[], int in, int out,
    char **own_environment)
{
	posix_spawnattr_t attr;
	sigset_t defaults;
	short flags = POSIX_SPAWN_SETSIGDEF;
	int error;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGCHLD);
	*pid = -1;
	if (own_environment != NULL)
		flags |= POSIX_SPAWN_SETPGROUP;
	if (!take_streams(in, out))
		return errno;
	if ((error = posix_spawnattr_init(&attr)) != 0)
		return error;
	if ((error = posix_spawnattr_setsigdefault(&attr, &defaults)) == 0 &&
	    (error = posix_spawnattr_setpgroup(&attr, 0)) == 0 &&
	    (error = posix_spawnattr_setflags(&attr, flags)) == 0)
		error = posix_spawnp(pid, path, NULL, &attr, argv,
		    own_environment ? own_environment : environ);
	posix_spawnattr_destroy(&attr);
	return error;
}

static pid_t
start_filter(const struct filter *f, int in, int out)
{
	pid_t pid;
	const char *path = path_of(f);
	int error = start(&pid, path, (char *const *)f->argv, in, out, NULL);

	if (error != 0) {
		errno = error;
		die_sys("%s", path);
	}
	return pid;
}

/* Asks ws-frame to close for a fault of ours, which is reported already. */
static void
refuse_peer(struct settings *set, unsigned code)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	ws_frameline_put_close_code(&t, WS_NOW, code);
	if (!write_all(set->control_writer, line, t.len))
		die_sys("write to the control channel");
	add(&set->deframe, "-q");
}

/* Where ws-deframe's output is a pipe of ours, it is not blocked, so that it
 * sees more than a reader that takes nothing. */
static void
unblock(int pipe)
{
	if (!set_blocking(pipe, false))
		die_sys("set up a pipe");
}

/* -- base64: ws-b64 stands between a filter and our side -- */

/* What ws-frame is to read instead of in. */
static int
encoded(const struct settings *set, int in)
{
	int reader, writer;

	if (!set->base64)
		return in;
	private_pipe(&reader, &writer);
	(void)start_filter(&set->encode, in, writer);
	(void)close(writer);
	return reader;
}

/* What ws-deframe is to write to instead of out; *decoder is who reads that. */
static int
decoded(const struct settings *set, int out, pid_t *decoder)
{
	int reader, writer;

	if (!set->base64)
		return out;
	private_pipe(&reader, &writer);
	*decoder = start_filter(&set->decode, reader, out);
	(void)close(reader);
	unblock(writer);
	return writer;
}

/* -- a socket or descriptors: the filters are all there is -- */

/* in is what ws-frame reads, out what ws-deframe writes; exec closes both. */
_Noreturn static void
join(struct settings *set, int in, int out)
{
	const char *path;
	pid_t decoder;
	int source;

	/* Nobody will ask how the filters ended: they tell ws-frame. */
	(void)signal(SIGCHLD, SIG_IGN);
	if (set->base64)
		add_option(&set->deframe, "-E", "1011");
	signals_hold();
	hide_slots(true);
	source = encoded(set, in);
	(void)start_filter(&set->deframe, set->in,
	    decoded(set, out, &decoder));
	hide_slots(false);
	path = path_of(&set->frame);
	if (take_streams(source, set->out))
		execvp(path, (char *const *)set->frame.argv);
	die_sys("%s", path);
}

/* A target that cannot be reached: the peer is told so. */
_Noreturn static void
join_nothing(struct settings *set, unsigned code)
{
	refuse_peer(set, code);
	join(set, open_null_fd(O_RDONLY), open_null_fd(O_WRONLY));
}

/* fd: the target, or -1. */
_Noreturn static void
join_connected(struct settings *set, int fd)
{
	if (fd < 0)
		join_nothing(set, WS_CLOSE_BAD_GATEWAY);
	close_on_exec(fd);
	if (set->role == WS_SERVER)
		bound_received(fd);
	join(set, fd, fd);
}

/* fd:IN,OUT: what was standard input and output before the connection took
 * their place. */
static void
find_descriptors(const struct settings *set, int *in, int *out)
{
	char junk;

	if (sscanf(set->target[0], "fd:%d,%d%c", in, out, &junk) != 2 ||
	    fcntl(*in, F_GETFD) < 0 || fcntl(*out, F_GETFD) < 0)
		die(STATUS_USAGE, "%s: not two open descriptors fd:IN,OUT",
		    set->target[0]);
	close_on_exec(*in);
	close_on_exec(*out);
}

/* To somebody at a terminal. */
static void
greet(void)
{
	const char *protocol = getenv("WS_PROTOCOL");

	if (protocol != NULL)
		say("connected, subprotocol %s", protocol);
	else
		say("connected");
}

_Noreturn static void
join_descriptors(struct settings *set)
{
	int in, out;

	find_descriptors(set, &in, &out);
	if (set->role == WS_CLIENT && isatty(in) && isatty(out))
		greet();
	/* Without who reads what comes the session has no purpose. */
	add_option(set->base64 ? &set->decode : &set->deframe, "-E", "1001");
	join(set, in, out);
}

/* -- a command -- */

/* Whether a child has ended; with keep, it stays a zombie, so that the number
 * of its process group cannot become another's. */
static bool
has_ended(pid_t pid, int *status, bool keep)
{
	siginfo_t info;

	if (!keep)
		return waitpid(pid, status, WNOHANG) == pid;
	info.si_pid = 0;
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	    0 && info.si_pid == pid;
}

/* Waits until a child has ended, or the deadline. */
static bool
await_child(pid_t pid, int *status, bool keep, int64_t deadline)
{
	struct pollfd pfd = { notice_reader, POLLIN, 0 };
	char c;

	while (!has_ended(pid, status, keep)) {
		if (poll_until(&pfd, 1, deadline) == 0)
			return false;
		(void)read_some(notice_reader, &c, 1);
	}
	return true;
}

/* Whether a command took and gave what it was to: one that a signal ended may
 * not have, but for those that end what runs for ever in good order. */
static bool
signal_is_failure(int signal)
{
	return signal != SIGPIPE && signal != SIGTERM;
}

/* The same for a filter, which minds these. */
static bool
filter_has_failed(int signal)
{
	return signal_is_failure(signal) && signal != SIGINT &&
	    signal != SIGHUP;
}

/* Whether a signal has ended a filter, if there is one.  When the reader of its
 * output has seen the end of that, it may be about to end still: asked surely,
 * it is stopped for a moment, which only one that lives can be. */
static bool
is_killed(pid_t pid, bool surely)
{
	int options = WEXITED | WNOWAIT | (surely ? WSTOPPED : WNOHANG);
	siginfo_t info;

	if (pid < 0)
		return false;
	if (surely)
		(void)kill(pid, SIGSTOP);
	do
		info.si_pid = 0;
	while (waitid(P_PID, (id_t)pid, &info, options) < 0 &&
	    errno == EINTR);
	if (surely)
		(void)kill(pid, SIGCONT);
	return info.si_pid == pid && (info.si_code == CLD_KILLED ||
	    info.si_code == CLD_DUMPED);
}

static bool
has_failed(const struct settings *set, pid_t command)
{
	siginfo_t info;

	info.si_pid = 0;
	(void)waitid(P_PID, (id_t)command, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_code == CLD_EXITED ? set->strict &&
	    info.si_status != 0 : signal_is_failure(info.si_status);
}

/* Tells ws-frame how our side has ended, whose end of input says nothing of
 * that. */
static void
tell_end(struct settings *set, bool failed)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	if (failed)
		ws_frameline_put_close_code(&t, WS_SOON,
		    WS_CLOSE_INTERNAL_ERROR);
	else
		text_puts(&t, "done\n");
	(void)write_until(set->control_writer, line, t.len,
	    deadline_in(KILL_MS));
}

/* What becomes of a session's processes. */
struct session {
	pid_t command;		/* or -1 */
	pid_t frame, deframe;
	pid_t decoder;		/* or -1 */
	bool told;		/* ws-frame, of the end of our side */
};

/* Whether what the command reads has been cut: it takes that for the end. */
static bool
is_cut(const struct session *s, bool surely)
{
	return is_killed(s->deframe, surely) || is_killed(s->decoder, surely);
}

/* Tells ws-frame of its fellows: the end of ws-deframe in good order shows by
 * the end of the channel. */
static void
tell_frame(struct settings *set, struct session *s)
{
	int unused;
	bool over = has_ended(s->command, &unused, true);
	bool gone = has_ended(s->deframe, &unused, true);
	bool cut = is_cut(s, over);

	if (over || cut)
		tell_end(set, cut || has_failed(set, s->command));
	s->told = over || cut || gone;
	if (s->told)
		(void)close(set->control_writer);
}

/* Waits until ws-frame has ended.  Returns the signal that we were sent, or
 * 0. */
static int
await_frame(struct settings *set, struct session *s, int *status)
{
	struct pollfd pfds[2] = { { notice_reader, POLLIN, 0 },
	    { signal_reader, POLLIN, 0 } };
	unsigned char c, caught = 0;

	while (!has_ended(s->frame, status, false)) {
		if (!s->told)
			tell_frame(set, s);
		(void)poll_until(pfds, 2, NEVER);
		if (pfds[0].revents != 0)
			(void)read_some(notice_reader, &c, 1);
		if (pfds[1].revents != 0) {
			(void)read_some(signal_reader, &caught, 1);
			(void)kill(s->frame, SIGTERM);
			pfds[1].fd = -1;
		}
	}
	return caught;
}

/* False, and a line, if a filter has ended by a signal that it does not
 * mind. */
static bool
judge_filter(const char *name, int status)
{
	if (!WIFSIGNALED(status) || !filter_has_failed(WTERMSIG(status)))
		return true;
	say("%s: ended by signal %d", name, WTERMSIG(status));
	return false;
}

/* For a filter that should have ended by itself; else we end it.  False as
 * above. */
static bool
end_filter(const char *name, pid_t pid, int64_t deadline)
{
	int status;

	if (await_child(pid, &status, false, deadline))
		return judge_filter(name, status);
	(void)kill(pid, SIGKILL);
	(void)await_child(pid, &status, false, NEVER);
	return true;
}

/* To its group, and to itself, should it have left that. */
static void
kill_command(pid_t pid, int signal)
{
	(void)kill(-pid, signal);
	(void)kill(pid, signal);
}

/* Makes it end.  False if we may not: it runs as another user, setuid. */
static bool
force_end(pid_t pid)
{
	bool may;
	int status;

	kill_command(pid, SIGTERM);
	if (await_child(pid, &status, true, deadline_in(KILL_MS)))
		return true;
	(void)kill(-pid, SIGKILL);
	may = kill(pid, SIGKILL) == 0 || errno != EPERM;
	return await_child(pid, &status, true,
	    may ? NEVER : deadline_in(KILL_MS));
}

/* The command has seen the end of its input.  After the grace it is asked to
 * end, then made to; and so is what it left behind.  Its status shows whether
 * it ended by itself. */
static int
end_command(pid_t pid, int64_t grace_ms)
{
	int64_t deadline;
	int status;

	if (!await_child(pid, &status, true, deadline_in(grace_ms)) &&
	    !force_end(pid))
		die(STATUS_SYSTEM, "process %d may not be ended: %s: left "
		    "running", (int)pid, error_text(EPERM));
	(void)kill(-pid, SIGTERM);
	(void)waitpid(pid, &status, 0);
	for (deadline = deadline_in(KILL_MS); kill(-pid, 0) == 0 &&
	    now_ms() < deadline; (void)poll(NULL, 0, STEP_MS))
		;
	(void)kill(-pid, SIGKILL);
	unattended = 0;
	return status;
}

static void
kill_unattended(void)
{
	if (unattended > 0)
		(void)kill(-unattended, SIGKILL);
}

/* Says how the command has ended, and what the session's status becomes by
 * it. */
static int
judge_command(const struct settings *set, int ended, int status)
{
	bool failed;

	if (WIFSIGNALED(ended)) {
		failed = signal_is_failure(WTERMSIG(ended));
		if (failed)
			say("%s: ended by signal %d", set->target[0],
			    WTERMSIG(ended));
	} else {
		failed = set->strict && WEXITSTATUS(ended) != 0;
		if (WEXITSTATUS(ended) != 0 && (failed || set->verbose))
			say("%s: ended with status %d", set->target[0],
			    WEXITSTATUS(ended));
	}
	return failed && status == STATUS_OK ? STATUS_SYSTEM : status;
}

/* The session's descriptors, which its filters inherit, are nothing for the
 * command. */
static void
hide_descriptors(const struct settings *set, bool hide)
{
	int fds[5] = { set->control_reader, set->control_writer }, number;
	size_t i, n = set->frameless ? 0 : 2;

	n += session_lifeline(&fds[n], &fds[n + 1]) ? 2 : 0;
	n += session_watcher(&fds[n], &number);
	for (i = 0; i < n; i++)
		hide_descriptor(fds[i], hide);
}

/* Starts the command with nothing of the session but its streams and the CGI
 * environment.  Returns its number; or -1, with a Close on its way to the
 * peer, whose answer is nothing to report. */
static pid_t
start_command(struct settings *set, int in, int out)
{
	pid_t pid;
	int error;

	hide_slots(true);
	hide_descriptors(set, true);
	error = start(&pid, set->target[0], set->target, in, out,
	    session_outer_environment());
	hide_descriptors(set, false);
	if (error == 0) {
		unattended = pid;
		return pid;
	}
	say("%s: %s", set->target[0], error_text(error));
	if (!set->frameless)
		refuse_peer(set, WS_CLOSE_INTERNAL_ERROR);
	return -1;
}

/* Starts the one filter that outlives us, should we be killed: it closes then,
 * and the command is killed with what it has started. */
static pid_t
start_frame(const struct settings *set, int in, pid_t command)
{
	char *list[250], **ours = environ;
	int reader, writer;
	pid_t pid;

	if (command < 0)
		return start_filter(&set->frame, in, set->out);
	private_pipe(&reader, &writer);	/* nobody but us has the writer */
	make_pipe_tiny(reader);
	kill_at_end_of(reader, command);
	session_export_supervisor(reader, list, sizeof list / sizeof *list);
	hide_descriptor(reader, false);
	pid = start_filter(&set->frame, in, set->out);
	if (environ == list)
		environ = ours;
	(void)close(reader);
	return pid;
}

/* Which may be the same. */
static void
close_two(int fd, int other)
{
	(void)close(fd);
	if (other != fd)
		(void)close(other);
}

static int
wrap(struct settings *set)
{
	struct session s = { .decoder = -1 };
	int to_command, from_deframe, to_frame, from_command, status, ended;
	int source, sink, caught;
	bool sound;

	notice_reader = signals_watch_children();
	signal_reader = signals_catch();
	private_pipe(&to_command, &from_deframe);
	private_pipe(&to_frame, &from_command);
	if (atexit(kill_unattended) != 0)
		die(STATUS_SYSTEM, "set up the end");
	s.command = start_command(set, to_command, from_command);
	if (!set->base64)
		unblock(from_deframe);
	signals_hold();
	sink = decoded(set, from_deframe, &s.decoder);
	s.deframe = start_filter(&set->deframe, set->in, sink);
	source = encoded(set, to_frame);
	s.frame = start_frame(set, source, s.command);
	signals_release();
	/* Only the filters may hold the connection, only those at its ends a
	 * pipe. */
	open_null(STDIN_FILENO, O_RDONLY);
	open_null(STDOUT_FILENO, O_WRONLY);
	session_close_lifeline();
	session_close_watcher();
	(void)close(set->in);
	(void)close(set->out);
	(void)close(to_command);
	close_two(from_deframe, sink);
	close_two(to_frame, source);
	(void)close(from_command);
	(void)close(set->control_reader);
	s.told = s.command < 0;
	if (s.told)
		(void)close(set->control_writer);
	caught = await_frame(set, &s, &ended);
	status = WIFEXITED(ended) ? WEXITSTATUS(ended) : STATUS_SYSTEM;
	sound = judge_filter("ws-frame", ended);
	sound &= end_filter("ws-deframe", s.deframe,
	    deadline_in(set->wait_ms));
	if (s.command > 0)
		status = judge_command(set, end_command(s.command,
		    set->wait_ms), status);
	if (s.decoder > 0)
		sound &= end_filter("ws-b64", s.decoder,
		    deadline_in(KILL_MS));
	if (!sound && status == STATUS_OK)
		status = STATUS_SYSTEM;
	if (caught != 0 && set->role == WS_CLIENT)
		end_by_signal(caught);
	return status;
}

/* -- without frames -- */

/* Status and sentence of an end. */
static int
judge_end(const struct settings *set, enum relay_end end, int caught)
{
	switch (end) {
	case RELAY_DONE:
		break;
	case RELAY_LOST:
		say("connection ended before our side had");
		return STATUS_LOST;
	case RELAY_IDLE:
		say("nothing came or went for the time of -T");
		return STATUS_LOST;
	case RELAY_TOO_LONG:
		say("the session has lasted as long as -X lets it");
		return STATUS_TIMEOUT;
	case RELAY_UNREAD:
		if (set->role == WS_CLIENT)
			end_by_signal(SIGPIPE);
		break;
	case RELAY_STOPPED:
		if (caught != 0 && set->role == WS_CLIENT)
			end_by_signal(caught);
		break;
	}
	return STATUS_OK;
}

/* A socket is nobody else's. */
static struct relay
relay_of(const struct settings *set, int in, int out)
{
	struct relay r = { set->in, set->out, in, out, false, set->idle_ms,
	    set->session_ms, signals_catch(), -1, NULL, NULL };

	if (is_socket(set->out))
		(void)set_blocking(set->out, false);
	return r;
}

/* in is what goes to the peer, out takes what comes from it. */
static int
relay_plainly(const struct settings *set, int in, int out, bool reader_counts)
{
	struct relay r = relay_of(set, in, out);
	enum relay_end end;
	int caught = 0;

	r.reader_counts = reader_counts;
	signals_hold_sigpipe();
	open_null(STDIN_FILENO, O_RDONLY);
	open_null(STDOUT_FILENO, O_WRONLY);
	end = relay(&r, &caught);
	return judge_end(set, end, caught);
}

static int
relay_socket(const struct settings *set, int fd)
{
	if (fd < 0)
		return WS_CLOSE_BAD_GATEWAY - 1000;
	close_on_exec(fd);
	if (set->role == WS_SERVER)
		bound_received(fd);
	(void)set_blocking(fd, false);
	return relay_plainly(set, fd, fd, false);
}

static bool
command_is_over(void *owner)
{
	const pid_t *command = owner;
	int unused;

	return has_ended(*command, &unused, true);
}

static int
relay_command(struct settings *set)
{
	int to_command, ours_out, ours_in, from_command, caught = 0, status;
	struct relay r;
	pid_t command;

	notice_reader = signals_watch_children();
	private_pipe(&to_command, &ours_out);
	private_pipe(&ours_in, &from_command);
	if (atexit(kill_unattended) != 0)
		die(STATUS_SYSTEM, "set up the end");
	r = relay_of(set, ours_in, ours_out);
	r.notices = notice_reader;
	r.is_over = command_is_over;
	r.owner = &command;
	command = start_command(set, to_command, from_command);
	open_null(STDIN_FILENO, O_RDONLY);
	open_null(STDOUT_FILENO, O_WRONLY);
	(void)close(to_command);
	(void)close(from_command);
	if (command < 0)
		return STATUS_SYSTEM;
	signals_hold_sigpipe();
	status = judge_end(set, relay(&r, &caught), 0);
	(void)shutdown(set->out, SHUT_WR);
	(void)close(ours_out);
	(void)close(ours_in);
	status = judge_command(set, end_command(command, set->wait_ms), status);
	if (caught != 0 && set->role == WS_CLIENT)
		end_by_signal(caught);
	return status;
}

/* The peer sees its connection end where the target cannot be reached: it is
 * past the time for a word of HTTP. */
static int
run_frameless(struct settings *set, int64_t deadline)
{
	const char *target = set->target[0];
	int in, out;

	if (target_is_address(target))
		return relay_socket(set, connect_address(target, NULL,
		    deadline));
	if (target_is_orport(target))
		return relay_socket(set, connect_orport(target, deadline));
	if (strncmp(target, "fd:", 3) != 0)
		return relay_command(set);
	find_descriptors(set, &in, &out);
	return relay_plainly(set, in, out, true);
}

/* -- options -- */

static void
find_control(struct settings *set)
{
	if (!session_control(&set->control_reader, &set->control_writer)) {
		session_make_control();
		(void)session_control(&set->control_reader,
		    &set->control_writer);
	}
}

static int
run(struct settings *set)
{
	const char *target = set->target[0];
	const char *role = set->role == WS_CLIENT ? "-c" : "-s";
	int64_t deadline = deadline_in(set->wait_ms);
	bool command;

	if (set->role == WS_NO_ROLE)
		die(STATUS_USAGE, "no handshake came before: say -c or -s");
	if (target_is_address(target))
		check_address(target);
	if (target_is_orport(target))
		check_orport(target);
	command = !target_is_address(target) && !target_is_orport(target) &&
	    strncmp(target, "fd:", 3) != 0;
	if (set->quiet_given && command)
		die_usage(USAGE, "-y: a command that has ended waits for no "
		    "answer");
	if (set->check_only) {
		if (command)
			check_command(target);
		return STATUS_OK;
	}
	add(&set->frame, role);
	add(&set->deframe, role);
	if (!set->frameless)
		find_control(set);
	set->in = private_copy(STDIN_FILENO);
	set->out = private_copy(STDOUT_FILENO);
	if (set->frameless)
		return run_frameless(set, deadline);
	if (set->no_bytes) {
		say("-6: only texts in this version, and base64 not in use");
		join_nothing(set, WS_CLOSE_UNSUPPORTED);
	}
	if (target_is_address(target))
		join_connected(set, connect_address(target, NULL, deadline));
	if (target_is_orport(target))
		join_connected(set, connect_orport(target, deadline));
	if (strncmp(target, "fd:", 3) == 0)
		join_descriptors(set);
	return wrap(set);
}

enum value { NONE, BYTES, CLOSE, COUNT, FILE_NAME, KEY, SECONDS, SIZES };

enum { FRAME = 1, DEFRAME = 2, B64 = 4 };

/* The options that are passed on: what their value has to be, and who gets
 * them; what is nobody's is for pass_bytes and pass_close. */
static const struct option {
	char word[3];
	enum value value;
	unsigned to;
} options[] = {
	{ "-0", NONE, FRAME | DEFRAME },
	{ "-a", NONE, FRAME | DEFRAME },
	{ "-B", BYTES, DEFRAME },
	{ "-b", NONE, FRAME },
	{ "-D", FILE_NAME, FRAME | DEFRAME },
	{ "-e", CLOSE, 0 },
	{ "-F", SIZES, 0 },
	{ "-i", SECONDS, FRAME },
	{ "-j", NONE, FRAME | DEFRAME },
	{ "-k", KEY, FRAME },
	{ "-l", NONE, FRAME | DEFRAME },
	{ "-m", COUNT, DEFRAME },
	{ "-n", NONE, FRAME },
	{ "-q", NONE, FRAME | DEFRAME | B64 },
	{ "-r", NONE, FRAME },
	{ "-T", SECONDS, FRAME | DEFRAME },
	{ "-t", NONE, FRAME },
	{ "-v", NONE, FRAME | DEFRAME | B64 },
	{ "-W", NONE, FRAME | DEFRAME },
	{ "-w", SECONDS, FRAME | DEFRAME },
	{ "-X", SECONDS, FRAME },
	{ "-y", SECONDS, FRAME },
	{ "-z", NONE, FRAME | DEFRAME }
};

/* Refuses a value before the peer hears of the session; returns what is passed
 * on.  Not every getopt(3) clears optarg where there is none. */
static const char *
take_value(struct settings *set, const struct option *o, const char *value)
{
	char letter = o->word[1];
	struct size_list sizes;
	uint8_t key[4];
	int64_t ms;

	switch (o->value) {
	case NONE:
		return NULL;
	case BYTES:
		set->message_max = option_size(letter, value);
		break;
	case CLOSE:
		(void)option_close(letter, value);
		set->close = value;
		break;
	case COUNT:
		(void)option_number(letter, value, 1, UINT64_MAX);
		break;
	case FILE_NAME:
		return capture_path(value);
	case KEY:
		option_masking_key(letter, value, key);
		break;
	case SECONDS:
		ms = option_seconds(letter, value);
		if (letter == 'w')
			set->wait_ms = ms;
		if (letter == 'T' && ms > 0)
			set->idle_ms = ms;
		if (letter == 'X' && ms > 0)
			set->session_ms = ms;
		break;
	case SIZES:
		option_sizes(letter, value, &sizes);
		set->size = value;
		break;
	}
	return value;
}

static void
pass(struct settings *set, int letter, const char *value)
{
	const struct option *o = options;

	while (o->word[1] != letter)
		o++;
	value = take_value(set, o, value);
	if (o->to & FRAME)
		add_option(&set->frame, o->word, value);
	if (o->to & DEFRAME)
		add_option(&set->deframe, o->word, value);
	if (o->to & B64) {
		add_option(&set->encode, o->word, value);
		add_option(&set->decode, o->word, value);
	}
}

/* -6: bytes go as texts of base64 where that subprotocol is in use, and then
 * ws-b64 makes the frames, else as binary messages only; none is larger than
 * what every endpoint takes.  hixie has only texts. */
static void
pass_bytes(struct settings *set, const char *given)
{
	const char *protocol = getenv("WS_PROTOCOL");
	bool bytes = strchr(given, '6') != NULL;

	set->base64 = bytes && protocol != NULL &&
	    strcmp(protocol, "base64") == 0;
	if (set->base64) {
		pass(set, 'W', NULL);
		return;
	}
	set->no_bytes = bytes && framing_is_hixie(session_framing());
	if (bytes)
		add(&set->deframe, "-b");
	if (bytes && set->size == NULL)
		set->size = "16384";
	if (set->size != NULL)
		add_option(&set->frame, "-F", set->size);
}

/* The Close at the end of our input.  With ws-b64 in between it is for that to
 * say, as an end without a word is the end of ws-b64. */
static void
pass_close(struct settings *set, const char *given)
{
	if (set->base64 && strpbrk(given, "1mn") == NULL) {
		add_option(&set->encode, "-e",
		    set->close != NULL ? set->close : "1000");
		set->close = "1011";
	}
	if (set->close != NULL)
		add_option(&set->frame, "-e", set->close);
}

/* What the filters would refuse. */
static void
check_modes(const char *given)
{
	struct input_options in = { STREAM, strchr(given, 't') != NULL,
	    strchr(given, 'b') != NULL, strchr(given, 'F') != NULL,
	    strchr(given, 'r') != NULL };
	const char *p;

	for (p = given; (p = strpbrk(p, "0ajlW")) != NULL; p++)
		option_mode(&in.mode, *p, USAGE);
	option_input(&in, USAGE);
	if (strchr(given, '6') != NULL && strpbrk(given, "0abjltW") != NULL)
		die_usage(USAGE, "-6 is a stream of bytes: not with -0, -a, "
		    "-b, -j, -l, -t or -W");
}

/* Without frames there is little to say about them. */
static void
check_frameless(const struct settings *set, const char *given)
{
	if (set->frameless && strspn(given, "5cGqsTUvwX") < strlen(given))
		die(STATUS_USAGE, "without frames, after -G, there are only "
		    "-5, -q, -T, -v, -w and -X");
}

int
main(int argc, char *argv[])
{
	static struct settings set;
	char given[ARGS_MAX + 1] = "";
	size_t n = 0;
	int c;

	argv0 = "ws-session";
	set.wait_ms = WAIT_MS;
	set.idle_ms = set.session_ms = -1;
	set.role = session_role();
	set.frameless = session_is_upgrade();
	name_filter(&set.frame, "ws-frame", argv[0]);
	name_filter(&set.deframe, "ws-deframe", argv[0]);
	name_filter(&set.encode, "ws-b64", argv[0]);
	name_filter(&set.decode, "ws-b64", argv[0]);
	add(&set.encode, "-W");
	add(&set.decode, "-dW");
	while ((c = getopt(argc, argv,
	    ":0156aB:bcD:e:F:G:hi:jk:lm:nqrstT:UVvWw:X:y:z")) != -1) {
		if (n < ARGS_MAX)
			given[n++] = (char)c;
		switch (c) {
		case '1': pass(&set, 'm', "1"); break;
		case '5': set.strict = true; break;
		case '6': break;
		case 'c': set.role = WS_CLIENT; break;
		case 'G': set.frameless = true; break;
		case 'h': print_and_exit(USAGE);
		case 's': set.role = WS_SERVER; break;
		case 'U': set.check_only = true; break;
		case 'V': print_version();
		case ':':
		case '?': option_fault(c, argv, USAGE);
		default: pass(&set, c, optarg);
		}
	}
	if (strchr(given, 'q') != NULL)
		diag_quiet();
	set.verbose = strchr(given, 'v') != NULL;
	set.quiet_given = strchr(given, 'y') != NULL;
	check_modes(given);
	check_frameless(&set, given);
	if (strchr(given, 'j') != NULL && set.message_max > COLLECTED_MAX)
		die(STATUS_USAGE, "-B: -j takes messages of at most 1g");
	/* The session ends after so many messages, not with our input. */
	if (strpbrk(given, "1m") != NULL)
		pass(&set, 'n', NULL);
	pass_bytes(&set, given);
	pass_close(&set, given);
	if (optind == argc)
		die_usage(USAGE, "target missing");
	set.target = argv + optind;
	return run(&set);
}
