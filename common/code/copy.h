/* Copying what is short.  Pure. */
#ifndef CODE_COPY_H
#define CODE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Copies len bytes, first to last, so that to may lie before from in the same
 * buffer.  For pieces of a few hundred bytes, in whose time memmove(3) of some
 * systems has hardly begun. */
static inline void
copy_short(uint8_t *to, const uint8_t *from, size_t len)
{
	uint64_t word;

	for (; len >= sizeof word; len -= sizeof word) {
		memcpy(&word, from, sizeof word);
		memcpy(to, &word, sizeof word);
		to += sizeof word;
		from += sizeof word;
	}
	while (len-- > 0)
		*to++ = *from++;
}

#endif
