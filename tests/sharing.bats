#!/usr/bin/env bats
# One port for HTTP and WebSocket (-f): what asks for no upgrade goes to another
# server, to the byte.
#
# Not tested: a system without POLLRDHUP.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load heads
load session
load nginx

# shared MANNER [OPTION ...]: what another server finds of the request in the file
# in, and what it answers comes back.
shared() {
	local manner=$1
	shift
	rm -f got
	set -- ws-handshake -s -f 'cat >got; echo answer' "$@"
	case $manner in
	file) bounded "$@" <in >out ;;
	pipe) bounded "$@" < <(cat in) >out ;;
	*) bounded "$CORE" socket "$manner" "$@" <in >out ;;
	esac || return
	passed_on
}

# by_tcp SIZE: the same through TCP, in pieces of that size.
by_tcp() {
	rm -f got
	bounded socat -b "$1" -t $((8 * PATIENCE)) - "TCP:127.0.0.1:$port,nodelay" \
	    <in >out || return
	passed_on
}

passed_on() {
	equal answer answer "$(head -c 200 out | tr -d '\0')" && cmp in got
}

@test "what asks for no upgrade arrives to the byte: from a file, a pipe, a socket, dripped" {
	local manner name
	begin_rows
	listen both -f 'cat >got; echo answer' 127.0.0.1:0 cat
	head -c 200000 /dev/urandom >body
	printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >plain
	{ printf 'POST /x HTTP/1.0\r\nContent-Length: 200000\r\n\r\n'; cat body; } >post
	printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' >h2
	printf 'GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n' >h2c
	printf 'GET / HTTP/1.1\r\nX-Upgrade: websocket\r\nUpgrade: websocketx\r\n\r\n' >almost
	printf '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' >tls
	printf '\r\n\r\nGET / HTTP/1.1\n\nGET /2 HTTP/1.1\n\n' >two
	{ printf 'GET /'; head -c 20000 /dev/zero | tr '\0' a; printf ' HTTP/1.1\r\n\r\nmore'; } >long
	{ printf 'GET / HTTP/1.1\r\nX: '; head -c 70000 /dev/zero | tr '\0' a; } >large
	printf x >x
	for name in plain post h2 h2c almost tls two long large x; do
		cp "$name" in
		for manner in file pipe whole drip; do
			ROWS=$((ROWS + 1))
			check_row "$name, $manner" shared "$manner"
		done
		case $name in
		tls | x) continue ;;	# below
		esac
		check_row "$name, TCP" by_tcp 65536
		check_row "$name, TCP in pieces" by_tcp "$(($(wc -c <in) / 500 + 1))"
	done
	all_rows 40
}

# What was looked at is not taken, and so hides the end from read(2).
@test "the end of a connection whose request is incomplete is seen at once" {
	begin_rows
	listen both -w $((8 * PATIENCE)) -f 'cat >got; echo answer' 127.0.0.1:0 cat
	for text in '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' x 'GET / HT'; do
		printf "$text" >in
		ROWS=$((ROWS + 1))
		check_row "$text" by_tcp 65536
		check_row "$text, in pieces" by_tcp 1
	done
	all_rows 3
}

@test "what asks for an upgrade is ours, also where it is refused" {
	local manner
	for manner in whole drip; do
		{ request; printf rest; } >in
		"$CORE" socket "$manner" ws-handshake -s -f 'touch shared' cat \
		    <in >out
		{ answer; printf rest; } >expected
		same expected out
		printf 'GET / HTTP/1.0\r\nupgrade: h2c, WebSocket\r\n\r\n' >in
		"$CORE" socket "$manner" ws-handshake -qs -f 'touch shared' \
		    <in >out || true
		[[ "$(head -n 1 out)" = 'HTTP/1.1 4'* ]]
	done
	{ printf '\r\n'; request; } | ws-handshake -s -f 'touch shared' >out
	grep -q '^HTTP/1.1 101' out
	[ ! -e shared ]
}

@test "with -R, what asks for another path is passed on, upgrade and all" {
	local manner
	begin_rows
	{ request; printf rest; } >in
	for manner in file pipe whole drip; do
		ROWS=$((ROWS + 1))
		check_row "$manner" shared "$manner" -R /cha -R /chat/
	done
	sed '1s/.chat/http:\/\/other:1/' in >absolute
	cp absolute in
	check_row absolute shared file -R /chat
	all_rows 4
	{ request; printf rest; } >in
	"$CORE" socket whole ws-handshake -s -R /other -R /chat \
	    -f 'touch shared' cat <in >out
	{ answer; printf rest; } | same - out
	[ ! -e shared ]
}

