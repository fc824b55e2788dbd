/* core-run: runs the programs under test, and says what they say, how they end,
 * what memory they take. */
#include <sys/types.h>

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

/* Until the reader has taken everything, but not for ever: it may have reason
 * not to read on. */
static void
wait_until_taken(int fd, int request)
{
	static bool patient = true;
	int left, i;

	for (i = 0; patient; i++) {
		struct timespec tick = { 0, 100000 };

		if (ioctl(fd, (unsigned long)request, &left) < 0 || left == 0)
			return;
		if (i < 200)
			sched_yield();
		else
			nanosleep(&tick, NULL);
		if (i == 1500)
			patient = false;
	}
}

/* Bytes one by one, each when the one before has been taken; the middle of
 * long input in pieces of 997.  Whoever reads has a limit for all of it: after
 * two seconds, on a busy machine, nothing is waited for any more. */
static bool
drip(int fd, struct bytes in, int request)
{
	enum { SINGLE = 400, PIECE = 997, SECONDS = 2 };
	time_t start = time(NULL);
	size_t done = 0;

	while (done < in.len) {
		size_t n = 1;

		if (done >= SINGLE && in.len - done > SINGLE + PIECE)
			n = PIECE;
		if (write(fd, in.p + done, n) != (ssize_t)n)
			return false;
		done += n;
		if (time(NULL) - start <= SECONDS)
			wait_until_taken(fd, request);
	}
	return true;
}

static struct bytes
read_input(void)
{
	struct bytes in = { NULL, 0 };
	size_t size = 0;
	ssize_t n;

	do {
		if (in.len == size) {
			size = 2 * size + 65536;
			in.p = realloc(in.p, size);
			if (in.p == NULL)
				fatal("core: memory");
		}
		n = read(0, in.p + in.len, size - in.len);
		if (n > 0)
			in.len += (size_t)n;
	} while (n > 0);
	return in;
}

/* Pieces of 1 to 255 bytes, rather short ones, as the seed has them. */
static void
chop(int fd, struct bytes in, uint32_t seed)
{
	size_t done = 0, n;

	while (done < in.len) {
		seed = seed * 1664525 + 1013904223;
		n = 1 + (seed >> 16 & 255) % (1U << (seed >> 24 & 7));
		if (n > in.len - done)
			n = in.len - done;
		if (write(fd, in.p + done, n) != (ssize_t)n)
			return;
		done += n;
		wait_until_taken(fd, FIONREAD);
	}
}

int
tool_drip(const char *seed)
{
	struct bytes in = read_input();

	signal(SIGPIPE, SIG_IGN);
	if (seed != NULL)
		chop(1, in, (uint32_t)strtoul(seed, NULL, 10));
	else
		drip(1, in, FIONREAD);
	free(in.p);
	return 0;
}

/* Feeds a socket from a process of its own: whoever is at the other end may
 * answer before it has taken everything. */
static void
feed_socket(int fd, struct bytes in, bool dripping)
{
	pid_t pid = fork();

	if (pid < 0)
		fatal("core: fork");
	if (pid > 0)
		return;
	if (dripping)
		drip(fd, in, TIOCOUTQ);
	else if (in.len > 0)
		(void)!write(fd, in.p, in.len);
	shutdown(fd, SHUT_WR);
	_exit(0);
}

static int
status_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fatal("core: wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

/* What the program at the other end of the socket says, to the end. */
static void
copy_answer(int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (write(1, buf, (size_t)n) != n)
			fatal("core: write");
	if (n < 0 && errno != ECONNRESET)
		fatal("core: read");
}

int
tool_socket(char *argv[])
{
	struct bytes in = read_input();
	int end[2];
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, end) < 0)
		fatal("core: socketpair");
	pid = fork();
	if (pid < 0)
		fatal("core: fork");
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(end[1], 0);
		dup2(end[1], 1);
		close(end[0]);
		close(end[1]);
		execvp(argv[1], argv + 1);
		fatal(argv[1]);
	}
	close(end[1]);
	feed_socket(end[0], in, strcmp(argv[0], "drip") == 0);
	copy_answer(end[0]);
	free(in.p);
	return status_of(pid);
}

int
tool_sigpipe(char *argv[])
{
	signal(SIGPIPE, strcmp(argv[0], "ignore") == 0 ? SIG_IGN : SIG_DFL);
	execvp(argv[1], argv + 1);
	fatal(argv[1]);
	return 111;
}

static FILE *
scratch_file(void)
{
	FILE *f = tmpfile();

	if (f == NULL)
		fatal("core: temporary file");
	return f;
}

static void
print_bytes(FILE *in)
{
	int c, any = 0;

	for (; (c = getc(in)) != EOF; any = 1)
		printf("%02x", (unsigned)c);
	if (!any)
		putchar('-');
}

