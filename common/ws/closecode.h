/* Close codes and the payload of a Close frame (RFC 6455, 5.5.1 and 7.4).
 * Pure. */
#ifndef WS_CLOSECODE_H
#define WS_CLOSECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"

enum ws_close_code {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING_AWAY = 1001,
	WS_CLOSE_PROTOCOL_ERROR = 1002,
	WS_CLOSE_UNSUPPORTED = 1003,
	WS_CLOSE_NONE = 1005,		/* local: the frame had no code */
	WS_CLOSE_LOST = 1006,		/* local: there was no Close */
	WS_CLOSE_BAD_DATA = 1007,
	WS_CLOSE_POLICY = 1008,
	WS_CLOSE_TOO_BIG = 1009,
	WS_CLOSE_INTERNAL_ERROR = 1011,
	WS_CLOSE_BAD_GATEWAY = 1014
};

enum { WS_CLOSE_WORDS_MAX = 4 * 123 + 40 };

enum ws_close_result {
	WS_CLOSE_OK,
	WS_CLOSE_ONE_BYTE,	/* half a code (5.5.1) */
	WS_CLOSE_BAD_CODE,	/* never allowed on the wire (7.4) */
	WS_CLOSE_BAD_REASON	/* the reason is not UTF-8 (5.5.1) */
};

/* Whether a peer may send this code: 1000-1003, 1007-1014 and 3000-4999. */
bool ws_close_code_valid(unsigned code);

/* Reads a Close payload of len bytes, at most WS_CONTROL_MAX.  Puts the code,
 * WS_CLOSE_NONE for an empty payload, in *code; what follows its two bytes is
 * the reason.  *code is left alone unless the result is WS_CLOSE_OK. */
enum ws_close_result ws_close_decode(const uint8_t *payload, size_t len,
    unsigned *code);

/* Writes the payload of a Close with this code and a reason of len bytes, at
 * most WS_REASON_MAX, and returns its length; 0 for WS_CLOSE_NONE, which
 * stands for the empty payload. */
size_t ws_close_encode(uint8_t *payload, unsigned code, const uint8_t *reason,
    size_t len);

/* What the code means, in words of the registry (RFC 6455, 11.7), or null. */
const char *ws_close_meaning(unsigned code);

/* Appends the code, its meaning, and the reason, if there is one, in printable
 * ASCII: at most WS_CLOSE_WORDS_MAX bytes. */
void ws_close_put_words(struct text *, unsigned code, const uint8_t *reason,
    size_t len);

/* The exit status that tells of this code: 0 for 1000, 1001 and none, the
 * code less 1000 up to 1015, 30 for 3xxx, 40 for 4xxx. */
int ws_close_exit_status(unsigned code);

#endif
