/* What a server asks of a request (RFC 6455, 4.2.1). */
#include <string.h>

#include "http/credentials.h"
#include "http/extension.h"
#include "http/hixie.h"
#include "http/host.h"
#include "http/origin.h"
#include "http/request.h"
#include "http/seckey.h"
#include "http/target.h"

/* RFC 9110, 7.8 lets a request with content be upgraded, once the content is
 * read.  None of ours has any. */
static bool
has_body(const struct http_head *h)
{
	const struct http_field *f;
	struct slice unused;
	size_t i = 0, k;

	if (http_count(h, "Transfer-Encoding", &unused) > 0)
		return true;
	while ((f = http_find(h, "Content-Length", &i)) != NULL) {
		for (k = 0; k < f->value.len; k++)
			if (f->value.p[k] != '0')
				return true;
		if (f->value.len == 0)
			return true;
	}
	return false;
}

static enum ws_refusal
judge_version(struct ws_request *r, unsigned older)
{
	const struct http_head *h = &r->head;
	struct slice v;
	uint64_t number;

	/* 4.3: 0 to 255 without leading zeros. */
	if (http_count(h, "Sec-WebSocket-Version", &v) != 1 ||
	    !slice_is_number(v, 255, &number))
		return WS_VERSION_MALFORMED;
	if (number == 13)
		return WS_ACCEPTED;
	r->version = ws_version_of_draft(v);
	return r->version != WS_VERSION_13 && (older >> r->version & 1) ?
	    WS_ACCEPTED : WS_VERSION_UNKNOWN;
}

/* Finding doubles takes time that grows with the square of the number. */
enum { SUBPROTOCOLS_MAX = 100 };

static bool
is_among(const struct slice *seen, size_t count, struct slice element)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (slice_equal(seen[i], element))
			return true;
	return false;
}

/* 1#token, unique (4.1, 4.3); selects the first that we speak, too. */
static bool
judge_subprotocols(struct ws_request *r, struct string_list ours)
{
	struct slice seen[SUBPROTOCOLS_MAX];
	const struct http_field *f;
	size_t i = 0, fields = 0, elements = 0;

	while ((f = http_find(&r->head, "Sec-WebSocket-Protocol", &i))) {
		struct slice list = f->value, e;

		fields++;
		while (slice_next_element(&list, &e)) {
			if (elements == SUBPROTOCOLS_MAX || !http_is_token(e) ||
			    is_among(seen, elements, e))
				return false;
			seen[elements++] = e;
			if (r->subprotocol.len == 0 && slice_in_list(ours, e))
				r->subprotocol = e;
		}
	}
	return fields == 0 || elements > 0;
}

/* All are tried, whatever comes of the first. */
static bool
credentials_right(struct ws_request *r, struct string_list known)
{
	struct slice value;
	size_t i;

	if (known.count == 0)
		return true;
	if (http_count(&r->head, "Authorization", &value) != 1)
		return false;
	for (i = 0; i < known.count; i++)
		if (ws_basic_matches(value, known.item[i]))
			r->credentials = known.item[i];
	return r->credentials != NULL;
}

static bool
origin_allowed(struct slice origin, struct string_list allowed,
    struct slice host)
{
	size_t i;

	if (allowed.count == 0)
		return ws_origin_is_host(origin, host);
	for (i = 0; i < allowed.count; i++)
		if (ws_origin_matches(origin, slice_of(allowed.item[i])))
			return true;
	return false;
}

/* Versions 7 and 8 have a field of their own beside (hybi-07, 1.3), and none
 * of the two may be one that is not let in. */
static enum ws_refusal
judge_origin(const struct ws_request *r, struct string_list allowed)
{
	static const char *const names[] = { "Origin", "Sec-WebSocket-Origin" };
	bool old = r->version == WS_VERSION_8 || r->version == WS_VERSION_7;
	struct slice origin;
	size_t i, n, found = 0;

	if (slice_in_list(allowed, slice_of("*")))
		return WS_ACCEPTED;
	for (i = 0; i < (old ? 2 : 1); i++) {
		n = http_count(&r->head, names[i], &origin);
		found += n;
		if (n > 0 && !origin_allowed(origin, allowed, r->authority))
			return WS_ORIGIN_REFUSED;
	}
	/* No Origin: no browser (10.2). */
	return found > 0 || allowed.count == 0 ?
	    WS_ACCEPTED : WS_ORIGIN_REFUSED;
}

