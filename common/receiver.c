/* What RFC 6455 makes of a stream of frames: rules, messages, control frames. */
#include <string.h>

#include "closecode.h"
#include "receiver.h"

static enum ws_event
fail(struct ws_receiver *r, enum ws_violation violation)
{
	r->violation = violation;
	r->state = WS_FAILED;
	return WS_VIOLATION;
}

/* What the first byte of a header decides. */
static enum ws_violation
judge_first(const struct ws_receiver *r, const struct ws_header *h)
{
	if (h->rsv != 0)
		return WS_RSV_SET;
	if (!ws_opcode_is_known(h->opcode))
		return WS_RESERVED_OPCODE;
	if (ws_opcode_is_control(h->opcode))
		return h->fin ? WS_OK : WS_CONTROL_FRAGMENTED;
	if (h->opcode == WS_CONTINUATION)
		return r->message_opcode ? WS_OK : WS_NOTHING_TO_CONTINUE;
	if (r->message_opcode)
		return WS_MESSAGE_UNFINISHED;
	if (h->opcode == WS_TEXT && r->refuse_text)
		return WS_TEXT_REFUSED;
	if (h->opcode == WS_BINARY && r->refuse_binary)
		return WS_BINARY_REFUSED;
	return WS_OK;
}

/* What the second byte decides: masking, and the length of a control frame. */
static enum ws_violation
judge_second(const struct ws_receiver *r, const struct ws_header *h)
{
	if (r->masking == WS_MASKING_REQUIRED && !h->masked)
		return WS_NOT_MASKED;
	if (r->masking == WS_MASKING_FORBIDDEN && h->masked)
		return WS_MASKED;
	if (ws_opcode_is_control(h->opcode) && h->payload_len > WS_CONTROL_MAX)
		return WS_CONTROL_TOO_LONG;
	return WS_OK;
}

/* What the length decides; len7 is its 7-bit form. */
static enum ws_violation
judge_length(const struct ws_receiver *r, const struct ws_header *h,
    uint8_t len7)
{
	if (h->payload_len >> 63)
		return WS_LENGTH_TOP_BIT;
	if (!ws_length_minimal(len7, h->payload_len))
		return WS_LENGTH_NOT_MINIMAL;
	if (r->message_max == 0 || ws_opcode_is_control(h->opcode))
		return WS_OK;
	/* message_len never exceeds message_max: the difference is safe. */
	if (h->payload_len > r->message_max - r->message_len)
		return WS_MESSAGE_TOO_BIG;
	return WS_OK;
}

/* All that the first len bytes of a header, raw, decide. */
static enum ws_violation
judge_header(const struct ws_receiver *r, const struct ws_header *h,
    const uint8_t *raw, size_t len)
{
	enum ws_violation v = judge_first(r, h);

	if (v != WS_OK || len < 2)
		return v;
	v = judge_second(r, h);
	if (v != WS_OK || len < ws_header_size_before_key(raw[1]))
		return v;
	return judge_length(r, h, raw[1] & 0x7f);
}

/* The number of header bytes that decides something next: the first, the
 * second, the length, the whole. */
static size_t
next_step(const struct ws_receiver *r)
{
	size_t n;

	if (r->raw_len < 2)
		return r->raw_len + 1;
	n = ws_header_size_before_key(r->raw[1]);
	return r->raw_len < n ? n : ws_header_size(r->raw[1]);
}

/* The header is complete and lawful: what begins with it? */
static enum ws_event
enter_payload(struct ws_receiver *r)
{
	struct ws_header *h = &r->header;

	r->raw_len = 0;
	r->payload_done = 0;
	r->state = WS_IN_PAYLOAD;
	if (ws_opcode_is_control(h->opcode)) {
		r->control_len = 0;
		return WS_NEED_MORE;
	}
	if (h->opcode != WS_CONTINUATION) {
		r->message_opcode = h->opcode;
		r->message_len = 0;
		memset(&r->utf8, 0, sizeof r->utf8);
	}
	r->message_len += h->payload_len;
	return WS_FRAME_BEGIN;
}

/* A header that lies whole in the input and breaks no rule, the usual case, is
 * taken at once.  Returns its length, or 0: go step by step. */
