/* Heads of HTTP/1.1 messages (RFC 9110, RFC 9112).  Pure. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "code/text.h"

enum {
	HTTP_START_LINE_MAX = 16384,
	HTTP_HEAD_MAX = 65536,
	HTTP_FIELDS_MAX = 100
};

/* Finds the end of a head, which may come in pieces of any size.  Zero at the
 * start but for skip_empty: whether empty lines before the start line are
 * passed over, as before a request (RFC 9112, 2.2). */
struct http_scan {
	bool skip_empty;
	bool line_begun;	/* inside the start line or behind it */
	bool start_line_done;
	size_t line_len;	/* of the line so far, less a CR at its end */
	bool cr;
	size_t total;
};

enum http_scan_result {
	HTTP_MORE,
	HTTP_COMPLETE,		/* just behind the empty line */
	HTTP_LINE_TOO_LONG,	/* start line over HTTP_START_LINE_MAX */
	HTTP_HEAD_TOO_LARGE	/* over HTTP_HEAD_MAX */
};

/* Looks at len more bytes; *used says how many belong to the head.  A line
 * ends with LF, with or without a CR before it (RFC 9112, 2.2). */
enum http_scan_result http_scan(struct http_scan *, const char *in, size_t len,
    size_t *used);

/* What the first bytes of a connection tell, be they a request's or an
 * answer's. */
enum http_start {
	HTTP_START,		/* HTTP/1, as far as one can see */
	HTTP_START_TLS,
	HTTP_START_FOREIGN	/* neither */
};

enum http_start http_judge_start(const char *first, size_t len, bool answer);

struct http_field {
	struct slice name;
	struct slice value;	/* trimmed */
};

struct http_head {
	struct slice start_line;
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
};

enum http_fault {
	HTTP_OK,
	HTTP_TOO_MANY_FIELDS,
	HTTP_FIELD_MALFORMED,	/* no colon, or a name that is no token */
	HTTP_VALUE_MALFORMED,	/* a control character */
	HTTP_FOLDED,		/* a line that begins with a blank */
	HTTP_BARE_CR
};

/* The next line of *rest, without its line end; *rest moves behind it. */
struct slice http_next_line(struct slice *rest);

/* Cuts the start line off a complete head, empty lines before it skipped. */
struct slice http_start_line(const char *head, size_t len);

/* Reads a complete head of len bytes; the slices point into it.  With
 * unfold, a line that begins with a blank is joined to the one before, in
 * place (RFC 9112, 5.2), else it is a fault. */
enum http_fault http_parse_head(struct http_head *, char *head, size_t len,
    bool unfold);

/* Cuts what stands before the first colon, and that, off a line.  False, and
 * the line is left alone, if there is none. */
bool http_take_name(struct slice *line, struct slice *name);

/* Reads one line of a head as a field; the slices point into it. */
enum http_fault http_parse_field(struct http_field *, struct slice line);

/* A sentence on the fault. */
const char *http_fault_text(enum http_fault);

/* The next field of that name, in any case, from *i on; *i moves behind it.
 * Null when there is no more. */
const struct http_field *http_find(const struct http_head *, const char *name,
    size_t *i);

/* How many fields have that name, and the first of them. */
size_t http_count(const struct http_head *, const char *name,
    struct slice *first);

/* Whether the list has the token, without case. */
bool http_value_has(struct slice list, const char *token);

/* Whether the list in all fields of that name has the token, without case. */
bool http_list_has(const struct http_head *, const char *name,
    const char *token);

/* The parts of a request line (RFC 9112, 3).  False if it has another form;
 * the target may still hold any byte but space. */
struct http_request_line {
	struct slice method;
	struct slice target;
	int major, minor;
};

bool http_parse_request_line(struct http_request_line *, struct slice line);

/* The parts of a status line (RFC 9112, 4), HTTP/1 only.  False if it has
 * another form; a missing blank before an absent phrase is let pass. */
struct http_status_line {
	int minor;
	int status;
	struct slice phrase;
};

bool http_parse_status_line(struct http_status_line *, struct slice line);

/* token of RFC 9110, 5.6.2; and how many characters of one it begins with. */
bool http_is_token(struct slice);
size_t http_token_run(struct slice);

/* field-value of RFC 9110, 5.5: no control character but the tab. */
bool http_is_value(struct slice);

/* A whole "Name: value" line that may go into a head. */
bool http_is_field_line(struct slice);

/* user:password of RFC 7617, 2: a colon, and no control characters. */
bool http_is_basic(struct slice);

/* host [ ":" port ] of RFC 9110, 7.2, not empty, host in brackets if it is
 * IPv6.  Cut in two; the port is empty if there is none. */
bool http_parse_authority(struct slice authority, struct slice *host,
    struct slice *port);

/* The standard phrase of a status that this toolkit sends. */
const char *http_phrase(int status);

#endif
