#!/usr/bin/env bats
# ws-accept: a listener that starts a program on each connection.  Who may come,
# by number and by address, is in core.
#
# Not tested: a machine without IPv6.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load session
load net

# accept_at NAME ARG ...: ws-accept, with port 0 in its arguments.
accept_at() {
	listening "$1" ws-accept "${@:2}"
}

# hear ADDRESS: what a server there says.
hear() {
	bounded ws-connect "$1" sh -c 'cat >&4'
}

websocket=(ws-handshake -s ws-session cat)

@test "usage line, getopt string and page agree" {
	options_agree ws-accept
}

@test "wrong usage: the usage line, or a sentence; status 100" {
	usage_refused ws-accept
	usage_refused ws-accept 0
	usage_refused ws-accept -x 0 true
	for bad in '' x :0 '[::1]' '[::1:0' 'x y:0' 'a,b:0' 70000 127.0.0.1: \
	    127.0.0.1:99999 ':-1' 0x50 127.1:0 '[1.2.3.4]:0' 'a..b:0' unix: \
	    "unix:$(head -c 200 /dev/zero | tr '\0' x)"; do
		echo "address '$bad'"
		run -100 --separate-stderr bounded ws-accept "$bad" true
		[[ $stderr == "ws-accept: $bad: "* ]]
		[ "$output" = '' ]
	done
	for bad in '' 0 x '1,' 1,x 100000 1,100000 -1; do
		echo "-N '$bad'"
		run -100 bounded ws-accept -N "$bad" 0 true
	done
}

@test "a program gets the connection as 0 and 1, and what UCSPI says of it" {
	tell='echo "$PROTO $TCPREMOTEIP $TCPREMOTEPORT $TCPLOCALIP $TCPLOCALPORT
		$REMOTE_ADDR $SOCAT_PEERADDR $TCPREMOTEHOST" | xargs; cat'
	export REMOTE_ADDR=outer SOCAT_PEERADDR=outer TCPREMOTEHOST=outer \
	    TCPREMOTEIP=outer TCPLOCALPORT=outer
	accept_at both 0 sh -c "$tell"
	[ "$address" = "[::]:$port" ]
	hears() {
		bounded "$python" -c '
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(b"echoed\n")
s.shutdown(socket.SHUT_WR)
print(s.getsockname()[1], s.makefile().read(), end="")' "$1" "$port"
	}
	for host in 127.0.0.1 ::1; do
		read -r from rest < <(hears "$host")
		equal "$host" "TCP $host $from $host $port" "$rest"
		hears "$host" | grep -qx echoed
	done
	start unix ws-accept unix:./sock sh -c "$tell"
	within 5 test -S sock
	equal unix UNIX "$(hear unix:./sock </dev/null)"
}

@test "a program has no other descriptors but the lifeline, and no signal ignored" {
	[ -r /proc/self/status ] || skip 'no /proc'
	accept_at server 127.0.0.1:0 sh -c 'ls /proc/self/fd | tr "\n" " "
		grep -E "^Sig(Ign|Blk)" /proc/self/status'
	hear "tcp:127.0.0.1:$port" </dev/null >out
	# That of ls itself is among them.
	equal descriptors '0 1 2 20 21 3' "$(head -n 1 out | sed 's/ Sig.*//')"
	equal blocked 0000000000000000 "$(awk '/SigBlk/ { print $NF }' out)"
	# Two are glibc's own.
	[[ $(awk '/SigIgn/ { print $NF }' out) = 0000000[01]80000000 ]] ||
	    equal ignored 0000000000000000 "$(awk '/SigIgn/ { print $NF }' out)"
}

@test "a WebSocket server of it, the parts and ws-session" {
	accept_at server 127.0.0.1:0 ws-handshake -s \
	    sh -c 'ws-deframe | tr a-z A-Z | ws-frame'
	equal answer HELLO "$(client "$url" <<<hello)"
	head -c 3000000 /dev/urandom >in
	accept_at echo 127.0.0.1:0 "${websocket[@]}"
	client "$url" <in | cmp in -
	raw_tcp target 'exec cat'
	accept_at tunnel 127.0.0.1:0 ws-handshake -s ws-session "tcp:127.0.0.1:$port"
	client "$url" <in | cmp in -
}

