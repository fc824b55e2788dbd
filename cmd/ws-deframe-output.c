/* ws-deframe: standard output. */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/copy.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "ws-deframe.h"
#include "ws/closecode.h"

/* The peer has gone, and what it has sent is not taken. */
_Noreturn static void
give_up(struct deframe *d)
{
	say_given_up("peer gone, and what it sent not taken",
	    d->set->wait_ms);
	d->status = STATUS_LOST;
	tell_end(d);
	exit(d->status);
}

/* Waits until the output takes more; but not for long when ws-frame is gone, as
 * then nobody would notice that it never does, nor when a server's peer is, who
 * could leave a process behind with each visit. */
static bool
await_output(struct deframe *d)
{
	int peer = d->set->role == WS_SERVER ? STDIN_FILENO : -1;
	struct pollfd pfds[4] = { { STDOUT_FILENO, POLLOUT, 0 },
	    { d->set->control, 0, 0 }, { d->set->signal_pipe, POLLIN, 0 },
	    { peer, peer_end_event(), 0 } };

	(void)poll_until(pfds, 4, NEVER);
	if (pfds[3].revents != 0 &&
	    poll_until(pfds, 3, deadline_in(d->set->wait_ms)) == 0)
		give_up(d);
	if (pfds[0].revents == 0 &&
	    poll_until(pfds, 1, deadline_in(LINGER_MS)) == 0) {
		errno = EPIPE;
		return false;
	}
	return true;
}

/* Whether writing may block for ever, and nobody would notice. */
static bool
is_watchful(const struct deframe *d)
{
	return d->set->control >= 0;
}

/* Whether to try again what has failed. */
static bool
outlive_failure(struct deframe *d)
{
	struct pollfd pfd = { STDOUT_FILENO, POLLOUT, 0 };
	int error;

	if (errno == EINTR)
		return true;
	if (errno == EAGAIN && is_watchful(d) && await_output(d))
		return true;
	if (errno == EAGAIN) {	/* someone else has made it non-blocking */
		(void)poll_until(&pfd, 1, NEVER);
		return true;
	}
	/* In a session the peer is still owed its pongs and a Close; one that
	 * says so where the target has reset, as nobody else learns of that. */
	if (d->set->control >= 0 && (errno == EPIPE || errno == ECONNRESET)) {
		error = errno;
		d->reader_gone = true;
		if (error == ECONNRESET || d->set->needs_reader) {
			tell_close(d, WS_CLOSE_INTERNAL_ERROR, false);
			say("write standard output: %s", error_text(error));
		}
		return false;
	}
	if (errno == EPIPE)
		exit(STATUS_SYSTEM);
	die_sys("write standard output");
}

static ssize_t
write_some(const struct deframe *d, struct iovec *iov, unsigned short count)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };

	if (!d->socket)		/* ws-session's pipes do not block us */
		return writev(STDOUT_FILENO, iov, count);
	return sendmsg(STDOUT_FILENO, &msg, MSG_DONTWAIT);
}

