/* The opening handshake (RFC 6455, 4): what a request and an answer must be,
 * and how they are written.  Pure. */
#ifndef HTTP_HANDSHAKE_H
#define HTTP_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "http/fields.h"
#include "http/head.h"
#include "http/url.h"

enum {
	WS_KEY_LEN = 24,	/* Sec-WebSocket-Key: 16 bytes in base64 */
	WS_ACCEPT_LEN = 28	/* Sec-WebSocket-Accept: 20 bytes in base64 */
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

/* Whether it is a path as it can stand in a request line, without query. */
bool ws_path_valid(struct slice path);

/* Whether a browser's Origin names the host and port of a Host field. */
bool ws_origin_is_host(struct slice origin, struct slice host);

/* -- the server's side -- */

/* What can be spoken; but for the first only where it is asked for. */
enum ws_version {
	WS_VERSION_13,		/* RFC 6455 */
	WS_VERSION_8,		/* hybi-08 to hybi-12 */
	WS_VERSION_7,		/* hybi-07 */
	WS_HIXIE_76,		/* hybi-00 */
	WS_HIXIE_75
};

/* Its name in WS_VERSION. */
const char *ws_version_name(enum ws_version);

/* The version of that name, a draft's or that of WS_VERSION; WS_VERSION_13 if
 * it has no older one's. */
enum ws_version ws_version_of_draft(struct slice name);

enum ws_refusal {
	WS_ACCEPTED,
	WS_REQUEST_LINE_TOO_LONG,
	WS_REQUEST_TOO_LARGE,
	WS_REQUEST_TOO_LATE,
	WS_SHUTTING_DOWN,
	WS_TOO_MANY_SESSIONS,
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
	WS_CREDENTIALS_REFUSED,
	WS_PATH_REFUSED,
	WS_ORIGIN_REFUSED,
	WS_HIXIE_ORIGIN,
	WS_HIXIE_KEYS,
	WS_PROXYPROTO_MALFORMED,
	WS_GATE_CREDENTIALS,
	WS_GATE_FORBIDDEN,
	WS_GATE_NOT_FOUND,
	WS_GATE_UNAVAILABLE,
	WS_GATE_LATE,
	WS_GATE_FIELDS
};

struct ws_server_rules {
	struct string_list subprotocols;	/* that we speak */
	struct string_list origins;	/* let in; none: only that of Host;
					   "*": all */
	struct string_list credentials;	/* user:password; none: all */
	struct string_list paths;	/* that are served; none: all */
	unsigned older;			/* bit 1 << version: spoken, too */
};

/* A request; everything points into the head. */
struct ws_request {
	struct http_head head;
	struct http_request_line line;
	enum http_fault fault;		/* for WS_FIELDS_MALFORMED */
	struct slice host;		/* without port; brackets stay */
	struct slice path;		/* of the target, with escapes */
	struct slice query;
	enum ws_version version;
	struct slice authority;		/* host with port */
	struct slice key;
	struct slice origin;		/* of hixie, */
	uint32_t hixie_number[2];	/* and what its keys stand for */
	struct slice subprotocol;	/* selected, or empty */
	const char *credentials;	/* that were right, or null */
};

/* Whether a head, which may be malformed, asks for an upgrade to WebSocket. */
bool ws_is_upgrade(const char *head, size_t len);

/* Judges a complete request head of len bytes, in the order of the sections
 * above.  On refusal only what was reached is set in the request. */
enum ws_refusal ws_judge_request(struct ws_request *,
    const struct ws_server_rules *, char *head, size_t len);

/* All reasons to refuse a request whose line and fields are set, in that
 * order; returns how many. */
enum { WS_REFUSALS_MAX = 13 };
size_t ws_find_refusals(enum ws_refusal found[WS_REFUSALS_MAX],
    struct ws_request *, const struct ws_server_rules *);

/* The status that a refusal is answered with, and a sentence for the log. */
int ws_refusal_status(enum ws_refusal);
const char *ws_refusal_text(enum ws_refusal, enum http_fault);

/* Appends the answer that opens the connection, but for hixie. */
void ws_put_acceptance(struct text *, const struct ws_request *,
    struct string_list edits);

/* Appends the complete answer to a refused request. */
void ws_put_refusal(struct text *, enum ws_refusal, struct string_list edits);

/* -- the client's side -- */

struct ws_client_request {
	struct ws_url url;
	char key[WS_KEY_LEN];
	struct string_list subprotocols;	/* offered */
	const char *origin;			/* or null */
	const char *basic;			/* user:password, or null */
	struct string_list edits;		/* of its fields */
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

/* Reads a complete answer of len bytes, whose status is not judged but for
 * interim ones: then it is WS_ANSWER_OPEN. */
enum ws_answer ws_read_answer(struct ws_response *, char *head, size_t len);

/* Judges a complete answer of len bytes to that request (4.1). */
enum ws_answer ws_judge_answer(struct ws_response *,
    const struct ws_client_request *, char *head, size_t len);

/* All that is wrong with a final answer whose line and fields are set;
 * returns how many. */
enum { WS_ANSWER_FAULTS_MAX = 6 };
size_t ws_find_answer_faults(enum ws_answer found[WS_ANSWER_FAULTS_MAX],
    struct ws_response *, const struct ws_client_request *);

/* A sentence on an answer that is not acceptable. */
const char *ws_answer_text(enum ws_answer, enum http_fault);

#endif
