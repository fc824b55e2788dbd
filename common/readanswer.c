/* The answer of a server, or of a proxy, to a request. */
#include <string.h>

#include "code/text.h"
#include "diag.h"
#include "http/body.h"
#include "io.h"
#include "readanswer.h"

enum {
	INTERIM_MAX = 16,	/* answers before the final one */
	LINE_MAX_SHOWN = 200,	/* characters of what a peer says, in a line */
	CONTENT_SHOWN = 4096,	/* bytes of it (-v) */
	CONTENT_MAX = 65536,	/* bytes of it that are read */
	REST_MS = 1000		/* for the rest of a line that is no answer */
};

static const char *
whose(enum answerer who)
{
	return who == PROXY ? "proxy: " : "";
}

void
die_no_answer(enum answerer who, enum input input)
{
	switch (input) {
	case INPUT_LATE:
		die(STATUS_TIMEOUT, "%sno complete answer in time", whose(who));
	case INPUT_LINE_TOO_LONG:
	case INPUT_TOO_LARGE:
		die(STATUS_PROTOCOL, "%sanswer with a head of more than %d "
		    "bytes (RFC 9110, 5.4)", whose(who), HTTP_HEAD_MAX);
	case INPUT_TLS:
		die(STATUS_PROTOCOL, "%sanswer looks like TLS%s "
		    "(RFC 8446, 5.1)", whose(who),
		    who == SERVER ? ": wss://?" : "");
	case INPUT_FOREIGN:
	case INPUT_UNWANTED:
	case INPUT_END:
	case INPUT_HEAD:
		break;
	}
	die(STATUS_LOST, "%sconnection ended before the answer was complete",
	    whose(who));
}

/* -- what is no answer -- */

/* Appends what can be had of the first line. */
static void
read_foreign_line(int fd, char *line, size_t *len)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	int64_t deadline = deadline_in(REST_MS);
	ssize_t n = 1;

	while (n > 0 && *len < LINE_MAX_SHOWN &&
	    memchr(line, '\n', *len) == NULL &&
	    poll_until(&pfd, 1, deadline) > 0) {
		n = read_some(fd, line + *len, LINE_MAX_SHOWN - *len);
		*len += n > 0 ? (size_t)n : 0;
	}
}

_Noreturn static void
die_foreign(enum answerer who, const char *head, size_t len)
{
	struct slice rest = { head, len };
	char line[4 * LINE_MAX_SHOWN + 1];
	struct text t = { line, sizeof line, 0, false };

	rest = http_next_line(&rest);
	if (rest.len > LINE_MAX_SHOWN)
		rest.len = LINE_MAX_SHOWN;
	text_put_escaped(&t, rest);
	if (rest.len == 0)
		die(STATUS_PROTOCOL, "%sanswer is not HTTP/1 (RFC 9112, 4)",
		    whose(who));
	die(STATUS_PROTOCOL, "%sanswer is not HTTP/1 but \"%s\" (RFC 9112, 4)",
	    whose(who), line);
}

_Noreturn static void
die_without_head(int fd, enum answerer who, enum input input, char *head,
    size_t len)
{
	if (input == INPUT_END && len == 0)
		die(STATUS_LOST, "%sconnection ended without an answer%s",
		    whose(who), who == SERVER ?
		    ": is it TLS (wss://)?" : "");
	if (input != INPUT_FOREIGN)
		die_no_answer(who, input);
	read_foreign_line(fd, head, &len);
	die_foreign(who, head, len);
}

void
read_answer(int fd, enum answerer who, struct ws_response *r, char *head,
    int64_t deadline)
{
	size_t len, answers = 0;
	enum ws_answer answer;
	enum input input;

	do {
		if (answers++ > INTERIM_MAX)
			die(STATUS_PROTOCOL, "%smore than %d interim answers",
			    whose(who), INTERIM_MAX);
		input = read_head(fd, head, &len, ANSWER_HEAD, deadline);
		if (input != INPUT_HEAD && answers == 1)
			die_without_head(fd, who, input, head, len);
		if (input != INPUT_HEAD)
			die_no_answer(who, input);
		show_head('<', head, len);
		answer = ws_read_answer(r, head, len);
		if (answer == WS_ANSWER_STATUS_LINE)
			die_foreign(who, head, len);
		if (answer == WS_ANSWER_FIELDS)
			die(STATUS_PROTOCOL, "%s%s", whose(who),
			    ws_answer_text(answer, r->fault));
	} while (answer == WS_ANSWER_INTERIM);
}

/* -- a refusal -- */

static void
read_content(int fd, const struct ws_response *r, struct text *content,
    int64_t deadline)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	int64_t limit = deadline_in(REFUSED_MS);
	struct http_body body;
	char piece[4096];
	size_t total = 0;
	ssize_t n = 0;

	http_body_begin(&body, &r->head, r->line.status);
	while (http_body_take(&body, piece, (size_t)n, content) &&
	    total < CONTENT_MAX &&
	    poll_until(&pfd, 1, limit < deadline ? limit : deadline) > 0 &&
	    (n = read_some(fd, piece, sizeof piece)) > 0)
		total += (size_t)n;
}

/* Appends the value of the field, if there is one. */
static void
put_field(struct text *t, const struct http_head *h, const char *name)
{
	char shown[LINE_MAX_SHOWN + 1];
	struct text value = { shown, sizeof shown, 0, false };
	struct slice field;

	if (http_count(h, name, &field) == 0)
		return;
	text_put_escaped(&value, field);
	text_puts(t, ", ");
	text_puts(t, name);
	text_puts(t, ": ");
	text_puts(t, shown);
}

/* Not what the phrase says already. */
static void
put_content(struct text *t, const struct ws_response *r, struct slice content)
{
	char shown[LINE_MAX_SHOWN + 1];
	struct text line = { shown, sizeof shown, 0, false };

	http_put_summary(&line, &r->head, content);
	if (line.len == 0 ||
	    slice_equal_nocase(slice_of(shown), slice_trim(r->line.phrase)))
		return;
	text_puts(t, ": ");
	text_puts(t, shown);
}

void
die_refused(int fd, enum answerer who, const struct ws_response *r,
    const char *advice, int64_t deadline)
{
	char sentence[1024], bytes[CONTENT_SHOWN + 1], phrase[LINE_MAX_SHOWN];
	struct text t = { sentence, sizeof sentence, 0, false };
	struct text content = { bytes, sizeof bytes, 0, false };
	struct text p = { phrase, sizeof phrase, 0, false };
	struct slice shown = { bytes, 0 };

	read_content(fd, r, &content, deadline);
	shown.len = content.len;
	if (http_body_is_text(&r->head))
		show_lines('<', bytes, content.len);
	text_put_escaped(&p, r->line.phrase);
	text_puts(&t, p.len > 0 ? " " : "");
	text_puts(&t, phrase);
	text_puts(&t, advice);
	if (r->line.status / 100 == 3)
		put_field(&t, &r->head, "Location");
	put_field(&t, &r->head, "Retry-After");
	put_content(&t, r, shown);
	die(STATUS_REFUSED, "%srefused with %d%s", who == PROXY ? "proxy " : "",
	    r->line.status, sentence);
}
