/* What a program that has started gives up, for good or until it is another. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

/* From now on the process can read, write and close the descriptors it has, say
 * how much of a socket is worth waking for, wait and end; whatever else it asks
 * of the system ends it with SIGSYS (OpenBSD: SIGABRT).  To be called before
 * the first byte of a peer's is looked at.  Where the system has nothing of the
 * kind nothing changes, and verbose says so. */
void sandbox_enter(bool verbose);

/* For a program that becomes another one, which is to have all of it back: on
 * Linux nobody but root can look into the process from now on, trace it, take
 * descriptors out of it or find its memory in a core file; on OpenBSD it can
 * read files, start programs, and use and make connections, no more. */
void sandbox_until_exec(void);

#endif
