/* ws-frame: the control channel, and how a session ends. */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "ws-frame.h"
#include "ws/hixieframe.h"

void
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

void
demand_close(struct frame *f, unsigned code, const uint8_t *reason, size_t len,
    bool now)
{
	if (f->state == OPEN) {
		f->close.code = code;
		f->close.len = len;
		memcpy(f->close.reason, reason, len);
		f->state = DRAINING;
		/* A person does not answer the end of our output with the
		 * end of our input, as a command does. */
		f->deadline = deadline_in(f->set->person ? 0 :
		    f->set->wait_ms);
	}
	f->close_now |= now;
}

/* Nothing more comes from the peer.  If that was no Close, it may still take
 * what was on its way, but no longer wants an answer. */
static void
end_peer(struct frame *f, int status)
{
	f->peer_ended = true;
	if (f->peer_status == STATUS_OK)	/* ws-b64 may have failed */
		f->peer_status = status;
	if (f->state != OPEN)
		return;
	f->state = DRAINING;
	f->no_answer = true;
	f->deadline = deadline_in(LOST_WAIT_MS);
}

void
demand_plain_close(struct frame *f, unsigned code)
{
	static const uint8_t none[1];

	demand_close(f, code, none, 0, true);
}

/* A Close that does not wait is a wish; else it answers the peer's. */
static bool
obey_close(struct frame *f, const struct ws_frameline *l)
{
	size_t reason = l->payload_len < 2 ? l->payload_len : 2;
	unsigned code;

	if (ws_close_decode(l->payload, l->payload_len, &code) != WS_CLOSE_OK)
		return false;
	f->peer_closed |= !l->now;
	demand_close(f, code, l->payload + reason, l->payload_len - reason,
	    l->now);
	return true;
}

/* False if the line is none for the channel. */
static bool
obey(struct frame *f, const struct ws_frameline *l)
{
	switch (l->kind) {
	case WS_FRAMELINE_EMPTY:
		return true;
	case WS_FRAMELINE_END:
		end_peer(f, l->status);
		return true;
	case WS_FRAMELINE_FRAME:
		if (!ws_opcode_is_control(l->header.opcode) ||
		    !ws_opcode_is_known(l->header.opcode) ||
		    l->payload_len > WS_CONTROL_MAX)
			return false;
		if (l->header.opcode == WS_CLOSE)
			return obey_close(f, l);
		queue_control(f, l->header.opcode, l->payload, l->payload_len);
		return true;
	case WS_FRAMELINE_MORE:
	case WS_FRAMELINE_RAW:
	case WS_FRAMELINE_SLEEP:
		break;
	}
	return false;
}

/* Obeys the lines that have come whole; one that makes no sense is told of
 * and skipped. */
static void
obey_lines(struct frame *f)
{
	struct ws_frameline_fault fault;
	struct ws_frameline l;
	char *newline;
	size_t len;

	while ((newline = memchr(f->lines, '\n', f->lines_len)) != NULL) {
		len = (size_t)(newline - f->lines);
		if (!ws_frameline_parse(&l, &fault, f->lines, len) || !obey(f, &l))
			say("control channel: line not understood");
		f->lines_len -= len + 1;
		memmove(f->lines, newline + 1, f->lines_len);
	}
	if (f->lines_len == sizeof f->lines) {
		say("control channel: line too long");
		f->lines_len = 0;
	}
}

bool
take_orders(struct frame *f)
{
	ssize_t n = read_some(f->set->control, f->lines + f->lines_len,
	    sizeof f->lines - f->lines_len);

	if (n <= 0) {		/* ws-deframe died, it would have said end */
		if (!f->peer_ended)
			end_peer(f, STATUS_LOST);
		return false;
	}
	f->lines_len += (size_t)n;
	obey_lines(f);
	return true;
}

void
catch_up_on_orders(struct frame *f)
{
	struct pollfd pfd = { f->set->control, POLLIN, 0 };
	size_t reads = CHANNEL_SIZE / WS_CONTROL_LINE_MAX;
	int64_t deadline = 0;

	/* Of a reset the system tells one of us, and it may be ws-deframe; this
	 * looks the same when both sides have ended. */
	if (f->tcp && has_hung_up(STDIN_FILENO))
		deadline = deadline_in(TELLING_MS);
	while (!f->peer_ended && reads-- > 0 &&
	    poll_until(&pfd, 1, f->state == OPEN ? deadline : 0) > 0)
		(void)take_orders(f);
}

