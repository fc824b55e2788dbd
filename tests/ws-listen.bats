#!/usr/bin/env bats
# ws-listen: a port, and what ws-server does for each connection.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session
load net

@test "megabytes go through ws-client and ws-listen and come back" {
	head -c 20000000 /dev/urandom >in
	listen echo 0 cat
	remember
	client "$url" <in >out
	cmp in out
	all_gone
	[ ! -s echo.err ]
}

@test "arguments reach the command of ws-listen unchanged" {
	args_command
	listen args 0 ./args.sh "${odd[@]}"
	client "$url" </dev/null
	same_args
}

@test "arguments reach the command of ws-listen with TLS unchanged" {
	args_command
	certificates
	listen args -E both.pem 0 ./args.sh "${odd[@]}"
	client -K ca.pem "wss://localhost:$port/" </dev/null
	same_args
}

@test "addresses with a comma or other syntax of socat's are refused" {
	for bad in '0,fork' '127.0.0.1:0,fork' 'unix:' '[::1]' '[::1:0' 'x y:0' \
		'a,b:0' '70000' '127.0.0.1:99999' '127.0.0.1:' '' ':-1' '0x50'; do
		echo "address '$bad'"
		run -100 timeout 5 ws-listen "$bad" cat
	done
	for bad in 'tcp:' 'tcp:127.0.0.1' 'tcp::80' 'unix:'; do
		echo "target '$bad'"
		run -100 timeout 5 ws-listen 0 "$bad"
	done
}

@test "a listener gathers neither descriptors nor zombies" {
	listen echo 0 cat
	remember
	client "$url" </dev/null
	all_gone
	count_open() {
		local list
		list=$(ours)	# before there is a wc, which is ours, too
		while read -r number _; do
			ls "/proc/$number/fd"
		done <<<"$list" | wc -l
	}
	before=$(count_open)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		printf 'hello' | client "$url" >/dev/null
	done
	all_gone
	after=$(count_open)
	[ "$after" -eq "$before" ] || {
		echo "$before descriptors before, $after after"
		return 1
	}
	for number in $(ours | cut -d' ' -f1); do
		run -1 grep Z <<<"$(ps -o stat= --ppid "$number")"
	done
}

# Two sessions fit, the third has to wait for the first to end.
capped() {
	feed 5 1 ws-client "$@"
	feed 6 2 ws-client "$@"
	echo one >&5
	echo two >&6
	within 5 says 1.out
	within 5 says 2.out
	feed 7 3 ws-client -w $((9 * PATIENCE)) "$@"
	echo three >&7
	run ! within 1 says 3.out
	exec 5>&-
	ends 1
	within 5 says 3.out
	exec 6>&- 7>&-
	ends 2
	ends 3
	[ "$(cat 1.out 2.out 3.out)" = $'one\ntwo\nthree' ]
}

@test "-N holds further sessions back until one has ended" {
	listen server -N 2 0 cat
	capped "$url"
}

@test "-N counts sessions with TLS, too" {
	certificates
	listen server -N 2 -E both.pem 0 cat
	capped -K ca.pem "wss://localhost:$port"
}

@test "a restart on the same port is prompt, with connections in TIME_WAIT" {
	listen first 127.0.0.1:0 cat
	old=$port
	printf 'a' | client "$url" >/dev/null
	stop first || :
	ss -Htn state time-wait "sport = :$old" | grep -q .
	start second ws-listen "127.0.0.1:$old" cat
	listens_on "$old" second
	printf 'b' | client "$url" | cmp - <(printf b)
}

@test "a port that is taken is told in a sentence, status 111" {
	listen first 127.0.0.1:0 cat
	run -111 --separate-stderr timeout 5 ws-listen "127.0.0.1:$port" cat
	[ "$output" = "" ]
	[[ $stderr == ws-listen:*in\ use* ]]
}

@test "a Unix socket takes the place of one that nobody listens on, and of no more" {
	local sentence='there is something that is no socket'
	echo precious >data
	ln -s data link
	ln -s nothing dangling
	mkdir directory
	mkfifo fifo
	for path in data link dangling directory fifo; do
		run -100 --separate-stderr timeout 5 ws-listen "unix:./$path" cat
		[ "$stderr" = "ws-listen: unix:./$path: $sentence" ]
	done
	[ "$(cat link)" = precious ]
	[ -h dangling ]
	start first ws-listen unix:./sock cat
	within 5 test -S sock
	run -111 --separate-stderr timeout 5 ws-listen unix:./sock cat
	[ "$stderr" = 'ws-listen: unix:./sock: somebody listens there' ]
	printf 'a' >in
	for name in first second; do
		timeout 10 ws-connect unix:./sock ws-handshake -c ws://localhost/ \
			ws-session fd:3,4 <in | cmp in -
		[ "$name" = first ] || break
		kill -9 "$(pgrep -P "${pid[first]}" socat)"
		ends first || :
		[ -S sock ]
		start second ws-listen unix:./sock cat
		within 5 ws-connect -q unix:./sock true
	done
	stop second || :
	[ ! -e sock ]
}

