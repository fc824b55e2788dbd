#!/usr/bin/env bats
# The end of a session, seen from outside (the table "How a session ends" is in
# ws-session(1)): what the peer gets, what we print, the exit status.  The peers
# here do as they are told byte by byte (peers/ending.py); servers that people
# use are in waiting.bats.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load session

# peer NAME STEP ...: a server that does these steps with each connection; what
# happens is in NAME.out, behind its port.
peer() {
	local tls=()
	[ -z "${cert-}" ] || tls=(-t "$cert")
	serve "$1" "$python" "$peers/ending.py" "${tls[@]}" serve "${@:2}"
	[ -z "${cert-}" ] || url=wss://localhost:$port
}

# visit STEP ...: a client that does them; what happens is in visit.out.
visit() {
	: >visit.out
	timeout "$((60 * PATIENCE))" "$python" "$peers/ending.py" \
		${cafile:+-t "$cafile"} ${protocol:+-p "$protocol"} \
		connect "$port" "$@" >visit.out 2>visit.err || {
		cat visit.err
		return 1
	}
}

# saw FILE LINE: the peer noted it.
saw() {
	within 5 grep -qxF -- "$2" "$1" || {
		printf 'no "%s" in %s:\n' "$2" "$1"
		head -n 20 "$1"
		return 1
	}
}

# took FILE WHAT MOST: how long the peer waited for it.
took() {
	awk -v what="$2" -v most="$(($3 * PATIENCE))" '
	$1 == "took" && $2 == what && $3 < most { fine = 1 }
	{ print }
	END { exit !fine }' "$1"
}

# ask STATUS ARG ...: ws-client ends with that status; what it says is in out
# and err.
ask() {
	local got=0 wanted=$1
	shift
	client "$@" >out 2>err || got=$?
	[ "$got" -eq "$wanted" ] || {
		printf 'status %d instead of %d: %s\n' "$got" "$wanted" "$*"
		cat err
		return 1
	}
}

# one_line FILE PATTERN: it is one line that matches.
one_line() {
	[ "$(wc -l <"$1")" -eq 1 ] && grep -q -- "$2" "$1" || {
		printf 'not one line like "%s":\n' "$2"
		head -n 5 "$1"
		return 1
	}
}

# -- what the command still says after the peer's Close --

# A command whose answer takes longer than -w in all, but goes on.
slow='cat >/dev/null; for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done'

whole_answer() {
	echo x | ask 0 "$@"
	seq 8 | cmp - out
	[ ! -s err ]
}

@test "an answer that takes longer than -w arrives whole" {
	listen slow -w 2 0 sh -c "$slow"
	whole_answer -w 2 "$url"
	[ ! -s slow.err ]
}

@test "the same with the limits that hold unless said otherwise" {
	listen slow 0 sh -c 'cat >/dev/null
		for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1; done'
	whole_answer "$url"
	[ ! -s slow.err ]
}

@test "the same from a TCP service" {
	raw_tcp slow "$slow"
	listen relay -w 2 0 "tcp:127.0.0.1:$port"
	whole_answer -w 2 "$url"
	[ ! -s relay.err ]
}

@test "the same through TLS" {
	certificates
	listen slow -E both.pem -w 2 0 sh -c "$slow"
	whole_answer -K ca.pem -w 2 "wss://localhost:$port"
	[ ! -s slow.err ]
}

@test "the same with -6, as binary and as base64" {
	listen slow -6 -p base64 -w 2 0 sh -c "$slow"
	whole_answer -6 -w 2 "$url"
	whole_answer -6 -p base64 -w 2 "$url"
	[ ! -s slow.err ]
}

@test "the same from a command of ws-client's" {
	listen slow -w 2 0 sh -c "$slow"
	cat >both.sh <<-'END'
		#!/bin/sh
		echo x
		exec >&-
		exec cat >got
	END
	chmod +x both.sh
	ask 0 -w 2 "$url" ./both.sh
	seq 8 | cmp - got
}

