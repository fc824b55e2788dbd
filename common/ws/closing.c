/* The closing handshake (RFC 6455, 7.1). */
#include <string.h>

#include "ws/closing.h"

enum { GIVEN = 0 };		/* the code is the event's argument */

enum status {
	OF_CODE = -1,		/* the status of the code */
	OF_SIGNAL = -2,		/* that of a program that a signal ends */
	OF_ARG = -3		/* the argument is the status */
};

/* What begins the end of a session (this is the table of ws-session(1)): which
 * Close is due, when, the exit status, and whether the peer is left after a
 * second, answer or not. */
static const struct row {
	unsigned code;
	enum ws_when when;
	int status;
	bool hasty;
} rows[] = {
	[WS_GOT_CLOSE] = { GIVEN, WS_AFTER_INPUT, OF_CODE, false },
	[WS_FAIL] = { GIVEN, WS_SOON, OF_CODE, false },
	[WS_PEER_ENDED] = { WS_CLOSE_LOST, WS_SOON, OF_ARG, false },
	[WS_MUST_CLOSE] = { GIVEN, WS_NOW, STATUS_OK, false },
	[WS_WE_FAILED] = { WS_CLOSE_INTERNAL_ERROR, WS_NOW, STATUS_SYSTEM,
	    true },
	[WS_BAD_INPUT] = { WS_CLOSE_INTERNAL_ERROR, WS_NOW,
	    STATUS_UNREPRESENTABLE, false },
	[WS_READER_GONE] = { WS_CLOSE_GOING_AWAY, WS_NOW, OF_SIGNAL, true },
	[WS_SIGNALLED] = { WS_CLOSE_GOING_AWAY, WS_NOW, OF_SIGNAL, true },
	[WS_LISTENER_GONE] = { WS_CLOSE_GOING_AWAY, WS_NOW, STATUS_OK, false },
	[WS_ENOUGH] = { WS_CLOSE_NORMAL, WS_NOW, STATUS_OK, false },
	[WS_NO_MESSAGE] = { WS_CLOSE_NORMAL, WS_NOW, STATUS_TIMEOUT, false },
	[WS_LIFE_OVER] = { WS_CLOSE_GOING_AWAY, WS_NOW, STATUS_TIMEOUT, false }
};

/* -- status and limits -- */

/* The first that is not 0 counts. */
static void
settle(struct ws_closing *c, int status, enum ws_closing_sentence sentence)
{
	if (c->status != STATUS_OK || status == STATUS_OK)
		return;
	c->status = status;
	c->sentence = sentence;
}

static void
set_limit(struct ws_closing *c, int64_t ms, bool renewed, int64_t now)
{
	c->limit = ms < c->haste - now ? now + ms : c->haste;
	c->renew_ms = renewed ? ms : 0;
}

static void
drop_limit(struct ws_closing *c)
{
	c->limit = c->haste;
	c->renew_ms = 0;
}

static void
hasten(struct ws_closing *c, int64_t now)
{
	if (c->haste == WS_NO_LIMIT)
		c->haste = now + WS_HASTE_MS;
	if (c->limit > c->haste)
		c->limit = c->haste;
}

/* -- from state to state -- */

static void
become_closing(struct ws_closing *c, int64_t now)
{
	c->state = WS_CLOSING;
	if (c->rules->relays)	/* the other filter waits for more */
		set_limit(c, c->rules->wait_ms, false, now);
	else	/* only at the end of our input are there answers to come */
		set_limit(c, c->rules->wait_ms + WS_ANSWER_MS,
		    c->cause == WS_INPUT_ENDED, now);
}

static void
become_closed(struct ws_closing *c, int64_t now)
{
	c->state = WS_CLOSED;
	if (c->rules->relays)	/* the other filter keeps the time */
		drop_limit(c);
	else
		set_limit(c, WS_LINGER_MS, false, now);
}

static void
become_leaving(struct ws_closing *c, int64_t now)
{
	c->state = c->channel_ended ? WS_OVER : WS_LEAVING;
	set_limit(c, c->rules->tell_ms, false, now);
}

/* Behind our Close, or where none can be sent. */
static void
leave_off(struct ws_closing *c, int64_t now)
{
	if (!c->rules->in_session || (c->channel_ended && c->rules->relays))
		c->state = WS_OVER;
	else if (c->peer_ended)
		become_leaving(c, now);
	else if (c->peer_closed || c->rules->no_handshake)
		become_closed(c, now);
	else
		become_closing(c, now);
}

