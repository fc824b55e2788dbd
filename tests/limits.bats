#!/usr/bin/env bats
# The limits of a server, each with what happens beyond it.  Those of heads are
# with ws-handshake's tests: size and time of a request, PROXY header, gate.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session

# from ADDRESS NAME: a session through a proxy that names the address, opened
# as far as the answer to the handshake, whose status becomes $answer; it stays.
from() {
	local version=4
	[ "${1#*:}" = "$1" ] || version=6
	{
		printf 'PROXY TCP%s %s %s 1000 80\r\n' "$version" "$1" "$1"
		ws-handshake -c ws://localhost/
	} >"$2.in"
	start "$2" "$python" -c '
import socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(open(sys.argv[2], "rb").read())
while True:
    data = s.recv(4096)
    if not data:
        break
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
' "$port" "$2.in"
	within 5 says "$2.out"
	answer=$(head -n 1 "$2.out" | cut -d' ' -f2)
}

# asks ADDRESS NAME STATUS
asks() {
	from "$1" "$2"
	equal "$1" "$3" "$answer"
}

@test "sessions of one address: 429 beyond them, at once, others are let in" {
	listen server -P -N 9,2 127.0.0.1:0 cat
	asks 192.0.2.1 a 101
	asks 192.0.2.1 b 101
	asks 192.0.2.1 c 429
	grep -qx $'HTTP/1.1 429 Too Many Requests\r' c.out
	asks 192.0.2.2 d 101
	grep -qx "ws-handshake: refused with 429: too many sessions from one\
 address (RFC 6585, 4)" server.err
}

@test "beyond -N connections wait and cost no process, the open session goes on" {
	listen server -w 20 -N 1 127.0.0.1:0 cat
	remember
	cat >transfer.sh <<-END
		{ "$CORE" count 400; until [ -e enough ]; do sleep 0.02; done; } |
		    ws-client -w 20 "$url" | "$CORE" counted 400
	END
	start transfer sh ./transfer.sh
	within 5 eval 'grep -q "ws-session -s" <<<"$(ours)"'
	ws-handshake -c ws://localhost/ >request
	start crowd "$python" -c '
import select, socket, sys
request = open("request", "rb").read()
crowd = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
         for _ in range(50)]
for s in crowd:
    s.sendall(request)
print("there", flush=True)
print(select.select(crowd, [], [])[0][0].recv(12).decode(), flush=True)
' "$port"
	within 5 says crowd.out
	equal sessions 1 "$(grep -c "ws-session -s" <<<"$(ours)")"
	equal handshakes 0 "$(grep -c 'ws-handshake -A' <<<"$(ours)" || :)"
	equal crowd there "$(cat crowd.out)"
	touch enough
	ends transfer 20
	# Now it is their turn.
	within 5 grep -q '^HTTP/1.1 101' crowd.out
}

@test "beyond an address's share each is refused, and its open session goes on" {
	listen server -q -w 20 -P -N 30,1 127.0.0.1:0 cat
	remember
	{
		printf 'PROXY TCP4 192.0.2.1 192.0.2.1 1 1\r\n'
		ws-handshake -c ws://localhost/
	} >request
	cat >transfer.sh <<-END
		{
			cat request
			{
				"$CORE" count 40
				until [ -e enough ]; do sleep 0.02; done
			} | ws-frame -c -e 1000
		} | socat -t 20 - "TCP:127.0.0.1:$port" | sed '1,/^.$/d' |
		    ws-deframe -c | "$CORE" counted 40
	END
	start transfer sh ./transfer.sh
	within 5 eval 'grep -q ws-session <<<"$(ours)"'
	run -0 timeout 60 "$python" -c '
import concurrent.futures, socket, sys
request = open("request", "rb").read()
def refused(_):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as s:
        s.sendall(request)
        return s.recv(12) == b"HTTP/1.1 429"
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(refused, range(int(sys.argv[2])))))
' "$port" $((300 / PATIENCE))
	equal refused $((300 / PATIENCE)) "$output"
	equal sessions 1 "$(grep -c ws-session <<<"$(ours)")"
	touch enough
	ends transfer 20
	all_gone
}

