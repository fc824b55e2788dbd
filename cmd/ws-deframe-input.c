/* ws-deframe: waiting and reading. */
#include <errno.h>
#include <unistd.h>

#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "system.h"
#include "ws-deframe.h"

/* The time limit that applies while nothing comes, and what happens then. */
static int64_t
patience(const struct settings *set)
{
	int64_t wait_ms = set->closing.wait_ms;

	if (set->control >= 0 && set->count > 0 &&
	    (set->idle_ms < 0 || wait_ms < set->idle_ms))
		return wait_ms;
	return set->idle_ms;
}

static void
run_out_of_patience(struct deframe *d)
{
	const struct settings *set = d->set;

	if (patience(set) == set->idle_ms) {
		say_given_up("nothing received", set->idle_ms);
		tell_status(d, STATUS_LOST);
		ws_closing_note(&d->closing, WS_PEER_ENDED, STATUS_LOST,
		    now_ms());
		return;
	}
	say_given_up("no message received", set->closing.wait_ms);
	stop(d, WS_NO_MESSAGE, 0);
}

/* By when something must have come, and whether it is for that we wait. */
static int64_t
input_deadline(const struct deframe *d)
{
	int64_t deadline = ws_closing_delivers(&d->closing) ?
	    deadline_in(patience(d->set)) : NEVER;

	return deadline < d->closing.limit ? deadline : d->closing.limit;
}

static void
note_signal(struct deframe *d)
{
	unsigned char number;

	if (read_some(d->set->signal_pipe, &number, 1) == 1)
		stop(d, WS_SIGNALLED, number);
}

enum { WAIT_INPUT, WAIT_CHANNEL, WAIT_SIGNAL, WAIT_READER, WAITS };

static void
note_waited(struct deframe *d, const struct pollfd pfds[WAITS])
{
	if (pfds[WAIT_SIGNAL].revents != 0)
		note_signal(d);
	/* Where the channel is a pipe, POLLERR says that ws-frame is gone. */
	if (pfds[WAIT_CHANNEL].revents & (POLLERR | POLLNVAL)) {
		d->lines_len = 0;
		ws_closing_note(&d->closing, WS_CHANNEL_ENDED, 0, now_ms());
	}
	if (pfds[WAIT_READER].revents != 0)
		lose_reader(d);
	(void)flush_lines(d);
}

/* Gives back what bulk took. */
static void
rest(struct deframe *d)
{
	d->size = READ_SIZE;
	shrink_pipe(STDIN_FILENO);
	shrink_pipe(STDOUT_FILENO);
	d->passing = false;
	passage_close(&d->passage);
}

/* False if it is time for what input_deadline() says. */
static bool
poll_all(struct deframe *d, struct pollfd pfds[WAITS])
{
	int64_t deadline = input_deadline(d);
	bool told;

	do {
		int64_t end = bulk_deadline(&d->bulk);

		told = poll_until(pfds, WAITS,
		    end < deadline ? end : deadline) > 0;
		if (!bulk_has_ended(&d->bulk))
			break;
		rest(d);
	} while (!told);
	return told;
}

/* Waits until there is input.  False if something else has happened. */
static bool
await_input(struct deframe *d)
{
	const struct settings *set = d->set;
	bool lost = d->closing.channel_ended;
	bool was_open = ws_closing_delivers(&d->closing);
	struct pollfd pfds[WAITS] = {
		[WAIT_INPUT] = { STDIN_FILENO, POLLIN, 0 },
		[WAIT_CHANNEL] = { lost ? -1 : set->control,
		    d->lines_len > 0 ? POLLOUT : 0, 0 },
		[WAIT_SIGNAL] = { set->signal_pipe, POLLIN, 0 },
		/* The end of a reader is an event only where it matters. */
		[WAIT_READER] = { set->reader_code == 0 || d->reader_gone ?
		    -1 : STDOUT_FILENO, 0, 0 }
	};
	bool idle = !poll_all(d, pfds);

	note_waited(d, pfds);
	/* A peer that sends on and on does not let it be idle. */
	if (d->closing.limit <= now_ms()) {
		if (was_open)
			lose_peer(d, NULL);
		ws_closing_time(&d->closing, false, now_ms());
	} else if (idle && was_open) {
		run_out_of_patience(d);
	}
	return d->closing.state != WS_OVER && pfds[WAIT_INPUT].revents != 0;
}

