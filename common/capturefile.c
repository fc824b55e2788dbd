/* Writes captures: to the file of -D, and to who watches the session. */
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capturefile.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "session.h"

enum { PATH_MAX_HERE = 4096 };

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

const char *
capture_path(const char *file)
{
	static char path[PATH_MAX_HERE];
	struct text t = { path, sizeof path, 0, false };
	const char *mark = strstr(file, "%p");

	if (mark == NULL)
		return file;
	text_put(&t, file, (size_t)(mark - file));
	text_put_number(&t, (unsigned)getpid());
	text_puts(&t, mark + 2);
	if (t.full)
		die(STATUS_USAGE, "-D: path too long");
	return path;
}

/* What a session has to say is private, and others may foresee the name and put
 * a link or a file of theirs there. */
static int
open_file(const char *path)
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

/* The word that tells this session from others: its number, and the address of
 * the peer. */
static void
name_session(struct capture *c)
{
	const char *address = getenv("REMOTE_ADDR");
	const char *port = getenv("REMOTE_PORT");
	struct text t = { c->session, sizeof c->session, 0, false };

	text_put_number(&t, (unsigned)c->number);
	text_puts(&t, "/");
	text_put_host(&t, address != NULL && address[0] != '\0' ? address :
	    "-");
	if (port != NULL && port[0] != '\0') {
		text_puts(&t, ":");
		text_puts(&t, port);
	}
}

void
capture_open(struct capture *c, const char *path, bool client)
{
	c->client = client;
	c->file = path != NULL ? open_file(path) : -1;
	(void)session_watcher(&c->watcher, &c->number);
}

bool
capture_is_on(const struct capture *c)
{
	return c->file >= 0 || c->watcher >= 0;
}

/* Writes a record in one piece; if that fails *fd becomes -1. */
static void
write_record(int *fd, const char *option, const struct ws_capture_record *r,
    const void *data)
{
	char line[WS_CAPTURE_LINE_MAX + 1], newline[] = "\n";
	struct text t = { line, sizeof line, 0, false };
	struct iovec iov[3] = { { line, 0 }, { (void *)data, (size_t)r->len },
	    { newline, 1 } };
	ssize_t n;

	ws_capture_put(&t, r);
	iov[0].iov_len = t.len;
	do
		n = writev(*fd, iov, 3);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)(t.len + (size_t)r->len + 1))
		return;
	/* Of a head the filters to come will tell. */
	if (!r->head)
		say("%s: write: %s; the capture ends here", option,
		    n < 0 ? error_text(errno) : "not all of a record");
	/* Not closed: the number of a watcher's is in the environment, and must
	 * not become another file's. */
	*fd = -1;
}

/* To a pipe, to which two filters write, only PIPE_BUF bytes go in one
 * piece. */
static void
write_pieces(struct capture *c, struct ws_capture_record *r, const void *data)
{
	const char *p = data;
	size_t len = (size_t)r->len, max = PIPE_BUF - WS_CAPTURE_LINE_MAX - 1;

	if (c->session[0] == '\0')
		name_session(c);
	memcpy(r->session, c->session, sizeof r->session);
	do {
		r->len = len < max ? len : max;
		write_record(&c->watcher, "-M", r, p);
		p += r->len;
		len -= (size_t)r->len;
	} while (len > 0 && c->watcher >= 0);
}

static int64_t
moment_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		die_sys("read the clock");
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
capture_begin(struct capture *c)
{
	if (capture_is_on(c))
		c->began_us = moment_us();
}

static void
append(struct capture *c, bool sent, bool head, const void *data, size_t len)
{
	struct ws_capture_record r = { .sent = sent, .client = c->client,
	    .head = head, .len = len };

	r.time_us = sent && c->began_us > 0 ? c->began_us : moment_us();
	if (c->file >= 0 && len > 0)
		write_record(&c->file, "-D", &r, data);
	if (c->watcher >= 0)
		write_pieces(c, &r, data);
}

void
capture_append(struct capture *c, bool sent, const void *data, size_t len)
{
	if (len > 0 && capture_is_on(c))
		append(c, sent, false, data, len);
}

void
capture_head(struct capture *c, bool sent, const char *head, size_t len)
{
	if (len > 0 && capture_is_on(c))
		append(c, sent, true, head, len);
}

void
capture_end(struct capture *c, bool sent)
{
	if (c->watcher >= 0)
		append(c, sent, false, "", 0);
}
