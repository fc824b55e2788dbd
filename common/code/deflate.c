/* Compression to DEFLATE (RFC 1951): greedy matches, and for each block the
 * smallest of its three kinds. */
#include <string.h>

#include "code/bits.h"
#include "code/deflate.h"

enum {
	CODE_MAX = 15,		/* bits of a code */
	LENGTH_CODE_MAX = 7,	/* of one of the code lengths */
	LENGTH_CODES = 19,
	MATCH_MIN = 4,		/* what the hash is of */
	MATCH_MAX = 258,
	LITERALS = WS_DEFLATE_LITERALS,
	DISTANCES = WS_DEFLATE_DISTANCES,
	END_OF_BLOCK = 256,
	BLOCK_MAX = 65535,	/* what a stored block can have */
	OWN_MIN = 200		/* symbols that codes of their own may be for */
};

static const uint8_t length_extra[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2,
    2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0 };
static const uint16_t length_base[29] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15,
    17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
    258 };

static unsigned
distance_extra(unsigned symbol)
{
	return symbol < 4 ? 0 : symbol / 2 - 1;
}

static unsigned
distance_base(unsigned symbol)
{
	return symbol < 4 ? symbol + 1 :
	    ((2 + symbol % 2) << distance_extra(symbol)) + 1;
}

static unsigned
distance_symbol(const struct ws_deflate *d, unsigned distance)
{
	distance--;
	return d->distance_symbols[distance < 256 ? distance :
	    256 + (distance >> 7)];
}

/* -- output -- */

struct output {
	uint8_t *p;
	uint64_t bits;		/* not written yet, the first lowest */
	unsigned count;
};

/* Appends up to 32 bits. */
static inline void
put_bits(struct output *o, uint64_t bits, unsigned n)
{
	o->bits |= bits << o->count;
	o->count += n;
}

/* Writes whole bytes, so that 56 bits more have their place; and up to 8 bytes
 * behind the last. */
static inline void
flush_bits(struct output *o)
{
	store_64(o->p, o->bits);
	o->p += o->count >> 3;
	o->bits >>= o->count & ~7U;
	o->count &= 7;
}

static void
align(struct output *o)
{
	o->count = (o->count + 7) & ~7U;
	flush_bits(o);
}

/* -- codes (3.2.2, 3.2.6, 3.2.7) -- */

static uint32_t
reversed(unsigned code, unsigned n)
{
	uint32_t v = 0;

	for (; n > 0; n--, code >>= 1)
		v = v << 1 | (code & 1);
	return v;
}

/* The codes of these sizes, each above its size. */
static void
number_codes(uint32_t *codes, const uint8_t *sizes, unsigned count)
{
	unsigned used[CODE_MAX + 1] = { 0 }, next[CODE_MAX + 1] = { 0 }, i;

	for (i = 0; i < count; i++)
		used[sizes[i]]++;
	used[0] = 0;
	for (i = 1; i <= CODE_MAX; i++)
		next[i] = (next[i - 1] + used[i - 1]) << 1;
	for (i = 0; i < count; i++)
		codes[i] = reversed(next[sizes[i]]++, sizes[i]) << 8 | sizes[i];
}

/* The symbols that are used, as their frequency and below it 9 bits of symbol,
 * in ascending order; two at least, as one alone makes no code.  Returns how
 * many. */
static unsigned
sort_symbols(uint32_t *sorted, const uint32_t *freqs, unsigned count)
{
	unsigned n = 0, i, j, gap;

	for (i = 0; i < count; i++)
		if (freqs[i] > 0)
			sorted[n++] = freqs[i] << 9 | i;
	for (i = 0; n < 2; i++)
		if (freqs[i] == 0)
			sorted[n++] = 1 << 9 | i;
	for (gap = n > 40 ? 40 : 4; gap > 0; gap = gap == 40 ? 13 :
	    gap == 13 ? 4 : gap == 4 ? 1 : 0)
		for (i = gap; i < n; i++) {
			uint32_t v = sorted[i];

			for (j = i; j >= gap && sorted[j - gap] > v; j -= gap)
				sorted[j] = sorted[j - gap];
			sorted[j] = v;
		}
	return n;
}

/* How many codes of each size Huffman's tree has; the weights are in ascending
 * order, and are not kept. */
