/* Frame lines: frames written as lines of text, the notation of ws-deframe -a
 * and ws-frame -a and of the control channel.  ws-frame(1) has the grammar.
 * Pure. */
#ifndef WS_FRAMELINE_H
#define WS_FRAMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "ws/closing.h"
#include "ws/frame.h"

enum ws_frameline_kind {
	WS_FRAMELINE_EMPTY,		/* nothing but blanks or a comment */
	WS_FRAMELINE_FRAME,
	WS_FRAMELINE_MORE,		/* more payload of the frame before */
	WS_FRAMELINE_RAW,		/* bytes that are no frame */
	WS_FRAMELINE_SLEEP,

	/* on the control channel only */
	WS_FRAMELINE_END,		/* the peer has ended */
	WS_FRAMELINE_STATUS,		/* somebody knows the exit status */
	WS_FRAMELINE_DONE		/* the input's writer has, in order */
};

enum ws_frameline_mask {
	WS_MASK_DEFAULT,	/* as the role demands */
	WS_MASK_NONE,
	WS_MASK_DRAWN,		/* with a key yet to be drawn */
	WS_MASK_GIVEN		/* with masking_key of the header */
};

struct ws_frameline {
	enum ws_frameline_kind kind;
	struct ws_header header;	/* with the length as declared */
	enum ws_frameline_mask mask;
	bool deflated;			/* to be compressed */
	enum ws_when when;		/* control channel: of a Close, ... */
	bool received;			/* ... which the peer has sent */
	const uint8_t *payload;		/* a Close's with its code; the reason
					   of an end */
	size_t payload_len;
	int64_t ms;			/* of a sleep */
	int status;			/* of an end, or alone */
};

/* Where a line cannot be understood: columns count bytes from 1. */
struct ws_frameline_fault {
	size_t column;
	const char *expected;
};

/* Reads a line of len bytes without its newline.  The payload is decoded in
 * place, so the line is spoiled.  False, with the fault set, if it is none. */
bool ws_frameline_parse(struct ws_frameline *, struct ws_frameline_fault *,
    char *line, size_t len);

/* The same for a line of the control channel, where an empty one says that data
 * have come from the peer.  Frames other than control frames are none, nor is
 * what no control frame may be; these faults have no place. */
bool ws_frameline_parse_control(struct ws_frameline *,
    struct ws_frameline_fault *, char *line, size_t len);

/* How much of what a frame line can say is printed. */
struct ws_frameline_style {
	bool all;			/* each attribute (-v) */
	bool masked;			/* the usual for this direction */
	bool mask_matters;		/* so that the other is printed */
	bool deflate;			/* RSV1 is "deflated" */
};

/* Appends what stands before the payload: type and attributes.  The length is
 * printed only if payload, the number of bytes that follow in this line, is
 * another. */
void ws_frameline_put_head(struct text *, const struct ws_frameline_style *,
    const struct ws_header *, size_t payload);

/* Appends a blank and the payload: "text" if it is UTF-8 without much to
 * escape, else hex:...; nothing for no payload.  At most 4 * len + 6 bytes. */
void ws_frameline_put_payload(struct text *, const uint8_t *payload,
    size_t len);

/* The same for the payload of a Close: its code in decimal before the
 * reason.  One that has no code is printed as any payload. */
void ws_frameline_put_close(struct text *, const uint8_t *payload, size_t len);

/* No line on the control channel is longer, its newline included: any system
 * writes that many bytes to a pipe in one piece (_POSIX_PIPE_BUF). */
enum { WS_CONTROL_LINE_MAX = 512 };

/* Appends a line for the control channel.  opcode is WS_PING, WS_PONG or
 * WS_CLOSE; when is for a Close. */
void ws_frameline_put_control(struct text *, uint8_t opcode,
    enum ws_when when, const uint8_t *payload, size_t len);

/* Appends the line of a Close with this code and no reason. */
void ws_frameline_put_close_code(struct text *, enum ws_when,
    unsigned code);

/* Appends the line of a Close that the peer has sent. */
void ws_frameline_put_received(struct text *, const uint8_t *payload,
    size_t len);

/* Appends the line of an exit status that somebody knows. */
void ws_frameline_put_status(struct text *, int status);

/* Appends the line that says with what exit status the receiving side ended,
 * and why, in at most 125 bytes, if that is worth a word; 6, a connection lost,
 * is what it says without a number. */
void ws_frameline_put_end(struct text *, int status, const uint8_t *reason,
    size_t len);

#endif
