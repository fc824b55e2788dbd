/* MD5 (RFC 1321), for the challenge of hixie-76. */
#include <string.h>

#include "code/bits.h"
#include "code/md5.h"

/* floor(2^32 * |sin(i + 1)|) (3.4) */
static const uint32_t k[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee,
	0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
	0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa,
	0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
	0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
	0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
	0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039,
	0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
	0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391
};

static const unsigned shifts[4][4] = {
	{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 },
	{ 6, 10, 15, 21 }
};

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* The function of a step, and which word of the block it takes. */
static uint32_t
mix(size_t i, uint32_t b, uint32_t c, uint32_t d, size_t *word)
{
	switch (i / 16) {
	case 0:
		*word = i;
		return (b & c) | (~b & d);
	case 1:
		*word = (5 * i + 1) % 16;
		return (d & b) | (~d & c);
	case 2:
		*word = (3 * i + 5) % 16;
		return b ^ c ^ d;
	default:
		*word = 7 * i % 16;
		return c ^ (b | ~d);
	}
}

static void
add_block(uint32_t h[4], const uint8_t block[64])
{
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3];
	size_t i, word;

	for (i = 0; i < 64; i++) {
		uint32_t f = mix(i, b, c, d, &word) + a + k[i] +
		    load_32(block + 4 * word);

		a = d;
		d = c;
		c = b;
		b += rotate(f, shifts[i / 16][i % 4]);
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

void
ws_md5(uint8_t digest[WS_MD5_LEN], const uint8_t *data, size_t len)
{
	uint32_t h[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	uint8_t tail[128] = { 0 };
	size_t rest = len % 64, i;
	size_t tail_len = rest < 56 ? 64 : 128;

	for (i = 0; i + 64 <= len; i += 64)
		add_block(h, data + i);
	if (rest > 0)
		memcpy(tail, data + i, rest);
	tail[rest] = 0x80;
	for (i = 0; i < 8; i++)		/* its length in bits (3.2) */
		tail[tail_len - 8 + i] =
		    (uint8_t)((uint64_t)len * 8 >> 8 * i);
	for (i = 0; i < tail_len; i += 64)
		add_block(h, tail + i);
	for (i = 0; i < 16; i++)
		digest[i] = (uint8_t)(h[i / 4] >> i % 4 * 8);
}
