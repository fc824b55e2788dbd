#!/usr/bin/env bats
# What goes wrong ends within a bounded time, leaves nothing behind, and what was
# accepted before is delivered, in order, or the status says that it was not.
#
# Elsewhere: a full disk (capture, ws-frame, ws-deframe, ws-b64), a command that
# minds neither end of input nor SIGTERM (ws-session), limits (limits).
#
# WS_SEED repeats a run; BULK is how much goes each way where both are busy at
# once, in MiB (1024).

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session

setup() {
	need socat ss
	session_begin
	RANDOM=${WS_SEED:=$(($$ + BATS_TEST_NUMBER))}
	echo "WS_SEED=$WS_SEED"
}

fault() {
	"$python" "$peers/fault.py" "$@"
}

# is_start FILE OF: what is in the file is the start of that.
is_start() {
	cmp -n "$(wc -c <"$1")" "$1" "$2"
}

# pick PATTERN [N]: $victim becomes the number of the Nth process that came after
# remember.
pick() {
	victim=$(strangers | env -u WSTEST awk -v pattern="$1" -v n="${2:-1}" '
		$0 ~ pattern && !--n { print $1; exit }')
	[ -n "$victim" ]
}

# paced_lines: a file of lines, and a script that writes them in two seconds at
# least, the second half not before the file killed is there.
paced_lines() {
	seq 2000000 >lines
	split -n 100 lines piece.
	cat >paced <<-'END'
		n=0
		for piece in piece.*; do
			cat "$piece"
			sleep 0.02
			n=$((n + 1))
			[ "$n" -lt 50 ] || until [ -e killed ]; do sleep 0.02; done
		done
	END
}

# strike PATTERN BYTES: ends that process, the one of that number, after so many
# bytes of the transfer.
strike() {
	within 10 has_bytes transfer.out "$2" || {
		echo "no $2 bytes have come"
		return 1
	}
	pick "$1" "${number:-1}" || {
		echo "$1 is not there:"
		strangers
		return 1
	}
	kill -9 "$victim" || return 1
	: >killed
}

# killed PATTERN BYTES STATUSES LOG ARG ...: transfers lines there and back by
# ws-client with these arguments, kills that process after so many bytes, and
# looks at what comes of it: one of the statuses, the line in the server's log,
# in which there is no other, and nothing is left.
killed() {
	local status=0 victim pattern=$1 bytes=$2 statuses=" $3 " line=$4 before
	shift 4
	remember
	rm -f transfer.out killed
	before=$(wc -l <server.err)
	start transfer timeout -k 1 30 bash -o pipefail -c \
	    'sh ./paced 2>/dev/null | ws-client -w 5 "$@"' bash "$@"
	strike "$pattern" "$bytes" || {
		: >killed
		ends transfer 15
		return 1
	}
	ends transfer 15 || status=$?
	case $statuses in
	*" $status "*) ;;
	*)
		echo "status $status instead of$statuses"
		head -n 3 transfer.err
		tail -n 3 server.err
		return 1 ;;
	esac
	is_start transfer.out lines || {
		echo 'what has come is not what was sent'
		return 1
	}
	[ "$status" -ne 0 ] || cmp transfer.out lines || return 1
	all_gone 8 || return 1
	tail -n "+$((before + 1))" server.err >told
	[ -z "$line" ] || grep -q "$line" told || {
		echo "no line \"$line\" in the log: $(head -n 3 told)"
		return 1
	}
	# socat may have one of its own.
	[ "$(grep -vc '^ws-listen: ' told)" -le 1 ] || {
		echo "more than a line in the log: $(head -n 3 told)"
		return 1
	}
}

# Whoever is left that can tells the peer, and the log.
@test "kill -9 of any process of a session, in the middle of a transfer" {
	local target process statuses line
	paced_lines
	begin_rows
	raw_tcp echo 'exec cat'
	echo=tcp:127.0.0.1:$port
	while IFS='|' read -r target process statuses line; do
		ROWS=$((ROWS + 1))
		[ "$target" != tcp ] || target=$echo
		listen server -w 5 127.0.0.1:0 "$target"
		check_row "$target, $process" killed "^[0-9]+ $process" \
		    "$((RANDOM * 100))" "$statuses" "$line" "$url"
		stop server || :
	done <<-'END'
		cat|cat$|11|ws-session: cat: ended by signal 9
		cat|[^ ]*ws-session .*-s|11|ws-frame: ws-session is gone
		cat|ws-deframe .*-s|11|ws-session: ws-deframe: ended by signal 9
		cat|ws-frame .*-s|6|ws-session: ws-frame: ended by signal 9
		cat|ws-deframe .*-c|111|
		cat|ws-frame .*-c|137|
		tcp|ws-deframe .*-s|11|ws-frame: control channel ended before
		tcp|ws-frame .*-s|6|
		tcp|ws-deframe .*-c|111|
		tcp|ws-frame .*-c|137|
	END
	all_rows 10
}

