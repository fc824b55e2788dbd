/* The programs' world, see world.h; and the target: a program whose calls are
 * short, interrupted or in vain says the same as one whose are not; in a
 * session, whatever comes when, nothing goes out that is against the rules. */
#define WORLD_ITSELF
#include <errno.h>
#include <setjmp.h>
#include <string.h>

#include "fuzz.h"
#include "world.h"
#include "ws/closecode.h"
#include "ws/frameline.h"
#include "ws/receiver.h"

enum { CONTROL = 7, SIGNALS = 8, RANDOM = 9, OUT_MAX = 1 << 24,
    ROUGH_MAX = 10000, CALLS_MAX = 1 << 20, BLOCKS_MAX = 16 };

/* PROGRAM is the name of the one that this is compiled for. */
#define IS(name) (strcmp(PROGRAM, name) == 0)

static struct world {
	struct input in, orders, schedule;
	bool rough;
	bool session;
	bool socket;
	bool signalled;
	size_t next, calls;
	int64_t now;
	uint8_t *out;
	size_t out_len;
	uint8_t told[1 << 16];
	size_t told_len;
	void *block[BLOCKS_MAX];
	size_t blocks;
	int status;
	jmp_buf end;
} w;

/* -- how calls go -- */

/* 0: as if nothing could go wrong. */
static uint8_t
fate(void)
{
	CHECK(w.calls++ < CALLS_MAX);	/* else it will never end */
	if (!w.rough || w.schedule.len == 0 || w.calls > ROUGH_MAX)
		return 0;
	return w.schedule.p[w.next++ % w.schedule.len];
}

static size_t
shortened(size_t size, uint8_t fate)
{
	size_t n = fate >> 2;

	return fate == 0 || n == 0 || n > size ? size : n;
}

static ssize_t
fail(int error)
{
	errno = error;
	return -1;
}

int
world_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	return RANDOM;
}

ssize_t
world_read(int fd, void *buf, size_t size)
{
	struct input *from = fd == CONTROL ? &w.orders : &w.in;
	uint8_t f = fate();

	if (fd == RANDOM) {
		memset(buf, 0x5a, size);
		return (ssize_t)size;
	}
	if (f % 4 == 1)
		return fail(EINTR);
	size = shortened(size, f);
	if (size > from->len)
		size = from->len;
	if (size > 0)
		memcpy(buf, from->p, size);
	from->p += size;
	from->len -= size;
	return (ssize_t)size;
}

static ssize_t
put(int fd, const void *p, size_t len, bool may_block)
{
	uint8_t f = fate();

	if (f % 4 == 1)
		return fail(EINTR);
	if (f % 4 == 2 && !may_block)
		return fail(EAGAIN);
	len = shortened(len, f);
	if (fd == STDOUT_FILENO) {
		CHECK(OUT_MAX - w.out_len >= len);
		memcpy(w.out + w.out_len, p, len);
		w.out_len += len;
	}
	if (fd == CONTROL) {
		CHECK(sizeof w.told - w.told_len >= len);
		memcpy(w.told + w.told_len, p, len);
		w.told_len += len;
	}
	return (ssize_t)len;
}

ssize_t
world_write(int fd, const void *p, size_t len)
{
	return put(fd, p, len, false);
}

ssize_t
world_writev(int fd, const struct iovec *iov, int count)
{
	int i;

	for (i = 0; i + 1 < count && iov[i].iov_len == 0; i++)
		;
	return put(fd, iov[i].iov_base, iov[i].iov_len, true);
}

ssize_t
world_send(int fd, const void *p, size_t len, int flags)
{
	return put(fd, p, len, !(flags & MSG_DONTWAIT));
}

ssize_t
world_sendmsg(int fd, const struct msghdr *m, int flags)
{
	(void)flags;
	return world_writev(fd, m->msg_iov, (int)m->msg_iovlen);
}

static bool
is_ready(const struct pollfd *p, uint8_t f)
{
	if (p->fd == SIGNALS) {
		w.signalled |= w.session && f == 0xfe;
		return w.signalled;
	}
	if (p->fd == CONTROL && p->events & POLLIN)
		return f % 8 < 6;
	return p->events != 0 && f % 8 < 5;
}

