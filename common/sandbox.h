/* What a program that has started gives up for good. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

/* From now on the process can read, write and close the descriptors it has,
 * wait and end; whatever else it asks of the system ends it with SIGSYS
 * (OpenBSD: SIGABRT).  To be called before the first byte of a peer's is
 * looked at.  Where the system has nothing of the kind nothing changes, and
 * verbose says so. */
void sandbox_enter(bool verbose);

#endif
