/* ws-view: what was recorded: captures of -D; what tshark prints of a stream,
 * as digits ("raw", "hex") or as "yaml", which has the times; the bytes of one
 * side. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "code/base64.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
#include "ws-view.h"

enum {
	LOOK_MS = 100,		/* between two looks at a file that grows */
	YAML_LINE_MAX = 512
};

enum format { UNKNOWN, CAPTURE, DIGITS, YAML, BYTES };

/* A file that is read. */
struct recording {
	const struct settings *set;
	const char *name;
	enum format format;
	struct ws_capture_reader capture;

	/* of tshark */
	bool in_data;			/* behind the names of the sides */
	bool swapped;			/* the second side is the client */
	bool begun;
	int side;			/* or -1: a line without data */
	bool hex;			/* with offsets and a column of text */
	size_t column;
	int digit;			/* the first of a byte, or -1 */
	int64_t time_us;
	char line[YAML_LINE_MAX];
	size_t line_len;
	uint8_t bytes[4096];
	size_t bytes_len;
};

static uint8_t in[READ_SIZE];

/* -- the bytes of a side of tshark's -- */

static void
feed_side(struct recording *r)
{
	if (r->bytes_len == 0)
		return;
	if (!r->begun)		/* mostly the client begins */
		r->swapped = (r->side == 0) ==
		    (memcmp(r->bytes, "HTTP", 4) == 0);
	r->begun = true;
	feed(r->set, (r->side == 0) != r->swapped, r->time_us, r->bytes,
	    r->bytes_len);
	r->bytes_len = 0;
}

static void
add_byte(struct recording *r, int byte)
{
	r->bytes[r->bytes_len++] = (uint8_t)byte;
	if (r->bytes_len == sizeof r->bytes)
		feed_side(r);
}

/* -- digits: a line of the second side begins with a tab -- */

static void
begin_digits_line(struct recording *r)
{
	r->column = 0;
	r->side = 0;
	r->digit = -1;
	r->line_len = 0;
}

/* A line before the data; that of the second side's name is the last. */
static void
take_name(struct recording *r, char c)
{
	struct slice line = { r->line, r->line_len };

	if (c != '\n') {
		if (r->line_len < sizeof r->line)
			r->line[r->line_len++] = c;
		return;
	}
	if (slice_equal(line, slice_of("Follow: tcp,hex")) ||
	    slice_equal(line, slice_of("Follow: tls,hex")))
		r->hex = true;
	r->in_data = slice_take_prefix(&line, "Node 1:");
	begin_digits_line(r);
}

static void
take_digit(struct recording *r, char c)
{
	int value = text_hex_value(c);

	if (c == '\n') {
		feed_side(r);
		begin_digits_line(r);
		return;
	}
	if (c == '\t' && r->column == 0 && r->side == 0) {
		r->side = 1;
		return;
	}
	r->column++;
	/* Offset, bytes and text stand in columns of their own. */
	if (r->hex && (r->column <= 10 || r->column > 59))
		return;
	if (value < 0) {
		r->digit = -1;
	} else if (r->digit < 0) {
		r->digit = value;
	} else {
		add_byte(r, r->digit << 4 | value);
		r->digit = -1;
	}
}

static void
take_digits(struct recording *r, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (r->in_data)
			take_digit(r, (char)p[i]);
		else
			take_name(r, (char)p[i]);
}

/* -- YAML -- */

static void
take_yaml_line(struct recording *r)
{
	struct slice s = { r->line, r->line_len };
	uint64_t side;
	size_t n;

	s = slice_trim(s);
	if (slice_take_prefix(&s, "- packet:")) {
		feed_side(r);
		r->in_data = false;
	} else if (slice_take_prefix(&s, "peer: ")) {
		r->side = slice_take_number(&s, 1, &side) ? (int)side : 0;
	} else if (slice_take_prefix(&s, "timestamp: ")) {
		if (!slice_take_time(&s, UINT32_MAX, &r->time_us))
			r->time_us = NO_TIME;
	} else if (slice_take_prefix(&s, "data:")) {
		r->in_data = true;
	} else if (r->in_data && s.len / 4 * 3 <=
	    sizeof r->bytes - r->bytes_len && ws_base64_decode(r->bytes +
	    r->bytes_len, &n, s.p, s.len, WS_SIMD_NONE)) {
		r->bytes_len += n;
		if (r->bytes_len > sizeof r->bytes / 2)
			feed_side(r);
	}
}

