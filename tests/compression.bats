#!/usr/bin/env bats
# Compressed messages (RFC 7692, 6 and 7.2) in the filters and in sessions.
#
# Not tested here: how they are agreed on (permessage.bats), compression itself
# (deflate.bats).

bats_require_minimum_version 1.5.0
load helper

@test "every row of the vectors: whole, dripped, in chops, -W, -j, -a and -aLv, both roles" {
	"$TESTS/need" python3
	timeout 300 python3 "$TESTS/peers/permessage.py" "$TESTS/../cmd" \
	    "$CORE" "$VECTORS/deflate.tsv"
}

@test "RFC 7692, 7.2.3: a frame line says deflated, and shows the text" {
	bytes c107f248cdc9c90700+4103f248cd8004c9c90700 >in
	ws-deframe -za <in >out
	printf '%s\n' 'text deflated "Hello"' 'text fin=0 deflated "He"' \
	    'cont "llo"' >expected
	same expected out
	ws-frame -za <out | ws-deframe -z >out2
	[ "$(cat out2)" = HelloHello ]
}

@test "without -z nothing is inflated, and nothing deflated to send" {
	bytes c107f248cdc9c90700 >in
	run -2 ws-deframe <in
	[ "$output" = 'ws-deframe: frame 1, byte 0: reserved bit set (RFC 6455, 5.2)' ]
	run -65 ws-frame -a <<<'text deflated "Hello"'
	run -100 env WS_EXTENSIONS=x-webkit-deflate-frame ws-frame -z </dev/null
	[ "$output" = 'ws-frame: WS_EXTENSIONS: not permessage-deflate and its parameters (RFC 7692, 7.1)' ]
}

@test "versions before 13 have none: refused off-line, not done in a session" {
	local version
	for version in 7 8 hixie-76 hixie-75; do
		for program in ws-frame ws-deframe; do
			run -100 env WS_VERSION=$version $program -z </dev/null
			[ "$output" = "$program: -z: versions before 13 have no extensions" ]
		done
		export WS_ROLE=server WS_VERSION=$version
		printf 'again and again and again and again\n' >in
		ws-frame -nl <in >plain
		WS_EXTENSIONS=permessage-deflate ws-frame -znl <in >out
		same plain out
		unset WS_ROLE WS_VERSION
	done
	bytes c187000000+00f248cdc9c90700 >in
	WS_EXTENSIONS=permessage-deflate WS_ROLE=server WS_VERSION=8 \
	    refused 2 'ws-deframe: frame 1, byte 0: reserved bit set (RFC 6455, 5.2)' \
	    ws-deframe <in
}

@test "what does not become shorter goes as it is; control frames always" {
	head -c 5000 /dev/urandom >noise
	ws-frame -zb <noise >packed
	ws-frame -b <noise >plain
	same plain packed
	printf 'ping "pingpingpingpingping"\n' | ws-frame -za >ping
	printf 'ping "pingpingpingpingping"\n' | ws-frame -a | cmp - ping
	printf 'x\nx\n' | ws-frame -zl | ws-deframe -a >out
	printf 'text "x"\ntext "x"\n' | cmp - out
}

@test "-B counts what was inflated: a bomb ends with 1009" {
	head -c 2000000 /dev/zero | ws-frame -zl >bomb
	[ "$(wc -c <bomb)" -lt 4000 ]
	run -9 --separate-stderr ws-deframe -zB 1m <bomb
	[[ "$stderr" == *'message larger than the limit (RFC 6455, 10.4)' ]]
	ws-deframe -zB 1m <bomb 2>/dev/null >out || true
	[ "$(wc -c <out)" -eq 1048576 ]
}

@test "compressed text that is not UTF-8 is no whole message under -W (RFC 6455, 8.1)" {
	for payload in '\x05\x4a\xfc\x9f\x08\x00' '\x05\x4a\x7c\xd4\x04\x00'; do
		# shellcheck disable=SC2059 # with \x
		printf "\xc1$payload" >in
		status=0
		ws-deframe -qzW <in >out || status=$?
		[ "$status" -eq 7 ]
		[ "$(head -c 1 out | od -An -tx1)" = ' 01' ]
	done
}