static void
write_pieces(struct deframe *d, struct iovec *iov, unsigned short count)
{
	while (count > 0 && !d->reader_gone) {
		ssize_t n = write_some(d, iov, count);

		if (n < 0 && !outlive_failure(d))
			return;
		if (n < 0)
			continue;
		for (; count > 0 && (size_t)n >= iov->iov_len; iov++, count--)
			n -= (ssize_t)iov->iov_len;
		if (count > 0) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
}

void
write_output(struct deframe *d)
{
	struct iovec list;
	unsigned short count = d->out_count;

	d->out_count = 0;
	write_pieces(d, d->out, count);
	if (d->list == NULL)
		return;
	list.iov_base = d->list->buf;
	list.iov_len = d->list->text.len;
	d->list->text.len = 0;
	write_pieces(d, &list, list.iov_len > 0);
}

/* Whether it lies in the buffer of the input. */
static bool
in_buffer(const struct deframe *d, const void *p)
{
	uintptr_t at = (uintptr_t)p, buf = (uintptr_t)d->buf;

	return at >= buf - SLACK && at < buf + BULK_SIZE;
}

uint8_t *
end_of_output(const struct deframe *d)
{
	const struct iovec *last;

	if (d->out_count == 0)
		return NULL;
	last = &d->out[d->out_count - 1];
	if (d->inflate != NULL && !in_buffer(d, last->iov_base))
		return NULL;
	return (uint8_t *)last->iov_base + last->iov_len;
}

static void
add_piece(struct deframe *d, uint8_t *p, size_t len)
{
	struct iovec piece = { p, len };

	if (d->out_count == PIECES)
		write_output(d);
	d->out[d->out_count++] = piece;
}

void
put_output(struct deframe *d, uint8_t *p, size_t len)
{
	if (len == 0)
		return;
	if (p == end_of_output(d))
		d->out[d->out_count - 1].iov_len += len;
	else
		add_piece(d, p, len);
}

void
put_payload(struct deframe *d)
{
	/* The receiver only reads what it points to, it is our buffer. */
	uint8_t *p = d->buf + (d->rx.data - d->buf);
	size_t len = d->rx.data_len;
	uint8_t *end = end_of_output(d);

	if (end != NULL && end != p && len < MOVE_MAX) {
		copy_short(end, p, len);
		p = end;
	}
	put_output(d, p, len);
}

/* Appends the header of a frame that has no other. */
static void
put_header(struct deframe *d, bool fin, uint64_t payload_len)
{
	struct ws_header h = { .payload_len = payload_len, .fin = fin,
	    .opcode = d->begun ? WS_CONTINUATION : d->opcode };
	uint8_t *to;

	if (d->out_count == PIECES)
		write_output(d);
	to = d->headers[d->out_count];
	add_piece(d, to, ws_header_encode(to, &h));
	d->begun = !fin;
}

void
put_inflated(struct deframe *d, bool ends)
{
	size_t len = d->rx.data_len, count;
	uint8_t *p;

	if (d->set->mode == WIRE)
		put_header(d, ends, len);
	if (len == 0)
		return;
	p = d->inflate->buf + (d->rx.data - d->inflate->buf);
	count = d->out_count;
	if (count > 0 && (uint8_t *)d->out[count - 1].iov_base +
	    d->out[count - 1].iov_len == p)
		d->out[count - 1].iov_len += len;
	else
		add_piece(d, p, len);
}

void
put_extra(struct deframe *d, const uint8_t *p, size_t len, uint8_t *end)
{
	uint8_t *to = end_of_output(d);

	if (to != NULL && (size_t)(end - to) < len) {
		write_output(d);
		to = NULL;
	}
	if (to == NULL) {
		to = end - len;
		add_piece(d, to, 0);
	}
	copy_short(to, p, len);
	d->out[d->out_count - 1].iov_len += len;
}

/* What the output does not take from the passage goes as if it had been
 * read. */
static void
write_read(struct deframe *d, size_t len)
{
	while (len > 0 && !d->reader_gone) {
		ssize_t n = read_some(d->passage.reader, d->buf,
		    len < READ_SIZE ? len : READ_SIZE);

		if (n <= 0)
			die_sys("read a pipe of our own");
		add_piece(d, d->buf, (size_t)n);
		write_output(d);
		len -= (size_t)n;
	}
}

void
write_passing(struct deframe *d, size_t len)
{
	while (len > 0 && !d->reader_gone) {
		size_t part = len;
		ssize_t n = -1;

		if (!d->socket || !is_watchful(d)) {
			n = passage_give(&d->passage, STDOUT_FILENO, part);
		} else if (await_output(d)) {
			if (part > passage_room(STDOUT_FILENO))
				part = passage_room(STDOUT_FILENO);
			n = passage_give(&d->passage, STDOUT_FILENO, part);
		}
		if (n > 0)
			len -= (size_t)n;
		else if (n == 0 || errno == EINVAL)
			break;
		else
			(void)outlive_failure(d);
	}
	write_read(d, len);
}

void
close_output(struct deframe *d)
{
	write_output(d);
	end_output(STDOUT_FILENO);
	d->reader_gone = true;
}
