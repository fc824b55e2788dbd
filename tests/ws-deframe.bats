#!/usr/bin/env bats
# ws-deframe: frames into standard output.
#
# Not tested here: what it does with time (-T, -w) in a session, which the
# tests of the sessions do.

# Each test is a subshell; run sets stderr.
# shellcheck disable=SC2030,SC2031,SC2094,SC2154

load helper

# frame_rows: the frame vectors of the generic and of the binary mode.
frame_rows() {
	awk -F '\t' '!/^#/ && $3 != "base64"' "$VECTORS/frames.tsv"
}

# expect_frames session|offline: for each vector its name, exit status, line
# on standard error, data events, and lines on the control channel.
expect_frames() {
	frame_rows | awk -F '\t' -v OFS='\t' -v manner="$1" '
	BEGIN {
		for (i = 32; i < 127; i++)
			ascii = ascii sprintf("%c", i)
	}
	function length_of(runs,  n, i, run, part, sum) {
		n = split(runs, run, "+")
		sum = 0
		for (i = 1; i <= n; i++) {
			split(run[i] "*1", part, "*")
			if (run[i] != "-")
				sum += length(part[1]) / 2 * part[2]
		}
		return sum
	}
	function spelled(hex, part, i, out) {
		split(hex "*1", part, "*")
		for (i = 0; i < part[2]; i++)
			out = out part[1]
		return out
	}
	function hexed(text,  i, out) {
		for (i = 1; i <= length(text); i++)
			out = out sprintf("%02x", index(ascii, substr(text, i, 1)) + 31)
		return out
	}
	function status_of(code) {
		return code <= 1001 || code == 1005 ? 0 : \
		    code <= 1015 ? code - 1000 : code < 4000 ? 30 : 40
	}
	{
		frames = split($5, frame, " ")
		# Decided before the last frame, which is not looked at.
		if ($1 ~ /^x-(text-bad-then-never-fin|ping-fragmented|text-overlong-split)$/)
			frames--
		offset = 0
		for (i = 1; i < frames; i++)
			offset += length_of(frame[i])
		where = "ws-deframe: frame " frames ", byte " offset ": "
		status = manner == "session" ? 6 : 0
		says = "-"
		data = control = reason = ""
		n = split($6, event, " ")
		for (i = 1; i <= n; i++) {
			split(event[i], part, "=")
			if (part[1] ~ /^(text|binary|data)$/) {
				sub(/^data/, "binary", event[i])
				data = data event[i] " "
			} else if (part[1] == "ping") {
				control = control "pong=" part[2] " "
			} else if (part[1] == "close") {
				split(part[2], part, ",")
				status = status_of(part[1])
				# In a session ws-frame tells of it.
				says = status == 0 || manner == "session" ? \
				    "-" : "ws-deframe: peer closed with " part[1]
				control = control "close-received " part[1] \
				    (part[2] == "-" ? "" : "=" spelled(part[2])) " "
			} else if (part[1] == "fail") {
				sub(/\|.*/, "", $7)
				status = $7 - 1000
				says = where "..."
				control = control "close " $7 " "
			} else if (part[1] == "partial") {
				status = 6
				says = where "input ends inside a frame " \
				    "(RFC 6455, 5.2)"
				reason = "inside frame " frames ", byte " offset
			} else if (part[1] == "unfinished") {
				status = 6
				says = "ws-deframe: input ends inside a " \
				    "message (RFC 6455, 5.4)"
				reason = "inside a message"
			}
		}
		# In a session ws-frame tells of that, too.
		if (manner == "session" && reason != "")
			says = "-"
		control = manner == "session" ? control "end " status \
		    (reason == "" ? "" : "=" hexed(reason)) " " : ""
		print $1, status, says, data, control
	}' | "$CORE" plain
}

