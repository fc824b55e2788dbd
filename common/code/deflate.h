/* Compression to DEFLATE (RFC 1951), a piece at a time, with no memory but the
 * caller's struct.  Pure.
 *
 * What a struct ws_deflate holds, of 184 KiB: 96 KiB of input, the last 32 KiB
 * of which are the window for what comes; 32 KiB of places where four bytes of
 * each hash were last; 48 KiB of matches of a block; 6 KiB of codes. */
#ifndef CODE_DEFLATE_H
#define CODE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_DEFLATE_PIECE = 1 << 16,	/* bytes of input for a call */
	WS_DEFLATE_MORE = 64,		/* of output more than of input */
	WS_DEFLATE_WINDOW = 1 << 15,
	WS_DEFLATE_HASH_BITS = 14,
	WS_DEFLATE_MATCHES = 1 << 13,	/* in a block */
	WS_DEFLATE_LITERALS = 288,	/* the last two of which are not used */
	WS_DEFLATE_DISTANCES = 30
};

/* So many literals, then a match, whose length is 0 if there is none. */
struct ws_deflate_match {
	uint16_t literals;
	uint16_t length;
	uint16_t distance;
};

/* A code of either alphabet, or the bits of a length with its extra bits: the
 * bits, the first of them lowest, and how many. */
struct ws_deflate_code {
	uint32_t literals[WS_DEFLATE_LITERALS];
	uint32_t lengths[259];
	uint32_t distances[WS_DEFLATE_DISTANCES];
	uint8_t sizes[WS_DEFLATE_LITERALS + WS_DEFLATE_DISTANCES];
};

/* Everything is for reading only. */
struct ws_deflate {
	size_t window;		/* the largest distance */
	size_t pos;		/* where the next byte goes in buf */
	size_t start;		/* what may be referred to begins there */
	size_t before;		/* pos before the last call */
	uint16_t base;		/* of buf, in places as heads has them */

	uint16_t heads[1 << WS_DEFLATE_HASH_BITS];
	struct ws_deflate_match matches[WS_DEFLATE_MATCHES];
	size_t match_count;
	uint32_t literal_freqs[WS_DEFLATE_LITERALS];
	uint32_t distance_freqs[WS_DEFLATE_DISTANCES];
	struct ws_deflate_code fixed, own;
	uint8_t length_symbols[259];	/* less 257 */
	uint8_t distance_symbols[512];	/* of distance - 1; from 256 on of its
					   256ths */
	uint8_t buf[WS_DEFLATE_WINDOW + WS_DEFLATE_PIECE];
};

/* To begin with: a window of 1 << window_bits bytes, 8 to 15. */
void ws_deflate_init(struct ws_deflate *, unsigned window_bits);

/* Compresses len bytes, up to WS_DEFLATE_PIECE, and returns the length of the
 * output, at most len + WS_DEFLATE_MORE.  It ends with an empty stored block,
 * so that all can be inflated at once (RFC 7692, 7.2.1); at the end of a
 * message the last four bytes of that, 00 00 ff ff, are left out. */
size_t ws_deflate(struct ws_deflate *, const uint8_t *in, size_t len,
    uint8_t *out, bool end);

/* Takes the last call back, as its output was not sent. */
void ws_deflate_undo(struct ws_deflate *);

/* Forgets the window (RFC 7692, 7.1.1). */
void ws_deflate_forget(struct ws_deflate *);

#endif
