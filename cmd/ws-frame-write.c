/* ws-frame: writing what waits. */
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "ws-frame.h"

/* For the writer. */
static void
note_attempt(void *frame)
{
	struct frame *f = frame;

	capture_begin(&f->capture);
}

static void
note_taken(void *frame, const void *p, size_t len)
{
	struct frame *f = frame;
	size_t control = len < f->control_put ? len : f->control_put;

	f->stalled = 0;
	f->control_put -= control;
	/* What passes unseen is not captured. */
	capture_append(&f->capture, true, p, len);
	/* Who is only answered that we live has said nothing. */
	if (len > control && f->closing.renew_ms > 0)
		ws_closing_progress(&f->closing, now_ms());
}

void
open_output(struct frame *f, bool (*wait)(void *))
{
	f->writer.wait = wait;
	f->writer.begin = note_attempt;
	f->writer.taken = note_taken;
	f->writer.owner = f;
	writer_open(&f->writer, STDOUT_FILENO, f->set->control >= 0);
}

static void
write_failed(struct frame *f)
{
	if (f->writer.stopped)
		return;
	if (f->set->control < 0 || (errno != EPIPE && !f->writer.socket)) {
		if (errno == EPIPE)
			exit(STATUS_SYSTEM);
		die_sys("write standard output");
	}
	if (errno != EPIPE && errno != ECONNRESET)
		say("write standard output: %s", error_text(errno));
	ws_closing_note(&f->closing, WS_CANNOT_WRITE, 0, now_ms());
}

void
flush_with(struct frame *f, uint8_t *payload, size_t len, bool more)
{
	struct iovec iov[2] = { { f->out, f->out_len }, { payload, len } };

	f->out_len = 0;
	if (!writer_put(&f->writer, iov, 2, more))
		write_failed(f);
}

void
flush(struct frame *f)
{
	flush_with(f, f->out, 0, false);
}

/* What the output did not take from the passage goes as if it had been read. */
static void
put_read(struct frame *f, size_t len)
{
	while (len > 0 && ws_closing_may_send(&f->closing)) {
		ssize_t n = read_some(f->passage.reader, f->in,
		    len < BULK_SIZE ? len : BULK_SIZE);

		if (n <= 0)
			die_sys("read a pipe of our own");
		flush_with(f, f->in, (size_t)n, false);
		len -= (size_t)n;
	}
}

void
put_passing(struct frame *f, size_t len)
{
	flush_with(f, f->out, 0, true);
	if (writer_pass(&f->writer, &f->passage, &len))
		return;
	if (errno == EINVAL)
		put_read(f, len);
	else
		write_failed(f);
}
