/* Writes the captures of -D. */
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capturefile.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "ws/capture.h"

/* Whether the path is the system's own link to a descriptor, which shells use
 * for >(...). */
static bool
names_descriptor(const char *path)
{
	static const char *const prefixes[] = { "/dev/fd/", "/dev/std",
	    "/proc/self/fd/" };
	size_t i;

	for (i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* What a session has to say is private, and others may foresee the name and put
 * a link or a file of theirs there. */
int
capturefile_open(const char *path)
{
	int follow = names_descriptor(path) ? 0 : O_NOFOLLOW;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | follow, 0600);
	struct stat st;

	if (fd < 0 && errno == ELOOP && follow != 0)
		die(STATUS_SYSTEM, "-D: open %s: it is a symbolic link", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		die_sys("-D: open %s", path);
	if (follow != 0 && S_ISREG(st.st_mode) && st.st_uid != geteuid())
		die(STATUS_SYSTEM, "-D: open %s: the file is another user's",
		    path);
	close_on_exec(fd);
	return fd;
}

void
capturefile_append(int *fd, bool sent, bool client, const void *data,
    size_t len)
{
	char line[WS_CAPTURE_LINE_MAX + 1], newline[] = "\n";
	struct text t = { line, sizeof line, 0, false };
	struct ws_capture_record r = { .sent = sent, .client = client,
	    .len = len };
	struct iovec iov[3] = { { line, 0 }, { (void *)data, len },
	    { newline, 1 } };
	struct timespec now;
	ssize_t n;

	if (*fd < 0 || len == 0)
		return;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		die_sys("read the clock");
	r.time_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	ws_capture_put(&t, &r);
	iov[0].iov_len = t.len;
	do
		n = writev(*fd, iov, 3);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)(t.len + len + 1))
		return;
	say("-D: write: %s; the capture ends here",
	    n < 0 ? error_text(errno) : "not all of a record");
	(void)close(*fd);
	*fd = -1;
}
