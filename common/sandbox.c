/* What a program that has started gives up, for good or until it is another: by
 * seccomp(2) and prctl(2) on Linux, by pledge(2) on OpenBSD, nowhere with
 * -DPORTABLE.  -DNO_SANDBOX is for tools that add to what a program does:
 * valgrind, gcov. */
#if defined(__linux__)
#define _GNU_SOURCE		/* F_SETPIPE_SZ */
#elif defined(__OpenBSD__)
#undef _POSIX_C_SOURCE		/* hides pledge */
#endif

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <elf.h>
#include <fcntl.h>
#endif
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "diag.h"
#include "sandbox.h"

#if defined(PORTABLE) || defined(__SANITIZE_ADDRESS__)
#define NO_SANDBOX
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define NO_SANDBOX
#endif
#endif

#if defined(__linux__) && !defined(NO_SANDBOX)

/* The kernel's headers are not everywhere: seccomp(2), linux/filter.h. */
enum {
	MODE_FILTER = 2,
	LOAD = 0x20,			/* BPF_LD | BPF_W | BPF_ABS */
	COPY = 0x07,			/* BPF_MISC | BPF_TAX */
	IF_EQUAL = 0x15,		/* BPF_JMP | BPF_JEQ | BPF_K */
	IF_ANY_BIT = 0x45,		/* BPF_JMP | BPF_JSET | BPF_K */
	RETURN = 0x06			/* BPF_RET | BPF_K */
};
#define ALLOW 0x7fff0000u
#define KILL 0x80000000u	/* the process; before 4.14 the thread */

struct instruction {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t k;
};

struct program {
	unsigned short len;
	const struct instruction *filter;
};

struct call {
	int32_t number;
	uint32_t architecture;
	uint64_t instruction_pointer;
	uint64_t argument[6];
};

/* linux/audit.h */
#define BITS_64 0x80000000u
#define LITTLE_ENDIAN_CALLS 0x40000000u
#if defined(__x86_64__)
#define ARCHITECTURE (EM_X86_64 | BITS_64 | LITTLE_ENDIAN_CALLS)
#elif defined(__i386__)
#define ARCHITECTURE (EM_386 | LITTLE_ENDIAN_CALLS)
#elif defined(__aarch64__)
#define ARCHITECTURE (EM_AARCH64 | BITS_64 | LITTLE_ENDIAN_CALLS)
#elif defined(__arm__) && !defined(__ARMEB__)
#define ARCHITECTURE (EM_ARM | LITTLE_ENDIAN_CALLS)
#elif defined(__s390x__)
#define ARCHITECTURE (EM_S390 | BITS_64)
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE (EM_RISCV | BITS_64 | LITTLE_ENDIAN_CALLS)
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCHITECTURE (EM_PPC64 | BITS_64 | LITTLE_ENDIAN_CALLS)
#else
#define ARCHITECTURE 0u			/* unknown: no filter */
#endif

/* A system call that is allowed: always; or if the low half of an argument,
 * counted from 1, is the value; or has no bit of it. */
struct rule {
	long number;
	enum { ALWAYS, EQUAL, WITHOUT } when;
	unsigned argument;
	uint32_t value;
};

/* May open a connection.  Where send(2) is a socketcall(2) it is beyond us,
 * as the flags lie in memory. */
#define FASTOPEN 0x20000000u

/* The frequent ones first: each call goes through the list. */
static const struct rule rules[] = {
	{ .number = SYS_read },
	{ .number = SYS_write },
	{ .number = SYS_writev },
#if defined(SYS_splice)
	{ .number = SYS_splice },
#endif
#if defined(SYS_poll)
	{ .number = SYS_poll },
#endif
#if defined(SYS_ppoll)
	{ .number = SYS_ppoll },
#endif
#if defined(SYS_ppoll_time64)
	{ .number = SYS_ppoll_time64 },
#endif
#if defined(SYS_sendmsg)
	{ SYS_sendmsg, WITHOUT, 3, FASTOPEN },
#endif
#if defined(SYS_sendto)
	{ SYS_sendto, WITHOUT, 4, FASTOPEN },
#endif
	/* Where the clock is not read without a call: */
#if defined(SYS_clock_gettime)
	{ .number = SYS_clock_gettime },
#endif
#if defined(SYS_clock_gettime64)
	{ .number = SYS_clock_gettime64 },
#endif
	{ .number = SYS_getrandom },	/* masking keys */
#if defined(SYS_fcntl)
	{ SYS_fcntl, EQUAL, 2, F_SETPIPE_SZ },
#endif
#if defined(SYS_fcntl64)
	{ SYS_fcntl64, EQUAL, 2, F_SETPIPE_SZ },
#endif
#if defined(SYS_pipe2)
	{ .number = SYS_pipe2 },
#endif
#if defined(SYS_getsockopt)
	{ .number = SYS_getsockopt },
#endif
#if defined(SYS_shutdown)
	{ .number = SYS_shutdown },
#endif
#if defined(SYS_recvfrom)
	{ .number = SYS_recvfrom },
#endif
#if defined(SYS_setsockopt)
	{ SYS_setsockopt, EQUAL, 3, SO_RCVLOWAT },
#endif
#if defined(SYS_socketcall)
	{ SYS_socketcall, EQUAL, 1, 9 },	/* send */
	{ SYS_socketcall, EQUAL, 1, 10 },	/* recv */
	{ SYS_socketcall, EQUAL, 1, 12 },	/* recvfrom */
	{ SYS_socketcall, EQUAL, 1, 13 },	/* shutdown */
	{ SYS_socketcall, EQUAL, 1, 15 },	/* getsockopt */
	{ SYS_socketcall, EQUAL, 1, 16 },	/* sendmsg */
#endif
	{ .number = SYS_close },
	{ .number = SYS_restart_syscall },	/* a poll that was stopped */
	{ .number = SYS_rt_sigreturn },
	{ .number = SYS_rt_sigprocmask },	/* to end by a signal */
#if defined(SYS_sigreturn)
	{ .number = SYS_sigreturn },
#endif
	{ .number = SYS_exit_group },
	{ .number = -1 }		/* a tracer's, instead of a call */
};

