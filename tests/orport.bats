#!/usr/bin/env bats
# extorport: as a target: a peer takes the part of Tor.  check-tor does it with
# the real one.

# shellcheck disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load session

setup() {
	need socat ss python3
	session_begin
}

# tor [MISTAKE]: a Tor whose Extended ORPort is $orport.
tor() {
	export TOR_PT_AUTH_COOKIE_FILE=$PWD/cookie
	serve tor "$python" "$peers/orport.py" "$TOR_PT_AUTH_COOKIE_FILE" "$@"
	orport=extorport:websocket:tcp:127.0.0.1:$port
}

told() {
	sed 1d tor.out
}

@test "Tor is told of the client and the transport, then carries its bytes" {
	tor
	listen bridge 127.0.0.1:0 "$orport"
	remember
	head -c 3000000 /dev/zero | tr '\0' a >in
	client "$url" <in >out
	{ printf 'first '; tr a A <in; } | cmp - out
	within 5 grep -qx end tor.out
	told | sed 's/:[0-9]*$/:PORT/' >lines
	[ "$(cat lines)" = $'useraddr 127.0.0.1:PORT\ntransport websocket\ndone \nend' ]
	# And no process stands between the two connections.
	all_gone
	[ ! -s bridge.err ]
}

@test "a client with an IPv6 address" {
	tor
	listen bridge '[::1]:0' "$orport"
	echo | client "ws://[::1]:$port/" >out
	told | grep -q '^useraddr \[::1\]:[1-9][0-9]*$'
}

@test "the address is that of the PROXY protocol, and left out where there is none" {
	tor
	listen bridge -P 127.0.0.1:0 "$orport"
	{
		printf 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n'
		ws-handshake -c "$url"
		ws-frame -c -e 1000 </dev/null
	} | timeout 15 socat -t 10 - "TCP:127.0.0.1:$port" >out
	[ "$(told | head -n 1)" = 'useraddr 192.0.2.7:4711' ]
	: >tor.out
	{
		ws-handshake -c ws://localhost/
		ws-frame -c -e 1000 </dev/null
	} | ws-handshake -s -q sh -c '
		REMOTE_ADDR="fe80::1%eth0" exec ws-session "$1"' - "$orport" >out
	[ "$(head -n 1 tor.out)" = 'transport websocket' ]
}

@test "commands that nobody knows are ignored" {
	tor unknown
	listen bridge 127.0.0.1:0 "$orport"
	[ "$(printf a | client "$url")" = 'first A' ]
}

# What tor tells a server's side.
tor_says=(env TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_STATE_LOCATION=state
	TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:1
	TOR_PT_SERVER_BINDADDR=websocket-127.0.0.1:0)

@test "tor-websocket-proxy --server takes the Extended ORPort that tor offers" {
	tor
	start bridge "${tor_says[@]}" \
		"TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:$port" \
		tor-websocket-proxy --server
	within 10 grep -q 'METHODS DONE' bridge.out
	url=ws://127.0.0.1:$(sed -n 's/^SMETHOD .*://p' bridge.out)
	[ "$(printf a | client "$url")" = 'first A' ]
	told | grep -qx 'transport websocket'
	[ ! -s bridge.err ]
	run -100 "${tor_says[@]}" TOR_PT_EXTENDED_SERVER_PORT=x:1 \
		tor-websocket-proxy --server
	[ "${lines[0]}" = 'ENV-ERROR TOR_PT_EXTENDED_SERVER_PORT: not address:port: x:1' ]
	run -100 "${tor_says[@]}" TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:1 \
		TOR_PT_AUTH_COOKIE_FILE= tor-websocket-proxy --server
	[ "${lines[0]}" = 'ENV-ERROR no TOR_PT_AUTH_COOKIE_FILE' ]
}

# fails SENTENCE: the session says so, the client gets Close 1014.
fails() {
	local status=0
	listen bridge -w 1 127.0.0.1:0 "$orport"
	remember
	echo | client "$url" >out 2>err || status=$?
	[ "$status" = 14 ] || { echo "status $status"; cat err; return 1; }
	grep -q 1014 err || { cat err; return 1; }
	[ ! -s out ]
	[ "$(cat bridge.err)" = "ws-session: $1" ] || {
		cat bridge.err
		return 1
	}
	all_gone
	stop bridge
}

@test "what Tor refuses, or says wrong, is a sentence, and Close 1014" {
	local mistake sentence
	while IFS=: read -r mistake sentence; do
		tor "$mistake"
		fails "$orport: $sentence"
		stop tor
	done <<-'END'
	method:does not offer SAFE_COOKIE
	hash:does not know the cookie: is it that of another tor?
	refuse:refused our cookie
	deny:denied the connection
	body:is not an Extended ORPort
	short:connection ended before the answer was complete
	gone:connection ended before the answer was complete
	silent:no complete answer in time
	endless:no complete answer in time
	END
}

@test "a cookie that is missing, or none, or another's; a port that is closed" {
	tor
	mv cookie mine
	fails "TOR_PT_AUTH_COOKIE_FILE: open $PWD/cookie: No such file or directory"
	head -c 63 mine >cookie
	fails "TOR_PT_AUTH_COOKIE_FILE: $PWD/cookie is not a cookie of an Extended ORPort"
	{ cat mine; echo; } >cookie
	fails "TOR_PT_AUTH_COOKIE_FILE: $PWD/cookie is not a cookie of an Extended ORPort"
	{ head -c 32 mine; head -c 32 /dev/zero; } >cookie
	fails "$orport: does not know the cookie: is it that of another tor?"
	mv mine cookie
	stop tor
	fails "connect ${orport#extorport:websocket:}: Connection refused"
}

@test "what cannot be such a target is refused before anybody connects" {
	local target
	for target in '' tcp 'a b:tcp:x:1' :tcp:x:1 "$(printf '%0101d' 1):tcp:x:1"; do
		run -100 --separate-stderr env TOR_PT_AUTH_COOKIE_FILE=x \
			ws-listen 0 "extorport:$target"
		[ "$stderr" = "ws-session: extorport:$target: not extorport:TRANSPORT:ADDRESS" ]
	done
	for target in '' 127.0.0.1:1 tcp:x cat; do
		run -100 --separate-stderr env TOR_PT_AUTH_COOKIE_FILE=x \
			ws-listen 0 "extorport:name:$target"
		[[ $stderr == "ws-session: $target: not tcp:HOST:PORT,"* ]]
	done
	run -100 --separate-stderr env -u TOR_PT_AUTH_COOKIE_FILE \
		ws-listen 0 extorport:name:tcp:127.0.0.1:1
	[ "$stderr" = 'ws-session: extorport:name:tcp:127.0.0.1:1: TOR_PT_AUTH_COOKIE_FILE is not set' ]
}
