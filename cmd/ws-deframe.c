/* ws-deframe: WebSocket frames into standard output (RFC 6455, 5). */
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "capture.h"
#include "closecode.h"
#include "diag.h"
#include "hixieframe.h"
#include "http.h"
#include "io.h"
#include "json.h"
#include "line.h"
#include "listing.h"
#include "options.h"
#include "receiver.h"
#include "record.h"
#include "session.h"
#include "system.h"

#define USAGE "usage: ws-deframe [-01abchjLlqSstVvW] [-B size] [-C fd] " \
    "[-D file] [-m count] [-r speed] [-T sec] [-w sec]"

enum {
	SLACK = 16,	/* a frame's header may have come with an earlier read */
	READ_SIZE = 65536,	/* to begin with */
	BULK_SIZE = 1 << 20,	/* as soon as reads fill up */
	MOVE_MAX = 4096, /* payload from this size on is not moved */
	JSON_MAX = 16 << 20,	/* largest message of -j, which collects it */
	JSON_STEP = 49152	/* bytes of it that are printed at once */
};

enum mode { STREAM, LINES, RECORDS, WIRE, FRAME_LINES, JSON };

struct settings {
	enum ws_role role;
	enum ws_framing framing;
	enum mode mode;
	bool refuse_text, refuse_binary;
	bool lax;			/* -L */
	bool verbose;			/* -v */
	bool skip_head;			/* -S */
	bool replay;			/* -r: the input is a capture */
	int64_t speed;			/* in thousandths; 0: do not wait */
	const char *capture;		/* -D, or null */
	uint64_t message_max;
	uint64_t count;			/* of messages to deliver; 0: all */
	int64_t wait_ms;
	int64_t idle_ms;		/* -1: no limit */
	int control;			/* channel's writing end, or -1 */
	int signal_pipe;		/* tells of SIGTERM, or -1 */
};

/* What is written about frames, not from them: -a and -j. */
struct list {
	struct text text;
	struct ws_listing listing;	/* of -a */
	uint8_t *message;		/* of -j, as far as it has come */
	size_t message_len;
	char buf[2 * WS_LISTED_LINE_MAX];
};

struct deframe {
	const struct settings *set;
	struct ws_receiver rx;
	struct ws_hixie hixie;
	uint64_t messages;		/* delivered */
	bool warned;			/* of a newline inside a line */
	bool socket;			/* standard output is one */
	bool reader_gone;		/* nobody takes our output any more */
	bool stopped;			/* by our own will; status stands */
	int64_t deadline;		/* from then on */
	int capture;			/* what -D opened, or -1 */
	bool in_head;			/* what -S skips */
	struct http_scan head;
	struct list *list;
	uint8_t opcode;			/* of the message */
	int status;

	/* Input is read to buf + SLACK.  Output waits in the part of buf that
	 * is used up: it is never longer than the frames it came from. */
	uint8_t *buf;
	uint8_t *out;
	size_t out_len;

	/* Lines for the control channel that did not fit yet. */
	char lines[PIPE_BUF];
	size_t lines_len;
};

/* Writes the lines that wait, if the channel takes them without blocking:
 * a pipe that polls writable takes PIPE_BUF bytes. */
static bool
flush_lines(struct deframe *d)
{
	struct pollfd pfd = { d->set->control, POLLOUT, 0 };

	if (d->lines_len == 0)
		return true;
	if (poll_until(&pfd, 1, 0) == 0)
		return false;
	/* EPIPE: ws-frame is gone, and pays no heed. */
	(void)write_all(d->set->control, d->lines, d->lines_len);
	d->lines_len = 0;
	return true;
}

/* Queues a line.  Of lines that find no room, which only pongs can be, the
 * newest counts (RFC 6455, 5.5.3). */
static void
tell(struct deframe *d, const struct text *line)
{
	if (d->set->control < 0)
		return;
	if (line->len > sizeof d->lines - d->lines_len && !flush_lines(d))
		d->lines_len = 0;
	memcpy(d->lines + d->lines_len, line->buf, line->len);
	d->lines_len += line->len;
}

