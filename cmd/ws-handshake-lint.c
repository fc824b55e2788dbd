/* ws-handshake -L: all that is wrong with a head. */
#include <stdlib.h>
#include <unistd.h>

#include "diag.h"
#include "http/lint.h"
#include "io.h"
#include "readanswer.h"
#include "sandbox.h"
#include "ws-handshake.h"

static void
say_fault(void *unused, size_t line, const char *what)
{
	(void)unused;
	if (line > 0)
		say("line %zu: %s", line, what);
	else
		say("head: %s", what);
}

static void
lint_request(const struct settings *set, struct ws_lint *lint, char *head,
    int64_t deadline)
{
	struct ws_server_rules rules = rules_of(set);
	enum input input;
	size_t len;

	sandbox_enter(false);
	input = read_head(STDIN_FILENO, head, &len, REQUEST_TEXT, deadline);
	if (input == INPUT_HEAD) {
		ws_lint_request(lint, &rules, head, len);
		return;
	}
	lint->faults++;
	say_fault(NULL, 0, ws_refusal_text(refusal_of_input(input), HTTP_OK));
}

static void
lint_answer(const struct settings *set, struct ws_lint *lint, char *head,
    int64_t deadline)
{
	struct ws_client_request request;
	enum input input;
	size_t len;

	prepare_request(&request, set);
	sandbox_enter(false);
	do {
		input = read_head(STDIN_FILENO, head, &len, ANSWER_TEXT,
		    deadline);
		if (input != INPUT_HEAD)
			die_no_answer(SERVER, input);
	} while (ws_lint_answer(lint, &request, set->key != NULL, head, len));
}

void
lint(const struct settings *set)
{
	static char head[HEAD_SIZE];
	struct ws_lint l = { .report = say_fault };
	int64_t deadline = deadline_in(set->wait_ms);

	if (set->role == WS_CLIENT)
		lint_answer(set, &l, head, deadline);
	else
		lint_request(set, &l, head, deadline);
	exit(l.faults == 0 ? STATUS_OK :
	    set->role == WS_CLIENT ? STATUS_PROTOCOL : STATUS_REFUSED);
}