static void
take_yaml(struct recording *r, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] == '\n') {
			take_yaml_line(r);
			r->line_len = 0;
		} else if (r->line_len < sizeof r->line) {
			r->line[r->line_len++] = (char)p[i];
		}
}

/* -- captures -- */

static void
begin_record(const struct recording *r)
{
	const struct ws_capture_record *c = &r->capture.record;

	if (c->session[0] != '\0')
		choose_session(r->set, c->session);
	if (c->len == 0) {
		end_side(r->set, c->sent == c->client);
	} else if (c->head) {
		expect_head(r->set, c->sent == c->client);
	} else if (session_has_ended()) {
		end_session(r->set);
		begin_session(r->set);
	}
}

static void
take_capture(struct recording *r, uint8_t *p, size_t len)
{
	struct ws_capture_reader *c = &r->capture;
	size_t used;

	for (;; p += used, len -= used)
		switch (ws_capture_read(c, p, len, &used)) {
		case WS_CAPTURE_MORE:
			return;
		case WS_CAPTURE_RECORD:
			begin_record(r);
			break;
		case WS_CAPTURE_DATA:
			feed(r->set, c->record.sent == c->record.client,
			    c->record.time_us, p, c->data_len);
			break;
		case WS_CAPTURE_MALFORMED:
			print_flush();
			die(STATUS_UNREPRESENTABLE, "%s: byte %llu: not a "
			    "capture of -D", r->name,
			    (unsigned long long)c->place);
		}
}

/* -- which of them it is -- */

static bool
begins_with(const uint8_t *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(p, word, n) == 0;
}

static enum format
format_of(const uint8_t *p, size_t len)
{
	if (begins_with(p, len, "> ") || begins_with(p, len, "< ") ||
	    begins_with(p, len, ">head ") || begins_with(p, len, "<head "))
		return CAPTURE;
	if (begins_with(p, len, "\n====") || begins_with(p, len, "===="))
		return DIGITS;
	return begins_with(p, len, "peers:") ? YAML : BYTES;
}

/* Who has sent these bytes: a client masks (RFC 6455, 5.1). */
static bool
is_client(const uint8_t *p, size_t len)
{
	if (begins_with(p, len, "GET "))
		return true;
	return !begins_with(p, len, "HTTP") && len > 1 &&
	    (p[1] & WS_MASK_BIT) != 0;
}

static void
take(struct recording *r, uint8_t *p, size_t len)
{
	if (r->format == UNKNOWN) {
		r->format = format_of(p, len);
		r->side = is_client(p, len);
	}
	switch (r->format) {
	case CAPTURE:
		take_capture(r, p, len);
		break;
	case DIGITS:
		take_digits(r, p, len);
		break;
	case YAML:
		take_yaml(r, p, len);
		break;
	case UNKNOWN:
	case BYTES:
		feed(r->set, r->side == 1, NO_TIME, p, len);
		break;
	}
}

static void
end(struct recording *r)
{
	feed_side(r);
	end_session(r->set);
	print_flush();
	if (r->format == CAPTURE && !ws_capture_complete(&r->capture))
		say("%s: the capture ends inside a record", r->name);
}

void
view_file(const struct settings *set, const char *name, int fd, bool live)
{
	static struct recording r;
	ssize_t n;

	memset(&r, 0, sizeof r);
	r.set = set;
	r.name = name;
	r.time_us = NO_TIME;
	print_file();
	begin_session(set);
	for (;;) {
		n = read_some(fd, in, sizeof in);
		if (n < 0)
			die_sys("read %s", name);
		if (n > 0) {
			take(&r, in, (size_t)n);
			if (live)
				print_flush();
			continue;
		}
		if (!set->follow) {
			end(&r);
			return;
		}
		print_flush();
		(void)poll_until(NULL, 0, deadline_in(LOOK_MS));
	}
}
