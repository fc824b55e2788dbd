/* core: holds the pure functions of common/ against rows of test vectors, and
 * a few things that the tests of the programs need and sh does not have.
 *
 * Rows come on standard input, columns separated by tabs, bytes in the run
 * notation of tests/vectors; what the functions make of them goes to standard
 * output, in the form of the vectors.  Whatever can be fed in pieces is fed
 * whole, byte by byte and in two pieces cut everywhere; where the result is
 * not the same a line says so, and no expectation matches it. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code/base64.h"
#include "code/errortext.h"
#include "code/ipaddress.h"
#include "code/sha1.h"
#include "code/sha256.h"
#include "code/text.h"
#include "code/utf8.h"
#include "core.h"
#include "cpu.h"
#include "http/head.h"
#include "http/host.h"
#include "http/origin.h"
#include "http/seckey.h"
#include "http/url.h"
#include "net/address.h"
#include "net/extorport.h"
#include "net/race.h"
#include "net/sessions.h"
#include "net/socks.h"
#include "ws/closecode.h"
#include "ws/frame.h"
#include "ws/frameline.h"
#include "ws/receiver.h"

static void
put_hex_text(struct text *t, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = bytes;

	if (len == 0)
		text_puts(t, "-");
	for (; len > 0; len--, p++) {
		text_put(t, digits + (*p >> 4), 1);
		text_put(t, digits + (*p & 15), 1);
	}
}

/* A copy that begins at no particular address, so that a checker of memory
 * sees every byte read beyond the end. */
static uint8_t *
copy_of(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		fatal("core: memory");
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

/* Where to cut: everywhere in short input; in long input where headers lie,
 * and at some other places. */
static bool
cut_here(size_t at, size_t len)
{
	return len <= 600 || at <= 32 || len - at <= 32 || at % 4099 == 0;
}

/* -- address -> the same and its text -- */

static void
do_addresses(struct row *r)
{
	while (next_row(r, 1)) {
		struct bytes in = expand(r->column[0]);
		char buf[64];
		struct text t = { buf, sizeof buf, 0, false };

		if (in.len == 4)
			net_put_ipv4(&t, in.p);
		else
			net_put_ipv6(&t, in.p);
		printf("%s\t%s\n", r->column[0], buf);
		free(in.p);
	}
}

/* -- each error number that has words -> number, words -- */

static void
do_errors(struct row *unused)
{
	const char *text;
	int i;

	(void)unused;
	for (i = 1; i < 1000; i++) {
		text = error_text(i);
		if (strcmp(text, "unknown error") != 0)
			printf("%d\t%s\n", i, text);
	}
}

/* -- what messages are put together with -- */

static void
do_format(struct row *unused)
{
	char buf[256], small[8];
	struct text t = { buf, sizeof buf, 0, false };
	struct text s = { small, sizeof small, 0, false };

	(void)unused;
	text_format(&t, "%s|%s|%c|%d|%d|%d|%u|%zu|%llu|%%|%x|%", "", "a b", 'c',
	    0, INT_MAX, INT_MIN, UINT_MAX, (size_t)65536, ULLONG_MAX);
	text_format(&s, "%d-%s", 1234, "5678");
	printf("%s\n%s %d\n", buf, small, s.full);
}

/* -- name alg input -> name digest -- */

static void
do_sha1(struct row *r)
{
	uint8_t digest[WS_SHA1_LEN];

	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);

		ws_sha1(digest, in.p, in.len);
		printf("%s\t", r->column[0]);
		put_hex(digest, sizeof digest);
		putchar('\n');
		free(in.p);
	}
}

/* The digest of what comes in two pieces, the first of n bytes. */
static void
sha256_cut(uint8_t digest[WS_SHA256_LEN], const struct bytes *in, size_t n)
{
	struct ws_sha256 s;

	ws_sha256_begin(&s);
	ws_sha256_add(&s, in->p, n);
	ws_sha256_add(&s, in->p + n, in->len - n);
	ws_sha256_end(&s, digest);
}

static void
do_sha256(struct row *r)
{
	uint8_t digest[WS_SHA256_LEN], cut[WS_SHA256_LEN];
	size_t n;

	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);

		sha256_cut(digest, &in, in.len);
		printf("%s\t", r->column[0]);
		put_hex(digest, sizeof digest);
		for (n = 0; n < in.len && n < 200; n++) {
			sha256_cut(cut, &in, n);
			if (memcmp(cut, digest, sizeof cut) != 0)
				printf(" not so when cut at %zu", n);
		}
		putchar('\n');
		free(in.p);
	}
}

static void
do_hmac(struct row *r)
{
	uint8_t digest[WS_SHA256_LEN];

	while (next_row(r, 3)) {
		struct bytes key = expand(r->column[1]);
		struct bytes in = expand(r->column[2]);

		ws_hmac_sha256(digest, key.p, key.len, in.p, in.len);
		printf("%s\t", r->column[0]);
		put_hex(digest, sizeof digest);
		putchar('\n');
		free(key.p);
		free(in.p);
	}
}

/* -- the Extended ORPort -- */

static const char *
extor_name(enum ws_extor_status status)
{
	switch (status) {
	case WS_EXTOR_MORE: return "more";
	case WS_EXTOR_OPEN: return "open";
	case WS_EXTOR_NO_METHOD: return "no-method";
	case WS_EXTOR_IMPOSTOR: return "impostor";
	case WS_EXTOR_REFUSED: return "refused";
	case WS_EXTOR_DENIED: return "denied";
	case WS_EXTOR_MALFORMED: return "malformed";
	}
	return "?";
}

/* What comes of it: status, what is said, what is left over.  step bytes at a
 * time, behind the first of first bytes; 0 for as many as are wanted. */
static void
talk_extor(struct text *result, const struct ws_extor *start,
    const struct bytes *in, size_t first, size_t step)
{
	struct ws_extor e = *start;
	enum ws_extor_status status = WS_EXTOR_MORE;
	char buf[WS_EXTOR_SAY_MAX];
	struct text say = { buf, sizeof buf, 0, false };
	size_t at = 0, n, used;

	while (status == WS_EXTOR_MORE && at < in->len) {
		uint8_t *copy;

		n = at == 0 && first > 0 ? first : step > 0 ? step :
		    ws_extor_wants(&e);
		if (n > in->len - at)
			n = in->len - at;
		copy = copy_of(in->p + at, n);
		status = ws_extor_take(&e, copy, n, &used, &say);
		free(copy);
		at += used;
		if (status == WS_EXTOR_MORE && used < n)
			text_puts(result, "not all used ");
	}
	text_puts(result, extor_name(status));
	text_puts(result, "\t");
	put_hex_text(result, buf, say.len);
	text_puts(result, "\t");
	text_put_number(result, (unsigned long)(in->len - at));
}

