/* ws-probe: files of cases.  ws-check(1) has the notation. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ws-probe.h"
#include "code/utf8.h"
#include "diag.h"
#include "ws/closecode.h"

enum {
	WITHS_MAX = 8, COMBINATIONS_MOST = 10000, LINE_MAX_LEN = 4096,
	PAYLOAD_MOST = 64 << 20
};

/* A line of a case, before what is written for something else is put in. */
struct line {
	const char *p;
	size_t len;
	unsigned number;
};

/* "with NAME a | b | c" */
struct with {
	struct slice name;
	struct slice values[512];
	size_t count;
};

/* Where a file is being read. */
struct reader {
	const char *path;
	int role;			/* whose cases are wanted */
	struct case_list *list;
	struct pool *pool;		/* of what cases are made of */
	char *section, *rule;
	int rule_role;
	unsigned *in_section;		/* cases so far */
	struct line lines[256];		/* of the case */
	size_t line_count;
	struct with *withs;
	size_t with_count;
};

/* A line that is being taken apart. */
struct cursor {
	const struct reader *r;
	unsigned number;
	const char *start, *p, *end;
};

_Noreturn static void
refuse(const struct cursor *c, const char *expected)
{
	die(STATUS_UNREPRESENTABLE, "%s: line %u, column %zu: expected %s",
	    c->r->path, c->number, (size_t)(c->p - c->start) + 1, expected);
}

/* -- words of a line -- */

static void
skip_blanks(struct cursor *c)
{
	while (c->p < c->end && text_is_blank(*c->p))
		c->p++;
}

static bool
at_end(struct cursor *c)
{
	skip_blanks(c);
	return c->p == c->end;
}

/* Takes this word, or this start of one if it ends with ":" or "=". */
static bool
take(struct cursor *c, const char *word)
{
	size_t n = strlen(word);
	bool open = word[n - 1] == ':' || word[n - 1] == '=';

	skip_blanks(c);
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	if (!open && c->p + n < c->end && !text_is_blank(c->p[n]))
		return false;
	c->p += n;
	return true;
}

static struct slice
take_word(struct cursor *c)
{
	struct slice word;

	skip_blanks(c);
	word.p = c->p;
	while (c->p < c->end && !text_is_blank(*c->p))
		c->p++;
	word.len = (size_t)(c->p - word.p);
	return word;
}

static struct slice
what_is_left(const struct cursor *c)
{
	struct slice rest = { c->p, (size_t)(c->end - c->p) };

	return rest;
}

/* All that is left, without blanks around it. */
static struct slice
take_rest(struct cursor *c)
{
	struct slice rest = slice_trim(what_is_left(c));

	c->p = c->end;
	return rest;
}

static void
must_end(struct cursor *c)
{
	if (!at_end(c))
		refuse(c, "the end of the line");
}

static uint64_t
take_number(struct cursor *c, uint64_t max, const char *expected)
{
	struct slice rest;
	uint64_t n;

	skip_blanks(c);
	rest = what_is_left(c);
	if (!slice_take_number(&rest, max, &n))
		refuse(c, expected);
	c->p = rest.p;
	return n;
}

/* A number of bytes, with k or m. */
static uint64_t
take_size(struct cursor *c)
{
	uint64_t n = take_number(c, PAYLOAD_MOST, "a number of bytes");

	if (c->p < c->end && (*c->p == 'k' || *c->p == 'm')) {
		n <<= *c->p == 'k' ? 10 : 20;
		if (n > PAYLOAD_MOST)
			refuse(c, "at most 64m");
		c->p++;
	}
	return n;
}

static int64_t
take_seconds(struct cursor *c)
{
	struct slice rest;
	int64_t ms;

	skip_blanks(c);
	rest = what_is_left(c);
	if (!slice_take_seconds(&rest, &ms) || ms >= 3601000)
		refuse(c, "seconds");
	c->p = rest.p;
	return ms;
}

/* -- frames and payloads -- */

/* Where the part of a line up to " or ", " | " or its end stops; not between
 * quotes. */
static const char *
alternative_end(const struct cursor *c)
{
	bool quoted = false;
	const char *p;

	for (p = c->p; p < c->end; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && c->end - p > 2 &&
		    (memcmp(p, " | ", 3) == 0 || (c->end - p > 3 &&
		    memcmp(p, " or ", 4) == 0)))
			return p;
	}
	return c->end;
}