# deframed session|offline whole|drip: the same of what ws-deframe does.
deframed() {
	frame_rows | awk -F '\t' -v OFS='\t' -v manner="$1" '{
		command = "ws-deframe -W " ($2 == "client" ? "-s" : "-c")
		if ($3 == "binary")
			command = command " -b"
		if ($4 != "-")
			command = command " -B " $4
		if (manner == "session")
			command = command " -C 5"
		print $1, $5, command
	}' | "$CORE" run "$2" messages | awk -F '\t' -v OFS='\t' '
		# Which sentence it is, another test asks.
		$3 !~ /input ends inside/ &&
		match($3, /^ws-deframe: frame [0-9]+, byte [0-9]+: /) &&
		$3 ~ /^[^;]* \(RFC 6455, [0-9.]+\)$/ {
			$3 = substr($3, 1, RLENGTH) "..."
		}
		{ print }' | sed -E \
	    's/(peer closed with [0-9]+), [a-z]+( [a-z]+)*/\1/; s/close-soon/close/
		:data
		s/(\t| )data /\1/	# it goes on: where that takes long
		t data'
}

@test "every frame vector, whole (RFC 6455, 5)" {
	expect_frames offline >expected
	deframed offline whole >actual
	same_table expected actual
	[ "$(wc -l <expected)" -gt 190 ]
}

@test "every frame vector, byte by byte (RFC 6455, 5)" {
	expect_frames offline >expected
	deframed offline drip >actual
	same_table expected actual
}

@test "every frame vector, whole, in a session (RFC 6455, 5)" {
	expect_frames session >expected
	deframed session whole >actual
	same_table expected actual
}

@test "every frame vector, byte by byte, in a session (RFC 6455, 5)" {
	expect_frames session >expected
	deframed session drip >actual
	same_table expected actual
}

# good_rows: those that neither fail nor end before their time.
good_rows() {
	frame_rows | awk -F '\t' '$6 !~ /fail|partial|unfinished/ &&
	    $1 != "close-inside-message-s"'
}

@test "stream: the payload of every good vector, nothing else" {
	local manner
	good_rows | awk -F '\t' -v OFS='\t' '{
		runs = ""
		n = split($6, event, " ")
		for (i = 1; i <= n; i++)
			if (sub(/^(text|binary|data)=/, "", event[i]) &&
			    event[i] != "-")
				runs = runs event[i]  "+"
		print $1, runs == "" ? "-" : runs
	}' | "$CORE" plain >expected
	for manner in whole drip; do
		good_rows | awk -F '\t' -v OFS='\t' \
		    '{ print $1, $5, "ws-deframe -q" }' |
		    "$CORE" run "$manner" bytes | cut -f 1,4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 90 ]
}

@test "-W: what a server sends unmasked comes out to the byte" {
	local manner
	good_rows | awk -F '\t' -v OFS='\t' '$2 == "server" &&
	    $6 !~ /p[io]ng=|close=/ { print $1, $5, "ws-deframe -cW" }' >cases
	awk -F '\t' -v OFS='\t' '{
		gsub(/ /, "+", $2)
		print $1, 0, "-", $2
	}' cases | "$CORE" plain >expected
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases | cut -f 1-4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 35 ]
}

@test "every kind of violation: status, sentence, and what came before it" {
	local name options input status where sentence
	begin_rows
	while IFS='|' read -r name options input status where sentence; do
		ROWS=$((ROWS + 1))
		bytes "8101 41 $input" >in
		# shellcheck disable=SC2086 # several options
		check_row "$name" violation $options
	done <<-'END'
	rsv|-c|c100|2|2, byte 3|reserved bit set (RFC 6455, 5.2)
	opcode|-c|8300|2|2, byte 3|reserved opcode (RFC 6455, 5.2)
	opcode, one byte|-c|83|2|2, byte 3|reserved opcode (RFC 6455, 5.2)
	masked|-c|818000000000|2|2, byte 3|frame from a server masked (RFC 6455, 5.1)
	fragmented control|-c|0900|2|2, byte 3|fragmented control frame (RFC 6455, 5.5)
	long control|-c|897e|2|2, byte 3|control frame of more than 125 bytes (RFC 6455, 5.5)
	nothing to continue|-c|8000|2|2, byte 3|continuation without a message (RFC 6455, 5.4)
	inside another|-c|0100 8100|2|3, byte 5|new message inside an unfinished one (RFC 6455, 5.4)
	not minimal 16|-c|827e007d|2|2, byte 3|length not in its shortest form (RFC 6455, 5.2)
	not minimal 64|-c|827f000000000000ffff|2|2, byte 3|length not in its shortest form (RFC 6455, 5.2)
	top bit|-c|827f8000000000000000|2|2, byte 3|length of 2^63 or more (RFC 6455, 5.2)
	too big|-c -B 4|8205|9|2, byte 3|message larger than the limit (RFC 6455, 10.4)
	binary refused|-c -t|8200|3|2, byte 3|binary message where only text is taken (RFC 6455, 7.4.1)
	text invalid|-c|8101ff|7|2, byte 3|text is not valid UTF-8 (RFC 6455, 8.1)
	text cut|-c|8101c3|7|2, byte 3|text is not valid UTF-8 (RFC 6455, 8.1)
	half a code|-c|880103|2|2, byte 3|Close with half a code (RFC 6455, 5.5.1)
	bad code|-c|880203ed|2|2, byte 3|Close with a code not allowed on the wire (RFC 6455, 7.4)
	bad reason|-c|880303e8ff|7|2, byte 3|Close with a reason that is not valid UTF-8 (RFC 6455, 5.5.1)
	END
	all_rows 18
}

