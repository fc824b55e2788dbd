/* What ws-socks, which waits for a connection, is told by those who open it:
 * SOCKS_REPLY names a descriptor, and a byte there is a reply of SOCKS 5. */
#ifndef SOCKSREPLY_H
#define SOCKSREPLY_H

#include "net/socks.h"

/* Makes a pipe whose writing end is for the programs to come. */
void socksreply_open(int *reader, int *writer);

/* The descriptor where it is told, or -1. */
int socksreply_writer(void);

/* Tells it; nothing happens where nobody waits.  What is told first counts. */
void socksreply_tell(enum ws_socks_reply);

/* The same, after which nobody is told any more. */
void socksreply_tell_last(enum ws_socks_reply);

/* What an errno means for the one who asked for the connection; and what a
 * sentence does that ends with the text of an errno. */
enum ws_socks_reply socksreply_of_error(int error);
enum ws_socks_reply socksreply_of_sentence(const char *);

#endif