/* Time passes only here. */
int
world_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready = 0;
	nfds_t i;
	uint8_t f = fate();

	if (f % 16 == 1)
		return (int)fail(EINTR);
	for (i = 0; i < count; i++) {
		bool is = fds[i].fd >= 0 && is_ready(fds + i, fate());

		fds[i].revents = is ? fds[i].events : 0;
		ready += is;
	}
	if (ready == 0 && timeout >= 0)
		w.now += timeout;
	if (ready > 0 || timeout >= 0)
		return ready;
	w.now++;
	return (int)fail(EINTR);
}

int
world_fstat(int fd, struct stat *st)
{
	memset(st, 0, sizeof *st);
	st->st_ino = (ino_t)fd;
	st->st_mode = w.socket && fd == STDOUT_FILENO ? S_IFSOCK : S_IFREG;
	return 0;
}

int
world_pipe(int *fds)
{
	fds[0] = fds[1] = SIGNALS;
	return 0;
}

int
world_nothing(int fd, ...)
{
	(void)fd;
	return 0;
}

int
world_sigaction(int n, const struct sigaction *new, struct sigaction *old)
{
	(void)n;
	(void)new;
	if (old != NULL)
		memset(old, 0, sizeof *old);
	return 0;
}

int
world_isatty(int fd)
{
	(void)fd;
	return 0;
}

int
world_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = (time_t)(w.now / 1000);
	ts->tv_nsec = (long)(w.now % 1000) * 1000000;
	return 0;
}

void *
world_calloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	CHECK(p != NULL && w.blocks < BLOCKS_MAX);
	w.block[w.blocks++] = p;
	return p;
}

void
world_exit(int status)
{
	w.status = status;
	longjmp(w.end, 1);
}

/* -- a program -- */

extern char __start_world_bss[], __stop_world_bss[];
extern char __start_world_data[] __attribute__((weak));
extern char __stop_world_data[] __attribute__((weak));

/* What is zero at its start; of the rest a copy is kept. */
__attribute__((no_sanitize("address", "undefined", "coverage"))) static void
forget(void)
{
	static char first[65536];
	static bool kept;
	volatile char *p = __start_world_bss;
	size_t i, n = (size_t)(__stop_world_data - __start_world_data);

	for (; (uintptr_t)p % sizeof(uint64_t) != 0; p++)
		*p = 0;
	for (; __stop_world_bss - p >= (int)sizeof(uint64_t);
	    p += sizeof(uint64_t))
		*(volatile uint64_t *)p = 0;
	for (; p < __stop_world_bss; p++)
		*p = 0;
	CHECK(n <= sizeof first);
	for (i = 0; i < n; i++) {
		if (!kept)
			first[i] = __start_world_data[i];
		__start_world_data[i] = first[i];
	}
	kept = true;
}

static void
run_program(struct input in, struct input orders, struct input schedule,
    bool rough, char **argv)
{
	int argc = 0;

	w.in = in;
	w.orders = orders;
	w.schedule = schedule;
	w.rough = rough;
	w.signalled = false;
	w.next = w.calls = w.out_len = w.told_len = w.blocks = 0;
	w.now = 0;
	if (w.out == NULL)
		w.out = malloc(OUT_MAX);
	while (argv[argc] != NULL)
		argc++;
	forget();
	optind = 1;
	if (setjmp(w.end) == 0)
		w.status = program_main(argc, argv);
	while (w.blocks > 0)
		free(w.block[--w.blocks]);
}

/* -- what must hold -- */

/* What a peer makes of it: no rule is broken, and nothing follows a Close. */
static void
check_frames(enum ws_masking masking)
{
	struct ws_receiver r = { .masking = masking };
	uint8_t *p = w.out;
	size_t len = w.out_len, used;
	enum ws_event event;

	do {
		CHECK(r.state != WS_AT_END);
		event = ws_receive(&r, p, len, &used);
		CHECK(event != WS_VIOLATION);
		p += used;
		len -= used;
	} while (len > 0);
}

