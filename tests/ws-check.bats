#!/usr/bin/env bats
# ws-check: what it makes of this toolkit, of peers with a fault, of files of
# cases that cannot be understood, and of servers that are not there.

# shellcheck disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load session

# Not tested by default: five sixths of the faults, see every().

# Every case of these sections, and nothing but what should be.
strictly() {
	timeout $((100 * PATIENCE)) ws-check -S -w $((20 * PATIENCE)) "$@" >tap || {
		grep -A 12 '^not ok' tap | head -n 60
		tail -n 1 tap
		return 1
	}
}

# drive NAME PORT: ws-client is told by the URLs of Autobahn what to do.
drive() {
	local base=ws://127.0.0.1:$2 count i
	count=$(client -n "$base/getCaseCount" </dev/null)
	for ((i = 1; i <= count; i++)); do
		status=0
		client -q -z -W "$base/runCase?case=$i&agent=$1" cat || status=$?
		printf '%s\t%s\n' "$i" "$status" >>statuses
	done </dev/null >driven
	[ ! -s driven ]
	client -n "$base/updateReports?agent=$1" </dev/null
}

# The status of ws-client is that of the Close it has sent, which is the first
# that it received, or tells what was wrong (ws-client(1)).
statuses_fit() {
	awk -F '\t' '
	    NR == FNR { status[$1] = $2; next }
	    $1 != "C" { next }
	    $7 > 4999 || $7 == 0 { next }
	    { due = $7 < 1002 ? 0 : $7 < 3000 ? $7 - 1000 : $7 < 4000 ? 30 : 40 }
	    status[$3] != due {
		print $4 ": Close " $7 ", status " status[$3]
		bad = 1
	    }
	    END { exit bad }' statuses report/ours.probe
}

# judged: the client has got its report, and nothing is wrong.
judged() {
	ends check || {
		grep -A 12 '^not ok' check.out | head -n 60
		tail -n 1 check.out
		return 1
	}
	statuses_fit
}

@test "the server keeps to all that is asked" {
	listen echo -z -W -N 100 0 cat
	remember
	strictly "$url/"
	run ! grep SKIP tap
	all_gone 8
}

@test "cases of compression are skipped where nobody negotiates it" {
	listen echo -W -N 100 0 cat
	strictly "$url/" 7692-7.2.2
	run ! grep '^ok' <(grep -v '# SKIP the server does not negotiate permessage-deflate$' tap)
	[[ $(tail -n 1 tap) == *' asked, 0 ok, 0 not strict, 0 informational, '*' skipped, 0 failed' ]]
}

@test "the client keeps to the rules of the handshake and of frames" {
	port=$(free_port)
	start check ws-check -S1s -o report -w $((20 * PATIENCE)) \
		"127.0.0.1:$port" 4 5 9
	listens_on "$port" check
	drive ours "$port"
	judged
}

@test "the client keeps to the rules of data, of closing, and of UTF-8" {
	port=$(free_port)
	start check ws-check -S1s -o report -w $((20 * PATIENCE)) \
		"127.0.0.1:$port" 6 7 8
	listens_on "$port" check
	drive ours "$port"
	judged
}

@test "the client keeps to the rules of compression" {
	port=$(free_port)
	start check ws-check -S1s -o report -w $((20 * PATIENCE)) \
		"127.0.0.1:$port" 7692
	listens_on "$port" check
	drive ours "$port"
	judged
	run ! grep SKIP check.out
}

@test "at least 600 questions for servers, and 600 for clients" {
	for role in '' -s; do
		# shellcheck disable=SC2086 # a word, or none
		run -0 ws-check -l $role
		[[ ${lines[-1]} =~ ^[0-9]+' rules, '([0-9]+)' cases'$ ]]
		[ "${BASH_REMATCH[1]}" -ge 600 ]
		# Two lines a rule, and nothing is written elsewhere.
		[ "${#lines[@]}" -gt 150 ]
		[ ! -e s ]
	done
}

