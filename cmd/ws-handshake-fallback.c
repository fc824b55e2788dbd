/* A port that is shared with another server. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "sandbox.h"
#include "session.h"
#include "system.h"
#include "writer.h"
#include "ws-handshake-connlimit.h"
#include "ws-handshake-fallback.h"

/* In a process of its own: the head, then all that follows it. */
_Noreturn static void
replay(const char *head, size_t len, int writer)
{
	/* While nothing comes, only this tells that the command has ended. */
	struct pollfd pfds[2] = { { STDIN_FILENO, POLLIN, 0 },
	    { writer, 0, 0 } };
	static char buf[65536];
	bool taken;
	ssize_t n;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)close(STDOUT_FILENO);
	close_others(&writer, 1);
	sandbox_enter(false);
	taken = write_all(writer, head, len);
	while (taken && poll_until(pfds, 2, NEVER) > 0 &&
	    pfds[1].revents == 0 &&
	    (n = read_some(STDIN_FILENO, buf, sizeof buf)) > 0)
		taken = write_all(writer, buf, (size_t)n);
	exit(STATUS_OK);
}

static void
start_replay(const char *head, size_t len)
{
	int reader, writer;
	pid_t pid;

	private_pipe(&reader, &writer);
	pid = fork();
	if (pid == 0) {
		(void)close(reader);
		replay(head, len, writer);
	}
	if (pid < 0 || dup2(reader, STDIN_FILENO) < 0)
		die_sys("start a process");
}

void
fallback_exec(const char *command, const char *head, size_t len)
{
	/* It is no session, and does not end with the others; a place of its
	 * address's share it has, as long as it lives. */
	session_leave();
	connlimit_keep_for_child();
	connlimit_leave();
	if (!is_tcp(STDIN_FILENO))
		start_replay(head, len);
	(void)signal(SIGPIPE, SIG_DFL);
	execle("/bin/sh", "sh", "-c", command, (char *)NULL,
	    session_outer_environment());
	die_sys("start sh");
}
