#!/usr/bin/env bats
# What stands between a client and a server in practice, by the real programs:
# proxies on the client's side, reverse proxies and super-servers in front.
#
# Not tested: squid, dante, s6-networking (not in Debian 12).

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session
load nginx

teardown() {
	session_end
	rm -f "$BATS_TEST_TMPDIR"/*.conf
}

# megabytes [OPTION ...] URL: a session that carries them both ways.
megabytes() {
	head -c 3000000 /dev/urandom >in
	client "$@" <in | cmp in -
}

# tiny_proxy NAME [LINE ...]: a tinyproxy; sets proxy to its host:port.
tiny_proxy() {
	local name=$1 proxy_port
	shift
	need tinyproxy
	proxy_port=$(free_port)
	{
		printf '%s\n' "Port $proxy_port" 'Listen 127.0.0.1' 'Timeout 60' \
			'MaxClients 20' 'Allow 127.0.0.1' "$@"
	} >"$name.conf"
	start "$name" tinyproxy -d -c "$name.conf"
	listens_on "$proxy_port" "$name"
	proxy=127.0.0.1:$proxy_port
}

@test "tinyproxy: a session through CONNECT for ws:// (RFC 6455, 4.1)" {
	tiny_proxy tiny
	listen echo 0 cat
	remember
	megabytes -x "http://$proxy" "$url"
	grep -q "CONNECT 127.0.0.1:$port" tiny.out tiny.err
	all_gone
}

@test "tinyproxy: a session through CONNECT for wss://, the certificate verified" {
	need openssl
	certificates
	tiny_proxy tiny
	listen echo -E server.pem -Y server.key 127.0.0.1:0 cat
	remember
	megabytes -K ca.pem -x "http://$proxy" "wss://localhost:$port/"
	grep -q "CONNECT localhost:$port" tiny.out tiny.err
	all_gone
	# A certificate for another name does not come through.
	run -111 client -x "http://$proxy" "wss://localhost:$port/" </dev/null
	all_gone
	listen other -E other.pem -Y other.key 127.0.0.1:0 cat
	remember
	run -111 client -K ca.pem -x "http://$proxy" "wss://localhost:$port/" \
		</dev/null
	all_gone
}

@test "tinyproxy: credentials, missing, wrong and right" {
	tiny_proxy tiny 'BasicAuth me password'
	listen echo 0 cat
	remember
	run -22 --separate-stderr client -x "http://$proxy" "$url" </dev/null
	[[ "$stderr" = *'ws-connect: proxy refused with 407 '*'(it asks for credentials: -x http://user:password@...): 407 '* ]]
	run -22 --separate-stderr client -x "http://me:no@$proxy" "$url" \
		</dev/null
	[[ "$stderr" = *'ws-connect: proxy refused with 40'[17]' '* ]]
	printf 'http://me:p%%61ssword@%s\n' "$proxy" >secret
	megabytes -x @secret "$url"
	all_gone
}

@test "tinyproxy: a server that is not there is told as the proxy's refusal" {
	tiny_proxy tiny
	run -22 --separate-stderr client -x "http://$proxy" \
		"ws://127.0.0.1:$(free_port)/" </dev/null
	[[ "$stderr" = 'ws-connect: proxy refused with 50'* ]]
	run -111 --separate-stderr client -x "http://127.0.0.1:$(free_port)" \
		ws://127.0.0.1:1/ </dev/null
	[[ "$stderr" = 'ws-connect: connect tcp:127.0.0.1:'*': Connection refused' ]]
}

@test "microsocks: sessions through SOCKS 5, with and without credentials" {
	need microsocks openssl
	local socks=$(free_port)
	start socks microsocks -i 127.0.0.1 -p "$socks"
	listens_on "$socks" socks
	listen echo 0 cat
	remember
	megabytes -x "socks5://127.0.0.1:$socks" "$url"
	run -22 --separate-stderr client -x "socks5://127.0.0.1:$socks" \
		"ws://127.0.0.1:$(free_port)/" </dev/null
	[ "$stderr" = 'ws-connect: proxy refused with SOCKS 5 code 5 (RFC 1928, 6)' ]
	all_gone
	certificates
	listen tls -E server.pem -Y server.key 127.0.0.1:0 cat
	remember
	megabytes -K ca.pem -x "socks5://127.0.0.1:$socks" \
		"wss://localhost:$port/"
	all_gone
	socks=$(free_port)
	start closed microsocks -i 127.0.0.1 -p "$socks" -u me -P secret
	listens_on "$socks" closed
	remember
	megabytes -K ca.pem -x "socks5://me:secret@127.0.0.1:$socks" \
		"wss://localhost:$port/"
	run -22 client -x "socks5://127.0.0.1:$socks" "$url" </dev/null
	run -22 client -x "socks5://me:no@127.0.0.1:$socks" "$url" </dev/null
	all_gone
}

@test "SOCKS 4a: the request to the byte, and a session" {
	listen echo 0 cat
	local target=$port
	# A proxy that takes one request, of a length that it knows.
	raw_tcp socks "head -c 21 >request; printf '\\0Z\\0\\0\\0\\0\\0\\0'; \
exec socat - TCP:127.0.0.1:$target"
	megabytes -x "socks4a://me:@127.0.0.1:$port" "ws://localhost:$target/"
	{
		printf '\4\1'
		printf "\\x$(printf %02x $((target / 256)))"
		printf "\\x$(printf %02x $((target % 256)))"
		printf '\0\0\0\1me\0localhost\0'
	} | cmp - request
	raw_tcp refuses "head -c 19 >/dev/null; printf '\\0[\\0\\0\\0\\0\\0\\0'"
	run -22 --separate-stderr client -x "socks4a://127.0.0.1:$port" \
		ws://localhost:1/ </dev/null
	[ "$stderr" = 'ws-connect: proxy refused with SOCKS 4 code 91' ]
}

@test "a proxy that gives no reason: nothing stands for it" {
	raw_tcp mute "printf 'HTTP/1.1 403 \r\n\r\n'; cat"
	run -22 --separate-stderr client -x "http://127.0.0.1:$port" \
		ws://localhost:1/ </dev/null
	[ "$stderr" = 'ws-connect: proxy refused with 403' ]
}

# -- in front of a server --

# The configurations are those of the manual pages; their ports and paths are
# replaced by those of the test.

# address_seen URL OPTION ...: what a session is told of the client.
address_seen() {
	printf '' | client "$@" | grep '^REMOTE_ADDR='
}

@test "nginx in front: a session of megabytes, TLS, Origin, the configuration of ws-listen(1)" {
	need nginx openssl
	certificates
	local front=$(free_port) plain
	plain=$(free_port)
	listen echo 127.0.0.1:0 cat
	run_nginx "$front" < <(literal ws-listen 'server {' |
		sed "s/ 443 / 127.0.0.1:$front /
			s/8080/$port/; s,/etc/ssl/,$PWD/,")
	remember
	megabytes -K ca.pem -o "https://localhost:$front" \
		"wss://localhost:$front/chat/x?y"
	run -22 client -qK ca.pem -o https://evil \
		"wss://localhost:$front/chat/" </dev/null
	stop echo || :
	run -22 client -qK ca.pem "wss://localhost:$front/chat/" </dev/null
}

@test "haproxy in front: megabytes, and the client's address by the PROXY protocol" {
	need haproxy
	local front=$(free_port)
	listen where -P 127.0.0.1:0 env
	literal ws-listen defaults | sed "s/:8000\$/127.0.0.1:$front/
		s/127.0.0.1:8080/127.0.0.1:$port/" >haproxy.conf
	start haproxy haproxy -db -f "$PWD/haproxy.conf"
	listens_on "$front" haproxy
	remember
	[ "$(address_seen -H 'X-Forwarded-For: 6.6.6.6' \
		"ws://127.0.0.1:$front/")" = REMOTE_ADDR=127.0.0.1 ]
	printf '' | client "ws://127.0.0.1:$front/" >env.out
	# Not haproxy's own port, which the socket shows.
	local told
	told=$(sed -n 's/^SERVER_PORT=//p' env.out)
	[ "$told" = "$front" ]
	stop where || :
	start echo ws-listen -P "127.0.0.1:$port" cat
	listens_on "$port" echo
	remember
	megabytes "ws://127.0.0.1:$front/"
	all_gone
	# Past the front nobody gets in.
	run -22 client -q "ws://127.0.0.1:$port/" </dev/null
}

@test "haproxy in front, version 1 of the PROXY protocol" {
	need haproxy
	local front=$(free_port)
	listen where -P 127.0.0.1:0 env
	literal ws-listen defaults | sed "s/:8000\$/127.0.0.1:$front/
		s/127.0.0.1:8080/127.0.0.1:$port/
		s/send-proxy-v2/send-proxy/" >haproxy.conf
	start haproxy haproxy -db -f "$PWD/haproxy.conf"
	listens_on "$front" haproxy
	printf '' | client "ws://127.0.0.1:$front/" >env.out
	grep -qx "SERVER_PORT=$front" env.out
	grep -qx REMOTE_ADDR=127.0.0.1 env.out
}

# checked HAPROXY-SOCKET: both servers have been found alive by a check.
checked() {
	[ "$(echo 'show stat' | socat -t5 - "UNIX-CONNECT:$1" |
		grep -c '^chat,[ab],.*,UP,.*,L4OK,')" -eq 2 ]
}

# opened DESCRIPTOR NAME: a client's session; sets $backend to who serves it.
opened() {
	feed "$1" "$2" ws-client -l "ws://127.0.0.1:$front/"
	within 5 says "$2.out" || { cat "$2.err"; return 1; }
	backend=$(head -n 1 "$2.out")
}

@test "haproxy in front of two: silent checks, one drained, one killed" {
	need haproxy
	local front=$(free_port) a b backend first second
	listen a -lP 127.0.0.1:0 sh -c 'echo a; exec cat'
	a=$port
	listen b -lP 127.0.0.1:0 sh -c 'echo b; exec cat'
	b=$port
	{
		printf 'global\n    stats socket %s/stats.sock\n' "$PWD"
		literal ws-listen defaults | head -n 4
		literal ws-listen 'listen chat' | sed "s/:8000\$/127.0.0.1:$front/
			s/:8081/:$a/; s/:8082/:$b/"
	} >haproxy.conf
	start haproxy haproxy -db -f "$PWD/haproxy.conf"
	listens_on "$front" haproxy
	within 10 checked "$PWD/stats.sock"
	opened 5 one
	first=$backend
	opened 6 two
	second=$backend
	equal 'one each' ab "$(printf '%s\n' "$first" "$second" | sort | tr -d '\n')"
	# One is drained: its session has all that it has accepted.
	seq 1000 >&5
	within 5 grep -qx 1000 one.out
	stop "$first" || :
	ends one
	equal drained "$(seq 1000)" "$(tail -n +2 one.out)"
	opened 7 three
	equal 'after SIGTERM' "$second" "$backend"
	# It comes back, and the other is killed.
	rm -f "$first.out"
	start "$first" ws-listen -lP "127.0.0.1:${!first}" \
		sh -c 'echo "$1"; exec cat' sh "$first"
	listens_on "${!first}" "$first"
	within 10 checked "$PWD/stats.sock"
	kill -9 "${pid[$second]}"
	ends two || :
	ends three || :
	opened 8 four
	equal 'after SIGKILL' "$first" "$backend"
	exec 8>&-
	ends four
	# Checks have left no line.
	equal log '' "$(cat a.err b.err)"
	exec 5>&- 6>&- 7>&-
}

@test "systemd takes the unit of ws-listen(1)" {
	need systemd-analyze
	literal ws-listen '[Unit]' |
		sed "s|/usr/local/bin/chat|/bin/cat|; s|/usr/local/bin|$root/cmd|" \
		>chat.service
	grep -q KillMode chat.service
	systemd-analyze verify ./chat.service >said 2>&1 || true
	equal complaints '' "$(grep chat said || true)"
}

@test "stunnel in front: TLS, with the client's address by the PROXY protocol" {
	need stunnel openssl
	certificates
	local front=$(free_port)
	listen where -P 127.0.0.1:0 env
	{
		printf 'foreground = yes\npid =\n'
		literal ws-listen '[websocket]' | sed "s/ 443\$/ 127.0.0.1:$front/
			s/127.0.0.1:8080/127.0.0.1:$port/; s,/etc/ssl/,$PWD/,"
	} >stunnel.conf
	start stunnel stunnel "$PWD/stunnel.conf"
	listens_on "$front" stunnel
	printf '' | client -K ca.pem "wss://localhost:$front/" >env.out
	grep -qx "SERVER_PORT=$front" env.out
	stop where || :
	start echo ws-listen -P "127.0.0.1:$port" cat
	listens_on "$port" echo
	megabytes -K ca.pem "wss://localhost:$front/"
}

@test "socat with TLS in front of ws-server, the line of ws-server(1)" {
	need openssl
	certificates
	local front=$(free_port) line
	line=$(literal ws-server "socat OPENSSL-LISTEN:443,reuseaddr,fork,cert=cert.pem,key=key.pem,verify=0 \\" |
		sed "s/443/$front,bind=127.0.0.1/; s/cert.pem/server.pem/; s/key.pem/server.key/; s,ws-server,$root/cmd/ws-server,")
	printf 'exec %s\n' "$line" >front.sh
	start front sh front.sh
	listens_on "$front" front
	megabytes -K ca.pem "wss://localhost:$front/"
}

@test "s6-ipcserver: ws-server on a Unix socket, reached through socat" {
	need s6-ipcserver
	local line
	line=$(literal ws-server 's6-ipcserver /run/ws ws-server cat' |
		sed "s,/run/ws,$PWD/ws,; s,ws-server,$root/cmd/ws-server,")
	printf 'exec %s\n' "$line" >front.sh
	start front sh front.sh
	within 5 test -S ws
	port=$(free_port)
	start bridge socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" \
		"UNIX-CONNECT:$PWD/ws"
	listens_on "$port" bridge
	megabytes "ws://127.0.0.1:$port/"
}

@test "nginx in front of a Unix socket of ws-listen" {
	need nginx
	local front=$(free_port)
	start echo ws-listen "unix:$PWD/ws" cat
	within 5 test -S ws
	run_nginx "$front" <<-END
	server { listen 127.0.0.1:$front; location / {
	  proxy_pass http://unix:$PWD/ws:; proxy_http_version 1.1;
	  proxy_set_header Upgrade \$http_upgrade;
	  proxy_set_header Connection upgrade;
	  proxy_set_header Host \$http_host; } }
	END
	megabytes "ws://127.0.0.1:$front/"
}
