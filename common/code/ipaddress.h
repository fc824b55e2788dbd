/* IP addresses as text.  Pure. */
#ifndef CODE_IPADDRESS_H
#define CODE_IPADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "code/text.h"

/* Reads four decimal numbers without zeros in front (RFC 3986, 3.2.2); none of
 * the forms that inet_aton(3) takes besides.  False, and what address holds is
 * of no use, if it is something else. */
bool ip_read_v4(uint8_t address[4], struct slice);

/* The same for IPv6 (RFC 4291, 2.2), without brackets or zone. */
bool ip_read_v6(uint8_t address[16], struct slice);

#endif