@test "sessions of one IPv6 network count together, loopback's not at all" {
	listen server -P -N 9,1 127.0.0.1:0 cat
	asks 2001:db8:0:1::1 a 101
	asks 2001:db8:0:1:ffff::2 b 429
	asks 2001:db8:0:2::1 c 101
	asks ::1 d 101
	asks ::1 e 101
	asks 127.0.0.1 f 101
	asks 127.0.0.2 g 101
}

@test "a place is free again as soon as its session ends, however that is" {
	listen server -P -N 9,1 127.0.0.1:0 cat
	plain=$port
	raw_tcp echo 'exec cat'
	listen tunnel -P -N 9,1 127.0.0.1:0 "tcp:127.0.0.1:$port"
	for to in "command $plain" "tunnel $port"; do
		target=${to% *}
		port=${to#* }
		remember
		asks 192.0.2.1 "$target"1 101
		asks 192.0.2.1 "$target"2 429
		kill -9 "${pid[$target"1"]}"
		all_gone
		asks 192.0.2.1 "$target"3 101
		# What holds the place is killed.
		kill -9 "$(strangers | env -u WSTEST awk '/ws-session|ws-frame -s/ {
			print $1; exit }')"
		asks 192.0.2.1 "$target"4 101
		# That of the command ends with its supervisor.
		kill "${pid[$target"3"]}" || :
		kill "${pid[$target"4"]}"
		all_gone
	done
}

@test "who is served by -f has a place of its address, too" {
	listen server -P -N 9,1 -f 'echo shared; cat' 127.0.0.1:0 cat
	remember
	printf 'PROXY TCP4 192.0.2.3 192.0.2.3 1 1\r\nGET / HTTP/1.0\r\n\r\n' >in
	feed 5 peer socat - "TCP:127.0.0.1:$port"
	cat in >&5
	within 5 grep -q shared peer.out
	[[ "$(bounded socat -t 5 - "TCP:127.0.0.1:$port" <in)" = 'HTTP/1.1 429 '* ]]
	asks 192.0.2.3 a 429
	asks 192.0.2.4 b 101
	kill "${pid[b]}"
	exec 5>&-
	all_gone
	asks 192.0.2.3 c 101
}

@test "who is served by -f has it whatever the command does to its descriptors" {
	listen server -P -N 9,1 -f 'exec 3>&- 6>&- 9>&-; echo shared; cat' \
	    127.0.0.1:0 cat
	remember
	printf 'PROXY TCP4 192.0.2.3 192.0.2.3 1 1\r\nGET / HTTP/1.0\r\n\r\n' >in
	feed 5 peer socat - "TCP:127.0.0.1:$port"
	cat in >&5
	within 5 grep -q shared peer.out
	asks 192.0.2.3 a 429
	exec 5>&-
	all_gone
	asks 192.0.2.3 b 101
}

# place ADDRESS KEY PLACES [taken]: asks for a place of that address's, in a file
# with that key, where others hold all places if it says so; prints how many were
# tried and the number of the region.
place() {
	"$python" - "$@" <<-'END'
		import fcntl, os, struct, subprocess, sys
		address, key, places, taken = (sys.argv[1:] + [""])[:4]
		fd = os.open("places", os.O_RDWR | os.O_CREAT, 0o600)
		os.ftruncate(fd, 0)
		os.pwrite(fd, key.encode() * 16, 0)
		if taken:
		    fcntl.lockf(fd, fcntl.LOCK_EX, 1 << 54, 0)
		os.set_inheritable(fd, True)
		subprocess.run(["strace", "-qq", "-o", "trace", "-e", "trace=fcntl,fcntl64",
		    "ws-handshake", "-qsP"], close_fds=False, stdout=subprocess.DEVNULL,
		    input=b"PROXY TCP6 %s ::1 1 1\r\n" % address.encode()
		    if ":" in address else b"PROXY TCP4 %s 192.0.2.1 1 1\r\n" %
		    address.encode(),
		    env={**os.environ, "WS_SLOTS": f"{fd},{places}"})
	END
	sed -n 's/.*SETLK.*l_start=\([0-9]*\),.*/\1/p' trace |
	    awk '{ n++; region = int($1 / 4096) } END { printf "%d %.0f\n", n, region }'
}

