#!/usr/bin/env bats
# ws-connect: the way to a server, with TLS and without; fronts.bats has proxies.
#
# Not tested: names that have several addresses.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session

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
