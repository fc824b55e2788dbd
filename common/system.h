/* What is special to a system, behind a portable face. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills buf, of at most 256 bytes, from the system's strong source of
 * randomness; ends the program with STATUS_SYSTEM if there is none.  Which
 * source that is the first call decides, and opens it. */
void random_bytes(void *buf, size_t len);

/* So far behind the start of a page a buffer for bulk begins.  What is written
 * behind a frame's header lies 2 to 14 bytes further in its page than where it
 * came from, if that is the start of one; and that is where some processors
 * copy at a third of their speed. */
enum { SLACK = 64 };

/* Such a buffer of that size, and SLACK before it, for as long as the program
 * runs; without memory that ends.  It lies apart from what every session
 * touches, so it takes no page that is not used. */
uint8_t *bulk_memory(size_t size);

/* Whether what the descriptor holds can be looked at and taken later. */
bool can_peek(int fd);

/* From now on poll(2) is to tell of the socket when it has that much to read,
 * where the system knows such a thing and a sandbox lets it. */
void set_low_water(int socket, int bytes);

/* The event of poll(2) that tells of a socket, beside POLLHUP, that nothing
 * more will come from its peer than what is there; 0 if the system has none. */
short peer_end_event(void);

/* Whether it has told; false where it never does. */
bool peer_has_ended(int fd);

/* Closes every descriptor from 3 on but those, of which each may be -1. */
void close_others(const int keep[], size_t count);

/* Makes writing to the pipe at fd not block, for nobody but this process:
 * others may have the same one open.  False where the system cannot. */
bool unblock_pipe(int fd);

/* Makes the pipe at fd, if it is one, as large as any process may, or its user
 * still may, so that bulk data needs fewer wake-ups. */
void enlarge_pipe(int fd);

/* Gives that back, unless the pipe holds more than an ordinary one does. */
void shrink_pipe(int fd);

/* Makes a pipe as small as one can be: it is for a byte now and then. */
void make_pipe_tiny(int fd);

/* From now on the end of the last writer of a pipe is SIGKILL to a process
 * group, as long as anybody has this reader open.  Nothing where the system
 * knows no such thing. */
void kill_at_end_of(int reader, pid_t group);

/* A pipe for bytes that nobody looks at, on their way from one file to
 * another. */
struct passage {
	int reader, writer;
};

/* Whether bytes can take such a way between the two: pipes and sockets, on a
 * system that knows how. */
bool passage_possible(int in, int out);

/* Makes one; false, with errno set, if that fails. */
bool passage_open(struct passage *);

/* Whether it is open: one of zeros is not. */
bool passage_is_open(const struct passage *);

/* Closes it, if it is open, with what it holds. */
void passage_close(struct passage *);

/* Takes up to len bytes from in, as read(2) does; gives up to len of those to
 * out, as write(2) does.  No byte is copied. */
ssize_t passage_take(const struct passage *, int in, size_t len);
ssize_t passage_give(const struct passage *, int out, size_t len);

/* Bounds what the system keeps for a connection of TCP: of what was received
 * and is not read yet, if the system lets us have a window as large as 1 MiB;
 * and, to a peer, of what is written and cannot be sent. */
void bound_received(int fd);
void bound_unsent(int fd);

/* How much a socket that polls writable takes from a passage without blocking
 * for sure. */
size_t passage_room(int out);

/* A flag for sendmsg(2): more follows at once.  0 where there is none. */
int send_more_flag(void);

#endif
