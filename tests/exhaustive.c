/* exhaustive SUBJECT: tries all inputs of a pure function, where they are so
 * few that it takes seconds, against what the RFC says in the plainest code.
 * Prints what it tried, or the first input that came out wrong, status 1. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code/base64.h"
#include "code/text.h"
#include "code/utf8.h"
#include "ws/closecode.h"
#include "ws/receiver.h"

static _Noreturn void
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

/* -- headers: the first two bytes of a frame in each state of a receiver -- */

/* Which rules of RFC 6455 they break, as bits. */
static unsigned
broken_rules(const struct ws_receiver *r, unsigned first, unsigned second)
{
	unsigned opcode = first & 15, len = second & 127, broken = 0;
	bool fin = first >> 7, masked = second >> 7;
	bool inside = r->message_opcode != 0;

	if ((first & 0x70) != 0)					/* 5.2 */
		broken |= 1U << WS_RSV_SET;
	if ((opcode > 2 && opcode < 8) || opcode > 10)			/* 5.2 */
		broken |= 1U << WS_RESERVED_OPCODE;
	if (opcode >= 8 && opcode <= 10 && !fin)			/* 5.5 */
		broken |= 1U << WS_CONTROL_FRAGMENTED;
	if (opcode == 0 && !inside)					/* 5.4 */
		broken |= 1U << WS_NOTHING_TO_CONTINUE;
	if ((opcode == 1 || opcode == 2) && inside)			/* 5.4 */
		broken |= 1U << WS_MESSAGE_UNFINISHED;
	if (opcode == 1 && r->refuse_text)
		broken |= 1U << WS_TEXT_REFUSED;
	if (opcode == 2 && r->refuse_binary)
		broken |= 1U << WS_BINARY_REFUSED;
	if (r->masking == WS_MASKING_REQUIRED && !masked)		/* 5.1 */
		broken |= 1U << WS_NOT_MASKED;
	if (r->masking == WS_MASKING_FORBIDDEN && masked)		/* 5.1 */
		broken |= 1U << WS_MASKED;
	if (opcode >= 8 && len > 125 && !r->any_length_form)		/* 5.5 */
		broken |= 1U << WS_CONTROL_TOO_LONG;
	if (r->message_max != 0 && opcode < 8 && len <= 125 &&
	    r->message_len + len > r->message_max)
		broken |= 1U << WS_MESSAGE_TOO_BIG;
	if (opcode == 0 && fin && len == 0 && r->utf8.need > 0)		/* 8.1 */
		broken |= 1U << WS_TEXT_NOT_UTF8;
	return broken;
}

/* Feeds the two bytes in pieces of that many; returns what is violated. */
static enum ws_violation
violation_of(struct ws_receiver *r, unsigned first, unsigned second,
    size_t piece)
{
	uint8_t raw[2] = { (uint8_t)first, (uint8_t)second };
	size_t done = 0, used;
	enum ws_event event;

	do {
		size_t n = sizeof raw - done < piece ? sizeof raw - done : piece;

		event = ws_receive(r, raw + done, n, &used);
		done += used;
	} while (event != WS_VIOLATION &&
	    (event != WS_NEED_MORE || done < sizeof raw));
	return event == WS_VIOLATION ? r->violation : WS_OK;
}

static void
try_header(const struct ws_receiver *start, unsigned first, unsigned second)
{
	unsigned broken = broken_rules(start, first, second);
	size_t piece;

	for (piece = 1; piece <= 2; piece++) {
		struct ws_receiver r = *start;
		enum ws_violation v = violation_of(&r, first, second, piece);

		if (v == WS_OK ? broken != 0 : (broken & 1U << v) == 0)
			wrong("%02x%02x in pieces of %zu breaks the rules %x, "
			    "told is %d; masking %d, inside a message of %d",
			    first, second, piece, broken, v, start->masking,
			    start->message_opcode);
	}
}

/* The states are numbered: each digit of the number, to its base, is one thing
 * that can be so or so. */
static unsigned
digit(unsigned *number, unsigned base)
{
	unsigned d = *number % base;

	*number /= base;
	return d;
}

/* Makes the state of that number; false if there is none such. */
static bool
receiver_state(struct ws_receiver *r, unsigned number)
{
	static const uint64_t lens[] = { 0, 1, 100, 125, 126 };

	*r = (struct ws_receiver){ .masking = digit(&number, 3) };
	r->any_length_form = digit(&number, 2);
	r->refuse_text = digit(&number, 2);
	r->refuse_binary = digit(&number, 2);
	r->message_max = digit(&number, 2) ? 126 : 0;
	r->message_opcode = (uint8_t)digit(&number, 3);
	r->message_len = lens[digit(&number, 5)];
	if (digit(&number, 2))		/* in the middle of a character */
		r->utf8 = (struct ws_utf8){ 1, 0x80, 0xbf };
	if (number > 0 ||
	    (r->utf8.need > 0 && r->message_opcode != WS_TEXT) ||
	    (r->message_len > 0 && r->message_opcode == 0))
		return false;
	return true;
}

