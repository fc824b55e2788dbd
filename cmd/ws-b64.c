/* ws-b64: the base64 subprotocol, a stream into messages of base64 and back. */
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bulk.h"
#include "code/base64.h"
#include "code/errortext.h"
#include "cpu.h"
#include "diag.h"
#include "io.h"
#include "options.h"
#include "sandbox.h"
#include "session.h"
#include "system.h"
#include "writer.h"
#include "ws/closecode.h"
#include "ws/frameline.h"
#include "ws/receiver.h"

#define USAGE "usage: ws-b64 [-dhqVvW] [-B size] [-C fd] [-E code] " \
    "[-e code[:reason]] [-F size]"

enum {
	MESSAGE_MAX = 16384	/* bytes that every receiver takes, encoded */
};

struct settings {
	bool decode;
	bool verbose;			/* -v */
	bool wire;			/* messages are frames, not lines */
	uint64_t message_max;		/* encoded, to decode; 0: no limit */
	size_t message_size;		/* decoded, to encode */
	struct close_option close;	/* -e; without a reason: none */
	unsigned reader_code;		/* -E: Close if that ends; 0: none */
	int control;			/* channel's writing end, or -1 */
	bool tcp;			/* standard input is a socket of TCP */
};

struct decoder {
	const struct settings *set;
	struct ws_base64_piece piece;
	uint64_t message_len;
	uint64_t lines;
	bool reader_gone;		/* nobody takes our output any more */
	struct writer writer;
	struct ws_receiver rx;		/* reads -W */
	enum ws_simd simd;
	struct bulk bulk;
	size_t out_len;
	uint8_t out[BULK_SIZE + 4];	/* what one read becomes is less */
};

/* Asks ws-frame for a Close, if there is a session. */
static void
tell_close(const struct settings *set, enum ws_when when, unsigned code)
{
	char line[WS_CONTROL_LINE_MAX + 1];
	struct text t = { line, sizeof line, 0, false };

	if (set->control < 0)
		return;
	ws_frameline_put_close_code(&t, when, code);
	(void)write_all(set->control, line, t.len);
}

/* Encoding frames, one of them says how our input has ended. */
static void
write_close(unsigned code, const char *reason)
{
	uint8_t frame[WS_HEADER_MAX + WS_CONTROL_MAX], payload[WS_CONTROL_MAX];
	struct ws_header h = { .opcode = WS_CLOSE, .fin = true };
	size_t n;

	h.payload_len = ws_close_encode(payload, code, (const uint8_t *)reason,
	    strlen(reason));
	n = ws_header_encode(frame, &h);
	memcpy(frame + n, payload, (size_t)h.payload_len);
	(void)write_all(STDOUT_FILENO, frame, n + (size_t)h.payload_len);
}

/* In a session, passes over the rest of the input: the end of its reader would
 * be a failure for ws-deframe, of which it would tell, too. */
static void
read_on(const struct settings *set)
{
	static uint8_t junk[READ_SIZE];

	if (!set->decode || set->control < 0)
		return;
	while (read_some(STDIN_FILENO, junk, sizeof junk) > 0)
		;
}

/* Not all has come, or gone: the session is no good one. */
_Noreturn static void
end_by_failure(const struct settings *set, const char *action)
{
	int error = errno;

	if (set->decode)
		tell_close(set, WS_NOW, WS_CLOSE_INTERNAL_ERROR);
	else if (set->wire)
		write_close(WS_CLOSE_INTERNAL_ERROR, "");
	say("%s: %s", action, error_text(error));
	read_on(set);
	exit(STATUS_SYSTEM);
}

static ssize_t
read_in(const struct settings *set, void *buf, size_t size)
{
	ssize_t n = read_some(STDIN_FILENO, buf, size);

	if (n < 0)
		end_by_failure(set, "read standard input");
	return n;
}

/* A read was filled: more will come at once. */
static void
expect_bulk(struct bulk *b)
{
	if (!bulk_goes_on(b))
		return;
	enlarge_pipe(STDIN_FILENO);
	enlarge_pipe(STDOUT_FILENO);
}