/* Rows: name, cookie file, nonce, address, port, what Tor says. */
static void
do_extor(struct row *r)
{
	char whole[2 * WS_EXTOR_SAY_MAX + 100], other[sizeof whole];
	char address[WS_EXTOR_ADDRESS_MAX + 1];

	while (next_row(r, 6)) {
		struct bytes cookie = expand(r->column[1]);
		struct bytes nonce = expand(r->column[2]);
		struct bytes in = expand(r->column[5]);
		struct text a = { address, sizeof address, 0, false };
		struct text t = { whole, sizeof whole, 0, false };
		struct ws_extor e = { .transport = "websocket" };
		size_t i;

		printf("%s\t", r->column[0]);
		if (!ws_extor_read_cookie(e.key, cookie.p, cookie.len)) {
			puts("no-cookie\t-\t0");
			continue;
		}
		memcpy(e.nonce, nonce.p, sizeof e.nonce);
		if (ws_extor_put_address(&a, r->column[3], r->column[4]))
			e.address = address;
		talk_extor(&t, &e, &in, 0, 0);
		printf("%s", whole);
		for (i = 0; i <= in.len && i < 400; i++) {
			struct text o = { other, sizeof other, 0, false };

			talk_extor(&o, &e, &in, i, i == 0 ? 1 : in.len);
			if (strcmp(whole, other) != 0)
				printf(" not so when cut at %zu: %s", i, other);
		}
		putchar('\n');
		free(cookie.p);
		free(nonce.p);
		free(in.p);
	}
}

/* -- SOCKS -- */

static void
put_socks_request(struct text *t, const struct ws_socks *s)
{
	size_t i;

	text_put_number(t, s->version);
	text_puts(t, " ");
	if (s->type == WS_SOCKS_NAME)
		text_puts(t, s->name);
	else if (s->type == WS_SOCKS_IPV6)
		put_hex_text(t, s->address, 16);
	for (i = 0; s->type == WS_SOCKS_IPV4 && i < 4; i++) {
		text_puts(t, i > 0 ? "." : "");
		text_put_number(t, s->address[i]);
	}
	text_puts(t, " ");
	text_put_number(t, s->port);
	text_puts(t, " ");
	put_hex_text(t, s->args, s->args_len);
}

/* What comes of the bytes: what is said, outcome, what is left over.  first
 * bytes, then step bytes at a time. */
static void
talk_socks(struct text *result, const struct bytes *in, size_t first,
    size_t step)
{
	struct ws_socks s = { .version = 0 };
	enum ws_socks_result got = WS_SOCKS_MORE;
	uint8_t said[4 + WS_SOCKS_REPLY_MAX], *copy;
	size_t at = 0, n = first, used, len = 0;

	while ((got == WS_SOCKS_MORE || got == WS_SOCKS_ANSWER) &&
	    at < in->len) {
		if (n > in->len - at)
			n = in->len - at;
		copy = copy_of(in->p + at, n);
		got = ws_socks_read(&s, copy, n, &used);
		free(copy);
		at += used;
		if (got == WS_SOCKS_MORE && used < n)
			text_puts(result, "not all used ");
		if (got == WS_SOCKS_ANSWER) {
			memcpy(said + len, s.answer, sizeof s.answer);
			len += sizeof s.answer;
		}
		n = step;
	}
	if (got != WS_SOCKS_DONE)
		len += ws_socks_answer(&s, said + len,
		    got == WS_SOCKS_WRONG ? s.reply : WS_SOCKS_FAILURE);
	put_hex_text(result, said, len);
	text_puts(result, "\t");
	if (got == WS_SOCKS_DONE)
		put_socks_request(result, &s);
	else
		text_puts(result, got == WS_SOCKS_WRONG ? s.why : "more");
	text_puts(result, "\t");
	text_put_number(result, (unsigned long)(in->len - at));
}

static void
do_socks(struct row *r)
{
	char whole[4096], other[sizeof whole];

	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);
		struct text t = { whole, sizeof whole, 0, false };
		size_t i;

		talk_socks(&t, &in, in.len, in.len);
		printf("%s\t%s", r->column[0], whole);
		for (i = 0; i < in.len; i++) {
			struct text o = { other, sizeof other, 0, false };

			talk_socks(&o, &in, i > 0 ? i : 1, i > 0 ? in.len : 1);
			if (strcmp(whole, other) != 0)
				printf(" not so when cut at %zu: %s", i, other);
		}
		putchar('\n');
		free(in.p);
	}
}

static void
do_socks_args(struct row *r)
{
	char key[WS_SOCKS_ARGS_MAX + 1], value[WS_SOCKS_ARGS_MAX + 1];
	enum ws_socks_arg got;

	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);
		uint8_t *copy = copy_of(in.p, in.len);
		struct slice rest = { (const char *)copy, in.len };
		const char *blank = "";

		printf("%s\t%s", r->column[0], in.len == 0 ? "-" : "");
		do {
			struct text k = { key, sizeof key, 0, false };
			struct text v = { value, sizeof value, 0, false };

			got = ws_socks_next_arg(&rest, &k, &v);
			if (got == WS_SOCKS_ARG)
				printf("%s%.*s=%.*s", blank, (int)k.len, key,
				    (int)v.len, value);
			else if (got == WS_SOCKS_ARGS_WRONG)
				printf("%swrong", blank);
			blank = " ";
		} while (got == WS_SOCKS_ARG);
		putchar('\n');
		free(copy);
		free(in.p);
	}
}

/* -- name text_hex -> name text, encoded -- */

static void
do_base64(struct row *r)
{
	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);
		char *out = get_memory(WS_BASE64_LEN(in.len));

		ws_base64_encode(out, in.p, in.len, WS_SIMD_NONE);
		printf("%s\t", r->column[0]);
		put_hex((uint8_t *)out, WS_BASE64_LEN(in.len));
		putchar('\n');
		free(out);
		free(in.p);
	}
}

/* -- random data, the fast ways against the plain ones.  No input. */