static void
headers(void)
{
	const unsigned numbers = 3 * 2 * 2 * 2 * 2 * 3 * 5 * 2;
	unsigned number, first, second, states = 0;
	struct ws_receiver r;

	for (number = 0; number < numbers; number++) {
		if (!receiver_state(&r, number))
			continue;
		states++;
		for (first = 0; first < 256; first++)
			for (second = 0; second < 256; second++)
				try_header(&r, first, second);
	}
	printf("65536 headers in %u states, whole and byte by byte\n", states);
}

/* -- UTF-8: every proper prefix of a character, and every byte behind it -- */

enum meaning { NO_TEXT, PREFIX, CHARACTER };

/* What so many bytes are, by all characters there are (RFC 3629, 3).  Those of
 * four bytes begin with 0xf0 to 0xf4. */
static uint8_t one[1 << 8], two[1 << 16], three[1 << 24], four[5 << 24];

static uint8_t *
place_of(const uint8_t *text, size_t len)
{
	uint32_t index = 0;
	size_t i;

	for (i = 0; i < len; i++)
		index = index << 8 | text[i];
	switch (len) {
	case 1:
		return &one[index];
	case 2:
		return &two[index];
	case 3:
		return &three[index];
	}
	return &four[index - 0xf0000000];
}

static enum meaning
meaning_of(const uint8_t *text, size_t len)
{
	return len == 4 && (text[0] < 0xf0 || text[0] > 0xf4) ?
	    NO_TEXT : *place_of(text, len);
}

static size_t
encode(uint8_t out[4], uint32_t c)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

	for (i = len - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (c & 63));
		c >>= 6;
	}
	out[0] = (uint8_t)(lead[len] | c);
	return len;
}

static void
learn_characters(void)
{
	uint32_t c;

	for (c = 0; c <= 0x10ffff; c++) {
		uint8_t text[4];
		size_t len, n;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;	/* surrogates */
		len = encode(text, c);
		for (n = 1; n < len; n++)
			*place_of(text, n) = PREFIX;
		*place_of(text, len) = CHARACTER;
	}
}

/* Checks len bytes at text, of which the first `before` are ASCII, in two
 * pieces cut everywhere behind them; good and complete is the verdict. */
static void
try_text(const uint8_t *text, size_t before, size_t len, size_t good,
    bool complete)
{
	size_t cut, last = before + 4 < len ? before + 4 : len;

	for (cut = before; cut <= last; cut++) {
		struct ws_utf8 u = { 0 };
		size_t n = ws_utf8_check(&u, text, cut);

		if (n == cut)
			n += ws_utf8_check(&u, text + cut, len - cut);
		if (n != good || (n == len && ws_utf8_complete(&u) != complete))
			wrong("%02x%02x%02x%02x after %zu of ASCII, cut at %zu "
			    "of %zu: %zu are good, not %zu", text[before],
			    text[before + 1], text[before + 2],
			    text[before + 3], before, cut, len, good, n);
	}
}

/* Tries what is at text alone and with more behind it, where those who look at
 * several bytes at a time see it in other ways. */
static void
try_behind(uint8_t *text, size_t before, size_t len, enum meaning m)
{
	size_t good = before + len - (m == NO_TEXT);

	try_text(text, before, before + len, good, m == CHARACTER);
	memset(text + before + len, 'a', 64);
	try_text(text, before, before + len + 64,
	    m == CHARACTER ? good + 64 : good, true);
	if (m == NO_TEXT) {
		memset(text + before + len, 0x80, 3);
		try_text(text, before, before + len + 3, good, false);
	}
}

/* Tries prefix, of len bytes, with each byte behind it. */
static unsigned long
try_next(uint8_t *prefix, size_t len)
{
	static const size_t before[] = { 0, 31, 64 };
	uint8_t text[256];
	unsigned long tried = 0;
	unsigned b;
	size_t i;

	memset(text, 'a', sizeof text);
	for (b = 0; b < 256; b++) {
		enum meaning m;

		prefix[len] = (uint8_t)b;
		m = meaning_of(prefix, len + 1);
		for (i = 0; i < sizeof before / sizeof *before; i++) {
			memcpy(text + before[i], prefix, len + 1);
			try_behind(text, before[i], len + 1, m);
			memset(text + before[i], 'a', len + 4);
		}
		tried++;
		if (m == PREFIX)
			tried += try_next(prefix, len + 1);
	}
	return tried;
}

