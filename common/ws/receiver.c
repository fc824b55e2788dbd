/* What RFC 6455 makes of frames: rules, messages, control frames. */
#include <string.h>

#include "code/copy.h"
#include "ws/closecode.h"
#include "ws/receiver.h"

static enum ws_event
violate(struct ws_receiver *r, enum ws_violation violation)
{
	r->violation = violation;
	r->state = WS_FAILED;
	return WS_VIOLATION;
}

static unsigned
bit(enum ws_violation v, bool broken)
{
	return broken ? 1U << v : 0;
}

static bool
starts_message(const struct ws_header *h)
{
	return h->opcode == WS_TEXT || h->opcode == WS_BINARY;
}

/* Whether the bit is where one compressed message may have it: RFC 7692, 6. */
static bool
misplaces_rsv1(const struct ws_receiver *r, const struct ws_header *h)
{
	return r->may_compress && h->rsv == WS_RSV1 && !starts_message(h);
}

/* What the first byte of a header decides. */
static unsigned
judge_first(const struct ws_receiver *r, const struct ws_header *h)
{
	bool known = ws_opcode_is_known(h->opcode);
	bool control = ws_opcode_is_control(h->opcode);
	bool starts = starts_message(h);

	return bit(WS_RSV_SET, h->rsv != 0 &&
	    !(r->may_compress && h->rsv == WS_RSV1)) |
	    bit(WS_RSV1_MISPLACED, misplaces_rsv1(r, h)) |
	    bit(WS_RESERVED_OPCODE, !known) |
	    bit(WS_CONTROL_FRAGMENTED, control && known && !h->fin) |
	    bit(WS_NOTHING_TO_CONTINUE,
	    h->opcode == WS_CONTINUATION && r->message_opcode == 0) |
	    bit(WS_MESSAGE_UNFINISHED, starts && r->message_opcode != 0) |
	    bit(WS_TEXT_REFUSED, h->opcode == WS_TEXT && r->refuse_text) |
	    bit(WS_BINARY_REFUSED,
	    h->opcode == WS_BINARY && r->refuse_binary) |
	    bit(WS_FRAME_AFTER_CLOSE, r->close_seen);
}

/* What the second byte decides: masking, and the length of a control frame,
 * unless more bytes may say a short one. */
static unsigned
judge_second(const struct ws_receiver *r, const struct ws_header *h)
{
	return bit(WS_NOT_MASKED,
	    r->masking == WS_MASKING_REQUIRED && !h->masked) |
	    bit(WS_MASKED, r->masking == WS_MASKING_FORBIDDEN && h->masked) |
	    bit(WS_CONTROL_TOO_LONG, ws_opcode_is_control(h->opcode) &&
	    h->payload_len > WS_CONTROL_MAX &&
	    !(r->any_length_form && h->form == 7));
}

/* Whether the frame belongs to a message that is inflated. */
static bool
inflates(const struct ws_receiver *r, const struct ws_header *h)
{
	return h->opcode == WS_CONTINUATION ? r->inflating :
	    r->inflate != NULL && starts_message(h) && h->rsv == WS_RSV1;
}

static bool
too_big(const struct ws_receiver *r, const struct ws_header *h)
{
	if (r->message_max == 0 || ws_opcode_is_control(h->opcode))
		return false;
	if (inflates(r, h))	/* what comes of it counts */
		return false;
	return r->message_len > r->message_max ||
	    h->payload_len > r->message_max - r->message_len;
}

/* Whether the message is text and ends, without another byte, inside a
 * character. */
static bool
cuts_text(const struct ws_receiver *r, const struct ws_header *h)
{
	return h->opcode == WS_CONTINUATION && h->fin && h->payload_len == 0 &&
	    r->message_opcode == WS_TEXT && !r->compressed &&
	    !ws_utf8_complete(&r->utf8);
}