static uint32_t
random_number(void)
{
	static uint32_t x = 2463534242u;	/* Marsaglia's xorshift */

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void
fill_randomly(uint8_t *p, size_t len)
{
	while (len-- > 0)
		*p++ = (uint8_t)random_number();
}

enum { MUCH = 700, EDGE = 64, GUARD = 0xa5 };

static bool
is_guard(const uint8_t *p, size_t len)
{
	while (len > 0 && *p == GUARD) {
		p++;
		len--;
	}
	return len == 0;
}

/* Decodes in a way, at a place, with nothing written beyond the end; returns
 * how many bytes, and whether the text was good. */
static size_t
decode_at(uint8_t *room, size_t start, const char *text, size_t len,
    enum ws_simd simd, bool *good)
{
	size_t n;

	memset(room, GUARD, MUCH + 2 * EDGE);
	*good = ws_base64_decode(room + start, &n, text, len, simd);
	if (!is_guard(room, start) || !is_guard(room + start + len / 4 * 3,
	    EDGE))
		printf("decoding %zu characters writes elsewhere\n", len);
	return n;
}

static void
decode_both(const char *text, size_t len, enum ws_simd simd)
{
	static uint8_t plain[MUCH + 2 * EDGE], fast[MUCH + 2 * EDGE];
	size_t start = len % 33, n, m;
	bool good, also;

	n = decode_at(plain, start, text, len, WS_SIMD_NONE, &good);
	m = decode_at(fast, start, text, len, simd, &also);
	if (good != also || n != m ||
	    memcmp(plain + start, fast + start, n) != 0)
		printf("decoding differs at length %zu\n", len);
}

/* Each byte that does not belong, at each place, is found in both ways; and
 * where the text lies is no matter. */
static void
spoil_each(char *text, size_t len, enum ws_simd simd)
{
	static uint8_t moved[WS_BASE64_LEN(MUCH) + EDGE];
	size_t i;
	int c;

	for (i = 0; i < len; i++) {
		char kept = text[i];

		for (c = 0; c < 256; c++) {
			text[i] = (char)c;
			decode_both(text, len, simd);
		}
		text[i] = kept;
	}
	for (i = 0; i < EDGE; i++) {
		memcpy(moved + i, text, len);
		decode_both((char *)moved + i, len, simd);
	}
}

static void
do_base64_fast(struct row *unused)
{
	static uint8_t data[MUCH + EDGE];
	static char plain[WS_BASE64_LEN(MUCH)], fast[WS_BASE64_LEN(MUCH) + EDGE];
	enum ws_simd simd = cpu_simd();
	size_t len, size;

	(void)unused;
	for (len = 0; len <= MUCH; len++) {
		uint8_t *room, *p;

		size = WS_BASE64_LEN(len);
		fill_randomly(data, sizeof data);
		room = copy_of(data, len % 33 + len);
		p = room + len % 33;
		memset(fast, GUARD, sizeof fast);
		ws_base64_encode(plain, p, len, WS_SIMD_NONE);
		ws_base64_encode(fast, p, len, simd);
		if (memcmp(plain, fast, size) != 0 ||
		    !is_guard((uint8_t *)fast + size, EDGE))
			printf("encoding differs at length %zu\n", len);
		decode_both(plain, size, simd);
		if (len % 7 == 0 && len < 120)
			spoil_each(plain, size, simd);
		/* In place, too. */
		if (!ws_base64_decode((uint8_t *)fast, &size, fast, size,
		    simd) || memcmp(fast, p, len) != 0)
			printf("decoding in place, length %zu\n", len);
		free(room);
	}
	puts("done");
}

/* -- name bytes -> name verdict fail_at -- */

struct utf8_result {
	const char *verdict;
	size_t fail_at;
};

/* In pieces: up to first, then of step bytes. */
static struct utf8_result
check_utf8(struct bytes in, size_t first, size_t step)
{
	struct utf8_result result = { "invalid", 0 };
	struct ws_utf8 u = { 0, 0, 0 };
	size_t done = 0;

	while (done < in.len) {
		size_t n = done < first ? first - done : step;
		uint8_t *piece;
		size_t good;

		if (n > in.len - done)
			n = in.len - done;
		piece = copy_of(in.p + done, n);
		good = ws_utf8_check(&u, piece, n);
		if (good == n && ws_utf8_tail(&u, piece, n) > 3)
			good = n + 1;
		free(piece);
		result.fail_at = done + good;
		if (good != n)
			return result;
		done += n;
	}
	result.verdict = ws_utf8_complete(&u) ? "valid" : "truncated";
	return result;
}

static void
do_utf8(struct row *r)
{
	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);
		struct utf8_result whole = check_utf8(in, 0, in.len);
		size_t first, step;

		printf("%s\t%s\t", r->column[0], whole.verdict);
		if (strcmp(whole.verdict, "valid") == 0)
			puts("-");
		else
			printf("%zu\n", whole.fail_at);
		for (first = 0; first < in.len; first++)
			for (step = 1; step <= in.len; step++) {
				struct utf8_result cut =
				    check_utf8(in, first, step);

				if (cut.verdict == whole.verdict &&
				    cut.fail_at == whole.fail_at)
					continue;
				printf("%s\tcut at %zu, then every %zu: "
				    "%s\t%zu\n", r->column[0], first, step,
				    cut.verdict, cut.fail_at);
			}
		free(in.p);
	}
}

/* Every sequence of up to three bytes, and of four that begin with f0-f4,
 * against the table of RFC 3629, 4 written as a decoder.  No input. */
