/* Connecting to a name that has several addresses: in what order they are
 * tried, and when the next one is (RFC 8305).  Pure. */
#ifndef NET_RACE_H
#define NET_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_RACE_MAX = 64,		/* addresses of a name that are tried */
	WS_RACE_DELAY_MS = 250		/* RFC 8305, 5 and 8 */
};

/* Writes the places of the addresses, in the order in which they are tried: the
 * families by turns, the first one's first, each in the order that it had
 * (RFC 8305, 4).  family says of each of them what it is. */
void ws_race_order(size_t order[], const int family[], size_t count);

/* All zero to begin with, but for count, which is the caller's. */
struct ws_race {
	size_t count;			/* of addresses */
	size_t started, failed;
	int64_t due;			/* when the next one starts */
};

enum ws_race_step {
	WS_RACE_START,			/* the next address */
	WS_RACE_WAIT,
	WS_RACE_LOST			/* all have failed */
};

/* What there is to do now.  *until is how long to wait for those under way, or
 * INT64_MAX: no other will start. */
enum ws_race_step ws_race_next(const struct ws_race *, int64_t now,
    int64_t *until);

/* The next one has been started; one that was has failed, and the next one need
 * not wait. */
void ws_race_started(struct ws_race *, int64_t now);
void ws_race_failed(struct ws_race *, int64_t now);

#endif