# violation OPTION ...: the case in status, where, sentence and the file in.
violation() {
	local got=0
	ws-deframe "$@" <in >out 2>err || got=$?
	equal status "$status" "$got" || return 1
	equal 'standard error' "ws-deframe: frame $where: $sentence" \
	    "$(cat err)" || return 1
	equal 'standard output' A "$(tr -d '\0' <out)"
}

@test "a client's frame must be masked under -s, a server's text may be refused under -b" {
	bytes 810141 >in
	refused 2 'ws-deframe: frame 1, byte 0: frame from a client not masked (RFC 6455, 5.1)' \
	    ws-deframe -s <in
	refused 3 'ws-deframe: frame 1, byte 0: text message where only binary is taken (RFC 6455, 7.4.1)' \
	    ws-deframe -b <in
}

@test "without a role both masked and unmasked frames are taken" {
	bytes "818537fa213d7f9f4d5158 810548656c6c6f" | ws-deframe >out
	[ "$(cat out)" = HelloHello ]
}

@test "what is valid before a violation comes out, to the byte" {
	bytes "8103616263 810578c3a9ff79" >in
	run -7 ws-deframe -q <in
	[ "$output" = $'abcx\xc3\xa9' ]
	bytes "8103616263 0102c3a9 8002c3ff" >in
	run -7 ws-deframe -q <in
	[ "$output" = $'abc\xc3\xa9\xc3' ]
}

@test "nothing after a violation is looked at, and its Close is asked for once" {
	bytes "8101ff 8900 810141 8300 880203e8" >in
	local status=0
	ws-deframe -c -C 5 <in >out 2>err 5>control || status=$?
	[ "$status" = 7 ]
	[ ! -s out ]
	[ "$(cat control)" = $'close soon 1007\nend 7' ]
	[ "$(wc -l <err)" = 1 ]
}

@test "every proper prefix of a stream is incomplete: 6, and a sentence" {
	local stream='818537fa213d7f9f4d5158 827e007e+62*126 890178' i n
	bytes "$stream" >stream
	n=$(wc -c <stream)
	for ((i = 1; i < n; i++)); do
		# after the first and the second frame it may end
		[ "$i" != 11 ] && [ "$i" != 141 ] || continue
		head -c "$i" stream >"prefix-$i"
		printf '%s bytes\t@prefix-%s\tws-deframe -W\n' "$i" "$i"
	done >cases
	awk -F '\t' -v OFS='\t' '{
		n = $1 + 0
		print $1, 6, "ws-deframe: " (n < 11 ? "frame 1, byte 0" : \
		    n < 141 ? "frame 2, byte 11" : "frame 3, byte 141") \
		    ": input ends inside a frame (RFC 6455, 5.2)"
	}' cases >expected
	"$CORE" run whole messages <cases | cut -f 1-3 >actual
	same_table expected actual
	[ "$(wc -l <expected)" = 141 ]
}

