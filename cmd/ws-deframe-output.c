/* ws-deframe: standard output. */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "ws-deframe.h"

/* Waits until a socket takes more, but not for long when ws-frame is gone:
 * then nobody would notice that it never does. */
static bool
await_output(const struct deframe *d)
{
	struct pollfd pfds[3] = { { STDOUT_FILENO, POLLOUT, 0 },
	    { d->set->control, 0, 0 }, { d->set->signal_pipe, POLLIN, 0 } };

	(void)poll_until(pfds, 3, NEVER);
	if (pfds[0].revents == 0 &&
	    poll_until(pfds, 1, deadline_in(LINGER_MS)) == 0) {
		errno = EPIPE;
		return false;
	}
	return true;
}

/* Writes all; in a session, on a socket, without blocking for ever. */
static bool
write_watchfully(const struct deframe *d, const uint8_t *p, size_t len)
{
	if (d->set->control < 0 || !d->socket)
		return write_all(STDOUT_FILENO, p, len);
	while (len > 0) {
		ssize_t n = send(STDOUT_FILENO, p, len, MSG_DONTWAIT);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno != EINTR &&
		    (errno != EAGAIN || !await_output(d))) {
			return false;
		}
	}
	return true;
}

static void
write_bytes(struct deframe *d, const void *out, size_t len)
{
	if (len == 0 || d->reader_gone || write_watchfully(d, out, len))
		return;
	/* In a session the peer is still owed its pongs and a Close. */
	if (d->set->control >= 0 && (errno == EPIPE || errno == ECONNRESET)) {
		d->reader_gone = true;
		return;
	}
	if (errno == EPIPE)
		exit(STATUS_SYSTEM);
	die_sys("write standard output");
}

void
write_output(struct deframe *d)
{
	size_t len = d->out_len;

	d->out_len = 0;
	write_bytes(d, d->out, len);
	d->out = d->buf;
	if (d->list == NULL)
		return;
	len = d->list->text.len;
	d->list->text.len = 0;
	write_bytes(d, d->list->buf, len);
}

void
put_payload(struct deframe *d)
{
	const struct ws_receiver *rx = &d->rx;
	/* The receiver only reads what it points to, it is our buffer. */
	uint8_t *p = d->buf + (rx->data - d->buf);

	if (rx->data_len >= MOVE_MAX && d->out_len < rx->data_len) {
		memmove(p - d->out_len, d->out, d->out_len);
		d->out = p - d->out_len;
	} else {
		memmove(d->out + d->out_len, p, rx->data_len);
	}
	d->out_len += rx->data_len;
}

void
put_extra(struct deframe *d, const uint8_t *p, size_t len, const uint8_t *end)
{
	if ((size_t)(end - (d->out + d->out_len)) < len)
		write_output(d);
	memcpy(d->out + d->out_len, p, len);
	d->out_len += len;
}

void
close_output(struct deframe *d)
{
	write_output(d);
	end_output(STDOUT_FILENO);
	d->reader_gone = true;
}
