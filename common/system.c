/* What is special to a system, behind a portable face.  Built with -DPORTABLE
 * it has nothing but POSIX to go by. */
#if defined(__linux__) && !defined(PORTABLE)
#define ON_LINUX
#define _GNU_SOURCE		/* close_range, F_SETSIG, getrandom, splice */
#endif

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(ON_LINUX)
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

#include "diag.h"
#include "io.h"
#include "system.h"

#if defined(ON_LINUX)

/* Not from malloc(3), which keeps books in two pages more. */
static uint8_t *
get_pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

#else

static uint8_t *
get_pages(size_t size)
{
	enum { PAGE = 4096 };
	void *p;

	errno = posix_memalign(&p, PAGE, size);
	return errno == 0 ? p : NULL;
}

#endif

uint8_t *
bulk_memory(size_t size)
{
	uint8_t *p = get_pages(SLACK + size);

	if (p == NULL)
		die_sys("get memory");
	return p + SLACK;
}

/* -1 if the system has no such call. */
static ssize_t
get_random(void *buf, size_t len)
{
#if defined(SYS_getrandom)
	return syscall(SYS_getrandom, buf, len, 0);
#else
	(void)buf;
	(void)len;
	return -1;
#endif
}

/* Left open: a later call may come when nothing can be opened any more. */
static void
read_random(char *p, size_t len)
{
	static int fd = -1;

	if (fd < 0 && (fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC)) < 0)
		die_sys("open /dev/urandom");
	while (len > 0) {
		ssize_t n = read_some(fd, p, len);

		if (n < 0)
			die_sys("read /dev/urandom");
		if (n == 0)
			die(STATUS_SYSTEM, "read /dev/urandom: end of file");
		p += n;
		len -= (size_t)n;
	}
}

void
random_bytes(void *buf, size_t len)
{
	static enum { UNKNOWN, CALL, DEVICE } source;
	bool got = source != DEVICE && get_random(buf, len) == (ssize_t)len;

	if (!got && source == CALL)
		die_sys("get random bytes");
	if (!got)
		read_random(buf, len);
	source = got ? CALL : DEVICE;
}

static void
close_range_of(int first, int last)
{
	if (first > last)
		return;
#if defined(SYS_close_range)
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	if (last > 1023)	/* what a listener leaks is near the start */
		last = 1023;
	while (first <= last)
		(void)close(first++);
}

void
close_others(const int keep[], size_t count)
{
	int first = 3, last;
	size_t i;

	do {
		last = 65536;
		for (i = 0; i < count; i++)
			if (keep[i] >= first && keep[i] < last)
				last = keep[i];
		close_range_of(first, last - 1);
		first = last + 1;
	} while (last < 65536);
}

bool
can_peek(int fd)
{
#if defined(PORTABLE)
	(void)fd;
	return false;
#else
	return is_socket(fd);
#endif
}

/* On i386 libc may take a way that the sandbox cannot look into. */
void
set_low_water(int socket, int bytes)
{
#if defined(ON_LINUX) && defined(SYS_setsockopt)
	(void)syscall(SYS_setsockopt, socket, SOL_SOCKET, SO_RCVLOWAT, &bytes,
	    sizeof bytes);
#elif defined(__OpenBSD__)
	(void)socket;
	(void)bytes;
#else
	(void)setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
#endif
}

short
peer_end_event(void)
{
#if defined(POLLRDHUP)
	return POLLRDHUP;
#else
	return 0;
#endif
}

bool
peer_has_ended(int fd)
{
	struct pollfd pfd = { fd, peer_end_event(), 0 };

	return poll_until(&pfd, 1, now_ms()) > 0;
}

enum {
	PIPE_SIZE = 65536,		/* of one that is new, on Linux */
	RECEIVED_MAX = 1 << 20,		/* of payload; the books are as much */
	UNSENT_MAX = 2 << 20		/* less would cost bulk its speed */
};

void
enlarge_pipe(int fd)
{
#if defined(F_SETPIPE_SZ)
	/* The usual limit of /proc/sys/fs/pipe-max-size; EPERM: that of
	 * pipe-user-pages-soft does not leave so much. */
	int size = 1 << 20;

	while (fcntl(fd, F_SETPIPE_SZ, size) < 0 && errno == EPERM &&
	    size > PIPE_SIZE)
		size /= 2;
#else
	(void)fd;
#endif
}