/* The last word between p and end, which begins outside of quotes. */
static const char *
last_word(const char *p, const char *end)
{
	const char *word = p;
	bool quoted = false;

	for (; p < end; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"') {
			if (!quoted && (p == word || p[-1] == ' '))
				word = p;
			quoted = !quoted;
		} else if (!quoted && text_is_blank(*p))
			word = p + 1;
	}
	return word;
}

/* Cuts off the end of a line what ws-frame's notation has not: utf8:N,
 * words:N, random:N, and *N behind a payload. */
static void
take_made(struct cursor *c, struct payload *payload)
{
	const char *end = c->end, *word;
	struct cursor w = *c;

	while (end > c->p && text_is_blank(end[-1]))
		end--;
	word = w.p = last_word(c->p, end);
	w.end = end;
	payload->count = 1;
	if (take(&w, "utf8:") || take(&w, "words:") || take(&w, "random:")) {
		payload->kind = *word == 'u' ? PAYLOAD_UTF8 :
		    *word == 'w' ? PAYLOAD_WORDS : PAYLOAD_RANDOM;
		payload->count = take_size(&w);
		c->end = word;
		must_end(&w);
		return;
	}
	for (w.p = end; w.p > word && text_is_digit(w.p[-1]); w.p--)
		;
	if (w.p == end || w.p - word < 2 || w.p[-1] != '*' ||
	    (*word != '"' && memcmp(word, "hex:", 4) != 0))
		return;
	c->end = w.p - 1;
	payload->count = take_number(&w, PAYLOAD_MOST, "a number");
}

/* frames=N among the attributes, in whose place the copy of the line, which has
 * the rest, has blanks then. */
static uint64_t
take_frame_size(const struct cursor *c, char *copy)
{
	static const char word[] = " frames=";
	const char *at;
	struct cursor w = *c;
	uint64_t n;

	for (at = c->p; c->end - at > 8 && *at != '"'; at++)
		if (memcmp(at, word, 8) == 0) {
			w.p = at + 8;
			n = take_size(&w);
			memset(copy + (at - c->p), ' ', (size_t)(w.p - at));
			return n;
		}
	return 0;
}

/* Reads what is left of the line as a frame line, and the payload that may
 * stand at its end, and the size of frames where there may be one. */
static void
take_frame_line(struct cursor *c, struct ws_frameline *l,
    struct payload *payload, uint64_t *frame_size)
{
	struct ws_frameline_fault fault;
	struct slice line;
	char *copy;
	bool taken;

	take_made(c, payload);
	line = what_is_left(c);
	copy = pool_copy(c->r->pool, line.p, line.len);
	if (frame_size != NULL)
		*frame_size = take_frame_size(c, copy);
	/* "end" is no frame line, but one of the control channel's. */
	taken = slice_equal(line, slice_of("end")) ?
	    ws_frameline_parse_control(l, &fault, copy, line.len) :
	    ws_frameline_parse(l, &fault, copy, line.len);
	if (!taken) {
		c->p += fault.column - 1;
		refuse(c, fault.expected);
	}
	if (l->kind == WS_FRAMELINE_FRAME || l->kind == WS_FRAMELINE_RAW ||
	    l->kind == WS_FRAMELINE_MORE) {
		payload->bytes = l->payload;
		payload->len = l->payload_len;
	}
	c->p = c->end;
}

static struct step *
add_step(const struct cursor *c, struct probe_case *k, enum step_kind kind)
{
	struct step *s;

	k->steps = pool_grow(c->r->pool, k->steps,
	    (k->step_count + 1) * sizeof *s);
	s = &k->steps[k->step_count++];
	memset(s, 0, sizeof *s);
	s->kind = kind;
	s->times = 1;
	return s;
}

/* "*N " behind "<" or ">". */
static uint64_t
take_times(struct cursor *c)
{
	if (c->p == c->end || *c->p != '*')
		return 1;
	c->p++;
	return take_number(c, 1000000, "a number of times");
}

