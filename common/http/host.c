/* The host that a request is for (RFC 9110, 7.2). */
#include <stdint.h>
#include <string.h>

#include "code/ipaddress.h"
#include "http/head.h"
#include "http/host.h"

static struct slice
without_dot(struct slice host)
{
	host.len -= host.len > 0 && host.p[host.len - 1] == '.';
	return host;
}

/* Whether it is a name below that one. */
static bool
is_below(struct slice host, struct slice name)
{
	if (host.len <= name.len + 1)
		return false;
	(void)slice_cut(&host, host.len - name.len - 1);
	return slice_take_prefix(&host, ".") && slice_equal_nocase(host, name);
}

static void
cut_suffix(struct slice *s, const char *suffix)
{
	size_t len = strlen(suffix);

	if (s->len > len && memcmp(s->p + s->len - len, suffix, len) == 0)
		s->len -= len;
}

/* Without what people copy from a URL: the scheme, its own port, a slash. */
static struct slice
bare_name(struct slice name)
{
	if (slice_take_prefix(&name, "https://") ||
	    slice_take_prefix(&name, "wss://")) {
		cut_suffix(&name, "/");
		cut_suffix(&name, ":443");
	} else if (slice_take_prefix(&name, "http://") ||
	    slice_take_prefix(&name, "ws://")) {
		cut_suffix(&name, "/");
		cut_suffix(&name, ":80");
	}
	return name;
}

bool
ws_served_valid(struct slice name)
{
	struct slice host, port;

	name = bare_name(name);
	if (slice_equal(name, slice_of("*")))
		return true;
	(void)slice_take_prefix(&name, "*.");
	return memchr(name.p, '*', name.len) == NULL &&
	    http_parse_authority(name, &host, &port) && host.len == name.len;
}

static bool
name_serves(struct slice name, struct slice host)
{
	name = bare_name(name);
	if (slice_equal(name, slice_of("*")))
		return true;
	if (slice_take_prefix(&name, "*."))
		return is_below(host, without_dot(name));
	return slice_equal_nocase(host, without_dot(name));
}

bool
ws_host_served(struct slice host, struct string_list names)
{
	size_t i;

	host = without_dot(host);
	for (i = 0; i < names.count; i++)
		if (name_serves(slice_of(names.item[i]), host))
			return true;
	return false;
}

/* RFC 3986, 3.2.2. */
static bool
is_address(struct slice host)
{
	uint8_t address[16];

	if (!slice_take_prefix(&host, "["))
		return ip_read_v4(address, host);
	host.len -= host.len > 0 && host.p[host.len - 1] == ']';
	return ip_read_v6(address, host);
}

bool
ws_host_is_local(struct slice host)
{
	static const char *const names[] = { "localhost", "*.localhost" };
	struct string_list local = { names, sizeof names / sizeof names[0] };

	return is_address(host) || ws_host_served(host, local);
}
