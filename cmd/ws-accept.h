/* What the parts of ws-accept share: one job each. */
#ifndef CMD_WS_ACCEPT_H
#define CMD_WS_ACCEPT_H

#include <sys/socket.h>
#include <sys/types.h>

#include <netinet/in.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/race.h"

/* -- ws-accept-listen.c: where connections come in -- */

struct listeners {
	int fd[WS_RACE_MAX];
	size_t count;
	const char *path;	/* of a Unix socket, or null */
	dev_t device;		/* which it is */
	ino_t inode;
};

/* Listens at [address:]port or unix:path; for port 0 prints which one it got
 * on standard output.  Ends the program with a sentence if that cannot be. */
void listen_at(struct listeners *, const char *where, int backlog);

/* Stops listening; a Unix socket that is ours is removed. */
void listen_no_more(struct listeners *);

/* -- ws-accept-start.c: a program for each connection -- */

/* Who has connected to whom. */
struct connection {
	int fd;
	struct sockaddr_storage peer;
};

/* The numeric address of the peer, good until the next call; "a Unix socket"
 * for one that has none. */
const char *name_of_peer(const struct connection *);

/* Whose sessions its session is counted with. */
uint64_t network_of_peer(const struct connection *);

/* From now on that program is started, and finds the lifeline (session.h) at
 * these descriptors. */
void start_what(char *const program[], int lifeline_reader,
    int lifeline_writer);

/* Starts it on the connection, which is closed here.  Returns 0, or an error
 * with the connection still open. */
int start_on(const struct connection *, pid_t *);

/* -- ws-accept-refuse.c: connections that get no program -- */

enum { REFUSED_MAX = 64 };	/* of them, open to be read to their end */

/* Answers with 429, or not at all where silent, and lets the peer read that
 * before the connection ends, without waiting for it. */
void refuse(int fd, bool silent);

/* Puts down what there is to wait for; returns how many, and makes the time
 * until which to wait earlier if need be. */
size_t refused_poll(struct pollfd [REFUSED_MAX], int64_t *until);

/* Reads what has come from them, and closes those that have ended, or whose
 * time is over. */
void refused_read(const struct pollfd *, size_t polled);

#endif
