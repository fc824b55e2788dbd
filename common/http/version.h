/* The versions of the protocol, the drafts' among them.  Pure. */
#ifndef HTTP_VERSION_H
#define HTTP_VERSION_H

#include <stdbool.h>

#include "code/text.h"

/* What can be spoken; but for the first only where it is asked for. */
enum ws_version {
	WS_VERSION_13,		/* RFC 6455 */
	WS_VERSION_8,		/* hybi-08 to hybi-12 */
	WS_VERSION_7,		/* hybi-07 */
	WS_HIXIE_76,		/* hybi-00 */
	WS_HIXIE_75
};

/* Its name in WS_VERSION. */
const char *ws_version_name(enum ws_version);

/* The version of that name, a draft's or that of WS_VERSION; WS_VERSION_13 if
 * it has no older one's. */
enum ws_version ws_version_of_draft(struct slice name);

/* Whether it is one of those before hybi-01, with another handshake. */
bool ws_version_is_hixie(enum ws_version);

#endif
