/* Decompression of DEFLATE (RFC 1951). */
#include <string.h>

#include "code/bits.h"
#include "code/inflate.h"

/*
 * An entry of a table.  Its lowest byte is the number of bits of the whole
 * symbol, code and extra bits; four bits above it are those of the code alone.
 *
 *	literal			LITERAL, the byte in bits 16 to 23
 *	length or distance	the base in bits 16 to 30
 *	second table		OTHER and TABLE, its place in bits 16 to 30; the
 *				four bits are those of its index
 *	end of block		OTHER and END
 *	no such code		OTHER
 */
#define LITERAL 0x80000000U
#define OTHER 0x8000U
#define TABLE 0x4000U
#define END 0x2000U

enum {
	CODE_MAX = 15,		/* bits of a code */
	LENGTH_CODES = 19,
	LENGTH_CODE_BITS = 7,
	LITERALS_MAX = 286,
	DISTANCES_MAX = 30,
	FAST_INPUT = 16,	/* what a turn of the fast loop may read */
	END_OF_BLOCK = 256,
	ROOM_MIN = 1 << 15	/* for a call's output, or the window moves */
};

struct code {
	const uint8_t *lengths;		/* of each symbol's code */
	unsigned count;			/* of symbols */
	uint32_t (*entry)(unsigned symbol);
	unsigned bits;			/* of the first table's index */
};

/* -- tables -- */

static uint32_t
literal_entry(unsigned symbol)
{
	static const uint8_t extra[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
	    2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
	static const uint16_t base[29] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15,
	    17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
	    227, 258 };

	if (symbol < END_OF_BLOCK)
		return LITERAL | symbol << 16;
	if (symbol == END_OF_BLOCK)
		return OTHER | END;
	symbol -= END_OF_BLOCK + 1;
	if (symbol >= sizeof extra)
		return OTHER;
	return (uint32_t)base[symbol] << 16 | extra[symbol];
}

static uint32_t
distance_entry(unsigned symbol)
{
	unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;

	if (symbol >= DISTANCES_MAX)
		return OTHER;
	if (symbol < 4)
		return (symbol + 1) << 16;
	return (((2 + symbol % 2) << extra) + 1) << 16 | extra;
}

static uint32_t
length_entry(unsigned symbol)
{
	return symbol << 16;
}

/* Whether there are such codes: all are used, or there is one, or none. */
static bool
count_codes(uint16_t count[CODE_MAX + 1], const struct code *c, bool *complete)
{
	int left = 1;
	unsigned i;

	memset(count, 0, (CODE_MAX + 1) * sizeof count[0]);
	for (i = 0; i < c->count; i++)
		count[c->lengths[i]]++;
	for (i = 1; i <= CODE_MAX; i++) {
		left = left * 2 - count[i];
		if (left < 0)
			return false;
	}
	*complete = left == 0;
	return *complete || count[0] == c->count ||
	    (count[0] == c->count - 1 && count[1] == 1);
}

/* The symbols in the order of their codes. */
static void
sort_symbols(uint16_t *sorted, const struct code *c, const uint16_t *count)
{
	uint16_t place[CODE_MAX + 2];
	unsigned i;

	place[1] = 0;
	for (i = 1; i <= CODE_MAX; i++)
		place[i + 1] = (uint16_t)(place[i] + count[i]);
	for (i = 0; i < c->count; i++)
		if (c->lengths[i] > 0)
			sorted[place[c->lengths[i]]++] = (uint16_t)i;
}

/* Codes come first bit first, and so count from their other end. */
static unsigned
next_code(unsigned code, unsigned len)
{
	unsigned bit = 1U << (len - 1);

	while (code & bit)
		bit >>= 1;
	return bit == 0 ? 0 : (code & (bit - 1)) | bit;
}

/* The bits of the index of a second table that begins with a code of len bits;
 * left are the codes that are not in a table yet. */
static unsigned
second_bits(const uint16_t *left, unsigned len, unsigned first)
{
	unsigned bits = len - first;
	int free = 1 << bits;

	while (len < CODE_MAX) {
		free -= left[len];
		if (free <= 0)
			break;
		len++;
		bits++;
		free *= 2;
	}
	return bits;
}

