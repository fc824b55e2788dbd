/* Pieces of text: views into a buffer, and a buffer that is filled. */
#include <stdint.h>
#include <string.h>

#include "code/copy.h"
#include "code/text.h"

enum { FEW = 128 };	/* bytes that memcpy(3) is slow to begin with */

struct slice
slice_of(const char *s)
{
	struct slice all = { s, strlen(s) };

	return all;
}

bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);	/* null */
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (text_lower(a.p[i]) != text_lower(b.p[i]))
			return false;
	return true;
}

struct slice
slice_cut(struct slice *s, size_t n)
{
	struct slice start = { s->p, n };

	s->p += n;
	s->len -= n;
	return start;
}

bool
slice_take_prefix(struct slice *s, const char *prefix)
{
	struct slice start = { s->p, strlen(prefix) };

	if (s->len < start.len ||
	    !slice_equal_nocase(start, slice_of(prefix)))
		return false;
	(void)slice_cut(s, start.len);
	return true;
}

bool
slice_take_number(struct slice *s, uint64_t max, uint64_t *number)
{
	bool any = false;

	for (*number = 0; s->len > 0 && text_is_digit(s->p[0]); any = true) {
		unsigned digit = (unsigned)(s->p[0] - '0');

		if (digit > max || *number > (max - digit) / 10)
			return false;
		*number = *number * 10 + digit;
		(void)slice_cut(s, 1);
	}
	return any;
}

bool
slice_is_number(struct slice s, uint64_t max, uint64_t *number)
{
	bool zero_leads = s.len > 1 && s.p[0] == '0';

	return slice_take_number(&s, max, number) && s.len == 0 && !zero_leads;
}

bool
slice_take_time(struct slice *s, uint32_t max, int64_t *us)
{
	uint64_t seconds;
	int64_t unit = 100000;

	if (!slice_take_number(s, max, &seconds))
		return false;
	*us = (int64_t)seconds * 1000000;
	if (!slice_take_prefix(s, "."))
		return true;
	for (; s->len > 0 && text_is_digit(s->p[0]); (void)slice_cut(s, 1)) {
		*us += unit * (s->p[0] - '0');
		unit /= 10;
	}
	return true;
}

bool
slice_take_seconds(struct slice *s, int64_t *ms)
{
	int64_t us;

	if (!slice_take_time(s, 1000000, &us))
		return false;
	*ms = us / 1000;
	return true;
}