/* Off-line, nothing but input is waited for. */
static bool
must_poll(const struct settings *set)
{
	return set->control >= 0 || set->idle_ms >= 0;
}

/* A read was filled: more will come at once. */
static void
expect_bulk(struct deframe *d)
{
	if (!bulk_goes_on(&d->bulk))
		return;
	d->size = BULK_SIZE;
	enlarge_pipe(STDIN_FILENO);
	enlarge_pipe(STDOUT_FILENO);
	d->passing = d->passable && passage_open(&d->passage);
}

/* Whether the next len bytes are a ping, which says no more than that the peer
 * lives. */
static bool
is_ping(const struct deframe *d, size_t len)
{
	struct ws_header h;

	ws_header_decode(&h, d->buf, len);
	return !ws_receiver_in_frame(&d->rx) && h.opcode == WS_PING &&
	    len >= 2 && len == ws_header_size(d->buf[1]) + h.payload_len;
}

/* Reads, and deframes what came. */
static void
read_input(struct deframe *d)
{
	uint8_t header[WS_HEADER_MAX];
	/* Behind a frame that passed unseen comes, likely, one of its kind. */
	ssize_t n = read_some(STDIN_FILENO, d->buf, d->passed ?
	    ws_header_encode(header, &d->rx.header) : d->size);

	if (n <= 0) {
		lose_peer(d, n < 0 ? error_text(errno) : NULL);
		return;
	}
	d->passed = false;
	if (d->closing.state == WS_CLOSED)
		return;		/* it counts no more, but is not reset */
	capture_append(&d->capture, false, d->buf, (size_t)n);
	if (!is_ping(d, (size_t)n))
		tell_data(d);
	deframe(d, d->buf, (size_t)n);
	if (n >= READ_SIZE)
		expect_bulk(d);
}

/* Lets payload pass. */
static void
pass_input(struct deframe *d, uint64_t unseen)
{
	ssize_t n = passage_take(&d->passage, STDIN_FILENO,
	    unseen < PASS_MAX ? (size_t)unseen : PASS_MAX);

	if (n < 0 && errno == EINVAL) {
		d->passable = d->passing = false;
		return;
	}
	if (n <= 0) {
		lose_peer(d, n < 0 ? error_text(errno) : NULL);
		return;
	}
	if (n >= PASS_MIN)
		(void)bulk_goes_on(&d->bulk);
	tell_data(d);
	(void)flush_lines(d);
	ws_receive_pass(&d->rx, (size_t)n);
	write_passing(d, (size_t)n);
	d->passed = (uint64_t)n == unseen;
	deframe(d, d->buf, 0);
}

/* How much of what comes next can pass unseen; of large frames only, but of
 * those to the end, as then one header at a time is read. */
static uint64_t
passing_size(const struct deframe *d)
{
	if (!d->passing || d->reader_gone ||
	    !ws_closing_delivers(&d->closing) ||
	    d->rx.header.payload_len < PASS_MIN)
		return 0;
	return ws_receive_unseen(&d->rx);
}

void
deframe_input(struct deframe *d)
{
	d->size = READ_SIZE;
	if (d->set->replay) {
		replay_input(d);
		return;
	}
	while (d->closing.state != WS_OVER) {
		uint64_t unseen = passing_size(d);

		if (must_poll(d->set) && !await_input(d))
			continue;
		if (unseen > 0)
			pass_input(d, unseen);
		else
			read_input(d);
	}
}
