/* Connections to the targets that a user names. */
#include <sys/un.h>

#include <errno.h>
#include <string.h>

#include "connect.h"
#include "diag.h"
#include "http/url.h"
#include "resolve.h"

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

int
connect_host(const char *target, const struct host_port *hp,
    const struct connect_source *source, int64_t deadline)
{
	static struct addresses addresses;
	const char *why = resolve(&addresses, hp->host, hp->port, deadline);
	int error = errno;

	if (why == NULL)
		return dial(&addresses, target, source, deadline);
	say("connect %s: %s", target, why);
	errno = error;
	return -1;
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
		return connect_host(target, &hp, from, deadline);
	}
	fd = dial_unix(path, deadline);
	error = errno;
	if (fd < 0)
		say("connect %s: %s", target, strerror(error));
	errno = error;
	return fd;
}
