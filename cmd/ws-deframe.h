/* What the parts of ws-deframe share: its settings, its state, and what each
 * part does for the others. */
#ifndef CMD_WS_DEFRAME_H
#define CMD_WS_DEFRAME_H

#include <sys/uio.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bulk.h"
#include "capturefile.h"
#include "code/text.h"
#include "compression.h"
#include "http/head.h"
#include "io.h"
#include "options.h"
#include "session.h"
#include "system.h"
#include "writer.h"
#include "ws/closing.h"
#include "ws/framedump.h"
#include "ws/hixieframe.h"
#include "ws/receiver.h"

enum {
	PASS_MIN = 1 << 15,	/* less is read and written sooner */
	PASS_MAX = 1 << 20,
	MOVE_MAX = 4096,	/* payload from this size on is not moved */
	PIECES = 16,
	JSON_USUAL = 16 << 20,	/* largest message of -j, which collects it, */
	JSON_MAX = 1 << 30,	/* unless -B allows more, up to this */
	COLLECTED_MAX = 16 << 20, /* the same where a server's command does */
	JSON_STEP = 49152,	/* bytes of it that are printed at once */
	TICK_MS = 100		/* between two words that data come */
};

struct settings {
	enum ws_role role;
	enum ws_framing framing;
	bool hixie;			/* the framing is */
	enum mode mode;
	bool visible;			/* -l, and the output a terminal */
	bool refuse_text, refuse_binary;
	bool lax;			/* -L */
	bool verbose;			/* -v */
	bool skip_head;			/* -S */
	bool compressed;		/* -z */
	struct ws_permessage compression;
	bool replay;			/* -r: the input is a capture */
	unsigned reader_code;		/* -E: Close if that ends; 0: none */
	int64_t speed;			/* in thousandths; 0: do not wait */
	const char *capture;		/* -D, or null */
	uint64_t message_max;
	uint64_t count;			/* of messages to deliver; 0: all */
	struct ws_closing_rules closing;
	int64_t idle_ms;		/* -1: no limit */
	int control;			/* channel's writing end, or -1 */
	int signal_pipe;		/* tells of SIGTERM, or -1 */
};

/* What is written about frames, not from them: -a and -j. */
struct list {
	struct text text;
	struct ws_framedump listing;	/* of -a */
	bool leads;			/* half of a character is held */
	uint8_t *message;		/* of -j, as far as it has come */
	size_t message_len;
	char buf[2 * WS_LISTED_LINE_MAX];
};

struct deframe {
	const struct settings *set;
	struct ws_closing closing;
	struct ws_receiver rx;
	struct ws_hixie hixie;
	uint64_t messages;		/* delivered */
	bool warned;			/* of a newline inside a line */
	struct writer writer;
	bool reader_gone;		/* nobody takes our output any more */
	bool output_ended;		/* we have ended it */
	char lost[WS_CONTROL_MAX + 1];	/* how the peer was, or empty */
	int64_t told_of_data;		/* when ws-frame last was */
	struct capture capture;
	bool in_head;			/* what -S skips */
	struct http_scan head;
	struct text head_text;		/* of it, if that says what -z takes */
	struct list *list;
	uint8_t opcode;			/* of the message */
	int lax_status;			/* of -L */

	/* Output waits in the part of buf that is used up, and in the SLACK
	 * before it, as a frame's header may have come with an earlier read: it
	 * is never longer than the frames it came from. */
	uint8_t *buf;
	size_t size;			/* of a read */
	struct bulk bulk;
	struct iovec out[PIECES];
	unsigned short out_count;

	/* What was inflated lies elsewhere, and its frames of -W have headers
	 * of their own, one for each piece. */
	struct ws_inflate *inflate;	/* or null */
	uint8_t headers[PIECES][WS_HEADER_MAX];
	bool begun;			/* the message, in -W, ... */
	bool whole;			/* ... and its last frame is out */

	/* In bulk, payload that stays as it is passes unseen. */
	bool passable;
	struct passage passage;
	bool passing;			/* the passage is open */
	bool passed;			/* the last frame ended there */

