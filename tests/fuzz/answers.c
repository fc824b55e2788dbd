/* Heads of answers, to a client and to what asks a proxy: what is taken as
 * open is so, and it is that exactly where lint finds no fault. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/answer.h"
#include "http/body.h"
#include "http/credentials.h"
#include "http/lint.h"

static const char *const ours[] = { "chat", "superchat" };

static void
count_fault(void *arg, size_t line, const char *what)
{
	(void)arg;
	CHECK(line <= HTTP_HEAD_MAX);
	CHECK(strlen(what) > 0);
}

static void
check_open(const struct ws_response *r, const struct ws_client_request *request)
{
	CHECK(r->line.status == 101);
	CHECK(http_list_has(&r->head, "Upgrade", "websocket"));
	CHECK(http_list_has(&r->head, "Connection", "upgrade"));
	CHECK(r->subprotocol.len == 0 ||
	    slice_in_list(request->subprotocols, r->subprotocol));
}

static void
check_answer(const char *head, size_t len)
{
	struct ws_client_request request = { .subprotocols = { ours, 2 } };
	struct ws_lint lint = { .report = count_fault };
	char *copy = (char *)copy_bytes(head, len);
	static struct ws_response r;
	enum ws_answer answer;
	bool interim;

	memcpy(request.key, "dGhlIHNhbXBsZSBub25jZQ==", WS_KEY_LEN);
	interim = ws_lint_answer(&lint, &request, true, head, len);
	answer = ws_read_answer(&r, copy, len);
	if (answer == WS_ANSWER_OPEN)
		answer = ws_judge_answer(&r, &request);
	CHECK(strlen(ws_answer_text(answer, r.fault)) > 0);
	if (answer == WS_ANSWER_OPEN)
		check_open(&r, &request);
	if (lint.faults == 0)
		CHECK(answer == (interim ? WS_ANSWER_INTERIM : WS_ANSWER_OPEN));
	lint.faults = 0;
	CHECK(ws_lint_answer(&lint, &request, false, head, len) == interim);
	free(copy);
}

/* Its content, whole and in pieces: the same, and what is shown fits. */
static void
check_content(const struct ws_response *r, struct input in)
{
	static char bytes[2][4097], line[201];
	struct text content[2] = { { bytes[0], sizeof bytes[0], 0, false },
	    { bytes[1], sizeof bytes[1], 0, false } };
	struct text t = { line, sizeof line, 0, false };
	struct slice scheme, shown = { bytes[0], 0 };
	struct input rest = in, piece;
	struct http_body body;
	bool more[2];
	size_t i;

	http_body_begin(&body, &r->head, r->line.status);
	more[0] = http_body_take(&body, (const char *)in.p, in.len,
	    &content[0]);
	http_body_begin(&body, &r->head, r->line.status);
	more[1] = http_body_take(&body, NULL, 0, &content[1]);
	while (next_piece(&rest, BYTES, &piece))
		more[1] = http_body_take(&body, (const char *)piece.p,
		    piece.len, &content[1]);
	CHECK(more[0] == more[1]);
	CHECK(content[0].len == content[1].len);
	CHECK(memcmp(bytes[0], bytes[1], content[0].len) == 0);
	shown.len = content[0].len;
	http_put_summary(&t, &r->head, shown);
	for (i = 0; i < t.len; i++)
		CHECK(line[i] >= ' ' && line[i] <= '~');
	if (ws_asks_for_other(&r->head, "WWW-Authenticate", &scheme))
		CHECK(http_is_token(scheme));
}

void
fuzz(struct input in)
{
	size_t len;
	char *head = take_head(&in, false, &len);
	static struct ws_response r;

	if (head == NULL)
		return;
	check_answer(head, len);
	if (ws_read_answer(&r, head, len) == WS_ANSWER_OPEN)
		check_content(&r, in);
	free(head);
}