@test "a file that cannot be understood: line, column, what was expected" {
	begin=$'rule 5.2 x\ncase y\n'
	while IFS='|' read -r lines place expected; do
		# shellcheck disable=SC2059 # with \n
		printf "$begin$lines\n" >bad.case
		run -65 --separate-stderr ws-check -r bad.case ws://127.0.0.1:1/
		[ -z "$output" ]
		[ "$stderr" = "ws-probe: bad.case: $place: expected $expected" ]
	done <<-'END'
		> text fin=2|line 3, column 12|0 or 1
		> text\n< texts "x"|line 4, column 3|a message, pong, last-pong, close, fail, end, open, nothing, keys, field, no-field, no-answer, request, gone or a status
		< close 99999|line 3, column 9|a Close code
		speak|line 3, column 1|>, <, =, chop, limit, inform, deflate, with, or a change of the head
		= ping "x"|line 3, column 3|text or binary
		> text deflated|line 3, column 16|deflate above a frame that is deflated
		deflate server_max_window_bits|line 3, column 9|parameters of permessage-deflate
		< fail 1002 or|line 3, column 13|the end of the line
		chop|line 3, column 5|a number of bytes
		set Host|line 3, column 5|a field, name: value
		< request x|line 3, column 12|what of the request
		> text "x|line 3, column 10|a closing quote
	END
}

@test "a server that is not there, or refuses: one sentence and its status" {
	run -111 --separate-stderr ws-check "ws://127.0.0.1:$(free_port)/"
	[ -z "$output" ]
	[[ $stderr == 'ws-connect: '*'Connection refused' ]]
	listen picky -R /only/here 0 cat
	run -22 --separate-stderr ws-check "$url/"
	[ -z "$output" ]
	[ "$stderr" = 'ws-handshake: refused with 404 Not Found' ]
	run -100 --separate-stderr ws-check http://x/
	[ -z "$output" ]
}

@test "a port that somebody listens on: one sentence and status 111" {
	listen echo 0 cat
	run -111 --separate-stderr ws-check -s "127.0.0.1:$port"
	[[ $stderr == 'ws-probe: '*'Address already in use' ]]
}

@test "a server that says nothing: no case waits longer than it may" {
	raw_tcp silent 'head -n 1 >/dev/null; printf "HTTP/1.1 101 x\r\n\r\n"; cat >/dev/null'
	run -1 timeout $((40 * PATIENCE)) ws-check -w 1 -P 30 \
		"ws://127.0.0.1:$port/" 5.5.2
	[[ ${lines[-1]} == *' 0 ok, 0 not strict, 0 informational, '*' failed' ]]
}

