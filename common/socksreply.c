/* What ws-socks is told by those who open the connection. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "environment.h"
#include "io.h"
#include "socksreply.h"
#include "writer.h"

static const char variable[] = "SOCKS_REPLY";

static const struct {
	int error;
	enum ws_socks_reply reply;
} replies[] = {
	{ ECONNREFUSED, WS_SOCKS_CONNECTION_REFUSED },
	{ EHOSTUNREACH, WS_SOCKS_HOST_UNREACHABLE },
	{ ENETUNREACH, WS_SOCKS_NETWORK_UNREACHABLE },
	{ ETIMEDOUT, WS_SOCKS_TTL_EXPIRED }
};

enum { REPLIES = sizeof replies / sizeof replies[0] };

void
socksreply_open(int *reader, int *writer)
{
	int fds[2];

	if (pipe(fds) < 0)
		die_sys("make a pipe");
	close_on_exec(fds[0]);
	*reader = fds[0];
	/* ws-connect puts something on 3 and 4. */
	*writer = fcntl(fds[1], F_DUPFD, 5);
	if (*writer < 0)
		die_sys("make a pipe");
	(void)close(fds[1]);
	environment_set_number(variable, *writer);
}

int
socksreply_writer(void)
{
	int fd = environment_number(variable);

	return fd > STDERR_FILENO ? fd : -1;
}

void
socksreply_tell(enum ws_socks_reply reply)
{
	char byte = (char)reply;
	int fd = socksreply_writer();

	if (fd >= 0)
		(void)write_all(fd, &byte, 1);
}

void
socksreply_tell_last(enum ws_socks_reply reply)
{
	int fd = socksreply_writer();

	socksreply_tell(reply);
	if (fd >= 0)
		(void)close(fd);
	environment_set(variable, NULL);
}

enum ws_socks_reply
socksreply_of_error(int error)
{
	size_t i;

	for (i = 0; i < REPLIES; i++)
		if (replies[i].error == error)
			return replies[i].reply;
	return WS_SOCKS_FAILURE;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcmp(s + len - n, end) == 0;
}

enum ws_socks_reply
socksreply_of_sentence(const char *s)
{
	size_t i;

	for (i = 0; i < REPLIES; i++)
		if (ends_with(s, strerror(replies[i].error)))
			return replies[i].reply;
	return WS_SOCKS_FAILURE;
}
