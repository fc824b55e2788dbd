/* The command of a session, before there is one. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "ws-session-command.h"

/* As execvp(3) searches for it; errno says why not. */
static bool
can_execute(const char *name)
{
	const char *dir = getenv("PATH");
	char path[4096];
	size_t len;
	int n;

	if (strchr(name, '/') != NULL || dir == NULL)
		return access(name, X_OK) == 0;
	for (;; dir += len + 1) {
		len = strcspn(dir, ":");
		n = snprintf(path, sizeof path, "%.*s%s%s", (int)len, dir,
		    len > 0 ? "/" : "./", name);
		if (n > 0 && (size_t)n < sizeof path && access(path, X_OK) == 0)
			return true;
		if (dir[len] == '\0')
			return false;
	}
}

/* HOST:PORT, as people write it. */
static bool
looks_like_address(const char *word)
{
	const char *colon = strrchr(word, ':');

	return colon != NULL && colon > word && colon[1] != '\0' &&
	    strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

void
check_command(const char *name)
{
	int error;

	errno = ENOENT;
	if (can_execute(name))
		return;
	error = errno;
	if (looks_like_address(name))
		die(STATUS_SYSTEM, "%s: no such command; a TCP service is "
		    "tcp:%s", name, name);
	if (strpbrk(name, " \t\n|&;<>$") != NULL)
		die(STATUS_SYSTEM, "%s: no such command; a line of the shell "
		    "is sh -c 'line'", name);
	errno = error;
	die_sys("%s", name);
}
