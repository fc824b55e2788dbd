/* Words for people, and the exit status. */
#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "code/text.h"
#include "diag.h"

enum { LINE_SIZE = 1024 };

const char *argv0 = "ws-filters";

static bool quiet;

void
diag_quiet(void)
{
	quiet = true;
}

static bool
same_file(const struct stat *a, int fd)
{
	struct stat b;

	return fstat(fd, &b) == 0 && a->st_dev == b.st_dev &&
	    a->st_ino == b.st_ino;
}

bool
stderr_is_peer(void)
{
	static enum { UNKNOWN, NO, YES } answer;
	struct stat st;

	if (answer == UNKNOWN)
		answer = fstat(STDERR_FILENO, &st) == 0 &&
		    S_ISSOCK(st.st_mode) && (same_file(&st, STDIN_FILENO) ||
		    same_file(&st, STDOUT_FILENO)) ? YES : NO;
	return answer == YES;
}

bool
diag_is_silent(void)
{
	return quiet || stderr_is_peer();
}

/* write_all() of io.h reports failures here, so it cannot serve here. */
static bool
write_text(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static void
say_line(const char *fmt, va_list ap, const char *reason)
{
	char buf[LINE_SIZE];
	struct text line = { buf, sizeof buf - 1, 0, false };

	if (diag_is_silent())
		return;
	text_format(&line, "%s: ", argv0);
	text_vformat(&line, fmt, ap);
	if (reason != NULL)
		text_format(&line, ": %s", reason);
	line.size = sizeof buf;		/* there is room for the newline */
	text_puts(&line, "\n");
	/* Where even this fails there is nobody left to tell. */
	(void)write_text(STDERR_FILENO, buf);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(fmt, ap, NULL);
	va_end(ap);
}

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(fmt, ap, NULL);
	va_end(ap);
	exit(status);
}

void
die_sys(const char *fmt, ...)
{
	const char *reason = error_text(errno);
	va_list ap;

	va_start(ap, fmt);
	say_line(fmt, ap, reason);
	va_end(ap);
	exit(STATUS_SYSTEM);
}

void
say_given_up(const char *what, int64_t ms)
{
	unsigned fraction = (unsigned)(ms % 1000);

	say("%s for %llu.%u%u%u s: given up", what,
	    (unsigned long long)ms / 1000, fraction / 100,
	    fraction / 10 % 10, fraction % 10);
}

void
print_and_exit(const char *text)
{
	if (!write_text(STDOUT_FILENO, text) ||
	    !write_text(STDOUT_FILENO, "\n"))
		die_sys("write standard output");
	exit(STATUS_OK);
}

void
print_version(void)
{
	char buf[64];
	struct text line = { buf, sizeof buf, 0, false };

	text_format(&line, "%s %s", argv0, VERSION);
	print_and_exit(buf);
}

/* The first line of a usage text, with "[options]" for all its "[-x ...]". */
static void
put_short(struct text *t, const char *usage)
{
	bool told = false;
	int depth = 0;

	for (; *usage != '\0' && *usage != '\n'; usage++) {
		if (depth == 0 && strncmp(usage, " [-", 3) == 0) {
			text_puts(t, told ? "" : " [options]");
			told = true;
			depth = 1;
			usage++;
		} else if (depth > 0) {
			depth += (*usage == '[') - (*usage == ']');
		} else {
			text_put(t, usage, 1);
		}
	}
}

void
die_usage(const char *usage, const char *fmt, ...)
{
	char buf[LINE_SIZE];
	struct text line = { buf, sizeof buf, 0, false };
	va_list ap;

	quiet = false;
	va_start(ap, fmt);
	say_line(fmt, ap, NULL);
	va_end(ap);
	put_short(&line, usage);
	text_format(&line, ", see %s(1)\n", argv0);
	if (!diag_is_silent())
		(void)write_text(STDERR_FILENO, buf);
	exit(STATUS_USAGE);
}
