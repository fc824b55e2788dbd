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

# bridge [ARG ...]: the server's side, in front of an echo; sets bridge to its
# port.
bridge() {
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
	bridge
	[ "$(cat server.out)" = "VERSION 1
SMETHOD websocket 127.0.0.1:$bridge
SMETHODS DONE" ]
	[ ! -s server.err ]
	[ -z "$(ls -A state)" ]
}

@test "a stream from client to server, and back, through both sides" {
	bridge
	tor_client
	head -c 20000000 /dev/urandom >in
	remember
	through "$socks" 127.0.0.1 "$bridge" <in >out
	cmp in out
	all_gone
	[ ! -s server.err ]
	[ "$(wc -l <client.out)" -eq 3 ]
}
