/* MD5 (RFC 1321), for the challenge of hixie-76.  Pure. */
#ifndef CODE_MD5_H
#define CODE_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { WS_MD5_LEN = 16 };

/* Puts the digest of len bytes into digest. */
void ws_md5(uint8_t digest[WS_MD5_LEN], const uint8_t *data, size_t len);

#endif
