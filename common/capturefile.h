/* Writes captures: to the file of -D, and to who watches the session. */
#ifndef CAPTUREFILE_H
#define CAPTUREFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ws/capture.h"

/* Where records go; each descriptor may be -1. */
struct capture {
	bool client;			/* our role, else the server */
	int file;
	int watcher;			/* a pipe */
	int number;			/* of the session, for the watcher */
	char session[WS_CAPTURE_SESSION_MAX];	/* for the watcher */
	int64_t began_us;		/* what is sent; 0: not told */
};

/* The file of -D, in which %p stands for the number of this process: so many
 * sessions at a time have a file each.  Good until the next call. */
const char *capture_path(const char *file);

/* Opens the file, or makes it, to append to, unless path is null; both filters
 * of a session write to one.  Ends the program if that fails.  The watcher is
 * the one that the environment tells. */
void capture_open(struct capture *, const char *path, bool client);

/* Whether anybody wants to know. */
bool capture_is_on(const struct capture *);

/* What is appended next as sent has this moment's time: it may have been
 * answered, and the answer be recorded, before it is known how much went. */
void capture_begin(struct capture *);

/* Appends a record of these bytes.  After a failure, of which it tells once, it
 * does nothing more there: neither a full disk nor a watcher who is gone ends a
 * session. */
void capture_append(struct capture *, bool sent, const void *data, size_t len);

/* The same for a head of the handshake. */
void capture_head(struct capture *, bool sent, const char *head, size_t len);

/* Tells the watcher that nothing more comes of this side. */
void capture_end(struct capture *, bool sent);

#endif
