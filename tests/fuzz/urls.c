/* URLs and what else a user hands in, of a proxy, too: what is taken makes one
 * well-formed request that a server accepts, whatever it was. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/compose.h"
#include "http/fields.h"
#include "http/origin.h"
#include "http/target.h"
#include "net/proxy.h"

/* What was made of a URL is one that comes to the same. */
static void
check_url(const struct ws_url *u)
{
	char host[512];
	static char whole[3 * 4096 + 1024];
	struct text h = { host, sizeof host, 0, false };
	struct text t = { whole, sizeof whole, 0, false };
	struct ws_url again;
	struct slice made;

	CHECK(strspn(u->host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") ==
	    strlen(u->host));
	CHECK(u->port > 0 && u->port <= 65535);
	ws_url_put_host(&h, u);
	CHECK(!h.full);
	text_puts(&t, u->secure ? "wss://" : "ws://");
	text_puts(&t, host);
	ws_url_put_resource(&t, u);
	CHECK(!t.full);
	made.p = t.buf;
	made.len = t.len;
	CHECK(ws_url_parse(&again, made) == WS_URL_OK);
	CHECK(strcmp(again.host, u->host) == 0 && again.port == u->port);
	CHECK(slice_equal(again.query, u->query));
}

/* Whether the path has what no server can put in a variable. */
static bool
has_nul(const char *head)
{
	const char *escape = strstr(head, "%00");

	return escape != NULL && escape < head + strcspn(head, "?\r");
}

/* An edit stands there once; or, where nothing is behind its colon, at most. */
static void
check_edit(const char *edit, const struct text *t)
{
	static struct http_head head;
	struct slice name = ws_edit_name(edit), value;
	char *copy = (char *)copy_bytes(t->buf, t->len);
	size_t count;

	CHECK(http_parse_head(&head, copy, t->len, false) == HTTP_OK);
	edit += name.len;
	name.p = copy_string((struct input){ (const uint8_t *)name.p, name.len });
	count = http_count(&head, name.p, &value);
	CHECK(count <= 1);
	CHECK(count == 1 || edit[1 + strspn(edit + 1, " \t")] == '\0');
	free((char *)name.p);
	free(copy);
}

static void
check_request(const struct ws_client_request *r)
{
	static char buf[HTTP_HEAD_MAX];
	struct text t = { buf, sizeof buf, 0, false };
	struct ws_server_rules rules = { .subprotocols = r->subprotocols };
	static const char *const all[] = { "*" };
	static struct ws_request request;
	enum ws_refusal refusal;
	bool nul;

	rules.origins.item = all;
	rules.origins.count = 1;
	ws_put_request(&t, r);
	CHECK(!t.full);
	nul = has_nul(t.buf);
	refusal = ws_judge_request(&request, &rules, t.buf, t.len);
	/* What a user adds may be wrong in itself, but is no other request. */
	if (r->edits.count == 0)
		CHECK(refusal == (nul ? WS_TARGET_MALFORMED : WS_ACCEPTED));
	CHECK(refusal != WS_FIELDS_MALFORMED &&
	    refusal != WS_REQUEST_LINE_MALFORMED);
	if (r->edits.count > 0)
		check_edit(r->edits.item[0], &t);
}

static void
check_proxy(struct slice s)
{
	struct ws_proxy p;
	char buf[4096];
	struct text t = { buf, sizeof buf, 0, false };

	if (!ws_proxy_parse(&p, s))
		return;
	CHECK(strlen(p.credentials) <= WS_PROXY_CREDENTIALS_MAX);
	switch (p.kind) {
	case WS_PROXY_HTTP:
		ws_put_connect(&t, &p, p.address.host, "443");
		break;
	case WS_PROXY_SOCKS4A:
		ws_put_socks4a(&t, &p, p.address.host, p.address.port);
		CHECK(t.len <= 1200);
		break;
	case WS_PROXY_SOCKS5:
		ws_put_socks5_greeting(&t, &p);
		if (p.credentials[0] != '\0')
			ws_put_socks5_credentials(&t, &p);
		ws_put_socks5_request(&t, p.address.host, p.address.port);
		break;
	}
	CHECK(!t.full);
}

/* What a rule could be lets itself in, but for the slash that only rules have. */
static void
check_origin_rule(const char *text)
{
	struct slice rule = slice_of(text);
	enum ws_origin_fault fault = ws_check_origin_rule(rule);

	CHECK(strlen(ws_origin_fault_text(fault)) > 0);
	if (fault == WS_ORIGIN_OK && rule.p[rule.len - 1] != '/')
		CHECK(ws_origin_matches(rule, rule));
}

void
fuzz(struct input in)
{
	struct input url = take_part(&in);
	char *part[3] = { copy_string(take_part(&in)),
	    copy_string(take_part(&in)), copy_string(take_part(&in)) };
	char *basic = copy_string(in);
	struct ws_client_request r = { .origin = part[0], .basic = basic };
	struct slice s = { (char *)copy_bytes(url.p, url.len), url.len };
	enum ws_url_fault fault = ws_url_parse(&r.url, s);
	const char *const *protocol = (const char *const *)part + 1;
	const char *const *edit = (const char *const *)part + 2;
	uint8_t nonce[16] = { 0 };
	size_t i;

	ws_key_encode(r.key, nonce);
	CHECK(strlen(ws_url_fault_text(fault)) > 0);
	check_proxy(s);
	check_origin_rule(part[0]);
	if (!ws_origin_valid(slice_of(part[0])))
		r.origin = NULL;
	if (http_is_token(slice_of(part[1]))) {
		r.subprotocols.item = protocol;
		r.subprotocols.count = 1;
	}
	if (ws_edit_valid(slice_of(part[2]))) {
		CHECK(http_is_token(ws_edit_name(part[2])));
		r.edits.item = edit;
		r.edits.count = 1;
	}
	if (!http_is_basic(slice_of(basic)))
		r.basic = NULL;
	if (fault == WS_URL_OK) {
		check_url(&r.url);
		check_request(&r);
	}
	(void)ws_path_valid(s);
	free((char *)s.p);
	free(basic);
	for (i = 0; i < 3; i++)
		free(part[i]);
}
