#!/usr/bin/env bats
# Captures: -D, -r, what other programs recorded, -S.

# shellcheck disable=SC2030,SC2031,SC2094,SC2154

load helper
load session

setup() {
	session_begin
	set +o pipefail
}

# record DIRECTION ROLE TIME TEXT: a record, by hand.
record() {
	printf '%s %s %s %d\n%s\n' "$1" "$2" "$3" "${#4}" "$4"
}

# frame LETTER: an unmasked text of that letter.
frame() {
	printf '\201\001%s' "$1"
}

by_hand() {
	record '<' client 1795301915.000000 "$(frame a)"
	record '>' client 1795301915.500000 "$(frame b)"
	record '<' client 1795301917.000000 "$(frame c)"
	record '<' client 1795301920.000000 "$(frame d)"
}

refused_capture() {
	local status=0
	ws-deframe -r 0 >out 2>err || status=$?
	equal status 65 "$status" || return
	equal sentence "ws-deframe: byte $1: not a capture of -D" "$(cat err)"
}

# The bytes of the records of a direction.
raw_of() {
	"$python" - "$1" "$2" <<-'END'
		import sys
		data = open(sys.argv[2], "rb").read()
		while data:
		    line, data = data.split(b"\n", 1)
		    way, role, time, size = line.decode().split(" ")
		    size = int(size)
		    assert data[size:size + 1] == b"\n", line
		    assert len(time.split(".")[1]) == 6, line
		    if way == sys.argv[1]:
		        sys.stdout.buffer.write(data[:size])
		    data = data[size + 1:]
	END
}

@test "-D off-line: what was read, and what was written, with role and time" {
	before=$(date +%s)
	printf 'hello' | ws-frame -ct -D sent >frames
	ws-deframe -D received -s <frames >out
	after=$(date +%s)
	raw_of '>' sent | same frames -
	raw_of '<' received | same frames -
	grep -qa '^> client [0-9]*\.[0-9]\{6\} 11$' sent
	grep -qa '^< server [0-9]*\.[0-9]\{6\} 11$' received
	time=$(awk 'NR == 1 { print int($3) }' received)
	[ "$time" -ge "$before" ]
	[ "$time" -le "$after" ]
	[ "$(stat -c %a sent)" = 600 ]
}

@test "-D appends to a file that is there" {
	frame a | ws-deframe -D file >out
	frame b | ws-deframe -D file >out
	[ "$(ws-deframe -r 0 -a <file)" = $'text "a"\ntext "b"' ]
}

@test "-D on a session: read back it is what was sent and received" {
	seq 2000 >in
	listen server -q -D server.capture -l 127.0.0.1:0 cat
	client -D client.capture -l "$url" <in >out
	same in out
	within 5 grep -qa '^> server .* 4$' server.capture
	for side in client server; do
		ws-deframe -cl -r 0 <"$side.capture" | same in -
		ws-deframe -sl -r 0 <"$side.capture" | same in -
		for role in -c -s; do
			ws-deframe "$role" -a -r 0 <"$side.capture" |
			    tail -n 1 | grep -qx 'close 1000'
		done
	done
	# To the byte: what one has sent the other has received.
	raw_of '>' client.capture >sent
	raw_of '<' server.capture | same sent -
	raw_of '>' server.capture >sent
	raw_of '<' client.capture | same sent -
	# Times do not run back.
	LC_ALL=C grep -a '^[<>] client' client.capture | cut -d ' ' -f 3 >moments
	sort -nc moments
}

@test "-D with %p: a file for each session" {
	listen echo -D 'capture.%p' 0 cat
	remember
	for word in one two; do
		printf '%s' "$word" | ws-client "$url" >out
		[ "$(cat out)" = "$word" ]
	done
	all_gone
	for file in capture.*; do
		ws-deframe -r 0 -s <"$file"
		echo
	done | sort >words
	printf '%s\n' one two | cmp - words
}

@test "-r: the records come at their times, ten times as fast" {
	by_hand >capture
	start=${EPOCHREALTIME/[.,]/}
	ws-deframe -cl -r 10 <capture | while read -r line; do
		echo "$line $((${EPOCHREALTIME/[.,]/} - start))"
	done >moments
	cat moments
	# 0, 2 and 5 seconds in the capture; what was sent does not count.
	awk '
	function near(want) {
		if ($2 < want - 2000 || $2 > want + 150000)
			print "late or early", $0, want
	}
	$1 == "a" { near(0) }
	$1 == "c" { near(200000) }
	$1 == "d" { near(500000) }
	END { if (NR != 3) print "not three" }' moments >said
	equal said '' "$(cat said)"
}

