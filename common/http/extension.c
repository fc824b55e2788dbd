/* The extensions that are offered (RFC 6455, 9.1). */
#include "http/extension.h"

/* Cuts a token off the start of *s; blanks around it are skipped. */
static bool
take_token(struct slice *s)
{
	struct slice token;

	*s = slice_trim(*s);
	token = slice_cut(s, http_token_run(*s));
	*s = slice_trim(*s);
	return token.len > 0;
}

/* A token, in quotes or not (9.1). */
static bool
take_parameter_value(struct slice *s)
{
	*s = slice_trim(*s);
	if (!slice_take_prefix(s, "\""))
		return take_token(s);
	return s->len > 0 && s->p[0] != ' ' && take_token(s) &&
	    slice_take_prefix(s, "\"");
}

/* extension-list of 9.1: 1#( token *( ";" token [ "=" value ] ) ).  We speak
 * no extension, but a list that cannot be read means a confused peer. */
bool
ws_extensions_valid(const struct http_head *h)
{
	const struct http_field *f;
	size_t i = 0, fields = 0, elements = 0;

	while ((f = http_find(h, "Sec-WebSocket-Extensions", &i)) != NULL) {
		struct slice list = f->value, e;

		fields++;
		while (slice_next_element(&list, &e)) {
			elements++;
			if (!take_token(&e))
				return false;
			while (slice_take_prefix(&e, ";")) {
				if (!take_token(&e))
					return false;
				if (slice_take_prefix(&e, "=") &&
				    !take_parameter_value(&e))
					return false;
				e = slice_trim(e);
			}
			if (e.len > 0)
				return false;
		}
	}
	return fields == 0 || elements > 0;
}