static bool
decodes(const uint8_t *p, size_t len)
{
	static const unsigned long least[] = { 0, 0x80, 0x800, 0x10000 };
	size_t i, need;
	unsigned long value;

	while (len > 0) {
		need = *p < 0x80 ? 0 : *p < 0xc0 ? 9 : *p < 0xe0 ? 1 :
		    *p < 0xf0 ? 2 : *p < 0xf8 ? 3 : 9;
		if (need >= len)
			return false;
		value = need == 0 ? *p : *p & (0x3fu >> need);
		for (i = 1; i <= need; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			value = value << 6 | (p[i] & 0x3f);
		}
		if (value < least[need] || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return false;
		p += need + 1;
		len -= need + 1;
	}
	return true;
}

/* A character of two to four bytes, or of one where the number says so. */
static size_t
put_character(uint8_t *p, uint32_t number)
{
	static const uint32_t least[] = { 0x20, 0x80, 0x800, 0x10000 },
	    count[] = { 0x5f, 0x780, 0xd000, 0x100000 };
	size_t kind = number % 4, i;
	uint32_t value = least[kind] + (number >> 2) % count[kind];

	if (kind == 0) {
		*p = (uint8_t)value;
		return 1;
	}
	for (i = kind; i > 0; i--, value >>= 6)
		p[i] = (uint8_t)(0x80 | (value & 0x3f));
	p[0] = (uint8_t)(0xff00u >> (kind + 1) | value);
	return kind + 1;
}

/* Text of many blocks is judged as byte by byte. */
static void
compare_utf8(uint8_t *text, size_t len, const char *what)
{
	struct bytes all = { text, len };
	struct utf8_result whole = check_utf8(all, 0, len);
	struct utf8_result plain = check_utf8(all, 0, 1);
	struct utf8_result cut = check_utf8(all, random_number() % len, len);

	if (whole.verdict != plain.verdict || whole.fail_at != plain.fail_at ||
	    cut.verdict != plain.verdict || cut.fail_at != plain.fail_at)
		printf("%s: %s at %zu, byte by byte %s at %zu\n", what,
		    whole.verdict, whole.fail_at, plain.verdict,
		    plain.fail_at);
}

/* Text of random characters, in stretches that are ASCII and that are not. */
static size_t
put_characters(uint8_t *p, size_t size)
{
	size_t n = 0;
	uint32_t stretch = 0, ascii = 0;

	while (n + 4 <= size) {
		if (stretch-- == 0) {
			stretch = random_number() % 150;
			ascii = random_number() % 2;
		}
		n += put_character(p + n,
		    ascii ? random_number() & ~3u : random_number());
	}
	return n;
}

static void
do_utf8_fast(struct row *unused)
{
	static uint8_t text[MUCH];
	unsigned round;
	size_t len, i;

	(void)unused;
	for (round = 0; round < 8; round++) {
		len = put_characters(text, sizeof text);
		compare_utf8(text, len, "valid text");
		for (i = 0; i < len; i++) {
			uint8_t kept = text[i];

			text[i] = (uint8_t)random_number();
			compare_utf8(text, len, "a byte changed");
			text[i] = (uint8_t)(0xc0 | random_number() % 0x40);
			compare_utf8(text, len, "a character begun");
			text[i] = kept;
			compare_utf8(text, i + 1, "text cut");
		}
	}
	puts("done");
}

static bool
utf8_agrees(const uint8_t *p, size_t len)
{
	struct ws_utf8 u = { 0, 0, 0 };

	return decodes(p, len) ==
	    (ws_utf8_check(&u, p, len) == len && ws_utf8_complete(&u));
}

static void
do_utf8_all(struct row *unused)
{
	/* Behind eight ASCII bytes the quick way ends in the middle. */
	uint8_t text[12] = "abcdefgh";
	uint32_t n;
	size_t len, pad;

	(void)unused;
	for (len = 1; len <= 4; len++)
		for (n = 0; n < (len < 4 ? 1u << 8 * len : 0x05000000u); n++) {
			/* Of the long ones, those with bytes near bounds. */
			if (len == 4 && (n & 0x0f) != 0 && (n & 0x0f) != 0x0f)
				continue;
			if (len == 4 && (n & 0x0f00) != 0 &&
			    (n & 0x0f00) != 0x0f00)
				continue;
			for (pad = 0; pad < len; pad++)
				text[8 + pad] = (uint8_t)(n >>
				    8 * (len - 1 - pad));
			if (len == 4)
				text[8] = (uint8_t)(text[8] + 0xf0);
			if (!utf8_agrees(text + 8, len) ||
			    (len < 3 && !utf8_agrees(text, 8 + len)))
				printf("wrong about %zu bytes %08lx\n", len,
				    (unsigned long)n);
		}
	puts("done");
}

/* -- code -> code receive -- */

static void
do_close_codes(struct row *r)
{
	while (next_row(r, 1)) {
		unsigned long n = strtoul(r->column[0], NULL, 10);
		uint8_t payload[2] = { (uint8_t)(n >> 8), (uint8_t)n };
		unsigned code = 0;
		bool ok = ws_close_decode(payload, 2, &code) == WS_CLOSE_OK;

		if (ok != ws_close_code_valid((unsigned)n) ||
		    (ok && code != n))
			printf("%lu\tdecoded as %u\n", n, code);
		printf("%lu\t%s\n", n, ok ? "ok" : "fail");
	}
}

/* The ranges of codes that may be received.  No input. */
static void
do_close_ranges(struct row *unused)
{
	unsigned n;

	(void)unused;
	for (n = 0; n <= 65536; n++) {
		bool valid = n < 65536 && ws_close_code_valid(n);

		if (valid && !ws_close_code_valid(n - 1))
			printf("%u-", n);
		if (!valid && n > 0 && ws_close_code_valid(n - 1))
			printf("%u\n", n - 1);
	}
}

/* -- name key -> name accept -- */

static void
do_accept(struct row *r)
{
	char accept[WS_ACCEPT_LEN];

	while (next_row(r, 2)) {
		struct slice key = slice_of(r->column[1]);

		ws_accept_encode(accept, key);
		printf("%s\t%.*s%s\n", r->column[0], WS_ACCEPT_LEN, accept,
		    ws_key_valid(key) ? "" : "\tbut not a valid key");
	}
}

/* -- addresses: ours against inet_pton(3), on words put together by chance -- */

static void
put_words(struct text *t)
{
	static const char *const words[] = { "0", "1", "ffff", "12345", "::", ":",
	    ":", ":", ":1", ":2", ":fe80", "1.2.3.4", "255", "256", "01", ".",
	    ".1", ".20", "g" };
	int count = 1 + rand() % 10;

	while (count-- > 0)
		text_puts(t, words[(size_t)rand() % (sizeof words /
		    sizeof words[0])]);
}

static void
do_ip_addresses(struct row *r)
{
	long tries, good = 0;

	(void)r;
	for (tries = 0; tries < 1000000; tries++) {
		char buf[128];
		struct text t = { buf, sizeof buf, 0, false };
		uint8_t ours[16], theirs[16];
		bool v6, v4;

		put_words(&t);
		v6 = ip_read_v6(ours, slice_of(buf));
		if (v6 != (inet_pton(AF_INET6, buf, theirs) == 1) ||
		    (v6 && memcmp(ours, theirs, 16) != 0))
			printf("IPv6 %s\n", buf);
		good += v6;
		v4 = ip_read_v4(ours, slice_of(buf));
		if (v4 != (inet_pton(AF_INET, buf, theirs) == 1) ||
		    (v4 && memcmp(ours, theirs, 4) != 0))
			printf("IPv4 %s\n", buf);
		good += v4;
	}
	printf("%s of them are addresses\n", good > 1000 ? "many" : "few");
}

/* -- name families outcomes deadline -> name course of the race --
 *
 * Families are a digit for each address; outcomes, for each, when after its start
 * it fails ("f10") or answers ("a10"), or "-": never.  The course tells when
 * each was started (place@ms), and the end. */

struct runner {
	bool answers, ended;
	int64_t ms, end;
};

static void
parse_runners(struct runner *runner, char *outcomes)
{
	char *word;

	for (word = strtok(outcomes, " "); word != NULL;
	    word = strtok(NULL, " "), runner++) {
		memset(runner, 0, sizeof *runner);
		runner->answers = *word == 'a';
		runner->ms = *word == '-' ? INT32_MAX : atol(word + 1);
	}
}

/* Lets time pass until something happens; true if the race has ended. */
static bool
race_on(struct ws_race *race, struct runner *runner, const size_t *order,
    int64_t *now, int64_t until)
{
	size_t i;

	for (i = 0; i < race->started; i++)
		if (!runner[order[i]].ended && runner[order[i]].end < until)
			until = runner[order[i]].end;
	*now = until;
	for (i = 0; i < race->started; i++) {
		struct runner *r = &runner[order[i]];

		if (r->ended || r->end > *now)
			continue;
		if (r->answers) {
			printf(" won %zu@%ld\n", order[i], (long)*now);
			return true;
		}
		r->ended = true;
		ws_race_failed(race, *now);
	}
	return false;
}

static void
run_race(const char *families, struct runner *runner, int64_t deadline)
{
	struct ws_race race = { .count = strlen(families) };
	int family[WS_RACE_MAX];
	size_t order[WS_RACE_MAX], i;
	int64_t now = 0, until;

	for (i = 0; i < race.count; i++)
		family[i] = families[i];
	ws_race_order(order, family, race.count);
	for (;;) {
		switch (ws_race_next(&race, now, &until)) {
		case WS_RACE_LOST:
			printf(" lost@%ld\n", (long)now);
			return;
		case WS_RACE_START:
			i = order[race.started];
			printf(" %zu@%ld", i, (long)now);
			runner[i].end = now + runner[i].ms;
			ws_race_started(&race, now);
			break;
		case WS_RACE_WAIT:
			if (until > deadline)
				until = deadline;
			if (race_on(&race, runner, order, &now, until))
				return;
			if (now >= deadline) {
				printf(" late@%ld\n", (long)now);
				return;
			}
		}
	}
}

static void
do_races(struct row *r)
{
	struct runner runner[WS_RACE_MAX];

	while (next_row(r, 4)) {
		parse_runners(runner, r->column[2]);
		printf("%s\t", r->column[0]);
		run_race(r->column[1], runner, atol(r->column[3]));
	}
}

/* -- name url_hex -> name verdict secure host port resource host_field -- */

static void
do_urls(struct row *r)
{
	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);
		struct slice url = { (char *)copy_of(in.p, in.len), in.len };
		char resource[1024], host_field[512];
		struct text t = { resource, sizeof resource, 0, false };
		struct text h = { host_field, sizeof host_field, 0, false };
		struct ws_url u;

		memset(&u, 0, sizeof u);
		if (ws_url_parse(&u, url) != WS_URL_OK) {
			printf("%s\terror\t-\t-\t-\t-\t-\n", r->column[0]);
		} else {
			ws_url_put_resource(&t, &u);
			ws_url_put_host(&h, &u);
			printf("%s\tok\t%d\t%s\t%u\t%s\t%s\n", r->column[0],
			    u.secure, u.host, u.port, resource, host_field);
		}
		free((char *)url.p);
		free(in.p);
	}
}

