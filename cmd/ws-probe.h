/* ws-probe's parts: cases, as their files have them; a run, which is one of
 * them played to a peer; heads; and what is written down of it all. */
#ifndef WS_PROBE_H
#define WS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "code/text.h"
#include "http/head.h"
#include "http/permessage.h"
#include "http/url.h"
#include "ws/frameline.h"
#include "ws/receiver.h"

/* -- memory -- */

/* Memory, of the caller's to free, or the end. */
void *get_memory(size_t size);
void *grow_memory(void *old, size_t size);

/* What owns memory that is freed with all the rest of it; all zero at first. */
struct pool {
	struct block *first;
};

/* The same, the pool's; old was, too, or is null. */
void *pool_grow(struct pool *, void *old, size_t size);
char *pool_copy(struct pool *, const char *, size_t len);
void pool_free(struct pool *);

/* -- cases -- */

/* Whom a case is for: what is tested, not what we are. */
enum { FOR_SERVERS = 1, FOR_CLIENTS = 2, FOR_BOTH = 3 };

/* A payload as a case has it: bytes, so many times; or made by a rule. */
struct payload {
	enum {
		PAYLOAD_BYTES, PAYLOAD_UTF8, PAYLOAD_WORDS, PAYLOAD_RANDOM
	} kind;
	const uint8_t *bytes;	/* what stands in front of what is made, too */
	size_t len;
	uint64_t count;		/* how often; or how many bytes to make */
};

enum expect_kind {
	EXPECT_MESSAGE,
	EXPECT_PONG,
	EXPECT_CLOSE,
	EXPECT_FAIL,
	EXPECT_END,		/* of the connection */
	EXPECT_NOTHING,		/* for a time */
	EXPECT_OPEN,		/* no end, for a time */
	EXPECT_KEYS,		/* that nobody could know before */
	EXPECT_STATUS,		/* of a server's answer */
	EXPECT_NO_ANSWER,	/* the end instead of one */
	EXPECT_FIELD,
	EXPECT_NO_FIELD,
	EXPECT_REQUEST,		/* what is right with a client's request */
	EXPECT_GONE		/* no WebSocket for this client */
};

enum { CODE_NONE = -1, CODE_ANY = -2 };

struct expect {
	enum expect_kind kind;
	bool lesser;		/* allowed, but not what it should be */
	uint8_t opcode;
	struct payload payload;
	bool any_payload;
	bool later;		/* others may come before it */
	int code;		/* of a Close; a status, "4xx" being 400 */
	bool hundreds;		/* any status with that first digit */
	int64_t ms;
	char *name, *value;	/* of a field; the word of a request */
};

enum step_kind {
	STEP_FRAME, STEP_RAW, STEP_MORE, STEP_SLEEP, STEP_SHUT, STEP_RESET,
	STEP_CHOP, STEP_EXPECT,
	STEP_AGAIN		/* the two steps before it, so many times */
};

/* What becomes of a case in which an expectation is not met. */
enum need { NEED_MUST, NEED_SHOULD, NEED_MAY };

struct step {
	enum step_kind kind;
	uint64_t times;
	struct ws_header header;
	enum ws_frameline_mask mask;
	bool len_given;
	bool deflated;			/* it is to be compressed */
	struct payload payload;
	uint64_t frame_size;	/* 0: one frame */
	uint64_t chop;
	int64_t ms;
	enum need need;
	struct expect *expects;
	size_t expect_count;
};

enum edit_kind {
	EDIT_START, EDIT_SET, EDIT_ADD, EDIT_FIRST, EDIT_DROP, EDIT_REVERSE,
	EDIT_LF, EDIT_RAW, EDIT_BEFORE
};

/* A change of the head that is right. */
struct edit {
	enum edit_kind kind;
	char *name, *value;
};

struct probe_case {
	char id[32];
	char *section, *rule, *title;
	char *script;		/* its lines, as they are played */
	int role;
	bool inform;		/* whatever it does is noted, not judged */
	bool judge_head;	/* the handshake is what is asked */
	struct ws_permessage deflate;	/* to be agreed on, or it is skipped */
	int64_t limit_ms;	/* without progress; 0: as usual */
	struct edit *edits;
	size_t edit_count;
	struct step *steps;
	size_t step_count;
};

enum { SECTIONS_MOST = 64 };