/* Waits for input, and for what the second tells; gives back what bulk took. */
static void
poll_both(struct pollfd pfds[2], struct bulk *b)
{
	bool told;

	do {
		told = poll_until(pfds, 2, bulk_deadline(b)) > 0;
		if (!bulk_has_ended(b))
			break;
		shrink_pipe(STDIN_FILENO);
		shrink_pipe(STDOUT_FILENO);
	} while (!told);
}

/* -- encoding -- */

struct encoder {
	const struct settings *set;
	enum ws_simd simd;
	size_t out_len;
	char out[WS_BASE64_LEN(BULK_SIZE)];
};

/* Waits for input.  Where that never comes, only this tells that the reader of
 * our output is gone. */
static bool
await_input_or_reader(struct bulk *b)
{
	struct pollfd pfds[2] = { { STDIN_FILENO, POLLIN, 0 },
	    { STDOUT_FILENO, 0, 0 } };

	poll_both(pfds, b);
	return pfds[0].revents != 0;
}

static void
flush_messages(struct encoder *e)
{
	if (!write_all(STDOUT_FILENO, e->out, e->out_len)) {
		if (errno == EPIPE)
			exit(STATUS_SYSTEM);
		end_by_failure(e->set, "write standard output");
	}
	e->out_len = 0;
}

static void
encode_message(struct encoder *e, const uint8_t *p, size_t len)
{
	struct ws_header h = { .opcode = WS_TEXT, .fin = true,
	    .payload_len = WS_BASE64_LEN(len) };

	if (sizeof e->out - e->out_len < WS_HEADER_MAX + h.payload_len + 1)
		flush_messages(e);
	if (e->set->wire)
		e->out_len += ws_header_encode((uint8_t *)e->out + e->out_len,
		    &h);
	ws_base64_encode(e->out + e->out_len, p, len, e->simd);
	e->out_len += (size_t)h.payload_len;
	if (!e->set->wire)
		e->out[e->out_len++] = '\n';
}

/* One read is one message, sent at once; in bulk, some that are as long as a
 * message may be. */
static void
encode_input(const struct settings *set)
{
	static uint8_t in[BULK_SIZE];
	static struct encoder e;
	size_t max = set->message_size, i;
	struct bulk bulk = { 0 };
	ssize_t n;

	e.set = set;
	e.simd = cpu_simd();
	sandbox_enter(set->verbose);
	while (await_input_or_reader(&bulk) && (n = read_in(set, in,
	    bulk_deadline(&bulk) == NEVER ? max : BULK_SIZE / max * max)) > 0) {
		size_t len = (size_t)n;

		for (i = 0; i < len; i += max)
			encode_message(&e, in + i,
			    len - i < max ? len - i : max);
		flush_messages(&e);
		if (len >= max)
			expect_bulk(&bulk);
	}
	/* Of a target's reset the system may have told who writes to it;
	 * without our word it is a failure, unless the session is ending
	 * anyway. */
	if (set->close.reason != NULL &&
	    !(set->tcp && has_hung_up(STDIN_FILENO)))
		write_close(set->close.code, set->close.reason);
}

/* -- decoding -- */

/* Asks for the Close of -E; with 1001 the session ends as by SIGPIPE. */
static void
lose_reader(struct decoder *d)
{
	char lines[WS_CONTROL_LINE_MAX + 1];
	struct text t = { lines, sizeof lines, 0, false };

	d->reader_gone = true;
	if (d->set->reader_code == 0 || d->set->control < 0)
		return;
	if (d->set->reader_code == WS_CLOSE_GOING_AWAY)
		ws_frameline_put_status(&t, STATUS_SIGNAL + SIGPIPE);
	ws_frameline_put_close_code(&t, WS_NOW, d->set->reader_code);
	(void)write_all(d->set->control, lines, t.len);
}

/* Waits for input; only this tells that the reader is gone before there is
 * something to write. */
static void
await_frames(struct decoder *d)
{
	bool matters = d->set->reader_code != 0 && !d->reader_gone;
	struct pollfd pfds[2] = { { STDIN_FILENO, POLLIN, 0 },
	    { matters ? STDOUT_FILENO : -1, 0, 0 } };

	if (!matters && bulk_deadline(&d->bulk) == NEVER)
		return;
	poll_both(pfds, &d->bulk);
	if (pfds[1].revents != 0)
		lose_reader(d);
}

