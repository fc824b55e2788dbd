/* ws-frame: the control channel, and how a session ends. */
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "ws-frame.h"
#include "ws/hixieframe.h"

void
note(struct frame *f, enum ws_closing_event event, unsigned arg)
{
	ws_closing_note(&f->closing, event, arg, now_ms());
}

/* -- what the channel says -- */

/* Queues a ping or pong.  Where they find no room, because the peer takes
 * nothing, the newest counts (RFC 6455, 5.5.3). */
static void
queue_control(struct frame *f, uint8_t opcode, const uint8_t *payload,
    size_t len)
{
	uint8_t key[4], *p;

	if (f->set->hixie)	/* they have neither */
		return;
	if (sizeof f->control - f->control_len < WS_HEADER_MAX + len)
		f->control_len = 0;
	p = f->control + f->control_len;
	p += make_header(f, p, key, opcode, true, len);
	memcpy(p, payload, len);
	if (f->set->role == WS_CLIENT)
		ws_mask(p, len, key, 0);
	f->control_len = (size_t)(p - f->control) + len;
}

/* The code of the peer's Close is echoed, the reason is not.  One that says all
 * was well is not worth a word. */
static void
note_close_received(struct frame *f, unsigned code, const uint8_t *reason,
    size_t len)
{
	char words[WS_CLOSE_WORDS_MAX + 1];
	struct text t = { words, sizeof words, 0, false };

	if (ws_closing_tells(&f->closing, code)) {
		ws_close_put_words(&t, code, reason, len);
		say("peer closed with %s", words);
	}
	note(f, WS_GOT_CLOSE, code);
}

static void
note_close(struct frame *f, const struct ws_frameline *l)
{
	static const enum ws_closing_event events[] = {
		[WS_AFTER_INPUT] = WS_GOT_CLOSE, [WS_SOON] = WS_FAIL,
		[WS_NOW] = WS_MUST_CLOSE };
	size_t skip = l->payload_len < 2 ? l->payload_len : 2;
	const uint8_t *reason = l->payload + skip;
	size_t len = l->payload_len - skip;
	unsigned code = WS_CLOSE_NONE;

	(void)ws_close_decode(l->payload, l->payload_len, &code);
	if (l->received)
		note_close_received(f, code, reason, len);
	else
		ws_closing_note_close(&f->closing, events[l->when], code,
		    reason, len, now_ms());
}

static void
note_end(struct frame *f, const struct ws_frameline *l)
{
	struct text t = { f->lost, sizeof f->lost - 1, 0, false };
	struct slice reason = { (const char *)l->payload, l->payload_len };

	text_put_escaped(&t, reason);
	f->lost[t.len] = '\0';
	note(f, WS_PEER_ENDED, (unsigned)l->status);
}

static void
note_line(struct frame *f, const struct ws_frameline *l)
{
	switch (l->kind) {
	case WS_FRAMELINE_EMPTY:
		ws_closing_progress(&f->closing, now_ms());
		break;
	case WS_FRAMELINE_END:
		note_end(f, l);
		break;
	case WS_FRAMELINE_STATUS:
		note(f, WS_STATUS, (unsigned)l->status);
		break;
	case WS_FRAMELINE_DONE:
		note(f, WS_COMMAND_DONE, 0);
		break;
	case WS_FRAMELINE_FRAME:
		if (l->header.opcode == WS_CLOSE)
			note_close(f, l);
		else
			queue_control(f, l->header.opcode, l->payload,
			    l->payload_len);
		break;
	case WS_FRAMELINE_MORE:
	case WS_FRAMELINE_RAW:
	case WS_FRAMELINE_SLEEP:
		break;		/* no line of the channel */
	}
}

/* Takes the lines that have come whole; one that makes no sense is told of and
 * skipped. */
