/* Frame lines: frames written as text. */
#include <string.h>

#include "closecode.h"
#include "line.h"

static const char hex_digits[] = "0123456789abcdef";

/* As text if all of it is printable ASCII, else in hexadecimal. */
static void
put_payload(struct text *t, const uint8_t *p, size_t len)
{
	bool plain = true;
	size_t i;

	for (i = 0; i < len; i++)
		plain &= p[i] >= ' ' && p[i] <= '~';
	text_puts(t, plain ? " \"" : " hex:");
	for (i = 0; i < len; i++) {
		char c[2] = { hex_digits[p[i] >> 4], hex_digits[p[i] & 15] };

		if (plain && (p[i] == '"' || p[i] == '\\'))
			text_puts(t, "\\");
		if (plain)
			text_put(t, (const char *)p + i, 1);
		else
			text_put(t, c, sizeof c);
	}
	text_puts(t, plain ? "\"" : "");
}

void
ws_put_control_line(struct text *t, const struct ws_control_line *l)
{
	switch (l->order) {
	case WS_ORDER_PING:
		text_puts(t, "ping");
		break;
	case WS_ORDER_PONG:
		text_puts(t, "pong");
		break;
	case WS_ORDER_CLOSE:
		text_puts(t, "close");
		break;
	case WS_ORDER_CLOSE_NOW:
		text_puts(t, "close now");
		break;
	case WS_ORDER_END:
		text_puts(t, "end");
		if (l->status != ws_close_exit_status(WS_CLOSE_LOST)) {
			text_puts(t, " ");
			text_put_number(t, (unsigned long)l->status);
		}
		text_puts(t, "\n");
		return;
	}
	if ((l->order == WS_ORDER_CLOSE || l->order == WS_ORDER_CLOSE_NOW) &&
	    l->close_code != WS_CLOSE_NONE) {
		text_puts(t, " ");
		text_put_number(t, l->close_code);
	}
	if (l->len > 0)
		put_payload(t, l->payload, l->len);
	text_puts(t, "\n");
}

/* Cuts a word off the start of *line, and the blanks behind it. */
static struct slice
take_word(struct slice *line)
{
	struct slice word = { line->p, 0 };

	while (word.len < line->len && word.p[word.len] != ' ' &&
	    word.p[word.len] != '\t')
		word.len++;
	line->p += word.len;
	line->len -= word.len;
	*line = slice_trim(*line);
	return word;
}

static bool
take_number(struct slice *line, unsigned long max, unsigned long *number)
{
	struct slice word = take_word(line);
	size_t i;

	*number = 0;
	for (i = 0; i < word.len; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
		*number = *number * 10 + (unsigned long)(word.p[i] - '0');
		if (*number > max)
			return false;
	}
	return word.len > 0;
}

/* The two hexadecimal digits at p as a byte, or -1. */
static int
hex_byte(const char *p)
{
	const char *high = p[0] ? strchr(hex_digits, p[0] | 0x20) : NULL;
	const char *low = p[1] ? strchr(hex_digits, p[1] | 0x20) : NULL;

	if (high == NULL || low == NULL)
		return -1;
	return (int)((high - hex_digits) << 4 | (low - hex_digits));
}

/* The byte that an escape stands for, *s being behind the backslash; -1 if it
 * is none. */
static int
take_escape(struct slice *s)
{
	static const char names[] = "nrt\"\\", bytes[] = "\n\r\t\"\\";
	const char *name;
	int byte;

	if (s->len == 0)
		return -1;
	if (s->p[0] == 'x') {
		byte = s->len >= 3 ? hex_byte(s->p + 1) : -1;
		s->p += byte < 0 ? 0 : 3;
		s->len -= byte < 0 ? 0 : 3;
		return byte;
	}
	name = s->p[0] ? strchr(names, s->p[0]) : NULL;
	if (name == NULL)
		return -1;
	s->p++;
	s->len--;
	return bytes[name - names];
}

static bool
take_quoted(struct slice s, uint8_t *out, size_t max, size_t *len)
{
	*len = 0;
	while (s.len > 0 && s.p[0] != '"') {
		int byte = (unsigned char)s.p[0];

		s.p++;
		s.len--;
		if (byte == '\\')
			byte = take_escape(&s);
		if (byte < 0 || *len == max)
			return false;
		out[(*len)++] = (uint8_t)byte;
	}
	return s.len == 1;	/* the closing quote, and nothing behind */
}

static bool
take_hex(struct slice s, uint8_t *out, size_t max, size_t *len)
{
	*len = 0;
	for (; s.len >= 2; s.p += 2, s.len -= 2) {
		int byte = hex_byte(s.p);

		if (byte < 0 || *len == max)
			return false;
		out[(*len)++] = (uint8_t)byte;
	}
	return s.len == 0;
}

static bool
take_payload(struct slice s, struct ws_control_line *l, size_t max)
{
	struct slice rest;

	if (s.len == 0)
		return true;
	if (s.p[0] == '"') {
		rest.p = s.p + 1;
		rest.len = s.len - 1;
		return take_quoted(rest, l->payload, max, &l->len);
	}
	if (s.len < 4 || memcmp(s.p, "hex:", 4) != 0)
		return false;
	rest.p = s.p + 4;
	rest.len = s.len - 4;
	return take_hex(rest, l->payload, max, &l->len);
}

static bool
parse_close(struct ws_control_line *l, struct slice rest)
{
	struct slice after = rest;
	unsigned long code;

	l->order = WS_ORDER_CLOSE;
	l->close_code = WS_CLOSE_NONE;
	if (slice_equal(take_word(&after), slice_of("now"))) {
		l->order = WS_ORDER_CLOSE_NOW;
		rest = after;
	}
	if (rest.len == 0)
		return true;
	if (!take_number(&rest, 65535, &code) ||
	    !ws_close_code_valid((unsigned)code))
		return false;
	l->close_code = (unsigned)code;
	return take_payload(rest, l, WS_REASON_MAX);
}

bool
ws_parse_control_line(struct ws_control_line *l, struct slice line)
{
	struct slice word;
	unsigned long status = (unsigned)ws_close_exit_status(WS_CLOSE_LOST);

	memset(l, 0, sizeof *l);
	line = slice_trim(line);
	word = take_word(&line);
	if (slice_equal(word, slice_of("ping"))) {
		l->order = WS_ORDER_PING;
		return take_payload(line, l, sizeof l->payload);
	}
	if (slice_equal(word, slice_of("pong"))) {
		l->order = WS_ORDER_PONG;
		return take_payload(line, l, sizeof l->payload);
	}
	if (slice_equal(word, slice_of("close")))
		return parse_close(l, line);
	if (!slice_equal(word, slice_of("end")) ||
	    (line.len > 0 && !take_number(&line, 255, &status)))
		return false;
	l->order = WS_ORDER_END;
	l->status = (int)status;
	return line.len == 0;
}
