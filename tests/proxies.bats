#!/usr/bin/env bats
# The proxies composed of the filters, over loopback: ws-listen, ws-server,
# ws-client and ws-session in whole sessions.
#
# Not tested: names that have several addresses, and addresses that answer
# nothing at all (a time limit of the system's).

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session

setup() {
	need socat openssl ss
	session_begin
}

# An executable that writes its arguments, each ended by NUL, into a file.
args_command() {
	printf '#!/bin/sh\nprintf "%%s\\0" "$@" >%s\n' "$PWD/args" >args.sh
	chmod +x args.sh
}

# What may not change on its way to a command.
odd=('a b' '  ' '' "it's" '"q"' 'a,b' 'c:d' 'e\f' 'g\\' $'new\nline' '!!' '*'
	'$HOME' '`id`' '-x' '--' $'tab\there' '(p)' '[b]' '{c}' ';' '|' '&' '<>'
	'#' '%s' $'\xc3\xa9\xff' ',fork' 'EXEC:x' $'\n' $'end\n' '')

same_args() {
	within 5 test -s args
	printf '%s\0' "${odd[@]}" >wanted
	within 2 cmp args wanted || {
		diff <(tr '\0' '\n' <wanted | cat -A) <(tr '\0' '\n' <args | cat -A)
		return 1
	}
}

@test "the shell's pipeline is a complete server (socat, nofork)" {
	printf '%s\n' '#!/bin/sh' \
		"exec ws-handshake -s sh -c 'ws-deframe | tr a-z A-Z | ws-frame'" >up
	chmod +x up
	port=$(free_port)
	start up socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:./up,nofork
	listens_on "$port" up
	remember
	printf 'hello' >in
	client "ws://127.0.0.1:$port/" <in >out
	[ "$(cat out)" = HELLO ]
	[ ! -s up.err ]
	all_gone
}

@test "the shell's pipeline is a complete server (socat, relayed)" {
	printf '%s\n' '#!/bin/sh' \
		"exec ws-handshake -s sh -c 'ws-deframe | tr a-z A-Z | ws-frame'" >up
	chmod +x up
	port=$(free_port)
	start up socat -t 10 "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:./up
	listens_on "$port" up
	remember
	head -c 3000000 /dev/zero | tr '\0' a >in
	client "ws://127.0.0.1:$port/" <in >out
	tr a A <in | cmp - out
	[ ! -s up.err ]
	all_gone
}

@test "ws-deframe -W | cat | ws-frame -W behind ws-listen echoes messages" {
	listen echo 127.0.0.1:0 sh -c 'exec cat'
	stop echo
	printf '%s\n' '#!/bin/sh' \
		"exec ws-handshake -s sh -c 'ws-deframe -W | cat | ws-frame -W'" >wire
	chmod +x wire
	port=$(free_port)
	start wire socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:./wire,nofork
	listens_on "$port" wire
	printf '\x81\x05Hello\x02\x03abc\x80\x01d\x82\x00' >in
	client -W "ws://127.0.0.1:$port/" <in >out
	cmp in out
}

@test "megabytes go through ws-client and ws-listen and come back" {
	head -c 20000000 /dev/urandom >in
	listen echo 0 cat
	remember
	client "$url" <in >out
	cmp in out
	all_gone
	[ ! -s echo.err ]
}

@test "an empty input is an empty session with status 0" {
	listen echo 0 cat
	run -0 client "$url" </dev/null
	[ "$output" = "" ]
}

@test "a tcp: target hears of the end of input, and is heard to its end" {
	raw_tcp sum 'exec sha256sum'
	listen proxy 0 "tcp:127.0.0.1:$port"
	head -c 5000000 /dev/urandom >in
	remember
	client "$url" <in >out
	[ "$(cut -d' ' -f1 out)" = "$(sha256sum <in | cut -d' ' -f1)" ]
	all_gone
	[ ! -s proxy.err ]
}

@test "a tcp: target sends megabytes, and its end is Close 1000" {
	head -c 9000000 /dev/urandom >data
	raw_tcp give "exec cat $PWD/data"
	listen proxy 0 "tcp:127.0.0.1:$port"
	remember
	feed 8 client timeout 15 ws-client "$url"
	ends client 15
	exec 8>&-
	cmp data client.out
	[ ! -s client.err ]
	all_gone
}