# Where what was sent has been handed on, but not that it ends.
@test "kill -9 of ws-deframe after the peer's Close: what is cut is told" {
	raw_tcp late 'cat >/dev/null; echo begun; until [ -e go ]; do sleep 0.1; done; seq 100000'
	listen server -w 20 127.0.0.1:0 "tcp:127.0.0.1:$port"
	remember
	feed 5 client ws-client -w 20 "$url"
	exec 5>&-
	within 5 grep -q begun client.out
	pick 'ws-deframe .*-s'
	kill -9 "$victim"
	status=0
	ends client || status=$?
	equal status 11 "$status"
	: >go
	all_gone
	grep -qx 'ws-frame: peer closed with 1011, internal error' client.err
}

@test "kill -9 of a ws-b64, or beside one: the session fails, and the log says it" {
	local target process number statuses line
	paced_lines
	raw_tcp echo 'exec cat'
	echo=tcp:127.0.0.1:$port
	begin_rows
	while IFS='|' read -r target process number statuses line; do
		ROWS=$((ROWS + 1))
		[ "$target" != tcp ] || target=$echo
		listen server -w 5 -6 -p base64 127.0.0.1:0 "$target"
		check_row "$target, $process $number" killed \
		    "^[0-9]+ $process" "$((RANDOM * 100))" "$statuses" "$line" \
		    -6 -p base64 "$url"
		stop server || :
	done <<-'END'
		cat|ws-b64 -d.*|1|11 111|
		cat|ws-b64 -d.*|2|11 111|
		cat|ws-b64 -W.*|1|11 111|
		cat|ws-b64 -W.*|2|11 111|
		cat|ws-deframe .*-s|1|11|ws-session: ws-deframe: ended by signal 9
		tcp|ws-b64 -d.*|1|11 111|
		tcp|ws-b64 -d.*|2|11 111|
		tcp|ws-b64 -W.*|1|11 111|
		tcp|ws-b64 -W.*|2|11 111|
		tcp|ws-deframe .*-s|1|11|
	END
	all_rows 10
}

@test "kill -9 of ws-frame: a peer that sends on and on does not keep ws-deframe" {
	raw_tcp sink 'exec cat >/dev/null'
	listen server 127.0.0.1:0 "tcp:127.0.0.1:$port"
	remember
	feed 5 client sh -c 'while echo line; do sleep 0.1; done | ws-client -l "$1"' \
	    sh "$url"
	within 5 pick 'ws-deframe -s'
	deframe=$victim
	within 5 pick 'ws-frame -s'
	kill -9 "$victim"
	within 5 gone "$deframe"
	exec 5>&-
	ends client || true
	all_gone
}

# gate: a gate that minds no signal but one.
gate() {
	cat >gate <<-'END'
		#!/bin/sh
		trap '' TERM HUP INT
		sleep 300 &
		echo asked >asked
		while :; do sleep 300; done
	END
	chmod +x gate
}

@test "kill -9 of ws-handshake while a gate decides: the gate ends, too" {
	need_linux
	gate
	listen server -w 60 -g "$PWD/gate" 127.0.0.1:0 cat
	remember
	feed 5 peer socat - "TCP:127.0.0.1:$port"
	ws-handshake -c ws://localhost/ >&5
	within 5 says asked
	pick 'ws-handshake -A'
	kill -9 "$victim"
	exec 5>&-
	ends peer || true
	all_gone
}

@test "SIGTERM of the listener while a gate decides: 503, and all ends" {
	gate
	listen server -w 60 -g "$PWD/gate" 127.0.0.1:0 cat
	feed 5 peer socat -t 5 - "TCP:127.0.0.1:$port"
	ws-handshake -c ws://localhost/ >&5
	within 5 says asked
	stop server || true
	exec 5>&-
	ends peer || true
	[[ "$(head -n 1 peer.out)" = 'HTTP/1.1 503 '* ]]
	within 5 nothing_left
}

# stubborn: a command that minds nothing that can be ignored, as what it has started
# does; it writes the file "end" when its input ends.
stubborn() {
	cat >stubborn <<-'END'
		#!/bin/sh
		trap '' TERM HUP INT PIPE
		sleep 300 &
		echo ready
		cat >/dev/null
		echo >end
		while :; do sleep 300; done
	END
	chmod +x stubborn
}

# The Linux that kills what a process leaves is the one that we have a sandbox on.
need_linux() {
	[ -z "$(ws-frame -v </dev/null 2>&1)" ] || skip 'built without'
}

