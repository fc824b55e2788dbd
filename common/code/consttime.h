/* Comparing what must not be guessed.  Pure. */
#ifndef CODE_CONSTTIME_H
#define CODE_CONSTTIME_H

#include <stdbool.h>
#include <stddef.h>

/* Whether these len bytes are the same.  The time it takes tells nothing of
 * where they differ. */
bool consttime_equal(const void *, const void *, size_t len);

#endif
