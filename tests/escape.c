/* escape: what a filter in its sandbox must not be able to do, and what a process
 * in a cage may do but does not.  tests/sandbox.bats
 * appends this to a copy of common/sandbox.c, whose sandbox_enter() it takes the
 * place of: it enters, then tries what the environment's ESCAPE names. */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
/* A call of another architecture that the kernel may have. */
static int
i386_call(int number)
{
	int result;

	__asm__ volatile ("int $0x80" : "=a" (result)
	    : "0" (number), "b" (0), "c" (0), "d" (0)
	    : "memory", "r8", "r9", "r10", "r11");
	return result;
}
#endif

static void
try_files(const char *what)
{
	static const long how[3];

	if (strcmp(what, "open") == 0)
		(void)!open("/etc/passwd", O_RDONLY);
	else if (strcmp(what, "openat2") == 0)
		(void)!syscall(437, -100, "/", how, sizeof how);
	else if (strcmp(what, "unlink") == 0)
		(void)!unlink("nothing");
	else if (strcmp(what, "rename") == 0)
		(void)!rename("nothing", "more");
	else if (strcmp(what, "fcntl") == 0)
		(void)!fcntl(STDIN_FILENO, F_DUPFD, 0);
	else if (strcmp(what, "dup") == 0)
		(void)!dup(STDIN_FILENO);
}

static void
try_processes(const char *what)
{
	static char *const argv[] = { "sh", "-c", "echo escaped", NULL };

	if (strcmp(what, "exec") == 0)
		(void)!execv("/bin/sh", argv);
	else if (strcmp(what, "fork") == 0)
		(void)!fork();
	else if (strcmp(what, "kill") == 0)
		(void)!kill(getppid(), 0);
	else if (strcmp(what, "ptrace") == 0)
		(void)!ptrace(PTRACE_TRACEME, 0, NULL, NULL);
#if defined(__x86_64__)
	else if (strcmp(what, "i386") == 0)	/* its read(2) */
		(void)i386_call(3);
#endif
}

static void
try_sockets(const char *what)
{
	struct msghdr message = { .msg_iovlen = 0 };

	if (strcmp(what, "socket") == 0)
		(void)!socket(AF_INET, SOCK_STREAM, 0);
	else if (strcmp(what, "connect") == 0)
		(void)!connect(STDIN_FILENO, NULL, 0);
	else if (strcmp(what, "bind") == 0)
		(void)!bind(STDIN_FILENO, NULL, 0);
	else if (strcmp(what, "accept") == 0)
		(void)!accept(STDIN_FILENO, NULL, NULL);
	else if (strcmp(what, "sendmsg") == 0)
		(void)!syscall(SYS_sendmsg, STDIN_FILENO, &message, 0x20000000);
	else if (strcmp(what, "fastopen") == 0)
		(void)!send(STDIN_FILENO, "", 0, 0x20000000);
}

static void
try_memory(const char *what)
{
	static char page[65536];
	char *aligned = page + 32768 - (size_t)page % 32768;

	if (strcmp(what, "mmap") == 0)
		(void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else if (strcmp(what, "mprotect") == 0)
		(void)!mprotect(aligned, 4096,
		    PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* Instead of a result, by the highest descriptor there is, which is the pipe. */
static void
try_lies(const char *what)
{
	static char junk[200000];
	int fd = 255;
	size_t len = strcmp(what, "little") == 0 ? 1 :
	    strcmp(what, "garbage") == 0 ? 6000 :
	    strcmp(what, "more") == 0 ? sizeof junk : 0;

	if (len == 0 && strcmp(what, "nothing") != 0)
		return;
	memset(junk, 0x55, sizeof junk);
	while (fd > STDERR_FILENO && write(fd, junk, 0) < 0)
		fd--;
	while (len > 0) {
		ssize_t n = write(fd, junk, len);

		if (n <= 0)
			break;
		len -= (size_t)n;
	}
	exit(0);
}

void
sandbox_enter(bool verbose)
{
	const char *what = getenv("ESCAPE");

	enter_sandbox(verbose);
	if (what == NULL)
		return;
	try_files(what);
	try_processes(what);
	try_sockets(what);
	try_memory(what);
	try_lies(what);
	say("survived: %s", what);
}
