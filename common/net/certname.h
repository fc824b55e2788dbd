/* Names in certificates (RFC 9525).  Pure. */
#ifndef NET_CERTNAME_H
#define NET_CERTNAME_H

#include <stdbool.h>

#include "code/text.h"

/* Whether a name of a certificate's (dNSName) is one for that host, whose final
 * dot has been taken off.  A "*" stands for the whole of the left-most label
 * only, and never right above a single label, as in "*.com" (RFC 9525, 6.3). */
bool ws_certname_covers(struct slice name, struct slice host);

#endif
