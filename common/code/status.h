/* The exit statuses, the same in every program; beside them, the Close code
 * less 1000 for 1003 to 1015, and 30 or 40 for 3xxx and 4xxx
 * (ws_close_exit_status). */
#ifndef CODE_STATUS_H
#define CODE_STATUS_H

enum exit_status {
	STATUS_OK = 0,
	STATUS_PROTOCOL = 2,		/* the peer, or a file, violates it */
	STATUS_LOST = 6,		/* ended without Close */
	STATUS_REFUSED = 22,		/* with an HTTP status */
	STATUS_TIMEOUT = 28,
	STATUS_UNREPRESENTABLE = 65,	/* the input */
	STATUS_USAGE = 100,
	STATUS_SYSTEM = 111,
	STATUS_SIGNAL = 128		/* and the number of the signal that the
					   program is to end by */
};

#endif