@test "through TLS each case has a connection of its own" {
	need openssl
	certificates
	listen echo -W -N 100 -E both.pem 0 cat
	strictly -K ca.pem "wss://localhost:$port/" 5.5.2
	run -111 --separate-stderr ws-check "wss://localhost:$port/" 5.5.2
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "the report has the cases of each agent, and the index is JSON" {
	need jq
	listen echo -W 0 cat
	ws-check -y 'one & <two>' -o report "$url/" 5.5.2 7.4 >tap
	ws-check -y other -o report "$url/" 5.5.2 >tap
	[ "$(jq -r 'keys[]' report/index.json)" = $'one & <two>\nother' ]
	[ "$(jq -r '.other["5.5.2-1"].behavior' report/index.json)" = OK ]
	grep -q '<td class=id>5.5.2-1<td>' report/index.html
	grep -q 'one &amp; &lt;two&gt;' report/index.html
	run ! grep -i '<script\|http:\|https:' report/*.html
	cmp report/one____two_.html report/one____two_.html
}

# What others do right in every version that is known here.
common='5.2 5.4 5.5.2 5.5.3 5.6 8.1'

no_alarm() {
	tail -n 1 "$1"
	[[ $(tail -n 1 "$1") == *' 0 failed' ]]
}

# serves_well COMMAND ...: that server, of others, breaks none of the rules.
serves_well() {
	serve other "$@"
	# shellcheck disable=SC2086 # words
	ws-check -w $((20 * PATIENCE)) "$url/echo" $common >tap || :
	no_alarm tap
}

# drives_well COMMAND ...: nor does that client, whose driver gets two words.
drives_well() {
	port=$(free_port)
	# shellcheck disable=SC2086 # words
	start check ws-check -s1 -w $((20 * PATIENCE)) "127.0.0.1:$port" $common
	listens_on "$port" check
	timeout $((100 * PATIENCE)) "$@" "ws://127.0.0.1:$port" other
	ends check 60 || :
	no_alarm check.out
}

@test "no false alarm: node's ws as a server" {
	need node node-ws
	serves_well node "$peers/peer.js" serve
}

@test "no false alarm: node's ws as a client" {
	need node node-ws
	drives_well node "$peers/driven.js"
}

@test "no false alarm: python's websockets as a server" {
	need python3-websockets
	serves_well "$python" "$peers/servers.py" websockets
}

@test "no false alarm: python's websockets as a client" {
	need python3-websockets
	drives_well "$python" "$peers/driven.py"
}

# plain FILE ...: nothing but printable ASCII.
plain() {
	run ! grep -l '[^ -~]' <(cat "$@" | tr -d '\t\n')
}

@test "nothing that a server sends is printed or reported as it is" {
	export LC_ALL=C
	cat >own.case <<-'END'
		rule 5.6 what comes back is what was sent
		case controls of terminals
		> text hex:1b5b33316dc29b0d07e280ae3c623e
		< text "something else"
		case a Close with a reason
		> close 1000 hex:1b5b33316dc29b
		< close 1001
		rule 4.2.1 server the answer
		case a head
		< 101
	END
	listen echo -W 0 cat
	run -1 ws-check -v -r own.case -o report "$url/"
	printf '%s\n' "$output" >tap
	plain tap report/*
	grep -Fq '< text "\x1b[31m\xc2\x9b\r\x07\xe2\x80\xae<b>"' tap
	raw_tcp hostile 'head -n 1 >/dev/null
		printf "HTTP/1.1 101 \033[31m\302\233\r\nX-\033: <b>\r\n\r\n\033"'
	run -1 ws-check -v -w 2 -r own.case -o report "ws://127.0.0.1:$port/"
	printf '%s\n' "$output" >tap
	grep -q 'HTTP/1.1 101 .x1b.31m.xc2.x9b' tap
	plain tap report/*
}

@test "agents at the same time keep their results, whatever their names" {
	need jq
	cat >own.case <<-'END'
		rule 5.5.2 a ping is answered
		case one
		> ping "1"
		< pong "1"
		case two
		> ping "2"
		< pong "2"
	END
	port=$(free_port)
	start check ws-check -s -r own.case -o report "127.0.0.1:$port"
	listens_on "$port" check
	base=ws://127.0.0.1:$port
	strange='-f%1b%5b31m%c2%9b%3cb%3e%0a%22'
	for request in "runCase?case=1&agent=index" "runCase?case=1&agent=$strange" \
	    "runCase?case=1&agent=a%20b" "runCase?case=1&agent=a_b" \
	    "updateReports?agent=$strange" "runCase?case=2&agent=index"; do
		client -W -n "$base/$request" cat
	done
	within 5 grep -q '"5.5.2-1"' report/index.json
	[ "$(jq -r 'keys[]' report/index.json)" = "$(
		printf '%s\n' '-f?[31m??<b>?"' 'a b' a_b index)" ]
	client -n "$base/updateReports?agent=index" </dev/null
	within 5 jq -e '.index | length == 2' report/index.json
	jq -e '."a b" != null and .a_b != null' report/index.json
	[ "$(jq -r '.[] | .["5.5.2-1"].reportfile' report/index.json |
	    sort -u | wc -l)" -eq 4 ]
	grep -q '<details id="5.5.2-2"' report/index_.html
	grep -q '<table>' report/index.html
	plain report/*
	# The end by a signal is one as any other.
	kill "${pid[check]}"
	ends check
	plain check.out
	[[ $(tail -n 1 check.out) == '# in all'*' 5 asked, 5 ok, '* ]]
}

@test "usage line, getopt string and manual page agree" {
	run -0 ws-check -h
	[[ $output == 'usage: ws-check '* ]]
	run -100 ws-check
	run -100 ws-check -z
	run -0 ws-check -V
	[[ $output == 'ws-check '* ]]
}

# sections_for FAULT: where it has to be found.
sections_for() {
	case $1 in
	deflate-* | inflate* | *packed* | *packing* | rsv1-*)
		echo '4.2.2 7692-5 7692-6 7692-7.1 7692-7.2.1 7692-7.2.2' ;;
	cut-* | fragments-over-*) echo '5.4 6.2-1' ;;
	idle-*) echo 6.1 ;;
	utf8-* | binary-checked | nul-*) echo '5.6 8.1' ;;
	code-* | codes-* | close-* | reason-* | tcp-* | *-after-close* | \
	    ends-* | ping-instead*)
		echo '5.5.1 7' ;;
	fail-* | control-* | *-ignored | rsv* | *masking* | new-* |  \
	    order-* | text-in-* | ping-* | long-* | length-* | pong* | no-pong*)
		echo 5 ;;
	zero-key-* | unmask-* | bad-text-* | cont-* | reserved-* | top-bit-* | \
	    second-of-* | fragment*) echo '5 6.1' ;;
	limit-* | last-*) echo '6.2-1.2 6.2-1.3 5.2-1' ;;
	*) echo '4 5 6.1' ;;
	esac
}

# Allowed by the RFC, if not as it should be: found, but no case fails.
shown_only='long-form-accepted fail-with-1011 fields-unchecked
    fail-without-close utf8-at-the-end utf8-with-1002 close-with-1000
    host-unchecked key-unchecked version-as-number fail-with-4000
    fail-with-reset refused-silently
    refused-answer-gets-close code-1016-accepted code-2000-accepted
    protocols-unchecked extensions-unchecked client-ends-first
    request-origin-with-path'

# found FAULT: what ws-check has written to tap tells of it.
found() {
	case " ${shown_only//$'\n'/ } " in
	*" $1 "*) grep -q '^not ok' tap ;;
	*) awk '/^not ok/ && !/# TODO/ { bad = 1 } END { exit !bad }' tap ;;
	esac || row_failed "$1" "not found in $(sections_for "$1")"
}

# every N: one line of N; all of them, which takes minutes, with ALL_FAULTS.
every() {
	awk -v n="${ALL_FAULTS:+1}" -v every="$1" \
	    'NR % (n ? n : every) == 0'
}

server_faults() {
	local fault
	load helper
	begin_rows
	for fault in $("$peers/faulty.py" list serve | grep "$1" | every 6); do
		ROWS=$((ROWS + 1))
		serve "$fault" "$peers/faulty.py" serve "$fault"
		# shellcheck disable=SC2046 # words
		ws-check -w 2 -P 60 "$url/" $(sections_for "$fault") >tap ||
			[ $? -ne 22 ] || echo 'not ok' >tap
		found "$fault"
		stop "$fault" || :
		unset "pid[$fault]"
	done
	all_rows 10
}

@test "a server with a single fault is found out: faults a to f" {
	server_faults '^[a-f]'
}

@test "a server with a single fault is found out: faults g to z" {
	server_faults '^[g-z]'
}

@test "a server without a fault has none" {
	serve none "$peers/faulty.py" serve
	strictly "$url/" 4 5 6 7 8 7692-5 7692-6 7692-7.1 7692-7.2.1 7692-7.2.2 \
		7692-8
}

@test "a client with a single fault in its handshake or its masking is found out" {
	local fault
	load helper
	begin_rows
	"$peers/faulty.py" list serve >servers
	for fault in $("$peers/faulty.py" list drive |
	    if [ -n "${ALL_FAULTS-}" ]; then cat; else grep -vxFf servers; fi |
	    every 5); do
		ROWS=$((ROWS + 1))
		port=$(free_port)
		sections='4 5.1 5.3 7.1.1 7692-5 7692-7.1'
		if grep -qxF -- "$fault" servers; then
			sections=$(sections_for "$fault")
		fi
		# shellcheck disable=SC2086 # words
		start check ws-check -w 2 -s1 "127.0.0.1:$port" $sections
		listens_on "$port" check
		timeout 300 "$peers/faulty.py" drive "ws://127.0.0.1:$port" "$fault"
		ends check || :
		unset 'pid[check]'
		cp check.out tap
		found "$fault"
	done
	all_rows 8
}
