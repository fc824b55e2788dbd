/* SHA-1 (RFC 3174). */
#include <string.h>

#include "code/bits.h"
#include "code/sha1.h"

enum { BLOCK = 64, ROUNDS = 80 };

static uint32_t
rotate_left(uint32_t word, unsigned n)
{
	return word << n | word >> (32 - n);
}

/* RFC 3174, 5: the function and the constant of each of the four stages. */
static uint32_t
stage(size_t t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) | (~b & d)) + UINT32_C(0x5a827999);
	if (t < 40)
		return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
	if (t < 60)
		return ((b & c) | (b & d) | (c & d)) + UINT32_C(0x8f1bbcdc);
	return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
}

/* RFC 3174, 6.1. */
static void
add_block(uint32_t h[5], const uint8_t block[BLOCK])
{
	uint32_t w[ROUNDS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
	size_t t;

	for (t = 0; t < 16; t++)
		w[t] = load_net32(block + 4 * t);
	for (; t < ROUNDS; t++)
		w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16],
		    1);
	for (t = 0; t < ROUNDS; t++) {
		uint32_t sum = rotate_left(a, 5) + stage(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rotate_left(b, 30);
		b = a;
		a = sum;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

/* RFC 3174, 4: a one bit, zeros, and the length in bits end the last block. */
static void
add_padding(uint32_t h[5], const uint8_t *rest, size_t n, uint64_t total)
{
	uint8_t block[2 * BLOCK] = { 0 };
	size_t end = n < BLOCK - 8 ? BLOCK : 2 * BLOCK;
	size_t i;

	memcpy(block, rest, n);
	block[n] = 0x80;
	for (i = 0; i < 8; i++)
		block[end - 1 - i] = (uint8_t)(total * 8 >> 8 * i);
	for (i = 0; i < end; i += BLOCK)
		add_block(h, block + i);
}

void
ws_sha1(uint8_t digest[WS_SHA1_LEN], const uint8_t *data, size_t len)
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
	    0xc3d2e1f0 };
	size_t i;

	for (i = 0; len - i >= BLOCK; i += BLOCK)
		add_block(h, data + i);
	add_padding(h, data + i, len - i, len);
	for (i = 0; i < WS_SHA1_LEN; i++)
		digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
