/* The closing handshake (RFC 6455, 7.1): what ends a session, what Close is
 * sent for it and when, what is waited for and how long, and what exit status
 * comes of it all.
 *
 * Two filters share it.  ws-frame, which writes to the network, feeds it the
 * end of its input, signals, and what ws-deframe tells; it asks what is due,
 * and obeys.  ws-deframe, which reads from the network, feeds it what the peer
 * does; for it a Close is sent as soon as ws-frame is told of it ("relays").
 *
 * Pure: it has no clock, each call is told the time, in milliseconds. */
#ifndef WS_CLOSING_H
#define WS_CLOSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/status.h"
#include "ws/closecode.h"
#include "ws/frame.h"

/* Limits that no option changes, in milliseconds. */
enum {
	WS_HASTE_MS = 1000,	/* for what is ready, before a connection fails;
				   and to a peer of whom nothing is wanted */
	WS_ANSWER_MS = 1000,	/* beyond -w: the peer may have to wait for a
				   command, as long as ours */
	WS_LINGER_MS = 2000,	/* for the connection's end behind the Closes */
	WS_TELL_MS = 500	/* for who knows of a failure to tell of it */
};

#define WS_NO_LIMIT INT64_MAX

enum ws_closing_event {
	/* What begins the end of a session; the argument is in brackets. */
	WS_GOT_CLOSE,		/* the peer's [code] */
	WS_FAIL,		/* the connection fails with a Close [code]:
				   1002 to 1009 for what the peer did, 1011 for
				   what our side did (7.1.7) */
	WS_PEER_ENDED,		/* the connection did, or -T passed, which shows
				   that it has; or the other filter says so [the
				   exit status that this deserves] */
	WS_MUST_CLOSE,		/* somebody asks for a Close [code] at once */
	WS_WE_FAILED,		/* a failure of our own */
	WS_BAD_INPUT,		/* our input is not what it should be */
	WS_READER_GONE,		/* nobody wants what the peer says [SIGPIPE] */
	WS_SIGNALLED,		/* [the signal] */
	WS_LISTENER_GONE,	/* whoever started us wants us to end */
	WS_ENOUGH,		/* as many messages as -m says have come */
	WS_NO_MESSAGE,		/* they have not, for -w */
	WS_LIFE_OVER,		/* -X */

	/* What else happens. */
	WS_INPUT_ENDED,
	WS_INPUT_CLOSES,	/* it ends with a Close [code], to be sent */
	WS_COMMAND_DONE,	/* the input's writer has, and in order */
	WS_CANNOT_WRITE,	/* nobody takes what we send any more */
	WS_STATUS,		/* somebody knows the [exit status] */
	WS_CANNOT_CLOSE,	/* the Close that is due cannot be sent: we are
				   inside a frame */
	WS_CLOSE_WRITTEN,	/* our input was a Close [code], and is sent */
	WS_CHANNEL_ENDED	/* the other filter, or all who could tell */
};

/* When a Close is sent. */
enum ws_when {
	WS_AFTER_INPUT,		/* after all our side says, as long as it makes
				   progress */
	WS_SOON,		/* after what our side has ready; takes 1 s */
	WS_NOW			/* at once */
};

enum ws_closing_state {
	WS_OPEN,
	WS_FINISHING,		/* a Close is due, once our side has said the
				   rest */
	WS_CLOSING,		/* ours is out, the peer's is not in (7.1.3) */
	WS_CLOSED,		/* both are, or nothing can be sent: only the
				   connection is to end (7.1.4) */
	WS_LEAVING,		/* it has ended: failures may be told */
	WS_OVER
};

/* What was given up when a limit ran out. */
enum ws_closing_sentence {
	WS_SAYS_NOTHING,
	WS_SAYS_NO_CLOSE,	/* no Close from the peer */
	WS_SAYS_NOT_TAKEN,	/* what we sent was not taken */
	WS_SAYS_CUT,		/* our side began an answer, and no more */
	WS_SAYS_LIFE_OVER,
	WS_SAYS_LOST,		/* the peer ended without Close */
	WS_SAYS_DEAF		/* the other filter ended, which did not say
				   that the peer had */
};