# unattended MOMENT [ARG ...]: a session with ./stubborn, at the client with these
# arguments or else at the server, of which ws-session is killed: the peer is
# told, and all is gone.
unattended() {
	local victim status=0 moment=$1 side=-s told=client
	shift
	rm -f end
	remember
	[ $# -eq 0 ] || { side=-c; told=server; }
	feed 5 client ws-client -w 20 "$url" "$@"
	if [ $# -eq 0 ]; then
		within 5 grep -q ready client.out || return 1
	else
		within 5 eval 'grep -q "^[0-9]* sleep 300" <<<"$(ours)"' || return 1
	fi
	pick "ws-session .*$side" || return 1
	: >server.err
	if [ "$moment" = closed ]; then
		exec 5>&-
		within 5 says end || return 1
	fi
	kill -9 "$victim"
	exec 5>&-
	ends client || status=$?
	all_gone || return 1
	grep -qx 'ws-frame: peer closed with 1011, internal error' "$told.err" || {
		cat client.err server.err
		return 1
	}
	[ "$told:$status" = client:11 ] || [ "$told:$status" = server:137 ]
}

@test "kill -9 of ws-session: the peer is told 1011, and no command stays" {
	need_linux
	stubborn
	begin_rows
	listen server -w 20 127.0.0.1:0 ./stubborn
	for row in open closed; do
		ROWS=$((ROWS + 1))
		check_row "$row" unattended "$row"
	done
	stop server
	listen server -w 20 127.0.0.1:0 cat
	ROWS=$((ROWS + 1))
	check_row client unattended open ./stubborn
	all_rows 3
}

@test "kill -9 of ws-session: what was not said is not taken for the end" {
	listen server -w 1 127.0.0.1:0 sh -c 'echo one; read -r line; echo two'
	for _ in 1 2 3 4 5 6 7 8; do
		remember
		: >client.out
		feed 5 client ws-client -w 9 "$url"
		within 5 grep -q one client.out
		pick 'ws-session -s'
		kill -9 "$victim"
		within 5 grep -qx 'ws-frame: peer closed with 1011, internal error' client.err
		exec 5>&-
		status=0
		ends client || status=$?
		equal status 11 "$status"
		equal output one "$(cat client.out)"
		all_gone
	done
}

@test "ws-session that cannot start a filter leaves no command" {
	need strace
	stubborn
	ws-handshake -c ws://localhost/ >in
	begin_rows
	remember
	for row in clone,clone3,vfork,fork:error=EAGAIN:when=2 \
	    clone,clone3,vfork,fork:error=EAGAIN:when=3 \
	    "execve:error=ENOMEM -P $root/cmd/ws-deframe" \
	    "execve:error=ENOMEM -P $root/cmd/ws-frame"; do
		ROWS=$((ROWS + 1))
		status=0
		# shellcheck disable=SC2086 # words
		timeout -k 1 15 strace -f -qq -o trace -e inject=$row \
		    "$root/cmd/ws-session" -s -w 0.1 ./stubborn <in >out 2>err ||
		    status=$?
		check_row "$row" equal status 111 "$status"
		check_row "$row" all_gone
	done
	all_rows 4
}

@test "kill -9 of the relay for TLS, or of what waits beside it" {
	certificates
	listen server -w 1 -E both.pem 127.0.0.1:0 cat
	paced_lines
	begin_rows
	for name in 'ws-handshake -A wait' 'socat.*OPENSSL-LISTEN'; do
		ROWS=$((ROWS + 1))
		check_row "$name" killed "$name" "$((RANDOM * 100))" '0 6' '' \
		    -K ca.pem "wss://localhost:$port"
	done
	all_rows 2
}

# orphaned NAME SCHEME ARG ...: a session of ws-listen with these arguments, of
# which NAME, a process of the listener, is killed: the session ends with 1001,
# all is gone, and the port is free.
orphaned() {
	local number status=0 name=$1 scheme=$2
	shift 2
	remember
	listen server -w 1 "${@:1:$#-1}" 127.0.0.1:0 "${*: -1}" || return 1
	url=$scheme://localhost:$port
	feed 5 client ws-client -aw "$PATIENCE" -K ca.pem "$url"
	echo 'text "x"' >&5
	within 5 grep -q x client.out || return 1
	case $name in
	ws-listen) number=${pid[server]} ;;
	*) number=$(pgrep -P "${pid[server]}" "$name") ;;
	esac
	kill -9 "$number"
	ends server 8 || status=$?
	ends client 8 || return 1
	exec 5>&-
	grep -qx 'close 1001' client.out || { cat client.out; return 1; }
	all_gone || return 1
	case $name:$status in
	ws-listen:137 | socat:111) ;;
	*) echo "status $status"; return 1 ;;
	esac
	start server ws-listen "${@:1:$#-1}" "127.0.0.1:$port" "${*: -1}"
	listens_on "$port" server || return 1
	[ "$(echo again | client -K ca.pem "$url")" = again ] || return 1
	stop server
}

@test "kill -9 of ws-listen, or of its socat: the sessions end, the port is free" {
	local target
	certificates
	begin_rows
	raw_tcp echo 'exec cat'
	target=tcp:127.0.0.1:$port
	for row in ws-listen socat; do
		ROWS=$((ROWS + 3))
		check_row "$row cat" orphaned "$row" ws cat
		check_row "$row tcp:" orphaned "$row" ws "$target"
		check_row "$row TLS" orphaned "$row" wss -E both.pem cat
	done
	all_rows 6
}