/* What the length decides. */
static unsigned
judge_length(const struct ws_receiver *r, const struct ws_header *h)
{
	return bit(WS_LENGTH_TOP_BIT, h->payload_len >> 63 != 0) |
	    bit(WS_LENGTH_NOT_MINIMAL, !r->any_length_form &&
	    h->form != ws_length_form(h->payload_len)) |
	    bit(WS_MESSAGE_TOO_BIG, too_big(r, h)) |
	    bit(WS_TEXT_NOT_UTF8, cuts_text(r, h));
}

/* The rules, as bits, that the first len bytes of a header, raw, break. */
static unsigned
judge_header(const struct ws_receiver *r, const struct ws_header *h,
    const uint8_t *raw, size_t len)
{
	unsigned broken = judge_first(r, h);

	if (len >= 2)
		broken |= judge_second(r, h);
	if (len >= 2 && len >= ws_header_size_before_key(raw[1]))
		broken |= judge_length(r, h);
	return broken;
}

/* Tells the first of the broken rules. */
static enum ws_event
tell_broken(struct ws_receiver *r)
{
	enum ws_violation v = WS_OK;

	while ((r->broken & 1U << v) == 0)
		v++;
	r->broken &= ~(1U << v);
	if (!r->lax)
		return violate(r, v);
	r->violation = v;
	return WS_VIOLATION;
}

/* The number of header bytes that decides something next: the first, the
 * second, the length, the whole. */
static size_t
receive_some(const struct ws_receiver *r)
{
	size_t n;

	if (r->raw_len < 2)
		return r->raw_len + 1;
	n = ws_header_size_before_key(r->raw[1]);
	return r->raw_len < n ? n : ws_header_size(r->raw[1]);
}

/* Whether the frame is handed on in pieces, not collected. */
static bool
streams(const struct ws_receiver *r)
{
	return r->lax || !ws_opcode_is_control(r->header.opcode);
}

static void
begin_message(struct ws_receiver *r)
{
	const struct ws_compression *by = r->header.masked ? &r->by_client :
	    &r->by_server;

	r->inflating = inflates(r, &r->header);
	r->compressed = r->may_compress && r->header.rsv == WS_RSV1;
	r->inflate_failed = false;
	if (!r->inflating)
		return;
	/* Lax, it goes on after what could not be inflated. */
	if (r->inflate_open)
		ws_inflate_init(r->inflate, by->window_bits);
	r->inflate_open = true;
	if (by->drops_context)
		ws_inflate_forget(r->inflate);
	r->inflate->window = (size_t)1 << by->window_bits;
}

/* The header is complete and lawful, or let pass: what begins with it? */
static enum ws_event
enter_payload(struct ws_receiver *r)
{
	struct ws_header *h = &r->header;

	r->raw_len = 0;
	r->payload_done = 0;
	r->control_len = 0;
	r->state = WS_IN_PAYLOAD;
	if (ws_opcode_is_control(h->opcode))
		return r->lax ? WS_FRAME_BEGIN : WS_NEED_MORE;
	if (h->opcode != WS_CONTINUATION) {
		begin_message(r);
		r->message_opcode = h->opcode;
		r->message_len = 0;
		r->text_failed = false;
		memset(&r->utf8, 0, sizeof r->utf8);
	}
	if (!r->inflating)
		r->message_len += h->payload_len;
	return WS_FRAME_BEGIN;
}

/* The same, after telling what is wrong with it. */
static enum ws_event
end_header(struct ws_receiver *r, unsigned broken)
{
	r->broken = broken;
	if (broken == 0)
		return enter_payload(r);
	r->state = WS_BEFORE_PAYLOAD;
	return tell_broken(r);
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
	return judge_header(r, &r->header, in, size) == 0 ? size : 0;
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
		size_t want = receive_some(r) - r->raw_len;
		size_t n = len < want ? len : want;
		unsigned broken;
		bool whole_now;

		memcpy(r->raw + r->raw_len, in, n);
		r->raw_len += n;
		in += n;
		len -= n;
		*used += n;
		if (n < want)
			break;
		ws_header_decode(&r->header, r->raw, r->raw_len);
		whole_now = r->raw_len >= 2 &&
		    r->raw_len == ws_header_size(r->raw[1]);
		broken = judge_header(r, &r->header, r->raw, r->raw_len);
		if (whole_now || (broken != 0 && !r->lax))
			return end_header(r, broken);
	}
	return WS_NEED_MORE;
}