@test "without an address: IPv6 and IPv4, and the address of IPv4 is one of IPv4" {
	grep -q . /proc/net/if_inet6 || skip 'no IPv6 here'
	certificates
	listen plain 0 sh -c 'echo "$REMOTE_ADDR"'
	[ "$address" = "[::]:$port" ]
	for from in 127.0.0.1 '[::1]'; do
		client "ws://$from:$port/" </dev/null >out
		[ "[$(cat out)]" = "[${from//[][]/}]" ]
	done
	listen secure -E both.pem 0 sh -c 'echo "$REMOTE_ADDR"'
	for from in 127.0.0.1 '[::1]'; do
		client -I "wss://$from:$port/" </dev/null >out
		[ "[$(cat out)]" = "[${from//[][]/}]" ]
	done
}

@test "-N: an address of IPv4 counts as that on a port of both" {
	net_begin
	net_serve server -N 9,1 0 sh -c 'echo open; cat'
	start first ./in_net ws-client -n "ws://192.0.2.1:$port/"
	within 5 says first.out
	run -22 ./in_net timeout 10 ws-client "ws://192.0.2.1:$port/" </dev/null
	[[ $output = *429* ]]
	# They are not all of one network.
	printf '' | ./in_net timeout 10 ws-client "ws://[2001:db8::1]:$port/" >out
	[ "$(cat out)" = open ]
	./in_net ip address add 198.51.100.1/24 dev hole
	printf '' | ./in_net timeout 10 ws-client "ws://198.51.100.1:$port/" >out
	[ "$(cat out)" = open ]
}

@test "addresses: all, one of IPv4, IPv6, a Unix socket" {
	need xxd
	listen all 0 cat
	printf 'a' | client "$url" | cmp - <(printf a)
	listen four 127.0.0.2:0 cat
	[ "$address" = "127.0.0.2:$port" ]
	printf 'b' | client "ws://127.0.0.2:$port" | cmp - <(printf b)
	run -111 client "ws://127.0.0.1:$port" </dev/null
	listen six '[::1]:0' cat
	[ "$address" = "[::1]:$port" ]
	printf 'c' | client "ws://[::1]:$port/" | cmp - <(printf c)
	start unix ws-listen unix:sock cat
	within 5 test -S sock
	printf 'd' >in
	timeout 10 ws-connect "unix:$PWD/sock" ws-handshake -c ws://localhost/ \
		ws-session fd:3,4 <in >out
	cmp in out
	stop unix || :
	[ ! -e sock ]
}

@test "SIGTERM: no Unix socket is left, though socat leaves it" {
	mkdir bin
	cat >bin/socat <<-END
		#!/bin/sh
		trap 'kill -9 "\$(cat real)"; exit 143' TERM
		$(command -v socat) "\$@" &
		echo "\$!" >real
		wait
	END
	chmod +x bin/socat
	PATH=$PWD/bin:$PATH start unix ws-listen unix:sock cat
	within 5 test -S sock
	within 5 test -s real
	stop unix || :
	[ ! -e sock ]
}

@test "SIGTERM: the listener ends its sessions with Close 1001" {
	need python3-websockets
	listen echo 0 cat
	start one "$python" "$peers/peer.py" receive "$url" hello
	start two "$python" "$peers/peer.py" receive "$url" hello
	feed 8 three ws-client "$url"
	printf 'hello' >&8
	within 5 says one.out
	within 5 says two.out
	within 5 says three.out
	run stop echo
	ends one
	ends two
	ends three
	exec 8>&-
	[ "$(tail -n 1 one.out)" = 'close 1001 ' ]
	[ "$(tail -n 1 two.out)" = 'close 1001 ' ]
	within 3 nothing_left
}

@test "SIGTERM with TLS and with a tcp: target: Close 1001 as well" {
	certificates
	raw_tcp target 'exec cat'
	target=$port
	listen proxy -E both.pem 0 "tcp:127.0.0.1:$target"
	feed 8 one ws-client -K ca.pem "wss://localhost:$port"
	printf 'hello' >&8
	within 5 says one.out
	run stop proxy
	ends one
	exec 8>&-
	[ ! -s one.err ]
	run stop target
	within 3 nothing_left
}