	/* Lines for the control channel that did not fit yet, at most PIPE_BUF
	 * bytes. */
	char *lines;
	size_t lines_len;
};

/* Each part calls only those above it here. */

/* -- ws-deframe-inflate.c: messages that are compressed -- */

/* To be called before anything is received. */
void open_inflate(struct deframe *);

/* Collects a head of HTTP that -S skips; at its end it says what applies. */
void collect_head(struct deframe *, const uint8_t *p, size_t len, bool ends);

/* -- ws-deframe-control.c: what ws-frame is told -- */

/* Writes the lines that wait, if the channel takes them without blocking.
 * False if some still wait. */
bool flush_lines(struct deframe *);

/* Something ends the session: notes it, and asks ws-frame for the Close that it
 * demands. */
void end_session(struct deframe *, enum ws_closing_event, unsigned arg);

/* Answers the ping that was received. */
void tell_pong(struct deframe *);

/* Tells, now and then, that data have come. */
void tell_data(struct deframe *);

/* Tells the status that the session deserves, of which we have said why. */
void tell_status(struct deframe *, int status);

/* Tells that nothing more comes, and the status. */
void tell_end(struct deframe *);

/* Whether ws-frame has ended, which ends the channel before the connection. */
bool frame_ended(const struct deframe *);

/* -- ws-deframe-output.c: standard output -- */

/* To be called before anything is written. */
void open_output(struct deframe *);

/* Where output ends that waits, or null. */
uint8_t *end_of_output(const struct deframe *);

/* Appends what lies in the buffer, behind the output or at its end. */
void put_output(struct deframe *, uint8_t *p, size_t len);

/* Appends payload, which lies in the buffer behind the output. */
void put_payload(struct deframe *);

/* Appends what was inflated: for -W as a frame, the last of its message if ends
 * is set. */
void put_inflated(struct deframe *, bool ends);

/* Appends what is not payload; the input is used up to the byte before end,
 * and only up to there may the output reach. */
void put_extra(struct deframe *, const uint8_t *p, size_t len, uint8_t *end);

/* Writes what waits; what the channel is to be told goes before it. */
void write_output(struct deframe *);

/* Writes len bytes that wait in the passage. */
void write_passing(struct deframe *, size_t len);

/* From here on the peer has no more to say to our reader. */
void end_reading(struct deframe *);

/* Nobody reads our output any more. */
void lose_reader(struct deframe *);

/* -- ws-deframe-list.c: frame lines (-a), JSON (-j), lines for a terminal -- */

/* To be called before anything is listed. */
void start_list(struct deframe *);

/* -a: a frame begins, payload of it has come, it ends. */
void list_begin(struct deframe *);
void list_payload(struct deframe *, const uint8_t *p, size_t len);
void list_end(struct deframe *);

/* -j: payload of a message has come, it ends. */
void list_message(struct deframe *, const uint8_t *p, size_t len);
void list_message_end(struct deframe *);

/* A piece of a message for a terminal, on which no control character of the
 * peer's may act; and the end of the message. */
void list_visible(struct deframe *, const uint8_t *p, size_t len);
void list_visible_end(struct deframe *);

/* A control frame is told whole. */
void list_control(struct deframe *);

/* What the input ended inside of. */
void list_rest(struct deframe *);

/* -- ws-deframe-deliver.c: what the receiver tells becomes output -- */

/* Makes of len bytes at in, which lie in buf, what they are. */
void deframe(struct deframe *, uint8_t *in, size_t len);

/* Ends the session by our own will. */
void stop(struct deframe *, enum ws_closing_event, unsigned arg);

/* The input ended, with this error if it is not null. */
void lose_peer(struct deframe *, const char *error);

/* -- ws-deframe-replay.c: -r -- */

/* Makes of a capture of -D what deframe makes of input. */
void replay_input(struct deframe *);

/* -- ws-deframe-input.c: waiting and reading -- */

/* Reads until the session is over. */
void deframe_input(struct deframe *);

#endif
