#!/usr/bin/env bats
# Compressed sessions (RFC 7692) with other implementations, in both roles and
# with every parameter that they know: node's ws, python3-websockets, aiohttp,
# and a strict peer with zlib (peers/conformdeflate.py).  Browsers:
# browser.bats.

# shellcheck disable=SC2154
load helper
load session

pd=permessage-deflate

# node_options: sets of options of node's ws, a line each.
node_options() {
	local drops server client
	for drops in '' '"serverNoContextTakeover":true' \
	    '"clientNoContextTakeover":true' \
	    '"serverNoContextTakeover":true,"clientNoContextTakeover":true'; do
		for server in '' '"serverMaxWindowBits":9' \
		    '"serverMaxWindowBits":15'; do
			for client in '' '"clientMaxWindowBits":9' \
			    '"clientMaxWindowBits":15'; do
				echo "{\"threshold\":0,$drops,$server,$client}" |
				    sed 's/,,*/,/g; s/,}/}/'
			done
		done
	done
}

# compressed OPTIONS WANTED
compressed() {
	run timeout 60 node "$peers/compressed.js" client "$url" "$1"
	equal "$1" "fine $2" "$output"
}

# carried: the lines come back, from each of the servers.
carried() {
	local each tried=0
	for i in {1..30}; do
		printf 'message %s %*s\n' "$i" $((i * i * 9)) "$i"
	done >lines
	for each in $port; do
		timeout $((20 * PATIENCE)) ws-client -zlm 30 \
		    "ws://127.0.0.1:$each" <lines >back
		same lines back
		tried=$((tried + 1))
	done
	[ "$tried" -eq "$1" ]
}

@test "node ws as client, with every parameter" {
	need node-ws
	local options tried=0
	listen echo -zW 127.0.0.1:0 cat
	compressed true $pd
	compressed false ''
	while read -r options; do
		compressed "$options" $pd
		tried=$((tried + 1))
	done < <(node_options)
	[ "$tried" -eq 36 ]
}

@test "node ws as server, with every parameter" {
	need node-ws
	local options
	mapfile -t options < <(node_options)
	serve many node "$peers/compressed.js" server "${options[@]}"
	carried 36
}

@test "python3-websockets as client, with every parameter" {
	need python3-websockets
	listen echo -zW 127.0.0.1:0 cat
	run -0 timeout $((100 * PATIENCE)) "$python" "$peers/compressed.py" \
	    websockets client "$url"
	[ "$output" = fine ]
}

@test "python3-websockets as server, with every parameter" {
	need python3-websockets
	serve many "$python" "$peers/compressed.py" websockets server
	carried 36
}

@test "aiohttp as client, with every parameter" {
	need python3-aiohttp
	local wish
	for wish in '' '; server_no_context_takeover' \
	    '; client_no_context_takeover; client_max_window_bits=10'; do
		listen echo -zW -H "Sec-WebSocket-Extensions: $pd$wish" \
		    127.0.0.1:0 cat
		run -0 timeout $((100 * PATIENCE)) "$python" \
		    "$peers/compressed.py" aiohttp client "$url"
		[ "$output" = fine ]
		stop echo || [ $? -eq 143 ]
	done
}

@test "aiohttp as server, with every parameter" {
	need python3-aiohttp
	local offer
	serve one "$python" "$peers/compressed.py" aiohttp server
	carried 1
	# It says nothing of a window of 15 bits.
	for offer in '' '; client_max_window_bits=9' \
	    '; server_no_context_takeover' '; client_no_context_takeover' \
	    '; server_max_window_bits='{9..14}; do
		timeout $((20 * PATIENCE)) ws-client -zlm 30 \
		    -H "Sec-WebSocket-Extensions: $pd$offer" "$url" \
		    <lines >back
		same lines back
	done
}

@test "a strict peer as client, each parameter, size and fragment of it" {
	need python3
	listen echo -zW 127.0.0.1:0 cat
	run -0 timeout $((110 * PATIENCE)) "$python" \
	    "$peers/conformdeflate.py" server "$port" 6000
}

@test "a strict peer as server, each parameter, size and fragment of it" {
	need python3
	run -0 timeout $((110 * PATIENCE)) "$python" \
	    "$peers/conformdeflate.py" client "$root/cmd/ws-client" 6000
}

@test "bytes as base64 in compressed messages: of our own, and with node ws" {
	seq 100000 >lines
	listen echo -6z -p base64 -D "$PWD/capture" 127.0.0.1:0 cat
	client -6z -p base64 "$url" <lines >back
	same lines back
	ws-deframe -zsr 0 -a <capture >frames
	grep -q '^text deflated "MQoyCjMKNAo1CjYKNwo4' frames
	run ! grep -qv '^text deflated "[A-Za-z0-9+/=]*"$' <(grep -v ^close frames)
	run -7 --separate-stderr client -zl -p base64 "$url" <<<'SGV!'
	[[ $stderr == *'1007'* ]]
	need node-ws
	run -0 timeout 30 node "$peers/compressed.js" base64 "$url" lines
	[ "$output" = "fine $pd" ]
}