bool
time_is_up(const struct frame *f)
{
	return f->deadline != NEVER && f->deadline <= now_ms();
}

void
watch(const struct frame *f, struct pollfd fds[WATCHED], int data, short events)
{
	bool may_close = f->state < CLOSED;
	struct pollfd all[WATCHED] = {
		[WATCH_CONTROL] = { f->peer_ended ? -1 : f->set->control,
		    POLLIN, 0 },
		[WATCH_LIFELINE] = { may_close ? f->lifeline : -1, POLLIN, 0 },
		[WATCH_SIGNAL] = { may_close ? f->signal_pipe : -1, POLLIN, 0 },
		[WATCH_DATA] = { data, events, 0 },
		[WATCH_SUPERVISOR] = { may_close ? f->supervisor : -1,
		    POLLIN, 0 }
	};

	memcpy(fds, all, sizeof all);
}

/* The command goes with ws-session, and nobody knows what it had to say still:
 * not even a peer that has closed is told that all was well. */
static void
lose_supervisor(struct frame *f)
{
	say("ws-session is gone, and with it the command");
	f->supervisor = -1;
	demand_plain_close(f, WS_CLOSE_INTERNAL_ERROR);
	f->close.code = WS_CLOSE_INTERNAL_ERROR;
	f->close.len = 0;
}

void
heed(struct frame *f, const struct pollfd fds[WATCHED])
{
	if (fds[WATCH_CONTROL].revents != 0)
		(void)take_orders(f);
	if (fds[WATCH_SUPERVISOR].revents != 0)
		lose_supervisor(f);
	if (fds[WATCH_LIFELINE].revents == 0 && fds[WATCH_SIGNAL].revents == 0)
		return;
	f->lifeline = f->signal_pipe = -1;
	demand_plain_close(f, WS_CLOSE_GOING_AWAY);
}

void
give_up(struct frame *f, int status)
{
	f->state = OVER;
	if (f->status == STATUS_OK)
		f->status = status;
}

void
put_queued_control(struct frame *f)
{
	if (f->control_len == 0 || f->committed)
		return;
	if (f->state < CLOSED) {
		make_room(f, f->control_len);
		memcpy(f->out + f->out_len, f->control, f->control_len);
		f->out_len += f->control_len;
	}
	f->control_len = 0;
}

/* -- the end of a session -- */

/* hixie-76 has a closing handshake, hixie-75 none but the connection's end. */
static void
put_close(struct frame *f, uint8_t *payload, size_t len)
{
	size_t i;

	if (f->set->framing == WS_FRAMING_HIXIE_76)
		for (i = 0; i < WS_HIXIE_CLOSE_LEN; i++)
			put_hixie_byte(f, ws_hixie_close[i]);
	put_frame(f, WS_CLOSE, true, payload, len);
}

void
send_close(struct frame *f, unsigned code, const void *reason, size_t len)
{
	uint8_t payload[WS_CONTROL_MAX];
	int status = ws_close_exit_status(code);

	if (f->committed) {	/* it would be taken for payload */
		(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
		give_up(f, status);
		return;
	}
	len = ws_close_encode(payload, code, reason, len);
	put_close(f, payload, len);
	/* The peer's side may have a command to wait for, as long as ours. */
	f->deadline = deadline_in(f->set->wait_ms + ANSWER_MS);
	flush(f);
	if (f->status == STATUS_OK)
		f->status = status;
	if (f->state != OVER)
		f->state = f->set->framing == WS_FRAMING_HIXIE_75 ?
		    OVER : CLOSED;
}

void
refuse_input(struct frame *f, const char *sentence)
{
	flush(f);
	say("%s", sentence);
	f->status = STATUS_UNREPRESENTABLE;
	f->input_ended = true;
	if (f->set->control >= 0)
		demand_plain_close(f, WS_CLOSE_INTERNAL_ERROR);
	else
		f->state = OVER;
}

void
close_in_time(struct frame *f)
{
	const struct settings *set = f->set;
	bool in_session = set->control >= 0;

	if (f->state == DRAINING) {
		if (!f->input_ended && !f->close_now)
			return;
		flush(f);
		if (f->no_answer)
			give_up(f, f->peer_status);
		else
			send_close(f, f->close.code, f->close.reason,
			    f->close.len);
	} else if (f->state == OPEN && f->input_ended && !set->no_close &&
	    (in_session || set->close_offline)) {
		send_close(f, set->close.code, set->close.reason,
		    strlen(set->close.reason));
	}
}
