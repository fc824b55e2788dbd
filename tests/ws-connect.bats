#!/usr/bin/env bats
# ws-connect: the way to a server, with TLS and without; fronts.bats has proxies.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session
load net

has_size() {
	[ -e "$1" ] && [ "$(wc -c <"$1")" -ge "$2" ]
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
	listen server -w "$PATIENCE" 127.0.0.1:0 "$target"
	run -14 client -w $((9 * PATIENCE)) "$url" </dev/null
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
	net_serve server -S twoways 127.0.0.1:0 cat
	in_time 8000 ./in_net timeout 15 ws-client -w 20 "ws://twoways:$port/" <in >out
	cmp in out
	certificates
	net_serve secure -S twoways -E both.pem 127.0.0.1:0 cat
	in_time 8000 ./in_net timeout 15 ws-client -I -w 20 "wss://twoways:$port/" <in >out
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
	run -28 in_time 8000 ./in_net timeout 15 ws-client -w 1 wss://server.example/ </dev/null
	says questions
	# The target of a server.
	net_serve relay -w "$PATIENCE" 127.0.0.1:0 tcp:server.example:80
	remember
	run -14 in_time 8000 ./in_net timeout 15 ws-client -w $((9 * PATIENCE)) \
		"ws://127.0.0.1:$port/" </dev/null
	all_gone
	# What needs no name server pays nothing, and localhost is known.
	run -111 in_time 8000 ./in_net ws-connect -w 20 tcp:localhost:1 true
	[[ $output = *': Connection refused (::1, 127.0.0.1)' ]]
	# One that is killed leaves no look-up behind; none beyond its limit where the
	# system tells no child of such an end.
	start killed ./in_net ws-connect -w $((4 * PATIENCE)) tcp:server.example:80 true
	within 3 eval '[ "$(grep -c "ws-connect -w" <<<"$(ours)")" = 2 ]'
	kill -9 "${pid[killed]}"
	all_gone 9
}

@test "zones of link-local addresses: server, target, proxy, source, and never in Host" {
	net_begin
	net_serve server '[fe80::5%hole]:0' sh -c 'echo "$HTTP_HOST $REMOTE_ADDR"'
	[ "$(cat server.out)" = "[fe80::5%hole]:$port" ]
	for url in "ws://[fe80::5%25hole]:$port/" "ws://[fe80::5%hole]:$port/"; do
		./in_net ws-client "$url" </dev/null >out
		[ "$(cat out)" = "[fe80::5]:$port fe80::5" ]
	done
	run -111 ./in_net ws-client "ws://[fe80::5%25lo]:$port/" </dev/null
	run -111 ./in_net ws-client "ws://[fe80::5%25none]:$port/" </dev/null
	[ "$output" = "ws-connect: connect tcp:[fe80::5%none]:$port: no such interface" ]
	run -111 ./in_net ws-client "ws://[fe80::5]:$port/" </dev/null
	[[ $output = *': a link-local address needs its zone, as in [fe80::1%eth0]' ]]
	./in_net ws-connect -M 'fe80::5%hole' "tcp:[fe80::5%hole]:$port" true
	run -111 ./in_net ws-connect -M 'fe80::5%none' "tcp:[fe80::5%hole]:$port" true
	[ "$output" = 'ws-connect: -M: fe80::5%none: no such interface' ]
	run -111 ./in_net ws-connect -M 192.0.2.77 tcp:192.0.2.1:1 true
	[[ $output = *': Cannot assign requested address: -M is not an address of this machine' ]]
	# It is no part of the name in a certificate.
	openssl req -x509 -newkey rsa:2048 -nodes -keyout zone.key -out zone.pem \
		-subj /CN=zone -days 2 -addext subjectAltName=IP:fe80::5 2>openssl.log
	cat zone.pem zone.key >zone.both
	net_serve secure -E zone.both '[fe80::5%hole]:0' sh -c 'echo "$HTTP_HOST $REMOTE_ADDR"'
	./in_net ws-client -K zone.pem "wss://[fe80::5%25hole]:$port/" </dev/null >out
	[ "$(cat out)" = "[fe80::5]:$port fe80::5" ]
	# The zone of a proxy is ours; that of the server is not told to it.
	net_tcp proxy 'while read -r line && [ ${#line} -gt 1 ]; do
			echo "$line" >>asked
		done
		printf "HTTP/1.1 200 Connected\r\n\r\n"; echo through'
	./in_net ws-connect -x "http://[fe80::5%25hole]:$port" 'tcp:[fe80::9%hole]:80' \
		sh -c 'head -n 1 >&4' >out
	[ "$(cat out)" = through ]
	grep -qx $'CONNECT \\[fe80::9\\]:80 HTTP/1.1\r' asked
	run ! grep % asked
}

@test "no network for one of the addresses: the other is used, and both are told of" {
	printf '%s some\n' 2001:db8:1::1 127.0.0.1 >hosts
	net_begin
	net_tcp server 'exec cat'
	./in_net ws-connect "tcp:some:$port" true
	run -111 ./in_net ws-connect tcp:some:1 true
	[ "$output" = 'ws-connect: connect tcp:some:1: Connection refused (127.0.0.1); Network is unreachable (2001:db8:1::1)' ]
}

