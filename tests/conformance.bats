#!/usr/bin/env bats
# A strict raw peer (peers/conform.py, nothing but a socket) against exactly
# `ws-listen -W PORT cat` and `ws-client -W URL cat`: floods of pings, also while
# nothing is read, and resets; the client's exit status after them.  All else
# that the RFC asks is asked by ws-check (ws-check.bats).

# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load session

# conform SECTION ...: both roles.
conform() {
	listen echo -W 0 cat
	remember
	timeout 110 "$python" "$peers/conform.py" server "$port" "$@"
	all_gone 8
	timeout 110 "$python" "$peers/conform.py" client "$root/cmd/ws-client" "$@"
	all_gone 8
}

@test "of pings faster than pongs are read the last is answered (RFC 6455, 5.5.3)" {
	conform 2
}

@test "resets at any point end the session and leave nothing (RFC 6455, 7.1.1)" {
	conform 11
}
