/* What the parts of ws-frame share: its settings, its state, and what each part
 * does for the others. */
#ifndef CMD_WS_FRAME_H
#define CMD_WS_FRAME_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bulk.h"
#include "capturefile.h"
#include "code/utf8.h"
#include "compression.h"
#include "io.h"
#include "options.h"
#include "session.h"
#include "system.h"
#include "writer.h"
#include "ws/closing.h"
#include "ws/frame.h"
#include "ws/frameline.h"
#include "ws/receiver.h"

enum {
	IN_SIZE = 1 << 20,	/* -W holds frames of up to so much payload back
				   until they are whole */
	JSON_SIZE = 32 << 20,	/* the longest line of -j */
	PASS_MIN = 1 << 15,	/* less is read and written sooner */
	PASS_MAX = 1 << 20,
	OUT_SIZE = 65536,
	COPY_MAX = 4096,	/* a longer payload is written from its place */
	CONTROL_SIZE = 4096,
	CHANNEL_SIZE = 65536,	/* more, its pipe does not hold */
	KEYS = 64,		/* masking keys fetched at once */
	PARTING_MS = 20		/* for ws-deframe to end before us */
};

struct settings {
	enum ws_role role;
	enum ws_framing framing;
	bool hixie;			/* the framing is */
	enum mode mode;
	bool text, binary;
	bool crlf;			/* -r */
	bool compress;			/* -z */
	struct ws_permessage compression;
	bool verbose;			/* -v */
	struct close_option close;
	bool close_given;		/* -e */
	struct ws_closing_rules closing;
	struct size_list sizes;		/* -F; none: no limit */
	const char *capture;		/* -D, or null */
	int64_t ping_ms;		/* -1: never */
	bool fixed_key;
	uint8_t key[4];
	uint64_t count;			/* of messages to send; 0: all */
	int64_t stall_ms;		/* -T, of output */
	int64_t life_ms;		/* -1: no limit */
	int control;			/* channel's reading end, or -1 */
	int lifeline;			/* or -1, as the next two */
	int supervisor;
	int signal_pipe;
};

struct frame {
	const struct settings *set;
	struct ws_closing closing;

	/* what ends a session early: each is -1 once it has told */
	int lifeline;
	int supervisor;			/* tells that ws-session is gone */
	int signal_pipe;		/* tells of signals */

	/* the input, of which what was looked at and cannot go yet stays */
	uint8_t *in;
	size_t in_len;
	size_t in_size;
	size_t read_max;		/* how much is read of a stream */
	struct bulk bulk;
	bool passable;			/* it may pass unseen, in bulk */
	bool passing;			/* and does, through this */
	struct passage passage;
	bool input_eof;			/* there is no more to read; a sleep may
					   hold lines of -a back */
	uint64_t messages;		/* sent */
	uint64_t frames;		/* of data, as far as -F counts them */
	bool in_message;		/* a fragment of one is out */
	struct pack *pack;		/* compresses; or null */
	bool packed;			/* the message is compressed */
	struct ws_utf8 utf8;
	struct ws_receiver rx;		/* reads -W */
	bool committed;			/* a header is out, not its payload */
	uint64_t lines_read;		/* of -a */
	uint64_t declared, done;	/* payload of the last frame of -a */
	int64_t resume;			/* when a sleep of -a ends; 0: none */
	uint8_t json_opcode;		/* of the message of -j */

	/* frames that wait to be written */
	size_t out_len;			/* of out, below */
	struct writer writer;
	int64_t stalled;		/* when what waits will have for
					   too long; 0: it is taken */
	bool ended;			/* the network was told that it does */
	bool tcp;			/* standard input is a socket of TCP */
	bool more;			/* payload will follow at once */
	struct capture capture;
	uint8_t keys[KEYS][4];
	size_t keys_left;
	bool masked;			/* the last data frame is, ... */
	uint8_t key[4];			/* ... with this key */
	int64_t next_ping;

	size_t lines_len, control_len;	/* of lines and control, below */
	size_t control_put;		/* of pings and pongs, not taken yet */

	/* The large ones last, and what is used by every session before what
	 * is not: an idle one touches less. */
	uint8_t out[OUT_SIZE];
	char lines[2 * WS_CONTROL_LINE_MAX];	/* of the channel */
	char lost[4 * WS_CONTROL_MAX + 1];	/* how the peer was, or
						   empty */
	uint8_t control[CONTROL_SIZE];	/* pings and pongs, encoded */
};

/* Each part calls only those above it here. */

/* -- ws-frame-write.c: writing what waits -- */

/* Begins to write, with this to wait by (see writer.h). */
void open_output(struct frame *, bool (*wait)(void *));

/* Writes what waits. */
void flush(struct frame *);

/* The same, and payload behind it; more says that other bytes follow at
 * once. */
void flush_with(struct frame *, uint8_t *payload, size_t len, bool more);

/* Makes out take len bytes more, at most OUT_SIZE. */
static inline void
make_room(struct frame *f, size_t len)
{
	if (OUT_SIZE - f->out_len < len)
		flush(f);
}

/* Writes what waits, and len bytes of payload that wait in the passage. */
void put_passing(struct frame *, size_t len);

/* -- ws-frame-output.c: frames, into what waits -- */