/* Builds the tables of a code.  False if there is no such code. */
static bool
build_table(uint32_t *table, const struct code *c)
{
	uint16_t left[CODE_MAX + 1], sorted[LITERALS_MAX + 2];
	unsigned i, len = 1, code = 0, prefix = ~0U, bits = 0, total;
	uint32_t size = 1U << c->bits, end = size, at = 0, j;
	bool complete;

	if (!count_codes(left, c, &complete))
		return false;
	sort_symbols(sorted, c, left);
	total = c->count - left[0];
	if (!complete)
		for (j = 0; j < size; j++)
			table[j] = OTHER | 1;
	for (i = 0; i < total; i++) {
		uint32_t entry = c->entry(sorted[i]);
		unsigned n;

		while (left[len] == 0)
			len++;
		n = len;
		if (len > c->bits) {
			n -= c->bits;
			if ((code & (size - 1)) != prefix) {
				prefix = code & (size - 1);
				at = end;
				bits = second_bits(left, len, c->bits);
				end += 1U << bits;
				table[prefix] = OTHER | TABLE | at << 16 |
				    bits << 8 | c->bits;
			}
			entry += n << 8 | n;
			for (j = code >> c->bits; j < 1U << bits; j += 1U << n)
				table[at + j] = entry;
		} else {
			entry += n << 8 | n;
			for (j = code; j < size; j += 1U << n)
				table[j] = entry;
		}
		left[len]--;
		code = next_code(code, len);
	}
	return true;
}

static void
build_fixed(struct ws_inflate *z)
{
	uint8_t lengths[288];
	struct code literals = { lengths, 288, literal_entry,
	    WS_INFLATE_FIXED_BITS };
	struct code distances = { lengths, 32, distance_entry, 5 };

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	build_table(z->fixed_literals, &literals);
	memset(lengths, 5, 32);
	build_table(z->fixed_distances, &distances);
}

/* -- bits, when they may be missing -- */

struct input {
	const uint8_t *p, *end;
};

/* Takes bytes of input until the next symbol is whole, if there are some. */
static void
fill(struct ws_inflate *z, struct input *in)
{
	while (z->bit_count < 56 && in->p < in->end) {
		z->bits |= (uint64_t)*in->p++ << z->bit_count;
		z->bit_count += 8;
	}
}

static void
drop(struct ws_inflate *z, unsigned n)
{
	z->bits >>= n;
	z->bit_count -= n;
}

static unsigned
take_bits(struct ws_inflate *z, unsigned n)
{
	unsigned v = (unsigned)z->bits & ((1U << n) - 1);

	drop(z, n);
	return v;
}

/* -- a block's beginning -- */

/* What a step comes to: GO_ON, or one of the others for the caller. */
enum step {
	GO_ON,
	NEED_INPUT,
	NEED_ROOM,
	FAIL
};

static enum step
fail(struct ws_inflate *z, enum ws_inflate_fault fault)
{
	z->fault = fault;
	z->state = WS_INFLATE_FAILED;
	return FAIL;
}

static void
end_block(struct ws_inflate *z)
{
	if (z->final)
		drop(z, z->bit_count % 8);
	z->state = WS_INFLATE_BLOCK;
}

static void
use_fixed(struct ws_inflate *z)
{
	z->literals = z->fixed_literals;
	z->literal_bits = WS_INFLATE_FIXED_BITS;
	z->distances = z->fixed_distances;
	z->distance_bits = 5;
	z->state = WS_INFLATE_SYMBOLS;
}

static enum step
take_block(struct ws_inflate *z, struct input *in)
{
	fill(z, in);
	if (z->bit_count < 3)
		return NEED_INPUT;
	z->dry = false;
	z->final = take_bits(z, 1) != 0;
	switch (take_bits(z, 2)) {
	case 0:
		drop(z, z->bit_count % 8);
		z->state = WS_INFLATE_STORED_HEAD;
		return GO_ON;
	case 1:
		use_fixed(z);
		return GO_ON;
	case 2:
		z->state = WS_INFLATE_COUNTS;
		return GO_ON;
	default:
		return fail(z, WS_INFLATE_BLOCK_TYPE);
	}
}

