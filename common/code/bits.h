/* Words in memory, on every machine: compilers make one load or store of each.
 * Their first byte is the lowest, as RFC 1951 counts bits; or, of those with
 * "net" in their name, the highest, as in what goes over networks.  Pure. */
#ifndef CODE_BITS_H
#define CODE_BITS_H

#include <stdint.h>

/* The four bytes at p. */
static inline uint32_t
load_32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* The eight bytes at p. */
static inline uint64_t
load_64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

static inline unsigned
load_net16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t
load_net32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Makes the eight bytes at p those of v. */
static inline void
store_64(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
	p[4] = (uint8_t)(v >> 32);
	p[5] = (uint8_t)(v >> 40);
	p[6] = (uint8_t)(v >> 48);
	p[7] = (uint8_t)(v >> 56);
}

/* The number of the lowest byte of v, which is not 0, that is not 0. */
static inline unsigned
lowest_byte(uint64_t v)
{
#if defined(__GNUC__) && !defined(PORTABLE)
	return (unsigned)__builtin_ctzll(v) >> 3;
#else
	unsigned n = 0;

	for (; (v & 0xff) == 0; v >>= 8)
		n++;
	return n;
#endif
}

#endif
