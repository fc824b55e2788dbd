/* Frame lines: frames written as lines of text. */
#include <string.h>

#include "code/bits.h"
#include "code/status.h"
#include "code/utf8.h"
#include "ws/closecode.h"
#include "ws/frameline.h"

static const char hex_digits[] = "0123456789abcdef";

static const struct {
	const char *name;
	uint8_t opcode;
} types[] = {
	{ "cont", WS_CONTINUATION }, { "text", WS_TEXT },
	{ "binary", WS_BINARY }, { "close", WS_CLOSE }, { "ping", WS_PING },
	{ "pong", WS_PONG }
};

enum { TYPES = sizeof types / sizeof types[0] };

/* -- printing -- */

static void
put_hex(struct text *t, const uint8_t *p, size_t len)
{
	char pairs[256];
	size_t n = 0;

	for (; len > 0; len--, p++) {
		pairs[n++] = hex_digits[*p >> 4];
		pairs[n++] = hex_digits[*p & 15];
		if (n == sizeof pairs || len == 1) {
			text_put(t, pairs, n);
			n = 0;
		}
	}
}

/* The letter that stands for a byte behind a backslash, or 0. */
static char
escape_letter(uint8_t c)
{
	switch (c) {
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	case '"':
	case '\\': return (char)c;
	default: return 0;
	}
}

static void
put_escape(struct text *t, uint8_t c)
{
	char letter = escape_letter(c);
	char escape[4] = { '\\', letter != 0 ? letter : 'x',
	    hex_digits[c >> 4], hex_digits[c & 15] };

	text_put(t, escape, letter != 0 ? 2 : 4);
}

/* How many bytes of what is not plain are one character. */
static size_t
special_size(const uint8_t *p, size_t len)
{
	return len < 2 || p[0] != 0xc2 ? len > 0 : 2;
}

/* Appends it between quotes; false when it had better be hex. */
static bool
put_quoted(struct text *t, const uint8_t *p, size_t len)
{
	struct ws_utf8 utf8 = { 0 };
	size_t longest = t->len + 2 * len + 4, n;

	if (ws_utf8_check(&utf8, p, len) != len || !ws_utf8_complete(&utf8))
		return false;
	text_puts(t, " \"");
	while (len > 0 && t->len <= longest) {
		n = text_plain_run((const char *)p, len);
		text_put(t, (const char *)p, n);
		p += n;
		len -= n;
		for (n = special_size(p, len); n > 0; n--) {
			put_escape(t, *p++);
			len--;
		}
	}
	text_puts(t, "\"");
	return t->len <= longest;
}

void
ws_frameline_put_payload(struct text *t, const uint8_t *p, size_t len)
{
	size_t before = t->len;

	if (len == 0 || put_quoted(t, p, len))
		return;
	t->len = before;
	text_puts(t, " hex:");
	put_hex(t, p, len);
}

void
ws_frameline_put_close(struct text *t, const uint8_t *p, size_t len)
{
	if (len < 2) {
		ws_frameline_put_payload(t, p, len);
		return;
	}
	text_puts(t, " ");
	text_put_number(t, load_net16(p));
	ws_frameline_put_payload(t, p + 2, len - 2);
}

static void
put_type(struct text *t, uint8_t opcode)
{
	size_t i;

	for (i = 0; i < TYPES; i++)
		if (types[i].opcode == opcode) {
			text_puts(t, types[i].name);
			return;
		}
	text_puts(t, "op=");
	text_put_number(t, opcode);
}

static void
put_attribute(struct text *t, const char *name, uint64_t value)
{
	text_puts(t, name);
	text_put_number(t, value);
}

void
ws_frameline_put_head(struct text *t, const struct ws_frameline_style *style,
    const struct ws_header *h, size_t payload)
{
	put_type(t, h->opcode);
	if (style->all || !h->fin)
		put_attribute(t, " fin=", h->fin);
	if (style->deflate && h->rsv == WS_RSV1)
		text_puts(t, " deflated");
	else if (style->all || h->rsv != 0)
		put_attribute(t, " rsv=", h->rsv);
	if (style->all || (style->mask_matters && h->masked != style->masked)) {
		text_puts(t, h->masked ? " mask=" : " mask=none");
		put_hex(t, h->masking_key, h->masked ? 4 : 0);
	}
	if (style->all || h->form != ws_length_form(h->payload_len))
		put_attribute(t, " form=", h->form);
	if (style->all || h->payload_len != payload)
		put_attribute(t, " len=", h->payload_len);
}

