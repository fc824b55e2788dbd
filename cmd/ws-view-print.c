/* ws-view: lines of the view, as text, JSON or columns. */
#include <unistd.h>

#include <string.h>

#include "code/base64.h"
#include "code/utf8.h"
#include "diag.h"
#include "io.h"
#include "writer.h"
#include "ws-view.h"
#include "ws/frameline.h"
#include "ws/json.h"

enum {
	LINE_MAX_HERE = 6 * KEPT_MAX + 4096,	/* each byte an escape */
	PAYLOAD_MIN = 8		/* columns that a payload gets in any case */
};

static char out_buf[2 * LINE_MAX_HERE];
static struct text out = { out_buf, sizeof out_buf, 0, false };

static int64_t first_us = NO_TIME, last_us;

static void
write_out(void)
{
	if (out.len > 0 && !write_all(STDOUT_FILENO, out.buf, out.len))
		die_sys("write standard output");
	out.len = 0;
}

/* -- times -- */

static void
put_seconds(struct text *t, int64_t us)
{
	uint64_t n = us < 0 ? (uint64_t)-us : (uint64_t)us;

	if (us < 0)
		text_puts(t, "-");
	text_put_digits(t, n / 1000000, 1);
	text_puts(t, ".");
	text_put_digits(t, n % 1000000, 6);
}

/* The day since 1970 as year, month and day of the Gregorian calendar, as
 * gmtime(3) may ask more of the system than the sandbox allows. */
static void
put_day(struct text *t, uint64_t day)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
	    30, 31, 30, 31 };
	uint64_t year = 1970;
	unsigned month = 0, leap, n;

	for (;; year++) {
		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		if (day < 365 + leap)
			break;
		day -= 365 + leap;
	}
	for (;; month++) {
		n = days[month] + (month == 1 ? leap : 0);
		if (day < n)
			break;
		day -= n;
	}
	text_put_digits(t, year, 4);
	text_puts(t, "-");
	text_put_digits(t, month + 1, 2);
	text_puts(t, "-");
	text_put_digits(t, day + 1, 2);
}

/* As RFC 3339 has it. */
static void
put_moment(struct text *t, int64_t us)
{
	uint64_t s = (uint64_t)us / 1000000;

	put_day(t, s / 86400);
	text_puts(t, "T");
	text_put_digits(t, s % 86400 / 3600, 2);
	text_puts(t, ":");
	text_put_digits(t, s % 3600 / 60, 2);
	text_puts(t, ":");
	text_put_digits(t, s % 60, 2);
	text_puts(t, ".");
	text_put_digits(t, (uint64_t)us % 1000000, 6);
	text_puts(t, "Z");
}

/* The time that this clock shows; NO_TIME if the recording has none. */
static int64_t
shown_time(const struct settings *set, const struct sight *s)
{
	if (s->time_us == NO_TIME)
		return NO_TIME;
	return set->clock == ABSOLUTE ? s->time_us : set->clock == SINCE_LAST ?
	    s->time_us - last_us : s->time_us - first_us;
}

/* -- text -- */

static const char *
colour_of(const struct sight *s)
{
	if (s->faults[0] != '\0')
		return "\033[31m";
	if ((s->kind & (KIND_HEAD | KIND_FIELD)) != 0)
		return "\033[2m";
	if ((s->kind & (KIND_PING | KIND_PONG | KIND_CLOSE)) != 0)
		return "\033[33m";
	return s->client ? "\033[36m" : "\033[32m";
}

/* How many columns a line takes: one for each character. */
static size_t
columns_of(const char *p, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += ((unsigned char)p[i] & 0xc0) != 0x80;
	return n;
}

/* Cuts the end of the text, from this place on, to so many columns. */
static void
cut_columns(struct text *t, size_t from, size_t columns)
{
	size_t i = from, n = 0;

	for (; i < t->len; i++) {
		n += ((unsigned char)t->buf[i] & 0xc0) != 0x80;
		if (n > columns - 3)
			break;
	}
	t->len = i;
	text_puts(t, "...");
}

