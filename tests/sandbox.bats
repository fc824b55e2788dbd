#!/usr/bin/env bats
# What a filter that has started can no longer do, nor a process that reads what a
# stranger says first: builds with tests/escape.c try it.
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

# build CC [FLAG ...]: programs in ./cmd that try what tests/escape.c has.
build() {
	cp -R "$root/Makefile" "$root/cmd" "$root/common" .
	{
		sed -n '/^i386_call/,/^}/p' "$TESTS/escape.c"
		echo 'int main(void) { return i386_call(20) <= 0; }'
	} | sed '1s/^/int /' >try.c
	if $1 ${LINKED-} try.c -o try 2>try.log && ./try; then
		forbidden="i386 $forbidden"
	fi
	{
		sed 's/^sandbox_enter(/enter_sandbox(/' "$root/common/sandbox.c"
		cat "$TESTS/escape.c"
	} >common/sandbox.c
	grep -q '^enter_sandbox(' common/sandbox.c
	make -s clean
	make -s -j2 cmd/ws-frame cmd/ws-deframe cmd/ws-b64 cmd/ws-socks \
	    cmd/ws-handshake cmd/ws-connect CC="$1" CFLAGS=-O0 CPPFLAGS="${*:2}" \
	    LDFLAGS="${LINKED-}"
}

# escapes PROGRAM [ARG ...]: what it tried without being killed, or with some effect.
escapes() {
	local what status
	for what in $forbidden; do
		status=0
		printf hello | ESCAPE=$what "$@" >out 2>err || status=$?
		[ "$status" -eq 159 ] && [ ! -s out ] && [ ! -s err ] ||
		    echo "$what"
	done
}

# The same for who reads a request of SOCKS: nothing of it comes true.
escapes_socks() {
	local what status
	for what in $forbidden; do
		status=0
		printf '\4\1\0\120\300\0\2\1k=v\0' | ESCAPE=$what \
		    cmd/ws-socks true >out 2>err || status=$?
		[ "$status" -eq 111 ] && [ ! -s out ] && [ ! -s err ] ||
		    echo "$what"
	done
}

# caged ESCAPES END INPUT PROGRAM [ARG ...]: those of them that do not make the
# process which reads that input for the program end so.  Let in, a session would
# say "in".
caged() {
	local what status escapes=$1 end=$2 in=$3
	shift 3
	for what in $escapes; do
		status=0
		ESCAPE=$what "$@" sh -c 'echo in' <"$in" >out 2>err || status=$?
		[ "$status" -eq 111 ] && ! grep -q '^in\|escaped' out &&
		    [ "$(cat err)" = "$(basename "$1"): the process that read what the peer says $end" ] ||
		    echo "$what"
	done
}

# escapes_caged INPUT PROGRAM [ARG ...]: what is forbidden.
escapes_caged() {
	caged "$forbidden" 'was ended by signal 31' "$@"
}

