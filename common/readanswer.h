/* The answer of a server, or of a proxy, to a request: reading it, and saying
 * what came instead of the one that was hoped for. */
#ifndef READANSWER_H
#define READANSWER_H

#include <stdint.h>

#include "http/answer.h"
#include "readhead.h"

/* Who answers, for the sentences. */
enum answerer { SERVER, TLS_SERVER, PROXY };

/* Reads the final answer, interim ones passed over, into a buffer of HEAD_SIZE
 * bytes that the response points into; not one byte of what follows.  Ends the
 * program with a sentence if what comes is none that can be read. */
void read_answer(int fd, enum answerer, struct ws_response *, char *head,
    int64_t deadline);

/* Ends the program because that answer refuses: tells status and phrase, the
 * advice, where a redirect leads to, when to come again, and the beginning of
 * the content if that is text.  All of the content is read first, within
 * limits, so that nobody sees the connection reset. */
_Noreturn void die_refused(int fd, enum answerer, const struct ws_response *,
    const char *advice, int64_t deadline);

/* Ends the program because of what came instead of a whole answer. */
_Noreturn void die_no_answer(enum answerer, enum input);

#endif
