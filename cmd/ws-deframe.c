/* ws-deframe: WebSocket frames into standard output (RFC 6455, 5). */
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capturefile.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "options.h"
#include "sandbox.h"
#include "system.h"
#include "ws-deframe.h"
#include "ws/closecode.h"

#define USAGE "usage: ws-deframe [-01abcEhjLlqSstVvWz] [-B size] [-C fd] " \
    "[-D file] [-m count] [-r speed] [-T sec] [-w sec]"

static void
report(const struct deframe *d, const char *sentence)
{
	say("frame %llu, byte %llu: %s", (unsigned long long)d->rx.frames,
	    (unsigned long long)d->rx.frame_offset, sentence);
}

/* -- what the receiver tells -- */

static void
warn_of_newline(struct deframe *d)
{
	if (d->set->mode != LINES || d->warned ||
	    memchr(d->rx.data, '\n', d->rx.data_len) == NULL)
		return;
	d->warned = true;
	report(d, "newline inside a message, written as it is");
}

/* Ends the session by our own will: tells ws-frame to send this Close at
 * once.  Until the peer's comes, frames are read and discarded. */
static void
stop(struct deframe *d, unsigned code, int status)
{
	close_output(d);
	d->stopped = true;
	d->status = status;
	d->deadline = deadline_in(d->set->wait_ms + LINGER_MS);
	tell_close(d, code, true);
}

/* Ends the session as the peer's fault. */
static void
fail(struct deframe *d, unsigned code, const char *sentence)
{
	if (d->stopped)
		return;
	write_output(d);
	report(d, sentence);
	d->status = ws_close_exit_status(code);
	tell_close(d, code, false);
}

static void
report_close(const struct deframe *d)
{
	char reason[4 * WS_REASON_MAX + 1];
	struct text t = { reason, sizeof reason, 0, false };
	struct slice s = { (const char *)d->rx.control + 2,
	    d->rx.control_len < 2 ? 0 : d->rx.control_len - 2 };

	text_put_escaped(&t, s);
	say("peer closed with %u%s%s%s", d->rx.close_code,
	    t.len > 0 ? " \"" : "", reason, t.len > 0 ? "\"" : "");
}

/* Whether the session goes on after this control frame. */
static bool
handle_control(struct deframe *d)
{
	list_control(d);
	if (d->rx.header.opcode == WS_PONG)
		return true;
	if (d->rx.header.opcode == WS_PING) {
		tell_pong(d);
		return true;
	}
	write_output(d);
	if (!d->stopped) {
		d->status = ws_close_exit_status(d->rx.close_code);
		if (d->status != STATUS_OK)
			report_close(d);
	}
	/* The code is echoed, the reason is not. */
	tell_close(d, d->rx.close_code, false);
	return false;
}

/* Whether the frame is part of a message: lax, others are told, too. */
static bool
in_message(const struct deframe *d)
{
	return ws_opcode_is_known(d->rx.header.opcode) &&
	    !ws_opcode_is_control(d->rx.header.opcode);
}

static void
begin_frame(struct deframe *d, uint8_t *end)
{
	struct ws_header h = d->rx.header;
	uint8_t raw[WS_HEADER_MAX];

	if (d->stopped)
		return;
	if (d->set->mode == FRAME_LINES)
		list_begin(d);
	if (d->rx.header.opcode != WS_CONTINUATION)
		d->opcode = d->rx.header.opcode;
	if (d->set->mode != WIRE || !in_message(d) || d->rx.inflating)
		return;
	h.masked = false;
	h.form = 0;
	put_extra(d, raw, ws_header_encode(raw, &h), end);
}

/* Whether more messages are wanted. */
static bool
end_frame(struct deframe *d, uint8_t *end)
{
	static const uint8_t delimiters[] = {
		[LINES] = '\n', [RECORDS] = '\0' };

	if (d->stopped)
		return true;
	if (d->set->mode == FRAME_LINES)
		list_end(d);
	if (!d->rx.header.fin || !in_message(d))
		return true;
	if (d->set->mode == WIRE && d->rx.inflating && !d->whole)
		put_inflated(d, true);
	d->whole = false;
	if (d->set->mode == JSON)
		list_message_end(d);
	if (d->set->mode == LINES || d->set->mode == RECORDS)
		put_extra(d, &delimiters[d->set->mode], 1, end);
	if (++d->messages != d->set->count)
		return true;
	stop(d, WS_CLOSE_NORMAL, STATUS_OK);
	return d->set->control >= 0;
}

