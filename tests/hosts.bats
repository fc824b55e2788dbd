#!/usr/bin/env bats
# Which hosts are served: what keeps out the pages of one who has his own name
# lead to this machine (DNS rebinding), so that Host and Origin agree.

# shellcheck disable=SC2030,SC2031,SC2154
load helper
load session

# page HOST [OPTION ...]: the status that a browser gets whose page is of that
# host, which leads to 127.0.0.1 here.
page() {
	local said
	said=$(ws-connect -q -w 20 "${at:-tcp:127.0.0.1:$port}" \
	    ws-handshake -w 20 -c -o "http://$1" "${@:2}" "ws://$1/" \
	    sh -c 'echo 101 >&2' 2>&1) || true
	said=${said#*refused with }
	echo "${said%% *}"
}

@test "a listener on a loopback address serves no other's name: 421 (RFC 9110, 7.4, 15.5.20)" {
	listen server 127.0.0.1:0 cat
	begin_rows
	for host in localhost LOCALHOST app.localhost 127.0.0.1 '[::1]' 192.0.2.1; do
		ROWS=$((ROWS + 2))
		check_row "$host" equal status 101 "$(page "$host:$port")"
		check_row "$host" equal status 101 "$(page "$host")"
	done
	for host in evil.example localhost.evil.example 127.0.0.1.evil.example; do
		ROWS=$((ROWS + 2))
		check_row "$host" equal status 421 "$(page "$host:$port")"
		check_row "$host" equal status 421 "$(page "$host")"
	done
	all_rows 18
	equal 'the reason' 'ws-handshake: refused with 421: Host is none that is served here: -S names those that are (RFC 9110, 7.4)' \
	    "$(grep refused server.err | sort -u)"
}

@test "so does one by the name of such an address, by IPv6, with TLS, and whatever is asked for" {
	listen named localhost:0 cat
	equal 'by name' 421 "$(at="tcp:localhost:$port" page evil.example)"
	if listen six '[::1]:0' cat; then
		equal 'by IPv6' 421 "$(at="tcp:[::1]:$port" page evil.example)"
		equal 'by IPv6' 101 "$(at="tcp:[::1]:$port" page '[::1]')"
	fi
	certificates
	listen secure -E both.pem 127.0.0.1:0 cat
	run -22 client -K ca.pem -H 'Host: evil.example' \
	    "wss://localhost:$port/" </dev/null
	[[ $output = *'refused with 421'* ]]
	listen open -o '*' 127.0.0.1:0 cat
	equal 'any Origin' 421 "$(page evil.example)"
}

@test "-S: hosts that are served, and no others, in each way to listen" {
	listen server -S example.com -S '*.example.net' 127.0.0.1:0 cat
	equal name 101 "$(page example.com)"
	equal 'below it' 101 "$(page "a.example.net:$port")"
	equal other 421 "$(page evil.example)"
	equal 'not named' 421 "$(page localhost)"
	listen all -S '*' 127.0.0.1:0 cat
	equal 'all' 101 "$(page evil.example)"
	listen everywhere -S example.com 0.0.0.0:0 cat
	equal 'other, everywhere' 421 "$(page evil.example)"
	equal 'name, everywhere' 101 "$(page example.com)"
}

@test "on all addresses, on a Unix socket and behind -P every host is served unless -S says otherwise" {
	listen server 0.0.0.0:0 cat
	equal 'all of IPv4' 101 "$(page example.com)"
	listen both 0 cat
	equal 'all' 101 "$(page example.com)"
	start unix ws-listen unix:./sock cat
	within 5 test -S sock
	equal 'Unix socket' 101 "$(at=unix:./sock page example.com)"
	listen proxied -P 127.0.0.1:0 cat
	{
		printf 'PROXY UNKNOWN\r\n'
		ws-handshake -c ws://example.com/
	} >in
	ws-connect -q "tcp:127.0.0.1:$port" sh -c 'cat in; head -n 1 >&2' 2>out
	grep -q '^HTTP/1.1 101 ' out
}

@test "under a super-server the rule goes by the address that the connection came in on" {
	need tcpserver
	serve tcp tcpserver -1 -H -R -l localhost 127.0.0.1 0 ws-server cat
	equal localhost 101 "$(page localhost)"
	equal other 421 "$(page evil.example)"
	stop tcp || true
	serve tcp tcpserver -1 -H -R -l localhost 127.0.0.1 0 \
	    ws-server -S example.com cat
	equal named 101 "$(page example.com)"
	ws-handshake -c ws://evil.example/ >in
	equal 'off-line' 101 "$(ws-handshake -s <in | head -n 1 | cut -d' ' -f2)"
	equal 'who says it' 421 "$(TCPLOCALIP=127.0.0.1 ws-handshake -qs <in |
	    head -n 1 | cut -d' ' -f2)"
}

@test "-S: a host as it stands in a URL, with its scheme's port and a slash" {
	request() {
		printf 'GET / HTTP/1.1\r\nHost: example.com\r\n'
		printf '%s\r\n' 'Upgrade: websocket' 'Connection: Upgrade' \
		    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
		    'Sec-WebSocket-Version: 13' ''
	}
	for host in https://Example.com https://example.com:443/ ws://example.com/; do
		request | ws-handshake -s -S "$host" >out
	done
	request >in
	run -22 ws-handshake -qs -S https://example.org <in
}

@test "what is no host is refused as -S, and a client has no -S" {
	for host in '' a:80 http://a/b http://a:81 https:// 'a b' '*a' a.*; do
		refused 100 'ws-handshake: -S: not a host such as example.com or *.example.com, without port (RFC 3986, 3.2.2)' \
		    ws-server -S "$host" cat </dev/null
	done
	usage_refused ws-handshake -c -S a ws://a/
}
