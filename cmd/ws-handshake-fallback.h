/* A port that is shared with another server. */
#ifndef CMD_WS_HANDSHAKE_FALLBACK_H
#define CMD_WS_HANDSHAKE_FALLBACK_H

#include <stddef.h>
#include <stdint.h>

#include "readhead.h"

/* Becomes the command, by sh(1), which finds on descriptor 0 all that the peer
 * has sent: what TCP holds was not taken, what else was read comes again,
 * through a pipe. */
_Noreturn void fallback_exec(const char *command, const char *head,
    size_t len);

#endif
