/* Decompression: what is made of any bytes is what zlib makes of them, and the
 * same in any pieces. */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "code/inflate.h"
#include "fuzz.h"

enum { OUT_MAX = 1 << 20 };	/* of 4 KiB of input no more is looked at */

static struct ws_inflate z;

/* What zlib makes of it: the length, and whether it is wrong, or ends.  The
 * window is the largest, as of others zlib does not see when they are left. */
static size_t
reference(struct input in, uint8_t *out, int *verdict)
{
	z_stream s = { 0 };

	CHECK(inflateInit2(&s, -15) == Z_OK);
	s.next_in = (uint8_t *)(uintptr_t)in.p;
	s.avail_in = (unsigned)in.len;
	s.next_out = out;
	s.avail_out = OUT_MAX;
	*verdict = inflate(&s, Z_SYNC_FLUSH);
	inflateEnd(&s);
	return OUT_MAX - s.avail_out;
}

/* What comes of it goes to the trace, up to OUT_MAX bytes. */
static void
unpack(struct trace *t, struct input in, enum manner manner,
    unsigned window_bits)
{
	struct input piece;
	enum ws_inflate_status status = WS_INFLATE_MORE;
	size_t used, done;

	ws_inflate_init(&z, window_bits);
	while (status != WS_INFLATE_WRONG && next_piece(&in, manner, &piece)) {
		uint8_t *copy = copy_bytes(piece.p, piece.len);

		done = 0;
		do {
			status = ws_inflate(&z, copy + done, piece.len - done,
			    &used);
			done += used;
			CHECK(done <= piece.len);
			trace_bytes(t, 'd', z.data, z.data_len);
		} while (status == WS_INFLATE_FULL && t->len <= OUT_MAX);
		free(copy);
		if (t->len > OUT_MAX)
			return;
	}
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	unsigned window_bits = 9 + take_byte(&in) % 7;

	unpack(t, in, manner, window_bits);
	if (t->len > OUT_MAX)
		t->len = OUT_MAX;
	else
		trace_number(t, 'f', z.fault);
}

void
fuzz(struct input in)
{
	static uint8_t out[OUT_MAX];
	struct trace t = { 0 };
	struct input rest = in;
	int verdict;
	size_t len;

	take_byte(&rest);
	len = reference(rest, out, &verdict);
	unpack(&t, rest, WHOLE, 15);
	/* Where zlib ends, behind a final block, another one may follow.  The
	 * trace has a tag before the bytes. */
	if (t.len <= OUT_MAX) {
		CHECK(len == 0 || (t.len - 1 >= len &&
		    memcmp(t.p + 1, out, len) == 0));
		CHECK(verdict != Z_DATA_ERROR || z.fault != WS_INFLATE_FINE);
		CHECK(verdict == Z_STREAM_END || verdict == Z_DATA_ERROR ||
		    (len + 1 >= t.len && (z.fault == WS_INFLATE_FINE ||
		    z.fault == WS_INFLATE_CODE_LENGTHS)));
	}
	free(t.p);
	same_in_any_manner(in, run);
}