static void
take_send(struct cursor *c, struct probe_case *k)
{
	static const enum step_kind kinds[] = {
		[WS_FRAMELINE_FRAME] = STEP_FRAME,
		[WS_FRAMELINE_MORE] = STEP_MORE,
		[WS_FRAMELINE_RAW] = STEP_RAW,
		[WS_FRAMELINE_SLEEP] = STEP_SLEEP,
		[WS_FRAMELINE_END] = STEP_SHUT
	};
	struct ws_frameline l;
	struct step *s;
	uint64_t times = take_times(c);

	if (take(c, "reset")) {
		add_step(c, k, STEP_RESET);
		must_end(c);
		return;
	}
	s = add_step(c, k, STEP_FRAME);
	s->times = times;
	take_frame_line(c, &l, &s->payload, &s->frame_size);
	if (l.kind == WS_FRAMELINE_EMPTY)
		refuse(c, "a frame line, reset or end");
	s->kind = kinds[l.kind];
	s->header = l.header;
	s->mask = l.mask;
	if (l.deflated && !k->deflate.deflate)
		refuse(c, "deflate above a frame that is deflated");
	s->deflated = l.deflated;
	if (l.deflated)
		s->header.rsv = WS_RSV1;
	s->ms = l.ms;
	s->len_given = l.header.payload_len != l.payload_len;
}

/* -- what is expected -- */

static int
take_code(struct cursor *c)
{
	if (take(c, "any"))
		return CODE_ANY;
	skip_blanks(c);
	if (c->p == c->end || !text_is_digit(*c->p))
		return CODE_NONE;
	return (int)take_number(c, 65535, "a Close code");
}

static char *
copy_rest(struct cursor *c)
{
	struct slice rest = take_rest(c);

	return pool_copy(c->r->pool, rest.p, rest.len);
}

static void
take_field(struct cursor *c, struct expect *e)
{
	struct slice name;
	const char *colon;

	skip_blanks(c);
	colon = memchr(c->p, ':', (size_t)(c->end - c->p));
	name.p = c->p;
	name.len = (size_t)((colon == NULL ? c->end : colon) - c->p);
	if (name.len == 0 || !http_is_token(name))
		refuse(c, "the name of a field");
	e->name = pool_copy(c->r->pool, name.p, name.len);
	c->p += name.len;
	if (colon != NULL) {
		c->p++;
		e->value = copy_rest(c);
	}
}

/* 101, or 4xx */
static void
take_status(struct cursor *c, struct expect *e)
{
	struct slice word = take_word(c);

	e->kind = EXPECT_STATUS;
	if (word.len != 3 || word.p[0] < '1' || word.p[0] > '5') {
		c->p = word.p;
		refuse(c, "a message, pong, last-pong, close, fail, "
		    "end, open, nothing, keys, field, no-field, no-answer, "
		    "request, gone or a status");
	}
	e->hundreds = word.p[1] == 'x';
	e->code = e->hundreds ? (word.p[0] - '0') * 100 : atoi(word.p);
}

static void
take_expected_payload(struct cursor *c, struct expect *e, const char *type)
{
	struct cursor line = *c;
	struct ws_frameline l;

	line.p = type;
	if (take(c, "any")) {
		e->any_payload = true;
		return;
	}
	line.p = type;
	take_frame_line(&line, &l, &e->payload, NULL);
	e->opcode = l.header.opcode;
	c->p = c->end;
}

/* What stands up to the next alternative. */
static void
take_expect(struct cursor *c, struct expect *e)
{
	const char *type;

	memset(e, 0, sizeof *e);
	skip_blanks(c);
	type = c->p;
	if (take(c, "text") || take(c, "binary")) {
		e->kind = EXPECT_MESSAGE;
		e->opcode = *type == 't' ? WS_TEXT : WS_BINARY;
		take_expected_payload(c, e, type);
	} else if (take(c, "last-pong")) {
		e->kind = EXPECT_PONG;
		e->later = true;
		take_expected_payload(c, e, type + strlen("last-"));
	} else if (take(c, "pong")) {
		e->kind = EXPECT_PONG;
		take_expected_payload(c, e, type);
	} else if (take(c, "close")) {
		e->kind = EXPECT_CLOSE;
		e->code = take_code(c);
	} else if (take(c, "fail")) {
		e->kind = EXPECT_FAIL;
		e->code = take_code(c);
		if (e->code == CODE_NONE)
			e->code = CODE_ANY;
	} else if (take(c, "end")) {
		e->kind = EXPECT_END;
	} else if (take(c, "gone")) {
		e->kind = EXPECT_GONE;
	} else if (take(c, "keys")) {
		e->kind = EXPECT_KEYS;
	} else if (take(c, "no-answer")) {
		e->kind = EXPECT_NO_ANSWER;
	} else if (take(c, "nothing") || take(c, "open")) {
		e->kind = *type == 'n' ? EXPECT_NOTHING : EXPECT_OPEN;
		e->ms = take_seconds(c);
	} else if (take(c, "field") || take(c, "no-field")) {
		e->kind = *type == 'f' ? EXPECT_FIELD : EXPECT_NO_FIELD;
		take_field(c, e);
	} else if (take(c, "request")) {
		e->kind = EXPECT_REQUEST;
		e->name = copy_rest(c);
		if (head_request_fault(NULL, 0, e->name) != NULL)
			refuse(c, "what of the request");
	} else {
		take_status(c, e);
	}
	must_end(c);
}

