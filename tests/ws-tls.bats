#!/usr/bin/env bats
# ws-tls: TLS in front of a program.  Behind ws-listen -E: tls, ws-listen, limits,
# faults.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load session

setup() {
	need socat ss stunnel openssl
	session_begin
	certificates
}

# tls_at NAME ARG ...: ws-tls with these behind ws-accept; sets port and url.
tls_at() {
	listening "$1" ws-accept 127.0.0.1:0 ws-tls "${@:2}"
	url=wss://localhost:$port
}

nothing_in_tmp() {
	[ -z "$(ls "$TMPDIR")" ]
}

@test "usage line, getopt string and page agree" {
	options_agree ws-tls
	usage_refused ws-tls
	usage_refused ws-tls both.pem
	usage_refused ws-tls -U
	usage_refused ws-tls -x both.pem true
	for args in "-Y a${nl=$'\n'}b both.pem" "a${nl}b"; do
		IFS=' ' read -rd '' -a words <<<"$args true" || true
		refused 100 'ws-tls: a line break in the path of certificate or key' \
		    ws-tls "${words[@]}"
	done
}

@test "bytes there and back, as they are; what is known of the client stays" {
	head -c 3000000 /dev/urandom >in
	tls_at echo both.pem ws-handshake -s ws-session cat
	remember
	client -K ca.pem "$url" <in >out
	cmp in out
	all_gone
	nothing_in_tmp
	[ ! -s echo.err ]
	tls_at who both.pem ws-server sh -c 'echo "$HTTPS $REMOTE_ADDR $SERVER_PORT"'
	equal who "on 127.0.0.1 $port" "$(client -K ca.pem "$url" </dev/null)"
}

@test "who speaks no TLS, or nothing, or too slowly, gets no program, and leaves nothing" {
	tls_at server -v -w 1 both.pem sh -c 'echo >started'
	remember
	bounded socat -t 9 - "TCP:127.0.0.1:$port" >out <<<'GET / HTTP/1.0' || true
	within 5 grep -q '^ws-tls: no TLS connection: SSL_accept: .*http request' server.err
	: >server.err
	for slow in '' '\x16' '\x16\x03\x01\x02\x00'; do
		bounded "$python" -c '
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
piece = sys.argv[2].encode().decode("unicode_escape").encode("latin-1")
s.sendall(piece)
s.settimeout(0.2)
while True:
    try:
        if not s.recv(100):
            break
    except TimeoutError:
        if piece:	# on and on
            s.sendall(b"\x00")
    except ConnectionError:
        break
' "$port" "$slow"
		all_gone
	done
	bounded socat -u OPEN:/dev/null "TCP:127.0.0.1:$port"
	all_gone
	nothing_in_tmp
	[ ! -e started ]
	# Strangers fill no log.
	tls_at quiet both.pem sh -c 'echo >started'
	bounded socat -t 9 - "TCP:127.0.0.1:$port" >out <<<'GET / HTTP/1.0' || true
	all_gone 8 || true
	[ ! -s quiet.err ]
}

@test "-U: a certificate or key that is of no use is refused, in a line" {
	echo rubbish >rubbish.pem
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 \
	    -out other.key 2>/dev/null
	ws-tls -U both.pem
	ws-tls -U -Y server.key server.pem
	for bad in rubbish.pem missing.pem server.pem '-Y other.key server.pem'; do
		echo "$bad"
		# shellcheck disable=SC2086 # words
		run -111 --separate-stderr bounded ws-tls -U $bad
		equal lines 1 "${#stderr_lines[@]}"
		[[ $stderr = 'ws-tls: the certificate or key cannot be used: '* ]]
		[ "$output" = '' ]
	done
	nothing_in_tmp
}

@test "another certificate counts from the next connection on; a bad one is told of" {
	cp both.pem now.pem
	tls_at server now.pem ws-server cat
	feed 8 session ws-client -l -K ca.pem "$url"
	echo one >&8
	within 8 grep -qx one session.out
	echo rubbish >now.pem
	run ! client -K ca.pem "$url" </dev/null
	within 5 grep -q '^ws-tls: no TLS connection: ' server.err
	equal lines 1 "$(wc -l <server.err)"
	cp both.pem now.pem
	equal again hello "$(client -K ca.pem "$url" <<<hello)"
	echo two >&8
	within 8 grep -qx two session.out
	exec 8>&-
	ends session
}

@test "stunnel is missing: a sentence" {
	mkdir empty
	[ ! -e /usr/sbin/stunnel ] || skip 'stunnel is where it is looked for last'
	run -111 --separate-stderr env PATH="$PWD/empty" "$root/cmd/ws-tls" -U both.pem
	[ "$stderr" = 'ws-tls: the certificate or key cannot be used: TLS needs stunnel, which is not installed' ]
}

@test "SIGTERM and kill -9 of the listener during a handshake of TLS leave nothing" {
	for signal in TERM KILL; do
		tls_at server -w 60 both.pem true
		exec 8<>"/dev/tcp/127.0.0.1/$port"
		within 5 eval 'grep -q "stunnel -fd" <<<"$(ours)"'
		kill -s "$signal" "${pid[server]}"
		ends server || true
		within 5 nothing_left
		exec 8>&-
		nothing_in_tmp
	done
}

@test "the system asks a silent peer whether it is still there" {
	tls_at server -w 20 both.pem true
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	asked() {
		ss -Htno state established |
		    grep -c "127.0.0.1:$port .*timer:(keepalive,[45]min"
	}
	within 5 eval '[ "$(asked)" = 1 ]' || equal asked 1 "$(asked)"
	exec 8>&-
}
