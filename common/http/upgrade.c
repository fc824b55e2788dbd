/* What a connection is switched to (RFC 9110, 7.8). */
#include <string.h>

#include "code/text.h"
#include "http/head.h"
#include "http/upgrade.h"

bool
ws_upgrade_is_framed(const struct ws_upgrade *u)
{
	return u->protocol == NULL;
}

bool
ws_upgrade_has_key(const struct ws_upgrade *u)
{
	return u->protocol == NULL || u->with_key;
}

const char *
ws_upgrade_name(const struct ws_upgrade *u)
{
	return u->protocol != NULL ? u->protocol : "websocket";
}

/* protocol-name ["/" protocol-version], both of them tokens. */
static bool
is_protocol(struct slice s)
{
	const char *slash = memchr(s.p, '/', s.len);
	struct slice version = { s.p, 0 };

	if (slash == NULL)
		return http_is_token(s);
	version.p = slash + 1;
	version.len = s.len - (size_t)(slash + 1 - s.p);
	s.len = (size_t)(slash - s.p);
	return http_is_token(s) && http_is_token(version);
}

bool
ws_upgrade_parse(struct ws_upgrade *u, char name[WS_UPGRADE_MAX + 1],
    const char *value)
{
	const char *comma = strchr(value, ',');
	struct slice s = slice_of(value);

	if (comma != NULL)
		s.len = (size_t)(comma - value);
	if (s.len > WS_UPGRADE_MAX || !is_protocol(s) || (comma != NULL &&
	    !slice_equal(slice_of(comma + 1), slice_of("key"))))
		return false;
	memcpy(name, s.p, s.len);
	name[s.len] = '\0';
	u->protocol = name;
	u->with_key = comma != NULL;
	return true;
}
