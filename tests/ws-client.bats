#!/usr/bin/env bats
# ws-client: a URL joined to standard input and output, or to a command.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session

@test "an empty input is an empty session with status 0" {
	listen echo 0 cat
	run -0 client "$url" </dev/null
	[ "$output" = "" ]
}

@test "arguments reach the command of ws-client unchanged" {
	args_command
	listen echo 0 cat
	client "$url" ./args.sh "${odd[@]}"
	same_args
	rm args
	certificates
	listen secure -E both.pem 0 cat
	client -K ca.pem "wss://127.0.0.1:$port" ./args.sh "${odd[@]}"
	same_args
}

@test "a command of ws-client that minds nothing is killed" {
	stubborn_command
	listen once 0 head -c 6
	remember
	run client -w 1 "$url" ./stubborn
	[ "$status" -ne 124 ]
	all_gone 6
}

@test "SIGTERM to ws-client: Close 1001, and nothing is left" {
	need python3-websockets
	serve count "$python" "$peers/peer.py" serve
	feed 8 client ws-client "$url/count"
	within 5 says client.out
	run stop client
	exec 8>&-
	within 5 grep -q 'closed 1001' count.out
}

@test "SIGTERM while ws-frame still starts: Close 1001 as well" {
	need python3-websockets
	cp -R "$root/cmd" "$root/common" .
	rm cmd/ws-frame
	cat >cmd/ws-frame <<-END
		#!$(command -v "$python")
		import os, signal, sys, time
		open("starts", "w").close()
		end = time.monotonic() + $((5 * PATIENCE))
		while signal.SIGTERM not in signal.sigpending() and \\
		        time.monotonic() < end:
		    time.sleep(0.01)
		os.execv("$root/cmd/ws-frame", sys.argv)
	END
	chmod +x cmd/ws-frame
	serve count "$python" "$peers/peer.py" serve
	for command in '' cat; do
		rm -f starts
		# shellcheck disable=SC2086 # a word or none
		feed 8 client cmd/ws-client -w "$PATIENCE" "$url/count" $command
		within 5 test -e starts
		run stop client
		exec 8>&-
	done
	within 5 eval '[ "$(grep -c "closed 1001" count.out)" -eq 2 ]'
}

@test "ws-client with a command in place of standard input and output" {
	listen upper 0 tr a-z A-Z
	remember
	printf 'untouched' >in
	run -0 client "$url" sh -c 'echo hello; exec >&-; cat >answer' <in
	[ "$output" = "" ]
	within 3 test -s answer
	[ "$(cat answer)" = HELLO ]
	all_gone
}

@test "-1 and -m N: ws-client asks, waits for the answers, and closes" {
	need python3-websockets
	serve peer "$python" "$peers/peer.py" serve
	run -0 client -1 -t "$url/echo" <<<"question"
	[ "$output" = question ]
	run -0 client -l -m 3 "$url/count" </dev/null
	[ "$output" = $'number 1\nnumber 2\nnumber 3' ]
	within 5 grep -q 'closed 1000' peer.out
}

