/* deflate pack|unpack BITS keep|drop whole|bytes|SEED - permessage-deflate's
 * compression alone: messages on standard input, each behind its length in four
 * bytes, come out packed or unpacked, in the same way.
 *
 * The window has so many BITS, and is kept between messages or dropped.  They
 * are fed whole, byte by byte, or in pieces that SEED decides.  What cannot be
 * unpacked ends it, with a sentence and status 2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code/deflate.h"
#include "code/inflate.h"

struct message {
	uint8_t *p;
	size_t len, size;
};

static struct ws_deflate packer;
static struct ws_inflate unpacker;
static const char *manner;
static unsigned long seed;

static void
append(struct message *m, const uint8_t *p, size_t len)
{
	if (m->size - m->len < len) {
		m->size = (m->len + len) * 2;
		m->p = realloc(m->p, m->size);
		if (m->p == NULL)
			exit(111);
	}
	if (len > 0)
		memcpy(m->p + m->len, p, len);
	m->len += len;
}

static int
read_message(struct message *m)
{
	static uint8_t buf[1 << 16];
	uint8_t head[4];
	size_t left;

	m->len = 0;
	if (fread(head, 1, 4, stdin) != 4)
		return 0;
	left = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];
	while (left > 0) {
		size_t n = fread(buf, 1, left < sizeof buf ? left : sizeof buf,
		    stdin);

		if (n == 0)
			exit(111);
		append(m, buf, n);
		left -= n;
	}
	return 1;
}

static void
write_message(const struct message *m)
{
	int shift;

	for (shift = 24; shift >= 0; shift -= 8)
		putchar((int)(m->len >> shift & 0xff));
	fwrite(m->p, 1, m->len, stdout);
}

/* Of how many bytes, up to max, the next piece is. */
static size_t
piece(size_t left, size_t max)
{
	size_t n = max;

	if (strcmp(manner, "bytes") == 0)
		n = 1;
	else if (strcmp(manner, "whole") != 0) {
		seed = seed * 1103515245 + 12345;
		n = (seed >> 16 & 3) == 0 ? 1 + (seed >> 18) % 40000 :
		    1 + (seed >> 18) % 40;
	}
	n = n < max ? n : max;
	return n < left ? n : left;
}

static void
pack(const struct message *in, struct message *out)
{
	static uint8_t buf[WS_DEFLATE_PIECE + WS_DEFLATE_MORE];
	size_t done = 0, n;

	do {
		n = piece(in->len - done, WS_DEFLATE_PIECE);
		/* An empty message has no memory. */
		append(out, buf, ws_deflate(&packer,
		    n > 0 ? in->p + done : buf, n, buf,
		    done + n == in->len));
		done += n;
	} while (done < in->len);
}

static void
unpack_piece(const uint8_t *p, size_t len, struct message *out)
{
	enum ws_inflate_status status = WS_INFLATE_FULL;
	size_t used;

	while (status == WS_INFLATE_FULL) {
		/* A copy, whose ends can be watched. */
		uint8_t *copy = malloc(len > 0 ? len : 1);

		memcpy(copy, p, len);
		status = ws_inflate(&unpacker, copy, len, &used);
		free(copy);
		append(out, unpacker.data, unpacker.data_len);
		p += used;
		len -= used;
	}
}

static void
unpack(const struct message *in, struct message *out)
{
	size_t done = 0, n;

	while (done < in->len && unpacker.fault == WS_INFLATE_FINE) {
		n = piece(in->len - done, in->len);
		unpack_piece(in->p + done, n, out);
		done += n;
	}
	if (unpacker.fault == WS_INFLATE_FINE)
		ws_inflate_end_message(&unpacker);
}

int
main(int argc, char *argv[])
{
	struct message in = { 0 }, out = { 0 };
	int packs, keep;

	if (argc != 5)
		return 100;
	packs = strcmp(argv[1], "pack") == 0;
	keep = strcmp(argv[3], "keep") == 0;
	manner = argv[4];
	seed = strtoul(manner, NULL, 10);
	append(&in, NULL, 0);
	ws_deflate_init(&packer, (unsigned)atoi(argv[2]));
	ws_inflate_init(&unpacker, (unsigned)atoi(argv[2]));
	while (read_message(&in)) {
		out.len = 0;
		if (packs)
			pack(&in, &out);
		else
			unpack(&in, &out);
		if (unpacker.fault != WS_INFLATE_FINE) {
			fprintf(stderr, "%s\n",
			    ws_inflate_fault_text(unpacker.fault));
			return 2;
		}
		write_message(&out);
		if (!keep) {
			ws_deflate_forget(&packer);
			ws_inflate_forget(&unpacker);
		}
	}
	return fflush(stdout) == 0 ? 0 : 111;
}
