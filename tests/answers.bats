#!/usr/bin/env bats
# What answers instead of a WebSocket: web servers and proxies that refuse, and
# services that speak something else; and a server of ours to clients of TLS.
#
# Not tested: Postfix and OpenSSH themselves; their first lines are here.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load session
load nginx

# fails STATUS SENTENCE [OPTION ...] URL: ws-client, which is quick, has nothing
# on standard output and the sentence, of ws-handshake, on standard error.
fails() {
	local status=$1 sentence=$2
	shift 2
	run "-$status" --separate-stderr client "$@" </dev/null
	[ "$output" = '' ]
	[ "$stderr" = "$sentence" ] || {
		printf 'expected: %s\nbut got:  %s\n' "$sentence" "$stderr"
		return 1
	}
}

# refuses NAME HEAD [BODY]: a server with that answer; it ends the connection.
refuses() {
	printf '%b' "$2\r\n\r\n" >"$1.head"
	printf '%s' "${3-}" >"$1.body"
	raw_tcp "$1" "sed '/^.\$/q' >/dev/null; cat $1.head $1.body"
}

# web_server LINE ...: an nginx with these lines in its server; sets port.
web_server() {
	port=$(free_port)
	run_nginx "$port" < <(
		printf '%s\n' "server { listen 127.0.0.1:$port" "$@" '}')
}

# -- services that speak something else --

@test "ws:// to a TLS port: an alert looks like TLS; openssl and node just close" {
	need openssl
	certificates
	port=$(free_port)
	start tls openssl s_server -quiet -accept "127.0.0.1:$port" \
		-cert both.pem
	listens_on "$port" tls
	fails 6 'ws-handshake: connection ended without an answer: is it TLS (wss://)?' \
		"ws://127.0.0.1:$port/"
	need node
	serve node node -e '
const fs = require("fs")
const s = require("tls").createServer({ key: fs.readFileSync("server.key"),
    cert: fs.readFileSync("server.pem") })
s.listen(0, "127.0.0.1", () => console.log(s.address().port))'
	fails 6 'ws-handshake: connection ended without an answer: is it TLS (wss://)?' \
		"ws://127.0.0.1:$port/"
	raw_tcp alert 'printf "\\025\\003\\001\\000\\002\\002\\106"; exec cat >/dev/null'
	fails 2 'ws-handshake: answer looks like TLS: wss://? (RFC 8446, 5.1)' \
		-w 100 "ws://127.0.0.1:$port/"
}

@test "ws:// to a TLS port of nginx: what it says about that" {
	need openssl
	certificates
	web_server ' ssl;' "ssl_certificate $PWD/server.pem;" \
		"ssl_certificate_key $PWD/server.key;"
	run -22 --separate-stderr client "ws://127.0.0.1:$port/" </dev/null
	[[ "$stderr" = 'ws-handshake: refused with 400 Bad Request: 400 The plain HTTP request was sent to HTTPS port 400 Bad Request '* ]]
}

@test "ws:// to SSH and SMTP: the first line, at once, though they wait for more" {
	raw_tcp ssh 'printf "SSH-2.0-OpenSSH_9.2p1 \033[2J\r\n"; exec cat >/dev/null'
	fails 2 'ws-handshake: answer is not HTTP/1 but "SSH-2.0-OpenSSH_9.2p1 \x1b[2J" (RFC 9112, 4)' \
		-w 100 "ws://127.0.0.1:$port/"
	raw_tcp smtp 'printf "220 mail.example ESMTP\r\n"; exec cat >/dev/null'
	fails 2 'ws-handshake: answer is not HTTP/1 but "220 mail.example ESMTP" (RFC 9112, 4)' \
		-w 100 "ws://127.0.0.1:$port/"
	# A greeting that comes in pieces, and one without an end.
	raw_tcp slow 'printf "22"; sleep 0.2; printf "0 a"; sleep 0.2; printf "b\r\n"; exec cat >/dev/null'
	fails 2 'ws-handshake: answer is not HTTP/1 but "220 ab" (RFC 9112, 4)' \
		-w 100 "ws://127.0.0.1:$port/"
	raw_tcp binary 'printf "J\\0\\0\\0\\n8.0"; exec cat >/dev/null'
	fails 2 'ws-handshake: answer is not HTTP/1 but "J\x00\x00\x00" (RFC 9112, 4)' \
		-w 100 "ws://127.0.0.1:$port/"
	raw_tcp long 'head -c 500 /dev/zero | tr "\\0" x; exec cat >/dev/null'
	fails 2 "ws-handshake: answer is not HTTP/1 but \"$(printf '%0200d' 0 | tr 0 x)\" (RFC 9112, 4)" \
		-w 100 "ws://127.0.0.1:$port/"
}

@test "a plain close, before the answer and inside it" {
	raw_tcp closes 'sed "/^.\$/q" >/dev/null'
	fails 6 'ws-handshake: connection ended without an answer: is it TLS (wss://)?' \
		"ws://127.0.0.1:$port/"
	raw_tcp half 'sed "/^.\$/q" >/dev/null; printf "HTTP/1.1 101 Swi"'
	fails 6 'ws-handshake: connection ended before the answer was complete' \
		"ws://127.0.0.1:$port/"
}

