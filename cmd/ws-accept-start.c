/* A program for each connection, and what it is told of that. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "net/address.h"
#include "net/sessions.h"
#include "ws-accept.h"

extern char **environ;

static char *const *program;
static posix_spawnattr_t attributes;

/* Variables of this connection. */
enum { TOLD = 5, TOLD_SIZE = 80 };
static char told[TOLD][TOLD_SIZE];
static char lifeline[TOLD_SIZE];

static char **own_environment;
static size_t inherited;	/* of it */

/* Whether it says something of a connection: an outer one, here. */
static bool
is_of_connection(const char *variable)
{
	static const char *const prefixes[] = { "PROTO=", "TCPLOCAL",
	    "TCPREMOTE", "REMOTE_ADDR=", "REMOTE_HOST=", "REMOTE_PORT=",
	    "SERVER_PORT=", "SOCAT_", "WS_LIFELINE=" };
	size_t i;

	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static void
prepare_environment(void)
{
	size_t n;

	for (n = 0; environ[n] != NULL; n++)
		;
	own_environment = malloc((n + TOLD + 2) * sizeof *own_environment);
	if (own_environment == NULL)
		die_sys("set up the environment");
	for (n = 0; environ[n] != NULL; n++)
		if (!is_of_connection(environ[n]))
			own_environment[inherited++] = environ[n];
	own_environment[inherited++] = lifeline;
}

void
start_what(char *const argv[], int reader, int writer)
{
	sigset_t defaults;

	program = argv;
	snprintf(lifeline, sizeof lifeline, "WS_LIFELINE=%d,%d", reader,
	    writer);
	prepare_environment();
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGCHLD);
	if ((errno = posix_spawnattr_init(&attributes)) != 0 ||
	    (errno = posix_spawnattr_setsigdefault(&attributes, &defaults)) !=
	    0 || (errno = posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETSIGDEF)) != 0)
		die_sys("set up the start of programs");
}

/* Numeric address and port; false if it is none of the Internet.  An IPv4
 * address that came to an IPv6 listener is written as what it is. */
static bool
describe(const struct sockaddr_storage *ss, struct text *address,
    unsigned *port)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	const uint8_t *bytes = v6->sin6_addr.s6_addr;

	if (ss->ss_family == AF_INET) {
		net_put_ipv4(address, (const void *)&v4->sin_addr);
		*port = ntohs(v4->sin_port);
		return true;
	}
	if (ss->ss_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		net_put_ipv4(address, bytes + 12);
	else
		net_put_ipv6(address, bytes);
	*port = ntohs(v6->sin6_port);
	return true;
}

const char *
name_of_peer(const struct connection *c)
{
	static char name[INET6_ADDRSTRLEN];
	struct text t = { name, sizeof name, 0, false };
	unsigned port;

	return describe(&c->peer, &t, &port) ? name : "a Unix socket";
}

uint64_t
network_of_peer(const struct connection *c)
{
	const struct sockaddr_in *v4 = (const void *)&c->peer;
	const struct sockaddr_in6 *v6 = (const void *)&c->peer;

	switch (c->peer.ss_family) {
	case AF_INET:
		return ws_network_of_ipv4((const void *)&v4->sin_addr);
	case AF_INET6:
		return ws_network_of_ipv6(v6->sin6_addr.s6_addr);
	default:
		return WS_UNCOUNTED;
	}
}

/* Adds a variable for one end of the connection and another for its port. */
static size_t
tell_end(size_t n, const char *end, const struct sockaddr_storage *ss)
{
	char address[INET6_ADDRSTRLEN];
	struct text t = { address, sizeof address, 0, false };
	unsigned port;

	if (!describe(ss, &t, &port))
		return n;
	snprintf(told[n], TOLD_SIZE, "TCP%sIP=%s", end, address);
	snprintf(told[n + 1], TOLD_SIZE, "TCP%sPORT=%u", end, port);
	return n + 2;
}

/* As UCSPI has it. */
static void
tell_connection(const struct connection *c)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof local;
	size_t n, i;

	memset(&local, 0, sizeof local);
	(void)getsockname(c->fd, (void *)&local, &len);
	snprintf(told[0], TOLD_SIZE, "PROTO=%s",
	    local.ss_family == AF_UNIX ? "UNIX" : "TCP");
	n = tell_end(1, "REMOTE", &c->peer);
	n = tell_end(n, "LOCAL", &local);
	for (i = 0; i < n; i++)
		own_environment[inherited + i] = told[i];
	own_environment[inherited + n] = NULL;
}

int
start_on(const struct connection *c, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	tell_connection(c);
	if ((error = posix_spawn_file_actions_adddup2(&actions, c->fd,
	    STDIN_FILENO)) == 0 &&
	    (error = posix_spawn_file_actions_adddup2(&actions, c->fd,
	    STDOUT_FILENO)) == 0 &&
	    (error = posix_spawn_file_actions_addclose(&actions, c->fd)) == 0)
		error = posix_spawnp(pid, program[0], &actions, &attributes,
		    program, own_environment);
	posix_spawn_file_actions_destroy(&actions);
	if (error == 0)
		(void)close(c->fd);
	return error;
}
