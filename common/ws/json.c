/* Messages as JSON objects, one a line (RFC 8259). */
#include <string.h>

#include "code/base64.h"
#include "code/utf8.h"
#include "ws/closecode.h"
#include "ws/json.h"

enum { DEPTH_MAX = 32 };

static const struct {
	const char *name;
	uint8_t opcode;
} types[] = {
	{ "text", WS_TEXT }, { "binary", WS_BINARY }, { "ping", WS_PING },
	{ "pong", WS_PONG }, { "close", WS_CLOSE }
};

enum { TYPES = sizeof types / sizeof types[0] };

/* -- printing -- */

/* The letter that stands for a character behind a backslash, or 0. */
static char
json_escape_letter(unsigned c)
{
	switch (c) {
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	case '"':
	case '\\': return (char)c;
	default: return 0;
	}
}

static void
put_json_escape(struct text *t, unsigned c)
{
	static const char hex[] = "0123456789abcdef";
	char letter = json_escape_letter(c);
	char escape[6] = { '\\', letter != 0 ? letter : 'u', '0', '0',
	    hex[c >> 4 & 15], hex[c & 15] };

	text_put(t, escape, letter != 0 ? 2 : 6);
}

/* DEL and U+0080 to U+009F need no escape in JSON, yet terminals obey some of
 * them. */
void
ws_json_put_text(struct text *t, const uint8_t *p, size_t len)
{
	while (len > 0) {
		size_t n = text_plain_run((const char *)p, len);

		text_put(t, (const char *)p, n);
		p += n;
		len -= n;
		if (len == 0)
			return;
		n = *p == 0xc2 ? 2 : 1;		/* U+0080 is c2 80, and so on */
		put_json_escape(t, p[n - 1]);
		p += n;
		len -= n;
	}
}

void
ws_json_put_start(struct text *t, uint8_t opcode, bool as_base64)
{
	size_t i = 0;

	while (i < TYPES - 1 && types[i].opcode != opcode)
		i++;
	text_puts(t, "{\"type\":\"");
	text_puts(t, types[i].name);
	text_puts(t, as_base64 && opcode != WS_BINARY ?
	    "\",\"base64\":\"" : "\",\"data\":\"");
}

void
ws_json_put_end(struct text *t)
{
	text_puts(t, "\"}\n");
}

void
ws_json_put_close(struct text *t, unsigned code, const uint8_t *reason,
    size_t len)
{
	text_puts(t, "{\"type\":\"close\"");
	if (code != WS_CLOSE_NONE) {
		text_puts(t, ",\"code\":");
		text_put_number(t, code);
		text_puts(t, ",\"reason\":\"");
		ws_json_put_text(t, reason, len);
		text_puts(t, "\"");
	}
	text_puts(t, "}\n");
}

/* -- reading -- */

struct cursor {
	char *start, *p, *end;
	struct ws_frameline_fault *fault;
};

/* A string, decoded in place; p is null if it was not there. */
struct member {
	char *p;
	size_t len;
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
	while (c->p < c->end && (text_is_blank(*c->p) || *c->p == '\r' ||
	    *c->p == '\n'))
		c->p++;
}

