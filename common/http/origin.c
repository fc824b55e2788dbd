/* The Origin of a request (RFC 6454). */
#include "http/head.h"
#include "http/origin.h"

bool
ws_origin_valid(struct slice origin)
{
	size_t i;

	for (i = 0; i < origin.len; i++)
		if (origin.p[i] <= ' ' || origin.p[i] > '~')
			return false;
	return origin.len > 0;
}

bool
ws_origin_is_host(struct slice origin, struct slice host)
{
	static const struct { const char *scheme, *port; } known[] = {
		{ "http://", "80" }, { "https://", "443" }
	};
	struct slice host_name, host_port, name, port;
	size_t i;

	if (!http_parse_authority(host, &host_name, &host_port))
		return false;
	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (!slice_take_prefix(&origin, known[i].scheme))
			continue;
		if (!http_parse_authority(origin, &name, &port))
			return false;
		if (port.len == 0)
			port = slice_of(known[i].port);
		if (host_port.len == 0)
			host_port = slice_of(known[i].port);
		return slice_equal_nocase(name, host_name) &&
		    slice_equal(port, host_port);
	}
	return false;
}
