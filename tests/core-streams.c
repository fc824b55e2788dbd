/* core-streams: input in bulk, the same on every machine. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"
#include "ws/frame.h"

int
tool_zeros(const char *count)
{
	static const char zeros[1 << 18];
	unsigned long long left = strtoull(count, NULL, 10);

	while (left > 0) {
		size_t n = left < sizeof zeros ? (size_t)left : sizeof zeros;
		ssize_t w = write(1, zeros, n);

		if (w < 0)
			fatal("core: write");
		left -= (unsigned long long)w;
	}
	return 0;
}

enum { NUMBERS = (1 << 20) / sizeof(uint64_t) };

static void
fill_with_numbers(uint64_t block[NUMBERS], unsigned long long n)
{
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		block[i] = n * NUMBERS + i;
}

int
tool_count(const char *count)
{
	static uint64_t block[NUMBERS];
	unsigned long long end = strtoull(count, NULL, 10), n;
	size_t done;

	for (n = 0; n < end; n++) {
		fill_with_numbers(block, n);
		for (done = 0; done < sizeof block;) {
			ssize_t w = write(1, (char *)block + done,
			    sizeof block - done);

			if (w < 0)
				fatal("core: write");
			done += (size_t)w;
		}
	}
	return 0;
}

int
tool_counted(const char *count)
{
	static uint64_t block[NUMBERS], wanted[NUMBERS];
	unsigned long long end = strtoull(count, NULL, 10), n;
	size_t done;

	for (n = 0; n <= end; n++) {
		ssize_t r = 1;

		for (done = 0; r > 0 && done < sizeof block; done += (size_t)r) {
			r = read(0, (char *)block + done, sizeof block - done);
			if (r < 0)
				fatal("core: read");
		}
		if (n == end && done == 0)
			return 0;
		fill_with_numbers(wanted, n);
		if (done < sizeof block ||
		    memcmp(block, wanted, sizeof block) != 0)
			break;
	}
	printf("wrong in mebibyte %llu of %llu\n", n, end);
	return 1;
}

static uint64_t
draw(uint64_t *seed, uint64_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (*seed >> 11) % below;
}

static void
put_random_bytes(uint64_t *seed, uint64_t n)
{
	while (n-- > 0)
		putchar((int)draw(seed, 256));
}

/* Characters of all sizes, some that want escapes; cut anywhere. */
static void
put_random_text(uint64_t *seed, uint64_t n)
{
	static const char *const characters[] = { "a", "e", "t", "Z", "7", " ",
	    "\"", "\\", "\n", "\t", "\r", "\x01", "\x1b", "\x7f", "#", "\xc2\x80",
	    "\xc2\x9f", "\xc2\xa7", "\xc3\xa4", "\xe2\x82\xac", "\xe6\x97\xa5",
	    "\xef\xbf\xbf", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf" };
	uint64_t kinds = draw(seed, 2) ? 8 :
	    sizeof characters / sizeof characters[0];
	const char *p = "";

	while (n-- > 0) {
		if (*p == '\0')
			p = characters[draw(seed, kinds)];
		putchar(*p++);
	}
}

static uint64_t
draw_length(uint64_t *seed)
{
	static const uint64_t edges[] = { 0, 1, 2, 125, 126, 127, 65535, 65536,
	    65537, 131072, 200000 };

	switch (draw(seed, 8)) {
	case 0:
		return edges[draw(seed, sizeof edges / sizeof edges[0])];
	case 1:
		return draw(seed, 2000);
	default:
		return draw(seed, 40);
	}
}

static void
put_random_frame(uint64_t *seed)
{
	struct ws_header h = { .fin = draw(seed, 3) > 0,
	    .opcode = (uint8_t)draw(seed, 16), .masked = draw(seed, 2) > 0,
	    .payload_len = draw_length(seed) };
	uint8_t raw[WS_HEADER_MAX], forms[] = { 0, 16, 64 };
	uint64_t len = h.payload_len;
	size_t i;

	if (draw(seed, 4) > 0)
		h.opcode = (uint8_t[]){ 0, 1, 2, 8, 9, 10 }[draw(seed, 6)];
	if (draw(seed, 5) == 0)
		h.rsv = (uint8_t)draw(seed, 8);
	if (len <= UINT16_MAX && draw(seed, 5) == 0)
		h.form = forms[draw(seed, 3)];
	if (h.form != 0 && ws_length_form(len) > h.form)
		h.form = 0;
	if (draw(seed, 40) == 0)	/* swallows what follows */
		h.payload_len = draw(seed, UINT64_MAX);
	if (h.form != 0 && ws_length_form(h.payload_len) > h.form)
		h.form = 0;
	for (i = 0; i < 4; i++)
		h.masking_key[i] = (uint8_t)(draw(seed, 2) ? 0 : draw(seed, 256));
	fwrite(raw, 1, ws_header_encode(raw, &h), stdout);
	if (draw(seed, 3) == 0)
		put_random_bytes(seed, len);
	else
		put_random_text(seed, len);
}

int
tool_stream(const char *kind, const char *number)
{
	uint64_t seed = strtoull(number, NULL, 10) * 2654435769U + 88172645463325252U;
	uint64_t frames;

	if (strcmp(kind, "garbage") == 0)
		put_random_bytes(&seed, draw(&seed, 3000));
	else
		for (frames = draw(&seed, 30) + 1; frames > 0; frames--)
			put_random_frame(&seed);
	return fflush(stdout) == 0 ? 0 : 111;
}