@test "a SIGTERM while ws-listen makes its directory leaves none behind" {
	mkdir bin
	cat >bin/mktemp <<-END
		#!/bin/sh
		kill "\$(cat "$PWD/number")"
		exec $(command -v mktemp) "\$@"
	END
	chmod +x bin/mktemp
	run -0 timeout 10 sh -c 'echo $$ >number; PATH=$PWD/bin:$PATH
		export PATH; exec ws-listen 127.0.0.1:0 cat'
	[ "$output" = '' ]
	[ -z "$(ls "$TMPDIR")" ]
	nothing_left
}

# As a terminal and systemd send them.
@test "signals to all of ws-listen while it makes its directory leave none behind" {
	mkdir bin
	begin_rows
	for name in TERM INT HUP; do
		cat >bin/mktemp <<-END
			#!/bin/sh
			made=\$($(command -v mktemp) "\$@")
			kill -$name 0
			echo "\$made"
		END
		chmod +x bin/mktemp
		ROWS=$((ROWS + 1))
		# A group of its own, in which nobody ignores them.
		timeout -k 1 10 "$python" -c '
import os, signal, sys
for s in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
    signal.signal(s, signal.SIG_DFL)
os.setpgid(0, 0)
os.environ["PATH"] = os.getcwd() + "/bin:" + os.environ["PATH"]
os.execvp("ws-listen", ["ws-listen", "127.0.0.1:0", "cat"])' >out 2>err || :
		check_row "$name" equal directory '' "$(ls "$TMPDIR")"
		rm -rf "$TMPDIR"/ws-listen.*
		check_row "$name" equal output '' "$(cat out)"
	done
	all_rows 3
	nothing_left
}

@test "a peer resets the connection: what came whole is delivered, the end told" {
	listen server -w 1 127.0.0.1:0 sh -c 'head -c 5 >got; echo; exec cat'
	remember
	fault reset "$port"
	all_gone
	printf first | cmp -n 5 - got
	grep -q '^ws-frame: connection ended without Close' server.err
	raw_tcp sink 'head -c 5 >sunk; echo; exec cat'
	listen tunnel -w 1 127.0.0.1:0 "tcp:127.0.0.1:$port"
	remember
	fault reset "${url##*:}" &
	all_gone
	wait $!
	printf first | cmp -n 5 - sunk
}

# A network of its own, which loses everything from one moment on.
@test "a peer is lost without a word: -T ends both sides, with 6" {
	need unshare tc ip
	unshare -n ip link set lo up 2>/dev/null ||
	    skip 'no network namespace can be made'
	cat >lossy <<-'END'
		ip link set lo up
		ws-listen -T 1 127.0.0.1:8080 cat >listen.out &
		server=$!
		until ss -Hltn | grep -q :8080; do sleep 0.02; done
		mkfifo in
		sh -c 'timeout 15 ws-client -l -T 1 ws://127.0.0.1:8080; echo $? >status' \
		    <in >client.out 2>client.err &
		exec 5>in
		echo before >&5
		until grep -q before client.out; do sleep 0.02; done
		tc qdisc add dev lo root tbf rate 1kbit burst 1 latency 1ms || exit 3
		echo after >&5
		until [ -s status ]; do sleep 0.02; done
		until ! pgrep -x 'ws-frame|ws-deframe|ws-session' \
		    --ns $$ --nslist net >/dev/null; do sleep 0.02; done
		kill $server
		wait $server
	END
	status=0
	timeout 20 unshare -n sh ./lossy 2>lossy.err || status=$?
	[ "$status" -ne 3 ] || skip 'no qdisc tbf'
	cat lossy.err
	[ "$status" -ne 124 ]
	equal client 6 "$(cat status)"
	[ "$(cat client.out)" = before ]
	grep -q 'ws-deframe: nothing received for 1.000 s' client.err
	grep -q 'ws-deframe: nothing received for 1.000 s' lossy.err
}