static void
grow_tree(unsigned *sizes, uint32_t *weights, unsigned n)
{
	uint16_t parent[2 * LITERALS] = { 0 };
	uint8_t depth[2 * LITERALS];
	unsigned leaf = 0, node = n, made, i;

	for (made = n; made < 2 * n - 1; made++) {
		weights[made] = 0;
		for (i = 0; i < 2; i++) {
			unsigned least = leaf < n && (node == made ||
			    weights[leaf] <= weights[node]) ? leaf++ : node++;

			weights[made] += weights[least];
			parent[least] = (uint16_t)made;
		}
	}
	depth[2 * n - 2] = 0;
	for (i = 2 * n - 2; i-- > 0;) {
		depth[i] = (uint8_t)(depth[parent[i]] + 1);
		if (i < n)
			sizes[depth[i]]++;
	}
}

/* Makes codes of more than max bits shorter, and as few as may be of the others
 * longer, until they fit (Kraft's inequality). */
static void
limit_sizes(unsigned *sizes, unsigned max)
{
	uint32_t sum = 0;
	unsigned i;

	for (i = max + 1; i < 32; i++) {
		sizes[max] += sizes[i];
		sizes[i] = 0;
	}
	for (i = 1; i <= max; i++)
		sum += sizes[i] << (max - i);
	for (; sum > 1U << max; sum--) {
		for (i = max - 1; sizes[i] == 0; i--)
			;
		sizes[i]--;
		sizes[i + 1] += 2;
		sizes[max]--;
	}
}

/* The sizes, up to max, of the best codes for symbols as frequent as these. */
static void
make_sizes(uint8_t *sizes, const uint32_t *freqs, unsigned count, unsigned max)
{
	uint32_t sorted[LITERALS], weights[2 * LITERALS] = { 0 };
	unsigned of_size[32] = { 0 }, n, i, size = max;

	n = sort_symbols(sorted, freqs, count);
	for (i = 0; i < n; i++)
		weights[i] = sorted[i] >> 9;
	grow_tree(of_size, weights, n);
	limit_sizes(of_size, max);
	memset(sizes, 0, count);
	for (i = 0; i < n; i++) {
		while (of_size[size] == 0)
			size--;
		of_size[size]--;
		sizes[sorted[i] & 511] = (uint8_t)size;
	}
}

/* All that the sizes decide. */
static void
finish_code(const struct ws_deflate *d, struct ws_deflate_code *c)
{
	unsigned len;

	number_codes(c->literals, c->sizes, LITERALS);
	number_codes(c->distances, c->sizes + LITERALS, DISTANCES);
	for (len = 3; len <= MATCH_MAX; len++) {
		unsigned symbol = d->length_symbols[len];
		uint32_t code = c->literals[END_OF_BLOCK + 1 + symbol];
		uint32_t extra = len - length_base[symbol];

		c->lengths[len] = code + (extra << (8 + (code & 0xff))) +
		    length_extra[symbol];
	}
}

/* -- a dynamic block's head (3.2.7) -- */

struct head {
	unsigned literals, distances, lengths;	/* HLIT, HDIST, HCLEN */
	unsigned count;
	uint8_t symbols[LITERALS + DISTANCES];
	uint8_t extras[LITERALS + DISTANCES];	/* values of the extra bits */
	uint32_t freqs[LENGTH_CODES];
	uint8_t sizes[LENGTH_CODES];
};

static const uint8_t head_order[LENGTH_CODES] = { 16, 17, 18, 0, 8, 7, 9, 6, 10,
    5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };

static unsigned
head_extra(unsigned symbol)
{
	return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}

static void
put_run(struct head *h, unsigned symbol, unsigned extra)
{
	h->symbols[h->count] = (uint8_t)symbol;
	h->extras[h->count++] = (uint8_t)extra;
	h->freqs[symbol]++;
}

/* A size that comes so many times. */
static void
put_runs(struct head *h, unsigned size, unsigned times)
{
	if (size > 0) {
		put_run(h, size, 0);
		times--;
	}
	while (times > 2) {
		unsigned most = size > 0 ? 6 : times > 10 ? 138 : 10;
		unsigned n = times < most ? times : most;

		if (size > 0)
			put_run(h, 16, n - 3);
		else if (n > 10)
			put_run(h, 18, n - 11);
		else
			put_run(h, 17, n - 3);
		times -= n;
	}
	while (times-- > 0)
		put_run(h, size, 0);
}

