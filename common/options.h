/* Values of options.  Each function ends the program with a sentence and
 * STATUS_USAGE if the value is not what it takes. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "ws/frame.h"

/* For C, what getopt(3) has returned that is no option: '?' or, where a value
 * is missing, ':'.  --help and --version are answered, everything else is wrong
 * usage. */
_Noreturn void option_fault(int c, char *const argv[], const char *usage);

/* How messages look on standard input and output: as they are, -l, -0, -W, -a,
 * -j. */
enum mode { STREAM, LINES, RECORDS, WIRE, FRAME_LINES, JSON };

/* What says how messages are made of standard input. */
struct input_options {
	enum mode mode;
	bool text, binary;	/* -t, -b */
	bool sizes;		/* -F */
	bool crlf;		/* -r */
};

/* What of it excludes another is wrong usage. */
void option_input(const struct input_options *, const char *usage);

/* Sets the mode to that of its letter; two different ones are wrong usage. */
void option_mode(enum mode *, char letter, const char *usage);

/* The Close that -e asks for. */
struct close_option {
	unsigned code;
	const char *reason;	/* not null */
};

/* A decimal number from min to max. */
uint64_t option_number(char letter, const char *value, uint64_t min,
    uint64_t max);

/* A number of bytes, at least 1, with k, m or g for 2^10, 2^20 or 2^30. */
uint64_t option_size(char letter, const char *value);

enum { SIZES_MAX = 64 };

/* Sizes, in the order in which they are used, again and again. */
struct size_list {
	uint64_t size[SIZES_MAX];
	size_t count;
};

/* One size or several with commas between. */
void option_sizes(char letter, const char *value, struct size_list *);

/* Seconds, up to a million, with up to three decimals; in milliseconds. */
int64_t option_seconds(char letter, const char *value);

/* The same for a limit, which 0 switches off: -1. */
int64_t option_limit(char letter, const char *value);

/* CODE or CODE:REASON: a code that may be sent, and UTF-8 that fits. */
struct close_option option_close(char letter, const char *value);

/* Four bytes in hexadecimal. */
void option_masking_key(char letter, const char *value, uint8_t key[4]);

/* The value itself, or the first line of the file after "@"; the line is
 * allocated, and kept to the end. */
const char *option_secret(char letter, const char *value);

/* What that file holds, a text of at most max bytes; allocated, too. */
char *option_text(char letter, const char *path, size_t max);

#endif
