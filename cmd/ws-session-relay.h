/* A session without frames: bytes between a connection and its target. */
#ifndef CMD_WS_SESSION_RELAY_H
#define CMD_WS_SESSION_RELAY_H

#include <stdbool.h>
#include <stdint.h>

struct relay {
	int from_peer, to_peer;
	int from_target, to_target;
	bool reader_counts;	/* without who reads to_target it has no
				   purpose */
	int64_t idle_ms;	/* or negative: no limit; */
	int64_t session_ms;	/* the same */
	int signals;		/* what signals_catch returned */
	int notices;		/* a byte for each child that ended, or -1 */

	bool (*is_over)(void *owner);	/* the target, a child: or null */
	void *owner;
};

enum relay_end {
	RELAY_DONE,		/* both sides have ended */
	RELAY_LOST,		/* the peer was gone before ours had */
	RELAY_IDLE,
	RELAY_TOO_LONG,
	RELAY_UNREAD,		/* reader_counts, and nobody does */
	RELAY_STOPPED		/* by the listener */
};

/* Carries bytes both ways until the session ends, and tells why; *caught is the
 * signal that ended it, or 0.  The end of one direction is passed on, and the
 * other goes on.  Of the descriptors none is good for anything afterwards, but
 * they are left open. */
enum relay_end relay(const struct relay *, int *caught);

#endif