/* "=*N FRAME": sends it, and waits for the same; N times. */
static void
take_echo(struct cursor *c, struct probe_case *k)
{
	uint64_t times = take_times(c);
	struct step *s, *sent;
	struct expect *e;
	const char *start;

	skip_blanks(c);
	start = c->p;
	take_send(c, k);
	s = add_step(c, k, STEP_EXPECT);
	sent = s - 1;
	if (sent->kind != STEP_FRAME || (sent->header.opcode != WS_TEXT &&
	    sent->header.opcode != WS_BINARY)) {
		c->p = start;
		refuse(c, "text or binary");
	}
	e = pool_grow(c->r->pool, NULL, sizeof *e);
	memset(e, 0, sizeof *e);
	e->kind = EXPECT_MESSAGE;
	e->opcode = sent->header.opcode;
	e->payload = sent->payload;
	s->expects = e;
	s->expect_count = 1;
	if (times > 1)
		add_step(c, k, STEP_AGAIN)->times = times;
}

static void
take_expectation(struct cursor *c, struct probe_case *k)
{
	struct step *s;
	struct cursor part;
	bool lesser = false;
	enum need need = NEED_MUST;

	if (c->p < c->end && (*c->p == '?' || *c->p == '-'))
		need = *c->p++ == '?' ? NEED_SHOULD : NEED_MAY;
	s = add_step(c, k, STEP_EXPECT);
	s->need = need;
	s->times = take_times(c);
	do {
		part = *c;
		part.end = alternative_end(c);
		s->expects = pool_grow(c->r->pool, s->expects,
		    (s->expect_count + 1) * sizeof *s->expects);
		c->p = part.end;
		take_expect(&part, &s->expects[s->expect_count]);
		s->expects[s->expect_count++].lesser = lesser;
		if (c->p < c->end) {
			lesser = lesser || c->p[1] == 'o';
			c->p += c->p[1] == 'o' ? 4 : 3;
			if (at_end(c))
				refuse(c, "what else is expected");
		}
	} while (c->p < c->end);
}

/* -- edits of the head -- */

static void
add_edit(struct probe_case *k, enum edit_kind kind, struct cursor *c)
{
	struct edit *e;
	const char *colon;

	k->edits = pool_grow(c->r->pool, k->edits,
	    (k->edit_count + 1) * sizeof *e);
	e = &k->edits[k->edit_count++];
	memset(e, 0, sizeof *e);
	e->kind = kind;
	skip_blanks(c);
	if (kind == EDIT_REVERSE || kind == EDIT_LF) {
		must_end(c);
		return;
	}
	if (c->p == c->end)
		refuse(c, "what of the head");
	if (kind == EDIT_SET) {
		colon = memchr(c->p, ':', (size_t)(c->end - c->p));
		if (colon == NULL)
			refuse(c, "a field, name: value");
		e->name = pool_copy(c->r->pool, c->p, (size_t)(colon - c->p));
		c->p = colon + 1;
		e->value = copy_rest(c);
	} else if (kind == EDIT_DROP) {
		e->name = copy_rest(c);
	} else {
		e->value = pool_copy(c->r->pool, c->p, (size_t)(c->end - c->p));
	}
	c->p = c->end;
}

