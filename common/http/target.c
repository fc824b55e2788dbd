/* The target of a request (RFC 9112, 3.2). */
#include <string.h>

#include "http/target.h"

/* Visible ASCII without "#" (RFC 9112, 3.2; RFC 6455, 3).  The escapes of a
 * path are decoded: they are complete and not of a NUL, which no environment
 * variable could hold.  In a query browsers leave "%" as it is. */
bool
ws_target_valid(struct slice target)
{
	bool query = false;
	size_t i;

	for (i = 0; i < target.len; i++) {
		const char *p = target.p + i;

		if (*p <= ' ' || *p > '~' || *p == '#')
			return false;
		query = query || *p == '?';
		if (*p != '%' || query)
			continue;
		if (target.len - i < 3 || text_hex_byte(p + 1) <= 0)
			return false;
	}
	return true;
}

bool
ws_path_valid(struct slice path)
{
	return path.len > 0 && path.p[0] == '/' && ws_target_valid(path) &&
	    memchr(path.p, '?', path.len) == NULL;
}

struct slice
ws_root_path(void)
{
	static const struct slice root = { "/", 1 };

	return root;
}

/* Cuts scheme, authority and all off the start of an absolute-form. */
static bool
take_authority(struct slice *t, struct slice *authority)
{
	size_t n = 0;

	/* RFC 6455, 4.1 names the two of HTTP; there are clients that send what
	 * they were given. */
	if (!slice_take_prefix(t, "http://") &&
	    !slice_take_prefix(t, "https://") &&
	    !slice_take_prefix(t, "ws://") && !slice_take_prefix(t, "wss://"))
		return false;
	while (n < t->len && t->p[n] != '/' && t->p[n] != '?')
		n++;
	*authority = slice_cut(t, n);
	return true;
}

bool
ws_target_split(struct slice target, struct slice *authority,
    struct slice *path, struct slice *query)
{
	const char *mark;

	if (target.p[0] != '/' && !take_authority(&target, authority))
		return false;
	mark = memchr(target.p, '?', target.len);
	*path = slice_cut(&target,
	    mark != NULL ? (size_t)(mark - target.p) : target.len);
	(void)slice_take_prefix(&target, "?");
	*query = target;
	if (path->len == 0)
		*path = ws_root_path();
	return true;
}
