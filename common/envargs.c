/* Arguments that come through the environment. */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "envargs.h"
#include "session.h"
#include "system.h"

static const char hex_digits[] = "0123456789abcdef";

/* Decodes hex into out, which has half its length.  Returns the number of
 * strings found, 0 if it is something else. */
static size_t
decode(char *out, const char *hex)
{
	const char *high, *low;
	size_t strings = 0;
	char c = 'x';

	for (; *hex != '\0'; hex += 2) {
		high = strchr(hex_digits, hex[0]);
		low = hex[1] != '\0' ? strchr(hex_digits, hex[1]) : NULL;
		if (high == NULL || low == NULL)
			return 0;
		c = (char)((high - hex_digits) << 4 | (low - hex_digits));
		*out++ = c;
		strings += c == '\0';
	}
	return c == '\0' ? strings : 0;
}

char **
envargs_take(int *argc)
{
	const char *hex = getenv("WS_ARGV");
	char *strings, **argv;
	int keep[4], count;
	size_t n, i;

	if (hex == NULL)
		die(STATUS_USAGE, "-A: WS_ARGV is not set");
	strings = malloc(strlen(hex) / 2 + 1);
	if (strings == NULL)
		die_sys("read WS_ARGV");
	n = decode(strings, hex);
	if (n == 0 || n > 65535)
		die(STATUS_USAGE, "-A: WS_ARGV is not the hexadecimal form of "
		    "strings");
	argv = malloc((n + 1) * sizeof *argv);
	if (argv == NULL)
		die_sys("read WS_ARGV");
	for (i = 0; i < n; i++) {
		argv[i] = strings;
		strings += strlen(strings) + 1;
	}
	argv[n] = NULL;
	*argc = (int)n;
	(void)unsetenv("WS_ARGV");
	(void)session_lifeline(&keep[0], &keep[1]);
	(void)session_slots(&keep[2], &count);
	(void)session_watcher(&keep[3], &count);
	close_others(keep, 4);
	return argv;
}