@test "a connection without a word is given up: 408 after -w, nothing shared" {
	mkfifo in
	exec 7<>in
	run -28 bounded ws-handshake -qs -w 0.2 -f 'touch shared' <in
	exec 7>&-
	[[ "$output" = 'HTTP/1.1 408 '* ]]
	listen silent -w 0.3 -f 'touch shared' 127.0.0.1:0 cat
	bounded socat -u "TCP:127.0.0.1:$port" - >out
	[[ "$(head -n 1 out)" = 'HTTP/1.1 408 '* ]]
	[ ! -e shared ]
}

@test "half a request is given up: 408 after -w, nothing shared" {
	mkfifo in
	exec 7<>in
	printf 'GET / HTTP/1.1\r\nHost:' >&7
	run -28 bounded ws-handshake -qs -w 0.2 -f 'touch shared' <in
	exec 7>&-
	[[ "$output" = 'HTTP/1.1 408 '* ]]
	listen slow -w 0.3 -f 'touch shared' 127.0.0.1:0 cat
	feed 5 peer socat -t 9 - "TCP:127.0.0.1:$port"
	printf 'GET / HTTP/1.1\r\nHost:' >&5
	within 5 grep -q '^HTTP/1.1 408 ' peer.out
	exec 5>&-
	[ ! -e shared ]
}

@test "half a request costs no processor time while the rest is awaited, on TCP" {
	listen slow -w $((8 * PATIENCE)) -f 'cat' 127.0.0.1:0 cat
	mkfifo half
	socat -t 5 - "TCP:127.0.0.1:$port" <half >peer.out 2>peer.err &
	pid[peer]=$!
	exec 5>half
	printf 'GET / HTTP/1.1\r\n' >&5
	local server
	shares() { grep '^[0-9]* [^ ]*ws-handshake -A' <<<"$(ours)"; }
	within 5 shares
	server=$(shares | cut -d' ' -f1 | head -n 1)
	local before after
	before=$(awk '{ print $14 + $15 }' "/proc/$server/stat")
	sleep 0.5
	after=$(awk '{ print $14 + $15 }' "/proc/$server/stat")
	[ $((after - before)) -le 2 ]
	printf 'Host: a\r\n\r\n' >&5
	exec 5>&-
	within 5 says peer.out
	[ "$(tr -d '\r' <peer.out | head -n 2 | tail -n 1)" = 'Host: a' ]
}

# stranger HOW: a connection to the Unix socket "both", or with TLS to $port.
stranger() {
	start stranger "$python" -c '
import socket, ssl, sys
if sys.argv[1] == "TLS":
    s = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    s = ssl._create_unverified_context().wrap_socket(s)
else:
    s = socket.socket(socket.AF_UNIX)
    s.connect("both")
s.settimeout(20)
print("there", flush=True)
try:
    s.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" + bytes(int(sys.argv[3])))
    while data := s.recv(100):
        print(data)
except OSError:		# it was not all taken
    pass
' "$1" "$port" "$2"
}

# Where it has no TCP socket, a process of ours hands the request on.
@test "a command that ends sooner than its peer leaves nothing, without TCP" {
	certificates
	start local ws-listen -f 'head -c 3; echo answer' "unix:$PWD/both" cat
	within 5 test -S both
	listen tls -f 'head -c 3; echo answer' -E server.pem -Y server.key \
	    127.0.0.1:0 cat
	remember
	begin_rows
	for how in unix TLS; do
		for more in 0 400000; do
			ROWS=$((ROWS + 1))
			stranger "$how" "$more"
			within 5 says stranger.out
			# It says nothing more, and stays until it sees the end.
			check_row "$how, $more" all_gone
			[ "$more" = 400000 ] || grep -q answer stranger.out
		done
	done
	all_rows 4
}

@test "an urgent byte does not stop the clock: 408 after -w" {
	listen both -w 0.5 -f 'touch shared' 127.0.0.1:0 cat
	bounded "$python" -c '
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.settimeout(10)
for piece, flags in (b"GET", 0), (b"X", socket.MSG_OOB), (b"YZ", 0):
    s.send(piece, flags)
    time.sleep(0.05)
print(s.recv(100).decode().split("\r")[0])
' "$port" >out
	[[ "$(cat out)" = 'HTTP/1.1 408 '* ]]
	[ ! -e shared ]
}

@test "SIGTERM: half a request is refused with 503, and nothing shared" {
	listen both -w $((9 * PATIENCE)) -f 'touch shared' 127.0.0.1:0 cat
	feed 5 peer socat -t 5 - "TCP:127.0.0.1:$port"
	printf 'GET / HT' >&5
	within 5 eval 'grep -q "ws-handshake -A" <<<"$(ours)"'
	stop both || true
	within 5 says peer.out
	[[ "$(head -n 1 peer.out)" = 'HTTP/1.1 503 '* ]]
	exec 5>&-
	[ ! -e shared ]
}

# web: an nginx with the files in site; sets web to its port.
web() {
	need nginx curl
	web=$(free_port)
	mkdir site
	run_nginx "$web" <<-END
		client_max_body_size 100m;
		types { text/html html; }
		server {
			listen 127.0.0.1:$web;
			root $PWD/site;
		}
	END
}

