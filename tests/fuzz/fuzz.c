/* What the fuzz targets share, see fuzz.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct input in = { p, len };

	fuzz(in);
	return 0;
}

void
fuzz_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
	abort();
}

uint8_t
take_byte(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->p++;
}

uint64_t
take_number(struct input *in, uint64_t max)
{
	uint64_t n = 0;
	uint8_t bytes = take_byte(in);
	int i;

	if (bytes & 0x80)
		return bytes & 1 ? max : max / 2;
	for (i = 0; i < (bytes & 7) + 1; i++)
		n = n << 8 | take_byte(in);
	return max == UINT64_MAX ? n : n % (max + 1);
}

struct input
take_part(struct input *in)
{
	const uint8_t *end = in->len > 0 ? memchr(in->p, 0xff, in->len) : NULL;
	struct input part = { in->p, end != NULL ? (size_t)(end - in->p) :
	    in->len };

	in->p += part.len + (end != NULL);
	in->len -= part.len + (end != NULL);
	return part;
}

uint8_t *
copy_bytes(const void *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	CHECK(copy != NULL);
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

char *
copy_string(struct input in)
{
	const uint8_t *nul = in.len > 0 ? memchr(in.p, '\0', in.len) : NULL;
	size_t len = nul != NULL ? (size_t)(nul - in.p) : in.len;
	char *s = malloc(len + 1);

	CHECK(s != NULL);
	if (len > 0)
		memcpy(s, in.p, len);
	s[len] = '\0';
	return s;
}

char *
take_head(struct input *in, bool skip_empty, size_t *len)
{
	struct http_scan s = { .skip_empty = skip_empty };
	char *with_end = malloc(in->len + 5), *head = NULL;
	size_t used;

	CHECK(with_end != NULL);
	memcpy(with_end, "x", 1);	/* no start line, no head */
	if (in->len > 0)
		memcpy(with_end, in->p, in->len);
	memcpy(with_end + in->len + (in->len == 0), "\n\r\n\n", 4);
	if (http_scan(&s, with_end, in->len + 4, len) == HTTP_COMPLETE)
		head = (char *)copy_bytes(with_end, *len);
	free(with_end);
	used = *len < in->len ? *len : in->len;
	in->p += used;
	in->len -= used;
	return head;
}

bool
next_piece(struct input *rest, enum manner manner, struct input *piece)
{
	size_t n = rest->len;

	if (n == 0)
		return false;
	if (manner == BYTES)
		n = 1;
	/* Any rule will do that is the same in each run of an input. */
	if (manner == PIECES && n > 1)
		n = 1 + (rest->p[n - 1] * 7 + rest->len) % (n < 40 ? n : 40);
	piece->p = rest->p;
	piece->len = n;
	rest->p += n;
	rest->len -= n;
	return true;
}

static void
trace_byte(struct trace *t, uint8_t byte)
{
	if (t->len == t->size) {
		t->size = 2 * t->size + 64;
		t->p = realloc(t->p, t->size);
		CHECK(t->p != NULL);
	}
	t->p[t->len++] = byte;
}

void
trace_bytes(struct trace *t, char tag, const void *p, size_t len)
{
	const uint8_t *bytes = p;

	if (len > 0 && t->last != tag)
		trace_byte(t, (uint8_t)tag);
	if (len > 0)
		t->last = tag;
	while (len-- > 0)
		trace_byte(t, *bytes++);
}

void
trace_number(struct trace *t, char tag, uint64_t number)
{
	t->last = tag;
	trace_byte(t, (uint8_t)tag);
	trace_bytes(t, tag, &number, sizeof number);
	t->last = '\0';
}

static void
show(const char *what, const struct trace *t)
{
	size_t i;

	fprintf(stderr, "%s:", what);
	for (i = 0; i < t->len; i++)
		fprintf(stderr, t->p[i] >= ' ' && t->p[i] <= '~' ? " %c" :
		    " %02x", t->p[i]);
	fprintf(stderr, "\n");
}

static void
compare(const struct trace *whole, const struct trace *cut, int manner)
{
	if (cut->len == whole->len && (cut->len == 0 ||
	    memcmp(cut->p, whole->p, cut->len) == 0))
		return;
	show("whole", whole);
	show(manner == BYTES ? "byte by byte" : "in pieces", cut);
	CHECK(!"the same in any manner");
}

void
same_in_any_manner(struct input in,
    void (*run)(struct trace *, struct input, enum manner))
{
	struct trace whole = { 0 }, cut = { 0 };
	int manner;

	run(&whole, in, WHOLE);
	for (manner = BYTES; manner <= PIECES; manner++) {
		cut.len = 0;
		cut.last = '\0';
		run(&cut, in, (enum manner)manner);
		compare(&whole, &cut, manner);
	}
	free(whole.p);
	free(cut.p);
}