/* The same for a line that must arrive, by the deadline. */
static void
tell_surely(struct deframe *d, const struct text *line, int64_t deadline)
{
	struct pollfd pfd = { d->set->control, POLLOUT, 0 };

	tell(d, line);
	while (!flush_lines(d) && poll_until(&pfd, 1, deadline) > 0)
		;
}

/* Asks ws-frame for a Close, at once or after what the input says. */
static void
tell_close(struct deframe *d, unsigned code, bool now)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };
	uint8_t payload[2];

	ws_line_put_control(&t, WS_CLOSE, now, payload,
	    ws_close_encode(payload, code, NULL, 0));
	tell_surely(d, &t, deadline_in(d->set->wait_ms));
}

static void
tell_pong(struct deframe *d)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	ws_line_put_control(&t, WS_PONG, false, d->rx.control,
	    d->rx.control_len);
	tell(d, &t);
}

static void
tell_end(struct deframe *d)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	ws_line_put_end(&t, d->status);
	tell_surely(d, &t, deadline_in(LINGER_MS));
}

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

/* Writes what waits. */
static void
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

/* Appends payload, which lies in the buffer behind the output.  The shorter of
 * the two is moved to join the other; with much pending that is the payload. */
static void
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

/* Appends what is not payload; the input is used up to the byte before end,
 * and only up to there may the output reach. */
static void
put_extra(struct deframe *d, const uint8_t *p, size_t len, const uint8_t *end)
{
	if ((size_t)(end - (d->out + d->out_len)) < len)
		write_output(d);
	memcpy(d->out + d->out_len, p, len);
	d->out_len += len;
}

/* From here on the peer has no more to say to our reader. */
static void
close_output(struct deframe *d)
{
	write_output(d);
	end_output(STDOUT_FILENO);
	d->reader_gone = true;
}

static void
report(const struct deframe *d, const char *sentence)
{
	say("frame %llu, byte %llu: %s", (unsigned long long)d->rx.frames,
	    (unsigned long long)d->rx.frame_offset, sentence);
}

/* -- frame lines -- */

/* Where to print, with room for the longest line. */
static struct text *
list_room(struct deframe *d)
{
	struct text *t = &d->list->text;

	if (t->size - t->len <= WS_LISTED_LINE_MAX)
		write_output(d);
	return t;
}

/* Prints what is taken of the frame so far as a line. */
static void
list_line(struct deframe *d, bool frame_ends)
{
	struct text *t = list_room(d);

	ws_listing_put(&d->list->listing, t, &d->rx.header, frame_ends);
}

static void
list_payload(struct deframe *d, const uint8_t *p, size_t len)
{
	while (len > 0) {
		size_t n = ws_listing_add(&d->list->listing, p, len);

		p += n;
		len -= n;
		if (len > 0)
			list_line(d, false);
	}
}

/* -- JSON -- */

