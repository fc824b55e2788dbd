/* Bulk: reads are filled. */
#include "bulk.h"
#include "io.h"

enum { REST_MS = 1000 };	/* without one that was */

bool
bulk_goes_on(struct bulk *b)
{
	bool begins = b->ends == 0;

	b->ends = deadline_in(REST_MS);
	return begins;
}

int64_t
bulk_deadline(const struct bulk *b)
{
	return b->ends == 0 ? NEVER : b->ends;
}

bool
bulk_has_ended(struct bulk *b)
{
	if (b->ends == 0 || now_ms() < b->ends)
		return false;
	b->ends = 0;
	return true;
}
