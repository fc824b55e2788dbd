/* Reading a head from a descriptor, and not one byte more. */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/text.h"
#include "diag.h"
#include "io.h"
#include "readhead.h"
#include "session.h"
#include "system.h"
#include "writer.h"

enum { LOOK_AGAIN_MS = 10 };

/* A proxy's connection is a descriptor of ours. */
_Noreturn static void
die_reading(int fd)
{
	die_sys("read %s", fd == STDIN_FILENO ? "standard input" :
	    "from the connection");
}

/* Looks at what a socket holds without taking it. */
static ssize_t
peek(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, buf, size, MSG_PEEK | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n;
}

static enum input
input_of(enum http_scan_result result)
{
	switch (result) {
	case HTTP_MORE:
		return INPUT_END;	/* not yet: the caller looks again */
	case HTTP_COMPLETE:
		return INPUT_HEAD;
	case HTTP_LINE_TOO_LONG:
		return INPUT_LINE_TOO_LONG;
	case HTTP_HEAD_TOO_LARGE:
		break;
	}
	return INPUT_TOO_LARGE;
}

static enum input
input_of_start(const char *head, size_t len, bool answer)
{
	switch (http_judge_start(head, len, answer)) {
	case HTTP_START_TLS:
		return INPUT_TLS;
	case HTTP_START_FOREIGN:
		return INPUT_FOREIGN;
	case HTTP_START:
		break;
	}
	return INPUT_HEAD;
}

/* Appends what belongs to the head: of what was peeked at, that part is then
 * read; a pipe or file is read byte by byte. */
static enum input
read_piece(int fd, struct http_scan *scan, char *head, size_t *len,
    bool peeking)
{
	enum http_scan_result result;
	size_t used;
	ssize_t n = peeking ? peek(fd, head + *len, HEAD_SIZE - *len) :
	    read_some(fd, head + *len, 1);

	if (n < 0 && errno != ECONNRESET)
		die_reading(fd);
	if (n <= 0)
		return INPUT_END;
	result = http_scan(scan, head + *len, (size_t)n, &used);
	if (peeking && read_some(fd, head + *len, used) != (ssize_t)used)
		die_reading(fd);
	*len += used;
	return input_of(result);
}

/* The writing end of a pipe, or -1: who reads it is who we read for. */
static int owner = -1;

void
end_with_reader(int pipe)
{
	owner = pipe;
}

/* What is looked at: the peer, the listener's lifeline, the owner. */
enum { WATCHED = 3 };

static void
watch_input(struct pollfd pfds[WATCHED], int fd)
{
	int unused;

	pfds[0].fd = fd;
	(void)session_lifeline(&pfds[1].fd, &unused);
	pfds[2].fd = owner;
	pfds[0].events = pfds[1].events = POLLIN;
	pfds[2].events = 0;
}

/* INPUT_HEAD: there is something. */
static enum input
await_head(struct pollfd pfds[WATCHED], int64_t deadline)
{
	if (poll_until(pfds, WATCHED, deadline) == 0)
		return INPUT_LATE;
	if (pfds[2].revents != 0)
		exit(STATUS_LOST);
	return pfds[1].revents != 0 ? INPUT_UNWANTED : INPUT_HEAD;
}

enum input
await_input(int fd, int64_t deadline)
{
	struct pollfd pfds[WATCHED];

	watch_input(pfds, fd);
	return await_head(pfds, deadline);
}

enum input
read_head(int fd, char *head, size_t *len, enum head_kind kind,
    int64_t deadline)
{
	bool answer = kind == ANSWER_HEAD || kind == ANSWER_TEXT;
	struct http_scan scan = { .skip_empty = !answer };
	bool peeking = can_peek(fd);
	struct pollfd pfds[WATCHED];
	enum input input, start = INPUT_HEAD;
	size_t before;

	watch_input(pfds, fd);
	*len = 0;
	do {
		input = await_head(pfds, deadline);
		if (input != INPUT_HEAD)
			return input;
		before = *len;
		input = read_piece(fd, &scan, head, len, peeking);
		if (kind == REQUEST_HEAD || kind == ANSWER_HEAD)
			start = input_of_start(head, *len, answer);
	} while (input == INPUT_END && *len > before && start == INPUT_HEAD);
	return start == INPUT_HEAD ? input : start;
}

static enum input
peek_whole(int fd, char *head, size_t *len, int64_t deadline)
{
	struct http_scan scan = { .skip_empty = true };
	enum input input = INPUT_END, start;
	struct pollfd pfds[WATCHED];
	size_t used;
	ssize_t n;

	watch_input(pfds, fd);
	while (input == INPUT_END) {
		input = await_head(pfds, deadline);
		if (input != INPUT_HEAD)
			return input;
		input = INPUT_END;
		n = peek(fd, head, HEAD_SIZE);
		if (n < 0 && errno != ECONNRESET && errno != EAGAIN)
			die_reading(fd);
		if (n <= (ssize_t)*len) {
			if (n == 0 || peer_has_ended(fd))
				return INPUT_END;
			/* Behind an urgent byte poll(2) sees more than a look
			 * does, and never tells the time. */
			if (now_ms() >= deadline)
				return INPUT_LATE;
			(void)poll_until(NULL, 0, deadline_in(LOOK_AGAIN_MS));
			continue;
		}
		input = input_of(http_scan(&scan, head + *len,
		    (size_t)n - *len, &used));
		*len = input == INPUT_HEAD ? *len + used : (size_t)n;
		start = input_of_start(head, *len, false);
		if (start != INPUT_HEAD)
			return start;
		/* Where it does not work we look again now and then. */
		set_low_water(fd, (int)n + 1);
	}
	return input;
}

enum input
peek_request(int fd, char *head, size_t *len, int64_t deadline)
{
	enum input input;

	*len = 0;
	input = peek_whole(fd, head, len, deadline);
	set_low_water(fd, 1);
	return input;
}

enum input
read_exactly(int fd, void *buf, size_t size, int64_t deadline)
{
	struct pollfd pfds[WATCHED];
	char *p = buf;
	enum input input;

	watch_input(pfds, fd);
	while (size > 0) {
		ssize_t n;

		input = await_head(pfds, deadline);
		if (input != INPUT_HEAD)
			return input;
		n = read_some(fd, p, size);
		if (n <= 0)
			return INPUT_END;
		p += n;
		size -= (size_t)n;
	}
	return INPUT_HEAD;
}

static bool showing;

void
show_heads(void)
{
	showing = true;
}

static void (*record)(char, const char *, size_t);

void
record_heads(void (*f)(char, const char *, size_t))
{
	record = f;
}

void
show_head(char direction, const char *head, size_t len)
{
	if (record != NULL)
		record(direction, head, len);
	show_lines(direction, head, len);
}

void
show_lines(char direction, const char *head, size_t len)
{
	static char line[4 * HEAD_SIZE];	/* each byte as \xHH */
	struct slice rest = { head, len };

	if (!showing || stderr_is_peer())
		return;
	while (rest.len > 0) {
		struct text t = { line, sizeof line, 0, false };

		text_put(&t, &direction, 1);
		text_puts(&t, " ");
		text_put_escaped(&t, http_next_line(&rest));
		text_puts(&t, "\n");
		(void)write_all(STDERR_FILENO, t.buf, t.len);
	}
}
