/* What the programs of a session know of it: environment and control channel.
 *
 *	WS_ROLE		server or client
 *	WS_VERSION	13, 8, 7, hixie-76 or hixie-75
 *	WS_PROTOCOL	the subprotocol in use, unset if none
 *	WS_EXTENSIONS	the extension in use, with its parameters as in the
 *			answer, unset if none
 *	WS_UPGRADE	the protocol, other than framed WebSocket, that the
 *			connection was switched to: then none of the three above
 *			is set; unset otherwise
 *	WS_CONTROL	the control channel, a pipe: R,W
 *	WS_LIFELINE	two descriptors R,W: R tells, by its end, that the
 *			listener wants its sessions to end; W is kept open to
 *			tell it that this one has not
 *	WS_SUPERVISOR	a descriptor of ws-frame's, beside a command: tells by
 *			its end that ws-session is gone
 *	WS_WATCHER	FD or FD,N: the session's bytes, with their times, are
 *			for whoever reads from there; N is its number
 *	WS_SLOTS	FD,N: the sessions of an address are counted in the
 *			file open at FD, and are at most N
 *	WS_ARGV		a descriptor: a file whose first SESSION_KEY_LEN bytes
 *			are secret and random, and whose rest is arguments for
 *			the handshake; WS_SLOTS may name the same one
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>

enum ws_role {
	WS_NO_ROLE,
	WS_SERVER,
	WS_CLIENT
};

/* How long, unless -w says otherwise, the other side may take: the peer to
 * answer a Close, the command to end, a message to come. */
enum { WAIT_MS = 5000 };

/* How long the rest of a session that has been closed may take: until the
 * peer ends the connection, too (RFC 6455, 7.1.1). */
enum { LINGER_MS = 2000 };

/* The role that the environment tells. */
enum ws_role session_role(void);

/* What the frames of a session are like. */
enum ws_framing {
	WS_FRAMING_RFC,
	WS_FRAMING_HYBI,	/* 7, 8: any form of a length will do */
	WS_FRAMING_HIXIE_76,
	WS_FRAMING_HIXIE_75	/* without a closing handshake */
};

/* As the environment tells. */
enum ws_framing session_framing(void);

/* Whether messages are framed as before RFC 6455's opcodes and lengths. */
bool framing_is_hixie(enum ws_framing);

/* The descriptors of the control channel that the environment tells; false if
 * it tells of none, and both are -1.  They are not checked. */
bool session_control(int *reader, int *writer);

/* The descriptors of the lifeline; false, and both -1, if there is none. */
bool session_lifeline(int *reader, int *writer);

/* The descriptor that tells of the end of ws-session, or -1. */
int session_supervisor(void);

/* Tells the program to come of it.  environ(7) is list from then on, if its
 * variables and this one need no more than room there. */
void session_export_supervisor(int fd, char *list[], size_t room);

/* The descriptor of the file that counts the sessions of an address, and how
 * many that may have; false, and both -1, if nobody counts. */
bool session_slots(int *fd, int *count);

/* The descriptor that a watcher reads from, and the number by which that knows
 * the session: this process's, unless the environment says another.  False, and
 * the descriptor -1, if there is none. */
bool session_watcher(int *fd, int *number);

/* Tells the programs to come of the number. */
void session_export_watcher(void);

/* The descriptor that WS_ARGV names; false if it names none. */
enum { SESSION_KEY_LEN = 16 };
bool session_arguments(int *fd);

/* Closes the watcher's descriptor, or of the lifeline's the one that tells:
 * this process has nothing to do with it. */
void session_close_watcher(void);
void session_close_lifeline(void);

/* Closes all three: this process is no part of the session. */
void session_leave(void);

/* Makes a control channel and tells the programs to come of it. */
void session_make_control(void);

/* Tells the programs to come of the rest; protocol and extensions may be
 * null. */
void session_export(enum ws_role, const char *version, const char *protocol,
    const char *extensions);

/* The same of a session without frames, after an upgrade to that protocol. */
void session_export_upgrade(enum ws_role, const char *protocol);

/* Whether the environment tells of such a one. */
bool session_is_upgrade(void);

/* The environment without all of it, for programs that are no part of the
 * session: the end of environ, which is sorted for that. */
char **session_outer_environment(void);

#endif
