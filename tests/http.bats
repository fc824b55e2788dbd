#!/usr/bin/env bats
# ws-handshake as an HTTP server and client: who is let in, what a gate says,
# where a client comes from, proxies, heads as data.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load helper
load heads

@test "paths and credentials: every request of the vectors (RFC 6455, 4.2.2)" {
	local manner
	for manner in file whole drip socket-whole socket-drip; do
		run -0 judged "$manner" 'path=|auth='
		[ "$output" = 'good 4, all 11' ]
	done
}

# let_in OPTION ...: the exit status for the request in the file in.
let_in() {
	local status=0
	ws-handshake -qs "$@" <in >out 2>err || status=$?
	echo "$status"
}

@test "-u: each of several credentials lets in, and nothing that is almost one (RFC 7617, 2)" {
	local given want basic
	begin_rows
	while IFS='|' read -r given want; do
		ROWS=$((ROWS + 1))
		basic=$(printf %s "$given" | base64 -w 0)
		request "Authorization: Basic $basic" >in
		check_row "$given" equal 'exit status' "$want" \
		    "$(let_in -u user:pass -u 'other:long password' -u :)"
	done <<-'END'
	user:pass|0
	other:long password|0
	:|0
	user:pas|22
	user:passs|22
	user:Pass|22
	user:|22
	|22
	other:pass|22
	user:long password|22
	other:long passwor|22
	END
	all_rows 11
	printf 'user:pass\n' >secret
	request "Authorization: Basic $(printf user:pass | base64)" >in
	equal @file 0 "$(let_in -u @secret)"
	request "Authorization: Basic $(printf user:pass | base64)" \
	    "Authorization: Basic $(printf user:pass | base64)" >in
	equal 'given twice' 22 "$(let_in -u user:pass)"
	request "Authorization: Basic$(printf user:pass | base64)" >in
	equal 'no blank' 22 "$(let_in -u user:pass)"
}

@test "-u: 401 comes with WWW-Authenticate, and the reason is told (RFC 9110, 15.5.2)" {
	local status=0
	request >in
	ws-handshake -s -u user:pass touch started <in >out 2>err || status=$?
	[ "$status" = 22 ]
	[ ! -e started ]
	[ "$(head -n 1 out)" = $'HTTP/1.1 401 Unauthorized\r' ]
	grep -qx $'WWW-Authenticate: Basic realm="WebSocket", charset="UTF-8"\r' out
	[ "$(cat err)" = 'ws-handshake: refused with 401: credentials are missing or wrong (RFC 9110, 15.5.2)' ]
}

@test "-u: the program learns the user, and not the password (RFC 3875, 4.1.11, 4.1.18)" {
	request "Authorization: basic   $(printf 'me:secret:x' | base64)" |
	    REMOTE_USER=old ws-handshake -s -u me:secret:x env >out
	grep -qx AUTH_TYPE=Basic out
	grep -qx REMOTE_USER=me out
	run ! grep -i secret out
	run ! grep HTTP_AUTHORIZATION out
	request | REMOTE_USER=old AUTH_TYPE=old ws-handshake -s env >out
	run ! grep -E '^(REMOTE_USER|AUTH_TYPE)=' out
}

@test "-R: only these paths are served, whatever the query: 404 (RFC 6455, 4.2.2)" {
	local target options want
	begin_rows
	while IFS='|' read -r target options want; do
		ROWS=$((ROWS + 1))
		request | sed "1s,/chat,$target," >in
		# shellcheck disable=SC2086 # several options
		check_row "$target $options" equal 'exit status' "$want" \
		    "$(let_in $options)"
	done <<-'END'
	/chat|-R /chat|0
	/chat?a=b|-R /chat|0
	/chat/|-R /chat|22
	/cha|-R /chat|22
	/Chat|-R /chat|22
	/b|-R /a -R /b|0
	http://x/b?c|-R /b|0
	http://x|-R /|0
	END
	all_rows 8
	request >in
	[ "$(let_in -R /)" = 22 ]
	[ "$(head -n 1 out)" = $'HTTP/1.1 404 Not Found\r' ]
	local path
	for path in '' chat /a?b '/a b' /%zz /a#b; do
		refused 100 'ws-handshake: -R: not a path such as /chat (RFC 9112, 3.2.1)' \
		    ws-handshake -s -R "$path" </dev/null
	done
	usage_refused ws-handshake -c -R / "$URL"
}

@test "order of the checks: credentials, path, Origin (protocol order)" {
	request 'Origin: http://evil' >in
	[ "$(let_in -u a:b -R /x)" = 22 ]
	grep -q '^HTTP/1.1 401 ' out
	request 'Origin: http://evil' "Authorization: Basic YTpi" >in
	[ "$(let_in -u a:b -R /x)" = 22 ]
	grep -q '^HTTP/1.1 404 ' out
	[ "$(let_in -u a:b -R /chat)" = 22 ]
	grep -q '^HTTP/1.1 403 ' out
}

@test "ws-server and ws-listen check paths and credentials before anything is read" {
	refused 100 'ws-handshake: -R: not a path such as /chat (RFC 9112, 3.2.1)' \
	    ws-server -R chat cat </dev/null
	refused 100 'ws-handshake: -u: not user:password (RFC 7617, 2)' \
	    ws-listen -u nobody 127.0.0.1:0 cat </dev/null
	{
		request "Authorization: Basic YTpi"
		bytes 888237fa213d3412
	} >in
	ws-server -u a:b -R /chat sh -c 'echo "$REMOTE_USER"' <in >out
	grep -qa '^HTTP/1.1 101 ' out
	grep -qa $'\x02a$' out
}

# -- the client --

