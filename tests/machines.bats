#!/usr/bin/env bats
# Other machines, in short: the other byte order, and words of 32 bits.  "make
# check-machines" runs all tests.

bats_require_minimum_version 1.5.0

# short_on VARIANT: the core in short, and a whole session of a client and a
# server.  A bats inside a bats must not know of the other.
short_on() {
	local out=$BATS_TEST_TMPDIR/out status=0
	cd "$BATS_TEST_DIRNAME/.."
	tests/need -l socat ss || skip 'no socat or ss'
	env -i PATH="${PATH//"$BATS_LIBEXEC:"/}" HOME="$BATS_TEST_TMPDIR" \
	    tests/variant "$1" -f \
	    'SHA|base64 of|frames written|frames received|complete server .socat, nofork|wss: the certificate' \
	    tests/core.bats tests/ws-server.bats tests/ws-connect.bats >"$out" 2>&1 || status=$?
	[ "$status" -ne 69 ] || skip "$(tail -n 1 "$out")"
	cat "$out"
	[ "$(tail -n 1 "$out")" = '8 passed, 0 failed' ]
}

@test "the core and a session on big-endian s390x" {
	short_on s390x
}

@test "the core and a session on i386" {
	short_on i386
}
