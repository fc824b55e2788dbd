/* A port that is shared with another server. */
#ifndef SHARE_H
#define SHARE_H

#include <stddef.h>
#include <stdint.h>

#include "head.h"

/* Becomes the command, by sh(1), which finds on descriptor 0 all that the peer
 * has sent: what TCP holds was not taken, what else was read comes again,
 * through a pipe. */
_Noreturn void share_connection(const char *command, const char *head,
    size_t len);

#endif