@test "refusing one of many tries 256 of their places at most" {
	need strace
	equal 'of 10' '10 3221225985' "$(place 192.0.2.1 k 10 taken)"
	equal 'of 256' '256 3221225985' "$(place 192.0.2.1 k 256 taken)"
	equal 'of 4096' '256 3221225985' "$(place 192.0.2.1 k 4096 taken)"
	equal 'none taken' '1 3221225985' "$(place 192.0.2.1 k 4096)"
}

@test "which networks of IPv6 share their places is nothing that a stranger can know" {
	need strace
	one=$(place 2001:db8:0:1::1 a 4096)
	equal 'the same network' "$one" "$(place 2001:db8:0:1:2:3:4:5 a 4096)"
	[ "$one" != "$(place 2001:db8:0:2::1 a 4096)" ]
	[ "$one" != "$(place 2001:db8:0:1::1 b 4096)" ]
}

@test "neither the command nor a gate holds a place" {
	cat >look <<-'END'
		#!/bin/sh
		ls -l /proc/self/fd | grep -c slots >"$1"
		env | grep -c WS_SLOTS >>"$1"
		cat >/dev/null
	END
	chmod +x look
	listen server -P -N 9,1 -g "$PWD/look gate" 127.0.0.1:0 "$PWD/look" command
	asks 192.0.2.1 a 101
	kill "${pid[a]}"
	for file in gate command; do
		within 5 has_bytes "$file" 4
		equal "$file" '0 0' "$(tr '\n' ' ' <"$file" | sed 's/ $//')"
	done
}

@test "with TLS a session holds a place, too" {
	certificates
	listen server -P -N 9,1 -E both.pem 127.0.0.1:0 cat
	tls=$port
	feed 5 first socat -u - "OPENSSL:127.0.0.1:$tls,verify=0"
	{
		printf 'PROXY TCP4 192.0.2.1 192.0.2.1 1 1\r\n'
		ws-handshake -c ws://localhost/
	} >request
	cat request >&5
	within 5 eval 'grep -q ws-session <<<"$(ours)"'
	feed 6 second socat - "OPENSSL:127.0.0.1:$tls,verify=0"
	cat request >&6
	within 5 grep -q 'refused with 429' server.err
	exec 5>&- 6>&-
	ends first
	ends second
}

# stalls NAME TLS BYTES: a client that, with or without a handshake of TLS, sends
# these and then nothing, and says how its connection ends.
stalls() {
	start "$1" "$python" -c '
import os, socket, ssl, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
if sys.argv[2] == "tls":
    context = ssl._create_unverified_context()
    s = context.wrap_socket(s)
os.write(s.fileno(), bytes.fromhex(sys.argv[3]))
raw = socket.socket(fileno=os.dup(s.fileno()))
raw.settimeout(20)
try:
    while raw.recv(4096):
        pass
    print("end")
except ConnectionError:
    print("end")
except TimeoutError:
    print("held")
' "$port" "$2" "$3"
}

@test "who stops inside a handshake or a record of TLS holds nothing" {
	certificates
	case $(uname -s -m) in
	Linux\ x86_64 | Linux\ aarch64) ;;
	*) skip 'nothing is known of SO_RCVTIMEO here' ;;
	esac
	listen server -w 1 -E both.pem 127.0.0.1:0 cat
	stalls silent no ''
	stalls hello no 1603010200
	stalls record tls 1703034000
	for name in silent hello record; do
		ends "$name" 30
		equal "$name" end "$(cat "$name.out")"
	done
	stop server
}

