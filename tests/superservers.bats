#!/usr/bin/env bats
# ws-server under the super-servers that hand over a connection: openbsd-inetd,
# xinetd, tcpserver, and systemd's Accept=yes (by systemd-socket-activate; the
# unit of the manual is checked by systemd-analyze).
#
# Not tested: a running systemd.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC2154,SC2238
bats_require_minimum_version 1.5.0
load helper
load session

teardown() {
	session_end
	rm -f "$BATS_TEST_TMPDIR/inetd.conf"
}

# inetd NAME ARG ...: openbsd-inetd with ws-server ARG ... on a free port.
openbsd_inetd() {
	local name=$1
	shift
	need inetd
	port=$(free_port)
	printf '127.0.0.1:%s stream tcp nowait root %s ws-server %s\n' \
		"$port" "$root/cmd/ws-server" "$*" >inetd.conf
	start "$name" "$(command -v inetd)" -i "$PWD/inetd.conf"
	listens_on "$port" "$name"
	url=ws://127.0.0.1:$port
}

x_inetd() {
	local name=$1 program
	shift
	need xinetd
	program=$BATS_TEST_DIRNAME/.deps/xinetd/usr/sbin/xinetd
	[ -x "$program" ] || program=$(command -v xinetd)
	port=$(free_port)
	cat >xinetd.conf <<-END
		service ws
		{
			type = UNLISTED
			socket_type = stream
			protocol = tcp
			bind = 127.0.0.1
			port = $port
			wait = no
			user = root
			server = $root/cmd/ws-server
			server_args = $*
		}
	END
	start "$name" "$program" -dontfork -f "$PWD/xinetd.conf" \
		-pidfile "$PWD/xinetd.pid" -filelog "$PWD/xinetd.log"
	listens_on "$port" "$name"
	url=ws://127.0.0.1:$port
}

# tcp_server NAME COMMAND ...: tcpserver prints the port it got.
tcp_server() {
	local name=$1
	shift
	need tcpserver
	serve "$name" tcpserver -1 -H -R -l localhost 127.0.0.1 0 "$@"
}

systemd_socket() {
	local name=$1
	shift
	need systemd-socket-activate
	port=$(free_port)
	start "$name" systemd-socket-activate -a --inetd \
		-l "127.0.0.1:$port" -E WSTEST -E PATH -E TMPDIR "$@"
	listens_on "$port" "$name"
	url=ws://127.0.0.1:$port
}

# exchange BYTES: a handshake, then these bytes; what comes back after the head
# until the end of the connection goes to the file answer.
exchange() {
	"$python" - "$port" "$1" >answer <<-'END'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 8)
		s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		          b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		          b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
		          + bytes.fromhex(sys.argv[2]))
		got = b""
		while True:
		    data = s.recv(65536)
		    if not data:
		        break
		    got += data
		    if got.endswith(bytes.fromhex("880203ea")):
		        s.sendall(bytes.fromhex("888200000000") + b"\x03\xea")
		head, _, rest = got.partition(b"\r\n\r\n")
		assert head.startswith(b"HTTP/1.1 101 "), head
		sys.stdout.buffer.write(rest)
	END
}

# The whole of what every super-server's tests want.
session_of_megabytes() {
	head -c 5000000 /dev/urandom >in
	remember
	client "$url" <in | cmp in -
	printf '' | client "$url"
	all_gone
}

environment_of() {
	client -H 'X-Test: yes' "$url/p?q" </dev/null >env.out
	sort env.out
	grep -qx 'REQUEST_URI=/p?q' env.out
	grep -qx 'HTTP_X_TEST=yes' env.out
	grep -qx 'REMOTE_ADDR=127.0.0.1' env.out
	grep -Eqx 'REMOTE_PORT=[1-9][0-9]*' env.out
	grep -qx "SERVER_PORT=$port" env.out
	run -1 grep '^WS_' env.out
}

@test "openbsd-inetd: a session, both ways" {
	openbsd_inetd inetd cat
	session_of_megabytes
}

@test "openbsd-inetd: a tcp: target" {
	raw_tcp sum 'exec sha256sum'
	openbsd_inetd inetd "tcp:127.0.0.1:$port"
	remember
	printf 'hello' | client "$url" >out
	[ "$(cut -d' ' -f1 out)" = "$(printf hello | sha256sum | cut -d' ' -f1)" ]
	all_gone
}

@test "openbsd-inetd: the CGI variables" {
	openbsd_inetd inetd env
	environment_of
}

