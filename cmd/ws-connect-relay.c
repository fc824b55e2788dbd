/* ws-connect: the relay between stunnel and the network. */
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "http/head.h"
#include "io.h"
#include "system.h"
#include "way.h"
#include "writer.h"
#include "ws-connect.h"

enum {
	GRACE_MS = 5000,	/* for bytes that nobody takes any more */
	LINE_MS = 500,		/* for the rest of a first line, */
	PIECE_MS = 20		/* looked for that often */
};

/* Waits for the first line from the network, which has begun, and reports it if
 * it is not TLS (RFC 8446, 5.1): stunnel would only say that it is none. */
static bool
report_foreign(const struct relay *r)
{
	int64_t deadline = deadline_in(LINE_MS);
	char line[REPORT_MAX];
	ssize_t n;

	for (;;) {
		n = recv(r->network, line, sizeof line, MSG_PEEK);
		if (n <= 0 || http_judge_start(line, (size_t)n, true) ==
		    HTTP_START_TLS)
			return false;
		if (n == sizeof line || now_ms() >= deadline ||
		    memchr(line, '\n', (size_t)n) != NULL)
			break;
		(void)poll_until(NULL, 0, deadline_in(PIECE_MS));
	}
	(void)write_all(r->report, line, (size_t)n);
	return true;
}

/* Until stunnel has ended, or the session has and nothing moves. */
static void
copy(struct way *up, struct way *down, const struct relay *r)
{
	struct pollfd fds[3];
	bool over = false, begun = false, told;
	int64_t grace;

	while (!up->ended) {
		fds[0] = way_awaits(up);
		fds[1] = way_awaits(down);
		fds[2] = (struct pollfd){ over ? -1 : r->session, 0, 0 };
		grace = over ? deadline_in(GRACE_MS) : NEVER;
		told = poll_until(fds, 3, way_deadline(up,
		    way_deadline(down, grace))) > 0;
		way_rest(up);
		way_rest(down);
		if (!told && grace <= now_ms())
			return;
		over = over || fds[2].revents != 0;
		if (fds[0].revents != 0)
			(void)way_carry(up);
		if (fds[1].revents == 0)
			continue;
		if (!begun && report_foreign(r))
			return;
		begun = true;
		(void)way_carry(down);
	}
}

/* The connection of stunnel's to the listener, or -1 if the session ends before
 * that. */
static int
await_stunnel(int listener, int session)
{
	struct pollfd fds[] = { { listener, POLLIN, 0 }, { session, 0, 0 } };

	(void)poll_until(fds, 2, NEVER);
	return fds[0].revents != 0 ? accept(listener, NULL, NULL) : -1;
}

void
relay_tls(const struct relay *r)
{
	static struct way up, down;
	const int keep[] = { r->inside.listener, r->network, r->session,
	    r->report };
	int stunnel;

	open_null(STDIN_FILENO, O_RDONLY);
	open_null(STDOUT_FILENO, O_WRONLY);
	open_null(STDERR_FILENO, O_WRONLY);
	close_others(keep, sizeof keep / sizeof keep[0]);
	/* A write to what is gone is told by errno. */
	(void)signal(SIGPIPE, SIG_IGN);
	stunnel = await_stunnel(r->inside.listener, r->session);
	(void)close(r->inside.listener);
	stunnel_remove(&r->inside);
	if (stunnel < 0)
		return;
	if (set_blocking(stunnel, false) &&
	    set_blocking(r->network, false)) {
		way_open(&up, stunnel, r->network);
		way_open(&down, r->network, stunnel);
		copy(&up, &down, r);
	}
	(void)shutdown(r->network, SHUT_RDWR);
}
