/* Lists of extensions (RFC 6455, 9.1). */
#include "http/extension.h"

/* Cuts a token off the start of *s; blanks around it are skipped. */
static bool
take_token(struct slice *s, struct slice *token)
{
	*s = slice_trim(*s);
	*token = slice_cut(s, http_token_run(*s));
	*s = slice_trim(*s);
	return token->len > 0;
}

/* A token, in quotes or not (9.1). */
static bool
take_parameter_value(struct slice *s, struct slice *value)
{
	*s = slice_trim(*s);
	if (!slice_take_prefix(s, "\""))
		return take_token(s, value);
	return s->len > 0 && s->p[0] != ' ' && take_token(s, value) &&
	    slice_take_prefix(s, "\"");
}

bool
ws_extensions_next(struct ws_extensions *all, struct slice *element)
{
	const struct http_field *f;

	while (!slice_next_element(&all->list, element)) {
		f = http_find(all->head, "Sec-WebSocket-Extensions", &all->i);
		if (f == NULL)
			return false;
		all->fields++;
		all->list = f->value;
	}
	return true;
}

bool
ws_extension_name(struct slice *element, struct slice *name)
{
	return take_token(element, name);
}

bool
ws_extension_parameter(struct slice *element, struct ws_extension_parameter *p)
{
	if (!slice_take_prefix(element, ";") || !take_token(element, &p->name))
		return false;
	p->has_value = slice_take_prefix(element, "=");
	if (p->has_value && !take_parameter_value(element, &p->value))
		return false;
	*element = slice_trim(*element);
	return true;
}

/* extension-list of 9.1: 1#( token *( ";" token [ "=" value ] ) ).  One that
 * cannot be read means a confused peer, whatever we speak. */
bool
ws_extensions_valid(const struct http_head *h)
{
	struct ws_extensions all = { .head = h };
	struct ws_extension_parameter p;
	size_t elements = 0;
	struct slice e, name;

	for (; ws_extensions_next(&all, &e); elements++) {
		if (!ws_extension_name(&e, &name))
			return false;
		while (e.len > 0)
			if (!ws_extension_parameter(&e, &p))
				return false;
	}
	return all.fields == 0 || elements > 0;
}
