/* Connecting to a name that has several addresses (RFC 8305). */
#include "net/race.h"

/* The first place from i on with that family, or with another. */
static size_t
find(const int family[], size_t i, size_t count, int wanted, bool other)
{
	while (i < count && (family[i] == wanted) == other)
		i++;
	return i;
}

void
ws_race_order(size_t order[], const int family[], size_t count)
{
	size_t next[2], n, turn = 0;

	if (count == 0)
		return;
	next[0] = 0;
	next[1] = find(family, 0, count, family[0], true);
	for (n = 0; n < count; n++) {
		if (next[turn] == count)
			turn = !turn;
		order[n] = next[turn];
		next[turn] = find(family, next[turn] + 1, count, family[0],
		    turn == 1);
		turn = !turn;
	}
}

enum ws_race_step
ws_race_next(const struct ws_race *r, int64_t now, int64_t *until)
{
	bool more = r->started < r->count;

	*until = more ? r->due : INT64_MAX;
	if (more && (r->failed == r->started || now >= r->due))
		return WS_RACE_START;
	return r->failed == r->count ? WS_RACE_LOST : WS_RACE_WAIT;
}

void
ws_race_started(struct ws_race *r, int64_t now)
{
	r->started++;
	r->due = now + WS_RACE_DELAY_MS;
}

void
ws_race_failed(struct ws_race *r, int64_t now)
{
	r->failed++;
	r->due = now;
}