/* Before each line, with -N. */
static void
put_session(struct text *t, const struct settings *set, const struct sight *s)
{
	if (!set->numbered)
		return;
	text_put_number(t, s->session);
	text_puts(t, " ");
	text_puts(t, s->address);
	text_puts(t, " ");
}

static void
put_time_column(struct text *t, const struct settings *set,
    const struct sight *s)
{
	static const char blanks[] = "          ";
	int64_t us = shown_time(set, s);
	size_t start = t->len, used;

	if (us == NO_TIME)
		text_puts(t, "-");
	else if (set->clock == ABSOLUTE)
		put_moment(t, us);
	else
		put_seconds(t, us);
	used = t->len - start;
	if (used < sizeof blanks - 1) {
		size_t pad = sizeof blanks - 1 - used;

		memmove(t->buf + start + pad, t->buf + start, used);
		memset(t->buf + start, ' ', pad);
		t->len += pad;
	}
	text_puts(t, s->client ? " client " : " server ");
}

static void
put_payload(struct text *t, const struct sight *s)
{
	if (s->kind == KIND_CLOSE)
		ws_frameline_put_close(t, s->payload, s->kept);
	else
		ws_frameline_put_payload(t, s->payload, s->kept);
}

/* What stands before the payload; shown is how much of that there is. */
static void
put_what(struct text *t, const struct settings *set, const struct sight *s,
    uint64_t shown)
{
	struct ws_frameline_style style = { .all = set->verbose,
	    .masked = s->client && !s->hixie, .mask_matters = true,
	    .deflate = s->inflated };
	struct ws_header h = s->header;

	switch (s->kind) {
	case KIND_HEAD:
		text_puts(t, "head");
		return;
	case KIND_FIELD:
		text_puts(t, "field");
		return;
	case KIND_RAW:
		text_puts(t, "raw");
		return;
	default:
		break;
	}
	if (s->inflated) {
		h.payload_len = s->len;
		h.form = ws_length_form(s->len);
	}
	ws_frameline_put_head(t, &style, &h, (size_t)shown);
}

/* What is to be said of a frame, as a comment. */
static void
put_comment(struct text *t, const struct sight *s)
{
	const char *mark = " # ", *next = "; ";

	if (s->inflated && s->wire_len > 0) {
		text_puts(t, mark);
		text_puts(t, "inflated from ");
		text_put_number(t, s->wire_len);
		mark = next;
	}
	if (s->cut) {
		text_puts(t, mark);
		text_puts(t, "not whole");
		mark = next;
	}
	if (s->faults[0] != '\0') {
		text_puts(t, mark);
		text_puts(t, s->faults);
	}
}

static void
put_text(struct text *t, const struct settings *set, const struct sight *s)
{
	char comment_buf[FAULTS_MAX + 128];
	struct text comment = { comment_buf, sizeof comment_buf, 0, false };
	size_t start, what, payload, room, used;

	if (set->colours)
		text_puts(t, colour_of(s));
	put_comment(&comment, s);
	start = t->len;
	put_session(t, set, s);
	put_time_column(t, set, s);
	what = t->len;
	put_what(t, set, s, s->kept);
	put_payload(t, s);
	if (s->kept < s->len)
		text_puts(t, "...");
	used = columns_of(t->buf + start, t->len - start) + comment.len;
	if (set->columns > 0 && used > set->columns) {
		/* Its length is told, as it is not seen. */
		t->len = what;
		put_what(t, set, s, s->len + 1);
		payload = t->len;
		put_payload(t, s);
		used = columns_of(t->buf + start, payload - start) +
		    comment.len;
		room = set->columns < used + PAYLOAD_MIN ? PAYLOAD_MIN :
		    set->columns - used;
		if (columns_of(t->buf + payload, t->len - payload) > room)
			cut_columns(t, payload, room);
	}
	text_put(t, comment.buf, comment.len);
	text_puts(t, set->colours ? "\033[0m\n" : "\n");
}