/* How much of valid text may go, at most max bytes: no character is cut. */
static size_t
whole_characters(const uint8_t *p, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while ((p[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static void
put_json_payload(struct deframe *d, const uint8_t *p, size_t len, bool encode)
{
	char groups[WS_BASE64_LEN(JSON_STEP)];

	while (len > 0) {
		size_t n = len < JSON_STEP ? len : JSON_STEP;
		struct text *t = list_room(d);

		if (encode) {
			ws_base64_encode(groups, p, n);
			text_put(t, groups, WS_BASE64_LEN(n));
		} else {
			/* Six bytes for one, at most: in four parts. */
			n = whole_characters(p, n, JSON_STEP / 4);
			ws_json_put_text(t, p, n);
		}
		p += n;
		len -= n;
	}
}

static void
put_json(struct deframe *d, uint8_t opcode, const uint8_t *p, size_t len)
{
	struct ws_utf8 utf8 = { 0 };
	bool encode = opcode == WS_BINARY || (opcode != WS_TEXT &&
	    (ws_utf8_check(&utf8, p, len) != len || !ws_utf8_complete(&utf8)));

	ws_json_put_start(list_room(d), opcode, encode);
	put_json_payload(d, p, len, encode);
	ws_json_put_end(list_room(d));
}

/* The message grows; its announced length was held against message_max. */
static void
collect_message(struct list *list, const uint8_t *p, size_t len)
{
	memcpy(list->message + list->message_len, p, len);
	list->message_len += len;
}

static void
end_json_message(struct deframe *d, uint8_t opcode)
{
	put_json(d, opcode, d->list->message, d->list->message_len);
	d->list->message_len = 0;
}

static void
put_json_control(struct deframe *d)
{
	size_t skip = d->rx.control_len < 2 ? d->rx.control_len : 2;

	if (d->rx.header.opcode == WS_CLOSE)
		ws_json_put_close(list_room(d), d->rx.close_code,
		    d->rx.control + skip, d->rx.control_len - skip);
	else
		put_json(d, d->rx.header.opcode, d->rx.control,
		    d->rx.control_len);
}

/* A control frame is told whole. */
static void
list_control(struct deframe *d)
{
	if (d->list == NULL || d->stopped || d->set->lax)
		return;
	if (d->set->mode == JSON) {
		put_json_control(d);
		return;
	}
	/* It may stand between pieces of a frame's, never inside one. */
	ws_listing_begin(&d->list->listing);
	list_payload(d, d->rx.control, d->rx.control_len);
	list_line(d, true);
}

/* What the input ended inside of. */
static void
list_rest(struct deframe *d)
{
	if (d->set->mode != FRAME_LINES || d->stopped)
		return;
	if (d->rx.state == WS_IN_PAYLOAD)
		list_line(d, true);
	else if (d->rx.state == WS_IN_HEADER && d->rx.raw_len > 0)
		ws_listing_put_raw(&d->list->text, d->rx.raw, d->rx.raw_len);
	write_output(d);
}

/* -- what the receiver tells -- */

static void
warn_of_newline(struct deframe *d)
{
	if (d->set->mode != LINES || d->warned ||
	    memchr(d->rx.data, '\n', d->rx.data_len) == NULL)
		return;
	d->warned = true;
	report(d, "newline inside a message, written as it is");
}

/* Ends the session by our own will: tells ws-frame to send this Close at
 * once.  Until the peer's comes, frames are read and discarded. */
static void
stop(struct deframe *d, unsigned code, int status)
{
	close_output(d);
	d->stopped = true;
	d->status = status;
	d->deadline = deadline_in(d->set->wait_ms + LINGER_MS);
	tell_close(d, code, true);
}

/* Ends the session as the peer's fault. */
static void
fail(struct deframe *d, unsigned code, const char *sentence)
{
	if (d->stopped)
		return;
	write_output(d);
	report(d, sentence);
	d->status = ws_close_exit_status(code);
	tell_close(d, code, false);
}

static void
report_close(const struct deframe *d)
{
	char reason[4 * WS_REASON_MAX + 1] = "";
	struct text t = { reason, sizeof reason, 0, false };
	struct slice s = { (const char *)d->rx.control + 2,
	    d->rx.control_len < 2 ? 0 : d->rx.control_len - 2 };

	text_put_escaped(&t, s);
	say("peer closed with %u%s%s%s", d->rx.close_code,
	    t.len > 0 ? " \"" : "", reason, t.len > 0 ? "\"" : "");
}

/* Whether the session goes on after this control frame. */
static bool
handle_control(struct deframe *d)
{
	list_control(d);
	if (d->rx.header.opcode == WS_PONG)
		return true;
	if (d->rx.header.opcode == WS_PING) {
		tell_pong(d);
		return true;
	}
	write_output(d);
	if (!d->stopped) {
		d->status = ws_close_exit_status(d->rx.close_code);
		if (d->status != STATUS_OK)
			report_close(d);
	}
	/* The code is echoed, the reason is not. */
	tell_close(d, d->rx.close_code, false);
	return false;
}

/* Whether the frame is part of a message: lax, others are told, too. */
static bool
in_message(const struct deframe *d)
{
	return ws_opcode_is_known(d->rx.header.opcode) &&
	    !ws_opcode_is_control(d->rx.header.opcode);
}

static void
begin_frame(struct deframe *d, const uint8_t *end)
{
	struct ws_header h = d->rx.header;
	uint8_t raw[WS_HEADER_MAX];

	if (d->stopped)
		return;
	if (d->set->mode == FRAME_LINES)
		ws_listing_begin(&d->list->listing);
	if (d->rx.header.opcode != WS_CONTINUATION)
		d->opcode = d->rx.header.opcode;
	if (d->set->mode != WIRE || !in_message(d))
		return;
	h.masked = false;
	h.form = 0;
	put_extra(d, raw, ws_header_encode(raw, &h), end);
}

/* Whether more messages are wanted. */
static bool
end_frame(struct deframe *d, const uint8_t *end)
{
	static const uint8_t delimiters[] = {
		[LINES] = '\n', [RECORDS] = '\0' };

	if (d->stopped)
		return true;
	if (d->set->mode == FRAME_LINES)
		list_line(d, true);
	if (!d->rx.header.fin || !in_message(d))
		return true;
	if (d->set->mode == JSON)
		end_json_message(d, d->opcode);
	if (d->set->mode == LINES || d->set->mode == RECORDS)
		put_extra(d, &delimiters[d->set->mode], 1, end);
	if (++d->messages != d->set->count)
		return true;
	stop(d, WS_CLOSE_NORMAL, STATUS_OK);
	return d->set->control >= 0;
}

/* Lax: reports it and goes on.  The first decides the exit status. */
static void
note_violation(struct deframe *d)
{
	report(d, ws_violation_text(d->rx.violation));
	if (d->status == STATUS_OK)
		d->status = ws_close_exit_status(
		    ws_violation_code(d->rx.violation));
}

/* A piece of a data frame; lax, of any. */
static void
take_payload(struct deframe *d)
{
	if (d->set->mode == FRAME_LINES)
		list_payload(d, d->rx.data, d->rx.data_len);
	else if (!in_message(d))
		return;
	else if (d->set->mode == JSON)
		collect_message(d->list, d->rx.data, d->rx.data_len);
	else
		put_payload(d);
}

/* How many of the bytes belong to a head of HTTP that -S skips. */
static size_t
skip_head(struct deframe *d, const uint8_t *in, size_t len)
{
	size_t used;

	if (!d->in_head)
		return 0;
	switch (http_scan(&d->head, (const char *)in, len, &used)) {
	case HTTP_MORE:
		break;
	case HTTP_COMPLETE:
		d->in_head = false;
		break;
	case HTTP_LINE_TOO_LONG:
	case HTTP_HEAD_TOO_LARGE:
		die(STATUS_UNREPRESENTABLE, "-S: no head of HTTP");
	}
	d->rx.offset += used;	/* reports count from the start of the input */
	return used;
}

static bool
is_hixie(const struct settings *set)
{
	return set->framing == WS_FRAMING_HIXIE_76 ||
	    set->framing == WS_FRAMING_HIXIE_75;
}

static enum ws_event
receive(struct deframe *d, uint8_t *in, size_t len, size_t *used)
{
	return is_hixie(d->set) ?
	    ws_hixie_receive(&d->hixie, &d->rx, in, len, used) :
	    ws_receive(&d->rx, in, len, used);
}

/* Makes of len bytes at in what they are.  False when nothing after them
 * counts any more. */
static bool
deframe(struct deframe *d, uint8_t *in, size_t len)
{
	size_t used = skip_head(d, in, len);

	for (in += used, len -= used;; in += used, len -= used) {
		switch (receive(d, in, len, &used)) {
		case WS_NEED_MORE:
			write_output(d);
			(void)flush_lines(d);
			return true;
		case WS_FRAME_BEGIN:
			begin_frame(d, in + used);
			break;
		case WS_PAYLOAD:
			if (d->stopped)
				break;
			warn_of_newline(d);
			if (d->set->mode == RECORDS && memchr(d->rx.data, '\0',
			    d->rx.data_len) != NULL) {
				fail(d, WS_CLOSE_UNSUPPORTED, "NUL inside a "
				    "message that must become a record");
				return false;
			}
			take_payload(d);
			break;
		case WS_FRAME_END:
			if (!end_frame(d, in + used))
				return false;
			break;
		case WS_CONTROL:
			if (!handle_control(d))
				return false;
			break;
		case WS_VIOLATION:
			if (d->set->lax) {
				note_violation(d);
				break;
			}
			fail(d, ws_violation_code(d->rx.violation),
			    ws_violation_text(d->rx.violation));
			return false;
		}
	}
}

/* -- the ends of a session -- */

/* What is wrong with a header that is not whole, if we are lax. */
static void
note_rest(struct deframe *d)
{
	size_t used;

	ws_receive_end(&d->rx);
	while (d->set->lax &&
	    ws_receive(&d->rx, d->buf, 0, &used) == WS_VIOLATION)
		note_violation(d);
}

/* The connection ended, and no Close came before. */
static void
lost(struct deframe *d, const char *error)
{
	int status;

	note_rest(d);
	status = d->status;
	list_rest(d);
	if (d->stopped)
		return;
	d->status = STATUS_LOST;
	if (d->in_head)
		say("input ends inside the head that -S skips");
	else if (ws_receiver_in_frame(&d->rx))
		report(d, "input ends inside a frame (RFC 6455, 5.2)");
	else if (!ws_receiver_idle(&d->rx))
		say("input ends inside a message (RFC 6455, 5.4)");
	else if (error != NULL)
		say("read standard input: %s", error);
	else if (d->set->framing == WS_FRAMING_HIXIE_75)
		d->status = STATUS_OK;	/* there is no other end (hixie-75) */
	else if (d->set->control >= 0)
		say("connection ended without Close (RFC 6455, 7.1.5)");
	else
		d->status = STATUS_OK;	/* a capture may end anywhere */
	if (status != STATUS_OK)	/* a violation came first */
		d->status = status;
}

/* The time limit that applies while nothing comes, and what happens then. */
static int64_t
patience(const struct settings *set)
{
	if (set->control >= 0 && set->count > 0 &&
	    (set->idle_ms < 0 || set->wait_ms < set->idle_ms))
		return set->wait_ms;
	return set->idle_ms;
}

/* Whether to go on, waiting for the peer's Close. */
static bool
out_of_patience(struct deframe *d)
{
	const struct settings *set = d->set;

	if (patience(set) == set->idle_ms) {
		d->status = STATUS_LOST;
		say("nothing received for %lld.%03lld s: given up",
		    (long long)set->idle_ms / 1000,
		    (long long)set->idle_ms % 1000);
		return false;
	}
	say("no message received for %lld.%03lld s: given up",
	    (long long)set->wait_ms / 1000, (long long)set->wait_ms % 1000);
	stop(d, WS_CLOSE_NORMAL, STATUS_TIMEOUT);
	return true;
}

/* Waits until there is input.  False if the session ends before. */
static bool
await_input(struct deframe *d, int64_t deadline)
{
	const struct settings *set = d->set;
	/* Where the channel is a pipe, POLLERR says that ws-frame is gone. */
	struct pollfd pfds[3] = { { STDIN_FILENO, POLLIN, 0 },
	    { set->control, 0, 0 }, { set->signal_pipe, POLLIN, 0 } };
	bool answerer_gone = false;

	for (;;) {
		pfds[1].events = d->lines_len > 0 ? POLLOUT : 0;
		if (d->stopped) {
			deadline = d->deadline;
			pfds[2].fd = -1;
		}
		if (poll_until(pfds, 3, deadline) == 0) {
			if (d->stopped || answerer_gone) {
				lost(d, NULL);
				return false;
			}
			if (!out_of_patience(d))
				return false;
			continue;
		}
		if (pfds[2].revents != 0) {
			stop(d, WS_CLOSE_GOING_AWAY, STATUS_OK);
			continue;
		}
		if (pfds[0].revents != 0)
			return true;
		if (pfds[1].revents & (POLLERR | POLLNVAL)) {
			/* Nobody answers any more: hand on what is here. */
			answerer_gone = true;
			pfds[1].fd = -1;
			d->lines_len = 0;
			deadline = deadline_in(LINGER_MS);
		}
		(void)flush_lines(d);
	}
}

/* Off-line, nothing but input is waited for. */
static bool
must_poll(const struct settings *set)
{
	return set->control >= 0 || set->idle_ms >= 0;
}

/* -- captures -- */

/* Which of the records is meant: what our role received. */
static bool
is_wanted(const struct settings *set, const struct ws_capture_record *r)
{
	bool by_us = r->client == (set->role == WS_CLIENT);

	return set->role == WS_NO_ROLE ? !r->sent : r->sent != by_us;
}

/* Waits for the time of a record, counted from the first. */
static void
keep_time(const struct settings *set, const struct ws_capture_record *r,
    int64_t *start_us, int64_t *start_ms)
{
	int64_t ms;

	if (*start_ms < 0) {
		*start_us = r->time_us;
		*start_ms = now_ms();
	}
	if (set->speed == 0)
		return;
	ms = (r->time_us - *start_us) / set->speed;
	(void)poll_until(NULL, 0, *start_ms + ms);
}

/* Reads the next part of a capture: all that a read gave.  False when nothing
 * after it counts. */
static bool
replay_part(struct deframe *d, struct ws_capture_reader *c, const uint8_t *in,
    size_t len)
{
	static int64_t start_us, start_ms = -1;
	size_t used;

	for (;; in += used, len -= used) {
		switch (ws_capture_read(c, in, len, &used)) {
		case WS_CAPTURE_MORE:
			return true;
		case WS_CAPTURE_RECORD:
			if (is_wanted(d->set, &c->record))
				keep_time(d->set, &c->record, &start_us,
				    &start_ms);
			break;
		case WS_CAPTURE_DATA:
			if (!is_wanted(d->set, &c->record))
				break;
			memcpy(d->buf + SLACK, c->data, c->data_len);
			if (!deframe(d, d->buf + SLACK, c->data_len))
				return false;
			break;
		case WS_CAPTURE_MALFORMED:
			die(STATUS_UNREPRESENTABLE, "byte %llu: not a capture "
			    "of -D", (unsigned long long)c->place);
		}
	}
}

static void
replay_input(struct deframe *d)
{
	static struct ws_capture_reader reader;
	static uint8_t in[READ_SIZE];
	ssize_t n;

	while ((n = read_some(STDIN_FILENO, in, sizeof in)) > 0)
		if (!replay_part(d, &reader, in, (size_t)n))
			return;
	if (n == 0 && !ws_capture_complete(&reader))
		say("the capture ends inside a record");
	lost(d, n < 0 ? strerror(errno) : NULL);
}

static void
deframe_input(struct deframe *d)
{
	static uint8_t buf[SLACK + BULK_SIZE];
	size_t size = READ_SIZE;
	ssize_t n;

	d->buf = d->out = buf;
	if (d->set->replay) {
		replay_input(d);
		return;
	}
	for (;;) {
		if (must_poll(d->set) &&
		    !await_input(d, deadline_in(patience(d->set))))
			return;
		n = read_some(STDIN_FILENO, buf + SLACK, size);
		if (n <= 0) {
			lost(d, n < 0 ? strerror(errno) : NULL);
			return;
		}
		record(&d->capture, false, d->set->role == WS_CLIENT,
		    buf + SLACK, (size_t)n);
		if (!deframe(d, buf + SLACK, (size_t)n))
			return;
		if ((size_t)n == READ_SIZE) {
			size = BULK_SIZE;
			enlarge_pipe(STDIN_FILENO);
			enlarge_pipe(STDOUT_FILENO);
		}
	}
}

/* Reads until the peer ends the connection, so that closing it resets nothing
 * that is still on its way (RFC 6455, 7.1.1). */
static void
drain(const struct settings *set)
{
	int64_t deadline = deadline_in(set->wait_ms + LINGER_MS);
	struct pollfd pfds[2] = { { STDIN_FILENO, POLLIN, 0 },
	    { set->control, 0, 0 } };
	static char waste[READ_SIZE];

	while (poll_until(pfds, 2, deadline) > 0 && pfds[1].revents == 0) {
		if (read_some(STDIN_FILENO, waste, sizeof waste) <= 0)
			break;
	}
}

static struct list *
start_list(const struct settings *set)
{
	struct list *list = calloc(1, sizeof *list);

	if (list == NULL)
		die_sys("get memory");
	list->text.buf = list->buf;
	list->text.size = sizeof list->buf;
	list->listing.style.all = set->verbose;
	list->listing.style.mask_matters = set->role != WS_NO_ROLE;
	list->listing.style.masked = set->role == WS_SERVER;
	if (set->mode == JSON &&
	    (list->message = malloc((size_t)set->message_max)) == NULL)
		die_sys("get memory");
	return list;
}

static int
run(const struct settings *set)
{
	struct deframe d = { .set = set };
	bool is_lost;

	d.rx.masking = set->role == WS_SERVER ? WS_MASKING_REQUIRED :
	    set->role == WS_CLIENT ? WS_MASKING_FORBIDDEN : WS_MASKING_ANY;
	d.rx.refuse_text = set->refuse_text;
	d.rx.refuse_binary = set->refuse_binary;
	d.rx.message_max = set->message_max;
	d.rx.lax = set->lax;
	d.rx.any_length_form = set->framing == WS_FRAMING_HYBI;
	d.hixie.closes = set->framing == WS_FRAMING_HIXIE_76;
	d.in_head = set->skip_head;
	d.capture = set->capture != NULL ? record_open(set->capture) : -1;
	if (set->mode == FRAME_LINES || set->mode == JSON)
		d.list = start_list(set);
	d.socket = is_socket(STDOUT_FILENO);
	deframe_input(&d);
	write_output(&d);
	is_lost = d.status == STATUS_LOST;
	/* Told before our output ends, so that ws-frame knows why its input
	 * does. */
	if (is_lost)
		tell_end(&d);
	if (!d.stopped)
		close_output(&d);
	if (set->control >= 0 && !is_lost) {
		drain(set);
		tell_end(&d);
	}
	return d.status;
}

/* In a session: find the channel, outlive the reader, end in order. */
static void
join_session(struct settings *set)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int reader, writer;

	if (set->control < 0 && session_control(&reader, &writer)) {
		/* Only then can the end of ws-frame be seen. */
		(void)close(reader);
		set->control = writer;
	}
	if (set->control < 0)
		return;
	if (set->lax)
		die(STATUS_USAGE, "-L: only off-line, where nobody waits for "
		    "a Close");
	set_nodelay(STDOUT_FILENO);
	if (sigaction(SIGPIPE, &ignore, NULL) < 0)
		die_sys("set up signals");
	set->signal_pipe = session_catch_signals();
}

int
main(int argc, char *argv[])
{
	struct settings set = { .role = session_role(),
	    .framing = session_framing(), .wait_ms = WAIT_MS,
	    .idle_ms = -1, .control = -1, .signal_pipe = -1 };
	int c;

	argv0 = "ws-deframe";
	while ((c = getopt(argc, argv, ":01aB:bC:cD:hjLlm:qr:SstT:VvWw:")) != -1)
		switch (c) {
		case '0': set.mode = RECORDS; break;
		case '1': set.count = 1; break;
		case 'a': set.mode = FRAME_LINES; break;
		case 'B': set.message_max = option_size('B', optarg); break;
		case 'b': set.refuse_text = true; break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'c': set.role = WS_CLIENT; break;
		case 'D': set.capture = optarg; break;
		case 'h': print_and_exit(USAGE);
		case 'j': set.mode = JSON; break;
		case 'L': set.lax = true; break;
		case 'l': set.mode = LINES; break;
		case 'm':
			set.count = option_number('m', optarg, 1, UINT64_MAX);
			break;
		case 'q': diag_quiet(); break;
		case 'r':
			set.replay = true;
			set.speed = option_seconds('r', optarg);
			break;
		case 'S': set.skip_head = true; break;
		case 's': set.role = WS_SERVER; break;
		case 't': set.refuse_binary = true; break;
		case 'T': set.idle_ms = option_seconds('T', optarg); break;
		case 'V': print_and_exit("ws-deframe " VERSION);
		case 'v': set.verbose = true; break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'W': set.mode = WIRE; break;
		default: die_usage(USAGE);
		}
	if (optind < argc || (set.verbose && set.mode != FRAME_LINES) ||
	    (set.lax && set.mode == JSON))
		die_usage(USAGE);
	if (is_hixie(&set) && (set.mode == FRAME_LINES || set.lax))
		die(STATUS_USAGE, "-a and -L know nothing of hixie");
	if (set.mode == JSON && set.message_max == 0)
		set.message_max = JSON_MAX;
	if (set.mode == JSON && set.message_max > JSON_MAX)
		die(STATUS_USAGE, "-B: -j takes messages of at most 16m");
	join_session(&set);
	return run(&set);
}