static enum ws_violation
judge_close(struct ws_receiver *r)
{
	/* Of one that is too long, which only a lax receiver takes, the end of
	 * the reason was not collected. */
	size_t len = r->header.payload_len > WS_CONTROL_MAX ? 2 :
	    r->control_len;

	if (r->header.opcode != WS_CLOSE)
		return WS_OK;
	switch (ws_close_decode(r->control, len, &r->close_code)) {
	case WS_CLOSE_OK:
		return WS_OK;
	case WS_CLOSE_ONE_BYTE:
		return WS_CLOSE_OF_ONE_BYTE;
	case WS_CLOSE_BAD_CODE:
		return WS_CLOSE_CODE_INVALID;
	case WS_CLOSE_BAD_REASON:
		break;
	}
	return WS_CLOSE_REASON_NOT_UTF8;
}

static enum ws_event
end_control(struct ws_receiver *r)
{
	enum ws_violation v = judge_close(r);

	if (v != WS_OK && !r->lax)
		return violate(r, v);
	r->state = WS_IN_HEADER;
	if (r->lax) {
		r->broken |= bit(v, v != WS_OK);
		r->close_seen |= r->header.opcode == WS_CLOSE;
		return WS_FRAME_END;
	}
	if (r->header.opcode == WS_CLOSE)
		r->state = WS_AT_END;	/* 1.4: further data is discarded */
	return WS_CONTROL;
}

static enum ws_event
end_data_frame(struct ws_receiver *r)
{
	r->state = WS_IN_HEADER;
	if (r->header.fin) {
		r->message_opcode = 0;
		r->message_len = 0;
	}
	return WS_FRAME_END;
}

/* Collects a control frame's payload, as far as one may be long. */
static void
collect_control(struct ws_receiver *r, const uint8_t *in, size_t n)
{
	size_t room = sizeof r->control - r->control_len;

	if (n > room)
		n = room;
	memcpy(r->control + r->control_len, in, n);
	r->control_len += n;
}

/* How many of the next n bytes may be handed on: all, unless they are text
 * and no text goes on, or ends, like that.  A frame that cuts a character at
 * the end of its message is never handed on whole. */
static size_t
check_payload(struct ws_receiver *r, const uint8_t *in, size_t n)
{
	const struct ws_header *h = &r->header;
	size_t good;

	if (r->message_opcode != WS_TEXT || r->text_failed || r->compressed ||
	    ws_opcode_is_control(r->header.opcode))
		return n;
	good = ws_utf8_check(&r->utf8, in, n);
	if (good == n && h->fin && h->payload_len - r->payload_done == n &&
	    !ws_utf8_complete(&r->utf8))
		good--;
	if (good == n)
		return n;
	r->text_failed = true;
	r->broken |= bit(WS_TEXT_NOT_UTF8, true);
	return r->lax ? n : good;
}

/* Something is wrong with what was inflated, or it was not: what comes first in
 * the message counts, however much of it is looked at at once. */
static void
break_message(struct ws_receiver *r, enum ws_violation v)
{
	if (r->broken == 0 || r->lax)
		r->broken |= bit(v, true);
	r->text_failed |= v == WS_TEXT_NOT_UTF8;
	r->inflate_failed |= v != WS_TEXT_NOT_UTF8;
}

