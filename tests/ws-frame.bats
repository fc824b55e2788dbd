#!/usr/bin/env bats
# ws-frame: standard input into frames.
#
# Not tested here: what it does with time (-i, -w) and with a peer, which the
# tests of the sessions do.

# Each test is a subshell; run sets stderr.
# shellcheck disable=SC2030,SC2031,SC2094,SC2154

load helper

# encode_rows: the vectors of encode.tsv that are no middle of a message.
encode_rows() {
	awk -F '\t' '!/^#/ && $1 !~ /^frag-/' "$VECTORS/encode.tsv"
}

# wire OPCODE PAYLOAD: an unmasked frame with all of the payload, in runs.
# (A function of awk, to be put before a program.)
wire_function='
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
function wire(opcode, payload,  n, header) {
	n = length_of(payload)
	header = sprintf(n < 126 ? "%02x%02x" : n < 65536 ? "%02x7e%04x" : \
	    "%02x7f%016x", 128 + opcode, n)
	return payload == "-" ? header : header "+" payload
}'

@test "every frame to be written, by -W from its unmasked form (RFC 6455, 5.2)" {
	local manner
	encode_rows | awk -F '\t' -v OFS='\t' "$wire_function"'{
		print $1, wire($2, $5), "ws-frame -W " \
		    ($4 == "-" ? "-s" : "-c -k " $4)
	}' >cases
	# The status tells of a Close that was sent.
	encode_rows | awk -F '\t' -v OFS='\t' '{
		status = $1 ~ /^close-/ && match($1, /10[0-9][0-9]/) ? \
		    substr($1, RSTART, 4) - 1000 : 0
		print $1, status, "-", $6
	}' | "$CORE" plain >expected
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases | cut -f 1-4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 35 ]
}

@test "every text and binary frame, as a record or a stream (RFC 6455, 5.2)" {
	local name opcode key payload wire options
	begin_rows
	while IFS=$'\t' read -r name opcode _ key payload wire _; do
		case $opcode$name in
		*-70000*|*-6553*|*frag-*) continue ;;	# longer than a read
		[12][a-z]*) ;;
		*) continue ;;
		esac
		ROWS=$((ROWS + 1))
		options=()
		[ "$opcode" = 1 ] && options+=(-t)
		[ "$key" = - ] || options+=(-c -k "$key")
		bytes "$wire" >expected
		bytes "$payload" >payload
		if [ -s payload ]; then
			ws-frame "${options[@]}" <payload >actual
			check_row "$name, stream" same expected actual
		fi
		case $payload in *00*) continue ;; esac
		[ "$opcode" = 2 ] && options+=(-b)
		{ cat payload; printf '\0'; } |
		    ws-frame -0 "${options[@]}" >actual
		check_row "$name, record" same expected actual
	done <"$VECTORS/encode.tsv"
	all_rows 20
}

@test "fragments: the three of the vectors, from -W to the byte (RFC 6455, 5.4)" {
	awk -F '\t' '/^frag-/ { print $6 }' "$VECTORS/encode.tsv" |
	    paste -s -d + - >runs
	bytes "$(cat runs)" >expected
	[ -s expected ]
	"$CORE" drip <expected | ws-frame -W >actual
	same expected actual
}

@test "control frames: each vector as an order on the control channel (RFC 6455, 5.5)" {
	local name opcode key payload wire options order status want
	begin_rows
	while IFS=$'\t' read -r name opcode _ key payload wire _; do
		case $opcode in
		8|9|10) ;;
		*) continue ;;
		esac
		ROWS=$((ROWS + 1))
		options=(-s)
		[ "$key" = - ] || options=(-c -k "$key")
		bytes "$payload" >payload
		order=hex:$(od -An -v -tx1 payload | tr -d ' \n')
		case $opcode in
		9) order="ping $order" ;;
		10) order="pong $order" ;;
		8)
			order=close
			if [ -s payload ]; then
				order="close $(od -An -tu1 -N2 payload |
				    awk '{ print $1 * 256 + $2 }')"
				order="$order hex:$(tail -c +3 payload |
				    od -An -v -tx1 | tr -d ' \n')"
			fi ;;
		esac
		# A Close is due, and then nothing more is read.
		[ "$opcode" = 8 ] || order=$order$'\nclose'
		bytes "$wire" >expected
		if [ "$opcode" != 8 ]; then
			[ "$key" = - ] && bytes 8800 >>expected
			[ "$key" = - ] || bytes "8880$key" >>expected
		fi
		printf '%s\nend 0\n' "$order" >orders
		status=0
		bounded ws-frame "${options[@]}" -C 5 </dev/null 5<orders \
		    >actual || status=$?
		want=0
		case $name in close-1*) want=$(echo "$name" | cut -c 7-10)
			want=$(close_status "$want") ;;
		esac
		check_row "$name" equal status "$want" "$status"
		check_row "$name" same expected actual
	done <"$VECTORS/encode.tsv"
	all_rows 8
}