enum {
	RULES = sizeof rules / sizeof rules[0],
	RULE_LEN = 5,			/* instructions, at most */
	FRAME_LEN = 6			/* what stands around them */
};

/* Instructions, as they are appended. */
struct assembly {
	size_t len;
	struct instruction code[(RULES + 1) * RULE_LEN + FRAME_LEN];
};

static void
put_instruction(struct assembly *a, uint16_t code, uint32_t k, uint8_t if_true,
    uint8_t if_false)
{
	struct instruction i = { code, if_true, if_false, k };

	a->code[a->len++] = i;
}

/* The half of an argument that the kernel looks at. */
static uint32_t
offset_of_argument(unsigned argument)
{
	static const union { uint32_t word; uint8_t byte[4]; } order = { 1 };
	size_t low = order.byte[0] == 1 ? 0 : 4;

	return (uint32_t)(offsetof(struct call, argument) +
	    (argument - 1) * sizeof(uint64_t) + low);
}

static void
put_rule(struct assembly *a, const struct rule *r)
{
	if (r->when == ALWAYS) {
		put_instruction(a, IF_EQUAL, (uint32_t)r->number, 0, 1);
		put_instruction(a, RETURN, ALLOW, 0, 0);
		return;
	}
	put_instruction(a, IF_EQUAL, (uint32_t)r->number, 0, 4);
	put_instruction(a, LOAD, offset_of_argument(r->argument), 0, 0);
	if (r->when == EQUAL)
		put_instruction(a, IF_EQUAL, r->value, 0, 1);
	else
		put_instruction(a, IF_ANY_BIT, r->value, 1, 0);
	put_instruction(a, RETURN, ALLOW, 0, 0);
	put_instruction(a, LOAD, offsetof(struct call, number), 0, 0);
}

static bool
enter(void)
{
	static struct assembly a;
	struct rule self = { SYS_kill, EQUAL, 1, (uint32_t)getpid() };
	struct program program = { 0, a.code };
	size_t i;

	/* Since 5.11 the kernel tries every system call there is on a filter
	 * when it gets it, which takes longer than all the rest; not on one
	 * that does more than compare, as this copy of a register. */
	put_instruction(&a, COPY, 0, 0, 0);
	put_instruction(&a, LOAD, offsetof(struct call, architecture), 0, 0);
	put_instruction(&a, IF_EQUAL, ARCHITECTURE, 1, 0);
	put_instruction(&a, RETURN, KILL, 0, 0);
	put_instruction(&a, LOAD, offsetof(struct call, number), 0, 0);
	for (i = 0; i < RULES; i++)
		put_rule(&a, &rules[i]);
	put_rule(&a, &self);
	put_instruction(&a, RETURN, KILL, 0, 0);
	program.len = (unsigned short)a.len;
	return ARCHITECTURE != 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, MODE_FILTER, &program) == 0;
}

/* A filter would stay beyond exec, and so would what it takes to set one
 * without being root: no setuid program would work any more. */
static void
give_up_until_exec(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

#elif defined(__OpenBSD__) && !defined(NO_SANDBOX)

static bool
enter(void)
{
	return pledge("stdio", NULL) == 0;
}

/* rpath: /dev/urandom; inet, unix: options and ends of the connection; flock: a
 * place for the session; proc: the gate, and who reads or replays a head. */
static void
give_up_until_exec(void)
{
	(void)pledge("stdio rpath inet unix flock proc exec", NULL);
}

#else

static bool
enter(void)
{
	return false;
}

static void
give_up_until_exec(void)
{
}

#endif

void
sandbox_enter(bool verbose)
{
	/* say() must not need what is given up. */
	(void)stderr_is_peer();
	if (!enter() && verbose)
		say("no sandbox: this system has none that we know");
}

void
sandbox_until_exec(void)
{
	give_up_until_exec();
}
