/* legacy: holds MD5 against rows of test vectors: name, algorithm and input in
 * the run notation of tests/vectors come on standard input, name and digest go
 * to standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code/md5.h"

enum { INPUT_MAX = 1 << 21 };

static unsigned
hex_value(char c)
{
	return (unsigned)(c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10);
}

/* HEX, HEX*N, joined by "+"; "-" is empty. */
static size_t
expand(uint8_t *out, const char *runs)
{
	size_t len = 0;

	while (*runs != '\0') {
		size_t digits = strspn(runs, "0123456789abcdef"), i;
		unsigned long times = 1;
		const char *hex = runs;

		runs += digits;
		if (*runs == '*')
			times = strtoul(runs + 1, (char **)&runs, 10);
		if (digits == 0)
			runs++;
		for (; times > 0; times--)
			for (i = 0; i + 1 < digits && len < INPUT_MAX; i += 2)
				out[len++] = (uint8_t)(hex_value(hex[i]) << 4 |
				    hex_value(hex[i + 1]));
	}
	return len;
}

int
main(void)
{
	static uint8_t input[INPUT_MAX];
	static char line[1 << 16];

	while (fgets(line, sizeof line, stdin) != NULL) {
		char *name = strtok(line, "\t"), *runs;
		uint8_t digest[WS_MD5_LEN];
		size_t i;

		(void)strtok(NULL, "\t");
		runs = strtok(NULL, "\t\n");
		if (name == NULL || runs == NULL)
			continue;
		ws_md5(digest, input, expand(input, runs));
		printf("%s\t", name);
		for (i = 0; i < sizeof digest; i++)
			printf("%02x", digest[i]);
		putchar('\n');
	}
	return 0;
}
