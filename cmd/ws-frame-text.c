/* ws-frame: frame lines (-a) and JSON (-j) into frames. */
#include <string.h>

#include "code/text.h"
#include "diag.h"
#include "io.h"
#include "ws-frame.h"
#include "ws/closecode.h"
#include "ws/json.h"

/* Sends a frame as its line says, right or wrong. */
static void
put_listed_frame(struct frame *f, struct ws_frameline *l, uint8_t *payload)
{
	struct ws_header *h = &l->header;

	h->masked = l->mask == WS_MASK_DEFAULT ? f->set->role == WS_CLIENT :
	    l->mask != WS_MASK_NONE;
	if (h->masked && l->mask != WS_MASK_GIVEN)
		draw_key(f, h->masking_key);
	make_room(f, WS_HEADER_MAX);
	f->out_len += ws_header_encode(f->out + f->out_len, h);
	f->masked = h->masked;
	memcpy(f->key, h->masking_key, sizeof f->key);
	put_payload(f, payload, l->payload_len, 0);
	f->declared = h->payload_len;
	f->done = l->payload_len;
}

static void
put_raw(struct frame *f, uint8_t *p, size_t len)
{
	f->masked = false;
	put_payload(f, p, len, 0);
	f->declared = f->done = 0;
}

/* A Close that we were told to send is the session's. */
static void
note_listed_close(struct frame *f, const struct ws_frameline *l)
{
	unsigned code = WS_CLOSE_NONE;

	if (f->set->control < 0)
		return;
	(void)ws_close_decode(l->payload, l->payload_len, &code);
	flush(f);
	note(f, WS_CLOSE_WRITTEN, code);
}

static void
refuse_line(struct frame *f, size_t column, const char *expected)
{
	char sentence[200];
	struct text t = { sentence, sizeof sentence, 0, false };

	text_puts(&t, "line ");
	text_put_number(&t, f->lines_read);
	text_puts(&t, ", column ");
	text_put_number(&t, column);
	text_puts(&t, ": expected ");
	text_puts(&t, expected);
	refuse_input(f, sentence);
}

/* Whether it is, or continues, what is to be compressed. */
static bool
is_packed(struct frame *f, const struct ws_frameline *l)
{
	if (l->header.opcode == WS_CONTINUATION)
		return f->packed && l->header.rsv == 0;
	if (!ws_opcode_is_control(l->header.opcode))
		f->packed = l->deflated;
	return l->deflated;
}

/* Text from elsewhere may begin with a byte order mark, and end its lines with
 * CRLF. */
static char *
trim_line(const struct frame *f, char *line, size_t *len)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };

	if (*len > 0 && line[*len - 1] == '\r')
		--*len;
	if (f->lines_read > 0 || *len < sizeof mark ||
	    memcmp(line, mark, sizeof mark) != 0)
		return line;
	*len -= sizeof mark;
	return line + sizeof mark;
}

/* Does what a line says. */
static void
frame_line(struct frame *f, char *line, size_t len)
{
	struct ws_frameline_fault fault;
	struct ws_frameline l;
	uint8_t *payload;		/* where it is decoded to */

	line = trim_line(f, line, &len);
	payload = (uint8_t *)line;
	f->lines_read++;
	if (!ws_frameline_parse(&l, &fault, line, len)) {
		refuse_line(f, fault.column, fault.expected);
		return;
	}
	switch (l.kind) {
	case WS_FRAMELINE_EMPTY:
		return;
	case WS_FRAMELINE_SLEEP:
		f->resume = deadline_in(l.ms);
		return;
	case WS_FRAMELINE_RAW:
		put_raw(f, payload, l.payload_len);
		break;
	case WS_FRAMELINE_MORE:
		put_payload(f, payload, l.payload_len, f->done);
		f->done += l.payload_len;
		break;
	case WS_FRAMELINE_FRAME:
		if (l.deflated && f->pack == NULL) {
			refuse_line(f, 1, "a frame, as without -z none is "
			    "deflated");
			return;
		}
		if (is_packed(f, &l))
			put_packed_line(f, &l.header, payload, l.payload_len);
		else
			put_listed_frame(f, &l, payload);
		if (l.header.opcode == WS_CLOSE)
			note_listed_close(f, &l);
		break;
	case WS_FRAMELINE_END:
	case WS_FRAMELINE_STATUS:
	case WS_FRAMELINE_DONE:
		break;		/* not in input */
	}
	f->committed = f->done < f->declared;
	if (l.kind == WS_FRAMELINE_FRAME)
		count_message(f);
}

/* Sends what an object says. */
static void
frame_json(struct frame *f, char *line, size_t len)
{
	struct ws_frameline_fault fault;
	struct ws_json j;

	line = trim_line(f, line, &len);
	f->lines_read++;
	if (slice_trim((struct slice){ line, len }).len == 0)
		return;
	if (!ws_json_parse(&j, &fault, line, len)) {
		refuse_line(f, fault.column, fault.expected);
		return;
	}
	switch (j.opcode) {
	case WS_CLOSE:
		close_by_input(f, j.code, j.payload, j.len);
		break;
	case WS_PING:
	case WS_PONG:
		put_frame(f, j.opcode, true, j.payload, j.len);
		break;
	default:
		if (j.opcode == WS_BINARY && f->set->hixie) {
			refuse_line(f, 1, "text, as hixie has nothing else");
			break;
		}
		f->json_opcode = j.opcode;
		put_message_part(f, j.payload, j.len, true);
		break;
	}
}

void
frame_text_lines(struct frame *f, size_t n)
{
	void (*frame)(struct frame *, char *, size_t) =
	    f->set->mode == JSON ? frame_json : frame_line;
	char *p = (char *)f->in, *end = p + f->in_len + n, *newline;
	/* What was held has no newline, unless a sleep held it. */
	char *scan = n > 0 ? p + f->in_len : p;

	while (!f->closing.input_ended && f->resume == 0 &&
	    (newline = memchr(scan, '\n', (size_t)(end - scan))) != NULL) {
		frame(f, p, (size_t)(newline - p));
		p = scan = newline + 1;
	}
	f->in_len = (size_t)(end - p);
	if (f->input_eof && !f->closing.input_ended && f->resume == 0) {
		if (f->in_len > 0)
			frame(f, p, f->in_len);
		f->in_len = 0;
		if (f->resume == 0 && !f->closing.input_ended)
			note(f, WS_INPUT_ENDED, 0);
	} else if (f->in_len > f->in_size - READ_SIZE && f->resume == 0) {
		f->lines_read++;
		refuse_line(f, f->in_len, "a shorter line");
	}
	memmove(f->in, p, f->in_len);
}