static void
utf8(void)
{
	uint8_t text[4];

	learn_characters();
	printf("%lu texts in two pieces cut everywhere, amid others\n",
	    try_next(text, 0));
}

/* -- base64: every quantum ------------------------------------------------- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648, 4: bits in groups of six. */
static void
plain_encode(char out[4], const uint8_t *data, size_t len)
{
	uint32_t bits = (uint32_t)data[0] << 16 |
	    (len > 1 ? (uint32_t)data[1] << 8 : 0) | (len > 2 ? data[2] : 0U);
	size_t i;

	for (i = 0; i < 4; i++)
		out[i] = i <= len ? digits[bits >> (18 - 6 * i) & 63] : '=';
}

static void
try_quantum(const uint8_t *data, size_t len)
{
	char expected[4], text[4];
	uint8_t back[6];
	size_t back_len;

	plain_encode(expected, data, len);
	ws_base64_encode(text, data, len, WS_SIMD_NONE);
	if (memcmp(text, expected, 4) != 0)
		wrong("%zu bytes encode to %.4s, not %.4s", len, text, expected);
	if (!ws_base64_decode(back, &back_len, text, 4, WS_SIMD_NONE) ||
	    back_len != len || memcmp(back, data, len) != 0)
		wrong("%.4s does not decode", text);
}

/* Whether some bytes encode to these characters: the two of them that stand for
 * themselves, and no bits left over (RFC 4648, 3.5). */
static bool
is_quantum(const char text[4])
{
	const char *d[4];
	size_t i, len = text[2] == '=' ? 1 : text[3] == '=' ? 2 : 3;

	for (i = 0; i < 4; i++) {
		d[i] = text[i] == '\0' ? NULL : strchr(digits, text[i]);
		if (i <= len ? d[i] == NULL : text[i] != '=')
			return false;
	}
	return (len != 1 || (d[1] - digits) % 16 == 0) &&
	    (len != 2 || (d[2] - digits) % 4 == 0);
}

/* Of the characters that are neither digit nor padding two will do, and each of
 * the others has its turn in every place. */
static void
try_characters(void)
{
	char some[67], text[4];
	uint8_t out[6];
	size_t i, len;
	unsigned c;

	memcpy(some, digits, 64);
	memcpy(some + 64, "=-", 3);
	for (i = 0; i < 66UL * 66 * 66 * 66; i++) {
		text[0] = some[i % 66];
		text[1] = some[i / 66 % 66];
		text[2] = some[i / (66 * 66) % 66];
		text[3] = some[i / (66 * 66 * 66)];
		if (ws_base64_decode(out, &len, text, 4, WS_SIMD_NONE) !=
		    is_quantum(text))
			wrong("wrong verdict on %.4s", text);
	}
	for (i = 0; i < 4; i++)
		for (c = 0; c < 256; c++) {
			memcpy(text, "AAAA", 4);
			text[i] = (char)c;
			if (ws_base64_decode(out, &len, text, 4,
			    WS_SIMD_NONE) != is_quantum(text))
				wrong("wrong verdict on %02x in place %zu", c, i);
		}
}

/* A text may end behind a whole quantum only. */
static void
try_ends(void)
{
	static const char text[] = "QUJDREVG";
	size_t len, n;

	for (len = 0; len < sizeof text; len++) {
		struct ws_base64_piece b = { 0 };
		uint8_t out[9];

		if (!ws_base64_decode_piece(&b, out, &n, text, len,
		    WS_SIMD_NONE) || ws_base64_complete(&b) != (len % 4 == 0))
			wrong("the end of %zu characters", len);
	}
}

static void
base64(void)
{
	uint32_t v;

	for (v = 0; v < 1 << 24; v++) {
		uint8_t data[3] = { (uint8_t)v, (uint8_t)(v >> 8),
		    (uint8_t)(v >> 16) };

		try_quantum(data, 3);
		if (v < 1 << 16)
			try_quantum(data, 2);
		if (v < 1 << 8)
			try_quantum(data, 1);
	}
	try_characters();
	try_ends();
	puts("16843008 quanta there and back, 18974736 groups of characters");
}

/* -- Close: every payload of up to two bytes ------------------------------- */

static void
try_close(const uint8_t *payload, size_t len, enum ws_close_result expected)
{
	unsigned code = 7;
	enum ws_close_result result = ws_close_decode(payload, len, &code);
	unsigned told = len < 2 ? WS_CLOSE_NONE :
	    (unsigned)payload[0] << 8 | payload[1];

	if (result != expected ||
	    code != (result == WS_CLOSE_OK ? told : 7))
		wrong("a payload of %zu, %u: result %d, code %u", len, told,
		    result, code);
}