/* Nothing can be sent any more; what the peer has said counts all the same. */
static void
become_mute(struct ws_closing *c, int64_t now)
{
	if (c->peer_ended) {
		become_leaving(c, now);
		return;
	}
	c->state = WS_CLOSED;
	set_limit(c, c->rules->wait_ms + WS_ANSWER_MS, true, now);
}

/* Nobody is waited for any more. */
static void
cut_connection(struct ws_closing *c)
{
	c->cut = !c->rules->relays;
	c->state = WS_OVER;
}

/* -- events -- */

static int
status_of(const struct row *row, enum ws_closing_event event, unsigned arg)
{
	/* 1011 is the peer's if it says so, else ours. */
	if (row->code == GIVEN && event != WS_GOT_CLOSE &&
	    arg == WS_CLOSE_INTERNAL_ERROR)
		return STATUS_SYSTEM;
	switch (row->status) {
	case OF_CODE:
		return ws_close_exit_status(arg);
	case OF_SIGNAL:
		return STATUS_SIGNAL + (int)arg;
	case OF_ARG:
		return (int)arg;
	default:
		return row->status;
	}
}

/* Whether our side owes the peer's Close an answer, and nobody has said yet if
 * it ended well. */
static bool
fate_is_open(const struct ws_closing *c)
{
	return c->cause == WS_GOT_CLOSE && c->rules->has_command &&
	    !c->command_done;
}

static void
know_fate(struct ws_closing *c, int64_t now)
{
	bool waited = c->state == WS_FINISHING && c->input_ended &&
	    fate_is_open(c);

	c->command_done = true;
	if (waited)
		set_limit(c, c->rules->wait_ms, true, now);
}

/* How long our side may go on. */
static void
limit_input(struct ws_closing *c, enum ws_when when, int64_t now)
{
	const struct ws_closing_rules *r = c->rules;

	if (when == WS_NOW || (when == WS_AFTER_INPUT && r->at_terminal))
		c->now = true;
	if (when == WS_SOON && (c->renew_ms > 0 || c->state == WS_OPEN))
		set_limit(c, r->wait_ms < WS_HASTE_MS ? r->wait_ms :
		    WS_HASTE_MS, false, now);
	else if (c->state == WS_OPEN)
		set_limit(c, r->wait_ms, true, now);
}

enum ws_when
ws_closing_demand(enum ws_closing_event event, unsigned arg, unsigned *code)
{
	const struct row *row = &rows[event];

	*code = row->code == GIVEN ? arg : row->code;
	return row->when;
}

static void
begin_end(struct ws_closing *c, enum ws_closing_event event, unsigned arg,
    int64_t now)
{
	const struct row *row = &rows[event];
	unsigned code;
	enum ws_when when = ws_closing_demand(event, arg, &code);
	/* A server is told by signals what to do; a client dies of them. */
	bool plain = event == WS_SIGNALLED && !c->rules->client;

	if (event == WS_SIGNALLED && !plain)
		c->status = STATUS_OK;	/* it is what a shell must see */
	if (!plain)
		settle(c, status_of(row, event, arg), event == WS_LIFE_OVER ?
		    WS_SAYS_LIFE_OVER : WS_SAYS_NOTHING);
	if (row->hasty && !plain)
		hasten(c, now);
	c->peer_closed |= when != WS_NOW;
	c->input_ended |= event == WS_BAD_INPUT;
	if (event == WS_BAD_INPUT && !c->rules->in_session) {
		c->state = WS_OVER;	/* nobody is to hear of it */
		return;
	}
	if (c->state == WS_OPEN) {
		c->cause = event;
		c->code = code;
		c->reason_len = 0;
	} else if (c->state == WS_FINISHING && c->code != WS_CLOSE_LOST &&
	    c->cause != WS_FAIL && code == WS_CLOSE_INTERNAL_ERROR) {
		c->code = code;		/* all is not well, and not for what the
					   peer did */
		c->reason_len = 0;
		know_fate(c, now);
	}
	if (c->state <= WS_FINISHING) {
		limit_input(c, when, now);
		c->state = WS_FINISHING;
		if (c->input_ended && fate_is_open(c))
			set_limit(c, WS_TELL_MS, false, now);
	} else if (c->state == WS_CLOSING && c->peer_closed) {
		become_closed(c, now);
	}
}

/* The Close at the end of our input, and the answer to one, wait for who knows
 * whether its writer has failed; or ours for a peer that has not answered
 * yet. */
