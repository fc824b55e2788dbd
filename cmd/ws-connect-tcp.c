/* ws-connect: the way to a server, or through a proxy to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code/text.h"
#include "connect.h"
#include "diag.h"
#include "proxytunnel.h"
#include "socksreply.h"
#include "ws-connect.h"

/* The connection, or the end for the reason that errno tells. */
static int
connected(int fd)
{
	int error = errno;

	if (fd >= 0)
		return fd;
	socksreply_tell(socksreply_of_error(error));
	exit(error == ETIMEDOUT ? STATUS_TIMEOUT : STATUS_SYSTEM);
}

static int
connect_proxy(const struct settings *set, const struct host_port *hp,
    int64_t deadline)
{
	char address[WS_HOST_MAX + 32];
	struct text t = { address, sizeof address, 0, false };
	const struct ws_url *proxy = &set->proxy->address;
	int fd;

	text_puts(&t, proxy->literal ? "tcp:[" : "tcp:");
	text_puts(&t, proxy->host);
	text_puts(&t, proxy->literal ? "]:" : ":");
	text_put_number(&t, proxy->port);
	fd = connected(connect_address(address, &set->source, deadline));
	open_tunnel(fd, fd, set->proxy, hp->host, hp->port, deadline);
	return fd;
}

int
open_way(const struct settings *set, int64_t deadline)
{
	struct host_port hp;

	if (strncmp(set->target, "unix:", 5) == 0)
		return connected(connect_address(set->target, NULL, deadline));
	(void)split_host_port(&hp, set->target + strlen("tcp:"));
	if (set->proxy != NULL)
		return connect_proxy(set, &hp, deadline);
	return connected(connect_host(set->target, &hp, &set->source,
	    deadline));
}
