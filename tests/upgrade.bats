#!/usr/bin/env bats
# -G: the connection is switched to another protocol, and no frames follow
# (RFC 9110, 7.8).

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load session

# tcp_request [FIELD ...]: a request for Upgrade: tcp.
tcp_request() {
	printf 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\n'
	printf 'Upgrade: h2c, TCP\r\n'
	[ $# = 0 ] || printf '%s\r\n' "$@"
	printf '\r\n'
}

# tcp_answer [FIELD ...]: the answer to one.
tcp_answer() {
	printf 'HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n'
	[ $# = 0 ] || printf '%s\r\n' "$@"
	printf '\r\n'
}

@test "the client's request has no Sec-WebSocket fields, and may be for http and https" {
	printf 'GET /x HTTP/1.1\r\nHost: h:81\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n' >wanted
	for scheme in ws http; do
		ws-handshake -c -G tcp "$scheme://h:81/x" | cmp - wanted
	done
	[ "$(ws-handshake -c -U -G tcp https://h/x)" = tls:h:443 ]
	run -100 ws-handshake -c -U http://h/x
}

@test "with \",key\": key and version are sent, wanted, and proved" {
	ws-handshake -c -k dGhlIHNhbXBsZSBub25jZQ== -G websocket,key ws://h/ >in
	grep -q '^Sec-WebSocket-Version: 13' in
	ws-handshake -s -G websocket,key <in >out
	grep -q '^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' out
	run -22 --separate-stderr ws-handshake -s -G tcp,key < <(tcp_request)
	[ "$stderr" = 'ws-handshake: refused with 400: not exactly one Sec-WebSocket-Version of 0 to 255 (RFC 6455, 4.3)' ]
	run -2 --separate-stderr ws-handshake -c -G tcp,key ws://h/ true \
		< <(tcp_answer)
	[ "$stderr" = 'ws-handshake: answer without the right Sec-WebSocket-Accept (RFC 6455, 4.1)' ]
}

@test "the server: fields in any order, no key wanted, one that came is proved" {
	tcp_request | ws-handshake -s -G tcp >out
	printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n' |
		cmp - out
	tcp_request 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
		'Sec-WebSocket-Protocol: ,x,x' | ws-handshake -s -G tcp >out
	grep -q '^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' out
	run ! grep -q Protocol: out
	tcp_request 'Sec-WebSocket-Key: short' | ws-handshake -s -G tcp >out
	run ! grep -q Accept out
	# docker(1) attaches by POST.
	tcp_request 'Content-Length: 0' | sed '1s/GET/POST/' |
		ws-handshake -s -G tcp | grep -q '^HTTP/1.1 101 '
}

@test "the server refuses: another protocol, no Connection, content" {
	refusal() {
		run -22 --separate-stderr ws-handshake -s -G IRC/6.9
		[[ "$output" = "HTTP/1.1 $1 "* ]]
		[ "$stderr" = "ws-handshake: refused with $2" ]
	}
	refusal 426 '426: no upgrade to the protocol of -G asked for (RFC 9110, 7.8)' \
		< <(tcp_request)
	[[ "$output" = *$'\r\nUpgrade: IRC/6.9\r\n'* ]]
	[[ "$output" != *Sec-WebSocket* ]]
	refusal 400 '400: Connection field without Upgrade (RFC 6455, 4.2.1)' \
		< <(tcp_request | sed 's|TCP|irc/6.9|; s/, upgrade//')
	refusal 400 '400: request with content (RFC 9110, 7.8)' \
		< <(tcp_request 'Content-Length: 5' | sed 's|TCP|irc/6.9|')
	refusal 426 '426: HTTP/1.0 knows no upgrade (RFC 9110, 7.8)' \
		< <(tcp_request | sed 's|TCP|irc/6.9|; 1s/1.1/1.0/')
}

@test "the client takes an answer by its fields, and refuses another protocol" {
	tcp_answer 'Content-Type: application/vnd.docker.raw-stream' >in
	printf 'all else' >>in
	ws-handshake -c -G tcp ws://h/ sh -c 'cat >rest; echo "$WS_ROLE $WS_UPGRADE ${WS_VERSION-none}" >told' <in >out
	[ "$(cat rest told)" = 'all elseclient tcp none' ]
	run -2 --separate-stderr ws-handshake -c -G irc ws://h/ true \
		< <(tcp_answer)
	[ "$stderr" = 'ws-handshake: answer without an Upgrade to the protocol asked for (RFC 9110, 7.8)' ]
	run -22 --separate-stderr ws-handshake -c -G tcp ws://h/ true \
		< <(printf 'HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n')
	[ "$stderr" = 'ws-handshake: refused with 409 Conflict' ]
}

@test "what is no protocol, and options that have no meaning without frames" {
	for name in '' 'a b' 'a/' '/1' 'a,b' 'a,key,key' 'a/1/2' $'a\nb' \
		"$(printf '%065d' 1)"; do
		run -100 --separate-stderr ws-handshake -s -U -G "$name"
		[ "$stderr" = "ws-handshake: -G: not a protocol such as tcp or IRC/6.9, of at most 64 bytes, or one and \",key\" (RFC 9110, 7.8)" ]
	done
	for option in '-p chat' -z '-O hybi-07'; do
		# shellcheck disable=SC2086 # two words
		run -100 ws-handshake -s -U -G tcp $option
	done
	run -100 ws-handshake -c -U -G tcp -k dGhlIHNhbXBsZSBub25jZQ== ws://h/
	for option in -0 -6 -1 '-i 1' '-e 1000' -n -j '-B 5' '-D x'; do
		# shellcheck disable=SC2086 # two words
		run -100 --separate-stderr ws-client -G tcp $option ws://127.0.0.1:1/
		[ "$stderr" = 'ws-session: without frames, after -G, there are only -5, -q, -T, -v, -w and -X' ]
	done
}

@test "bytes there and back: a command, a TCP service, a Unix socket; nothing stays" {
	head -c 30000000 /dev/urandom >in
	raw_tcp echo 'exec cat'
	start unix socat "UNIX-LISTEN:$PWD/socket,fork" EXEC:cat,nofork
	within 5 test -S socket
	for target in cat "tcp:127.0.0.1:$port" "unix:$PWD/socket"; do
		listen server -G tcp 127.0.0.1:0 "$target"
		remember
		client -G tcp "http://127.0.0.1:$port/" <in >out
		cmp in out
		all_gone
		stop server
		[ ! -s server.err ]
	done
}

@test "half-close travels: the answer may come long after the end of the question" {
	listen server -G tcp -w 0.2 127.0.0.1:0 sh -c 'n=$(wc -c); echo >counted
		until [ -e go ]; do sleep 0.1; done; echo "$n"'
	printf 12345 >in
	client -G tcp "http://127.0.0.1:$port/" <in >out &
	within 10 test -e counted
	touch go
	wait "$!"
	[ "$(cat out)" -eq 5 ]
}

@test "half-close travels: what is sent after the server's end arrives" {
	listen server -G tcp 127.0.0.1:0 \
		sh -c 'echo hello; exec >&-; cat >later'
	feed 6 client ws-client -G tcp "http://127.0.0.1:$port/"
	within 10 grep -qx hello client.out
	echo more >&6
	exec 6>&-
	ends client
	within 10 grep -qx more later
}

@test "first bytes in the segment of the head, and curl's view" {
	listen server -S '*' -G tcp 127.0.0.1:0 sh -c 'head -n 1'
	{ tcp_request; echo first; } |
		timeout 10 socat -t 10 - "TCP:127.0.0.1:$port" >out
	[ "$(tail -n 1 out)" = first ]
	need curl
	timeout 10 curl -si -H 'Connection: Upgrade' -H 'Upgrade: other' \
		"http://127.0.0.1:$port/" >out
	grep -q '^HTTP/1.1 426 ' out
	grep -qi '^Upgrade: tcp' out
}

@test "a target out of reach, a command that does not start, one that fails" {
	run -14 --separate-stderr ws-session -s -G tcp tcp:127.0.0.1:1 </dev/null
	[ -n "$stderr" ]
	run -111 --separate-stderr ws-session -s -G tcp ./missing </dev/null
	[ "$stderr" = 'ws-session: ./missing: No such file or directory' ]
	run -111 ws-session -5 -s -G tcp sh -c 'exit 3' </dev/null
	run -0 ws-session -s -G tcp sh -c 'exit 3' </dev/null
}

@test "-T and -X end a session, and the command with it" {
	stubborn_command
	for option in '-T 0.3' '-X 0.3'; do
		# shellcheck disable=SC2086 # two words
		feed 5 session ws-session -s -w 0.1 -G tcp $option ./stubborn
		status=0
		ends session 10 || status=$?
		exec 5>&-
		case $option in
		-T*) [ "$status" = 6 ] ;;
		-X*) [ "$status" = 28 ] ;;
		esac
		[ "$(grep -c stubborn session.err)" = 1 ]
		[ "$(wc -l <session.err)" = 2 ]
	done
}

