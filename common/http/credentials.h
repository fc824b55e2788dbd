/* Basic credentials (RFC 7617).  Pure. */
#ifndef HTTP_CREDENTIALS_H
#define HTTP_CREDENTIALS_H

#include <stdbool.h>

#include "code/text.h"
#include "http/head.h"

/* Appends the credentials of user:password: "Basic " and base64. */
void ws_put_basic(struct text *, const char *user_password);

/* Whether the value of an Authorization field holds these credentials.  The
 * time it takes tells nothing of how much of them was right. */
bool ws_basic_matches(struct slice value, const char *user_password);

/* Whether the challenges in the fields of that name, WWW-Authenticate or
 * Proxy-Authenticate (RFC 9110, 11.6.1, 11.7.1), are of other schemes than
 * Basic only; the scheme of the first. */
bool ws_asks_for_other(const struct http_head *, const char *field,
    struct slice *scheme);

#endif