@test "addresses: all of a name, those of IPv6, one with a zone" {
	net_begin
	printf '127.0.0.1 two\n192.0.2.1 two\n192.0.2.1 two\n2001:db8::1 two\n198.51.100.9 two other\n' >hosts
	net_at() {
		start "$1" ./in_net ws-accept "${@:2}" echo hello
		within 5 says "$1.out" || { cat "$1.err"; return 1; }
		port=$(sed 's/.*://' "$1.out")
		equal lines 1 "$(wc -l <"$1.out")"
	}
	hears() {
		equal "$1" hello "$(./in_net timeout 10 \
		    ws-connect "tcp:$1:$port" sh -c 'cat >&4' </dev/null)"
	}
	net_at named two:0
	hears 127.0.0.1
	hears 192.0.2.1
	hears '[2001:db8::1]'
	net_at local localhost:0
	hears 127.0.0.1
	hears '[::1]'
	run ./in_net timeout 10 ws-connect -q "tcp:192.0.2.1:$port" true
	[ "$status" -eq 111 ]
	net_at zone '[fe80::5%hole]:0'
	hears '[fe80::5%hole]'
	run -111 --separate-stderr ./in_net timeout 10 ws-accept other:0 true
	[[ $stderr = 'ws-accept: listen on other:0: '* ]]
	run -111 --separate-stderr ./in_net timeout 20 ws-accept nowhere.invalid:0 true
	[[ $stderr = 'ws-accept: listen on nowhere.invalid:0: '* ]]
}

@test "a port that is taken is told in a sentence; one that was is free at once" {
	accept_at first 127.0.0.1:0 "${websocket[@]}"
	refused 111 "ws-accept: listen on 127.0.0.1:$port: Address already in use" \
	    bounded ws-accept "127.0.0.1:$port" true
	client "$url" <<<hello
	stop first
	start second ws-accept "127.0.0.1:$port" "${websocket[@]}"
	listens_on "$port" second
	client "$url" <<<hello
	kill -9 "${pid[second]}"
	ends second || true
	start third ws-accept "127.0.0.1:$port" "${websocket[@]}"
	listens_on "$port" third
}

@test "a Unix socket takes the place of one that nobody listens on, and of no more" {
	echo precious >data
	ln -s data link
	ln -s nothing dangling
	mkdir directory
	mkfifo fifo
	for path in data link dangling directory fifo; do
		refused 100 "ws-accept: unix:./$path: there is something that is no socket" \
		    bounded ws-accept "unix:./$path" true
	done
	equal data precious "$(cat data)"
	start first ws-accept unix:./sock echo hello
	within 5 test -S sock
	refused 111 'ws-accept: unix:./sock: somebody listens there' \
	    bounded ws-accept unix:./sock true
	kill -9 "${pid[first]}"
	ends first || true
	[ -S sock ]
	start second ws-accept unix:./sock echo hello
	within 5 ws-connect -q unix:./sock true
	equal answer hello "$(hear unix:./sock </dev/null)"
	stop second
	[ ! -e sock ]
	start third ws-accept unix:./sock echo hello
	within 5 ws-connect -q unix:./sock true
	# It is not its own any more.
	mv sock moved
	echo precious >sock
	stop third
	equal data precious "$(cat sock)"
}

@test "beyond -N connections wait, without a process, and are served in turn" {
	accept_at server -N 2 127.0.0.1:0 sh -c 'echo served; cat'
	feed 5 one socat - "TCP:127.0.0.1:$port"
	feed 6 two socat - "TCP:127.0.0.1:$port"
	within 5 says one.out
	within 5 says two.out
	remember
	feed 7 three socat -t 9 - "TCP:127.0.0.1:$port"
	run ! within 1 says three.out
	equal 'beside socat' 1 "$(grep -c . <<<"$(strangers)")"
	exec 5>&-
	within 5 says three.out
	exec 6>&- 7>&-
	ends two
	ends three
}

# too_many COMMAND ...: a server in a network of its own, which lets one session
# of an address in; what the second one hears, and the third one of another.
too_many() {
	net_begin
	start server ./in_net "$@"
	within 5 says server.out || { cat server.err; return 1; }
	port=$(sed 's/.*://' server.out)
	./in_net ip address add 198.51.100.1/24 dev hole
	./in_net timeout 60 "$python" -c '
import socket, sys, time
port = int(sys.argv[1])
first = socket.create_connection(("192.0.2.1", port))
print(first.recv(6).decode().strip())
for i in range(100):
    # Its request would make a mere close(2) reset the connection.
    s = socket.create_connection(("192.0.2.1", port))
    s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + bytes(20000))
    answer = s.makefile("rb", newline="").read()
    if i == 0:
        print(answer.decode().split("\r")[0])
    s.close()