@test "the listener's end ends its sessions; a signal ends a client" {
	stubborn_command
	listen server -G tcp -w "$PATIENCE" 127.0.0.1:0 ./stubborn
	feed 5 client ws-client -G tcp "http://127.0.0.1:$port/"
	within 5 grep -q ready client.out
	stop server
	exec 5>&-	# the other half
	ends client
	listen server -G tcp 127.0.0.1:0 cat
	feed 6 client ws-client -G tcp "http://127.0.0.1:$port/"
	echo x >&6
	within 5 says client.out
	status=0
	stop client || status=$?
	[ "$status" = 143 ]
	exec 6>&-
}

@test "nobody reads the client's output any more: it ends, as a filter does" {
	listen server -G tcp 127.0.0.1:0 sh -c 'echo x; cat >/dev/null'
	feed 5 client sh -c "ws-client -G tcp http://127.0.0.1:$port/ | head -n 1"
	ends client
	exec 5>&-
}

@test "ws-handshake by itself: the command gets the connection" {
	{ tcp_request; echo hello; } |
		ws-handshake -s -G tcp tr a-z A-Z >out
	[ "$(tail -n 1 out)" = HELLO ]
}

@test "-f: a request for another protocol, WebSocket too, is passed on" {
	listen server -G tcp -f 'cat; echo other' 127.0.0.1:0 cat
	tcp_request | sed 's/TCP/websocket/' |
		timeout 10 socat -t 10 - "TCP:127.0.0.1:$port" >out
	grep -q '^Upgrade: h2c, websocket' out
	[ "$(tail -n 1 out)" = other ]
}