static void
print_said(FILE *in)
{
	int c, before = EOF;

	for (; (c = getc(in)) != EOF; before = c)
		if (before != EOF)
			putchar(before == '\n' ? ';' : before);
	if (before == EOF)
		putchar('-');
	else if (before != '\n')
		fputs("(no newline)", stdout);
}

static void
become(char *command, FILE *const files[3], int in, bool socket)
{
	const char *patience = getenv("PATIENCE");
	char *argv[32], *save = NULL;
	size_t n = 0;

	for (argv[0] = strtok_r(command, " ", &save); argv[n] != NULL && n < 31;
	    argv[n] = strtok_r(NULL, " ", &save))
		n++;
	argv[n] = NULL;
	if (dup2(in, 0) < 0 ||
	    dup2(socket ? in : fileno(files[0]), 1) < 0 ||
	    dup2(fileno(files[1]), 2) < 0)
		_exit(111);
	if (fileno(files[2]) != 5 && dup2(fileno(files[2]), 5) < 0)
		_exit(111);
	if (in > 2)
		close(in);
	signal(SIGPIPE, SIG_DFL);
	alarm(patience == NULL ? 10 : 10 * (unsigned)atoi(patience));
	execvp(argv[0], argv);
	_exit(111);
}

static void
print_head(FILE *in)
{
	int c, before = EOF;

	while ((c = getc(in)) != EOF && !(before == '\n' && c == '\n'))
		if (c != '\r') {
			putchar(c == '\n' ? '|' : c >= ' ' && c <= '~' ?
			    c : '?');
			before = c;
		}
	putchar('\t');
	print_bytes(in);
}

/* A file that holds the input, to be read from its start. */
static int
input_file(struct bytes in)
{
	FILE *f = scratch_file();
	int fd = dup(fileno(f));

	if (fd < 0 || write(fd, in.p, in.len) != (ssize_t)in.len ||
	    lseek(fd, 0, SEEK_SET) < 0)
		fatal("core: input file");
	fclose(f);
	return fd;
}

/* What it says to a socket goes to the file that stands for its standard
 * output. */
static void
save_answer(int fd, FILE *out)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)n, out);
}

static int
run_with_input(char *command, struct bytes in, const char *manner,
    FILE *const files[3])
{
	bool socket = strncmp(manner, "socket", 6) == 0;
	bool file = strcmp(manner, "file") == 0;
	int fds[2] = { -1, -1 }, status;
	pid_t pid;

	if (file)
		fds[0] = input_file(in);
	else if (socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 :
	    pipe(fds) < 0)
		fatal("core: pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fatal("core: fork");
	if (pid == 0) {
		if (fds[1] >= 0)
			close(fds[1]);
		become(command, files, fds[0], socket);
	}
	close(fds[0]);
	if (socket) {
		feed_socket(fds[1], in, strstr(manner, "drip") != NULL);
		save_answer(fds[1], files[0]);
	} else if (strcmp(manner, "drip") == 0) {
		drip(fds[1], in, FIONREAD);
	} else if (!file && in.len > 0) {
		(void)!write(fds[1], in.p, in.len);
	}
	if (!file)
		close(fds[1]);
	status = status_of(pid);
	while (socket && wait(NULL) > 0)
		;
	return status;
}

int
tool_run(char *argv[])
{
	struct row r;
	size_t i;

	memset(&r, 0, sizeof r);
	signal(SIGPIPE, SIG_IGN);
	while (next_row(&r, 3)) {
		FILE *files[3] = { scratch_file(), scratch_file(),
		    scratch_file() };
		struct bytes in = r.column[1][0] == '@' ?
		    read_file(r.column[1] + 1) : expand(r.column[1]);

		printf("%s\t", r.column[0]);
		printf("%d\t", run_with_input(r.column[2], in,
		    argv[0], files));
		for (i = 0; i < 3; i++)
			rewind(files[i]);
		print_said(files[1]);
		putchar('\t');
		if (strcmp(argv[1], "messages") == 0)
			print_messages(files[0]);
		else if (strcmp(argv[1], "head") == 0)
			print_head(files[0]);
		else
			print_bytes(files[0]);
		putchar('\t');
		print_orders(files[2]);
		putchar('\n');
		for (i = 0; i < 3; i++)
			fclose(files[i]);
		free(in.p);
	}
	free(r.line);
	return fflush(stdout) == 0 ? 0 : 111;
}

int
tool_peak(char *argv[])
{
	struct rusage usage;
	FILE *out = fopen(argv[0], "w");
	pid_t pid;
	int status;

	if (out == NULL)
		fatal(argv[0]);
	pid = fork();
	if (pid < 0)
		fatal("core: fork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		fatal(argv[1]);
	}
	status = status_of(pid);
	getrusage(RUSAGE_CHILDREN, &usage);
	fprintf(out, "%ld\n", usage.ru_maxrss);
	fclose(out);
	return status;
}
