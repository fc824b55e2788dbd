/* kernels: how fast the pure functions are on what lies in the cache: a name,
 * a tab and the best GB/s (of bytes looked at) of many short runs on a line. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "code/base64.h"
#include "code/utf8.h"
#include "cpu.h"
#include "ws/frame.h"

enum { SIZE = 49152, ROUNDS = 300, TIMES = 20 };

static uint8_t data[SIZE + 64], back[SIZE + 64];
static char text[WS_BASE64_LEN(SIZE)];
static enum ws_simd simd;

static double
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Each does its work once and returns the number of bytes that it was given,
 * or 0 where the result is wrong. */
static size_t
mask(void)
{
	static const uint8_t key[4] = { 0x37, 0xfa, 0x21, 0x3d };

	ws_mask(data + 14, SIZE, key, 0);
	return SIZE;
}

static size_t
utf8(void)
{
	struct ws_utf8 u = { 0 };

	return ws_utf8_check(&u, data, SIZE) == SIZE ? SIZE : 0;
}

static size_t
encode(void)
{
	ws_base64_encode(text, data, SIZE, simd);
	return SIZE;
}

static size_t
decode(void)
{
	size_t n;

	return ws_base64_decode(back, &n, text, sizeof text, simd) ?
	    sizeof text : 0;
}

static void
measure(const char *name, size_t (*work)(void))
{
	double best = 0;
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		double start = now_ns(), speed;
		size_t bytes = 0;

		for (i = 0; i < TIMES; i++)
			bytes += work();
		speed = (double)bytes / (now_ns() - start);
		if (speed > best)
			best = speed;
	}
	printf("%s\t%.1f\n", name, best);
}

/* Fills data with a text again and again, spaces at the end. */
static void
fill(const char *with)
{
	size_t len = strlen(with), n;

	memset(data, ' ', sizeof data);
	for (n = 0; n + len <= SIZE; n += len)
		memcpy(data + n, with, len);
}

int
main(void)
{
	fill("the quick brown fox jumps over the lazy dog ");
	measure("mask", mask);
	fill("the quick brown fox jumps over the lazy dog ");
	measure("UTF-8, ASCII", utf8);
	fill("Voix ambigu\303\253 d\342\200\231un c\305\223ur, "
	    "\320\241\321\212\320\265\321\210\321\214 "
	    "\343\201\204\343\202\215\343\201\257 \360\237\230\200 ");
	measure("UTF-8, mixed", utf8);
	simd = cpu_simd();
	measure("base64", encode);
	measure("base64 -d", decode);
	simd = WS_SIMD_NONE;
	measure("base64, portable", encode);
	measure("base64 -d, portable", decode);
	return 0;
}
