/* The programs' world, where the input decides how system calls go: included
 * before the source of a program by the compiler's command line. */
#ifndef WORLD_H
#define WORLD_H

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int program_main(int, char **);

int world_open(const char *, int, ...);
ssize_t world_read(int, void *, size_t);
ssize_t world_write(int, const void *, size_t);
ssize_t world_writev(int, const struct iovec *, int);
ssize_t world_send(int, const void *, size_t, int);
ssize_t world_sendmsg(int, const struct msghdr *, int);
int world_poll(struct pollfd *, nfds_t, int);
int world_fstat(int, struct stat *);
int world_pipe(int *);
int world_nothing(int, ...);
int world_sigaction(int, const struct sigaction *, struct sigaction *);
int world_isatty(int);
int world_clock_gettime(clockid_t, struct timespec *);
void *world_calloc(size_t, size_t);
_Noreturn void world_exit(int);

#ifndef WORLD_ITSELF
#define main program_main
#define open world_open
#define read world_read
#define write world_write
#define writev world_writev
#define send world_send
#define sendmsg world_sendmsg
#define poll(fds, count, timeout) world_poll(fds, count, timeout)
#define fstat(fd, st) world_fstat(fd, st)
#define pipe world_pipe
#define close(fd) world_nothing(fd)
#define shutdown(fd, how) world_nothing(fd, how)
#define fcntl world_nothing
#define getsockopt(fd, level, name, p, len) world_nothing(fd)
#define setsockopt(fd, level, name, p, len) world_nothing(fd)
#define sigaction(n, new, old) world_sigaction(n, new, old)
#define signal(n, handler) ((void (*)(int))0)
#define isatty world_isatty
#define clock_gettime world_clock_gettime
#define malloc(size) world_calloc(1, size)
#define calloc world_calloc
#define posix_memalign(p, alignment, size) \
    ((*(p) = world_calloc(1, size)) == NULL)
#define exit world_exit
/* To be found, and made zero before each run. */
#pragma clang section bss="world_bss" data="world_data"
#endif

#endif
