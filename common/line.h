/* Frame lines: frames written as text.  Here as far as the control channel of
 * a session needs them, one control frame a line.  Pure. */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "text.h"

/* No line is longer, its newline included: any system writes that many bytes
 * to a pipe in one piece (_POSIX_PIPE_BUF). */
enum { WS_LINE_MAX = 512 };

enum ws_order {
	WS_ORDER_PING,
	WS_ORDER_PONG,
	WS_ORDER_CLOSE,		/* when the input has been sent */
	WS_ORDER_CLOSE_NOW,	/* before anything else */
	WS_ORDER_END		/* nothing more will come from the peer */
};

/* What a line on the control channel asks ws-frame to do. */
struct ws_control_line {
	enum ws_order order;
	uint8_t payload[WS_CONTROL_MAX];	/* of the ping or pong */
	size_t len;			/* or length of the Close's reason */
	unsigned close_code;		/* of the Close */
	int status;			/* of the end: an exit status */
};

/* Appends the line with its newline: at most WS_LINE_MAX bytes. */
void ws_put_control_line(struct text *, const struct ws_control_line *);

/* Reads a line without its newline.  False, and *l is of no use, if it is not
 * one of
 *
 *	ping [PAYLOAD]
 *	pong [PAYLOAD]
 *	close [now] [CODE [PAYLOAD]]
 *	end [STATUS]
 *
 * where PAYLOAD is "text" with the escapes \" \\ \n \r \t \xHH, or hex:HH...
 * and STATUS is 6, a connection lost, unless given. */
bool ws_parse_control_line(struct ws_control_line *l, struct slice line);

#endif
