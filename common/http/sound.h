/* Whether a request that another process has read and judged can be one: what
 * holds for each that is accepted, whatever that process has become.  Pure. */
#ifndef HTTP_SOUND_H
#define HTTP_SOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "http/permessage.h"
#include "http/request.h"

/* The request of a head of len bytes: every view lies in the head, fields one
 * behind the other, and holds only what its place allows; what was selected is
 * of the rules.  No byte outside of the three is looked at. */
bool ws_request_is_sound(const struct ws_request *,
    const struct ws_server_rules *, const char *head, size_t len);

/* Whether parameters have values, and are there only if wished for. */
bool ws_permessage_is_sound(const struct ws_permessage *,
    const struct ws_permessage *wish);

#endif