void
ws_frameline_put_control(struct text *t, uint8_t opcode,
    enum ws_when when, const uint8_t *payload, size_t len)
{
	static const char *const words[] = {
		[WS_AFTER_INPUT] = "", [WS_SOON] = " soon", [WS_NOW] = " now" };

	put_type(t, opcode);
	if (opcode == WS_CLOSE) {
		text_puts(t, words[when]);
		ws_frameline_put_close(t, payload, len);
	} else {
		ws_frameline_put_payload(t, payload, len);
	}
	text_puts(t, "\n");
}

void
ws_frameline_put_close_code(struct text *t, enum ws_when when,
    unsigned code)
{
	uint8_t payload[2] = { 0 };

	ws_frameline_put_control(t, WS_CLOSE, when, payload,
	    ws_close_encode(payload, code, NULL, 0));
}

void
ws_frameline_put_received(struct text *t, const uint8_t *payload, size_t len)
{
	put_type(t, WS_CLOSE);
	text_puts(t, " received");
	ws_frameline_put_close(t, payload, len);
	text_puts(t, "\n");
}

void
ws_frameline_put_status(struct text *t, int status)
{
	put_attribute(t, "status ", (uint64_t)status);
	text_puts(t, "\n");
}

void
ws_frameline_put_end(struct text *t, int status, const uint8_t *reason,
    size_t len)
{
	text_puts(t, "end");
	if (status != STATUS_LOST || len > 0)
		put_attribute(t, " ", (uint64_t)status);
	ws_frameline_put_payload(t, reason, len);
	text_puts(t, "\n");
}

/* -- reading -- */

/* A place in a line.  The payload is decoded to its start. */
struct cursor {
	char *start, *p, *end;
	struct ws_frameline_fault *fault;
	bool channel;			/* of the control channel */
};

static bool
expect(struct cursor *c, const char *what)
{
	c->fault->column = (size_t)(c->p - c->start) + 1;
	c->fault->expected = what;
	return false;
}

static void
skip_blanks(struct cursor *c)
{
	while (c->p < c->end && text_is_blank(*c->p))
		c->p++;
}

/* Whether nothing but a comment is left. */
static bool
at_end(struct cursor *c)
{
	skip_blanks(c);
	return c->p == c->end || *c->p == '#';
}

/* Takes this word, or this start of one if it ends with "=" or ":". */
static bool
take_keyword(struct cursor *c, const char *word)
{
	size_t n = strlen(word);
	bool open = word[n - 1] == '=' || word[n - 1] == ':';

	skip_blanks(c);
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	if (!open && c->p + n < c->end && !text_is_blank(c->p[n]) &&
	    c->p[n] != '#')
		return false;
	c->p += n;
	return true;
}

static bool
take_number(struct cursor *c, uint64_t max, uint64_t *n)
{
	struct slice rest = { c->p, (size_t)(c->end - c->p) };
	bool taken = slice_take_number(&rest, max, n);

	c->p = c->end - rest.len;
	return taken;
}

/* The byte that two hexadecimal digits stand for, or -1. */
static int
take_hex_byte(struct cursor *c)
{
	int byte = c->end - c->p < 2 ? -1 : text_hex_byte(c->p);

	if (byte >= 0)
		c->p += 2;
	return byte;
}

/* What stands behind a backslash, or -1. */
static int
take_escape(struct cursor *c)
{
	static const char names[] = "nrt\"\\", bytes[] = "\n\r\t\"\\";
	_Static_assert(sizeof names == sizeof bytes, "a byte for each");
	const char *name;

	if (c->p == c->end)
		return -1;
	if (*c->p == 'x') {
		c->p++;
		return take_hex_byte(c);
	}
	name = memchr(names, *c->p, sizeof names - 1);
	if (name == NULL)
		return -1;
	c->p++;
	return (unsigned char)bytes[name - names];
}

/* Decodes what stands between quotes to out, which is not behind p. */
static bool
take_quoted(struct cursor *c, char **out)
{
	while (c->p < c->end && *c->p != '"') {
		int byte = (unsigned char)*c->p;

		if (byte == '\\') {
			c->p++;
			byte = take_escape(c);
			if (byte < 0)
				return expect(c, "n, r, t, \", \\ or xHH "
				    "behind the backslash");
		} else {
			c->p++;
		}
		*(*out)++ = (char)byte;
	}
	if (c->p == c->end)
		return expect(c, "a closing quote");
	c->p++;
	return true;
}