# refuses FIRST COMMAND ...: whether the command, on a processor that it shares with
# those who send it more than it can read, ends after it has refused FIRST.
refuses() {
	"$python" -c '
import os, socket, subprocess, sys
if not hasattr(os, "sched_setaffinity"):
    sys.exit(77)
os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
ours, theirs = socket.socketpair()
for s in ours, theirs:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
child = subprocess.Popen(sys.argv[2:], stdin=theirs, stdout=theirs,
                         preexec_fn=lambda: os.nice(19))
theirs.close()
ours.sendall(sys.argv[1].encode().decode("unicode_escape").encode())
senders = []
for i in range(4):
    pid = os.fork()
    if pid == 0:
        try:
            while True:
                ours.send(bytes(4 << 20))
        except OSError:
            os._exit(0)
    senders.append(pid)
try:
    child.wait(12)
    held = False
except subprocess.TimeoutExpired:
    held = True
    child.kill()
for pid in senders:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
sys.exit(held)
' "$@" 2>/dev/null
}

@test "who is refused and sends on, faster than it is read, is left" {
	local status=0
	refuses 'GET / HTTP/1.0\r\n\r\n' ws-handshake -s cat || status=$?
	[ "$status" != 77 ] || skip 'processors cannot be chosen'
	equal http 0 "$status"
	refuses '\x07' ws-socks true
}

@test "-N: what is no number, or none that can be, is refused" {
	for value in '' x 0 00 010 1,0 1,010 1,x 1,5000 1, 100000 \
	    99999999999999999999; do
		run -100 timeout 5 ws-listen -N "$value" 0 cat
	done
}

@test "without -N there are limits" {
	listen server 127.0.0.1:0 cat
	number=$(pgrep -P "${pid[server]}" socat)
	tr '\0' ' ' <"/proc/$number/cmdline" | grep -q ',max-children=2000 '
	tr '\0' '\n' <"/proc/$number/environ" | grep -qx 'WS_SLOTS=9,250'
}

# first_wait SECONDS PROGRAM ARG ...: its first poll(2) is for that time; it is told
# at once that it has passed.
first_wait() {
	local wait
	timeout 10 strace -qq -o trace -e trace=poll,ppoll,ppoll_time64 \
	    -e inject=poll,ppoll,ppoll_time64:retval=0:when=1 "${@:2}" \
	    >out 2>err || :
	wait=$(sed -n '1{
		s/.*, \([0-9]*\)) = .*/\1/
		s/.*{tv_sec=\([0-9]*\), tv_nsec=\([0-9]*\)}.*/\1 \2/
		p
	}' trace | awk '{ print NF == 2 ? $1 * 1000 + $2 / 1000000 : $1 }')
	[ "${wait%.*}" -le "$1"000 ] && [ "${wait%.*}" -gt $(($1 * 1000 / 2)) ] || {
		echo "$2: waits $wait: $(cat trace err)"
		return 1
	}
}

@test "without -w: 10 seconds for a head, 5 for what a session waits for" {
	need strace
	mkfifo silent
	first_wait 10 ws-handshake -s cat <>silent
	grep -q 'refused with 408' err
	deaf
	first_wait 10 ws-connect "tcp:127.0.0.1:$port" true </dev/null
	first_wait 5 ws-session -s "tcp:127.0.0.1:$port" </dev/null
	grep -q 'timed out' err
}

# waiting_room: how many connections may wait at $port to be accepted.
waiting_room() {
	ss -Hltn "sport = :$port" | awk '{ print $3 }'
}

# pipe_sizes MOST: the largest pipe of the session's has more than that many KiB,
# or, with a minus sign in front, none has.
pipe_sizes() {
	largest=$("$python" "$peers/pipes.py" "$WSTEST" | awk '{ print $NF }')
	if [ "$1" -gt 0 ]; then [ "$largest" -gt "$1" ]
	else [ "$largest" -le "${1#-}" ]; fi
}

