/* Everything that is wrong with a head.  Pure. */
#ifndef HTTP_LINT_H
#define HTTP_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "http/answer.h"
#include "http/request.h"

/* Is told of each fault: the line, from 1, or 0 for the head as a whole, and a
 * sentence. */
struct ws_lint {
	void (*report)(void *arg, size_t line, const char *what);
	void *arg;
	size_t faults;
};

/* Looks at a complete request of len bytes. */
void ws_lint_request(struct ws_lint *, const struct ws_server_rules *,
    const char *head, size_t len);

/* Looks at a complete answer, to a request whose key may be unknown; returns
 * whether it is an interim one, which another follows. */
bool ws_lint_answer(struct ws_lint *, const struct ws_client_request *,
    bool key_known, const char *head, size_t len);

#endif
