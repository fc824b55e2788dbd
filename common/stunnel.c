/* stunnel, which does TLS for us. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "stunnel.h"
#include "writer.h"

static void
make_folder(struct stunnel_socket *s, const char *program)
{
	const char *base = getenv("TMPDIR");

	/* What is no path from the root is a service to stunnel. */
	if (base == NULL || base[0] != '/' ||
	    strlen(base) + 32 > sizeof s->folder)
		base = "/tmp";
	snprintf(s->folder, sizeof s->folder, "%s/%s.XXXXXX", base, program);
	if (mkdtemp(s->folder) == NULL)
		die_sys("make a directory in %s", base);
	snprintf(s->path, sizeof s->path, "%s/s", s->folder);
}

void
stunnel_listen(struct stunnel_socket *s, const char *program)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s->listener < 0)
		die_sys("make a socket");
	close_on_exec(s->listener);
	make_folder(s, program);
	strncpy(un.sun_path, s->path, sizeof un.sun_path - 1);
	if (bind(s->listener, (struct sockaddr *)&un, sizeof un) < 0 ||
	    listen(s->listener, 1) < 0) {
		stunnel_remove(s);
		die_sys("listen on %s", s->path);
	}
}

void
stunnel_remove(const struct stunnel_socket *s)
{
	(void)unlink(s->path);
	(void)rmdir(s->folder);
}

void
stunnel_set(struct text *t, const char *key, const char *value)
{
	text_puts(t, key);
	text_puts(t, " = ");
	text_puts(t, value);
	text_puts(t, "\n");
}

int
stunnel_settings(const struct text *settings)
{
	int fds[2];

	if (settings->full)
		die(STATUS_USAGE, "paths too long for stunnel");
	if (pipe(fds) < 0)
		die_sys("make a pipe");
	if (!write_all(fds[1], settings->buf, settings->len))
		die_sys("write to a pipe");
	(void)close(fds[1]);
	return fds[0];
}

_Noreturn void
stunnel_become(int stream, int log, int settings)
{
	static const char *const names[] = { "stunnel", "stunnel4",
	    "/usr/sbin/stunnel" };
	char fd[16];
	size_t i;

	snprintf(fd, sizeof fd, "%d", settings);
	if (dup2(stream, STDIN_FILENO) < 0 ||
	    dup2(stream, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0 || setenv("LC_ALL", "C", 1) < 0)
		_exit(STATUS_SYSTEM);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		execlp(names[i], "stunnel", "-fd", fd, (char *)NULL);
		if (errno != ENOENT)
			break;
	}
	fprintf(stderr, "[!] %s\n", errno == ENOENT ?
	    "TLS needs stunnel, which is not installed" : strerror(errno));
	_exit(STATUS_SYSTEM);
}