@test "a session that was busy gives its pipes back" {
	[ "$(uname)" = Linux ] || skip 'the size of pipes is of Linux'
	WSTEST=$WSTEST.echo raw_tcp echo cat
	local options target kind tcp=tcp:127.0.0.1:$port
	while read -r target kind options; do
		# shellcheck disable=SC2086 # words
		listen "server$target$kind" $options 127.0.0.1:0 \
		    "${target/tcp/$tcp}"
		echo "$target $options"
		mkfifo "go$target$kind"
		WSTEST=$WSTEST.peer start peer sh -c 'exec "$@" <"$0"' \
		    "go$target$kind" "$python" "$peers/fault.py" gorge "$port" \
		    "${kind/frames/}"
		exec 5>"go$target$kind"
		within 30 says peer.out
		within 10 pipe_sizes 64
		exec 5>&-
		within 30 pipe_sizes -64
		kill "${pid[peer]}"
		ends peer || [ "$?" -ne 125 ]
		stop "server$target$kind"
	done <<-'END'
		cat frames -v
		tcp frames -v
		cat tcp -G tcp
		tcp tcp -G tcp
		cat base64 -6 -p base64
		tcp base64 -6 -p base64
	END
}

# socket_bounds PORT UNSENT: the sockets of the server's at which PORT is keep no
# more than 2 MiB, with the books, of what they receive, and that much unsent.
socket_bounds() {
	ss -Htinm "$1" | tr ' \t' '\n\n' >kept
	grep -q '^skmem:' kept
	if [ "$(cat /proc/sys/net/core/rmem_max)" -ge 1048576 ]; then
		sed -n 's/^skmem:(.*,rb\([0-9]*\),t.*/\1/p' kept |
		    awk '$1 > 2097152 { wrong = 1 } END { exit wrong }'
	fi
	sed -n 's/^notsent://p' kept |
	    awk -v most="$2" '$1 > most { wrong = 1 } END { exit wrong }'
}

@test "a peer that sends all it can and reads nothing: the system keeps 2 MiB each way" {
	[ -e /proc/sys/net/core/rmem_max ] || skip 'no such limits here'
	local target kind
	WSTEST=$WSTEST.echo raw_tcp echo cat
	for target in cat "tcp:127.0.0.1:$port"; do
		for kind in '' tcp; do
			listen server ${kind:+-G tcp} 127.0.0.1:0 "$target"
			mkfifo go
			WSTEST=$WSTEST.peer start peer sh -c 'exec "$@" <"$0"' go \
			    "$python" "$peers/fault.py" gorge "$port" $kind
			exec 5>go
			within 30 says peer.out
			socket_bounds "sport = :$port" 2400000
			[ "$target" = cat ] ||
			    socket_bounds "dport = :${target##*:}" 99999999
			kill "${pid[peer]}"
			exec 5>&-
			rm go
			ends peer || [ "$?" -ne 125 ]
			stop server
		done
	done
}

@test "what an idle session has of pipes for signals is a page each" {
	[ "$(uname)" = Linux ] || skip 'the size of pipes is of Linux'
	listen server 127.0.0.1:0 cat
	WSTEST=$WSTEST.client feed 5 client ws-client "$url"
	echo hello >&5
	within 10 says client.out
	"$python" "$peers/pipes.py" "$WSTEST" | tr ' ' '\n' |
	    grep -vx "$(($(getconf PAGESIZE) / 1024))" >larger
	# The channel, and the command's two.
	equal 'larger ones' 3 "$(wc -l <larger)"
	exec 5>&-
	ends client
}

@test "who connects and says nothing is no line of the log, whatever ends that" {
	for proxy in '' 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 80'; do
		listen "server${proxy%% *}" ${proxy:+-P} -w "$PATIENCE" 127.0.0.1:0 cat
		remember
		bounded "$python" -c '
import socket, struct, sys
for how in "close", "fin", "reset", "late":
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.sendall(sys.argv[2].encode())
    if how == "fin":
        s.shutdown(socket.SHUT_WR)
    if how == "reset":
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
    if how in ("fin", "late"):
        print(how, s.recv(4096)[9:12].decode())
        while s.recv(4096):
            pass
    s.close()
' "$port" "${proxy:+$proxy$'\r\n'}" >answers
		equal "${proxy:-plain}" $'fin 400\nlate 408' "$(cat answers)"
		all_gone
		printf '%sGET' "${proxy:+$proxy$'\r\n'}" |
		    bounded socat -t 30 - "TCP:127.0.0.1:$port" >out
		all_gone
		equal 'the log' 'ws-handshake: refused with 400: input ends inside the request head (RFC 9112, 8)' \
		    "$(cat "server${proxy%% *}.err")"
	done
}

