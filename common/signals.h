/* Signals: those that end a session, and the end of children. */
#ifndef SIGNALS_H
#define SIGNALS_H

/* From now on SIGTERM, SIGINT, SIGHUP and SIGALRM, where they are not ignored,
 * write their number, one byte, to the returned descriptor; the second of one
 * kind ends the process. */
int signals_catch(void);

/* Holds those back from this process, and from a program that it starts or
 * becomes until that catches them; lets them go again in this process. */
void signals_hold(void);
void signals_release(void);

/* From now on a write that nobody can read fails with EPIPE; without SIGPIPE
 * being ignored, so that the process may still end by it. */
void signals_hold_sigpipe(void);

/* From now on the returned descriptor gets a byte for each child that ends. */
int signals_watch_children(void);

/* Ends the process by that signal, so that who waits for it sees that; or, if
 * the signal is ignored, returns.  To be called after signals_catch. */
void end_by_signal(int signal);

#endif
