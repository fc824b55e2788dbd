/* Files of cases: one that cannot be understood is refused, with a place that is
 * in it; what is understood can be asked, and makes a head that fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ws-probe.h"
#include "fuzz.h"
#include "diag.h"

static jmp_buf refused;
static struct input file;

/* The length of a line of the file, from 1. */
static size_t
line_len(unsigned number)
{
	const uint8_t *p = file.p, *end = file.p + file.len, *newline;

	for (;; number--) {
		newline = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
		if (newline == NULL)
			newline = end;
		if (number <= 1)
			return (size_t)(newline - p);
		CHECK(newline < end);
		p = newline + 1;
	}
}

void
die(int status, const char *fmt, ...)
{
	char sentence[4096];
	unsigned line;
	size_t column;
	int n = 0;
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof sentence, fmt, args);
	va_end(args);
	CHECK(status == STATUS_UNREPRESENTABLE);
	CHECK(sscanf(sentence, "/dev/fd/%*d: line %u, column %zu: expected %n",
	    &line, &column, &n) == 2 && n > 0);
	CHECK(line > 0 && column > 0);
	(void)line_len(line);
	longjmp(refused, 1);
}

void
die_sys(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

static void
check_case(const struct probe_case *k)
{
	static char buf[1 << 18];
	struct text t = { buf, sizeof buf, 0, false };
	struct head_values v = { .host = slice_of("h"), .path = slice_of("/"),
	    .resource = slice_of("/"), .origin = slice_of("http://h") };

	CHECK(k->title != NULL && k->rule != NULL && k->section != NULL);
	CHECK(k->step_count > 0);
	if (k->edit_count < 100)
		head_build(&t, k, true, &v, &k->deflate);
}

/* A pipe holds so much at least. */
void
fuzz(struct input in)
{
	static struct case_list list;
	char path[32];
	int ends[2];
	size_t i;

	if (in.len == 0 || in.len > 4096)
		return;
	file = in;
	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], in.p, in.len) == (ssize_t)in.len);
	close(ends[1]);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	memset(&list, 0, sizeof list);
	if (setjmp(refused) == 0) {
		cases_read(&list, path, FOR_SERVERS);
		for (i = 0; i < list.count; i++)
			check_case(&list.cases[i]);
	}
	close(ends[0]);
	pool_free(&list.reading);
	pool_free(&list.pool);
}