static const struct {
	const char *word;
	enum edit_kind kind;
} edit_words[] = {
	{ "start", EDIT_START }, { "set", EDIT_SET }, { "add", EDIT_ADD },
	{ "first", EDIT_FIRST }, { "drop", EDIT_DROP },
	{ "reverse", EDIT_REVERSE }, { "lf", EDIT_LF }, { "head", EDIT_RAW },
	{ "before", EDIT_BEFORE }
};

static bool
take_edit(struct cursor *c, struct probe_case *k)
{
	size_t i;

	for (i = 0; i < sizeof edit_words / sizeof edit_words[0]; i++)
		if (take(c, edit_words[i].word)) {
			add_edit(k, edit_words[i].kind, c);
			return true;
		}
	return false;
}

/* "deflate PARAMETERS", as an offer has them. */
static void
take_deflate(struct cursor *c, struct probe_case *k)
{
	static const char name[] = "permessage-deflate;";
	struct slice rest;
	char offer[200];
	const char *start;

	skip_blanks(c);
	start = c->p;
	rest = take_rest(c);
	if (rest.len > sizeof offer - sizeof name) {
		c->p = start;
		refuse(c, "fewer parameters");
	}
	memcpy(offer, name, sizeof name);
	memcpy(offer + sizeof name - 1, rest.p, rest.len);
	rest.p = offer;
	rest.len += rest.len > 0 ? sizeof name - 1 : sizeof name - 2;
	if (!ws_permessage_parse(&k->deflate, rest, false)) {
		c->p = start;
		refuse(c, "parameters of permessage-deflate");
	}
}

/* -- cases -- */

static void
take_line(struct cursor *c, struct probe_case *k)
{
	struct step *s;

	if (*c->p == '>') {
		c->p++;
		take_send(c, k);
	} else if (*c->p == '<') {
		c->p++;
		take_expectation(c, k);
	} else if (*c->p == '=') {
		c->p++;
		take_echo(c, k);
	} else if (take(c, "deflate")) {
		take_deflate(c, k);
	} else if (take(c, "chop")) {
		s = add_step(c, k, STEP_CHOP);
		s->chop = take_size(c);
		if (!at_end(c))
			s->ms = take_seconds(c);
		must_end(c);
	} else if (take(c, "limit")) {
		k->limit_ms = take_seconds(c);
		must_end(c);
	} else if (take(c, "inform")) {
		k->inform = true;
		must_end(c);
	} else if (!take_edit(c, k)) {
		refuse(c, ">, <, =, chop, limit, inform, deflate, with, or a "
		    "change of the head");
	}
}

/* Puts the values of this combination in the place of the names. */
static void
put_values(struct text *t, const struct reader *r, const char *p, size_t len,
    const size_t *chosen)
{
	const char *end = p + len;
	size_t i;

	while (p < end) {
		for (i = 0; *p == '$' && i < r->with_count; i++) {
			struct slice name = r->withs[i].name;

			if ((size_t)(end - p - 1) >= name.len &&
			    memcmp(p + 1, name.p, name.len) == 0)
				break;
		}
		if (*p == '$' && i < r->with_count) {
			text_put_slice(t, r->withs[i].values[chosen[i]]);
			p += 1 + r->withs[i].name.len;
		} else {
			text_put(t, p++, 1);
		}
	}
}

static bool
is_head_kind(enum expect_kind kind)
{
	return kind >= EXPECT_STATUS;
}

/* Whether the last thing that is expected ends the connection, or there never
 * was one. */
static bool
comes_to_an_end(const struct probe_case *k)
{
	size_t i;
	enum expect_kind kind;

	for (i = k->step_count; i-- > 0;) {
		const struct step *s = &k->steps[i];

		if (s->kind == STEP_RESET)
			return true;
		if (s->kind != STEP_EXPECT || s->need != NEED_MUST)
			continue;
		kind = s->expects[0].kind;
		if (kind == EXPECT_FIELD || kind == EXPECT_NO_FIELD ||
		    kind == EXPECT_KEYS || kind == EXPECT_NOTHING ||
		    kind == EXPECT_OPEN)
			continue;
		if (kind == EXPECT_STATUS)
			return s->expects[0].code != 101;
		return kind == EXPECT_CLOSE || kind == EXPECT_FAIL ||
		    kind == EXPECT_END || kind == EXPECT_GONE ||
		    kind == EXPECT_NO_ANSWER;
	}
	return false;
}

