/* ws-handshake as a server: one request, one answer (RFC 6455, 4.2). */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "http/hixie.h"
#include "http/sound.h"
#include "io.h"
#include "readhead.h"
#include "writer.h"
#include "ws-handshake.h"
#include "ws-handshake-cgi.h"
#include "ws-handshake-connlimit.h"
#include "ws-handshake-fallback.h"
#include "ws-handshake-gate.h"

enum {
	TURN_AWAY_MS = 200,	/* for one of too many to take the answer */
	KEY3_MS = 1000		/* for the bytes behind a head of hixie-76 */
};

static const struct string_list no_edits = { NULL, 0 };

static const struct ws_upgrade *upgrade;	/* to what */

enum ws_refusal
refusal_of_input(enum input input)
{
	switch (input) {
	case INPUT_END:
		return WS_REQUEST_INCOMPLETE;
	case INPUT_LATE:
		return WS_REQUEST_TOO_LATE;
	case INPUT_UNWANTED:
		return WS_SHUTTING_DOWN;
	case INPUT_LINE_TOO_LONG:
		return WS_REQUEST_LINE_TOO_LONG;
	case INPUT_TOO_LARGE:
		return WS_REQUEST_TOO_LARGE;
	case INPUT_TLS:
		return WS_REQUEST_TLS;
	case INPUT_FOREIGN:
		return WS_REQUEST_LINE_MALFORMED;
	case INPUT_HEAD:
		break;
	}
	return WS_ACCEPTED;
}

_Noreturn static void
answer_refusal(enum ws_refusal refusal, enum http_fault fault, bool head_only,
    struct string_list edits)
{
	static char answer[HEAD_SIZE];
	struct text t = { answer, sizeof answer, 0, false };

	ws_put_refusal(&t, refusal, head_only, upgrade, edits);
	show_head('>', t.buf, t.len);
	/* A peer that is gone already misses nothing. */
	(void)write_until(STDOUT_FILENO, t.buf, t.len, deadline_in(REFUSED_MS));
	say("refused with %d: %s", ws_refusal_status(refusal),
	    ws_refusal_text(refusal, fault));
	end_refused(STDIN_FILENO, STDOUT_FILENO,
	    refusal == WS_TOO_MANY_SESSIONS ? TURN_AWAY_MS : REFUSED_MS);
	exit(refusal == WS_REQUEST_TOO_LATE ? STATUS_TIMEOUT : STATUS_REFUSED);
}

/* Who connects and says nothing, to see whether we are there or to have the
 * connection in advance, is worth no line of the log. */
static void
pass_over_silence(enum input input, size_t len)
{
	if (input != INPUT_HEAD && len == 0 && is_socket(STDIN_FILENO))
		diag_quiet();
}

/* Outside of a cage. */
_Noreturn static void
turn_away(enum ws_refusal refusal, bool head_only, struct string_list edits)
{
	(void)signal(SIGPIPE, SIG_IGN);
	answer_refusal(refusal, HTTP_OK, head_only, edits);
}

/* No process is started for who says nothing. */
static void
await_peer(int64_t deadline)
{
	enum input input = await_input(STDIN_FILENO, deadline);

	pass_over_silence(input, 0);
	if (input != INPUT_HEAD)
		turn_away(refusal_of_input(input), false, no_edits);
}

/* -- what a load balancer says before everything else -- */

_Noreturn static void
read_source_caged(const struct cage *c, int64_t deadline)
{
	struct ws_proxyproto source;
	uint8_t header[WS_PROXYPROTO_MAX];
	size_t len = 0, wanted;
	enum ws_proxyproto_result result;
	enum input input;

	enter_cage(c);
	while ((result = ws_proxyproto_read(&source, header, len, &wanted)) ==
	    WS_PROXYPROTO_MORE) {
		input = read_exactly(STDIN_FILENO, header + len, wanted,
		    deadline);
		pass_over_silence(input, len);
		if (input != INPUT_HEAD)
			answer_refusal(refusal_of_input(input), HTTP_OK, false,
			    no_edits);
		len += wanted;
	}
	if (result == WS_PROXYPROTO_WRONG)
		answer_refusal(WS_PROXYPROTO_MALFORMED, HTTP_OK, false,
		    no_edits);
	exit(cage_hand_over(c, &source, sizeof source));
}