@test "-e: every code that may be sent is, the others are refused (RFC 6455, 7.4)" {
	local code send sentence status want
	begin_rows
	while IFS=$'\t' read -r code _ send _; do
		case $code in '#'*) continue ;; esac
		ROWS=$((ROWS + 1))
		case $code$send in
		*yes|*client|101[234]no)
			bytes "8882deadbeef$(printf %04x \
			    $((code ^ 0xdead)))" >expected
			status=0
			ws-frame -c -k deadbeef -e "$code" </dev/null \
			    >actual || status=$?
			# 11 is the internal error of the other side.
			want=$(close_status "$code")
			[ "$code" -ne 1011 ] || want=111
			check_row "$code" equal status "$want" "$status"
			check_row "$code" same expected actual ;;
		*)
			sentence="ws-frame: -e $code: not a Close code that"
			sentence="$sentence may be sent (RFC 6455, 7.4)"
			check_row "$code" refused 100 "$sentence" \
			    ws-frame -e "$code" </dev/null ;;
		esac
	done <"$VECTORS/close-codes.tsv"
	all_rows 35
}

@test "-e with a reason, behind the messages; without -e no Close off-line (RFC 6455, 5.5.1)" {
	printf 'a\n' | ws-frame -l -e 1001:bye >actual
	bytes 810161+8805+03e9+627965 >expected
	same expected actual
	printf 'a\n' | ws-frame -l >actual
	bytes 810161 >expected
	same expected actual
	printf 'a\n' | ws-frame -l -n -e 1001 >actual
	same expected actual
}

@test "-e: what is no Close is refused" {
	local value
	for value in '' x 1000x 1000,x -1 ' 1000' 99999999999999999999; do
		refused 100 "ws-frame: -e $value: not a Close code that may be sent (RFC 6455, 7.4)" \
		    ws-frame -e "$value" </dev/null
	done
	value=$(printf '%0124d' 0)
	refused 100 'ws-frame: -e: reason of more than 123 bytes (RFC 6455, 5.5)' \
	    ws-frame -e "1000:$value" </dev/null
	ws-frame -e "1000:${value#0}" </dev/null >out
	[ "$(wc -c <out)" = 127 ]
	refused 100 'ws-frame: -e: reason is not valid UTF-8 (RFC 6455, 5.5.1)' \
	    ws-frame -e $'1000:\xff' </dev/null
	refused 100 'ws-frame: -e: reason is not valid UTF-8 (RFC 6455, 5.5.1)' \
	    ws-frame -e $'1000:\xe2\x82' </dev/null
}

@test "lines: the delimiter separates, empty ones count, the last may lack it (-l)" {
	printf 'a\n\nb c\nlast' | ws-frame -l >actual
	bytes 810161+8100+8103+622063+8104+6c617374 >expected
	same expected actual
	printf 'a\n' | ws-frame -lb >actual
	bytes 820161 >expected
	same expected actual
	printf 'a\r\n' | ws-frame -l >actual
	bytes 8102610d >expected
	same expected actual
}

@test "records: NUL separates, a newline is payload (-0)" {
	printf 'a\nb\0\0c' | ws-frame -0 >actual
	bytes 8103610a62+8100+810163 >expected
	same expected actual
}

@test "lines, byte by byte: the same frames" {
	printf 'one\ntwo\n\nthree \xe2\x82\xac\n' >in
	ws-frame -l <in >expected
	"$CORE" drip <in | ws-frame -l >actual
	same expected actual
	bytes 81036f6e65+810374776f+8100+8109+746872656520e282ac >expected
	same expected actual
}