static enum step
take_stored_head(struct ws_inflate *z, struct input *in)
{
	unsigned len;

	fill(z, in);
	if (z->bit_count < 32)
		return NEED_INPUT;
	len = take_bits(z, 16);
	if (take_bits(z, 16) != (len ^ 0xffff))
		return fail(z, WS_INFLATE_STORED_LENGTH);
	z->stored = len;
	z->state = WS_INFLATE_STORED;
	return GO_ON;
}

static enum step
take_stored(struct ws_inflate *z, struct input *in)
{
	size_t n;

	for (; z->stored > 0 && z->bit_count > 0; z->stored--)
		z->buf[z->pos++] = (uint8_t)take_bits(z, 8);
	n = (size_t)(in->end - in->p);
	if (n > z->stored)
		n = z->stored;
	if (z->pos >= WS_INFLATE_BUFFER)
		return NEED_ROOM;
	if (n > WS_INFLATE_BUFFER - z->pos)
		n = WS_INFLATE_BUFFER - z->pos;
	memcpy(z->buf + z->pos, in->p, n);
	in->p += n;
	z->pos += n;
	z->stored -= n;
	if (z->stored > 0)
		return in->p < in->end ? NEED_ROOM : NEED_INPUT;
	end_block(z);
	return GO_ON;
}

/* -- a dynamic block's codes (3.2.7) -- */

static enum step
take_counts(struct ws_inflate *z, struct input *in)
{
	fill(z, in);
	if (z->bit_count < 14)
		return NEED_INPUT;
	z->literal_count = take_bits(z, 5) + 257;
	z->distance_count = take_bits(z, 5) + 1;
	z->length_count = take_bits(z, 4) + 4;
	if (z->literal_count > LITERALS_MAX ||
	    z->distance_count > DISTANCES_MAX)
		return fail(z, WS_INFLATE_CODE_COUNT);
	memset(z->lengths, 0, LENGTH_CODES);
	z->lengths_done = 0;
	z->state = WS_INFLATE_LENGTH_CODES;
	return GO_ON;
}

