/* Frames as frame lines. */
#include <string.h>

#include "ws/framedump.h"

void
ws_framedump_begin(struct ws_framedump *l)
{
	l->continued = false;
	l->len = 0;
}

size_t
ws_framedump_add(struct ws_framedump *l, const uint8_t *data, size_t len)
{
	size_t room = sizeof l->piece - l->len;

	if (len > room)
		len = room;
	memcpy(l->piece + l->len, data, len);
	l->len += len;
	return len;
}

/* How many bytes at the end may be the start of a character. */
static size_t
open_character(const uint8_t *p, size_t len)
{
	struct ws_utf8 utf8 = { 0 };
	size_t n = 0;

	while (n < len && n < 3) {
		n++;
		if (p[len - n] < 0x80)
			return 0;
		if (p[len - n] >= 0xc0)
			break;
	}
	if (ws_utf8_check(&utf8, p + len - n, n) != n)
		return 0;
	return ws_utf8_complete(&utf8) ? 0 : n;
}

/* The head of what was inflated: the first line of a message says so. */
static void
put_inflated_head(struct ws_framedump *l, struct text *t,
    const struct ws_header *h, size_t n, bool frame_ends)
{
	struct ws_header own = *h;

	own.fin = h->fin && frame_ends;
	own.payload_len = n;
	own.form = ws_length_form(n);
	if (l->continued) {
		own.opcode = WS_CONTINUATION;
		own.rsv = 0;
	}
	ws_frameline_put_head(t, &l->style, &own, n);
}

void
ws_framedump_put(struct ws_framedump *l, struct text *t,
    const struct ws_header *h, bool frame_ends)
{
	size_t kept = frame_ends ? 0 : open_character(l->piece, l->len);
	size_t n = l->len - kept;

	if (l->continued && n == 0 &&
	    !(l->inflated && frame_ends && h->fin))
		return;
	if (l->inflated)
		put_inflated_head(l, t, h, n, frame_ends);
	else if (l->continued)
		text_puts(t, "more");
	else
		ws_frameline_put_head(t, &l->style, h, n);
	if (!l->continued && h->opcode == WS_CLOSE)
		ws_frameline_put_close(t, l->piece, n);
	else
		ws_frameline_put_payload(t, l->piece, n);
	text_puts(t, "\n");
	l->continued = true;
	l->len = kept;
	memmove(l->piece, l->piece + n, kept);
}

void
ws_framedump_put_raw(struct text *t, const uint8_t *data, size_t len)
{
	text_puts(t, "raw");
	ws_frameline_put_payload(t, data, len);
	text_puts(t, "\n");
}