static void
add_lines(const struct reader *r, struct probe_case *k, const char *lines)
{
	struct cursor c = { r, 0, NULL, NULL, NULL };

	while (*lines != '\0') {
		c.number++;
		c.start = c.p = lines;
		c.end = lines + strcspn(lines, "\n");
		take_line(&c, k);
		lines += strcspn(lines, "\n") + 1;
	}
}

/* A case that does not say how it ends ends as every connection should. */
static void
complete(const struct reader *r, struct probe_case *k)
{
	const struct expect *last;
	size_t i;

	for (i = 0; i < k->step_count; i++)
		if (k->steps[i].kind == STEP_EXPECT &&
		    is_head_kind(k->steps[i].expects[0].kind))
			k->judge_head = true;
	if (!comes_to_an_end(k))
		add_lines(r, k, "> close 1000\n< close 1000\n");
	for (i = k->step_count; i > 0; i--)
		if (k->steps[i - 1].kind == STEP_EXPECT)
			break;
	if (i == 0)
		return;
	last = &k->steps[i - 1].expects[0];
	if (last->kind == EXPECT_CLOSE || last->kind == EXPECT_FAIL)
		add_lines(r, k, "< end\n");
}

static struct probe_case *
add_case(struct case_list *list)
{
	struct probe_case *k;

	if ((list->count & (list->count - 1)) == 0)
		list->cases = pool_grow(&list->pool, list->cases,
		    (list->count > 0 ? 2 * list->count : 1) * sizeof *k);
	k = &list->cases[list->count++];
	memset(k, 0, sizeof *k);
	return k;
}

/* The script of a case as it is shown: its lines. */
static void
append_script(struct pool *pool, struct probe_case *k, const char *line)
{
	size_t old = k->script == NULL ? 0 : strlen(k->script);
	size_t len = strlen(line);

	k->script = pool_grow(pool, k->script, old + len + 2);
	memcpy(k->script + old, line, len);
	memcpy(k->script + old + len, "\n", 2);
}

/* Makes one case of the lines with these values. */
static void
make_case(struct reader *r, const size_t *chosen, unsigned sub)
{
	struct probe_case *k = add_case(r->list);
	struct cursor c = { r, r->lines[0].number, NULL, NULL, NULL };
	struct slice title;
	char line[LINE_MAX_LEN];
	size_t i;

	snprintf(k->id, sizeof k->id, sub > 0 ? "%s-%u.%u" : "%s-%u",
	    r->section, *r->in_section, sub);
	k->section = r->section;
	k->rule = r->rule;
	k->role = r->rule_role;
	for (i = 0; i < r->line_count; i++) {
		struct text t = { line, sizeof line, 0, false };

		put_values(&t, r, r->lines[i].p, r->lines[i].len, chosen);
		c.number = r->lines[i].number;
		c.start = c.p = line;
		c.end = line + t.len;
		if (i == 0) {
			(void)take(&c, "case");
			title = take_rest(&c);
			k->title = pool_copy(r->pool, title.p, title.len);
			continue;
		}
		append_script(r->pool, k, line);
		take_line(&c, k);
	}
	complete(r, k);
	if ((k->role & r->role) == 0)
		r->list->count--;
}

static void
limit_combinations(const struct reader *r)
{
	struct cursor c = { r, r->lines[0].number, r->lines[0].p,
	    r->lines[0].p, NULL };
	size_t i, n = 1;

	for (i = 0; i < r->with_count; i++) {
		n *= r->withs[i].count;
		if (n > COMBINATIONS_MOST)
			refuse(&c, "a case of at most 10000 combinations");
	}
}

/* All combinations of the values, one case each. */
static void
end_case(struct reader *r)
{
	size_t chosen[WITHS_MAX] = { 0 }, i;
	unsigned sub = r->with_count > 0;

	if (r->line_count == 0)
		return;
	limit_combinations(r);
	++*r->in_section;
	do {
		make_case(r, chosen, sub);
		sub += sub > 0;
		for (i = r->with_count; i-- > 0;) {
			if (++chosen[i] < r->withs[i].count)
				break;
			chosen[i] = 0;
		}
	} while (i < r->with_count);
	r->line_count = 0;
	r->with_count = 0;
}