@test "openbsd-inetd: descriptor 2 is the peer's, and nothing is written there" {
	openbsd_inetd inetd cat
	exchange 8384000000004142	# opcode 3
	printf '\x88\x02\x03\xea' | cmp - answer
	stop inetd || :
	openbsd_inetd wrong -Z
	[ -z "$(timeout 5 socat -u "TCP:127.0.0.1:$port" - | tr -d '\0')" ]
	stop wrong || :
	openbsd_inetd refused cat
	need curl
	curl -s -i --max-time 8 "http://127.0.0.1:$port/" >head
	run -1 grep 'ws-' head
}

@test "openbsd-inetd: a command that cannot be started is a Close and no more" {
	openbsd_inetd missing /does/not/exist
	exchange ''
	printf '\x88\x02\x03\xf3' | cmp - <(head -c 4 answer)
	[ "$(wc -c <answer)" -eq $((2 + $(head -c 2 answer | tail -c 1 |
		od -An -tu1))) ]
}

@test "openbsd-inetd: a command cannot write to the peer through descriptor 2" {
	printf '#!/bin/sh\necho "not for the peer" >&2\nexec cat\n' >noisy
	chmod +x noisy
	openbsd_inetd inetd "$PWD/noisy"
	printf 'hello' | client -W "$url" >out || :
	printf 'hello' | client "$url" | cmp - <(printf hello)
	exchange 888200000000"$(printf '\x03\xe8' | od -An -tx1 | tr -d ' ')"
	run -1 grep -a 'not for' answer
}

@test "xinetd: a session, both ways" {
	x_inetd xinetd cat
	session_of_megabytes
}

@test "xinetd: the CGI variables" {
	x_inetd xinetd env
	environment_of
}

@test "xinetd: nothing of a diagnostic reaches the peer" {
	x_inetd xinetd cat
	exchange 8384000000004142
	printf '\x88\x02\x03\xea' | cmp - answer
}

@test "tcpserver: ws-server" {
	tcp_server tcpserver ws-server cat
	session_of_megabytes
	[ "$(grep -c ws- tcpserver.err)" -eq 0 ]
}

@test "tcpserver: ws-handshake -s ws-session" {
	tcp_server tcpserver ws-handshake -s ws-session cat
	session_of_megabytes
}

@test "tcpserver: the CGI variables; diagnostics go to its log" {
	tcp_server tcpserver ws-server env
	environment_of
	stop tcpserver || :
	tcp_server cat ws-server cat
	exchange 8384000000004142
	printf '\x88\x02\x03\xea' | cmp - answer
	within 3 grep -q '^ws-deframe: ' cat.err
}

@test "tcpclient: the UCSPI client convention carries a client's session" {
	need tcpclient
	listen echo 127.0.0.1:0 cat
	printf 'through tcpclient' >in
	timeout 10 tcpclient -H -R -l localhost 127.0.0.1 "$port" sh -c '
		exec 3<&0 4>&1 <&6 >&7 6<&- 7>&-
		exec ws-handshake -c "ws://127.0.0.1/" ws-session fd:3,4' <in >out
	cmp in out
}

@test "systemd-socket-activate (Accept=yes): a session, both ways" {
	systemd_socket systemd "$root/cmd/ws-server" cat
	session_of_megabytes
}

