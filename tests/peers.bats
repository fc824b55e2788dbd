#!/usr/bin/env bats
# Independent implementations as peers: python3-websockets and node's ws, each
# as a client and as a server, and curl for refusals.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load session

python_peer() {
	need python3-websockets
	peer=("$python" "$peers/peer.py")
}

node_peer() {
	need node-ws
	peer=(node "$peers/peer.js")
}

# What each library's client has to see of our server.
client_echo() {
	listen echo -W 0 cat
	remember
	run -0 timeout 60 "${peer[@]}" talk "$url/"
	[ "$output" = fine ]
	all_gone
	# The client ends with Close 4001 once, which the server tells.
	run -1 grep -v '4001' echo.err
}

client_kinds() {
	listen text -t 0 printf 'caf\303\251'
	run -0 timeout 20 "${peer[@]}" receive "$url"
	[ "$output" = $'text café\nclose 1000 ' ]
	listen binary -e '4000:that was all' 0 printf 'caf\303'
	run -0 timeout 20 "${peer[@]}" receive "$url"
	[ "$output" = $'binary 636166c3\nclose 4000 that was all' ]
	listen lines -l 0 sed -u 's/^/> /;3q'
	run -0 timeout 20 "${peer[@]}" receive "$url" one '' three
	[ "$output" = $'text > one\ntext > \ntext > three\nclose 1000 ' ]
	listen strict -b 0 sh -c 'head -c 3; exec head -c 0'
	run -0 timeout 20 "${peer[@]}" receive "$url" one
	[ "$output" = $'binary 6f6e65\nclose 1000 ' ]
	listen silent 0 true
	run -0 timeout 20 "${peer[@]}" receive "$url"
	[ "$output" = 'close 1000 ' ]
}

client_broken() {
	# It is there when it is looked for.
	printf '#!/no/such/shell\n' >nothing-there
	chmod +x nothing-there
	listen broken 0 ./nothing-there
	run -0 timeout 20 "${peer[@]}" receive "$url"
	[[ $output == 'close 1011 '* ]]
}

client_tcp() {
	raw_tcp upper 'exec stdbuf -o0 tr a-z A-Z'
	listen proxy -l 0 "tcp:127.0.0.1:$port"
	start peer timeout 20 "${peer[@]}" receive "$url" one two
	within 10 grep -q TWO peer.out
	run stop proxy
	ends peer
	[ "$(cat peer.out)" = $'text ONE\ntext TWO\nclose 1001 ' ]
}

# What our client has to make of each library's server.
server_echo() {
	serve peer "${peer[@]}" serve
	remember
	{
		head -c 16777216 /dev/urandom | tee data | ws-frame -F 20m
		printf 'END' | ws-frame -t
	} >frames
	run -0 client -W -1 "$url/sum" <frames
	[ "$(tail -c 64 <<<"$output" | head -c 64)" = \
		"$(sha256sum <data | cut -d' ' -f1)" ] ||
		[[ $output == *"$(sha256sum <data | cut -d' ' -f1)" ]]
	{
		head -c 1048576 data | ws-frame -F 1000
		printf 'END' | ws-frame -t
	} >frames
	run -0 client -W -1 "$url/sum" <frames
	[[ $output == *"$(head -c 1048576 data | sha256sum | cut -d' ' -f1)" ]]
	# A message of 1 MiB, in one frame and in fragments, comes back.
	base64 -w 0 data | head -c 1048576 >text || :
	{
		printf '\x81\x7f\0\0\0\0\0\x10\0\0'
		cat text
	} >frames
	client -W -1 "$url/echo" <frames | ws-deframe | cmp - text
	client -0 -F 999 -1 "$url/echo" <text | tr -d '\0' | cmp - text
	run -0 client -t -1 "$url/echo" <<<'Hellö'
	[ "$output" = 'Hellö' ]
	all_gone
}

server_big() {
	serve peer "${peer[@]}" serve
	client "$url/big" </dev/null >out
	"$python" -c 'import sys
sys.stdout.buffer.write(bytes(range(256)) * 65536)' | cmp - out
}

server_kinds() {
	serve peer "${peer[@]}" serve
	run -0 client -l -m 5 "$url/count" </dev/null
	[ "${#lines[@]}" -eq 5 ]
	run -0 client -n "$url/ping" </dev/null
	[ "$output" = 'three pongs' ]
	client -W -n "$url/fragments" </dev/null | ws-deframe |
		cmp - <(printf 'fragment\0\1\2')
}

server_ends() {
	serve peer "${peer[@]}" serve
	for pair in 1000:0 1001:0 1002:2 1003:3 1008:8 1011:11 1013:13 3000:30 \
		4000:40 4999:40; do
		run "-${pair#*:}" --separate-stderr client -n \
			"$url/close/${pair%:*}/its%20reason" </dev/null
		run "-${pair#*:}" --separate-stderr client -n \
			"$url/late/${pair%:*}/because" <<<hello
		[ "${pair#*:}" -eq 0 ] ||
			[[ $stderr == *" ${pair%:*}"*" \"because\"" ]]
	done
	run -6 client -n "$url/abort" <<<hello
	run -22 --separate-stderr client "$url/refuse/503" </dev/null
	[[ $stderr == *503* ]]
}