/* -- name kind value_hex -> name verdict -- */

static bool
argument_ok(const char *kind, struct slice value)
{
	if (strcmp(kind, "header") == 0)
		return http_is_field_line(value);
	if (strcmp(kind, "subprotocol") == 0)
		return http_is_token(value);
	if (strcmp(kind, "origin") == 0)
		return ws_origin_valid(value);
	if (strcmp(kind, "basic") == 0)
		return http_is_basic(value);
	printf("unknown kind %s\n", kind);
	return false;
}

static void
do_args(struct row *r)
{
	while (next_row(r, 3)) {
		struct bytes in = expand(r->column[2]);
		struct slice value = { (char *)copy_of(in.p, in.len), in.len };

		printf("%s\t%s\n", r->column[0],
		    argument_ok(r->column[1], value) ? "ok" : "error");
		free((char *)value.p);
		free(in.p);
	}
}

/* -- name origin host -> name same|other -- */

static void
do_origins(struct row *r)
{
	while (next_row(r, 3))
		printf("%s\t%s\n", r->column[0],
		    ws_origin_is_host(slice_of(r->column[1]),
		    slice_of(r->column[2])) ? "same" : "other");
}

/* -- name host "local" or served -> name served|other|invalid -- */

static void
do_hosts(struct row *r)
{
	while (next_row(r, 3)) {
		const char *name = r->column[2];
		struct string_list names = { &name, 1 };
		struct slice host = slice_of(r->column[1]);
		bool local = strcmp(name, "local") == 0, served;

		served = local ? ws_host_is_local(host) :
		    ws_host_served(host, names);
		printf("%s\t%s\n", r->column[0],
		    !local && !ws_served_valid(slice_of(name)) ? "invalid" :
		    served ? "served" : "other");
	}
}

/* -- name origin rule -> name in|out, or the rule's fault -- */

static const char *
judge_origin_rule(struct slice origin, struct slice rule)
{
	switch (ws_check_origin_rule(rule)) {
	case WS_ORIGIN_OK:
		return ws_origin_matches(origin, rule) ? "in" : "out";
	case WS_ORIGIN_CHARACTER: return "character";
	case WS_ORIGIN_LIST: return "list";
	case WS_ORIGIN_WILDCARD: return "wildcard";
	case WS_ORIGIN_NO_SCHEME: return "scheme";
	case WS_ORIGIN_PATH: return "path";
	case WS_ORIGIN_HOST: return "host";
	}
	return "unknown";
}

static void
do_origin_rules(struct row *r)
{
	while (next_row(r, 3))
		printf("%s\t%s\n", r->column[0],
		    judge_origin_rule(slice_of(r->column[1]),
		    slice_of(r->column[2])));
}

/* -- name opcode fin key payload -> name wire -- */

static void
do_encode(struct row *r)
{
	while (next_row(r, 5)) {
		struct bytes key = expand(r->column[3]);
		struct bytes payload = expand(r->column[4]);
		struct ws_header h, back;
		uint8_t out[WS_HEADER_MAX];
		size_t n;

		memset(&h, 0, sizeof h);
		h.opcode = (uint8_t)strtoul(r->column[1], NULL, 10);
		h.fin = r->column[2][0] == '1';
		h.masked = key.len == 4;
		h.payload_len = payload.len;
		if (h.masked) {
			memcpy(h.masking_key, key.p, 4);
			ws_mask(payload.p, payload.len, key.p, 0);
		}
		n = ws_header_encode(out, &h);
		ws_header_decode(&back, out, n);
		if (n != ws_header_size(out[1]) || back.fin != h.fin ||
		    back.opcode != h.opcode || back.masked != h.masked ||
		    back.payload_len != h.payload_len || back.rsv != 0 ||
		    memcmp(back.masking_key, h.masking_key, 4) != 0)
			printf("%s\tnot read back\n", r->column[0]);
		printf("%s\t", r->column[0]);
		put_hex(out, n);
		if (payload.len > 0)
			put_hex(payload.p, payload.len);
		putchar('\n');
		free(key.p);
		free(payload.p);
	}
}

/* The wide masking against the definition of RFC 6455, 5.3, on random data,
 * at every alignment, length and offset that could matter.  No input. */
static void
mask_once(size_t start, size_t len, uint64_t offset)
{
	enum { ROOM = 400 };
	uint8_t wide[ROOM], plain[ROOM], key[4];
	size_t i;

	fill_randomly(key, sizeof key);
	fill_randomly(wide, sizeof wide);
	memcpy(plain, wide, sizeof plain);
	for (i = 0; i < len; i++)
		plain[start + i] ^= key[(offset + i) % 4];
	ws_mask(wide + start, len, key, offset);
	if (memcmp(wide, plain, ROOM) != 0)
		printf("wrong at alignment %zu, length %zu, offset %llu\n",
		    start, len, (unsigned long long)offset);
}

static void
do_mask(struct row *unused)
{
	size_t start, len, offset;

	(void)unused;
	for (start = 0; start < 32; start++)
		for (len = 0; len <= 300; len++)
			for (offset = 0; offset < 8; offset++)
				mask_once(start, len, offset);
	for (len = 0; len < 40; len++)
		for (offset = 0; offset < 8; offset++) {
			mask_once(1, len, UINT64_C(0xfffffffffffffffc) -
			    offset);
			mask_once(2, len, UINT64_C(0x100000000) + offset);
		}
	puts("done");
}

