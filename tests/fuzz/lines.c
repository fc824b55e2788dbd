/* Frame lines: what is read is written to what is read the same; and the lines
 * of any stream become that stream again, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ws/closecode.h"
#include "ws/framedump.h"

enum { BUF_SIZE = 2 * WS_LISTED_LINE_MAX };

/* Frames and raw bytes that lines say. */
struct stream {
	uint8_t p[16384];
	size_t len;
	struct ws_header header;
	uint64_t done;
};

static void
put(struct stream *s, const uint8_t *p, size_t len, bool payload)
{
	CHECK(sizeof s->p - s->len >= len);
	memcpy(s->p + s->len, p, len);
	if (payload && s->header.masked)
		ws_mask(s->p + s->len, len, s->header.masking_key, s->done);
	s->len += len;
	s->done += len;
}

static void
put_line(struct stream *s, char *line, size_t len)
{
	struct ws_frameline l;
	struct ws_frameline_fault fault;
	uint8_t header[WS_HEADER_MAX];

	CHECK(ws_frameline_parse(&l, &fault, line, len));
	if (l.kind == WS_FRAMELINE_FRAME) {
		s->header = l.header;
		s->header.masked = l.mask == WS_MASK_GIVEN;
		put(s, header, ws_header_encode(header, &s->header), false);
		s->done = 0;
	} else {
		CHECK(l.kind == WS_FRAMELINE_MORE || l.kind == WS_FRAMELINE_RAW);
	}
	put(s, l.payload, l.payload_len, l.kind != WS_FRAMELINE_RAW);
}

/* The lines in the text, which is used up. */
static void
take_lines(struct stream *s, struct text *t)
{
	char *line = t->buf, *newline;

	CHECK(!t->full);
	CHECK(t->len == 0 || t->buf[t->len - 1] == '\n');
	while ((newline = memchr(line, '\n',
	    t->len - (size_t)(line - t->buf))) != NULL) {
		char *copy = (char *)copy_bytes(line, (size_t)(newline - line));

		put_line(s, copy, (size_t)(newline - line));
		free(copy);
		line = newline + 1;
	}
	t->len = 0;
}

/* In lines of so many bytes. */
static void
list_payload(struct ws_framedump *listing, struct text *t,
    const struct ws_receiver *r)
{
	size_t step = r->header.payload_len % 5 == 0 ? 5 : r->data_len, n, i;

	for (i = 0; i < r->data_len; i += n) {
		n = r->data_len - i < step ? r->data_len - i : step;
		CHECK(ws_framedump_add(listing, r->data + i, n) == n);
		if (i + n < r->data_len)
			ws_framedump_put(listing, t, &r->header, false);
	}
}

static void
check_stream(struct input in)
{
	static char buf[BUF_SIZE];
	static struct ws_framedump listing;
	static struct stream s;
	struct text t = { buf, sizeof buf, 0, false };
	struct ws_receiver r = { .lax = true };
	uint8_t *copy = copy_bytes(in.p, in.len), *p = copy;
	size_t len = in.len, used;
	enum ws_event event;

	memset(&listing, 0, sizeof listing);
	listing.style.all = listing.style.mask_matters = true;
	s.len = 0;
	do {
		event = ws_receive(&r, p, len, &used);
		p += used;
		len -= used;
		if (event == WS_FRAME_BEGIN)
			ws_framedump_begin(&listing);
		if (event == WS_PAYLOAD)
			list_payload(&listing, &t, &r);
		if (event == WS_FRAME_END)
			ws_framedump_put(&listing, &t, &r.header, true);
		take_lines(&s, &t);
	} while (event != WS_NEED_MORE);
	if (r.state == WS_IN_PAYLOAD)
		ws_framedump_put(&listing, &t, &r.header, true);
	else if (r.raw_len > 0)
		ws_framedump_put_raw(&t, r.raw, r.raw_len);
	take_lines(&s, &t);
	CHECK(s.len == in.len);
	CHECK(s.len == 0 || memcmp(s.p, in.p, s.len) == 0);
	free(copy);
}

static bool
same_header(const struct ws_header *a, const struct ws_header *b)
{
	return a->payload_len == b->payload_len && a->opcode == b->opcode &&
	    a->rsv == b->rsv && a->form == b->form && a->fin == b->fin &&
	    memcmp(a->masking_key, b->masking_key, 4) == 0;
}

/* A frame that a line says, as a line again. */
static void
check_again(const struct ws_frameline *l)
{
	struct ws_frameline_style style = { .all = true, .mask_matters = true };
	size_t size = 4 * l->payload_len + 512;
	char *buf = malloc(size);
	struct text t = { buf, size, 0, false };
	struct ws_header h = l->header;
	struct ws_frameline again;
	struct ws_frameline_fault fault;

	CHECK(buf != NULL);
	h.masked = l->mask == WS_MASK_GIVEN;
	if (h.form == 0)
		h.form = ws_length_form(h.payload_len);
	ws_frameline_put_head(&t, &style, &h, l->payload_len);
	if (h.opcode == WS_CLOSE)
		ws_frameline_put_close(&t, l->payload, l->payload_len);
	else
		ws_frameline_put_payload(&t, l->payload, l->payload_len);
	CHECK(!t.full);
	CHECK(ws_frameline_parse(&again, &fault, t.buf, t.len));
	CHECK(again.kind == WS_FRAMELINE_FRAME);
	CHECK(same_header(&again.header, &h));
	CHECK(again.payload_len == l->payload_len);
	CHECK(l->payload_len == 0 ||
	    memcmp(again.payload, l->payload, l->payload_len) == 0);
	free(buf);
}

static void
check_control(const struct ws_frameline *l)
{
	char buf[WS_CONTROL_LINE_MAX + 1];
	struct text t = { buf, sizeof buf, 0, false };
	struct ws_frameline again;
	struct ws_frameline_fault fault;

	if (l->payload_len > WS_CONTROL_MAX)
		return;
	ws_frameline_put_control(&t, l->header.opcode, WS_NOW, l->payload,
	    l->payload_len);
	CHECK(!t.full && t.len > 0 && buf[t.len - 1] == '\n');
	CHECK(ws_frameline_parse_control(&again, &fault, buf, t.len - 1));
	CHECK(again.header.opcode == l->header.opcode);
	CHECK(again.payload_len == l->payload_len);
	CHECK(memcmp(again.payload, l->payload, l->payload_len) == 0);
}

static void
check_line(struct input in)
{
	char *line = (char *)copy_bytes(in.p, in.len);
	struct ws_frameline l;
	struct ws_frameline_fault fault;
	unsigned code;

	if (!ws_frameline_parse(&l, &fault, line, in.len)) {
		CHECK(fault.column >= 1 && fault.column <= in.len + 1);
		CHECK(strlen(fault.expected) > 0);
	} else if (l.kind == WS_FRAMELINE_FRAME) {
		check_again(&l);
		if (l.header.opcode == WS_PING || l.header.opcode == WS_PONG ||
		    (l.header.opcode == WS_CLOSE && l.payload_len <= WS_CONTROL_MAX &&
		    ws_close_decode(l.payload, l.payload_len, &code) ==
		    WS_CLOSE_OK))
			check_control(&l);
	}
	free(line);
}

void
fuzz(struct input in)
{
	check_line(in);
	check_stream(in);
}
