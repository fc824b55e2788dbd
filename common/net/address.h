/* Addresses of the Internet in words.  Pure: inet_ntop(3) goes through stdio,
 * which a sandbox need not allow. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdint.h>

#include "code/text.h"

/* Appends four decimal numbers with dots between. */
void net_put_ipv4(struct text *, const uint8_t address[4]);

/* Appends it as RFC 5952 has it, without brackets. */
void net_put_ipv6(struct text *, const uint8_t address[16]);

#endif
