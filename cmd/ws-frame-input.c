/* ws-frame: input into frames. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "code/text.h"
#include "diag.h"
#include "io.h"
#include "system.h"
#include "ws-frame.h"

/* Text must stay valid UTF-8, from message to message.  Returns how much of it
 * may be sent; after less than all of it the input is refused. */
static size_t
check_text(struct frame *f, const uint8_t *text, size_t len)
{
	return f->set->text ? ws_utf8_check(&f->utf8, text, len) : len;
}

static const char not_utf8[] = "input is not valid UTF-8 (RFC 6455, 5.6)";

/* Stream: what one read gave is a message, but for the beginning of a
 * character at its end. */
static void
frame_stream(struct frame *f, size_t n)
{
	size_t old = f->in_len, good, tail;

	if (n == 0) {
		if (old > 0 && f->closing.state == WS_OPEN)
			refuse_input(f, not_utf8);
		return;
	}
	good = check_text(f, f->in + old, n);
	tail = ws_utf8_tail(&f->utf8, f->in, old + good);
	if (old + good > tail)
		put_message_part(f, f->in, old + good - tail, true);
	f->in_len = tail;
	memmove(f->in, f->in + old + good - tail, tail);
	if (good < n)
		refuse_input(f, not_utf8);
}

/* Sends a line, or a part of one that is too long to be held. */
static void
send_line(struct frame *f, uint8_t *p, size_t len, bool fin)
{
	size_t good = check_text(f, p, len);

	if (good < len || (fin && !ws_utf8_complete(&f->utf8))) {
		refuse_input(f, not_utf8);
		return;
	}
	put_message_part(f, p, len, fin);
}

/* With -r a CR before the newline is no part of the line. */
static size_t
line_length(const struct frame *f, const uint8_t *p, size_t len)
{
	return f->set->crlf && len > 0 && p[len - 1] == '\r' ? len - 1 : len;
}

/* Lines and records: each is a message; the last may lack its delimiter. */
static void
frame_lines(struct frame *f, size_t n)
{
	int delimiter = f->set->mode == LINES ? '\n' : '\0';
	uint8_t *p = f->in, *end = f->in + f->in_len + n, *scan = end - n;
	uint8_t *d;

	while (!f->closing.input_ended &&
	    (d = memchr(scan, delimiter, (size_t)(end - scan))) != NULL) {
		send_line(f, p, line_length(f, p, (size_t)(d - p)), true);
		p = scan = d + 1;
	}
	f->in_len = (size_t)(end - p);
	if (f->closing.input_ended)
		return;
	if (n == 0 && (f->in_len > 0 || f->in_message)) {
		send_line(f, p, f->in_len, true);
	} else if (f->in_len == READ_SIZE) {
		size_t len = line_length(f, p, f->in_len);

		send_line(f, p, len, false);
		p += len;
		f->in_len -= len;
	}
	memmove(f->in, p, f->in_len);
}

/* How much may be read behind what is held. */
static size_t
read_size(const struct frame *f)
{
	uint64_t max = frame_max(f);

	switch (f->set->mode) {
	case STREAM:
		if (f->set->text && max < 4)	/* any character fits */
			max = 4;
		return (size_t)(max < f->read_max ? max :
		    f->read_max) - f->in_len;
	case LINES:
	case RECORDS:
		return READ_SIZE - f->in_len;
	case WIRE:
		return f->read_max < f->in_size - f->in_len ? f->read_max :
		    f->in_size - f->in_len;
	case FRAME_LINES:
	case JSON:
		break;
	}
	return READ_SIZE;
}

/* A stream in bulk, whose bytes we neither change nor check: what the kernel
 * has of it is a message.  False if it cannot be had that way. */
static bool
pass_input(struct frame *f, ssize_t *n)
{
	uint64_t max = frame_max(f);

	if (!f->passing || max < PASS_MIN)
		return false;
	*n = passage_take(&f->passage, STDIN_FILENO,
	    max < PASS_MAX ? (size_t)max : PASS_MAX);
	if (*n < 0 && errno == EINVAL) {
		f->passable = f->passing = false;
		return false;
	}
	f->passing = *n >= PASS_MIN;
	if (f->passing)
		(void)bulk_goes_on(&f->bulk);
	if (*n > 0) {
		read_channel_first(f, false);
		put_header(f, message_opcode(f), true, (uint64_t)*n);
		put_passing(f, (size_t)*n);
		count_frame(f, true);
	}
	return true;
}

/* A read was filled: more will come at once. */
static void
expect_bulk(struct frame *f)
{
	if (bulk_goes_on(&f->bulk)) {
		f->read_max = BULK_SIZE;
		enlarge_pipe(STDIN_FILENO);
		enlarge_pipe(STDOUT_FILENO);
	}
	if (f->passable && !passage_is_open(&f->passage))
		f->passable = passage_open(&f->passage);
	f->passing = f->passable;
}

void
rest_if_due(struct frame *f)
{
	if (!bulk_has_ended(&f->bulk))
		return;
	f->read_max = READ_SIZE;
	shrink_pipe(STDIN_FILENO);
	shrink_pipe(STDOUT_FILENO);
	f->passing = false;
	passage_close(&f->passage);
}

static void
frame_input(struct frame *f, size_t n)
{
	switch (f->set->mode) {
	case STREAM:
		frame_stream(f, n);
		break;
	case LINES:
	case RECORDS:
		frame_lines(f, n);
		break;
	case WIRE:
		frame_wire(f, n);
		break;
	case FRAME_LINES:
	case JSON:
		f->input_eof = n == 0;
		frame_text_lines(f, n);
		return;
	}
	if (n == 0 && !f->closing.input_ended)
		note(f, WS_INPUT_ENDED, 0);
}

static void
read_failed(struct frame *f)
{
	if (f->set->control < 0)
		die_sys("read standard input");
	say("read standard input: %s", error_text(errno));
	note(f, WS_WE_FAILED, 0);
}

void
take_input(struct frame *f)
{
	ssize_t n;
	bool passed = pass_input(f, &n);

	if (!passed)
		n = read_some(STDIN_FILENO, f->in + f->in_len, read_size(f));
	if (n < 0) {
		read_failed(f);
		return;
	}
	if (n > 0 && f->closing.renew_ms > 0)
		ws_closing_progress(&f->closing, now_ms());
	if (!passed && (n >= READ_SIZE || n == SMALL_PIPE))
		expect_bulk(f);
	if (passed && n > 0)
		return;
	/* What it says came before this: a pong is not to stand behind data
	 * that answer what came after the ping. */
	read_channel_first(f, n == 0);
	frame_input(f, (size_t)n);
}