struct ws_closing_rules {
	bool in_session;	/* else nobody waits for a Close, or answers */
	bool relays;		/* ws-deframe */
	bool client;
	bool no_close;		/* -n: none is sent at the end of input */
	bool no_handshake;	/* hixie-75 has none */
	bool at_terminal;	/* our side is a person, who does not end input
				   because the output has ended */
	bool has_command;	/* who started it tells how it ended */
	unsigned code;		/* of the Close at the end of input, ... */
	const char *reason;	/* ... of at most 123 bytes; or null */
	int64_t wait_ms;	/* -w: time without progress */
	int64_t quiet_ms;	/* -y: how long the peer is silent before our
				   Close at the end of input */
	int64_t tell_ms;	/* for WS_LEAVING */
};

/* Begins with ws_closing_start; everything is for reading only. */
struct ws_closing {
	const struct ws_closing_rules *rules;
	enum ws_closing_state state;
	enum ws_closing_event cause;	/* of what is due */
	unsigned code;			/* of the Close that is due or sent;
					   WS_CLOSE_LOST: there is none */
	size_t reason_len;
	uint8_t reason[WS_CONTROL_MAX];
	int64_t limit;			/* when to call ws_closing_time */
	int64_t renew_ms;		/* progress moves it; 0: nothing does */
	int64_t haste;			/* nothing lasts longer */
	bool now;			/* the Close waits for no input */
	bool input_ended;
	bool input_closes;
	bool command_done;
	bool answered;			/* our side has since the Close */
	bool peer_closed;		/* no Close is waited for */
	bool peer_ended;
	bool channel_ended;
	bool cut;			/* end the connection, both ways, now */
	int status;
	int sent_status;		/* our Close's, where no other counts */
	enum ws_closing_sentence sentence;	/* to be told at the end */
};

void ws_closing_start(struct ws_closing *, const struct ws_closing_rules *);

/* Something has happened.  An event without argument takes 0. */
void ws_closing_note(struct ws_closing *, enum ws_closing_event, unsigned arg,
    int64_t now);

/* The same for a Close with a reason of at most 123 bytes, if that Close is the
 * one that will be sent. */
void ws_closing_note_close(struct ws_closing *, enum ws_closing_event,
    unsigned code, const uint8_t *reason, size_t len, int64_t now);

/* Which Close an event that begins the end asks for. */
enum ws_when ws_closing_demand(enum ws_closing_event, unsigned arg,
    unsigned *code);

/* A byte has come from our side, or was taken by the peer; or the other filter
 * tells that some have come from the peer. */
void ws_closing_progress(struct ws_closing *, int64_t now);

/* Does what the limit is for, if its time has come.  pending says whether
 * something waits to be written that the peer does not take. */
void ws_closing_time(struct ws_closing *, bool pending, int64_t now);

/* Whether our input, as far as it has come, is still to be sent. */
bool ws_closing_takes_input(const struct ws_closing *);

/* Whether pings, pongs and Closes may still be sent. */
bool ws_closing_may_send(const struct ws_closing *);

/* Whether what the peer says is for our side, and not to be discarded. */
static inline bool
ws_closing_delivers(const struct ws_closing *c)
{
	return c->state == WS_OPEN;	/* asked for each frame */
}

/* Whether the Close is due: then write it, unless its code is WS_CLOSE_LOST,
 * and call ws_closing_sent. */
bool ws_closing_due(struct ws_closing *, int64_t now);
void ws_closing_sent(struct ws_closing *, int64_t now);

/* Whether a Close of the peer's with this code, which is not noted yet, is
 * worth a line: it is why the status will not be 0, and no echo of ours. */
bool ws_closing_tells(const struct ws_closing *, unsigned code);

/* The exit status; from STATUS_SIGNAL on, the program is to end by the signal
 * of that number more. */
int ws_closing_status(const struct ws_closing *);

#endif
