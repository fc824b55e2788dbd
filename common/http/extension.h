/* Lists of extensions (RFC 6455, 9.1).  Pure. */
#ifndef HTTP_EXTENSION_H
#define HTTP_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>

#include "code/text.h"
#include "http/head.h"

/* The elements of all Sec-WebSocket-Extensions of a head, which is set at the
 * start, the rest zero. */
struct ws_extensions {
	const struct http_head *head;
	size_t i;
	size_t fields;			/* seen so far */
	struct slice list;
};

struct ws_extension_parameter {
	struct slice name, value;	/* without its quotes */
	bool has_value;
};

/* The next element; false at the end. */
bool ws_extensions_next(struct ws_extensions *, struct slice *element);

/* Cuts the name off an element; then a parameter, as long as something is left.
 * False if it cannot be read. */
bool ws_extension_name(struct slice *element, struct slice *name);
bool ws_extension_parameter(struct slice *element,
    struct ws_extension_parameter *);

/* Whether the Sec-WebSocket-Extensions of a head, if there are any, can be
 * read. */
bool ws_extensions_valid(const struct http_head *);

#endif