# tunnelled MANNER: what each answer of the vectors to a CONNECT makes of us, as:
# name, status, one sentence?, the tunnel's bytes.
tunnelled() {
	awk -F '\t' -v OFS='\t' -v dir="$VECTORS/handshakes/" \
	    '!/^#/ && $2 == "connect" {
		print $1, "@" dir $1, \
		    "ws-handshake -c -x http://proxy:3128 ws://h/ cat"
	}' "$VECTORS/handshakes/responses.tsv" >cases
	"$CORE" run "$1" head <cases >full
	awk -F '\t' -v OFS='\t' '{
		print $1, $2, $3 ~ /^ws-handshake: [^;]*$/,
		    index($4, "CONNECT h:80 HTTP/1.1|Host: h:80|") == 1, $5
	}' full >actual
}

@test "every answer of the vectors to a CONNECT, in every manner (RFC 9110, 9.3.6)" {
	local manner
	# Behind the tunnel the server has nothing to say: its answer is missed.
	# Bytes of the tunnel that are no answer are not taken for one.
	awk -F '\t' -v OFS='\t' '!/^#/ && $2 == "connect" {
		status = 22
		if ($1 ~ /truncated|empty/)
			status = 6
		if ($1 ~ /101|line-|garbage/)
			status = "2 or 6 or 22"
		if ($4 == "accept")
			status = $1 ~ /content-length/ ? 2 : 6
		print $1, status, 1, 1
	}' "$VECTORS/handshakes/responses.tsv" >expected
	for manner in file whole drip socket-whole socket-drip; do
		tunnelled "$manner"
		awk -F '\t' -v OFS='\t' 'FNR == NR { want[$1] = $2; next }
		{
			if (want[$1] ~ / / && $2 ~ /^(2|6|22)$/)
				$2 = want[$1]
			# Whether the GET followed.
			print $1, $2, $3, $4, $5 ~ /^474554/
		}' expected actual >got
		awk -F '\t' -v OFS='\t' 'FNR == NR { ok[$1] = $4 == "accept"; next }
		    { print $0, ok[$1] + 0 }' "$VECTORS/handshakes/responses.tsv" \
		    expected >want
		same_table want got
	done
	[ "$(wc -l <expected)" -ge 18 ]
}

@test "-x: the tunnel, then the handshake, to the byte; what follows is the program's" {
	{
		printf 'HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n'
		answer
		printf rest
	} >in
	{
		printf 'CONNECT server.example.com:80 HTTP/1.1\r\n'
		printf 'Host: server.example.com:80\r\n'
		printf 'Proxy-Authorization: Basic %s\r\n\r\n' \
		    "$(printf 'me:p@ss:word' | base64)"
		ws-handshake -c -k "$KEY" "$URL"
		printf rest
	} >expected
	ws-handshake -c -k "$KEY" -x http://me:p%40ss:word@proxy:3128 "$URL" cat \
	    <in >actual
	same expected actual
	"$CORE" socket drip ws-handshake -c -k "$KEY" \
	    -x http://me:p%40ss:word@proxy:3128 "$URL" cat <in >actual
	same expected actual
	printf 'http://me:p%%40ss:word@proxy:3128\n' >secret
	ws-handshake -c -k "$KEY" -x @secret "$URL" cat <in >actual
	same expected actual
	# The server's credentials are not for the proxy, nor the reverse.
	ws-handshake -c -x http://me:secret@proxy:1 -u you:other "$URL" >out
	[ "$(grep -c Authorization out)" = 2 ]
	[ "$(grep '^Proxy-Authorization' out | tr -d '\r')" = \
	    "Proxy-Authorization: Basic $(printf me:secret | base64)" ]
	[ "$(grep '^Authorization' out | tr -d '\r')" = \
	    "Authorization: Basic $(printf you:other | base64)" ]
}

@test "-x: 16 interim answers of a proxy are passed over, no more (RFC 9110, 15.2)" {
	local i
	for ((i = 0; i < 16; i++)); do
		printf 'HTTP/1.1 100 Continue\r\n\r\n'
	done >interim
	{
		cat interim
		printf 'HTTP/1.1 200 OK\r\n\r\n'
		answer
		printf rest
	} >in
	ws-handshake -c -k "$KEY" -x http://proxy:1 "$URL" cat <in >out
	equal rest rest "$(tail -c 4 out)"
	{ printf 'HTTP/1.1 103 \r\n\r\n'; cat in; } >more
	status=0
	ws-handshake -c -k "$KEY" -x http://proxy:1 "$URL" cat <more >out \
	    2>err || status=$?
	equal status 2 "$status"
	equal sentence 'ws-handshake: proxy: more than 16 interim answers' \
	    "$(cat err)"
}

@test "-x: what is no proxy is refused before anything is sent" {
	local proxy
	for proxy in '' proxy:3128 ftp://a:1 http://a http://a: http://a:0 \
	    http://a:65536 http://a:1/x http://u:p@ http://u%zz@a:1 http://a:1x \
	    http://u%0a:p@a:1 http://::1:80 "socks5://$(printf '%0256d' 0):x@a:1"
	do
		refused 100 'ws-handshake: -x: not http://, socks4a:// or socks5:// with [user:password@]host:port' \
		    ws-handshake -c -x "$proxy" "$URL" true </dev/null
	done
	ws-handshake -c -x 'http://[::1]:80' "$URL" >out
	ws-handshake -c -x 'http://a:80/' 'ws://[::1]:8080/' >out
	grep -qx $'CONNECT \[::1\]:8080 HTTP/1.1\r' out
	refused 100 'ws-handshake: -x: a wss:// URL needs TLS, which ws-connect puts behind the proxy' \
	    ws-handshake -c -x http://a:80 wss://a/ true </dev/null
	usage_refused ws-handshake -s -x http://a:80
}