struct case_list {
	struct probe_case *cases;
	size_t count;
	struct {
		char *name;
		unsigned cases;		/* of all roles */
	} sections[SECTIONS_MOST];	/* that were seen */
	size_t section_count;
	struct pool pool;	/* of all that */
	struct pool reading;	/* of what is needed until a file is read */
};

/* Reads a file of cases and adds those for the role.  Ends the program with a
 * sentence and STATUS_UNREPRESENTABLE where the file cannot be understood, or
 * STATUS_SYSTEM where it cannot be read. */
void cases_read(struct case_list *, const char *path, int role);

/* Makes a case, in this pool, of these lines, each with its newline, which must
 * be right; it keeps nothing of them. */
void case_of_lines(struct probe_case *, struct pool *, const char *lines);

/* Leaves only those whose number begins with one of the sections. */
void cases_select(struct case_list *, char *const sections[]);

/* Makes the payload, the index-th of several, in memory of its own. */
uint8_t *payload_make(const struct payload *, uint64_t index, uint64_t seed,
    size_t *len);

/* -- heads -- */

/* What stands for $host and so on. */
struct head_values {
	struct slice host, resource, origin, path;
	char key[24], accept[28];
};

/* Appends the head of the case: a request to a server, or the answer to a
 * client, with that offer or answer of compression. */
void head_build(struct text *, const struct probe_case *, bool request,
    const struct head_values *, const struct ws_permessage *);

/* What is wrong with the answer to the request of the case, or null; and what
 * it agrees on. */
const char *head_answer_fault(char *head, size_t len, const struct probe_case *,
    const struct head_values *, struct ws_permessage *agreed);

/* What a client that has sent this request can be told of the compression that
 * the case wants; or what it does not offer. */
const char *head_agree(struct ws_permessage *agreed, const struct http_head *,
    const struct probe_case *);

/* What is wrong with a client's request in this respect, or null; without a
 * head only whether there is such a respect. */
const char *head_request_fault(char *head, size_t len, const char *respect);

/* -- compression -- */

/* Both directions of a connection on which this was agreed; the receiver
 * inflates with it until packing_close. */
struct packing;
struct packing *packing_open(const struct ws_permessage *, bool client,
    struct ws_receiver *);
void packing_close(struct packing *);

/* Compresses a part of a message, or, with fin, the last; in memory of its
 * own. */
uint8_t *packing_deflate(struct packing *, const uint8_t *, size_t len,
    bool fin, size_t *out_len);

/* -- what is written down -- */

struct log {
	char *p;
	size_t len, size;
	unsigned lines, left_out;
	int64_t began;		/* in microseconds */
};

int64_t now_us(void);
void log_frame(struct log *, char direction, const struct ws_header *,
    const uint8_t *payload, size_t shown, bool masked_usual, bool deflate);
/* Appends what frame lines have, and escapes what would still change how it is
 * shown. */
void log_put_shown(struct text *, const char *p, size_t len);
void log_words(struct log *, char direction, const char *words, size_t len);
void log_head(struct log *, char direction, const char *head, size_t len);

/* -- a run -- */

enum verdict {
	RUNNING, RUN_OK, RUN_NOT_STRICT, RUN_INFORMED, RUN_FAILED,
	RUN_SKIPPED	/* it asks what the peer does not negotiate */
};

struct run;

/* Settings of all runs. */
struct probe {
	bool client;		/* we are: servers are tested */
	struct ws_url url;
	uint64_t seed;
	int64_t wait_ms;
	struct case_list list;
};

/* Plays a case on this socket, which is connected; for a server the request has
 * been read.  The run owns the socket from now on. */
struct run *run_start(const struct probe *, const struct probe_case *, int fd);
struct run *run_answer(const struct probe *, const struct probe_case *, int fd,
    const char *request, size_t len, const char *key_fault);

/* What poll(2) is to wait for, and until when. */
int run_fd(const struct run *);
short run_events(const struct run *);
int64_t run_deadline(const struct run *);

/* Goes on after poll(2) has told these events, or the deadline has come.  Not
 * RUNNING: it is over. */
enum verdict run_go_on(struct run *, short revents);

/* Writes down how it went, and ends the run. */
void run_report(const struct run *, FILE *, const char *agent,
    unsigned number);
void run_end(struct run *);

#endif
