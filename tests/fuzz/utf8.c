/* UTF-8: the verdict is that of a decoder written after the table of RFC 3629,
 * 4, in any pieces; and only what needs no escape is let out without one. */
#include <stdlib.h>
#include <string.h>

#include "code/text.h"
#include "code/utf8.h"
#include "fuzz.h"

/* How many bytes the character at p has; 0 if it is none, -1 if only its end
 * is missing. */
static int
character(const uint8_t *p, size_t len)
{
	static const unsigned long least[] = { 0, 0x80, 0x800, 0x10000 };
	int need = *p < 0x80 ? 0 : *p < 0xc2 ? -1 : *p < 0xe0 ? 1 :
	    *p < 0xf0 ? 2 : *p < 0xf5 ? 3 : -1;
	unsigned long low, high;
	int i;

	if (need < 0)
		return 0;
	low = high = need == 0 ? *p : *p & (0x3fu >> need);
	for (i = 1; i <= need; i++) {
		bool there = (size_t)i < len;

		if (there && (p[i] & 0xc0) != 0x80)
			return 0;
		low = low << 6 | (there ? p[i] & 0x3fu : 0);
		high = high << 6 | (there ? p[i] & 0x3fu : 0x3f);
	}
	/* Not one of those that it may still become is allowed? */
	if (high < least[need] || low > 0x10ffff ||
	    (low >= 0xd800 && high <= 0xdfff))
		return 0;
	return (size_t)need < len ? need + 1 : -1;
}

/* The first byte after which no text can be valid. */
static size_t
reference(const uint8_t *p, size_t len, bool *complete)
{
	size_t i, n;

	*complete = true;
	for (i = 0; i < len; i += n) {
		int c = character(p + i, len - i);

		if (c < 0) {
			*complete = false;
			return len;
		}
		if (c == 0) {
			for (n = 1; character(p + i, n) != 0; n++)
				;
			return i + n - 1;
		}
		n = (size_t)c;
	}
	return len;
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	struct ws_utf8 u = { 0, 0, 0 };
	struct input piece;
	size_t done = 0, good;
	uint8_t *copy;

	while (next_piece(&in, manner, &piece)) {
		copy = copy_bytes(piece.p, piece.len);
		good = ws_utf8_check(&u, copy, piece.len);
		CHECK(good <= piece.len);
		if (good == piece.len)
			CHECK(ws_utf8_tail(&u, copy, piece.len) <= 3);
		free(copy);
		done += good;
		if (good < piece.len)
			break;
	}
	trace_number(t, 'n', done);
	trace_number(t, 'c', ws_utf8_complete(&u));
}

static void
check_plain(struct input in)
{
	struct ws_utf8 u = { 0, 0, 0 };
	size_t n, i;
	char out[1024] = "";
	struct text t = { out, sizeof out, 0, false };
	struct slice s = { (const char *)in.p, in.len };

	if (ws_utf8_check(&u, in.p, in.len) == in.len) {
		n = text_plain_run((const char *)in.p, in.len);
		CHECK(n <= in.len);
		for (i = 0; i < n; i++)
			CHECK(in.p[i] >= 0x20 && in.p[i] != '"' &&
			    in.p[i] != '\\' && in.p[i] != 0x7f);
	}
	text_put_escaped(&t, s);
	CHECK(t.len < sizeof out && out[t.len] == '\0');
	for (i = 0; i < t.len; i++)
		CHECK(out[i] >= ' ' && out[i] <= '~');
}

void
fuzz(struct input in)
{
	struct ws_utf8 u = { 0, 0, 0 };
	bool complete;
	size_t good = reference(in.p, in.len, &complete);

	CHECK(ws_utf8_check(&u, in.p, in.len) == good);
	if (good == in.len)
		CHECK(ws_utf8_complete(&u) == complete);
	same_in_any_manner(in, run);
	check_plain(in);
}