/* -- name sender mode limit wire -> name events code -- */

struct events {
	struct text text;
	struct bytes message;	/* so far */
	unsigned code;		/* of a violation */
	uint64_t frame, offset;	/* where it was */
};

static void
put_event(struct events *e, const char *name, const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	text_puts(&e->text, e->text.len > 0 ? " " : "");
	text_puts(&e->text, name);
	if (p == NULL)
		return;
	text_puts(&e->text, len == 0 ? "-" : "");
	for (i = 0; i < len; i++) {
		char c[2] = { digits[p[i] >> 4], digits[p[i] & 15] };

		text_put(&e->text, c, 2);
	}
}

static void
note_control(struct events *e, const struct ws_receiver *r)
{
	char name[32];

	if (r->header.opcode == WS_CLOSE) {
		sprintf(name, "close=%u,", r->close_code);
		put_event(e, name, r->control + (r->control_len > 1 ? 2 : 0),
		    r->control_len > 1 ? r->control_len - 2 : 0);
	} else {
		put_event(e, r->header.opcode == WS_PING ? "ping=" : "pong=",
		    r->control, r->control_len);
	}
}

static void
note_event(struct events *e, const struct ws_receiver *r, enum ws_event event)
{
	switch (event) {
	case WS_NEED_MORE:
	case WS_FRAME_BEGIN:
		break;
	case WS_PAYLOAD:
		memcpy(e->message.p + e->message.len, r->data, r->data_len);
		e->message.len += r->data_len;
		break;
	case WS_FRAME_END:
		if (!r->header.fin)
			break;
		put_event(e, r->refuse_text ? "data=" :
		    e->message.p[0] == WS_TEXT ? "text=" : "binary=",
		    e->message.p + 1, e->message.len - 1);
		e->message.len = 1;
		break;
	case WS_CONTROL:
		note_control(e, r);
		break;
	case WS_VIOLATION:
		put_event(e, "fail", NULL, 0);
		e->code = ws_violation_code(r->violation);
		e->frame = r->frames;
		e->offset = r->frame_offset;
		break;
	}
}

/* The pieces are copies that end where the piece ends.  The opcode of a
 * message is its first byte in e->message. */
static void
receive_piece(struct events *e, struct ws_receiver *r, const uint8_t *in,
    size_t len)
{
	uint8_t *piece = copy_of(in, len);
	size_t done = 0, used;
	enum ws_event event;

	do {
		event = ws_receive(r, piece + done, len - done, &used);
		done += used;
		if (event == WS_FRAME_BEGIN && r->header.opcode != 0)
			e->message.p[0] = r->header.opcode;
		note_event(e, r, event);
	} while (event != WS_NEED_MORE && event != WS_VIOLATION);
	free(piece);
}

static void
receive_all(struct events *e, struct ws_receiver *r, struct bytes in,
    size_t first, size_t step)
{
	size_t done = 0;

	e->text.len = 0;
	e->message.len = 1;
	e->code = 0;
	while (done < in.len && e->code == 0) {
		size_t n = done < first ? first - done : step;

		if (n > in.len - done)
			n = in.len - done;
		receive_piece(e, r, in.p + done, n);
		done += n;
	}
	if (e->code != 0 || strstr(e->text.buf, "close=") != NULL)
		return;
	if (ws_receiver_in_frame(r))
		put_event(e, "partial", NULL, 0);
	else if (!ws_receiver_idle(r))
		put_event(e, "unfinished", NULL, 0);
	else if (r->frames == 0)
		put_event(e, "eof", NULL, 0);
}

static void
set_rules(struct ws_receiver *rules, struct row *r)
{
	memset(rules, 0, sizeof *rules);
	rules->masking = strcmp(r->column[1], "client") == 0 ?
	    WS_MASKING_REQUIRED : WS_MASKING_FORBIDDEN;
	rules->refuse_text = strcmp(r->column[2], "binary") == 0;
	rules->message_max = strtoull(r->column[3], NULL, 10);
}

static struct events
new_events(size_t wire_len)
{
	struct events e;

	memset(&e, 0, sizeof e);
	e.text.size = 3 * wire_len + 100;
	e.text.buf = get_memory(e.text.size);
	e.message.p = get_memory(wire_len + 1);
	return e;
}

static void
do_receive(struct row *r)
{
	struct ws_receiver rules, receiver;

	while (next_row(r, 5)) {
		struct bytes in = expand(r->column[4]);
		struct events whole = new_events(in.len);
		struct events cut = new_events(in.len);
		size_t first, step;

		set_rules(&rules, r);
		receiver = rules;
		receive_all(&whole, &receiver, in, 0, in.len);
		printf("%s\t%s\t%u\n", r->column[0], whole.text.buf,
		    whole.code);
		for (first = 0; first < in.len; first++) {
			if (!cut_here(first, in.len))
				continue;
			step = first == 0 ? 1 : in.len;
			receiver = rules;
			receive_all(&cut, &receiver, in, first, step);
			if (strcmp(cut.text.buf, whole.text.buf) != 0 ||
			    cut.code != whole.code ||
			    cut.frame != whole.frame ||
			    cut.offset != whole.offset)
				printf("%s\tcut at %zu, then every %zu: "
				    "%s\t%u\n", r->column[0], first, step,
				    cut.text.buf, cut.code);
		}
		free(whole.text.buf);
		free(whole.message.p);
		free(cut.text.buf);
		free(cut.message.p);
		free(in.p);
	}
}

/* -- random streams, received the fast ways and byte by byte.  No input. */

enum { FRAMES = 12, STREAM = FRAMES * (WS_HEADER_MAX + 70000) };

/* What a stream turns into, as unmasked frames. */
struct outcome {
	uint8_t *out;
	size_t len;
	struct ws_receiver r;
};

static void
put_outcome(struct outcome *o, const uint8_t *p, size_t len)
{
	memcpy(o->out + o->len, p, len);
	o->len += len;
}

static void
put_outcome_header(struct outcome *o)
{
	struct ws_header h = o->r.header;
	uint8_t raw[WS_HEADER_MAX];

	h.masked = false;
	h.form = 0;
	put_outcome(o, raw, ws_header_encode(raw, &h));
}

/* A frame, lawful as a rule, small as a rule. */
static size_t
put_any_frame(uint8_t *p)
{
	static const uint8_t opcodes[] = { WS_BINARY, WS_BINARY, WS_BINARY,
	    WS_BINARY, WS_TEXT, WS_TEXT, WS_CONTINUATION, WS_PING };
	static const uint32_t sizes[] = { 8, 64, 126, 140, 300, 70000 };
	struct ws_header h = { .opcode = opcodes[random_number() % 8],
	    .payload_len = random_number() % sizes[random_number() % 6],
	    .fin = random_number() % 8 != 0,
	    .masked = random_number() % 2 != 0 };
	size_t n, i;

	if (h.opcode == WS_PING)
		h.payload_len %= WS_CONTROL_MAX + 1;
	if (random_number() % 64 == 0)
		h.rsv = 1;
	if (random_number() % 64 == 0)
		h.form = 64;
	fill_randomly(h.masking_key, sizeof h.masking_key);
	n = ws_header_encode(p, &h);
	for (i = 0; i < h.payload_len; i++)
		p[n + i] = (uint8_t)(random_number() % 128);
	if (h.payload_len > 0 && random_number() % 16 == 0)
		p[n + random_number() % h.payload_len] = 0xff;
	if (h.masked)
		ws_mask(p + n, (size_t)h.payload_len, h.masking_key, 0);
	return n + (size_t)h.payload_len;
}

