/* ws-connect: the way to a server, or through a proxy to it. */
#include <errno.h>
#include <stdlib.h>

#include "code/text.h"
#include "connect.h"
#include "diag.h"
#include "io.h"
#include "proxytunnel.h"
#include "socksreply.h"
#include "ws-connect.h"

/* connect_address, or the end. */
int
connect_named(const struct settings *set, const char *address,
    int64_t deadline)
{
	int fd = connect_address(address, &set->source, deadline), error;

	if (fd >= 0)
		return fd;
	error = errno;
	socksreply_tell(socksreply_of_error(error));
	exit(error == ETIMEDOUT ? STATUS_TIMEOUT : STATUS_SYSTEM);
}

int
connect_proxy(const struct settings *set, const struct host_port *hp)
{
	char address[WS_HOST_MAX + 32];
	struct text t = { address, sizeof address, 0, false };
	int64_t deadline = deadline_in(set->wait_ms);
	const struct ws_url *proxy = &set->proxy->address;
	int fd;

	text_puts(&t, proxy->literal ? "tcp:[" : "tcp:");
	text_puts(&t, proxy->host);
	text_puts(&t, proxy->literal ? "]:" : ":");
	text_put_number(&t, proxy->port);
	fd = connect_named(set, address, deadline);
	open_tunnel(fd, fd, set->proxy, hp->host, hp->port, deadline);
	return fd;
}
