/* Frame headers and masking (RFC 6455, 5.2 and 5.3). */
#include <string.h>

#include "ws/frame.h"

enum {
	LEN_16 = 126,		/* the next 2 bytes are the length */
	LEN_64 = 127,		/* the next 8 bytes are the length */
	MASK_SHORT = 256
};

static uint64_t
get_big_endian(const uint8_t *in, size_t len)
{
	uint64_t value = 0;

	while (len-- > 0)
		value = value << 8 | *in++;
	return value;
}

static void
put_big_endian(uint8_t *out, size_t len, uint64_t value)
{
	while (len-- > 0) {
		out[len] = (uint8_t)value;
		value >>= 8;
	}
}

/* The bytes of extended length that follow the 7-bit value. */
static size_t
extended_size(uint8_t len7)
{
	return len7 == LEN_64 ? 8 : len7 == LEN_16 ? 2 : 0;
}

uint8_t
ws_length_form(uint64_t payload_len)
{
	if (payload_len > UINT16_MAX)
		return 64;
	return payload_len < LEN_16 ? 7 : 16;
}

size_t
ws_header_encode(uint8_t out[WS_HEADER_MAX], const struct ws_header *h)
{
	uint8_t form = h->form ? h->form : ws_length_form(h->payload_len);
	uint8_t len7 = form == 64 ? LEN_64 : form == 16 ? LEN_16 :
	    (uint8_t)h->payload_len;
	size_t n = 2 + extended_size(len7);

	out[0] = (uint8_t)((h->fin ? WS_FIN_BIT : 0) | h->rsv << 4 | h->opcode);
	out[1] = (uint8_t)((h->masked ? WS_MASK_BIT : 0) | len7);
	put_big_endian(out + 2, n - 2, h->payload_len);
	if (!h->masked)
		return n;
	memcpy(out + n, h->masking_key, sizeof h->masking_key);
	return n + sizeof h->masking_key;
}

size_t
ws_header_size_before_key(uint8_t second)
{
	return 2 + extended_size(second & 0x7f);
}

size_t
ws_header_size(uint8_t second)
{
	return ws_header_size_before_key(second) +
	    (second & WS_MASK_BIT ? 4 : 0);
}

void
ws_header_decode(struct ws_header *h, const uint8_t *in, size_t len)
{
	size_t n;

	memset(h, 0, sizeof *h);
	if (len < 1)
		return;
	h->fin = (in[0] & WS_FIN_BIT) != 0;
	h->rsv = in[0] >> 4 & 0x7;
	h->opcode = in[0] & 0xf;
	if (len < 2)
		return;
	h->masked = (in[1] & WS_MASK_BIT) != 0;
	h->payload_len = in[1] & 0x7f;
	h->form = 7;
	n = ws_header_size_before_key(in[1]);
	if (len < n)
		return;
	if (n > 2) {
		h->form = n == 4 ? 16 : 64;
		h->payload_len = get_big_endian(in + 2, n - 2);
	}
	if (h->masked && len >= n + sizeof h->masking_key)
		memcpy(h->masking_key, in + n, sizeof h->masking_key);
}

bool
ws_opcode_is_control(uint8_t opcode)
{
	return (opcode & 0x8) != 0;
}

bool
ws_opcode_is_known(uint8_t opcode)
{
	return opcode <= WS_BINARY ||
	    (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

/* For some hundred bytes, in whose time the other way has hardly begun: it
 * waits for its key to come back from memory. */
static void
mask_short(uint8_t *data, size_t len, const uint8_t turned[4])
{
	uint32_t word;
	uint64_t two, block;
	size_t i;

	memcpy(&word, turned, sizeof word);
	two = (uint64_t)word << 32 | word;
	for (i = 0; len - i >= sizeof block; i += sizeof block) {
		memcpy(&block, data + i, sizeof block);
		block ^= two;
		memcpy(data + i, &block, sizeof block);
	}
	for (; i < len; i++)
		data[i] ^= turned[i % 4];
}

static void
mask_long(uint8_t *data, size_t len, const uint8_t key[4])
{
	uint8_t turned[16];
	size_t i, k;

	for (i = 0; i < sizeof turned; i++)
		turned[i] = key[i % 4];
	/* Compilers know one instruction for the inner loop. */
	for (i = 0; len - i >= sizeof turned; i += sizeof turned)
		for (k = 0; k < sizeof turned; k++)
			data[i + k] ^= turned[k];
	for (; i < len; i++)
		data[i] ^= turned[i % 4];
}

void
ws_mask(uint8_t *data, size_t len, const uint8_t key[4], uint64_t offset)
{
	uint8_t turned[4];
	size_t i;

	if (offset % 4 != 0) {
		for (i = 0; i < 4; i++)
			turned[i] = key[(offset + i) % 4];
		key = turned;
	}
	if (len <= MASK_SHORT)
		mask_short(data, len, key);
	else
		mask_long(data, len, key);
}
