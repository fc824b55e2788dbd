/* core, requests that another process hands over: what holds for those that are
 * found sound, whatever became of a byte of them. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "http/sound.h"
#include "http/target.h"

static const char *const subprotocols[] = { "chat", "base64" };
static const char *const credentials[] = { "me:secret", "you:too" };

static struct ws_server_rules
rules_for(bool all)
{
	struct ws_server_rules rules = { .older = 0 };

	if (!all)
		return rules;
	rules.older = 1u << WS_VERSION_8 | 1u << WS_HIXIE_76 |
	    1u << WS_HIXIE_75;
	rules.deflate.deflate = true;
	rules.subprotocols.item = subprotocols;
	rules.subprotocols.count = 2;
	return rules;
}

static const struct {
	const char *head;
	bool all, secret;
} requests[] = {
	{ "GET /a%20b?q=%zz HTTP/1.1\r\nHost: example.com:80\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nX: \ta b\xff\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	    false, false },
	{ "GET ws://[::1] HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Protocol: x, base64\r\n"
	    "Sec-WebSocket-Extensions: permessage-deflate; "
	    "client_max_window_bits=9\r\n"
	    "Authorization: Basic bWU6c2VjcmV0\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	    true, true },
	{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
	    "Upgrade: WebSocket\r\nOrigin: http://a\r\n"
	    "Sec-WebSocket-Key1: 4 2\r\nSec-WebSocket-Key2: 1 2\r\n\r\n",
	    true, false }
};

/* Without the function under test: whether each byte is of the head, and no
 * control character. */
static bool
is_harmless(struct slice s, struct slice head, bool tabs)
{
	size_t i;

	if (s.len == 0)
		return true;
	if ((uintptr_t)s.p < (uintptr_t)head.p ||
	    (uintptr_t)s.p - (uintptr_t)head.p > head.len ||
	    s.len > head.len - (size_t)((uintptr_t)s.p - (uintptr_t)head.p))
		return false;
	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && !(tabs && c == '\t')) || c == 127)
			return false;
	}
	return true;
}

static bool
are_harmless(const struct ws_request *r, const struct ws_server_rules *rules,
    struct slice head)
{
	bool hixie = r->version >= WS_HIXIE_76;
	size_t i, total = 0;

	if (r->head.field_count > HTTP_FIELDS_MAX || r->version > WS_HIXIE_75)
		return false;
	for (i = 0; i < r->head.field_count; i++) {
		const struct http_field *f = &r->head.fields[i];

		total += f->name.len + f->value.len;
		if (f->name.len == 0 || !is_harmless(f->name, head, false) ||
		    memchr(f->name.p, ' ', f->name.len) != NULL ||
		    !is_harmless(f->value, head, true))
			return false;
	}
	return total <= head.len &&
	    is_harmless(r->line.method, head, false) &&
	    is_harmless(r->line.target, head, false) &&
	    is_harmless(r->authority, head, false) &&
	    is_harmless(r->host, head, false) &&
	    is_harmless(r->query, head, false) &&
	    is_harmless(r->key, head, false) &&
	    (!hixie || is_harmless(r->origin, head, false)) &&
	    (r->path.p == ws_root_path().p ? r->path.len == 1 :
	    is_harmless(r->path, head, false)) && r->path.p[0] == '/' &&
	    (r->subprotocol.len == 0 ||
	    slice_in_list(rules->subprotocols, r->subprotocol)) &&
	    (r->credentials == NULL ? rules->credentials.count == 0 :
	    r->credentials == credentials[0] ||
	    r->credentials == credentials[1]) &&
	    r->deflate.client_bits <= 15 && r->deflate.server_bits <= 15;
}

/* Behind the fields that there are nothing is looked at. */
static bool
is_unused(const struct ws_request *r, size_t i)
{
	size_t from = offsetof(struct ws_request, head.fields) +
	    r->head.field_count * sizeof r->head.fields[0];

	return i >= from && i < offsetof(struct ws_request, head.fields) +
	    sizeof r->head.fields;
}

struct tally {
	size_t sound, harmful;
};

static void
judge(struct tally *t, const struct ws_request *r,
    const struct ws_server_rules *rules, struct slice head)
{
	if (!ws_request_is_sound(r, rules, head.p, head.len))
		return;
	t->sound++;
	t->harmful += !are_harmless(r, rules, head);
}

/* Each byte of the request, and of the head that it points into, becomes all
 * others, one after the other. */
static struct tally
try_all(struct ws_request *r, const struct ws_server_rules *rules, char *head,
    size_t len)
{
	unsigned char *bytes = (unsigned char *)r, *heads = (void *)head;
	struct slice whole = { head, len };
	struct tally t = { 0, 0 };
	size_t i;
	unsigned n;

	for (i = 0; i < sizeof *r; i++)
		for (n = 1; n < 256 && !is_unused(r, i); n++) {
			bytes[i] = (unsigned char)(bytes[i] ^ n);
			judge(&t, r, rules, whole);
			bytes[i] = (unsigned char)(bytes[i] ^ n);
		}
	for (i = 0; i < len; i++)
		for (n = 1; n < 256; n++) {
			heads[i] = (unsigned char)(heads[i] ^ n);
			judge(&t, r, rules, whole);
			heads[i] = (unsigned char)(heads[i] ^ n);
		}
	return t;
}

void
do_sound(struct row *unused)
{
	struct ws_request *r = get_memory(sizeof *r);
	size_t i, len;

	(void)unused;
	for (i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct ws_server_rules rules = rules_for(requests[i].all);
		struct tally t;
		char *head;

		len = strlen(requests[i].head);
		head = get_memory(len);
		memcpy(head, requests[i].head, len);
		if (requests[i].secret) {
			rules.credentials.item = credentials;
			rules.credentials.count = 2;
		}
		if (ws_judge_request(r, &rules, head, len) != WS_ACCEPTED ||
		    !ws_request_is_sound(r, &rules, head, len))
			fatal("core: a request that is sound is not");
		t = try_all(r, &rules, head, len);
		printf("%zu\t%s\t%zu\n", i, t.sound > 0 ? "some" : "none",
		    t.harmful);
		free(head);
	}
	free(r);
}