bool
slice_take_size(struct slice *s, uint64_t *n)
{
	static const char units[] = { 'k', 'm', 'g' };
	const char *unit;

	if (!slice_take_number(s, UINT64_MAX >> 31, n))
		return false;
	unit = s->len > 0 ? memchr(units, s->p[0], sizeof units) : NULL;
	if (unit != NULL) {
		*n <<= 10 * (unit - units + 1);
		(void)slice_cut(s, 1);
	}
	return true;
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && text_is_blank(s.p[0]))
		(void)slice_cut(&s, 1);
	while (s.len > 0 && text_is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_next_element(struct slice *list, struct slice *element)
{
	while (list->len > 0) {
		const char *comma = memchr(list->p, ',', list->len);
		size_t n = comma ? (size_t)(comma - list->p) : list->len;

		*element = slice_trim(slice_cut(list, n));
		(void)slice_cut(list, comma ? 1 : 0);
		if (element->len > 0)
			return true;
	}
	return false;
}

bool
slice_in_list(struct string_list list, struct slice s)
{
	size_t i;

	for (i = 0; i < list.count; i++)
		if (slice_equal(slice_of(list.item[i]), s))
			return true;
	return false;
}

struct slice
slice_next_word(struct slice *rest)
{
	const char *space = memchr(rest->p, ' ', rest->len);
	struct slice word = slice_cut(rest,
	    space ? (size_t)(space - rest->p) : rest->len);

	(void)slice_cut(rest, space ? 1 : 0);
	return word;
}

int
text_hex_value(char c)
{
	if (text_is_digit(c))
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
text_hex_byte(const char *p)
{
	int high = text_hex_value(p[0]);
	int low = high < 0 ? -1 : text_hex_value(p[1]);

	return low < 0 ? -1 : high << 4 | low;
}

void
text_put(struct text *t, const char *p, size_t len)
{
	size_t room = t->size - t->len - 1;

	if (len > room) {
		t->full = true;
		len = room;
	}
	if (len < FEW)
		copy_short((uint8_t *)t->buf + t->len, (const uint8_t *)p, len);
	else
		memcpy(t->buf + t->len, p, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

void
text_puts(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void
text_put_slice(struct text *t, struct slice s)
{
	text_put(t, s.p, s.len);
}

void
text_put_number(struct text *t, uint64_t n)
{
	text_put_digits(t, n, 1);
}

void
text_put_digits(struct text *t, uint64_t n, size_t least)
{
	char digits[20];
	size_t i = sizeof digits;

	for (; n > 0 || sizeof digits - i < least; n /= 10)
		digits[--i] = (char)('0' + n % 10);
	text_put(t, digits + i, sizeof digits - i);
}

void
text_put_host(struct text *t, const char *host)
{
	bool brackets = strchr(host, ':') != NULL;

	text_puts(t, brackets ? "[" : "");
	text_puts(t, host);
	text_puts(t, brackets ? "]" : "");
}

static void
put_signed(struct text *t, int n)
{
	if (n < 0)
		text_puts(t, "-");
	text_put_number(t, (uint64_t)(n < 0 ? -(int64_t)n : n));
}

/* The value of the conversion that begins at fmt; returns how long that is. */
static size_t
put_value(struct text *t, const char *fmt, va_list *ap)
{
	char c;

	switch (fmt[1]) {
	case 's': text_puts(t, va_arg(*ap, const char *)); return 2;
	case 'c': c = (char)va_arg(*ap, int); text_put(t, &c, 1); return 2;
	case 'd': put_signed(t, va_arg(*ap, int)); return 2;
	case 'u': text_put_number(t, va_arg(*ap, unsigned)); return 2;
	case 'z': text_put_number(t, va_arg(*ap, size_t)); return 3;
	case 'l': text_put_number(t, va_arg(*ap, unsigned long long)); return 4;
	default: text_puts(t, "%"); return fmt[1] == '%' ? 2 : 1;
	}
}

void
text_vformat(struct text *t, const char *fmt, va_list ap)
{
	const char *percent;
	va_list rest;

	va_copy(rest, ap);
	while ((percent = strchr(fmt, '%')) != NULL) {
		text_put(t, fmt, (size_t)(percent - fmt));
		fmt = percent + put_value(t, percent, &rest);
	}
	va_end(rest);
	text_puts(t, fmt);
}

void
text_format(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vformat(t, fmt, ap);
	va_end(ap);
}

/* Eight times the byte. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not zero if a byte of the word is less than n, which is at most 128. */
static uint64_t
has_less(uint64_t word, uint64_t n)
{
	return (word - EACH(1) * n) & ~word & EACH(0x80);
}

/* Not zero if one of eight bytes may not be plain; c2 begins U+0080. */
static uint64_t
has_special(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return has_less(word, ' ') | has_less(word ^ EACH('"'), 1) |
	    has_less(word ^ EACH('\\'), 1) | has_less(word ^ EACH(0x7f), 1) |
	    has_less(word ^ EACH(0xc2), 1);
}

static bool
is_plain(const char *p, size_t len)
{
	unsigned char c = (unsigned char)p[0];

	return c >= ' ' && c != '"' && c != '\\' && c != 0x7f &&
	    (c != 0xc2 || len < 2 || (unsigned char)p[1] >= 0xa0);
}

size_t
text_plain_run(const char *p, size_t len)
{
	size_t i = 0, end;

	while (i < len) {
		if (len - i >= 8 && has_special(p + i) == 0) {
			i += 8;
			continue;
		}
		/* Here it is, unless a word only seemed to have one. */
		for (end = len - i < 8 ? len : i + 8; i < end; i++)
			if (!is_plain(p + i, len - i))
				return i;
	}
	return len;
}

void
text_put_escaped(struct text *t, struct slice s)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	text_puts(t, "");	/* of nothing, nothing */
	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char escape[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

		if (c >= ' ' && c <= '~' && c != '\\')
			text_put(t, s.p + i, 1);
		else
			text_put(t, escape, sizeof escape);
	}
}
