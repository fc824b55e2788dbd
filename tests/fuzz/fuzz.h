/* What the fuzz targets share.  Each target is a file that defines fuzz(), which
 * is given whatever bytes there are, and aborts if something is not as it must
 * be; tests/fuzz/run builds and runs them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are taken off at the front. */
struct input {
	const uint8_t *p;
	size_t len;
};

/* The target.  The bytes are an allocation of just that length. */
void fuzz(struct input);

/* Aborts, with the place and the condition, unless that holds. */
#define CHECK(condition) \
	((condition) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_failed(const char *file, int line, const char *condition);

/* The next byte, 0 at the end. */
uint8_t take_byte(struct input *);

/* A number that lies at a bound as often as between. */
uint64_t take_number(struct input *, uint64_t max);

/* The bytes up to the next 0xff, which is passed over, or to the end. */
struct input take_part(struct input *);

/* Copies that a checker of memory watches the ends of: the bytes, or the bytes
 * up to the first NUL as a string.  The caller frees them. */
uint8_t *copy_bytes(const void *p, size_t len);
char *copy_string(struct input);

/* The first head in it, which ends where http_scan says that one does, made
 * whole if need be; null if it is too large.  The caller frees it. */
char *take_head(struct input *, bool skip_empty, size_t *len);

/* -- the same in any manner -- */

enum manner { WHOLE, BYTES, PIECES };

/* Cuts the next piece off, of all that is left, one byte or some; false at the
 * end. */
bool next_piece(struct input *rest, enum manner, struct input *piece);

/* What a run came to. */
struct trace {
	uint8_t *p;
	size_t len, size;
	char last;			/* tag */
};

/* Notes bytes, or a number, under a tag; bytes under one tag are joined. */
void trace_bytes(struct trace *, char tag, const void *p, size_t len);
void trace_number(struct trace *, char tag, uint64_t number);

/* Runs it in each manner; the traces must be the same. */
void same_in_any_manner(struct input,
    void (*run)(struct trace *, struct input, enum manner));

#endif
