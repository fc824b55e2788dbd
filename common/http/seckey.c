/* Sec-WebSocket-Key and Sec-WebSocket-Accept (RFC 6455, 4.2.2). */
#include "code/base64.h"
#include "code/sha1.h"
#include "http/seckey.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"	/* 1.3 */

void
ws_key_encode(char key[WS_KEY_LEN], const uint8_t nonce[16])
{
	ws_base64_encode(key, nonce, 16, WS_SIMD_NONE);
}

bool
ws_key_valid(struct slice key)
{
	size_t i;

	if (key.len != WS_KEY_LEN || key.p[22] != '=' || key.p[23] != '=')
		return false;
	for (i = 0; i < 22; i++)
		if (!ws_base64_is_digit((uint8_t)key.p[i]))
			return false;
	return true;
}

void
ws_accept_encode(char accept[WS_ACCEPT_LEN], struct slice key)
{
	char joined[WS_KEY_LEN + sizeof GUID];
	struct text t = { joined, sizeof joined, 0, false };
	uint8_t digest[WS_SHA1_LEN];

	text_put_slice(&t, key);
	text_puts(&t, GUID);
	ws_sha1(digest, (const uint8_t *)joined, t.len);
	ws_base64_encode(accept, digest, sizeof digest, WS_SIMD_NONE);
}
