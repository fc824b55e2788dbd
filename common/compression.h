/* What the filters know of permessage-deflate (RFC 7692). */
#ifndef COMPRESSION_H
#define COMPRESSION_H

#include <stdbool.h>

#include "http/permessage.h"
#include "session.h"

/* What applies: in a session what WS_EXTENSIONS tells; off-line, if it is
 * wanted (-z), that or the defaults.  Ends the program if it cannot be read, or
 * is wanted off-line in a version that has none. */
struct ws_permessage session_compression(bool wanted, enum ws_framing);

#endif