@test "a command that is stopped: the session ends, the command too" {
	listen server -w 1 127.0.0.1:0 sh -c 'kill -STOP $$; cat'
	remember
	head -c 50000 /dev/zero >in
	status=0
	client -w 4 "$url" <in >out || status=$?
	[ "$status" -ne 124 ]
	all_gone 8
	# The peer was told 1000, as its Close was: the server knows better.
	grep -qx 'ws-session: sh: ended by signal 9' server.err
	{ ws-handshake -c ws://localhost/; echo hello | ws-frame -c -e 1000; } >session
	run -111 bounded ws-handshake -s ws-session -qw 0.1 \
	    sh -c 'kill -STOP $$' <session
}

@test "a peer that resets inside its request: refused, and said, without SIGPIPE" {
	"$python" -c '
import os, signal, socket, struct, subprocess
listener = socket.create_server(("127.0.0.1", 0))
peer = socket.create_connection(listener.getsockname())
ours = listener.accept()[0]
peer.sendall(b"GET / HT")
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
peer.close()
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
print(subprocess.run(["ws-handshake", "-s", "cat"], stdin=ours, stdout=ours,
                     timeout=20 * int(os.environ["PATIENCE"])).returncode)
' >out 2>err
	equal status 22 "$(cat out)"
	grep -q '^ws-handshake: refused with 400: ' err
}

@test "a peer that is gone when its answer is written is told of, SIGPIPE or not" {
	ws-handshake -c ws://localhost/ >request
	for action in SIG_DFL SIG_IGN; do
		"$python" -c '
import os, signal, socket, subprocess, sys
signal.signal(signal.SIGPIPE, getattr(signal, sys.argv[1]))
for command in sys.argv[2:]:
    peer, ours = socket.socketpair()
    peer.sendall(open("request", "rb").read())
    peer.close()
    print(subprocess.run(command.split(), stdin=ours, stdout=ours,
                         restore_signals=False,
                         timeout=20 * int(os.environ["PATIENCE"])).returncode)
' "$action" 'ws-handshake -s true' 'ws-handshake -c ws://localhost/ true' \
		    'ws-handshake -s -Hno:field -R /other true' >out 2>err
		equal "$action" '6 6 22' "$(paste -sd' ' out)"
		printf 'ws-handshake: %s\n' 'the peer has gone before it got the head' \
		    'the peer has gone before it got the head' \
		    'refused with 404: path not served (RFC 6455, 4.2.2)' >expected
		same expected err
	done
}

# Whichever filter learns of it: the system tells only one.
@test "a target that resets while it is sent to: Close 1011 and status 11" {
	for subprotocol in '' base64; do
		target=$(free_port)
		listen "server$subprotocol" -q -w 1 \
		    ${subprotocol:+-6 -p $subprotocol} 127.0.0.1:0 \
		    "tcp:127.0.0.1:$target"
		remember
		bounded "$python" "$peers/fault.py" pour "$port" "$target" 12 \
		    $subprotocol >closes
		equal "$subprotocol" '12 880203f3' \
		    "$(sort closes | uniq -c | sed 's/^ *//')"
		all_gone
	done
}

# behind_pipes ARGS: a ws-server with these, to which some super-servers give pipes;
# sets port.
behind_pipes() {
	port=$(free_port)
	start server socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
	    "EXEC:ws-server $1,pipes"
	listens_on "$port" server
	remember
}

@test "a peer that reads nothing, behind pipes: -X ends the session all the same" {
	behind_pipes "-X $PATIENCE -w $PATIENCE yes"
	start peer "$python" "$peers/fault.py" flood "$port" 1000
	within 5 says peer.out
	pick 'ws-frame .*-s'
	within 8 eval '! kill -0 "$victim" 2>/dev/null'
	kill "${pid[peer]}"
	all_gone
}

@test "pipes carry what sockets do" {
	behind_pipes cat
	head -c 3000000 /dev/urandom >in
	client "ws://127.0.0.1:$port" <in | cmp in -
	all_gone
}

# endless HOW: a command that never stops has a second when its peer has gone; when
# that has closed, as long as it is read, and -X allows.
endless() {
	bounded "$python" "$peers/fault.py" drink "$port" "$1" >seconds || return
	awk -v limit="$((3 * PATIENCE))" -v how="$1" '
	    $1 < 0.9 || $1 > limit { print how ": " $1 " s"; exit 1 }' seconds
}

@test "a peer that has ended and reads all that comes: the command's time is up in time" {
	listen server -l -w 1 -X 2 127.0.0.1:0 yes
	remember
	begin_rows
	for how in close fin close fin; do
		ROWS=$((ROWS + 1))
		check_row "$how" endless "$how"
	done
	all_rows 4
	all_gone
}

# unread PEER-ARGS LISTEN-ARG ...: whoever serves does not outlive the peer.
unread() {
	local name=unread.$ROWS
	listen "$name" -w 1 "${@:2}"
	remember
	# shellcheck disable=SC2086 # words
	timeout 20 "$python" "$peers/fault.py" stuff "$port" $1
	all_gone 8 || return
	stop "$name" || true
	grep -qx 'ws-deframe: peer gone, and what it sent not taken for 1.000 s: given up' \
	    "$name.err"
}

service_that_takes_nothing() {
	cat >target.py <<-'END'
		import socket, time
		listener = socket.create_server("target", family=socket.AF_UNIX)
		print("listens", flush=True)
		time.sleep(1000)
	END
	start target "$python" target.py
	within 5 says target.out
}

@test "what a peer sends is never taken, and it resets: the session ends soon" {
	service_that_takes_nothing
	begin_rows
	for ROWS in 1 2 3 4 5; do
		case $ROWS in
		1) set -- '' 127.0.0.1:0 sh -c 'kill -STOP $$; cat' ;;
		2) set -- '' 127.0.0.1:0 sleep 1000 ;;
		3) set -- base64 -6 -p base64 127.0.0.1:0 sleep 1000 ;;
		4) set -- '' 127.0.0.1:0 "unix:$PWD/target" ;;
		5) set -- base64 -6 -p base64 127.0.0.1:0 "unix:$PWD/target" ;;
		esac
		check_row "$*" unread "$@"
	done
	all_rows 5
}

