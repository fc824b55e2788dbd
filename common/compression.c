/* What the filters know of permessage-deflate (RFC 7692). */
#include <stdlib.h>

#include "compression.h"
#include "diag.h"

struct ws_permessage
session_compression(bool wanted, enum ws_framing framing)
{
	const char *agreed = getenv("WS_EXTENSIONS");
	bool offline = session_role() == WS_NO_ROLE;
	struct ws_permessage m = { .deflate = wanted && offline };

	if (m.deflate && framing != WS_FRAMING_RFC)
		die(STATUS_USAGE, "-z: versions before 13 have no extensions");
	if (agreed == NULL || agreed[0] == '\0' || (offline && !wanted) ||
	    framing != WS_FRAMING_RFC)
		return m;
	if (!ws_permessage_parse(&m, slice_of(agreed), false))
		die(STATUS_USAGE, "WS_EXTENSIONS: not permessage-deflate and "
		    "its parameters (RFC 7692, 7.1)");
	return m;
}
