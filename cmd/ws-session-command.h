/* The command of a session, before there is one. */
#ifndef WS_SESSION_COMMAND_H
#define WS_SESSION_COMMAND_H

/* Ends the program with STATUS_SYSTEM, and a sentence that helps, if execvp(3)
 * would not find a program of that name that we may run. */
void check_command(const char *name);

#endif
