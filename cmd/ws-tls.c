/* ws-tls: does TLS, as a server, on the connection at descriptors 0 and 1, and
 * executes a program on what is inside.  stunnel, its child, does it. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/text.h"
#include "diag.h"
#include "environment.h"
#include "io.h"
#include "options.h"
#include "session.h"
#include "stunnel.h"

#define USAGE "usage: ws-tls [-hqUVv] [-w sec] [-Y key] cert " \
    "[program [arg ...]]"

enum { HANDSHAKE_MS = 10000 };

struct settings {
	const char *cert, *key;		/* -Y, or null: it is with cert */
	int64_t wait_ms;		/* -w */
	bool verbose;			/* -v */
};

/* What stunnel says until it has a connection, or has ended. */
struct log {
	int fd;
	char text[16384];
	size_t len;
};

/* -- stunnel -- */

static int
settings_for(const struct settings *set, const char *path)
{
	char buf[4096];
	struct text t = { buf, sizeof buf, 0, false };

	stunnel_set(&t, "foreground", "yes");
	stunnel_set(&t, "syslog", "no");
	stunnel_set(&t, "debug", "err");
	stunnel_set(&t, "cert", set->cert);
	stunnel_set(&t, "key", set->key != NULL ? set->key : set->cert);
	/* Silence is the session's to judge; this is three weeks. */
	stunnel_set(&t, "TIMEOUTidle", "2000000");
	stunnel_set(&t, "TIMEOUTclose", "2");
	stunnel_set(&t, "connect", path);
	return stunnel_settings(&t);
}

/* Starts it on that stream.  What it says will be in the log. */
static pid_t
start_stunnel(const struct settings *set, int stream, const char *path,
    struct log *log)
{
	int settings = settings_for(set, path), writer;
	pid_t pid;

	private_pipe(&log->fd, &writer);
	log->len = 0;
	pid = fork();
	if (pid == 0)
		stunnel_become(stream, writer, settings);
	(void)close(settings);
	(void)close(writer);
	return pid;
}

/* Takes what there is; false at its end.  What is too much is left out. */
static bool
read_log(struct log *log)
{
	char waste[1024];
	size_t room = sizeof log->text - 1 - log->len;
	ssize_t n = room > 0 ? read_some(log->fd, log->text + log->len, room) :
	    read_some(log->fd, waste, sizeof waste);

	if (n > 0 && room > 0)
		log->len += (size_t)n;
	log->text[log->len] = '\0';
	return n > 0;
}

/* The line that says why; empty if none does. */
static struct slice
find_cause(struct log *log)
{
	static const char *const marks[] = { "[!] SSL_CTX_", "[!] TLS needs",
	    "[!] ", ": SSL_accept: ", "]: " };
	struct slice line = { "", 0 };
	size_t i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		const char *found = strstr(log->text, marks[i]);

		if (found == NULL)
			continue;
		line.p = found + strcspn(found, " ") + 1;
		line.len = strcspn(line.p, "\n");
		break;
	}
	return line;
}

static void
say_cause(const char *what, struct log *log)
{
	char words[1024];
	struct text t = { words, sizeof words, 0, false };

	text_put_escaped(&t, find_cause(log));
	say("%s: %s", what, words[0] != '\0' ? words : "stunnel ended");
}

/* -- -U -- */

/* Ends the program with a sentence if certificate and key are of no use. */
static int
check(const struct settings *set)
{
	static struct log log;
	int null = open("/dev/null", O_RDWR), status;
	pid_t pid;

	if (null < 0)
		die_sys("open /dev/null");
	pid = start_stunnel(set, null, "/nowhere", &log);
	if (pid < 0)
		die_sys("start a process");
	while (read_log(&log))
		;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return STATUS_OK;
	say_cause("the certificate or key cannot be used", &log);
	return STATUS_SYSTEM;
}

/* -- a connection -- */

/* Waits until stunnel has connected; returns what is inside of TLS, or -1 if
 * the handshake has failed, takes too long, or is not wanted any more. */
static int
await_inside(const struct stunnel_socket *socket, struct log *log,
    int64_t deadline)
{
	struct pollfd pfds[3] = { { socket->listener, POLLIN, 0 },
	    { log->fd, POLLIN, 0 }, { -1, 0, 0 } };
	int unused;

	(void)session_lifeline(&pfds[2].fd, &unused);
	while (poll_until(pfds, 3, deadline) > 0) {
		if (pfds[0].revents != 0)
			return accept(socket->listener, NULL, NULL);
		if (pfds[2].revents != 0 || !read_log(log))
			break;
	}
	return -1;
}

/* What is inside becomes standard input and output; -1: there is nothing. */
static bool
take_inside(const struct settings *set)
{
	static struct log log;
	struct stunnel_socket socket;
	int fd;
	pid_t pid;

	set_nodelay(STDIN_FILENO);
	set_keepalive(STDIN_FILENO);
	stunnel_listen(&socket, "ws-tls");
	pid = start_stunnel(set, STDIN_FILENO, socket.path, &log);
	fd = pid < 0 ? -1 : await_inside(&socket, &log,
	    deadline_in(set->wait_ms));
	stunnel_remove(&socket);
	(void)close(socket.listener);
	(void)close(log.fd);
	if (fd >= 0)
		return dup2(fd, STDIN_FILENO) >= 0 &&
		    dup2(fd, STDOUT_FILENO) >= 0 && close(fd) == 0;
	if (pid < 0)
		die_sys("start a process");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	if (set->verbose || strstr(log.text, "[!] ") != NULL)
		say_cause("no TLS connection", &log);
	return false;
}

static void
check_line(const char *path)
{
	if (path != NULL && path[strcspn(path, "\n\r")] != '\0')
		die(STATUS_USAGE, "a line break in the path of certificate or "
		    "key");
}

int
main(int argc, char *argv[])
{
	struct settings set = { NULL, NULL, HANDSHAKE_MS, false };
	bool check_only = false;
	int c;

	argv0 = "ws-tls";
	while ((c = getopt(argc, argv, ":hqUVvw:Y:")) != -1)
		switch (c) {
		case 'h': print_and_exit(USAGE);
		case 'q': diag_quiet(); break;
		case 'U': check_only = true; break;
		case 'V': print_version();
		case 'v': set.verbose = true; break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'Y': set.key = optarg; break;
		default: option_fault(c, argv, USAGE);
		}
	if (argc - optind < (check_only ? 1 : 2))
		die_usage(USAGE, "%s missing", optind < argc ? "program" :
		    "cert");
	set.cert = argv[optind++];
	check_line(set.cert);
	check_line(set.key);
	if (check_only)
		return check(&set);
	if (stderr_is_peer())
		open_null(STDERR_FILENO, O_WRONLY);
	if (!take_inside(&set))
		return STATUS_LOST;
	environment_set("HTTPS", "on");
	(void)signal(SIGPIPE, SIG_DFL);
	execvp(argv[optind], argv + optind);
	die_sys("%s", argv[optind]);
}
