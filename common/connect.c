/* Connections to the targets that a user names. */
#include <sys/un.h>

#include <errno.h>
#include <string.h>

#include "code/errortext.h"
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

/* A number from 1 to 65535 or a service's name. */
static bool
is_port_or_service(const char *s)
{
	struct slice rest = slice_of(s);
	uint64_t number;

	if (s[strspn(s, "0123456789")] == '\0')
		return slice_take_number(&rest, 65535, &number) &&
		    rest.len == 0 && number > 0;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] == '\0';
}

bool
split_host(struct host_port *hp, struct slice host)
{
	struct slice address, zone;
	enum ws_url_fault fault;

	hp->why = NULL;
	if (host.len > 1 && host.p[0] == '[' && host.p[host.len - 1] == ']') {
		host.p++;
		host.len -= 2;
		address = host;
		fault = ws_split_zone(&address, &zone) ? WS_URL_OK :
		    WS_URL_HOST_IPV6;
	} else {
		fault = ws_check_host(host);
	}
	if (fault != WS_URL_OK && fault != WS_URL_HOST)
		hp->why = ws_url_fault_text(fault);
	if (fault != WS_URL_OK || host.len > WS_HOST_MAX)
		return false;
	memcpy(hp->host, host.p, host.len);
	hp->host[host.len] = '\0';
	return true;
}

bool
split_host_port(struct host_port *hp, const char *s)
{
	const char *colon = strrchr(s, ':');

	hp->why = NULL;
	if (colon == NULL || colon[1] == '\0')
		return false;
	hp->port = colon + 1;
	if (!split_host(hp, (struct slice){ s, (size_t)(colon - s) }))
		return false;
	if (!is_port_or_service(hp->port))
		hp->why = "the port is not one of 1 to 65535";
	return hp->why == NULL;
}

void
check_host_port(struct host_port *hp, const char *target, const char *s,
    const char *forms)
{
	if (split_host_port(hp, s))
		return;
	if (hp->why != NULL)
		die(STATUS_USAGE, "%s: %s", target, hp->why);
	die(STATUS_USAGE, "%s: not %s", target, forms);
}

void
check_address(const char *target)
{
	static const char forms[] = "tcp:HOST:PORT, tcp:[HOST]:PORT or "
	    "unix:PATH";
	const char *path = behind(target, "unix:");
	const char *host_port = behind(target, "tcp:");
	struct host_port hp;
	struct sockaddr_un un;

	if (host_port != NULL)
		check_host_port(&hp, target, host_port, forms);
	else if (path == NULL || path[0] == '\0')
		die(STATUS_USAGE, "%s: not %s", target, forms);
	else if (strlen(path) >= sizeof un.sun_path)
		die(STATUS_USAGE, "%s: path of a socket too long", target);
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
		say("connect %s: %s", target, error_text(error));
	errno = error;
	return fd;
}
