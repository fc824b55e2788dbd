#!/usr/bin/env bats
# tor-websocket-proxy as tor runs it, without tor: the lines, and whole sessions
# between its two sides.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session
load tor

# tor_bridge [ARG ...]: the server's side, in front of an echo; sets bridge to its
# port.
tor_bridge() {
	raw_tcp target "${target:-exec cat}"
	TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:$port \
		TOR_PT_SERVER_BINDADDR=${bind:-websocket-127.0.0.1:0} \
		run_tor 5 server server "$@"
	bridge=$(port_of server)
}

# tor_client [ARG ...]: the client's side; sets socks to its port.
tor_client() {
	TOR_PT_CLIENT_TRANSPORTS=websocket run_tor 6 client client "$@"
	socks=$(port_of client)
}

@test "the client's side: its lines" {
	tor_client
	[ "$(cat client.out)" = "VERSION 1
CMETHOD websocket socks5 127.0.0.1:$socks
CMETHODS DONE" ]
	[ ! -s client.err ]
	[ -z "$(ls -A state)" ]
}

@test "the server's side: its lines" {
	tor_bridge
	[ "$(cat server.out)" = "VERSION 1
SMETHOD websocket 127.0.0.1:$bridge
SMETHODS DONE" ]
	[ ! -s server.err ]
	[ -z "$(ls -A state)" ]
}

@test "a stream from client to server, and back, through both sides" {
	tor_bridge
	tor_client
	head -c 20000000 /dev/urandom >in
	remember
	through "$socks" 127.0.0.1 "$bridge" <in >out
	cmp in out
	all_gone 10
	[ ! -s server.err ]
	[ "$(wc -l <client.out)" -eq 3 ]
}

# A client of python3-websockets that sends bytes in messages and wants an echo;
# with base64, in texts of it.
browser() {
	need python3-websockets
	cat >browser.py <<-'END'
	import asyncio, base64, os, sys
	import websockets

	async def echoed(ws, want):
	    got = b""
	    while len(got) < len(want):
	        message = await asyncio.wait_for(ws.recv(), 10)
	        assert isinstance(message, str) == (ws.subprotocol == "base64")
	        if isinstance(message, str):
	            assert len(message) <= 21848, len(message)
	            message = base64.b64decode(message, validate=True)
	        assert len(message) <= 16384, len(message)
	        got += message
	    assert got == want, "not the same"

	def encoded(ws, data):
	    return base64.b64encode(data).decode() if ws.subprotocol else data

	def opened(url, names):
	    return websockets.connect(url, subprotocols=names, max_size=21848,
	        origin="https://page.example", ping_interval=None)

	async def closed(url, names, message):
	    async with opened(url, names) as ws:
	        await ws.send(message)
	        try:
	            while True:
	                await asyncio.wait_for(ws.recv(), 10)
	        except websockets.ConnectionClosed:
	            return ws.close_code

	async def main(url):
	    names = ["base64"] if len(sys.argv) > 2 else None
	    async with opened(url, names) as ws:
	        assert ws.subprotocol == (names and "base64"), ws.subprotocol
	        for size in 0, 1, 5, 125, 126, 16384:
	            data = os.urandom(size)
	            await ws.send(encoded(ws, data))
	            await echoed(ws, data)
	        await ws.send(b"binary")
	        await echoed(ws, b"binary")
	        data = encoded(ws, os.urandom(15))
	        await ws.send([data[:7], data[7:7], data[7:]])
	        await echoed(ws, base64.b64decode(data) if names else data)
	        await asyncio.wait_for(await ws.ping(b"x" * 125), 5)
	        big = os.urandom(1 << 20)
	        async def send():
	            for i in range(0, len(big), 16384):
	                await ws.send(encoded(ws, big[i:i + 16384]))
	        sender = asyncio.ensure_future(send())
	        await echoed(ws, big)
	        await sender
	    assert ws.close_code == 1000, ws.close_code
	    assert await closed(url, names, bytes(200000)) == 1009
	    if names:
	        for bad in "SGVsbG8", "SGVsbG8=\n", "-_-_", "\u00e9":
	            assert await closed(url, names, bad) == 1007, bad
	        assert await closed(url, names, "A" * 200000) == 1009
	    else:
	        for text in "", "SGVsbG8=", "x" * 70000:
	            assert await closed(url, names, text) == 1003, text
	    print("good")

	asyncio.run(main(sys.argv[1]))
	END
	run timeout 60 "$python" browser.py "ws://127.0.0.1:$bridge/" "$@"
	printf '%s\n' "$output"
	[ "$output" = good ]
}

@test "the server takes binary messages, and a text without base64 is Close 1003" {
	tor_bridge
	remember
	browser
	all_gone 10
}

@test "the server speaks base64 where it is asked for, and refuses what is none" {
	tor_bridge
	remember
	browser base64
	all_gone 10
}

# talk BYTES: to the server's side; what it answers.
talk() {
	# shellcheck disable=SC2059
	printf "$1" | timeout 10 socat -t $((3 * PATIENCE)) - "TCP:127.0.0.1:$bridge" |
		tr -d '\r\0\377'
}

hixie='GET / HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: h\r\n'
hixie+='Origin: http://page.example\r\n'
hybi='GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: h\r\n'
hybi+='Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n'

@test "older versions are spoken only with -O" {
	tor_bridge
	run -0 talk "$hixie"'WebSocket-Protocol: base64\r\n\r\n'
	[[ $output == 'HTTP/1.1 4'* ]]
	run -0 talk "$hybi"
	[[ $output == 'HTTP/1.1 426 '* ]]
}

@test "with -O a version of texts is spoken, but only with base64" {
	tor_bridge -O hixie-75,hixie-76,hybi-07,hybi-10
	remember
	run -0 talk "$hybi"
	[[ $output == 'HTTP/1.1 101 '* ]]
	run -0 talk "$hixie"'WebSocket-Protocol: base64\r\n\r\n\0SGVsbG8=\377'
	[[ $output == 'HTTP/1.1 101 '*SGVsbG8= ]]
	run -0 talk "$hixie"'\r\n\0SGVsbG8=\377'
	[[ $output == 'HTTP/1.1 101 '* ]]
	[[ $output != *SGVsbG8=* ]]
	all_gone 10
	grep -q 'ws-session: -6: only texts' server.err
}

# -- what tor is told when something is wrong --

# wrong LINE SIDE [VARIABLE=VALUE ...]: that line on standard output and nothing
# before it, status 100.
wrong() {
	local line=$1 side=$2 status=0
	shift 2
	env "$@" timeout 10 tor-websocket-proxy "--$side" \
		</dev/null >wrong.out 2>wrong.err || status=$?
	equal "status of $*" 100 "$status" || return
	equal "standard output of $*" "$line" "$(cat wrong.out)" || return
	equal "standard error of $*" "tor-websocket-proxy: ${line#* }" \
		"$(tail -n 1 wrong.err)"
}

@test "ENV-ERROR: a variable that is missing" {
	local server=(TOR_PT_SERVER_TRANSPORTS=websocket
		TOR_PT_ORPORT=127.0.0.1:1 TOR_PT_SERVER_BINDADDR=websocket-127.0.0.1:0)
	wrong 'ENV-ERROR no TOR_PT_CLIENT_TRANSPORTS' client "${server[@]}"
	wrong 'ENV-ERROR no TOR_PT_CLIENT_TRANSPORTS' client TOR_PT_CLIENT_TRANSPORTS=
	wrong 'ENV-ERROR no TOR_PT_SERVER_TRANSPORTS' server \
		TOR_PT_CLIENT_TRANSPORTS=websocket
	wrong 'ENV-ERROR no TOR_PT_ORPORT' server "${server[@]}" TOR_PT_ORPORT=
	run -100 --separate-stderr env -u TOR_PT_MANAGED_TRANSPORT_VER \
		tor-websocket-proxy --client </dev/null
	[[ $output == 'ENV-ERROR no TOR_PT_MANAGED_TRANSPORT_VER'* ]]
}

@test "VERSION-ERROR: a list without 1" {
	for list in 2 2,3 10 11,21 1.0 v1 ' 1'; do
		wrong 'VERSION-ERROR no-version' client \
			TOR_PT_CLIENT_TRANSPORTS=websocket \
			TOR_PT_MANAGED_TRANSPORT_VER="$list"
	done
	for list in 1 1,2 0,1 3,1,2; do
		run -0 env TOR_PT_MANAGED_TRANSPORT_VER="$list" \
			TOR_PT_CLIENT_TRANSPORTS=websocket \
			tor-websocket-proxy --client </dev/null
		[ "${lines[0]}" = 'VERSION 1' ]
	done
}

@test "ENV-ERROR: addresses that are none, or mean something to socat" {
	for bad in 1 127.0.0.1 127.0.0.1: :1 127.0.0.1:x 127.0.0.1:65536 \
		127.0.0.1:999999 localhost:1 '127.0.0.1:1 ' '127.0.0.1:1!!x' \
		'127.0.0.1:0x10' '::1:1' '[::1]' '[::1:1' '[]:1' '[::1]x:1' \
		'[::1],fork:1' '127.0.0.1:-1'; do
		wrong "ENV-ERROR TOR_PT_ORPORT: not address:port: $bad" server \
			TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT="$bad"
		case $bad in
		*,*) continue ;;
		esac
		wrong "ENV-ERROR TOR_PT_SERVER_BINDADDR: not address:port: $bad" \
			server TOR_PT_SERVER_TRANSPORTS=websocket \
			TOR_PT_ORPORT=127.0.0.1:1 \
			TOR_PT_SERVER_BINDADDR="websocket-$bad"
	done
	wrong 'ENV-ERROR TOR_PT_ORPORT: not address:port: 1.2.3.4:5?SMETHOD x' \
		server TOR_PT_SERVER_TRANSPORTS=websocket \
		TOR_PT_ORPORT=$'1.2.3.4:5\nSMETHOD x'
	for bad in 1.2.3 x ::1:: 127.0.0.1:80; do
		wrong 'ENV-ERROR TOR_PT_OUTBOUND_BIND_ADDRESS, or options: -M: not a numeric address' \
			client TOR_PT_CLIENT_TRANSPORTS=websocket \
			TOR_PT_OUTBOUND_BIND_ADDRESS_V4="$bad"
	done
}

@test "PROXY-ERROR: a proxy that is none" {
	for bad in x https://127.0.0.1:1 socks4://127.0.0.1:1 ftp://127.0.0.1:1 \
		127.0.0.1:1 http:// http://127.0.0.1 http://127.0.0.1:99999 \
		socks5://u:p@ 'socks5://127.0.0.1:1/path' \
		$'http://u:p\nq@127.0.0.1:1'; do
		wrong 'PROXY-ERROR TOR_PT_PROXY: -x: not http://, socks4a:// or socks5:// with [user:password@]host:port' \
			client TOR_PT_CLIENT_TRANSPORTS=websocket TOR_PT_PROXY="$bad"
	done
}

@test "wrong usage" {
	usage_refused tor-websocket-proxy
	usage_refused tor-websocket-proxy x
	usage_refused tor-websocket-proxy --both
	usage_refused tor-websocket-proxy --client -Z
	usage_refused tor-websocket-proxy --client -O hybi-10
	usage_refused tor-websocket-proxy --server -I
	usage_refused tor-websocket-proxy --server -O
	run -0 tor-websocket-proxy --client -V
	[ "$output" = "tor-websocket-proxy $(ws-frame -V | cut -d' ' -f2)" ]
}

@test "ENV-ERROR: an option with a value that is none" {
	export TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:1 \
		TOR_PT_CLIENT_TRANSPORTS=websocket
	for bad in '-B x' '-O hixie-7' '-R path'; do
		# shellcheck disable=SC2086 # several words
		run -100 --separate-stderr timeout 10 tor-websocket-proxy \
			--server $bad </dev/null
		[[ $output == "ENV-ERROR options: ${bad%% *}"* ]]
		[ "$stderr" = "tor-websocket-proxy: ${output#* }" ]
	done
	run -100 --separate-stderr timeout 10 tor-websocket-proxy --client \
		-K does-not-exist </dev/null
	[[ $output == 'ENV-ERROR '*' -K: open does-not-exist: '* ]]
}

@test "-N: what is no number of sessions is refused, and without it there is one" {
	export TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:1
	for bad in '' x 0 00 010 -1 100000 99999999999999999999; do
		run -100 --separate-stderr timeout 10 tor-websocket-proxy \
			--server -N "$bad" </dev/null
		[ "$output" = '' ]
		[[ $stderr == 'tor-websocket-proxy: -N: not a number from 1 to 99999:'* ]]
	done
	for bad in 1, 1,0 1,x 1,5000; do
		run -100 --separate-stderr timeout 10 tor-websocket-proxy \
			--server -N "$bad" </dev/null
		[[ $stderr == 'tor-websocket-proxy: -N: not a number from 1 to 4096:'* ]]
	done
	for number in 2000 99999; do
		[ "$number" = 2000 ] || set -- -N "$number"
		run_tor 5 server server "$@"
		grep -q ",max-children=$number " <<<"$(ours)"
		exec 5>&-
		ends server
	done
}

@test "names: others' are left alone, ours are served once each" {
	TOR_PT_CLIENT_TRANSPORTS=obfs4,websocket,meek_lite,websocket \
		run_tor 6 client client
	[ "$(wc -l <client.out)" -eq 3 ]
	[ -n "$(port_of client)" ]
	TOR_PT_CLIENT_TRANSPORTS=two,obfs4,one run_tor 7 several client one two
	[ "$(grep -c ^CMETHOD\  several.out)" -eq 2 ]
	[ "$(port_of several one)" != "$(port_of several two)" ]
	[ "$(sed -n 's/^CMETHOD \([a-z0-9]*\) .*/\1/p' several.out | tr '\n' ' ')" \
		= 'two one ' ]
	run -111 --separate-stderr env TOR_PT_CLIENT_TRANSPORTS=obfs4 \
		tor-websocket-proxy --client
	[ "$output" = $'VERSION 1\nCMETHODS DONE' ]
}

@test "several listeners of the server, on IPv4 and IPv6, each where tor says" {
	raw_tcp target 'exec cat'
	TOR_PT_SERVER_TRANSPORTS=one,x,two TOR_PT_ORPORT=127.0.0.1:$port \
		TOR_PT_SERVER_BINDADDR='one-127.0.0.1:0,x-127.0.0.1:9,two-[::1]:0' \
		run_tor 5 server server one two
	grep -qx "SMETHOD one 127.0.0.1:[1-9][0-9]*" server.out
	grep -qx "SMETHOD two \[::1\]:[1-9][0-9]*" server.out
	[ "$(wc -l <server.out)" -eq 4 ]
	tor_client
	remember
	echo one | through "$socks" 127.0.0.1 "$(port_of server one)" |
		grep -qx one
	echo two | through "$socks" ::1 "$(port_of server two)" | grep -qx two
	all_gone 10
}

@test "without TOR_PT_SERVER_BINDADDR: some port of all addresses" {
	TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:1 \
		run_tor 5 server server
	grep -qx "SMETHOD websocket 0.0.0.0:[1-9][0-9]*" server.out
}

@test "SMETHOD-ERROR: a port that is taken, an address not ours; others go on" {
	raw_tcp taken 'exec cat'
	TOR_PT_SERVER_TRANSPORTS=one,two,three TOR_PT_ORPORT=127.0.0.1:1 \
		TOR_PT_SERVER_BINDADDR="one-127.0.0.1:$port,two-192.0.2.1:0,three-127.0.0.1:0" \
		run_tor 5 server server one two three
	cat server.out
	grep -q "^SMETHOD-ERROR one .*Address already in use" server.out
	grep -q "^SMETHOD-ERROR two .*Cannot assign requested address" server.out
	grep -qx "SMETHOD three 127.0.0.1:[1-9][0-9]*" server.out
	[ "$(tail -n 1 server.out)" = 'SMETHODS DONE' ]
	run -111 --separate-stderr env TOR_PT_SERVER_TRANSPORTS=websocket \
		TOR_PT_ORPORT=127.0.0.1:1 \
		TOR_PT_SERVER_BINDADDR="websocket-127.0.0.1:$port" \
		timeout 10 tor-websocket-proxy --server
	[[ ${lines[1]} == 'SMETHOD-ERROR websocket '* ]]
	[ "${lines[2]}" = 'SMETHODS DONE' ]
}

@test "CMETHOD-ERROR: there is no socat" {
	mkdir bin
	for name in env sh mktemp mkfifo rm od tr sed mkdir ls; do
		ln -s "$(command -v "$name")" bin
	done
	PATH=$root/cmd:$PWD/bin run -111 --separate-stderr env \
		TOR_PT_CLIENT_TRANSPORTS=websocket tor-websocket-proxy --client
	[ "$output" = 'VERSION 1
CMETHOD-ERROR websocket listening needs socat, which is not installed
CMETHODS DONE' ]
}

@test "the scripts' shells: dash, bash, busybox ash" {
	local shell
	tor_bridge
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		# shellcheck disable=SC2086 # a shell may be two words
		TOR_PT_CLIENT_TRANSPORTS=websocket feed 6 "client" \
			$shell "$root/cmd/tor-websocket-proxy" --client
		within 10 grep -q 'METHODS DONE' client.out
		echo hello | through "$(port_of client)" 127.0.0.1 "$bridge" |
			grep -qx hello
		stop client
		# shellcheck disable=SC2086
		TOR_PT_CLIENT_TRANSPORTS=websocket feed 6 "client" \
			$shell "$root/cmd/tor-websocket-proxy" --client
		within 10 grep -q 'METHODS DONE' client.out
		exec 6>&-
		ends client
	done
}

# -- the end --

# open_session [ARGUMENTS]: one that stands, on descriptor 8.
open_session() {
	feed 8 session "$python" "$peers/socks.py" "$socks" 127.0.0.1 "$bridge" \
		"$@"
	echo hello >&8
	within 10 grep -qx hello session.out
}

# side_is_gone SIDE: itself, its listener, and all sessions.
side_is_gone() {
	local first=ws-socks
	[ "$1" = client ] || first=ws-handshake
	! grep -cE "^[0-9]+ ([^ ]*/)?ws-|proxy --$1|socat .*/$first" \
	    <<<"$(ours)"
}

@test "the end of standard input ends each side, with all of its sessions" {
	tor_bridge
	tor_client
	open_session
	exec 6>&-
	ends client
	exec 8>&-
	ends session || true
	within 10 side_is_gone client
	exec 5>&-
	ends server
	stop target || true
	within 10 nothing_left
	run -1 grep -v '^VERSION 1$\|METHOD' client.out
	[ ! -s server.err ]
}

@test "without TOR_PT_EXIT_ON_STDIN_CLOSE the end of standard input means nothing" {
	TOR_PT_EXIT_ON_STDIN_CLOSE=0 tor_client
	exec 6>&-
	tor_bridge
	open_session
	exec 8>&-
	ends session
	unset TOR_PT_EXIT_ON_STDIN_CLOSE
	exec 5>&-
	ends server
	stop client
	stop target || true
	within 10 nothing_left
}

@test "SIGTERM, also twice, ends each side with all of its sessions" {
	tor_bridge
	tor_client
	open_session
	kill "${pid[server]}"
	kill "${pid[server]}" 2>kill.err || true
	exec 5>&-
	ends server
	within 10 side_is_gone server
	exec 8>&-
	ends session || true
	stop client
	stop target || true
	within 10 nothing_left
}

@test "kill -9 leaves nothing behind, and the port is free for the next" {
	tor_bridge
	tor_client
	open_session
	kill -9 "${pid[server]}"
	ends server || true
	within 10 side_is_gone server
	old=$bridge
	stop target || true
	unset 'pid[target]' 'pid[server]'
	exec 5>&- 8>&-
	ends session || true
	rm -f feed.5
	bind=websocket-127.0.0.1:$old tor_bridge
	[ "$bridge" = "$old" ]
	open_session
	kill -9 "${pid[client]}"
	ends client || true
	exec 8>&-
	ends session || true
	exec 5>&-
	ends server
	stop target || true
	within 10 nothing_left
}

# At least so many processes of that side.
as_many_as() {
	[ "$(grep -c . <<<"$(ours)")" -ge "$1" ]
}

@test "SIGTERM at any moment of the start leaves nothing behind" {
	export TOR_PT_SERVER_TRANSPORTS=one,two TOR_PT_ORPORT=127.0.0.1:1
	for many in 1 2 3 4 5 1 2 3 4 5; do
		feed 5 server tor-websocket-proxy --server one two
		within 10 as_many_as "$many"
		stop server || true
		exec 5>&-
		within 10 nothing_left
		[ -z "$(ls -A state)" ]
	done
}

@test "SIGTERM while a listener begins leaves nothing behind" {
	local shell i
	export TOR_PT_CLIENT_TRANSPORTS=websocket
	cp -R "$root/cmd" "$root/common" .
	sed '/^	pid=\$!$/i kill -TERM $$' "$root/cmd/tor-websocket-proxy" \
		>cmd/tor-websocket-proxy
	grep -q '^kill -TERM' cmd/tor-websocket-proxy
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		for ((i = 0; i < 8; i++)); do
			# shellcheck disable=SC2086 # a shell may be two words
			start client $shell cmd/tor-websocket-proxy --client
			ends client
			[ -z "$(ls -A state)" ]
		done
	done
	within 5 nothing_left
}

@test "a listener that dies takes its side with it: tor starts another" {
	tor_client
	kill -9 "$(ours | sed -n 's/^\([0-9]*\) socat .*TCP4-LISTEN.*/\1/p')"
	ends client || true
	within 10 nothing_left
}

@test "a client that says nothing, or half of something, is left behind by nobody" {
	tor_bridge
	tor_client
	exec 7<>"/dev/tcp/127.0.0.1/$socks" 8<>"/dev/tcp/127.0.0.1/$bridge"
	printf '\5\1' >&7
	printf 'GET / HTTP/1.1\r\n' >&8
	within 5 eval 'grep -c ws-socks <<<"$(ours)" &&
	    grep -c ws-handshake <<<"$(ours)"'
	exec 5>&- 6>&-
	ends server
	ends client
	stop target || true
	within 10 nothing_left
	exec 7>&- 8>&-
}

# -- where the client goes --

@test "url=: a WebSocket somewhere else, whatever the Bridge line's address" {
	tor_bridge -R /secret
	tor_client
	remember
	echo hello | through "$socks" 192.0.2.1 1 \
		"url=ws://localhost:$bridge/secret?a=b\\;c" | grep -qx hello
	# More than 255 characters: user and password.
	echo hello | through "$socks" 192.0.2.1 1 \
		"x=$(printf '%0300d' 0);url=ws://localhost:$bridge/secret" |
		grep -qx hello
	all_gone 10
	run -1 through "$socks" 127.0.0.1 "$bridge" </dev/null
	[ "$output" = 'reply 2' ]
	within 5 grep -qx 'LOG SEVERITY=notice MESSAGE="ws-handshake: refused with 404 Not Found"' \
		client.out
}

@test "a URL that is none is refused, and none is an option" {
	tor_client
	for bad in '' x http://h/ wss:// ws://h:99999/ 'ws://a b/' -V -h \
		'-H=X: y' --; do
		run -1 through "$socks" 127.0.0.1 1 "url=$bad" </dev/null
		[ "$output" = 'reply 1' ]
	done
	all=$(grep -c '^LOG SEVERITY=notice MESSAGE="' client.out)
	[ "$all" -ge 8 ]
	run -1 grep -v '^VERSION 1$\|METHOD\|^LOG SEVERITY=[a-z]* MESSAGE="[ -~]*"$' \
		client.out
}

@test "why there is no connection: the reply, and a line in tor's log" {
	tor_client
	run -1 through "$socks" 127.0.0.1 "$(free_port)" </dev/null
	[ "$output" = 'reply 5' ]
	run -1 through "$socks" 0.0.0.0 1 'url=ws://does.not.exist.invalid/' </dev/null
	[ "$output" = 'reply 4' ]
	within 5 grep -q '^LOG SEVERITY=notice MESSAGE="ws-connect: connect tcp:127.0.0.1:[0-9]*: Connection refused"$' client.out
	raw_tcp odd 'printf "HTTP/1.1 403 a\"b\\\\c\r\n\r\n"; exec cat >/dev/null'
	run -1 through "$socks" 127.0.0.1 "$port" </dev/null
	[ "$output" = 'reply 2' ]
	within 5 grep -qF 'MESSAGE="ws-handshake: refused with 403 a\"b' client.out
	raw_tcp elsewhere "printf 'HTTP/1.1 302 x\\r\\nLocation: ws://127.0.0.1:1/\\r\\n\\r\\n'; exec cat >/dev/null"
	run -1 through "$socks" 127.0.0.1 "$port" </dev/null
	[ "$output" = 'reply 2' ]
	run -1 grep -v '^VERSION 1$\|METHOD\|^LOG SEVERITY=notice MESSAGE="\([^"\\]\|\\["\\]\)*"$' \
		client.out
}

@test "-q: no word on sessions" {
	tor_client -q
	run -1 through "$socks" 127.0.0.1 "$(free_port)" </dev/null
	[ "$output" = 'reply 5' ]
	run -1 through "$socks" 127.0.0.1 1 url=x </dev/null
	[ "$(wc -l <client.out)" -eq 3 ]
}

@test "a wss bridge: the certificate is verified, -K and -I" {
	need openssl
	certificates
	tor_bridge
	front=$(free_port)
	start front socat "OPENSSL-LISTEN:$front,bind=127.0.0.1,reuseaddr,fork,cert=server.pem,key=server.key,verify=0" \
		"TCP:127.0.0.1:$bridge"
	listens_on "$front" front
	wss=url=wss://localhost:$front/
	tor_client
	run -1 through "$socks" 192.0.2.1 1 "$wss" </dev/null
	[ "$output" = 'reply 1' ]
	within 5 grep -q '^LOG .*certificate' client.out
	head -c 3000000 /dev/urandom >in
	for option in '-K ca.pem' -I; do
		stop client
		# shellcheck disable=SC2086 # several words
		tor_client $option
		through "$socks" 192.0.2.1 1 "$wss" <in | cmp in -
	done
	stop client
	tor_client -K ca.pem
	run -1 through "$socks" 192.0.2.1 1 "url=wss://127.0.0.2:$front/" </dev/null
	[ "$output" = 'reply 5' ] || [ "$output" = 'reply 1' ]
}

@test "the server's side with TLS: -E, -Y" {
	need openssl
	certificates
	head -c 3000000 /dev/urandom >in
	tor_bridge -E server.pem -Y server.key
	tor_client -K ca.pem
	remember
	through "$socks" 192.0.2.1 1 "url=wss://localhost:$bridge/" <in | cmp in -
	all_gone
	# What speaks no TLS is nothing that tor should hear of.
	echo GET / | timeout 10 socat -t 5 - "TCP:127.0.0.1:$bridge" || true
	stop client
	stop server
	stop target || true
	[ "$(wc -l <server.out)" -eq 3 ]
	[ ! -s server.err ]
	bind='websocket-[::1]:0'
	tor_bridge -E both.pem
	tor_client -I
	remember
	through "$socks" 192.0.2.1 1 "url=wss://[::1]:$bridge/" <in | cmp in -
	# The end of tor leaves nothing of it, a session neither.
	open_session "url=wss://[::1]:$bridge/"
	exec 5>&-
	ends server
	within 15 side_is_gone server
	exec 8>&-
	ends session || true
	TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:1 \
		run -100 tor-websocket-proxy --server -E nothing
	[ "${lines[0]}" = 'ENV-ERROR -E: cannot read nothing' ]
	run -100 tor-websocket-proxy --server -Y server.key
	run -100 tor-websocket-proxy --server -E 'a,b'
	run -100 tor-websocket-proxy --client -E both.pem
}

# in_log LINES TEXT: the server has told tor that often.
in_log() {
	[ "$(grep -c "^LOG SEVERITY=warning .*$2" server.out)" -eq "$1" ]
}

# takes AUTHORITY: whether the certificate is of that one.
takes() {
	openssl s_client -connect "127.0.0.1:$bridge" -CAfile "$1" \
		-verify_return_error </dev/null >/dev/null 2>&1
}

@test "-E: SIGHUP takes up another certificate, and no session ends" {
	local shell stdin
	need openssl
	certificates
	openssl req -x509 -key server.key -subj /CN=new -days 2 -out new.pem \
		-addext subjectAltName=DNS:localhost
	for shell in dash bash 'busybox ash' 'dash without'; do
		need "${shell%% *}"
		stdin=1
		[ "$shell" != 'dash without' ] || stdin=0
		shell=${shell% without}
		cp server.pem one.pem
		raw_tcp target 'exec cat'
		# shellcheck disable=SC2086 # a shell may be two words
		TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:$port \
			TOR_PT_SERVER_BINDADDR=websocket-127.0.0.1:0 \
			TOR_PT_EXIT_ON_STDIN_CLOSE=$stdin feed 5 server \
			$shell "$root/cmd/tor-websocket-proxy" --server \
			-E one.pem -Y server.key
		within 10 grep -q 'METHODS DONE' server.out
		bridge=$(port_of server)
		tor_client -I
		open_session "url=wss://127.0.0.1:$bridge/"
		takes ca.pem

		echo rubbish >one.pem
		kill -HUP "${pid[server]}"
		within 10 in_log 1 'the one before stays'
		takes ca.pem
		run ! takes new.pem

		cp new.pem one.pem
		for _ in 1 2 3; do
			kill -HUP "${pid[server]}"
			within 10 takes new.pem || {
				echo "$shell, $stdin"
				cat server.out
				return 1
			}
		done
		run ! takes ca.pem
		echo 'hello again' >&8
		within 10 grep -qx 'hello again' session.out
		exec 8>&-
		ends session || true
		stop client
		if [ "$stdin" = 1 ]; then
			exec 5>&-
			ends server
		else
			kill -9 "${pid[server]}"
			run ends server
			exec 5>&-
		fi
		within 15 side_is_gone server
		[ -z "$(ls -A state)" ]
		stop target || true
		# Those of openssl.
		run ! grep -v 'refused with 400' server.err
	done
}

# -- proxies --

# Through TOR_PT_PROXY to the bridge, and never without it.
proxied() {
	TOR_PT_PROXY=$1 tor_client
	[ "$(sed -n 2p client.out)" = 'PROXY DONE' ]
	head -c 1000000 /dev/urandom >in
	through "$socks" 127.0.0.1 "$bridge" <in | cmp in -
}

# Nobody else can know of it.
fails_closed() {
	run -1 through "$socks" 127.0.0.1 "$bridge" </dev/null
	[[ $output == 'reply '[1-6] ]]
	[ ! -s server.err ]
}

@test "an HTTP proxy" {
	need tinyproxy
	tor_bridge
	proxy=$(free_port)
	printf '%s\n' "Port $proxy" 'Listen 127.0.0.1' 'Allow 127.0.0.1' \
		'BasicAuth me password' >tiny.conf
	start tiny tinyproxy -d -c tiny.conf
	listens_on "$proxy" tiny
	proxied "http://me:password@127.0.0.1:$proxy"
	grep -q "CONNECT 127.0.0.1:$bridge" tiny.out tiny.err
	stop client
	TOR_PT_PROXY=http://me:wrong@127.0.0.1:$proxy tor_client
	fails_closed
	stop tiny || true
	fails_closed
}

@test "a password for an HTTP proxy, with all that may be in one" {
	raw_tcp proxy 'sed "/^.\$/q" >asked
		grep -al "p%4[1]" /proc/[0-9]*/cmdline >seen 2>/dev/null
		printf "HTTP/1.1 407 no\r\n\r\n"'
	TOR_PT_PROXY="http://me:p%41:/@\$(id)@127.0.0.1:$port" tor_client
	run -1 through "$socks" 127.0.0.1 1 </dev/null
	[ "$output" = 'reply 2' ]
	[ "$(sed -n 's/^Proxy-Authorization: Basic \(.*\)\r/\1/p' asked |
		base64 -d)" = 'me:p%41:/@$(id)' ]
	[ -e seen ]
	[ ! -s seen ]
	run -1 grep -l 'p%41' client.out client.err
}

@test "a SOCKS 5 proxy, its password with all that may be in one" {
	need microsocks
	tor_bridge
	proxy=$(free_port)
	start micro microsocks -i 127.0.0.1 -p "$proxy" -u us -P 'er:p@ss/w%'
	listens_on "$proxy" micro
	proxied "socks5://us:er:p@ss/w%@127.0.0.1:$proxy"
	stop client
	TOR_PT_PROXY=socks5://us:wrong@127.0.0.1:$proxy tor_client
	fails_closed
	stop micro || true
	fails_closed
}

@test "a SOCKS 4a proxy" {
	tor_bridge
	proxy=$(free_port)
	printf '%s\n' '#!/bin/sh' 'echo "$SOCKS_VERSION $SOCKS_HOST" >>asked' \
		'exec ws-connect "tcp:$SOCKS_HOST:$SOCKS_PORT" \' \
		'    ws-socks -G 4 socat - FD:4' >open
	chmod +x open
	start proxy socat "TCP-LISTEN:$proxy,bind=127.0.0.1,reuseaddr,fork" \
		'EXEC:ws-socks ./open,nofork'
	listens_on "$proxy" proxy
	proxied "socks4a://127.0.0.1:$proxy"
	grep -qx '4 127.0.0.1' asked
	stop proxy || true
	fails_closed
}

@test "a wss bridge through a proxy, and a name that only the proxy looks up" {
	need microsocks openssl
	certificates
	tor_bridge
	front=$(free_port)
	start front socat "OPENSSL-LISTEN:$front,bind=127.0.0.1,reuseaddr,fork,cert=server.pem,key=server.key,verify=0" \
		"TCP:127.0.0.1:$bridge"
	listens_on "$front" front
	proxy=$(free_port)
	start micro microsocks -i 127.0.0.1 -p "$proxy"
	listens_on "$proxy" micro
	TOR_PT_PROXY=socks5://127.0.0.1:$proxy tor_client -K ca.pem
	head -c 1000000 /dev/urandom >in
	through "$socks" 192.0.2.1 1 "url=wss://localhost:$front/" <in | cmp in -
}

# -- strangers --

@test "random bytes at either side's port disturb nobody, and are not told of" {
	tor_bridge
	tor_client
	remember
	for seed in 1 2 3 4 5 6 7 8; do
		"$root/tests/core" stream garbage "$seed" >garbage
		for to in "$socks" "$bridge"; do
			timeout 10 socat -u - "TCP:127.0.0.1:$to" <garbage || true
		done
	done
	echo hello | through "$socks" 127.0.0.1 "$bridge" | grep -qx hello
	all_gone 15
	[ "$(wc -l <server.out)" -eq 3 ]
	run -1 grep -v '^VERSION 1$\|METHOD\|^LOG SEVERITY=notice MESSAGE="[ -~]*"$' \
		client.out
}

@test "ws-connect -M: where a connection comes from" {
	listen env 0.0.0.0:0 sh -c 'echo "$REMOTE_ADDR"'
	local ours
	ours=$(hostname -I | tr ' ' '\n' | grep -m 1 '^[0-9.]*$') ||
		skip 'no address but the loopback'
	run -0 timeout 10 ws-connect -M 127.0.0.2 -M ::1 "tcp:$ours:$port" \
		ws-handshake -c "ws://$ours/" ws-session fd:3,4 </dev/null
	[ "$output" = 127.0.0.2 ]
	# The loopback addresses have no other side.
	run -0 timeout 10 ws-connect -M "$ours" "tcp:127.0.0.1:$port" \
		ws-handshake -c "ws://$ours/" ws-session fd:3,4 </dev/null
	[ "$output" = 127.0.0.1 ]
	for bad in x 127.0.0.1:1 '' 300.1.1.1 '[127.0.0.1]' localhost; do
		run -100 --separate-stderr ws-connect -M "$bad" tcp:127.0.0.1:1 true
		[ "$stderr" = 'ws-connect: -M: not a numeric address' ]
	done
}

@test "TOR_PT_OUTBOUND_BIND_ADDRESS: where the client comes from" {
	local ours
	ours=$(hostname -I | tr ' ' '\n' | grep -m 1 '^[0-9.]*$') ||
		skip 'no address but the loopback'
	listen env 0.0.0.0:0 sh -c 'echo "$REMOTE_ADDR"'
	TOR_PT_OUTBOUND_BIND_ADDRESS_V4=127.0.0.2 \
		TOR_PT_OUTBOUND_BIND_ADDRESS_V6='[::1]' tor_client
	run -0 through "$socks" "$ours" "$port" </dev/null
	[ "$output" = 127.0.0.2 ]
}

# -- who connects to a bridge --

# stranger ADDRESS BYTES: a client at that address, says a proxy, with bytes in
# the notation of printf; what it gets goes to the file got, until the end or
# the first two lines.
stranger() {
	"$python" - "$port" "$1" "$2" >got <<-'END'
		import socket, sys
		address = sys.argv[2]
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
		version = 6 if ":" in address else 4
		said = sys.argv[3].encode().decode("unicode_escape").encode("latin-1")
		s.sendall(b"PROXY TCP%d %s %s 4321 80\r\n" % (version,
		    address.encode(), address.encode()) + said)
		got = b""
		try:
		    s.shutdown(socket.SHUT_WR)
		    while got.count(b"\n") < 2:
		        data = s.recv(65536)
		        if not data:
		            break
		        got += data
		except OSError:
		    pass
		sys.stdout.buffer.write(got)
	END
}

@test "a bridge gives an address a share of its sessions, 250 unless said otherwise" {
	local number
	tor_bridge
	number=$(pgrep -P "${pid[server]}" socat)
	tr '\0' '\n' <"/proc/$number/environ" | grep -qx 'WS_SLOTS=9,250'
	exec 5>&-
	ends server
	stop target || true
	tor_bridge -P -N 9,1
	port=$bridge
	cat >held.py <<-'END'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
		s.sendall(b"PROXY TCP4 192.0.2.1 192.0.2.1 1 80\r\n")
		s.sendall(open("request", "rb").read())
		print(s.recv(12).decode(), flush=True)
		sys.stdin.read()
	END
	ws-handshake -c ws://localhost/ >request
	feed 6 held "$python" held.py "$port"
	within 10 grep -q 'HTTP/1.1 101' held.out
	stranger 192.0.2.1 'GET / HTTP/1.1\r\n\r\n'
	grep -q '^HTTP/1.1 429 ' got
	stranger 192.0.2.2 'GET / HTTP/1.1\r\n\r\n'
	grep -q '^HTTP/1.1 400 ' got
	exec 5>&- 6>&-
	ends server
}

@test "no client's address is ever in a bridge's log or answers to tor" {
	local way said good
	certificates
	run -100 tor-websocket-proxy --server -v
	good=$(ws-handshake -c ws://localhost/ | sed 's/\r$/\\r\\n/' | tr -d '\n')
	for way in -P '-P -E both.pem' '-E both.pem' ''; do
		# shellcheck disable=SC2086 # words
		tor_bridge -N 9,1 $way
		port=$bridge
		for said in '' 'x\r\n\r\n' 'GET / HTTP/1.1\r\nHost: 198.51.100.77\r\n\r\n' \
		    'GET / HTTP/1.1\r\nX-Forwarded-For: 198.51.100.77\r\n\r\n' \
		    "$good"'\xff\xff' "$good"'\x81\x00' "$good"; do
			stranger 198.51.100.77 "$said"
			stranger 2001:db8:77::77 "$said"
		done
		exec 5>&-
		ends server
		stop target || true
		run -1 grep -aE '198\.51\.100|2001:db8|:77::|:0077|4321|127\.0\.0\.1' \
		    server.err
		equal 'addresses told to tor' "SMETHOD websocket 127.0.0.1:$port" \
		    "$(grep -a '[.]0[.]0[.]1\|198\|2001' server.out)"
	done
}