@test "401 and 407 are told apart, from a proxy or a server (RFC 9110, 15.5.2, 15.5.8)" {
	local says
	printf 'HTTP/1.1 401 No\r\n\r\n' >401
	printf 'HTTP/1.1 407 No\r\n\r\n' >407
	{ printf 'HTTP/1.1 200 OK\r\n\r\n'; cat 401; } >200-401
	says='ws-handshake: refused with 401 No (the server'
	refused_with 401 "$says asks for credentials: -u)"
	refused_with 401 "$says does not take the credentials of -u)" -u a:b
	refused_with 200-401 "$says asks for credentials: -u)" -x http://p:1
	refused_with 407 'ws-handshake: refused with 407 No (a proxy on the way asks for credentials: -x)'
	says='ws-handshake: proxy refused with 407 No (it'
	refused_with 407 "$says asks for credentials: -x http://user:password@...)" \
	    -x http://p:1
	refused_with 407 "$says does not take the credentials of -x)" \
	    -x http://a:b@p:1
	refused_with 401 'ws-handshake: proxy refused with 401 No' -x http://p:1
}

refused_with() {
	local status=0 in=$1 sentence=$2
	shift 2
	ws-handshake -c "$@" "$URL" touch started <"$in" >out 2>err || status=$?
	equal 'exit status' 22 "$status" || return 1
	equal 'standard error' "$sentence" "$(cat err)" || return 1
	[ ! -e started ]
}

@test "-v shows both heads, escaped, and nothing of it goes anywhere else" {
	{
		printf 'HTTP/1.1 100 Continue\r\n\r\n'
		answer $'X-Evil: caf\xe9\\\x9b'
	} >in
	ws-handshake -cv -k "$KEY" "$URL" true <in >out 2>err
	{
		ws-handshake -c -k "$KEY" "$URL" | tr -d '\r' | sed 's/^/> /'
		printf '< HTTP/1.1 100 Continue\n< \n'
		answer 'X-Evil: caf\xe9\x5c\x9b' | tr -d '\r' | sed 's/^/< /'
	} >expected
	same expected err
	request >in
	ws-handshake -sv <in >out 2>err
	{
		request | tr -d '\r' | sed 's/^/< /'
		answer | tr -d '\r' | sed 's/^/> /'
	} >expected
	same expected err
	answer >expected
	same expected out
	printf 'GET / HTTP/1.1\r\n\r\n' >in
	"$CORE" socket whole sh -c 'exec ws-handshake -sv 2>&0' <in >out || true
	run ! grep -a '^[<>]' out
}

# -- the gate --

# gated COMMAND [OPTION ...]: status of the answer and exit status for the request
# in the file in.
gated() {
	local status=0 gate=$1
	shift
	bounded ws-handshake -s -g "$gate" "$@" true <in >out 2>err || status=$?
	printf '%s %s' "$(head -n 1 out | cut -d' ' -f2)" "$status"
}

@test "-g: the exit status of the gate decides" {
	local gate want sentence
	request >in
	begin_rows
	while IFS='|' read -r gate want sentence; do
		ROWS=$((ROWS + 1))
		check_row "$gate" equal 'status of answer and program' "$want" \
		    "$(gated "$gate" -w 5)"
		[ -z "$sentence" ] || check_row "$gate" grep -qxF \
		    "ws-handshake: refused with ${want% *}: $sentence" err
	done <<-'END'
	exit 0|101 0|
	test "$PATH_INFO" = /chat|101 0|
	test "$PATH_INFO" = /other|403 22|the gate says no
	exit 41|401 22|the gate asks for credentials
	exit 43|403 22|the gate says no
	exit 44|404 22|the gate knows no such resource
	exit 53|503 22|the gate does not work
	exit 3|403 22|the gate says no
	exit 111|503 22|the gate does not work
	./missing|503 22|the gate does not work
	kill -9 $$|503 22|the gate does not work
	exec >&-; sleep 0.1; exit 44|404 22|the gate knows no such resource
	sleep 100 & exit 0|101 0|
	echo X:y; sleep 100 & exit 0|101 0|
	cat; cat <&0; exit 43|403 22|the gate says no
	END
	all_rows 15
	[ "$(gated 'exit 41')" = '401 22' ]
	grep -q '^WWW-Authenticate: Basic realm="WebSocket"' out
}

# group_gone ID: nothing of that process group runs.
group_gone() {
	ps -e -o pgid= -o stat= | awk -v id="$1" '
	    $1 == id && $2 !~ /^Z/ { left = 1 }
	    END { exit left }'
}

@test "-g: a gate that hangs is ended after -w, with all that it started" {
	request >in
	[ "$(gated 'echo $$ >pid; sleep 100 & wait' -w "$PATIENCE")" = '503 22' ]
	[ "$(cat err)" = 'ws-handshake: refused with 503: the gate does not answer in time' ]
	until_true group_gone "$(cat pid)"
	[ "$(gated 'trap "" TERM; echo $$ >pid; while :; do sleep 1; done' -w "$PATIENCE")" = '503 22' ]
	until_true group_gone "$(cat pid)"
}