/* -- JSON and columns -- */

static const char *
name_of(const struct sight *s)
{
	switch (s->kind) {
	case KIND_HEAD: return "head";
	case KIND_FIELD: return "field";
	case KIND_TEXT: return "text";
	case KIND_BINARY: return "binary";
	case KIND_CONT: return "cont";
	case KIND_PING: return "ping";
	case KIND_PONG: return "pong";
	case KIND_CLOSE: return "close";
	case KIND_RAW: return "raw";
	case KIND_RESERVED:
	case KIND_FRAMES: break;
	}
	return "reserved";
}

/* Whether the payload is known as text. */
static bool
is_text(const uint8_t *p, size_t len)
{
	struct ws_utf8 utf8 = { 0 };

	return ws_utf8_check(&utf8, p, len) == len && ws_utf8_complete(&utf8);
}

static void
put_number(struct text *t, const char *name, uint64_t n)
{
	text_puts(t, name);
	text_put_number(t, n);
}

static void
put_json_bytes(struct text *t, const struct sight *s, const uint8_t *p,
    size_t len)
{
	const char *name = s->kind == KIND_CLOSE ? ",\"reason\":\"" :
	    ",\"data\":\"";

	if (s->kind != KIND_BINARY && is_text(p, len)) {
		text_puts(t, name);
		ws_json_put_text(t, p, len);
	} else {
		text_puts(t, s->kind == KIND_BINARY ? name :
		    ",\"base64\":\"");
		ws_base64_encode(t->buf + t->len, p, len, WS_SIMD_NONE);
		t->len += WS_BASE64_LEN(len);
	}
	text_puts(t, "\"");
}

static bool
has_code(const struct sight *s)
{
	return s->kind == KIND_CLOSE && s->kept >= 2;
}

static unsigned
code_of(const struct sight *s)
{
	return (unsigned)s->payload[0] << 8 | s->payload[1];
}

static void
put_json_frame(struct text *t, const struct sight *s)
{
	const struct ws_header *h = &s->header;

	if (s->kind == KIND_RESERVED)
		put_number(t, ",\"opcode\":", h->opcode);
	text_puts(t, h->fin ? ",\"fin\":true" : ",\"fin\":false");
	if (h->rsv != 0)
		put_number(t, ",\"rsv\":", h->rsv);
	text_puts(t, h->masked ? ",\"masked\":true" : ",\"masked\":false");
	if (s->inflated)
		put_number(t, ",\"inflated_from\":", s->wire_len);
	put_number(t, ",\"header_length\":", s->header_len);
	put_number(t, ",\"length\":", s->len);
}

static void
put_json(struct text *t, const struct settings *set, const struct sight *s)
{
	int64_t us = shown_time(set, s);
	size_t skip = has_code(s) ? 2 : 0;

	text_puts(t, "{");
	if (set->numbered) {
		put_number(t, "\"session\":", s->session);
		text_puts(t, ",\"address\":\"");
		ws_json_put_text(t, (const uint8_t *)s->address,
		    strlen(s->address));
		text_puts(t, "\",");
	}
	text_puts(t, "\"time\":");
	if (us == NO_TIME)
		text_puts(t, "null");
	else
		put_seconds(t, us);
	text_puts(t, s->client ? ",\"from\":\"client\",\"type\":\"" :
	    ",\"from\":\"server\",\"type\":\"");
	text_puts(t, name_of(s));
	text_puts(t, "\"");
	if ((s->kind & (KIND_FRAMES & ~KIND_RAW)) != 0)
		put_json_frame(t, s);
	if (skip > 0)
		put_number(t, ",\"code\":", code_of(s));
	if (s->kept > skip || s->kind != KIND_CLOSE)
		put_json_bytes(t, s, s->payload + skip, s->kept - skip);
	if (s->kept < s->len)
		text_puts(t, ",\"shortened\":true");
	if (s->cut)
		text_puts(t, ",\"whole\":false");
	if (s->faults[0] != '\0') {
		text_puts(t, ",\"violation\":\"");
		text_puts(t, s->faults);
		text_puts(t, "\"");
	}
	text_puts(t, "}\n");
}