/* Lax: reports it and goes on.  The first decides the exit status. */
static void
note_violation(struct deframe *d)
{
	report(d, ws_receiver_fault_text(&d->rx));
	if (d->status == STATUS_OK)
		d->status = ws_close_exit_status(
		    ws_violation_code(d->rx.violation));
}

/* A piece of a data frame; lax, of any.  False if it cannot be delivered. */
static bool
take_payload(struct deframe *d)
{
	if (d->stopped)
		return true;
	warn_of_newline(d);
	if (d->set->mode == RECORDS &&
	    memchr(d->rx.data, '\0', d->rx.data_len) != NULL) {
		fail(d, WS_CLOSE_UNSUPPORTED,
		    "NUL inside a message that must become a record");
		return false;
	}
	if (d->set->mode == FRAME_LINES)
		list_payload(d, d->rx.data, d->rx.data_len);
	else if (!in_message(d))
		return true;
	else if (d->set->mode == JSON)
		list_message(d, d->rx.data, d->rx.data_len);
	else if (d->rx.inflating)
		put_inflated(d, d->whole = d->rx.data_ends);
	else
		put_payload(d);
	return true;
}

/* How many of the bytes belong to a head of HTTP that -S skips. */
static size_t
skip_head(struct deframe *d, const uint8_t *in, size_t len)
{
	size_t used;

	if (!d->in_head)
		return 0;
	switch (http_scan(&d->head, (const char *)in, len, &used)) {
	case HTTP_MORE:
		collect_head(d, in, used, false);
		break;
	case HTTP_COMPLETE:
		collect_head(d, in, used, true);
		d->in_head = false;
		break;
	case HTTP_LINE_TOO_LONG:
	case HTTP_HEAD_TOO_LARGE:
		die(STATUS_UNREPRESENTABLE, "-S: no head of HTTP");
	}
	d->rx.offset += used;	/* reports count from the start of the input */
	return used;
}

static enum ws_event
receive(struct deframe *d, uint8_t *in, size_t len, size_t *used)
{
	/* The window is about to move. */
	if (d->inflate != NULL && ws_inflate_moves(d->inflate))
		write_output(d);
	return d->set->hixie ?
	    ws_hixie_receive(&d->hixie, &d->rx, in, len, used) :
	    ws_receive(&d->rx, in, len, used);
}

/* Takes short messages that become nothing but output; returns how many bytes
 * they are. */
static size_t
take_run(struct deframe *d, uint8_t *in, size_t len)
{
	struct ws_run run = { .max = d->set->count > 0 ?
	    d->set->count - d->messages - 1 : UINT64_MAX };
	uint8_t *out = end_of_output(d);

	if (d->set->mode != STREAM && d->set->mode != WIRE)
		return 0;
	if (out == NULL)
		out = in;
	ws_receive_run(&d->rx, &run, in, len, out, d->set->mode == WIRE);
	put_output(d, out, run.out_len);
	d->messages += run.messages;
	return run.used;
}

/* Takes the whole messages that lie at in, and says in *used how long they
 * are.  False when nothing after them counts. */
static bool
take_messages(struct deframe *d, uint8_t *in, size_t len, size_t *used)
{
	size_t n;

	*used = d->stopped || d->set->hixie ? 0 : take_run(d, in, len);
	for (; !d->set->hixie &&
	    ws_receive_message(&d->rx, in + *used, len - *used, &n);
	    *used += n) {
		uint8_t *end = in + *used + n;

		begin_frame(d, end - d->rx.data_len);
		if (!take_payload(d) || !end_frame(d, end))
			return false;
	}
	return true;
}

