/* The only shared reading and waiting. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"

ssize_t
read_some(int fd, void *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

int64_t
now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		die_sys("read the clock");
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
deadline_in(int64_t ms)
{
	return ms < 0 ? NEVER : now_ms() + ms;
}

int
poll_until(struct pollfd *fds, nfds_t count, int64_t deadline)
{
	for (;;) {
		int timeout = -1;
		int n;

		if (deadline != NEVER) {
			int64_t left = deadline - now_ms();

			timeout = left < 0 ? 0 :
			    left > INT_MAX ? INT_MAX : (int)left;
		}
		n = poll(fds, count, timeout);
		if (n > 0 || (n == 0 && timeout < INT_MAX))
			return n;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			die_sys("poll");
	}
}

/* Not by fstat(2), which a sandbox may not allow. */
bool
is_socket(int fd)
{
	socklen_t len = sizeof(int);
	int size;

	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len) == 0;
}

bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

bool
is_tcp(int fd)
{
	socklen_t len = sizeof(int);
	int on;

	return getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len) == 0;
}

bool
has_hung_up(int fd)
{
	struct pollfd pfd = { fd, 0, 0 };

	return poll_until(&pfd, 1, 0) > 0 && (pfd.revents & POLLHUP) != 0;
}

void
end_output(int fd)
{
	(void)shutdown(fd, SHUT_WR);	/* no socket: nothing happens */
	(void)close(fd);
}

void
end_refused(int in, int out, int64_t ms)
{
	struct pollfd pfd = { in, POLLIN, 0 };
	int64_t deadline = deadline_in(ms);
	static char waste[65536];

	if (!is_socket(in))
		return;
	(void)shutdown(out, SHUT_WR);
	/* Who sends faster than we read never lets poll(2) tell the time. */
	while (now_ms() < deadline && poll_until(&pfd, 1, deadline) > 0 &&
	    read_some(in, waste, sizeof waste) > 0)
		;
}

bool
set_blocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return false;
	flags = on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) == 0;
}

void
set_nodelay(int fd)
{
	int on = 1;

	/* Other sockets, and what is none, refuse it, which is fine. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void
set_keepalive(int fd)
{
	int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
	{
		int idle = 300, interval = 60, count = 5;

		(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle,
		    sizeof idle);
		(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
		    sizeof interval);
		(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count,
		    sizeof count);
	}
#endif
}

void
close_on_exec(int fd)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		die_sys("set up descriptor %d", fd);
}

void
private_pipe(int *reader, int *writer)
{
	int fds[2];

	if (pipe(fds) < 0)
		die_sys("make a pipe");
	close_on_exec(fds[0]);
	close_on_exec(fds[1]);
	*reader = fds[0];
	*writer = fds[1];
}

void
open_null(int fd, int flags)
{
	int null = open("/dev/null", flags);

	if (null < 0 || (null != fd && dup2(null, fd) < 0))
		die_sys("open /dev/null");
	if (null != fd)
		(void)close(null);
}
