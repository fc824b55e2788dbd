/* ws-session: a session without frames. */
#include <poll.h>
#include <unistd.h>

#include "io.h"
#include "session.h"
#include "way.h"
#include "ws-session-relay.h"

enum { DOWN, UP, PEER, READER, SIGNALS, LIFELINE, NOTICES, WATCHED };

/* What is being carried: down to the target, up to the peer. */
struct carried {
	const struct relay *r;
	struct way *down, *up;
	int lifeline;
	int64_t last, too_long, linger;
};

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
idle_deadline(const struct carried *c)
{
	return c->r->idle_ms < 0 ? NEVER : c->last + c->r->idle_ms;
}

static void
watch(const struct carried *c, struct pollfd fds[WATCHED])
{
	const struct relay *r = c->r;

	fds[DOWN] = way_awaits(c->down);
	fds[UP] = way_awaits(c->up);
	/* Errors alone; what has ended stays so, and would be told for ever. */
	fds[PEER] = (struct pollfd){ c->up->ended ? -1 : r->to_peer, 0, 0 };
	fds[READER] = (struct pollfd){
	    r->reader_counts && !c->down->ended ? r->to_target : -1, 0, 0 };
	fds[SIGNALS] = (struct pollfd){ r->signals, POLLIN, 0 };
	fds[LIFELINE] = (struct pollfd){ c->lifeline, POLLIN, 0 };
	fds[NOTICES] = (struct pollfd){ r->notices, POLLIN, 0 };
}

/* A peer that has ended may have been told by poll(2) before its last bytes
 * were read. */
static bool
peer_is_gone(const struct carried *c, const struct pollfd *peer)
{
	return c->up->broken || (c->down->ended && c->down->failed) ||
	    ((peer->revents & (POLLHUP | POLLERR)) != 0 && c->down->ended);
}

static bool
reader_is_gone(const struct carried *c, const struct pollfd *reader)
{
	return c->r->reader_counts &&
	    (c->down->broken || (reader->revents & POLLERR) != 0);
}

/* Whether nobody is there any more to take what the peer sends: it gets some
 * time to end, as a connection that is closed before would be reset. */
static bool
nobody_listens(const struct carried *c)
{
	return c->up->ended && (c->down->broken ||
	    (c->r->is_over != NULL && c->r->is_over(c->r->owner)));
}

/* True as soon as the session has ended. */
static bool
look(struct carried *c, const struct pollfd fds[WATCHED], enum relay_end *end,
    int *caught)
{
	unsigned char byte = 0;

	*end = RELAY_DONE;
	if (c->up->ended && c->down->ended)
		return true;
	if (fds[NOTICES].revents != 0)
		(void)read_some(c->r->notices, &byte, 1);
	if (fds[SIGNALS].revents != 0) {
		(void)read_some(c->r->signals, &byte, 1);
		*caught = byte;
	}
	if (*caught != 0 || fds[LIFELINE].revents != 0)
		*end = RELAY_STOPPED;
	else if (peer_is_gone(c, &fds[PEER]))
		*end = RELAY_LOST;
	else if (reader_is_gone(c, &fds[READER]))
		*end = RELAY_UNREAD;
	else if (now_ms() >= c->too_long)
		*end = RELAY_TOO_LONG;
	else if (now_ms() >= idle_deadline(c))
		*end = RELAY_IDLE;
	if (*end != RELAY_DONE)
		return true;
	if (c->linger == NEVER && nobody_listens(c))
		c->linger = deadline_in(LINGER_MS);
	return now_ms() >= c->linger;
}

enum relay_end
relay(const struct relay *r, int *caught)
{
	static struct way down, up;
	struct carried c = { r, &down, &up, -1, now_ms(),
	    deadline_in(r->session_ms), NEVER };
	struct pollfd fds[WATCHED];
	enum relay_end end;
	int unused;

	(void)session_lifeline(&c.lifeline, &unused);
	way_open(&down, r->from_peer, r->to_target);
	way_open(&up, r->from_target, r->to_peer);
	do {
		bool moved = false;

		watch(&c, fds);
		(void)poll_until(fds, WATCHED, way_deadline(&up,
		    way_deadline(&down, earlier(idle_deadline(&c),
		    earlier(c.too_long, c.linger)))));
		way_rest(&down);
		way_rest(&up);
		if (fds[DOWN].revents != 0)
			moved = way_carry(&down);
		if (fds[UP].revents != 0)
			moved = way_carry(&up) || moved;
		if (moved)
			c.last = now_ms();
	} while (!look(&c, fds, &end, caught));
	return end;
}