@test "the end of input between the fragments of a message: 6, and a sentence (RFC 6455, 5.4)" {
	bytes "010148" >in
	run -6 --separate-stderr ws-deframe <in
	[ "$output" = H ]
	[ "$stderr" = 'ws-deframe: input ends inside a message (RFC 6455, 5.4)' ]
}

@test "empty input off-line is fine; in a session the Close is missing (RFC 6455, 7.1.5)" {
	run -0 --separate-stderr ws-deframe </dev/null
	[ "$output$stderr" = '' ]
	# ws-frame tells, who knows whether that is why.
	run -6 --separate-stderr ws-deframe -C 5 </dev/null 5>control
	[ "$output$stderr" = '' ]
	[ "$(cat control)" = end ]
	refused 6 'ws-frame: connection ended without Close (RFC 6455, 7.1.5)' \
	    ws-frame -n -C 5 </dev/null 5<control
}

@test "lines: a message a line, empty ones and both types (-l)" {
	bytes "810161 8100 820162 0101+63 8001+64" | ws-deframe -l >out
	printf 'a\n\nb\ncd\n' >expected
	same expected out
}

@test "records: a message a record, newlines are payload (-0)" {
	bytes "8103+610a62 8100 820163" | ws-deframe -0 >out
	printf 'a\nb\0\0c\0' >expected
	same expected out
}

@test "lines: a newline inside a message is written, with one warning (-l)" {
	bytes "810161 8103+610a62 8103+630a64" >in
	run -0 --separate-stderr ws-deframe -l <in
	[ "$output" = $'a\na\nb\nc\nd' ]
	[ "$stderr" = 'ws-deframe: frame 2, byte 3: newline inside a message, written as it is' ]
}

@test "records: a message with a NUL inside is refused with 1003 (-0)" {
	bytes "810161 820362+00+63 810164" >in
	local status=0
	ws-deframe -0 -C 5 <in >out 2>err 5>control || status=$?
	[ "$status" = 3 ]
	[ "$(head -n 1 control)" = 'close soon 1003' ]
	[ "$(cat err)" = 'ws-deframe: frame 2, byte 3: NUL inside a message that must become a record' ]
	# No record that is not one message: nothing of it, or no delimiter.
	[ "$(tr '\0' . <out)" = a. ] || [ "$(tr '\0' . <out)" = a.b ]
}

@test "pings are answered on the control channel in order, pongs are not (RFC 6455, 5.5.2)" {
	bytes "890161 8a0162 890163 8900 880203e8" >in
	ws-deframe -C 5 <in >out 5>control
	[ ! -s out ]
	printf 'pong "a"\npong "c"\npong\nclose received 1000\nend 0\n' >expected
	same expected control
}

@test "the peer's Close: status, a sentence with its reason, escaped (RFC 6455, 7.1.6)" {
	bytes "880f+03f3+6f7574+22+0a+5c+1b+e282ac+206f66" >in
	run --separate-stderr ws-deframe <in
	[ "$status" = 11 ]
	[ "$output" = '' ]
	[ "$stderr" = 'ws-deframe: peer closed with 1011, internal error "out"\x0a\x5c\x1b\xe2\x82\xac of"' ]
}

@test "the status of each Close code (RFC 6455, 7.4)" {
	local code want got
	begin_rows
	while read -r code want; do
		ROWS=$((ROWS + 1))
		bytes "8802$(printf %04x "$code")" >in
		got=0
		ws-deframe -q <in >out || got=$?
		check_row "$code" equal status "$want" "$got"
	done <<-'END'
	1000 0
	1001 0
	1002 2
	1003 3
	1007 7
	1008 8
	1009 9
	1010 10
	1011 11
	1012 12
	1013 13
	1014 14
	3000 30
	3999 30
	4000 40
	4999 40
	END
	all_rows 16
}

@test "every Close code received is taken or refused with 1002 (RFC 6455, 7.4)" {
	local code receive got want
	begin_rows
	while IFS=$'\t' read -r code receive _; do
		case $code in '#'*) continue ;; esac
		ROWS=$((ROWS + 1))
		bytes "8802$(printf %04x "$code")" >in
		got=0
		ws-deframe -q -C 5 <in >out 5>control || got=$?
		want="close received $code"
		[ "$receive" = fail ] && want='close soon 1002'
		check_row "$code" equal control "$want" "$(head -n 1 control)"
		[ "$receive" = ok ] || check_row "$code" equal status 2 "$got"
	done <"$VECTORS/close-codes.tsv"
	all_rows 35
}

