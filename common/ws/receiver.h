/* What RFC 6455 makes of a stream of frames: rules, messages, control frames.
 * Pure: fed byte by byte or whole it comes to the same result. */
#ifndef WS_RECEIVER_H
#define WS_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/inflate.h"
#include "code/utf8.h"
#include "ws/frame.h"

/* What the sender must do about masking (5.1). */
enum ws_masking {
	WS_MASKING_ANY,		/* a stream without a known direction */
	WS_MASKING_REQUIRED,	/* from a client */
	WS_MASKING_FORBIDDEN	/* from a server */
};

enum ws_event {
	WS_NEED_MORE,		/* all input used, nothing more to tell */
	WS_FRAME_BEGIN,		/* a data frame: see header */
	WS_PAYLOAD,		/* a piece of it, unmasked: data, data_len */
	WS_FRAME_END,		/* the frame is complete; with header.fin the
				   message is, too */
	WS_CONTROL,		/* a whole ping, pong or Close: control,
				   control_len, and close_code */
	WS_VIOLATION		/* see violation; nothing after it counts,
				   unless lax: then what broke the rule is
				   told next */
};

/* Where a frame breaks several rules, the first of them here counts. */
enum ws_violation {
	WS_OK,
	WS_RSV_SET,
	WS_RSV1_MISPLACED,	/* where messages may be compressed */
	WS_RESERVED_OPCODE,
	WS_CONTROL_FRAGMENTED,
	WS_NOTHING_TO_CONTINUE,
	WS_MESSAGE_UNFINISHED,
	WS_TEXT_REFUSED,
	WS_BINARY_REFUSED,
	WS_NOT_MASKED,
	WS_MASKED,
	WS_CONTROL_TOO_LONG,
	WS_LENGTH_TOP_BIT,
	WS_LENGTH_NOT_MINIMAL,
	WS_MESSAGE_TOO_BIG,
	WS_NOT_INFLATED,	/* ws_receiver_fault_text says why */
	WS_TEXT_NOT_UTF8,
	WS_CLOSE_OF_ONE_BYTE,
	WS_CLOSE_CODE_INVALID,
	WS_CLOSE_REASON_NOT_UTF8,
	WS_FRAME_AFTER_CLOSE	/* told when lax only: else it is discarded */
};

enum ws_receiver_state {
	WS_IN_HEADER,
	WS_BEFORE_PAYLOAD,	/* of a header that breaks rules, when lax */
	WS_IN_PAYLOAD,
	WS_AT_END,		/* behind a Close */
	WS_FAILED
};

/* How the two sides compress (RFC 7692, 7.1). */
struct ws_compression {
	unsigned window_bits;
	bool drops_context;	/* after each message */
};

/* Set the rules, leave the rest zero at the start of a stream.  Everything
 * but the rules is for reading only. */
struct ws_receiver {
	/* the rules */
	enum ws_masking masking;
	bool refuse_text;
	bool refuse_binary;
	uint64_t message_max;		/* bytes of payload; 0: no limit */
	bool any_length_form;		/* as in versions 7 and 8 */
	bool may_compress;		/* RSV1 marks compressed messages */
	struct ws_inflate *inflate;	/* what they are inflated with; or null:
					   they are handed on as they are */
	bool as_sent;			/* the same, but what is wrong with them
					   is told; for a lax one */
	struct ws_compression by_server, by_client;
	bool lax;			/* tell violations and go on; control
					   frames are told like data frames */

	/* what the last event was about */
	struct ws_header header;
	uint8_t *data;			/* points into the caller's input, or
					   that of inflate */
	size_t data_len;
	bool data_ends;			/* inflated: the last of the message */
	uint8_t control[WS_CONTROL_MAX];
	size_t control_len;
	unsigned close_code;		/* WS_CLOSE_NONE: it had none */
	enum ws_violation violation;

	/* where the stream stands */
	uint8_t message_opcode;		/* 0: between two messages */
	uint64_t message_len;		/* announced by its frames so far; if it
					   is inflated, what came of them */
	bool compressed;		/* the message is, ... */
	bool inflating;			/* ... and is inflated */
	uint64_t frames;		/* headers begun */
	uint64_t frame_offset;		/* where the last one began, in bytes */
	uint64_t offset;		/* bytes used in all */

	/* inside */
	enum ws_receiver_state state;
	uint8_t raw[WS_HEADER_MAX];
	size_t raw_len;
	uint64_t payload_done;
	struct ws_utf8 utf8;
	bool text_failed;		/* told already, for this message */
	bool inflate_failed;		/* the message's rest is of no use */
	bool inflate_open;		/* its end has not come */
	bool inflate_full;		/* more comes without more input */
	size_t unmasked;		/* bytes of the next input that are */
	bool close_seen;
	unsigned broken;		/* rules, as bits, still to be told */
};

/* Takes up to len bytes from in, unmasking payload in place, until there is
 * something to tell; *used says how many were taken.  To be called again with
 * the rest until it says WS_NEED_MORE; then in may be used for other things.
 * After WS_VIOLATION it takes nothing and says the same again. */
enum ws_event ws_receive(struct ws_receiver *, uint8_t *in, size_t len,
    size_t *used);

/* The usual message, whole and in one frame, taken at once.  True if such a one
 * that breaks no rule lies at in: *used is its length on the wire, and header,
 * data and data_len are as after its events.  False, and nothing is taken, for
 * all that only ws_receive knows to handle. */
bool ws_receive_message(struct ws_receiver *, uint8_t *in, size_t len,
    size_t *used);

/* Many short binary messages, taken at once. */
struct ws_run {
	uint64_t max;		/* messages to take; the rest is the answer: */
	uint64_t messages;	/* taken */
	size_t used;		/* bytes of input they were */
	size_t out_len;		/* bytes of output */
};

/* Takes as many whole binary messages of one short frame each as lie at in,
 * and puts their payload together at out, which may be in or lie before it in
 * the same buffer; if wire is set, each as the shortest unmasked frame.  Stops
 * before all that only the others know to handle. */
void ws_receive_run(struct ws_receiver *, struct ws_run *, const uint8_t *in,
    size_t len, uint8_t *out, bool wire);

/* How many of the bytes to come are payload that nobody needs to see: of a data
 * frame, neither masked nor text.  ws_receive_pass takes up to so many as
 * read, in the place of WS_PAYLOAD. */
uint64_t ws_receive_unseen(const struct ws_receiver *);
void ws_receive_pass(struct ws_receiver *, size_t len);

/* At the end of lax input: what is wrong already with a header that is not
 * whole will be told by the next calls of ws_receive. */
void ws_receive_end(struct ws_receiver *);

/* Whether the stream may end here: not inside a frame or a message. */
bool ws_receiver_idle(const struct ws_receiver *);

/* Whether it stands inside a frame, header or payload. */
bool ws_receiver_in_frame(const struct ws_receiver *);

/* The Close code that the violation deserves (7.4.1). */
unsigned ws_violation_code(enum ws_violation);

/* A sentence on the violation with its section of the RFC. */
const char *ws_violation_text(enum ws_violation);

/* The same of the last one. */
const char *ws_receiver_fault_text(const struct ws_receiver *);

#endif
