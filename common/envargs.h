/* Arguments that come by a descriptor. */
#ifndef ENVARGS_H
#define ENVARGS_H

/* The arguments, argv[0] among them, that the file holds which WS_ARGV names
 * (session.h): strings that end with a NUL each.  It serves those who can start
 * a program but would change its arguments, as socat's EXEC does, and whose
 * environment others can read.  Takes WS_ARGV out of the environment, and
 * closes the descriptors that leaked to us, all from 3 on but those of the
 * session.  Ends the program if there is no such variable; the result is
 * allocated, and kept to the end. */
char **envargs_take(int *argc);

#endif
