/* The frames of hixie-75 and hixie-76, told as those of RFC 6455. */
#include <string.h>

#include "ws/closecode.h"
#include "ws/hixieframe.h"

const uint8_t ws_hixie_close[WS_HIXIE_CLOSE_LEN] = { 0xff, 0x00 };

static enum ws_event
violate_hixie(struct ws_hixie *x, struct ws_receiver *r,
    enum ws_violation violation)
{
	x->state = WS_HIXIE_AT_END;
	r->state = WS_FAILED;
	r->violation = violation;
	return WS_VIOLATION;
}

static void
go(struct ws_hixie *x, struct ws_receiver *r, enum ws_hixie_state state)
{
	x->state = state;
	r->state = state == WS_HIXIE_BETWEEN ? WS_IN_HEADER : WS_IN_PAYLOAD;
}

static void
begin_hixie_frame(struct ws_hixie *x, struct ws_receiver *r, uint8_t type)
{
	r->frames++;
	r->frame_offset = r->offset;
	x->type = type;
	x->length = 0;
	x->begun = false;
	r->message_len = 0;
	memset(&r->utf8, 0, sizeof r->utf8);
	go(x, r, type >= 0x80 ? WS_HIXIE_LENGTH :
	    type > 0 ? WS_HIXIE_SKIP_TO_FF : WS_HIXIE_TEXT);
}

/* Of text, what there is up to its end becomes a frame. */
static enum ws_event
begin_piece(struct ws_hixie *x, struct ws_receiver *r, uint8_t *in, size_t len)
{
	const uint8_t *end = memchr(in, WS_HIXIE_BEHIND, len);
	size_t n = end != NULL ? (size_t)(end - in) : len;

	if (r->refuse_text)
		return violate_hixie(x, r, WS_TEXT_REFUSED);
	r->message_len += n;
	if (r->message_max > 0 && r->message_len > r->message_max)
		return violate_hixie(x, r, WS_MESSAGE_TOO_BIG);
	memset(&r->header, 0, sizeof r->header);
	r->header.opcode = x->begun ? WS_CONTINUATION : WS_TEXT;
	r->header.fin = end != NULL;
	r->header.payload_len = n;
	r->data = in;
	r->data_len = n;
	x->begun = true;
	go(x, r, WS_HIXIE_PIECE);
	return WS_FRAME_BEGIN;
}

/* The drafts replace what is no UTF-8; here nothing of a stream is changed. */
static enum ws_event
tell_piece(struct ws_hixie *x, struct ws_receiver *r, uint8_t *in)
{
	size_t n = (size_t)r->header.payload_len;

	r->data = in;
	r->data_len = n;
	if (ws_utf8_check(&r->utf8, in, n) != n ||
	    (r->header.fin && !ws_utf8_complete(&r->utf8)))
		return violate_hixie(x, r, WS_TEXT_NOT_UTF8);
	go(x, r, WS_HIXIE_PIECE_DONE);
	return WS_PAYLOAD;
}

/* A digit of a length, most significant first, to base 128. */
static enum ws_event
take_length(struct ws_hixie *x, struct ws_receiver *r, uint8_t byte)
{
	if (x->length >> 56 != 0)
		return violate_hixie(x, r, WS_LENGTH_TOP_BIT);
	x->length = x->length << 7 | (byte & 0x7f);
	if (r->message_max > 0 && x->length > r->message_max)
		return violate_hixie(x, r, WS_MESSAGE_TOO_BIG);
	if (byte & 0x80)
		return WS_NEED_MORE;
	if (x->closes && x->type == 0xff && x->length == 0) {
		r->header.opcode = WS_CLOSE;
		r->control_len = 0;
		r->close_code = WS_CLOSE_NONE;
		x->state = WS_HIXIE_AT_END;
		r->state = WS_AT_END;
		return WS_CONTROL;
	}
	go(x, r, x->length > 0 ? WS_HIXIE_SKIP : WS_HIXIE_BETWEEN);
	return WS_NEED_MORE;
}

/* Steps over what is skipped; returns how many bytes it is. */
static size_t
skip_data(struct ws_hixie *x, struct ws_receiver *r, const uint8_t *in,
    size_t len)
{
	const uint8_t *end;

	if (x->state == WS_HIXIE_SKIP) {
		if (x->length > len) {
			x->length -= len;
			return len;
		}
		len = (size_t)x->length;
		go(x, r, WS_HIXIE_BETWEEN);
		return len;
	}
	end = memchr(in, WS_HIXIE_BEHIND, len);
	if (end == NULL)
		return len;
	go(x, r, WS_HIXIE_BETWEEN);
	return (size_t)(end - in) + 1;
}

/* One step: an event, or WS_NEED_MORE with some bytes used. */
static enum ws_event
take_some(struct ws_hixie *x, struct ws_receiver *r, uint8_t *in, size_t len,
    size_t *used)
{
	*used = 0;
	switch (x->state) {
	case WS_HIXIE_BETWEEN:
		*used = 1;
		begin_hixie_frame(x, r, in[0]);
		return WS_NEED_MORE;
	case WS_HIXIE_TEXT:
		return begin_piece(x, r, in, len);
	case WS_HIXIE_PIECE:
		*used = (size_t)r->header.payload_len;
		return tell_piece(x, r, in);
	case WS_HIXIE_PIECE_DONE:
		break;
	case WS_HIXIE_LENGTH:
		*used = 1;
		return take_length(x, r, in[0]);
	case WS_HIXIE_SKIP:
	case WS_HIXIE_SKIP_TO_FF:
		*used = skip_data(x, r, in, len);
		return WS_NEED_MORE;
	case WS_HIXIE_AT_END:
		*used = len;
		return WS_NEED_MORE;
	}
	*used = r->header.fin;		/* the FF behind it */
	go(x, r, r->header.fin ? WS_HIXIE_BETWEEN : WS_HIXIE_TEXT);
	return WS_FRAME_END;
}

enum ws_event
ws_hixie_receive(struct ws_hixie *x, struct ws_receiver *r, uint8_t *in,
    size_t len, size_t *used)
{
	enum ws_event event = WS_NEED_MORE;
	size_t n;

	*used = 0;
	if (r->state == WS_FAILED)
		return WS_VIOLATION;
	/* A piece that is done may end where the input does. */
	while (event == WS_NEED_MORE &&
	    (*used < len || x->state == WS_HIXIE_PIECE_DONE)) {
		event = take_some(x, r, in + *used, len - *used, &n);
		*used += n;
		r->offset += n;
	}
	return event;
}
