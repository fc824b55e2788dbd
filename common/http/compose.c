/* The heads that are sent: a client's request (RFC 6455, 4.1), a server's
 * acceptance (4.2.2) and refusals (RFC 9110, 15). */
#include <string.h>

#include "http/compose.h"
#include "http/credentials.h"
#include "http/fields.h"

static void
put_text(struct ws_fields *f, const char *name, const char *value)
{
	ws_put_field(f, slice_of(name), slice_of(value));
}

static void
put_deflate(struct ws_fields *f, struct slice name,
    const struct ws_permessage *m)
{
	if (!ws_field_begin(f, name))
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
		ws_put_field(&f, slice_of("Sec-WebSocket-Accept"), value);
	}
	if (r->subprotocol.len > 0)
		ws_put_field(&f, slice_of("Sec-WebSocket-Protocol"),
		    r->subprotocol);
	if (r->deflate.deflate)
		put_deflate(&f, slice_of("Sec-WebSocket-Extensions"),
		    &r->deflate);
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
	if (ws_field_begin(&f, slice_of("Content-Length"))) {
		text_put_number(t, strlen(phrase) + 1);
		ws_field_end(&f);
	}
	ws_fields_finish(&f);
	if (head_only)		/* RFC 9110, 9.3.2 */
		return;
	text_puts(t, phrase);
	text_puts(t, "\n");
}

/* -- a request -- */

/* The fields that are ours, in the order in which they stand unless a model
 * has another. */
enum own_field {
	OWN_HOST, OWN_UPGRADE, OWN_CONNECTION, OWN_KEY, OWN_VERSION,
	OWN_SUBPROTOCOL, OWN_EXTENSIONS, OWN_ORIGIN, OWN_AUTHORIZATION,
	OWN_FIELDS
};

static const char *const own_names[OWN_FIELDS] = { "Host", "Upgrade",
    "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Origin",
    "Authorization" };

static void
put_host(struct ws_fields *f, struct slice name, const struct ws_url *url)
{
	if (!ws_field_begin(f, name))
		return;
	ws_url_put_host(f->text, url);
	ws_field_end(f);
}

static void
put_subprotocols(struct ws_fields *f, struct slice name,
    struct string_list offered)
{
	size_t i;

	if (offered.count == 0 || !ws_field_begin(f, name))
		return;
	for (i = 0; i < offered.count; i++) {
		text_puts(f->text, i > 0 ? ", " : "");
		text_puts(f->text, offered.item[i]);
	}
	ws_field_end(f);
}

/* What no origin is given for comes from a page of the same site. */
static void
put_origin(struct ws_fields *f, struct slice name,
    const struct ws_client_request *r)
{
	if (!ws_field_begin(f, name))
		return;
	if (r->origin != NULL) {
		text_puts(f->text, r->origin);
	} else {
		text_puts(f->text, r->url.secure ? "https://" : "http://");
		ws_url_put_host(f->text, &r->url);
	}
	ws_field_end(f);
}

/* Writes a field of ours, if there is something to say, as it stands in the
 * model, or null. */
static void
put_own(struct ws_fields *f, const struct ws_client_request *r,
    enum own_field own, const struct http_field *model)
{
	struct slice name = model != NULL ? model->name :
	    slice_of(own_names[own]);
	struct slice key = { r->key, sizeof r->key };
	bool has_key = model != NULL || ws_upgrade_has_key(&r->upgrade);

	switch (own) {
	case OWN_HOST:
		put_host(f, name, &r->url);
		break;
	case OWN_UPGRADE:
		ws_put_field(f, name, slice_of(ws_upgrade_name(&r->upgrade)));
		break;
	case OWN_CONNECTION:	/* and what else the model has in it */
		ws_put_field(f, name, model != NULL ? model->value :
		    slice_of("Upgrade"));
		break;
	case OWN_KEY:
		if (has_key)
			ws_put_field(f, name, key);
		break;
	case OWN_VERSION:
		if (has_key)
			ws_put_field(f, name, slice_of("13"));
		break;
	case OWN_SUBPROTOCOL:
		put_subprotocols(f, name, r->subprotocols);
		break;
	case OWN_EXTENSIONS:	/* without -z they mean nothing to us */
		if (r->deflate.deflate)
			put_deflate(f, name, &r->deflate);
		else if (model != NULL)
			ws_put_field(f, name, model->value);
		break;
	case OWN_ORIGIN:
		if (model != NULL || r->origin != NULL)
			put_origin(f, name, r);
		break;
	case OWN_AUTHORIZATION:
		if (r->basic == NULL && model != NULL) {
			ws_put_field(f, name, model->value);
		} else if (r->basic != NULL && ws_field_begin(f, name)) {
			ws_put_basic(f->text, r->basic);
			ws_field_end(f);
		}
		break;
	case OWN_FIELDS:
		break;
	}
}

/* OWN_FIELDS if the name is of none. */
static enum own_field
own_field_of(struct slice name)
{
	unsigned own = 0;

	while (own < OWN_FIELDS &&
	    !slice_equal_nocase(name, slice_of(own_names[own])))
		own++;
	return (enum own_field)own;
}

void
ws_put_request(struct text *t, const struct ws_client_request *r)
{
	struct ws_fields f = { .text = t, .edits = r->edits };
	bool done[OWN_FIELDS + 1] = { false };
	unsigned own;
	size_t i;

	text_puts(t, "GET ");
	ws_url_put_resource(t, &r->url);
	text_puts(t, " HTTP/1.1\r\n");
	for (i = 0; r->model != NULL && i < r->model->field_count; i++) {
		const struct http_field *field = &r->model->fields[i];

		own = own_field_of(field->name);
		if (own == OWN_FIELDS)
			ws_put_field(&f, field->name, field->value);
		else if (!done[own])
			put_own(&f, r, own, field);
		done[own] = true;
	}
	for (own = 0; own < OWN_FIELDS; own++)
		if (!done[own])
			put_own(&f, r, own, NULL);
	ws_fields_finish(&f);
}