/* Fetches the first masking keys, while their source can still be opened. */
void fetch_keys(struct frame *);

/* A fresh key for each frame (RFC 6455, 5.3). */
void draw_key(struct frame *, uint8_t key[4]);

/* Writes a header to out, returns its length; the key, if any, to key. */
size_t make_header(struct frame *, uint8_t *out, uint8_t key[4],
    uint8_t opcode, bool fin, uint64_t payload_len);

/* Puts a whole frame. */
void put_frame(struct frame *, uint8_t opcode, bool fin, uint8_t *payload,
    size_t len);

/* Puts one in parts: its header, payload, its end. */
void put_header(struct frame *, uint8_t opcode, bool fin,
    uint64_t payload_len);

/* Puts payload of the last frame, which begins at offset in it; masks a long
 * one in its place and writes it from there. */
void put_payload(struct frame *, uint8_t *payload, size_t len,
    uint64_t offset);
void put_end(struct frame *, bool fin);

/* What stands before and behind a message of hixie; its frames are none. */
void put_hixie_byte(struct frame *, uint8_t byte);

/* -- ws-frame-control.c: the control channel and the session's end -- */

/* Tells what has happened. */
void note(struct frame *, enum ws_closing_event, unsigned arg);

/* The input is not what the options say. */
void refuse_input(struct frame *, const char *sentence);

/* The input says Close. */
void close_by_input(struct frame *, unsigned code, const uint8_t *reason,
    size_t len);

/* Takes what the channel has to say by now, not what comes meanwhile, and puts
 * pings and pongs before what is put next; at the end of input it waits for
 * what ws-deframe may say of that. */
void read_channel_first(struct frame *, bool at_end);

/* Pings and pongs go between two frames. */
void put_queued_control(struct frame *);

/* Sends the Close that is due, if one is, and tells the network when nothing
 * more comes. */
void close_if_due(struct frame *);

/* Sends a ping if it is time for one (-i). */
void ping_in_time(struct frame *);

/* Does what is due when a limit has run out. */
void check_limit(struct frame *, bool pending);

/* The supervisor last: the data end with it. */
enum {
	WATCH_CONTROL,
	WATCH_LIFELINE,
	WATCH_SIGNAL,
	WATCH_DATA,
	WATCH_SUPERVISOR,
	WATCHED
};

/* The descriptors that may tell something at any time, and this one. */
void watch(const struct frame *, struct pollfd fds[WATCHED], int data,
    short events);

/* Notes what they tell, data apart. */
void note_watched(struct frame *, const struct pollfd fds[WATCHED]);

/* For open_output: waits for room, and does the rest meanwhile. */
bool await_room(void *frame);

/* -- ws-frame-message.c: messages, cut into frames -- */

/* How long the next data frame may be. */
uint64_t frame_max(const struct frame *);

/* The opcode of the next one. */
static inline uint8_t
message_opcode(const struct frame *f)
{
	if (f->in_message)
		return WS_CONTINUATION;
	if (f->set->mode == JSON)
		return f->json_opcode;
	return f->set->text ? WS_TEXT : WS_BINARY;
}

/* Counts a message that is sent. */
static inline void
count_message(struct frame *f)
{
	if (++f->messages == f->set->count)
		note(f, WS_INPUT_ENDED, 0);
}

/* Notes that a part of a message is sent, whose frames are counted. */
static inline void
end_message_part(struct frame *f, bool fin)
{
	f->in_message = !fin;
	if (fin)
		count_message(f);
}

/* The same of a frame that is not. */
static inline void
count_frame(struct frame *f, bool fin)
{
	f->frames++;
	end_message_part(f, fin);
}

/* Sends what begins with that opcode, as it is, in frames of at most -F
 * bytes. */
void put_fragments(struct frame *, uint8_t opcode, uint8_t *p, size_t len,
    bool fin);

/* -- ws-frame-pack.c: messages that are compressed -- */

/* To be called before anything is sent. */
void open_pack(struct frame *);

/* Sends what begins with that opcode, compressed unless that makes it
 * longer. */
void put_packed(struct frame *, uint8_t opcode, uint8_t *p, size_t len,
    bool fin);

/* The same where compression was agreed on, else as it is. */
static inline void
put_part(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	if (f->pack != NULL)
		put_packed(f, opcode, p, len, fin);
	else
		put_fragments(f, opcode, p, len, fin);
}

/* The same of a part of a message, and counts it. */
void put_message_part(struct frame *, uint8_t *p, size_t len, bool fin);

/* Sends a frame of -a, compressed in any case. */
void put_packed_line(struct frame *, const struct ws_header *, uint8_t *p,
    size_t len);

/* -- ws-frame-wire.c: -W -- */

/* n bytes of frames have come behind the in_len that are held; none: the
 * end. */
void frame_wire(struct frame *, size_t n);

/* -- ws-frame-text.c: -a and -j -- */

/* Each line is done as soon as it is whole, but none before a sleep is over.
 * n bytes have come behind the in_len that are held. */
void frame_text_lines(struct frame *, size_t n);

/* -- ws-frame-input.c: input into frames -- */

/* Reads once, and makes of it what the mode says. */
void take_input(struct frame *);

/* Gives back what bulk took, if it has ended. */
void rest_if_due(struct frame *);

#endif