@test "-r: 0 waits for nothing, a fraction makes it slow" {
	{ by_hand; record '<' client 1795399999.000000 "$(frame e)"; } >capture
	[ "$(bounded ws-deframe -cl -r 0 <capture | tr '\n' ' ')" = 'a c d e ' ]
	{ record '<' client 1.000000 "$(frame a)"
	  record '<' client 1.100000 "$(frame b)"; } >capture
	start=${EPOCHREALTIME/[.,]/}
	ws-deframe -r 0.5 <capture >out
	[ "$((${EPOCHREALTIME/[.,]/} - start))" -ge 195000 ]
}

@test "-r: which records are read: by the role, else those received" {
	{ record '<' client 1.000000 "$(frame a)"
	  record '>' client 1.000000 "$(frame b)"
	  record '<' server 1.000000 "$(frame c)"
	  record '>' server 1.000000 "$(frame d)"; } >capture
	[ "$(ws-deframe -Lq -r 0 <capture)" = ac ]
	[ "$(ws-deframe -Lq -cr 0 <capture)" = ad ]
	[ "$(ws-deframe -Lq -sr 0 <capture)" = bc ]
}

@test "-r: a frame in several records, several in one, newlines inside" {
	{ record '<' client 1.000000 $'\x81'
	  record '<' client 1.000001 $'\x03\n'
	  record '<' client 1.000002 $'\n'
	  record '<' client 1.000003 $'<\x81\x01a\x81\x01b'; } >capture
	printf '\n\n<ab' >want
	ws-deframe -r 0 <capture | same want -
	"$CORE" drip <capture | ws-deframe -r 0 | same want -
}

@test "-r: what is no capture is refused with its byte" {
	begin_rows
	while read -r line; do
		ROWS=$((ROWS + 1))
		printf '%b' "$line" >in
		check_row "$line" refused_capture 0 <in
		{ record '<' client 1.000000 "$(frame a)"; cat in; } >behind
		check_row "$line, second" refused_capture 24 <behind
	done <<-'END'
		hello\n
		= client 1.000000 1\na\n
		<client 1.000000 1\na\n
		< peer 1.000000 1\na\n
		< client 1.00000 1\na\n
		< client 1.0000000 1\na\n
		< client 1,000000 1\na\n
		< client  1.000000 1\na\n
		< client 1.000000 -1\na\n
		< client 1.000000 1 \na\n
		< client 1.000000 1\r\na\n
		< client 1.000000\na\n
		< client 123456789012.000000 1\na\n
		< client 1.000000 1234567890123456789\na\n
		\n
	END
	all_rows 15
	printf '%070d' 0 | refused_capture 0
	printf '< client 1.000000 1\n\x81x\n' | refused_capture 21
}

@test "-r: a capture cut inside a record is read as far as it goes" {
	by_hand | head -c 30 >capture
	run --separate-stderr ws-deframe -r 0 <capture
	[[ $stderr == 'ws-deframe: the capture ends inside a record'* ]]
	{ record '<' client 1.000000 "$(frame a)"; echo -n '< cli'; } >capture
	run -0 --separate-stderr ws-deframe -r 0 <capture
	[ "$output" = a ]
	[ "$stderr" = 'ws-deframe: the capture ends inside a record' ]
	run -0 --separate-stderr ws-deframe -r 0 </dev/null
	[ "$output$stderr" = '' ]
	run -100 ws-deframe -r x </dev/null
}

@test "-D: a full disk ends the capture, not the session" {
	[ -c /dev/full ] || skip 'no /dev/full'
	listen server -l 127.0.0.1:0 cat
	seq 100 >in
	client -l -D /dev/full "$url" <in >out 2>err
	same in out
	for program in ws-frame ws-deframe; do
		[ "$(grep -c "^$program: -D: write: .*; the capture ends here\$" \
		    err)" -eq 1 ]
	done
	[ "$(wc -l <err)" -eq 2 ]
}

@test "-D: a file that cannot be opened is told before anything is sent" {
	run -111 --separate-stderr ws-frame -D no/such/file <<<hello
	[ "$output" = '' ]
	[[ $stderr == 'ws-frame: -D: open no/such/file: '* ]]
	run -111 --separate-stderr ws-deframe -D no/such/file </dev/null
	[[ $stderr == 'ws-deframe: -D: open no/such/file: '* ]]
}

@test "-D: no link is followed, no other user's file is written to, a new one is private" {
	touch there
	ln -s there link
	ln -s nowhere dangling
	for name in link dangling; do
		run -111 --separate-stderr ws-frame -D "$name" <<<hello
		equal output '' "$output"
		equal sentence "ws-frame: -D: open $name: it is a symbolic link" \
		    "$stderr"
		run -111 --separate-stderr ws-deframe -D "$name" <<<x
		equal sentence "ws-deframe: -D: open $name: it is a symbolic link" \
		    "$stderr"
	done
	[ ! -e nowhere ] && [ ! -s there ]
	(umask 0; ws-frame -D new <<<hello >frames)
	[ "$(stat -c %a new)" = 600 ]
	[ "$(id -u)" -eq 0 ] || skip 'not root: there is no other user'
	chown nobody there
	run -111 --separate-stderr ws-frame -D there <<<hello
	equal sentence "ws-frame: -D: open there: the file is another user's" "$stderr"
	[ ! -s there ]
}

