/* Heads of answers, to a client and to what asks a proxy: what is taken as
 * open is so, and it is that exactly where lint finds no fault. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/answer.h"
#include "http/lint.h"
#include "net/proxy.h"

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
	answer = ws_judge_answer(&r, &request, copy, len);
	CHECK(strlen(ws_answer_text(answer, r.fault)) > 0);
	if (answer == WS_ANSWER_OPEN)
		check_open(&r, &request);
	if (lint.faults == 0)
		CHECK(answer == (interim ? WS_ANSWER_INTERIM : WS_ANSWER_OPEN));
	lint.faults = 0;
	CHECK(ws_lint_answer(&lint, &request, false, head, len) == interim);
	free(copy);
}

void
fuzz(struct input in)
{
	size_t len;
	char *head = take_head(&in, false, &len);
	static struct ws_response r;
	enum ws_answer answer;

	if (head == NULL)
		return;
	check_answer(head, len);
	answer = ws_judge_connect(&r, head, len);
	CHECK(answer != WS_ANSWER_OPEN || r.line.status / 100 == 2);
	free(head);
}
