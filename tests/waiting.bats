#!/usr/bin/env bats
# Servers that people use, as ws-client meets them: their answers come, though
# they drop them once a Close has come, and the code of their Close is the
# status, though they drop the connection at once.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load session

# use SERVER: starts it; sets url.
use() {
	case $1 in
	gorilla)
		need gorilla
		GO111MODULE=off GOPATH=/usr/share/gocode \
			GOCACHE=$BATS_TEST_DIRNAME/.deps/go \
			go build -o gorilla "$peers/gorilla.go"
		serve gorilla ./gorilla
		;;
	node)
		need node-ws
		serve node node "$peers/peer.js" serve
		;;
	*)
		need "python3-$1"
		serve "$1" /usr/bin/python3 "$peers/servers.py" "$1"
		;;
	esac
}

# answers ARG ...: what ws-client prints for a line of "x" ends with what is
# expected from descriptor 3.
answers() {
	local got=0
	cat <&3 >wanted
	client "$@" >out 2>err || got=$?
	[ "$got" -eq 0 ] && [ ! -s err ] && cmp -s wanted out || {
		printf 'status %d: %s\n' "$got" "$*"
		cat out err
		return 1
	}
}

# all_modes URL: each mode gets the echo of what it has sent, without another
# option.
all_modes() {
	echo x | answers -l "$1" 3<<<x
	printf 'x\0' | answers -0 "$1" 3< <(printf 'x\0')
	echo '{"type":"text","data":"x"}' | client -j "$1" >out
	grep -q '"type":"text".*"data":"x"' out
	echo 'text "x"' | client -a "$1" >out
	grep -qx 'text "x"' out
	printf '\201\001x' | client -W "$1" >out
	[ "$(head -c 3 out | od -An -tx1)" = ' 81 01 78' ]
	# Several messages, several answers.
	seq 20 | answers -l "$1" 3< <(seq 20)
	# As a stream where it is asked for.
	printf x | answers -t -y 1 "$1" 3< <(printf x)
}

# slow_answer URL: one that takes half a second for each message.  Some servers
# say ping every 20 seconds.
slow_answer() {
	echo x | answers -ly "$((PATIENCE < 8 ? 2 * PATIENCE : 15))" "$1" 3<<<x
}

# dropped CODE: the server says Close and is gone at once.
dropped() {
	local status=$1 path=$2 long i
	long=$(printf '%01000d' 0)
	for i in 1 2 3 4 5; do
		run "-$status" --separate-stderr client -l "$url/drop/$path" <<<x ||
			{ echo "$stderr"; false; }
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
		[[ $stderr == *"${path%%/*}"* ]]
		# Also while we still send, in messages of which no server
		# takes so many at once that its own Close is late.
		run "-$status" --separate-stderr client -l \
			"$url/drop/$path" < <(yes "$long" 2>/dev/null)
	done
	for i in 1 2 3; do
		run -0 client -l "$url/drop/1000/bye" <<<x
	done
}

# too_big: a message that the server does not accept.
too_big() {
	head -c 100000 /dev/zero | tr '\0' x >big
	run -9 --separate-stderr client -l "$url/small" <big
	[[ $stderr == *1009* ]]
	cat big big big big big big big big >bigger
	run -9 --separate-stderr client -t "$url/small" <bigger
}

@test "python3-websockets answers ws-client's one line" {
	use websockets
	all_modes "$url/echo"
	slow_answer "$url/slow"
}

@test "aiohttp answers ws-client's one line" {
	use aiohttp
	all_modes "$url/echo"
	slow_answer "$url/slow"
}

@test "tornado answers ws-client's one line" {
	use tornado
	all_modes "$url/echo"
	slow_answer "$url/slow"
}

@test "uvicorn answers ws-client's one line" {
	use uvicorn
	all_modes "$url/echo"
	slow_answer "$url/slow"
}

@test "daphne answers ws-client's one line" {
	use daphne
	all_modes "$url/echo"
	slow_answer "$url/slow"
}

@test "node ws answers ws-client's one line" {
	use node
	all_modes "$url/echo"
}

@test "gorilla answers ws-client's one line" {
	use gorilla
	all_modes "$url/echo"
	slow_answer "$url/slow"
}