bool
deframe(struct deframe *d, uint8_t *in, size_t len)
{
	size_t used = skip_head(d, in, len);

	for (in += used, len -= used;; in += used, len -= used) {
		if (!take_messages(d, in, len, &used))
			return false;
		in += used;
		len -= used;
		switch (receive(d, in, len, &used)) {
		case WS_NEED_MORE:
			write_output(d);
			(void)flush_lines(d);
			return true;
		case WS_FRAME_BEGIN:
			begin_frame(d, in + used);
			break;
		case WS_PAYLOAD:
			if (!take_payload(d))
				return false;
			break;
		case WS_FRAME_END:
			if (!end_frame(d, in + used))
				return false;
			break;
		case WS_CONTROL:
			if (!handle_control(d))
				return false;
			break;
		case WS_VIOLATION:
			if (d->set->lax) {
				note_violation(d);
				break;
			}
			fail(d, ws_violation_code(d->rx.violation),
			    ws_receiver_fault_text(&d->rx));
			return false;
		}
	}
}

/* -- the ends of a session -- */

/* What is wrong with a header that is not whole, if we are lax. */
static void
note_rest(struct deframe *d)
{
	size_t used;

	ws_receive_end(&d->rx);
	while (d->set->lax &&
	    ws_receive(&d->rx, d->buf, 0, &used) == WS_VIOLATION)
		note_violation(d);
}

void
lost(struct deframe *d, const char *error)
{
	int status;

	note_rest(d);
	status = d->status;
	list_rest(d);
	if (d->stopped)
		return;
	d->status = STATUS_LOST;
	if (d->in_head)
		say("input ends inside the head that -S skips");
	else if (ws_receiver_in_frame(&d->rx))
		report(d, "input ends inside a frame (RFC 6455, 5.2)");
	else if (!ws_receiver_idle(&d->rx))
		say("input ends inside a message (RFC 6455, 5.4)");
	else if (error != NULL)
		say("read standard input: %s", error);
	else if (d->set->framing == WS_FRAMING_HIXIE_75)
		d->status = STATUS_OK;	/* there is no other end (hixie-75) */
	else if (d->set->control >= 0)
		say("connection ended without Close (RFC 6455, 7.1.5)");
	else
		d->status = STATUS_OK;	/* a capture may end anywhere */
	if (status != STATUS_OK)	/* a violation came first */
		d->status = status;
}

/* The time limit that applies while nothing comes, and what happens then. */
static int64_t
patience(const struct settings *set)
{
	if (set->control >= 0 && set->count > 0 &&
	    (set->idle_ms < 0 || set->wait_ms < set->idle_ms))
		return set->wait_ms;
	return set->idle_ms;
}

void
say_given_up(const char *what, int64_t ms)
{
	unsigned fraction = (unsigned)(ms % 1000);

	say("%s for %llu.%u%u%u s: given up", what,
	    (unsigned long long)ms / 1000, fraction / 100,
	    fraction / 10 % 10, fraction % 10);
}

/* Whether to go on, waiting for the peer's Close. */
static bool
out_of_patience(struct deframe *d)
{
	const struct settings *set = d->set;

	if (patience(set) == set->idle_ms) {
		d->status = STATUS_LOST;
		say_given_up("nothing received", set->idle_ms);
		return false;
	}
	say_given_up("no message received", set->wait_ms);
	stop(d, WS_CLOSE_NORMAL, STATUS_TIMEOUT);
	return true;
}

/* Waits until there is input.  False if the session ends before. */
static bool
await_input(struct deframe *d, int64_t deadline)
{
	const struct settings *set = d->set;
	/* Where the channel is a pipe, POLLERR says that ws-frame is gone. */
	struct pollfd pfds[3] = { { STDIN_FILENO, POLLIN, 0 },
	    { set->control, 0, 0 }, { set->signal_pipe, POLLIN, 0 } };
	bool ending, idle;

	for (;;) {
		ending = d->stopped || d->answerer_gone;
		pfds[1].events = d->lines_len > 0 ? POLLOUT : 0;
		if (ending)
			deadline = d->deadline;
		if (d->stopped)
			pfds[2].fd = -1;
		if (d->answerer_gone)
			pfds[1].fd = -1;
		idle = poll_until(pfds, 3, deadline) == 0;
		/* A peer that sends on and on does not let it be idle. */
		if (ending && now_ms() >= deadline) {
			lost(d, NULL);
			return false;
		}
		if (idle) {
			if (!out_of_patience(d))
				return false;
			continue;
		}
		if (pfds[2].revents != 0) {
			stop(d, WS_CLOSE_GOING_AWAY, STATUS_OK);
			continue;
		}
		if (pfds[1].revents & (POLLERR | POLLNVAL)) {
			/* Nobody answers any more: hand on what is here. */
			if (!d->stopped)
				d->deadline = deadline_in(LINGER_MS);
			d->answerer_gone = true;
			d->lines_len = 0;
		}
		if (pfds[0].revents != 0)
			return true;
		(void)flush_lines(d);
	}
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
	if (d->size == BULK_SIZE)
		return;
	d->size = BULK_SIZE;
	enlarge_pipe(STDIN_FILENO);
	enlarge_pipe(STDOUT_FILENO);
	d->passing = d->passable && passage_open(&d->passage);
}

