/* What the parts of ws-view share: its settings, what there is to see, and what
 * each part does for the others. */
#ifndef CMD_WS_VIEW_H
#define CMD_WS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "http/head.h"
#include "http/permessage.h"
#include "ws/capture.h"
#include "ws/receiver.h"

enum {
	KEPT_MAX = 65536,	/* of a payload, to be shown */
	FAULTS_MAX = 256	/* characters of sentences on a frame */
};

/* What a line of the view is about; bits, for conditions. */
enum kind {
	KIND_HEAD = 1 << 0,	/* the first line of a head of HTTP, ... */
	KIND_FIELD = 1 << 1,	/* ... another one */
	KIND_TEXT = 1 << 2,
	KIND_BINARY = 1 << 3,
	KIND_CONT = 1 << 4,
	KIND_PING = 1 << 5,
	KIND_PONG = 1 << 6,
	KIND_CLOSE = 1 << 7,
	KIND_RESERVED = 1 << 8,	/* an opcode without a meaning */
	KIND_RAW = 1 << 9,	/* bytes that are no whole header */
	KIND_FRAMES = (1 << 10) - (1 << 2)
};

#define NO_TIME INT64_MIN		/* the recording has none */

/* One thing to see: a frame, or a line of a head. */
struct sight {
	enum kind kind;
	bool client;			/* who sent it, else the server */
	int64_t time_us;		/* when all was there, or NO_TIME */
	struct ws_header header;	/* of a frame */
	size_t header_len;
	uint64_t wire_len;		/* of the payload, as it was sent */
	uint64_t len;			/* ..., inflated */
	bool inflated;
	bool cut;			/* its end is not there */
	bool hixie;			/* a frame of hixie-75 or -76 */
	const uint8_t *payload;		/* its first bytes */
	size_t kept;
	const char *faults;		/* sentences, or "" */
	unsigned session;		/* its number, with -N, ... */
	const char *address;		/* ... and the client's address */
};

struct conditions {
	unsigned kinds;			/* 0: all */
	bool client, server;		/* neither: both */
	uint64_t min, max;		/* bytes of payload */
	int64_t from_us, to_us;		/* since the first line */
};

enum form { FORM_TEXT, FORM_JSON, FORM_TABS };
enum clock { SINCE_START, SINCE_LAST, ABSOLUTE };

struct settings {
	enum form form;
	enum clock clock;
	bool follow;			/* -f */
	bool numbered;			/* -N */
	bool verbose;			/* -v */
	bool colours;
	size_t columns;			/* of a line; 0: no limit */
	struct ws_permessage compression;
	struct conditions *conditions;	/* each must hold */
	size_t condition_count;
};

/* Each part calls only those above it here. */

/* -- ws-view-filter.c: conditions -- */

/* Takes the value of -G.  Ends the program if it cannot be read. */
void add_condition(struct settings *, const char *value);

/* Whether it is to be shown; since_us is its time since the first. */
bool is_wanted(const struct settings *, const struct sight *,
    int64_t since_us);

/* -- ws-view-print.c: standard output -- */

/* A file begins: its times are counted anew. */
void print_file(void);

/* Prints a line, if it is wanted. */
void print_sight(const struct settings *, const struct sight *);

/* Writes what waits. */
void print_flush(void);

/* -- ws-view-stream.c: bytes become frames -- */

/* Gets memory, once. */
void open_streams(const struct settings *);

/* A connection begins. */
void begin_session(const struct settings *);

/* What comes is of the session that is called so, which may be a new one; of
 * those that are long silent one is given up for it, if there is no room. */
void choose_session(const struct settings *, const char *name);

/* A side of it says no more: of a session whose sides both do not, nothing is
 * kept. */
void end_side(const struct settings *, bool client);

/* Whether both sides have closed: what comes is another session's. */
bool session_has_ended(void);

/* A head of HTTP is next, from that side. */
void expect_head(const struct settings *, bool client);

/* Bytes have come from a side; they are spoiled. */
void feed(const struct settings *, bool client, int64_t time_us, uint8_t *,
    size_t len);

/* Nothing more comes: what is not whole is shown as it is. */
void end_session(const struct settings *);

/* -- ws-view-input.c: what is recorded, in several forms -- */

/* Reads a file, open at fd, to its end; with -f, for ever.  If it is live, what
 * comes next may be long in coming. */
void view_file(const struct settings *, const char *name, int fd, bool live);

#endif