void
shrink_pipe(int fd)
{
#if defined(F_SETPIPE_SZ)
	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
#else
	(void)fd;
#endif
}

void
make_pipe_tiny(int fd)
{
#if defined(F_SETPIPE_SZ)
	(void)fcntl(fd, F_SETPIPE_SZ, 1);	/* a page */
#else
	(void)fd;
#endif
}

bool
unblock_pipe(int fd)
{
#if defined(ON_LINUX)
	char path[32];
	int own;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK);
	if (own < 0 || dup2(own, fd) < 0)
		return false;
	return close(own) == 0;
#else
	(void)fd;
	return false;
#endif
}

void
kill_at_end_of(int reader, pid_t group)
{
#if defined(ON_LINUX)
	if (fcntl(reader, F_SETOWN, -group) == 0 &&
	    fcntl(reader, F_SETSIG, SIGKILL) == 0)
		(void)fcntl(reader, F_SETFL, O_ASYNC);
#else
	(void)reader;
	(void)group;
#endif
}

bool
passage_is_open(const struct passage *p)
{
	return p->writer != 0;
}

void
passage_close(struct passage *p)
{
	static const struct passage closed;

	if (!passage_is_open(p))
		return;
	(void)close(p->reader);
	(void)close(p->writer);
	*p = closed;
}

#if defined(ON_LINUX)

bool
passage_possible(int in, int out)
{
	return (is_pipe(in) || is_socket(in)) &&
	    (is_pipe(out) || is_socket(out));
}

bool
passage_open(struct passage *p)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	p->reader = fds[0];
	p->writer = fds[1];
	enlarge_pipe(p->writer);
	return true;
}

static ssize_t
splice_some(int in, int out, size_t len)
{
	ssize_t n;

	do
		n = splice(in, NULL, out, NULL, len, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

ssize_t
passage_take(const struct passage *p, int in, size_t len)
{
	return splice_some(in, p->writer, len);
}

ssize_t
passage_give(const struct passage *p, int out, size_t len)
{
	return splice_some(p->reader, out, len);
}

/* Left to itself, what is received grows to tcp_rmem's last number, 6 to 32
 * MiB, for who was quick once.  The system cuts a number that is more than it
 * lets us have, without a word, and for good: a window of less than this would
 * slow down what comes from afar. */
void
bound_received(int fd)
{
	char text[24] = "";
	int most = RECEIVED_MAX, file;

	if (!is_tcp(fd) || (file = open("/proc/sys/net/core/rmem_max",
	    O_RDONLY | O_CLOEXEC)) < 0)
		return;
	if (read_some(file, text, sizeof text - 1) > 0 &&
	    atoll(text) >= RECEIVED_MAX)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most,
		    sizeof most);
	(void)close(file);
}

void
bound_unsent(int fd)
{
	int most = UNSENT_MAX;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most,
	    sizeof most);
}

size_t
passage_room(int out)
{
	socklen_t len = sizeof(int);
	int size;

	/* A third at least is free then, some of it for the books; and half of
	 * what may be unsent. */
	if (getsockopt(out, SOL_SOCKET, SO_SNDBUF, &size, &len) < 0 || size < 4)
		return 1;
	return (size_t)size / 4 < UNSENT_MAX / 2 ? (size_t)size / 4 :
	    UNSENT_MAX / 2;
}

int
send_more_flag(void)
{
	return MSG_MORE;
}

#else

bool
passage_possible(int in, int out)
{
	(void)in;
	(void)out;
	return false;
}

bool
passage_open(struct passage *p)
{
	(void)p;
	errno = ENOSYS;
	return false;
}

ssize_t
passage_take(const struct passage *p, int in, size_t len)
{
	(void)p;
	(void)in;
	(void)len;
	errno = ENOSYS;
	return -1;
}

ssize_t
passage_give(const struct passage *p, int out, size_t len)
{
	return passage_take(p, out, len);
}

void
bound_received(int fd)
{
	(void)fd;
}

void
bound_unsent(int fd)
{
	(void)fd;
}

size_t
passage_room(int out)
{
	(void)out;
	return 1;
}

int
send_more_flag(void)
{
	return 0;
}

#endif