/* How much of what was inflated may be handed on. */
static size_t
check_inflated(struct ws_receiver *r, const uint8_t *p, size_t n)
{
	bool too_big = r->message_max > 0 &&
	    n > r->message_max - r->message_len;
	size_t good;

	if (too_big)
		n = (size_t)(r->message_max - r->message_len);
	good = n;
	if (r->message_opcode == WS_TEXT && !r->text_failed)
		good = ws_utf8_check(&r->utf8, p, n);
	if (good < n)
		break_message(r, WS_TEXT_NOT_UTF8);
	if (too_big)
		break_message(r, WS_MESSAGE_TOO_BIG);
	n = r->lax ? n : good;
	r->message_len += n;
	return n;
}

/* The last byte of the message is used. */
static void
end_inflating(struct ws_receiver *r)
{
	if (!ws_inflate_end_message(r->inflate)) {
		break_message(r, WS_NOT_INFLATED);
		return;
	}
	r->inflate_open = false;
	if (r->message_opcode == WS_TEXT && !r->text_failed &&
	    !ws_utf8_complete(&r->utf8))
		break_message(r, WS_TEXT_NOT_UTF8);
	r->data_ends = r->lax || !r->text_failed;
}

/* Whether the frame's payload is. */
static bool
is_inflated(const struct ws_receiver *r)
{
	return r->inflating && !ws_opcode_is_control(r->header.opcode);
}

/* Whether its message ends without a byte more. */
static bool
owes_end(const struct ws_receiver *r)
{
	return r->header.fin && r->inflate_open && !r->inflate_failed;
}

/* Inflates n bytes of payload, or as many as there is room for what comes of
 * them. */
static void
take_compressed(struct ws_receiver *r, uint8_t *in, size_t n, size_t *used)
{
	const struct ws_header *h = &r->header;
	enum ws_inflate_status status = WS_INFLATE_MORE;
	size_t taken = n;

	if (h->masked && n > r->unmasked)
		ws_mask(in + r->unmasked, n - r->unmasked, h->masking_key,
		    r->payload_done + r->unmasked);
	r->data_ends = false;
	r->data_len = 0;
	if (!r->inflate_failed) {
		status = ws_inflate(r->inflate, in, n, &taken);
		r->data = r->inflate->data;
		r->data_len = check_inflated(r, r->data, r->inflate->data_len);
	}
	if (status == WS_INFLATE_WRONG) {
		if (!r->inflate_failed)
			break_message(r, WS_NOT_INFLATED);
		taken = n;	/* it is of no use */
	}
	if (r->as_sent) {
		r->data = in;
		r->data_len = taken;
	}
	r->inflate_full = status == WS_INFLATE_FULL && !r->inflate_failed;
	r->unmasked = n - taken;
	r->payload_done += taken;
	*used += taken;
	if (h->fin && !r->inflate_full && !r->inflate_failed &&
	    r->payload_done == h->payload_len)
		end_inflating(r);
}

static enum ws_event
receive_payload(struct ws_receiver *r, uint8_t *in, size_t len, size_t *used)
{
	struct ws_header *h = &r->header;
	uint64_t left = h->payload_len - r->payload_done;
	size_t n = len < left ? len : (size_t)left;
	size_t good;

	if (is_inflated(r) && (n > 0 || r->inflate_full ||
	    (left == 0 && owes_end(r)))) {
		take_compressed(r, in, n, used);
		if (n > 0 || r->data_len > 0 || r->broken != 0)
			return r->data_len > 0 ? WS_PAYLOAD : WS_NEED_MORE;
	}
	if (left == 0)
		return ws_opcode_is_control(h->opcode) ?
		    end_control(r) : end_data_frame(r);
	if (n == 0)
		return WS_NEED_MORE;
	if (h->masked)
		ws_mask(in, n, h->masking_key, r->payload_done);
	if (ws_opcode_is_control(h->opcode))
		collect_control(r, in, n);
	good = check_payload(r, in, n);
	r->data = in;
	r->data_len = good;
	r->payload_done += good;
	*used += good;
	/* What is wrong with it is told after the good part. */
	return streams(r) && good > 0 ? WS_PAYLOAD : WS_NEED_MORE;
}

