#!/usr/bin/env bats
# A strict raw peer (peers/conform.py, nothing but a socket) against exactly
# `ws-listen -W PORT cat` and `ws-client -W URL cat`: every answer to the byte,
# every Close code, the end of every connection, the client's exit status.
#
# Not tested here: permessage-deflate (compression-peers.bats).

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

@test "messages of every length in one frame (RFC 6455, 5.2)" {
	conform 1
}

@test "ping and pong, floods of them too (RFC 6455, 5.5.2, 5.5.3)" {
	conform 2
}

@test "RSV bits are refused, what came before is echoed (RFC 6455, 5.2)" {
	conform 3
}

@test "reserved opcodes and malformed headers are refused (RFC 6455, 5.2)" {
	conform 4
}

@test "fragments, with control frames between (RFC 6455, 5.4)" {
	conform 5
}

@test "valid UTF-8, in fragments and in chops (RFC 6455, 5.6)" {
	conform 6.1 6.2
}

@test "invalid UTF-8 fails at once (RFC 6455, 8.1)" {
	conform 6.3 6.4
}

@test "the closing handshake (RFC 6455, 5.5.1, 7)" {
	conform 7
}

@test "messages up to 16 MiB in any chopping (RFC 6455, 5.2, 5.4)" {
	conform 9 10
}

@test "resets at any point end the session and leave nothing (RFC 6455, 7.1.1)" {
	conform 11
}