static void
note_lines(struct frame *f)
{
	struct ws_frameline_fault fault;
	struct ws_frameline l;
	char *newline;
	size_t len;

	while ((newline = memchr(f->lines, '\n', f->lines_len)) != NULL) {
		len = (size_t)(newline - f->lines);
		if (ws_frameline_parse_control(&l, &fault, f->lines, len))
			note_line(f, &l);
		else
			say("control channel: line not understood");
		f->lines_len -= len + 1;
		memmove(f->lines, newline + 1, f->lines_len);
	}
	if (f->lines_len == sizeof f->lines) {
		say("control channel: line too long");
		f->lines_len = 0;
	}
}

static void
read_channel(struct frame *f)
{
	ssize_t n = read_some(f->set->control, f->lines + f->lines_len,
	    sizeof f->lines - f->lines_len);

	if (n <= 0) {
		note(f, WS_CHANNEL_ENDED, 0);
		return;
	}
	f->lines_len += (size_t)n;
	note_lines(f);
}

void
read_channel_first(struct frame *f, bool at_end)
{
	struct pollfd pfd = { f->set->control, POLLIN, 0 };
	size_t reads = CHANNEL_SIZE / WS_CONTROL_LINE_MAX;
	int64_t deadline = 0;

	if (f->set->control < 0)
		return;
	/* Of a reset the system tells one of us, and it may be ws-deframe; this
	 * looks the same when both sides have ended. */
	if (at_end && f->tcp && has_hung_up(STDIN_FILENO))
		deadline = deadline_in(WS_TELL_MS);
	while (!f->closing.channel_ended && reads-- > 0 && poll_until(&pfd, 1,
	    f->closing.state == WS_OPEN ? deadline : 0) > 0)
		read_channel(f);
	put_queued_control(f);
}

/* -- what is waited for -- */

void
watch(const struct frame *f, struct pollfd fds[WATCHED], int data, short events)
{
	bool open = ws_closing_may_send(&f->closing);
	struct pollfd all[WATCHED] = {
		[WATCH_CONTROL] = { f->closing.channel_ended ? -1 :
		    f->set->control, POLLIN, 0 },
		[WATCH_LIFELINE] = { open ? f->lifeline : -1, POLLIN, 0 },
		[WATCH_SIGNAL] = { f->signal_pipe, POLLIN, 0 },
		[WATCH_DATA] = { data, events, 0 },
		[WATCH_SUPERVISOR] = { open ? f->supervisor : -1, POLLIN, 0 }
	};

	memcpy(fds, all, sizeof all);
}

static void
note_signal(struct frame *f)
{
	unsigned char number;

	if (read_some(f->signal_pipe, &number, 1) != 1)
		f->signal_pipe = -1;
	else if (number == SIGALRM)
		note(f, WS_LIFE_OVER, 0);
	else
		note(f, WS_SIGNALLED, number);
}

void
note_watched(struct frame *f, const struct pollfd fds[WATCHED])
{
	if (fds[WATCH_CONTROL].revents != 0)
		read_channel(f);
	if (fds[WATCH_SUPERVISOR].revents != 0) {
		/* The command goes with it, and nobody knows what that had to
		 * say still. */
		say("ws-session is gone, and with it the command");
		f->supervisor = -1;
		note(f, WS_WE_FAILED, 0);
	}
	if (fds[WATCH_LIFELINE].revents != 0) {
		f->lifeline = -1;
		note(f, WS_LISTENER_GONE, 0);
	}
	if (fds[WATCH_SIGNAL].revents != 0)
		note_signal(f);
}

/* ws-deframe is to know that this end is ours: it sees that of the channel
 * first. */