@test "a steady stream of 1 MB/s arrives whole, however long it takes" {
	cat >steady <<-'END'
		import sys, time
		sys.stdin.buffer.read()
		for i in range(64):
		    sys.stdout.buffer.write(bytes([i]) * 65536)
		    sys.stdout.buffer.flush()
		    time.sleep(0.0625)
	END
	"$python" steady </dev/null >wanted
	listen steady -w 1 0 "$python" steady
	echo x | ask 0 -w 1 "$url"
	cmp wanted out
	[ ! -s err ]
	[ ! -s steady.err ]
	raw_tcp service "exec $python steady"
	listen relay -w 1 0 "tcp:127.0.0.1:$port"
	echo x | ask 0 -w 1 "$url"
	cmp wanted out
	[ ! -s relay.err ]
}

@test "payload goes to the command before the peer's Close counts" {
	listen keep 0 sh -c 'cat >got; cat got'
	visit bin:70000 text:end close:1000 wait:close end
	saw visit.out 'close 1000 '
	[ "$(wc -c <got)" -eq 70003 ]
	run -0 grep -c . visit.out
	[ "$(awk '$1 == "bin" { n += $2 } END { print n }' visit.out)" -eq 70003 ]
}

@test "a command that is silent after the peer's Close is ended, and all is well" {
	listen mute -w 1 0 sh -c 'echo first; exec sleep 300'
	remember
	visit wait:bin close:1000:bye wait:close end
	saw visit.out 'close 1000 '
	all_gone 10
	[ ! -s mute.err ]
}

@test "an answer that stops in its middle is given up, and told" {
	listen half -v -w 1 0 sh -c \
		'cat >/dev/null; echo begun; exec sleep 300' 3>&-
	visit text:x close:1000 wait:close end
	saw visit.out 'bin 6'
	saw visit.out 'close 1011 '
	within 5 grep -q '^ws-frame: .*given up' half.err
	echo x | ask 11 "$url"
	[ "$(cat out)" = begun ]
	one_line err 'peer closed with 1011'
}

# Only a limit that has run out can show it.
@test "an answer that is there is no silence, however late ws-frame looks" {
	echo 'cat >/dev/null; until [ -e go ]; do echo begun; sleep 0.1; done; echo end' >slow
	listen slow -w "$((2 * PATIENCE))" 0 sh ./slow 3>&-
	remember
	feed 5 client ws-client -w 100 "$url"
	exec 5>&-
	within 5 says client.out
	frame=$(strangers | awk '/^[0-9]+ ws-frame .*-s/ { print $1 }')
	kill -STOP "$frame"
	: >go
	sleep "$((2 * PATIENCE)).2"
	kill -CONT "$frame"
	ends client
	[ "$(tail -n 1 client.out)" = end ]
	all_gone
	[ ! -s client.err ]
	[ ! -s slow.err ]
}

# -- the first Close that came counts, whatever the connection does then --

# dropped HOW: the server says Close and ends the connection so.
dropped() {
	local code how=$1
	shift
	for code in 1000 1001 1002 1003 1007 1008 1009 1010 1011 1012 1013 \
		1014 3000 4999; do
		peer "p$code" text:before "close:$code:why" "$how"
		ask "$(close_status "$code")" "$@" "$url" <&5
		[ "$(head -c 6 out)" = before ]
		if [ "$(close_status "$code")" -eq 0 ]; then
			[ ! -s err ]
		else
			one_line err "$code.*why"
		fi
		kill "${pid[p$code]}"
		ends "p$code" || :
	done
}

# close_status CODE: the exit status that tells of it.
close_status() {
	case $1 in
	1000 | 1001) echo 0 ;;
	1*) echo $(($1 - 1000)) ;;
	3*) echo 30 ;;
	*) echo 40 ;;
	esac
}

# Descriptor 5 is an input that does not end.
silent_input() {
	mkfifo silent
	exec 5<>silent
}

@test "Close, then a reset: the status is that of the Close" {
	silent_input
	dropped rst
}

@test "Close, then the end of the connection: the status is that of the Close" {
	silent_input
	dropped bye
}

@test "the same in the other modes, and with a command" {
	silent_input
	for mode in -l -0 -j -a -W -6; do
		peer "p$mode" close:1008:why rst
		ask 8 "$mode" "$url" <&5
		peer "q$mode" close:1000 rst
		ask 0 "$mode" "$url" <&5
	done
	peer command close:1008:why rst
	ask 8 "$url" sleep 300 <&5
}