/* How many sizes are told: those at the end that are 0 are not. */
static unsigned
count_sizes(const uint8_t *sizes, unsigned count, unsigned min)
{
	while (count > min && sizes[count - 1] == 0)
		count--;
	return count;
}

/* Fills what is all zero.  Returns the bits that it has. */
static unsigned
make_head(struct head *h, const struct ws_deflate_code *c)
{
	uint8_t sizes[LITERALS + DISTANCES];
	unsigned i, n, total, bits;

	h->literals = count_sizes(c->sizes, LITERALS, 257);
	h->distances = count_sizes(c->sizes + LITERALS, DISTANCES, 1);
	total = h->literals + h->distances;
	memcpy(sizes, c->sizes, h->literals);
	memcpy(sizes + h->literals, c->sizes + LITERALS, h->distances);
	for (i = 0; i < total; i += n) {
		for (n = 1; i + n < total && sizes[i + n] == sizes[i]; n++)
			;
		put_runs(h, sizes[i], n);
	}
	make_sizes(h->sizes, h->freqs, LENGTH_CODES, LENGTH_CODE_MAX);
	for (n = LENGTH_CODES; h->sizes[head_order[n - 1]] == 0; n--)
		;
	h->lengths = n;
	bits = 5 + 5 + 4 + 3 * n;
	for (i = 0; i < LENGTH_CODES; i++)
		bits += h->freqs[i] * (h->sizes[i] + head_extra(i));
	return bits;
}

static void
put_head(struct output *o, const struct head *h)
{
	uint32_t codes[LENGTH_CODES];
	unsigned i;

	number_codes(codes, h->sizes, LENGTH_CODES);
	put_bits(o, h->literals - 257, 5);
	put_bits(o, h->distances - 1, 5);
	put_bits(o, h->lengths - 4, 4);
	flush_bits(o);
	for (i = 0; i < h->lengths; i++) {
		put_bits(o, h->sizes[head_order[i]], 3);
		flush_bits(o);
	}
	for (i = 0; i < h->count; i++) {
		unsigned symbol = h->symbols[i];

		put_bits(o, codes[symbol] >> 8, codes[symbol] & 0xff);
		put_bits(o, h->extras[i], head_extra(symbol));
		flush_bits(o);
	}
}

/* -- blocks -- */

static void
put_literals(struct output *o, const uint32_t *codes, const uint8_t *p,
    size_t n)
{
	for (; n >= 3; n -= 3, p += 3) {
		put_bits(o, codes[p[0]] >> 8, codes[p[0]] & 0xff);
		put_bits(o, codes[p[1]] >> 8, codes[p[1]] & 0xff);
		put_bits(o, codes[p[2]] >> 8, codes[p[2]] & 0xff);
		flush_bits(o);
	}
	for (; n > 0; n--, p++)
		put_bits(o, codes[*p] >> 8, codes[*p] & 0xff);
	flush_bits(o);
}

/* The block's data, which begin at p. */
static void
put_symbols(const struct ws_deflate *d, struct output *o,
    const struct ws_deflate_code *c, const uint8_t *p)
{
	size_t i;

	for (i = 0; i < d->match_count; i++) {
		const struct ws_deflate_match *m = &d->matches[i];
		unsigned symbol;
		uint32_t code;

		put_literals(o, c->literals, p, m->literals);
		p += m->literals + m->length;
		if (m->length == 0)
			continue;
		code = c->lengths[m->length];
		put_bits(o, code >> 8, code & 0xff);
		symbol = distance_symbol(d, m->distance);
		code = c->distances[symbol];
		put_bits(o, code >> 8, code & 0xff);
		put_bits(o, m->distance - distance_base(symbol),
		    distance_extra(symbol));
		flush_bits(o);
	}
	put_bits(o, c->literals[END_OF_BLOCK] >> 8,
	    c->literals[END_OF_BLOCK] & 0xff);
	flush_bits(o);
}

static void
put_stored(struct output *o, const uint8_t *p, size_t len)
{
	put_bits(o, 0, 3);
	align(o);
	put_bits(o, len | (~len & 0xffff) << 16, 32);
	flush_bits(o);
	memcpy(o->p, p, len);
	o->p += len;
}

