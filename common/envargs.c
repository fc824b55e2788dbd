/* Arguments that come by a descriptor. */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "envargs.h"
#include "session.h"
#include "system.h"

enum { STRINGS_MAX = 1 << 21 };		/* more than execve(2) takes */

/* The file is one for all sessions, and so is its offset: pread(2). */
static char *
read_strings(int fd, size_t *len)
{
	struct stat st;
	char *strings;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		die_sys("WS_ARGV: descriptor %d", fd);
	if (!S_ISREG(st.st_mode) || st.st_size <= SESSION_KEY_LEN ||
	    st.st_size > STRINGS_MAX)
		die(STATUS_USAGE, "-A: WS_ARGV is not a file of arguments");
	*len = (size_t)st.st_size - SESSION_KEY_LEN;
	strings = malloc(*len);
	if (strings == NULL)
		die_sys("read arguments");
	n = pread(fd, strings, *len, SESSION_KEY_LEN);
	if (n < 0)
		die_sys("read arguments");
	if ((size_t)n != *len || strings[*len - 1] != '\0')
		die(STATUS_USAGE, "-A: WS_ARGV is not a file of arguments");
	return strings;
}

static size_t
count_strings(const char *p, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += p[i] == '\0';
	return n;
}

char **
envargs_take(int *argc)
{
	int keep[4], count, fd;
	char *strings, **argv;
	size_t len, n, i;

	if (!session_arguments(&fd))
		die(STATUS_USAGE, "-A: WS_ARGV is not set");
	strings = read_strings(fd, &len);
	n = count_strings(strings, len);
	argv = malloc((n + 1) * sizeof *argv);
	if (argv == NULL)
		die_sys("read arguments");
	for (i = 0; i < n; i++) {
		argv[i] = strings;
		strings += strlen(strings) + 1;
	}
	argv[n] = NULL;
	*argc = (int)n;
	(void)unsetenv("WS_ARGV");
	(void)session_lifeline(&keep[0], &keep[1]);
	(void)session_slots(&keep[2], &count);
	(void)session_watcher(&keep[3], &count);
	close_others(keep, 4);
	return argv;
}