# at_gate HOW: ws-handshake on a socket, with a gate that goes on until there is a
# file "go"; its peer resets, or closes, or only ends what it sends.  What that gets
# is in the file out.
at_gate() {
	rm -f pid go
	bounded python3 - "$1" <<-'END'
		import os, socket, struct, subprocess, sys, time
		listener = socket.create_server(("127.0.0.1", 0))
		peer = socket.create_connection(listener.getsockname())
		ours, _ = listener.accept()
		p = subprocess.Popen(["ws-handshake", "-s", "-w", "60", "-S", "*", "-g",
		    "echo $$ >pid; until [ -e go ]; do sleep 0.05; done", "true"],
		    stdin=ours, stdout=ours, stderr=open("err", "wb"))
		ours.close()
		peer.sendall(open("in", "rb").read())
		while not (os.path.exists("pid") and os.path.getsize("pid")):
		    time.sleep(0.02)
		if sys.argv[1] == "half":
		    peer.shutdown(socket.SHUT_WR)
		    out = b""
		    while b" 102 " not in out:
		        out += peer.recv(1)
		    open("go", "w")
		    while piece := peer.recv(4096):
		        out += piece
		    *interim, final, end = out.split(b"\r\n\r\n")
		    assert set(interim) == {b"HTTP/1.1 102 Processing"}, out
		    open("out", "wb").write(final + b"\r\n\r\n" + end)
		    sys.exit(p.wait())
		if sys.argv[1] == "reset":
		    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
		        struct.pack("ii", 1, 0))
		peer.close()
		assert p.wait() == 6
	END
}

@test "-g: a gate ends with its peer" {
	request >in
	for how in reset close; do
		at_gate "$how"
		until_true group_gone "$(cat pid)"
		equal 'the reason' \
		    'ws-handshake: the peer has gone before the gate answered' \
		    "$(cat err)"
	done
}

@test "-g: a peer that only ends what it sends gets the answer, 102 before (RFC 9110, 15.2)" {
	request >in
	at_gate half
	answer >expected
	same expected out
	[ ! -s err ]
}

@test "-g: sees the CGI variables, not the connection, not the session" {
	# With "_" one field would have the name of another's variable.
	request 'X_Forwarded_For: 1.1.1.1' 'X-Token: abc' \
	    'X-Forwarded-For: 6.6.6.6' 'X_Forwarded_For: 2.2.2.2' \
	    'X-Forwarded_For: 3.3.3.3' 'X_Other: 4.4.4.4' >in
	printf 'not for the gate' >>in
	# shellcheck disable=SC2030
	[ "$(REMOTE_ADDR=1.2.3.4 WS_ROLE=client gated \
	    'env >env.txt; cat >input.txt; exit 0')" = '101 0' ]
	grep -qx HTTP_X_TOKEN=abc env.txt
	grep -qx REQUEST_URI=/chat env.txt
	grep -qx HTTP_X_FORWARDED_FOR=6.6.6.6 env.txt
	grep -qx REMOTE_ADDR=1.2.3.4 env.txt
	run ! grep '^WS_\|HTTP_X_OTHER' env.txt
	[ ! -s input.txt ]
	# It is not asked about a request that is refused anyway.
	rm env.txt
	request 'Origin: http://evil' >in
	[ "$(gated 'env >env.txt')" = '403 22' ]
	[ ! -e env.txt ]
}

@test "-g: prints fields of the answer, and nothing else" {
	request >in
	[ "$(gated 'echo "Set-Cookie: a=b"; printf "X-Y: z\r\n"' -H 'X-A: b')" = '101 0' ]
	answer 'X-A: b' 'Set-Cookie: a=b' 'X-Y: z' >expected
	same expected out
	[ "$(gated 'echo "WWW-Authenticate: Bearer"; exit 41')" = '401 22' ]
	[ "$(grep -c '^WWW-Authenticate' out)" = 1 ]
	grep -qx $'WWW-Authenticate: Bearer\r' out
	[ "$(gated 'echo "Retry-After: 5"; exit 53')" = '503 22' ]
	grep -qx $'Retry-After: 5\r' out
	local gate
	for gate in 'echo nothing' 'echo "X Y: z"' 'printf "X: a\rb\n"' \
	    'printf "X: a\0b\n"' 'echo' 'echo " X: y"' 'echo "Upgrade: h2c"' \
	    'echo "Connection: x"' 'echo "Sec-WebSocket-Accept: x"' \
	    'echo "content-length: 5"' 'echo "Transfer-Encoding: chunked"' \
	    'head -c 5000 /dev/zero | tr "\0" a' \
	    'seq -f "X-%g: y" 60'; do
		[ "$(gated "$gate")" = '503 22' ]
		[ "$(cat err)" = 'ws-handshake: refused with 503: the gate prints what is no header field of its own' ]
	done
}

# -- where a connection comes from --

# from OPTION ...: the addresses that a program after the request in the file in
# learns.
from() {
	REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 SERVER_PORT=99 \
	    ws-handshake -sP "$@" env <in >out 2>err || return
	sed -n '/^\(REMOTE\|SERVER\)_\(ADDR\|PORT\)=/p' out | sort | tr '\n' ' '
}

