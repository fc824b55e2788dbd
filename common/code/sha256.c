/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104). */
#include <string.h>

#include "code/bits.h"
#include "code/sha256.h"

enum { BLOCK = WS_SHA256_BLOCK, ROUNDS = 64 };

/* FIPS 180-4, 4.2.2. */
static const uint32_t constant[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t
rotate_right(uint32_t word, unsigned n)
{
	return word >> n | word << (32 - n);
}

/* The sums of FIPS 180-4, 4.1.2. */
static uint32_t
big_sum(uint32_t x, unsigned a, unsigned b, unsigned c)
{
	return rotate_right(x, a) ^ rotate_right(x, b) ^ rotate_right(x, c);
}

static uint32_t
small_sum(uint32_t x, unsigned a, unsigned b, unsigned shift)
{
	return rotate_right(x, a) ^ rotate_right(x, b) ^ x >> shift;
}

/* FIPS 180-4, 6.2.2, step 1. */
static void
schedule(uint32_t w[ROUNDS], const uint8_t block[BLOCK])
{
	size_t t;

	for (t = 0; t < 16; t++)
		w[t] = load_net32(block + 4 * t);
	for (; t < ROUNDS; t++)
		w[t] = small_sum(w[t - 2], 17, 19, 10) + w[t - 7] +
		    small_sum(w[t - 15], 7, 18, 3) + w[t - 16];
}

/* FIPS 180-4, 6.2.2, steps 2 to 4; v[0] to v[7] are its a to h. */
static void
add_block(uint32_t h[8], const uint8_t block[BLOCK])
{
	uint32_t w[ROUNDS], v[8];
	unsigned t;

	schedule(w, block);
	memcpy(v, h, sizeof v);
	for (t = 0; t < ROUNDS; t++) {
		uint32_t t1 = v[7] + big_sum(v[4], 6, 11, 25) +
		    ((v[4] & v[5]) ^ (~v[4] & v[6])) + constant[t] + w[t];
		uint32_t t2 = big_sum(v[0], 2, 13, 22) +
		    ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof v[0]);
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (t = 0; t < 8; t++)
		h[t] += v[t];
}

void
ws_sha256_begin(struct ws_sha256 *s)
{
	static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
	    0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, start, sizeof s->h);
	s->total = 0;
}

void
ws_sha256_add(struct ws_sha256 *s, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t used = (size_t)(s->total % BLOCK);
		size_t n = len < BLOCK - used ? len : BLOCK - used;

		memcpy(s->block + used, data, n);
		s->total += n;
		data += n;
		len -= n;
		if (used + n == BLOCK)
			add_block(s->h, s->block);
	}
}

/* FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits. */
void
ws_sha256_end(struct ws_sha256 *s, uint8_t digest[WS_SHA256_LEN])
{
	static const uint8_t padding[BLOCK] = { 0x80 };
	uint64_t bits = s->total * 8;
	size_t used = (size_t)(s->total % BLOCK), i;
	uint8_t length[8];

	for (i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	ws_sha256_add(s, padding,
	    used < BLOCK - 8 ? BLOCK - 8 - used : 2 * BLOCK - 8 - used);
	ws_sha256_add(s, length, sizeof length);
	for (i = 0; i < WS_SHA256_LEN; i++)
		digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

/* Begins with the key, every byte changed by pad (RFC 2104, 2). */
static void
begin_keyed(struct ws_sha256 *s, const uint8_t key[BLOCK], uint8_t pad)
{
	uint8_t block[BLOCK];
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	ws_sha256_begin(s);
	ws_sha256_add(s, block, sizeof block);
}

void
ws_hmac_sha256(uint8_t digest[WS_SHA256_LEN], const uint8_t *key,
    size_t key_len, const uint8_t *data, size_t len)
{
	uint8_t block[BLOCK] = { 0 };
	struct ws_sha256 s;

	if (key_len > BLOCK) {
		ws_sha256_begin(&s);
		ws_sha256_add(&s, key, key_len);
		ws_sha256_end(&s, block);
	} else {
		memcpy(block, key, key_len);
	}
	begin_keyed(&s, block, 0x36);
	ws_sha256_add(&s, data, len);
	ws_sha256_end(&s, digest);
	begin_keyed(&s, block, 0x5c);
	ws_sha256_add(&s, digest, WS_SHA256_LEN);
	ws_sha256_end(&s, digest);
}
