/* Frames as frame lines: collects what a receiver tells into lines of bounded
 * length.  Pure. */
#ifndef WS_FRAMEDUMP_H
#define WS_FRAMEDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "ws/frameline.h"
#include "ws/receiver.h"

enum {
	WS_PIECE_MAX = 65536,		/* of payload in one line */
	/* A line: its payload, each byte as \xHH, and what stands before. */
	WS_LISTED_LINE_MAX = 4 * WS_PIECE_MAX + 256
};

/* Zero at the start but for the style. */
struct ws_framedump {
	struct ws_frameline_style style;
	bool continued;			/* a line of this frame is printed */
	bool inflated;			/* its payload has another length:
					   each line becomes a frame */
	size_t len;
	uint8_t piece[WS_PIECE_MAX];	/* payload not printed yet */
};

/* A frame begins; its header is the receiver's. */
void ws_framedump_begin(struct ws_framedump *);

/* Takes payload of it.  Returns how many bytes, less than len if the line is
 * full: then ws_framedump_put is due, and the rest after it. */
size_t ws_framedump_add(struct ws_framedump *, const uint8_t *data, size_t len);

/* Appends the line of what was taken so far, up to WS_LISTED_LINE_MAX bytes.
 * Unless the frame ends here, a character at the end that is not complete
 * stays for the next line, which begins with "more". */
void ws_framedump_put(struct ws_framedump *, struct text *,
    const struct ws_header *, bool frame_ends);

/* Appends a line for bytes that are no frame. */
void ws_framedump_put_raw(struct text *, const uint8_t *data, size_t len);

#endif
