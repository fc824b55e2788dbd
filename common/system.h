/* What is special to a system, behind a portable face. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

/* Fills buf, of at most 256 bytes, from the system's strong source of randomness;
 * ends the program with STATUS_SYSTEM if there is none.  Which source that is
 * the first call decides, and opens it. */
void random_bytes(void *buf, size_t len);

/* Whether what the descriptor holds can be looked at and taken later. */
bool can_peek(int fd);

/* Whether nothing more will come from the socket's peer than what is there;
 * false where the system does not tell. */
bool peer_has_ended(int fd);

/* Closes every descriptor from 3 on but those, of which each may be -1. */
void close_others(const int keep[], size_t count);

/* Makes the pipe at fd, if it is one, as large as any process may, so that bulk
 * data needs fewer wake-ups. */
void enlarge_pipe(int fd);

#endif
