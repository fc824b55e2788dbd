/* The PROXY protocol, versions 1 and 2: a head of its own before everything
 * else, in which a load balancer tells where a connection comes from.  Pure. */
#ifndef NET_PROXYPROTO_H
#define NET_PROXYPROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_PROXYPROTO_MAX = 4096	/* the longest header that is taken */
};

struct ws_proxyproto {
	int family;			/* 4, 6, or 0: not told */
	uint8_t address[16];
	unsigned port, server_port;
};

enum ws_proxyproto_result {
	WS_PROXYPROTO_MORE,
	WS_PROXYPROTO_DONE,
	WS_PROXYPROTO_WRONG
};

/* Looks at the first len bytes.  *wanted says how many more belong to the
 * header for certain. */
enum ws_proxyproto_result ws_proxyproto_read(struct ws_proxyproto *,
    const uint8_t *in, size_t len, size_t *wanted);

/* Whether what another process has read can be what a header says. */
bool ws_proxyproto_is_sound(const struct ws_proxyproto *);

#endif