static void
read_source(struct ws_proxyproto *source, int64_t deadline)
{
	struct cage c;

	await_peer(deadline);
	if (cage_begin(&c))
		read_source_caged(&c, deadline);
	if (cage_take(&c, source, sizeof *source, deadline) < sizeof *source ||
	    !ws_proxyproto_is_sound(source))
		cage_is_broken();
}

/* Before a byte of the request is read: an address that has its share already
 * is not to cost more. */
static void
count_session(void)
{
	int fd, count;

	if (!session_slots(&fd, &count))
		return;
	if (!connlimit_take(getenv("REMOTE_ADDR")))
		turn_away(WS_TOO_MANY_SESSIONS, false, no_edits);
}

/* -- the request -- */

/* What a cage hands over. */
struct found {
	int other;		/* it is not for us */
	size_t len;		/* of the head, as far as it was taken */
	struct ws_request request;
	char head[HEAD_SIZE];	/* what the request points into */
};

static struct found found;	/* at one address in both processes */

static void
judge_head(const struct ws_server_rules *rules, enum input input)
{
	struct ws_request *r = &found.request;
	enum ws_refusal refusal = refusal_of_input(input);

	show_head('<', found.head, found.len);
	if (refusal == WS_ACCEPTED)
		refusal = ws_judge_request(r, rules, found.head, found.len);
	if (refusal != WS_ACCEPTED)
		answer_refusal(refusal, r->fault,
		    ws_asks_for_head(found.head, found.len), no_edits);
}

/* Reads the request and judges it; of one that is not for us, but for
 * who shares the port, what can be looked at is left where it is. */
_Noreturn static void
read_request_caged(const struct cage *c, const struct ws_server_rules *rules,
    bool shared, bool peeked, int64_t deadline)
{
	enum input input;

	enter_cage(c);
	input = peeked ?
	    peek_request(STDIN_FILENO, found.head, &found.len, deadline) :
	    read_head(STDIN_FILENO, found.head, &found.len, REQUEST_HEAD,
	    deadline);
	found.other = shared && found.len > 0 && input != INPUT_LATE &&
	    input != INPUT_UNWANTED && (input != INPUT_HEAD ||
	    !ws_is_ours(rules, found.head, found.len));
	if (peeked && found.other)
		found.len = 0;
	if (peeked && !found.other && input == INPUT_HEAD)
		input = read_exactly(STDIN_FILENO, found.head, found.len,
		    deadline);
	pass_over_silence(input, found.len);
	if (!found.other)
		judge_head(rules, input);
	exit(cage_hand_over(c, &found,
	    offsetof(struct found, head) + found.len));
}

static void
read_request(const struct settings *set, const struct ws_server_rules *rules,
    int64_t deadline)
{
	bool shared = set->share != NULL;
	bool peeked = shared && is_tcp(STDIN_FILENO);
	struct cage c;
	size_t len;

	await_peer(deadline);
	if (cage_begin(&c))
		read_request_caged(&c, rules, shared, peeked, deadline);
	len = cage_take(&c, &found, sizeof found, deadline);
	if (len < offsetof(struct found, head) ||
	    found.len != len - offsetof(struct found, head))
		cage_is_broken();
	if (shared && found.other != 0)
		fallback_exec(set->share, found.head, found.len);
	if (!ws_request_is_sound(&found.request, rules, found.head, found.len))
		cage_is_broken();
}

/* -- the answer -- */

/* The user's edits, then the gate's fields. */
static struct string_list
all_edits(const struct settings *set, const struct gate_answer *gate)
{
	static const char *edits[LIST_MAX + GATE_FIELDS_MAX];
	struct string_list all = { edits, set->fields.count + gate->count };

	memcpy(edits, set->fields.item,
	    set->fields.count * sizeof edits[0]);
	memcpy(edits + set->fields.count, gate->field,
	    gate->count * sizeof edits[0]);
	return all;
}

