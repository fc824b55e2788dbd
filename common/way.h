/* Bytes on their way from one descriptor to another, beside other things that
 * are to be done meanwhile. */
#ifndef WAY_H
#define WAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "bulk.h"
#include "io.h"
#include "system.h"
#include "writer.h"

/* For reading only. */
struct way {
	int in;
	bool ended;		/* nothing more comes, and out was told */
	bool broken;		/* out takes nothing more: what comes is lost */
	bool failed;		/* in could not be read to its end */

	/* the way's own */
	struct writer out;
	size_t at, end;		/* what waits in buf, or in the passage */
	struct bulk bulk;
	bool passable;
	bool passing;		/* the passage is open */
	bool waits;		/* what goes through the passage to out
				   could block */
	struct passage passage;
	char buf[READ_SIZE];
};

/* Begins; bulk goes by a passage, without a copy, where the system has one. */
void way_open(struct way *, int in, int out);

/* What a way waits for, and until when: the deadline, or what way_rest() is for
 * comes before that. */
struct pollfd way_awaits(const struct way *);
int64_t way_deadline(const struct way *, int64_t deadline);

/* Gives back what bulk took, if it has ended. */
void way_rest(struct way *);

/* Does what can be done at once, after poll(2) has told of that; true if
 * something moved.  The end of in is passed on: a socket is shut down for
 * writing, anything else closed. */
bool way_carry(struct way *);

#endif