@test "Close, then a reset or end, through TLS: the status is that of the Close" {
	certificates
	cert=both.pem
	silent_input
	for how in rst bye; do
		peer "p$how" close:1008:why "$how"
		ask 8 -K ca.pem "$url" <&5
		peer "q$how" close:1000 "$how"
		ask 0 -K ca.pem "$url" <&5
	done
}

@test "Close, then a reset, while we send as fast as we can" {
	for i in 1 2 3 4 5; do
		peer "p$i" deaf:0.2 close:1008:why rst
		ask 8 "$url" < <(yes 2>/dev/null)
		peer "q$i" deaf:0.2 close:1000 bye
		ask 0 "$url" < <(yes 2>/dev/null)
		[ ! -s err ]
	done
}

@test "a server, too, goes by the first Close: what its command got is whole" {
	listen keep 0 sh -c 'cat >got; echo done >ended'
	for how in rst bye; do
		rm -f got ended
		: >keep.err
		visit bin:50000 close:1008:why "$how"
		within 5 test -e ended
		[ "$(wc -c <got)" -eq 50000 ]
		within 5 grep -q '1008' keep.err
		one_line keep.err '1008.*why'
	done
}

@test "Closes that cross: the code of the peer's is the status" {
	peer crossing wait:close close:1008:why sleep:3
	echo x | ask 8 "$url"
	one_line err '1008.*why'
	peer crossing2 wait:text close:4001:other wait:close end
	echo x | ask 40 -t "$url"
	peer crossing3 wait:close close:1001 sleep:3
	echo x | ask 0 "$url"
	[ ! -s err ]
}

@test "a server that keeps the connection after both Closes does not hold us" {
	peer keeping wait:close close:1000 sleep:20
	SECONDS=0
	echo x | ask 0 "$url"
	[ "$SECONDS" -lt $((8 * PATIENCE)) ]
}

# -- the end of our input --

@test "the end of input: Close 1000, or the one of -e" {
	peer plain wait:close close:1000 end
	echo x | ask 0 "$url"
	saw plain.out 'close 1000 '
	peer special wait:close close:4321:fun end
	echo x | ask 40 -e 4321:fun "$url"
	saw special.out 'close 4321 fun'
}

@test "no Close comes after ours: status 28, and a line that says so" {
	peer mute wait:close sleep:300
	echo x | ask 28 -w 1 "$url"
	one_line err '^ws-[a-z]*: .*given up'
}

@test "a server that takes nothing: -X and a signal end it all the same" {
	peer deaf deaf:300
	head -c 30000000 /dev/zero >much
	ask 28 -X 1 "$url" <much
	one_line err '^ws-frame: .*-X'
	start c sh -c 'exec ws-client "$1" <much' sh "$url"
	sleep 0.5
	got=0
	stop c || got=$?
	[ "$got" -eq 143 ]
}

@test "-n: no Close at the end of input, the peer's is waited for" {
	peer slow wait:text text:answer sleep:1 close:1000 wait:close end
	echo x | ask 0 -tn -w 0.2 "$url"
	[ "$(cat out)" = answer ]
	saw slow.out 'close 1000 '
}

@test "a peer that vanishes: status 6, with or without a reset, or silent" {
	silent_input
	for how in rst bye; do
		peer "p$how" text:before "$how"
		ask 6 "$url" <&5
		[ "$(cat out)" = before ]
		one_line err '^ws-'
	done
	peer silent text:before sleep:300
	ask 6 -T 1 "$url" <&5
	one_line err '^ws-'
}

@test "a half of a connection: the server's end of what it sends is status 6" {
	silent_input
	peer half text:before fin end:10
	ask 6 "$url" <&5
	[ "$(cat out)" = before ]
}

# -- violations --

# violation CODE HEX ARG ...: a server whose command prints all the time sends
# the Close within a second, and nothing after it.
violation() {
	local code=$1 hex=$2
	shift 2
	start_violation "$@"
	visit wait:any hex:"$hex" wait:close end:5
	grep -q "^close $code " visit.out || {
		cat visit.out
		return 1
	}
	took visit.out close 2
	run stop printing
	all_gone
}

