/* ws-deframe: captures (-r). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "ws-deframe.h"
#include "ws/capture.h"

/* Which of the records is meant: what our role received. */
static bool
is_wanted(const struct settings *set, const struct ws_capture_record *r)
{
	bool by_us = r->client == (set->role == WS_CLIENT);

	if (r->head && !set->skip_head)
		return false;
	return set->role == WS_NO_ROLE ? !r->sent : r->sent != by_us;
}

/* Waits for the time of a record, counted from the first. */
static void
keep_time(const struct settings *set, const struct ws_capture_record *r,
    int64_t *start_us, int64_t *start_ms)
{
	int64_t ms;

	if (*start_ms < 0) {
		*start_us = r->time_us;
		*start_ms = now_ms();
	}
	if (set->speed == 0)
		return;
	ms = (r->time_us - *start_us) / set->speed;
	(void)poll_until(NULL, 0, *start_ms + ms);
}

/* Reads the next part of a capture: all that a read gave.  False when nothing
 * after it counts. */
static bool
replay_part(struct deframe *d, struct ws_capture_reader *c, const uint8_t *in,
    size_t len)
{
	static int64_t start_us, start_ms = -1;
	size_t used;

	for (;; in += used, len -= used) {
		switch (ws_capture_read(c, in, len, &used)) {
		case WS_CAPTURE_MORE:
			return true;
		case WS_CAPTURE_RECORD:
			if (is_wanted(d->set, &c->record))
				keep_time(d->set, &c->record, &start_us,
				    &start_ms);
			break;
		case WS_CAPTURE_DATA:
			if (!is_wanted(d->set, &c->record))
				break;
			memcpy(d->buf, c->data, c->data_len);
			deframe(d, d->buf, c->data_len);
			if (!ws_closing_delivers(&d->closing))
				return false;
			break;
		case WS_CAPTURE_MALFORMED:
			die(STATUS_UNREPRESENTABLE, "byte %llu: not a capture "
			    "of -D", (unsigned long long)c->place);
		}
	}
}

void
replay_input(struct deframe *d)
{
	static struct ws_capture_reader reader;
	/* What is deframed lies at the start, and is less than a read. */
	uint8_t *in = d->buf + READ_SIZE;
	ssize_t n;

	while ((n = read_some(STDIN_FILENO, in, READ_SIZE)) > 0)
		if (!replay_part(d, &reader, in, (size_t)n))
			return;
	if (n == 0 && !ws_capture_complete(&reader))
		say("the capture ends inside a record");
	lose_peer(d, n < 0 ? error_text(errno) : NULL);
}