@test "ws-listen: a name of IPv4, of IPv6, of both, where the first counts, and of none" {
	need openssl
	certificates
	printf '%s\n' '127.0.0.1 four both' '2001:db8::1 six both' >hosts
	net_begin
	for row in four-127.0.0.1 'six-[2001:db8::1]' both-127.0.0.1; do
		net_serve "${row%%-*}" "${row%%-*}:0" cat
		[ "$(./in_net ws-client "ws://${row#*-}:$port" <<<hello)" = hello ]
		net_serve "tls${row%%-*}" -E both.pem "${row%%-*}:0" cat
		[ "$(./in_net ws-client -I "wss://${row#*-}:$port" <<<hello)" = hello ]
	done
	run -111 ./in_net ws-listen none:0 cat
	[[ $output == 'ws-listen: '*none* ]]
}

@test "hosts and ports that are none are refused, each with its sentence" {
	plain='not tcp:HOST:PORT, tcp:[HOST]:PORT or unix:PATH'
	ipv4='an IPv4 address is four decimal numbers, without zeros in front (RFC 3986, 3.2.2)'
	label='part of a host name that is empty or longer than 63 characters (RFC 1035, 2.3.4)'
	ipv6='no IPv6 address in the brackets, or no zone behind it (RFC 3986, 3.2.2)'
	port='the port is not one of 1 to 65535'
	rows=0
	while IFS='|' read -r target sentence; do
		rows=$((rows + 1))
		echo "$target"
		run -100 --separate-stderr ws-connect -U "$target" true
		[ "$stderr" = "ws-connect: $target: $sentence" ]
		[ "$output" = "" ]
	done <<-END
	tcp:127.1:80|$ipv4
	tcp:2130706433:80|$ipv4
	tcp:0x7f.0.0.1:80|$ipv4
	tcp:010.0.0.1:80|$ipv4
	tcp:1.2.3.4.:80|$ipv4
	tcp:256.1.1.1:80|$ipv4
	tcp:a..b:80|$label
	tcp:.a:80|$label
	tcp:.:80|$label
	tcp:bücher.example:80|host name beyond ASCII: write it as xn--... (RFC 5890, 2.3.2.1)
	tcp:user@a:80|$plain
	tcp:%61:80|$plain
	tcp:127.0.0.1%lo:80|$plain
	tcp:fe80::1%eth0:80|$plain
	tcp:::1:80|$plain
	tcp::80|$plain
	tcp:a|$plain
	tcp:a:|$plain
	tcp:[127.0.0.1]:80|$ipv6
	tcp:[dead]:80|$ipv6
	tcp:[::1%]:80|$ipv6
	tcp:[]:80|$ipv6
	tcp:[::1:80|$plain
	tcp:a:0|$port
	tcp:a:65536|$port
	tcp:a:4294967376|$port
	tcp:a:8 0|$port
	END
	[ "$rows" -eq 27 ]
	for target in tcp:a.:80 tcp:xn--bcher-kva.example:80 'tcp:[fe80::1%eth0]:1' \
		tcp:a:http tcp:1.example:65535; do
		ws-connect -U "$target" true
	done
}

@test "-J: the address to connect to, apart from the one that is asked for" {
	start unix ws-listen unix:./socket sh -c 'echo "$HTTP_HOST $PATH_INFO"'
	within 5 test -S socket
	client -J unix:./socket ws://far.example:81/x/y </dev/null >out
	[ "$(cat out)" = 'far.example:81 /x/y' ]
	listen plain -S far.example 127.0.0.1:0 sh -c 'echo "$HTTP_HOST"'
	client -J "tcp:127.0.0.1:$port" ws://far.example/ </dev/null >out
	[ "$(cat out)" = far.example ]
	run -111 client -J tcp:127.0.0.1:1 "$url" </dev/null
	[ "$output" = 'ws-connect: connect tcp:127.0.0.1:1: Connection refused' ]
	# The certificate is still that of the name in the URL.
	certificates
	listen secure -E both.pem 127.0.0.1:0 sh -c 'echo "$HTTP_HOST"'
	client -K ca.pem -J "tcp:127.0.0.1:$port" wss://localhost/ </dev/null >out
	[ "$(cat out)" = localhost ]
	run -111 client -K ca.pem -J "tcp:127.0.0.1:$port" wss://far.example/ </dev/null
	[[ $output = *certificate*far.example* ]]
	# A proxy is asked for it.
	raw_tcp proxy 'head -n 1 >asked; printf "HTTP/1.1 404 x\r\n\r\n"'
	run -22 timeout 10 ws-connect -x "http://127.0.0.1:$port" \
		-J tcp:near.example:8080 tcp:far.example:80 true
	grep -q '^CONNECT near.example:8080 ' asked
	for bad in far.example unix: tcp:a tls:a:1 ''; do
		run -100 client -J "$bad" ws://far.example/ </dev/null
	done
	run -100 ws-connect -x http://127.0.0.1:1 -J unix:./socket tcp:a:1 true
	[ "$output" = 'ws-connect: -x: no proxy leads to unix:./socket' ]
}

@test "SOCKS 5: an address is asked for as one, a name as a name (RFC 1928, 5)" {
	raw_tcp proxy 'printf "\005\000"; exec cat >asked'
	while read -r target bytes; do
		echo "$target"
		rm -f asked
		start asker ws-connect -x "socks5://127.0.0.1:$port" "$target" true
		within 5 has_size asked $((3 + ${#bytes} / 2))
		stop asker || :
		[ "$(od -An -v -tx1 asked | tr -d ' \n')" = "050100$bytes" ]
	done <<-'END'
	tcp:192.0.2.1:80 05010001c00002010050
	tcp:[2001:db8::1]:80 0501000420010db80000000000000000000000010050
	tcp:a.example:80 0501000309612e6578616d706c650050
	END
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
	start client ws-client -I -w "$PATIENCE" -X "$PATIENCE" \
	    "wss://127.0.0.1:$port/"
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
