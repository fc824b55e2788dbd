#!/usr/bin/env bats
# Tor's transport webtunnel, both sides, beside websocket and behind nginx.

# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load session
load nginx
load tor

# bridge_at ORPORT [ARG ...]: the server's side, both transports; sets bridge to
# the port of webtunnel.
bridge_at() {
	local target=$1
	shift
	bridge=$(free_port)
	TOR_PT_SERVER_TRANSPORTS=websocket,webtunnel TOR_PT_ORPORT=$target \
		TOR_PT_SERVER_BINDADDR=websocket-127.0.0.1:0,webtunnel-127.0.0.1:$bridge \
		TOR_PT_SERVER_TRANSPORT_OPTIONS=${options-'other:url=x;webtunnel:url=https\://h.example/a=b'} \
		run_tor 5 server server "$@"
}

tor_client() {
	TOR_PT_CLIENT_TRANSPORTS=webtunnel,websocket run_tor 6 client client "$@"
	socks=$(port_of client webtunnel)
}

# asked ARGUMENTS: as tor asks for a bridge with them.
asked() {
	through "$socks" 2001:db8::1 443 "$1"
}

# all_of FILE: what comes back of the test's file is there.
all_of() {
	[ "$(wc -c <"$1")" -ge 300006 ]
}

@test "the lines of the two sides name both transports" {
	bridge_at 127.0.0.1:1
	[ "$(sed -n 's/\[2001:db8:[0-9a-f:]*\]/ADDRESS/; /webtunnel/p' server.out)" = \
		'SMETHOD webtunnel ADDRESS:443 ARGS:url=https://h.example/a\=b,ver=0.0.1' ]
	grep -q '^SMETHOD websocket 127.0.0.1:[0-9]*$' server.out
	tor_client
	[ "$(sed 's/:[0-9]*$//' client.out)" = "VERSION 1
CMETHOD webtunnel socks5 127.0.0.1
CMETHOD websocket socks5 127.0.0.1
CMETHODS DONE" ]
}

@test "SMETHOD-ERROR: no url, and one that is none; websocket goes on" {
	options='' bridge_at 127.0.0.1:1
	grep -qx 'SMETHOD-ERROR webtunnel no url= in ServerTransportOptions' server.out
	grep -q '^SMETHOD websocket ' server.out
	exec 5>&-
	ends server
	options='webtunnel:url=ftp\://x/' bridge_at 127.0.0.1:1
	grep -q '^SMETHOD-ERROR webtunnel url=: not a ' server.out
}

@test "a stream both ways; without url= the client says why" {
	raw_tcp target 'exec cat'
	bridge_at "127.0.0.1:$port"
	tor_client
	head -c 20000000 /dev/urandom >in
	remember
	asked "url=http://127.0.0.1:$bridge/any/path;ver=0.0.3;x=y" <in >out
	cmp in out
	all_gone
	run -1 asked 'ver=0.0.3' </dev/null
	within 5 grep -q 'webtunnel: no url= in the Bridge line' client.out
}

@test "a client that sends no key, as that in Go, and one that sends one" {
	raw_tcp target 'exec tr a-z A-Z'
	bridge_at "127.0.0.1:$port"
	for more in '' $'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'; do
		printf 'GET /x HTTP/1.1\r\nHost: h.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\n%s\r\nhello\n' "$more" |
			timeout 20 socat -t 15 - "TCP:127.0.0.1:$bridge" >out
		[ "$(head -n 1 out)" = $'HTTP/1.1 101 Switching Protocols\r' ]
		grep -qix $'Connection: upgrade\r' out
		grep -qix $'Upgrade: websocket\r' out
		[ "$(tail -n 1 out)" = HELLO ]
	done
}

@test "behind nginx with TLS and a secret path: USERADDR is the first of X-Forwarded-For" {
	need nginx openssl
	certificates
	export TOR_PT_AUTH_COOKIE_FILE=$PWD/cookie
	serve tor "$python" "$peers/orport.py" "$TOR_PT_AUTH_COOKIE_FILE"
	export TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:$port
	bridge_at 127.0.0.1:1
	local front
	front=$(free_port)
	run_nginx "$front" <<-END
	server { listen 127.0.0.1:$front ssl;
	  ssl_certificate server.pem; ssl_certificate_key server.key;
	  location / { return 404; }
	  location = /secret { proxy_pass http://127.0.0.1:$bridge;
	  proxy_http_version 1.1; proxy_set_header Upgrade \$http_upgrade;
	  proxy_set_header Connection upgrade;
	  proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; } }
	END
	tor_client -K ca.pem
	head -c 300000 /dev/zero | tr '\0' a >in
	# nginx passes no half-close on.
	{ cat in; within 15 all_of out; } |
		asked "url=https://localhost:$front/secret;ver=0.0.3" >out
	{ printf 'first '; tr a A <in; } | cmp - out
	grep -qx 'useraddr 127.0.0.1:1' tor.out
	grep -qx 'transport webtunnel' tor.out
	# Another name in TLS, where the certificate has it.
	cp out wanted
	: >out
	{ cat in; within 15 all_of out; } | asked \
		"url=https://127.0.0.1:$front/secret;servername=localhost" >out
	cmp wanted out
	run -1 asked "url=https://127.0.0.1:$front/secret;servername=other.example" </dev/null
	run -1 asked "url=https://localhost:$front/" </dev/null
	within 5 grep -q 'refused with 404' client.out
	[ ! -s server.err ]
}

@test "TOR_PT_PROXY: by way of the proxy, and not without it" {
	raw_tcp target 'exec cat'
	bridge_at "127.0.0.1:$port"
	proxy=$(free_port)
	printf '%s\n' '#!/bin/sh' 'echo "$SOCKS_VERSION $SOCKS_HOST" >>asked' \
		'exec ws-connect "tcp:$SOCKS_HOST:$SOCKS_PORT" \' \
		'    ws-socks -G 4 socat - FD:4' >open
	chmod +x open
	start proxy socat "TCP-LISTEN:$proxy,bind=127.0.0.1,reuseaddr,fork" \
		'EXEC:ws-socks ./open,nofork'
	listens_on "$proxy" proxy
	TOR_PT_PROXY=socks4a://127.0.0.1:$proxy tor_client
	grep -qx 'PROXY DONE' client.out
	head -c 300006 /dev/urandom >in
	# socat has half a second for the rest behind an end.
	{ cat in; within 15 all_of out; } |
		asked "url=http://127.0.0.1:$bridge/x" >out
	cmp in out
	grep -qx '4 127.0.0.1' asked
	stop proxy || true
	run -1 asked "url=http://127.0.0.1:$bridge/x" </dev/null
}

@test "-R and -N hold, and no client is named in a bridge's log" {
	raw_tcp target 'exec cat'
	bridge_at "127.0.0.1:$port" -R /secret -P -N 9,1
	port=$bridge
	cat >stranger.py <<-'END'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
		s.sendall(b"PROXY TCP4 198.51.100.7 192.0.2.1 4321 80\r\nGET " +
		    sys.argv[2].encode() + b" HTTP/1.1\r\nHost: a\r\nUpgrade: "
		    b"websocket\r\nConnection: upgrade\r\n"
		    b"X-Forwarded-For: 198.51.100.8\r\n\r\n")
		print(s.recv(12).decode(), flush=True)
		sys.stdin.read()
	END
	[ "$("$python" stranger.py "$port" /other </dev/null)" = 'HTTP/1.1 404' ]
	feed 6 held "$python" stranger.py "$port" /secret
	within 10 grep -q 'HTTP/1.1 101' held.out
	[ "$("$python" stranger.py "$port" /secret </dev/null)" = 'HTTP/1.1 429' ]
	exec 5>&- 6>&-
	ends held
	ends server
	grep -q 'refused with 404' server.err
	run -1 grep -aE '198\.51\.100|4321' server.err server.out
}

# asks_of_all_kinds PORT: what it answers strangers.
asks_of_all_kinds() {
	curl -sS -m 20 -i "http://127.0.0.1:$1/x"
	curl -sS -m 20 -i -X PUT -d more "http://127.0.0.1:$1/secret"
	# Who has heard of WebSocket, but not where.
	curl -sS -m 20 -i -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
		-H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' \
		-H 'Sec-WebSocket-Version: 13' "http://127.0.0.1:$1/"
}

@test "with -f a stranger gets the answers of the web server, to the byte" {
	need curl
	raw_tcp target 'exec cat'
	local web
	web=$(free_port)
	run_nginx "$web" <<-END
	server { listen 127.0.0.1:$web; location / {
	  add_header X-Of site; return 200 "the site\n"; } }
	END
	printf '#!/bin/sh\nexec socat - TCP:127.0.0.1:%s\n' "$web" >site
	chmod +x site
	bridge_at "127.0.0.1:$port" -R /secret -f "$PWD/site"
	for port in "$web" "$bridge" "$(port_of server)"; do
		asks_of_all_kinds "$port" | sed '/^Date:/d' >"$port.answers"
	done
	[ "$(grep -c 'the site' "$web.answers")" = 3 ]
	for port in "$bridge" "$(port_of server)"; do
		diff "$web.answers" "$port.answers"
	done
	tor_client
	head -c 300006 /dev/urandom >in
	asked "url=http://127.0.0.1:$bridge/secret" <in | cmp in -
}

@test "a client's head is that of a browser, and its sessions go through" {
	local heads=$root/common/heads head
	raw_tcp target 'exec cat'
	bridge_at "127.0.0.1:$port"
	raw_tcp observer 'sed "/^.\$/q" >seen'
	head -c 300006 /dev/urandom >in
	for head in chromium firefox; do
		tor_client -z -H "@$heads/$head"
		run -1 asked "url=http://127.0.0.1:$port/secret" </dev/null
		within 10 grep -q '^.$' seen
		ws-handshake -c -G websocket -H "@$heads/$head" \
			"http://127.0.0.1:$port/secret" >wanted
		diff <(grep -v '^Sec-WebSocket-Key' wanted) \
			<(grep -v '^Sec-WebSocket-Key' seen)
		rm seen
		asked "url=http://127.0.0.1:$bridge/x" <in | cmp in -
		through "$(port_of client)" 127.0.0.1 "$(port_of server)" <in |
			cmp in -
		exec 6>&-
		ends client
	done
	TOR_PT_CLIENT_TRANSPORTS=websocket,webtunnel run -100 --separate-stderr \
		tor-websocket-proxy --client -H "@$heads/chromium"
	[ "${lines[0]}" = 'ENV-ERROR options: -H: no Sec-WebSocket-Extensions without -z, which speaks permessage-deflate' ]
}

# go_side FD NAME COMMAND: a program of The Tor Project's, as tor runs it.
go_side() {
	feed "$@"
	within 10 grep -q 'METHODS DONE' "$2.out"
}

@test "the client in Go (lyrebird), and a bridge of ours" {
	need lyrebird
	raw_tcp target 'exec cat'
	bridge_at "127.0.0.1:$port"
	TOR_PT_CLIENT_TRANSPORTS=webtunnel go_side 6 client lyrebird
	socks=$(port_of client webtunnel)
	head -c 300006 /dev/urandom >in
	{ cat in; within 15 all_of out; } |
		asked "url=http://127.0.0.1:$bridge/secret;ver=0.0.3" >out &
	within 20 all_of out
	cmp in out
	# It waits for both ends, and passes none on.
	exec 6>&-
	wait "$!" || :
}

@test "clients of ours, one with a browser's head, and the bridge in Go" {
	need webtunnel-server
	raw_tcp target 'exec cat'
	bridge=$(free_port)
	TOR_PT_SERVER_TRANSPORTS=webtunnel TOR_PT_ORPORT=127.0.0.1:$port \
		TOR_PT_SERVER_BINDADDR=webtunnel-127.0.0.1:$bridge \
		TOR_PT_SERVER_TRANSPORT_OPTIONS='webtunnel:url=https\://h.example/a=b' \
		go_side 5 server webtunnel-server
	head -c 300006 /dev/urandom >in
	for head in '' "-H@$root/common/heads/chromium"; do
		# shellcheck disable=SC2086 # none or one
		tor_client -z $head
		{ cat in; within 15 all_of out; } |
			asked "url=http://127.0.0.1:$bridge/secret;ver=0.0.3" >out
		cmp in out
		exec 6>&-
		ends client
	done
	# What tor is told of the URL, ours tells it in the same words.
	grep -q ' ARGS:url=https://h.example/a\\=b,ver=' server.out
}