/* Columns for awk: time, sender, type, FIN, compressed, bytes of the header, of
 * payload on the wire and of payload, Close code, faults, payload. */
static void
put_tabs(struct text *t, const struct settings *set, const struct sight *s)
{
	int64_t us = shown_time(set, s);
	char code_buf[24];
	struct text code = { code_buf, sizeof code_buf, 0, false };

	if (us == NO_TIME)
		text_puts(t, "-");
	else
		put_seconds(t, us);
	if (has_code(s))
		text_put_number(&code, code_of(s));
	text_puts(t, s->client ? "\tclient\t" : "\tserver\t");
	text_puts(t, name_of(s));
	put_number(t, "\t", s->header.fin);
	put_number(t, "\t", s->inflated || s->header.rsv == WS_RSV1);
	put_number(t, "\t", s->header_len);
	put_number(t, "\t", s->wire_len);
	put_number(t, "\t", s->len);
	text_puts(t, "\t");
	text_puts(t, code.len > 0 ? code.buf : "-");
	text_puts(t, "\t");
	text_puts(t, s->faults[0] != '\0' ? s->faults : s->cut ? "not whole" :
	    "-");
	text_puts(t, "\t");
	put_payload(t, s);
	text_puts(t, "\n");
}

static void
print_now(const struct settings *set, const struct sight *s)
{
	int64_t since = 0;

	if (s->time_us != NO_TIME) {
		if (first_us == NO_TIME)
			first_us = last_us = s->time_us;
		since = s->time_us - first_us;
	}
	if (!is_wanted(set, s, since))
		return;
	if (out.size - out.len < LINE_MAX_HERE)
		write_out();
	switch (set->form) {
	case FORM_TEXT:
		put_text(&out, set, s);
		break;
	case FORM_JSON:
		put_json(&out, set, s);
		break;
	case FORM_TABS:
		put_tabs(&out, set, s);
		break;
	}
	if (s->time_us != NO_TIME)
		last_us = s->time_us;
}

/* -- order -- */

/* A line that waits for another that may be earlier: what is sent can be
 * recorded behind the answer to it. */
static struct {
	const struct settings *set;	/* null: none waits */
	struct sight sight;
	char address[WS_CAPTURE_SESSION_MAX], faults[FAULTS_MAX];
	uint8_t payload[KEPT_MAX];
} held;

static void
print_held(void)
{
	if (held.set != NULL)
		print_now(held.set, &held.sight);
	held.set = NULL;
}

static void
hold(const struct settings *set, const struct sight *s)
{
	struct text address = { held.address, sizeof held.address, 0, false };
	struct text faults = { held.faults, sizeof held.faults, 0, false };

	text_puts(&address, s->address);
	text_puts(&faults, s->faults);
	memcpy(held.payload, s->payload, s->kept);
	held.sight = *s;
	held.sight.address = address.buf;
	held.sight.faults = faults.buf;
	held.sight.payload = held.payload;
	held.set = set;
}

void
print_sight(const struct settings *set, const struct sight *s)
{
	if (held.set != NULL && s->time_us != NO_TIME &&
	    s->time_us < held.sight.time_us &&
	    s->session == held.sight.session) {
		print_now(set, s);
		return;
	}
	print_held();
	hold(set, s);
}

void
print_file(void)
{
	print_flush();
	first_us = NO_TIME;
}

void
print_flush(void)
{
	print_held();
	write_out();
}