/* Proxies are known to hold the bytes behind the head back until they see an
 * answer: after a while it is sent without them. */
static void
answer_hixie_76(const struct ws_request *request, struct text *answer,
    int64_t deadline, int64_t answer_deadline)
{
	uint8_t key3[WS_HIXIE_KEY3_LEN], response[WS_HIXIE_RESPONSE_LEN];
	struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };
	bool sent = poll_until(&pfd, 1, deadline_in(KEY3_MS)) == 0;
	enum input input;

	if (sent)
		send_head(answer, answer_deadline);
	input = read_exactly(STDIN_FILENO, key3, sizeof key3, deadline);
	if (input != INPUT_HEAD && sent)
		die(input == INPUT_LATE ? STATUS_TIMEOUT : STATUS_LOST,
		    "no eight bytes behind the request (hixie-76, 1.3)");
	if (input != INPUT_HEAD)
		turn_away(refusal_of_input(input), false, no_edits);
	if (!sent)
		send_head(answer, answer_deadline);
	ws_hixie_response(response, request->hixie_number, key3);
	send_bytes(response, sizeof response, answer_deadline);
}

static void
accept_request(const struct ws_request *request, struct string_list edits,
    int64_t deadline, int64_t answer_deadline)
{
	static char out[HEAD_SIZE];
	struct text answer = { out, sizeof out, 0, false };
	struct text protocol = { out, sizeof out, 0, false };
	char extensions[WS_PERMESSAGE_MAX];
	const char *https = getenv("HTTPS");
	bool hixie = ws_version_is_hixie(request->version);

	if (hixie)
		ws_put_hixie_acceptance(&answer, request,
		    https != NULL && strcmp(https, "on") == 0, edits);
	else
		ws_put_acceptance(&answer, request, upgrade, edits);
	/* There the client's own words are part of it. */
	if (hixie && answer.full)
		turn_away(WS_REQUEST_TOO_LARGE, false, edits);
	check_head(&answer);
	if (request->version == WS_HIXIE_76)
		answer_hixie_76(request, &answer, deadline, answer_deadline);
	else
		send_head(&answer, answer_deadline);
	if (!ws_upgrade_is_framed(upgrade)) {
		session_export_upgrade(WS_SERVER, ws_upgrade_name(upgrade));
		return;
	}
	text_put_slice(&protocol, request->subprotocol);
	session_export(WS_SERVER, ws_version_name(request->version),
	    protocol.len > 0 ? protocol.buf : NULL,
	    name_extensions(extensions, &request->deflate));
}

/* What the user's program says. */
static void
pass_gate(struct gate_answer *gate, const struct settings *set)
{
	struct string_list fields = { gate->field, 0 };
	enum ws_refusal refusal;

	refusal = ask_gate(gate, set->gate, deadline_in(set->wait_ms));
	fields.count = gate->count;
	if (refusal != WS_ACCEPTED)
		turn_away(refusal, slice_equal(found.request.line.method,
		    slice_of("HEAD")), fields);
}

void
serve(const struct settings *set)
{
	static struct gate_answer gate;
	struct ws_server_rules rules = rules_of(set);
	struct ws_proxyproto source = { .family = 0 };
	int64_t deadline = deadline_in(set->wait_ms);

	upgrade = &set->upgrade;
	if (set->behind_proxy)
		read_source(&source, deadline);
	else	/* a browser speaks to us, or a proxy on this machine */
		rules.local = came_by_loopback();
	cgi_export_addresses(&source);
	count_session();
	read_request(set, &rules, deadline);
	cgi_export(&found.request, &source);
	if (set->gate != NULL)
		pass_gate(&gate, set);
	accept_request(&found.request, all_edits(set, &gate), deadline,
	    deadline_in(set->wait_ms));
}