/* What ws-frame makes of it: each line has a meaning. */
static void
check_told(void)
{
	uint8_t *p = w.told, *end = p + w.told_len, *newline;
	struct ws_frameline l;
	struct ws_frameline_fault fault;

	for (; (newline = memchr(p, '\n', (size_t)(end - p))) != NULL;
	    p = newline + 1)
		CHECK(ws_frameline_parse_control(&l, &fault, (char *)p,
		    (size_t)(newline - p)));
	CHECK(p == end);
}

/* What a stream carries, whatever the pieces. */
static void
strip_headers(void)
{
	struct ws_receiver r = { .lax = true };
	uint8_t *p = w.out;
	size_t len = w.out_len, used;
	enum ws_event event;

	w.out_len = 0;
	do {
		event = ws_receive(&r, p, len, &used);
		if (event == WS_PAYLOAD) {
			memmove(w.out + w.out_len, r.data, r.data_len);
			w.out_len += r.data_len;
		}
		p += used;
		len -= used;
	} while (event != WS_NEED_MORE);
}

static void
check_same(struct input in, struct input schedule, char **argv, int mode)
{
	bool stream = mode == 0 && IS("ws-frame");
	struct input none = { NULL, 0 };
	uint8_t *calm;
	size_t calm_len;
	int status;

	run_program(in, none, schedule, false, argv);
	if (stream)
		strip_headers();
	calm = copy_bytes(w.out, w.out_len);
	calm_len = w.out_len;
	status = w.status;
	run_program(in, none, schedule, true, argv);
	if (stream)
		strip_headers();
	CHECK(w.status == status);
	/* How much of a record with a NUL goes out before that is seen? */
	if (mode == 2 && status == 3 && w.out_len < calm_len)
		calm_len = w.out_len;
	CHECK(w.out_len == calm_len || (mode == 2 && status == 3));
	CHECK(memcmp(w.out, calm, calm_len) == 0);
	free(calm);
}

static void
check_session(struct input in, struct input schedule, char **argv, int mode,
    bool client)
{
	struct input orders = take_part(&in);
	uint8_t *copy = copy_bytes(in.p, in.len);
	struct input data = { copy, in.len };

	run_program(data, orders, schedule, true, argv);
	CHECK(w.status >= 0 && w.status <= 111);
	if (IS("ws-frame") && mode != 4)
		check_frames(client ? WS_MASKING_REQUIRED :
		    WS_MASKING_FORBIDDEN);
	if (IS("ws-deframe"))
		check_told();
	free(copy);
}

/* Mode and rules choose the options; the schedule is five bytes. */
void
fuzz(struct input in)
{
	static char modes[][4] = { "-q", "-ql", "-q0", "-qW", "-qa", "-qj" };
	char role[3] = "-s", *argv[8] = { (char *)PROGRAM }, fd[] = "7";
	int n = 1, mode = take_byte(&in) % 6;
	uint8_t rules = take_byte(&in);
	struct input schedule = { in.p, in.len < 5 ? in.len : 5 };

	in.p += schedule.len;
	in.len -= schedule.len;
	role[1] = rules & 1 ? 's' : 'c';
	argv[n++] = role;
	argv[n++] = modes[mode];
	if (rules & 8 && IS("ws-deframe"))
		argv[n++] = rules & 16 ? "-1" : "-r0";
	if (rules & 8 && IS("ws-frame") && mode < 3)
		argv[n++] = rules & 16 ? "-t" : "-F5";
	if (rules & 128 && IS("ws-deframe") && (rules & 32) == 0)
		argv[n++] = "-z";
	w.session = rules & 32;
	w.socket = rules & 64;
	if (w.session) {
		argv[n++] = "-C";
		argv[n++] = fd;
	}
	argv[n] = NULL;
	if (w.session)
		check_session(in, schedule, argv, mode, role[1] == 'c');
	else
		check_same(in, schedule, argv, mode);
}