start_violation() {
	listen printing "$@" 0 sh -c \
		'while echo line; do sleep 0.1; done' 3>&-
	remember
}

@test "Close within a second of a violation, though a command prints on" {
	violation 1002 c18000000000
	violation 1003 818100000000ff -6
	violation 1007 818100000000ff
	violation 1009 828900000000ffffffffffffffffff -B 8
}

@test "the same while a command prints as fast as it can" {
	listen yes 0 yes
	visit wait:any hex:c18000000000 wait:close end:5
	saw visit.out 'close 1002 '
	took visit.out close 3
}

@test "the same with base64" {
	protocol=base64
	for command in 'exec cat' 'while echo line; do sleep 0.1; done'; do
		listen base64 -6 -p base64 0 sh -c "$command"
		visit text:YWJj wait:text hex:8185000000002a2a2a2a2a wait:close end:5
		grep -q '^close 100[0-9] ' visit.out
		run -1 grep -q '^close 1000' visit.out
		took visit.out close 2
		visit text:YWJj wait:text hex:c18000000000 wait:close end:5
		saw visit.out 'close 1002 '
		took visit.out close 2
		run stop base64
	done
}

@test "what was valid before a violation is delivered, and answered" {
	listen upper 0 sh -c 'cat >got; cat got'
	visit text:abc hex:c18000000000 wait:close end:5
	grep -q '^close 1002' visit.out
	within 5 test -s got
	[ "$(cat got)" = abc ]
}

@test "a client's status is that of the violation it found" {
	silent_input
	peer rsv text:before hex:c100 wait:close close:1002 end
	ask 2 "$url" <&5
	[ "$(cat out)" = before ]
	grep -q '^close 1002' rsv.out
	one_line err 'RFC 6455'
	peer utf8 hex:8101ff wait:close close:1007 end
	ask 7 "$url" <&5
	peer big hex:820411223344 wait:close close:1009 end
	ask 9 -B 3 "$url" <&5
}

# -- pongs --