@test "a line of any length is one message, in fragments (RFC 6455, 5.4)" {
	local n
	begin_rows
	for n in 65534 65535 65536 65537 131072 1000003; do
		ROWS=$((ROWS + 1))
		head -c "$n" /dev/zero | tr '\0' a >line
		{ cat line; printf '\nx\n'; } | ws-frame -l >out
		ws-deframe -l <out >lines
		{ cat line; printf '\nx\n'; } >expected
		check_row "$n" same expected lines
		ws-frame -l <line | "$CORE" frames >messages
		check_row "$n" equal messages 1 "$(wc -w <messages)"
	done
	all_rows 6
}

@test "stream: what one read gives is one binary message, at once; -t sends text" {
	mkfifo in
	: >out
	bounded ws-frame <in >out &
	local pid=$!
	exec 7>in
	printf one >&7
	until_true has_bytes out 5
	printf two >&7
	until_true has_bytes out 10
	exec 7>&-
	wait "$pid"
	bytes 82036f6e65+820374776f >expected
	same expected out
	printf one | ws-frame -t >out
	bytes 81036f6e65 >expected
	same expected out
}

@test "lines, records and wire frames go out while the input stays open" {
	local options input
	while read -r options input; do
		rm -f in out
		mkfifo in
		: >out
		bounded ws-frame "$options" <in >out &
		local pid=$!
		exec 7>in
		bytes "$input" >&7
		until_true has_bytes out 5
		exec 7>&-
		wait "$pid"
		bytes 8103616263 >expected
		same expected out
	done <<-'END'
	-l 6162630a
	-0 61626300
	-W 8103616263
	END
}

@test "-t: a character is never cut in two messages (RFC 6455, 5.6)" {
	local euro='\xe2\x82\xac' clef='\xf0\x9d\x84\x9e' cut
	for cut in 1 2 3 4 5 6 7 8; do
		rm -f in out
		mkfifo in
		: >out
		# shellcheck disable=SC2059 # escapes for printf
		printf "x$euro${clef}y" >text
		bounded ws-frame -t <in >out &
		local pid=$!
		exec 7>in
		head -c "$cut" text >&7
		# the x must come, and with it what is complete
		until_true has_bytes out 3
		tail -c "+$((cut + 1))" text >&7
		exec 7>&-
		wait "$pid"
		"$CORE" frames <out >messages
		run ! grep -E '=[89ab]' messages
		# Each message is valid by itself, else this would fail.
		ws-deframe -t <out >joined
		same text joined
	done
}

@test "-t: dripped, each character is one message" {
	printf 'a\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e' >text
	"$CORE" drip <text | ws-frame -t | "$CORE" frames >messages
	[ "$(cat messages)" = 'text=61 text=c3a9 text=e282ac text=f09d849e ' ]
}

@test "-t with -F: no message is cut inside a character, no frame is longer" {
	local size
	printf 'a\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9ez' >text
	for size in 1 2 3 4 5; do
		ws-frame -t -F "$size" <text >out
		ws-deframe -t <out >joined
		same text joined
	done
}

@test "text that is not UTF-8: 65, a sentence, and what was good before it (RFC 6455, 5.6)" {
	local sentence='ws-frame: input is not valid UTF-8 (RFC 6455, 5.6)'
	begin_rows
	while IFS='|' read -r name options input want; do
		ROWS=$((ROWS + 1))
		bytes "$input" >in
		check_row "$name" not_utf8 "$options" "$want"
	done <<-'END'
	stream, bad byte|-t|6162ff63|81026162
	stream, cut at the end|-t|6162c3|81026162
	stream, only a cut|-t|e282|-
	stream, surrogate|-t|eda080|-
	line|-l|610a+ff0a+620a|810161
	line, cut by the newline|-l|610a+c30a+620a|810161
	line, cut at the end|-l|610a+62e2|810161
	record|-0|6100+c300|810161
	END
	all_rows 8
}

not_utf8() {
	local got=0
	ws-frame "$1" <in >out 2>err || got=$?
	equal status 65 "$got" || return 1
	equal 'standard error' "$sentence" "$(cat err)" || return 1
	bytes "$2" >want
	same want out
}

