/* UTF-8 validation in bulk: 16 bytes at a time, each with the three before it
 * (the table of RFC 3629, 4).  Vectors of GNU C, for the processors whose every
 * model has instructions for them. */
#include <string.h>

#include "code/utf8simd.h"

#if (defined(__SSE2__) || defined(__ARM_NEON)) && !defined(PORTABLE)

typedef uint8_t vector __attribute__((vector_size(16)));
typedef int8_t signed_vector __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

enum { BLOCK = 4 * sizeof(vector) };

/* As numbers with a sign, the bytes from 0x80 on come before the others, in
 * their order. */
#define BELOW(v, n) ((vector)((signed_vector)(v) < (int8_t)(n)))
#define ABOVE(v, n) ((vector)((signed_vector)(v) > (int8_t)(n)))
#define EQUAL(v, n) ((v) == (uint8_t)(n))

static vector
load(const uint8_t *p)
{
	vector v;

	memcpy(&v, p, sizeof v);
	return v;
}

static int
any_bit(vector v)
{
	halves h = (halves)v;

	return (h[0] | h[1]) != 0;
}

/* Has bits where a byte may not stand behind those before it. */
static vector
faults(const uint8_t *p)
{
	vector byte = load(p), before = load(p - 1);
	vector needed = EQUAL(before & 0xc0, 0xc0) |
	    EQUAL(load(p - 2) & 0xe0, 0xe0) | EQUAL(load(p - 3) & 0xf0, 0xf0);
	vector fault = needed ^ BELOW(byte, 0xc0);

	/* Overlong forms, surrogates, beyond U+10FFFF, as in utf8.c. */
	fault |= EQUAL(byte & 0xfe, 0xc0);
	fault |= EQUAL(before, 0xe0) & BELOW(byte, 0xa0);
	fault |= EQUAL(before, 0xed) & ABOVE(byte, 0x9f);
	fault |= EQUAL(before, 0xf0) & BELOW(byte, 0x90);
	fault |= EQUAL(before, 0xf4) & ABOVE(byte, 0x8f);
	fault |= ABOVE(byte, 0xf4) & BELOW(byte, 0);
	return fault;
}

static int
is_ascii(const uint8_t *p)
{
	return !any_bit((load(p) | load(p + 16) | load(p + 32) |
	    load(p + 48)) & 0x80);
}

static int
is_good(const uint8_t *p)
{
	return !any_bit(faults(p) | faults(p + 16) | faults(p + 32) |
	    faults(p + 48));
}

/* How many of the bytes before p belong to a character that goes on there. */
static size_t
begun(const uint8_t *p)
{
	return p[-1] >= 0xc0 ? 1 : p[-2] >= 0xe0 ? 2 : p[-3] >= 0xf0 ? 3 : 0;
}

size_t
ws_utf8_blocks(const uint8_t *text, size_t len)
{
	int ascii, after_ascii = 1;
	size_t i;

	for (i = 0; len - i >= BLOCK; i += BLOCK) {
		ascii = is_ascii(text + i);
		if (!(ascii && after_ascii) && !is_good(text + i))
			break;
		after_ascii = ascii;
	}
	return i > 0 ? i - begun(text + i) : 0;
}

#else

size_t
ws_utf8_blocks(const uint8_t *text, size_t len)
{
	(void)text;
	(void)len;
	return 0;
}

#endif