/* Further values of a name stand in further lines. */
static struct with *
find_with(struct reader *r, struct slice name)
{
	size_t i;

	for (i = 0; i < r->with_count; i++)
		if (slice_equal(r->withs[i].name, name))
			return &r->withs[i];
	if (i == WITHS_MAX)
		return NULL;
	r->with_count++;
	r->withs[i].name = name;
	r->withs[i].count = 0;
	return &r->withs[i];
}

static void
take_with(struct reader *r, struct cursor *c)
{
	struct with *w = find_with(r, take_word(c));
	const char *p;

	if (w == NULL)
		refuse(c, "at most 8 names");
	skip_blanks(c);
	if (c->p == c->end)
		refuse(c, "values with | between");
	while (c->p < c->end) {
		struct slice value;

		for (p = c->p; p < c->end && !(c->end - p > 2 &&
		    memcmp(p, " | ", 3) == 0); p++)
			;
		value.p = c->p;
		value.len = (size_t)(p - c->p);
		if (w->count == sizeof w->values / sizeof w->values[0])
			refuse(c, "fewer values");
		w->values[w->count++] = slice_trim(value);
		c->p = p < c->end ? p + 3 : p;
	}
}

/* Goes on to count in this section. */
static void
find_section(struct reader *r, struct slice name, const struct cursor *c)
{
	struct case_list *list = r->list;
	size_t i;

	for (i = 0; i < list->section_count; i++)
		if (slice_equal(slice_of(list->sections[i].name), name))
			break;
	if (i == SECTIONS_MOST)
		refuse(c, "fewer sections");
	if (i == list->section_count) {
		list->sections[i].name = pool_copy(r->pool, name.p, name.len);
		list->sections[i].cases = 0;
		list->section_count++;
	}
	r->section = list->sections[i].name;
	r->in_section = &list->sections[i].cases;
}

/* "rule SECTION [server|client] SENTENCE" */
static void
take_rule(struct reader *r, struct cursor *c)
{
	struct slice section = take_word(c), rest;

	if (section.len == 0 || section.len > 15)
		refuse(c, "the number of a section");
	find_section(r, section, c);
	r->rule_role = FOR_BOTH;
	if (take(c, "server"))
		r->rule_role = FOR_SERVERS;
	else if (take(c, "client"))
		r->rule_role = FOR_CLIENTS;
	rest = take_rest(c);
	if (rest.len == 0)
		refuse(c, "what the rule says");
	r->rule = pool_copy(r->pool, rest.p, rest.len);
}

/* A line of the file, blanks before and behind it cut off. */
static void
read_line(struct reader *r, struct cursor *c)
{
	if (at_end(c) || *c->p == '#')
		return;
	if (take(c, "rule")) {
		end_case(r);
		take_rule(r, c);
		return;
	}
	if (take(c, "case")) {
		end_case(r);
		if (r->rule == NULL) {
			c->p = c->start;
			refuse(c, "a rule before the first case");
		}
		if (at_end(c))
			refuse(c, "the title of the case");
	} else if (r->line_count == 0) {
		refuse(c, "rule or case");
	} else if (take(c, "with")) {
		take_with(r, c);
		return;
	}
	if (r->line_count == sizeof r->lines / sizeof r->lines[0])
		refuse(c, "a shorter case");
	r->lines[r->line_count].p = c->start;
	r->lines[r->line_count].len = (size_t)(c->end - c->start);
	r->lines[r->line_count++].number = c->number;
}

static char *
read_file(struct pool *pool, const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *p = NULL;
	size_t n, size = 0;

	if (f == NULL)
		die_sys("%s", path);
	*len = 0;
	do {
		size += 65536;
		p = pool_grow(pool, p, size);
		n = fread(p + *len, 1, size - *len, f);
		*len += n;
	} while (n > 0);
	if (ferror(f))
		die_sys("%s", path);
	fclose(f);
	return p;
}