@test "UTF-8: every vector as a line, whole and byte by byte (RFC 6455, 5.6)" {
	local manner
	awk -F '\t' -v OFS='\t' '!/^#/ {
		print $1, $2 "+0a", "ws-frame -l"
	}' "$VECTORS/utf8.tsv" >cases
	awk -F '\t' -v OFS='\t' "$wire_function"'!/^#/ {
		print $1, $3 == "valid" ? 0 : 65, \
		    $3 == "valid" ? wire(1, $2) : "-"
	}' "$VECTORS/utf8.tsv" | "$CORE" plain >expected
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases | cut -f 1,2,4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 70 ]
}

@test "-F: frames of at most that size, one message (RFC 6455, 5.4)" {
	printf 'hello\nab\n' | ws-frame -l -F 2 >actual
	bytes 01026865+00026c6c+80016f+81026162 >expected
	same expected actual
	# A boundary after the last byte makes no empty frame.
	printf 'abcd\n' | ws-frame -l -F 2 >actual
	bytes 01026162+80026364 >expected
	same expected actual
	printf 'ab\n' | ws-frame -l -F 1k >actual
	bytes 81026162 >expected
	same expected actual
	# Masked, each with its own index.
	printf 'abcdef\n' | ws-frame -l -F 3 -c | ws-deframe -s -l >actual
	printf 'abcdef\n' >expected
	same expected actual
}

@test "-F in stream mode: each message fits in one frame" {
	printf abcdefgh | ws-frame -F 4 | "$CORE" frames >actual
	[ "$(cat actual)" = 'binary=61626364 binary=65666768 ' ]
}

@test "-1 and -m stop after one and after N messages, with the input still open" {
	mkfifo in
	bounded ws-frame -1 -l <in >out &
	local pid=$!
	exec 7>in
	printf 'a\nb\n' >&7
	wait "$pid"
	exec 7>&-
	bytes 810161 >expected
	same expected out
	printf 'a\nb\nc\n' | ws-frame -l -m 2 >out
	bytes 810161+810162 >expected
	same expected out
	printf 'a\nb\nc\n' | ws-frame -l -m 2 -e 1000 >out
	bytes 810161+810162+880203e8 >expected
	same expected out
	bytes 0101+61+8001+62+810163 | ws-frame -W -m 1 >out
	bytes 010161+800162 >expected
	same expected out
}

@test "the key of each frame is fresh: 1000 frames, all different, every byte varies (RFC 6455, 5.3)" {
	yes | head -n 1000 | ws-frame -c -l >out
	[ "$(wc -c <out)" = 7000 ]
	od -An -v -tx1 -w7 out | cut -c 8-18 >keys
	[ "$(sort -u keys | wc -l)" -ge 999 ]
	local i
	for i in 1 2 3 4; do
		[ "$(tr -s ' ' <keys | sed 's/^ //' | cut -d ' ' -f "$i" |
		    sort -u | wc -l)" -gt 100 ]
	done
}

@test "the key is fresh for control frames and fragments, too" {
	bytes 0100+8900+0000+8a00+8000 | ws-frame -c -W >out
	[ "$(wc -c <out)" = 30 ]
	od -An -v -tx1 -w6 out | cut -c 8-18 | sort -u >keys
	[ "$(wc -l <keys)" = 5 ]
}

@test "-W: every stream of good frames comes out as it was, control frames too" {
	local manner
	awk -F '\t' -v OFS='\t' '!/^#/ && $3 == "generic" && $4 == "-" &&
	    $2 == "server" && $6 !~ /fail|partial|unfinished|close/ {
		print $1, $5, "ws-frame -W"
	}' "$VECTORS/frames.tsv" >cases
	awk -F '\t' -v OFS='\t' '{
		gsub(/ /, "+", $2)
		print $1, 0, "-", $2
	}' cases | "$CORE" plain >expected
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases | cut -f 1-4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 30 ]
}