@test "a tcp: target echoes megabytes both ways at once" {
	raw_tcp echo 'exec cat'
	listen proxy 0 "tcp:127.0.0.1:$port"
	head -c 30000000 /dev/urandom >in
	remember
	client "$url" <in | cmp in -
	all_gone
}

@test "a unix: target, megabytes both ways" {
	start echo socat UNIX-LISTEN:./sock,fork EXEC:cat,nofork
	within 5 test -S sock
	listen proxy 0 "unix:$PWD/sock"
	head -c 5000000 /dev/urandom >in
	remember
	client "$url" <in | cmp in -
	all_gone
}

@test "a tcp: target by name and by IPv6" {
	port=$(free_port)
	start echo socat "TCP6-LISTEN:$port,bind=[::1],fork" EXEC:cat,nofork
	listens_on "$port" echo
	listen proxy 0 "tcp:[::1]:$port"
	printf 'six' | client "$url" | cmp - <(printf six)
	raw_tcp four 'exec cat'
	listen named 0 "tcp:localhost:$port"
	printf 'four' | client "$url" | cmp - <(printf four)
}

@test "no answer from a tcp: or unix: target is Close 1014" {
	port=$(free_port)
	listen proxy 0 "tcp:127.0.0.1:$port"
	remember
	run -14 --separate-stderr client -n "$url" </dev/null
	[ "$output" = "" ]
	[[ $stderr == *1014* ]]
	listen other 0 "unix:$PWD/nothing"
	run -14 client -n "$url" </dev/null
	[ "$(wc -l <proxy.err)" -eq 1 ]
	[[ $(cat proxy.err) == *refused* ]]
}

