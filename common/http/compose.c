/* The heads that are sent: a client's request (RFC 6455, 4.1), a server's
 * acceptance (4.2.2) and refusals (RFC 9110, 15). */
#include <string.h>

#include "http/compose.h"
#include "http/credentials.h"
#include "http/fields.h"

static void
put_text(struct ws_fields *f, const char *name, const char *value)
{
	ws_put_field(f, name, slice_of(value));
}

static void
put_deflate(struct ws_fields *f, const struct ws_permessage *m)
{
	if (!m->deflate || !ws_field_begin(f, "Sec-WebSocket-Extensions"))
		return;
	ws_permessage_put(f->text, m);
	ws_field_end(f);
}

void
ws_put_acceptance(struct text *t, const struct ws_request *r,
    const struct ws_upgrade *upgrade, struct string_list edits)
{
	struct ws_fields f = { .text = t, .edits = edits };
	char accept[WS_ACCEPT_LEN];
	struct slice value = { accept, sizeof accept };

	text_puts(t, "HTTP/1.1 101 Switching Protocols\r\n");
	put_text(&f, "Upgrade", ws_upgrade_name(upgrade));
	put_text(&f, "Connection", "Upgrade");
	if (r->key.len > 0) {
		ws_accept_encode(accept, r->key);
		ws_put_field(&f, "Sec-WebSocket-Accept", value);
	}
	if (r->subprotocol.len > 0)
		ws_put_field(&f, "Sec-WebSocket-Protocol", r->subprotocol);
	put_deflate(&f, &r->deflate);
	ws_fields_finish(&f);
}

/* What the status wants in the head. */
static void
put_status_fields(struct ws_fields *f, enum ws_refusal refusal, int status,
    const struct ws_upgrade *upgrade)
{
	if (status == 426)	/* RFC 9110, 15.5.22 */
		put_text(f, "Upgrade", ws_upgrade_name(upgrade));
	put_text(f, "Connection", status == 426 ? "Upgrade, close" : "close");
	if (status == 401)	/* RFC 9110, 15.5.2 */
		put_text(f, "WWW-Authenticate",
		    "Basic realm=\"WebSocket\", charset=\"UTF-8\"");
	if (status == 405)	/* RFC 9110, 15.5.6 */
		put_text(f, "Allow", "GET");
	if ((status == 426 && ws_upgrade_has_key(upgrade)) ||
	    refusal == WS_VERSION_MALFORMED)	/* 4.4 */
		put_text(f, "Sec-WebSocket-Version", "13");
}

void
ws_put_refusal(struct text *t, enum ws_refusal refusal, bool head_only,
    const struct ws_upgrade *upgrade, struct string_list edits)
{
	struct ws_fields f = { .text = t, .edits = edits };
	int status = ws_refusal_status(refusal);
	const char *phrase = http_phrase(status);

	text_puts(t, "HTTP/1.1 ");
	text_put_number(t, (unsigned)status);
	text_puts(t, " ");
	text_puts(t, phrase);
	text_puts(t, "\r\n");
	put_status_fields(&f, refusal, status, upgrade);
	put_text(&f, "Content-Type", "text/plain");
	if (ws_field_begin(&f, "Content-Length")) {
		text_put_number(t, strlen(phrase) + 1);
		ws_field_end(&f);
	}
	ws_fields_finish(&f);
	if (head_only)		/* RFC 9110, 9.3.2 */
		return;
	text_puts(t, phrase);
	text_puts(t, "\n");
}

static void
put_host(struct ws_fields *f, const struct ws_url *url)
{
	if (!ws_field_begin(f, "Host"))
		return;
	ws_url_put_host(f->text, url);
	ws_field_end(f);
}

static void
put_subprotocols(struct ws_fields *f, struct string_list offered)
{
	size_t i;

	if (offered.count == 0 || !ws_field_begin(f, "Sec-WebSocket-Protocol"))
		return;
	for (i = 0; i < offered.count; i++) {
		text_puts(f->text, i > 0 ? ", " : "");
		text_puts(f->text, offered.item[i]);
	}
	ws_field_end(f);
}

void
ws_put_request(struct text *t, const struct ws_client_request *r)
{
	struct ws_fields f = { .text = t, .edits = r->edits };
	struct slice key = { r->key, sizeof r->key };

	text_puts(t, "GET ");
	ws_url_put_resource(t, &r->url);
	text_puts(t, " HTTP/1.1\r\n");
	put_host(&f, &r->url);
	put_text(&f, "Upgrade", ws_upgrade_name(&r->upgrade));
	put_text(&f, "Connection", "Upgrade");
	if (ws_upgrade_has_key(&r->upgrade)) {
		ws_put_field(&f, "Sec-WebSocket-Key", key);
		put_text(&f, "Sec-WebSocket-Version", "13");
	}
	put_subprotocols(&f, r->subprotocols);
	put_deflate(&f, &r->deflate);
	if (r->origin != NULL)
		put_text(&f, "Origin", r->origin);
	if (r->basic != NULL && ws_field_begin(&f, "Authorization")) {
		ws_put_basic(t, r->basic);
		ws_field_end(&f);
	}
	ws_fields_finish(&f);
}