static size_t
take_whole_header(struct ws_receiver *r, const uint8_t *in, size_t len)
{
	size_t size;

	if (r->raw_len > 0 || len < 2)
		return 0;
	size = ws_header_size(in[1]);
	if (len < size)
		return 0;
	ws_header_decode(&r->header, in, size);
	return judge_header(r, &r->header, in, size) == WS_OK ? size : 0;
}

static enum ws_event
take_header(struct ws_receiver *r, const uint8_t *in, size_t len, size_t *used)
{
	size_t whole;

	if (len > 0 && r->raw_len == 0) {
		r->frames++;
		r->frame_offset = r->offset + *used;
	}
	whole = take_whole_header(r, in, len);
	if (whole > 0) {
		*used += whole;
		return enter_payload(r);
	}
	while (len > 0) {
		size_t want = next_step(r) - r->raw_len;
		size_t n = len < want ? len : want;
		enum ws_violation v;

		memcpy(r->raw + r->raw_len, in, n);
		r->raw_len += n;
		in += n;
		len -= n;
		*used += n;
		if (n < want)
			break;
		ws_header_decode(&r->header, r->raw, r->raw_len);
		v = judge_header(r, &r->header, r->raw, r->raw_len);
		if (v != WS_OK)
			return fail(r, v);
		if (r->raw_len >= 2 &&
		    r->raw_len == ws_header_size(r->raw[1]))
			return enter_payload(r);
	}
	return WS_NEED_MORE;
}

static enum ws_event
end_control(struct ws_receiver *r)
{
	r->state = WS_IN_HEADER;
	if (r->header.opcode != WS_CLOSE)
		return WS_CONTROL;
	switch (ws_close_decode(r->control, r->control_len, &r->close_code)) {
	case WS_CLOSE_OK:
		r->state = WS_AT_END;	/* 1.4: further data is discarded */
		return WS_CONTROL;
	case WS_CLOSE_ONE_BYTE:
		return fail(r, WS_CLOSE_OF_ONE_BYTE);
	case WS_CLOSE_BAD_CODE:
		return fail(r, WS_CLOSE_CODE_INVALID);
	case WS_CLOSE_BAD_REASON:
		break;
	}
	return fail(r, WS_CLOSE_REASON_NOT_UTF8);
}

static enum ws_event
end_data_frame(struct ws_receiver *r)
{
	if (r->header.fin && r->message_opcode == WS_TEXT &&
	    !ws_utf8_complete(&r->utf8))
		return fail(r, WS_TEXT_NOT_UTF8);
	r->state = WS_IN_HEADER;
	if (r->header.fin) {
		r->message_opcode = 0;
		r->message_len = 0;
	}
	return WS_FRAME_END;
}

static enum ws_event
take_payload(struct ws_receiver *r, uint8_t *in, size_t len, size_t *used)
{
	struct ws_header *h = &r->header;
	uint64_t left = h->payload_len - r->payload_done;
	size_t n = len < left ? len : (size_t)left;
	size_t good;

	if (left == 0)
		return ws_opcode_is_control(h->opcode) ?
		    end_control(r) : end_data_frame(r);
	if (n == 0)
		return WS_NEED_MORE;
	if (h->masked)
		ws_mask(in, n, h->masking_key, r->payload_done);
	if (ws_opcode_is_control(h->opcode)) {
		memcpy(r->control + r->control_len, in, n);
		r->control_len += n;
		r->payload_done += n;
		*used += n;
		return WS_NEED_MORE;
	}
	good = n;
	if (r->message_opcode == WS_TEXT)
		good = ws_utf8_check(&r->utf8, in, n);
	r->data = in;
	r->data_len = good;
	r->payload_done += good;
	*used += good;
	if (good < n)
		fail(r, WS_TEXT_NOT_UTF8);	/* told after this piece */
	return good > 0 ? WS_PAYLOAD : WS_VIOLATION;
}

