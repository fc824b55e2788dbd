/* ws-connect: the way to a server, or through a proxy to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cage.h"
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

/* Only what is told to who asked for the connection leaves the process, beside
 * how it ends. */
_Noreturn static void
open_tunnel_caged(const struct cage *c, int fd, const struct settings *set,
    const struct host_port *hp, int64_t deadline)
{
	const int keep[] = { fd, socksreply_writer() };

	cage_enter(c, keep, sizeof keep / sizeof keep[0]);
	open_tunnel(fd, fd, set->proxy, hp->host, hp->port, deadline);
	exit(STATUS_OK);
}

static int
connect_proxy(const struct settings *set, struct host_port *hp,
    int64_t deadline)
{
	char address[4 + WS_ADDRESS_MAX];
	struct text t = { address, sizeof address, 0, false };
	struct cage c;
	int fd;

	text_puts(&t, "tcp:");
	ws_url_put_address(&t, &set->proxy->address);
	fd = connected(connect_address(address, &set->source, deadline));
	/* RFC 6874, 4: a zone says nothing to others. */
	hp->host[strcspn(hp->host, "%")] = '\0';
	if (cage_begin(&c))
		open_tunnel_caged(&c, fd, set, hp, deadline);
	(void)cage_take(&c, NULL, 0, deadline);
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
