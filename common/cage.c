/* A process of its own for what a stranger says first. */
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cage.h"
#include "diag.h"
#include "io.h"
#include "readhead.h"
#include "sandbox.h"
#include "session.h"
#include "system.h"
#include "writer.h"

enum {
	KEEP_MAX = 4,
	GRACE_MS = 30000	/* for what it does about a peer it refuses */
};

bool
cage_begin(struct cage *c)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	int reader, writer;

	private_pipe(&reader, &writer);
	/* Where SIGCHLD is ignored, no status is kept for us. */
	if (sigaction(SIGCHLD, &normal, &c->child_ends) < 0)
		die_sys("set up signals");
	c->pid = fork();
	if (c->pid < 0)
		die_sys("start a process");
	c->pipe = c->pid == 0 ? writer : reader;
	(void)close(c->pid == 0 ? reader : writer);
	return c->pid == 0;
}

void
cage_enter(const struct cage *c, const int keep[], size_t count)
{
	int fds[KEEP_MAX + 2] = { c->pipe }, unused;
	size_t n = 1, i;

	(void)session_lifeline(&fds[n++], &unused);
	for (i = 0; i < count && i < KEEP_MAX; i++)
		fds[n++] = keep[i];
	close_others(fds, n);
	(void)signal(SIGPIPE, SIG_IGN);
	end_with_reader(c->pipe);
	sandbox_enter(false);
}

int
cage_hand_over(const struct cage *c, const void *result, size_t len)
{
	return write_all(c->pipe, result, len) ? STATUS_OK : STATUS_SYSTEM;
}

enum reading { WHOLE, TOO_MUCH, TOO_LATE };

/* Until the pipe ends. */
static enum reading
read_result(int pipe, char *result, size_t size, size_t *len, int64_t deadline)
{
	struct pollfd pfd = { pipe, POLLIN, 0 };
	char surplus;
	ssize_t n;

	for (*len = 0;; *len += (size_t)n) {
		if (poll_until(&pfd, 1, deadline) == 0)
			return TOO_LATE;
		n = *len < size ? read_some(pipe, result + *len, size - *len) :
		    read_some(pipe, &surplus, 1);
		if (n < 0)
			die_sys("read from a process");
		if (n == 0)
			return WHOLE;
		if (*len == size)
			return TOO_MUCH;
	}
}

/* Returns how it has ended. */
static int
reap(const struct cage *c)
{
	int status;

	(void)close(c->pipe);
	/* That the pipe ends is the process's end: this changes nothing about
	 * one that does as it should. */
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			die_sys("wait for a process");
	(void)sigaction(SIGCHLD, &c->child_ends, NULL);
	return status;
}

size_t
cage_take(const struct cage *c, void *result, size_t size, int64_t deadline)
{
	size_t len;
	enum reading reading = read_result(c->pipe, result, size, &len,
	    deadline == NEVER ? NEVER : deadline + GRACE_MS);
	int status = reap(c);

	if (reading == TOO_LATE)
		die(STATUS_TIMEOUT, "the process that reads what the peer says "
		    "did not end: killed");
	if (reading == TOO_MUCH)
		cage_is_broken();
	if (WIFSIGNALED(status))
		die(STATUS_SYSTEM, "the process that read what the peer says "
		    "was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != STATUS_OK)
		exit(WEXITSTATUS(status));
	return len;
}

void
cage_is_broken(void)
{
	die(STATUS_SYSTEM, "the process that read what the peer says hands "
	    "over what it cannot have read");
}