@test "a proxy that is none: its kind is told" {
	raw_tcp smtp 'printf "220 mail.example ESMTP\r\n"; exec cat >/dev/null'
	fails 2 'ws-connect: proxy: answer is not HTTP/1 but "220 mail.example ESMTP" (RFC 9112, 4)' \
		-w 100 -x "http://127.0.0.1:$port" ws://a/
	raw_tcp tls 'printf "\\025\\003\\001\\000\\002\\002\\106"; exec cat >/dev/null'
	fails 2 'ws-connect: proxy: answer looks like TLS (RFC 8446, 5.1)' \
		-w 100 -x "http://127.0.0.1:$port" ws://a/
	raw_tcp http 'printf "HTTP/1.1 400 Bad Request\r\n\r\n"; exec cat >/dev/null'
	fails 2 'ws-connect: proxy: answer is not SOCKS 5 but HTTP: -x http://? (RFC 1928, 3)' \
		-w 100 -x "socks5://127.0.0.1:$port" ws://a/
	fails 2 'ws-connect: proxy: answer is not SOCKS 4 but HTTP: -x http://?' \
		-w 100 -x "socks4a://127.0.0.1:$port" ws://a/
}

# -- a server of ours --

@test "a client of TLS is refused with 400 at once (RFC 8446, 5.1)" {
	need openssl
	listen plain -w 100 0 cat
	run openssl s_client -connect "127.0.0.1:$port" </dev/null
	within 5 grep -qx 'ws-handshake: refused with 400: request looks like TLS: wss:// to a port without (RFC 8446, 5.1)' plain.err
}

@test "who begins with what is no request is refused with 400 at once (RFC 9112, 3)" {
	local first
	listen plain -w 100 0 cat
	for first in '\200\56\1' '\0' '\4\1' ' GET' '\r\n\r\n\26' '\26\3\1'; do
		exec 5<>"/dev/tcp/127.0.0.1/$port"
		printf "$first" >&5
		timeout 20 head -n 1 <&5 | grep -qx $'HTTP/1.1 400 Bad Request\r'
		exec 5>&-
	done
}

@test "-f: a client of TLS goes to the other server at once" {
	need openssl
	certificates
	back=$(free_port)
	start tls openssl s_server -quiet -www -accept "127.0.0.1:$back" \
		-cert both.pem
	listens_on "$back" tls
	listen shared -w 100 -f "exec socat - TCP:127.0.0.1:$back" 0 cat
	need curl
	timeout 20 curl -sk "https://127.0.0.1:$port/" >page
	grep -q 'Ciphers supported' page
}

# -- refusals --

@test "a redirect: Location is told, and not followed (RFC 9110, 15.4)" {
	web_server ';' 'return 302 https://example.com/chat?a=b;'
	run -22 --separate-stderr client "ws://127.0.0.1:$port/" </dev/null
	[ "$stderr" = 'ws-handshake: refused with 302 Moved Temporarily, Location: https://example.com/chat?a=b: 302 Found 302 Found nginx' ] ||
	[[ "$stderr" = 'ws-handshake: refused with 302 Moved Temporarily, Location: https://example.com/chat?a=b: 302 Found'* ]]
	refuses evil 'HTTP/1.1 307 Go\r\nLocation: /\033]0;x\007\r\nContent-Length: 0'
	fails 2 'ws-handshake: control character in a header field (RFC 9110, 5.5)' \
		"ws://127.0.0.1:$port/"
	refuses far "HTTP/1.1 301 Go\\r\\nLocation: /$(printf '%0300d' 0)\\r\\nContent-Length: 0"
	fails 22 "ws-handshake: refused with 301 Go, Location: /$(printf '%0199d' 0)" \
		"ws://127.0.0.1:$port/"
}

@test "Retry-After, and a body of JSON (RFC 9110, 10.2.3)" {
	refuses busy 'HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Type: application/json\r\nContent-Length: 39' \
		'{"error": "too many",
 "limit": "100 \"' 
	fails 22 'ws-handshake: refused with 503 Busy, Retry-After: 120: {"error": "too many", "limit": "100 \x5c"' \
		"ws://127.0.0.1:$port/"
	refuses problem 'HTTP/1.1 429 No\r\nContent-Type: application/problem+json; charset=utf-8\r\nTransfer-Encoding: chunked' \
		$'5;x=y\r\n{"a":\r\n3\r\n 1}\r\n0\r\nX: y\r\n\r\n'
	fails 22 'ws-handshake: refused with 429 No: {"a": 1}' \
		"ws://127.0.0.1:$port/"
}

