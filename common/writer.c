/* The one writer. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "io.h"
#include "writer.h"

void
writer_open(struct writer *w, int fd, bool in_session)
{
	w->fd = fd;
	w->careful = in_session;
	w->socket = is_socket(fd);
	w->pipe = in_session && !w->socket && is_pipe(fd) &&
	    (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 && !unblock_pipe(fd);
}

/* Whether it takes something, or says why it does not. */
static bool
is_ready(const struct writer *w)
{
	struct pollfd pfd = { w->fd, POLLOUT, 0 };

	return poll_until(&pfd, 1, 0) > 0;
}

static ssize_t
send_pieces(const struct writer *w, struct iovec *iov, size_t count, int flags)
{
	struct msghdr msg = { .msg_iov = iov };

	/* The type of msg_iovlen is not the same everywhere. */
	for (; count > 0; count--)
		msg.msg_iovlen++;
	return sendmsg(w->fd, &msg, flags);
}

/* One attempt.  EAGAIN: nothing can be written now. */
static ssize_t
attempt(const struct writer *w, struct iovec *iov, size_t count, bool more)
{
	int flags = (more ? send_more_flag() : 0) |
	    (w->careful ? MSG_DONTWAIT : 0);

	if (w->socket && flags != 0)
		return send_pieces(w, iov, count, flags);
	if (!w->pipe)
		return writev(w->fd, iov, (int)count);
	/* A pipe that is ready takes PIPE_BUF bytes without blocking. */
	if (is_ready(w))
		return write(w->fd, iov->iov_base, iov->iov_len < PIPE_BUF ?
		    iov->iov_len : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

ssize_t
writer_attempt(const struct writer *w, struct iovec *iov)
{
	return attempt(w, iov, 1, false);
}

/* Whether to try again after a failure. */
static bool
try_again(struct writer *w)
{
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	w->stopped = !w->wait(w->owner);
	return !w->stopped;
}

/* Behind the first n bytes; pieces of no bytes are passed over. */
static void
advance(const struct writer *w, struct iovec **iov, size_t *count, size_t n)
{
	for (; *count > 0; (*iov)++, (*count)--) {
		size_t part = n < (*iov)->iov_len ? n : (*iov)->iov_len;

		if (w->taken != NULL && part > 0)
			w->taken(w->owner, (*iov)->iov_base, part);
		(*iov)->iov_base = (char *)(*iov)->iov_base + part;
		(*iov)->iov_len -= part;
		n -= part;
		if ((*iov)->iov_len > 0)
			return;
	}
}

bool
writer_put(struct writer *w, struct iovec *iov, size_t count, bool more)
{
	w->stopped = false;
	for (advance(w, &iov, &count, 0); count > 0;) {
		ssize_t n;

		if (w->begin != NULL)
			w->begin(w->owner);
		n = attempt(w, iov, count, more);
		if (n >= 0)
			advance(w, &iov, &count, (size_t)n);
		else if (!try_again(w))
			return false;
	}
	return true;
}

bool
writer_pass(struct writer *w, const struct passage *p, size_t *len)
{
	w->stopped = false;
	while (*len > 0) {
		size_t part = *len;
		ssize_t n = -1;

		errno = EAGAIN;
		if (w->careful && w->socket && part > passage_room(w->fd))
			part = passage_room(w->fd);
		if (!w->careful || !w->socket || is_ready(w))
			n = passage_give(p, w->fd, part);
		if (n > 0)
			*len -= (size_t)n;
		else if (n == 0)
			errno = EINVAL;
		if (n == 0 || (n < 0 && !try_again(w)))
			return false;
		if (n > 0 && w->taken != NULL)
			w->taken(w->owner, NULL, (size_t)n);
	}
	return true;
}

/* -- for who has nothing else to look at -- */

struct one {
	int fd;
	int64_t deadline;
};

static bool
wait_for_one(void *owner)
{
	const struct one *one = owner;
	struct pollfd pfd = { one->fd, POLLOUT, 0 };

	return poll_until(&pfd, 1, one->deadline) > 0;
}

static bool
write_one(struct one *one, const void *buf, size_t len, bool careful,
    bool socket)
{
	struct writer w = { .wait = wait_for_one, .owner = one };
	struct iovec iov = { (void *)buf, len };

	w.fd = one->fd;
	w.careful = careful;
	w.socket = socket;
	w.pipe = careful && !socket;
	if (writer_put(&w, &iov, 1, false))
		return true;
	if (w.stopped)
		errno = ETIMEDOUT;
	return false;
}

bool
write_all(int fd, const void *buf, size_t len)
{
	struct one one = { fd, NEVER };

	return write_one(&one, buf, len, false, false);
}

bool
write_until(int fd, const void *buf, size_t len, int64_t deadline)
{
	struct one one = { fd, deadline };

	return write_one(&one, buf, len, true, is_socket(fd));
}