@test "-W: ws-deframe -W | ws-frame -W is lossless, byte by byte too" {
	bytes '0103616263 0000 8900 8003646566 8200 827e0100+00ff*128 8100' >in
	bytes '0103616263 0000 8003646566 8200 827e0100+00ff*128 8100' >expected
	ws-deframe -W <in | ws-frame -W >actual
	same expected actual
	"$CORE" drip <in | ws-deframe -W | "$CORE" drip | ws-frame -W >actual
	same expected actual
	ws-frame -W -c <in | ws-deframe -W -s | ws-frame -W >actual
	same expected actual
}

@test "-W: input that breaks the rules: 65, and where it does" {
	begin_rows
	while IFS='|' read -r name input want where sentence; do
		ROWS=$((ROWS + 1))
		bytes "$input" >in
		check_row "$name" bad_wire "$want" \
		    "ws-frame: frame $where: $sentence"
	done <<-'END'
	opcode|810161 8300|810161|2, byte 3|reserved opcode (RFC 6455, 5.2)
	rsv|c100|-|1, byte 0|reserved bit set (RFC 6455, 5.2)
	not minimal|827e0001|-|1, byte 0|length not in its shortest form (RFC 6455, 5.2)
	continuation|8000|-|1, byte 0|continuation without a message (RFC 6455, 5.4)
	inside another|0100 8100|0100|2, byte 2|new message inside an unfinished one (RFC 6455, 5.4)
	long ping|897e|-|1, byte 0|control frame of more than 125 bytes (RFC 6455, 5.5)
	close code|880203ed|-|1, byte 0|Close with a code not allowed on the wire (RFC 6455, 7.4)
	text|8101ff|-|1, byte 0|text is not valid UTF-8 (RFC 6455, 8.1)
	cut header|810161 82|810161|2, byte 3|input ends inside a frame (RFC 6455, 5.2)
	cut payload|810161 820361|810161|2, byte 3|input ends inside a frame (RFC 6455, 5.2)
	END
	all_rows 10
}

bad_wire() {
	local got=0
	ws-frame -W <in >out 2>err || got=$?
	equal status 65 "$got" || return 1
	equal 'standard error' "$2" "$(cat err)" || return 1
	bytes "$1" >want
	same want out
}

@test "-W: the end of input between the fragments of a message: 65, and a sentence" {
	bytes 010161 >in
	local status=0
	ws-frame -W <in >out 2>err || status=$?
	[ "$status" = 65 ]
	same in out
	grep -q 'input ends inside a message (RFC 6455, 5\.4)$' err
}

@test "payloads at the bounds of the length forms come back, masked or not" {
	local n
	begin_rows
	for n in 1 125 126 127 65535 65536 65537 1048575 1048576 1048577 3000001
	do
		ROWS=$((ROWS + 1))
		head -c "$n" /dev/urandom >payload
		ws-frame <payload | ws-deframe >out
		check_row "$n" same payload out
		ws-frame -c <payload | ws-deframe -s >out
		check_row "$n, masked" same payload out
		ws-frame -c -F 1000 <payload | ws-deframe -s >out
		check_row "$n, fragments" same payload out
	done
	all_rows 11
}

@test "wire frames around the size that is held back pass unchanged, masked and not" {
	local n
	begin_rows
	for n in 4095 4096 4097 65535 65536 983039 983040 983041 1048575 \
	    1048576 1048577 2500000; do
		ROWS=$((ROWS + 1))
		head -c "$n" /dev/urandom >payload
		{
			if [ "$n" -lt 65536 ]; then
				bytes "827e$(printf %04x "$n")"
			else
				bytes "827f$(printf %016x "$n")"
			fi
			cat payload
			bytes 890178+810161
		} >in
		ws-frame -W <in >out
		check_row "$n" same in out
		ws-frame -W -c <in | ws-frame -W >out
		check_row "$n, masked" same in out
	done
	all_rows 12
}

@test "in bulk: from pipe to pipe goes what is read from a file" {
	head -c 5000001 /dev/urandom >data
	begin_rows
	for options in '' -s -c -b '-F 70000' '-F 100000,1,65536' '-F 4000'; do
		ROWS=$((ROWS + 1))
		ws-frame $options <data | ws-deframe >out
		check_row "$options: file" same data out
		cat data | ws-frame $options | cat | ws-deframe >out
		check_row "$options: pipes" same data out
		{ head -c 200000 data; tail -c +200001 data; } |
		    ws-frame $options | cat >wire
		ws-deframe <wire >out
		check_row "$options: two writers" same data out
		"$CORE" socket whole ws-frame $options <data | ws-deframe >out
		check_row "$options: sockets" same data out
	done
	all_rows 7
}