/* Reads, and deframes what came.  False at the end of the session. */
static bool
read_input(struct deframe *d)
{
	uint8_t header[WS_HEADER_MAX];
	/* Behind a frame that passed unseen comes, likely, one of its kind. */
	ssize_t n = read_some(STDIN_FILENO, d->buf, d->passed ?
	    ws_header_encode(header, &d->rx.header) : d->size);

	if (n <= 0) {
		lost(d, n < 0 ? error_text(errno) : NULL);
		return false;
	}
	d->passed = false;
	capturefile_append(&d->capture, false, d->set->role == WS_CLIENT, d->buf,
	    (size_t)n);
	if (!deframe(d, d->buf, (size_t)n))
		return false;
	if (n >= READ_SIZE)
		expect_bulk(d);
	return true;
}

/* Lets payload pass.  False at the end of the session. */
static bool
pass_input(struct deframe *d, uint64_t unseen)
{
	ssize_t n = passage_take(&d->passage, STDIN_FILENO,
	    unseen < PASS_MAX ? (size_t)unseen : PASS_MAX);

	if (n < 0 && errno == EINVAL) {
		d->passing = false;
		return true;
	}
	if (n <= 0) {
		lost(d, n < 0 ? error_text(errno) : NULL);
		return false;
	}
	ws_receive_pass(&d->rx, (size_t)n);
	write_passing(d, (size_t)n);
	d->passed = (uint64_t)n == unseen;
	return deframe(d, d->buf, 0);
}

/* How much of what comes next can pass unseen; of large frames only, but of
 * those to the end, as then one header at a time is read. */
static uint64_t
passing_size(const struct deframe *d)
{
	if (!d->passing || d->reader_gone || d->stopped ||
	    d->rx.header.payload_len < PASS_MIN)
		return 0;
	return ws_receive_unseen(&d->rx);
}

static void
deframe_input(struct deframe *d)
{
	bool more = true;

	d->size = READ_SIZE;
	if (d->set->replay) {
		replay_input(d);
		return;
	}
	while (more) {
		uint64_t unseen = passing_size(d);

		if (must_poll(d->set) &&
		    !await_input(d, deadline_in(patience(d->set))))
			return;
		more = unseen > 0 ? pass_input(d, unseen) : read_input(d);
	}
}

/* Reads until the peer ends the connection, so that closing it resets nothing
 * that is still on its way (RFC 6455, 7.1.1). */
static void
drain(const struct deframe *d)
{
	const struct settings *set = d->set;
	int64_t deadline = deadline_in(set->wait_ms + LINGER_MS);
	struct pollfd pfds[2] = { { STDIN_FILENO, POLLIN, 0 },
	    { set->control, 0, 0 } };

	while (poll_until(pfds, 2, deadline) > 0 && pfds[1].revents == 0) {
		if (read_some(STDIN_FILENO, d->buf, READ_SIZE) <= 0)
			break;
	}
}