static void
end_connection(const struct frame *f)
{
	if (f->set->control >= 0)
		(void)close(f->set->control);
	(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
}

void
check_limit(struct frame *f, bool pending)
{
	if (f->closing.limit == WS_NO_LIMIT)
		return;
	ws_closing_time(&f->closing, pending, now_ms());
	if (f->closing.cut)
		end_connection(f);
}

/* Who takes nothing for so long is as good as gone, whatever he sends. */
static void
check_stall(struct frame *f)
{
	if (f->stalled > now_ms())
		return;
	say_given_up("nothing taken by the peer", f->set->stall_ms);
	f->stalled = NEVER;
	note(f, WS_STATUS, STATUS_LOST);
	note(f, WS_PEER_ENDED, STATUS_LOST);
	end_connection(f);
}

bool
await_room(void *frame)
{
	struct frame *f = frame;
	struct pollfd fds[WATCHED];

	if (f->stalled == 0)
		f->stalled = deadline_in(f->set->stall_ms);
	watch(f, fds, STDOUT_FILENO, POLLOUT);
	(void)poll_until(fds, WATCHED, f->stalled < f->closing.limit ?
	    f->stalled : f->closing.limit);
	note_watched(f, fds);
	if (fds[WATCH_DATA].revents != 0 && f->control_put == 0)
		ws_closing_progress(&f->closing, now_ms());
	check_limit(f, fds[WATCH_DATA].revents == 0);
	if (fds[WATCH_DATA].revents == 0)
		check_stall(f);
	return f->closing.state < WS_CLOSED;
}

/* -- what is sent -- */

void
put_queued_control(struct frame *f)
{
	if (f->control_len == 0 || f->committed)
		return;
	if (ws_closing_may_send(&f->closing)) {
		make_room(f, f->control_len);
		memcpy(f->out + f->out_len, f->control, f->control_len);
		f->out_len += f->control_len;
		f->control_put += f->control_len;
	}
	f->control_len = 0;
}

void
ping_in_time(struct frame *f)
{
	if (f->set->ping_ms < 0 || f->next_ping > now_ms())
		return;
	queue_control(f, WS_PING, (const uint8_t *)"", 0);
	f->next_ping = deadline_in(f->set->ping_ms);
}

void
refuse_input(struct frame *f, const char *sentence)
{
	flush(f);
	say("%s", sentence);
	note(f, WS_BAD_INPUT, 0);
}

void
close_by_input(struct frame *f, unsigned code, const uint8_t *reason,
    size_t len)
{
	ws_closing_note_close(&f->closing, WS_INPUT_CLOSES, code, reason, len,
	    now_ms());
}

/* hixie-76 has a closing handshake, hixie-75 none but the connection's end. */
static void
put_close(struct frame *f)
{
	const struct ws_closing *c = &f->closing;
	uint8_t payload[WS_CONTROL_MAX];
	size_t len, i;

	if (f->set->framing == WS_FRAMING_HIXIE_76)
		for (i = 0; i < WS_HIXIE_CLOSE_LEN; i++)
			put_hixie_byte(f, ws_hixie_close[i]);
	len = ws_close_encode(payload, c->code, c->reason, c->reason_len);
	put_frame(f, WS_CLOSE, true, payload, len);
}

/* Nothing more is sent.  The server ends the connection first (RFC 6455,
 * 7.1.1); then ws-deframe tells that the peer has, too. */
static void
end_sending(struct frame *f)
{
	f->ended = true;
	if (f->set->role != WS_CLIENT || f->set->control < 0)
		(void)shutdown(STDOUT_FILENO, SHUT_WR);
}

static void
send_due_close(struct frame *f)
{
	struct ws_closing *c = &f->closing;

	flush(f);			/* which may change all */
	if (!ws_closing_due(c, now_ms()))
		return;
	if (c->code != WS_CLOSE_LOST && f->committed) {
		/* It would be taken for payload. */
		note(f, WS_CANNOT_CLOSE, 0);
		end_connection(f);
		return;
	}
	if (c->code != WS_CLOSE_LOST)
		put_close(f);
	flush(f);
	if (c->state == WS_FINISHING)
		ws_closing_sent(c, now_ms());
}

void
close_if_due(struct frame *f)
{
	if (f->closing.state == WS_OPEN && !f->closing.input_ended)
		return;
	if (ws_closing_due(&f->closing, now_ms()))
		send_due_close(f);
	if (f->closing.state >= WS_CLOSED && !f->ended)
		end_sending(f);
}
