/* stunnel, which does TLS for us.  What is inside goes through a Unix socket in
 * a directory that is ours, so that nobody else can connect: its own socket
 * pairs are of TCP. */
#ifndef STUNNEL_H
#define STUNNEL_H

#include "code/text.h"

struct stunnel_socket {
	int listener;		/* stunnel will connect to it */
	char folder[96], path[100];	/* where it is bound */
};

/* Makes it, in a directory that has the program's name in its own.  Ends the
 * program with a sentence if that fails. */
void stunnel_listen(struct stunnel_socket *, const char *program);

/* Removes folder and path, if they are still there. */
void stunnel_remove(const struct stunnel_socket *);

/* Appends a setting, which has no newline. */
void stunnel_set(struct text *, const char *key, const char *value);

/* A pipe that holds the settings, for stunnel to inherit.  Ends the program
 * with a sentence if they are too long. */
int stunnel_settings(const struct text *);

/* For a process of its own: becomes stunnel, which has the stream on
 * descriptors 0 and 1, writes its log as 2, and reads those settings. */
_Noreturn void stunnel_become(int stream, int log, int settings);

#endif