void
cases_read(struct case_list *list, const char *path, int role)
{
	struct reader r = { .path = path, .role = role, .list = list,
	    .pool = &list->pool };
	struct cursor c = { &r, 0, NULL, NULL, NULL };
	size_t len;
	const char *p = read_file(&list->reading, path, &len), *end = p + len;
	const char *newline;

	r.withs = pool_grow(&list->reading, NULL, WITHS_MAX * sizeof *r.withs);
	while (p < end) {
		newline = memchr(p, '\n', (size_t)(end - p));
		c.number++;
		c.start = c.p = p;
		c.end = newline == NULL ? end : newline;
		p = newline == NULL ? end : newline + 1;
		if (c.end - c.start >= LINE_MAX_LEN)
			refuse(&c, "a line of less than 4096 bytes");
		if (memchr(c.start, '\0', (size_t)(c.end - c.start)) != NULL)
			refuse(&c, "text without NUL");
		while (c.p < c.end && text_is_blank(c.end[-1]))
			c.end--;
		read_line(&r, &c);
	}
	end_case(&r);
	pool_free(&list->reading);
}

void
case_of_lines(struct probe_case *k, struct pool *pool, const char *lines)
{
	struct reader r = { .path = "built in", .pool = pool };

	memset(k, 0, sizeof *k);
	k->title = k->rule = k->section = k->id;
	add_lines(&r, k, lines);
	complete(&r, k);
}

static bool
is_in(const char *id, const char *section)
{
	size_t n = strlen(section);

	return strncmp(id, section, n) == 0 &&
	    (id[n] == '.' || id[n] == '-' || id[n] == '\0');
}

void
cases_select(struct case_list *list, char *const sections[])
{
	size_t i, j, n = 0;

	if (sections[0] == NULL)
		return;
	for (i = 0; i < list->count; i++) {
		for (j = 0; sections[j] != NULL; j++)
			if (is_in(list->cases[i].id, sections[j]))
				break;
		if (sections[j] != NULL)
			list->cases[n++] = list->cases[i];
	}
	list->count = n;
}

/* -- payloads -- */

/* Text with characters of every length. */
static void
fill_utf8(uint8_t *p, size_t len, uint64_t index)
{
	static const char unit[] =
	    "Hell\xc3\xb6 \xe2\x82\xac\xf0\x9d\x84\x9e*-";
	size_t size = sizeof unit - 1, n = 0;

	for (; n < len && n < index % 16; n++)
		p[n] = (uint8_t)('a' + index % 26);
	for (; len - n >= size; n += size)
		memcpy(p + n, unit, size);
	memset(p + n, '*', len - n);
}

/* Text as programs exchange it, of which each is a little different. */
static void
fill_words(uint8_t *p, size_t len, uint64_t index)
{
	static const char *const words[] = {
		"{\"id\": ", "\"name\": ", "\"value\": ", "null, ", "true, ",
		"\"of the\", ", "1024, ", "3.14, ", "\"socket\"}, ",
		"\"compress\", ", "[1, 2, 3], ", "\"gr\xc3\xbc\xc3\x9f\", ",
		"\"x\": -1, ", "\"\xe2\x82\xac\", ", "\n", "\"key\": "
	};
	uint64_t x = index * 0x9e3779b97f4a7c15u + 88172645463325252u;
	const char *word;
	size_t n = 0, size;

	for (;;) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		word = words[x >> 60];
		size = strlen(word);
		if (len - n < size)
			break;
		memcpy(p + n, word, size);
		n += size;
	}
	memset(p + n, '.', len - n);
}

/* xorshift64*: the same bytes for the same seed. */
static void
fill_random(uint8_t *p, size_t len, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + 0x1234567u, y;
	size_t i;

	for (i = 0; i < len; i++) {
		if (i % 8 == 0) {
			x ^= x >> 12;
			x ^= x << 25;
			x ^= x >> 27;
		}
		y = x * 0x2545f4914f6cdd1du;
		p[i] = (uint8_t)(y >> i % 8 * 8);
	}
}

uint8_t *
payload_make(const struct payload *payload, uint64_t index, uint64_t seed,
    size_t *len)
{
	size_t made = (size_t)payload->count, before = payload->len, i;
	uint8_t *p;

	if (payload->kind == PAYLOAD_BYTES) {
		*len = before * made;
		p = get_memory(*len);
		for (i = 0; i < made; i++)
			memcpy(p + i * before, payload->bytes, before);
		return p;
	}
	*len = before + made;
	p = get_memory(*len);
	if (before > 0)
		memcpy(p, payload->bytes, before);
	if (payload->kind == PAYLOAD_UTF8)
		fill_utf8(p + before, made, index);
	else if (payload->kind == PAYLOAD_WORDS)
		fill_words(p + before, made, index);
	else
		fill_random(p + before, made, seed + index);
	return p;
}