other = socket.create_connection(("2001:db8::1", port))
print(other.recv(6).decode().strip())
first.close()
while True:
    s = socket.create_connection(("192.0.2.1", port))
    if s.recv(6) == b"hello\n":
        break
    time.sleep(0.05)
print("again")
' "$port" >said 2>said.err || { cat said said.err; return 1; }
}

@test "sessions of one address: 429 beyond them, without a process, others are let in" {
	too_many ws-accept -v -N 900,1 0 sh -c 'echo hello; exec cat'
	same - said <<-'END'
		hello
		HTTP/1.1 429 Too Many Requests
		hello
		again
	END
	grep -qx 'ws-accept: 192.0.2.1: refused with 429: too many sessions from one address (RFC 6585, 4)' server.err
	grep -q '^ws-accept: 2: from 2001:db8::1, ' server.err
}

@test "with HTTPS=on who has too many hears nothing, as that would be no TLS" {
	HTTPS=on too_many ws-accept -N 900,1 0 sh -c 'echo hello; exec cat'
	same - said <<-'END'
		hello

		hello
		again
	END
}

@test "a peer that was refused and stays holds nothing for long" {
	net_begin
	start server ./in_net ws-accept -N 900,1 192.0.2.1:0 sh -c 'echo hello; exec cat'
	within 5 says server.out
	port=$(sed 's/.*://' server.out)
	start crowd ./in_net "$python" -c '
import socket, sys, time
port = int(sys.argv[1])
crowd = [socket.create_connection(("192.0.2.1", port)) for _ in range(300)]
for s in crowd[1:]:
    assert s.recv(12) == b"HTTP/1.1 429"
print("there", flush=True)
time.sleep(60)
' "$port"
	within 20 says crowd.out
	# Those that every process has, a listener, and the pipes.
	within 5 eval '[ "$(ls "/proc/$(pgrep -P "${pid[server]}" ws-accept ||
	    echo "${pid[server]}")/fd" | wc -l)" -le 20 ]'
}

@test "without descriptors: said once, and served as soon as there are some" {
	need prlimit
	accept_at server 127.0.0.1:0 echo hello
	limit=$(prlimit -p "${pid[server]}" -n -o SOFT --noheadings)
	prlimit -p "${pid[server]}" -n4:
	start peer ws-connect "tcp:127.0.0.1:$port" sh -c 'cat >&4'
	within 5 grep -qx 'ws-accept: accept a connection: Too many open files: trying again' server.err
	run ! within 1 says peer.out
	equal 'said once' 1 "$(wc -l <server.err)"
	prlimit -p "${pid[server]}" -n"$limit":
	within 5 says peer.out
	equal answer hello "$(cat peer.out)"
}

@test "without processes or memory: said once, and the connection is held" {
	need strace
	for error in EAGAIN ENOMEM; do
		start server strace -qq -o trace -e trace=clone,clone3,vfork,fork -e \
		    inject=clone,clone3,vfork,fork:error=$error:when=1 \
		    "$root/cmd/ws-accept" 127.0.0.1:0 echo hello
		within 5 says server.out
		equal "$error" hello "$(hear "tcp:$(cat server.out)" </dev/null)"
		grep -q '^ws-accept: echo: .*: trying again$' server.err
		equal 'said once' 1 "$(wc -l <server.err)"
		kill "$(pgrep -P "${pid[server]}" ws-accept)"
		ends server || true
	done
}

@test "a program that is not there: a sentence for each, and the listener goes on" {
	accept_at server 127.0.0.1:0 ./program
	equal nothing '' "$(hear "tcp:127.0.0.1:$port" </dev/null)"
	within 5 grep -qx 'ws-accept: ./program: No such file or directory' server.err
	printf '#!/bin/sh\necho here\n' >program
	chmod +x program
	equal answer here "$(hear "tcp:127.0.0.1:$port" </dev/null)"
}