@test "nginx behind it: a page, keep-alive, and a WebSocket on one port" {
	web
	head -c 3000000 /dev/urandom >site/large
	listen both -f "exec socat - TCP:127.0.0.1:$web" 127.0.0.1:0 cat
	remember
	# Three requests on one connection.
	bounded curl -sS -v -o a -o b -o c "http://127.0.0.1:$port/large" \
	    "http://127.0.0.1:$port/large" "http://127.0.0.1:$port/nothing" \
	    2>curl.err
	cmp a site/large
	cmp b site/large
	grep -q '404 Not Found' c
	[ "$(grep -c 'Connected to' curl.err)" = 1 ]
	head -c 1000000 /dev/urandom >in
	client "$url/any/path" <in | cmp in -
	all_gone
}

# cgi_sum: a CGI program that tells the SHA-256 of what is posted.
cgi_sum() {
	mkdir -p site/cgi-bin
	printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nsha256sum\n' \
	    >site/cgi-bin/sum
	chmod +x site/cgi-bin/sum
}

@test "busybox httpd on the socket itself: megabytes by POST to a CGI program" {
	need busybox curl
	busybox httpd --help 2>&1 | grep -- -i >help || skip 'no httpd in busybox'
	cgi_sum
	echo '<p>page' >site/index.html
	listen both -f "exec busybox httpd -i -h '$PWD/site'" 127.0.0.1:0 cat
	remember
	[ "$(bounded curl -sS "http://127.0.0.1:$port/")" = '<p>page' ]
	head -c 5000000 /dev/urandom >in
	bounded curl -sS --data-binary @in -H 'Expect:' \
	    "http://127.0.0.1:$port/cgi-bin/sum" >out
	[ "$(cut -d' ' -f1 out)" = "$(sha256sum <in | cut -d' ' -f1)" ]
	client "$url" <in | cmp in -
	all_gone
}

@test "the same with TLS in front of both" {
	need openssl busybox curl
	busybox httpd --help 2>&1 | grep -- -i >help || skip 'no httpd in busybox'
	certificates
	cgi_sum
	listen both -E server.pem -Y server.key \
	    -f "exec busybox httpd -i -h '$PWD/site'" 127.0.0.1:0 cat
	remember
	head -c 3000000 /dev/urandom >in
	bounded curl -sS --cacert ca.pem --data-binary @in -H 'Expect:' \
	    "https://localhost:$port/cgi-bin/sum" >out
	[ "$(cut -d' ' -f1 out)" = "$(sha256sum <in | cut -d' ' -f1)" ]
	client -K ca.pem "wss://localhost:$port/" <in | cmp in -
	all_gone
}

@test "-P and -f: the header is taken off, the address is in the environment" {
	printf 'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\nGET / HTTP/1.1\r\n\r\n' >in
	"$CORE" socket whole ws-handshake -sP -f 'echo "$REMOTE_ADDR"; cat' \
	    <in >out
	printf '192.0.2.1\nGET / HTTP/1.1\r\n\r\n' >expected
	same expected out
}

@test "headless Chromium: the page and its WebSocket come from one port" {
	need chromium busybox
	busybox httpd --help 2>&1 | grep -- -i >help || skip 'no httpd in busybox'
	mkdir -p site/cgi-bin
	cat >site/index.html <<-'END'
		<script>
		var said = [], ws = new WebSocket("ws://" + location.host + "/any")
		ws.onopen = () => ws.send("caf\u00e9")
		ws.onmessage = e => { said.push(e.data); ws.close(1000) }
		ws.onclose = e => fetch("/cgi-bin/report", { method: "POST",
		    body: said + " " + e.code + " " + e.wasClean })
		</script>
	END
	printf '#!/bin/sh\ncat >"%s/report"\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\n' \
	    "$PWD" >site/cgi-bin/report
	chmod +x site/cgi-bin/report
	# The Origin is that of Host: no -o is needed.
	listen both -W -f "exec busybox httpd -i -h '$PWD/site'" \
	    127.0.0.1:0 cat
	local program number
	program=$(command -v chromium || command -v chromium-browser ||
		command -v google-chrome)
	mkdir profile
	start chromium "$program" --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-extensions \
		--disable-dev-shm-usage --disable-crash-reporter \
		--user-data-dir="$PWD/profile" "http://127.0.0.1:$port/"
	within 40 says report || { cat both.err; false; }
	kill "${pid[chromium]}" 2>/dev/null || :
	ends chromium 10 || :
	for number in $(grep 'profile\|chrom' <<<"$(ours)" | cut -d' ' -f1); do
		kill -9 "$number" 2>/dev/null || :
	done
	rm -rf profile "$TMPDIR"/.org.chromium.* "$TMPDIR"/org.chromium.*
	[ "$(cat report)" = 'café 1000 true' ]
}