@test "what a peer sends is never taken, and it ends: the session ends soon" {
	service_that_takes_nothing
	listen server -w 1 127.0.0.1:0 "unix:$PWD/target"
	remember
	# More than such a socket holds, and little enough for the end to arrive.
	head -c 300000 /dev/zero >in
	run -28 client -w 1 "$url" <in
	all_gone 8
	grep -qx 'ws-deframe: peer gone, and what it sent not taken for 1.000 s: given up' \
	    server.err
}

@test "what a peer has sent is taken slowly: it is waited for" {
	cat >slow.py <<-'END'
		import sys, time
		with open("got", "wb") as got:
		    while piece := sys.stdin.buffer.read(100000):
		        got.write(piece)
		        time.sleep(0.1)
	END
	listen server -w 3 127.0.0.1:0 "$python" slow.py
	remember
	seq 500000 >in
	status=0
	client -w 1 "$url" <in >out || status=$?
	equal client 28 "$status"
	all_gone 20
	cmp in got
	[ ! -s server.err ]
}

@test "a command that is stopped and goes on: all is delivered" {
	listen server 127.0.0.1:0 sh -c 'echo $$ >number; kill -STOP $$; exec cat'
	seq 300000 >in
	feed 5 client ws-client -w 9 "$url"
	cat in >&5 &
	writer=$!
	within 5 says number
	within 5 grep -q '^State:.T' "/proc/$(cat number)/status"
	kill -CONT "$(cat number)"
	within 8 has_bytes client.out "$(wc -c <in)"
	exec 5>&-
	wait "$writer"
	ends client
	cmp in client.out
}

asleep() {
	grep -q '^State:.S' "/proc/$1/status"
}

@test "a peer that reads nothing while it floods pings costs nothing" {
	listen server 127.0.0.1:0 cat
	remember
	start flood "$python" "$peers/fault.py" flood "$port" 30000000
	within 20 says flood.out
	for name in 'ws-frame -s' 'ws-deframe -s'; do
		pick "$name"
		[ "$(awk '/^VmRSS/ { print $2 }' "/proc/$victim/status")" -lt 8192 ]
		within 5 asleep "$victim"
	done
	kill -9 "${pid[flood]}"
	all_gone
}

@test "a byte at a time: served as long as it keeps the limits" {
	listen server -w 30 127.0.0.1:0 cat
	fault drip "$port" 0.005 >out
	tail -c 10 out | od -An -tx1 | tr -d ' \n' |
	    grep -qx '82016[1]8a0162880203e8\|8a0162820161880203e8'
	# Too slow for the handshake.
	listen slow -w 0.5 127.0.0.1:0 cat
	remember
	fault drip "$port" 0.05 >out
	grep -q '^HTTP/1.1 408 ' out || grep -q 'Broken pipe\|reset' out
	grep -q 'ws-handshake: refused with 408' slow.err
	all_gone
	# Too slow for the session.
	listen short -X 1 -w 1 127.0.0.1:0 cat
	remember
	"$python" "$peers/fault.py" drip "$port" 0.02 >/dev/null
	all_gone
}

@test "-w: a peer that does not take the answer is not waited for, on a socket or a pipe" {
	need python3
	cat >peer.py <<-'END'
		import os, socket, subprocess
		open("in", "wb").write(b"GET / HTTP/1.1\r\nHost: localhost\r\n"
		    b"Upgrade: WebSocket\r\nConnection: Upgrade\r\n"
		    b"Origin: " + b"x" * 65000 + b"\r\n\r\n")
		ours, theirs = socket.socketpair()
		for s in ours, theirs:
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
		reader, writer = os.pipe()
		os.write(writer, bytes(65536 - 8192))
		command = ["ws-handshake", "-s", "-w", "0.5", "-O", "hixie-75",
		           "-o", "*", "true"]
		for out in theirs, writer:
		    print(subprocess.run(command, stdin=open("in", "rb"),
		                         stdout=out, timeout=20 *
		                         int(os.environ["PATIENCE"])).returncode)
	END
	run -0 --separate-stderr python3 peer.py
	equal statuses $'28\n28' "$output"
	equal sentence 'ws-handshake: head not taken in time' "${stderr_lines[1]}"
}

@test "1000 sessions at once, which end in all ways" {
	# Each waits for the starts of all of them.
	listen server -w $((10 * PATIENCE)) 127.0.0.1:0 cat
	remember
	timeout 60 "$python" "$peers/fault.py" crowd "$port" 1000 "$WS_SEED" >out
	tail -n 3 out
	tail -n 1 out | grep -q "'failed': 0"
	all_gone 20
	# It still serves.
	[ "$(echo hello | client "$url")" = hello ]
}

