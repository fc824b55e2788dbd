/* core closing: what becomes of a session in which these events happen.
 *
 * A row is NAME, RULES, EVENTS.  RULES are words: ws-frame or ws-deframe, client or server, and what else is not as usual
 * (w= and y= in milliseconds, code=).  EVENTS are words, with the argument after
 * a colon; +MS lets time pass, "pending" says that from then on the peer takes
 * nothing.  After the last one time passes until the session is over.
 *
 * The outcome is what is done, each with its time, and the exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "ws/closing.h"

static const struct {
	const char *word;
	enum ws_closing_event event;
} events[] = {
	{ "got", WS_GOT_CLOSE }, { "fail", WS_FAIL },
	{ "peer-ended", WS_PEER_ENDED }, { "must", WS_MUST_CLOSE },
	{ "failed", WS_WE_FAILED }, { "bad-input", WS_BAD_INPUT },
	{ "reader-gone", WS_READER_GONE }, { "signal", WS_SIGNALLED },
	{ "listener-gone", WS_LISTENER_GONE }, { "enough", WS_ENOUGH },
	{ "no-message", WS_NO_MESSAGE }, { "life-over", WS_LIFE_OVER },
	{ "input-ended", WS_INPUT_ENDED }, { "input-closes", WS_INPUT_CLOSES },
	{ "command-done", WS_COMMAND_DONE },
	{ "status", WS_STATUS },
	{ "cannot-write", WS_CANNOT_WRITE },
	{ "cannot-close", WS_CANNOT_CLOSE },
	{ "close-written", WS_CLOSE_WRITTEN },
	{ "channel-ended", WS_CHANNEL_ENDED }
};

static const char *const sentences[] = {
	[WS_SAYS_NOTHING] = "", [WS_SAYS_NO_CLOSE] = " no-close",
	[WS_SAYS_NOT_TAKEN] = " not-taken", [WS_SAYS_CUT] = " cut-short",
	[WS_SAYS_LIFE_OVER] = " life-over", [WS_SAYS_LOST] = " lost",
	[WS_SAYS_DEAF] = " deaf"
};

struct run {
	struct ws_closing_rules rules;
	struct ws_closing closing;
	int64_t now;
	bool pending;
	bool cut;			/* printed */
	bool over;
	const char *comma;
};

static void
print_time(struct run *r)
{
	printf("%s%lld ", r->comma, (long long)r->now);
	r->comma = ", ";
}

/* Does what the filter does between two events. */
static void
obey(struct run *r)
{
	struct ws_closing *c = &r->closing;

	while (ws_closing_due(c, r->now)) {
		if (c->code != WS_CLOSE_LOST) {
			print_time(r);
			printf("close %u", c->code);
		}
		ws_closing_sent(c, r->now);
	}
	if (c->cut && !r->cut) {
		print_time(r);
		printf("cut");
		r->cut = true;
	}
	if (c->state == WS_OVER && !r->over) {
		print_time(r);
		printf("status %d%s", ws_closing_status(c),
		    sentences[c->sentence]);
		r->over = true;
	}
}

static void
pass_time(struct run *r, int64_t until)
{
	while (r->closing.limit <= until && r->closing.state != WS_OVER) {
		if (r->now < r->closing.limit)
			r->now = r->closing.limit;
		ws_closing_time(&r->closing, r->pending, r->now);
		obey(r);
	}
	if (until != WS_NO_LIMIT - 1)
		r->now = until;
}

static bool
note(struct run *r, const char *word)
{
	size_t len = strcspn(word, ":"), i;
	unsigned arg = word[len] == ':' ?
	    (unsigned)strtoul(word + len + 1, NULL, 10) : 0;

	if (word[0] == '+') {
		pass_time(r, r->now + strtol(word, NULL, 10));
		return true;
	}
	if (strcmp(word, "pending") == 0) {
		r->pending = true;
		return true;
	}
	if (strcmp(word, "progress") == 0) {
		ws_closing_progress(&r->closing, r->now);
		return true;
	}
	for (i = 0; i < sizeof events / sizeof events[0]; i++)
		if (strlen(events[i].word) == len &&
		    strncmp(events[i].word, word, len) == 0) {
			ws_closing_note(&r->closing, events[i].event, arg,
			    r->now);
			obey(r);
			return true;
		}
	return false;
}

static bool
set_rule(struct ws_closing_rules *rules, const char *word)
{
	if (strcmp(word, "ws-frame") == 0 || strcmp(word, "server") == 0)
		return true;
	if (strcmp(word, "ws-deframe") == 0)
		return rules->relays = true;
	if (strcmp(word, "client") == 0)
		return rules->client = true;
	if (strcmp(word, "off-line") == 0)
		return !(rules->in_session = false);
	if (strcmp(word, "-n") == 0)
		return rules->no_close = true;
	if (strcmp(word, "hixie-75") == 0)
		return rules->no_handshake = true;
	if (strcmp(word, "terminal") == 0)
		return rules->at_terminal = true;
	if (strcmp(word, "command") == 0)
		return rules->has_command = true;
	if (strncmp(word, "w=", 2) == 0)
		rules->wait_ms = strtol(word + 2, NULL, 10);
	else if (strncmp(word, "y=", 2) == 0)
		rules->quiet_ms = strtol(word + 2, NULL, 10);
	else if (strncmp(word, "code=", 5) == 0)
		rules->code = (unsigned)strtoul(word + 5, NULL, 10);
	else
		return false;
	return true;
}

static void
run_row(char *rules, char *sequence)
{
	struct run r = { .rules = { .in_session = true, .code = 1000,
	    .wait_ms = 5000, .tell_ms = 20 }, .comma = "" };
	char *word;

	for (word = strtok(rules, " "); word; word = strtok(NULL, " "))
		if (!set_rule(&r.rules, word))
			printf("no rule: %s ", word);
	ws_closing_start(&r.closing, &r.rules);
	for (word = strtok(sequence, " "); word; word = strtok(NULL, " "))
		if (!note(&r, word))
			printf("no event: %s ", word);
	pass_time(&r, WS_NO_LIMIT - 1);
	if (!r.over) {
		print_time(&r);
		printf("waits");
	}
}

void
do_closing(struct row *r)
{
	while (next_row(r, 3)) {
		printf("%s\t", r->column[0]);
		run_row(r->column[1], r->column[2]);
		putchar('\n');
	}
}