@test "-D to a pipe that the shell names" {
	ws-frame -D >(cat >copied) <<<hello >frames
	until_true test -s copied
	[ "$(head -n 1 copied | cut -d ' ' -f 1,2,4)" = "> server 8" ]
}

@test "-D and -a in a session, and its own records in frame lines" {
	listen server -qW 127.0.0.1:0 cat
	printf '%s\n' 'text fin=0 "a"' 'ping "p"' 'cont "b"' >in
	client -a -D capture "$url" <in >out
	ws-deframe -sa -r 0 <capture |
	    same <(cat in; echo 'close 1000') -
	ws-deframe -ca -r 0 <capture | same out -
}

@test "-S skips the head of a request, of an answer, and no more" {
	ws-handshake -c ws://localhost/ >request
	ws-handshake -s <request >answer
	for head in request answer; do
		{ cat "$head"; frame a; frame b; } >stream
		[ "$(ws-deframe -Sl <stream)" = $'a\nb' ]
		"$CORE" drip <stream | ws-deframe -Sl >out
		[ "$(cat out)" = $'a\nb' ]
		run -6 ws-deframe -qS <"$head" || true
	done
	# Bytes are counted from the start of the input.
	{ cat request; frame a; printf '\x83\0'; } >stream
	run -2 --separate-stderr ws-deframe -S <stream
	[ "$stderr" = "ws-deframe: frame 2, byte $(($(wc -c <request) + 3)): \
reserved opcode (RFC 6455, 5.2)" ]
}

@test "-S: a head that does not end, or is none, is told" {
	printf 'GET / HTTP/1.1\r\nHost: x\r\n' >in
	run -6 --separate-stderr ws-deframe -S <in
	[ "$stderr" = 'ws-deframe: input ends inside the head that -S skips' ]
	head -c 100000 /dev/zero | tr '\0' x >in
	run -65 --separate-stderr ws-deframe -S <in
	[ "$stderr" = 'ws-deframe: -S: no head of HTTP' ]
}

@test "what socat -r and -R leave is read with -S" {
	need socat
	listen server -ql 127.0.0.1:0 cat
	to=$address
	port=$(free_port)
	start between socat -r up -R down \
	    "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" "TCP:$to"
	listens_on "$port" between
	seq 1000 >in
	client -l "ws://127.0.0.1:$port/" <in >out
	same in out
	ends between
	ws-deframe -sSl <up | same in -
	ws-deframe -cSl <down | same in -
	ws-deframe -cSa <down | tail -n 1 | grep -qx 'close 1000'
}

@test "what tshark prints with follow,tcp,raw is read by way of xxd" {
	need xxd
	{ ws-handshake -c ws://localhost/; seq 9 | ws-frame -cl -e 1000; } >up
	{ ws-handshake -s <up; seq 9 | ws-frame -l; } >down
	{ printf '%s\n' '' ======= 'Follow: tcp,raw' 'Node 0: 127.0.0.1:40000'
	  xxd -p -c 1448 up
	  xxd -p -c 1448 down | sed 's/^/\t/'
	  echo =======; } >follow
	sed -n '/^[0-9a-f][0-9a-f]*$/p' follow | xxd -r -p |
	    ws-deframe -sSl | same <(seq 9) -
	sed -n 's/^\t//p' follow | xxd -r -p | ws-deframe -cSl |
	    same <(seq 9) -
}

# -- shapes of traffic --

@test "-F with several sizes: they take turns" {
	"$CORE" zeros 5300 >in
	ws-frame -F 1448,3,1200 <in | ws-deframe -av | grep -o 'len=[0-9]*' |
	    tr '\n' ' ' >lens
	[ "$(cat lens)" = 'len=1448 len=3 len=1200 len=1448 len=3 len=1198 ' ]
	ws-frame -F 1448,3,1200 <in | ws-deframe | same in -
	echo abcdefgh | ws-frame -l -F 1,2 | ws-deframe -a >out
	printf '%s\n' 'text fin=0 "a"' 'cont fin=0 "bc"' 'cont fin=0 "d"' \
	    'cont fin=0 "ef"' 'cont fin=0 "g"' 'cont "h"' | same - out
	run -100 ws-frame -F 1,,2 </dev/null
	run -100 ws-frame -F 1,0 </dev/null
	run -100 ws-frame -F "$(seq -s , 65)" </dev/null
}
