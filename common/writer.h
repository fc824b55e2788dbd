/* The one writer: attempts to write that do not block, and what they wait for
 * in between. */
#ifndef WRITER_H
#define WRITER_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system.h"

struct writer {
	int fd;
	/* Waits until fd takes more, with an eye on all else.  False if nothing
	 * more is to be written: then "stopped" says so. */
	bool (*wait)(void *owner);
	/* An attempt begins; or null. */
	void (*begin)(void *owner);
	/* Has been taken; or null. */
	void (*taken)(void *owner, const void *p, size_t len);
	void *owner;

	bool stopped;			/* for reading only */

	/* the writer's own */
	bool careful;			/* no attempt may block */
	bool socket;
	bool pipe;			/* one that could block us */
};

/* Begins with fd; wait, taken and owner are to be set.  In a session nothing
 * blocks: a socket and a pipe are written to without, and what else there is
 * takes all at once. */
void writer_open(struct writer *, int fd, bool in_session);

/* Writes the pieces, at most IOV_MAX, which are spoiled.  more says that other
 * bytes follow at once.  False, with errno set, if that fails. */
bool writer_put(struct writer *, struct iovec *, size_t count, bool more);

/* Writes of one piece what goes at once; -1, with errno EAGAIN, if nothing
 * does. */
ssize_t writer_attempt(const struct writer *, struct iovec *);

/* Writes *len bytes that wait in the passage; *len becomes how many still wait.
 * False, with errno set, if that fails; EINVAL: they cannot go this way. */
bool writer_pass(struct writer *, const struct passage *, size_t *len);

/* Writes all len bytes, however long it takes.  False, with errno set, if that
 * fails. */
bool write_all(int fd, const void *buf, size_t len);

/* The same, but no longer than the deadline, when errno becomes ETIMEDOUT; for
 * what a peer may leave untaken. */
bool write_until(int fd, const void *buf, size_t len, int64_t deadline);

#endif
