/* ws-deframe: frame lines (-a), JSON (-j), and lines for a terminal. */
#include <stdlib.h>
#include <string.h>

#include "code/base64.h"
#include "diag.h"
#include "ws-deframe.h"
#include "ws/json.h"

/* -- frame lines -- */

/* Where to print, with room for the longest line. */
static struct text *
list_room(struct deframe *d)
{
	struct text *t = &d->list->text;

	if (t->size - t->len <= WS_LISTED_LINE_MAX)
		write_output(d);
	return t;
}

/* Prints what is taken of the frame so far as a line. */
static void
list_line(struct deframe *d, bool frame_ends)
{
	struct text *t = list_room(d);

	ws_framedump_put(&d->list->listing, t, &d->rx.header, frame_ends);
}

void
list_begin(struct deframe *d)
{
	ws_framedump_begin(&d->list->listing);
	d->list->listing.inflated = d->rx.inflating && !d->rx.as_sent &&
	    !ws_opcode_is_control(d->rx.header.opcode);
}

void
list_payload(struct deframe *d, const uint8_t *p, size_t len)
{
	while (len > 0) {
		size_t n = ws_framedump_add(&d->list->listing, p, len);

		p += n;
		len -= n;
		if (len > 0)
			list_line(d, false);
	}
}

void
list_end(struct deframe *d)
{
	list_line(d, true);
}

/* -- a terminal -- */

enum { VISIBLE_MAX = 4 };	/* "M-^X" */

/* As cat -v shows it; but text keeps its characters, of which those from U+0080
 * to U+009F are controls, too. */
static void
put_visible(struct text *t, unsigned char c)
{
	if (c >= 0x80)
		text_puts(t, "M-");
	c &= 0x7f;
	if (c < ' ' || c == 0x7f) {
		text_puts(t, "^");
		c ^= 0x40;
	}
	text_put(t, (const char *)&c, 1);
}

static void
put_visible_text(struct deframe *d, struct text *t, unsigned char c)
{
	static const char lead = '\xc2';	/* of U+0080 to U+00BF */

	if (d->list->leads) {
		d->list->leads = false;
		if (c < 0xa0) {
			put_visible(t, c);
			return;
		}
		text_put(t, &lead, 1);
	}
	if (c == (unsigned char)lead)
		d->list->leads = true;
	else if (c >= 0x80 || c == '\t' || c == '\n')
		text_put(t, (const char *)&c, 1);
	else
		put_visible(t, c);
}

void
list_visible(struct deframe *d, const uint8_t *p, size_t len)
{
	struct text *t = list_room(d);

	for (; len > 0; p++, len--) {
		if (t->size - t->len <= VISIBLE_MAX)
			write_output(d);
		if (d->opcode == WS_TEXT)
			put_visible_text(d, t, *p);
		else
			put_visible(t, *p);
	}
}

void
list_visible_end(struct deframe *d)
{
	text_puts(list_room(d), "\n");
}

/* -- JSON -- */

/* How much of valid text may go, at most max bytes: no character is cut. */
static size_t
whole_characters(const uint8_t *p, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while ((p[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static void
put_json_payload(struct deframe *d, const uint8_t *p, size_t len, bool encode)
{
	char groups[WS_BASE64_LEN(JSON_STEP)];

	while (len > 0) {
		size_t n = len < JSON_STEP ? len : JSON_STEP;
		struct text *t = list_room(d);

		if (encode) {
			ws_base64_encode(groups, p, n, WS_SIMD_NONE);
			text_put(t, groups, WS_BASE64_LEN(n));
		} else {
			/* Six bytes for one, at most: in four parts. */
			n = whole_characters(p, n, JSON_STEP / 4);
			ws_json_put_text(t, p, n);
		}
		p += n;
		len -= n;
	}
}

static void
put_json(struct deframe *d, uint8_t opcode, const uint8_t *p, size_t len)
{
	struct ws_utf8 utf8 = { 0 };
	bool encode = opcode == WS_BINARY || (opcode != WS_TEXT &&
	    (ws_utf8_check(&utf8, p, len) != len || !ws_utf8_complete(&utf8)));

	ws_json_put_start(list_room(d), opcode, encode);
	put_json_payload(d, p, len, encode);
	ws_json_put_end(list_room(d));
}

void
list_message(struct deframe *d, const uint8_t *p, size_t len)
{
	struct list *list = d->list;

	/* The announced length was held against message_max. */
	memcpy(list->message + list->message_len, p, len);
	list->message_len += len;
}

void
list_message_end(struct deframe *d)
{
	put_json(d, d->opcode, d->list->message, d->list->message_len);
	d->list->message_len = 0;
}

static void
put_json_control(struct deframe *d)
{
	size_t skip = d->rx.control_len < 2 ? d->rx.control_len : 2;

	if (d->rx.header.opcode == WS_CLOSE)
		ws_json_put_close(list_room(d), d->rx.close_code,
		    d->rx.control + skip, d->rx.control_len - skip);
	else
		put_json(d, d->rx.header.opcode, d->rx.control,
		    d->rx.control_len);
}

void
list_control(struct deframe *d)
{
	if (d->list == NULL || d->set->visible ||
	    !ws_closing_delivers(&d->closing) || d->set->lax)
		return;
	if (d->set->mode == JSON) {
		put_json_control(d);
		return;
	}
	/* It may stand between pieces of a frame's, never inside one. */
	list_begin(d);
	list_payload(d, d->rx.control, d->rx.control_len);
	list_line(d, true);
}

void
list_rest(struct deframe *d)
{
	if (d->set->mode != FRAME_LINES || !ws_closing_delivers(&d->closing))
		return;
	if (d->rx.state == WS_IN_PAYLOAD)
		list_line(d, true);
	else if (d->rx.state == WS_IN_HEADER && d->rx.raw_len > 0)
		ws_framedump_put_raw(&d->list->text, d->rx.raw, d->rx.raw_len);
	write_output(d);
}

void
start_list(struct deframe *d)
{
	const struct settings *set = d->set;
	struct list *list = calloc(1, sizeof *list);

	if (list == NULL)
		die_sys("get memory");
	list->text.buf = list->buf;
	list->text.size = sizeof list->buf;
	list->listing.style.all = set->verbose;
	list->listing.style.deflate = !set->lax;
	list->listing.style.mask_matters = set->role != WS_NO_ROLE;
	list->listing.style.masked = set->role == WS_SERVER;
	if (set->mode == JSON &&
	    (list->message = malloc((size_t)set->message_max)) == NULL)
		die_sys("get memory");
	d->list = list;
}
