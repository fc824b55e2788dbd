/* Basic credentials (RFC 7617). */
#include <string.h>

#include "code/base64.h"
#include "code/consttime.h"
#include "http/credentials.h"

static const char scheme[] = "Basic";

/* The four digits of the group that begins at p, of which len bytes are
 * left.  Group by group, so that no buffer bounds the credentials. */
static size_t
encode_three(char group[4], const char *p, size_t len)
{
	size_t n = len < 3 ? len : 3;

	ws_base64_encode(group, (const uint8_t *)p, n, WS_SIMD_NONE);
	return n;
}

void
ws_put_basic(struct text *t, const char *user_password)
{
	size_t len = strlen(user_password), n;
	char group[4];

	text_puts(t, scheme);
	text_puts(t, " ");
	for (; len > 0; len -= n, user_password += n) {
		n = encode_three(group, user_password, len);
		text_put(t, group, sizeof group);
	}
}

/* Cuts the scheme, in any case, and the blanks behind it off *value
 * (RFC 9110, 11.4). */
static bool
take_scheme(struct slice *value)
{
	if (!slice_take_prefix(value, scheme) || !slice_take_prefix(value, " "))
		return false;
	*value = slice_trim(*value);
	return true;
}

bool
ws_basic_matches(struct slice value, const char *user_password)
{
	struct slice rest = slice_of(user_password), given;
	bool equal;
	char group[4] = "";

	if (!take_scheme(&value))
		return false;
	equal = value.len == WS_BASE64_LEN(rest.len);
	while (value.len > 0) {
		given = slice_cut(&value, value.len < 4 ? value.len : 4);
		if (rest.len > 0)
			(void)slice_cut(&rest,
			    encode_three(group, rest.p, rest.len));
		equal &= consttime_equal(given.p, group, given.len);
	}
	return equal;
}

/* Cuts an element off a list whose commas may stand in quoted strings, too. */
static struct slice
take_element(struct slice *list)
{
	bool quoted = false;
	struct slice element;
	size_t n;

	for (n = 0; n < list->len && (quoted || list->p[n] != ','); n++) {
		if (list->p[n] == '"')
			quoted = !quoted;
		else if (quoted && list->p[n] == '\\' && n + 1 < list->len)
			n++;
	}
	element = slice_trim(slice_cut(list, n));
	(void)slice_take_prefix(list, ",");
	return element;
}

/* The scheme that an element of a list of challenges begins with, if it is not
 * a parameter of the one before. */
static bool
begins_challenge(struct slice element, struct slice *name)
{
	*name = slice_cut(&element, http_token_run(element));
	element = slice_trim(element);
	return name->len > 0 && !slice_take_prefix(&element, "=");
}

bool
ws_asks_for_other(const struct http_head *h, const char *field,
    struct slice *first)
{
	const struct http_field *f;
	struct slice list, name;
	bool any = false;
	size_t i = 0;

	while ((f = http_find(h, field, &i)) != NULL)
		for (list = f->value; list.len > 0;) {
			if (!begins_challenge(take_element(&list), &name))
				continue;
			if (slice_equal_nocase(name, slice_of(scheme)))
				return false;
			if (!any)
				*first = name;
			any = true;
		}
	return any;
}