@test "python3-websockets as client: echoes up to 16 MiB, ping, Close" {
	python_peer
	client_echo
}

@test "node ws as client: echoes up to 16 MiB, ping, Close" {
	node_peer
	client_echo
}

@test "python3-websockets as client: kinds of messages, codes and reasons" {
	python_peer
	client_kinds
}

@test "python3-websockets as client: a command that cannot be started" {
	python_peer
	client_broken
}

@test "node ws as client: kinds of messages, codes and reasons" {
	node_peer
	client_kinds
}

@test "node ws as client: a command that cannot be started" {
	node_peer
	client_broken
}

@test "python3-websockets as client of a tcp: service" {
	python_peer
	client_tcp
}

@test "node ws as client of a tcp: service" {
	node_peer
	client_tcp
}

@test "python3-websockets as server: 16 MiB up, fragments, echoes" {
	python_peer
	server_echo
}

@test "node ws as server: 16 MiB up, fragments, echoes" {
	node_peer
	server_echo
}

@test "python3-websockets as server: a message of 16 MiB" {
	python_peer
	server_big
}

@test "node ws as server: a message of 16 MiB" {
	node_peer
	server_big
}

@test "python3-websockets as server: pings and fragments" {
	python_peer
	server_kinds
}

@test "node ws as server: pings and fragments" {
	node_peer
	server_kinds
}

@test "python3-websockets as server: how it ends is the exit status" {
	python_peer
	server_ends
}

@test "node ws as server: how it ends is the exit status" {
	node_peer
	server_ends
}

# status ARG ...: the HTTP status that curl sees.
status() {
	curl -s -o body -D head -w '%{http_code}\n' --max-time 8 "$@"
}

connection=(-H 'Connection: Upgrade')
websocket=(-H 'Upgrade: websocket')
version=(-H 'Sec-WebSocket-Version: 13')
key=(-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
upgrade=("${connection[@]}" "${websocket[@]}" "${version[@]}" "${key[@]}")

# refused STATUS ARG ...
refused() {
	local wanted=$1 got
	shift
	got=$(status "$@" "http://127.0.0.1:$port/")
	[ "$got" = "$wanted" ] || {
		echo "got $got instead of $wanted for $*"
		return 1
	}
	grep -qi '^Connection:.*close' head
}

@test "curl: what is refused, and how" {
	need curl
	listen echo 0 cat
	remember
	refused 426
	grep -qi $'^Upgrade: websocket\r$' head
	refused 426 "${upgrade[@]}" --http1.0
	refused 405 -X POST "${upgrade[@]}"
	grep -qi $'^Allow: GET\r$' head
	refused 405 -I "${upgrade[@]}"
	refused 426 "${connection[@]}" "${websocket[@]}" "${key[@]}" \
		-H 'Sec-WebSocket-Version: 8'
	grep -qi $'^Sec-WebSocket-Version: 13\r$' head
	refused 400 "${connection[@]}" "${websocket[@]}" "${key[@]}" \
		-H 'Sec-WebSocket-Version: thirteen'
	refused 400 "${upgrade[@]}" "${version[@]}"
	refused 400 "${connection[@]}" "${websocket[@]}" "${version[@]}" \
		-H 'Sec-WebSocket-Key: short'
	refused 400 "${connection[@]}" "${websocket[@]}" "${version[@]}"
	refused 400 "${websocket[@]}" "${version[@]}" "${key[@]}"
	refused 400 "${upgrade[@]}" -H 'Host;'
	refused 400 "${upgrade[@]}" -H 'Content-Length: 5'
	refused 403 "${upgrade[@]}" -H 'Origin: http://evil.example'
	refused 431 "${upgrade[@]}" -H "X-Big: $(printf '%040000d' 0)" \
		-H "X-Too: $(printf '%040000d' 0)"
	all_gone
	# Each of them in one line.
	[ "$(wc -l <echo.err)" -eq 14 ]
	run -1 grep -v '^ws-handshake: refused with 4' echo.err
}

@test "curl: too long a request line, other origins, a body that is sent" {
	need curl
	listen echo -o http://good.example 0 cat
	[ "$(status "${upgrade[@]}" \
		"http://127.0.0.1:$port/$(printf '%020000d' 0)")" = 414 ]
	refused 403 "${upgrade[@]}" -H "Origin: http://127.0.0.1:$port"
	head -c 3000000 /dev/zero >body.in
	got=$(status "${upgrade[@]}" -X GET -H 'Expect:' --data-binary @body.in \
		"http://127.0.0.1:$port/") || :
	[ "$got" = 400 ]
	# What is welcome is a 101, after which curl waits for frames.
	run curl -s -D head -o body --max-time 1 "${upgrade[@]}" \
		-H 'Origin: http://good.example' "http://127.0.0.1:$port/"
	grep -q '^HTTP/1.1 101 ' head
	grep -q $'^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r$' head
}

@test "curl: https is refused as well, through TLS" {
	need curl
	certificates
	listen echo -E both.pem 0 cat
	[ "$(status --cacert ca.pem "https://localhost:$port/")" = 426 ]
	[ "$(status --cacert ca.pem "${upgrade[@]}" -H 'Origin: https://x.example' \
		"https://localhost:$port/")" = 403 ]
}
