/* Hixie: frames come to the same in any pieces; the number of a key is that of
 * the draft's words. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/hixie.h"
#include "ws/hixieframe.h"

/* How much of the message that fails is told before that depends on the
 * pieces, and so does which of two rules that it breaks is. */
static size_t message_start;

static bool
receive(struct trace *t, struct ws_hixie *h, struct ws_receiver *r,
    struct input piece)
{
	uint8_t *copy = copy_bytes(piece.p, piece.len), *p = copy;
	size_t len = piece.len, used;
	enum ws_event event;

	do {
		event = ws_hixie_receive(h, r, p, len, &used);
		CHECK(used <= len);
		if (event == WS_PAYLOAD) {
			CHECK(r->data >= p && r->data + r->data_len <= p + used);
			trace_bytes(t, 'p', r->data, r->data_len);
		} else if (event == WS_VIOLATION) {
			t->len = message_start;
			trace_number(t, 'v', 0);
		} else if (event == WS_CONTROL) {
			trace_number(t, 'c', r->close_code);
		} else if (event == WS_FRAME_END && r->header.fin) {
			trace_number(t, 'm', r->frames);
			message_start = t->len;
		}
		p += used;
		len -= used;
	} while (event != WS_NEED_MORE && event != WS_VIOLATION);
	CHECK(event == WS_VIOLATION || len == 0);
	free(copy);
	return event == WS_NEED_MORE;
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	uint8_t rules = take_byte(&in);
	struct ws_hixie h = { .closes = rules & 1 };
	struct ws_receiver r = { .refuse_binary = true };
	struct input piece;
	bool more = true;

	message_start = 0;
	r.refuse_text = rules & 2;
	if (rules & 4)
		r.message_max = take_byte(&in);
	while (more && next_piece(&in, manner, &piece))
		more = receive(t, &h, &r, piece);
	if (more)
		trace_number(t, 'o', r.offset);
	trace_number(t, 'i', ws_receiver_idle(&r));
}

static void
check_number(struct input in)
{
	struct slice key = { (char *)copy_bytes(in.p, in.len), in.len };
	uint64_t digits = 0, spaces = 0;
	uint32_t number;
	bool fits = true;
	size_t i;

	for (i = 0; i < in.len; i++) {
		if (in.p[i] >= '0' && in.p[i] <= '9') {
			digits = 10 * digits + in.p[i] - '0';
			fits = fits && digits <= UINT32_MAX;
			digits = fits ? digits : 0;
		}
		spaces += in.p[i] == ' ';
	}
	if (ws_hixie_number(&number, key)) {
		CHECK(fits && spaces > 0 && digits % spaces == 0);
		CHECK(number == digits / spaces);
	}
	free((char *)key.p);
}

static void
check_response(struct input in)
{
	uint8_t key3[WS_HIXIE_KEY3_LEN] = { 0 };
	uint8_t response[WS_HIXIE_RESPONSE_LEN], again[sizeof response];
	uint32_t number[2] = { 1, take_byte(&in) };

	ws_hixie_response(response, number, key3);
	number[0] = 2;
	ws_hixie_response(again, number, key3);
	CHECK(memcmp(response, again, sizeof again) != 0);
}

void
fuzz(struct input in)
{
	check_response(in);
	check_number(in);
	same_in_any_manner(in, run);
}