@test "-Q: so many connections may wait, 128 without" {
	listen usual 127.0.0.1:0 cat
	equal usual 128 "$(waiting_room)"
	listen fewer -Q 7 127.0.0.1:0 cat
	equal fewer 7 "$(waiting_room)"
	for value in '' x -1 1,5; do
		run -100 bounded ws-listen -Q "$value" 127.0.0.1:0 cat
	done
}

@test "-X ends a session with 1001, though there is traffic" {
	listen server -X "$PATIENCE" 127.0.0.1:0 sh -c \
	    'while echo tick; do sleep 0.1; done'
	mkfifo in
	(while echo 'text "x"'; do sleep 0.1; done) >in &
	run -0 client -a "$url" <in
	tail -n 1 <<<"$output" | grep -qx 'close 1001'
	[ "${#lines[@]}" -gt 5 ]
}

@test "-X ends a session whose peer reads nothing" {
	listen server -X 1 -w $((5 * PATIENCE)) 127.0.0.1:0 sh -c \
	    '>began; exec cat /dev/zero'
	feed 5 client socat -u - "TCP:127.0.0.1:$port"
	within 5 eval 'grep -q "socat -u" <<<"$(ours)"'
	remember
	ws-handshake -c ws://localhost/ >&5
	within 5 test -e began
	all_gone 8
	exec 5>&-
}

@test "-X off-line: frames, a Close, the end" {
	feed 5 frame ws-frame -X 1
	echo hi >&5
	status=0
	ends frame || status=$?
	equal status 28 "$status"
	ws-deframe -a <frame.out >lines
	same - lines <<-'END'
		binary "hi\n"
		close 1001
	END
	exec 5>&-
}

@test "a line that a server's command must collect has 16 MiB at most (1009)" {
	listen server -l 127.0.0.1:0 wc -c
	head -c 16777216 /dev/zero | tr '\0' x |
	    client -F 65536 -l "$url" >out
	equal size 16777217 "$(tr -d ' ' <out)"
	head -c 16777217 /dev/zero | tr '\0' x >big
	run -9 client -F 65536 -l "$url" <big
	stop server || :
	listen records -0 127.0.0.1:0 wc -c
	run -9 client -F 65536 -l "$url" <big
	# It is not the filter's own limit, nor that of a stream.
	ws-frame -cl <big | ws-deframe -ls | wc -c | grep -q 16777218
	stop records || :
	listen stream 127.0.0.1:0 wc -c
	equal stream 16777217 "$(client -F 1m "$url" <big | tr -d ' ')"
}

@test "pongs due to a peer that reads nothing: 4 KiB, the newest" {
	# The socket is full before ws-frame writes.  Once all orders are in the
	# pipe, which holds 64 KiB, no more than 500 of them are not obeyed yet.
	bounded "$python" -c '
import array, fcntl, os, socket, subprocess, termios, time
ours, theirs = socket.socketpair()
orders, order = os.pipe()
stdin, data = os.pipe()
filled = 0
theirs.setblocking(False)
try:
    while True:
        filled += theirs.send(bytes(1000))
except BlockingIOError:
    theirs.setblocking(True)
os.write(data, b"x")
subprocess.Popen(["ws-frame", "-s", "-C", str(orders)], stdin=stdin,
                 stdout=theirs, pass_fds=[orders])
os.close(orders)
theirs.close()
left = array.array("i", [1])
while left[0] > 0:
    fcntl.ioctl(stdin, termios.FIONREAD, left)
    time.sleep(0.01)
with os.fdopen(order, "w") as order:
    for i in range(1, 2001):
        print("pong \"%0125d\"" % i, file=order)
    order.write("close 1000\nend 0\n")
os.close(data)
with open("out", "wb") as out:
    while piece := ours.recv(65536):
        out.write(piece[filled:] if filled < len(piece) else b"")
        filled -= min(filled, len(piece))
'
	ws-deframe -a <out >lines
	equal first 'binary "x"' "$(head -n 1 lines)"
	equal last 'close 1000' "$(tail -n 1 lines)"
	sed -n 's/^pong "0*\(.*\)"$/\1/p' lines >pongs
	[ "$(head -n 1 pongs)" -ge 1400 ]
	equal newest 2000 "$(tail -n 1 pongs)"
	sort -n pongs | cmp - pongs
}