/* Who reads no more need not; in a session we read on, as only our own end is a
 * failure there. */
static void
write_failed(struct decoder *d)
{
	if (errno == EPIPE && d->set->control < 0)
		exit(STATUS_SYSTEM);
	if (errno == ECONNRESET && d->set->control >= 0) {
		tell_close(d->set, WS_SOON, WS_CLOSE_INTERNAL_ERROR);
		say("write standard output: %s", error_text(ECONNRESET));
	} else if (errno != EPIPE) {
		end_by_failure(d->set, "write standard output");
	}
	lose_reader(d);
}

/* Where a target's socket takes nothing: when ws-frame is gone, so is the
 * session. */
static bool
await_target(void *decoder)
{
	struct decoder *d = decoder;
	struct pollfd pfds[2] = { { STDOUT_FILENO, POLLOUT, 0 },
	    { d->set->control, 0, 0 } };

	(void)poll_until(pfds, 2, NEVER);
	if (pfds[0].revents == 0)
		exit(STATUS_SYSTEM);
	return true;
}

static void
deliver(struct decoder *d)
{
	struct iovec iov = { d->out, d->out_len };

	if (!d->reader_gone && !writer_put(&d->writer, &iov, 1, false))
		write_failed(d);
	d->out_len = 0;
}

/* The peer's message breaks the subprotocol: it gets this Close, if there is a
 * session, and the exit status says which.  What was good before is
 * delivered. */
_Noreturn static void
refuse_message(struct decoder *d, unsigned code, const char *why)
{
	deliver(d);
	tell_close(d->set, WS_SOON, code);
	end_output(STDOUT_FILENO);	/* a target, too, sees the end */
	if (d->set->wire)
		say("frame %llu, byte %llu: %s",
		    (unsigned long long)d->rx.frames,
		    (unsigned long long)d->rx.frame_offset, why);
	else
		say("line %llu: %s", (unsigned long long)d->lines, why);
	read_on(d->set);
	exit(ws_close_exit_status(code));
}

static void
decode_piece(struct decoder *d, const uint8_t *p, size_t len)
{
	size_t n;
	bool good;

	d->message_len += len;
	if (d->set->message_max > 0 && d->message_len > d->set->message_max)
		refuse_message(d, WS_CLOSE_TOO_BIG,
		    "message larger than the limit (RFC 6455, 10.4)");
	good = ws_base64_decode_piece(&d->piece, d->out + d->out_len, &n,
	    (const char *)p, len, d->simd);
	d->out_len += n;
	if (!good)
		refuse_message(d, WS_CLOSE_BAD_DATA,
		    "message is not valid base64 (RFC 4648, 4)");
}

static void
keep_decoded(struct decoder *d, const uint8_t *p, size_t len)
{
	memcpy(d->out + d->out_len, p, len);
	d->out_len += len;
}

static void
end_encoded(struct decoder *d)
{
	if (!ws_base64_complete(&d->piece))
		refuse_message(d, WS_CLOSE_BAD_DATA,
		    "message is not valid base64 (RFC 4648, 4)");
	memset(&d->piece, 0, sizeof d->piece);
	d->message_len = 0;
}

/* A line is a message. */
static void
decode_lines(struct decoder *d, const uint8_t *p, size_t len)
{
	const uint8_t *newline;

	while ((newline = memchr(p, '\n', len)) != NULL) {
		size_t n = (size_t)(newline - p);

		if (d->message_len == 0)
			d->lines++;
		decode_piece(d, p, n);
		end_encoded(d);
		p += n + 1;
		len -= n + 1;
	}
	if (len > 0 && d->message_len == 0)
		d->lines++;
	decode_piece(d, p, len);
}

