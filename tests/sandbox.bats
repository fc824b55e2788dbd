#!/usr/bin/env bats
# What a filter that has started can no longer do.  Builds with a test hook
# (-DSANDBOX_TEST) try it after start-up, with more of it from here.
#
# Not tested: pledge(2), for want of an OpenBSD.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session
load heads

forbidden='open socket connect exec fork kill fcntl mmap mprotect ptrace unlink'
forbidden+=' rename bind accept dup openat2 sendmsg fastopen'

setup() {
	session_begin
}

kernel_has_seccomp() {
	grep -q '^Seccomp:' /proc/self/status || skip 'no seccomp here'
}

# i386_call: a call of another architecture that the kernel may have.
i386_call() {
	cat <<-'END'
		#if defined(__x86_64__)
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

	END
}

# more: what the hook does not try by itself.
more() {
	i386_call
	cat <<-'END'
		#include <sys/mman.h>
		#include <sys/ptrace.h>
		#include <sys/socket.h>
		#include <sys/syscall.h>
		#include <stdio.h>
		#include <string.h>

		static void
		try_more(const char *what)
		{
			static char page[65536];
			static const long how[3];
			struct msghdr message = { .msg_iovlen = 0 };
			char *aligned = page + 32768 - (size_t)page % 32768;

			if (strcmp(what, "mmap") == 0)
				(void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			else if (strcmp(what, "mprotect") == 0)
				(void)!mprotect(aligned, 4096,
				    PROT_READ | PROT_WRITE | PROT_EXEC);
			else if (strcmp(what, "ptrace") == 0)
				(void)!ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			else if (strcmp(what, "unlink") == 0)
				(void)!unlink("nothing");
			else if (strcmp(what, "rename") == 0)
				(void)!rename("nothing", "more");
			else if (strcmp(what, "bind") == 0)
				(void)!bind(STDIN_FILENO, NULL, 0);
			else if (strcmp(what, "accept") == 0)
				(void)!accept(STDIN_FILENO, NULL, NULL);
			else if (strcmp(what, "dup") == 0)
				(void)!dup(STDIN_FILENO);
			else if (strcmp(what, "openat2") == 0)
				(void)!syscall(437, -100, "/", how, sizeof how);
			else if (strcmp(what, "sendmsg") == 0)
				(void)!syscall(SYS_sendmsg, STDIN_FILENO,
				    &message, 0x20000000);
		#if defined(__x86_64__)
			else if (strcmp(what, "i386") == 0)	/* its read(2) */
				(void)i386_call(3);
		#endif
		}

	END
}

# build CC [FLAG ...]: programs with the hook in ./cmd.
build() {
	cp -R "$root/Makefile" "$root/cmd" "$root/common" .
	{ i386_call; echo 'int main(void) { return i386_call(20) <= 0; }'; } >try.c
	if $1 ${LINKED-} try.c -o try 2>try.log && ./try; then
		forbidden="i386 $forbidden"
	fi
	more >more.c
	awk '/^\/\* Tries what must not/ {
		while ((getline line <"more.c") > 0)
			print line
		tries = 1
	}
	{ print }
	tries && /^\t\treturn;/ {
		print "\ttry_more(what);"
		tries = 0
	}' "$root/common/sandbox.c" >common/sandbox.c
	make -s clean
	make -s -j2 cmd/ws-frame cmd/ws-deframe cmd/ws-b64 cmd/ws-socks \
	    CC="$1" CFLAGS=-O0 CPPFLAGS="-DSANDBOX_TEST ${*:2}" \
	    LDFLAGS="${LINKED-}"
}

# escapes PROGRAM: what it tried without being killed, or with some effect.
escapes() {
	local what status
	for what in $forbidden; do
		status=0
		printf hello | SANDBOX_TEST=$what "$1" >out 2>err || status=$?
		[ "$status" -eq 159 ] && [ ! -s out ] && [ ! -s err ] ||
		    echo "$what"
	done
}

# The same for who reads a request of SOCKS: nothing of it comes true.
escapes_socks() {
	local what status
	for what in $forbidden; do
		status=0
		printf '\4\1\0\120\300\0\2\1k=v\0' | SANDBOX_TEST=$what \
		    cmd/ws-socks true >out 2>err || status=$?
		[ "$status" -eq 111 ] && [ ! -s out ] && [ ! -s err ] ||
		    echo "$what"
	done
}

works() {
	head -c 300000 /dev/urandom >in
	cmd/ws-frame -c <in | cmd/ws-deframe -s | cmp in -
	cmd/ws-b64 <in | cmd/ws-b64 -d | cmp in -
	# The time of a clock that needs a call, and one of a thread's.
	echo 'sleep 0.01' | cmd/ws-frame -a
	cmd/ws-deframe -T 0.1 < <(exec sleep 1) 2>err || status=$?
	[ "${status-}" -eq 6 ]
}

