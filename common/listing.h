/* Frames as frame lines: collects what a receiver tells into lines of bounded
 * length.  Pure. */
#ifndef LISTING_H
#define LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "line.h"
#include "receiver.h"
#include "text.h"

enum {
	WS_PIECE_MAX = 65536,		/* of payload in one line */
	/* A line: its payload, each byte as \xHH, and what stands before. */
	WS_LISTED_LINE_MAX = 4 * WS_PIECE_MAX + 256
};

/* Zero at the start but for the style. */
struct ws_listing {
	struct ws_line_style style;
	bool continued;			/* a line of this frame is printed */
	size_t len;
	uint8_t piece[WS_PIECE_MAX];	/* payload not printed yet */
};

/* A frame begins; its header is the receiver's. */
void ws_listing_begin(struct ws_listing *);

/* Takes payload of it.  Returns how many bytes, less than len if the line is
 * full: then ws_listing_put is due, and the rest after it. */
size_t ws_listing_add(struct ws_listing *, const uint8_t *data, size_t len);

/* Appends the line of what was taken so far, up to WS_LISTED_LINE_MAX bytes.
 * Unless the frame ends here, a character at the end that is not complete
 * stays for the next line, which begins with "more". */
void ws_listing_put(struct ws_listing *, struct text *,
    const struct ws_header *, bool frame_ends);

/* Appends a line for bytes that are no frame. */
void ws_listing_put_raw(struct text *, const uint8_t *data, size_t len);

#endif
