/* What ws-handshake keeps for the processes that read heads: the capture. */
#include "capturefile.h"
#include "readhead.h"
#include "session.h"
#include "ws-handshake.h"

static struct capture capture;

static void
record_head(char direction, const char *head, size_t len)
{
	capture_head(&capture, direction == '>', head, len);
}

void
open_capture(const struct settings *set)
{
	session_export_watcher();
	capture_open(&capture, set->capture, set->role == WS_CLIENT);
	record_heads(record_head);
}

void
enter_cage(const struct cage *c)
{
	const int keep[] = { capture.file, capture.watcher };

	cage_enter(c, keep, sizeof keep / sizeof keep[0]);
}
