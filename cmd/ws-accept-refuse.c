/* Connections beyond the limits: a short answer, and an end that loses none of
 * it, as what a peer still sends makes a close(2) reset the connection
 * (RFC 9112, 9.6). */
#include <sys/socket.h>

#include <unistd.h>

#include "http/compose.h"
#include "io.h"
#include "writer.h"
#include "ws-accept.h"

enum { LINGER_REFUSED_MS = 200 };

static struct {
	int fd;
	int64_t deadline;
} refused[REFUSED_MAX];		/* the oldest first */
static size_t count;

static void
drop(size_t i)
{
	(void)close(refused[i].fd);
	for (count--; i < count; i++)
		refused[i] = refused[i + 1];
}

void
refuse(int fd, bool silent)
{
	static const struct ws_upgrade websocket;
	static const struct string_list no_edits;
	char answer[512];
	struct text t = { answer, sizeof answer, 0, false };

	if (!set_blocking(fd, false)) {
		(void)close(fd);
		return;
	}
	close_on_exec(fd);
	ws_put_refusal(&t, WS_TOO_MANY_SESSIONS, false, &websocket, no_edits);
	if (!silent)
		(void)write_until(fd, t.buf, t.len, now_ms());
	(void)shutdown(fd, SHUT_WR);
	if (count == REFUSED_MAX)
		drop(0);
	refused[count].fd = fd;
	refused[count++].deadline = deadline_in(LINGER_REFUSED_MS);
}

size_t
refused_poll(struct pollfd pfds[REFUSED_MAX], int64_t *until)
{
	size_t i;

	for (i = 0; i < count; i++)
		pfds[i] = (struct pollfd){ refused[i].fd, POLLIN, 0 };
	if (count > 0 && refused[0].deadline < *until)
		*until = refused[0].deadline;
	return count;
}

void
refused_read(const struct pollfd *pfds, size_t polled)
{
	static char waste[65536];
	int64_t now = now_ms();
	size_t i;

	for (i = polled; i-- > 0;)
		if (now >= refused[i].deadline || (pfds[i].revents != 0 &&
		    read_some(refused[i].fd, waste, sizeof waste) <= 0))
			drop(i);
}