static int
run(const struct settings *set)
{
	static struct deframe d;
	bool is_lost;

	d.set = set;
	d.buf = bulk_memory(BULK_SIZE);
	d.lines = (char *)bulk_memory(PIPE_BUF);
	d.rx.masking = set->role == WS_SERVER ? WS_MASKING_REQUIRED :
	    set->role == WS_CLIENT ? WS_MASKING_FORBIDDEN : WS_MASKING_ANY;
	d.rx.refuse_text = set->refuse_text;
	d.rx.refuse_binary = set->refuse_binary;
	d.rx.message_max = set->message_max;
	d.rx.lax = set->lax;
	d.rx.any_length_form = set->framing == WS_FRAMING_HYBI;
	d.hixie.closes = set->framing == WS_FRAMING_HIXIE_76;
	d.in_head = set->skip_head;
	open_inflate(&d);
	d.capture = set->capture != NULL ? capturefile_open(set->capture) : -1;
	if (set->mode == FRAME_LINES || set->mode == JSON)
		start_list(&d);
	d.socket = is_socket(STDOUT_FILENO);
	d.passable = (set->mode == STREAM || set->mode == WIRE) &&
	    !set->hixie && d.capture < 0 &&
	    passage_possible(STDIN_FILENO, STDOUT_FILENO);
	sandbox_enter(set->verbose);
	deframe_input(&d);
	write_output(&d);
	is_lost = d.status == STATUS_LOST;
	/* Told before our output ends, so that ws-frame knows why its input
	 * does. */
	if (is_lost)
		tell_end(&d);
	if (!d.stopped)
		close_output(&d);
	if (set->control >= 0 && !is_lost) {
		drain(&d);
		tell_end(&d);
	}
	return d.status;
}

/* In a session: find the channel, outlive the reader, end in order. */
static void
join_session(struct settings *set)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int reader, writer;

	if (set->control < 0 && session_control(&reader, &writer)) {
		/* Only then can the end of ws-frame be seen. */
		(void)close(reader);
		set->control = writer;
	}
	if (set->control < 0)
		return;
	if (set->lax)
		die(STATUS_USAGE, "-L: only off-line, where nobody waits for "
		    "a Close");
	set_nodelay(STDOUT_FILENO);
	if (sigaction(SIGPIPE, &ignore, NULL) < 0)
		die_sys("set up signals");
	set->signal_pipe = session_catch_signals();
	/* The size that a stranger's line may have is not left to chance. */
	if (set->role == WS_SERVER && set->message_max == 0 &&
	    (set->mode == LINES || set->mode == RECORDS))
		set->message_max = COLLECTED_MAX;
}

int
main(int argc, char *argv[])
{
	struct settings set = { .role = session_role(),
	    .framing = session_framing(), .wait_ms = WAIT_MS,
	    .idle_ms = -1, .control = -1, .signal_pipe = -1 };
	int c;

	argv0 = "ws-deframe";
	while ((c = getopt(argc, argv, ":01aB:bC:cD:EhjLlm:qr:SstT:VvWw:z")) != -1)
		switch (c) {
		case '0': set.mode = RECORDS; break;
		case '1': set.count = 1; break;
		case 'a': set.mode = FRAME_LINES; break;
		case 'B': set.message_max = option_size('B', optarg); break;
		case 'b': set.refuse_text = true; break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'c': set.role = WS_CLIENT; break;
		case 'D': set.capture = optarg; break;
		case 'E': set.needs_reader = true; break;
		case 'h': print_and_exit(USAGE);
		case 'j': set.mode = JSON; break;
		case 'L': set.lax = true; break;
		case 'l': set.mode = LINES; break;
		case 'm':
			set.count = option_number('m', optarg, 1, UINT64_MAX);
			break;
		case 'q': diag_quiet(); break;
		case 'r':
			set.replay = true;
			set.speed = option_seconds('r', optarg);
			break;
		case 'S': set.skip_head = true; break;
		case 's': set.role = WS_SERVER; break;
		case 't': set.refuse_binary = true; break;
		case 'T': set.idle_ms = option_seconds('T', optarg); break;
		case 'V': print_and_exit("ws-deframe " VERSION);
		case 'v': set.verbose = true; break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'W': set.mode = WIRE; break;
		case 'z': set.compressed = true; break;
		default: die_usage(USAGE);
		}
	if (optind < argc || (set.lax && set.mode == JSON))
		die_usage(USAGE);
	set.compression = session_compression(set.compressed, set.framing);
	set.hixie = framing_is_hixie(set.framing);
	if (set.hixie && (set.mode == FRAME_LINES || set.lax))
		die(STATUS_USAGE, "-a and -L know nothing of hixie");
	if (set.mode == JSON && set.message_max == 0)
		set.message_max = JSON_MAX;
	if (set.mode == JSON && set.message_max > JSON_MAX)
		die(STATUS_USAGE, "-B: -j takes messages of at most 16m");
	join_session(&set);
	return run(&set);
}
