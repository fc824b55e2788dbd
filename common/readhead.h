/* Reading a head from a descriptor, and not one byte more. */
#ifndef READHEAD_H
#define READHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/head.h"

/* What came of waiting for a head. */
enum input {
	INPUT_HEAD,
	INPUT_END,
	INPUT_LATE,
	INPUT_UNWANTED,		/* the listener ends */
	INPUT_LINE_TOO_LONG,
	INPUT_TOO_LARGE,
	INPUT_TLS,		/* what begins like that is no HTTP */
	INPUT_FOREIGN		/* nor is this */
};

/* Room for the largest head, and the byte that is too much. */
enum { HEAD_SIZE = HTTP_HEAD_MAX + 1 };

/* Whose head it is, and whether more than its end is looked for: a request or
 * an answer that does not begin like one is told at once, as its peer may wait
 * for us; a head that is only looked at may begin with anything. */
enum head_kind { REQUEST_HEAD, ANSWER_HEAD, REQUEST_TEXT, ANSWER_TEXT };

/* Waits until there is something to read, and reads nothing: INPUT_HEAD,
 * INPUT_LATE or INPUT_UNWANTED. */
enum input await_input(int fd, int64_t deadline);

/* From now on the program ends silently while it waits for input, if nobody
 * reads from the pipe any more, of which this is the writing end. */
void end_with_reader(int pipe);

/* Reads a whole head into a buffer of HEAD_SIZE bytes: looked at first and
 * taken afterwards where that can be done, else byte by byte. */
enum input read_head(int fd, char *head, size_t *len, enum head_kind,
    int64_t deadline);

/* The same of a request on a TCP socket, but takes nothing: all of it is still
 * there. */
enum input peek_request(int fd, char *head, size_t *len, int64_t deadline);

/* Reads exactly size bytes. */
enum input read_exactly(int fd, void *buf, size_t size, int64_t deadline);

/* From now on heads are shown on standard error, line by line (-v). */
void show_heads(void);

/* From now on heads are told to this function, too (-D). */
void record_heads(void (*)(char direction, const char *head, size_t len));

/* Shows and tells one: '>' for sent, '<' for received. */
void show_head(char direction, const char *head, size_t len);

/* Shows other lines. */
void show_lines(char direction, const char *lines, size_t len);

#endif