# each_cage CHECK EXPECTED: CHECK, called for each that there is, says that.
each_cage() {
	local check=$1 expected=$2
	cmd/ws-handshake -c ws://localhost/ >request
	{ printf 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'; cat request; } >proxied
	printf 'HTTP/1.1 101 x\r\n\r\n' >answer
	printf 'HTTP/1.1 200 OK\r\n\r\n' >granted
	raw_tcp proxy "exec cat '$PWD/granted'"
	equal request "$expected" "$($check request cmd/ws-handshake -s)"
	equal PROXY "$expected" "$($check proxied cmd/ws-handshake -s -P)"
	equal answer "$expected" \
	    "$($check answer cmd/ws-handshake -c ws://localhost)"
	equal 'proxy, ws-handshake' "$expected" "$($check granted \
	    cmd/ws-handshake -c -x http://localhost:1 ws://localhost)"
	equal 'proxy, ws-connect' "$expected" "$($check /dev/null \
	    cmd/ws-connect -x "http://127.0.0.1:$port" tcp:localhost:1)"
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
	each_cage escapes_caged ''
	equal 'ws-handshake -L' '' "$(escapes cmd/ws-handshake -s -L)"
}

# lies_caged INPUT PROGRAM [ARG ...]: what is handed over instead of a result.
lies_caged() {
	caged 'nothing little garbage more' 'hands over what it cannot have read' \
	    "$@"
}

@test "whatever a process in a cage hands over, it is no session that nobody read" {
	build cc
	cmd/ws-handshake -c ws://localhost/ >request
	{ printf 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'; cat request; } >proxied
	printf 'HTTP/1.1 101 x\r\n\r\n' >answer
	equal request '' "$(lies_caged request cmd/ws-handshake -s)"
	equal PROXY '' "$(lies_caged proxied cmd/ws-handshake -s -P)"
	equal answer '' \
	    "$(lies_caged answer cmd/ws-handshake -c ws://localhost)"
}

# Who waits for it does not wait for ever, nor outlives it.
@test "a process in a cage ends with who waits for it" {
	mkfifo in
	for signal in TERM KILL; do
		remember
		feed 5 server ws-handshake -s sleep 30
		printf 'GET / HT' >&5
		within 5 eval '[ "$(grep -c ws-handshake <<<"$(strangers)")" -ge 2 ]'
		kill -"$signal" "${pid[server]}"
		all_gone
		exec 5>&-
		ends server || true
	done
}

@test "the same is possible with -DPORTABLE: the test means something" {
	build cc -DPORTABLE
	works
	equal ws-deframe "${forbidden// /$'\n'}" "$(escapes cmd/ws-deframe)"
	equal ws-socks "${forbidden// /$'\n'}" "$(escapes_socks)"
	each_cage escapes_caged "${forbidden// /$'\n'}"
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
	each_cage escapes_caged ''
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
	each_cage escapes_caged ''
}

@test "the filters of a session have a sandbox; its command has none" {
	kernel_has_seccomp
	listen server 127.0.0.1:0 sh -c 'grep "^NoNew\|^Seccomp:" /proc/self/status; cat'
	feed 5 client ws-client -t "$url"
	within 5 says client.out
	within 5 grep -q Seccomp client.out
	equal command "$(grep '^NoNew\|^Seccomp:' /proc/self/status)" \
	    "$(cat client.out)"	# a container may have one for all
	filters=$(grep 'ws-\(de\)\?frame ' <<<"$(ours)")
	equal filters 4 "$(wc -l <<<"$filters")"
	while read -r number name; do
		grep -q '^Seccomp:.2$' "/proc/$number/status"
	done <<<"$filters"
	exec 5>&-
	ends client
}

has_open() {
	"$python" "$peers/descriptors.py" "$1" >actual
	cmp -s expected actual
}

# open_in NAME TARGET [OPTION ...]: while a session lasts, which those of the
# options that are -6, -p and -G make on both sides, the processes of the server
# have open what standard input says, and, behind a line "--", those of the client.
open_in() {
	local name=$1 target=$2 both=("${@:3}") side value=$WSTEST
	[ "${both[0]-}" != -D ] && [ "${both[0]-}" != -M ] || both=()
	cat >both
	listen "$name" "${@:3}" 127.0.0.1:0 "$target"
	WSTEST=$value.client feed 5 "client-$name" ws-client "${both[@]}" \
	    "${url/#ws:/${scheme-ws}:}"
	echo hello >&5
	within 10 says "client-$name.out"
	for side in server client; do
		[ "$side" = server ] || value+=.client
		sed -n "/^--/,\$!p" both >expected
		[ "$side" = server ] || sed '1,/^--/d' both >expected
		within 10 has_open "$value" || check_row "$name, $side" \
		    same_table expected actual
	done
	ROWS=$((ROWS + 1))
	exec 5>&-
	ends "client-$name"
	stop "$name"
}

@test "each process of a session has open what it needs, and nothing else" {
	need socat ss
	WSTEST=$WSTEST.echo raw_tcp echo cat
	begin_rows
	local tcp=tcp:127.0.0.1:$port
	open_in command cat <<-'END'
		cat
		ws-deframe control> gone own
		ws-frame control< gone lifeline own supervisor
		ws-session control> gone own pipe slots
		--
		ws-deframe control> own
		ws-frame control< own
	END
	open_in tcp "$tcp" <<-'END'
		ws-deframe control> gone own
		ws-frame control< gone lifeline own slots
		--
		ws-deframe control> own
		ws-frame control< own
	END
	open_in base64 cat -6 -p base64 <<-'END'
		cat
		ws-b64 control> gone
		ws-b64 gone
		ws-deframe control> gone own
		ws-frame control< gone lifeline own supervisor
		ws-session control> gone own pipe slots
		--
		ws-b64
		ws-b64 control>
		ws-deframe control> own
		ws-frame control< own
	END
	open_in base64-tcp "$tcp" -6 -p base64 <<-'END'
		ws-b64 control> gone
		ws-b64 gone
		ws-deframe control> gone own
		ws-frame control< gone lifeline own slots
		--
		ws-b64
		ws-b64 control>
		ws-deframe control> own
		ws-frame control< own
	END
	open_in capture cat -D "$PWD/capture" <<-'END'
		cat
		ws-deframe capture control> gone own
		ws-frame capture control< gone lifeline own supervisor
		ws-session control> gone own pipe slots
		--
		ws-deframe control> own
		ws-frame control< own
	END
	open_in view "$tcp" -M "$PWD/view" <<-'END'
		ws-deframe control> gone own watcher
		ws-frame control< gone lifeline own slots watcher
		--
		ws-deframe control> own
		ws-frame control< own
	END
	scheme=http
	open_in upgrade cat -G tcp <<-'END'
		cat
		ws-session gone lifeline own pipe slots socket
		--
		ws-session client-upgrade.out own socket
	END
	all_rows 7
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

# An error tells itself where strerror(3) may not be called any more: glibc since
# 2.41 allocates memory there.
@test "a full disk is told from inside the sandbox, status 111" {
	local full='No space left on device'
	printf x | refused 111 "ws-frame: write standard output: $full" \
	    to_full ws-frame
	printf '\x81\x01x' | refused 111 \
	    "ws-deframe: write standard output: $full" to_full ws-deframe
	printf 'x' | refused 111 "ws-b64: write standard output: $full" \
	    to_full ws-b64
	echo eA== | refused 111 "ws-b64: write standard output: $full" \
	    to_full ws-b64 -d
}

to_full() {
	"$@" >/dev/full
}

# resetting COMMAND: what a command says whose connection, descriptor 0 and 1, a
# peer that has read it to its first byte resets.
resetting() {
	"$python" - "$@" <<-'END'
		import os, socket, struct, subprocess, sys
		listener = socket.create_server(("127.0.0.1", 0))
		peer = socket.create_connection(listener.getsockname())
		end = listener.accept()[0]
		program = subprocess.Popen(sys.argv[1:], stdin=end, stdout=end,
		    stderr=subprocess.PIPE)
		end.close()
		peer.sendall(b"\x81\x01x\x81")
		peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
		    struct.pack("ii", 1, 0))
		peer.close()
		print(program.communicate(timeout=60 * int(os.environ["PATIENCE"]))[1].decode(), end="")
		print(program.returncode)
	END
}

@test "a reset by the peer is told from inside the sandbox" {
	# Whether it reads the reset or writes into it is its luck; no SIGSYS (31).
	for command in ws-frame 'ws-deframe -C 2' 'ws-b64 -W' 'ws-b64 -d' \
	    'ws-socks true'; do
		# shellcheck disable=SC2086 # words
		resetting $command >said
		echo "$command: $(cat said)"
		[ "$(tail -n 1 said)" -ne 0 ]
		[ "$(tail -n 1 said)" -ne -31 ]
	done
}

@test "each error number is told from inside the sandbox" {
	need strace
	"$CORE" errors >numbers
	while read -r number words; do
		case $words in
		'Interrupted system call' | *'temporarily unavailable' | 'Broken pipe')
			continue ;;
		esac
		run -111 --separate-stderr strace -qqo trace \
		    -e "inject=writev:error=$number:when=1" ws-frame -t <<<x
		[ "$stderr" = "ws-frame: write standard output: $words" ]
	done <numbers
}

# What the code of a filter may call of libc once it is in the sandbox.  Of the
# second line each is one of the system calls that the sandbox allows; exit(3) has
# no stream to flush.  Those of the third end the process by a signal.  Those of the last have been called before: the answer
# is remembered, the device is open.
@test "a filter calls nothing of libc that could ask the system for more" {
	need readelf
	local allowed="
memchr memcmp memcpy memmove memset strchr strlen strspn strtol getenv
clock_gettime close fcntl getsockopt pipe2 poll read recv send sendmsg shutdown splice syscall write writev exit
kill:end_by_signal sigaddset:mask_signals sigemptyset:mask_signals sigprocmask:mask_signals
open:read_random getpid:enter prctl:enter fstat:stderr_is_peer fstat:same_file"
	cp -R "$root/Makefile" "$root/cmd" "$root/common" .
	make -s clean
	make -s cmd/ws-frame cmd/ws-deframe cmd/ws-b64 cmd/ws-socks \
	    cmd/ws-handshake cmd/ws-connect HARDEN= CFLAGS=-O0
	for program in ws-frame ws-deframe ws-b64 ws-socks ws-handshake \
	    ws-connect; do
		"$TESTS/reach" cmd/"$program"*.o common/*.o common/*/*.o >calls
		grep -q '^read read_some' calls
		while read -r callee caller; do
			case " ${allowed//$'\n'/ } " in
			*" $callee "* | *" $callee:$caller "*) ;;
			*) echo "$program: $caller() calls $callee()"; false ;;
			esac
		done <calls
	done
}