/* The bits of the block's data, extra bits apart. */
static size_t
count_bits(const struct ws_deflate *d, const struct ws_deflate_code *c)
{
	size_t bits = 0;
	unsigned i;

	for (i = 0; i < LITERALS; i++)
		bits += (size_t)d->literal_freqs[i] * c->sizes[i];
	for (i = 0; i < DISTANCES; i++)
		bits += (size_t)d->distance_freqs[i] * c->sizes[LITERALS + i];
	return bits;
}

static size_t
count_extra(const struct ws_deflate *d)
{
	size_t bits = 0;
	unsigned i;

	for (i = 0; i < 29; i++)
		bits += (size_t)d->literal_freqs[END_OF_BLOCK + 1 + i] *
		    length_extra[i];
	for (i = 0; i < DISTANCES; i++)
		bits += (size_t)d->distance_freqs[i] * distance_extra(i);
	return bits;
}

/* How many symbols have a code, each of which costs bits of the head. */
static size_t
count_used(const struct ws_deflate *d)
{
	size_t used = 0;
	unsigned i;

	for (i = 0; i < LITERALS; i++)
		used += d->literal_freqs[i] > 0;
	return used;
}

/* Appends a block of the kind that makes it smallest. */
static void
put_block(struct ws_deflate *d, struct output *o, size_t symbols, size_t from,
    size_t len)
{
	size_t fixed, own = SIZE_MAX, stored = 8 * len + 39;
	struct head head = { 0 };

	fixed = count_bits(d, &d->fixed) + 3 + count_extra(d);
	if (symbols >= OWN_MIN && symbols >= 2 * count_used(d)) {
		make_sizes(d->own.sizes, d->literal_freqs, LITERALS, CODE_MAX);
		make_sizes(d->own.sizes + LITERALS, d->distance_freqs,
		    DISTANCES, CODE_MAX);
		own = make_head(&head, &d->own) + count_bits(d, &d->own) + 3 +
		    count_extra(d);
	}
	if (stored <= fixed && stored <= own) {
		put_stored(o, d->buf + from, len);
	} else if (fixed <= own) {
		put_bits(o, 1 << 1, 3);
		put_symbols(d, o, &d->fixed, d->buf + from);
	} else {
		finish_code(d, &d->own);
		put_bits(o, 2 << 1, 3);
		put_head(o, &head);
		put_symbols(d, o, &d->own, d->buf + from);
	}
}

/* -- matches -- */

static uint32_t
hash(uint32_t word)
{
	return word * 0x9e3779b1U >> (32 - WS_DEFLATE_HASH_BITS);
}

