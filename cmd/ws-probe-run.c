/* ws-probe: a run, one case played to a peer over one connection. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ws-probe.h"
#include "code/bits.h"
#include "diag.h"
#include "http/seckey.h"
#include "io.h"
#include "ws/closecode.h"

enum {
	MESSAGES_MOST = 96 << 20,	/* bytes that a peer may make us keep */
	KEYS_MOST = 64,
	WHOLE_MS = 300000,		/* of a run, if 5 s are waited */
	HEAD_SIZE = HTTP_HEAD_MAX + 8192
};

enum piece_kind { PIECE_DATA, PIECE_PAUSE, PIECE_SHUT, PIECE_RESET };

/* What waits to be sent. */
struct piece {
	struct piece *next;
	enum piece_kind kind;
	uint8_t *data;
	size_t len, done, chop;
	int64_t pause_ms;	/* or between the chops */
};

struct message {
	struct message *next;
	uint8_t opcode;
	uint8_t *data;
	size_t len, size;
};

struct run {
	const struct probe *probe;
	const struct probe_case *k;
	int fd;
	struct log log;
	enum verdict verdict;
	char reason[320], misfit[320];	/* misfit: of the expectation at hand */
	bool not_strict;
	const char *skip;		/* why it cannot be asked */

	/* sending */
	struct piece *out, **out_end;
	int64_t out_at;			/* not before */
	size_t chop;
	int64_t chop_ms;
	uint64_t drawn;			/* masking keys */
	bool cannot_send, close_sent, shut;
	uint8_t more_key[4];		/* of the frame that "more" continues */
	bool more_masked;
	uint64_t more_offset;
	struct packing *packing;	/* what was agreed on */
	bool packed;			/* the message that is being sent is */
	struct message sent;		/* the last message of ours */
	bool sent_open, sent_raw;

	/* the handshake */
	struct head_values values;
	char key_text[24], host[300], origin[320], resource[2048];
	const char *key_fault;
	const struct piece *answer;	/* to a client, until it is sent */
	char *request;			/* of the client */
	size_t request_len;
	bool head_done, open;
	struct http_scan scan;
	char *head;
	size_t head_len;
	int status;			/* of the answer; 0: none */
	const char *head_fault;

	/* receiving */
	struct ws_receiver receiver;
	struct message part;		/* of a message that is not whole */
	bool in_message;
	uint8_t shown[WS_CONTROL_MAX];
	size_t shown_len;
	struct message *messages, *controls;
	size_t kept;
	uint8_t keys[KEYS_MOST][4];
	size_t key_count;
	bool close_received, eof, reset;
	bool failed;			/* as it was to */
	int close_code;

	/* the script */
	const struct step *steps;
	size_t step_count;
	size_t pc;
	struct probe_case farewell;	/* for one that may live on, or is
					   skipped */
	struct pool pool;		/* of that */
	uint64_t times;			/* of the step */
	uint64_t round;			/* of those that come again */
	int64_t progress_ms, step_ms, began_ms;
};

/* -- how it went -- */

static void
conclude(struct run *r, enum verdict verdict, const char *fmt, ...)
{
	va_list args;

	if (r->verdict != RUNNING)
		return;
	if (r->skip != NULL) {
		r->verdict = RUN_SKIPPED;
		snprintf(r->reason, sizeof r->reason, "%s", r->skip);
		return;
	}
	if (verdict == RUN_OK && r->not_strict)
		verdict = RUN_NOT_STRICT;
	r->verdict = r->k->inform ? RUN_INFORMED : verdict;
	if (verdict == RUN_NOT_STRICT)
		return;		/* the reason is what was noted */
	va_start(args, fmt);
	vsnprintf(r->reason, sizeof r->reason, fmt, args);
	va_end(args);
}

/* Something that is allowed, and not what it should be. */
static void
note(struct run *r, const char *words)
{
	if (!r->not_strict)
		snprintf(r->reason, sizeof r->reason, "%s", words);
	r->not_strict = true;
}

/* Of a connection that is not asked anything more. */
static void
play_farewell(struct run *r)
{
	case_of_lines(&r->farewell, &r->pool, "> close 1000\n< close any\n");
	r->steps = r->farewell.steps;
	r->step_count = r->farewell.step_count;
	r->pc = 0;
}

/* -- sending -- */

static struct piece *
put_piece(struct run *r, enum piece_kind kind)
{
	struct piece *piece = get_memory(sizeof *piece);

	memset(piece, 0, sizeof *piece);
	piece->kind = kind;
	piece->chop = r->chop;
	piece->pause_ms = r->chop_ms;
	*r->out_end = piece;
	r->out_end = &piece->next;
	return piece;
}

/* The data become the queue's. */
static void
put_data(struct run *r, uint8_t *data, size_t len)
{
	struct piece *piece = put_piece(r, PIECE_DATA);

	piece->data = data;
	piece->len = len;
}

static void
draw_key(struct run *r, uint8_t key[4])
{
	struct payload made = { PAYLOAD_RANDOM, NULL, 0, 4 };
	size_t len;
	uint8_t *p = payload_make(&made, ++r->drawn, r->probe->seed + 7919,
	    &len);

	memcpy(key, p, 4);
	free(p);
}

static void
message_append(struct message *m, const uint8_t *p, size_t len)
{
	if (m->size - m->len < len) {
		m->size = 2 * m->size + len;
		m->data = grow_memory(m->data, m->size);
	}
	if (len > 0)
		memcpy(m->data + m->len, p, len);
	m->len += len;
}

/* Remembers what we say, of which an echo may have begun. */
static void
remember_sent(struct run *r, const struct ws_header *h, const uint8_t *p,
    size_t len)
{
	if (h->opcode >= WS_CLOSE)
		return;
	if (!r->sent_open && h->opcode != WS_CONTINUATION) {
		r->sent.len = 0;
		r->sent.opcode = h->opcode;
	}
	if (r->sent_open == (h->opcode == WS_CONTINUATION))
		message_append(&r->sent, p, len);
	r->sent_open = !h->fin;
}

