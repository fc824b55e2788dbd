/* Reading a head from a descriptor, and not one byte more. */
#ifndef READHEAD_H
#define READHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/head.h"

enum input {
	INPUT_HEAD,
	INPUT_END,
	INPUT_LATE,
	INPUT_UNWANTED,		/* the listener ends */
	INPUT_LINE_TOO_LONG,
	INPUT_TOO_LARGE
};

/* Room for the largest head, and the byte that is too much. */
enum { HEAD_SIZE = HTTP_HEAD_MAX + 1 };

/* Reads a whole head into a buffer of HEAD_SIZE bytes: looked at first and
 * taken afterwards where that can be done, else byte by byte. */
enum input read_head(int fd, char *head, size_t *len, bool skip_empty,
    int64_t deadline);

/* The same of a TCP socket, but takes nothing: all of it is still there. */
enum input peek_head(int fd, char *head, size_t *len, bool skip_empty,
    int64_t deadline);

/* Reads exactly size bytes. */
enum input read_exactly(int fd, void *buf, size_t size, int64_t deadline);

/* Ends the program because of what came instead of the whole answer of
 * someone, for instance "proxy: ". */
_Noreturn void die_no_answer(const char *whose, enum input);

/* From now on heads are shown on standard error, line by line (-v). */
void show_heads(void);

/* Shows one: '>' for sent, '<' for received. */
void show_head(char direction, const char *head, size_t len);

#endif
