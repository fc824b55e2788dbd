/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104).  Pure. */
#ifndef CODE_SHA256_H
#define CODE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { WS_SHA256_LEN = 32, WS_SHA256_BLOCK = 64 };

/* Bytes that come in pieces; ws_sha256_begin makes one. */
struct ws_sha256 {
	uint32_t h[8];
	uint8_t block[WS_SHA256_BLOCK];	/* as far as it has come */
	uint64_t total;
};

void ws_sha256_begin(struct ws_sha256 *);

/* Adds the next len bytes. */
void ws_sha256_add(struct ws_sha256 *, const uint8_t *data, size_t len);

/* Puts the digest of all of them into digest, and ends there. */
void ws_sha256_end(struct ws_sha256 *, uint8_t digest[WS_SHA256_LEN]);

/* Puts the HMAC of len bytes under a key of any length into digest. */
void ws_hmac_sha256(uint8_t digest[WS_SHA256_LEN], const uint8_t *key,
    size_t key_len, const uint8_t *data, size_t len);

#endif