static bool
take_hex(struct cursor *c, char **out)
{
	int byte;

	while ((byte = take_hex_byte(c)) >= 0)
		*(*out)++ = (char)byte;
	return c->p == c->end || text_is_blank(*c->p) ||
	    expect(c, "two hexadecimal digits for each byte");
}

/* A payload, if there is one, goes to out; then the line must end. */
static bool
take_payload(struct cursor *c, struct ws_frameline *l, char *out)
{
	l->payload = (const uint8_t *)c->start;
	if (!at_end(c)) {
		if (*c->p == '"') {
			c->p++;
			if (!take_quoted(c, &out))
				return false;
		} else if (take_keyword(c, "hex:")) {
			if (!take_hex(c, &out))
				return false;
		} else {
			return expect(c, "an attribute, \"text\" or hex:");
		}
	}
	l->payload_len = (size_t)(out - c->start);
	return at_end(c) || expect(c, "the end of the line");
}

static bool
take_mask(struct cursor *c, struct ws_frameline *l)
{
	size_t i;
	int byte;

	if (take_keyword(c, "none")) {
		l->mask = WS_MASK_NONE;
		return true;
	}
	for (i = 0; i < 4; i++) {
		byte = take_hex_byte(c);
		if (byte < 0)
			return expect(c, "none or eight hexadecimal digits");
		l->header.masking_key[i] = (uint8_t)byte;
	}
	l->mask = WS_MASK_GIVEN;
	return true;
}

static bool
take_form(struct cursor *c, struct ws_frameline *l)
{
	uint64_t n;

	if (!take_number(c, 64, &n) || (n != 7 && n != 16 && n != 64))
		return expect(c, "7, 16 or 64");
	l->header.form = (uint8_t)n;
	return true;
}

/* Takes an attribute, if one is next: *taken says so. */
static bool
take_attribute(struct cursor *c, struct ws_frameline *l, bool *len_given,
    bool *taken)
{
	uint64_t n = 0;

	*taken = true;
	if (take_keyword(c, "fin=")) {
		if (!take_number(c, 1, &n))
			return expect(c, "0 or 1");
		l->header.fin = n == 1;
	} else if (take_keyword(c, "rsv=")) {
		if (!take_number(c, 7, &n))
			return expect(c, "0 to 7");
		l->header.rsv = (uint8_t)n;
	} else if (take_keyword(c, "mask=")) {
		return take_mask(c, l);
	} else if (take_keyword(c, "mask")) {
		l->mask = WS_MASK_DRAWN;
	} else if (take_keyword(c, "form=")) {
		return take_form(c, l);
	} else if (take_keyword(c, "len=")) {
		*len_given = true;
		if (!take_number(c, UINT64_MAX, &l->header.payload_len))
			return expect(c, "a number up to 2^64 - 1");
	} else if ((l->header.opcode == WS_TEXT ||
	    l->header.opcode == WS_BINARY) && take_keyword(c, "deflated")) {
		l->deflated = true;
	} else {
		*taken = false;
	}
	return true;
}

static void
take_when(struct cursor *c, struct ws_frameline *l)
{
	if (!c->channel || l->header.opcode != WS_CLOSE)
		return;
	if (take_keyword(c, "now"))
		l->when = WS_NOW;
	else if (take_keyword(c, "soon"))
		l->when = WS_SOON;
	else
		l->received = take_keyword(c, "received");
}

/* The code of a Close becomes the first two bytes of its payload.  It may be
 * any, to write down what is wrong. */
static bool
take_code(struct cursor *c, char **out)
{
	uint64_t code;

	skip_blanks(c);
	if (c->p == c->end || !text_is_digit(*c->p))
		return true;
	if (!take_number(c, 65535, &code))
		return expect(c, "a Close code up to 65535");
	*(*out)++ = (char)(code >> 8);
	*(*out)++ = (char)code;
	return true;
}

/* Whether a length fits a form. */
static bool
fits(uint64_t len, uint8_t form)
{
	return form == 0 || ws_length_form(len) <= form;
}

