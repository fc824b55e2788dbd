#!/usr/bin/env bats
# -H @file: fields from a file, and a head that is the model of a client's.  What
# browsers really send is compared with the models in browser.bats.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2059,SC2102,SC2154,SC2238
bats_require_minimum_version 1.5.0
load helper
load heads
load session

heads=$TESTS/../common/heads

# crlf LINE ...: a head of them, or its beginning.
crlf() {
	printf '%s\r\n' "$@"
}

# sent ARG ...: the client's head without CR.
sent() {
	ws-handshake -c -k "$KEY" "$@" | tr -d '\r'
}

@test "a file of fields: each line is a -H, with CR or without, in its turn" {
	printf 'X-Secret: one\r\nHOST: other\n\nOrigin;\nUpgrade:\nX: last' >fields
	[ "$(sent -H 'A: 1' -H @fields -H 'B: 2' ws://h/)" = "GET / HTTP/1.1
HOST: other
Connection: Upgrade
Sec-WebSocket-Key: $KEY
Sec-WebSocket-Version: 13
A: 1
X-Secret: one
Origin:
X: last
B: 2" ]
	# And a server's, which reads it for each request.
	request | ws-handshake -s -H @fields | grep -qx $'X-Secret: one\r'
}

@test "a file of fields that is none is refused" {
	for text in 'no field' 'A : b' 'A: b\001' ' folded: x' 'A: b\n c'; do
		printf "$text" >fields
		refused 100 'ws-handshake: -H: not a header field "Name: value" (RFC 9112, 5)' \
		    ws-handshake -c -H @fields ws://h/
	done
	refused 111 'ws-handshake: -H: open ./missing: No such file or directory' \
	    ws-handshake -c -H @./missing ws://h/
	printf 'A: b\0c' >fields
	refused 100 'ws-handshake: -H: fields holds more than 65536 bytes, or a NUL' \
	    ws-handshake -c -H @fields ws://h/
	seq -f 'X: %g' 101 >fields
	refused 100 'ws-handshake: -H given more than 100 times' \
	    ws-handshake -c -H @fields ws://h/
}

# A head that nobody sends, to see each rule.
model() {
	crlf 'GET /old?query HTTP/1.1' 'SEC-websocket-KEY: AAAAAAAAAAAAAAAAAAAAAA==' \
	    'origin: https://old.example' 'X-One:  1 ' 'CONNECTION: keep-alive, Upgrade' \
	    'Sec-WebSocket-Protocol: old' 'upGRADE: WebSocket' 'Cookie: a' \
	    'hOST: old.example:81' 'Sec-WebSocket-Version: 13' 'Cookie: b' ''
}

@test "a model: its fields, order and spelling; target, Host, key, Origin are ours" {
	model >head
	[ "$(sent -H @head wss://new.example:444/x?y)" = "GET /x?y HTTP/1.1
SEC-websocket-KEY: $KEY
origin: https://new.example:444
X-One: 1
CONNECTION: keep-alive, Upgrade
upGRADE: websocket
Cookie: a
hOST: new.example:444
Sec-WebSocket-Version: 13
Cookie: b" ]
	# What it has no place for stands behind.
	sent -o https://page -p a -p b -u me:pw -H @head ws://[::1]/ >out
	grep -qx 'origin: https://page' out
	grep -qx 'Sec-WebSocket-Protocol: a, b' out
	grep -qx 'hOST: \[::1\]' out
	[ "$(sed '/^$/d' out | tail -n 1)" = 'Authorization: Basic bWU6cHc=' ]
	# Each key is another.
	for i in 1 2 3; do
		ws-handshake -c -H @head ws://h/ | grep -i key
	done >keys
	[ "$(sort -u keys | wc -l)" = 3 ]
}

@test "a model: -H changes it in its place; a head without its end, with LF, with more behind" {
	model >head
	sent -H @head -H 'x-one: two' -H 'ORIGIN:' -H 'Z: z' ws://h/ >out
	[ "$(sed '/^$/d' out | sed -n '2,3p; $p')" = "SEC-websocket-KEY: $KEY
x-one: two
Z: z" ]
	sent -H @head ws://h/ >wanted
	{ printf '\r\n'; tr -d '\r' <head | sed '$d'; } >short
	sent -H @short ws://h/ | cmp wanted -
	{ cat head; printf 'GET / HTTP/1.1\r\nX: y\r\n\r\n'; } >long
	sent -H @long ws://h/ | cmp wanted -
}

@test "a model that would be refused is none, nor is one of a server, nor two" {
	wrong='ws-handshake: -H: the head that is to be the model would be refused: '
	model | sed 1s/GET/POST/ >head
	refused 100 "${wrong}method is not GET (RFC 6455, 4.1)" \
	    ws-handshake -c -H @head ws://h/
	model | grep -v GRADE: >head
	refused 100 "${wrong}no upgrade to websocket asked for (RFC 6455, 4.2.1)" \
	    ws-handshake -c -H @head ws://h/
	{ model | sed '$d'; seq -f 'X: %g' 99; } >head
	refused 100 "${wrong}more than 100 header fields (RFC 6585, 5)" \
	    ws-handshake -c -H @head ws://h/
	model >head
	refused 100 "${wrong}no upgrade to the protocol of -G asked for (RFC 9110, 7.8)" \
	    ws-handshake -c -G tcp -H @head http://h/
	refused 100 'ws-handshake: -H: one head can be the model, not two' \
	    ws-handshake -c -H @head -H @head ws://h/
	refused 100 "ws-handshake: -H: a request is the model of a client's head only" \
	    ws-handshake -s -H @head
}

@test "a model that offers compression: with -z its parameters, or not at all" {
	refused 100 'ws-handshake: -H: no Sec-WebSocket-Extensions without -z, which speaks permessage-deflate' \
	    ws-handshake -c -H "@$heads/chromium" ws://h/ cat
	sent -H "@$heads/chromium" -H 'Sec-WebSocket-Extensions:' ws://h/ >out
	run ! grep -q Extensions out
	sent -z -H "@$heads/chromium" -H 'sec-websocket-extensions: permessage-deflate' \
	    ws://h/ >out
	grep -qx 'Sec-WebSocket-Extensions: permessage-deflate' out
	sed 's/client_max_window_bits/x/' "$heads/chromium" >head
	refused 100 'ws-handshake: -H: not "Sec-WebSocket-Extensions: permessage-deflate" and its parameters (RFC 7692, 7.1)' \
	    ws-handshake -c -z -H @head ws://h/ cat
}

@test "another protocol than WebSocket: what the model has stays, key and all" {
	for browser in chromium firefox; do
		ws-handshake -c -G websocket -H "@$heads/$browser" https://h/x |
			tr -d '\r' >out
		sent -z -H "@$heads/$browser" wss://h/x | sed "/^Sec-WebSocket-Key/d" |
			diff - <(sed '/^Sec-WebSocket-Key/d' out)
		[ "$(grep -c '^Sec-WebSocket-Key: ' out)" = 1 ]
	done
	crlf 'GET / HTTP/1.1' 'Upgrade: tcp' 'Host: x' 'Connection: upgrade' >head
	[ "$(ws-handshake -c -G tcp -H @head http://h/ | tr -d '\r')" = "GET / HTTP/1.1
Upgrade: tcp
Host: h
Connection: upgrade" ]
}

@test "sessions whose head is a browser's, compressed, and raw" {
	head -c 300000 /dev/urandom >in
	listen server -z -p chat 127.0.0.1:0 cat
	listen raw -G websocket 127.0.0.1:0 cat
	raw_url=http://127.0.0.1:$port/
	url=ws://127.0.0.1:$(sed 's/.*://' server.out)/
	for browser in chromium firefox; do
		client -v -z -p chat -H "@$heads/$browser" "$url" <in 2>heads |
			cmp in -
		grep -q '^< Sec-WebSocket-Extensions: permessage-deflate' heads
		grep -q '^< Sec-WebSocket-Protocol: chat' heads
		client -G websocket -H "@$heads/$browser" "$raw_url" <in |
			cmp in -
	done
}