/* A frame with this payload; the header's length stands unless it is to be
 * taken from the payload. */
static void
put_frame(struct run *r, struct ws_header h, enum ws_frameline_mask mask,
    const uint8_t *p, size_t len)
{
	uint8_t *data = get_memory(WS_HEADER_MAX + len);
	size_t n;

	h.masked = mask == WS_MASK_DEFAULT ? r->probe->client :
	    mask != WS_MASK_NONE;
	if (h.masked && mask != WS_MASK_GIVEN)
		draw_key(r, h.masking_key);
	n = ws_header_encode(data, &h);
	if (len > 0)
		memcpy(data + n, p, len);
	if (h.masked)
		ws_mask(data + n, len, h.masking_key, 0);
	memcpy(r->more_key, h.masking_key, 4);
	r->more_masked = h.masked;
	r->more_offset = len;
	if (h.opcode == WS_CLOSE)
		r->close_sent = true;
	if (h.form == 0)
		h.form = ws_length_form(h.payload_len);
	log_frame(&r->log, '>', &h, p, len, r->probe->client, r->packed);
	put_data(r, data, n + len);
}

/* A message, in frames of that size, or in one. */
static void
put_message(struct run *r, const struct step *s, const uint8_t *p, size_t len)
{
	struct ws_header h = s->header;
	size_t n, done = 0;

	if (r->packing != NULL && h.rsv == WS_RSV1 && !s->deflated)
		r->sent_raw = true;	/* what it becomes is not known */
	if (s->frame_size == 0) {
		if (!s->len_given)
			h.payload_len = len;
		put_frame(r, h, s->mask, p, len);
		return;
	}
	do {
		n = len - done > s->frame_size ? (size_t)s->frame_size :
		    len - done;
		h.payload_len = n;
		h.fin = s->header.fin && done + n == len;
		put_frame(r, h, s->mask, p + done, n);
		h.opcode = WS_CONTINUATION;
		if (s->deflated)
			h.rsv = 0;	/* RFC 7692, 6.1 */
		done += n;
	} while (done < len);
}

static void
put_bytes(struct run *r, const struct step *s, uint8_t *p, size_t len)
{
	char buf[400];
	struct text t = { buf, sizeof buf, 0, false };

	text_puts(&t, s->kind == STEP_RAW ? "raw" : "more");
	ws_frameline_put_payload(&t, p, len > 64 ? 64 : len);
	log_words(&r->log, '>', buf, t.len);
	if (s->kind == STEP_MORE && r->more_masked)
		ws_mask(p, len, r->more_key, r->more_offset);
	r->more_offset += len;
	r->sent_raw = true;
	put_data(r, p, len);
}

/* Whether the payload is to be compressed; that of a continuation is as that of
 * the frame it continues. */
static bool
packs(struct run *r, const struct step *s)
{
	if (ws_opcode_is_control(s->header.opcode))
		return false;
	if (s->header.opcode != WS_CONTINUATION)
		r->packed = s->deflated;
	return r->packed && r->packing != NULL;
}

static void
send_message(struct run *r, const struct step *s, uint8_t *p, size_t len)
{
	uint8_t *packed;
	size_t packed_len;

	if (!r->sent_raw)
		remember_sent(r, &s->header, p, len);
	if (packs(r, s)) {
		packed = packing_deflate(r->packing, p, len, s->header.fin,
		    &packed_len);
		put_message(r, s, packed, packed_len);
		free(packed);
	} else {
		put_message(r, s, p, len);
	}
}

static void
do_send(struct run *r, const struct step *s)
{
	size_t len;
	uint8_t *p;
	uint64_t i;

	for (i = 0; i < s->times; i++) {
		p = payload_make(&s->payload, r->round + i, r->probe->seed,
		    &len);
		if (s->kind == STEP_FRAME) {
			send_message(r, s, p, len);
			free(p);
		} else {
			put_bytes(r, s, p, len);
		}
	}
}

/* Takes the first piece off the queue. */
static void
drop_piece(struct run *r)
{
	struct piece *piece = r->out;

	r->out = piece->next;
	if (r->out == NULL)
		r->out_end = &r->out;
	if (r->answer == piece)
		r->answer = NULL;
	free(piece->data);
	free(piece);
}

static void
reset_connection(struct run *r)
{
	struct linger now = { 1, 0 };

	setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	r->eof = true;
}

