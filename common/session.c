/* What the programs of a session know of it: environment, control channel. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "environment.h"
#include "io.h"
#include "session.h"

extern char **environ;

/* Out of the way of what scripts use: a shell names descriptors up to 9 and
 * keeps some from 10 on for itself. */
enum { CONTROL_FD_MIN = 20 };

enum ws_role
session_role(void)
{
	const char *role = getenv("WS_ROLE");

	if (role != NULL && strcmp(role, "server") == 0)
		return WS_SERVER;
	if (role != NULL && strcmp(role, "client") == 0)
		return WS_CLIENT;
	return WS_NO_ROLE;
}

enum ws_framing
session_framing(void)
{
	static const struct {
		const char *version;
		enum ws_framing framing;
	} older[] = {
		{ "7", WS_FRAMING_HYBI },
		{ "8", WS_FRAMING_HYBI },
		{ "hixie-76", WS_FRAMING_HIXIE_76 },
		{ "hixie-75", WS_FRAMING_HIXIE_75 }
	};
	const char *version = getenv("WS_VERSION");
	size_t i;

	for (i = 0; version != NULL && i < sizeof older / sizeof older[0]; i++)
		if (strcmp(version, older[i].version) == 0)
			return older[i].framing;
	return WS_FRAMING_RFC;
}

bool
framing_is_hixie(enum ws_framing framing)
{
	return framing == WS_FRAMING_HIXIE_76 ||
	    framing == WS_FRAMING_HIXIE_75;
}

bool
session_control(int *reader, int *writer)
{
	return environment_pair("WS_CONTROL", reader, writer);
}

bool
session_lifeline(int *reader, int *writer)
{
	return environment_pair("WS_LIFELINE", reader, writer);
}

int
session_supervisor(void)
{
	return environment_number("WS_SUPERVISOR");
}

bool
session_arguments(int *fd)
{
	*fd = environment_number("WS_ARGV");
	return *fd >= 0;
}

/* Without setenv(3), if it can: the pages that it takes would be ws-session's
 * as long as the session lasts. */
void
session_export_supervisor(int fd, char *list[], size_t room)
{
	static char value[] = "WS_SUPERVISOR=\0 a descriptor";
	char *number = strchr(value, '\0');
	size_t n;

	snprintf(number, sizeof value - (size_t)(number - value), "%d", fd);
	for (n = 0; n + 2 < room && environ[n] != NULL; n++)
		list[n] = environ[n];
	if (environ[n] != NULL) {
		environment_set("WS_SUPERVISOR", number);
		return;
	}
	list[n] = value;
	list[n + 1] = NULL;
	environ = list;
}

bool
session_slots(int *fd, int *count)
{
	return environment_pair("WS_SLOTS", fd, count);
}

bool
session_watcher(int *fd, int *number)
{
	if (environment_pair("WS_WATCHER", fd, number))
		return true;
	*fd = environment_number("WS_WATCHER");
	*number = (int)getpid();
	return *fd >= 0;
}

void
session_export_watcher(void)
{
	int fd, number;

	if (session_watcher(&fd, &number))
		environment_set_pair("WS_WATCHER", fd, number);
}

void
session_close_watcher(void)
{
	int fd, number;

	if (session_watcher(&fd, &number))
		(void)close(fd);
}

void
session_close_lifeline(void)
{
	int reader, writer;

	if (session_lifeline(&reader, &writer))
		(void)close(reader);
}

void
session_leave(void)
{
	int reader, writer;

	session_close_watcher();
	session_close_lifeline();
	if (session_lifeline(&reader, &writer))
		(void)close(writer);
}

/* The same open file at CONTROL_FD_MIN or above, where there is room. */
static int
move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD, CONTROL_FD_MIN);

	if (high < 0)
		return fd;
	(void)close(fd);
	return high;
}

void
session_make_control(void)
{
	int fds[2];

	if (pipe(fds) < 0)
		die_sys("make the control channel");
	fds[0] = move_up(fds[0]);
	fds[1] = move_up(fds[1]);
	environment_set_pair("WS_CONTROL", fds[0], fds[1]);
}

void
session_export(enum ws_role role, const char *version, const char *protocol,
    const char *extensions)
{
	environment_set("WS_ROLE", role == WS_CLIENT ? "client" : "server");
	environment_set("WS_VERSION", version);
	environment_set("WS_PROTOCOL", protocol);
	environment_set("WS_EXTENSIONS", extensions);
	environment_set("WS_UPGRADE", NULL);
}

void
session_export_upgrade(enum ws_role role, const char *protocol)
{
	session_export(role, NULL, NULL, NULL);
	environment_set("WS_UPGRADE", protocol);
}

bool
session_is_upgrade(void)
{
	return getenv("WS_UPGRADE") != NULL;
}

static bool
is_ours(const char *variable)
{
	static const char *const names[] = { "WS_ROLE=", "WS_VERSION=",
	    "WS_PROTOCOL=", "WS_EXTENSIONS=", "WS_UPGRADE=", "WS_CONTROL=",
	    "WS_LIFELINE=", "WS_SLOTS=", "WS_SUPERVISOR=", "WS_WATCHER=",
	    "WS_ARGV=" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

char **
session_outer_environment(void)
{
	size_t n = 0, i;

	for (i = 0; environ[i] != NULL; i++) {
		char *variable = environ[i];

		if (!is_ours(variable))
			continue;
		memmove(environ + n + 1, environ + n,
		    (i - n) * sizeof *environ);
		environ[n++] = variable;
	}
	return environ + n;
}