/* How many bytes, up to max, are the same at both places. */
static inline size_t
match_length(const uint8_t *a, const uint8_t *b, size_t max)
{
	size_t n = 0;

	for (; n + 8 <= max; n += 8) {
		uint64_t differ = load_64(a + n) ^ load_64(b + n);

		if (differ != 0)
			return n + lowest_byte(differ);
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

/* Remembers the place of the four bytes there. */
static inline void
remember(struct ws_deflate *d, size_t i)
{
	uint16_t *head = &d->heads[hash(load_32(d->buf + i))];

	head[0] = (uint16_t)(d->base + i);
}

/* Looks for the bytes at i, and remembers them.  Returns the length of what was
 * found, 0 for nothing. */
static inline size_t
find_match(struct ws_deflate *d, size_t i, size_t end, size_t *distance)
{
	const uint8_t *p = d->buf + i;
	uint32_t word = load_32(p);
	uint16_t *head = &d->heads[hash(word)];
	uint16_t here = (uint16_t)(d->base + i);
	uint16_t first = (uint16_t)(here - head[0] - 1);
	size_t far = i - d->start < d->window ? i - d->start : d->window;
	size_t max = end - i < MATCH_MAX ? end - i : MATCH_MAX, len = 0;

	head[0] = here;
	if (first < far && load_32(p - first - 1) == word) {
		len = 4 + match_length(p + 4, p + 4 - first - 1, max - 4);
		*distance = first + 1U;
	}
	return len;
}

/* Adds literals from p on, and a match behind them. */
static void
add_match(struct ws_deflate *d, const uint8_t *p, size_t literals, size_t len,
    size_t distance)
{
	struct ws_deflate_match *m = &d->matches[d->match_count++];

	m->literals = (uint16_t)literals;
	m->length = (uint16_t)len;
	m->distance = (uint16_t)distance;
	for (; literals > 0; literals--)
		d->literal_freqs[*p++]++;
	if (len > 0) {
		d->literal_freqs[END_OF_BLOCK + 1 + d->length_symbols[len]]++;
		d->distance_freqs[distance_symbol(d, (unsigned)distance)]++;
	}
}

/* Finds the matches of a block that begins at from.  Returns where it ends. */
static size_t
find_matches(struct ws_deflate *d, size_t from, size_t end, size_t *symbols)
{
	size_t i = from, done = from;

	d->match_count = 0;
	memset(d->literal_freqs, 0, sizeof d->literal_freqs);
	memset(d->distance_freqs, 0, sizeof d->distance_freqs);
	d->literal_freqs[END_OF_BLOCK] = 1;
	*symbols = 1;
	if (end - from > BLOCK_MAX)
		end = from + BLOCK_MAX;
	while (end - i >= MATCH_MIN &&
	    d->match_count < WS_DEFLATE_MATCHES - 1) {
		size_t distance, len = find_match(d, i, end, &distance);
		size_t last;

		if (len == 0) {
			i++;
			continue;
		}
		add_match(d, d->buf + done, i - done, len, distance);
		*symbols += i - done + 1;
		done = i + len;
		last = done + 4 <= end ? done : end - 4 + 1;
		for (i++; i < last; i++)
			remember(d, i);
		i = done;
	}
	if (d->match_count < WS_DEFLATE_MATCHES - 1)
		i = end;
	*symbols += i - done;
	add_match(d, d->buf + done, i - done, 0, 0);
	return i;
}

/* -- the whole -- */

/* Moves the window to the front when a piece has no room behind it. */
static void
make_room(struct ws_deflate *d, size_t len)
{
	size_t keep = d->pos - d->start;

	if (len <= sizeof d->buf - d->pos)
		return;
	if (keep > d->window)
		keep = d->window;
	memmove(d->buf, d->buf + d->pos - keep, keep);
	d->base = (uint16_t)(d->base + d->pos - keep);
	d->start = 0;
	d->pos = keep;
}

size_t
ws_deflate(struct ws_deflate *d, const uint8_t *in, size_t len, uint8_t *out,
    bool end)
{
	struct output o = { out, 0, 0 };
	size_t i, next, symbols;

	make_room(d, len);
	memcpy(d->buf + d->pos, in, len);
	d->before = d->pos;
	d->pos += len;
	for (i = d->before; i < d->pos; i = next) {
		next = find_matches(d, i, d->pos, &symbols);
		put_block(d, &o, symbols, i, next - i);
	}
	put_bits(&o, 0, 3);
	align(&o);
	if (!end) {
		put_bits(&o, 0xffff0000, 32);
		flush_bits(&o);
	}
	return (size_t)(o.p - out);
}

void
ws_deflate_undo(struct ws_deflate *d)
{
	d->pos = d->before;
}

void
ws_deflate_forget(struct ws_deflate *d)
{
	d->start = d->pos;
}

/* The symbols of lengths and distances (3.2.5). */
static void
make_symbols(struct ws_deflate *d)
{
	unsigned i, symbol = 0;

	for (i = 3; i <= MATCH_MAX; i++) {
		if (symbol < 28 && i >= length_base[symbol + 1])
			symbol++;
		d->length_symbols[i] = (uint8_t)symbol;
	}
	for (i = 0, symbol = 0; i < 512; i++) {
		unsigned distance = i < 256 ? i + 1 : ((i - 256) << 7) + 1;

		while (symbol < 29 && distance >= distance_base(symbol + 1))
			symbol++;
		d->distance_symbols[i] = (uint8_t)symbol;
		if (i == 255)
			symbol = 0;
	}
}

void
ws_deflate_init(struct ws_deflate *d, unsigned window_bits)
{
	uint8_t *sizes = d->fixed.sizes;

	d->window = (size_t)1 << window_bits;
	d->pos = 0;
	d->start = 0;
	d->before = 0;
	d->base = 0;
	memset(d->heads, 0, sizeof d->heads);
	make_symbols(d);
	memset(sizes, 8, 144);
	memset(sizes + 144, 9, 112);
	memset(sizes + 256, 7, 24);
	memset(sizes + 280, 8, LITERALS - 280);
	memset(sizes + LITERALS, 5, DISTANCES);
	finish_code(d, &d->fixed);
}
