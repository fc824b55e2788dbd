/* What an error number of the system's means, in words.  Pure: strerror(3) may
 * allocate memory, which the sandbox forbids (glibc since 2.41 does), and its
 * words are not the same everywhere. */
#ifndef CODE_ERRORTEXT_H
#define CODE_ERRORTEXT_H

/* The words of glibc; "unknown error" where POSIX has no such number. */
const char *error_text(int error);

#endif
