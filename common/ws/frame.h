/* Frame headers and masking (RFC 6455, 5.2 and 5.3).  Pure. */
#ifndef WS_FRAME_H
#define WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ws_opcode {
	WS_CONTINUATION = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa
};

enum {
	WS_FIN_BIT = 0x80,	/* of the first byte */
	WS_MASK_BIT = 0x80,	/* of the second */
	WS_RSV1 = 4		/* of rsv below */
};

enum {
	WS_HEADER_MAX = 14,	/* 2 + 8 bytes of length + 4 of masking key */
	WS_CONTROL_MAX = 125,	/* RFC 6455, 5.5 */
	WS_REASON_MAX = 123	/* a control payload less the close code */
};

struct ws_header {
	uint64_t payload_len;
	uint8_t masking_key[4];
	uint8_t opcode;
	uint8_t rsv;		/* RSV1 is 4, RSV2 is 2, RSV3 is 1 */
	uint8_t form;		/* bits of the length field: 7, 16 or 64; to
				   encode, 0 stands for the shortest */
	bool fin;
	bool masked;
};

/* Writes the header to out and returns its length, 2 to WS_HEADER_MAX bytes.
 * Encodes what it is given, legal or not; payload_len must fit the form. */
size_t ws_header_encode(uint8_t out[WS_HEADER_MAX], const struct ws_header *);

/* The whole length of a header, 2 to WS_HEADER_MAX, as told by its second
 * byte; and the part of it before the masking key. */
size_t ws_header_size(uint8_t second);
size_t ws_header_size_before_key(uint8_t second);

/* Reads what the first len bytes of a header tell; what they do not tell is
 * zero, the payload length as far as its 7-bit form.  Complete with
 * ws_header_size(in[1]) bytes.  Takes any length form and judges nothing. */
void ws_header_decode(struct ws_header *, const uint8_t *in, size_t len);

/* The form that a length must have: "the minimal number of bytes MUST be
 * used" (RFC 6455, 5.2). */
uint8_t ws_length_form(uint64_t payload_len);

/* Whether the opcode is that of a control frame, known or reserved (5.5). */
bool ws_opcode_is_control(uint8_t opcode);

/* Whether RFC 6455, 5.2 gives the opcode a meaning. */
bool ws_opcode_is_known(uint8_t opcode);

/* Masks or unmasks len bytes in place.  offset is the place of data[0] in its
 * frame, so that a payload may be handled in pieces (5.3). */
void ws_mask(uint8_t *data, size_t len, const uint8_t key[4], uint64_t offset);

#endif
