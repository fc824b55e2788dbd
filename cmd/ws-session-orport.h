/* Connections to Tor's Extended ORPort. */
#ifndef CMD_WS_SESSION_ORPORT_H
#define CMD_WS_SESSION_ORPORT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the target is extorport:TRANSPORT:ADDRESS. */
bool target_is_orport(const char *target);

/* Ends the program with a sentence and STATUS_USAGE if the name or the address
 * cannot be one, or the environment does not name the file of the cookie. */
void check_orport(const char *target);

/* Connects to it and, by the deadline, tells Tor of the transport and, as far
 * as REMOTE_ADDR and REMOTE_PORT do, of the client.  Returns the socket, which
 * carries the payload from here on, or -1 after saying why. */
int connect_orport(const char *target, int64_t deadline);

#endif
