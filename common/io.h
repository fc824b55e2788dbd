/* The only shared reading and waiting. */
#ifndef IO_H
#define IO_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* How much is read at once: to begin with, and as soon as reads fill
	 * up, when what a wake-up costs counts more than what stays in the
	 * cache. */
	READ_SIZE = 65536,
	BULK_SIZE = 1 << 20,

	/* So much a new pipe holds, on Linux, whose user has more of them than
	 * he should: a read of that may have filled one. */
	SMALL_PIPE = 8192
};

/* read(2) that goes on after a signal. */
ssize_t read_some(int fd, void *buf, size_t size);

/* Milliseconds of a clock that is never set. */
int64_t now_ms(void);

/* A time that never comes. */
#define NEVER INT64_MAX

/* The time that is ms milliseconds from now; NEVER if ms is negative. */
int64_t deadline_in(int64_t ms);

/* poll(2) that goes on after a signal, until the deadline.  Returns how many
 * descriptors have something to tell, 0 when the time has come. */
int poll_until(struct pollfd *fds, nfds_t count, int64_t deadline);

/* Whether the descriptor is a socket. */
bool is_socket(int fd);

/* Whether it is a pipe. */
bool is_pipe(int fd);

/* Whether it is a socket of TCP. */
bool is_tcp(int fd);

/* Whether both directions of this socket have ended. */
bool has_hung_up(int fd);

/* Ends a stream, so that the reader sees its end: shuts a socket's writing
 * side down, as others may hold it, and closes the descriptor. */
void end_output(int fd);

/* Lets a refused peer read the answer before the connection ends, if it is a
 * socket: what the peer still sends would make a close(2) reset it (RFC 9112,
 * 9.6).  Takes REFUSED_MS at most, or less where that is said. */
enum { REFUSED_MS = 2000 };
void end_refused(int in, int out, int64_t ms);

/* Whether reading and writing, by everybody who has this open, waits.  False,
 * with errno set, if that cannot be changed. */
bool set_blocking(int fd, bool on);

/* Sends small segments at once, if the descriptor is a TCP socket. */
void set_nodelay(int fd);

/* Has the system ask a TCP peer that is silent whether it is still there: one
 * that was lost without a word is noticed within ten minutes. */
void set_keepalive(int fd);

/* Keeps the descriptor from the programs to come. */
void close_on_exec(int fd);

/* Makes a pipe that no program to come inherits. */
void private_pipe(int *reader, int *writer);

/* Opens fd on /dev/null. */
void open_null(int fd, int flags);

#endif