static bool
take_frame(struct cursor *c, struct ws_frameline *l)
{
	char *out = c->start;
	bool len_given = false, taken;

	l->kind = WS_FRAMELINE_FRAME;
	l->header.fin = true;
	take_when(c, l);
	do
		if (!take_attribute(c, l, &len_given, &taken))
			return false;
	while (taken);
	if (l->header.opcode == WS_CLOSE && !take_code(c, &out))
		return false;
	if (!take_payload(c, l, out))
		return false;
	if (!len_given)
		l->header.payload_len = l->payload_len;
	c->p = c->start;
	return fits(l->header.payload_len, l->header.form) ||
	    expect(c, "a length that the form can hold");
}

static bool
take_type(struct cursor *c, struct ws_frameline *l)
{
	uint64_t n;
	size_t i;

	for (i = 0; i < TYPES; i++)
		if (take_keyword(c, types[i].name)) {
			l->header.opcode = types[i].opcode;
			return true;
		}
	if (take_keyword(c, "op=") && take_number(c, 15, &n)) {
		l->header.opcode = (uint8_t)n;
		return true;
	}
	return expect(c, "text, binary, cont, ping, pong, close, op=0 to 15, "
	    "raw, more or sleep");
}

static bool
take_sleep(struct cursor *c, struct ws_frameline *l)
{
	struct slice rest;
	bool taken;

	l->kind = WS_FRAMELINE_SLEEP;
	skip_blanks(c);
	rest.p = c->p;
	rest.len = (size_t)(c->end - c->p);
	taken = slice_take_seconds(&rest, &l->ms);
	c->p = c->end - rest.len;
	return (taken && at_end(c)) || expect(c, "a number of seconds");
}

static bool
take_end(struct cursor *c, struct ws_frameline *l)
{
	uint64_t n = STATUS_LOST;

	l->kind = WS_FRAMELINE_END;
	if (!at_end(c) && !take_number(c, 255, &n))
		return expect(c, "an exit status");
	l->status = (int)n;
	return take_payload(c, l, c->start);
}

static bool
take_status(struct cursor *c, struct ws_frameline *l)
{
	uint64_t n;

	l->kind = WS_FRAMELINE_STATUS;
	if (at_end(c) || !take_number(c, 255, &n))
		return expect(c, "an exit status");
	l->status = (int)n;
	return at_end(c) || expect(c, "the end of the line");
}

static bool
take_done(struct cursor *c, struct ws_frameline *l)
{
	l->kind = WS_FRAMELINE_DONE;
	return at_end(c) || expect(c, "the end of the line");
}

static bool
take_line(struct cursor *c, struct ws_frameline *l)
{
	memset(l, 0, sizeof *l);
	if (at_end(c))
		return true;
	if (take_keyword(c, "raw")) {
		l->kind = WS_FRAMELINE_RAW;
		return take_payload(c, l, c->start);
	}
	if (take_keyword(c, "more")) {
		l->kind = WS_FRAMELINE_MORE;
		return take_payload(c, l, c->start);
	}
	if (take_keyword(c, "sleep"))
		return take_sleep(c, l);
	if (c->channel && take_keyword(c, "end"))
		return take_end(c, l);
	if (c->channel && take_keyword(c, "status"))
		return take_status(c, l);
	if (c->channel && take_keyword(c, "done"))
		return take_done(c, l);
	return take_type(c, l) && take_frame(c, l);
}

bool
ws_frameline_parse(struct ws_frameline *l, struct ws_frameline_fault *fault,
    char *line, size_t len)
{
	struct cursor c = { line, line, line + len, fault, false };

	return take_line(&c, l);
}

bool
ws_frameline_parse_control(struct ws_frameline *l,
    struct ws_frameline_fault *fault, char *line, size_t len)
{
	struct cursor c = { line, line, line + len, fault, true };
	unsigned code;

	if (!take_line(&c, l))
		return false;
	switch (l->kind) {
	case WS_FRAMELINE_EMPTY:
	case WS_FRAMELINE_STATUS:
	case WS_FRAMELINE_DONE:
		return true;
	case WS_FRAMELINE_END:
		return l->payload_len <= WS_CONTROL_MAX;
	case WS_FRAMELINE_FRAME:
		return ws_opcode_is_control(l->header.opcode) &&
		    ws_opcode_is_known(l->header.opcode) &&
		    l->payload_len <= WS_CONTROL_MAX &&
		    (l->header.opcode != WS_CLOSE || ws_close_decode(l->payload,
		    l->payload_len, &code) == WS_CLOSE_OK);
	case WS_FRAMELINE_MORE:
	case WS_FRAMELINE_RAW:
	case WS_FRAMELINE_SLEEP:
		break;
	}
	return false;
}