static void
end_input(struct ws_closing *c, int64_t now)
{
	const struct ws_closing_rules *r = c->rules;

	c->input_ended = true;
	if (c->state == WS_FINISHING && fate_is_open(c))
		set_limit(c, WS_TELL_MS, false, now);
	if (c->state != WS_OPEN)
		return;
	if (!r->in_session && r->no_close && !c->input_closes)
		c->state = WS_OVER;
	else if (r->has_command && !c->command_done)
		set_limit(c, WS_TELL_MS, false, now);
	else if (r->quiet_ms > 0 && !c->input_closes && !r->no_close)
		set_limit(c, r->quiet_ms, true, now);
}

/* For ws-deframe the connection's end is the session's.  Else the peer may
 * still take what is on its way. */
static void
end_peer(struct ws_closing *c, unsigned status, int64_t now)
{
	c->peer_ended = true;
	if (c->state == WS_OPEN || !c->rules->relays)
		settle(c, (int)status, status == STATUS_LOST ?
		    WS_SAYS_LOST : WS_SAYS_NOTHING);
	if (c->rules->relays) {
		c->state = WS_OVER;
		return;
	}
	switch (c->state) {
	case WS_OPEN:
		begin_end(c, WS_PEER_ENDED, status, now);
		break;
	case WS_CLOSING:
	case WS_CLOSED:
		leave_off(c, now);
		break;
	case WS_FINISHING:
	case WS_LEAVING:
	case WS_OVER:
		break;
	}
}

static void
end_channel(struct ws_closing *c, int64_t now)
{
	c->channel_ended = true;
	if (c->rules->relays && c->state == WS_OPEN)
		/* To deliver the rest. */
		set_limit(c, WS_LINGER_MS, false, now);
	else if (c->rules->relays || c->state == WS_LEAVING)
		c->state = WS_OVER;
	else if (!c->peer_ended) {
		/* Who started a command tells of more. */
		settle(c, STATUS_SYSTEM, c->rules->has_command ?
		    WS_SAYS_NOTHING : WS_SAYS_DEAF);
		begin_end(c, WS_FAIL, WS_CLOSE_INTERNAL_ERROR, now);
		c->peer_ended = true;	/* nobody will tell of it */
		if (c->state > WS_FINISHING)
			leave_off(c, now);
	}
}

void
ws_closing_note(struct ws_closing *c, enum ws_closing_event event, unsigned arg,
    int64_t now)
{
	switch (event) {
	case WS_GOT_CLOSE:
	case WS_FAIL:
	case WS_MUST_CLOSE:
	case WS_WE_FAILED:
	case WS_BAD_INPUT:
	case WS_READER_GONE:
	case WS_SIGNALLED:
	case WS_LISTENER_GONE:
	case WS_ENOUGH:
	case WS_NO_MESSAGE:
	case WS_LIFE_OVER:
		begin_end(c, event, arg, now);
		break;
	case WS_INPUT_CLOSES:
		c->input_closes = true;
		if (c->state == WS_OPEN)
			c->code = arg;
		end_input(c, now);
		break;
	case WS_INPUT_ENDED:
		end_input(c, now);
		break;
	case WS_COMMAND_DONE:
		know_fate(c, now);
		if (c->state == WS_OPEN && c->input_ended)
			drop_limit(c);
		break;
	case WS_CLOSE_WRITTEN:
		if (c->state <= WS_FINISHING) {
			c->code = arg;
			c->cause = WS_INPUT_ENDED;
			c->input_ended = true;
			ws_closing_sent(c, now);
		}
		break;
	case WS_STATUS:
		settle(c, (int)arg, WS_SAYS_NOTHING);
		if (arg > STATUS_SIGNAL)
			hasten(c, now);
		break;
	case WS_CANNOT_WRITE:
		if (c->state <= WS_CLOSING)
			become_mute(c, now);
		break;
	case WS_CANNOT_CLOSE:
		settle(c, ws_close_exit_status(c->code), WS_SAYS_NOTHING);
		cut_connection(c);
		break;
	case WS_PEER_ENDED:
		end_peer(c, arg, now);
		break;
	case WS_CHANNEL_ENDED:
		end_channel(c, now);
		break;
	}
	/* What is due is told to the other filter, and thereby done. */
	if (c->rules->relays && c->state == WS_FINISHING)
		leave_off(c, now);
}

void
ws_closing_note_close(struct ws_closing *c, enum ws_closing_event event,
    unsigned code, const uint8_t *reason, size_t len, int64_t now)
{
	bool counts = c->state == WS_OPEN;

	ws_closing_note(c, event, code, now);
	if (!counts)
		return;
	c->reason_len = len;
	if (len > 0)
		memcpy(c->reason, reason, len);
}