@test "UTF-8: every vector as a text message, whole and byte by byte (RFC 6455, 8.1)" {
	local manner
	# The verdict, and the payload if that is valid.
	awk -F '\t' -v OFS='\t' '!/^#/ {
		print $1, $3 == "valid" ? 0 : 7, $3 == "valid" ? $2 : "..."
	}' "$VECTORS/utf8.tsv" | "$CORE" plain >expected
	awk -F '\t' '!/^#/ { print $1 "\t" $2 }' "$VECTORS/utf8.tsv" |
	    "$CORE" plain | awk -F '\t' '{
		sub(/-/, "", $2)
		printf "%s\t81%02x%s\tws-deframe\n", $1, length($2) / 2, $2
	}' >cases
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases |
		    awk -F '\t' '{ print $1 "\t" $2 "\t" ($2 ? "..." : $4) }' \
		    >actual
		same_table expected actual
	done
}

@test "-1 and -m stop after one and after N messages, with the input still open" {
	mkfifo in
	bounded ws-deframe -1 <in >out &
	local pid=$!
	exec 7>in
	bytes "0101+61 8001+62 810163" >&7
	wait "$pid"
	exec 7>&-
	[ "$(cat out)" = ab ]
	bytes "810161 810162 810163" | ws-deframe -l -m 2 >out
	[ "$(cat out)" = $'a\nb' ]
}

@test "-T 0 is no limit" {
	mkfifo in
	: >out
	bounded ws-deframe -T 0 <in >out &
	local pid=$!
	exec 7>in
	bytes 810161 >&7
	until_true has_bytes out 1
	bytes 810162 >&7
	exec 7>&-
	wait "$pid"
	[ "$(cat out)" = ab ]
}

@test "-m in a session asks for a Close and waits for the peer's" {
	bytes "810161 810162 810163 890178 880203e8" | ws-deframe -l -m 2 -C 5 \
	    >out 5>control
	[ "$(cat out)" = $'a\nb' ]
	[ "$(head -n 1 control)" = 'close now 1000' ]
	[ "$(tail -n 1 control)" = 'end 0' ]
}

@test "-B counts the message, not the frame, and not control frames (RFC 6455, 10.4)" {
	bytes "0103616161 897d+70*125 8002+6262 8105+6363636363" |
	    ws-deframe -B 5 -l >out
	[ "$(cat out)" = $'aaabb\nccccc' ]
	bytes "0103616161 8003" >in
	run -9 ws-deframe -q -B 5 <in
}

@test "-B takes k, m and g" {
	bytes "827e0401" >in
	run -9 ws-deframe -q -B 1k <in
	bytes "827e0400+61*1024" | ws-deframe -B 1k >out
	[ "$(wc -c <out)" = 1024 ]
	bytes "827f0000000040000001" >in
	run -9 ws-deframe -q -B 1g <in
	run -6 ws-deframe -q -B 2g <in
}

@test "a message comes out while the input stays open, in every mode and in part" {
	local mode
	for mode in -q -l -0 -W; do
		rm -f in out
		mkfifo in
		: >out
		bounded ws-deframe "$mode" <in >out &
		local pid=$!
		exec 7>in
		bytes 8103616263 >&7
		until_true has_bytes out 3
		# and the first bytes of a frame that is not whole
		bytes 8264+64*2 >&7
		until_true has_bytes out 5
		exec 7>&-
		wait "$pid" || [ $? = 6 ]
	done
}

@test "a ping is answered while the input stays open" {
	mkfifo in
	: >control
	bounded ws-deframe -C 5 <in >out 5>control &
	local pid=$!
	exec 7>in
	bytes 890178 >&7
	until_true has_bytes control 9
	exec 7>&-
	wait "$pid" || [ $? = 6 ]
	[ "$(head -n 1 control)" = 'pong "x"' ]
}