@test "a pong goes out before what answers later data" {
	listen echo -W 0 cat
	PEERS=$peers "$python" - "$port" >tries <<-'END'
		import socket, sys, os
		sys.path.insert(0, os.environ["PEERS"])
		import ending
		sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		c = ending.Connection(sock, True, None)
		f = c.frame
		three = f(1, b"a", False) + f(9, b"p") + f(0, b"b")
		for i in range(1000):
		    c.put(three)
		    n = 3 * (i + 1)
		    while len(c.seen) < n:
		        c.pump(1)
	END
	grep -c 'pong p' tries
	[ "$(grep -c 'pong p' tries)" -eq 1000 ]
	# A message ends after the pong.
	[ "$(awk '/^pong/ { pong = 1 } /^cont/ { late += !pong; pong = 0 }
		END { print +late }' tries)" -eq 0 ]
}

# in_order FILE: each case of pongs.py was, 200 times.
in_order() {
	awk -v tries=200 '$NF == tries { good++ } { print }
		END { exit good != 6 }' "$1"
}

@test "a pong between fragments, by each role, in pieces of any size (RFC 6455, 5.5.3)" {
	listen echo -W 0 cat
	"$python" "$peers/pongs.py" 200 connect "$port" >server.out
	in_order server.out
	serve client "$python" "$peers/pongs.py" 200 serve
	ask 0 -W "$url" cat
	in_order client.out
}

# -- failures of our own --

@test "standard output cannot be written: status 111 and Close 1011" {
	silent_input
	peer talking text:hello wait:close close:1011 end
	got=0
	client "$url" <&5 >/dev/full 2>err || got=$?
	[ "$got" -eq 111 ]
	one_line err 'standard output'
	saw talking.out 'close 1011 '
}

@test "standard output is closed: status 111 and Close 1011" {
	peer talking text:hello wait:close close:1011 end
	silent_input
	got=0
	client "$url" <&5 >&- 2>err || got=$?
	[ "$got" -eq 111 ]
	one_line err 'standard output'
}

@test "standard input is a directory: status 111, Close 1011, and one line" {
	for mode in '' -l -0 -j -a -W -6 '-6 -p base64'; do
		peer "talking$mode" wait:close close:1011 end
		# shellcheck disable=SC2086
		ask 111 $mode "$url" </
		one_line err '^ws-[a-z0-9]*: read standard input: Is a directory$'
		saw "talking$mode.out" 'close 1011 '
	done
}

@test "what we have told, the peer's echo does not tell again" {
	peer talking wait:close close:1011 end
	printf '\377' | ask 65 -t "$url"
	one_line err UTF-8
	peer killed wait:close close:1011 end
	ask 111 "$url" sh -c 'kill -9 $$'
	one_line err 'signal 9'
	listen nowhere 0 tcp:127.0.0.1:1
	visit wait:close close:1014 end
	saw visit.out 'close 1014 '
	one_line nowhere.err 'refused'
	# Nor does the lack of one.
	peer gone wait:close bye
	printf '\377' | ask 65 -t "$url"
	one_line err UTF-8
	ask 111 "$url" sh -c 'kill -9 $$'
	one_line err 'signal 9'
	ask 111 "$url" </
	one_line err 'Is a directory'
	ask 6 "$url" </dev/null
	one_line err '^ws-frame: connection ended without Close (RFC 6455, 7.1.5)$'
	# But what it says first is told.
	peer first close:1011:ours wait:close end
	ask 11 "$url" </dev/null
	one_line err '^ws-frame: peer closed with 1011, internal error "ours"$'
}

@test "a message that is no base64: status 7, and one line" {
	silent_input
	for way in '' 'cat'; do
		peer "bad$way" text:YWJj 'text:*' wait:close close:1007 end
		# shellcheck disable=SC2086
		ask 7 -6 -p base64 "$url" $way <&5
		one_line err '^ws-b64: frame 2'
		saw "bad$way.out" 'close 1007 '
	done
}

@test "-m without the messages: status 28, whatever the peer does then" {
	silent_input
	for way in 'close:1000 sleep:9' 'close:1000 end' 'close:1000 rst' bye \
		sleep:9; do
		# shellcheck disable=SC2086
		peer late wait:close $way
		ask 28 -m 2 -w 0.5 "$url" <&5
		one_line err '^ws-deframe: no message received for 0.500 s'
		kill "${pid[late]}"
		ends late || :
	done
	listen mute 0 cat
	ask 28 -m 2 -w 0.5 "$url" <&5
	one_line err '^ws-deframe: no message received for 0.500 s'
}

@test "a command that cannot be run: status 111 and Close 1011" {
	# It is there when it is looked for.
	printf '#!/no/such/shell\n' >nothing-there
	chmod +x nothing-there
	peer talking wait:close close:1011 end
	ask 111 "$url" ./nothing-there
	one_line err 'nothing-there: No such file'
	saw talking.out 'close 1011 '
	listen broken 0 ./nothing-there
	visit wait:close close:1011 end
	saw visit.out 'close 1011 '
	within 5 grep -q 'nothing-there: No such file' broken.err
	[ "$(wc -l <broken.err)" -eq 1 ]
}

@test "a command that is killed: Close 1011, on both sides" {
	listen killed 0 sh -c 'echo part; kill -9 $$'
	visit wait:bin wait:close close:1011 end
	saw visit.out 'close 1011 '
	within 5 grep -q 'signal 9' killed.err
	peer talking wait:close close:1011 end
	ask 111 "$url" sh -c 'kill -9 $$'
	saw talking.out 'close 1011 '
	grep -q '^ws-session: sh: ended by signal 9$' err
}

@test "a command's own status: Close 1000; with -5 1011; -v tells it" {
	listen three -v 0 sh -c 'echo part; exit 3'
	visit wait:bin wait:close close:1000 end
	saw visit.out 'close 1000 '
	within 5 grep -q '^ws-session: sh: .*status 3' three.err
	listen failing -5 0 sh -c 'echo part; exit 3'
	visit wait:bin wait:close close:1011 end
	saw visit.out 'close 1011 '
	within 5 grep -q '^ws-session: sh: .*status 3' failing.err
	listen fine -5 0 sh -c 'echo whole'
	visit wait:bin wait:close close:1000 end
	saw visit.out 'close 1000 '
	peer talking wait:close close:1000 end
	ask 0 "$url" sh -c 'exit 3'
	peer told wait:close close:1011 end
	ask 111 -5 "$url" sh -c 'exit 3'
	saw told.out 'close 1011 '
}

# -- nobody reads what ws-client prints --

# unread STEPS ARG ...: ws-client into head, for a server that does the steps,
# then waits for a Close: it is 1001, and ws-client dies of SIGPIPE, silently.
unread() {
	local steps=$1 pair
	shift
	# shellcheck disable=SC2086
	peer unread $steps wait:close close:1001 end
	silent_input 2>/dev/null || :
	set +o pipefail
	client "$@" "$url" <&5 2>err | head -n 1 >out
	pair=("${PIPESTATUS[@]}")
	set -o pipefail
	[ "${pair[0]}" -eq 141 ] || {
		printf 'status %s: %s\n' "${pair[0]}" "$*"
		cat err
		return 1
	}
	[ ! -s err ]
	saw unread.out 'close 1001 '
	kill "${pid[unread]}"
	ends unread || :
}

@test "ws-client | head: Close 1001, dies of SIGPIPE, while the stream goes on" {
	for mode in -l '-l -m 1000000' -j -a; do
		# shellcheck disable=SC2086
		unread flood:2:line $mode
	done
	unread 'flood:2:line\n' -n
}

@test "the same while the stream is quiet" {
	unread 'hex:8102780a sleep:0.1'
	for mode in -l -j -a; do
		unread 'text:x sleep:0.1' "$mode"
	done
	unread 'text:x\n sleep:0.1' -m 9
}

@test "the same for a reader of bytes, with -6" {
	unread 'hex:8202780a sleep:0.1' -6
	for steps in 'text:eAo= sleep:0.1' 'text:eAo= flood:2:eAo='; do
		unread "$steps" -6 -p base64
	done
}

@test "the same where the server keeps the connection after its Close" {
	peer keeping 'text:x\n' wait:close close:1001 sleep:9
	silent_input
	set +o pipefail
	client "$url" <&5 2>err | head -n 1 >out
	[ "${PIPESTATUS[0]}" -eq 141 ]
	[ ! -s err ]
}

@test "the same in frames, and through TLS" {
	unread 'hex:8102780a sleep:0.1' -W
	certificates
	cert=both.pem
	unread 'hex:8102780a sleep:0.1' -K ca.pem
}

@test "a command of a server that stops reading is another matter" {
	listen blind 0 sh -c 'exec <&-; sleep 1; echo still here'
	visit bin:3000000 ping:x wait:pong wait:bin wait:close close:1000 end
	saw visit.out 'pong x'
	saw visit.out 'bin 11'
	saw visit.out 'close 1000 '
}

# -- signals --

# A background job, and what nohup(1) starts, ignores signals, and so would what
# it starts.
undisturbed=("$python" -c '
import os, signal, sys
for each in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
    signal.signal(each, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])')

# signalled SIGNAL STATUS [ARG ...]: ws-client with a server that does not answer
# says Close 1001, and dies of the signal.
signalled() {
	local got=0
	silent_input 2>/dev/null || :
	peer "mute$1" text:x wait:close sleep:300
	start "c$1" "${undisturbed[@]}" ws-client "${@:3}" -n "$url"
	within 10 says "c$1.out"
	kill -s "$1" "${pid[c$1]}"
	ends "c$1" 3 || got=$?
	[ "$got" -eq "$2" ] || {
		printf 'status %d instead of %d\n' "$got" "$2"
		return 1
	}
	saw "mute$1.out" 'close 1001 '
}

@test "a signal: Close 1001, at most a second, and death of that signal" {
	signalled INT 130
	signalled TERM 143
	signalled HUP 129
}

@test "a signal as soon as the session has begun: Close 1001 all the same" {
	peer quick text:x wait:close close:1001 bye
	"$python" - "$url" <<-'END'
	import signal, subprocess, sys
	def usual():
	    signal.signal(signal.SIGTERM, signal.SIG_DFL)
	for i in range(30):
	    c = subprocess.Popen(["ws-client", "-n", sys.argv[1]],
	        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
	        preexec_fn=usual)
	    assert c.stdout.read(1) == b"x"
	    c.terminate()
	    assert c.wait() == -signal.SIGTERM
	END
	within 5 eval '[ "$(grep -c "^close 1001" quick.out)" -eq 30 ]' || {
		sort quick.out | uniq -c
		return 1
	}
}

@test "the second signal ends it at once" {
	peer mute text:x wait:close sleep:300
	silent_input
	ws-client -n "$url" <&5 >c.out 2>c.err 3>&- 5<&- &
	pid[c]=$!
	within 10 says c.out
	kill "${pid[c]}"
	saw mute.out 'close 1001 '
	kill "${pid[c]}" 2>/dev/null || :
	got=0
	ends c 3 || got=$?
	[ "$got" -eq 143 ]
}

# At a terminal, which python has: ^C goes to all that run there.
@test "Ctrl-C ends 'while ws-client ...; do', at a terminal" {
	peer mute text:x wait:close sleep:300
	listen secure 0 sh -c 'echo x; cat'
	for each in "ws://127.0.0.1:${port}" "$url"; do
		"$python" - "$each" >typed <<-'END'
		import os, pty, select, signal, sys, time
		url = sys.argv[1]
		end = time.monotonic() + 20 * int(os.environ["PATIENCE"])
		pid, fd = pty.fork()
		if pid == 0:
		    # A background job ignores it, and so would what it starts.
		    signal.signal(signal.SIGINT, signal.SIG_DFL)
		    os.execvp("bash", ["bash", "-c",
		        "while ws-client %s; do echo again; done; echo left $?" % url])
		said = b""
		typed = False
		while time.monotonic() < end:
		    if select.select([fd], [], [], 0.1)[0]:
		        try:
		            more = os.read(fd, 1000)
		        except OSError:
		            break
		        if not more:
		            break
		        said += more
		    if b"x" in said and not typed:
		        typed = True
		        os.write(fd, b"\x03")
		else:
		    os.kill(pid, 9)
		    said += b"HANGS"
		print(said, os.waitpid(pid, 0)[1])
		END
		cat typed
		run -1 grep -qE 'again|left|HANGS' typed
		grep -q ' 2$' typed
	done
}

# -- input that is none --

@test "-W: a violation at the end of a frame of 1 MiB is no cut, but a Close" {
	for size in 983040 983041 1048576; do
		"$python" - "$size" >frame <<-'END'
		import sys
		n = int(sys.argv[1])
		sys.stdout.buffer.write(b"\x81\x7f" + n.to_bytes(8, "big") +
		                        b"x" * (n - 1) + b"\xff")
		END
		listen bad -W 0 sh -c \
			'head -c -1 frame; sleep 0.3; tail -c 1 frame'
		visit wait:close close:1011 end
		grep -q '^close 1' visit.out || {
			echo "size $size"
			cat visit.out
			return 1
		}
		run stop bad
	done
}

@test "-a: a line that only the control channel knows is refused" {
	for line in end 'close now' 'close now 1000' 'end 6' 'done' 'status 28' \
		'close soon 1002' 'close received 1000'; do
		printf 'text "a"\n%s\n' "$line" >lines
		got=0
		ws-frame -a <lines >out 2>err || got=$?
		[ "$got" -eq 65 ] || {
			echo "status $got: $line"
			return 1
		}
		one_line err '^ws-frame: line 2, column [0-9]'
		printf '\201\001a' | cmp - out
	done
}

@test "-j: -B over 1g is refused before the network hears of it" {
	peer nobody sleep:1
	ask 100 -j -B 2g "$url" </dev/null
	one_line err '^ws-session: -B: '
	[ "$(wc -l <nobody.out)" -eq 1 ]
	run ss -Hnt state time-wait state established "dport = :$port"
	[ -z "$output" ]
}

@test "-j: a message of 20 MiB can be had" {
	"$python" -c '
import json, sys
sys.stdout.buffer.write(b"\x82\x7f" + (20971520).to_bytes(8, "big"))
sys.stdout.buffer.write(bytes(20971520))' >frame
	listen one -W 0 cat frame
	ask 0 -j -B 32m "$url" </dev/null
	"$python" -c '
import base64, json
line = json.loads(open("out").readline())
assert len(base64.b64decode(line["data"])) == 20971520'
}