void
ws_closing_progress(struct ws_closing *c, int64_t now)
{
	if (c->renew_ms > 0)
		set_limit(c, c->renew_ms, true, now);
	if (c->state == WS_FINISHING)
		c->answered = true;
}

/* -- when a limit runs out -- */

/* A side that is silent owes nothing, one that has begun an answer does. */
static void
stop_input(struct ws_closing *c, bool pending, int64_t now)
{
	bool counts = c->cause == WS_GOT_CLOSE && c->renew_ms > 0;

	if (pending && c->cause == WS_FAIL && !c->now) {
		/* The frame begun is to be whole, so that the Close can follow
		 * it. */
		c->now = true;
		set_limit(c, c->rules->wait_ms, false, now);
		return;
	}
	if (pending) {
		settle(c, STATUS_TIMEOUT, WS_SAYS_NOT_TAKEN);
		cut_connection(c);
		return;
	}
	if (counts && c->answered && !c->input_ended) {
		/* Which its peer is not to take for the whole of it. */
		settle(c, STATUS_TIMEOUT, WS_SAYS_CUT);
		c->code = WS_CLOSE_INTERNAL_ERROR;
	}
	c->now = true;
	drop_limit(c);
}

void
ws_closing_time(struct ws_closing *c, bool pending, int64_t now)
{
	if (now < c->limit || c->state == WS_OVER)
		return;
	if (now >= c->haste) {
		cut_connection(c);
		return;
	}
	switch (c->state) {
	case WS_OPEN:
		if (c->rules->relays)
			end_peer(c, STATUS_LOST, now);
		else
			drop_limit(c);		/* so that our Close is due */
		break;
	case WS_FINISHING:
		if (c->input_ended && fate_is_open(c))
			know_fate(c, now);
		else
			stop_input(c, pending, now);
		break;
	case WS_CLOSING:
		if (!c->rules->relays)
			settle(c, STATUS_TIMEOUT, pending ?
			    WS_SAYS_NOT_TAKEN : WS_SAYS_NO_CLOSE);
		cut_connection(c);
		break;
	case WS_CLOSED:
		if (!c->peer_closed)
			settle(c, STATUS_LOST, WS_SAYS_NOTHING);
		c->state = WS_OVER;
		break;
	case WS_LEAVING:
	case WS_OVER:
		c->state = WS_OVER;
		break;
	}
}

/* -- answers -- */

void
ws_closing_start(struct ws_closing *c, const struct ws_closing_rules *rules)
{
	memset(c, 0, sizeof *c);
	c->rules = rules;
	c->code = rules->code;
	if (rules->reason != NULL) {
		c->reason_len = strlen(rules->reason);
		memcpy(c->reason, rules->reason, c->reason_len);
	}
	c->limit = c->haste = WS_NO_LIMIT;
}

bool
ws_closing_takes_input(const struct ws_closing *c)
{
	return c->state <= WS_FINISHING && !c->input_ended && !c->now;
}

bool
ws_closing_may_send(const struct ws_closing *c)
{
	return c->state <= WS_FINISHING;
}

bool
ws_closing_due(struct ws_closing *c, int64_t now)
{
	if (c->state == WS_OPEN && c->input_ended &&
	    c->limit == WS_NO_LIMIT &&
	    (c->input_closes || !c->rules->no_close)) {
		c->cause = WS_INPUT_ENDED;
		c->state = WS_FINISHING;
		set_limit(c, c->rules->wait_ms, true, now);
	}
	return c->state == WS_FINISHING &&
	    (c->now || (c->input_ended && !fate_is_open(c)));
}

void
ws_closing_sent(struct ws_closing *c, int64_t now)
{
	if (c->code == WS_CLOSE_INTERNAL_ERROR)	/* of ours */
		settle(c, STATUS_SYSTEM, WS_SAYS_NOTHING);
	if (c->code != WS_CLOSE_LOST)
		c->sent_status = ws_close_exit_status(c->code);
	leave_off(c, now);
}

bool
ws_closing_tells(const struct ws_closing *c, unsigned code)
{
	bool echo = c->state > WS_FINISHING && c->code == code;

	return c->status == STATUS_OK && !echo &&
	    ws_close_exit_status(code) != STATUS_OK;
}

int
ws_closing_status(const struct ws_closing *c)
{
	return c->status != STATUS_OK ? c->status : c->sent_status;
}