enum ws_event
ws_receive(struct ws_receiver *r, uint8_t *in, size_t len, size_t *used)
{
	enum ws_event event = WS_NEED_MORE;

	*used = 0;
	if (r->broken != 0)
		return tell_broken(r);
	while (event == WS_NEED_MORE) {
		size_t before = *used;
		enum ws_receiver_state state = r->state;

		switch (r->state) {
		case WS_BEFORE_PAYLOAD:
			event = enter_payload(r);
			break;
		case WS_IN_HEADER:
			event = take_header(r, in + *used, len - *used, used);
			break;
		case WS_IN_PAYLOAD:
			event = receive_payload(r, in + *used, len - *used,
			    used);
			break;
		case WS_AT_END:
			*used = len;
			break;
		case WS_FAILED:
			return WS_VIOLATION;
		}
		if (r->broken != 0 && event == WS_NEED_MORE)
			event = tell_broken(r);
		if (*used == before && r->state == state)
			break;
	}
	r->offset += *used;
	return event;
}

/* Whether a message is valid text; one that is not is left masked. */
static bool
is_whole_text(const struct ws_header *h, uint8_t *data, size_t len)
{
	struct ws_utf8 utf8 = { 0 };

	if (ws_utf8_check(&utf8, data, len) == len && ws_utf8_complete(&utf8))
		return true;
	if (h->masked)
		ws_mask(data, len, h->masking_key, 0);
	return false;
}

/* Whether it is the header of a whole message, between two messages, and breaks
 * no rule: what judge_header finds, without saying which. */
static bool
is_lawful_message(const struct ws_receiver *r, const struct ws_header *h)
{
	return h->fin && h->rsv == 0 &&
	    (h->opcode == WS_BINARY ? !r->refuse_binary :
	    h->opcode == WS_TEXT && !r->refuse_text) &&
	    (r->masking == WS_MASKING_ANY ||
	    h->masked == (r->masking == WS_MASKING_REQUIRED)) &&
	    h->payload_len >> 63 == 0 &&
	    (r->message_max == 0 || h->payload_len <= r->message_max) &&
	    (r->any_length_form || h->form == ws_length_form(h->payload_len));
}

bool
ws_receive_message(struct ws_receiver *r, uint8_t *in, size_t len,
    size_t *used)
{
	struct ws_header *h = &r->header;
	size_t size, n;

	if (r->state != WS_IN_HEADER || r->raw_len > 0 ||
	    r->message_opcode != 0 || r->lax || len < 2)
		return false;
	size = ws_header_size(in[1]);
	if (len < size)
		return false;
	ws_header_decode(h, in, size);
	if (!is_lawful_message(r, h) || h->payload_len > len - size)
		return false;
	n = (size_t)h->payload_len;
	if (h->masked)
		ws_mask(in + size, n, h->masking_key, 0);
	if (h->opcode == WS_TEXT && !is_whole_text(h, in + size, n))
		return false;
	r->compressed = r->inflating = false;
	r->frames++;
	r->frame_offset = r->offset;
	r->offset += size + n;
	r->data = in + size;
	r->data_len = n;
	*used = size + n;
	return true;
}

/* Whether in holds a message for ws_receive_run, of n bytes of payload behind a
 * header of size bytes. */
static bool
is_short_message(const struct ws_receiver *r, const uint8_t *in, size_t len,
    size_t *size, size_t *n)
{
	bool masked;

	if (len < 2 || in[0] != (WS_FIN_BIT | WS_BINARY))
		return false;
	masked = (in[1] & WS_MASK_BIT) != 0;
	*size = masked ? 6 : 2;
	*n = in[1] & (WS_MASK_BIT - 1);
	return *n <= WS_CONTROL_MAX && len - *size >= *n && len >= *size &&
	    (r->message_max == 0 || *n <= r->message_max) &&
	    (r->masking == WS_MASKING_ANY ||
	    masked == (r->masking == WS_MASKING_REQUIRED));
}