@test "SIGTERM ends a listener although a peer answers nothing" {
	listen echo -w 1 0 cat
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n%s\r\n%s\r\n%s\r\n\r\n' \
		'Connection: Upgrade' 'Sec-WebSocket-Version: 13' \
		'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' >&8
	read -r line <&8
	[[ $line == *101* ]]
	run stop echo
	[ "$status" -ne 125 ]
	exec 8>&-
	within 3 nothing_left
}

@test "SIGTERM ends a listener with a connection that says nothing" {
	listen echo 0 cat
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	within 3 test -n "$(ours)"
	run stop echo
	[ "$status" -ne 125 ]
	exec 8>&-
	within 3 nothing_left
}

# started_with_kill LINE SHELL ...: a copy of ws-listen that gets SIGTERM in front
# of that line.
started_with_kill() {
	sed "$1i kill -TERM \$\$" "$root/cmd/ws-listen" >cmd/ws-listen
	start killed "${@:2}" cmd/ws-listen 127.0.0.1:0 cat
	ends killed 5 || [ "$?" -ne 125 ] || {
		echo "in $2, before line $1"
		return 1
	}
}

@test "SIGTERM at any moment of the start ends a listener" {
	local shell line fork
	cp -R "$root/cmd" "$root/common" .
	# What stands by itself, from where there is a trap to where it waits.
	grep -n '' "$root/cmd/ws-listen" | sed '1,/:trap /d; /:wait /q' |
		sed -n 's/^\([0-9]*\):\([a-z]*[ =(]\|[[{] \|{$\).*/\1/p' >lines
	[ "$(wc -l <lines)" -ge 20 ]
	fork=$(sed -n '/^verbose=/=' "$root/cmd/ws-listen")
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		# Where a process is about to begin it takes many to meet it.
		for line in $(cat lines) $(yes "$fork" | head -n 20); do
			# shellcheck disable=SC2086 # a shell may be two words
			started_with_kill "$line" $shell
		done
	done
	within 5 nothing_left
}

@test "-B: a message too large is Close 1009, of any size" {
	listen small -B 1k 0 cat
	head -c 1024 /dev/zero | ws-frame >in
	client -W "$url" <in | ws-deframe | cmp - <(head -c 1024 /dev/zero)
	head -c 1025 /dev/zero >payload
	ws-frame -F 2k <payload >in
	run -9 client -W "$url" <in
	listen big 0 cat
	run -9 client -B 10 "$url" <payload
}

@test "-T: a peer that says nothing is left" {
	listen idle -T 0.5 0 cat
	remember
	feed 8 client timeout 10 ws-client "$url"
	ends client 8 || [ "$?" -ne 124 ]
	exec 8>&-
	all_gone
}

@test "-i: pings keep a session alive that -T would end" {
	listen idle -T 1 0 cat
	feed 8 client timeout 10 ws-client -i 0.2 "$url"
	run ! within 2 ended client
	printf 'still here' >&8
	within 3 says client.out
	exec 8>&-
	ends client
	[ "$(cat client.out)" = 'still here' ]
}

@test "-i 0, -T 0 and -X 0: no ping, no limit" {
	listen off -i 0 -T 0 -X 0 0 cat
	feed 8 client timeout 20 ws-client -i 0 -T 0 -X 0 "$url"
	printf 'some' >&8
	within 3 says client.out
	# That long nothing was received, and nothing sent.
	run ! within 1 ended client
	printf ' more' >&8
	exec 8>&-
	ends client
	[ "$(cat client.out)" = 'some more' ]
}

@test "subprotocols: the client's first that the server has" {
	listen chat -p b -p a 0 cat
	run -0 client -p x -p a -p b "$url" </dev/null
	run client -p y "$url" </dev/null
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n%s\r\n%s\r\n%s\r\n%s\r\n\r\n' \
		'Connection: Upgrade' 'Sec-WebSocket-Version: 13' \
		'Sec-WebSocket-Protocol: x, a, b' \
		'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' >&8
	timeout 1 cat <&8 >head.out || :
	exec 8>&-
	grep -q $'^Sec-WebSocket-Protocol: a\r$' head.out
}

@test "many sessions at once" {
	listen echo 0 cat
	remember
	for i in $(seq 30); do
		printf 'session %d' "$i" >"in.$i"
		start "c$i" sh -c "exec ws-client $url <in.$i"
	done
	for i in $(seq 30); do
		ends "c$i" 20
		cmp "in.$i" "c$i.out"
	done
	all_gone
}

@test "a client that is killed leaves nothing behind at the server" {
	listen echo 0 sh -c 'cat; sleep 0'
	remember
	feed 8 client ws-client "$url"
	printf 'hello' >&8
	within 5 says client.out
	for number in $(strangers | grep -E 'ws-(deframe|frame|session|client)' | cut -d' ' -f1); do
		kill -9 "$number" 2>/dev/null || :
	done
	exec 8>&-
	ends client || :
	all_gone
}
