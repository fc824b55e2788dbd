/* Captures: the raw bytes of both directions of a session, with their times.
 * A record is a line and so many bytes, and a newline:
 *
 *	DIRECTION ROLE SECONDS.MICROSECONDS LENGTH
 *
 * where DIRECTION is "<" for bytes received and ">" for bytes sent by that
 * ROLE, client or server, or "<head" and ">head" for a head of the handshake
 * before them, and the time is that of day, since 1970.  While it is watched,
 * a word stands behind the length: the session's.  Pure. */
#ifndef WS_CAPTURE_H
#define WS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"

enum {
	WS_CAPTURE_SESSION_MAX = 80,
	WS_CAPTURE_LINE_MAX = 64 + WS_CAPTURE_SESSION_MAX /* with its newline */
};

struct ws_capture_record {
	bool sent;			/* ">", by ... */
	bool client;			/* ... the client, else the server */
	bool head;			/* no frames, a head of HTTP */
	int64_t time_us;
	uint64_t len;
	char session[WS_CAPTURE_SESSION_MAX];	/* or "" */
};

/* Appends the line that begins a record. */
void ws_capture_put(struct text *, const struct ws_capture_record *);

enum ws_capture_event {
	WS_CAPTURE_MORE,	/* all input used */
	WS_CAPTURE_RECORD,	/* one begins: see record */
	WS_CAPTURE_DATA,	/* bytes of it: data, data_len */
	WS_CAPTURE_MALFORMED	/* no capture; says the same again */
};

/* Zero at the start. */
struct ws_capture_reader {
	struct ws_capture_record record;
	const uint8_t *data;		/* points into the caller's input */
	size_t data_len;
	uint64_t offset;		/* bytes used in all */
	uint64_t place;			/* where the last record began, or what
					   is none */

	/* inside */
	char line[WS_CAPTURE_LINE_MAX];
	size_t line_len;
	uint64_t left;			/* of the record */
	enum { WS_CAPTURE_IN_LINE, WS_CAPTURE_IN_DATA, WS_CAPTURE_AT_END,
	    WS_CAPTURE_FAILED } state;
};

/* Takes up to len bytes from in until there is something to tell; *used says
 * how many. */
enum ws_capture_event ws_capture_read(struct ws_capture_reader *,
    const uint8_t *in, size_t len, size_t *used);

/* Whether the capture may end here: between two records. */
bool ws_capture_complete(const struct ws_capture_reader *);

#endif
