/* Captures: read the same in any pieces; what is written is read. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ws/capture.h"

static void
trace_record(struct trace *t, const struct ws_capture_record *r)
{
	trace_number(t, 'r', (uint64_t)r->head << 2 | (uint64_t)r->sent << 1 |
	    r->client);
	trace_bytes(t, 's', (const uint8_t *)r->session, strlen(r->session));
	trace_number(t, 't', (uint64_t)r->time_us);
	trace_number(t, 'l', r->len);
}

/* Written, it is the line that says the same. */
static void
check_record(const struct ws_capture_record *r)
{
	char line[WS_CAPTURE_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };
	struct ws_capture_reader c = { .offset = 0 };
	size_t used;

	ws_capture_put(&t, r);
	CHECK(!t.full && t.len <= WS_CAPTURE_LINE_MAX);
	CHECK(ws_capture_read(&c, (uint8_t *)line, t.len, &used) ==
	    WS_CAPTURE_RECORD);
	CHECK(used == t.len);
	CHECK(c.record.sent == r->sent && c.record.client == r->client);
	CHECK(c.record.head == r->head);
	CHECK(strcmp(c.record.session, r->session) == 0);
	CHECK(c.record.time_us == r->time_us && c.record.len == r->len);
}

static bool
read_piece(struct trace *t, struct ws_capture_reader *c, struct input piece)
{
	uint8_t *copy = copy_bytes(piece.p, piece.len), *p = copy;
	size_t len = piece.len, used;
	enum ws_capture_event event;

	do {
		event = ws_capture_read(c, p, len, &used);
		CHECK(used <= len);
		if (event == WS_CAPTURE_RECORD) {
			check_record(&c->record);
			trace_record(t, &c->record);
		} else if (event == WS_CAPTURE_DATA) {
			CHECK(c->data >= p && c->data + c->data_len <= p + used);
			trace_bytes(t, 'd', c->data, c->data_len);
		}
		p += used;
		len -= used;
	} while (event != WS_CAPTURE_MORE && event != WS_CAPTURE_MALFORMED);
	CHECK(len == 0 || event == WS_CAPTURE_MALFORMED);
	free(copy);
	return event == WS_CAPTURE_MORE;
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	struct ws_capture_reader c = { .offset = 0 };
	struct input piece;
	bool more = true;

	while (more && next_piece(&in, manner, &piece))
		more = read_piece(t, &c, piece);
	trace_number(t, 'm', more);
	trace_number(t, 'p', c.place);
	trace_number(t, 'c', ws_capture_complete(&c));
}

void
fuzz(struct input in)
{
	same_in_any_manner(in, run);
}
