/* Where connections come in. */
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "connect.h"
#include "diag.h"
#include "io.h"
#include "net/address.h"
#include "resolve.h"
#include "ws-accept.h"

enum {
	LOOK_UP_MS = 10000,
	SOMEBODY_MS = 1000,	/* for who listens on a Unix socket */
	TRIES = 20		/* for a port that is free on all addresses */
};

/* Returns a socket, or -1 with errno set. */
static int
open_listener(const struct sockaddr *at, socklen_t len, int backlog)
{
	int fd = socket(at->sa_family, SOCK_STREAM, 0), on = 1, off = 0, error;

	if (fd < 0)
		return -1;
	close_on_exec(fd);
	if (at->sa_family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (at->sa_family == AF_INET6)	/* :: is IPv4, too */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		    sizeof off);
	if (bind(fd, at, len) == 0 && listen(fd, backlog) == 0 &&
	    set_blocking(fd, false))
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static bool
add_listener(struct listeners *l, const struct sockaddr *at, socklen_t len,
    int backlog)
{
	int fd = open_listener(at, len, backlog);

	if (fd >= 0)
		l->fd[l->count++] = fd;
	return fd >= 0;
}

_Noreturn static void
die_of(const char *where)
{
	die(STATUS_SYSTEM, "listen on %s: %s", where, error_text(errno));
}

/* -- Unix sockets -- */

/* Nothing is removed but a socket that nobody listens on any more. */
static void
take_path(const char *where, const char *path)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0)
		return;
	if (!S_ISSOCK(st.st_mode))
		die(STATUS_USAGE, "%s: there is something that is no socket",
		    where);
	fd = dial_unix(path, deadline_in(SOMEBODY_MS));
	if (fd >= 0 || errno == ETIMEDOUT)
		die(STATUS_SYSTEM, "%s: somebody listens there", where);
	if (errno == ECONNREFUSED && unlink(path) < 0)
		die_sys("%s: remove what was left there", where);
}

static void
listen_at_path(struct listeners *l, const char *where, const char *path,
    int backlog)
{
	struct sockaddr_un un;
	struct stat st;

	if (path[0] == '\0')
		die(STATUS_USAGE, "%s: no path", where);
	if (strlen(path) >= sizeof un.sun_path)
		die(STATUS_USAGE, "%s: path of a socket too long", where);
	take_path(where, path);
	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	memcpy(un.sun_path, path, strlen(path));
	if (!add_listener(l, (const void *)&un, sizeof un, backlog) ||
	    lstat(path, &st) < 0)
		die_of(where);
	l->path = path;
	l->device = st.st_dev;
	l->inode = st.st_ino;
}

/* -- the Internet -- */

static void
close_all(struct listeners *l)
{
	while (l->count > 0)
		(void)close(l->fd[--l->count]);
}

/* Sets address to what the first one got. */
static void
find_own_address(const struct listeners *l, struct address *address)
{
	address->len = sizeof address->u;
	if (getsockname(l->fd[0], &address->u.any, &address->len) < 0)
		die_sys("find out the port");
}

/* In host's byte order; 0 is any. */
static in_port_t
port_of(const struct address *a)
{
	return a->u.any.sa_family == AF_INET6 ? a->u.v6.sin6_port :
	    a->u.v4.sin_port;
}

static void
set_port(struct address *a, in_port_t port)
{
	if (a->u.any.sa_family == AF_INET6)
		a->u.v6.sin6_port = port;
	else
		a->u.v4.sin_port = port;
}

/* Of a name's addresses those that this machine does not have now are left out,
 * and so is one that is there twice.  False, with errno set, if there is none,
 * or one that is taken. */
static bool
listen_at_each(struct listeners *l, const struct addresses *all, int backlog)
{
	in_port_t port = 0;
	size_t i, k;

	for (i = 0; i < all->count; i++) {
		struct address a = all->at[i], own;

		for (k = 0; k < i && (all->at[k].len != a.len ||
		    memcmp(&all->at[k].u, &a.u, a.len) != 0); k++)
			;
		if (k < i)
			continue;
		if (port != 0)
			set_port(&a, port);
		if (add_listener(l, &a.u.any, a.len, backlog)) {
			find_own_address(l, &own);
			port = port_of(&own);
		} else if (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT) {
			return false;
		}
	}
	return l->count > 0;
}

/* A port that is free on the first address may be taken on the next. */
static void
listen_at_name(struct listeners *l, const char *where,
    const struct addresses *all, int backlog)
{
	int tries = port_of(&all->at[0]) == 0 ? TRIES : 1;

	while (!listen_at_each(l, all, backlog)) {
		if (errno != EADDRINUSE || --tries == 0)
			die_of(where);
		close_all(l);
	}
}

/* On IPv6 and IPv4, or, where the first is not to be had, on the other. */
static void
listen_everywhere(struct listeners *l, const char *where, unsigned port,
    int backlog)
{
	struct address v6, v4;

	memset(&v6, 0, sizeof v6);
	v6.u.v6.sin6_family = AF_INET6;
	v6.u.v6.sin6_port = htons((uint16_t)port);
	memset(&v4, 0, sizeof v4);
	v4.u.v4.sin_family = AF_INET;
	v4.u.v4.sin_port = htons((uint16_t)port);
	if (add_listener(l, &v6.u.any, sizeof v6.u.v6, backlog))
		return;
	if ((errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) ||
	    !add_listener(l, &v4.u.any, sizeof v4.u.v4, backlog))
		die_of(where);
}

static void
print_address(const struct listeners *l)
{
	char line[INET6_ADDRSTRLEN + 16];
	struct text t = { line, sizeof line, 0, false };
	struct address a;

	find_own_address(l, &a);
	if (a.u.any.sa_family == AF_INET6) {
		text_puts(&t, "[");
		net_put_ipv6(&t, a.u.v6.sin6_addr.s6_addr);
		text_puts(&t, "]");
	} else {
		net_put_ipv4(&t, (const void *)&a.u.v4.sin_addr);
	}
	text_format(&t, ":%d", ntohs(port_of(&a)));
	if (puts(line) == EOF || fflush(stdout) == EOF)
		die_sys("write standard output");
}

void
listen_at(struct listeners *l, const char *where, int backlog)
{
	static struct addresses all;
	const char *colon = strrchr(where, ':'), *why;
	const char *digits = colon != NULL ? colon + 1 : where;
	struct slice number = slice_of(digits);
	struct host_port hp;
	uint64_t port;

	if (strncmp(where, "unix:", 5) == 0) {
		listen_at_path(l, where, where + 5, backlog);
		return;
	}
	if (!slice_take_number(&number, 65535, &port) || number.len > 0)
		die(STATUS_USAGE, "%s: the port is not one of 0 to 65535",
		    where);
	if (colon == NULL) {
		listen_everywhere(l, where, (unsigned)port, backlog);
	} else {
		if (!split_host(&hp, (struct slice){ where,
		    (size_t)(colon - where) }))
			die(STATUS_USAGE, "%s: %s", where, hp.why != NULL ?
			    hp.why : "not [address:]port or unix:path");
		why = resolve(&all, hp.host, digits, deadline_in(LOOK_UP_MS));
		if (why != NULL)
			die(STATUS_SYSTEM, "listen on %s: %s", where, why);
		listen_at_name(l, where, &all, backlog);
	}
	if (port == 0)
		print_address(l);
}

void
listen_no_more(struct listeners *l)
{
	struct stat st;

	if (l->path != NULL && lstat(l->path, &st) == 0 &&
	    st.st_dev == l->device && st.st_ino == l->inode)
		(void)unlink(l->path);
	close_all(l);
}
