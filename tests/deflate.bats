#!/usr/bin/env bats
# Compression by common/code (RFC 1951), by way of tests/deflate: against zlib,
# whole, byte by byte (which is what the fast paths are held against) and in
# pieces of all sizes.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	"$TESTS/need" python3
}

@test "what zlib packs, of every kind, in windows of 9 to 15 bits (RFC 1951, 3.2)" {
	python3 "$TESTS/peers/deflate.py" "$TESTS/deflate" unpack
}

@test "zlib unpacks what is packed, in windows of 8 to 15 bits (RFC 1951, 3.2)" {
	python3 "$TESTS/peers/deflate.py" "$TESTS/deflate" pack
}

@test "what zlib finds wrong is refused; else both unpack the same" {
	python3 "$TESTS/peers/deflate.py" "$TESTS/deflate" rubbish
}

# unpacked BITS keep|drop HEX ...: unpacks messages, and prints the last.
unpacked() {
	local hex bits=$1 manner=$2
	shift 2
	for hex; do
		bytes "$(printf '%08x' $((${#hex} / 2)))"
		bytes "$hex"
	done >in
	"$TESTS/deflate" unpack "$bits" "$manner" whole <in >out || return
	"$TESTS/deflate" unpack "$bits" "$manner" bytes <in | cmp - out
	tail -c 5 out
}

@test "the examples (RFC 7692, 7.2.3)" {
	local hello=f248cdc9c90700
	[ "$(unpacked 15 keep "$hello")" = Hello ]
	[ "$(unpacked 15 keep "$hello" f200110000)" = Hello ]
	[ "$(unpacked 15 keep 000500faff48656c6c6f00)" = Hello ]
	[ "$(unpacked 15 keep f348cdc9c9070000)" = Hello ]
	[ "$(unpacked 15 keep f348cdc9c9070000 "$hello")" = Hello ]
	[ "$(unpacked 15 keep f24805000000ffffcac9c90700)" = Hello ]
}

# refused SENTENCE BITS keep|drop HEX ...
refused() {
	local sentence=$1
	shift
	run -2 unpacked "$@"
	[ "$output" = "$sentence" ]
}

@test "what is wrong is refused, with its section" {
	local hello=f248cdc9c90700
	refused 'no such type of block (RFC 1951, 3.2.3)' 15 keep 0600
	refused 'wrong length of a stored block (RFC 1951, 3.2.4)' \
	    15 keep 000500fbff48656c6c6f00
	refused 'distance beyond the window (RFC 1951, 2)' 15 keep f200110000
	refused 'distance beyond the window (RFC 1951, 2)' \
	    15 drop "$hello" f200110000
	refused 'too many codes (RFC 1951, 3.2.7)' 15 keep fcffffff
	refused 'impossible code lengths (RFC 1951, 3.2.7)' \
	    15 keep 05e0ffffffffffff0100
	refused 'the message ends inside of a block (RFC 7692, 7.2.1)' \
	    15 keep f248cd
	refused 'the message ends inside of a block (RFC 7692, 7.2.1)' \
	    15 keep 000500faff4865
	refused 'the message ends inside of a block (RFC 7692, 7.2.1)' \
	    15 keep 4b
}
