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
connect_proxy(const struct settings *set, struct host_port *hp,
    int64_t deadline)
{
	char address[4 + WS_ADDRESS_MAX];
	struct text t = { address, sizeof address, 0, false };
	int fd;

	text_puts(&t, "tcp:");
	ws_url_put_address(&t, &set->proxy->address);
	fd = connected(connect_address(address, &set->source, deadline));
	/* RFC 6874, 4: a zone says nothing to others. */
	hp->host[strcspn(hp->host, "%")] = '\0';
	open_tunnel(fd, fd, set->proxy, hp->host, hp->port, deadline);
	return fd;
}

int
open_way(const struct settings *set, int64_t deadline)
{
	const char *to = set->instead != NULL ? set->instead : set->target;
	struct host_port hp;

	if (strncmp(to, "unix:", 5) == 0)
		return connected(connect_address(to, NULL, deadline));
	(void)split_host_port(&hp, to + strlen("tcp:"));
	if (set->proxy != NULL)
		return connect_proxy(set, &hp, deadline);
	return connected(connect_host(to, &hp, &set->source, deadline));
}
