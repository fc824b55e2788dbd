/* The opening handshake (RFC 6455, 4): what a request and an answer must be,
 * and how they are written.  Pure. */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "text.h"
#include "url.h"

enum {
	WS_KEY_LEN = 24,	/* Sec-WebSocket-Key: 16 bytes in base64 */
	WS_ACCEPT_LEN = 28	/* Sec-WebSocket-Accept: 20 bytes in base64 */
};

/* A list of strings of the caller's, for instance from the command line. */
struct string_list {
	const char *const *item;
	size_t count;
};

/* Writes the Sec-WebSocket-Key of these 16 bytes, without a NUL. */
void ws_key_encode(char key[WS_KEY_LEN], const uint8_t nonce[16]);

/* Whether it is the base64 of 16 bytes.  Stray bits in the last digit are let
 * pass, as in the RFC's own example (erratum 3150). */
bool ws_key_valid(struct slice key);

/* Writes the Sec-WebSocket-Accept for a key (4.2.2, item 5.4), without a
 * NUL. */
void ws_accept_encode(char accept[WS_ACCEPT_LEN], struct slice key);

/* The serialization of an origin: visible ASCII (RFC 6454, 6.2). */
bool ws_origin_valid(struct slice origin);

/* Whether a browser's Origin names the host and port of a Host field. */
bool ws_origin_is_host(struct slice origin, struct slice host);

/* -- the server's side -- */

enum ws_refusal {
	WS_ACCEPTED,
	WS_REQUEST_LINE_TOO_LONG,
	WS_REQUEST_TOO_LARGE,
	WS_REQUEST_TOO_LATE,
	WS_SHUTTING_DOWN,
	WS_REQUEST_INCOMPLETE,
	WS_REQUEST_LINE_MALFORMED,
	WS_HTTP_VERSION,
	WS_TOO_MANY_FIELDS,
	WS_FIELDS_MALFORMED,
	WS_TARGET_MALFORMED,
	WS_HOST_MALFORMED,
	WS_METHOD,
	WS_TARGET_FORM,
	WS_HTTP_1_0,
	WS_HAS_BODY,
	WS_NO_UPGRADE,
	WS_NO_CONNECTION_UPGRADE,
	WS_VERSION_MALFORMED,
	WS_VERSION_UNKNOWN,
	WS_KEY_MALFORMED,
	WS_SUBPROTOCOL_MALFORMED,
	WS_EXTENSION_MALFORMED,
	WS_ORIGIN_TWICE,
	WS_ORIGIN_REFUSED
};

struct ws_server_rules {
	struct string_list subprotocols;	/* that we speak */
	struct string_list origins;	/* let in; none: only that of Host;
					   "*": all */
};

/* A request; everything points into the head. */
struct ws_request {
	struct http_head head;
	struct http_request_line line;
	enum http_fault fault;		/* for WS_FIELDS_MALFORMED */
	struct slice host;		/* without port; brackets stay */
	struct slice path;		/* of the target, with escapes */
	struct slice query;
	struct slice key;
	struct slice subprotocol;	/* selected, or empty */
};

/* Judges a complete request head of len bytes, in the order of the sections
 * above.  On refusal only what was reached is set in the request. */
enum ws_refusal ws_judge_request(struct ws_request *,
    const struct ws_server_rules *, char *head, size_t len);

/* The status that a refusal is answered with, and a sentence for the log. */
int ws_refusal_status(enum ws_refusal);
const char *ws_refusal_text(enum ws_refusal, enum http_fault);

/* Appends the answer that opens the connection; fields are whole header
 * lines, already checked. */
void ws_put_acceptance(struct text *, const struct ws_request *,
    struct string_list fields);

/* Appends the complete answer to a refused request. */
void ws_put_refusal(struct text *, enum ws_refusal);

/* -- the client's side -- */

struct ws_client_request {
	struct ws_url url;
	char key[WS_KEY_LEN];
	struct string_list subprotocols;	/* offered */
	const char *origin;			/* or null */
	const char *basic;			/* user:password, or null */
	struct string_list fields;		/* more header lines */
};

/* Appends the request (4.1). */
void ws_put_request(struct text *, const struct ws_client_request *);

enum ws_answer {
	WS_ANSWER_OPEN,
	WS_ANSWER_INTERIM,	/* 1xx but 101: another answer follows */
	WS_ANSWER_REFUSED,	/* a final status but 101 */
	WS_ANSWER_STATUS_LINE,	/* from here on: not acceptable */
	WS_ANSWER_FIELDS,
	WS_ANSWER_UPGRADE,
	WS_ANSWER_CONNECTION,
	WS_ANSWER_ACCEPT,
	WS_ANSWER_EXTENSION,
	WS_ANSWER_SUBPROTOCOL
};

/* A server's answer; everything points into the head. */
struct ws_response {
	struct http_head head;
	struct http_status_line line;
	enum http_fault fault;		/* for WS_ANSWER_FIELDS */
	struct slice subprotocol;	/* in use, or empty */
};

/* Judges a complete answer of len bytes to that request (4.1). */
enum ws_answer ws_judge_answer(struct ws_response *,
    const struct ws_client_request *, char *head, size_t len);

/* A sentence on an answer that is not acceptable. */
const char *ws_answer_text(enum ws_answer, enum http_fault);

#endif
