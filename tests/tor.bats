#!/usr/bin/env bats
# The real tor.

bats_require_minimum_version 1.5.0
load session

setup() {
	need tor tor-gencert socat openssl nginx
	session_begin
}

@test "clients of a network of tors bootstrap by our transport, and bytes go both ways" {
	run "$BATS_TEST_DIRNAME/check-tor" 3>&-
	printf '%s\n' "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = 'check-tor: all is well' ]
}

# verified KEYWORDS: tor takes the lines of the page that begin with these.
verified() {
	grep -E "^($1) " "$root/man1/tor-websocket-proxy.1" >torrc
	cat torrc
	tor --verify-config --defaults-torrc /dev/null -f torrc --quiet \
		--DataDirectory "$PWD/data"
}

@test "the page's lines for a client and a bridge are what tor takes" {
	verified 'UseBridges|ClientTransportPlugin|Bridge'
	[ "$(wc -l <torrc)" -eq 6 ]
	verified 'BridgeRelay|ORPort|AssumeReachable|ExtORPort|ServerTransport.*'
	[ "$(wc -l <torrc)" -eq 9 ]
}