@test "the system asks a silent peer whether it is still there" {
	listen server 127.0.0.1:0 cat
	feed 5 client ws-client "$url"
	asked() {
		ss -Htno state established |
		    grep -c ":$port .*timer:(keepalive,[45]min"
	}
	within 5 eval '[ "$(asked)" = 2 ]' || equal both 2 "$(asked)"
	exec 5>&-
	ends client
}

@test "-T ends a session in which nothing came" {
	listen server -T 0.3 127.0.0.1:0 sleep 60
	remember
	run -6 client "$url" < <(exec sleep $((5 * PATIENCE)))
	all_gone
}

# greedy PORT [BYTES]: a peer that takes nothing after the answer to its handshake,
# and sends so many bytes of a binary message, until it blocks.
greedy() {
	cat >greedy.py <<-'END'
		import socket, sys, time
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
		s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		head = b""
		while not head.endswith(b"\r\n\r\n"):
		    head += s.recv(1)
		size = int(sys.argv[2]) if len(sys.argv) > 2 else 0
		s.settimeout(None)
		try:
		    if size:
		        s.sendall(b"\x82\xff" + size.to_bytes(8, "big") + bytes(4))
		    while size:
		        size -= s.send(bytes(min(size, 65536)))
		    while True:	# without taking a byte, until it is over
		        s.send(b"\x89\x80" + bytes(4))
		        time.sleep(0.05)
		except OSError:
		    print("over", flush=True)
	END
	bounded "$python" greedy.py "$@"
}

@test "-T ends a session whose peer takes nothing, although it sends" {
	raw_tcp endless 'exec cat /dev/zero'
	to=$port
	for target in "cat /dev/zero" "tcp:127.0.0.1:$to"; do
		# shellcheck disable=SC2086 # words
		listen server -T 0.5 127.0.0.1:0 $target
		remember
		greedy "$port" >out
		equal end over "$(cat out)"
		within 5 grep -q '^ws-frame: nothing taken by the peer for 0.500 s: given up$' server.err
		all_gone
		stop server || true
	done
}

@test "-T ends a session whose target takes nothing" {
	listen server -T 0.5 -w "$PATIENCE" 127.0.0.1:0 sleep 60
	remember
	greedy "$port" 100000000 >out
	equal end over "$(cat out)"
	within 5 grep -q '^ws-deframe: nothing taken that was received for 0.500 s: given up$' server.err
	all_gone
}

@test "without -T a server waits for 10 minutes until a peer takes something" {
	need strace
	# A full socket: the first wait for room is that long.
	bounded "$python" - >out <<-'END'
		import os, re, socket, subprocess, sys, time
		ours, theirs = socket.socketpair()
		theirs.setblocking(False)
		try:
		    while True:
		        theirs.send(bytes(1000))
		except BlockingIOError:
		    theirs.setblocking(True)
		orders, order = os.pipe()
		p = subprocess.Popen(["strace", "-qq", "-o", "trace", "-e",
		    "trace=poll,ppoll,ppoll_time64", "ws-frame", "-s", "-C", str(orders)],
		    stdin=subprocess.PIPE, stdout=theirs, pass_fds=[orders])
		p.stdin.write(b"x")
		p.stdin.flush()
		while not re.search("(599|600)[0-9]{3}\\b|tv_sec=(599|600)", open("trace").read()
		    if os.path.exists("trace") else ""):
		    time.sleep(0.02)
		p.terminate()
		p.kill()
		print("found")
	END
	equal wait found "$(cat out)"
}
