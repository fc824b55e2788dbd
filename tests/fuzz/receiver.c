/* Frames: any stream under any rules, compressed or not, comes to the same in any
 * pieces, and what is told stays within its bounds. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ws/closecode.h"
#include "ws/receiver.h"

static struct ws_inflate inflate;

static void
check_event(const struct ws_receiver *r, enum ws_event event,
    const uint8_t *piece, size_t len, size_t used)
{
	CHECK(used <= len);
	CHECK(r->control_len <= WS_CONTROL_MAX);
	if (event == WS_PAYLOAD && r->inflating && !r->as_sent &&
	    !ws_opcode_is_control(r->header.opcode))
		CHECK(r->data >= inflate.buf && r->data + r->data_len <=
		    inflate.buf + sizeof inflate.buf);
	else if (event == WS_PAYLOAD)
		CHECK(r->data >= piece && r->data + r->data_len <=
		    piece + used);
	if (r->message_max > 0 && !r->lax)
		CHECK(r->message_len <= r->message_max ||
		    event == WS_VIOLATION);
	if (event == WS_VIOLATION) {
		CHECK(ws_close_code_valid(ws_violation_code(r->violation)));
		CHECK(strstr(ws_receiver_fault_text(r), "RFC") != NULL);
	}
	if (event == WS_CONTROL && r->header.opcode == WS_CLOSE)
		CHECK(r->close_code == WS_CLOSE_NONE ||
		    ws_close_code_valid(r->close_code));
	CHECK(ws_receiver_idle(r) <= !ws_receiver_in_frame(r));
}

static void
trace_header(struct trace *t, const struct ws_header *h)
{
	trace_number(t, 'h', h->payload_len);
	trace_number(t, 'o', (uint64_t)h->opcode << 16 | h->rsv << 8 |
	    h->form);
	trace_number(t, 'b', (uint64_t)h->fin << 1 | h->masked);
	trace_bytes(t, 'k', h->masking_key, sizeof h->masking_key);
}

/* Where a lax receiver tells of bad text, before or behind the rest of it, is
 * left to the pieces: what it told is noted at the end of the frame. */
static uint64_t told;

static void
trace_event(struct trace *t, const struct ws_receiver *r, enum ws_event event)
{
	if (event == WS_NEED_MORE)
		return;
	if (event == WS_VIOLATION && r->lax) {
		told |= UINT64_C(1) << r->violation;
		return;
	}
	if (event == WS_FRAME_END) {
		trace_number(t, 't', told);
		told = 0;
	}
	if (event == WS_PAYLOAD) {
		trace_bytes(t, 'p', r->data, r->data_len);
		return;
	}
	trace_number(t, 'e', event);
	trace_number(t, 'f', r->frames);
	trace_number(t, 'a', r->frame_offset);
	if (event == WS_FRAME_BEGIN)
		trace_header(t, &r->header);
	if (event == WS_VIOLATION)
		trace_number(t, 'v', r->violation);
	if (event == WS_CONTROL) {
		trace_bytes(t, 'c', r->control, r->control_len);
		trace_number(t, 'C', r->close_code);
	}
}

/* Payload that need not be seen, as if it had gone another way. */
static size_t
pass(struct trace *t, struct ws_receiver *r, const uint8_t *p, size_t len)
{
	uint64_t unseen = ws_receive_unseen(r);
	size_t n = unseen < len ? (size_t)unseen : len;

	trace_bytes(t, 'p', p, n);
	if (n > 0)
		ws_receive_pass(r, n);
	return n;
}

/* All that is to be told of a piece; false after what nothing counts. */
static bool
receive(struct trace *t, struct ws_receiver *r, struct input piece,
    bool passing)
{
	uint8_t *copy = copy_bytes(piece.p, piece.len), *p = copy;
	size_t len = piece.len, used;
	enum ws_event event;

	do {
		used = passing ? pass(t, r, p, len) : 0;
		p += used;
		len -= used;
		event = ws_receive(r, p, len, &used);
		check_event(r, event, p, len, used);
		trace_event(t, r, event);
		p += used;
		len -= used;
	} while (event != WS_NEED_MORE && (event != WS_VIOLATION || r->lax));
	if (event == WS_VIOLATION) {
		CHECK(ws_receive(r, p, len, &used) == WS_VIOLATION);
		CHECK(used == 0);
	} else {
		CHECK(len == 0);
	}
	free(copy);
	return event == WS_NEED_MORE;
}

/* How messages may be compressed: two windows, and whether they are kept; seen
 * inflated, or as they are, with or without a word on what is wrong. */
static void
take_compression(struct ws_receiver *r, struct input *in)
{
	uint8_t bits = take_byte(in), more = take_byte(in);

	r->may_compress = true;
	r->by_server.window_bits = 8 + bits % 8;
	r->by_client.window_bits = 8 + bits / 8 % 8;
	r->by_server.drops_context = more & 1;
	r->by_client.drops_context = more & 2;
	if (more & 4)
		return;
	r->inflate = &inflate;
	r->as_sent = r->lax && (more & 8);
	ws_inflate_init(&inflate, 15);
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	uint8_t rules = take_byte(&in);
	struct ws_receiver r = { .masking = (enum ws_masking)(rules % 3),
	    .refuse_text = rules & 4, .refuse_binary = rules & 8,
	    .any_length_form = rules & 16, .lax = rules & 32 };
	struct input piece;
	bool more = true;

	told = 0;
	if (rules & 64)
		r.message_max = take_number(&in, UINT64_MAX);
	if (rules & 128)
		take_compression(&r, &in);
	while (more && next_piece(&in, manner, &piece))
		more = receive(t, &r, piece, manner == PIECES);
	if (more) {
		ws_receive_end(&r);
		(void)receive(t, &r, in, false);
	}
	trace_number(t, 't', told);
	trace_number(t, 'i', ws_receiver_idle(&r));
	trace_number(t, 'I', ws_receiver_in_frame(&r));
	/* Of what cannot be inflated, how much is used is left to the pieces. */
	if (!r.inflating || r.state != WS_FAILED)
		trace_number(t, 'O', r.offset);
	trace_number(t, 'F', r.frames);
}

void
fuzz(struct input in)
{
	same_in_any_manner(in, run);
}
