/* Writes the captures of -D. */
#ifndef CAPTUREFILE_H
#define CAPTUREFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens the file, or makes it, to append to; both filters of a session write
 * to one.  Ends the program if that fails. */
int capturefile_open(const char *path);

/* Appends a record of these bytes in one write.  After a failure, of which it
 * tells once, it does nothing more: a full disk does not end a session.  fd
 * may be -1, for no capture. */
void capturefile_append(int *fd, bool sent, bool client, const void *data,
    size_t len);

#endif