/* The bytes that only ws_receive handles, until it asks for more. */
static size_t
receive_plainly(struct outcome *o, uint8_t *in, size_t len,
    enum ws_event *event)
{
	size_t used;

	*event = ws_receive(&o->r, in, len, &used);
	if (*event == WS_FRAME_BEGIN)
		put_outcome_header(o);
	else if (*event == WS_PAYLOAD)
		put_outcome(o, o->r.data, o->r.data_len);
	return used;
}

static void
receive_slowly(struct outcome *o, uint8_t *in, size_t len)
{
	enum ws_event event = WS_NEED_MORE;
	size_t i, used;

	for (i = 0; i < len && event != WS_VIOLATION; i++)
		for (used = 0;; ) {
			used += receive_plainly(o, in + i + used, 1 - used,
			    &event);
			if (event == WS_NEED_MORE || event == WS_VIOLATION)
				break;
		}
}

/* Whole messages and what may pass unseen; the run is made in its place, as
 * ws-frame does, or behind what was there, as ws-deframe does. */
static size_t
receive_runs(struct outcome *o, uint8_t *in, size_t len)
{
	struct ws_run run = { .max = random_number() % 5 };
	uint64_t unseen = ws_receive_unseen(&o->r);
	size_t used;

	if (unseen > 0 && random_number() % 2 != 0) {
		used = unseen < len ? (size_t)unseen : len;
		put_outcome(o, in, used);
		ws_receive_pass(&o->r, used);
		return used;
	}
	if (random_number() % 2 != 0) {
		ws_receive_run(&o->r, &run, in, len, in, true);
		put_outcome(o, in, run.out_len);
		return run.used;
	}
	if (!ws_receive_message(&o->r, in, len, &used))
		return 0;
	put_outcome_header(o);
	put_outcome(o, o->r.data, o->r.data_len);
	return used;
}

static void
receive_quickly(struct outcome *o, uint8_t *in, size_t len)
{
	enum ws_event event = WS_NEED_MORE;
	size_t used;

	while (len > 0 && event != WS_VIOLATION) {
		size_t n = 1 + random_number() % (len < 3000 || len % 2 == 0 ?
		    len : 3000);

		len -= n;
		do {
			used = receive_runs(o, in, n);
			in += used;
			n -= used;
			used = receive_plainly(o, in, n, &event);
			in += used;
			n -= used;
		} while (event != WS_VIOLATION &&
		    (event != WS_NEED_MORE || n > 0));
	}
}

static bool
same_outcome(const struct outcome *a, const struct outcome *b)
{
	return a->len == b->len && memcmp(a->out, b->out, a->len) == 0 &&
	    a->r.violation == b->r.violation && a->r.frames == b->r.frames &&
	    a->r.offset == b->r.offset && a->r.state == b->r.state &&
	    (a->r.violation == WS_OK || a->r.frame_offset == b->r.frame_offset);
}

static void
do_receive_fast(struct row *unused)
{
	static uint8_t wire[STREAM], copy[STREAM];
	static uint8_t slow_out[STREAM], fast_out[STREAM];
	int i, k;

	(void)unused;
	for (i = 0; i < 1500; i++) {
		struct outcome slow = { .out = slow_out };
		struct outcome fast = { .out = fast_out };
		size_t len = 0;

		for (k = 0; k < FRAMES; k++)
			len += put_any_frame(wire + len);
		if (random_number() % 4 == 0)
			slow.r.message_max = 100;
		slow.r.refuse_text = random_number() % 4 == 0;
		slow.r.refuse_binary = random_number() % 16 == 0;
		fast.r = slow.r;
		memcpy(copy, wire, len);
		receive_slowly(&slow, copy, len);
		memcpy(copy, wire, len);
		receive_quickly(&fast, copy, len);
		if (!same_outcome(&slow, &fast))
			printf("stream %d is received differently\n", i);
	}
	puts("done");
}

/* -- name wire -> name, and what each proper prefix is: nothing, if the
 * receiver asks for more after each of them and is not idle -- */

static void
do_prefixes(struct row *r)
{
	while (next_row(r, 2)) {
		struct bytes in = expand(r->column[1]);
		size_t len;

		printf("%s\n", r->column[0]);
		for (len = 1; len < in.len; len++) {
			struct events e = new_events(in.len);
			struct ws_receiver receiver;

			memset(&receiver, 0, sizeof receiver);
			receive_piece(&e, &receiver, in.p, len);
			if (e.code != 0 || !ws_receiver_in_frame(&receiver) ||
			    ws_receiver_idle(&receiver))
				printf("%s\tnot incomplete after %zu bytes\n",
				    r->column[0], len);
			free(e.text.buf);
			free(e.message.p);
		}
		free(in.p);
	}
}

/* -- lines of the control channel -> the same lines as written by us -- */

static void
do_lines(struct row *r)
{
	char out[WS_CONTROL_LINE_MAX + 1];
	struct ws_frameline line;
	ssize_t n;

	while ((n = getline(&r->line, &r->size, stdin)) > 0) {
		struct text t = { out, sizeof out, 0, false };

		if (!parse_order(&line, r->line, (size_t)n - 1)) {
			puts("error");
			continue;
		}
		if (line.kind == WS_FRAMELINE_END)
			ws_frameline_put_end(&t, line.status, line.payload,
			    line.payload_len);
		else if (line.kind == WS_FRAMELINE_STATUS)
			ws_frameline_put_status(&t, line.status);
		else if (line.received)
			ws_frameline_put_received(&t, line.payload,
			    line.payload_len);
		else if (line.kind == WS_FRAMELINE_FRAME)
			ws_frameline_put_control(&t, line.header.opcode,
			    line.when, line.payload, line.payload_len);
		else
			text_puts(&t, line.kind == WS_FRAMELINE_DONE ?
			    "done\n" : "\n");
		fputs(t.full ? "too long\n" : out, stdout);
	}
}

/* -- the same -> each as: order, Close code or status, payload -- */

static void
do_orders(struct row *unused)
{
	(void)unused;
	print_orders(stdin);
	putchar('\n');
}

/* -- file skip_empty -> file, more|complete|line|head, bytes used -- */