/* Sends what is first in the queue; false when that must wait. */
static bool
send_piece(struct run *r)
{
	struct piece *piece = r->out;
	size_t len = piece->len - piece->done;
	ssize_t n;

	if (piece->kind == PIECE_DATA) {
		if (piece->chop > 0 && len > piece->chop)
			len = piece->chop;
		n = r->cannot_send ? (ssize_t)len :
		    send(r->fd, piece->data + piece->done, len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (n < 0) {
			r->cannot_send = true;
			return true;
		}
		r->progress_ms = now_ms();
		piece->done += (size_t)n;
		if (piece->chop > 0 && piece->pause_ms > 0)
			r->out_at = now_ms() + piece->pause_ms;
		if (piece->done < piece->len)
			return (size_t)n == len && r->out_at == 0;
	} else if (piece->kind == PIECE_PAUSE) {
		r->out_at = now_ms() + piece->pause_ms;
	} else if (piece->kind == PIECE_SHUT) {
		shutdown(r->fd, SHUT_WR);
	} else {
		reset_connection(r);
	}
	drop_piece(r);
	return r->out_at == 0;
}

static void
send_some(struct run *r)
{
	int i;

	if (r->out_at > now_ms())
		return;
	r->out_at = 0;
	for (i = 0; i < 64 && r->out != NULL && send_piece(r); i++)
		;
	if (r->out_at > 0)
		r->progress_ms = r->out_at;
}

/* What we say without being told: the echo of a Close, pongs. */
static void
put_answer(struct run *r, uint8_t opcode, const uint8_t *p, size_t len)
{
	struct ws_header h = { .opcode = opcode, .fin = true,
	    .payload_len = len };

	if (!r->close_sent && !r->cannot_send)
		put_frame(r, h, WS_MASK_DEFAULT, p, len);
}

/* -- receiving -- */

static struct message *
keep(struct message **list, const struct message *what)
{
	struct message *m = get_memory(sizeof *m);

	*m = *what;
	m->next = NULL;
	while (*list != NULL)
		list = &(*list)->next;
	*list = m;
	return m;
}

static void
drop_first(struct message **list)
{
	struct message *m = *list;

	*list = m->next;
	free(m->data);
	free(m);
}

static void
note_key(struct run *r)
{
	if (!r->probe->client && r->key_count < KEYS_MOST)
		memcpy(r->keys[r->key_count++],
		    r->receiver.header.masking_key, 4);
}

static void
got_control(struct run *r)
{
	const struct ws_receiver *w = &r->receiver;
	struct message m = { .opcode = w->header.opcode };

	note_key(r);
	log_frame(&r->log, '<', &w->header, w->control, w->control_len,
	    !r->probe->client, false);
	if (w->header.opcode == WS_PING) {
		put_answer(r, WS_PONG, w->control, w->control_len);
	} else if (w->header.opcode == WS_PONG) {
		message_append(&m, w->control, w->control_len);
		keep(&r->controls, &m);
	} else {
		r->close_received = true;
		r->close_code = w->close_code == WS_CLOSE_NONE ? CODE_NONE :
		    (int)w->close_code;
		put_answer(r, WS_CLOSE, w->control,
		    w->control_len > 2 ? 2 : w->control_len);
	}
}

static void
got_payload(struct run *r)
{
	const struct ws_receiver *w = &r->receiver;
	size_t n = sizeof r->shown - r->shown_len;

	if (n > w->data_len)
		n = w->data_len;
	memcpy(r->shown + r->shown_len, w->data, n);
	r->shown_len += n;
	r->kept += w->data_len;
	if (r->kept > MESSAGES_MOST)
		conclude(r, RUN_FAILED, "more came than was sent");
	else
		message_append(&r->part, w->data, w->data_len);
}

static void
got_frame(struct run *r)
{
	const struct ws_header *h = &r->receiver.header;

	log_frame(&r->log, '<', h, r->shown, r->shown_len, !r->probe->client,
	    r->packing != NULL);
	if (h->opcode != WS_CONTINUATION)
		r->part.opcode = h->opcode;
	r->in_message = !h->fin;
	if (h->fin) {
		keep(&r->messages, &r->part);
		memset(&r->part, 0, sizeof r->part);
	}
}

/* Whether what broke the rule is a Close with a code that nobody has defined,
 * and nobody has forbidden; then it is one. */
static bool
got_strange_code(struct run *r)
{
	const struct ws_receiver *w = &r->receiver;
	int code = (int)load_net16(w->control);

	if (w->violation != WS_CLOSE_CODE_INVALID || code < 1016)
		return false;
	log_frame(&r->log, '<', &w->header, w->control, w->control_len,
	    !r->probe->client, false);
	r->close_received = true;
	r->close_code = code;
	return true;
}

static void
got_frames(struct run *r, uint8_t *p, size_t len)
{
	size_t used;

	while (r->verdict == RUNNING) {
		if (r->receiver.state == WS_AT_END) {
			if (len > 0)
				conclude(r, RUN_FAILED, "%zu bytes came behind "
				    "the Close (RFC 6455, 5.5.1)", len);
			return;
		}
		switch (ws_receive(&r->receiver, p, len, &used)) {
		case WS_NEED_MORE:
			return;
		case WS_FRAME_BEGIN:
			note_key(r);
			r->shown_len = 0;
			break;
		case WS_PAYLOAD:
			got_payload(r);
			break;
		case WS_FRAME_END:
			got_frame(r);
			break;
		case WS_CONTROL:
			got_control(r);
			break;
		case WS_VIOLATION:
			if (got_strange_code(r))
				return;
			conclude(r, RUN_FAILED, "the peer broke a rule: %s",
			    ws_receiver_fault_text(&r->receiver));
			return;
		}
		p += used;
		len -= used;
	}
}

/* -- heads -- */

/* The case asks what the peer does not negotiate: what it got instead is a
 * connection that ends well. */
static void
skip(struct run *r, const char *why)
{
	r->skip = why;
	play_farewell(r);
}

/* A 101: what was agreed on with it. */
static void
opened(struct run *r, char *head)
{
	struct ws_permessage agreed = { 0 };

	r->head_fault = head_answer_fault(head, r->head_len, r->k, &r->values,
	    &agreed);
	if (!r->k->deflate.deflate)
		return;
	if (r->head_fault != NULL)
		conclude(r, RUN_FAILED, "%s", r->head_fault);
	else if (!agreed.deflate)
		skip(r, "the server does not negotiate permessage-deflate");
	else
		r->packing = packing_open(&agreed, true, &r->receiver);
}

/* Judges the whole answer of a server: its status, and all of it where that
 * is what the case asks. */
static void
read_answer(struct run *r)
{
	struct http_status_line line;
	struct slice start = http_start_line(r->head, r->head_len);
	char *copy;

	log_head(&r->log, '<', r->head, r->head_len);
	if (!http_parse_status_line(&line, start)) {
		r->head_done = true;
		if (!r->k->judge_head)
			conclude(r, RUN_FAILED, "the answer is not HTTP/1");
		return;
	}
	if (line.status / 100 == 1 && line.status != 101) {
		r->head_len = 0;
		memset(&r->scan, 0, sizeof r->scan);
		return;
	}
	r->head_done = true;
	r->status = line.status;
	r->open = line.status == 101;
	copy = get_memory(r->head_len);
	memcpy(copy, r->head, r->head_len);
	if (r->open)
		opened(r, copy);
	free(copy);
	if (!r->open && !r->k->judge_head)
		conclude(r, RUN_FAILED, "refused with %d", r->status);
}

/* Takes what belongs to the head; the rest are frames. */
static void
got_bytes(struct run *r, uint8_t *p, size_t len)
{
	enum http_scan_result scanned;
	size_t used;

	while (len > 0 && !r->head_done && r->verdict == RUNNING) {
		scanned = http_scan(&r->scan, (char *)p, len, &used);
		if (r->head_len + used > HEAD_SIZE ||
		    scanned == HTTP_LINE_TOO_LONG ||
		    scanned == HTTP_HEAD_TOO_LARGE) {
			conclude(r, RUN_FAILED, "the answer is too long");
			return;
		}
		memcpy(r->head + r->head_len, p, used);
		r->head_len += used;
		p += used;
		len -= used;
		if (scanned == HTTP_COMPLETE)
			read_answer(r);
	}
	if (r->open)
		got_frames(r, p, len);
}

static void
receive(struct run *r)
{
	static uint8_t buf[1 << 18];
	ssize_t n = recv(r->fd, buf, sizeof buf, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	r->progress_ms = now_ms();
	if (n > 0 && r->answer != NULL && r->answer->done > 0)
		conclude(r, RUN_FAILED, "the client sends before it has the "
		    "answer (RFC 6455, 4.1)");
	if (n > 0) {
		got_bytes(r, buf, (size_t)n);
		return;
	}
	r->eof = true;
	r->reset = n < 0;
	log_words(&r->log, '<', r->reset ? "(reset)" : "(end)",
	    r->reset ? 7 : 5);
}

/* -- what is expected -- */

enum fit { FITS, FITS_LESS, NOT_YET, DOES_NOT };

/* Whether nothing more can come. */
static bool
ended(const struct run *r)
{
	return r->eof || r->close_received;
}

static enum fit
misfit(struct run *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->misfit, sizeof r->misfit, fmt, args);
	va_end(args);
	return DOES_NOT;
}

/* What came instead of something else, in a few words. */
static const char *
shown_frame(char buf[120], uint8_t opcode, const uint8_t *p, size_t len)
{
	char words[120];
	struct text t = { words, sizeof words, 0, false };
	struct text visible = { buf, 120, 0, false };
	struct ws_frameline_style style = { 0 };
	struct ws_header h = { .opcode = opcode, .fin = true,
	    .payload_len = len, .form = ws_length_form(len) };
	size_t shown = len > 20 ? 20 : len;

	ws_frameline_put_head(&t, &style, &h, shown);
	ws_frameline_put_payload(&t, p, shown);
	log_put_shown(&visible, words, t.len);
	return buf;
}

static enum fit
instead_of_end(struct run *r)
{
	if (r->close_received && r->close_code >= 0)
		return misfit(r, "Close %d came instead", r->close_code);
	if (r->close_received)
		return misfit(r, "an empty Close came instead");
	return misfit(r, "the connection ended instead");
}

static enum fit
fit_message(struct run *r, const struct expect *e)
{
	struct message *m = r->messages;
	size_t len, i;
	uint8_t *p;
	char buf[120];

	if (m == NULL)
		return ended(r) ? instead_of_end(r) : NOT_YET;
	if (e->any_payload)
		return FITS;
	p = payload_make(&e->payload, r->round + r->times, r->probe->seed,
	    &len);
	for (i = 0; i < len && i < m->len && p[i] == m->data[i]; i++)
		;
	free(p);
	if (i == len && i == m->len && m->opcode == e->opcode)
		return FITS;
	return misfit(r, "%s came instead; %zu bytes, first difference at %zu",
	    shown_frame(buf, m->opcode, m->data, m->len), m->len, i);
}

static enum fit
fit_pong(struct run *r, const struct expect *e)
{
	struct message *m = r->controls;
	size_t len;
	uint8_t *p;
	bool same;
	char buf[120];

	if (m == NULL)
		return ended(r) ? instead_of_end(r) : NOT_YET;
	if (e->any_payload)
		return FITS;
	for (; e->later && m->next != NULL; m = r->controls)
		drop_first(&r->controls);
	p = payload_make(&e->payload, r->times, r->probe->seed, &len);
	same = len == m->len && (len == 0 || memcmp(p, m->data, len) == 0);
	free(p);
	if (same)
		return FITS;
	if (e->later && !ended(r))
		return NOT_YET;
	return misfit(r, "%s came instead",
	    shown_frame(buf, m->opcode, m->data, m->len));
}

/* A message where none was due. */
static enum fit
unexpected(struct run *r)
{
	char buf[120];

	return misfit(r, "%s came", shown_frame(buf, r->messages->opcode,
	    r->messages->data, r->messages->len));
}

/* Codes that nobody has defined, or may (RFC 6455, 7.4.2). */
static bool
is_reserved(int code)
{
	return (code >= 1016 && code < 3000) || code >= 5000;
}

/* A Close that is answered as if it were wrong was not understood. */
static enum fit
fit_close(struct run *r, const struct expect *e)
{
	if (r->messages != NULL)
		return unexpected(r);
	if (!r->close_received)
		return !r->eof ? NOT_YET :
		    misfit(r, "the connection ended without a Close");
	if (e->code == CODE_ANY || e->code == r->close_code)
		return FITS;
	if (e->code == CODE_NONE && r->close_code == 1000)
		return FITS;
	(void)instead_of_end(r);
	return r->close_code == WS_CLOSE_PROTOCOL_ERROR ||
	    r->close_code == WS_CLOSE_BAD_DATA || is_reserved(r->close_code) ?
	    DOES_NOT : FITS_LESS;
}

/* Whether what has come of a message is the beginning of ours. */
static bool
part_is_sent(const struct run *r)
{
	return r->part.len == 0 || r->sent_raw || (r->part.len <= r->sent.len &&
	    memcmp(r->part.data, r->sent.data, r->part.len) == 0);
}

/* "Close 1000" and its like tell of no failure. */
static enum fit
fit_fail(struct run *r, const struct expect *e)
{
	if (r->messages != NULL)
		return unexpected(r);
	if (!part_is_sent(r))
		return misfit(r, "a fragment came that is no beginning of the "
		    "message sent");
	if (r->close_received) {
		if (e->code == CODE_ANY || e->code == r->close_code)
			return FITS;
		(void)instead_of_end(r);
		return r->close_code == WS_CLOSE_NORMAL ||
		    r->close_code == WS_CLOSE_GOING_AWAY ||
		    is_reserved(r->close_code) ? DOES_NOT : FITS_LESS;
	}
	if (!r->eof)
		return NOT_YET;
	(void)misfit(r, "the connection ended without a Close");
	return FITS_LESS;
}

static enum fit
fit_end(struct run *r)
{
	if (r->messages != NULL)
		return unexpected(r);
	if (!r->eof)
		return NOT_YET;
	if (!r->reset)
		return FITS;
	(void)misfit(r, "the connection was reset (RFC 6455, 7.1.1)");
	return FITS_LESS;
}

/* No WebSocket for this client: it ends without a frame. */
static enum fit
fit_gone(struct run *r)
{
	if (r->messages != NULL || r->in_message || r->controls != NULL)
		return misfit(r,
		    "the client took the answer for a WebSocket's");
	if (r->close_received) {
		(void)misfit(r, "a Close, although there is no WebSocket");
		return FITS_LESS;
	}
	return r->eof ? FITS : NOT_YET;
}

static enum fit
fit_status(struct run *r, const struct expect *e)
{
	if (!r->head_done)
		return !r->eof ? NOT_YET :
		    misfit(r, "the connection ended without an answer");
	if (e->hundreds ? e->code / 100 != r->status / 100 || r->status == 101 :
	    e->code != r->status)
		return misfit(r, r->open ? "the handshake was accepted (%d)" :
		    r->status == 0 ? "the answer is not HTTP/1" :
		    "the answer is %d", r->status);
	if (r->open && r->head_fault != NULL)
		return misfit(r, "%s", r->head_fault);
	return FITS;
}

static enum fit
fit_field(struct run *r, const struct expect *e)
{
	struct http_head h;
	const struct http_field *f;
	size_t i = 0, n = 0;
	bool found = false;
	struct slice list, element;

	if (!r->head_done)
		return r->eof ? misfit(r, "no answer came") : NOT_YET;
	if (http_parse_head(&h, r->head, r->head_len, true) != HTTP_OK)
		return misfit(r, "the fields of the answer are malformed");
	while ((f = http_find(&h, e->name, &i)) != NULL) {
		n++;
		list = f->value;
		while (e->value != NULL && slice_next_element(&list, &element))
			found = found || slice_equal_nocase(element,
			    slice_of(e->value));
	}
	if (e->kind == EXPECT_NO_FIELD)
		return n == 0 ? FITS :
		    misfit(r, "the answer has %s", e->name);
	if (n == 0)
		return misfit(r, "the answer has no %s", e->name);
	return e->value == NULL || found ? FITS :
	    misfit(r, "%s is not %s", e->name, e->value);
}

static enum fit
fit_request(struct run *r, const struct expect *e)
{
	char *copy = get_memory(r->request_len + 1);
	const char *fault;

	memcpy(copy, r->request, r->request_len);
	copy[r->request_len] = '\0';
	fault = strcmp(e->name, "fresh-key") == 0 ? r->key_fault :
	    head_request_fault(copy, r->request_len, e->name);
	free(copy);
	return fault == NULL ? FITS : misfit(r, "%s", fault);
}

/* How many of the keys were there before. */
static size_t
repeated_keys(const struct run *r)
{
	size_t i, j, n = 0;

	for (i = 1; i < r->key_count; i++)
		for (j = 0; j < i; j++)
			if (memcmp(r->keys[i], r->keys[j], 4) == 0) {
				n++;
				break;
			}
	return n;
}

/* How many different values a byte of the keys has. */
static size_t
values_of_byte(const struct run *r, size_t byte)
{
	bool seen[256] = { false };
	size_t i, n = 0;

	for (i = 0; i < r->key_count; i++) {
		n += !seen[r->keys[i][byte]];
		seen[r->keys[i][byte]] = true;
	}
	return n;
}

/* Whether each key follows from the one before, by a constant. */
static bool
keys_are_counted(const struct run *r)
{
	uint32_t key[3];
	size_t i, j, n = 0;

	for (i = 2; i < r->key_count; i++) {
		for (j = 0; j < 3; j++)
			key[j] = load_net32(r->keys[i - j]);
		n += key[0] - key[1] == key[1] - key[2];
	}
	return n > 2;
}

static enum fit
fit_keys(struct run *r)
{
	size_t i;

	if (r->key_count < 16)
		return misfit(r, "%zu keys are too few to tell", r->key_count);
	if (repeated_keys(r) > 1)
		return misfit(r, "a masking key is used again");
	if (keys_are_counted(r))
		return misfit(r, "the masking keys are counted up");
	for (i = 0; i < 4; i++)
		if (values_of_byte(r, i) < 4)
			return misfit(r, "byte %zu of the masking keys hardly "
			    "changes", i);
	return FITS;
}

static enum fit
fit_nothing(struct run *r, const struct expect *e)
{
	if (r->messages != NULL)
		return unexpected(r);
	if (r->controls != NULL)
		return misfit(r, "a pong came");
	if (ended(r))
		return instead_of_end(r);
	return now_ms() >= r->step_ms + e->ms ? FITS : NOT_YET;
}

/* The connection is still there, although we could end it. */
static enum fit
fit_open(struct run *r, const struct expect *e)
{
	if (r->eof)
		return misfit(r, "the peer ended the connection");
	return now_ms() >= r->step_ms + e->ms ? FITS : NOT_YET;
}

static enum fit
fit(struct run *r, const struct expect *e)
{
	switch (e->kind) {
	case EXPECT_MESSAGE:
		return fit_message(r, e);
	case EXPECT_PONG:
		return fit_pong(r, e);
	case EXPECT_CLOSE:
		return fit_close(r, e);
	case EXPECT_FAIL:
		return fit_fail(r, e);
	case EXPECT_END:
		return fit_end(r);
	case EXPECT_NOTHING:
		return fit_nothing(r, e);
	case EXPECT_OPEN:
		return fit_open(r, e);
	case EXPECT_KEYS:
		return fit_keys(r);
	case EXPECT_STATUS:
		return fit_status(r, e);
	case EXPECT_NO_ANSWER:
		return r->status > 0 ?
		    misfit(r, "the answer is %d", r->status) :
		    r->eof || r->head_done ? FITS : NOT_YET;
	case EXPECT_FIELD:
	case EXPECT_NO_FIELD:
		return fit_field(r, e);
	case EXPECT_REQUEST:
		return fit_request(r, e);
	case EXPECT_GONE:
		return fit_gone(r);
	}
	return DOES_NOT;
}

/* The best that any of the alternatives makes of it, which is *which. */
static enum fit
fit_any(struct run *r, const struct step *s, const struct expect **which)
{
	char first[sizeof r->misfit];
	enum fit best = DOES_NOT, one;
	size_t i;

	r->misfit[0] = first[0] = '\0';
	*which = NULL;
	for (i = 0; i < s->expect_count; i++) {
		one = fit(r, &s->expects[i]);
		if (one == FITS && s->expects[i].lesser)
			one = FITS_LESS;
		if (one < best) {
			best = one;
			*which = &s->expects[i];
		}
		if (first[0] == '\0')
			memcpy(first, r->misfit, sizeof first);
	}
	memcpy(r->misfit, first, sizeof first);
	return best;
}

/* -- the script -- */

static void
next_step(struct run *r)
{
	r->pc++;
	r->times = 0;
	r->step_ms = now_ms();
}

/* Takes away what an expectation was met by. */
static void
consume(struct run *r, enum expect_kind kind)
{
	if (kind == EXPECT_MESSAGE && r->messages != NULL) {
		r->kept -= r->messages->len;
		drop_first(&r->messages);
	}
	if (kind == EXPECT_PONG && r->controls != NULL)
		drop_first(&r->controls);
	r->failed = r->failed || kind == EXPECT_FAIL;
	if (kind >= EXPECT_CLOSE && kind <= EXPECT_END) {
		r->part.len = 0;
		r->in_message = false;
	}
}

/* After a refusal that was allowed only what is asked of the answer counts. */
static void
refused(struct run *r)
{
	size_t i;

	for (i = r->pc; i < r->step_count &&
	    r->steps[i].kind == STEP_EXPECT &&
	    (r->steps[i].expects[0].kind == EXPECT_FIELD ||
	    r->steps[i].expects[0].kind == EXPECT_NO_FIELD); i++)
		;
	r->step_count = i;
}

/* A connection that was to fail, and was allowed to live, ends as others do;
 * one that was to live, and was allowed to end, has. */
static void
survive(struct run *r, const struct step *s, enum expect_kind met)
{
	if (met == EXPECT_STATUS && !r->open)
		refused(r);
	if (met == EXPECT_NO_ANSWER)
		r->step_count = r->pc;
	if (s->expects[0].kind <= EXPECT_PONG && (met == EXPECT_GONE ||
	    (met >= EXPECT_CLOSE && met <= EXPECT_END)))
		r->pc = r->step_count;
	if (met > EXPECT_PONG || s->expects[0].kind <= EXPECT_PONG)
		return;
	play_farewell(r);
}

/* How long an expectation that may fail is waited for. */
static int64_t
soon(const struct run *r)
{
	return r->probe->wait_ms / 10;
}

/* An expectation that need not be met is given up when what comes instead is
 * due behind it, or too much time has passed. */
static bool
given_up(struct run *r, enum fit now)
{
	const struct step *s = &r->steps[r->pc], *after;
	const struct step *end = r->steps + r->step_count;
	const struct expect *which;

	if (now == DOES_NOT)
		return true;
	if (s + 1 == end || s[1].kind != STEP_EXPECT)
		return now_ms() >= r->step_ms + soon(r);
	for (after = s + 1; after < end && after->kind == STEP_EXPECT;
	    after++) {
		if (fit_any(r, after, &which) <= FITS_LESS)
			break;
		if (after->need == NEED_MUST)
			return false;
	}
	r->misfit[0] = '\0';
	return after < end && after->kind == STEP_EXPECT;
}

/* Whether the step is done with. */
static bool
meet(struct run *r, const struct step *s)
{
	const struct expect *which;
	enum fit now = fit_any(r, s, &which);

	if (now <= FITS_LESS) {
		if (now == FITS_LESS)
			note(r, r->misfit[0] != '\0' ? r->misfit :
			    "allowed, but not what it should be");
		consume(r, which->kind);
		if (++r->times >= s->times) {
			next_step(r);
			survive(r, s, which->kind);
		}
		return true;
	}
	if (s->need != NEED_MUST) {
		if (!given_up(r, now))
			return false;
		if (s->need == NEED_SHOULD)
			note(r, r->misfit[0] != '\0' ? r->misfit :
			    "what should come did not");
		next_step(r);
		return true;
	}
	if (now == DOES_NOT)
		conclude(r, RUN_FAILED, "%s", r->misfit);
	return false;
}

/* Plays the step at hand; false when that has to wait. */
static bool
play(struct run *r)
{
	const struct step *s = &r->steps[r->pc];

	switch (s->kind) {
	case STEP_FRAME:
	case STEP_RAW:
	case STEP_MORE:
		do_send(r, s);
		break;
	case STEP_SLEEP:
		put_piece(r, PIECE_PAUSE)->pause_ms = s->ms;
		break;
	case STEP_SHUT:
		log_words(&r->log, '>', "(end)", 5);
		put_piece(r, PIECE_SHUT);
		break;
	case STEP_RESET:
		log_words(&r->log, '>', "(reset)", 7);
		put_piece(r, PIECE_RESET);
		break;
	case STEP_CHOP:
		r->chop = (size_t)s->chop;
		r->chop_ms = s->ms;
		break;
	case STEP_EXPECT:
		return meet(r, s);
	case STEP_AGAIN:
		if (++r->round < s->times) {
			r->pc -= 2;
			return true;
		}
		r->round = 0;
		break;
	}
	next_step(r);
	return true;
}

/* A pong that no step has asked for: one that answers nothing is allowed. */
static void
judge_rest(struct run *r)
{
	char buf[120];
	struct message *m = r->controls;

	if (r->messages != NULL) {
		m = r->messages;
		conclude(r, RUN_FAILED, "%s came, which nothing asked for",
		    shown_frame(buf, m->opcode, m->data, m->len));
	} else if (r->in_message) {
		conclude(r, RUN_FAILED, "a message came that was not finished");
	} else if (m != NULL && m->len > 0) {
		conclude(r, RUN_FAILED, "%s came, which nothing asked for",
		    shown_frame(buf, m->opcode, m->data, m->len));
	} else if (m != NULL) {
		note(r, "an empty pong came, which nothing asked for");
	}
	if (repeated_keys(r) > 1)
		conclude(r, RUN_FAILED,
		    "a masking key is used again (RFC 6455, 5.3)");
}

/* Plays on as far as it goes. */
static void
play_on(struct run *r)
{
	if (!r->open && !r->k->judge_head) {
		if (r->eof)
			conclude(r, RUN_FAILED,
			    "the connection ended in the handshake");
		return;
	}
	while (r->verdict == RUNNING && r->pc < r->step_count && play(r))
		;
	if (r->verdict == RUNNING && r->pc == r->step_count &&
	    r->out == NULL) {
		judge_rest(r);
		conclude(r, RUN_OK, "");
	}
}

/* Whether the case still waits for the peer not to end the connection. */
static bool
holds_open(const struct run *r)
{
	size_t i;

	for (i = r->pc; i < r->step_count; i++)
		if (r->steps[i].kind == STEP_EXPECT &&
		    r->steps[i].expects[0].kind == EXPECT_OPEN)
			return true;
	return false;
}

/* The server closes first (RFC 6455, 7.1.1), and here we are it. */
static void
close_as_server(struct run *r)
{
	if (!r->probe->client && !r->shut && r->close_sent &&
	    r->close_received && r->out == NULL && !holds_open(r)) {
		r->shut = true;
		shutdown(r->fd, SHUT_WR);
	}
}

/* -- time -- */

static int64_t
limit(const struct run *r)
{
	return r->k->limit_ms > 0 ?
	    r->k->limit_ms * r->probe->wait_ms / 5000 : r->probe->wait_ms;
}

static int64_t
whole(const struct run *r)
{
	return WHOLE_MS / 1000 * r->probe->wait_ms / 5;
}

int64_t
run_deadline(const struct run *r)
{
	int64_t at = r->progress_ms + limit(r);
	const struct step *s;

	if (r->out_at > 0 && r->out_at < at)
		at = r->out_at;
	if ((r->open || r->k->judge_head) && r->pc < r->step_count) {
		s = &r->steps[r->pc];
		if (s->kind == STEP_EXPECT && s->need != NEED_MUST &&
		    now_ms() < r->step_ms + soon(r) &&
		    r->step_ms + soon(r) < at)
			at = r->step_ms + soon(r);
		if (s->kind == STEP_EXPECT &&
		    (s->expects[0].kind == EXPECT_NOTHING ||
		    s->expects[0].kind == EXPECT_OPEN) &&
		    r->step_ms + s->expects[0].ms < at)
			at = r->step_ms + s->expects[0].ms;
	}
	return at;
}

/* A client may wait for the server to end the connection, and we have; how long
 * it takes to notice is not said (RFC 6455, 7.1.1), nor how soon one who has
 * failed the connection ends it (7.1.7). */
static bool
ends_late(const struct run *r)
{
	return (!r->probe->client || r->failed) && r->close_received &&
	    r->pc < r->step_count && r->steps[r->pc].kind == STEP_EXPECT &&
	    r->steps[r->pc].expects[0].kind == EXPECT_END;
}

static void
judge_time(struct run *r)
{
	int64_t now = now_ms();

	if (now >= r->began_ms + whole(r)) {
		conclude(r, RUN_FAILED, "it was not done after %.0f s",
		    (double)whole(r) / 1000);
		return;
	}
	if (now < r->progress_ms + limit(r))
		return;
	if (ends_late(r)) {
		note(r, "the connection was not ended in time");
		conclude(r, RUN_OK, "");
		return;
	}
	if (r->pc < r->step_count && r->open && r->close_received)
		conclude(r, RUN_FAILED, "the connection was not ended "
		    "(RFC 6455, 7.1.1)");
	else if (!r->head_done)
		conclude(r, RUN_FAILED, "no answer to the handshake");
	else if (r->out != NULL)
		conclude(r, RUN_FAILED, "what was sent is not read");
	else
		conclude(r, RUN_FAILED, "nothing came for %.1f s",
		    (double)(now - r->progress_ms) / 1000);
}

/* -- a run from outside -- */

static struct run *
new_run(const struct probe *p, const struct probe_case *k, int fd)
{
	struct run *r = get_memory(sizeof *r);
	int flags = fcntl(fd, F_GETFL);

	memset(r, 0, sizeof *r);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		die_sys("fcntl");
	set_nodelay(fd);
	r->probe = p;
	r->k = k;
	r->steps = k->steps;
	r->step_count = k->step_count;
	r->fd = fd;
	r->out_end = &r->out;
	r->receiver.masking = p->client ? WS_MASKING_FORBIDDEN :
	    WS_MASKING_REQUIRED;
	r->head = get_memory(HEAD_SIZE);
	r->log.began = now_us();
	r->began_ms = r->progress_ms = r->step_ms = now_ms();
	return r;
}

static void
put_head(struct run *r, const struct ws_permessage *deflate)
{
	const struct probe_case *k = r->skip != NULL ? &r->farewell : r->k;
	size_t size = (size_t)256 * 1024;
	char *buf = get_memory(size);
	struct text t = { buf, size, 0, false };

	while (r->pc < r->step_count &&
	    r->steps[r->pc].kind == STEP_CHOP)
		(void)play(r);
	head_build(&t, k, r->probe->client, &r->values, deflate);
	log_head(&r->log, '>', buf, t.len);
	put_data(r, (uint8_t *)buf, t.len);
}

static void
set_values(struct run *r)
{
	struct text host = { r->host, sizeof r->host, 0, false };
	struct text resource = { r->resource, sizeof r->resource, 0, false };
	struct text origin = { r->origin, sizeof r->origin, 0, false };
	struct payload nonce = { PAYLOAD_RANDOM, NULL, 0, 16 };
	size_t len;
	uint8_t *p = payload_make(&nonce, (uint64_t)now_us(), 1, &len);

	ws_url_put_host(&host, &r->probe->url);
	ws_url_put_resource(&resource, &r->probe->url);
	text_puts(&origin, r->probe->url.secure ? "https://" : "http://");
	text_puts(&origin, r->host);
	ws_key_encode(r->values.key, p);
	free(p);
	r->values.host = slice_of(r->host);
	r->values.resource = slice_of(r->resource);
	r->values.origin = slice_of(r->origin);
	r->values.path.p = r->resource;
	r->values.path.len = strcspn(r->resource, "?");
}

struct run *
run_start(const struct probe *p, const struct probe_case *k, int fd)
{
	struct run *r = new_run(p, k, fd);

	set_values(r);
	put_head(r, &k->deflate);
	play_on(r);
	return r;
}

/* A ping shows whether a client that must not has taken the answer for that of
 * a WebSocket. */
static void
tempt(struct run *r)
{
	size_t i;

	for (i = 0; i < r->step_count; i++)
		if (r->steps[i].kind == STEP_EXPECT &&
		    r->steps[i].expects[0].kind == EXPECT_GONE) {
			put_answer(r, WS_PING, (const uint8_t *)"accepted?", 9);
			return;
		}
}

/* What is agreed on with a client, whose request has been read. */
static void
agree(struct run *r, struct ws_permessage *agreed, const struct http_head *h)
{
	const char *missing = head_agree(agreed, h, r->k);

	if (missing == NULL) {
		r->packing = packing_open(agreed, false, &r->receiver);
		return;
	}
	memset(agreed, 0, sizeof *agreed);
	skip(r, missing);
}

struct run *
run_answer(const struct probe *p, const struct probe_case *k, int fd,
    const char *request, size_t len, const char *key_fault)
{
	struct run *r = new_run(p, k, fd);
	struct http_head h;
	struct slice key = { "", 0 };
	struct ws_permessage agreed = { 0 };

	r->key_fault = key_fault;
	r->request = get_memory(len);
	memcpy(r->request, request, len);
	r->request_len = len;
	memcpy(r->head, request, len);
	log_head(&r->log, '<', request, len);
	if (http_parse_head(&h, r->head, len, false) == HTTP_OK)
		(void)http_count(&h, "Sec-WebSocket-Key", &key);
	ws_accept_encode(r->values.accept, key);
	r->head_done = r->open = true;
	if (k->deflate.deflate)
		agree(r, &agreed, &h);
	put_head(r, &agreed);
	r->answer = r->out;
	tempt(r);
	play_on(r);
	return r;
}

int
run_fd(const struct run *r)
{
	return r->fd;
}

short
run_events(const struct run *r)
{
	short events = r->eof ? 0 : POLLIN;

	if (r->out != NULL && r->out_at == 0)
		events |= POLLOUT;
	return events;
}

enum verdict
run_go_on(struct run *r, short revents)
{
	if (r->out != NULL)
		send_some(r);
	if (!r->eof && (revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		receive(r);
	if (r->verdict == RUNNING)
		play_on(r);
	close_as_server(r);
	if (r->verdict == RUNNING)
		judge_time(r);
	return r->verdict;
}

void
run_report(const struct run *r, FILE *out, const char *agent, unsigned number)
{
	static const char *const verdicts[] = {
		[RUN_OK] = "ok", [RUN_NOT_STRICT] = "non-strict",
		[RUN_INFORMED] = "informational", [RUN_FAILED] = "failed",
		[RUN_SKIPPED] = "skipped"
	};
	const char *line = r->k->script == NULL ? "" : r->k->script;

	fprintf(out, "C\t%s\t%u\t%s\t%s\t%.1f\t%d\t%s\t%s\t%s\n", agent,
	    number, r->k->id,
	    verdicts[r->verdict], (double)(now_us() - r->log.began) / 1000,
	    r->close_received ? r->close_code : 0, r->k->section, r->k->title,
	    r->reason);
	fprintf(out, "R\t%s\n", r->k->rule);
	for (; *line != '\0'; line += strcspn(line, "\n") + 1)
		fprintf(out, "E\t%.*s\n", (int)strcspn(line, "\n"), line);
	fwrite(r->log.p, 1, r->log.len, out);
	if (r->log.left_out > 0)
		fprintf(out, "T\t\t=\t%u more lines\n", r->log.left_out);
}

void
run_end(struct run *r)
{
	while (r->out != NULL)
		drop_piece(r);
	while (r->messages != NULL)
		drop_first(&r->messages);
	while (r->controls != NULL)
		drop_first(&r->controls);
	close(r->fd);
	free(r->log.p);
	free(r->head);
	free(r->request);
	free(r->part.data);
	free(r->sent.data);
	pool_free(&r->pool);
	packing_close(r->packing);
	free(r);
}
