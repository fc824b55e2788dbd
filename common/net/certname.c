/* Names in certificates (RFC 9525).  Pure. */
#include <string.h>

#include "net/certname.h"

/* Without the left-most label; the dot stays.  Empty if there is no dot, or
 * nothing before it. */
static struct slice
parent_of(struct slice host)
{
	const char *dot = host.len > 0 ? memchr(host.p, '.', host.len) : NULL;

	if (dot == NULL || dot == host.p)
		return (struct slice){ NULL, 0 };
	(void)slice_cut(&host, (size_t)(dot - host.p));
	return host;
}

bool
ws_certname_covers(struct slice name, struct slice host)
{
	struct slice parent;

	if (memchr(host.p, '*', host.len) != NULL)
		return false;
	if (name.len > 0 && name.p[0] == '*') {
		(void)slice_cut(&name, 1);
		parent = parent_of(host);
		host = parent;
		if (parent.len < 2 ||
		    memchr(parent.p + 1, '.', parent.len - 1) == NULL)
			return false;
	}
	return host.len > 0 && slice_equal_nocase(name, host);
}
