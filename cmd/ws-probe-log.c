/* ws-probe: what is written down of a run: frames as frame lines, heads, and
 * words of our own, each with its time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ws-probe.h"

enum {
	LINES_MOST = 80,	/* of one run; the rest is counted */
	SHOWN_MOST = 64		/* bytes of a payload */
};

int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
append(struct log *log, const char *p, size_t len)
{
	if (log->size - log->len < len) {
		log->size = 2 * log->size + len;
		log->p = grow_memory(log->p, log->size);
	}
	memcpy(log->p + log->len, p, len);
	log->len += len;
}

/* How long the character is that turns the direction of what is written, or
 * ends a line, for who shows it; 0 if it is another. */
static size_t
turn_size(const char *p, size_t len)
{
	const unsigned char *c = (const unsigned char *)p;

	if (len >= 2 && c[0] == 0xd8 && c[1] == 0x9c)	/* U+061C */
		return 2;
	if (len < 3 || c[0] != 0xe2)
		return 0;
	if (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f ||
	    (c[2] >= 0xa8 && c[2] <= 0xae)))	/* U+200E, 200F, 2028 to E */
		return 3;
	return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9 ? 3 : 0;
}

void
log_put_shown(struct text *to, const char *p, size_t len)
{
	struct slice rest = { p, len };
	size_t n;

	while (rest.len > 0) {
		n = turn_size(rest.p, rest.len);
		if (n > 0)
			text_put_escaped(to, slice_cut(&rest, n));
		else
			text_put_slice(to, slice_cut(&rest, 1));
	}
}

/* A line: when, which way, what. */
static void
add_line(struct log *log, const char *way, const char *words, size_t len)
{
	char start[40];
	int n;

	if (log->lines >= LINES_MOST) {
		log->left_out++;
		return;
	}
	log->lines++;
	n = snprintf(start, sizeof start, "T\t%.1f\t%s\t",
	    (double)(now_us() - log->began) / 1000, way);
	append(log, start, (size_t)n);
	append(log, words, len);
	append(log, "\n", 1);
}

void
log_words(struct log *log, char direction, const char *words, size_t len)
{
	char way[2] = { direction, '\0' };

	add_line(log, way, words, len);
}

void
log_frame(struct log *log, char direction, const struct ws_header *h,
    const uint8_t *payload, size_t shown, bool masked_usual, bool deflate)
{
	char buf[512], shown_buf[2 * sizeof buf];
	struct text t = { buf, sizeof buf, 0, false };
	struct text visible = { shown_buf, sizeof shown_buf, 0, false };
	struct ws_frameline_style style = { .masked = masked_usual,
	    .mask_matters = true, .deflate = deflate };

	if (shown > SHOWN_MOST && h->opcode < WS_CLOSE)
		shown = SHOWN_MOST;
	if (log->lines >= LINES_MOST) {
		log->left_out++;
		return;
	}
	ws_frameline_put_head(&t, &style, h, shown);
	if (h->opcode == WS_CLOSE)
		ws_frameline_put_close(&t, payload, shown);
	else
		ws_frameline_put_payload(&t, payload, shown);
	log_put_shown(&visible, buf, t.len);
	log_words(log, direction, shown_buf, visible.len);
}

void
log_head(struct log *log, char direction, const char *head, size_t len)
{
	struct slice rest = { head, len }, line;
	char buf[400];

	while (rest.len > 0) {
		struct text t = { buf, sizeof buf, 0, false };

		line = http_next_line(&rest);
		if (line.len == 0)
			continue;
		if (line.len > 90)
			line.len = 90;
		text_put_escaped(&t, line);
		add_line(log, direction == '>' ? ">h" : "<h", buf, t.len);
	}
}