@test "-P: headers of version 1 and 2 give the address (PROXY protocol, 2.1, 2.2)" {
	local header want before
	begin_rows
	while IFS='|' read -r header want; do
		ROWS=$((ROWS + 1))
		{ printf '%b' "$header"; request 'X-Forwarded-For: 6.6.6.6'; } >in
		check_row "$header" equal address "$want " "$(from)"
		"$CORE" socket drip env REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 \
		    SERVER_PORT=99 ws-handshake -sP env <in >out
		check_row "$header" equal 'address, by a socket' "$want " \
		    "$(sed -n '/^\(REMOTE\|SERVER\)_\(ADDR\|PORT\)=/p' out |
		    sort | tr '\n' ' ')"
	done <<-'END'
	PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n|REMOTE_ADDR=192.0.2.1 REMOTE_PORT=56324 SERVER_PORT=443
	PROXY TCP6 2001:db8::1 ::1 1 65535\r\n|REMOTE_ADDR=2001:db8::1 REMOTE_PORT=1 SERVER_PORT=65535
	PROXY TCP6 2001:DB8:0:0:0:0:0:Ab 1:2:3:4:5:6:7:8 0 0\r\n|REMOTE_ADDR=2001:db8::ab REMOTE_PORT=0 SERVER_PORT=0
	PROXY TCP6 ::ffff:192.0.2.7 :: 1 2\r\n|REMOTE_ADDR=192.0.2.7 REMOTE_PORT=1 SERVER_PORT=2
	PROXY TCP6 1:: 1:2:3:4:5:6:1.2.3.4 1 2\r\n|REMOTE_ADDR=1:: REMOTE_PORT=1 SERVER_PORT=2
	PROXY UNKNOWN\r\n|REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 SERVER_PORT=99
	PROXY UNKNOWN ffff:f... what ever\r\n|REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 SERVER_PORT=99
	\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb|REMOTE_ADDR=192.0.2.1 REMOTE_PORT=56324 SERVER_PORT=443
	\r\n\r\n\0\r\nQUIT\n!\x21\0\x27\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xdc\x04\x01\xbb\x04\0\0|REMOTE_ADDR=2001:db8::1 REMOTE_PORT=56324 SERVER_PORT=443
	\r\n\r\n\0\r\nQUIT\n \0\0\0|REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 SERVER_PORT=99
	\r\n\r\n\0\r\nQUIT\n \x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb|REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 SERVER_PORT=99
	\r\n\r\n\0\r\nQUIT\n!\0\0\x03abc|REMOTE_ADDR=9.9.9.9 REMOTE_PORT=9 SERVER_PORT=99
	END
	all_rows 12
}

@test "-P: anything else is refused with 400, whatever follows" {
	local header
	begin_rows
	while IFS= read -r header; do
		ROWS=$((ROWS + 1))
		{ printf '%b' "$header"; request; } >in
		check_row "$header" refused_source
	done <<-'END'

	PROXY
	PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\n
	PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n
	PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 \r\n
	PROXY  TCP4 192.0.2.1 198.51.100.2 56324 443\r\n
	PROXY TCP4 192.0.2.256 198.51.100.2 56324 443\r\n
	PROXY TCP4 192.0.2.01 198.51.100.2 56324 443\r\n
	PROXY TCP4 192.0.2 198.51.100.2 56324 443\r\n
	PROXY TCP4 1.2.3.4.5 198.51.100.2 56324 443\r\n
	PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n
	PROXY TCP4 192.0.2.1 198.51.100.2 1 0443\r\n
	PROXY TCP4 2001:db8::1 ::1 1 2\r\n
	PROXY TCP6 192.0.2.1 ::1 1 2\r\n
	PROXY TCP6 1::2::3 ::1 1 2\r\n
	PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n
	PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r\n
	PROXY TCP6 1:2:3:4:5:6:7::8 ::1 1 2\r\n
	PROXY TCP6 : ::1 1 2\r\n
	PROXY TCP6 1: ::1 1 2\r\n
	PROXY TCP6 :1 ::1 1 2\r\n
	PROXY TCP6 12345:: ::1 1 2\r\n
	PROXY TCP6 \x11:: ::1 1 2\r\n
	PROXY UDP4 192.0.2.1 198.51.100.2 56324 443\r\n
	PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n
	\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb
	\r\n\r\n\0\r\nQUIT\n!\x11\0\x0b\xc0\0\x02\x01\xc6\x33\x64\x02\xdc\x04\x01
	\r\n\r\n\0\r\nQUIT\n"\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xdc\x04\x01\xbb
	\r\n\r\n\0\r\nQUIT\n!\x11\xff\xff
	\r\n\r\n\0\r\nQUIX\n!\0\0\0
	END
	all_rows 29
}

refused_source() {
	local status=0
	ws-handshake -sP true <in >out 2>err || status=$?
	equal status 22 "$status" || return 1
	equal 'standard error' \
	    'ws-handshake: refused with 400: no PROXY protocol header' \
	    "$(cat err)"
}

@test "-P: a header that is cut off is refused" {
	printf 'PROXY TCP4 192.0.2.1 ' >in
	run -22 from
	printf '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\xc0' >in
	run -22 from
	: >in
	run -22 from
}

# -- heads as data --

# asked EDIT ...: the request with these -H, without the line of the request.
asked() {
	local edit options=()
	for edit; do
		options+=(-H "$edit")
	done
	ws-handshake -c -k "$KEY" "${options[@]}" ws://h/ | tr -d '\r' |
	    sed '1d;$d' | sed 's/Sec-WebSocket/SW/'
}

