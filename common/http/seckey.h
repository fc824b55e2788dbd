/* Sec-WebSocket-Key and Sec-WebSocket-Accept (RFC 6455, 4.2.2).  Pure. */
#ifndef HTTP_SECKEY_H
#define HTTP_SECKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "code/text.h"

enum {
	WS_KEY_LEN = 24,	/* Sec-WebSocket-Key: 16 bytes in base64 */
	WS_ACCEPT_LEN = 28	/* Sec-WebSocket-Accept: 20 bytes in base64 */
};

/* Writes the Sec-WebSocket-Key of these 16 bytes, without a NUL. */
void ws_key_encode(char key[WS_KEY_LEN], const uint8_t nonce[16]);

/* Whether it is the base64 of 16 bytes.  Stray bits in the last digit are let
 * pass, as in the RFC's own example (erratum 3150). */
bool ws_key_valid(struct slice key);

/* Writes the Sec-WebSocket-Accept for a key (4.2.2, item 5.4), without a
 * NUL. */
void ws_accept_encode(char accept[WS_ACCEPT_LEN], struct slice key);

#endif
