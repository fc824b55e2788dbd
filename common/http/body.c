/* The content of an answer: where it ends (RFC 9112, 6), and what it is. */
#include <string.h>

#include "http/body.h"

void
http_body_begin(struct http_body *b, const struct http_head *h, int status)
{
	struct slice length;

	b->stage = HTTP_BODY_DATA;
	b->left = UINT64_MAX;
	b->line_begun = false;
	if (http_list_has(h, "Transfer-Encoding", "chunked")) {
		b->stage = HTTP_BODY_CHUNK_SIZE;
		b->left = 0;
		return;
	}
	if (http_count(h, "Content-Length", &length) > 0)
		(void)slice_take_number(&length, UINT64_MAX - 1, &b->left);
	if (status < 200 || status == 204 || status == 304 || b->left == 0)
		b->stage = HTTP_BODY_COMPLETE;
}

/* Takes as much of *in as is left. */
static void
take_content(struct http_body *b, struct slice *in, struct text *content)
{
	size_t n = in->len < b->left ? in->len : (size_t)b->left;

	text_put_slice(content, slice_cut(in, n));
	if (b->left != UINT64_MAX)
		b->left -= n;
}

/* 1*HEXDIG, and what ends the line (RFC 9112, 7.1). */
static void
take_chunk_size(struct http_body *b, char c)
{
	int digit = text_hex_value(c);

	if (digit >= 0 && b->left >> 56 == 0) {
		b->left = b->left << 4 | (unsigned)digit;
		b->line_begun = true;
	} else if (digit >= 0 || !b->line_begun) {
		b->stage = HTTP_BODY_COMPLETE;
	} else if (c != '\n') {
		b->stage = HTTP_BODY_CHUNK_EXTENSION;
	} else {
		b->stage = b->left > 0 ? HTTP_BODY_CHUNK_DATA :
		    HTTP_BODY_TRAILER;
		b->line_begun = false;
	}
}

/* A byte of what is not content. */
static void
take_char(struct http_body *b, char c)
{
	switch (b->stage) {
	case HTTP_BODY_CHUNK_SIZE:
		take_chunk_size(b, c);
		return;
	case HTTP_BODY_CHUNK_EXTENSION:
		if (c == '\n')
			take_chunk_size(b, c);
		return;
	case HTTP_BODY_CHUNK_END:
		if (c == '\n')
			b->stage = HTTP_BODY_CHUNK_SIZE;
		return;
	case HTTP_BODY_TRAILER:
		if (c == '\n' && !b->line_begun)
			b->stage = HTTP_BODY_COMPLETE;
		b->line_begun = c != '\n' && (b->line_begun || c != '\r');
		return;
	case HTTP_BODY_DATA:
	case HTTP_BODY_CHUNK_DATA:
	case HTTP_BODY_COMPLETE:
		return;
	}
}

bool
http_body_take(struct http_body *b, const char *in, size_t len,
    struct text *content)
{
	struct slice rest = { in, len };

	while (rest.len > 0 && b->stage != HTTP_BODY_COMPLETE) {
		if (b->stage != HTTP_BODY_DATA &&
		    b->stage != HTTP_BODY_CHUNK_DATA) {
			take_char(b, slice_cut(&rest, 1).p[0]);
			continue;
		}
		take_content(b, &rest, content);
		if (b->left == 0)
			b->stage = b->stage == HTTP_BODY_DATA ?
			    HTTP_BODY_COMPLETE : HTTP_BODY_CHUNK_END;
	}
	return b->stage != HTTP_BODY_COMPLETE;
}

bool
http_body_is_text(const struct http_head *h)
{
	struct slice type, end, unused;

	if (http_count(h, "Content-Type", &type) != 1 ||
	    http_count(h, "Content-Encoding", &unused) > 0)
		return false;
	if (slice_take_prefix(&type, "text/"))
		return true;
	if (!slice_take_prefix(&type, "application/"))
		return false;
	type = slice_cut(&type, http_token_run(type));
	end = type;
	if (end.len > strlen("+json"))
		(void)slice_cut(&end, end.len - strlen("+json"));
	return slice_equal_nocase(type, slice_of("json")) ||
	    slice_equal_nocase(end, slice_of("+json"));
}

/* -- for people -- */

static void
skip_past(struct slice *s, char c)
{
	const char *p = memchr(s->p, c, s->len);

	(void)slice_cut(s, p != NULL ? (size_t)(p - s->p) + 1 : s->len);
}

/* Skips a tag of HTML; that of a style or script with what is between it and
 * its end. */
static bool
skip_tag(struct slice *s)
{
	bool code;

	if (!slice_take_prefix(s, "<"))
		return false;
	code = slice_take_prefix(s, "style") || slice_take_prefix(s, "script");
	skip_past(s, '>');
	while (code && s->len > 0 && !slice_take_prefix(s, "</"))
		(void)slice_cut(s, 1);
	if (code)
		skip_past(s, '>');
	return true;
}

static bool
skip_space(struct slice *s)
{
	if (memchr(" \t\r\n", s->p[0], 4) == NULL)
		return false;
	(void)slice_cut(s, 1);
	return true;
}

void
http_put_summary(struct text *t, const struct http_head *h,
    struct slice content)
{
	struct slice type;
	bool html, blank = false;

	text_puts(t, "");
	if (!http_body_is_text(h))
		return;
	(void)http_count(h, "Content-Type", &type);
	html = slice_take_prefix(&type, "text/html");
	while (content.len > 0 && !t->full) {
		if (skip_space(&content) || (html && skip_tag(&content))) {
			blank = true;
			continue;
		}
		if (blank && t->len > 0)
			text_puts(t, " ");
		blank = false;
		text_put_escaped(t, slice_cut(&content, 1));
	}
	if (t->full)
		memcpy(t->buf + t->len - 3, "...", 3);
}
