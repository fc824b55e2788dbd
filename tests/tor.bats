#!/usr/bin/env bats
# The real tor.

bats_require_minimum_version 1.5.0
load session

setup() {
	need tor tor-gencert socat openssl
	session_begin
}

teardown() {
	session_end
}

@test "clients of a network of tors bootstrap by our transport, and bytes go both ways" {
	run "$BATS_TEST_DIRNAME/check-tor" 3>&-
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = 'check-tor: all is well' ]
}