# full_duplex ARG ...: bulk to and from the server of these arguments, both at
# once, is whole and in order.
full_duplex() {
	rm -f got
	listen server -w 60 127.0.0.1:0 "$@"
	"$CORE" count "$mib" | LIMIT=110 client -w 60 "$url" |
	    "$CORE" counted "$mib"
	within 10 says got
	[ "$(cat got)" = 0 ]
	stop server
}

@test "bulk in both directions at once arrives whole: a command, a TCP service" {
	mib=${BULK:-1024}
	cat >both <<-END
		exec 3<&0
		("$CORE" counted $mib <&3; echo \$? >got) >&2 &
		"$CORE" count $mib
		wait
	END
	full_duplex sh ./both
	raw_tcp service 'exec sh ./both'
	full_duplex "tcp:127.0.0.1:$port"
}

@test "no descriptors left: it says so, and nothing hangs" {
	{ ws-handshake -c ws://localhost/; echo hello | ws-frame -c -e 1000; } >in
	begin_rows
	remember
	for n in 3 4 5 6 7 8 9 10 12 14 18 21 22 23 24 25 30; do
		ROWS=$((ROWS + 1))
		status=0
		(ulimit -n "$n"
		exec timeout 10 ws-handshake -s ws-session -w 1 cat) \
		    <in >out 2>err || status=$?
		case $status in
		0) tail -c 12 out | cmp -s - <(printf '\202\006hello\n\210\2\3\350') ||
			row_failed "$n" 'status 0, but no echo' ;;
		124) row_failed "$n" hangs ;;
		*) [ -s err ] || row_failed "$n" "status $status, no word" ;;
		esac
		all_gone 8 >left || row_failed "$n" "$(cat left)"
	done
	all_rows 17
	[ "$status" -eq 0 ]
}

@test "no random bytes by the system call: from the device; from neither: 111" {
	need strace
	echo hello >in
	strace -o trace -e inject=getrandom:error=ENOSYS ws-frame -c <in >frames
	ws-deframe -s <frames | cmp in -
	strace -o trace -e trace=openat,open,getrandom -e inject=getrandom:error=ENOSYS \
	    ws-frame -c <in >frames
	# strace counts each call by itself.
	call=$(sed -n 's/(.*urandom.*//p' trace)
	n=$(grep "^$call(" trace | grep -n urandom | cut -d: -f1)
	run -111 strace -o trace -e inject=getrandom:error=ENOSYS \
	    -e inject="$call:error=ENOENT:when=$n" ws-frame -c <in
	[ "$output" = 'ws-frame: open /dev/urandom: No such file or directory' ]
	# Later, too, nothing is sent with a key that is none.
	seq 200 >in
	for n in 2 3 4; do
		status=0
		strace -o trace -e inject=getrandom:error=EIO:when="$n+" \
		    ws-frame -cl <in >frames 2>err || status=$?
		case $status in
		0) ;;
		111) grep -q '^ws-frame: get random bytes: ' err ;;
		*) false ;;
		esac
	done
}

# once CALLS ERROR N EXPECTED COMMAND ...: every process of the command, whose
# input is the file in, has its Nth call of these fail once.  It ends, nothing
# stays, and where it says that all is well the output is as expected.
once() {
	local status=0 inject="$1:error=$2:when=$3" expected=$4 calls=$1
	shift 4
	timeout -k 1 15 strace -f -qq -o trace -e trace="$calls,execve,exit_group" \
	    -e inject="$inject" "$@" <in >out 2>err || status=$?
	[ "$status" -ne 124 ] || { echo hangs; return 1; }
	all_gone 8 || return 1
	[ "$status" -eq 0 ] || return 0
	tail -c "$(wc -c <"$expected")" out >end
	same "$expected" end || cat_failed
}