static enum step
take_length_codes(struct ws_inflate *z, struct input *in)
{
	static const uint8_t order[LENGTH_CODES] = { 16, 17, 18, 0, 8, 7, 9, 6,
	    10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
	struct code lengths = { z->lengths, LENGTH_CODES, length_entry,
	    LENGTH_CODE_BITS };

	while (z->lengths_done < z->length_count) {
		fill(z, in);
		if (z->bit_count < 3)
			return NEED_INPUT;
		z->lengths[order[z->lengths_done++]] = (uint8_t)take_bits(z, 3);
	}
	if (!build_table(z->own_literals, &lengths))
		return fail(z, WS_INFLATE_CODE_LENGTHS);
	z->lengths_done = 0;
	z->state = WS_INFLATE_LENGTHS;
	return GO_ON;
}

static enum step
build_own(struct ws_inflate *z)
{
	struct code literals = { z->lengths, z->literal_count, literal_entry,
	    WS_INFLATE_LITERAL_BITS };
	struct code distances = { z->lengths + z->literal_count,
	    z->distance_count, distance_entry, WS_INFLATE_DISTANCE_BITS };

	if (z->lengths[END_OF_BLOCK] == 0 ||
	    !build_table(z->own_literals, &literals) ||
	    !build_table(z->own_distances, &distances))
		return fail(z, WS_INFLATE_CODE_LENGTHS);
	z->literals = z->own_literals;
	z->literal_bits = WS_INFLATE_LITERAL_BITS;
	z->distances = z->own_distances;
	z->distance_bits = WS_INFLATE_DISTANCE_BITS;
	z->state = WS_INFLATE_SYMBOLS;
	return GO_ON;
}

/* A symbol from 16 on: lengths that repeat. */
static enum step
take_repeat(struct ws_inflate *z, unsigned symbol, unsigned code_bits)
{
	static const uint8_t extra[3] = { 2, 3, 7 }, least[3] = { 3, 3, 11 };
	unsigned n = extra[symbol - 16], value = 0;

	if (z->bit_count < code_bits + n)
		return NEED_INPUT;
	drop(z, code_bits);
	n = least[symbol - 16] + take_bits(z, n);
	if (symbol == 16 && z->lengths_done == 0)
		return fail(z, WS_INFLATE_CODE_LENGTHS);
	if (symbol == 16)
		value = z->lengths[z->lengths_done - 1];
	if (n > z->literal_count + z->distance_count - z->lengths_done)
		return fail(z, WS_INFLATE_CODE_LENGTHS);
	memset(z->lengths + z->lengths_done, (int)value, n);
	z->lengths_done += n;
	return GO_ON;
}

static enum step
take_lengths(struct ws_inflate *z, struct input *in)
{
	while (z->lengths_done < z->literal_count + z->distance_count) {
		uint32_t entry;
		unsigned n;

		fill(z, in);
		entry = z->own_literals[z->bits &
		    ((1U << LENGTH_CODE_BITS) - 1)];
		n = entry & 0xff;
		if (z->bit_count < n)
			return NEED_INPUT;
		if (entry & OTHER)
			return fail(z, WS_INFLATE_CODE_LENGTHS);
		if (entry >> 16 < 16) {
			drop(z, n);
			z->lengths[z->lengths_done++] = (uint8_t)(entry >> 16);
		} else {
			enum step step = take_repeat(z, entry >> 16, n);

			if (step != GO_ON)
				return step;
		}
	}
	return build_own(z);
}

/* -- symbols, when input or room may be short -- */

/* The entry of the next symbol, and in *more the bits before those it says. */
static uint32_t
look_up(const uint32_t *table, unsigned first, uint64_t bits, unsigned *more)
{
	uint32_t entry = table[bits & ((1U << first) - 1)];

	*more = 0;
	if ((entry & (OTHER | TABLE)) == (OTHER | TABLE)) {
		*more = first;
		entry = table[(entry >> 16) + (bits >> first &
		    ((1U << (entry >> 8 & 15)) - 1))];
	}
	return entry;
}

/* Base and extra bits together. */
static size_t
value_of(uint32_t entry, uint64_t bits)
{
	return (entry >> 16) +
	    (size_t)((bits & ((1ULL << (entry & 0xff)) - 1)) >>
	    (entry >> 8 & 15));
}

/* Whether so many bytes back there is something to copy. */
static bool
reaches(const struct ws_inflate *z, size_t distance)
{
	return distance <= z->pos - z->start && distance <= z->window;
}

static enum step
take_match(struct ws_inflate *z, uint32_t entry, unsigned used)
{
	size_t len = value_of(entry, z->bits >> (used - (entry & 0xff)));
	unsigned more;
	size_t distance;

	entry = look_up(z->distances, z->distance_bits, z->bits >> used, &more);
	used += more;
	if (z->bit_count < used + (entry & 0xff))
		return NEED_INPUT;
	if (entry & OTHER)
		return fail(z, WS_INFLATE_SYMBOL);
	distance = value_of(entry, z->bits >> used);
	if (!reaches(z, distance))
		return fail(z, WS_INFLATE_TOO_FAR);
	drop(z, used + (entry & 0xff));
	for (; len > 0; len--, z->pos++)
		z->buf[z->pos] = z->buf[z->pos - distance];
	return GO_ON;
}

static enum step
take_symbol(struct ws_inflate *z, struct input *in)
{
	unsigned used;
	uint32_t entry;

	if (z->pos >= WS_INFLATE_BUFFER)
		return NEED_ROOM;
	fill(z, in);
	entry = look_up(z->literals, z->literal_bits, z->bits, &used);
	used += entry & 0xff;
	if (z->bit_count < used)
		return NEED_INPUT;
	if (entry & LITERAL) {
		z->buf[z->pos++] = (uint8_t)(entry >> 16);
		drop(z, used);
		return GO_ON;
	}
	if ((entry & OTHER) == 0)
		return take_match(z, entry, used);
	if ((entry & END) == 0)
		return fail(z, WS_INFLATE_SYMBOL);
	drop(z, used);
	end_block(z);
	return GO_ON;
}

/* -- symbols, as long as there is plenty of both -- */

/* Copies what lies distance bytes back, up to 15 bytes more than len. */
static inline void
copy_match(uint8_t *to, size_t distance, size_t len)
{
	const uint8_t *from = to - distance;
	uint8_t *end = to + len;

	if (distance >= 16) {
		do {
			memcpy(to, from, 16);
			to += 16;
			from += 16;
		} while (to < end);
	} else if (distance >= 8) {
		do {
			memcpy(to, from, 8);
			to += 8;
			from += 8;
		} while (to < end);
	} else if (distance == 1) {
		memset(to, *from, len);
	} else {
		while (to < end)
			*to++ = *from++;
	}
}

/* Bits at hand, and where the next come from. */
struct reader {
	uint64_t bits;
	unsigned count;
	const uint8_t *p;
};

/* 56 bits or more.  What is above the count already is loaded again: the same
 * bits in the same place. */
static inline void
refill(struct reader *r)
{
	r->bits |= load_64(r->p) << r->count;
	r->p += (63 - r->count) >> 3;
	r->count |= 56;
}

static inline void
skip_bits(struct reader *r, uint32_t n)
{
	r->bits >>= n & 0xff;
	r->count -= n & 0xff;
}

/* Up to three literals, the usual number between two matches; then entry is
 * that of what follows, or of the last literal. */
static inline uint8_t *
fast_literals(struct reader *r, uint8_t *to, const uint32_t *table,
    uint64_t mask, uint32_t *entry)
{
	uint32_t e = table[r->bits & mask];
	int i;

	for (i = 0; i < 3 && (e & LITERAL); i++) {
		skip_bits(r, e);
		*to++ = (uint8_t)(e >> 16);
		if (i < 2)
			e = table[r->bits & mask];
	}
	*entry = e;
	return to;
}

/* A match, whose length has this entry.  Null if there is no such one. */
static inline uint8_t *
fast_match(struct ws_inflate *z, struct reader *r, uint8_t *to,
    uint32_t entry)
{
	size_t len = value_of(entry, r->bits), distance;

	skip_bits(r, entry);
	refill(r);
	entry = z->distances[r->bits & ((1U << z->distance_bits) - 1)];
	if ((entry & (OTHER | TABLE)) == (OTHER | TABLE)) {
		skip_bits(r, z->distance_bits);
		entry = z->distances[(entry >> 16) +
		    (r->bits & ((1U << (entry >> 8 & 15)) - 1))];
	}
	distance = value_of(entry, r->bits);
	skip_bits(r, entry);
	if ((entry & OTHER) || distance > z->window ||
	    distance > (size_t)(to - z->buf) - z->start) {
		fail(z, entry & OTHER ? WS_INFLATE_SYMBOL :
		    WS_INFLATE_TOO_FAR);
		return NULL;
	}
	copy_match(to, distance, len);
	return to + len;
}

/* Does what take_symbol does while FAST_INPUT bytes of input and some room are
 * left.  Leaves the rest to that: the block's end, codes that there are not. */
static void
take_symbols_fast(struct ws_inflate *z, struct input *in)
{
	struct reader r = { z->bits, z->bit_count, in->p };
	const uint32_t *table = z->literals;
	const uint64_t mask = (1U << z->literal_bits) - 1;
	uint8_t *to = z->buf + z->pos, *const full = z->buf + WS_INFLATE_BUFFER;
	uint8_t *after;
	uint32_t entry;

	while (in->end - r.p >= FAST_INPUT && to < full) {
		refill(&r);
		to = fast_literals(&r, to, table, mask, &entry);
		if (entry & LITERAL)
			continue;
		/* 34 bits or more are left: a length has up to 20. */
		if (entry & OTHER) {
			if ((entry & TABLE) == 0)
				break;
			entry = table[(entry >> 16) +
			    (r.bits >> z->literal_bits &
			    ((1U << (entry >> 8 & 15)) - 1))];
			if (entry & OTHER)
				break;
			skip_bits(&r, z->literal_bits);
			if (entry & LITERAL) {
				skip_bits(&r, entry);
				*to++ = (uint8_t)(entry >> 16);
				continue;
			}
		}
		after = fast_match(z, &r, to, entry);
		if (after == NULL)
			break;
		to = after;
	}
	in->p = r.p;
	z->bits = r.bits & ((1ULL << r.count) - 1);
	z->bit_count = r.count;
	z->pos = (size_t)(to - z->buf);
}

static enum step
take_symbols(struct ws_inflate *z, struct input *in)
{
	if (in->end - in->p >= FAST_INPUT)
		take_symbols_fast(z, in);
	return z->state == WS_INFLATE_SYMBOLS ? take_symbol(z, in) :
	    z->state == WS_INFLATE_FAILED ? FAIL : GO_ON;
}

/* -- the whole -- */

static enum step
take_step(struct ws_inflate *z, struct input *in)
{
	switch (z->state) {
	case WS_INFLATE_BLOCK:
		return take_block(z, in);
	case WS_INFLATE_STORED_HEAD:
		return take_stored_head(z, in);
	case WS_INFLATE_STORED:
		return take_stored(z, in);
	case WS_INFLATE_COUNTS:
		return take_counts(z, in);
	case WS_INFLATE_LENGTH_CODES:
		return take_length_codes(z, in);
	case WS_INFLATE_LENGTHS:
		return take_lengths(z, in);
	case WS_INFLATE_SYMBOLS:
		return take_symbols(z, in);
	case WS_INFLATE_FAILED:
		break;
	}
	return FAIL;
}

bool
ws_inflate_moves(const struct ws_inflate *z)
{
	return z->pos > WS_INFLATE_BUFFER - ROOM_MIN;
}

/* Moves the window to the front when little room is left behind it. */
static void
make_room(struct ws_inflate *z)
{
	size_t keep = z->pos - z->start;

	if (!ws_inflate_moves(z))
		return;
	if (keep > z->window)
		keep = z->window;
	memmove(z->buf, z->buf + z->pos - keep, keep);
	z->start = 0;
	z->pos = keep;
}

enum ws_inflate_status
ws_inflate(struct ws_inflate *z, const uint8_t *in, size_t len, size_t *used)
{
	struct input input = { in, in + len };
	enum step step;
	size_t before;

	make_room(z);
	before = z->pos;
	do
		step = take_step(z, &input);
	while (step == GO_ON);
	*used = (size_t)(input.p - in);
	z->data = z->buf + before;
	z->data_len = z->pos - before;
	return step == FAIL ? WS_INFLATE_WRONG :
	    step == NEED_ROOM ? WS_INFLATE_FULL : WS_INFLATE_MORE;
}

void
ws_inflate_init(struct ws_inflate *z, unsigned window_bits)
{
	z->data_len = 0;
	z->fault = WS_INFLATE_FINE;
	z->state = WS_INFLATE_BLOCK;
	z->bits = 0;
	z->bit_count = 0;
	z->final = false;
	z->dry = true;
	z->window = (size_t)1 << window_bits;
	z->pos = 0;
	z->start = 0;
	build_fixed(z);
}

bool
ws_inflate_end_message(struct ws_inflate *z)
{
	bool cut = z->state != WS_INFLATE_STORED_HEAD &&
	    !(z->state == WS_INFLATE_BLOCK && (z->dry || z->final));

	if (cut || z->bit_count > 0) {
		fail(z, WS_INFLATE_CUT);
		return false;
	}
	z->state = WS_INFLATE_BLOCK;
	z->dry = true;
	return true;
}

void
ws_inflate_forget(struct ws_inflate *z)
{
	z->start = z->pos;
}

const char *
ws_inflate_fault_text(enum ws_inflate_fault fault)
{
	switch (fault) {
	case WS_INFLATE_FINE:
		break;
	case WS_INFLATE_BLOCK_TYPE:
		return "no such type of block (RFC 1951, 3.2.3)";
	case WS_INFLATE_STORED_LENGTH:
		return "wrong length of a stored block (RFC 1951, 3.2.4)";
	case WS_INFLATE_CODE_COUNT:
		return "too many codes (RFC 1951, 3.2.7)";
	case WS_INFLATE_CODE_LENGTHS:
		return "impossible code lengths (RFC 1951, 3.2.7)";
	case WS_INFLATE_SYMBOL:
		return "no such code (RFC 1951, 3.2.5)";
	case WS_INFLATE_TOO_FAR:
		return "distance beyond the window (RFC 1951, 2)";
	case WS_INFLATE_CUT:
		return "the message ends inside of a block (RFC 7692, 7.2.1)";
	}
	return "no fault";
}
