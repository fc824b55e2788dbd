/* Comparing what must not be guessed. */
#include "code/consttime.h"

bool
consttime_equal(const void *a, const void *b, size_t len)
{
	const unsigned char *p = a, *q = b;
	unsigned different = 0;
	size_t i;

	for (i = 0; i < len; i++)
		different |= (unsigned)(p[i] ^ q[i]);
	return different == 0;
}
