#!/usr/bin/env bats
# tor-websocket-proxy as tor runs it, without tor: the lines, and whole sessions
# between its two sides.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load session

setup() {
	need socat ss "${python##*/}"
	session_begin
	unset TOR_PT_PROXY
	export TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_EXIT_ON_STDIN_CLOSE=1 \
		TOR_PT_STATE_LOCATION=$PWD/state/
}

teardown() {
	session_end
}

# run_tor FD NAME SIDE [ARG ...]: starts that side as tor does, its standard
# input open as long as descriptor FD (5 to 8) is.
run_tor() {
	local fd=$1 name=$2 side=$3
	shift 3
	feed "$fd" "$name" tor-websocket-proxy "--$side" "$@"
	within 10 grep -q 'METHODS DONE' "$name.out" || {
		echo "$name: $(cat "$name.out" "$name.err")"
		return 1
	}
}

# port_of NAME [TRANSPORT]: of its METHOD line.
port_of() {
	sed -n "s/^[CS]METHOD ${2:-websocket} .*:\([0-9]*\)\$/\1/p" "$1.out"
}

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

# through SOCKS-PORT HOST PORT [ARGUMENTS]: standard input and output, by way of
# the client, as tor asks.
through() {
	timeout 20 "$python" "$peers/socks.py" "$@"
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
	all_gone
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
	all_gone
}

@test "the server speaks base64 where it is asked for, and refuses what is none" {
	tor_bridge
	remember
	browser base64
	all_gone
}

# talk BYTES: to the server's side; what it answers.
talk() {
	# shellcheck disable=SC2059
	printf "$1" | timeout 10 socat -t 3 - "TCP:127.0.0.1:$bridge" |
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
	all_gone
	grep -q 'ws-session: -6: only texts' server.err
}