@test "-v: sessions have numbers, and what ended them is said" {
	accept_at server -v 127.0.0.1:0 sh -c 'read -r line; eval "$line"'
	for line in 'exit 3' 'kill -9 $$'; do
		remember
		bounded ws-connect "tcp:127.0.0.1:$port" sh -c 'echo "$1"; cat' sh "$line"
		all_gone
	done
	within 5 grep -q 'ws-accept: 2: ended' server.err
	sed 's/process [0-9]*/process P/; s/after [0-9]* ms/after T/' server.err >said
	same - said <<-'END'
		ws-accept: 1: from 127.0.0.1, process P
		ws-accept: 1: ended with status 3 after T
		ws-accept: 2: from 127.0.0.1, process P
		ws-accept: 2: ended by signal 9 after T
	END
}

# a_session ARG ...: a server with these, and a session that has begun.
a_session() {
	accept_at server 127.0.0.1:0 "$@"
	feed 5 client ws-client -aw 0.5 "$url"
	echo 'text "x"' >&5
	within 5 grep -q x client.out
}

@test "SIGTERM, SIGINT, SIGHUP: sessions end with Close 1001, and it waits for them" {
	raw_tcp echo 'exec cat'
	target=tcp:127.0.0.1:$port
	for signal in TERM INT HUP; do
		for to in cat "$target"; do
			a_session ws-handshake -s ws-session "$to"
			stop server "$signal"
			ends client
			exec 5>&-
			grep -qx 'close 1001' client.out
			run ! grep -E 'ws-(frame|session) .*-s' <<<"$(ours)"
		done
	done
	stop echo || true
	within 5 nothing_left
}

@test "SIGTERM: what knows nothing of a lifeline is waited for; a second one ends it" {
	accept_at server 127.0.0.1:0 sh -c 'echo hello; cat'
	feed 5 peer socat -t 9 - "TCP:127.0.0.1:$port"
	within 5 says peer.out
	kill "${pid[server]}"
	within 5 eval '! listens "$port"'
	run ! within 1 ended server
	kill "${pid[server]}"
	run -143 ends server
	echo more >&5
	within 5 grep -qx more peer.out
	exec 5>&-
	ends peer
	within 5 nothing_left
}

@test "kill -9: the port is free, sessions end with 1001, and nothing is left" {
	a_session "${websocket[@]}"
	kill -9 "${pid[server]}"
	ends server || true
	run ! listens "$port"
	ends client
	exec 5>&-
	grep -qx 'close 1001' client.out
	within 5 nothing_left
}

@test "SIGTERM with a connection that says nothing, and with one that was refused" {
	accept_at server 127.0.0.1:0 "${websocket[@]}"
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	within 5 eval 'grep -q ws-handshake <<<"$(strangers)"' || true
	stop server
	exec 8>&-
	within 5 nothing_left
}

@test "children of who became ws-accept are none of its sessions" {
	start server sh -c 'sleep 0.2 & exec ws-accept -v 127.0.0.1:0 echo hello'
	within 5 says server.out
	within 5 eval '! grep -q "sleep 0.2" <<<"$(ours)"'
	equal answer hello "$(hear "tcp:$(cat server.out)" </dev/null)"
	run grep -c ended server.err
	equal ended 1 "$output"
}

@test "it gathers neither descriptors nor zombies, and serves many at once" {
	accept_at server 127.0.0.1:0 echo hello
	open_now() { find "/proc/${pid[server]}/fd" -type l | wc -l; }
	hear "tcp:127.0.0.1:$port" </dev/null
	before=$(open_now)
	for i in $(seq 40); do
		start "c$i" ws-connect "tcp:127.0.0.1:$port" sh -c 'cat >&4'
	done
	for i in $(seq 40); do
		ends "c$i" 20
		equal "$i" hello "$(cat "c$i.out")"
	done
	within 5 eval '[ "$(open_now)" -eq "$before" ]'
	within 5 eval '[ -z "$(ps -o stat= --ppid "${pid[server]}" | grep Z)" ]'
}

@test "without standard descriptors nothing is mixed up" {
	start server sh -c 'exec 0<&- 2>&-; exec ws-accept 127.0.0.1:0 sh -c "cat; echo end"'
	within 5 says server.out
	port=$(sed 's/.*://' server.out)
	equal answer $'hello\nend' "$(bounded socat -t 9 - "TCP:127.0.0.1:$port" <<<hello)"
}
