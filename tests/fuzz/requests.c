/* Heads of requests: where they end in any pieces, how they are judged; an
 * acceptance is one that our client takes, a refusal is one answer and no more,
 * whatever stood in the request. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/answer.h"
#include "http/compose.h"
#include "http/credentials.h"
#include "http/hixie.h"
#include "http/lint.h"

static const char *const subprotocols[] = { "chat", "base64" };
static const char *const origins[] = { "http://example.com", "*" };
static const char *const credentials[] = { "Aladdin:open sesame" };
static const char *const paths[] = { "/chat", "/" };
static const char *const hosts[] = { "example.com", "*.example.com" };
static const char *const edits[] = { "X-Added: yes", "Server:", "Empty;" };
static const struct ws_upgrade websocket = { NULL, false };

static struct string_list
list(const char *const *item, size_t count)
{
	struct string_list l = { item, count };

	return l;
}

static struct ws_server_rules
rules_of(uint8_t bits)
{
	struct ws_server_rules rules = {
		.subprotocols = list(subprotocols, bits & 1 ? 2 : 0),
		.origins = list(bits & 2 ? origins + 1 : origins,
		    bits & 4 ? 1 : 0),
		.credentials = list(credentials, bits & 8 ? 1 : 0),
		.paths = list(paths, bits & 16 ? 2 : 0),
		.older = bits & 32 ? 0xff : 0,
		.hosts = list(hosts, bits & 64 ? 2 : 0),
		.local = bits & 128
	};

	return rules;
}

static void
scan(struct trace *t, struct input in, enum manner manner)
{
	struct http_scan s = { .skip_empty = in.len & 1 };
	enum http_scan_result result = HTTP_MORE;
	struct input piece;
	size_t used, total = 0;

	while (result == HTTP_MORE && next_piece(&in, manner, &piece)) {
		char *copy = (char *)copy_bytes(piece.p, piece.len);

		result = http_scan(&s, copy, piece.len, &used);
		CHECK(used <= piece.len);
		CHECK(used == piece.len || result != HTTP_MORE);
		total += used;
		free(copy);
	}
	CHECK(total <= HTTP_HEAD_MAX + 1);
	trace_number(t, 'r', result);
	trace_number(t, 'n', total);
}

static void
count_fault(void *arg, size_t line, const char *what)
{
	(void)arg;
	CHECK(line <= HTTP_HEAD_MAX);
	CHECK(strlen(what) > 0);
}

/* It is one head, well-formed, and nothing but content behind it. */
static void
check_written(const struct text *t, size_t content)
{
	static struct http_head head;
	char *copy = (char *)copy_bytes(t->buf, t->len);
	struct http_scan s = { .skip_empty = false };
	size_t used;

	CHECK(!t->full);
	CHECK(http_scan(&s, copy, t->len, &used) == HTTP_COMPLETE);
	CHECK(used + content == t->len);
	CHECK(http_parse_head(&head, copy, used, false) == HTTP_OK);
	free(copy);
}

static void
check_acceptance(const struct ws_request *r)
{
	static char buf[2 * HTTP_HEAD_MAX];
	struct text t = { buf, sizeof buf, 0, false };
	struct ws_client_request request = { .subprotocols = list(subprotocols,
	    2) };
	static struct ws_response response;

	CHECK(slice_equal(r->line.method, slice_of("GET")));
	CHECK(strlen(ws_version_name(r->version)) > 0);
	if (r->version == WS_HIXIE_75 || r->version == WS_HIXIE_76) {
		ws_put_hixie_acceptance(&t, r, true, list(edits, 3));
		check_written(&t, 0);
		return;
	}
	ws_put_acceptance(&t, r, &websocket, list(edits, 3));
	check_written(&t, 0);
	CHECK(r->key.len == WS_KEY_LEN);
	memcpy(request.key, r->key.p, WS_KEY_LEN);
	CHECK(ws_read_answer(&response, t.buf, t.len) == WS_ANSWER_OPEN);
	CHECK(ws_judge_answer(&response, &request) == WS_ANSWER_OPEN);
	CHECK(slice_equal(response.subprotocol, r->subprotocol));
}

static void
check_refusal(const struct ws_request *r, enum ws_refusal refusal,
    bool head_only)
{
	char buf[2048];
	struct text t = { buf, sizeof buf, 0, false };
	int status = ws_refusal_status(refusal);

	CHECK(status >= 400 && status <= 505);
	CHECK(strlen(ws_refusal_text(refusal, r->fault)) > 0);
	ws_put_refusal(&t, refusal, head_only, &websocket, list(edits, 3));
	check_written(&t, head_only ? 0 : strlen(http_phrase(status)) + 1);
}

static void
check_request(const struct ws_server_rules *rules, const char *head, size_t len)
{
	struct ws_lint lint = { .report = count_fault };
	char *copy = (char *)copy_bytes(head, len);
	static struct ws_request r;
	enum ws_refusal found[WS_REFUSALS_MAX], refusal;
	bool ours = ws_is_ours(rules, head, len);

	ws_lint_request(&lint, rules, head, len);
	refusal = ws_judge_request(&r, rules, copy, len);
	CHECK(lint.faults > 0 || refusal == WS_ACCEPTED);
	if (refusal != WS_ACCEPTED) {
		check_refusal(&r, refusal, ws_asks_for_head(head, len));
	} else {
		CHECK(ours);
		CHECK(ws_find_refusals(found, &r, rules) == 0);
		check_acceptance(&r);
	}
	free(copy);
}

/* Whatever stands there, it is the credentials only if it is theirs. */
static void
check_credentials(struct input in)
{
	char *user_password = copy_string(in), buf[1024];
	struct slice value = { (const char *)in.p, in.len };
	struct text t = { buf, sizeof buf, 0, false };

	(void)ws_basic_matches(value, credentials[0]);
	(void)ws_basic_matches(value, user_password);
	if (strlen(user_password) < 512 &&
	    http_is_basic(slice_of(user_password))) {
		ws_put_basic(&t, user_password);
		value.p = t.buf;
		value.len = t.len;
		CHECK(ws_basic_matches(value, user_password));
		CHECK(ws_basic_matches(value, credentials[0]) ==
		    (strcmp(user_password, credentials[0]) == 0));
	}
	free(user_password);
}

void
fuzz(struct input in)
{
	struct ws_server_rules rules = rules_of(take_byte(&in));
	size_t len;
	char *head;

	check_credentials(in);
	same_in_any_manner(in, scan);
	head = take_head(&in, true, &len);
	if (head != NULL)
		check_request(&rules, head, len);
	free(head);
}