@test "libwebsockets answers ws-client's one line" {
	need libwebsockets-test-server
	port=$(free_port)
	start lws libwebsockets-test-server -p "$port"
	listens_on "$port" lws
	echo x | answers -l -p lws-mirror-protocol "ws://127.0.0.1:$port/" 3<<<x
	# It says a number 20 times a second; after ten we go.
	client -lp dumb-increment-protocol "ws://127.0.0.1:$port/" </dev/null |
		head -n 10 >out || :
	seq 0 9 | cmp - out
}

@test "ws-listen answers ws-client's one line, whatever its command is" {
	listen echo -W 0 cat
	all_modes "$url"
	listen lines -l 0 cat
	echo x | answers -l "$url" 3<<<x
	listen sort -l 0 sort
	printf 'b\na\n' | answers -l "$url" 3< <(printf 'a\nb\n')
	listen tr -l 0 tr a-z A-Z
	echo x | answers -l "$url" 3<<<X
	listen late -l 0 sh -c 'while read -r x; do sleep 2; echo "$x"; done'
	printf 'a\nb\n' | answers -l "$url" 3< <(printf 'a\nb\n')
	listen later -l 0 sh -c 'cat; sleep 2; echo later'
	printf 'a\n' | answers -l "$url" 3< <(printf 'a\nlater\n')
}

@test "nothing is waited for with -y 0, as a stream, or with a command" {
	serve peer "$python" "$peers/ending.py" serve wait:close close:1000 end
	for mode in '-l -y 0' '-t' '-6'; do
		# shellcheck disable=SC2086
		echo x | client $mode "$url"
	done
	client -l "$url" echo x
	[ "$(grep -c '^took close' peer.out)" -eq 4 ]
	awk -v most="$PATIENCE" '$1 == "took" && $2 == "close" && $3 >= most / 2 {
		late = 1 } { print } END { exit late }' peer.out
}

@test "the wait is for silence, and is over when the peer says Close" {
	serve peer "$python" "$peers/ending.py" serve wait:text tick:0.3:8 \
		close:4000:enough wait:close end
	run -40 --separate-stderr client -l -y 1 "$url" <<<x
	[ "$output" = "$(seq 8)" ]
	serve closer "$python" "$peers/ending.py" serve wait:text text:y \
		close:1000 wait:close end
	SECONDS=0
	run -0 client -l -y 60 "$url" <<<x
	[ "$output" = y ]
	[ "$SECONDS" -lt 50 ]
}

@test "pings are no sound: the wait ends while they come" {
	listen pinging -i 0.3 127.0.0.1:0 cat
	run -0 client -l -y 1 "$url" <<<x
	[ "$output" = x ]
}

@test "the wait ends with a signal, and when nobody reads" {
	serve peer "$python" "$peers/ending.py" serve wait:text text:y \
		wait:close close:1001 end
	start c "$python" -c 'import os, sys
r, w = os.pipe()
os.write(w, b"x\n")
os.close(w)
os.dup2(r, 0)
os.execvp("ws-client", sys.argv[1:])' ws-client -l -y 60 "$url"
	within 10 says c.out
	kill "${pid[c]}"
	got=0
	ends c 5 || got=$?
	[ "$got" -eq 143 ]
	grep -q '^close 1001' peer.out
}

@test "python3-websockets: Close and no connection any more is the Close" {
	use websockets
	dropped 8 1008/why
	too_big
}

@test "aiohttp: Close and no connection any more is the Close" {
	use aiohttp
	dropped 8 1008/why
	too_big
}

@test "tornado: Close and no connection any more is the Close" {
	use tornado
	dropped 8 1008/why
}

@test "uvicorn: Close and no connection any more is the Close" {
	use uvicorn
	dropped 8 1008/why
}

@test "daphne: Close and no connection any more is the Close" {
	use daphne
	dropped 40 4000/why
}

@test "node ws: Close and no connection any more is the Close" {
	use node
	dropped 8 1008/why
}

@test "gorilla: Close and no connection any more is the Close" {
	use gorilla
	dropped 8 1008/why
	too_big
}
