/* The frames of hixie-75 and hixie-76, told as those of RFC 6455.  Pure. */
#ifndef WS_HIXIEFRAME_H
#define WS_HIXIEFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ws/receiver.h"

enum ws_hixie_state {
	WS_HIXIE_BETWEEN,	/* two frames */
	WS_HIXIE_TEXT,
	WS_HIXIE_PIECE,		/* a piece of it was told to begin, */
	WS_HIXIE_PIECE_DONE,	/* and its payload was told */
	WS_HIXIE_SKIP_TO_FF,	/* a frame of another type */
	WS_HIXIE_LENGTH,
	WS_HIXIE_SKIP,
	WS_HIXIE_AT_END
};

/* Zero at the start, but for whether there is a closing handshake. */
struct ws_hixie {
	bool closes;			/* hixie-76 */
	enum ws_hixie_state state;
	bool begun;			/* a piece of the message was told */
	uint8_t type;
	uint64_t length;
};

/* Takes input as ws_receive does, by the rules set there, and tells of it
 * there in the same events.  A message comes in as many text frames as it
 * came in pieces, for its length is not known before its end; frames that mean
 * nothing are skipped; FF 00 is a Close without a code. */
enum ws_event ws_hixie_receive(struct ws_hixie *, struct ws_receiver *,
    uint8_t *in, size_t len, size_t *used);

/* What stands before and behind a message, and the closing handshake. */
enum {
	WS_HIXIE_BEFORE = 0x00,
	WS_HIXIE_BEHIND = 0xff,
	WS_HIXIE_CLOSE_LEN = 2
};

extern const uint8_t ws_hixie_close[WS_HIXIE_CLOSE_LEN];

#endif
