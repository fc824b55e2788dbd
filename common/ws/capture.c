/* Captures: the raw bytes of both directions of a session, with their times. */
#include <string.h>

#include "ws/capture.h"

void
ws_capture_put(struct text *t, const struct ws_capture_record *r)
{
	text_puts(t, r->sent ? ">" : "<");
	text_puts(t, r->head ? "head " : " ");
	text_puts(t, r->client ? "client " : "server ");
	text_put_number(t, (uint64_t)r->time_us / 1000000);
	text_puts(t, ".");
	text_put_digits(t, (uint64_t)r->time_us % 1000000, 6);
	text_puts(t, " ");
	text_put_number(t, r->len);
	text_puts(t, r->session[0] != '\0' ? " " : "");
	text_puts(t, r->session);
	text_puts(t, "\n");
}

static bool
take_literal(struct slice *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len < n || memcmp(s->p, word, n) != 0)
		return false;
	(void)slice_cut(s, n);
	return true;
}

static bool
take_digits(struct slice *s, size_t min, size_t max, uint64_t *n)
{
	size_t before = s->len;

	return slice_take_number(s, UINT64_MAX, n) && before - s->len >= min &&
	    before - s->len <= max;
}

/* What stands behind the length: nothing, or a word of printable ASCII. */
static bool
take_session(struct ws_capture_record *r, struct slice s)
{
	struct text t = { r->session, sizeof r->session, 0, false };
	size_t i;

	text_puts(&t, "");
	if (s.len == 0)
		return true;
	if (!take_literal(&s, " ") || s.len == 0)
		return false;
	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	text_put_slice(&t, s);
	return !t.full;
}

static bool
parse_line(struct ws_capture_record *r, struct slice s)
{
	uint64_t seconds, micros;

	r->sent = take_literal(&s, ">");
	if (!r->sent && !take_literal(&s, "<"))
		return false;
	r->head = take_literal(&s, "head");
	if (!take_literal(&s, " "))
		return false;
	r->client = take_literal(&s, "client ");
	if (!r->client && !take_literal(&s, "server "))
		return false;
	if (!take_digits(&s, 1, 11, &seconds) || !take_literal(&s, ".") ||
	    !take_digits(&s, 6, 6, &micros) || !take_literal(&s, " ") ||
	    !take_digits(&s, 1, 18, &r->len))
		return false;
	r->time_us = (int64_t)(seconds * 1000000 + micros);
	return take_session(r, s);
}

static enum ws_capture_event
malformed(struct ws_capture_reader *c)
{
	c->state = WS_CAPTURE_FAILED;
	return WS_CAPTURE_MALFORMED;
}

static enum ws_capture_event
take_record_line(struct ws_capture_reader *c, const uint8_t *in, size_t len,
    size_t *used)
{
	struct slice line = { c->line, 0 };

	if (c->line_len == 0)
		c->place = c->offset + *used;
	while (*used < len) {
		char byte = (char)in[(*used)++];

		if (byte != '\n') {
			if (c->line_len == sizeof c->line ||
			    (c->line_len == 0 && byte != '<' && byte != '>'))
				return malformed(c);
			c->line[c->line_len++] = byte;
			continue;
		}
		line.len = c->line_len;
		c->line_len = 0;
		if (!parse_line(&c->record, line))
			return malformed(c);
		c->left = c->record.len;
		c->state = c->left > 0 ? WS_CAPTURE_IN_DATA : WS_CAPTURE_AT_END;
		return WS_CAPTURE_RECORD;
	}
	return WS_CAPTURE_MORE;
}

static enum ws_capture_event
take_record_data(struct ws_capture_reader *c, const uint8_t *in, size_t len,
    size_t *used)
{
	size_t n = len < c->left ? len : (size_t)c->left;

	if (n == 0)
		return WS_CAPTURE_MORE;
	c->data = in;
	c->data_len = n;
	c->left -= n;
	*used = n;
	if (c->left == 0)
		c->state = WS_CAPTURE_AT_END;
	return WS_CAPTURE_DATA;
}

enum ws_capture_event
ws_capture_read(struct ws_capture_reader *c, const uint8_t *in, size_t len,
    size_t *used)
{
	enum ws_capture_event event = WS_CAPTURE_MORE;

	*used = 0;
	if (c->state == WS_CAPTURE_AT_END && len > 0) {
		c->place = c->offset;
		if (in[0] != '\n')
			return malformed(c);
		*used = 1;
		c->state = WS_CAPTURE_IN_LINE;
	}
	if (c->state == WS_CAPTURE_FAILED)
		return WS_CAPTURE_MALFORMED;
	if (c->state == WS_CAPTURE_IN_LINE)
		event = take_record_line(c, in, len, used);
	else if (c->state == WS_CAPTURE_IN_DATA)
		event = take_record_data(c, in, len, used);
	c->offset += *used;
	return event;
}

bool
ws_capture_complete(const struct ws_capture_reader *c)
{
	return (c->state == WS_CAPTURE_IN_LINE && c->line_len == 0) ||
	    c->state == WS_CAPTURE_AT_END;
}
