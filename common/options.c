/* Values of options. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/text.h"
#include "code/utf8.h"
#include "diag.h"
#include "io.h"
#include "options.h"
#include "ws/closecode.h"

enum { SECRET_MAX = 8192 };

void
option_fault(int c, char *const argv[], const char *usage)
{
	int i;

	/* What begins with "--" is the option "-" to getopt. */
	for (i = 1; c == '?' && optopt == '-' && argv[i] != NULL; i++) {
		if (strcmp(argv[i], "--help") == 0)
			print_and_exit(usage);
		if (strcmp(argv[i], "--version") == 0)
			print_version();
	}
	die_usage(usage, c == ':' ? "-%c: value missing" :
	    "-%c: no such option", optopt);
}

void
option_mode(enum mode *mode, char letter, const char *usage)
{
	static const char letters[] = { [STREAM] = ' ', [LINES] = 'l',
	    [RECORDS] = '0', [WIRE] = 'W', [FRAME_LINES] = 'a', [JSON] = 'j' };
	enum mode wanted = STREAM;

	while (letters[wanted] != letter)
		wanted++;
	if (*mode != STREAM && *mode != wanted)
		die_usage(usage, "-%c and -%c exclude each other",
		    letters[*mode], letter);
	*mode = wanted;
}

void
option_input(const struct input_options *in, const char *usage)
{
	if (in->text && in->binary)
		die_usage(usage, "-t and -b exclude each other");
	if (in->mode >= WIRE && (in->text || in->binary))
		die_usage(usage, "-a, -j and -W say of each message what it "
		    "is: not with -t or -b");
	if (in->sizes && (in->mode == WIRE || in->mode == FRAME_LINES))
		die_usage(usage, "-a and -W say how large each frame is: not "
		    "with -F");
	if (in->crlf && in->mode != LINES)
		die_usage(usage, "-r goes with -l");
}

uint64_t
option_number(char letter, const char *value, uint64_t min, uint64_t max)
{
	struct slice s = slice_of(value);
	uint64_t n;

	if (!slice_take_number(&s, max, &n) || s.len > 0 || n < min)
		die(STATUS_USAGE, "-%c %s: not a number from %llu to %llu",
		    letter, value, (unsigned long long)min,
		    (unsigned long long)max);
	return n;
}

uint64_t
option_size(char letter, const char *value)
{
	struct slice s = slice_of(value);
	uint64_t n;

	if (slice_take_size(&s, &n) && n > 0 && s.len == 0)
		return n;
	die(STATUS_USAGE, "-%c %s: not a size such as 65536, 64k or 1m", letter,
	    value);
}

void
option_sizes(char letter, const char *value, struct size_list *list)
{
	char one[32];
	size_t n;

	list->count = 0;
	do {
		n = strcspn(value, ",");
		if (list->count == SIZES_MAX || n >= sizeof one)
			die(STATUS_USAGE, "-%c: not up to %d sizes with commas "
			    "between", letter, SIZES_MAX);
		memcpy(one, value, n);
		one[n] = '\0';
		list->size[list->count++] = option_size(letter, one);
		value += n;
	} while (*value++ == ',');
}

int64_t
option_seconds(char letter, const char *value)
{
	struct slice s = slice_of(value);
	int64_t ms;

	if (slice_take_seconds(&s, &ms) && s.len == 0)
		return ms;
	die(STATUS_USAGE, "-%c %s: not a number of seconds such as 5 or 0.25",
	    letter, value);
}

int64_t
option_limit(char letter, const char *value)
{
	int64_t ms = option_seconds(letter, value);

	return ms > 0 ? ms : -1;
}

struct close_option
option_close(char letter, const char *value)
{
	struct close_option c = { WS_CLOSE_NORMAL, "" };
	struct ws_utf8 utf8 = { 0 };
	struct slice s = slice_of(value);
	uint64_t code;
	size_t len;

	if (!slice_take_number(&s, 4999, &code) ||
	    !ws_close_code_valid((unsigned)code) ||
	    (s.len > 0 && !slice_take_prefix(&s, ":")))
		die(STATUS_USAGE, "-%c %s: not a Close code that may be sent "
		    "(RFC 6455, 7.4)", letter, value);
	c.code = (unsigned)code;
	c.reason = s.p;
	len = s.len;
	if (len > WS_REASON_MAX)
		die(STATUS_USAGE, "-%c: reason of more than 123 bytes "
		    "(RFC 6455, 5.5)", letter);
	if (ws_utf8_check(&utf8, (const uint8_t *)c.reason, len) != len ||
	    !ws_utf8_complete(&utf8))
		die(STATUS_USAGE, "-%c: reason is not valid UTF-8 "
		    "(RFC 6455, 5.5.1)", letter);
	return c;
}

void
option_masking_key(char letter, const char *value, uint8_t key[4])
{
	size_t i;

	if (strlen(value) != 8 ||
	    strspn(value, "0123456789abcdefABCDEF") != 8)
		die(STATUS_USAGE, "-%c %s: not a masking key of 8 hexadecimal "
		    "digits", letter, value);
	for (i = 0; i < 4; i++)
		key[i] = (uint8_t)text_hex_byte(value + 2 * i);
}

/* What the file holds, as a string; null if it has a NUL, or size bytes. */
static char *
read_file(char letter, const char *path, size_t size)
{
	int fd = open(path, O_RDONLY);
	char *all = malloc(size);
	size_t len = 0;
	ssize_t n;

	if (fd < 0 || all == NULL)
		die_sys("-%c: open %s", letter, path);
	while (len < size && (n = read_some(fd, all + len, size - len)) != 0) {
		if (n < 0)
			die_sys("-%c: read %s", letter, path);
		len += (size_t)n;
	}
	(void)close(fd);
	if (len == size || memchr(all, '\0', len) != NULL) {
		free(all);
		return NULL;
	}
	all[len] = '\0';
	return all;
}

const char *
option_secret(char letter, const char *value)
{
	char *line;

	if (value[0] != '@')
		return value;
	line = read_file(letter, value + 1, SECRET_MAX);
	if (line == NULL)
		die(STATUS_USAGE, "-%c: %s holds no line of less than %d bytes",
		    letter, value + 1, SECRET_MAX);
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

char *
option_text(char letter, const char *path, size_t max)
{
	char *all = read_file(letter, path, max + 1);

	if (all == NULL)
		die(STATUS_USAGE, "-%c: %s holds more than %zu bytes, or a "
		    "NUL", letter, path, max);
	return all;
}
