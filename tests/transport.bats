#!/usr/bin/env bats
# The rules of Tor's transport "websocket" for the data of a session, and its
# first programs, of 2013.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session

setup() {
	need socat ss python3
	session_begin
	remember
}

# frames LINE ...: what comes back for these frame lines; its status.
frames() {
	printf '%s\n' "$@" | client -an "${options[@]}" "$url" >out 2>err
}

# carried LIMIT OPTION ...: 3 MB go to the target and back, in messages of at most
# that many bytes, each of which is one frame.
carried() {
	local limit=$1
	shift
	head -c 3000000 /dev/urandom >in
	client -D capture "$@" "$url" <in >out
	cmp in out
	ws-deframe -cr 0 -av <capture >came
	grep -o ' len=[0-9]*' came | cut -d= -f2 | sort -n | tail -n 1 >longest
	[ "$(cat longest)" -le "$limit" ]
	[ "$(cat longest)" -gt 1000 ]
	grep -v '^close' came | cut -d' ' -f1,2 | sort -u >kinds
	rm capture
}

@test "bytes go as binary messages of one frame, none of them a ping" {
	bridge 'exec cat'
	carried 16384 -6
	[ "$(cat kinds)" = 'binary fin=1' ]
	all_left_is_bridge
}

@test "with the subprotocol base64 bytes go as texts of one frame" {
	bridge 'exec cat'
	carried 21848 -6 -p base64
	[ "$(cat kinds)" = 'text fin=1' ]
	all_left_is_bridge
}

# Only what waits for the next connection.
all_left_is_bridge() {
	stop bridge
	stop target || true
	all_gone
	[ ! -s bridge.err ]
}

@test "the subprotocol is base64 alone, and only where the client offers it" {
	bridge 'exec cat'
	for offer in base64 'chat, base64' 'base64,binary'; do
		run -0 answer_to "Sec-WebSocket-Protocol: $offer"
		[ "$(grep -i '^sec-websocket-protocol' <<<"$output")" = \
		    'Sec-WebSocket-Protocol: base64' ]
	done
	for offer in chat Base64 base64x; do
		run -0 answer_to "Sec-WebSocket-Protocol: $offer"
		[[ $output == 'HTTP/1.1 101 '* ]]
		run -1 grep -i protocol: <<<"$output"
	done
}

# answer_to FIELD: the head of the answer.
answer_to() {
	{
		ws-handshake -c -H "$1" "$url"
		ws-frame -c -e 1000 </dev/null
	} | timeout 15 socat -t 10 - "TCP:${url#ws://}" |
	    sed -n '1,/^.$/p' | tr -d '\r'
}

@test "any Origin is let in" {
	bridge 'exec cat'
	for origin in http://example.com https://evil.example:8443 null \
	    file:// ws://127.0.0.1:80; do
		run -0 answer_to "Origin: $origin"
		[[ $output == 'HTTP/1.1 101 '* ]]
	done
}

@test "text where base64 was not negotiated is Close 1003" {
	bridge 'exec cat'
	options=()
	frames 'binary "a"' 'text "SGVsbG8="' 'binary "b"' || true
	[ "$(tail -n 1 out)" = 'close 1003' ]
	frames 'text ""' || true
	[ "$(tail -n 1 out)" = 'close 1003' ]
	# Of us as clients, too.
	port=$(free_port)
	listen texts -t 127.0.0.1:0 sh -c 'echo no; read -r _'
	run -3 --separate-stderr client -6 "$url" </dev/null
	[ "$output" = '' ]
}

@test "text that is no base64 is Close 1007, whatever way it is cut" {
	bridge 'exec cat'
	options=(-p base64)
	for bad in 'text "SGVsbG8"' 'text "SGVs\nbG8="' 'text "-_-_"' \
	    'text "SGVsbG9="' 'text fin=0 "SG"'$'\n''cont "VsbG8"' \
	    'text fin=0 "SGVsbG8="'$'\n''cont "SGVsbG8="'; do
		frames "$bad" || true
		[ "$(tail -n 1 out)" = 'close 1007' ] || {
			echo "$bad"
			cat out err
			return 1
		}
	done
}

@test "base64 cut anywhere, empty messages, binary ones between" {
	bridge 'exec cat'
	printf '%s\n' 'text fin=0 "SG"' 'cont "VsbG8="' 'text ""' \
	    'binary " there"' 'text fin=0 ""' 'cont fin=0 "I"' 'ping "x"' \
	    'cont "Q=="' >lines
	{
		cat lines
		within 10 grep -q 'IQ==\|4=' out || true
		echo 'close 1000'
	} | client -a -p base64 "$url" >out
	grep '^text' out | cut -d'"' -f2 | ws-b64 -d >said
	[ "$(cat said)" = 'Hello there!' ]
	grep -qx 'pong "x"' out
	[ "$(tail -n 1 out)" = 'close 1000' ]
}

@test "messages of 16384 bytes, 21848 as base64, are taken; too large ones are 1009" {
	bridge 'exec cat'
	head -c 16384 /dev/urandom >in
	head -c 16384 in | client -6 -F 16384 "$url" >out
	cmp in out
	head -c 16384 in | client -6 -p base64 "$url" >out
	cmp in out
	for options in '' '-p base64'; do
		for length in 131073 4294967296 9223372036854775807; do
			printf 'raw hex:82ff%016x00000000\n' "$length" |
			    client -a $options "$url" >out 2>err || true
			[ "$(tail -n 1 out)" = 'close 1009' ]
		done
		# The sum of its frames counts.
		{
			echo 'binary fin=0 "x"'
			printf 'raw hex:80ff%016x00000000\n' 131072
		} | client -a $options "$url" >out 2>err || true
		[ "$(tail -n 1 out)" = 'close 1009' ]
	done
}

@test "a ping is answered by one pong, a pong by nothing" {
	bridge 'exec cat'
	for options in '' '-p base64'; do
		{
			printf '%s\n' 'pong "unasked"' 'ping "a"'
			within 10 grep -q 'pong "a"' out || true
			echo 'close 1000'
		} | client -a $options "$url" >out
		[ "$(cat out)" = $'pong "a"\nclose 1000' ]
	done
}

@test "a client in the manner of 2013" {
	bridge 'exec cat'
	head -c 1000000 /dev/urandom >in
	timeout 30 "$python" "$peers/flashproxy.py" talk "$url" <in >out
	cmp in out
	all_left_is_bridge
}

@test "a server in the manner of 2013: HTTP/1.0, an odd Accept, nothing but binary" {
	serve server "$python" "$peers/flashproxy.py" serve
	head -c 1000000 /dev/urandom >in
	client -6 -n -w $((3 * PATIENCE)) "$url" <in >out &
	within 20 has_bytes out 1000000
	kill $!
	wait $! || true
	cmp in out
	[ "$(wc -l <server.out)" = 1 ]
	run -22 client "$url/path"
}