@test "systemd: the unit of the manual is valid" {
	need systemd-analyze mandoc
	local page=$root/man1/ws-server.1
	grep -q 'Accept=yes' "$page"
	mandoc -T ascii "$page" | sed 's/.\x08//g' >page.txt
	sed -n 's/^ *//; /^\[Unit\]$\|^\[Socket\]$\|^\[Service\]$\|^\[Install\]$\|^[A-Z][A-Za-z]*=/p' \
		page.txt >units
	mkdir units.d
	awk '/^\[Socket\]$/ { file = "units.d/ws.socket" }
		/^\[Service\]$/ { file = "units.d/" (services++ ? "nobody" : "ws") "@.service" }
		/^\[Unit\]$/ { file = ""; next }
		/^Description=/ && !file { next }
		file { print > file }' units
	for unit in ws nobody; do
		# The program is where it is here.
		sed -i "s|^ExecStart=-*[^ ]*ws-server|ExecStart=-$root/cmd/ws-server|" \
			"units.d/$unit@.service"
		grep -q 'StandardInput=socket' "units.d/$unit@.service"
		cp "units.d/$unit@.service" "units.d/$unit@1.service"
	done
	cat units.d/*
	run systemd-analyze verify "$PWD/units.d/ws.socket" \
		"$PWD/units.d/ws@1.service" "$PWD/units.d/nobody@1.service"
	echo "$output"
	[ "$status" -eq 0 ]
	run -1 grep -E '(ws|nobody)(@|\.socket)' <<<"$output"
}

# -- how a session ends --

# came_to CODE STATUS START ARG ...: what START has serve says "part" and ends:
# with that Close and, for ws-client, that status, and with one line at most.
came_to() {
	local code=$1 want=$2 start=$3 got=0
	shift 3
	"$start" "end$ROWS" "$@" || return 1
	timeout "$((20 * PATIENCE))" "$python" "$peers/ending.py" connect \
		"$port" wait:bin:8 wait:close "close:$code" end >seen 2>&1
	grep -qx 'bin 5' seen && grep -q "^close $code " seen || {
		cat seen
		return 1
	}
	client "$url" </dev/null >out 2>err || got=$?
	stop "end$ROWS" || :
	[ "$got" -eq "$want" ] && [ "$(cat out)" = part ] &&
		[ "$(wc -l <err)" -le 1 ] || {
		echo "status $got"
		cat out err
		return 1
	}
}

# commands: what says "part" and ends well, with 3, by a signal.
commands() {
	printf '#!/bin/sh\necho part; exit 0\n' >ends
	printf '#!/bin/sh\necho part; exit 3\n' >fails
	printf '#!/bin/sh\necho part; kill -9 $$\n' >dies
	chmod +x ends fails dies
}

# all_ended START: each of them, and with -5 one that fails.
all_ended() {
	commands
	begin_rows
	while read -r row; do
		ROWS=$((ROWS + 1))
		# shellcheck disable=SC2086 # code, status, options
		set -- "$1" $row
		check_row "$row" came_to "$2" "$3" "$1" ${5:+"$4"} "$PWD/${5:-$4}"
	done <<-'END'
		1000 0 ends
		1000 0 fails
		1011 11 -5 fails
		1011 11 dies
	END
	all_rows 4
}

under_tcpserver() {
	tcp_server "$1" ws-server "${@:2}"
}

under_systemd() {
	systemd_socket "$1" "$root/cmd/ws-server" "${@:2}"
}

@test "openbsd-inetd: Close and statuses of a command that ends, fails, is killed" {
	all_ended openbsd_inetd
}

@test "xinetd: Close and statuses of a command that ends, fails, is killed" {
	all_ended x_inetd
}

@test "tcpserver: Close and statuses of a command that ends, fails, is killed" {
	all_ended under_tcpserver
}

@test "systemd: Close and statuses of a command that ends, fails, is killed" {
	need systemd-socket-activate
	all_ended under_systemd
}

# A Unix socket, which socat makes a port.
under_s6() {
	need s6-ipcserver
	start "s6$ROWS" s6-ipcserver "$PWD/s6.$ROWS" ws-server "${@:2}"
	within 5 test -S "s6.$ROWS"
	port=$(free_port)
	start "$1" socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		"UNIX-CONNECT:s6.$ROWS"
	listens_on "$port" "$1"
	url=ws://127.0.0.1:$port
}

@test "s6-ipcserver: Close and statuses of a command that ends, fails, is killed" {
	all_ended under_s6
}

# through_pipes STATUS SERVER'S ARG ...: two pipes, as ssh(1) has, and ws-server.
through_pipes() {
	local want=$1 wanted=$2 got=0 status=0
	shift 2
	rm -f up down
	mkfifo up down
	start server sh -c 'exec ws-server "$@" <up >down' sh "$@"
	printf part | timeout "$((15 * PATIENCE))" sh -c 'exec 3<&0 4>&1
		ws-handshake -c ws://localhost/ ws-session fd:3,4 >up <down' \
		>out 2>err || got=$?
	ends server 10 || status=$?
	[ "$got" -eq "$want" ] && [ "$status" -eq "$wanted" ] &&
		[ "$(cat out)" = part ] && [ "$(wc -l <err)" -le 1 ] || {
		echo "status $got, the server's $status"
		cat out err
		return 1
	}
}

@test "two pipes, as ssh has: a command that ends, fails, is killed; an echo" {
	commands
	begin_rows
	while read -r row; do
		ROWS=$((ROWS + 1))
		# shellcheck disable=SC2086 # statuses, options, a command
		check_row "$row" through_pipes $row
	done <<-END
		0 0 $PWD/ends
		0 0 $PWD/fails
		11 111 -5 $PWD/fails
		11 111 $PWD/dies
		0 0 cat
	END
	all_rows 5
}
