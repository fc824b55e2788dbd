/* The target of a request (RFC 9112, 3.2).  Pure. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>

#include "code/text.h"

/* Whether it has only the characters of a target; before the query, with
 * escapes that are complete and not of a NUL. */
bool ws_target_valid(struct slice target);

/* Whether it is a path as it can stand in a request line, without query. */
bool ws_path_valid(struct slice path);

/* "/", and always the same view. */
struct slice ws_root_path(void);

/* Cuts a target that is not empty in two: path, which is ws_root_path() if it
 * is empty, and query, without "?".  The authority of one in absolute-form goes
 * to *authority, which origin-form leaves alone.  False for other forms. */
bool ws_target_split(struct slice target, struct slice *authority,
    struct slice *path, struct slice *query);

#endif
