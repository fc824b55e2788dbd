/* Bulk: reads are filled, and more will come at once.  As long as that is so, a
 * pipe may be large; then it is given back, as what all pipes of a user hold
 * has a limit, beyond which new ones are small. */
#ifndef BULK_H
#define BULK_H

#include <stdbool.h>
#include <stdint.h>

struct bulk {
	int64_t ends;		/* unless a read is filled before; 0: none */
};

/* A read was filled.  True if bulk begins by it. */
bool bulk_goes_on(struct bulk *);

/* When bulk_has_ended() is to be asked; NEVER if there is none. */
int64_t bulk_deadline(const struct bulk *);

/* True when no read has been filled for a while, once. */
bool bulk_has_ended(struct bulk *);

#endif