enum ws_event
ws_receive(struct ws_receiver *r, uint8_t *in, size_t len, size_t *used)
{
	enum ws_event event = WS_NEED_MORE;

	*used = 0;
	while (event == WS_NEED_MORE) {
		size_t before = *used;
		enum ws_receiver_state state = r->state;

		switch (r->state) {
		case WS_IN_HEADER:
			event = take_header(r, in + *used, len - *used, used);
			break;
		case WS_IN_PAYLOAD:
			event = take_payload(r, in + *used, len - *used, used);
			break;
		case WS_AT_END:
			*used = len;
			break;
		case WS_FAILED:
			return WS_VIOLATION;
		}
		if (*used == before && r->state == state)
			break;
	}
	r->offset += *used;
	return event;
}

bool
ws_receiver_idle(const struct ws_receiver *r)
{
	return !ws_receiver_in_frame(r) && r->message_opcode == 0;
}

bool
ws_receiver_in_frame(const struct ws_receiver *r)
{
	return r->state == WS_IN_PAYLOAD ||
	    (r->state == WS_IN_HEADER && r->raw_len > 0);
}

unsigned
ws_violation_code(enum ws_violation violation)
{
	switch (violation) {
	case WS_MESSAGE_TOO_BIG:
		return WS_CLOSE_TOO_BIG;
	case WS_TEXT_REFUSED:
	case WS_BINARY_REFUSED:
		return WS_CLOSE_UNSUPPORTED;
	case WS_TEXT_NOT_UTF8:
	case WS_CLOSE_REASON_NOT_UTF8:
		return WS_CLOSE_BAD_DATA;
	case WS_OK:
	case WS_RSV_SET:
	case WS_RESERVED_OPCODE:
	case WS_NOT_MASKED:
	case WS_MASKED:
	case WS_CONTROL_FRAGMENTED:
	case WS_CONTROL_TOO_LONG:
	case WS_NOTHING_TO_CONTINUE:
	case WS_MESSAGE_UNFINISHED:
	case WS_LENGTH_NOT_MINIMAL:
	case WS_LENGTH_TOP_BIT:
	case WS_CLOSE_OF_ONE_BYTE:
	case WS_CLOSE_CODE_INVALID:
		break;
	}
	return WS_CLOSE_PROTOCOL_ERROR;
}

const char *
ws_violation_text(enum ws_violation violation)
{
	switch (violation) {
	case WS_OK:
		break;
	case WS_RSV_SET:
		return "reserved bit set (RFC 6455, 5.2)";
	case WS_RESERVED_OPCODE:
		return "reserved opcode (RFC 6455, 5.2)";
	case WS_NOT_MASKED:
		return "frame from a client not masked (RFC 6455, 5.1)";
	case WS_MASKED:
		return "frame from a server masked (RFC 6455, 5.1)";
	case WS_CONTROL_FRAGMENTED:
		return "fragmented control frame (RFC 6455, 5.5)";
	case WS_CONTROL_TOO_LONG:
		return "control frame of more than 125 bytes (RFC 6455, 5.5)";
	case WS_NOTHING_TO_CONTINUE:
		return "continuation without a message (RFC 6455, 5.4)";
	case WS_MESSAGE_UNFINISHED:
		return "new message inside an unfinished one (RFC 6455, 5.4)";
	case WS_LENGTH_NOT_MINIMAL:
		return "length not in its shortest form (RFC 6455, 5.2)";
	case WS_LENGTH_TOP_BIT:
		return "length of 2^63 or more (RFC 6455, 5.2)";
	case WS_MESSAGE_TOO_BIG:
		return "message larger than the limit (RFC 6455, 10.4)";
	case WS_TEXT_REFUSED:
		return "text message where only binary is taken "
		    "(RFC 6455, 7.4.1)";
	case WS_BINARY_REFUSED:
		return "binary message where only text is taken "
		    "(RFC 6455, 7.4.1)";
	case WS_TEXT_NOT_UTF8:
		return "text is not valid UTF-8 (RFC 6455, 8.1)";
	case WS_CLOSE_OF_ONE_BYTE:
		return "Close with half a code (RFC 6455, 5.5.1)";
	case WS_CLOSE_CODE_INVALID:
		return "Close with a code not allowed on the wire "
		    "(RFC 6455, 7.4)";
	case WS_CLOSE_REASON_NOT_UTF8:
		return "Close with a reason that is not valid UTF-8 "
		    "(RFC 6455, 5.5.1)";
	}
	return "no violation";
}
