/* ws-frame: standard input into WebSocket frames (RFC 6455, 5). */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "closecode.h"
#include "diag.h"
#include "hixieframe.h"
#include "io.h"
#include "json.h"
#include "line.h"
#include "options.h"
#include "receiver.h"
#include "record.h"
#include "session.h"
#include "system.h"

#define USAGE "usage: ws-frame [-01abchjlnqstVW] [-C fd] [-D file] " \
    "[-e code[:reason]] [-F size] [-i sec] [-k key] [-m count] [-w sec]"

enum {
	IN_SIZE = 1 << 20,	/* -W holds frames up to this size back until
				   they are whole */
	JSON_SIZE = 32 << 20,	/* the longest line of -j */
	READ_SIZE = 65536,	/* to begin with; a stream, whose reads fill
				   up, goes on with IN_SIZE */
	OUT_SIZE = 65536,
	COPY_MAX = 4096,	/* a longer payload is written from its place */
	CONTROL_SIZE = 4096,
	KEYS = 64,		/* masking keys fetched at once */
	LOST_WAIT_MS = 1000,	/* for the command, when the peer is gone */
	ANSWER_MS = 1000,	/* for a Close, beyond -w */
	PARTING_MS = 20		/* for ws-deframe to end before us */
};

enum mode { STREAM, LINES, RECORDS, WIRE, FRAME_LINES, JSON };

struct settings {
	enum ws_role role;
	enum ws_framing framing;
	enum mode mode;
	bool text, binary;
	bool no_close;			/* -n */
	bool close_offline;		/* -e given */
	struct close_option close;
	struct size_list sizes;		/* -F; none: no limit */
	const char *capture;		/* -D, or null */
	int64_t ping_ms;		/* -1: never */
	bool fixed_key;
	uint8_t key[4];
	uint64_t count;			/* of messages to send; 0: all */
	int64_t wait_ms;
	int control;			/* channel's reading end, or -1 */
	int lifeline;			/* or -1, as the next */
	int signal_pipe;
};

/* Until the first Close, ours or the peer's, a session is open; draining, it
 * still sends what the input says before it answers the peer's; closed, it
 * has sent its own; over, nothing can be sent any more. */
enum state { OPEN, DRAINING, CLOSED, OVER };

/* The Close that is due. */
struct due_close {
	unsigned code;
	size_t len;			/* of the reason */
	uint8_t reason[WS_REASON_MAX];
};

struct frame {
	const struct settings *set;
	enum state state;
	int64_t deadline;		/* of DRAINING and CLOSED */
	int status;

	/* what ends a session early: each is -1 once it has told */
	int lifeline;
	int signal_pipe;		/* tells of SIGTERM */

	/* the input, of which what was looked at and cannot go yet stays */
	uint8_t *in;
	size_t in_len;
	size_t in_size;
	size_t bulk;			/* how much of a stream is read at once */
	bool input_ended;
	bool input_eof;			/* the same while a sleep holds -a up */
	uint64_t messages;		/* sent */
	uint64_t frames;		/* of data, as far as -F counts them */
	bool in_message;		/* a fragment of one is out */
	struct ws_utf8 utf8;
	struct ws_receiver rx;		/* reads -W */
	bool committed;			/* a header is out, not its payload */
	uint64_t lines_read;		/* of -a */
	uint64_t declared, done;	/* payload of the last frame of -a */
	int64_t resume;			/* when a sleep of -a ends; 0: none */
	uint8_t json_opcode;		/* of the message of -j */

	/* frames that wait to be written */
	uint8_t out[OUT_SIZE];
	size_t out_len;
	bool socket;			/* standard output is one */
	int capture;			/* what -D opened, or -1 */
	uint8_t keys[KEYS][4];
	size_t keys_left;
	bool masked;			/* the last data frame is, ... */
	uint8_t key[4];			/* ... with this key */
	int64_t next_ping;

	/* the control channel, and what it asked for */
	char lines[2 * WS_CONTROL_LINE_MAX];
	size_t lines_len;
	uint8_t control[CONTROL_SIZE];	/* pings and pongs, encoded */
	size_t control_len;
	struct due_close close;
	bool close_now;
	bool no_answer;			/* none is due, the peer is gone */
	bool peer_closed;
	bool peer_ended;
	int peer_status;		/* what ws-deframe ended with */
};

static bool
is_hixie(const struct settings *set)
{
	return set->framing == WS_FRAMING_HIXIE_76 ||
	    set->framing == WS_FRAMING_HIXIE_75;
}