@test "-w: no answer to -1 in time is status 28" {
	need python3-websockets
	serve peer "$python" "$peers/peer.py" serve
	remember
	run -28 --separate-stderr client -1 -w 0.5 "$url/mute" <<<"question"
	[ "$output" = "" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	all_gone
}

@test "-w: a server that never answers the handshake is status 28" {
	port=$(free_port)
	start mute socat -u "TCP-LISTEN:$port,bind=127.0.0.1,fork" OPEN:/dev/null
	listens_on "$port" mute
	run -28 --separate-stderr client -w 0.5 "ws://127.0.0.1:$port" </dev/null
	[ "$output" = "" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	run -28 --separate-stderr client -w 0.5 "wss://127.0.0.1:$port" </dev/null
	[ "$output" = "" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "-l: a line is a message, both ways" {
	listen lines -l 0 sed -u 's/^/> /'
	printf 'one\n\nthree\n' >in
	client -l "$url" <in >out
	printf '> one\n> \n> three\n' | cmp - out
	client -W -m 2 "$url" <<<$'\x81\x01a\x81\x01b' >out || :
	run -0 client -1 -l "$url" <<<"ask"
	[ "$output" = '> ask' ]
}

@test "exit status: a Close code, plain and through TLS" {
	certificates
	for pair in 1011:11 1002:2 1003:3 1007:7 1008:8 1009:9 3000:30 3999:30 \
		4000:40 4999:40 1000:0 1001:0; do
		listen "l${pair%:*}" -e "${pair%:*}:because" 0 true
		run "-${pair#*:}" --separate-stderr client -n "$url" </dev/null
		[ "${pair#*:}" -eq 0 ] || [[ $stderr == *"${pair%:*}"*" \"because\""* ]]
		run stop "l${pair%:*}"
	done
	for pair in 1011:11 4000:40 1000:0; do
		listen "s${pair%:*}" -e "${pair%:*}" -E both.pem 0 true
		run "-${pair#*:}" client -n -K ca.pem "wss://localhost:$port" </dev/null
	done
}

@test "exit status: 22 refused, 6 vanished, 111 connection refused" {
	need python3-websockets
	serve peer "$python" "$peers/peer.py" serve
	remember
	run -22 --separate-stderr client "$url/refuse/403" </dev/null
	[[ $stderr == *403* ]]
	run -22 client "$url/refuse/301" </dev/null
	run -22 client "$url/refuse/401" </dev/null
	run -6 --separate-stderr client -n "$url/abort" <<<hello
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	all_gone
	port=$(free_port)
	run -111 --separate-stderr client "ws://127.0.0.1:$port" </dev/null
	[ "$output" = "" ]
	[[ $stderr == *refused* ]]
	run -111 --separate-stderr client -I "wss://127.0.0.1:$port" </dev/null
	[[ $stderr == *refused* ]]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "exit status through TLS: 22 refused, 6 vanished" {
	need python3-websockets
	certificates
	serve peer "$python" "$peers/peer.py" serve server.pem server.key
	url=wss://localhost:$port
	run -22 client -K ca.pem "$url/refuse/403" </dev/null
	run -6 client -K ca.pem -n "$url/abort" <<<hello
	run -40 client -K ca.pem "$url/close/4000/x" </dev/null
	run -0 client -K ca.pem -1 "$url/echo" <<<hello
	[ "$output" = hello ]
	run -0 client -K ca.pem -l "$url/fragments" </dev/null
}

@test "wrong URLs and wrong use are status 100, and nothing is connected" {
	for bad in '' 'example.com' 'http://127.0.0.1/' 'ws://' 'ws:///' \
		'ws://127.0.0.1:99999/' 'ws://127.0.0.1:x/' 'ws://127.0.0.1/#f' \
		'ws://a b/' 'ws://u:p@127.0.0.1/' 'ws://127.0.0.1,fork/' \
		$'ws://127.0.0.1/\n' 'ws://[::1/'; do
		echo "URL '$bad'"
		run -100 --separate-stderr client "$bad" </dev/null
		[ "$output" = "" ]
		[ -n "$stderr" ]
	done
	run -100 client </dev/null
	run -100 client -Z ws://127.0.0.1/ </dev/null
	run -100 ws-listen
	run -100 ws-listen 0
	run -100 ws-server </dev/null
	run -100 ws-session </dev/null
}

@test "-n: no Close at the end of input, the answer may take its time" {
	listen late 0 sh -c 'head -c 4; sleep 1; echo late'
	printf 'ping' >in
	run -0 client -n "$url" <in
	[ "$output" = 'pinglate' ]
}

@test "the output of ws-client goes away: it ends" {
	listen yes 0 yes
	remember
	{
		timeout 10 ws-client "$url" </dev/null || echo "$?" >status
	} | head -c 100000 >/dev/null
	touch status
	run -1 grep -x 124 status
	all_gone 8
}

# terminal PATTERN LINE ... -- COMMAND ...: what a terminal shows of it, in $shown.
terminal() {
	shown=$("$python" "$peers/terminal.py" "$@") ||
	    { printf 'status %d, shown: %q\n' "$?" "$shown"; return 1; }
}

@test "at a terminal lines are text messages, and nothing of the peer's acts on it" {
	need python3
	listen show -t 0 sh -c 'printf "h\303\244 \033[2J\302\233\t|\r\177\n"; exec cat'
	terminal '\^\?' 'one line' 'one line\r\n.*one line' '^D' -- ws-client -p x "$url"
	# The server has chosen no subprotocol.
	[[ $shown == *'ws-session: connected'$'\r\n'* ]]
	[[ $shown == *$'h\303\244 ^[[2JM-^[\t|^M^?\r\n'* ]]
	[[ $shown != *$'\033'* && $shown != *$'\302\233'* ]]
	stop show || :
	listen names -lp chat 0 sh -c 'echo "$HTTP_USER_AGENT|"; exec cat'
	terminal '\|' '^D' -- ws-client -p chat "$url"
	[[ $shown == *'ws-session: connected, subprotocol chat'$'\r\n'* ]]
}

@test "at a terminal, -v shows pings and the Close" {
	need python3
	listen pings -a 0 sh -c 'printf "ping \"a\"\ntext \"now\"\n"; sleep 0.1; cat >/dev/null'
	terminal 'now' '^D' -- ws-client -v "$url"
	[[ $shown == *'ws-deframe: received ping'* ]]
	[[ $shown == *'ws-deframe: received Close 1000'* ]]
}

@test "at a terminal, but with -b or in a pipe, bytes are carried as they come" {
	need python3
	listen echo 0 cat
	terminal connected 'a' 'a\r\na\r\n' '^D' -- ws-client -b "$url"
	listen raw 0 printf '\033'
	shown=$("$python" "$peers/terminal.py" -- \
		sh -c 'ws-client "$1" | od -An -c' sh "$url")
	[[ $shown == *033* ]]
}