static bool
take_char(struct cursor *c, char wanted)
{
	skip_blanks(c);
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

/* Four hexadecimal digits, or -1. */
static long
take_unit(struct cursor *c)
{
	long unit = 0;
	int i;

	if (c->end - c->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		int value = text_hex_value(c->p[i]);

		if (value < 0)
			return -1;
		unit = unit << 4 | value;
	}
	c->p += 4;
	return unit;
}

/* The character that \u and what follows stand for, or -1. */
static long
take_unicode(struct cursor *c)
{
	long high = take_unit(c), low;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || c->end - c->p < 6 || c->p[0] != '\\' ||
	    c->p[1] != 'u')
		return -1;
	c->p += 2;
	low = take_unit(c);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Writes a character in UTF-8, which is never longer than its escape. */
static char *
put_character(char *out, unsigned long u)
{
	if (u < 0x80) {
		*out++ = (char)u;
		return out;
	}
	if (u < 0x800) {
		*out++ = (char)(0xc0 | u >> 6);
	} else {
		if (u < 0x10000) {
			*out++ = (char)(0xe0 | u >> 12);
		} else {
			*out++ = (char)(0xf0 | u >> 18);
			*out++ = (char)(0x80 | (u >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (u >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (u & 0x3f));
	return out;
}

/* What a backslash escapes; the cursor is behind it. */
static bool
take_json_escape(struct cursor *c, char **out)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	_Static_assert(sizeof names == sizeof bytes, "a byte for each");
	const char *name;
	long u;

	if (c->p == c->end)
		return expect(c, "a closing quote");
	if (*c->p == 'u') {
		c->p++;
		u = take_unicode(c);
		if (u < 0)
			return expect(c, "four hexadecimal digits that stand "
			    "for a character");
		*out = put_character(*out, (unsigned long)u);
		return true;
	}
	name = memchr(names, *c->p, sizeof names - 1);
	if (name == NULL)
		return expect(c, "an escape of JSON");
	c->p++;
	*(*out)++ = bytes[name - names];
	return true;
}

/* A string; the opening quote is taken. */
static bool
take_string(struct cursor *c, struct member *m)
{
	struct ws_utf8 utf8 = { 0 };
	char *out = c->p;

	m->p = c->p;
	while (c->p < c->end && *c->p != '"') {
		if ((unsigned char)*c->p < ' ')
			return expect(c, "an escape for a control character");
		if (*c->p == '\\') {
			c->p++;
			if (!take_json_escape(c, &out))
				return false;
			continue;
		}
		*out++ = *c->p++;
	}
	if (c->p == c->end)
		return expect(c, "a closing quote");
	m->len = (size_t)(out - m->p);
	if (ws_utf8_check(&utf8, (const uint8_t *)m->p, m->len) != m->len ||
	    !ws_utf8_complete(&utf8))
		return expect(c, "a string of valid UTF-8");
	c->p++;
	return true;
}

static bool
skip_digits(struct cursor *c)
{
	char *first = c->p;

	while (c->p < c->end && text_is_digit(*c->p))
		c->p++;
	return c->p > first;
}

/* A number of any form (RFC 8259, 6). */
static bool
skip_number(struct cursor *c)
{
	bool zero;

	if (c->p < c->end && *c->p == '-')
		c->p++;
	zero = c->p < c->end && *c->p == '0';
	if (zero)
		c->p++;
	else if (!skip_digits(c))
		return false;
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		if (!skip_digits(c))
			return false;
	}
	if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
		c->p++;
		if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
			c->p++;
		return skip_digits(c);
	}
	return true;
}

static bool
take_literal(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* Passes over a value that is neither object nor array. */
static bool
skip_scalar(struct cursor *c)
{
	struct member unused;

	if (take_char(c, '"'))
		return take_string(c, &unused);
	return take_literal(c, "true") || take_literal(c, "false") ||
	    take_literal(c, "null") || skip_number(c) ||
	    expect(c, "a value");
}

/* A member's name and the colon. */
static bool
take_member_name(struct cursor *c, struct member *name)
{
	if (!take_char(c, '"'))
		return expect(c, "a name in quotes");
	return take_string(c, name) &&
	    (take_char(c, ':') || expect(c, "a colon"));
}

/* Passes over any value. */
static bool
skip_value(struct cursor *c, int depth)
{
	struct member name;
	bool object = take_char(c, '{');
	char close = object ? '}' : ']';

	if (!object && !take_char(c, '['))
		return skip_scalar(c);
	if (depth == DEPTH_MAX)
		return expect(c, "fewer values inside each other");
	if (take_char(c, close))
		return true;
	do
		if ((object && !take_member_name(c, &name)) ||
		    !skip_value(c, depth + 1))
			return false;
	while (take_char(c, ','));
	return take_char(c, close) ||
	    expect(c, "a comma or the closing bracket");
}

static bool
take_code_member(struct cursor *c, unsigned *code)
{
	const char *digits;

	skip_blanks(c);
	digits = c->p;
	*code = 0;
	while (c->p < c->end && c->p - digits < 4 && text_is_digit(*c->p))
		*code = *code * 10 + (unsigned)(*c->p++ - '0');
	return ws_close_code_valid(*code) ||
	    expect(c, "a Close code that may be sent");
}

/* The members that mean something. */
struct members {
	struct member type, data, base64, reason;
	unsigned code;
};

static bool
is_name(const struct member *m, const char *name)
{
	return m->len == strlen(name) && memcmp(m->p, name, m->len) == 0;
}

static bool
take_member(struct cursor *c, struct members *all)
{
	struct member name, *m;

	if (!take_member_name(c, &name))
		return false;
	if (is_name(&name, "code"))
		return take_code_member(c, &all->code);
	m = is_name(&name, "type") ? &all->type :
	    is_name(&name, "data") ? &all->data :
	    is_name(&name, "base64") ? &all->base64 :
	    is_name(&name, "reason") ? &all->reason : NULL;
	if (m == NULL)
		return skip_value(c, 0);
	return take_char(c, '"') ? take_string(c, m) : expect(c, "a string");
}

static bool
take_object(struct cursor *c, struct members *all)
{
	if (!take_char(c, '{'))
		return expect(c, "an object of JSON");
	if (!take_char(c, '}')) {
		do
			if (!take_member(c, all))
				return false;
		while (take_char(c, ','));
		if (!take_char(c, '}'))
			return expect(c, "a comma or the closing brace");
	}
	skip_blanks(c);
	return c->p == c->end || expect(c, "the end of the line");
}

static bool
find_type(struct ws_json *j, const struct members *all)
{
	size_t i;

	for (i = 0; all->type.p != NULL && i < TYPES; i++)
		if (is_name(&all->type, types[i].name)) {
			j->opcode = types[i].opcode;
			return true;
		}
	return false;
}

/* The payload: text as it is, base64 decoded in place. */
static bool
find_payload(struct ws_json *j, const struct members *all)
{
	const struct member *m = j->opcode == WS_CLOSE ? &all->reason :
	    all->base64.p != NULL ? &all->base64 : &all->data;
	bool encoded = m == &all->base64 ||
	    (m == &all->data && j->opcode == WS_BINARY);

	if (m->p == NULL)
		return true;
	j->payload = (uint8_t *)m->p;
	j->len = m->len;
	return !encoded || ws_base64_decode((uint8_t *)m->p, &j->len, m->p,
	    m->len, WS_SIMD_NONE);
}

bool
ws_json_parse(struct ws_json *j, struct ws_frameline_fault *fault, char *line,
    size_t len)
{
	struct cursor c = { line, line, line + len, fault };
	struct members all = { .code = WS_CLOSE_NONE };

	memset(j, 0, sizeof *j);
	j->payload = (uint8_t *)line;
	if (!take_object(&c, &all))
		return false;
	c.p = line;
	j->code = all.code;
	if (!find_type(j, &all))
		return expect(&c, "a \"type\" of text, binary, ping, pong or "
		    "close");
	if (!find_payload(j, &all))
		return expect(&c, "valid base64");
	if (j->opcode == WS_TEXT && all.base64.p != NULL)
		return expect(&c, "\"data\", not \"base64\", of a text");
	if (j->opcode == WS_CLOSE && all.code == WS_CLOSE_NONE && j->len > 0)
		return expect(&c, "a \"code\" beside the \"reason\"");
	if ((j->opcode == WS_CLOSE && j->len > WS_REASON_MAX) ||
	    (ws_opcode_is_control(j->opcode) && j->len > WS_CONTROL_MAX))
		return expect(&c, "a control frame of at most 125 bytes");
	return true;
}