/* -- headers and masking -- */

/* A fresh key for each frame (RFC 6455, 5.3). */
static void
draw_key(struct frame *f, uint8_t key[4])
{
	if (f->set->fixed_key) {
		memcpy(key, f->set->key, sizeof f->set->key);
		return;
	}
	if (f->keys_left == 0) {
		random_bytes(f->keys, sizeof f->keys);
		f->keys_left = KEYS;
	}
	memcpy(key, f->keys[--f->keys_left], sizeof f->keys[0]);
}

/* Writes a header to out, returns its length; the key, if any, to key. */
static size_t
make_header(struct frame *f, uint8_t *out, uint8_t key[4], uint8_t opcode,
    bool fin, uint64_t payload_len)
{
	struct ws_header h = { .payload_len = payload_len, .opcode = opcode,
	    .fin = fin, .masked = f->set->role == WS_CLIENT };

	if (h.masked)
		draw_key(f, h.masking_key);
	memcpy(key, h.masking_key, sizeof h.masking_key);
	return ws_header_encode(out, &h);
}

/* -- the control channel -- */

/* Queues a ping or pong.  Where they find no room, because the peer takes
 * nothing, the newest counts (RFC 6455, 5.5.3). */
static void
queue_control(struct frame *f, uint8_t opcode, const uint8_t *payload,
    size_t len)
{
	uint8_t key[4], *p;

	if (is_hixie(f->set))	/* they have neither */
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

/* Notes that a Close is due: at the end of the input, or now.  The first one
 * counts; the reason is at most WS_REASON_MAX bytes. */
static void
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
		f->deadline = deadline_in(isatty(STDIN_FILENO) ? 0 :
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
	f->peer_status = status;
	if (f->state != OPEN)
		return;
	f->state = DRAINING;
	f->no_answer = true;
	f->deadline = deadline_in(LOST_WAIT_MS);
}

/* The same for a Close without a reason. */
static void
demand_plain_close(struct frame *f, unsigned code)
{
	static const uint8_t none[1];

	demand_close(f, code, none, 0, true);
}

/* A Close that does not wait is a wish; else it answers the peer's. */
static bool
obey_close(struct frame *f, const struct ws_line *l)
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
obey(struct frame *f, const struct ws_line *l)
{
	switch (l->kind) {
	case WS_LINE_EMPTY:
		return true;
	case WS_LINE_END:
		end_peer(f, l->status);
		return true;
	case WS_LINE_FRAME:
		if (!ws_opcode_is_control(l->header.opcode) ||
		    l->payload_len > WS_CONTROL_MAX)
			return false;
		if (l->header.opcode == WS_CLOSE)
			return obey_close(f, l);
		queue_control(f, l->header.opcode, l->payload, l->payload_len);
		return true;
	case WS_LINE_MORE:
	case WS_LINE_RAW:
	case WS_LINE_SLEEP:
		break;
	}
	return false;
}

/* Obeys the lines that have come whole; one that makes no sense is told of
 * and skipped. */
static void
obey_lines(struct frame *f)
{
	struct ws_line_fault fault;
	struct ws_line l;
	char *newline;
	size_t len;

	while ((newline = memchr(f->lines, '\n', f->lines_len)) != NULL) {
		len = (size_t)(newline - f->lines);
		if (!ws_line_parse(&l, &fault, f->lines, len) || !obey(f, &l))
			say("control channel: line not understood");
		f->lines_len -= len + 1;
		memmove(f->lines, newline + 1, f->lines_len);
	}
	if (f->lines_len == sizeof f->lines) {
		say("control channel: line too long");
		f->lines_len = 0;
	}
}

/* Reads what the channel says; to be called when it has something to say. */
static void
take_orders(struct frame *f)
{
	ssize_t n = read_some(f->set->control, f->lines + f->lines_len,
	    sizeof f->lines - f->lines_len);

	if (n <= 0) {		/* ws-deframe died, it would have said end */
		end_peer(f, STATUS_LOST);
		return;
	}
	f->lines_len += (size_t)n;
	obey_lines(f);
}

/* Takes what the channel has to say by now. */
static void
catch_up_on_orders(struct frame *f)
{
	struct pollfd pfd = { f->set->control, POLLIN, 0 };

	while (!f->peer_ended && poll_until(&pfd, 1, 0) > 0)
		take_orders(f);
}

/* -- writing -- */

enum { WATCH_CONTROL, WATCH_LIFELINE, WATCH_SIGNAL, WATCH_DATA, WATCHED };

/* The descriptors that may tell something at any time. */
static void
watch(const struct frame *f, struct pollfd fds[WATCHED], int data, short events)
{
	bool may_close = f->state < CLOSED;
	struct pollfd all[WATCHED] = {
		[WATCH_CONTROL] = { f->peer_ended ? -1 : f->set->control,
		    POLLIN, 0 },
		[WATCH_LIFELINE] = { may_close ? f->lifeline : -1, POLLIN, 0 },
		[WATCH_SIGNAL] = { may_close ? f->signal_pipe : -1, POLLIN, 0 },
		[WATCH_DATA] = { data, events, 0 }
	};

	memcpy(fds, all, sizeof all);
}

/* Does what they tell, data apart: frames are queued, not written. */
static void
heed(struct frame *f, const struct pollfd fds[WATCHED])
{
	if (fds[WATCH_CONTROL].revents != 0)
		take_orders(f);
	if (fds[WATCH_LIFELINE].revents == 0 && fds[WATCH_SIGNAL].revents == 0)
		return;
	f->lifeline = f->signal_pipe = -1;
	demand_plain_close(f, WS_CLOSE_GOING_AWAY);
}

/* Nothing can be sent any more. */
static void
give_up(struct frame *f, int status)
{
	f->state = OVER;
	if (f->status == STATUS_OK)
		f->status = status;
}

/* Waits until the network takes more, with an eye on the rest. */
static void
await_output(struct frame *f)
{
	struct pollfd fds[WATCHED];

	watch(f, fds, STDOUT_FILENO, POLLOUT);
	if (poll_until(fds, WATCHED, f->deadline) == 0) {
		(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
		give_up(f, STATUS_LOST);
		return;
	}
	heed(f, fds);
}

/* One attempt; in a session, on a socket, one that does not block. */
static ssize_t
write_some(const struct frame *f, struct iovec *iov, int count)
{
	struct msghdr msg = { .msg_iov = iov };

	if (!f->socket || f->set->control < 0)
		return writev(STDOUT_FILENO, iov, count);
	/* The type of msg_iovlen is not the same everywhere. */
	msg.msg_iovlen = 1;
	if (count > 1)
		msg.msg_iovlen = 2;
	return sendmsg(STDOUT_FILENO, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
write_failed(struct frame *f)
{
	if (errno == EINTR)
		return;
	if (errno == EAGAIN) {
		await_output(f);
		return;
	}
	if (f->set->control >= 0 && (errno == EPIPE || errno == ECONNRESET)) {
		give_up(f, STATUS_LOST);
		return;
	}
	if (errno == EPIPE)
		exit(STATUS_SYSTEM);
	die_sys("write standard output");
}

/* Writes what waits, and len bytes of payload behind it. */
static void
flush_with(struct frame *f, uint8_t *payload, size_t len)
{
	struct iovec iov[2] = { { f->out, f->out_len }, { payload, len } };

	f->out_len = 0;
	while (f->state != OVER && iov[0].iov_len + iov[1].iov_len > 0) {
		int first = iov[0].iov_len > 0 ? 0 : 1;
		ssize_t n = write_some(f, iov + first, 2 - first);
		size_t i, part;

		if (n < 0) {
			write_failed(f);
			continue;
		}
		for (i = 0; i < 2; i++) {
			part = (size_t)n < iov[i].iov_len ?
			    (size_t)n : iov[i].iov_len;
			record(&f->capture, true, f->set->role == WS_CLIENT,
			    iov[i].iov_base, part);
			iov[i].iov_base = (char *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			n -= (ssize_t)part;
		}
	}
}

static void
flush(struct frame *f)
{
	flush_with(f, f->out, 0);
}

static void
make_room(struct frame *f, size_t len)
{
	if (OUT_SIZE - f->out_len < len)
		flush(f);
}

/* What stands before and behind a message of hixie; its frames are none. */
static void
put_hixie_byte(struct frame *f, uint8_t byte)
{
	make_room(f, 1);
	f->out[f->out_len++] = byte;
}

/* The payload of the frame is complete. */
static void
put_end(struct frame *f, bool fin)
{
	if (fin && is_hixie(f->set))
		put_hixie_byte(f, WS_HIXIE_BEHIND);
}

static void
put_header(struct frame *f, uint8_t opcode, bool fin, uint64_t payload_len)
{
	if (is_hixie(f->set)) {
		f->masked = false;
		if (opcode != WS_CONTINUATION)
			put_hixie_byte(f, WS_HIXIE_BEFORE);
		return;
	}
	make_room(f, WS_HEADER_MAX);
	f->masked = f->set->role == WS_CLIENT;
	f->out_len += make_header(f, f->out + f->out_len, f->key, opcode, fin,
	    payload_len);
}

/* Puts payload of the last frame, which begins at offset in it; masks a long
 * one in its place and writes it from there. */
static void
put_payload(struct frame *f, uint8_t *payload, size_t len, uint64_t offset)
{
	bool copy = len <= COPY_MAX;

	if (copy) {
		make_room(f, len);
		memcpy(f->out + f->out_len, payload, len);
		payload = f->out + f->out_len;
		f->out_len += len;
	}
	if (f->masked)
		ws_mask(payload, len, f->key, offset);
	if (!copy)
		flush_with(f, payload, len);
}

static void
put_frame(struct frame *f, uint8_t opcode, bool fin, uint8_t *payload,
    size_t len)
{
	if (is_hixie(f->set) && ws_opcode_is_control(opcode))
		return;
	put_header(f, opcode, fin, len);
	put_payload(f, payload, len, 0);
	put_end(f, fin);
}

/* Pings and pongs go between two frames. */
static void
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

/* Sends this Close and begins to wait for the peer's (RFC 6455, 7.1.2). */
static void
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

/* The input is not what the options say. */
static void
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

/* Sends the Close that is due by now, if one is. */
static void
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

/* -- the input -- */

static uint8_t
message_opcode(const struct frame *f)
{
	if (f->set->mode == JSON && !f->in_message)
		return f->json_opcode;
	return f->in_message ? WS_CONTINUATION :
	    f->set->text ? WS_TEXT : WS_BINARY;
}

/* Text must stay valid UTF-8, from message to message.  Returns how much of it
 * may be sent; after less than all of it the input is refused. */
static size_t
check_text(struct frame *f, const uint8_t *text, size_t len)
{
	return f->set->text ? ws_utf8_check(&f->utf8, text, len) : len;
}

/* How long the next data frame may be. */
static uint64_t
frame_max(const struct frame *f)
{
	const struct size_list *list = &f->set->sizes;

	return list->count > 0 ? list->size[f->frames % list->count] :
	    UINT64_MAX;
}

/* Sends a part of a message, in frames of at most -F bytes. */
static void
put_message_part(struct frame *f, uint8_t *p, size_t len, bool fin)
{
	uint64_t max;

	while (len > (max = frame_max(f))) {
		put_frame(f, message_opcode(f), false, p, (size_t)max);
		f->in_message = true;
		f->frames++;
		p += max;
		len -= (size_t)max;
	}
	put_frame(f, message_opcode(f), fin, p, len);
	f->frames++;
	f->in_message = !fin;
	if (fin && ++f->messages == f->set->count)
		f->input_ended = true;
}

static const char not_utf8[] = "input is not valid UTF-8 (RFC 6455, 5.6)";

/* Stream: what one read gave is a message, but for the beginning of a
 * character at its end. */
static void
frame_stream(struct frame *f, size_t n)
{
	size_t old = f->in_len, good, tail;

	if (n == 0) {
		if (old > 0 && f->state == OPEN)
			refuse_input(f, not_utf8);
		return;
	}
	good = check_text(f, f->in + old, n);
	tail = ws_utf8_tail(&f->utf8, f->in, old + good);
	if (old + good > tail)
		put_message_part(f, f->in, old + good - tail, true);
	f->in_len = tail;
	memmove(f->in, f->in + old + good - tail, tail);
	if (good < n)
		refuse_input(f, not_utf8);
}

/* Sends a line, or a part of one that is too long to be held. */
static void
put_line(struct frame *f, uint8_t *p, size_t len, bool fin)
{
	size_t good = check_text(f, p, len);

	if (good < len || (fin && !ws_utf8_complete(&f->utf8))) {
		refuse_input(f, not_utf8);
		return;
	}
	put_message_part(f, p, len, fin);
}

/* Lines and records: each is a message; the last may lack its delimiter. */
static void
frame_lines(struct frame *f, size_t n)
{
	int delimiter = f->set->mode == LINES ? '\n' : '\0';
	uint8_t *p = f->in, *end = f->in + f->in_len + n, *scan = end - n;
	uint8_t *d;

	while (!f->input_ended &&
	    (d = memchr(scan, delimiter, (size_t)(end - scan))) != NULL) {
		put_line(f, p, (size_t)(d - p), true);
		p = scan = d + 1;
	}
	f->in_len = (size_t)(end - p);
	if (f->input_ended)
		return;
	if (n == 0 && (f->in_len > 0 || f->in_message)) {
		put_line(f, p, f->in_len, true);
	} else if (f->in_len == READ_SIZE) {
		put_line(f, p, f->in_len, false);
		f->in_len = 0;
	}
	memmove(f->in, p, f->in_len);
}

/* A frame of -W, or the part of one that fills the buffer. */
static void
put_wire_payload(struct frame *f, uint8_t *p, size_t len)
{
	const struct ws_header *h = &f->rx.header;

	if (!f->committed) {
		put_header(f, h->opcode, h->fin, h->payload_len);
		f->committed = true;
	}
	put_payload(f, p, len, f->rx.payload_done - len);
	f->committed = f->rx.payload_done < h->payload_len;
	if (!f->committed)
		put_end(f, h->fin);
}

static void
end_wire_frame(struct frame *f, uint8_t *p, size_t len)
{
	if (!f->committed || len > 0)
		put_wire_payload(f, p, len);
	if (f->rx.header.fin && ++f->messages == f->set->count)
		f->input_ended = true;
}

static void
obey_wire_control(struct frame *f)
{
	size_t reason = f->rx.control_len < 2 ? f->rx.control_len : 2;

	if (f->rx.header.opcode != WS_CLOSE) {
		put_frame(f, f->rx.header.opcode, true, f->rx.control,
		    f->rx.control_len);
		return;
	}
	f->input_ended = true;
	demand_close(f, f->rx.close_code, f->rx.control + reason,
	    f->rx.control_len - reason, true);
}

static void
refuse_wire(struct frame *f, const char *why)
{
	char sentence[160];
	struct text t = { sentence, sizeof sentence, 0, false };

	text_puts(&t, "frame ");
	text_put_number(&t, (unsigned long)f->rx.frames);
	text_puts(&t, ", byte ");
	text_put_number(&t, (unsigned long)f->rx.frame_offset);
	text_puts(&t, ": ");
	text_puts(&t, why);
	refuse_input(f, sentence);
}

/* Wire: frames, each sent when it is whole.  One that the buffer cannot hold
 * is begun before. */
static void
frame_wire(struct frame *f, size_t n)
{
	uint8_t *p = f->in;			/* payload held back */
	uint8_t *next = p + f->in_len;		/* input not looked at */
	uint8_t *end = next + n;
	size_t used;

	if (n == 0 && f->state == OPEN && !ws_receiver_idle(&f->rx))
		refuse_wire(f, ws_receiver_in_frame(&f->rx) ?
		    "input ends inside a frame (RFC 6455, 5.2)" :
		    "input ends inside a message (RFC 6455, 5.4)");
	while (n > 0 && !f->input_ended) {
		enum ws_event event = ws_receive(&f->rx, next,
		    (size_t)(end - next), &used);

		next += used;
		switch (event) {
		case WS_NEED_MORE:
			n = 0;
			break;
		case WS_FRAME_BEGIN:
			p = next;
			break;
		case WS_PAYLOAD:
			break;		/* held until the frame is whole */
		case WS_FRAME_END:
			end_wire_frame(f, p, (size_t)(next - p));
			p = next;
			break;
		case WS_CONTROL:
			obey_wire_control(f);
			p = next;
			break;
		case WS_VIOLATION:
			refuse_wire(f, ws_violation_text(f->rx.violation));
			break;
		}
	}
	f->in_len = f->rx.state == WS_IN_PAYLOAD ? (size_t)(next - p) : 0;
	if (f->in_len > IN_SIZE - READ_SIZE || (f->committed && f->in_len > 0)) {
		put_wire_payload(f, p, f->in_len);
		f->in_len = 0;
	}
	memmove(f->in, p, f->in_len);
}

/* Sends a frame as its line says, right or wrong. */
static void
put_listed_frame(struct frame *f, struct ws_line *l, uint8_t *payload)
{
	struct ws_header *h = &l->header;

	h->masked = l->mask == WS_MASK_DEFAULT ? f->set->role == WS_CLIENT :
	    l->mask != WS_MASK_NONE;
	if (h->masked && l->mask != WS_MASK_GIVEN)
		draw_key(f, h->masking_key);
	make_room(f, WS_HEADER_MAX);
	f->out_len += ws_header_encode(f->out + f->out_len, h);
	f->masked = h->masked;
	memcpy(f->key, h->masking_key, sizeof f->key);
	put_payload(f, payload, l->payload_len, 0);
	f->declared = h->payload_len;
	f->done = l->payload_len;
}

static void
put_raw(struct frame *f, uint8_t *p, size_t len)
{
	f->masked = false;
	put_payload(f, p, len, 0);
	f->declared = f->done = 0;
}

/* A Close that we were told to send is the session's. */
static void
note_listed_close(struct frame *f, const struct ws_line *l)
{
	unsigned code = WS_CLOSE_NONE;

	if (f->set->control < 0)
		return;
	(void)ws_close_decode(l->payload, l->payload_len, &code);
	flush(f);
	f->status = ws_close_exit_status(code);
	f->input_ended = true;
	if (f->state != OVER)
		f->state = CLOSED;
	f->deadline = deadline_in(f->set->wait_ms + ANSWER_MS);
}

static void
refuse_line(struct frame *f, size_t column, const char *expected)
{
	char sentence[200];
	struct text t = { sentence, sizeof sentence, 0, false };

	text_puts(&t, "line ");
	text_put_number(&t, (unsigned long)f->lines_read);
	text_puts(&t, ", column ");
	text_put_number(&t, (unsigned long)column);
	text_puts(&t, ": expected ");
	text_puts(&t, expected);
	refuse_input(f, sentence);
}

/* Does what a line says. */
static void
frame_line(struct frame *f, char *line, size_t len)
{
	struct ws_line_fault fault;
	struct ws_line l;
	uint8_t *payload = (uint8_t *)line;	/* where it is decoded to */

	f->lines_read++;
	if (!ws_line_parse(&l, &fault, line, len)) {
		refuse_line(f, fault.column, fault.expected);
		return;
	}
	switch (l.kind) {
	case WS_LINE_EMPTY:
		return;
	case WS_LINE_END:
		f->input_ended = true;
		return;
	case WS_LINE_SLEEP:
		f->resume = deadline_in(l.ms);
		return;
	case WS_LINE_RAW:
		put_raw(f, payload, l.payload_len);
		break;
	case WS_LINE_MORE:
		put_payload(f, payload, l.payload_len, f->done);
		f->done += l.payload_len;
		break;
	case WS_LINE_FRAME:
		put_listed_frame(f, &l, payload);
		if (l.header.opcode == WS_CLOSE)
			note_listed_close(f, &l);
		break;
	}
	f->committed = f->done < f->declared;
	if (l.kind == WS_LINE_FRAME && ++f->messages == f->set->count)
		f->input_ended = true;
}

static void
put_json_close(struct frame *f, const struct ws_json *j)
{
	f->input_ended = true;
	if (f->set->control >= 0)
		demand_close(f, j->code, j->payload, j->len, true);
	else
		send_close(f, j->code, j->payload, j->len);
}

/* Sends what an object says. */
static void
frame_json(struct frame *f, char *line, size_t len)
{
	struct ws_line_fault fault;
	struct ws_json j;
	uint8_t *payload;

	f->lines_read++;
	if (!ws_json_parse(&j, &fault, line, len)) {
		refuse_line(f, fault.column, fault.expected);
		return;
	}
	payload = (uint8_t *)line + (j.payload - (const uint8_t *)line);
	switch (j.opcode) {
	case WS_CLOSE:
		put_json_close(f, &j);
		break;
	case WS_PING:
	case WS_PONG:
		put_frame(f, j.opcode, true, payload, j.len);
		break;
	default:
		if (j.opcode == WS_BINARY && is_hixie(f->set)) {
			refuse_line(f, 1, "text, as hixie has nothing else");
			break;
		}
		f->json_opcode = j.opcode;
		put_message_part(f, payload, j.len, true);
		break;
	}
}

/* -a and -j: each line is done as soon as it is whole, but none before a
 * sleep is over. */
static void
frame_text_lines(struct frame *f, size_t n)
{
	void (*frame)(struct frame *, char *, size_t) =
	    f->set->mode == JSON ? frame_json : frame_line;
	char *p = (char *)f->in, *end = p + f->in_len + n, *newline;
	/* What was held has no newline, unless a sleep held it. */
	char *scan = n > 0 ? p + f->in_len : p;

	while (!f->input_ended && f->resume == 0 &&
	    (newline = memchr(scan, '\n', (size_t)(end - scan))) != NULL) {
		frame(f, p, (size_t)(newline - p));
		p = scan = newline + 1;
	}
	f->in_len = (size_t)(end - p);
	if (f->input_eof && !f->input_ended && f->resume == 0) {
		if (f->in_len > 0)
			frame(f, p, f->in_len);
		f->in_len = 0;
		f->input_ended = f->resume == 0;
	} else if (f->in_len > f->in_size - READ_SIZE && f->resume == 0) {
		f->lines_read++;
		refuse_line(f, f->in_len, "a shorter line");
	}
	memmove(f->in, p, f->in_len);
}

/* How much may be read behind what is held. */
static size_t
read_size(const struct frame *f)
{
	uint64_t max = frame_max(f);

	switch (f->set->mode) {
	case STREAM:
		if (f->set->text && max < 4)	/* any character fits */
			max = 4;
		return (size_t)(max < f->bulk ? max : f->bulk) - f->in_len;
	case LINES:
	case RECORDS:
		return READ_SIZE - f->in_len;
	case WIRE:
	case FRAME_LINES:
	case JSON:
		break;
	}
	return READ_SIZE;
}

static void
take_input(struct frame *f)
{
	ssize_t n = read_some(STDIN_FILENO, f->in + f->in_len, read_size(f));

	if (n == READ_SIZE) {
		f->bulk = IN_SIZE;
		enlarge_pipe(STDIN_FILENO);
		enlarge_pipe(STDOUT_FILENO);
	}
	if (n < 0 && f->set->control < 0)
		die_sys("read standard input");
	if (n < 0) {
		say("read standard input: %s", strerror(errno));
		f->input_ended = true;
		demand_plain_close(f, WS_CLOSE_INTERNAL_ERROR);
		return;
	}
	if (n == 0 && f->set->control >= 0)
		catch_up_on_orders(f);	/* they came before this end */
	switch (f->set->mode) {
	case STREAM:
		frame_stream(f, (size_t)n);
		break;
	case LINES:
	case RECORDS:
		frame_lines(f, (size_t)n);
		break;
	case WIRE:
		frame_wire(f, (size_t)n);
		break;
	case FRAME_LINES:
	case JSON:
		f->input_eof = n == 0;
		frame_text_lines(f, (size_t)n);
		return;
	}
	f->input_ended |= n == 0;
}

/* A sleep is over. */
static void
go_on(struct frame *f)
{
	f->resume = 0;
	frame_text_lines(f, 0);
}

/* -- a session -- */

/* Whether there is nothing left to send, or to wait for. */
static bool
finished(const struct frame *f)
{
	switch (f->state) {
	case OPEN:
	case DRAINING:
		return f->set->control < 0 && f->input_ended;
	case CLOSED:
		return f->peer_closed || f->peer_ended || f->set->control < 0;
	case OVER:
		break;
	}
	return true;
}

static void
ping_in_time(struct frame *f)
{
	if (f->next_ping > now_ms())
		return;
	queue_control(f, WS_PING, (const uint8_t *)"", 0);
	f->next_ping = deadline_in(f->set->ping_ms);
}

/* The time for a Close has run out. */
static void
run_out_of_time(struct frame *f)
{
	if (f->state == DRAINING) {
		f->close_now = true;	/* the command had its grace */
		return;
	}
	(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
	give_up(f, STATUS_LOST);
}

/* Waits for something to do, and does it. */
static void
step(struct frame *f)
{
	struct pollfd fds[WATCHED];
	bool want_input = f->state < CLOSED && !f->input_ended &&
	    f->resume == 0;
	int64_t deadline = f->deadline;

	if (f->set->control < 0 && f->set->ping_ms < 0 && f->resume == 0) {
		take_input(f);
		return;
	}
	if (f->resume != 0 && f->resume < deadline)
		deadline = f->resume;
	if (f->state < CLOSED && f->next_ping < deadline)
		deadline = f->next_ping;
	watch(f, fds, want_input ? STDIN_FILENO : -1, POLLIN);
	if (poll_until(fds, WATCHED, deadline) == 0) {
		if (f->deadline <= now_ms())
			run_out_of_time(f);
		else if (f->resume != 0 && f->resume <= now_ms())
			go_on(f);
		else
			ping_in_time(f);
		return;
	}
	heed(f, fds);
	if (fds[WATCH_DATA].revents != 0 && !f->close_now) {
		take_input(f);
		if (f->set->ping_ms >= 0)
			f->next_ping = deadline_in(f->set->ping_ms);
	}
}

/* Both Closes are exchanged, or the peer is gone.  The server ends the
 * connection first (RFC 6455, 7.1.1); then ws-deframe tells that the peer has,
 * too. */
static void
part(struct frame *f)
{
	struct pollfd pfd = { f->set->control, POLLIN, 0 };
	int64_t deadline = deadline_in(LINGER_MS);

	if (f->set->role != WS_CLIENT || f->set->control < 0)
		(void)shutdown(STDOUT_FILENO, SHUT_WR);
	if (f->set->control < 0)
		return;
	while (!f->peer_ended && poll_until(&pfd, 1, deadline) > 0)
		take_orders(f);
	/* Its end closes the channel, unless a shell holds that, too. */
	if (f->peer_ended)
		(void)poll_until(&pfd, 1, deadline_in(PARTING_MS));
	/* Whoever still reads from the connection is to see its end. */
	(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
}

static int
run(const struct settings *set)
{
	static struct frame f;

	f.set = set;
	f.rx.refuse_binary = is_hixie(set);
	f.in_size = set->mode == JSON ? JSON_SIZE : IN_SIZE + READ_SIZE;
	f.bulk = READ_SIZE;
	f.in = malloc(f.in_size);
	if (f.in == NULL)
		die_sys("get memory");
	f.deadline = NEVER;
	f.next_ping = deadline_in(set->ping_ms);
	f.lifeline = set->lifeline;
	f.signal_pipe = set->signal_pipe;
	f.socket = is_socket(STDOUT_FILENO);
	f.capture = set->capture != NULL ? record_open(set->capture) : -1;
	for (;;) {
		put_queued_control(&f);
		close_in_time(&f);
		flush(&f);
		if (finished(&f))
			break;
		step(&f);
	}
	part(&f);
	return f.status != STATUS_OK ? f.status : f.peer_status;
}

/* In a session: find the channel, and turn SIGTERM into an orderly end. */
static void
join_session(struct settings *set)
{
	int reader, writer;

	if (set->control < 0 && session_control(&reader, &writer)) {
		/* Only then can the end of ws-deframe be seen. */
		(void)close(writer);
		set->control = reader;
	}
	if (set->control < 0)
		return;
	set_nodelay(STDOUT_FILENO);
	(void)session_lifeline(&set->lifeline, &writer);
	set->signal_pipe = session_catch_signals();
}

int
main(int argc, char *argv[])
{
	struct settings set = { .role = session_role(),
	    .framing = session_framing(), .ping_ms = -1,
	    .close = { WS_CLOSE_NORMAL, "" },
	    .wait_ms = WAIT_MS, .control = -1, .lifeline = -1,
	    .signal_pipe = -1 };
	int c;

	argv0 = "ws-frame";
	while ((c = getopt(argc, argv, ":01abC:cD:e:F:hi:jk:lm:nqstVWw:")) != -1)
		switch (c) {
		case '0': set.mode = RECORDS; break;
		case '1': set.count = 1; break;
		case 'a': set.mode = FRAME_LINES; break;
		case 'b': set.binary = true; break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'c': set.role = WS_CLIENT; break;
		case 'D': set.capture = optarg; break;
		case 'e':
			set.close = option_close('e', optarg);
			set.close_offline = true;
			break;
		case 'F': option_sizes('F', optarg, &set.sizes); break;
		case 'h': print_and_exit(USAGE);
		case 'i': set.ping_ms = option_seconds('i', optarg); break;
		case 'j': set.mode = JSON; break;
		case 'k':
			option_masking_key('k', optarg, set.key);
			set.fixed_key = true;
			break;
		case 'l': set.mode = LINES; break;
		case 'm':
			set.count = option_number('m', optarg, 1, UINT64_MAX);
			break;
		case 'n': set.no_close = true; break;
		case 'q': diag_quiet(); break;
		case 's': set.role = WS_SERVER; break;
		case 't': set.text = true; break;
		case 'V': print_and_exit("ws-frame " VERSION);
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'W': set.mode = WIRE; break;
		default: die_usage(USAGE);
		}
	if (optind < argc)
		die_usage(USAGE);
	/* Frames say themselves what they are. */
	if (set.mode >= WIRE && (set.text || set.binary ||
	    (set.mode != JSON && set.sizes.count > 0)))
		die_usage(USAGE);
	if ((set.mode == LINES || set.mode == RECORDS) && !set.binary)
		set.text = true;
	if (is_hixie(&set)) {
		if (set.mode == FRAME_LINES || set.binary)
			die(STATUS_USAGE, "hixie knows only text: not -a or -b");
		set.text |= set.mode == STREAM;
	}
	join_session(&set);
	return run(&set);
}
