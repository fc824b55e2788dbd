/* Whether a request that another process has read and judged can be one. */
#include <string.h>

#include "http/origin.h"
#include "http/seckey.h"
#include "http/sound.h"
#include "http/target.h"

/* Whether a view lies in another.  Pointers of anywhere are not compared. */
static bool
lies_in(struct slice whole, struct slice s)
{
	uintptr_t from = (uintptr_t)whole.p, p = (uintptr_t)s.p;

	return p >= from && p - from <= whole.len &&
	    s.len <= whole.len - (p - from);
}

/* The same of the rest, which then begins behind it. */
static bool
lies_next(struct slice *rest, struct slice s)
{
	if (!lies_in(*rest, s))
		return false;
	(void)slice_cut(rest, (size_t)(s.p - rest->p) + s.len);
	return true;
}

static bool
fields_are_sound(const struct http_head *h, struct slice head)
{
	size_t i;

	if (h->field_count > HTTP_FIELDS_MAX)
		return false;
	for (i = 0; i < h->field_count; i++) {
		const struct http_field *f = &h->fields[i];

		if (!lies_next(&head, f->name) || !http_is_token(f->name) ||
		    !lies_next(&head, f->value) || !http_is_value(f->value))
			return false;
	}
	return true;
}

static bool
line_is_sound(const struct http_request_line *line, struct slice head)
{
	return lies_in(head, line->method) && http_is_token(line->method) &&
	    lies_in(head, line->target) && line->target.len > 0 &&
	    ws_target_valid(line->target) && line->major == 1 &&
	    line->minor >= 1 && line->minor <= 9;
}

/* Path and query are parts of a target that is sound. */
static bool
target_is_sound(const struct ws_request *r, struct slice head)
{
	struct slice host, port, root = ws_root_path();
	bool is_root = r->path.p == root.p && r->path.len == root.len;

	return lies_in(head, r->authority) &&
	    http_parse_authority(r->authority, &host, &port) &&
	    r->host.p == host.p && r->host.len == host.len &&
	    (is_root || lies_in(r->line.target, r->path)) &&
	    ws_path_valid(r->path) && lies_in(r->line.target, r->query);
}

static bool
version_is_sound(const struct ws_request *r,
    const struct ws_server_rules *rules)
{
	unsigned version = (unsigned)r->version;

	return version == WS_VERSION_13 || (version <= WS_HIXIE_75 &&
	    (rules->older >> version & 1) != 0);
}

/* Which of them there are depends on the version, which is sound. */
static bool
keys_are_sound(const struct ws_request *r,
    const struct ws_server_rules *rules, struct slice head)
{
	if (ws_version_is_hixie(r->version))
		return r->key.len == 0 && lies_in(head, r->origin) &&
		    ws_origin_valid(r->origin);
	if (r->key.len == 0)
		return !ws_upgrade_has_key(&rules->upgrade);
	return lies_in(head, r->key) && ws_key_valid(r->key);
}

static bool
credentials_are_sound(const char *credentials, struct string_list known)
{
	size_t i;

	for (i = 0; i < known.count; i++)
		if (credentials == known.item[i])
			return true;
	return credentials == NULL && known.count == 0;
}

/* A byte of another process's may be more than a bool can. */
static bool
is_bool(const bool *b)
{
	return *(const unsigned char *)b <= 1;
}

static bool
are_bits(unsigned bits)
{
	return bits == 0 ||
	    (bits >= WS_WINDOW_BITS_MIN && bits <= WS_WINDOW_BITS_MAX);
}

bool
ws_permessage_is_sound(const struct ws_permessage *m,
    const struct ws_permessage *wish)
{
	return is_bool(&m->deflate) && is_bool(&m->server_no_context) &&
	    is_bool(&m->client_no_context) && is_bool(&m->client_window) &&
	    are_bits(m->client_bits) && are_bits(m->server_bits) &&
	    (!m->deflate || wish->deflate);
}

bool
ws_request_is_sound(const struct ws_request *r,
    const struct ws_server_rules *rules, const char *head, size_t len)
{
	struct slice whole = { head, len };

	return fields_are_sound(&r->head, whole) &&
	    line_is_sound(&r->line, whole) && target_is_sound(r, whole) &&
	    version_is_sound(r, rules) && keys_are_sound(r, rules, whole) &&
	    (r->subprotocol.len == 0 || (lies_in(whole, r->subprotocol) &&
	    slice_in_list(rules->subprotocols, r->subprotocol))) &&
	    ws_permessage_is_sound(&r->deflate, &rules->deflate) &&
	    credentials_are_sound(r->credentials, rules->credentials);
}