/* Whether someone who speaks WebSocket well may have this resource. */
static enum ws_refusal
judge_rights(struct ws_request *r, const struct ws_server_rules *rules)
{
	struct slice unused;

	if (http_count(&r->head, "Origin", &unused) > 1 ||
	    http_count(&r->head, "Sec-WebSocket-Origin", &unused) > 1)
		return WS_ORIGIN_TWICE;		/* RFC 6454, 7.3 */
	if (!credentials_right(r, rules->credentials))
		return WS_CREDENTIALS_REFUSED;
	if (rules->paths.count > 0 && !slice_in_list(rules->paths, r->path))
		return WS_PATH_REFUSED;
	return judge_origin(r, rules->origins);
}

static bool
asks_for_upgrade(const struct ws_upgrade *u, const char *head, size_t len)
{
	struct slice rest = { head, len };
	struct slice line, name;

	while (rest.len > 0) {
		line = http_next_line(&rest);
		if (!http_take_name(&line, &name))
			continue;
		if (slice_equal_nocase(name, slice_of("Upgrade")) &&
		    http_value_has(line, ws_upgrade_name(u)))
			return true;
	}
	return false;
}

static bool
asks_for_path(struct string_list paths, const char *head, size_t len)
{
	struct slice authority, path, query;
	struct http_request_line line;

	return http_parse_request_line(&line, http_start_line(head, len)) &&
	    ws_target_split(line.target, &authority, &path, &query) &&
	    slice_in_list(paths, path);
}

bool
ws_is_ours(const struct ws_server_rules *rules, const char *head, size_t len)
{
	return asks_for_upgrade(&rules->upgrade, head, len) &&
	    (rules->paths.count == 0 ||
	    asks_for_path(rules->paths, head, len));
}

bool
ws_asks_for_head(const char *head, size_t len)
{
	struct slice line = http_start_line(head, len);

	return slice_equal(slice_next_word(&line), slice_of("HEAD"));
}

/* -- the rules, in the order in which they are looked at -- */

typedef enum ws_refusal rule(struct ws_request *,
    const struct ws_server_rules *);

static enum ws_refusal
judge_target(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return ws_target_valid(r->line.target) ?
	    WS_ACCEPTED : WS_TARGET_MALFORMED;
}

static enum ws_refusal
judge_host(struct ws_request *r, const struct ws_server_rules *unused)
{
	struct slice port;

	(void)unused;
	return http_count(&r->head, "Host", &r->authority) == 1 &&
	    http_parse_authority(r->authority, &r->host, &port) ?
	    WS_ACCEPTED : WS_HOST_MALFORMED;
}

static enum ws_refusal
judge_method(struct ws_request *r, const struct ws_server_rules *rules)
{
	return !ws_upgrade_is_framed(&rules->upgrade) ||
	    slice_equal(r->line.method, slice_of("GET")) ?
	    WS_ACCEPTED : WS_METHOD;
}

static enum ws_refusal
judge_target_form(struct ws_request *r, const struct ws_server_rules *unused)
{
	struct slice port;

	(void)unused;
	return ws_target_split(r->line.target, &r->authority, &r->path,
	    &r->query) &&
	    http_parse_authority(r->authority, &r->host, &port) ?
	    WS_ACCEPTED : WS_TARGET_FORM;
}

static enum ws_refusal
judge_minor(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return r->line.minor > 0 ? WS_ACCEPTED : WS_HTTP_1_0;
}

static enum ws_refusal
judge_body(struct ws_request *r, const struct ws_server_rules *rules)
{
	return has_body(&r->head) &&
	    !ws_hixie_content(&r->head, rules->older) ?
	    WS_HAS_BODY : WS_ACCEPTED;
}

static enum ws_refusal
judge_upgrade(struct ws_request *r, const struct ws_server_rules *rules)
{
	const struct ws_upgrade *u = &rules->upgrade;

	if (http_list_has(&r->head, "Upgrade", ws_upgrade_name(u)))
		return WS_ACCEPTED;
	return ws_upgrade_is_framed(u) ? WS_NO_UPGRADE : WS_NO_OTHER_UPGRADE;
}

