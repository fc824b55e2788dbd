/* Before everything that tests/prove shows to Eva.  Frama-C's contracts of
 * these functions want a valid byte even where there is none to look at; to C,
 * where a buffer ends is a good place for nothing. */
#ifndef TESTS_PROVE_H
#define TESTS_PROVE_H

#include <string.h>

static inline void *
copy(void *to, const void *from, size_t len)
{
	return len > 0 ? memcpy(to, from, len) : to;
}

static inline void *
move(void *to, const void *from, size_t len)
{
	return len > 0 ? memmove(to, from, len) : to;
}

static inline int
compare(const void *a, const void *b, size_t len)
{
	return len > 0 ? memcmp(a, b, len) : 0;
}

static inline void *
find(const void *s, int c, size_t len)
{
	return len > 0 ? memchr(s, c, len) : NULL;
}

#define memcpy copy
#define memmove move
#define memcmp compare
#define memchr find

#endif
