/* What ws-handshake sends: to standard output, no longer than a deadline. */
#include <errno.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "readhead.h"
#include "writer.h"
#include "ws-handshake.h"

void
check_head(const struct text *t)
{
	if (t->full)
		die(STATUS_USAGE, "-H, -p and -u make a head of more than "
		    "%d bytes", HTTP_HEAD_MAX);
}

void
send_bytes(const void *p, size_t len, int64_t deadline)
{
	if (write_until(STDOUT_FILENO, p, len, deadline))
		return;
	if (errno == ETIMEDOUT)
		die(STATUS_TIMEOUT, "head not taken in time");
	if (errno == EPIPE || errno == ECONNRESET)
		die(STATUS_LOST, "the peer has gone before it got the head");
	die_sys("write standard output");
}

void
send_head(const struct text *t, int64_t deadline)
{
	show_head('>', t->buf, t->len);
	send_bytes(t->buf, t->len, deadline);
}
