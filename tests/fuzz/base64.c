/* Base64: what is decoded is encoded to the same text, nothing else is taken,
 * in any pieces; and any bytes make the journey.  Held against a decoder
 * written after RFC 4648, 4, with the instructions that this processor has and
 * without. */
#include <stdlib.h>
#include <string.h>

#include "code/base64.h"
#include "cpu.h"
#include "fuzz.h"

static enum ws_simd simd;

static int
digit(uint8_t c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/* Bit by bit. */
static bool
reference(uint8_t *out, size_t *out_len, const uint8_t *text, size_t len)
{
	unsigned bits = 0, count = 0;
	size_t i, pad = 0;

	*out_len = 0;
	if (len % 4 != 0)
		return false;
	while (pad < 2 && len > 0 && text[len - 1] == '=') {
		pad++;
		len--;
	}
	for (i = 0; i < len; i++) {
		int d = digit(text[i]);

		CHECK(ws_base64_is_digit(text[i]) == (d >= 0));
		if (d < 0)
			return false;
		bits = bits << 6 | (unsigned)d;
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[(*out_len)++] = (uint8_t)(bits >> count);
			bits &= (1u << count) - 1;
		}
	}
	return bits == 0 && count == 2 * pad;
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	struct ws_base64_piece state = { .len = 0 };
	struct input piece;
	bool good = true;

	while (good && next_piece(&in, manner, &piece)) {
		uint8_t *text = copy_bytes(piece.p, piece.len);
		uint8_t *out = malloc(3 * (piece.len / 4 + 1));
		size_t n;

		CHECK(out != NULL);
		good = ws_base64_decode_piece(&state, out, &n,
		    (const char *)text, piece.len, simd);
		CHECK(n <= 3 * (piece.len / 4 + 1));
		trace_bytes(t, 'd', out, n);
		free(out);
		free(text);
	}
	/* How much of bad text is decoded before that is told may differ. */
	if (!good)
		t->len = 0;
	trace_number(t, 'g', good && ws_base64_complete(&state));
}

static void
check_decoding(struct input in)
{
	uint8_t *text = copy_bytes(in.p, in.len);
	uint8_t *want = malloc(in.len + 1), *out = malloc(in.len + 1);
	size_t want_len, n;
	bool good = reference(want, &want_len, text, in.len);

	CHECK(want != NULL && out != NULL);
	CHECK(ws_base64_decode(out, &n, (const char *)text, in.len, simd) ==
	    good);
	if (good) {
		CHECK(n == want_len && memcmp(out, want, n) == 0);
		/* In its place, too. */
		CHECK(ws_base64_decode(text, &n, (const char *)text, in.len,
		    simd));
		CHECK(n == want_len && memcmp(text, want, n) == 0);
		free(text);
		text = malloc(in.len + 1);
		ws_base64_encode((char *)text, out, n, simd);
		CHECK(WS_BASE64_LEN(n) == in.len);
		CHECK(memcmp(text, in.p, in.len) == 0);
	}
	free(text);
	free(want);
	free(out);
}

static void
check_journey(struct input in)
{
	char *text = malloc(WS_BASE64_LEN(in.len) + 1);
	uint8_t *out = malloc(in.len + 3);
	size_t n;

	CHECK(text != NULL && out != NULL);
	ws_base64_encode(text, in.p, in.len, simd);
	CHECK(ws_base64_decode(out, &n, text, WS_BASE64_LEN(in.len), simd));
	CHECK(n == in.len && memcmp(out, in.p, n) == 0);
	free(text);
	free(out);
}

static void
check(struct input in, enum ws_simd with)
{
	simd = with;
	check_decoding(in);
	check_journey(in);
	same_in_any_manner(in, run);
}

void
fuzz(struct input in)
{
	check(in, WS_SIMD_NONE);
	check(in, cpu_simd());
}