@test "-H: replaces, removes, empties, repeats, moves and re-cases fields, to the byte" {
	local plain='Host: h
Upgrade: websocket
Connection: Upgrade
SW-Key: dGhlIHNhbXBsZSBub25jZQ==
SW-Version: 13'
	[ "$(asked)" = "$plain" ]
	[ "$(asked 'X-A: b')" = "$plain
X-A: b" ]
	[ "$(asked 'host: other' 'UPGRADE: x, y')" = \
	    "$(sed 's/^Host.*/host: other/; s/^Upgrade.*/UPGRADE: x, y/' <<<"$plain")" ]
	[ "$(asked 'Host:' 'upgrade: ')" = "$(sed 1,2d <<<"$plain")" ]
	[ "$(asked 'Host;')" = "$(sed '1s/.*/Host:/' <<<"$plain")" ]
	[ "$(asked 'Host: a' 'Host: b' 'Host:')" = \
	    "$(sed 's/^Host.*/Host: a/' <<<"$plain")
Host: b
Host:" ]
	[ "$(asked 'Connection:' 'CONNECTION: Upgrade')" = \
	    "$(sed /^Connection/d <<<"$plain")
CONNECTION: Upgrade" ]
	[ "$(asked 'X-A;' 'X-B:')" = "$plain
X-A:
X-B:" ]
	[ "$(ws-handshake -c -p a -p b -o http://o -u u:p \
	    -H 'sec-websocket-protocol:' -H 'Origin: null' \
	    -H 'Authorization: Bearer x' ws://h/ | tr -d '\r' | sed '1,6d;$d')" = \
	    'Origin: null
Authorization: Bearer x' ]
	refused 100 'ws-handshake: -H: not a header field "Name: value" (RFC 9112, 5)' \
	    ws-handshake -c -H 'Na me;' "$URL" </dev/null
	refused 100 'ws-handshake: -H: not a header field "Name: value" (RFC 9112, 5)' \
	    ws-handshake -c -H ';' "$URL" </dev/null
}

@test "-H: the same in answers; what the other side must be stays as it is" {
	request | ws-handshake -s -p x -H 'UPGRADE: WebSocket' -H 'Connection:' \
	    -H 'Sec-WebSocket-Accept;' -H 'Connection: x' | tr -d '\r' >out
	printf '%s\n' 'HTTP/1.1 101 Switching Protocols' 'UPGRADE: WebSocket' \
	    'Sec-WebSocket-Accept:' 'Connection: x' '' >expected
	same expected out
	# What is no key is sent, and not believed; a key is the one that counts.
	answer >in
	ws-handshake -c -k "$KEY" -H 'Sec-WebSocket-Key: other' "$URL" true \
	    <in >out
	ws-handshake -c -H "Sec-WebSocket-Key: $KEY" "$URL" true <in >out
	ws-handshake -c -k AAAAAAAAAAAAAAAAAAAAAA== \
	    -H "sec-websocket-key:$KEY " "$URL" true <in >out
	run -2 ws-handshake -cq -k "$KEY" \
	    -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' "$URL" true <in
	# A refusal is not edited.
	printf 'GET / HTTP/1.0\r\n\r\n' >in
	ws-handshake -qs -H 'Connection:' <in >out || true
	grep -q '^Connection: close' out
}

@test "-H: a subprotocol is an offer; what only another option can do is refused" {
	local options want
	begin_rows
	answer 'Sec-WebSocket-Protocol: b' >in
	while IFS='|' read -r want options; do
		ROWS=$((ROWS + 1))
		eval "set -- $options"
		got=0
		ws-handshake -c -q -k "$KEY" "$@" "$URL" \
		    sh -c 'echo "$WS_PROTOCOL"' <in >out || got=$?
		check_row "$options" equal status "$want" "$got"
		[ "$want" != 0 ] ||
		    check_row "$options" equal WS_PROTOCOL b "$(tail -n 1 out)"
	done <<-'END'
	0|-H 'Sec-WebSocket-Protocol: b'
	0|-H 'sec-websocket-protocol:a , b'
	0|-H 'Sec-WebSocket-Protocol: a' -H 'Sec-WebSocket-Protocol: b'
	0|-p a -H 'Sec-WebSocket-Protocol: b'
	0|-H 'X: b' -p b
	2|-H 'Sec-WebSocket-Protocol: a'
	2|-H 'Sec-WebSocket-Protocol: bb'
	2|-p b -H 'Sec-WebSocket-Protocol: a'
	2|-p b -H 'Sec-WebSocket-Protocol:'
	2|-p b -H 'Sec-WebSocket-Protocol;'
	2|-H 'X-Protocol: b'
	END
	all_rows 11
	refused 100 'ws-handshake: -H: no Sec-WebSocket-Extensions without -z, which speaks permessage-deflate' \
	    ws-handshake -c -H 'Sec-WebSocket-Extensions: permessage-deflate' "$URL" true
	refused 100 'ws-handshake: -H: no Sec-WebSocket-Extensions without -z, which speaks permessage-deflate' \
	    ws-handshake -s -H 'sec-websocket-extensions: x'
	refused 100 'ws-handshake: -H: Sec-WebSocket-Protocol is what the client offers and -p speaks' \
	    ws-handshake -s -p x -H 'Sec-WebSocket-Protocol: x'
	answer >in
	ws-handshake -c -k "$KEY" -H 'Sec-WebSocket-Extensions:' "$URL" true <in >out
}

@test "a URL that is longer than a head is to blame itself" {
	local long
	long=$(printf '%070000d' 0)
	refused 100 'ws-handshake: URL of 70010 bytes: the head, which it is part of, has at most 65536' \
	    ws-handshake -c "ws://h.xx/$long"
	refused 100 'ws-handshake: -H, -p and -u make a head of more than 65536 bytes' \
	    ws-handshake -c -H "X: $long" ws://h/
	refused 100 'ws-handshake: URL of 70010 bytes: the head, which it is part of, has at most 65536' \
	    ws-client "ws://h.xx/$long"
}

@test "HEAD is refused with a head, whatever else is wrong (RFC 9110, 9.3.2)" {
	local fields
	for fields in '' 'X y: z' 'Content-Length: 5' 'Upgrade: websocket'; do
		printf 'HEAD / HTTP/1.1\r\nHost: h\r\n%b\r\n' \
		    "${fields:+$fields\r\n}" >in
		[ "$(let_in)" = 22 ]
		tr -d '\r' <out >lines
		[ "$(tail -n 1 lines)" = '' ]
		[ "$(grep -c '^$' lines)" = 1 ]
		grep -qx 'Content-Length: [1-9][0-9]*' lines
	done
	printf 'HEAD /' >in
	[ "$(let_in)" = 22 ]
	[ "$(tail -n 1 out | tr -d '\r')" = '' ]
	# Methods have cases.
	printf 'Head / HTTP/1.1\r\nHost: h\r\n\r\n' >in
	[ "$(let_in)" = 22 ]
	[ "$(tail -n 1 out)" = 'Method Not Allowed' ]
}

@test "a whole URL as target is the Host, too; a query is the program's as it came (RFC 9112, 3.2.2)" {
	request Origin:\ http://name.example:8080 |
	    sed '1s,/chat,ws://Name.example:8080/a?b=100%,' >in
	ws-handshake -s env <in >out
	grep -qx HTTP_HOST=Name.example:8080 out
	grep -qx SERVER_NAME=Name.example out
	grep -qx PATH_INFO=/a out
	grep -qx QUERY_STRING=b=100% out
	grep -qx 'REQUEST_URI=ws://Name.example:8080/a?b=100%' out
}

@test "-o: a rule is an origin in any of its forms; what no Origin can be is refused" {
	local rule sentence
	request 'Origin: https://example.com' >in
	for rule in https://Example.com https://example.com:443 \
	    https://example.com/ HTTPS://EXAMPLE.COM:443/; do
		[ "$(let_in -o http://other -o "$rule")" = 0 ]
	done
	for rule in https://example.com:8443 http://example.com \
	    https://example.co null; do
		[ "$(let_in -o "$rule")" = 22 ]
	done
	while IFS='|' read -r rule sentence; do
		refused 100 "ws-handshake: -o: $sentence" \
		    ws-handshake -s -o "$rule" <in
		# A client says what it likes.
		[ "$rule" = "${rule#* }" ] || continue
		ws-handshake -c -o "$rule" ws://h/ | grep -qxF "Origin: $rule"$'\r'
	done <<-'END'
	example.com|an origin begins with its scheme, such as https:// (RFC 6454, 6.2)
	https://*.example.com|no origin has a wildcard: give each of several with -o, or "*" alone for all
	https://a,https://b|one origin only: give each of several with -o
	https://a https://b|one origin only: give each of several with -o
	https://a/chat|an origin ends with host or port, without path (RFC 6454, 6.2)
	https://a:0x|no valid host or port behind the scheme (RFC 6454, 6.2)
	END
	refused 100 'ws-handshake: -o: an origin begins with its scheme, such as https:// (RFC 6454, 6.2)' \
	    ws-listen -o example.com 127.0.0.1:0 cat
}

# -- lint --

@test "-L: all that is wrong with a request, with line and section; nothing is answered" {
	printf '%s\r\n' 'POST /a#b HTTP/1.0' 'Host: a b' 'Upgrade : websocket' \
	    'Connection: close' $'X: \x01' ' folded' 'Nothing' \
	    'Sec-WebSocket-Version: 08' 'Sec-WebSocket-Key: short' \
	    'Sec-WebSocket-Protocol: a, a' 'Sec-WebSocket-Extensions: ;' \
	    'Content-Length: 5' 'Origin: http://evil' >in
	printf 'Y: z\n\r\n' >>in
	run -22 --separate-stderr ws-handshake -sL <in
	[ "$output" = '' ]
	sed 's/^/ws-handshake: /' >expected <<-'END'
	line 3: malformed header field (RFC 9112, 5)
	line 5: control character in a header field (RFC 9110, 5.5)
	line 6: header field begins with a blank (RFC 9112, 5.2)
	line 7: malformed header field (RFC 9112, 5)
	line 14: line ends without CR (RFC 9112, 2.2)
	line 1: malformed request target (RFC 9112, 3.2)
	line 2: not exactly one well-formed Host field (RFC 9112, 3.2)
	line 1: method is not GET (RFC 6455, 4.1)
	line 1: request target is no path and no http or ws URL (RFC 9112, 3.2)
	line 1: HTTP/1.0 knows no upgrade (RFC 9110, 7.8)
	line 12: request with content (RFC 9110, 7.8)
	head: no upgrade to websocket asked for (RFC 6455, 4.2.1)
	line 4: Connection field without Upgrade (RFC 6455, 4.2.1)
	line 8: not exactly one Sec-WebSocket-Version of 0 to 255 (RFC 6455, 4.3)
	line 9: not exactly one Sec-WebSocket-Key of 16 bytes (RFC 6455, 4.2.1)
	line 10: Sec-WebSocket-Protocol is no list of unique tokens (RFC 6455, 4.1)
	line 11: malformed Sec-WebSocket-Extensions (RFC 6455, 9.1)
	line 13: Origin not allowed (RFC 6455, 10.2)
	END
	printf '%s\n' "$stderr" >actual
	same expected actual
}

@test "-L: says nothing of a good head, and something of every bad one in the vectors" {
	local file config status name options
	begin_rows
	while IFS=$'\t' read -r file config status _; do
		case $file$config in
		'#'* | *legacy=* | *auth=* | *path=*) continue ;;
		ok-bare-lf.* | ok-key-erratum.*) status=22 ;;
		esac
		ROWS=$((ROWS + 1))
		options='-o *'
		[[ "$config" != *origins=* ]] || options='-o http://example.com'
		set -f
		got=0
		# shellcheck disable=SC2086 # several options
		ws-handshake -sL $options <"$VECTORS/handshakes/$file" \
		    >out 2>err || got=$?
		set +f
		[ "$status" != 101 ] || status=0
		[ "$status" = 0 ] || status=22
		check_row "$file" equal status "$status" "$got"
		check_row "$file" equal output '' "$(cat out)"
		[ "$status" = 0 ] || check_row "$file" test -s err
		run ! grep -Evx 'ws-handshake: (line [0-9]+|head): .* \(RFC [0-9]+, [0-9.]+\)' err
		check_row "$file" equal sentence '' "$output"
	done <"$VECTORS/handshakes/index.tsv"
	all_rows 170
}

@test "-L: answers, with and without the key" {
	answer 'X: y' | ws-handshake -cL -k "$KEY" "$URL"
	answer 'X: y' | ws-handshake -cL "$URL"
	{ printf 'HTTP/1.1 103 Early\r\n\r\n'; answer; } | ws-handshake -cL "$URL"
	answer >in
	run -2 --separate-stderr ws-handshake -cL -k AAAAAAAAAAAAAAAAAAAAAA== "$URL" <in
	[ "$stderr" = 'ws-handshake: line 4: answer without the right Sec-WebSocket-Accept (RFC 6455, 4.1)' ]
	answer 'Sec-WebSocket-Protocol: x' 'Sec-WebSocket-Extensions: y' |
	    sed '1s/101/200/; /^Upgrade/d; s/^\(Connection\): .*/\1: a\r/; s/^\(Sec-WebSocket-Accept: .\)/\1+/' >in
	run -2 --separate-stderr ws-handshake -cL "$URL" <in
	[ "$stderr" = 'ws-handshake: line 1: status is not 101 (RFC 6455, 4.1)
ws-handshake: head: answer without Upgrade: websocket (RFC 6455, 4.1)
ws-handshake: line 2: answer without Connection: Upgrade (RFC 6455, 4.1)
ws-handshake: line 3: answer without the right Sec-WebSocket-Accept (RFC 6455, 4.1)
ws-handshake: line 5: answer with an extension that was not offered (RFC 6455, 4.1)
ws-handshake: line 4: answer with a subprotocol that was not offered (RFC 6455, 4.1)' ]
	usage_refused ws-handshake -cL "$URL" cat
	usage_refused ws-handshake -sL cat
}

# -- whatever order, case and spacing --

# variants SEED: a hundred heads that mean the same as the request in the file
# good, the fields in any order, their names in any case, blanks where they
# may be, lists cut over lines; each ends with an empty line.
variants() {
	awk -v seed="$1" '
	function any(n) { return int(rand() * n) }
	function blanks(   s, n) {
		s = ""
		for (n = any(3); n > 0; n--)
			s = s (any(2) ? " " : "\t")
		return s
	}
	function recase(s,   i, c, out) {
		out = ""
		for (i = 1; i <= length(s); i++) {
			c = substr(s, i, 1)
			out = out (any(2) ? toupper(c) : tolower(c))
		}
		return out
	}
	function emit(name, value) {
		n++
		field[n] = recase(name) ":" blanks() value blanks()
	}
	BEGIN { srand(seed) }
	{ sub(/\r$/, "") }
	FNR == 1 { start = $0; next }
	/^$/ { next }
	{ m++; i = index($0, ":"); name[m] = substr($0, 1, i - 1)
	  value[m] = substr($0, i + 2) }
	END {
		for (v = 0; v < 100; v++) {
			n = 0
			for (k = 1; k <= m; k++) {
				if (name[k] == "Connection" && any(2))
					emit(name[k], "keep-alive")
				if (name[k] == "Connection" || name[k] == "Upgrade")
					emit(name[k], (any(2) ? "," : "") \
					    recase(value[k]) (any(2) ? " ,,\t" : ""))
				else
					emit(name[k], value[k])
			}
			emit("X-" any(1000), "\303\251:,\"")
			for (k = n; k > 1; k--) {
				j = 1 + any(k)
				t = field[j]; field[j] = field[k]; field[k] = t
			}
			file = "variant-" v
			printf "%s\r\n", start > file
			for (k = 1; k <= n; k++)
				printf "%s\r\n", field[k] > file
			printf "\r\n" > file
			close(file)
		}
	}' good
}

@test "no head takes more than a moment to judge, whatever it is full of" {
	local n=64000 name
	fill() { head -c "$2" /dev/zero | tr '\0' "$1"; }
	request "Sec-WebSocket-Extensions: $(fill '~' $n)" >token
	request "Sec-WebSocket-Extensions: a$(fill x $n | sed 's/../; a/g')" >parameters
	request "Sec-WebSocket-Protocol: $(fill , $((n - 600)))$(seq -s , 100)" >elements
	request "Upgrade: $(fill x $n | sed 's/xx/a,/g')" >upgrades
	request "Authorization: Basic $(fill A $n)" >credentials
	request "Sec-WebSocket-Protocol: $(fill , $((n - 1000)))a$(seq -s ,a 100)" >commas
	for name in token parameters elements upgrades credentials commas; do
		(ulimit -t 3; ws-handshake -qs -u a:b -u c:d <"$name" >"$name.out" ||
		    [ $? -eq 22 ])
		(ulimit -t 3; ws-handshake -qs <"$name" >"$name.out" ||
		    [ $? -eq 22 ])
		[ -s "$name.out" ]
		(ulimit -t 3; ws-handshake -qsL <"$name" || [ $? -eq 22 ])
	done
}

@test "a head in any order, case and spacing gives the same verdict (property; RFC 9110, 5; RFC 9112, 5)" {
	local v edit want got
	begin_rows
	while IFS='|' read -r edit want; do
		request 'Origin: http://server.example.com' \
		    'Sec-WebSocket-Protocol: a, b' | sed "$edit" >good
		variants 7
		for ((v = 0; v < 100; v++)); do
			ROWS=$((ROWS + 1))
			ws-handshake -qs -p b <"variant-$v" >out || true
			got=$(head -n 1 out | cut -d' ' -f2)
			check_row "$edit, $(cat "variant-$v")" equal status \
			    "$want" "$got"
			[ "$want" != 101 ] || check_row "$edit, accept" \
			    grep -qx "Sec-WebSocket-Accept: $ACCEPT"$'\r' out
			[ "$want" != 101 ] || check_row "$edit, protocol" \
			    grep -qx $'Sec-WebSocket-Protocol: b\r' out
		done
	done <<-'END'
	|101
	s/: 13/: 14/|426
	s/^\(Origin: http:\/\/\)server/\1evil/|403
	/^Host/d|400
	END
	all_rows 400
}
