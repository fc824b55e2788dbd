/* Values of ws-handshake's options, and what they mean for requests. */
#include <string.h>

#include "diag.h"
#include "http/fields.h"
#include "http/host.h"
#include "http/origin.h"
#include "http/seckey.h"
#include "http/target.h"
#include "options.h"
#include "system.h"
#include "ws-handshake.h"

void
list_add(struct list *l, char letter, const char *value)
{
	if (l->count == LIST_MAX)
		die(STATUS_USAGE, "-%c given more than %d times", letter,
		    LIST_MAX);
	l->item[l->count++] = value;
}

struct string_list
list_view(const struct list *l)
{
	struct string_list all = { l->item, l->count };

	return all;
}

/* The lines of a text that may be changed, each a field. */
static void
add_lines(struct settings *set, char *text)
{
	struct slice rest = slice_of(text), line;
	size_t place;

	while (rest.len > 0) {
		line = http_next_line(&rest);
		place = (size_t)(line.p - text);
		text[place + line.len] = '\0';
		if (line.len > 0)
			list_add(&set->fields, 'H', text + place);
	}
}

void
add_fields(struct settings *set, const char *value)
{
	struct http_request_line line;
	char *text;

	if (value[0] != '@') {
		list_add(&set->fields, 'H', value);
		return;
	}
	text = option_text('H', value + 1, HTTP_HEAD_MAX);
	if (!http_parse_request_line(&line,
	    http_start_line(text, strlen(text)))) {
		add_lines(set, text);
		return;
	}
	if (set->model != NULL)
		die(STATUS_USAGE, "-H: one head can be the model, not two");
	set->model = text;
}

/* A head whose empty line is missing has its end there. */
static size_t
end_head(char head[HEAD_SIZE], const char *text)
{
	struct text t = { head, HEAD_SIZE, 0, false };
	struct http_scan scan = { .skip_empty = true };
	size_t len;

	text_puts(&t, text);
	text_puts(&t, "\n\n");
	return http_scan(&scan, head, t.len, &len) == HTTP_COMPLETE ? len : 0;
}

/* What a server that lets everybody in would take. */
void
take_model(struct settings *set)
{
	static char head[HEAD_SIZE];
	static struct ws_request request;
	const char *const any = "*";
	struct string_list all = { &any, 1 };
	struct ws_server_rules rules = { .origins = all, .hosts = all,
	    .upgrade = set->upgrade };
	enum ws_refusal refusal;
	size_t len;

	if (set->model == NULL)
		return;
	if (set->role == WS_SERVER)
		die(STATUS_USAGE, "-H: a request is the model of a client's "
		    "head only");
	len = end_head(head, set->model);
	refusal = len == 0 ? WS_REQUEST_TOO_LARGE :
	    ws_judge_request(&request, &rules, head, len);
	if (refusal != WS_ACCEPTED)
		die(STATUS_USAGE, "-H: the head that is to be the model would "
		    "be refused: %s", ws_refusal_text(refusal, request.fault));
	set->model_head = request.head;
}

void
set_upgrade(struct settings *set, const char *value)
{
	static char name[WS_UPGRADE_MAX + 1];

	if (!ws_upgrade_parse(&set->upgrade, name, value))
		die(STATUS_USAGE, "-G: not a protocol such as tcp or IRC/6.9, "
		    "of at most %d bytes, or one and \",key\" "
		    "(RFC 9110, 7.8)", WS_UPGRADE_MAX);
}

void
add_older(struct settings *set, const char *value)
{
	struct slice list = slice_of(value), name;
	unsigned older = 0;

	while (slice_next_element(&list, &name))
		older |= 1u << ws_version_of_draft(name);
	/* A name of none is one of the version that is always spoken. */
	if (older == 0 || (older & 1u << WS_VERSION_13) != 0)
		die(STATUS_USAGE, "-O: not a list of hixie-75, hixie-76, "
		    "hybi-07 and hybi-10");
	set->older |= older;
}

static const char extensions_name[] = "Sec-WebSocket-Extensions";

/* The field of -H that says them; it is taken off the list. */
static const char *
cut_extensions(struct list *fields)
{
	const char *field;
	size_t i;

	for (i = 0; i < fields->count; i++) {
		field = fields->item[i];
		if (!slice_equal_nocase(ws_edit_name(field),
		    slice_of(extensions_name)))
			continue;
		fields->count--;
		memmove(fields->item + i, fields->item + i + 1,
		    (fields->count - i) * sizeof *fields->item);
		return field + ws_edit_name(field).len + 1;
	}
	return NULL;
}

/* Whether a field of -H says something. */
static bool
has_value(const struct list *fields, const char *name)
{
	struct slice value;
	size_t i = 0;

	while (ws_edit_find(list_view(fields), name, &i, &value))
		if (value.len > 0)
			return true;
	return false;
}

/* Whether the model says something that no field of -H takes the place of. */
static bool
model_has(const struct settings *set, const char *name, struct slice *value)
{
	struct slice unused;
	size_t i = 0;

	return http_count(&set->model_head, name, value) > 0 &&
	    !ws_edit_find(list_view(&set->fields), name, &i, &unused);
}

/* What a session is not told of, it would not do. */
static void
check_unspoken(const struct settings *set)
{
	struct slice value;

	if (set->role == WS_CLIENT && set->program == NULL)
		return;
	if (has_value(&set->fields, extensions_name) ||
	    (ws_upgrade_is_framed(&set->upgrade) &&
	    model_has(set, extensions_name, &value)))
		die(STATUS_USAGE, "-H: no Sec-WebSocket-Extensions without -z, "
		    "which speaks permessage-deflate");
}