@test "the body of a refusal: text only, one line, 200 characters; with -v 4 KiB" {
	local long
	long=$(printf '%0300d' 0)
	refuses text 'HTTP/1.1 404 No\r\nContent-Type: text/plain' \
		$'  no \t such\r\n\r\nroom\e[2J \n'
	fails 22 'ws-handshake: refused with 404 No: no such room\x1b[2J' \
		"ws://127.0.0.1:$port/"
	refuses long 'HTTP/1.1 404 No\r\nContent-Type: text/plain' "$long"
	fails 22 "ws-handshake: refused with 404 No: ${long:0:197}..." \
		"ws://127.0.0.1:$port/"
	run -22 --separate-stderr client -v "ws://127.0.0.1:$port/" </dev/null
	grep -qx "< $long" <<<"$stderr"
	refuses huge 'HTTP/1.1 404 No\r\nContent-Type: text/plain' \
		"$(printf '%05000d' 0)"
	run -22 --separate-stderr client -v "ws://127.0.0.1:$port/" </dev/null
	grep -qx "< $(printf '%04096d' 0)" <<<"$stderr"
	refuses binary 'HTTP/1.1 404 No\r\nContent-Type: image/png' PNG
	fails 22 'ws-handshake: refused with 404 No' "ws://127.0.0.1:$port/"
	refuses packed 'HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Encoding: gzip' x
	fails 22 'ws-handshake: refused with 404 No' "ws://127.0.0.1:$port/"
	refuses untold 'HTTP/1.1 404 No' x
	fails 22 'ws-handshake: refused with 404 No' "ws://127.0.0.1:$port/"
	refuses same 'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain' 'Not Found
'
	fails 22 'ws-handshake: refused with 404 Not Found' \
		"ws://127.0.0.1:$port/"
	refuses html 'HTTP/1.1 404 No\r\nContent-Type: text/html' \
		'<html><style>b { }</style><b title="x">no</b> <i>such</i><script>1</script> room'
	fails 22 'ws-handshake: refused with 404 No: no such room' \
		"ws://127.0.0.1:$port/"
}

@test "the schemes of 401 and 407 (RFC 9110, 11.6.1, 11.7.1)" {
	refuses bearer 'HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer realm="a, Basic b", error="x"\r\nContent-Length: 0'
	fails 22 'ws-handshake: refused with 401 No (the server asks for Bearer credentials, and -u gives Basic ones)' \
		"ws://127.0.0.1:$port/"
	refuses both 'HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate abc==, Digest realm="a"\r\nWWW-Authenticate: Digest qop="auth", basic realm = "x"\r\nContent-Length: 0'
	fails 22 'ws-handshake: refused with 401 No (the server asks for credentials: -u)' \
		"ws://127.0.0.1:$port/"
	refuses proxy 'HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nContent-Type: text/plain\r\nContent-Length: 4' 'not.'
	fails 22 'ws-connect: proxy refused with 407 No (it asks for NTLM credentials, and -x gives Basic ones): not.' \
		-x "http://127.0.0.1:$port" ws://a/
	fails 22 'ws-handshake: refused with 407 No (a proxy on the way asks for NTLM credentials, and -x gives Basic ones): not.' \
		"ws://127.0.0.1:$port/"
}

@test "python's http.server and node's: what they say" {
	need node
	serve web "$python" -c '
import http.server
s = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(s.server_port, flush=True)
s.serve_forever()'
	run -22 --separate-stderr client "ws://127.0.0.1:$port/none" </dev/null
	[[ "$stderr" = 'ws-handshake: refused with 404 File not found: Error response Error response Error code: 404 Message: File not found. '* ]]
	# No content: what node sends to an upgrade that nobody wants.
	serve node node -e '
const s = require("http").createServer((request, answer) => {
	answer.writeHead(400, { "Content-Type": "text/plain" })
	answer.write("no upgrade ")
	setTimeout(() => answer.end("here"), 100)
})
s.listen(0, "127.0.0.1", () => console.log(s.address().port))'
	fails 22 'ws-handshake: refused with 400 Bad Request: no upgrade here' \
		"ws://127.0.0.1:$port/"
}

@test "the content of a refusal is read: the server sees no reset (RFC 9112, 9.6)" {
	serve counts "$python" -c '
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
c = s.accept()[0]
while not c.recv(4096).endswith(b"\r\n\r\n"):
    pass
body = b"x" * 60000
c.sendall(b"HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n" + body)
try:
    print("end" if c.recv(1) == b"" else "more", flush=True)
except ConnectionResetError:
    print("reset", flush=True)'
	run -22 client "ws://127.0.0.1:$port/" </dev/null
	within 5 grep -q end counts.out
}

@test "a refusal without end costs no more than a moment" {
	local began
	refuses endless 'HTTP/1.1 404 No\r\nContent-Type: text/plain'
	printf 'exec cat >/dev/null\n' >>endless.sh
	began=$SECONDS
	fails 22 'ws-handshake: refused with 404 No' -w 100 \
		"ws://127.0.0.1:$port/"
	[ $((SECONDS - began)) -lt $((20 * PATIENCE)) ]
	refuses flood 'HTTP/1.1 404 No\r\nContent-Type: text/plain'
	printf 'exec yes\n' >>flood.sh
	began=$SECONDS
	run -22 --separate-stderr client -w 100 "ws://127.0.0.1:$port/" </dev/null
	[[ "$stderr" = 'ws-handshake: refused with 404 No: y y y y'*... ]]
	[ $((SECONDS - began)) -lt $((20 * PATIENCE)) ]
}