@test "of several things wrong with a message the first is told, whole and dripped" {
	local text='text is not valid UTF-8 (RFC 6455, 8.1)'
	local manner
	# A stored block of "a", "b", ff; then a block of no type.
	bytes c109+00+0300fcff+6162ff+06 >in
	bytes c108+00+0300fcff+616263 >cut
	for manner in cat "$CORE drip"; do
		run -7 --separate-stderr ws-deframe -z < <($manner <in)
		[ "$output" = ab ]
		[ "$stderr" = "ws-deframe: frame 1, byte 0: $text" ]
		run -9 --separate-stderr ws-deframe -zB 1 < <($manner <in)
		[ "$output" = a ]
		run -7 --separate-stderr ws-deframe -zB 3 < <($manner <in)
		[ "$stderr" = "ws-deframe: frame 1, byte 0: $text" ]
		run -7 --separate-stderr ws-deframe -z < <($manner <cut)
		[ "$output" = abc ]
		[ "$stderr" = 'ws-deframe: frame 1, byte 0: the message ends inside of a block (RFC 7692, 7.2.1)' ]
	done
}

@test "-L tells all that is wrong with compressed messages, and goes on" {
	# RSV1 on a ping and inside a message; a block of no type; then good ones.
	bytes c903+782a2a+4103f248cd+c004c9c90700+c10106+c107f248cdc9c90700 >in
	bytes c107f248cdc9c90700+8100 >>in
	run -2 --separate-stderr ws-deframe -zLl <in
	[ "$output" = $'Hello\n\nHello\nHello' ]
	cat >expected <<-'END'
	ws-deframe: frame 1, byte 0: RSV1 on a frame that begins no message (RFC 7692, 6.1)
	ws-deframe: frame 3, byte 10: RSV1 on a frame that begins no message (RFC 7692, 6.1)
	ws-deframe: frame 4, byte 16: no such type of block (RFC 1951, 3.2.3)
	END
	same expected <(printf '%s\n' "$stderr")
	run -2 --separate-stderr ws-deframe -zLav <in
	same expected <(printf '%s\n' "$stderr")
	ws-frame -za <<<"$output" | cmp - in
}

@test "-zS finds the parameters in the head of a capture" {
	local head='HTTP/1.1 101 OK\r\nSec-WebSocket-Extensions: '
	{
		printf "$head"'permessage-deflate; server_no_context_takeover\r\n\r\n'
		bytes c107f248cdc9c90700+c105f200110000
	} >drops
	run -7 --separate-stderr ws-deframe -zS <drops
	[[ "$stderr" == 'ws-deframe: frame 2, byte '*': distance beyond the window (RFC 1951, 2)' ]]
	{
		printf "$head"'permessage-deflate\r\n\r\n'
		bytes c107f248cdc9c90700+c105f200110000
	} >keeps
	[ "$(ws-deframe -zS <keeps)" = HelloHello ]
	{
		printf 'HTTP/1.1 101 OK\r\n\r\n'
		bytes c107f248cdc9c90700
	} >without
	run -2 ws-deframe -zS <without
	[[ "$output" == 'ws-deframe: frame 1, byte '*': reserved bit set (RFC 6455, 5.2)' ]]
}

@test "-zS: of the offers in the head of a request any may have been accepted" {
	local head='GET / HTTP/1.1\r\nSec-WebSocket-Extensions: '
	# The second message refers to the first.
	bytes c187000000+00f248cdc9c90700+c185000000+00f200110000 >frames
	{
		printf "$head"'permessage-deflate; client_no_context_takeover\r\n\r\n'
		cat frames
	} >one
	run -7 --separate-stderr ws-deframe -zsS <one
	[ "$output" = HelloH ]
	{
		printf "$head"'permessage-deflate; unknown, '
		printf 'permessage-deflate; client_no_context_takeover, '
		printf 'permessage-deflate\r\n\r\n'
		cat frames
	} >more
	[ "$(ws-deframe -zsS <more)" = HelloHello ]
}

@test "1 GiB of zeros in one message, there and back, in a few MiB" {
	local n=$((${BULK:-1024} << 20))
	"$CORE" zeros "$n" | "$CORE" peak sent ws-frame -zl |
	    "$CORE" peak got ws-deframe -z | wc -c >count
	[ "$(cat count)" -eq "$n" ]
	[ "$(cat sent)" -lt 16384 ]
	[ "$(cat got)" -lt 16384 ]
}

@test "ws-session -z: both filters, without a handshake" {
	printf '%s' 'again and again and again and again' |
	    ws-frame -czn >in
	{ ws-frame -c -e 1000 </dev/null >>in; } || true
	timeout 20 ws-session -sz cat <in >out
	ws-deframe -za <out >lines
	[ "$(head -n 1 lines)" = 'binary deflated "again and again and again and again"' ]
}