@test "payloads at the bounds of the length forms, masked or not" {
	local n
	begin_rows
	for n in 0 1 125 126 127 65535 65536 65537 1048577; do
		ROWS=$((ROWS + 1))
		head -c "$n" /dev/urandom >payload
		{ frame_header 82 "$n"; cat payload; } >in
		ws-deframe <in >out
		check_row "$n" same payload out
		ws-frame -W -c <in | ws-deframe -s >out
		check_row "$n masked" same payload out
	done
	all_rows 9
}

# frame_header FIRST-BYTE LENGTH: an unmasked header.
frame_header() {
	if [ "$2" -lt 126 ]; then
		bytes "$1$(printf %02x "$2")"
	elif [ "$2" -lt 65536 ]; then
		bytes "$1"7e"$(printf %04x "$2")"
	else
		bytes "$1"7f"$(printf %016x "$2")"
	fi
}

# bulk_frames: what passes unseen from pipe to pipe, and what comes between.
bulk_frames() {
	local n
	for n in 70000 70000 40000 5 65536 200000 32768 0 1048577 66000; do
		frame_header 82 "$n"
		head -c "$n" data
		bytes 890178
	done
	# A message in fragments, then text, which is looked at.
	frame_header 02 90000
	head -c 90000 data
	bytes 8a00
	frame_header 80 50000
	head -c 50000 data
	frame_header 81 80000
	head -c 80000 /dev/zero
	bytes 880203e8
}

# same_orders CHANNEL CHANNEL: but for empty lines, which say that it goes on
# where that takes long.
same_orders() {
	sed '/^$/d' "$1" >orders
	sed '/^$/d' "$2" >orders2
	same orders orders2
}

@test "in bulk: from pipe to pipe and to a socket comes what is read from a file" {
	head -c 1100000 /dev/urandom >data
	bulk_frames >in
	begin_rows
	for options in '' -c -W -cW -m12 -B300000 -cj; do
		ROWS=$((ROWS + 1))
		ws-deframe $options -C 3 <in 3>channel >expected 2>said ||
		    echo "status $?" >>said
		cat in | { ws-deframe $options -C 3 3>channel2 2>said2 ||
		    echo "status $?" >>said2; } | cat >out
		check_row "$options" same expected out
		check_row "$options: channel" same_orders channel channel2
		check_row "$options: sentence" same said said2
		"$CORE" socket whole ws-deframe $options -C 4 <in >out 2>said2 \
		    4>channel2 || echo "status $?" >>said2
		check_row "$options: sockets" same expected out
		check_row "$options: sockets, sentence" same said said2
		check_row "$options: sockets, channel" \
			same_orders channel channel2
	done
	all_rows 7
}

@test "in bulk: a violation and the end of input inside a frame are where they are" {
	head -c 300000 /dev/urandom >data
	{
		frame_header 82 300000
		cat data
		frame_header 82 70000
		head -c 70000 data
		bytes c10161
	} >in
	run -2 --separate-stderr ws-deframe -c <in
	expected=$stderr
	[ "$expected" = 'ws-deframe: frame 3, byte 370020: reserved bit set (RFC 6455, 5.2)' ]
	cat in | run -2 --separate-stderr ws-deframe -c
	[ "$stderr" = "$expected" ]
	head -c 350000 in >part
	run -6 --separate-stderr ws-deframe -c <part
	expected=$stderr
	cat part | run -6 --separate-stderr ws-deframe -c
	[ "$stderr" = "$expected" ]
}

@test "in bulk: the reader gone is EPIPE and SIGPIPE as ever" {
	head -c 3000000 /dev/zero >data
	{ frame_header 82 3000000; cat data; } >in
	status=0
	"$CORE" sigpipe ignore sh -c 'cat in | ws-deframe -c; echo $? >status' |
	    head -c 100000 >/dev/null
	[ "$(cat status)" = 111 ]
}

@test "a full disk is an error: 111, and a sentence" {
	[ -w /dev/full ] || skip 'no /dev/full'
	bytes 810161 >in
	local status=0
	ws-deframe <in >/dev/full 2>err || status=$?
	[ "$status" = 111 ]
	[ "$(cat err)" = 'ws-deframe: write standard output: No space left on device' ]
}

