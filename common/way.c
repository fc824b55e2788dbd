/* Bytes on their way from one descriptor to another. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "way.h"

void
way_open(struct way *w, int in, int out)
{
	w->in = in;
	writer_open(&w->out, out, true);
	w->passable = passage_possible(in, out);
	w->waits = w->out.socket && (fcntl(out, F_GETFL) & O_NONBLOCK) == 0;
}

static bool
is_full(const struct way *w)
{
	return w->at < w->end;
}

static bool
is_not_yet(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void
pass_end(struct way *w)
{
	w->ended = true;
	if (shutdown(w->out.fd, SHUT_WR) < 0 && errno == ENOTSOCK)
		(void)close(w->out.fd);
}

static void
drop_passage(struct way *w)
{
	w->passable = w->passing = false;
	passage_close(&w->passage);
}

/* A read was filled: more will come at once. */
static void
expect_bulk(struct way *w)
{
	if (!bulk_goes_on(&w->bulk))
		return;
	enlarge_pipe(w->in);
	enlarge_pipe(w->out.fd);
}

static bool
take(struct way *w)
{
	ssize_t n;

	if (w->passable && !w->passing && w->bulk.ends != 0)
		w->passable = w->passing = passage_open(&w->passage);
	n = w->passing ? passage_take(&w->passage, w->in, BULK_SIZE) :
	    read_some(w->in, w->buf, sizeof w->buf);
	if (n < 0 && w->passing && errno == EINVAL) {
		drop_passage(w);	/* not all sockets can */
		return false;
	}
	if (n >= READ_SIZE || n == SMALL_PIPE)
		expect_bulk(w);
	if (n < 0 && is_not_yet())
		return false;
	w->at = 0;
	w->end = n > 0 ? (size_t)n : 0;
	w->failed = n < 0;
	if (n <= 0)
		pass_end(w);
	return true;
}

static ssize_t
give_some(struct way *w)
{
	size_t len = w->end - w->at;
	struct iovec iov;

	if (!w->passing) {
		iov.iov_base = w->buf + w->at;
		iov.iov_len = len;
		return writer_attempt(&w->out, &iov);
	}
	if (w->waits && len > passage_room(w->out.fd))
		len = passage_room(w->out.fd);
	return passage_give(&w->passage, w->out.fd, len);
}

/* What out does not take any more goes nowhere: the other direction, which may
 * say why, goes on. */
static bool
give(struct way *w)
{
	ssize_t n = give_some(w);

	if (n >= 0) {
		w->at += (size_t)n;
		return n > 0;
	}
	if (is_not_yet())
		return false;
	w->broken = true;
	w->at = w->end;
	if (w->passing)		/* what it holds is to be read no more */
		drop_passage(w);
	return true;
}

bool
way_carry(struct way *w)
{
	bool moved = !is_full(w) && !w->ended && take(w);

	if (w->broken)
		w->at = w->end;
	return (is_full(w) && give(w)) || moved;
}

int64_t
way_deadline(const struct way *w, int64_t deadline)
{
	int64_t end = is_full(w) ? NEVER : bulk_deadline(&w->bulk);

	return end < deadline ? end : deadline;
}

void
way_rest(struct way *w)
{
	if (is_full(w) || !bulk_has_ended(&w->bulk))
		return;
	shrink_pipe(w->in);
	shrink_pipe(w->out.fd);
	w->passing = false;
	passage_close(&w->passage);
}

struct pollfd
way_awaits(const struct way *w)
{
	if (is_full(w))
		return (struct pollfd){ w->out.fd, POLLOUT, 0 };
	return (struct pollfd){ w->ended ? -1 : w->in, POLLIN, 0 };
}
