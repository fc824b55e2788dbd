/* SHA-1 (RFC 3174).  Pure.  Good enough for what RFC 6455, 1.3 needs it for,
 * which is no security. */
#ifndef CODE_SHA1_H
#define CODE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { WS_SHA1_LEN = 20 };

/* Puts the digest of len bytes into digest. */
void ws_sha1(uint8_t digest[WS_SHA1_LEN], const uint8_t *data, size_t len);

#endif
