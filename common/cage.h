/* A process of its own for what a stranger says first: it has the descriptors
 * that it needs and the sandbox of the filters, and hands what it has read to
 * its parent, in a fixed shape, which the parent checks. */
#ifndef CAGE_H
#define CAGE_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cage {
	pid_t pid;
	int pipe;			/* of both, an end each */
	struct sigaction child_ends;	/* what was done about SIGCHLD */
};

/* Starts the process: returns true in it, and false in the parent.  Ends the
 * program if that cannot be done. */
bool cage_begin(struct cage *);

/* In the process, before it reads anything: closes all descriptors but the
 * standard ones, its own, the lifeline and those to be kept, of which each may
 * be -1, and enters the sandbox.  SIGPIPE is ignored from then on; while it
 * waits for input, the process ends as soon as its parent has. */
void cage_enter(const struct cage *, const int keep[], size_t count);

/* In the process: hands over its result and returns the status to end with. */
int cage_hand_over(const struct cage *, const void *result, size_t len);

/* In the parent: takes the result, of at most size bytes, and returns how many
 * there are.  If the process ended with a status other than 0, having said why,
 * the program ends with that; and with a sentence if a signal ended it, or if
 * it lasted much longer than to the deadline, which it was to keep. */
size_t cage_take(const struct cage *, void *result, size_t size,
    int64_t deadline);

/* In the parent: ends the program, as the result cannot be what it should. */
_Noreturn void cage_is_broken(void);

#endif
