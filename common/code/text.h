/* Pieces of text: views into a buffer, and a buffer that is filled.  Pure. */
#ifndef CODE_TEXT_H
#define CODE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -- characters of ASCII, whatever the locale -- */

static inline bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
text_is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* OWS of RFC 9110, 5.6.3. */
static inline bool
text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The value of a hexadecimal digit, or -1; the byte that two of them, at p,
 * stand for, or -1. */
int text_hex_value(char c);
int text_hex_byte(const char *p);

/* -- views -- */

/* A view: not owned, not ended by a NUL, may contain one. */
struct slice {
	const char *p;
	size_t len;
};

/* All of a string. */
struct slice slice_of(const char *s);

bool slice_equal(struct slice, struct slice);

/* The same with the letters A-Z and a-z taken as equal. */
bool slice_equal_nocase(struct slice, struct slice);

/* Cuts n bytes, which it has, off the start, and returns them. */
struct slice slice_cut(struct slice *, size_t n);

/* Cuts the prefix off the start, A-Z and a-z taken as equal.  False, and it is
 * left alone, if it begins with something else. */
bool slice_take_prefix(struct slice *, const char *prefix);

/* Cuts the decimal digits, at least one, off the start.  False if there is none
 * or the number exceeds max; it then begins with the digit that is too much. */
bool slice_take_number(struct slice *, uint64_t max, uint64_t *number);

/* The same of all of it, without leading zeros. */
bool slice_is_number(struct slice, uint64_t max, uint64_t *number);

/* Cuts seconds, up to max, with or without decimals, off the start, of which
 * those behind the sixth are passed over. */
bool slice_take_time(struct slice *, uint32_t max, int64_t *us);

/* The same up to a million, to the third decimal. */
bool slice_take_seconds(struct slice *, int64_t *ms);

/* Cuts a number off the start, and k, m or g for 2^10, 2^20 or 2^30 behind. */
bool slice_take_size(struct slice *, uint64_t *);

/* Without the spaces and tabs at both ends (OWS of RFC 9110, 5.6.3). */
struct slice slice_trim(struct slice);

/* Cuts the first element off a comma-separated list, skipping empty ones and
 * trimming blanks (RFC 9110, 5.6.1).  False when the list is used up. */
bool slice_next_element(struct slice *list, struct slice *element);

/* A list of strings of the caller's, for instance from the command line. */
struct string_list {
	const char *const *item;
	size_t count;
};

/* Whether it is one of them. */
bool slice_in_list(struct string_list, struct slice);

/* Cuts a word off the start, and the space that ends it; all of it if there is
 * no space. */
struct slice slice_next_word(struct slice *);

/* -- a buffer that is filled -- */

/* A buffer of the caller's.  What does not fit is left out, and full says
 * that it happened; buf always has a NUL after len characters. */
struct text {
	char *buf;
	size_t size;
	size_t len;
	bool full;
};

/* Append len bytes; a string; a view; a number in decimal. */
void text_put(struct text *, const char *p, size_t len);
void text_puts(struct text *, const char *s);
void text_put_slice(struct text *, struct slice);
void text_put_number(struct text *, uint64_t);

/* The same with zeros in front, so that there are so many digits, up to 20. */
void text_put_digits(struct text *, uint64_t, size_t least);

/* Appends a host as it stands before ":" and a port: an address of IPv6, which
 * has colons itself, in brackets (RFC 3986, 3.2.2). */
void text_put_host(struct text *, const char *host);

/* As printf(3), which may ask more of the system than a sandbox allows: %s, %c,
 * %d, %u, %zu, %llu and %% alone ("make lint" looks). */
void text_format(struct text *, const char *fmt, ...);
void text_vformat(struct text *, const char *fmt, va_list);

/* How many bytes at the start of UTF-8 stand for themselves between quotes, for
 * a program as for a terminal: up to the first quote, backslash, DEL, or
 * control character (U+0080 to U+009F are some, too). */
size_t text_plain_run(const char *p, size_t len);

/* Appends it with everything but printable ASCII, and the backslash, written
 * as \xHH: for a person's eyes, whatever a peer sent. */
void text_put_escaped(struct text *, struct slice);

#endif
