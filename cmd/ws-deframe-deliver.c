/* ws-deframe: what the receiver tells becomes output. */
#include <string.h>

#include "diag.h"
#include "io.h"
#include "ws-deframe.h"

static void
report(const struct deframe *d, const char *sentence)
{
	say("frame %llu, byte %llu: %s", (unsigned long long)d->rx.frames,
	    (unsigned long long)d->rx.frame_offset, sentence);
}

static void
warn_of_newline(struct deframe *d)
{
	if (d->set->mode != LINES || d->warned ||
	    memchr(d->rx.data, '\n', d->rx.data_len) == NULL)
		return;
	d->warned = true;
	report(d, "newline inside a message, written as it is");
}

/* Until the peer's Close comes, or its end, frames are read and discarded. */
void
stop(struct deframe *d, enum ws_closing_event event, unsigned arg)
{
	write_output(d);
	end_session(d, event, arg);
	end_reading(d);
}

/* The same as the peer's fault. */
static void
fail_peer(struct deframe *d, unsigned code, const char *sentence)
{
	write_output(d);
	report(d, sentence);
	end_session(d, WS_FAIL, code);
	end_reading(d);
}

/* In a session ws-frame tells of it, who knows what we have sent. */
static void
report_close(const struct deframe *d)
{
	char words[WS_CLOSE_WORDS_MAX + 1];
	struct text t = { words, sizeof words, 0, false };

	if (d->set->control >= 0 ||
	    !ws_closing_tells(&d->closing, d->rx.close_code))
		return;
	ws_close_put_words(&t, d->rx.close_code, d->rx.control + 2,
	    d->rx.control_len < 2 ? 0 : d->rx.control_len - 2);
	say("peer closed with %s", words);
}

static void
handle_close(struct deframe *d)
{
	write_output(d);
	report_close(d);
	end_session(d, WS_GOT_CLOSE, d->rx.close_code);
	end_reading(d);
}

/* For somebody at a terminal who wants to know. */
static void
show_control(const struct deframe *d)
{
	static const char *const names[] = { [WS_CLOSE] = "Close",
	    [WS_PING] = "ping", [WS_PONG] = "pong" };

	if (d->rx.header.opcode == WS_CLOSE && d->rx.control_len >= 2)
		say("received Close %u", d->rx.close_code);
	else
		say("received %s", names[d->rx.header.opcode]);
}

static void
handle_control(struct deframe *d)
{
	list_control(d);
	if (d->set->visible && d->set->verbose)
		show_control(d);
	if (d->rx.header.opcode == WS_PING)
		tell_pong(d);
	else if (d->rx.header.opcode == WS_CLOSE)
		handle_close(d);
}

/* Whether the frame is part of a message: only lax, others are told, too. */
static bool
in_message(const struct deframe *d)
{
	return !d->set->lax || (ws_opcode_is_known(d->rx.header.opcode) &&
	    !ws_opcode_is_control(d->rx.header.opcode));
}

static void
begin_frame(struct deframe *d, uint8_t *end)
{
	struct ws_header h = d->rx.header;
	uint8_t raw[WS_HEADER_MAX];

	if (!ws_closing_delivers(&d->closing))
		return;
	if (d->set->mode == FRAME_LINES)
		list_begin(d);
	if (d->rx.header.opcode != WS_CONTINUATION)
		d->opcode = d->rx.header.opcode;
	if (d->set->mode != WIRE || !in_message(d) || d->rx.inflating)
		return;
	h.masked = false;
	h.form = 0;
	put_extra(d, raw, ws_header_encode(raw, &h), end);
}

static void
end_frame(struct deframe *d, uint8_t *end)
{
	static const uint8_t delimiters[] = {
		[LINES] = '\n', [RECORDS] = '\0' };

	if (!ws_closing_delivers(&d->closing))
		return;
	if (d->set->mode == FRAME_LINES)
		list_end(d);
	if (!d->rx.header.fin || !in_message(d))
		return;
	if (d->set->mode == WIRE && d->rx.inflating && !d->whole)
		put_inflated(d, true);
	d->whole = false;
	if (d->set->mode == JSON)
		list_message_end(d);
	if (d->set->visible)
		list_visible_end(d);
	else if (d->set->mode == LINES || d->set->mode == RECORDS)
		put_extra(d, &delimiters[d->set->mode], 1, end);
	if (++d->messages == d->set->count)
		stop(d, WS_ENOUGH, 0);
}

/* Lax: reports it and goes on.  The first decides the exit status. */
static void
note_violation(struct deframe *d)
{
	report(d, ws_receiver_fault_text(&d->rx));
	if (d->lax_status == STATUS_OK)
		d->lax_status = ws_close_exit_status(
		    ws_violation_code(d->rx.violation));
}

/* A piece of a data frame; lax, of any. */
static void
deliver_payload(struct deframe *d)
{
	if (!ws_closing_delivers(&d->closing))
		return;
	warn_of_newline(d);
	if (d->set->mode == RECORDS &&
	    memchr(d->rx.data, '\0', d->rx.data_len) != NULL)
		fail_peer(d, WS_CLOSE_UNSUPPORTED,
		    "NUL inside a message that must become a record");
	else if (d->set->visible)
		list_visible(d, d->rx.data, d->rx.data_len);
	else if (d->set->mode == FRAME_LINES)
		list_payload(d, d->rx.data, d->rx.data_len);
	else if (in_message(d) && d->set->mode == JSON)
		list_message(d, d->rx.data, d->rx.data_len);
	else if (in_message(d) && d->rx.inflating)
		put_inflated(d, d->whole = d->rx.data_ends);
	else if (in_message(d))
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
		collect_head(d, in, used, false);
		break;
	case HTTP_COMPLETE:
		collect_head(d, in, used, true);
		d->in_head = false;
		break;
	case HTTP_LINE_TOO_LONG:
	case HTTP_HEAD_TOO_LARGE:
		die(STATUS_UNREPRESENTABLE, "-S: no head of HTTP");
	}
	d->rx.offset += used;	/* reports count from the start of the input */
	return used;
}