static void
closes(void)
{
	unsigned v;

	for (v = 0; v < 1 << 16; v++) {
		uint8_t payload[2] = { (uint8_t)(v >> 8), (uint8_t)v };
		bool defined = v >= 1000 && v <= 1003;		/* 7.4.1 */
		bool registered = v >= 1007 && v <= 1014;	/* 11.7 */
		bool others = v >= 3000 && v <= 4999;		/* 7.4.2 */

		try_close(payload, 2, defined || registered || others ?
		    WS_CLOSE_OK : WS_CLOSE_BAD_CODE);
		if (v < 1 << 8)
			try_close(payload + 1, 1, WS_CLOSE_ONE_BYTE);
	}
	try_close(NULL, 0, WS_CLOSE_OK);
	puts("65793 payloads");
}

/* -- texts: all of up to five characters of those that mean something -------- */

static const char characters[] = " \t,019a~\\\x7f\x1f";

/* Against what was said to be right, shown from an end. */
static void
same_text(const char *what, const char *text, const char *right, struct slice s)
{
	if (s.len != strlen(right) || memcmp(s.p, right, s.len) != 0)
		wrong("%s of \"%s\": \"%.*s\"", what, text, (int)s.len, s.p);
}

static void
try_escapes(const char *text)
{
	char out[64], right[64] = "", *end = right;
	struct text t = { out, sizeof out, 0, false };
	const char *c;

	for (c = text; *c != '\0'; c++)
		end += sprintf(end, strchr("\t\\\x7f\x1f", *c) ? "\\x%02x" : "%c",
		    (unsigned char)*c);
	text_put_escaped(&t, slice_of(text));
	same_text("escapes", text, right, (struct slice){ out, t.len });
}

/* Without the blanks around it, to out. */
static void
trim(char *out, const char *text, size_t len)
{
	size_t start = 0;

	while (start < len && strchr(" \t", text[start]))
		start++;
	while (len > start && strchr(" \t", text[len - 1]))
		len--;
	memcpy(out, text + start, len - start);
	out[len - start] = '\0';
}

/* RFC 9110, 5.6.1 and 5.6.3. */
static void
try_lists(const char *text)
{
	struct slice list = slice_of(text), element;
	char right[8];
	size_t len;

	trim(right, text, strlen(text));
	same_text("trimmed", text, right, slice_trim(list));
	for (; len = strcspn(text, ","), len > 0 || *text != '\0';
	    text += len + (text[len] == ',')) {
		trim(right, text, len);
		if (*right == '\0')
			continue;
		if (!slice_next_element(&list, &element))
			wrong("no element \"%s\"", right);
		same_text("element", text, right, element);
	}
	if (slice_next_element(&list, &element))
		wrong("an element too many: \"%.*s\"", (int)element.len, element.p);
}

static void
try_numbers(const char *text)
{
	const uint64_t max = 190;
	uint64_t n = strtoull(text, NULL, 10), number;
	size_t digits = strspn(text, "019");
	bool all = digits > 0 && text[digits] == '\0';
	struct slice s = slice_of(text);

	if (slice_is_number(s, max, &number) !=
	    (all && n <= max && (*text != '0' || digits == 1)) ||
	    (all && n <= max && number != n))
		wrong("number \"%s\"", text);
	n = digits == 0 ? 0 : n;
	if (slice_take_number(&s, max, &number) != (digits > 0 && n <= max))
		wrong("number at the start of \"%s\"", text);
	if (digits > 0 && n <= max &&
	    (number != n || s.len != strlen(text) - digits))
		wrong("number taken from \"%s\"", text);
}

static void
texts_of(char *text, size_t len, size_t most, unsigned *count)
{
	const char *c;

	text[len] = '\0';
	try_escapes(text);
	try_lists(text);
	try_numbers(text);
	++*count;
	for (c = characters; len < most && *c != '\0'; c++) {
		text[len] = *c;
		texts_of(text, len + 1, most, count);
	}
}

static void
texts(void)
{
	char text[8];
	unsigned count = 0;

	texts_of(text, 0, 5, &count);
	printf("%u texts\n", count);
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		void (*all)(void);
	} subjects[] = {
		{ "headers", headers },
		{ "utf8", utf8 },
		{ "base64", base64 },
		{ "closes", closes },
		{ "texts", texts }
	};
	size_t i;

	for (i = 0; i < sizeof subjects / sizeof *subjects; i++)
		if (argc == 2 && strcmp(argv[1], subjects[i].name) == 0) {
			subjects[i].all();
			return 0;
		}
	fputs("usage: exhaustive headers|utf8|base64|closes|texts\n", stderr);
	return 100;
}
