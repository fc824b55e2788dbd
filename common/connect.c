/* Connections to the targets that a user names. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "code/text.h"
#include "connect.h"
#include "diag.h"
#include "http/url.h"
#include "io.h"

static const char *
behind(const char *target, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(target, prefix, n) == 0 ? target + n : NULL;
}

bool
target_is_address(const char *target)
{
	return behind(target, "tcp:") || behind(target, "unix:");
}

bool
split_host_port(struct host_port *hp, const char *s)
{
	const char *colon = strrchr(s, ':'), *p;
	size_t len;

	if (colon == NULL || colon[1] == '\0')
		return false;
	hp->port = colon + 1;
	len = (size_t)(colon - s);
	for (p = s; *p != '\0'; p++)	/* it may become part of a head */
		if ((unsigned char)*p <= ' ' || *p == 127)
			return false;
	if (s[0] == '[') {
		if (len < 3 || s[len - 1] != ']')
			return false;
		s++;
		len -= 2;
	} else if (memchr(s, ':', len) != NULL) {
		return false;	/* IPv6 needs the brackets */
	}
	if (len == 0 || len > WS_HOST_MAX)
		return false;
	memcpy(hp->host, s, len);
	hp->host[len] = '\0';
	return true;
}

void
check_address(const char *target)
{
	const char *path = behind(target, "unix:");
	const char *host_port = behind(target, "tcp:");
	struct host_port hp;
	struct sockaddr_un un;

	if (path != NULL && path[0] != '\0') {
		if (strlen(path) >= sizeof un.sun_path)
			die(STATUS_USAGE, "%s: path of a socket too long",
			    target);
	} else if (path != NULL || host_port == NULL ||
	    !split_host_port(&hp, host_port)) {
		die(STATUS_USAGE,
		    "%s: not tcp:HOST:PORT, tcp:[HOST]:PORT or unix:PATH",
		    target);
	}
}

/* -- where to connect from -- */

static bool
is_loopback(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	memcpy(&v6, address, sizeof v6);
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

void
add_source(struct connect_source *source, const char *numeric)
{
	char plain[INET6_ADDRSTRLEN];
	size_t len = strlen(numeric);
	bool brackets = len > 2 && numeric[0] == '[' && numeric[len - 1] == ']';

	if (brackets) {
		numeric++;
		len -= 2;
	}
	if (len < sizeof plain) {
		memcpy(plain, numeric, len);
		plain[len] = '\0';
		if (!brackets &&
		    inet_pton(AF_INET, plain, &source->v4.sin_addr) == 1) {
			source->v4.sin_family = AF_INET;
			return;
		}
		if (inet_pton(AF_INET6, plain, &source->v6.sin6_addr) == 1) {
			source->v6.sin6_family = AF_INET6;
			return;
		}
	}
	die(STATUS_USAGE, "-M: not a numeric address");
}

const struct sockaddr *
source_for(const struct connect_source *source, const struct sockaddr *address,
    socklen_t *len)
{
	if (source == NULL || is_loopback(address))
		return NULL;
	if (address->sa_family == source->v4.sin_family) {
		*len = sizeof source->v4;
		return (const struct sockaddr *)&source->v4;
	}
	if (address->sa_family == source->v6.sin6_family) {
		*len = sizeof source->v6;
		return (const struct sockaddr *)&source->v6;
	}
	return NULL;
}

/* -- connecting -- */

/* Waits for a connection under way; errno tells how it ended. */
static bool
finish_connect(int fd, int64_t deadline)
{
	struct pollfd pfd = { fd, POLLOUT, 0 };
	socklen_t len = sizeof errno;
	int error = 0;

	if (poll_until(&pfd, 1, deadline) == 0) {
		errno = ETIMEDOUT;
		return false;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return false;
	errno = error;
	return error == 0;
}

/* A connected socket, or -1 with errno set. */
static int
connect_socket(const struct sockaddr *address, socklen_t len,
    const struct sockaddr *from, socklen_t from_len, int64_t deadline)
{
	int fd = socket(address->sa_family, SOCK_STREAM, 0);
	int error;

	if (fd < 0)
		return -1;
	if ((from == NULL || bind(fd, from, from_len) == 0) &&
	    set_blocking(fd, false) &&
	    (connect(fd, address, len) == 0 || ((errno == EINPROGRESS ||
	    errno == EINTR) && finish_connect(fd, deadline))) &&
	    set_blocking(fd, true))
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static int
connect_unix(const char *path, int64_t deadline)
{
	struct sockaddr_un un;

	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, path, sizeof un.sun_path - 1);
	return connect_socket((struct sockaddr *)&un, sizeof un, NULL, 0,
	    deadline);
}

static int
connect_tcp(const char *target, const struct host_port *hp,
    const struct connect_source *source, int64_t deadline)
{
	struct addrinfo hints, *list, *ai;
	const struct sockaddr *from;
	socklen_t from_len = 0;
	int error, fd = -1;

	memset(&hints, 0, sizeof hints);
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(hp->host, hp->port, &hints, &list);
	if (error != 0) {
		say("connect %s: %s", target, error == EAI_SYSTEM ?
		    strerror(errno) : gai_strerror(error));
		errno = EHOSTUNREACH;
		return -1;
	}
	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next) {
		from = source_for(source, ai->ai_addr, &from_len);
		fd = connect_socket(ai->ai_addr, ai->ai_addrlen, from,
		    from_len, deadline);
	}
	error = errno;
	freeaddrinfo(list);
	if (fd < 0) {
		say("connect %s: %s", target, strerror(error));
		errno = error;
		return -1;
	}
	set_nodelay(fd);
	return fd;
}

int
connect_address(const char *target, const struct connect_source *from,
    int64_t deadline)
{
	const char *path = behind(target, "unix:");
	const char *host_port = behind(target, "tcp:");
	struct host_port hp;
	int fd, error;

	if (path == NULL) {
		if (host_port == NULL || !split_host_port(&hp, host_port))
			return -1;
		return connect_tcp(target, &hp, from, deadline);
	}
	fd = connect_unix(path, deadline);
	error = errno;
	if (fd < 0)
		say("connect %s: %s", target, strerror(error));
	errno = error;
	return fd;
}
