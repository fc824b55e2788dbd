/* The fields of a head that is written, and what a user changes about them.
 * Pure. */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "code/text.h"

enum { WS_EDITS_MAX = 200 };

/* A head in the making.  Each edit is "Name: value", "Name:" or "Name;".  The
 * first with the name of a field that is always written takes its place, or
 * with "Name:" removes it; all others are added at the end, "Name;" as a field
 * without value.  Zero but for the first two members at the start. */
struct ws_fields {
	struct text *text;
	struct string_list edits;	/* WS_EDITS_MAX at most */
	bool used[WS_EDITS_MAX];
};

/* Whether it is an edit, which may go into a head. */
bool ws_edit_valid(struct slice);

/* The name of an edit. */
struct slice ws_edit_name(const char *edit);

/* The value, trimmed, of the next edit of that name, in any case, from *i on;
 * *i moves behind it.  False when there is no more. */
bool ws_edit_find(struct string_list edits, const char *name, size_t *i,
    struct slice *value);

/* Writes "Name: ", for the value and ws_field_end to follow; false, and
 * neither is to follow, if an edit took its place. */
bool ws_field_begin(struct ws_fields *, struct slice name);
void ws_field_end(struct ws_fields *);

/* Both, and a value. */
void ws_put_field(struct ws_fields *, struct slice name, struct slice value);

/* Writes what is left of the edits, and the empty line. */
void ws_fields_finish(struct ws_fields *);

#endif
