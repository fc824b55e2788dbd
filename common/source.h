/* The PROXY protocol, versions 1 and 2: a head of its own before everything
 * else, in which a load balancer tells where a connection comes from.  Pure. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>

enum {
	WS_SOURCE_MAX = 4096,		/* the longest header that is taken */
	WS_SOURCE_ADDRESS_LEN = 46	/* of an IPv6 address as text, and NUL */
};

struct ws_source {
	int family;			/* 4, 6, or 0: not told */
	uint8_t address[16];
	unsigned port, server_port;
};

enum ws_source_result {
	WS_SOURCE_MORE,
	WS_SOURCE_DONE,
	WS_SOURCE_WRONG
};

/* Looks at the first len bytes.  *wanted says how many more belong to the
 * header for certain. */
enum ws_source_result ws_source_read(struct ws_source *, const uint8_t *in,
    size_t len, size_t *wanted);

#endif
