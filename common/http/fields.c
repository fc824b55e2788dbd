/* The fields of a head that is written, and what a user changes about them. */
#include <string.h>

#include "http/fields.h"
#include "http/head.h"

/* "Name;" as curl has it. */
static bool
is_empty_field(struct slice edit)
{
	struct slice name = { edit.p, edit.len - (edit.len > 0) };

	return edit.len > 0 && edit.p[name.len] == ';' && http_is_token(name);
}

bool
ws_edit_valid(struct slice edit)
{
	return http_is_field_line(edit) || is_empty_field(edit);
}

struct slice
ws_edit_name(const char *edit)
{
	struct slice name = slice_of(edit);
	const char *colon = memchr(edit, ':', name.len);

	name.len = colon != NULL ? (size_t)(colon - edit) : name.len - 1;
	return name;
}

bool
ws_edit_find(struct string_list edits, const char *name, size_t *i,
    struct slice *value)
{
	while (*i < edits.count) {
		const char *edit = edits.item[(*i)++];
		struct slice own = ws_edit_name(edit);

		if (!slice_equal_nocase(own, slice_of(name)))
			continue;
		*value = slice_trim(slice_of(edit + own.len + 1));
		return true;
	}
	return false;
}

/* "Name:" and nothing behind it but blanks. */
static bool
is_removal(const char *edit)
{
	struct slice rest = slice_of(edit + ws_edit_name(edit).len);

	return rest.p[0] == ':' && slice_trim(slice_of(rest.p + 1)).len == 0;
}

static void
put_edit(struct text *t, const char *edit)
{
	struct slice line = slice_of(edit);

	if (is_empty_field(line)) {
		text_put(t, edit, line.len - 1);
		text_puts(t, ":");
	} else {
		text_put_slice(t, line);
	}
	text_puts(t, "\r\n");
}

bool
ws_field_begin(struct ws_fields *f, struct slice name)
{
	size_t i;

	for (i = 0; i < f->edits.count; i++) {
		const char *edit = f->edits.item[i];

		if (f->used[i] ||
		    !slice_equal_nocase(ws_edit_name(edit), name))
			continue;
		f->used[i] = true;
		if (!is_removal(edit))
			put_edit(f->text, edit);
		return false;
	}
	text_put_slice(f->text, name);
	text_puts(f->text, ": ");
	return true;
}

void
ws_field_end(struct ws_fields *f)
{
	text_puts(f->text, "\r\n");
}

void
ws_put_field(struct ws_fields *f, struct slice name, struct slice value)
{
	if (!ws_field_begin(f, name))
		return;
	text_put_slice(f->text, value);
	ws_field_end(f);
}

void
ws_fields_finish(struct ws_fields *f)
{
	size_t i;

	for (i = 0; i < f->edits.count; i++)
		if (!f->used[i])
			put_edit(f->text, f->edits.item[i]);
	text_puts(f->text, "\r\n");
}