/* Copies first to last, as copy_short, what is masked with the key. */
static void
copy_unmasked(uint8_t *to, const uint8_t *from, size_t len,
    const uint8_t key[4])
{
	uint64_t word, wide;
	size_t i;

	memcpy(&wide, key, 4);
	memcpy((uint8_t *)&wide + 4, key, 4);
	for (; len >= sizeof word; len -= sizeof word) {
		memcpy(&word, from, sizeof word);
		word ^= wide;
		memcpy(to, &word, sizeof word);
		to += sizeof word;
		from += sizeof word;
	}
	for (i = 0; i < len; i++)
		to[i] = from[i] ^ key[i % 4];
}

void
ws_receive_run(struct ws_receiver *r, struct ws_run *run, const uint8_t *in,
    size_t len, uint8_t *out, bool wire)
{
	const uint8_t *p = in;
	uint8_t *to = out, key[4];
	size_t size, n;

	run->messages = 0;
	if (r->state != WS_IN_HEADER || r->raw_len > 0 ||
	    r->message_opcode != 0 || r->lax || r->refuse_binary)
		run->max = 0;
	while (run->messages < run->max &&
	    is_short_message(r, p, len - (size_t)(p - in), &size, &n)) {
		if (size > 2)
			memcpy(key, p + 2, sizeof key);
		if (wire) {
			to[0] = WS_FIN_BIT | WS_BINARY;
			to[1] = (uint8_t)n;
			to += 2;
		}
		if (size > 2)
			copy_unmasked(to, p + size, n, key);
		else if (to != p + size)
			copy_short(to, p + size, n);
		to += n;
		p += size + n;
		run->messages++;
	}
	run->used = (size_t)(p - in);
	run->out_len = (size_t)(to - out);
	r->frames += run->messages;
	r->offset += run->used;
}

uint64_t
ws_receive_unseen(const struct ws_receiver *r)
{
	if (r->state != WS_IN_PAYLOAD || r->header.masked || r->lax ||
	    r->compressed || r->message_opcode != WS_BINARY ||
	    ws_opcode_is_control(r->header.opcode))
		return 0;
	return r->header.payload_len - r->payload_done;
}

void
ws_receive_pass(struct ws_receiver *r, size_t len)
{
	r->payload_done += len;
	r->offset += len;
}

void
ws_receive_end(struct ws_receiver *r)
{
	if (!r->lax || r->state != WS_IN_HEADER || r->raw_len == 0)
		return;
	ws_header_decode(&r->header, r->raw, r->raw_len);
	r->broken = judge_header(r, &r->header, r->raw, r->raw_len);
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
	case WS_NOT_INFLATED:
	case WS_TEXT_NOT_UTF8:
	case WS_CLOSE_REASON_NOT_UTF8:
		return WS_CLOSE_BAD_DATA;
	case WS_OK:
	case WS_FRAME_AFTER_CLOSE:
	case WS_RSV_SET:
	case WS_RSV1_MISPLACED:
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
	case WS_RSV1_MISPLACED:
		return "RSV1 on a frame that begins no message (RFC 7692, 6.1)";
	case WS_NOT_INFLATED:
		return "compressed data are wrong (RFC 7692, 7.2.2)";
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
	case WS_FRAME_AFTER_CLOSE:
		return "frame after a Close (RFC 6455, 5.5.1)";
	}
	return "no violation";
}

const char *
ws_receiver_fault_text(const struct ws_receiver *r)
{
	return r->violation == WS_NOT_INFLATED ?
	    ws_inflate_fault_text(r->inflate->fault) :
	    ws_violation_text(r->violation);
}