@test "in bulk: -m and -F hold" {
	head -c 3000000 /dev/zero | ws-frame -m 3 | ws-deframe -a -B 2m >out
	[ "$(grep -c ^binary out)" = 3 ]
	head -c 3000000 /dev/zero | ws-frame -F 100000 | cat | ws-deframe -av |
	    grep -o 'len=[0-9]*' >out
	run -0 awk -F= '$2 > 100000 { bad++ } { sum += $2 }
	    END { print bad + 0, sum }' out
	[ "$output" = '0 3000000' ]
}

@test "empty input: nothing, in every mode" {
	local mode
	for mode in -q -t -l -0 -W; do
		run -0 --separate-stderr ws-frame "$mode" </dev/null
		[ "$output$stderr" = '' ]
	done
}

@test "a full disk is an error: 111, and a sentence" {
	[ -w /dev/full ] || skip 'no /dev/full'
	local status=0
	printf x | ws-frame >/dev/full 2>err || status=$?
	[ "$status" = 111 ]
	[ "$(cat err)" = 'ws-frame: write standard output: No space left on device' ]
	status=0
	ws-frame -e 1000 </dev/null >/dev/full 2>err || status=$?
	[ "$status" = 111 ]
}

@test "the reader gone, SIGPIPE ignored: 111 at once, without a word" {
	{
		local status=0
		bounded "$CORE" sigpipe ignore ws-frame </dev/zero 2>err ||
			status=$?
		echo "$status" >status
	} | head -c 1 >first
	until_true has_bytes status 1
	[ "$(cat status)" = 111 ]
	[ ! -s err ]
}

@test "the reader gone, SIGPIPE as usual: killed by it" {
	{
		local status=0
		bounded "$CORE" sigpipe default ws-frame </dev/zero 2>err ||
			status=$?
		echo "$status" >status
	} | head -c 1 >first
	until_true has_bytes status 1
	[ "$(cat status)" = 141 ]
	[ ! -s err ]
}

@test "1 GiB in one message, constant memory: -l, -W" {
	local limit
	limit=$(memory_limit ws-frame)
	"$CORE" zeros 1073741824 | "$CORE" peak peak ws-frame -l | wc -c >count
	[ "$(cat count)" -gt 1073741824 ]
	[ "$(cat peak)" -lt "$limit" ] || { cat peak; false; }
	{
		bytes 827f0000000040000000
		"$CORE" zeros 1073741824
	} | "$CORE" peak peak ws-frame -W -c | wc -c >count
	[ "$(cat count)" = $((1073741824 + 14)) ]
	[ "$(cat peak)" -lt "$limit" ] || { cat peak; false; }
}

@test "input that cannot be read: 111, and a sentence" {
	refused 111 'ws-frame: read standard input: Is a directory' \
	    ws-frame </
	refused 111 'ws-frame: read standard input: Bad file descriptor' \
	    ws-frame <&-
}

@test "pings go between frames while a message is sent (RFC 6455, 5.5)" {
	mkfifo in orders
	: >out
	bounded ws-frame -s -C 5 <in >out 5<orders &
	local pid=$!
	exec 7>in 8>orders
	printf a >&7
	until_true has_bytes out 3
	echo 'ping "x"' >&8
	until_true has_bytes out 6
	printf b >&7
	until_true has_bytes out 9
	printf 'close 1000\nend 0\n' >&8
	exec 7>&- 8>&-
	wait "$pid"
	bytes 820161+890178+820162+880203e8 >expected
	same expected out
}

@test "nothing goes out after a Close (RFC 6455, 5.5.1)" {
	mkfifo in orders
	: >out
	bounded ws-frame -s -C 5 <in >out 5<orders &
	local pid=$!
	exec 7>in 8>orders
	echo 'close now 1001 "bye"' >&8
	until_true has_bytes out 7
	echo 'ping "x"' >&8
	printf more >&7 || true
	printf 'close 1000\nend 0\n' >&8
	exec 7>&- 8>&-
	wait "$pid" || true
	bytes 8805+03e9+627965 >expected
	same expected out
}

