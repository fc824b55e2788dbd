/* Decompression of DEFLATE (RFC 1951) as a stream: fed byte by byte or whole,
 * with the same result, and with no memory but the caller's struct.  Pure.
 *
 * What a struct ws_inflate holds, of 142 KiB: 128 KiB of output, the last
 * 32 KiB of which are the window for what comes; 13 KiB of tables, two for a
 * block's own codes and two for the fixed ones.
 *
 * A table is indexed by the next bits of input, 11 for literals and lengths and
 * 8 for distances; an entry for a code that is longer leads to a second table
 * behind the first, indexed by the bits that follow. */
#ifndef CODE_INFLATE_H
#define CODE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_INFLATE_WINDOW = 1 << 15,	/* the largest distance */
	WS_INFLATE_BUFFER = 1 << 17,
	WS_INFLATE_SLACK = 320,	/* a match, and what wide copies write more */

	WS_INFLATE_LITERAL_BITS = 11,
	WS_INFLATE_DISTANCE_BITS = 8,
	WS_INFLATE_FIXED_BITS = 9,

	/* With the second tables: the most that any codes of 286 and 30 symbols
	 * of 15 bits need. */
	WS_INFLATE_LITERALS = 2342,
	WS_INFLATE_DISTANCES = 402
};

enum ws_inflate_status {
	WS_INFLATE_MORE,		/* all input is used */
	WS_INFLATE_FULL,		/* the output is to be taken first */
	WS_INFLATE_WRONG		/* see fault; the data are good */
};

enum ws_inflate_fault {
	WS_INFLATE_FINE,
	WS_INFLATE_BLOCK_TYPE,	/* 3.2.3: type 3 */
	WS_INFLATE_STORED_LENGTH,	/* 3.2.4: LEN and NLEN do not fit */
	WS_INFLATE_CODE_COUNT,	/* 3.2.7: more codes than there are symbols */
	WS_INFLATE_CODE_LENGTHS,	/* 3.2.7: no such set of codes */
	WS_INFLATE_SYMBOL,		/* 3.2.5: no such code */
	WS_INFLATE_TOO_FAR,	/* 2: before the window's beginning */
	WS_INFLATE_CUT		/* the input ends inside of a block */
};

enum ws_inflate_state {
	WS_INFLATE_BLOCK,		/* before a block's header */
	WS_INFLATE_STORED_HEAD,
	WS_INFLATE_STORED,
	WS_INFLATE_COUNTS,	/* of a dynamic block: HLIT, HDIST, HCLEN */
	WS_INFLATE_LENGTH_CODES,	/* of the code that tells lengths */
	WS_INFLATE_LENGTHS,	/* the code lengths of the two codes */
	WS_INFLATE_SYMBOLS,
	WS_INFLATE_FAILED
};

/* Everything is for reading only. */
struct ws_inflate {
	/* what the last call made */
	uint8_t *data;		/* points into buf, until the next call */
	size_t data_len;
	enum ws_inflate_fault fault;

	/* inside */
	enum ws_inflate_state state;
	uint64_t bits;		/* input not used yet, the next bit lowest */
	unsigned bit_count;
	bool final;		/* the block is the last of its stream */
	bool dry;		/* nothing came since the stream's beginning */
	size_t window;		/* the largest distance */
	size_t pos;		/* where the next byte goes in buf */
	size_t start;		/* what may be referred to begins there */
	size_t stored;		/* bytes that a stored block still has */

	unsigned literal_count, distance_count, length_count, lengths_done;
	uint8_t lengths[286 + 30 + 138];

	const uint32_t *literals, *distances;	/* those of the block */
	unsigned literal_bits, distance_bits;
	uint32_t own_literals[WS_INFLATE_LITERALS];
	uint32_t own_distances[WS_INFLATE_DISTANCES];
	uint32_t fixed_literals[1 << WS_INFLATE_FIXED_BITS];
	uint32_t fixed_distances[1 << 5];
	uint8_t buf[WS_INFLATE_BUFFER + WS_INFLATE_SLACK];
};

/* To begin with: a window of 1 << window_bits bytes, 8 to 15. */
void ws_inflate_init(struct ws_inflate *, unsigned window_bits);

/* Takes up to len bytes from in; *used says how many.  What they became is at
 * data, data_len.  To be called again with the rest until all is used and it
 * says WS_INFLATE_MORE.  After the final block of a stream another may begin,
 * at the next byte.  After WS_INFLATE_WRONG it says the same again. */
enum ws_inflate_status ws_inflate(struct ws_inflate *, const uint8_t *in,
    size_t len, size_t *used);

/* The end of a message (RFC 7692, 7.2.2), from whose end the bytes 00 00 ff ff
 * of an empty stored block were taken: whether that is so, or a final block
 * ended it, or nothing came at all.  The next message begins with a block. */
bool ws_inflate_end_message(struct ws_inflate *);

/* Whether the next call will move what earlier ones made, in buf. */
bool ws_inflate_moves(const struct ws_inflate *);

/* Forgets the window (RFC 7692, 7.1.1). */
void ws_inflate_forget(struct ws_inflate *);

/* A sentence on the fault with its section of RFC 1951. */
const char *ws_inflate_fault_text(enum ws_inflate_fault);

#endif
