/* The PROXY protocol, versions 1 and 2. */
#include <stdbool.h>
#include <string.h>

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
parse_ipv4(uint8_t out[4], struct slice s)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		const char *dot = memchr(s.p, '.', s.len);
		struct slice part = { s.p,
		    dot && i < 3 ? (size_t)(dot - s.p) : s.len };
		uint64_t number;

		if (!slice_is_number(part, 255, &number) || (i < 3 && !dot))
			return false;
		out[i] = (uint8_t)number;
		s.p += part.len + (i < 3);
		s.len -= part.len + (i < 3);
	}
	return true;
}

/* One group of up to four digits at the start of *s. */
static bool
take_group(struct slice *s, uint8_t out[2])
{
	unsigned value = 0;
	size_t n = 0;

	while (n < s->len && n < 4 && text_hex_value(s->p[n]) >= 0)
		value = value << 4 | (unsigned)text_hex_value(s->p[n++]);
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	s->p += n;
	s->len -= n;
	return n > 0;
}

/* The last 32 bits may be written as IPv4 (RFC 4291, 2.2). */
static bool
ends_as_ipv4(struct slice s)
{
	return memchr(s.p, '.', s.len) != NULL &&
	    memchr(s.p, ':', s.len) == NULL;
}

/* Groups with ":" between them, up to the end or a "::"; returns how many bytes
 * they are, or -1. */
static int
take_groups(struct slice *s, uint8_t out[16])
{
	int n = 0;

	while (s->len > 0 && s->p[0] != ':') {
		if (n <= 12 && ends_as_ipv4(*s)) {
			if (!parse_ipv4(out + n, *s))
				return -1;
			s->len = 0;
			return n + 4;
		}
		if (n == 16 || !take_group(s, out + n))
			return -1;
		n += 2;
		if (s->len == 0)
			return n;
		if (s->p[0] != ':' || s->len == 1)
			return -1;
		if (s->p[1] == ':')
			return n;
		s->p++;
		s->len--;
	}
	return s->len == 0 || (s->len > 1 && s->p[1] == ':') ? n : -1;
}

static bool
parse_ipv6(uint8_t out[16], struct slice s)
{
	uint8_t tail[16];
	int before, after;

	memset(out, 0, 16);
	before = take_groups(&s, out);
	if (before == 16 || before < 0)
		return before == 16 && s.len == 0;
	if (s.len < 2)
		return false;
	s.p += 2;
	s.len -= 2;
	after = take_groups(&s, tail);
	if (after < 0 || s.len > 0 || before + after > 14)
		return false;
	memcpy(out + 16 - after, tail, (size_t)after);
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
		return parse_ipv4(s->address, from) && parse_ipv4(unused, to);
	}
	s->family = 6;
	return slice_equal(kind, slice_of("TCP6")) &&
	    parse_ipv6(s->address, from) && parse_ipv6(unused, to);
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

static unsigned
number16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static enum ws_proxyproto_result
read_v2(struct ws_proxyproto *s, const uint8_t *in, size_t len, size_t *wanted)
{
	size_t whole, size;

	*wanted = V2_FIXED - len;
	if (len < V2_FIXED)
		return WS_PROXYPROTO_MORE;
	whole = V2_FIXED + number16(in + 14);
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
	s->port = number16(in + V2_FIXED + 2 * size);
	s->server_port = number16(in + V2_FIXED + 2 * size + 2);
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