static enum ws_event
receive(struct deframe *d, uint8_t *in, size_t len, size_t *used)
{
	/* The window is about to move. */
	if (d->inflate != NULL && ws_inflate_moves(d->inflate))
		write_output(d);
	return d->set->hixie ?
	    ws_hixie_receive(&d->hixie, &d->rx, in, len, used) :
	    ws_receive(&d->rx, in, len, used);
}

/* Takes short messages that become nothing but output; returns how many bytes
 * they are. */
static size_t
take_run(struct deframe *d, uint8_t *in, size_t len)
{
	struct ws_run run = { .max = d->set->count > 0 ?
	    d->set->count - d->messages - 1 : UINT64_MAX };
	uint8_t *out = end_of_output(d);

	if (d->set->mode != STREAM && d->set->mode != WIRE)
		return 0;
	if (out == NULL)
		out = in;
	ws_receive_run(&d->rx, &run, in, len, out, d->set->mode == WIRE);
	put_output(d, out, run.out_len);
	d->messages += run.messages;
	return run.used;
}

/* Whether what comes is still looked at: not behind a Close or a violation. */
static bool
looks_on(const struct deframe *d)
{
	return d->closing.state < WS_CLOSED;
}

/* Takes the whole messages that lie at in; returns how long they are. */
static size_t
take_messages(struct deframe *d, uint8_t *in, size_t len)
{
	size_t used, n;

	if (d->set->hixie)
		return 0;
	used = ws_closing_delivers(&d->closing) ? take_run(d, in, len) : 0;
	while (looks_on(d) &&
	    ws_receive_message(&d->rx, in + used, len - used, &n)) {
		used += n;
		begin_frame(d, in + used - d->rx.data_len);
		deliver_payload(d);
		end_frame(d, in + used);
	}
	return used;
}

static void
handle_event(struct deframe *d, enum ws_event event, uint8_t *end)
{
	switch (event) {
	case WS_NEED_MORE:
		write_output(d);
		break;
	case WS_FRAME_BEGIN:
		begin_frame(d, end);
		break;
	case WS_PAYLOAD:
		deliver_payload(d);
		break;
	case WS_FRAME_END:
		end_frame(d, end);
		break;
	case WS_CONTROL:
		handle_control(d);
		break;
	case WS_VIOLATION:
		if (d->set->lax)
			note_violation(d);
		else
			fail_peer(d, ws_violation_code(d->rx.violation),
			    ws_receiver_fault_text(&d->rx));
		break;
	}
}

void
deframe(struct deframe *d, uint8_t *in, size_t len)
{
	size_t used = skip_head(d, in, len);
	enum ws_event event;

	in += used;
	len -= used;
	do {
		used = take_messages(d, in, len);
		in += used;
		len -= used;
		if (!looks_on(d))
			return;
		event = receive(d, in, len, &used);
		in += used;
		len -= used;
		handle_event(d, event, in);
	} while (event != WS_NEED_MORE && looks_on(d));
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

/* In a session, where ws-frame tells of it, if nothing else is why that
 * ends. */
static int
judge_lost(struct deframe *d, const char *error)
{
	struct text t = { d->lost, sizeof d->lost - 1, 0, false };

	if (ws_receiver_in_frame(&d->rx))
		text_format(&t, "inside frame %llu, byte %llu",
		    (unsigned long long)d->rx.frames,
		    (unsigned long long)d->rx.frame_offset);
	else if (!ws_receiver_idle(&d->rx))
		text_puts(&t, "inside a message");
	else if (error != NULL)
		text_puts(&t, error);
	else if (d->set->framing == WS_FRAMING_HIXIE_75)
		return STATUS_OK;	/* there is no other end (hixie-75) */
	return STATUS_LOST;
}

/* What the end of the input deserves, where no Close came before. */
static int
judge_end(struct deframe *d, const char *error)
{
	if (frame_ended(d))
		return STATUS_LOST;	/* the end is its own, and told */
	if (d->set->control >= 0)
		return judge_lost(d, error);
	if (d->in_head)
		say("input ends inside the head that -S skips");
	else if (ws_receiver_in_frame(&d->rx))
		report(d, "input ends inside a frame (RFC 6455, 5.2)");
	else if (!ws_receiver_idle(&d->rx))
		say("input ends inside a message (RFC 6455, 5.4)");
	else if (error != NULL)
		say("read standard input: %s", error);
	else
		return STATUS_OK;	/* a capture may end anywhere */
	return STATUS_LOST;
}

void
lose_peer(struct deframe *d, const char *error)
{
	int status = STATUS_LOST;

	note_rest(d);
	list_rest(d);
	if (ws_closing_delivers(&d->closing))
		status = judge_end(d, error);
	ws_closing_note(&d->closing, WS_PEER_ENDED, (unsigned)status,
	    now_ms());
}