static enum ws_refusal
judge_connection(struct ws_request *r, const struct ws_server_rules *unused)
{
	(void)unused;
	return http_list_has(&r->head, "Connection", "Upgrade") ?
	    WS_ACCEPTED : WS_NO_CONNECTION_UPGRADE;
}

/* Whose rules the next ones are. */
static enum ws_refusal
judge_draft(struct ws_request *r, const struct ws_server_rules *rules)
{
	if (!ws_upgrade_has_key(&rules->upgrade))
		return WS_ACCEPTED;
	r->version = ws_hixie_version(&r->head, rules->older);
	return r->version == WS_VERSION_13 ? judge_version(r, rules->older) :
	    ws_judge_hixie(r, rules->subprotocols);
}

static enum ws_refusal
judge_key(struct ws_request *r, const struct ws_server_rules *rules)
{
	if (ws_version_is_hixie(r->version) ||
	    (http_count(&r->head, "Sec-WebSocket-Key", &r->key) == 1 &&
	    ws_key_valid(r->key)))
		return WS_ACCEPTED;
	r->key.len = 0;
	return ws_upgrade_has_key(&rules->upgrade) ?
	    WS_KEY_MALFORMED : WS_ACCEPTED;
}

static enum ws_refusal
judge_subprotocol(struct ws_request *r, const struct ws_server_rules *rules)
{
	return ws_version_is_hixie(r->version) ||
	    !ws_upgrade_is_framed(&rules->upgrade) ||
	    judge_subprotocols(r, rules->subprotocols) ?
	    WS_ACCEPTED : WS_SUBPROTOCOL_MALFORMED;
}

static enum ws_refusal
judge_extensions(struct ws_request *r, const struct ws_server_rules *rules)
{
	if (ws_version_is_hixie(r->version) ||
	    !ws_upgrade_is_framed(&rules->upgrade))
		return WS_ACCEPTED;
	if (!ws_extensions_valid(&r->head))
		return WS_EXTENSION_MALFORMED;
	/* What is offered and cannot be had is declined. */
	if (r->version == WS_VERSION_13)
		(void)ws_permessage_accept(&r->deflate, &rules->deflate,
		    &r->head);
	return WS_ACCEPTED;
}

/* RFC 9110, 7.4: what is for somebody else, who may let other pages in. */
static enum ws_refusal
judge_served(struct ws_request *r, const struct ws_server_rules *rules)
{
	bool served = rules->hosts.count > 0 ?
	    ws_host_served(r->host, rules->hosts) :
	    !rules->local || ws_host_is_local(r->host);

	return served ? WS_ACCEPTED : WS_HOST_REFUSED;
}

static rule *const all_rules[] = { judge_target, judge_host, judge_method,
    judge_target_form, judge_minor, judge_body, judge_upgrade,
    judge_connection, judge_draft, judge_key, judge_subprotocol,
    judge_extensions, judge_served, judge_rights };

enum { RULES = sizeof all_rules / sizeof all_rules[0] };

_Static_assert(sizeof all_rules / sizeof all_rules[0] == WS_REFUSALS_MAX,
    "each rule may find its fault");

enum ws_refusal
ws_judge_request(struct ws_request *r, const struct ws_server_rules *rules,
    char *head, size_t len)
{
	enum ws_refusal refusal = WS_ACCEPTED;
	size_t i;

	memset(r, 0, sizeof *r);
	if (!http_parse_request_line(&r->line, http_start_line(head, len)))
		return WS_REQUEST_LINE_MALFORMED;
	if (r->line.major != 1)
		return WS_HTTP_VERSION;
	r->fault = http_parse_head(&r->head, head, len, false);
	if (r->fault == HTTP_TOO_MANY_FIELDS)
		return WS_TOO_MANY_FIELDS;
	if (r->fault != HTTP_OK)
		return WS_FIELDS_MALFORMED;
	for (i = 0; i < RULES && refusal == WS_ACCEPTED; i++)
		refusal = all_rules[i](r, rules);
	return refusal;
}

size_t
ws_find_refusals(enum ws_refusal found[WS_REFUSALS_MAX], struct ws_request *r,
    const struct ws_server_rules *rules)
{
	size_t i, n = 0;

	for (i = 0; i < RULES; i++) {
		found[n] = all_rules[i](r, rules);
		n += found[n] != WS_ACCEPTED;
	}
	return n;
}