@test "whatever is forbidden kills each filter (SIGSYS)" {
	kernel_has_seccomp
	build cc
	works
	equal ws-frame '' "$(escapes cmd/ws-frame)"
	equal ws-deframe '' "$(escapes cmd/ws-deframe)"
	equal ws-b64 '' "$(escapes cmd/ws-b64)"
	equal ws-socks '' "$(escapes_socks)"
}

@test "the same is possible with -DPORTABLE: the test means something" {
	build cc -DPORTABLE
	works
	equal ws-deframe "${forbidden// /$'\n'}" "$(escapes cmd/ws-deframe)"
	equal ws-socks "${forbidden// /$'\n'}" "$(escapes_socks)"
}

@test "the same, statically linked with musl" {
	kernel_has_seccomp
	need musl-gcc
	LINKED=-static build musl-gcc
	works
	equal ws-frame '' "$(escapes cmd/ws-frame)"
	equal ws-deframe '' "$(escapes cmd/ws-deframe)"
	equal ws-b64 '' "$(escapes cmd/ws-b64)"
	equal ws-socks '' "$(escapes_socks)"
}

@test "the same on i386" {
	kernel_has_seccomp
	echo 'int main(void) { return 0; }' >try.c
	cc -m32 try.c -o try && ./try || skip 'no compiler for i386'
	build 'cc -m32'
	# There send(2) is a socketcall(2), whose flags lie in memory.
	forbidden=${forbidden% fastopen}
	works
	equal ws-frame '' "$(escapes cmd/ws-frame)"
	equal ws-deframe '' "$(escapes cmd/ws-deframe)"
	equal ws-b64 '' "$(escapes cmd/ws-b64)"
	equal ws-socks '' "$(escapes_socks)"
}

@test "the filters of a session have a sandbox; its command has none" {
	kernel_has_seccomp
	listen server 127.0.0.1:0 sh -c 'grep "^NoNew\|^Seccomp:" /proc/self/status; cat'
	feed 5 client ws-client -t "$url"
	within 5 says client.out
	within 5 grep -q Seccomp client.out
	equal command 'NoNewPrivs: 0 Seccomp: 0' \
	    "$(tr -s '\t\n' '  ' <client.out | sed 's/ $//')"
	filters=$(grep 'ws-\(de\)\?frame ' <<<"$(ours)")
	equal filters 4 "$(wc -l <<<"$filters")"
	while read -r number name; do
		grep -q '^Seccomp:.2$' "/proc/$number/status"
	done <<<"$filters"
	exec 5>&-
	ends client
}

# input_of PROCESS: as its user sees it, or root if it may not do all.
input_of() {
	# shellcheck disable=SC2086 # words
	$limited readlink "/proc/$1/fd/0"
}

# shows NAME PROCESS, hides NAME PROCESS: it is that program, and lets others
# look, or does not.
shows() {
	[ "$(cat "/proc/$2/comm")" = "$1" ] && input_of "$2"
}

hides() {
	[ "$(cat "/proc/$2/comm")" = "$1" ] && ! input_of "$2"
}

@test "nobody looks into ws-handshake while it reads a head, only into its program" {
	[ -e /proc/self/fd/0 ] || skip 'no /proc here'
	limited=
	if [ "$(id -u)" -eq 0 ]; then
		need setpriv
		limited='setpriv --bounding-set=-sys_ptrace'
		$limited true || skip 'root may not give up what it may do'
	fi
	# shellcheck disable=SC2086 # words
	feed 5 server $limited ws-handshake -s sleep 30
	within 5 hides ws-handshake "${pid[server]}"
	request >&5
	within 5 shows sleep "${pid[server]}"
	kill "${pid[server]}"
	exec 5>&-
}

@test "a filter that was stopped while it waited goes on" {
	listen server 127.0.0.1:0 cat
	feed 5 client ws-client -lT 30 "$url"
	echo one >&5
	within 5 grep -qx one client.out
	filters=$(grep 'ws-\(de\)\?frame ' <<<"$(ours)" | cut -d' ' -f1)
	# shellcheck disable=SC2086 # numbers
	kill -STOP $filters
	# shellcheck disable=SC2086
	kill -CONT $filters
	echo two >&5
	within 5 grep -qx two client.out
	exec 5>&-
	ends client
}

@test "-v says where there is no sandbox, and it works without" {
	need strace
	for program in ws-frame ws-deframe ws-b64; do
		strace -o trace -e inject=prctl:error=EINVAL "$program" -v \
		    </dev/null 2>err
		equal "$program" "$program: no sandbox: this system has none\
 that we know" "$(cat err)"
		strace -o trace -e inject=prctl:error=EINVAL "$program" \
		    </dev/null 2>err
		equal "$program" '' "$(cat err)"
	done
	kernel_has_seccomp
	equal 'all is well' '' "$(ws-frame -v </dev/null 2>&1)"
}
