/* What the parts of core share: rows of test vectors, and the tools that main
 * calls.  What cannot go on ends the process, with status 111. */
#ifndef CORE_H
#define CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ws/frameline.h"

/* -- core-rows: what comes in and goes out -- */

struct bytes {
	uint8_t *p;
	size_t len;
};

enum { COLUMNS_MAX = 12 };

struct row {
	char *line;
	size_t size;
	char *column[COLUMNS_MAX];
};

_Noreturn void fatal(const char *what);

/* Zeroed, the caller's; as is what expand() and read_file() give. */
void *get_memory(size_t size);

/* The next line of standard input in its columns; false at the end. */
bool next_row(struct row *r, size_t columns);

/* Run notation: HEX, HEX*N, joined by + or blanks; - is empty. */
struct bytes expand(const char *runs);

/* The first 128 KiB of it. */
struct bytes read_file(const char *name);

void put_hex(const uint8_t *p, size_t len);

/* Reads a line as one of the control channel; spoils it. */
bool parse_order(struct ws_frameline *line, char *in, size_t len);

/* The lines of a control channel, each as: order, Close code or status,
 * payload. */
void print_orders(FILE *in);

/* Unmasked frames as type and payload of each whole message, and nothing of one
 * that is cut off.  Knows nothing of common/, so that it can judge what is built
 * from it. */
void print_messages(FILE *in);

/* -- core-closing: how a session ends -- */

/* NAME, RULES, EVENTS: NAME and what comes of them. */
void do_closing(struct row *r);

/* -- core-sound: requests that a process in a cage hands over -- */

/* For each of some requests its number, whether some with one byte changed are
 * found sound, and how many of those would do harm. */
void do_sound(struct row *unused);

/* -- core-run: programs under test; each gives the status of core -- */

/* Standard input to standard output, each byte, or with a seed each piece of a
 * random size, when the one before has been taken. */
int tool_drip(const char *seed);

/* whole|drip PROGRAM [ARG ...]: runs it with a socket as 0 and 1, sends it
 * standard input and then the end of it, prints what it answers. */
int tool_socket(char *argv[]);

/* default|ignore PROGRAM [ARG ...]: runs it with SIGPIPE so. */
int tool_sigpipe(char *argv[]);

/* MANNER FORM: for each row "name, input, program and arguments with
 * blanks between them" on standard input runs the program with that input, and
 * prints its name, status, standard error with ; for the line end, standard
 * output in that FORM, and what it wrote to descriptor 5 as orders.  Input
 * @FILE is that file.  A program that takes more than ten seconds is ended.
 *
 * MANNER: whole or drip through a pipe, file, socket-whole or socket-drip.
 * FORM: messages, bytes, or head: the lines up to the empty one with | between
 * them, and in a column of its own what follows, as bytes. */
int tool_run(char *argv[]);

/* FILE PROGRAM [ARG ...]: runs it, writes the KiB of memory that it had at most
 * to FILE. */
int tool_peak(char *argv[]);

/* -- core-streams: input in bulk -- */

/* That many zero bytes, quickly. */
int tool_zeros(const char *count);

/* That many mebibytes of numbers, one after the other. */
int tool_count(const char *count);

/* Whether those come in, and nothing else. */
int tool_counted(const char *count);

/* The Nth stream of that kind, frames or garbage: right and wrong, the same on
 * every machine. */
int tool_stream(const char *kind, const char *number);

#endif
