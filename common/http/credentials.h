/* Basic credentials (RFC 7617).  Pure. */
#ifndef HTTP_CREDENTIALS_H
#define HTTP_CREDENTIALS_H

#include <stdbool.h>

#include "code/text.h"

/* Appends the credentials of user:password: "Basic " and base64. */
void ws_put_basic(struct text *, const char *user_password);

/* Whether the value of an Authorization field holds these credentials.  The
 * time it takes tells nothing of how much of them was right. */
bool ws_basic_matches(struct slice value, const char *user_password);

#endif