/* Text is base64, binary is what it is. */
static void
decode_frames(struct decoder *d, uint8_t *p, size_t len)
{
	size_t used;

	for (;; p += used, len -= used) {
		switch (ws_receive(&d->rx, p, len, &used)) {
		case WS_NEED_MORE:
			return;
		case WS_PAYLOAD:
			if (d->rx.message_opcode == WS_TEXT)
				decode_piece(d, d->rx.data, d->rx.data_len);
			else
				keep_decoded(d, d->rx.data, d->rx.data_len);
			break;
		case WS_FRAME_END:
			if (d->rx.message_opcode == 0)
				end_encoded(d);
			break;
		case WS_FRAME_BEGIN:
		case WS_CONTROL:
			break;
		case WS_VIOLATION:
			refuse_message(d, ws_violation_code(d->rx.violation),
			    ws_violation_text(d->rx.violation));
		}
	}
}

static void
decode_input(const struct settings *set)
{
	static uint8_t in[BULK_SIZE];
	static struct decoder d;
	ssize_t n;

	d.set = set;
	d.simd = cpu_simd();
	d.rx.message_max = set->message_max;
	d.writer.wait = await_target;
	d.writer.owner = &d;
	writer_open(&d.writer, STDOUT_FILENO, set->control >= 0);
	sandbox_enter(set->verbose);
	while (await_frames(&d), (n = read_in(set, in,
	    bulk_deadline(&d.bulk) == NEVER ? READ_SIZE : BULK_SIZE)) > 0) {
		if (set->wire)
			decode_frames(&d, in, (size_t)n);
		else
			decode_lines(&d, in, (size_t)n);
		deliver(&d);
		if (n >= READ_SIZE)
			expect_bulk(&d.bulk);
	}
	if (set->wire && !ws_receiver_idle(&d.rx)) {
		if (set->control >= 0)	/* ws-deframe has said so */
			exit(STATUS_LOST);
		die(STATUS_LOST, "input ends inside a message "
		    "(RFC 6455, 5.4)");
	}
	if (!set->wire && d.message_len > 0)
		end_encoded(&d);
	end_output(STDOUT_FILENO);
}

int
main(int argc, char *argv[])
{
	static struct settings set = { .control = -1 };
	int c, reader, writer;

	argv0 = "ws-b64";
	while ((c = getopt(argc, argv, ":B:C:dE:e:F:hqVvW")) != -1)
		switch (c) {
		case 'B': set.message_max = option_size('B', optarg); break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'd': set.decode = true; break;
		case 'E':
			set.reader_code = option_close('E', optarg).code;
			break;
		case 'e': set.close = option_close('e', optarg); break;
		case 'F':
			set.message_size = (size_t)option_size('F', optarg);
			break;
		case 'h': print_and_exit(USAGE);
		case 'q': diag_quiet(); break;
		case 'V': print_version();
		case 'v': set.verbose = true; break;
		case 'W': set.wire = true; break;
		default: option_fault(c, argv, USAGE);
		}
	if (optind < argc)
		die_usage(USAGE, "%s: extra operand", argv[optind]);
	if (set.decode && (set.message_size > 0 || set.close.reason != NULL))
		die_usage(USAGE, "-e and -F are not for decoding, -d");
	if (!set.decode && (set.message_max > 0 || set.control >= 0 ||
	    set.reader_code != 0))
		die_usage(USAGE, "-B, -C and -E are for decoding, -d");
	if (set.close.reason != NULL && !set.wire)
		die_usage(USAGE, "-e goes with -W");
	if (set.message_size == 0)
		set.message_size = MESSAGE_MAX;
	if (set.message_size > READ_SIZE)
		set.message_size = READ_SIZE;
	/* Only without the other end can the end of ws-frame be seen; and only
	 * without this one that of ws-deframe. */
	if (set.control < 0 && session_control(&reader, &writer)) {
		(void)close(reader);
		if (set.decode)
			set.control = writer;
		else
			(void)close(writer);
		session_close_lifeline();
		session_close_watcher();
	}
	/* Where the channel is gone, the session is. */
	if (set.decode && set.control >= 0)
		(void)signal(SIGPIPE, SIG_IGN);
	set.tcp = is_tcp(STDIN_FILENO);
	if (set.decode)
		decode_input(&set);
	else
		encode_input(&set);
	return STATUS_OK;
}
