/* ws-deframe: standard output. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/copy.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "ws-deframe.h"
#include "ws/closecode.h"

/* What the peer has sent is not taken. */
_Noreturn static void
give_up(struct deframe *d, const char *what, int64_t ms)
{
	say_given_up(what, ms);
	tell_status(d, STATUS_LOST);
	ws_closing_note(&d->closing, WS_PEER_ENDED, STATUS_LOST, now_ms());
	tell_end(d);
	exit(ws_closing_status(&d->closing));
}

/* Waits until the output takes more; but not for long when ws-frame is gone, as
 * then nobody would notice that it never does, nor when a server's peer is, who
 * could leave a process behind with each visit.  A reader who takes his time is
 * no fault of the peer's: that it has sent data is told again and again, unless
 * -T says how long is too long. */
static bool
await_room(void *deframe)
{
	struct deframe *d = deframe;
	bool server = d->set->role == WS_SERVER;
	int64_t stalled = deadline_in(d->set->idle_ms);
	struct pollfd pfds[4] = { { STDOUT_FILENO, POLLOUT, 0 },
	    { d->set->control, 0, 0 }, { d->set->signal_pipe, POLLIN, 0 },
	    { server ? STDIN_FILENO : -1, peer_end_event(), 0 } };

	for (;;) {
		int64_t limit = server || d->set->control < 0 ? NEVER :
		    deadline_in(WS_HASTE_MS);

		pfds[1].events = d->lines_len > 0 ? POLLOUT : 0;
		if (poll_until(pfds, 4, limit < stalled ? limit : stalled) == 0)
			tell_data(d);
		if (pfds[0].revents == 0 && stalled <= now_ms())
			give_up(d, "nothing taken that was received",
			    d->set->idle_ms);
		if (!flush_lines(d) || (pfds[0].revents | pfds[2].revents |
		    pfds[3].revents) != 0 ||
		    (pfds[1].revents & (POLLERR | POLLNVAL)) != 0)
			break;
	}
	if (pfds[3].revents != 0 && poll_until(pfds, 3,
	    deadline_in(d->set->closing.wait_ms)) == 0)
		give_up(d, "peer gone, and what it sent not taken",
		    d->set->closing.wait_ms);
	return pfds[0].revents != 0 ||
	    poll_until(pfds, 1, deadline_in(WS_LINGER_MS)) > 0;
}

void
open_output(struct deframe *d)
{
	d->writer.wait = await_room;
	d->writer.owner = d;
	writer_open(&d->writer, STDOUT_FILENO, d->set->control >= 0);
}

void
lose_reader(struct deframe *d)
{
	d->reader_gone = true;
	if (!ws_closing_delivers(&d->closing) || d->set->reader_code == 0)
		return;
	if (d->set->reader_code == WS_CLOSE_GOING_AWAY) {
		end_session(d, WS_READER_GONE, SIGPIPE);
		return;
	}
	say("write standard output: %s", error_text(EPIPE));
	end_session(d, WS_FAIL, d->set->reader_code);
}

/* In a session the peer is still owed its pongs and a Close; one that says so
 * where the target has reset, as nobody else learns of that. */
static void
write_failed(struct deframe *d)
{
	int error = errno;

	if (d->writer.stopped) {
		d->reader_gone = true;
		return;
	}
	if (d->set->control < 0 && error == EPIPE)
		exit(STATUS_SYSTEM);
	if (d->set->control < 0)
		die_sys("write standard output");
	if (error == EPIPE) {
		lose_reader(d);
		return;
	}
	d->reader_gone = true;
	say("write standard output: %s", error_text(error));
	if (error == ECONNRESET)
		end_session(d, WS_FAIL, WS_CLOSE_INTERNAL_ERROR);
	else
		end_session(d, WS_WE_FAILED, 0);
}

static void
write_pieces(struct deframe *d, struct iovec *iov, size_t count)
{
	if (count > 0 && !d->reader_gone &&
	    !writer_put(&d->writer, iov, count, false))
		write_failed(d);
}

void
write_output(struct deframe *d)
{
	struct iovec list;
	unsigned short count = d->out_count;

	/* A pong is not to stand behind what answers later data. */
	(void)flush_lines(d);
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

/* Behind the last piece, or null. */
static uint8_t *
end_of_pieces(const struct deframe *d)
{
	const struct iovec *last;

	if (d->out_count == 0)
		return NULL;
	last = &d->out[d->out_count - 1];
	return (uint8_t *)last->iov_base + last->iov_len;
}

uint8_t *
end_of_output(const struct deframe *d)
{
	if (d->out_count > 0 && d->inflate != NULL &&
	    !in_buffer(d, d->out[d->out_count - 1].iov_base))
		return NULL;
	return end_of_pieces(d);
}

static void
add_piece(struct deframe *d, uint8_t *p, size_t len)
{
	struct iovec piece = { p, len };

	if (d->out_count == PIECES)
		write_output(d);
	d->out[d->out_count++] = piece;
}

/* Behind end, which may be null, it lengthens the last piece. */
static void
put_behind(struct deframe *d, const uint8_t *end, uint8_t *p, size_t len)
{
	if (len == 0)
		return;
	if (p == end)
		d->out[d->out_count - 1].iov_len += len;
	else
		add_piece(d, p, len);
}

void
put_output(struct deframe *d, uint8_t *p, size_t len)
{
	put_behind(d, end_of_output(d), p, len);
}

void
put_payload(struct deframe *d)
{
	uint8_t *p = d->rx.data;
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
	if (d->set->mode == WIRE)
		put_header(d, ends, d->rx.data_len);
	put_behind(d, end_of_pieces(d), d->rx.data, d->rx.data_len);
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
	if (!d->reader_gone && !writer_pass(&d->writer, &d->passage, &len) &&
	    errno != EINVAL)
		write_failed(d);
	write_read(d, len);
}

void
end_reading(struct deframe *d)
{
	if (d->output_ended)
		return;
	write_output(d);
	end_output(STDOUT_FILENO);
	d->reader_gone = d->output_ended = true;
}