void
take_parameters(struct settings *set)
{
	struct slice value;
	const char *own;

	if (set->role == WS_SERVER &&
	    has_value(&set->fields, "Sec-WebSocket-Protocol"))
		die(STATUS_USAGE, "-H: Sec-WebSocket-Protocol is what the "
		    "client offers and -p speaks");
	if (!set->deflate.deflate) {
		check_unspoken(set);
		return;
	}
	own = cut_extensions(&set->fields);
	if (own != NULL)
		value = slice_of(own);
	if (own == NULL && !model_has(set, extensions_name, &value))
		set->deflate.client_window = true;
	else if (!ws_permessage_parse(&set->deflate, value, false))
		die(STATUS_USAGE, "-H: not \"Sec-WebSocket-Extensions: "
		    "permessage-deflate\" and its parameters "
		    "(RFC 7692, 7.1)");
}

const char *
name_extensions(char out[WS_PERMESSAGE_MAX], const struct ws_permessage *m)
{
	struct text t = { out, WS_PERMESSAGE_MAX, 0, false };

	if (!m->deflate)
		return NULL;
	ws_permessage_put(&t, m);
	return out;
}

static void
check_subprotocols(const struct list *l)
{
	size_t i, k;

	for (i = 0; i < l->count; i++) {
		if (!http_is_token(slice_of(l->item[i])))
			die(STATUS_USAGE, "-p: a subprotocol must be a token "
			    "(RFC 9110, 5.6.2)");
		for (k = 0; k < i; k++)
			if (strcmp(l->item[i], l->item[k]) == 0)
				die(STATUS_USAGE, "-p %s: given twice "
				    "(RFC 6455, 4.1)", l->item[i]);
	}
}

/* What a client says is its own business. */
static void
check_origin(const char *origin, enum ws_role role)
{
	enum ws_origin_fault fault = role == WS_SERVER ?
	    ws_check_origin_rule(slice_of(origin)) :
	    ws_origin_valid(slice_of(origin)) ? WS_ORIGIN_OK :
	    WS_ORIGIN_CHARACTER;

	if (fault != WS_ORIGIN_OK)
		die(STATUS_USAGE, "-o: %s", ws_origin_fault_text(fault));
}

void
check_values(const struct settings *set)
{
	size_t i;

	check_subprotocols(&set->subprotocols);
	for (i = 0; i < set->fields.count; i++)
		if (!ws_edit_valid(slice_of(set->fields.item[i])))
			die(STATUS_USAGE, "-H: not a header field "
			    "\"Name: value\" (RFC 9112, 5)");
	for (i = 0; i < set->origins.count; i++)
		check_origin(set->origins.item[i], set->role);
	for (i = 0; i < set->credentials.count; i++)
		if (!http_is_basic(slice_of(set->credentials.item[i])))
			die(STATUS_USAGE,
			    "-u: not user:password (RFC 7617, 2)");
	for (i = 0; i < set->paths.count; i++)
		if (!ws_path_valid(slice_of(set->paths.item[i])))
			die(STATUS_USAGE, "-R: not a path such as /chat "
			    "(RFC 9112, 3.2.1)");
	for (i = 0; i < set->hosts.count; i++)
		if (!ws_served_valid(slice_of(set->hosts.item[i])))
			die(STATUS_USAGE, "-S: not a host such as example.com "
			    "or *.example.com, without port (RFC 3986, 3.2.2)");
	if (set->key != NULL && !ws_key_valid(slice_of(set->key)))
		die(STATUS_USAGE, "-k: not the base64 of 16 bytes "
		    "(RFC 6455, 4.1)");
}

struct ws_server_rules
rules_of(const struct settings *set)
{
	struct ws_server_rules rules = { list_view(&set->subprotocols),
	    list_view(&set->origins), list_view(&set->credentials),
	    list_view(&set->paths), list_view(&set->hosts), false, set->older,
	    set->deflate, set->upgrade };

	return rules;
}

void
prepare_request(struct ws_client_request *r, const struct settings *set)
{
	uint8_t nonce[16];
	struct slice sent;
	size_t i = 0;
	enum ws_url_fault fault = ws_upgrade_is_framed(&set->upgrade) ?
	    ws_url_parse(&r->url, slice_of(set->url)) :
	    ws_url_parse_http(&r->url, slice_of(set->url));

	if (fault != WS_URL_OK)
		die(STATUS_USAGE, "%s", ws_url_fault_text(fault));
	r->subprotocols = list_view(&set->subprotocols);
	r->edits = list_view(&set->fields);
	r->deflate = set->deflate;
	r->upgrade = set->upgrade;
	r->model = set->model != NULL ? &set->model_head : NULL;
	r->origin = set->origins.count > 0 ? set->origins.item[0] : NULL;
	r->basic = set->credentials.count > 0 ? set->credentials.item[0] : NULL;
	/* What is sent in the place of a key counts, if it is one. */
	if (ws_edit_find(r->edits, "Sec-WebSocket-Key", &i, &sent) &&
	    ws_key_valid(sent)) {
		memcpy(r->key, sent.p, sizeof r->key);
	} else if (set->key != NULL) {
		memcpy(r->key, set->key, sizeof r->key);
	} else {
		random_bytes(nonce, sizeof nonce);
		ws_key_encode(r->key, nonce);
	}
}
