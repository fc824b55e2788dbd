/* Words for people, and the exit status. */
#ifndef DIAG_H
#define DIAG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "code/status.h"

/* The program's name in its messages; main sets it. */
extern const char *argv0;

/* From now on say() says nothing (-q). */
void diag_quiet(void);

/* Whether descriptor 2 is the socket that 0 or 1 is, as under inetd; or was,
 * when that was asked first. */
bool stderr_is_peer(void);

/* Whether say() says nothing, for one of these reasons; good in a signal
 * handler, too. */
bool diag_is_silent(void);

/* Prints "argv0: ..." as one line on standard error, in one write.  Nothing
 * is printed where standard error is the peer's socket, as under inetd. */
void say(const char *fmt, ...);

/* The same, then ends the process with that status. */
_Noreturn void die(int status, const char *fmt, ...);

/* The same with the text of errno behind it, and STATUS_SYSTEM. */
_Noreturn void die_sys(const char *fmt, ...);

/* Says what did not happen in so many milliseconds. */
void say_given_up(const char *what, int64_t ms);

/* For -h: writes the text and a newline to standard output and ends the
 * process, with STATUS_SYSTEM if that fails. */
_Noreturn void print_and_exit(const char *text);

/* For -V: the same with the program's name and version. */
_Noreturn void print_version(void);

/* For wrong usage: a sentence that says what is wrong, then in one line how the
 * program is used, which is the first line of USAGE without its options; ends
 * the process with STATUS_USAGE.  Nothing silences it but that standard error
 * is the peer's. */
_Noreturn void die_usage(const char *usage, const char *fmt, ...);

#endif
