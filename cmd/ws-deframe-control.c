/* ws-deframe: what ws-frame is told, by lines on the control channel. */
#include <errno.h>
#include <string.h>

#include "diag.h"
#include "io.h"
#include "ws-deframe.h"
#include "ws/frameline.h"

bool
flush_lines(struct deframe *d)
{
	struct pollfd pfd = { d->set->control, POLLOUT, 0 };

	if (d->lines_len == 0)
		return true;
	/* A pipe that polls writable takes PIPE_BUF bytes. */
	if (poll_until(&pfd, 1, 0) == 0)
		return false;
	/* EPIPE: ws-frame is gone, and needs no word. */
	if (!write_all(d->set->control, d->lines, d->lines_len) &&
	    errno != EPIPE)
		die_sys("write to the control channel");
	d->lines_len = 0;
	return true;
}

/* Queues a line.  Of lines that find no room, which only pongs can be, the
 * newest counts (RFC 6455, 5.5.3). */
static void
queue_line(struct deframe *d, const struct text *line)
{
	if (d->set->control < 0)
		return;
	if (line->len > PIPE_BUF - d->lines_len && !flush_lines(d))
		d->lines_len = 0;
	memcpy(d->lines + d->lines_len, line->buf, line->len);
	d->lines_len += line->len;
}

/* The same for a line that must arrive, by the deadline. */
static void
tell_surely(struct deframe *d, const struct text *line, int64_t deadline)
{
	struct pollfd pfd = { d->set->control, POLLOUT, 0 };

	queue_line(d, line);
	while (!flush_lines(d) && poll_until(&pfd, 1, deadline) > 0)
		;
}

/* What is asked for at once, by us and not for the peer, has a status that the
 * Close does not show. */
void
end_session(struct deframe *d, enum ws_closing_event event, unsigned arg)
{
	char lines[WS_CONTROL_LINE_MAX + 1];
	struct text t = { lines, sizeof lines, 0, false };
	unsigned code;
	enum ws_when when = ws_closing_demand(event, arg, &code);

	ws_closing_note(&d->closing, event, arg, now_ms());
	if (when == WS_NOW && ws_closing_status(&d->closing) != STATUS_OK)
		ws_frameline_put_status(&t, ws_closing_status(&d->closing));
	if (event == WS_GOT_CLOSE)
		ws_frameline_put_received(&t, d->rx.control,
		    d->rx.control_len);
	else
		ws_frameline_put_close_code(&t, when, code);
	tell_surely(d, &t, deadline_in(d->set->closing.wait_ms));
}

void
tell_pong(struct deframe *d)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	ws_frameline_put_control(&t, WS_PONG, WS_NOW, d->rx.control,
	    d->rx.control_len);
	queue_line(d, &t);
}

void
tell_data(struct deframe *d)
{
	char line[] = "\n";
	struct text t = { line, sizeof line, 1, false };
	int64_t now;

	if (d->set->control < 0)
		return;
	now = now_ms();
	if (d->told_of_data == 0)	/* what follows at once is the same */
		d->told_of_data = now;
	/* What waits shows that it is not read, or says the same. */
	if (now - d->told_of_data < TICK_MS || d->lines_len > 0)
		return;
	d->told_of_data = now;
	queue_line(d, &t);
}

void
tell_status(struct deframe *d, int status)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	ws_frameline_put_status(&t, status);
	tell_surely(d, &t, deadline_in(WS_LINGER_MS));
}

bool
frame_ended(const struct deframe *d)
{
	struct pollfd pfd = { d->set->control, 0, 0 };

	return d->closing.channel_ended ||
	    (d->set->control >= 0 && poll_until(&pfd, 1, deadline_in(0)) > 0);
}

void
tell_end(struct deframe *d)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	ws_frameline_put_end(&t, ws_closing_status(&d->closing),
	    (const uint8_t *)d->lost, strlen(d->lost));
	tell_surely(d, &t, deadline_in(WS_LINGER_MS));
}
