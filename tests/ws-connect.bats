#!/usr/bin/env bats
# ws-connect: the way to a server, with TLS and without; fronts.bats has proxies.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session

# net_begin: a network of the test's own.  Names come from the file hosts; the
# name server is 127.0.0.1.  Besides the loopback it has an interface from which
# nothing returns: the addresses 192.0.2.2 and up, and 2001:db8::2 and up, are
# black holes.
net_begin() {
	need ip unshare nsenter
	: >>hosts
	echo 'nameserver 127.0.0.1' >resolv.conf
	start net unshare -rnm sleep 100
	make_in_net
	within 5 ./in_net test -w /etc/hosts &&
		./in_net sh -ec 'ip link set lo up
			ip link add hole type veth peer name end
			ip link set end up
			ip link set hole arp off
			ip address add 192.0.2.1/24 dev hole
			ip address add 2001:db8::1/64 dev hole nodad
			ip link set hole up
			mount --bind hosts /etc/hosts
			mount --bind resolv.conf /etc/resolv.conf' 2>net.log ||
		skip "no network of the test's own to be had: $(cat net.err net.log)"
}

# ./in_net COMMAND ...: in that network.
make_in_net() {
	cat >in_net <<-END
	#!/bin/sh
	exec nsenter -t ${pid[net]} -U -n -m --preserve-credentials --wd="\$PWD" "\$@"
	END
	chmod +x in_net
}

# net_serve NAME ARG ...: ws-listen in that network; sets port.
net_serve() {
	start "$1" ./in_net ws-listen "${@:2}"
	within 5 says "$1.out" || {
		echo "$1 does not listen: $(cat "$1.err")"
		return 1
	}
	port=$(sed 's/.*://' "$1.out")
}

# net_tcp NAME COMMAND: a plain service there for a command line of sh; sets port.
net_tcp() {
	port=$(free_port)
	printf '#!/bin/sh\n%s\n' "$2" >"$1.sh"
	chmod +x "$1.sh"
	start "$1" ./in_net socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" \
		"EXEC:./$1.sh,nofork"
	within 5 ./in_net ws-connect -q "tcp:127.0.0.1:$port" true
}

# in_time MS COMMAND ...: it ends before; its status and output.
in_time() {
	local start=${EPOCHREALTIME/[.,]/} status=0
	"${@:2}" || status=$?
	start=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	[ "$start" -lt $(($1 * PATIENCE)) ] || {
		echo "took $start ms: ${*:2}"
		return 125
	}
	return "$status"
}

@test "ws-connect: a name cannot break out of what stunnel is told" {
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

@test "a Unix socket whose queue is full is waited for, no longer than -w" {
	serve full "$python" -c '
import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("full.sock")
s.listen(0)
waiting = [socket.socket(socket.AF_UNIX) for _ in range(2)]
for c in waiting:
    c.setblocking(False)
    c.connect_ex("full.sock")
print(0, flush=True)
time.sleep(1)
s.setblocking(False)
while True:
    try:
        s.accept()[0].close()
    except BlockingIOError:
        time.sleep(0.02)
'
	run -28 --separate-stderr timeout 10 ws-connect -w 0.2 unix:full.sock true
	[ "$stderr" = 'ws-connect: connect unix:full.sock: Connection timed out' ]
	timeout 30 ws-connect -w 20 unix:full.sock true
}

@test "several addresses: one that is dead costs a quarter of a second (RFC 8305, 5)" {
	printf '%s twoways\n' 192.0.2.9 2001:db8::9 127.0.0.1 >hosts
	net_begin
	printf 'hello' >in
	# What -w would cost, once, is more than the limit here.
	net_serve server 127.0.0.1:0 cat
	in_time 8000 ./in_net timeout 15 ws-client -w 20 "ws://twoways:$port/" <in >out
	cmp in out
	# A server's target.
	net_tcp target 'exec cat'
	net_serve relay -w 20 127.0.0.1:0 "tcp:twoways:$port"
	in_time 8000 ./in_net timeout 15 ws-client "ws://127.0.0.1:$port/" <in >out
	cmp in out
	# A proxy.
	net_tcp proxy 'while read -r line && [ ${#line} -gt 1 ]; do :; done
		printf "HTTP/1.1 200 Connected\r\n\r\n"; echo through'
	in_time 8000 ./in_net timeout 15 ws-connect -w 20 -x "http://twoways:$port" \
		tcp:server.example:80 sh -c 'head -n 1 >&4' >out
	[ "$(cat out)" = through ]
	# All are black holes: the limit, once, is for all of them.
	printf '%s holes\n' 192.0.2.7 2001:db8::7 192.0.2.8 >hosts
	run -28 --separate-stderr in_time 8000 ./in_net timeout 15 ws-connect -w 1 \
		tcp:holes:80 true
	[[ $stderr = 'ws-connect: connect tcp:holes:80: Connection timed out ('*', '*', '*')' ]]
}

@test "a name server that never answers: status 28 after -w, and nothing is left" {
	net_begin
	# It takes the questions.
	start names ./in_net socat -u UDP-RECV:53,bind=127.0.0.1 CREATE:questions
	within 5 ./in_net sh -c 'ss -Hlun | grep -q :53'
	for target in tcp:server.example:80 'tcp:[::1]:80 -x http://proxy.example:80'; do
		echo "$target"
		# shellcheck disable=SC2086 # words
		set -- $target
		run -28 --separate-stderr in_time 8000 ./in_net timeout 15 \
			ws-connect -w 1 "${@:2}" "$1" true
		[ "$output" = "" ]
		[[ $stderr = 'ws-connect: connect tcp:'*'.example:80: no answer from the name service in time' ]]
	done
	run -28 in_time 8000 ./in_net timeout 15 ws-client -w 1 ws://server.example/ </dev/null
	says questions
	# The target of a server.
	net_serve relay -w 1 127.0.0.1:0 tcp:server.example:80
	remember
	run -14 in_time 8000 ./in_net timeout 15 ws-client "ws://127.0.0.1:$port/" </dev/null
	all_gone
	# What needs no name server pays nothing, and localhost is known.
	run -111 in_time 8000 ./in_net ws-connect -w 20 tcp:localhost:1 true
	[[ $output = *': Connection refused (::1, 127.0.0.1)' ]]
	# One that is killed leaves no look-up behind.
	start killed ./in_net ws-connect -w 60 tcp:server.example:80 true
	within 5 eval '[ "$(grep -c "ws-connect -w 60" <<<"$(ours)")" = 2 ]'
	kill -9 "${pid[killed]}"
	all_gone
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
	within 5 eval 'grep -q stunnel <<<"$(ours)"'
	ends client || :
	within 12 eval '! grep -q "stunnel\|relay-of" <<<"$(ours)"'
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
