/* The PROXY protocol, versions 1 and 2. */
#include <stdbool.h>
#include <string.h>

#include "code/bits.h"
#include "code/ipaddress.h"
#include "code/text.h"
#include "net/proxyproto.h"

enum {
	V1_MAX = 107,		/* of the line, its end included (2.1) */
	V1_MIN = 15,		/* "PROXY UNKNOWN" */
	V2_FIXED = 16
};

static const uint8_t signature[12] = { 13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I',
    'T', 10 };

/* -- version 1: a line of text -- */

static bool
parse_port(struct slice s, unsigned *port)
{
	uint64_t number;

	if (!slice_is_number(s, 65535, &number))
		return false;
	*port = (unsigned)number;
	return true;
}

static bool
parse_v1(struct ws_proxyproto *s, struct slice line)
{
	struct slice kind, from, to, port;
	uint8_t unused[16];

	(void)slice_next_word(&line);
	kind = slice_next_word(&line);
	if (slice_equal(kind, slice_of("UNKNOWN")))
		return true;	/* the rest means nothing (2.1) */
	from = slice_next_word(&line);
	to = slice_next_word(&line);
	port = slice_next_word(&line);
	if (!parse_port(port, &s->port) || !parse_port(line, &s->server_port))
		return false;
	if (slice_equal(kind, slice_of("TCP4"))) {
		s->family = 4;
		return ip_read_v4(s->address, from) && ip_read_v4(unused, to);
	}
	s->family = 6;
	return slice_equal(kind, slice_of("TCP6")) &&
	    ip_read_v6(s->address, from) && ip_read_v6(unused, to);
}

static enum ws_proxyproto_result
read_v1(struct ws_proxyproto *s, const char *in, size_t len, size_t *wanted)
{
	const char *lf = memchr(in, '\n', len);
	struct slice line = { in, len - 2 };

	if (lf == NULL && len < V1_MAX) {
		*wanted = len < V1_MIN ? V1_MIN - len : 1;
		return WS_PROXYPROTO_MORE;
	}
	return lf == in + len - 1 && len >= V1_MIN && lf[-1] == '\r' &&
	    parse_v1(s, line) ? WS_PROXYPROTO_DONE : WS_PROXYPROTO_WRONG;
}

/* -- version 2: binary -- */

static enum ws_proxyproto_result
read_v2(struct ws_proxyproto *s, const uint8_t *in, size_t len, size_t *wanted)
{
	size_t whole, size;

	*wanted = V2_FIXED - len;
	if (len < V2_FIXED)
		return WS_PROXYPROTO_MORE;
	whole = V2_FIXED + load_net16(in + 14);
	if (in[12] >> 4 != 2 || (in[12] & 15) > 1 || whole > WS_PROXYPROTO_MAX)
		return WS_PROXYPROTO_WRONG;
	*wanted = whole - len;
	if (len < whole)
		return WS_PROXYPROTO_MORE;
	/* LOCAL, and what is no TCP: the connection's own address (2.2). */
	if ((in[12] & 15) == 0 || (in[13] != 0x11 && in[13] != 0x21))
		return WS_PROXYPROTO_DONE;
	size = in[13] == 0x11 ? 4 : 16;
	if (whole < V2_FIXED + 2 * size + 4)
		return WS_PROXYPROTO_WRONG;
	s->family = size == 4 ? 4 : 6;
	memcpy(s->address, in + V2_FIXED, size);
	s->port = load_net16(in + V2_FIXED + 2 * size);
	s->server_port = load_net16(in + V2_FIXED + 2 * size + 2);
	return WS_PROXYPROTO_DONE;
}

enum ws_proxyproto_result
ws_proxyproto_read(struct ws_proxyproto *s, const uint8_t *in, size_t len,
    size_t *wanted)
{
	size_t n = len < sizeof signature ? len : sizeof signature;

	memset(s, 0, sizeof *s);
	*wanted = sizeof signature - n;
	if (memcmp(in, signature, n) == 0)
		return n < sizeof signature ? WS_PROXYPROTO_MORE :
		    read_v2(s, in, len, wanted);
	if (memcmp(in, "PROXY ", n < 6 ? n : 6) != 0)
		return WS_PROXYPROTO_WRONG;
	return read_v1(s, (const char *)in, len, wanted);
}

bool
ws_proxyproto_is_sound(const struct ws_proxyproto *s)
{
	return (s->family == 0 || s->family == 4 || s->family == 6) &&
	    s->port <= 65535 && s->server_port <= 65535;
}