@test "an order that makes no sense is told of and skipped" {
	printf 'pin\nop=11\ntext "x"\nping "x"\nclose 1000\nend 0\n' >orders
	bounded ws-frame -s -C 5 </dev/null >out 2>err 5<orders
	[ "$(sort -u err)" = 'ws-frame: control channel: line not understood' ]
	[ "$(wc -l <err)" -eq 3 ]
	bytes 890178+880203e8 >expected
	same expected out
}

@test "-i 0 is no ping, -X 0 no limit" {
	mkfifo in
	: >out
	bounded ws-frame -i 0 -X 0 <in >out &
	local pid=$!
	exec 7>in
	printf a >&7
	until_true has_bytes out 3
	printf b >&7
	until_true has_bytes out 6
	exec 7>&-
	wait "$pid"
	bytes 820161+820162 >expected
	same expected out
}

@test "help, version, and wrong usage" {
	run -0 --separate-stderr ws-frame -h
	[[ "$output" = 'usage: ws-frame [-'* ]]
	[ "$stderr" = '' ]
	run -0 ws-frame -V
	[[ "$output" = 'ws-frame '[0-9]* ]]
	usage_refused ws-frame -x
	usage_refused ws-frame -k
	usage_refused ws-frame operand
	usage_refused ws-frame -B 5
	usage_refused ws-frame -r x
}

@test "wrong values of options: 100, and a sentence" {
	local value
	for value in '' 1234567 123456789 1234567g '12 45678' 0x345678; do
		refused 100 "ws-frame: -k $value: not a masking key of 8 hexadecimal digits" \
		    ws-frame -k "$value" </dev/null
	done
	for value in 0 -1 x '' 1m1; do
		refused 100 "ws-frame: -F $value: not a size such as 65536, 64k or 1m" \
		    ws-frame -F "$value" </dev/null
	done
	for value in 0 -1 x ''; do
		refused 100 "ws-frame: -m $value: not a number from 1 to 18446744073709551615" \
		    ws-frame -m "$value" </dev/null
	done
}

@test "usage, getopt string and SYNOPSIS name the same options" {
	options_agree ws-frame
}

@test "-l keeps a CR before the newline, -r takes it off, wherever a read ends" {
	bytes() { od -An -v -tx1 | tr -d ' \n'; }
	equal -l "$(printf '\201\002a\r\201\000' | bytes)" \
		"$(printf 'a\r\n\n' | ws-frame -l | bytes)"
	equal -lr "$(printf '\201\001a\201\001\r\201\000\201\003b\rc\201\002d\r' |
		bytes)" "$(printf 'a\r\n\r\r\n\r\nb\rc\nd\r' | ws-frame -lr | bytes)"
	# A line longer than what is held, cut before and behind its CR.
	local n
	for n in 65534 65535 65536 65537 131071 131072; do
		{ head -c "$n" /dev/zero | tr '\0' x; printf '\r\nend\r\n'; } >in
		tr -d '\r' <in >want
		ws-frame -lr <in | ws-deframe -l | cmp - want
	done
	usage_refused ws-frame -r
	usage_refused ws-session -cr fd:0,1
}

@test "frame lines and JSON may end with CRLF, be blank, and begin with a mark" {
	equal lines "$(printf 'text "a"\nping\n' | ws-frame -a | od -An -tx1)" \
		"$(printf '\357\273\277text "a"\r\n\r\n\nping\r\n' | ws-frame -a |
		od -An -tx1)"
	equal JSON "$(printf '{"type":"text","data":"a"}\n{"type":"ping"}\n' |
		ws-frame -j | od -An -tx1)" \
		"$(printf '\357\273\277{"type":"text","data":"a"}\r\n\r\n \n{"type":"ping"}\r\n' |
		ws-frame -j | od -An -tx1)"
	# A mark stands nowhere else.
	refused 65 'ws-frame: line 2, column 1: expected text, binary, cont, ping, pong, close, op=0 to 15, raw, more or sleep' \
		ws-frame -a <<<$'\n\357\273\277text "a"'
}
