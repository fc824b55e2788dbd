/* ws-frame: input into frames. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "code/text.h"
#include "diag.h"
#include "io.h"
#include "system.h"
#include "ws-frame.h"

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

static void
end_message_part(struct frame *f, bool fin)
{
	f->in_message = !fin;
	if (fin && ++f->messages == f->set->count)
		f->input_ended = true;
}

void
put_fragments(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	uint64_t max;

	for (; len > (max = frame_max(f)); opcode = WS_CONTINUATION) {
		put_frame(f, opcode, false, p, (size_t)max);
		f->frames++;
		p += max;
		len -= (size_t)max;
	}
	put_frame(f, opcode, fin, p, len);
	f->frames++;
}

void
put_part(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	if (f->pack != NULL)
		put_packed(f, opcode, p, len, fin);
	else
		put_fragments(f, opcode, p, len, fin);
}

void
put_message_part(struct frame *f, uint8_t *p, size_t len, bool fin)
{
	put_part(f, message_opcode(f), p, len, fin);
	end_message_part(f, fin);
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

/* Payload of a frame of -W as frames of its own: compressed, its length is not
 * known. */
static void
put_wire_part(struct frame *f, uint8_t *p, size_t len)
{
	const struct ws_header *h = &f->rx.header;
	bool begins = f->rx.payload_done == len;

	put_part(f, begins ? h->opcode : WS_CONTINUATION, p, len,
	    h->fin && f->rx.payload_done == h->payload_len);
}

/* A frame of -W, or the part of one that fills the buffer. */
static void
put_wire_payload(struct frame *f, uint8_t *p, size_t len)
{
	const struct ws_header *h = &f->rx.header;

	if (f->pack != NULL) {
		put_wire_part(f, p, len);
		return;
	}
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

/* Sends short messages as they are, and returns their length. */
static size_t
put_wire_run(struct frame *f, uint8_t *in, size_t len)
{
	struct ws_run run = { .max = f->set->count > 0 ?
	    f->set->count - f->messages - 1 : UINT64_MAX };

	if (f->set->role == WS_CLIENT || f->set->hixie || f->pack != NULL)
		return 0;
	ws_receive_run(&f->rx, &run, in, len, in, true);
	if (run.messages > 0) {
		f->masked = false;
		put_payload(f, in, run.out_len, 0);
		f->messages += run.messages;
	}
	return run.used;
}

/* Sends the whole messages that lie at in; returns their length on the wire. */
static size_t
put_wire_messages(struct frame *f, uint8_t *in, size_t len)
{
	size_t all = put_wire_run(f, in, len), used;

	while (!f->input_ended &&
	    ws_receive_message(&f->rx, in + all, len - all, &used)) {
		all += used;
		put_part(f, f->rx.header.opcode, in + all - f->rx.data_len,
		    f->rx.data_len, true);
		if (++f->messages == f->set->count)
			f->input_ended = true;
	}
	return all;
}

static void
refuse_wire(struct frame *f, const char *why)
{
	char sentence[160];
	struct text t = { sentence, sizeof sentence, 0, false };

	text_puts(&t, "frame ");
	text_put_number(&t, f->rx.frames);
	text_puts(&t, ", byte ");
	text_put_number(&t, f->rx.frame_offset);
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
	while (n > 0) {
		enum ws_event event;

		next += put_wire_messages(f, next, (size_t)(end - next));
		if (f->input_ended)
			break;
		event = ws_receive(&f->rx, next, (size_t)(end - next), &used);
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
		return f->bulk < f->in_size - f->in_len ? f->bulk :
		    f->in_size - f->in_len;
	case FRAME_LINES:
	case JSON:
		break;
	}
	return READ_SIZE;
}

/* A stream in bulk, whose bytes we neither change nor check: what the kernel
 * has of it is a message.  False if it cannot be had that way. */
static bool
pass_input(struct frame *f, ssize_t *n)
{
	uint64_t max = frame_max(f);

	if (!f->passing || max < PASS_MIN)
		return false;
	*n = passage_take(&f->passage, STDIN_FILENO,
	    max < PASS_MAX ? (size_t)max : PASS_MAX);
	if (*n < 0 && errno == EINVAL) {
		f->passable = f->passing = false;
		return false;
	}
	f->passing = *n >= PASS_MIN;
	if (*n > 0) {
		put_header(f, message_opcode(f), true, (uint64_t)*n);
		put_passing(f, (size_t)*n);
		f->frames++;
		end_message_part(f, true);
	}
	return true;
}

/* A read was filled: more will come at once. */
static void
expect_bulk(struct frame *f)
{
	if (f->bulk < BULK_SIZE) {
		f->bulk = BULK_SIZE;
		enlarge_pipe(STDIN_FILENO);
		enlarge_pipe(STDOUT_FILENO);
	}
	if (f->passable && f->passage.writer == 0)
		f->passable = passage_open(&f->passage);
	f->passing = f->passable;
}

void
take_input(struct frame *f)
{
	ssize_t n;
	bool passed = pass_input(f, &n);

	if (!passed)
		n = read_some(STDIN_FILENO, f->in + f->in_len, read_size(f));
	if (!passed && n >= READ_SIZE)
		expect_bulk(f);
	if (n < 0 && f->set->control < 0)
		die_sys("read standard input");
	if (n < 0) {
		say("read standard input: %s", error_text(errno));
		f->input_ended = true;
		demand_plain_close(f, WS_CLOSE_INTERNAL_ERROR);
		return;
	}
	if (n == 0 && f->set->control >= 0)
		catch_up_on_orders(f);	/* they came before this end */
	switch (f->set->mode) {
	case STREAM:
		if (!passed)
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