# A command that failed by a call of its own is its own affair, of which the peer
# gets an end all the same: that of another libc makes other calls than ours.
cat_failed() {
	cmp <(tail -c 4 "$expected") <(tail -c 4 end) || return
	awk '/\["cat"\]/ { cat[$1] }
	$1 in cat && /INJECTED/ { hit = 1 }
	$1 in cat && /exit_group\([^0]/ { failed = 1 }
	END { exit !(hit && failed) }' trace
}

# each_once LIST COMMAND ...: so for each CALLS:ERROR:N of the list; expected is
# what comes of no fault.
each_once() {
	local row list=$1 calls error n
	shift
	begin_rows
	remember
	"$@" <in >out
	same expected out
	for row in $list; do
		IFS=: read -r calls error n <<<"$row"
		ROWS=$((ROWS + 1))
		check_row "$row" once "$calls" "$error" "$n" expected "$@"
	done
	all_rows "$(wc -w <<<"$list")"
}

reads_and_writes='read:EIO:1 read:EIO:2 read:EIO:3 read:EIO:4 read:EIO:6
    read:EINTR:1 read:EINTR:4 write:EIO:1 write:EIO:2 write:EIO:3
    write:EIO:4 write:EIO:5 write:EPIPE:1 write:ENOSPC:1 write:EINTR:1 writev:EIO:1 poll:EINTR:1 poll:ENOMEM:1'
starts='clone,clone3,vfork,fork:EAGAIN:1 clone,clone3,vfork,fork:EAGAIN:2
    clone,clone3,vfork,fork:EAGAIN:3 pipe,pipe2:EMFILE:1 pipe,pipe2:EMFILE:2
    execve:ENOMEM:2 dup2,dup3:EBUSY:1 mmap,mmap2:ENOMEM:8 fcntl:EMFILE:1'

@test "each call that can fail fails once: no hang, nothing left, no lie" {
	need strace
	{ ws-handshake -c ws://localhost/; echo hello | ws-frame -c -e 1000; } >in
	ws-handshake -s ws-session cat <in >expected
	each_once "$reads_and_writes $starts" ws-handshake -s ws-session -w 1 cat
}

# Not by ws-client: a shell that cannot read its script takes that for the end.
@test "the same on the client's side, whose server sees no fault" {
	need strace
	listen server -w 1 127.0.0.1:0 cat
	seq 1000 >in
	cp in expected
	each_once "$reads_and_writes $starts sendmsg:ECONNRESET:1 sendmsg:EINTR:1
	    connect:ECONNREFUSED:1 socket:EMFILE:1" \
	    ws-connect "tcp:127.0.0.1:$port" ws-handshake -c "$url" \
	    ws-session -w 1 fd:3,4
	[ "$(echo hello | client "$url")" = hello ]
}

@test "the same in the filters alone, and before a session" {
	need strace
	seq 30000 >in
	ws-b64 <in >expected
	each_once "$reads_and_writes" ws-b64
	cp expected lines
	cp in expected
	cp lines in
	each_once "$reads_and_writes" ws-b64 -d
	printf '\4\1\0\120\300\0\2\1k=v\0hello\n' >in
	ws-socks sh -c 'exec ws-socks -G 1 cat' <in >expected
	tail -n 1 expected | grep -q 'hello$'
	each_once "$reads_and_writes $starts" \
	    ws-socks sh -c 'exec ws-socks -G 1 cat'
}

# shut ARG ...: a server of these arguments lets the request in the file in not
# in, whatever fails.  A row may name the only file whose calls do.
shut() {
	local row calls error n path status
	for row in $reads_and_writes $starts open,openat:EMFILE:3 \
	    wait4,waitid:ECHILD:1 wait4,waitid:EINTR:1 rt_sigaction:EINVAL:1 \
	    setpgid:EPERM:1 execve:ENOMEM:1:/bin/sh \
	    read:EIO:1:"$PWD/password"; do
		IFS=: read -r calls error n path <<<"$row"
		ROWS=$((ROWS + 1))
		status=0
		timeout -k 1 15 strace -f -qq -o trace -e trace="$calls" \
		    ${path:+-P "$path"} \
		    -e inject="$calls:error=$error:when=$n" \
		    ws-handshake -s "$@" echo in <in >out 2>err || status=$?
		case $status in
		0 | 124 | 137) row_failed "$row" "status $status" ;;
		esac
		! grep -q '^HTTP/1.1 101\|^in' out || row_failed "$row" "$(cat out)"
		all_gone >left || row_failed "$row" "$(cat left)"
	done
}

@test "no failure opens a gate, or does without a password" {
	need strace
	begin_rows
	remember
	ws-handshake -c -u me:wrong ws://localhost/ >in
	echo me:secret >password
	for fields in '' 'Set-Cookie: a=b'; do
		shut -g "echo '$fields'; exit 43"
	done
	shut -u @password
	all_rows 93
	# The test means something.
	echo me:wrong >password
	ws-handshake -s -u @password -g true echo in <in | grep -qx in
}

@test "each call fails once where TLS is in between" {
	need strace
	certificates
	listen server -w 1 -E both.pem 127.0.0.1:0 cat
	seq 1000 >in
	cp in expected
	each_once "$reads_and_writes $starts socketpair:EMFILE:1
	    sendmsg:ECONNRESET:1 sendmsg:EINTR:1 socket:EMFILE:1" \
	    ws-connect -K ca.pem "tls:localhost:$port" ws-handshake -c \
	    "wss://localhost:$port" ws-session -w 1 fd:3,4
	[ "$(echo hello | client -K ca.pem "wss://localhost:$port")" = hello ]
}

@test "each call fails once at a server whose target is a TCP service" {
	need strace
	raw_tcp echo 'exec cat'
	{ ws-handshake -c ws://localhost/; echo hello | ws-frame -c -e 1000; } >in
	ws-handshake -s ws-session "tcp:127.0.0.1:$port" <in >expected
	each_once "$reads_and_writes $starts connect:ECONNREFUSED:1
	    socket:EMFILE:1 getrandom:EIO:1" \
	    ws-handshake -s ws-session -w 1 "tcp:127.0.0.1:$port"
}
