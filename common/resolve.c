/* The addresses of a name.  getaddrinfo(3) knows no time limit: where it may
 * ask the network, a child does so, and is killed when time runs out. */
#include <sys/wait.h>

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "resolve.h"
#include "system.h"
#include "writer.h"

/* What the child tells.  POSIX promises no less than PIPE_BUF in one write, but
 * the reader takes it in pieces, too. */
struct answer {
	int error;		/* of getaddrinfo */
	int system_error;	/* errno, if it is that */
	struct addresses list;
};

/* Appends the addresses of the host. */
static void
ask_name_service(struct answer *a, const char *host, const char *port,
    int flags)
{
	struct addrinfo hints, *list, *ai;

	memset(&hints, 0, sizeof hints);
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = flags;
	a->error = getaddrinfo(host, port, &hints, &list);
	a->system_error = errno;
	if (a->error != 0)
		return;
	for (ai = list; ai != NULL && a->list.count < WS_RACE_MAX;
	    ai = ai->ai_next) {
		struct address *address = &a->list.at[a->list.count];

		if (ai->ai_addrlen > sizeof address->u)
			continue;
		memcpy(&address->u, ai->ai_addr, ai->ai_addrlen);
		address->len = ai->ai_addrlen;
		a->list.count++;
	}
	freeaddrinfo(list);
}

/* Whether no name service is needed: it is an address, or localhost, which is
 * always the loopback (RFC 6761, 6.3). */
static bool
is_known(struct answer *a, const char *host, const char *port)
{
	if (strcasecmp(host, "localhost") == 0 ||
	    strcasecmp(host, "localhost.") == 0) {
		ask_name_service(a, "::1", port, AI_NUMERICHOST);
		ask_name_service(a, "127.0.0.1", port, AI_NUMERICHOST);
		return true;
	}
	ask_name_service(a, host, port, AI_NUMERICHOST);
	return a->error != EAI_NONAME || strchr(host, ':') != NULL;
}

/* The child.  It holds nothing of its parent's open, and ends with it, but no
 * later than at the deadline where the system cannot tell it of that. */
_Noreturn static void
tell_addresses(struct answer *a, const char *host, const char *port,
    const int pipes[2], int64_t deadline)
{
	if (deadline != NEVER)
		(void)alarm((unsigned)((deadline - now_ms()) / 1000 + 2));
	(void)signal(SIGALRM, SIG_DFL);
	(void)setpgid(0, 0);
	kill_at_end_of(pipes[0], getpid());
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	close_others(pipes, 2);
	ask_name_service(a, host, port, 0);
	(void)write_all(pipes[1], a, sizeof *a);
	_exit(STATUS_OK);
}

/* Whether all of the answer came by the deadline. */
static bool
read_addresses(int fd, struct answer *a, int64_t deadline)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	size_t have = 0;
	ssize_t n;

	while (have < sizeof *a) {
		if (poll_until(&pfd, 1, deadline) == 0)
			return false;
		n = read_some(fd, (char *)a + have, sizeof *a - have);
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

/* False if there is no answer in time, or the child was killed. */
static bool
ask_child(struct answer *a, const char *host, const char *port,
    int64_t deadline)
{
	int answer[2], life[2];
	bool answered;
	pid_t child;

	private_pipe(&answer[0], &answer[1]);
	private_pipe(&life[0], &life[1]);
	child = fork();
	if (child < 0)
		die_sys("start a process");
	if (child == 0)
		tell_addresses(a, host, port, (int[]){ life[0], answer[1] },
		    deadline);
	(void)close(answer[1]);
	(void)close(life[0]);
	answered = read_addresses(answer[0], a, deadline);
	(void)kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	(void)close(answer[0]);
	(void)close(life[1]);
	return answered;
}

const char *
resolve(struct addresses *addresses, const char *host, const char *port,
    int64_t deadline)
{
	static struct answer a;
	bool answered;

	memset(&a, 0, sizeof a);
	answered = is_known(&a, host, port) ||
	    ask_child(&a, host, port, deadline);
	*addresses = a.list;
	if (addresses->count > 0)
		return NULL;
	if (!answered && now_ms() >= deadline) {
		errno = ETIMEDOUT;
		return "no answer from the name service in time";
	}
	errno = EHOSTUNREACH;
	if (!answered)
		return "the look-up was killed";
	if (strchr(host, '%') != NULL)
		return "no such interface";
	return a.error == EAI_SYSTEM ? error_text(a.system_error) :
	    gai_strerror(a.error);
}