@test "a command that cannot be started is Close 1011" {
	listen proxy 0 ./does-not-exist
	run -11 --separate-stderr client -n "$url" </dev/null
	[[ $stderr == *1011* ]]
	[ "$(wc -l <proxy.err)" -eq 1 ]
	: >plain
	listen other 0 ./plain
	run -11 client -n "$url" </dev/null
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

@test "arguments reach the command of ws-server unchanged" {
	args_command
	{
		printf '#!/bin/sh\nexec ws-server ./args.sh'
		for word in "${odd[@]}"; do
			printf " '%s'" "${word//\'/\'\\\'\'}"
		done
		echo
	} >server
	chmod +x server
	port=$(free_port)
	start server socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" \
		EXEC:./server,nofork
	listens_on "$port" server
	client "ws://127.0.0.1:$port" </dev/null
	same_args
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

@test "values of options reach the peer unchanged" {
	need python3-websockets
	listen echo -e '4321:a b, c:d "e" \f '"'g'"' !!' -p 'x!#$%y' -p b 0 true
	run -0 "$python" "$peers/peer.py" receive "$url"
	[ "$output" = "close 4321 a b, c:d \"e\" \\f 'g' !!" ]
	printf '#!/bin/sh\nprintf "%%s|%%s|" "$HTTP_X_ODD" "$HTTP_ORIGIN"\n' >show
	chmod +x show
	listen show -o '*' 0 ./show
	run -0 client -H 'X-Odd: a b, c:d "e" \f !! $(id) '"'g'" \
		-o 'http://x.example' "$url" </dev/null
	[ "$output" = 'a b, c:d "e" \f !! $(id) '"'g'|http://x.example|" ]
}

@test "a value cannot break out of a head" {
	listen echo 0 cat
	run -100 client -H $'X: a\r\nY: b' "$url" </dev/null
	run -100 client -p 'a b' "$url" </dev/null
	run -100 client -o $'a\nb' "$url" </dev/null
	run -100 client "$url/a b" </dev/null
	run -100 client "$url/"$'a\r\nX: y' </dev/null
	run -100 ws-listen -H $'X: a\nY: b' 0 cat
	run -100 ws-listen -p $'a,b' 0 cat
	[ ! -s echo.err ]
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

@test "ws-connect: a name cannot break out of socat's address" {
	for bad in 'h,verify=0' 'h!!x' 'a b' 'h"' "h'" 'h\' 'h(' 'h{' 'h/' 'h%' \
		$'h\n' 'h@'; do
		echo "name '$bad'"
		run -100 --separate-stderr timeout 5 ws-connect -U "tls:$bad:1" true
		[[ $stderr = *': not tls:HOST:PORT or tls:[HOST]:PORT' ]]
	done
	run -100 timeout 5 ws-connect -U 'tls:[::1,verify=0]:1' true
	run -100 timeout 5 ws-connect -I 'tls:127.0.0.1,exec:1' true
	ws-connect -U 'tls:[::1]:1' true
	ws-connect -U 'tls:a-b_c.example:1' true
}

@test "a target with blanks or control characters is no target" {
	for target in 'tcp:[h:80 HTTP/1.1]:80' $'tcp:[h\r\nX: y]:80' 'tcp:h:8 0'; do
		run -100 ws-connect -x http://127.0.0.1:1 "$target" true
	done
}

@test "a target that answers no SYN is given up: status 28, 1014" {
	deaf
	target=tcp:127.0.0.1:$port
	run -28 timeout 10 ws-connect -w 0.3 "$target" true
	[[ "$output" = "ws-connect: connect $target: "*' timed out' ]]
	run -28 timeout 10 ws-connect -w 0.3 -x "http://127.0.0.1:$port" tcp:h:80 true
	listen server -w 0.3 127.0.0.1:0 "$target"
	run -14 client "$url" </dev/null
}

@test "the programs find each other uninstalled, whatever the directory" {
	local clean=/usr/local/bin:/usr/bin:/bin
	ln -s "$root" tree
	PATH=$clean start listen tree/cmd/ws-listen 0 cat
	within 5 says listen.out
	port=$(head -n 1 listen.out)
	port=${port##*:}
	printf 'hello' >in
	PATH=$clean timeout 10 "$root/cmd/ws-client" "ws://127.0.0.1:$port" \
		<in >out
	cmp in out
}

@test "a script is found where it is, also when a shell is told its bare name" {
	local shell name
	cd "$root/cmd"
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		for name in ws-server ws-listen ws-client tor-websocket-proxy; do
			# shellcheck disable=SC2086 # a shell may be two words
			PATH=/usr/bin:/bin run -0 $shell "$name" \
				$([ "$name" != tor-websocket-proxy ] || echo --client) -V
			[[ $output == "$name "* ]]
		done
	done
	cd "$BATS_TEST_TMPDIR"
}

@test "a command that has left its process group is killed" {
	listen server -w 0.3 127.0.0.1:0 "$python" -c '
import os, signal, time
os.setpgid(0, os.getpgid(os.getppid()))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"left")
time.sleep(1000)'
	remember
	client -w 9 -1 "$url" </dev/null >out
	[ "$(cat out)" = left ]
	all_gone
}

@test "a command that minds neither end of input nor SIGTERM is killed" {
	cat >stubborn <<-'END'
		#!/bin/sh
		trap '' TERM HUP INT
		sleep 300 &
		echo ready
		while :; do sleep 300; done
	END
	chmod +x stubborn
	listen stubborn -w 1 0 ./stubborn
	remember
	run -0 client -1 "$url" </dev/null
	[ "$output" = ready ]
	all_gone 6
}

@test "a command of ws-client that minds nothing is killed" {
	cat >stubborn <<-'END'
		#!/bin/sh
		trap '' TERM HUP INT
		sleep 300 &
		echo ready
		while :; do sleep 300; done
	END
	chmod +x stubborn
	listen once 0 head -c 6
	remember
	run client -w 1 "$url" ./stubborn
	[ "$status" -ne 124 ]
	all_gone 6
}

@test "a command sees the end of its input when the peer closes" {
	listen last 0 sh -c 'cat >/dev/null; echo "the end" >last'
	remember
	client "$url" </dev/null
	within 3 test -s last
	all_gone
}

@test "a command gets the CGI variables, and none of the session's" {
	export HTTP_PROXY=http://evil.example WS_ROLE=client WS_VERSION=1 \
		WS_CONTROL=98,99 WS_PROTOCOL=x WS_ARGV=00 WS_LIFELINE=97
	listen cgi -p chat 0 env
	unset HTTP_PROXY WS_ROLE WS_VERSION WS_CONTROL WS_PROTOCOL WS_ARGV \
		WS_LIFELINE
	client -p chat -H 'Proxy: http://evil.example' -H 'X-Some-Field: its value' \
		-H 'Cookie: a=b' -H 'Cookie: c=d' "$url/a%20path/x?the=query&x=%2f" </dev/null >out
	sort out
	grep -qx 'REQUEST_METHOD=GET' out
	grep -qx 'REQUEST_URI=/a%20path/x?the=query&x=%2f' out
	grep -qx 'QUERY_STRING=the=query&x=%2f' out
	grep -qx 'SERVER_PROTOCOL=HTTP/1.1' out
	grep -qx "SERVER_PORT=$port" out
	grep -qx 'SERVER_NAME=127.0.0.1' out
	grep -qx 'GATEWAY_INTERFACE=CGI/1.1' out
	grep -qx 'REMOTE_ADDR=127.0.0.1' out
	grep -Eqx 'REMOTE_PORT=[1-9][0-9]*' out
	grep -qx "HTTP_HOST=127.0.0.1:$port" out
	grep -qx 'HTTP_X_SOME_FIELD=its value' out
	grep -qx 'HTTP_COOKIE=a=b; c=d' out
	run -1 grep -E '^WS_|^HTTP_PROXY=' out
}

# fds.py tells which descriptors it has, and what there is of WS_*.
fds_command() {
	cat >fds.py <<-END
		#!$(command -v "$python")
		import os
		with open("fds", "w") as out:
		    for fd in sorted(os.listdir("/proc/self/fd"), key=int):
		        try:
		            if int(fd) > 2 and int(fd) != out.fileno():
		                print(fd, os.readlink("/proc/self/fd/" + fd), file=out)
		        except OSError:
		            pass
		    for name in os.environ:
		        if name.startswith("WS_"):
		            print(name, os.environ[name], file=out)
		    print("done", file=out)
	END
	chmod +x fds.py
}

no_stray_descriptors() {
	within 5 grep -q '^done' fds
	[ "$(cat fds)" = 'done' ] || {
		echo "$1: $(cat fds)"
		return 1
	}
	rm fds
}

@test "a command has its three descriptors and no other" {
	fds_command
	certificates
	listen plain 0 ./fds.py
	client "$url" </dev/null
	no_stray_descriptors 'ws-listen'
	listen secure -E both.pem 0 ./fds.py
	client -I "wss://127.0.0.1:$port" </dev/null
	no_stray_descriptors 'ws-listen with TLS'
	need tcpserver
	serve server tcpserver -1 -H -R -l localhost 127.0.0.1 0 \
		ws-server ./fds.py
	client "$url" </dev/null
	no_stray_descriptors 'ws-server'
	listen echo 0 cat
	start client1 ws-client "$url" ./fds.py
	ends client1
	no_stray_descriptors 'ws-client'
	listen tls -E both.pem 0 cat
	start client2 ws-client -I "wss://127.0.0.1:$port" ./fds.py
	ends client2
	no_stray_descriptors 'ws-client with TLS'
}

@test "the filters beside a tcp: target hold no stray descriptor" {
	raw_tcp echo 'exec cat'
	listen proxy 0 "tcp:127.0.0.1:$port"
	feed 8 client ws-client "$url"
	printf 'hello' >&8
	within 5 says client.out
	grep -E 'ws-(de)?frame' <<<"$(ours)" >filters
	[ "$(wc -l <filters)" -eq 4 ]
	while read -r number _; do
		readlink "/proc/$number"/fd/* >open || :
		cat open
		[ "$(grep -c '^socket:' open)" -le 2 ]
	done <filters
	exec 8>&-
	ends client
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
	feed 7 3 ws-client -w 9 "$@"
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
		timeout 10 ws-connect unix:./sock ws-handshake -c ws://h/ \
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
	printf 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n%s\r\n%s\r\n%s\r\n\r\n' \
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
		end = time.monotonic() + 5
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
		feed 8 client cmd/ws-client -w 1 "$url/count" $command
		within 5 test -e starts
		run stop client
		exec 8>&-
	done
	within 5 eval '[ "$(grep -c "closed 1001" count.out)" -eq 2 ]'
}

@test "wss: the certificate of a CA of one's own is verified" {
	certificates
	listen secure -E server.pem -Y server.key 0 cat
	head -c 3000000 /dev/urandom >in
	remember
	client -K ca.pem "wss://localhost:$port/" <in | cmp in -
	client -K ca.pem "wss://127.0.0.1:$port/" <in | cmp in -
	client -I "wss://localhost:$port/" <in | cmp in -
	all_gone
	[ ! -s secure.err ]
}

@test "wss: an unknown CA, a wrong name: refused with a sentence" {
	certificates
	listen secure -E both.pem 0 cat
	printf 'secret' >in
	run -111 --separate-stderr client "wss://localhost:$port/" <in
	[ "$output" = "" ]
	[[ $stderr == *certificate* ]]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	run -111 --separate-stderr client -K stranger.pem "wss://localhost:$port/" <in
	[ "$output" = "" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	# With -K nobody else is trusted, whom the environment trusts.
	mkdir trusted
	cp ca.pem "trusted/$(openssl x509 -hash -noout -in ca.pem).0"
	SSL_CERT_DIR=$PWD/trusted client "wss://localhost:$port/" <in | cmp in -
	SSL_CERT_DIR=$PWD/trusted run -111 --separate-stderr client \
	    -K stranger.pem "wss://localhost:$port/" <in
	[ "$output" = "" ]
	listen other -E other.pem -Y other.key 0 cat
	run -111 --separate-stderr client -K ca.pem "wss://localhost:$port/" <in
	[ "$output" = "" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	printf 'fine' | client -I "wss://localhost:$port/" | cmp - <(printf fine)
}

@test "wss: a server that speaks no TLS is refused with a sentence" {
	raw_tcp plain 'echo "220 hello"; exec cat >/dev/null'
	run -111 --separate-stderr client -I "wss://localhost:$port/" </dev/null
	[ "$output" = "" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "wss: a server that stops inside a record keeps nothing of the client's" {
	certificates
	serve stopper "$python" -c '
import base64, hashlib, os, socket, ssl, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("both.pem")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
s = context.wrap_socket(listener.accept()[0], server_side=True)
head = b""
while b"\r\n\r\n" not in head:
    head += s.recv(4096)
key = head.lower().split(b"sec-websocket-key: ")[1].split(b"\r\n")[0]
key = head[head.lower().index(key):][:24]
accept = base64.b64encode(hashlib.sha1(
    key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
s.sendall(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
os.write(s.fileno(), bytes.fromhex("1703034000"))
time.sleep(60)
'
	start client ws-client -I -w 1 -X 1 "wss://127.0.0.1:$port/"
	within 5 eval 'grep -q socat <<<"$(ours)"'
	ends client || :
	within 8 eval '! grep -q OPENSSL <<<"$(ours)"'
}

@test "wss: megabytes to a tcp: target whose answer comes after the end of input" {
	certificates
	raw_tcp sum 'cat >/dev/null; exec head -c 5000000 /dev/zero'
	listen proxy -E both.pem 0 "tcp:127.0.0.1:$port"
	head -c 5000000 /dev/urandom >in
	remember
	client -K ca.pem "wss://localhost:$port" <in >out
	head -c 5000000 /dev/zero | cmp - out
	all_gone
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
		[ "${pair#*:}" -eq 0 ] || [[ $stderr == *"${pair%:*} \"because\""* ]]
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

@test "-n: no Close at the end of input, the answer may take its time" {
	listen late 0 sh -c 'head -c 4; sleep 1; echo late'
	printf 'ping' >in
	run -0 client -n "$url" <in
	[ "$output" = 'pinglate' ]
}

@test "subprotocols: the client's first that the server has" {
	listen chat -p b -p a 0 cat
	run -0 client -p x -p a -p b "$url" </dev/null
	run client -p y "$url" </dev/null
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n%s\r\n%s\r\n%s\r\n%s\r\n\r\n' \
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

@test "the scripts run under dash, bash and busybox ash" {
	local shell
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		# shellcheck disable=SC2086 # a shell may be two words
		start echo $shell "$root/cmd/ws-listen" 127.0.0.1:0 \
			$shell "$root/cmd/ws-client" -h
		within 5 says echo.out
		# shellcheck disable=SC2086
		$shell "$root/cmd/ws-client" -n "ws://$(cat echo.out)/" >help
		ws-client -h | cmp - help
		stop echo
	done
}
