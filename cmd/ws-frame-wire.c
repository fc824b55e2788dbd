/* ws-frame: frames of -W into frames. */
#include <string.h>

#include "code/text.h"
#include "ws-frame.h"

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
	if (f->rx.header.fin)
		count_message(f);
}

static void
put_wire_control(struct frame *f)
{
	size_t reason = f->rx.control_len < 2 ? f->rx.control_len : 2;

	if (f->rx.header.opcode != WS_CLOSE) {
		put_frame(f, f->rx.header.opcode, true, f->rx.control,
		    f->rx.control_len);
		return;
	}
	close_by_input(f, f->rx.close_code, f->rx.control + reason,
	    f->rx.control_len - reason);
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

	while (!f->closing.input_ended &&
	    ws_receive_message(&f->rx, in + all, len - all, &used)) {
		all += used;
		put_part(f, f->rx.header.opcode, in + all - f->rx.data_len,
		    f->rx.data_len, true);
		count_message(f);
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
void
frame_wire(struct frame *f, size_t n)
{
	uint8_t *p = f->in;			/* payload held back */
	uint8_t *next = p + f->in_len;		/* input not looked at */
	uint8_t *end = next + n;
	size_t used;

	if (n == 0 && f->closing.state == WS_OPEN && !ws_receiver_idle(&f->rx))
		refuse_wire(f, ws_receiver_in_frame(&f->rx) ?
		    "input ends inside a frame (RFC 6455, 5.2)" :
		    "input ends inside a message (RFC 6455, 5.4)");
	while (n > 0) {
		enum ws_event event;

		next += put_wire_messages(f, next, (size_t)(end - next));
		if (f->closing.input_ended)
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
			put_wire_control(f);
			p = next;
			break;
		case WS_VIOLATION:
			refuse_wire(f, ws_violation_text(f->rx.violation));
			break;
		}
	}
	f->in_len = f->rx.state == WS_IN_PAYLOAD ? (size_t)(next - p) : 0;
	if (f->in_len > IN_SIZE || (f->committed && f->in_len > 0)) {
		put_wire_payload(f, p, f->in_len);
		f->in_len = 0;
	}
	memmove(f->in, p, f->in_len);
}