@test "the reader gone, SIGPIPE ignored: 111 at once, without a word" {
	{
		ws-frame </dev/zero 2>/dev/null || true
	} | {
		local status=0
		bounded "$CORE" sigpipe ignore ws-deframe 2>err || status=$?
		echo "$status" >status
	} | head -c 1 >first
	until_true has_bytes status 1
	[ "$(cat status)" = 111 ]
	[ ! -s err ]
}

@test "the reader gone, SIGPIPE as usual: killed by it" {
	{
		ws-frame </dev/zero 2>/dev/null || true
	} | {
		local status=0
		bounded "$CORE" sigpipe default ws-deframe 2>err || status=$?
		echo "$status" >status
	} | head -c 1 >first
	until_true has_bytes status 1
	[ "$(cat status)" = 141 ]
	[ ! -s err ]
}

@test "in a session the reader gone: the rest is discarded, ping and Close are answered" {
	mkfifo in to-reader
	bounded ws-deframe -C 5 <in >to-reader 2>err 5>control &
	local pid=$!
	exec 7>in
	exec 8<to-reader
	exec 8<&-
	bytes "8203616263 890178 8203616263 880203e8" >&7
	exec 7>&-
	wait "$pid"
	[ "$(cat control)" = $'pong "x"\nclose received 1000\nend 0' ]
	[ ! -s err ]
}

@test "1 GiB in one message, constant memory: stream, -l, -W" {
	local mode limit
	limit=$(memory_limit ws-deframe)
	for mode in -q -l -W; do
		{
			bytes 827f0000000040000000
			"$CORE" zeros 1073741824
		} | "$CORE" peak peak ws-deframe "$mode" | wc -c >count
		[ "$(cat count)" -ge 1073741824 ]
		[ "$(cat peak)" -lt "$limit" ] || { cat peak; false; }
	done
}

@test "1 GiB in one text message is checked in constant memory" {
	local limit
	limit=$(memory_limit ws-deframe)
	{
		bytes 817f0000000040000000
		"$CORE" zeros 1073741824
	} | "$CORE" peak peak ws-deframe >/dev/null
	[ "$(cat peak)" -lt "$limit" ]
}

@test "10000 frames are counted, and their bytes" {
	bytes '810161*10000+8300' >in
	run -2 --separate-stderr ws-deframe <in
	[ "$stderr" = 'ws-deframe: frame 10001, byte 30000: reserved opcode (RFC 6455, 5.2)' ]
	[ "${#output}" = 10000 ]
}

@test "-q: no word, the same status" {
	bytes 8300 >in
	run -2 --separate-stderr ws-deframe -q <in
	[ "$output$stderr" = '' ]
}

@test "help, version, and wrong usage" {
	run -0 --separate-stderr ws-deframe -h
	[[ "$output" = 'usage: ws-deframe [-'* ]]
	[ "$stderr" = '' ]
	run -0 ws-deframe -V
	[[ "$output" = 'ws-deframe '[0-9]* ]]
	usage_refused ws-deframe -x
	usage_refused ws-deframe -B
	usage_refused ws-deframe operand
	usage_refused ws-deframe -k 00000000
	usage_refused ws-deframe -e 1000
	[ ! -w /dev/full ] || run -111 sh -c 'ws-deframe -h >/dev/full'
}

@test "wrong values of options: 100, and a sentence" {
	local value
	for value in 0 -1 x 1x '' 1kk 99999999999999999999 ' 1' 1.5; do
		refused 100 "ws-deframe: -B $value: not a size such as 65536, 64k or 1m" \
		    ws-deframe -B "$value" </dev/null
	done
	for value in 0 -1 x '' 99999999999999999999; do
		refused 100 "ws-deframe: -m $value: not a number from 1 to 18446744073709551615" \
		    ws-deframe -m "$value" </dev/null
	done
	for value in -1 x '' 1s 1e3 . .5 1000001; do
		refused 100 "ws-deframe: -T $value: not a number of seconds such as 5 or 0.25" \
		    ws-deframe -T "$value" </dev/null
	done
}

@test "usage, getopt string and SYNOPSIS name the same options" {
	options_agree ws-deframe
}
