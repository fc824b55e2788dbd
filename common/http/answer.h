/* What a client asks of an answer (RFC 6455, 4.1).  Pure. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "code/text.h"
#include "http/compose.h"
#include "http/head.h"

enum ws_answer {
	WS_ANSWER_OPEN,
	WS_ANSWER_INTERIM,	/* 1xx but 101: another answer follows */
	WS_ANSWER_REFUSED,	/* a final status but 101 */
	WS_ANSWER_STATUS_LINE,	/* from here on: not acceptable */
	WS_ANSWER_FIELDS,
	WS_ANSWER_UPGRADE,
	WS_ANSWER_OTHER_UPGRADE,
	WS_ANSWER_CONNECTION,
	WS_ANSWER_ACCEPT,
	WS_ANSWER_EXTENSION,
	WS_ANSWER_DEFLATE,
	WS_ANSWER_SUBPROTOCOL
};

/* A server's answer; everything points into the head. */
struct ws_response {
	struct http_head head;
	struct http_status_line line;
	enum http_fault fault;		/* for WS_ANSWER_FIELDS */
	struct slice subprotocol;	/* in use, or empty */
	struct ws_permessage deflate;	/* in use, or not */
};

/* Reads a complete answer of len bytes, whose status is not judged but for
 * interim ones: then it is WS_ANSWER_OPEN. */
enum ws_answer ws_read_answer(struct ws_response *, char *head, size_t len);

/* Judges a final answer that was read, to that request (4.1). */
enum ws_answer ws_judge_answer(struct ws_response *,
    const struct ws_client_request *);

/* Whether the request offered the subprotocol. */
bool ws_subprotocol_was_offered(struct slice subprotocol,
    const struct ws_client_request *);

/* All that is wrong with a final answer whose line and fields are set;
 * returns how many. */
enum { WS_ANSWER_FAULTS_MAX = 8 };
size_t ws_find_answer_faults(enum ws_answer found[WS_ANSWER_FAULTS_MAX],
    struct ws_response *, const struct ws_client_request *);

/* A sentence on an answer that is not acceptable. */
const char *ws_answer_text(enum ws_answer, enum http_fault);

#endif