static enum http_scan_result
scan_pieces(struct bytes in, bool skip_empty, size_t first, size_t step,
    size_t *done)
{
	enum http_scan_result result = HTTP_MORE;
	struct http_scan s;

	memset(&s, 0, sizeof s);
	s.skip_empty = skip_empty;
	*done = 0;
	while (*done < in.len && result == HTTP_MORE) {
		size_t n = *done < first ? first - *done : step;
		uint8_t *piece;
		size_t used;

		if (n > in.len - *done)
			n = in.len - *done;
		piece = copy_of(in.p + *done, n);
		result = http_scan(&s, (char *)piece, n, &used);
		free(piece);
		*done += used;
	}
	return result;
}

static void
do_scan(struct row *r)
{
	static const char *const names[] = { "more", "complete", "line",
	    "head" };

	while (next_row(r, 2)) {
		struct bytes in = read_file(r->column[0]);
		bool skip = r->column[1][0] == '1';
		size_t first, whole_used, used;
		enum http_scan_result whole =
		    scan_pieces(in, skip, 0, in.len, &whole_used), cut;

		printf("%s\t%s\t%zu\n", r->column[0], names[whole],
		    whole_used);
		for (first = 0; first < in.len; first++) {
			if (!cut_here(first, in.len))
				continue;
			cut = scan_pieces(in, skip, first,
			    first == 0 ? 1 : in.len, &used);
			if (cut != whole || used != whole_used)
				printf("%s\tcut at %zu: %s\t%zu\n",
				    r->column[0], first, names[cut], used);
		}
		free(in.p);
	}
}

/* -- sessions: name, most, each, events -> name, what comes of each event --
 *
 * An event is the address of one that comes, or -N: the Nth ends.  What comes
 * of it is its number, or why it may not come; or the number of the one that
 * has ended. */

static const char *
come(struct ws_sessions *s, const char *hex, char number[24])
{
	struct bytes address = expand(hex);
	uint64_t network = address.len == 4 ? ws_network_of_ipv4(address.p) :
	    address.len == 16 ? ws_network_of_ipv6(address.p) : WS_UNCOUNTED;

	free(address.p);
	if (ws_sessions_full(s))
		return "full";
	if (ws_sessions_has_share(s, network))
		return "share";
	ws_sessions_add(s, (int64_t)s->number + 1001, network, 0);
	snprintf(number, 24, "%d", (int)s->number);
	return number;
}

static void
do_sessions(struct row *r)
{
	while (next_row(r, 4)) {
		struct ws_session list[16], ended;
		struct ws_sessions s = { .list = list };
		char *event, number[24];

		s.most = (size_t)atoi(r->column[1]);
		s.each = (size_t)atoi(r->column[2]);
		printf("%s\t", r->column[0]);
		for (event = strtok(r->column[3], " "); event != NULL;
		    event = strtok(NULL, " ")) {
			if (event != r->column[3])
				putchar(' ');
			if (event[0] != '-')
				fputs(come(&s, event, number), stdout);
			else if (ws_sessions_remove(&s, 1000 + atoi(event + 1),
			    &ended))
				printf("-%d", (int)ended.number);
			else
				fputs("none", stdout);
		}
		putchar('\n');
	}
}

/* -- frames unmasked, in any number, -> type and payload of each message -- */

static void
do_frames(struct row *unused)
{
	(void)unused;
	print_messages(stdin);
	putchar('\n');
}

/* -- lines with run notation -> the same in plain hexadecimal -- */

static void
put_run(const char *hex, size_t digits, const char **rest)
{
	unsigned long times = 1;

	if (**rest == '*')
		times = strtoul(*rest + 1, (char **)rest, 10);
	while (times-- > 0)
		fwrite(hex, 1, digits, stdout);
}

static void
do_plain(struct row *r)
{
	while (getline(&r->line, &r->size, stdin) > 0) {
		const char *p = r->line;
		size_t digits = 0;

		while (*p != '\0') {
			bool joins = digits > 0 && *p == '+';

			digits = strspn(p, "0123456789abcdef");
			p += digits;
			if (digits > 0)
				put_run(p - digits, digits, &p);
			else if (!joins)
				putchar(*p++);
			else
				p++;
		}
	}
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		void (*run)(struct row *);
	} tables[] = {
		{ "addresses", do_addresses },
		{ "errors", do_errors }, { "format", do_format },
		{ "sha1", do_sha1 }, { "sha256", do_sha256 },
		{ "hmac", do_hmac }, { "extorport", do_extor },
		{ "sessions", do_sessions },
		{ "socks", do_socks }, { "socks-args", do_socks_args },
		{ "base64", do_base64 },
		{ "base64-fast", do_base64_fast },
		{ "utf8", do_utf8 }, { "utf8-all", do_utf8_all },
		{ "utf8-fast", do_utf8_fast },
		{ "close-codes", do_close_codes },
		{ "close-ranges", do_close_ranges },
		{ "accept", do_accept }, { "urls", do_urls },
		{ "races", do_races },
		{ "ip-addresses", do_ip_addresses },
		{ "args", do_args }, { "origins", do_origins },
		{ "hosts", do_hosts },
		{ "origin-rules", do_origin_rules },
		{ "encode", do_encode }, { "mask", do_mask },
		{ "receive", do_receive }, { "prefixes", do_prefixes },
		{ "receive-fast", do_receive_fast },
		{ "lines", do_lines }, { "orders", do_orders },
		{ "scan", do_scan },
		{ "closing", do_closing }, { "sound", do_sound },
		{ "frames", do_frames }, { "plain", do_plain }
	};
	struct row row;
	size_t i;

	memset(&row, 0, sizeof row);
	for (i = 0; argc == 2 && i < sizeof tables / sizeof tables[0]; i++)
		if (strcmp(argv[1], tables[i].name) == 0) {
			tables[i].run(&row);
			free(row.line);
			return fflush(stdout) == 0 ? 0 : 111;
		}
	if ((argc == 2 || argc == 3) && strcmp(argv[1], "drip") == 0)
		return tool_drip(argv[2]);
	if (argc == 3 && strcmp(argv[1], "zeros") == 0)
		return tool_zeros(argv[2]);
	if (argc == 3 && strcmp(argv[1], "count") == 0)
		return tool_count(argv[2]);
	if (argc == 3 && strcmp(argv[1], "counted") == 0)
		return tool_counted(argv[2]);
	if (argc == 4 && strcmp(argv[1], "stream") == 0)
		return tool_stream(argv[2], argv[3]);
	if (argc > 3 && strcmp(argv[1], "socket") == 0)
		return tool_socket(argv + 2);
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return tool_run(argv + 2);
	if (argc > 3 && strcmp(argv[1], "sigpipe") == 0)
		return tool_sigpipe(argv + 2);
	if (argc > 3 && strcmp(argv[1], "peak") == 0)
		return tool_peak(argv + 2);
	fputs("usage: core TABLE | drip | zeros N | "
	    "count N | counted N | stream frames|garbage N | "
	    "run MANNER messages|bytes|head | "
	    "socket whole|drip PROGRAM ... | "
	    "sigpipe default|ignore PROGRAM ... | peak FILE PROGRAM ...\n",
	    stderr);
	return 100;
}
