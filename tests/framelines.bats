#!/usr/bin/env bats
# Frame lines: ws-deframe -a, ws-frame -a, and what -L reports.
#
# Not tested here: the control channel, which speaks the same lines; the tests
# of ws-frame and ws-deframe do that.

# shellcheck disable=SC2030,SC2031,SC2094,SC2154

load helper
load session

setup() {
	session_begin
	set +o pipefail
}

# A filter that takes a stream apart and puts it together: there and back.
make_roundtrip() {
	printf '%s\n' '#!/bin/sh' \
	    'ws-deframe -aLqv "$@" | ws-frame -a' >roundtrip
	chmod +x roundtrip
}

# lines LINE ...: what ws-frame -a makes of them, in hexadecimal digits.
lines() {
	printf '%s\n' "$@" | ws-frame -a | od -An -v -tx1 | tr -d ' \n'
}

# sends LINE HEX: the bytes of a line, as a server and with zero keys.
sends() {
	equal "$1" "$2" "$(lines "$1")"
}

# The column and what was expected; the line before is sent, nothing else.
not_understood() {
	line_refused -a ping "$@"
}

@test "every frame vector goes through frame lines and stays the same" {
	make_roundtrip
	for role in '' -s -c; do
		awk -F '\t' -v OFS='\t' '!/^#/ {
			gsub(" ", "+", $5); print $1, 0, "-", $5, "" }' \
		    "$VECTORS/frames.tsv" |
		    "$CORE" plain | cut -f1,4 >expected
		awk -F '\t' -v OFS='\t' -v role="$role" '!/^#/ {
			print $1, $5, "./roundtrip " role }' \
		    "$VECTORS/frames.tsv" | "$CORE" run whole bytes |
		    cut -f1,4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 190 ]
}

@test "every frame vector, byte by byte, becomes the same lines" {
	printf '%s\n' '#!/bin/sh' 'exec ws-deframe -aLv' >list
	chmod +x list
	for manner in whole drip; do
		awk -F '\t' -v OFS='\t' '!/^#/ && length($5) < 300 {
			print $1, $5, "./list" }' "$VECTORS/frames.tsv" |
		    "$CORE" run "$manner" bytes >"$manner"
	done
	same_table whole drip
}

@test "every prefix of a frame with all its parts stays the same" {
	make_roundtrip
	printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >whole
	printf '\x88\xff\0\0\0\0\0\0\0\x07\1\2\3\4\3\352abcde' >>whole
	begin_rows
	for ((i = 0; i <= 34; i++)); do
		ROWS=$((ROWS + 1))
		head -c "$i" whole >in
		./roundtrip <in >out
		check_row "$i bytes" same in out
	done
	all_rows 35
}

@test "random streams of frames stay the same" {
	make_roundtrip
	begin_rows
	for ((i = 1; i <= 150; i++)); do
		ROWS=$((ROWS + 1))
		role=${roles:=-s-c}
		role=${role:$((i % 2 * 2)):2}
		"$CORE" stream frames "$i" >in
		./roundtrip "$role" <in >out
		check_row "stream $i" same in out
	done
	all_rows 150
}

@test "random streams, cut anywhere and dripped, stay the same" {
	make_roundtrip
	begin_rows
	for ((i = 200; i < 240; i++)); do
		ROWS=$((ROWS + 1))
		"$CORE" stream frames "$i" | head -c "$((i * 7919 % 900))" >in
		"$CORE" drip <in | ws-deframe -aLqv >listed || true
		"$CORE" drip <listed | ws-frame -a >out
		check_row "stream $i" same in out
	done
	all_rows 40
}

@test "random garbage stays the same" {
	make_roundtrip
	begin_rows
	for ((i = 1; i <= 100; i++)); do
		ROWS=$((ROWS + 1))
		"$CORE" stream garbage "$i" >in
		./roundtrip <in >out
		check_row "garbage $i" same in out
	done
	all_rows 100
}

@test "valid streams keep their messages without -L and -v" {
	ws-frame -l -c -F 7,1,3 <"$BATS_TEST_FILENAME" |
	    ws-deframe -a | ws-frame -as | ws-deframe -cl >out
	same "$BATS_TEST_FILENAME" out
}

@test "lines have no bytes but printable ones, UTF-8 and newlines" {
	for ((i = 1; i <= 60; i++)); do
		"$CORE" stream frames "$i" | ws-deframe -aLqv || true
	done | tr '\n' ' ' >listed
	[ "$(tr -d '\40-\176\200-\377' <listed | wc -c)" -eq 0 ]
	# U+0080 to U+009F are controls, too.
	run ! grep -qaP '\xc2[\x80-\x9f]' listed
	has_bytes listed 100000
}

@test "every opcode (RFC 6455, 5.2)" {
	begin_rows
	while read -r line hex; do
		ROWS=$((ROWS + 1))
		check_row "$line" sends "$line" "$hex"
	done <<-'END'
		text 8100
		binary 8200
		cont 8000
		close 8800
		ping 8900
		pong 8a00
	END
	for ((i = 0; i < 16; i++)); do
		ROWS=$((ROWS + 1))
		check_row "op=$i" sends "op=$i" "$(printf '8%x00' "$i")"
	done
	all_rows 22
}

@test "every attribute, alone and together (RFC 6455, 5.2)" {
	begin_rows
	while IFS=$'\t' read -r line hex; do
		ROWS=$((ROWS + 1))
		check_row "$line" sends "$line" "$hex"
	done <<-'END'
		text fin=0	0100
		text fin=1	8100
		text rsv=0	8100
		text rsv=1	9100
		text rsv=2	a100
		text rsv=4	c100
		text rsv=7	f100
		text mask=none "x"	810178
		text mask=00000000 "x"	81810000000078
		text mask=37fa213d "Hello"	818537fa213d7f9f4d5158
		text mask=37FA213D "Hello"	818537fa213d7f9f4d5158
		text form=7 "x"	810178
		text form=16 "x"	817e000178
		text form=64 "x"	817f000000000000000178
		text len=5 "x"	810578
		text len=0 "x"	810078
		text len=200 "x"	817e00c878
		text len=65536	817f0000000000010000
		text len=18446744073709551615	817fffffffffffffffff
		op=15 fin=0 rsv=7 mask=00000000 form=64 len=1	7fff000000000000000100000000
		text len=1 form=64 mask=00000000 rsv=7 fin=0	71ff000000000000000100000000
		text fin=0 fin=1 rsv=3 rsv=0	8100
		text len=7 form=7 "x"	810778
		ping fin=0	0900
		close 1000	880203e8
		close 1000 "bye"	880503e8627965
		close 0	88020000
		close 65535 "x"	8803ffff78
		close "x"	880178
		close hex:03	880103
		close len=1 1000	880103e8
		close fin=0 mask=00000000 1001	08820000000003e9
		text	8100
		text # a comment	8100
		text "a # b" # c	81056120232062
		text "a" #"b"	810161
		  text   "a"	810161
	END
	all_rows 36
}

@test "payload as text: UTF-8 and bytes as they are, escapes, hex" {
	begin_rows
	while IFS=$'\t' read -r line hex; do
		ROWS=$((ROWS + 1))
		check_row "$line" sends "$line" "$hex"
	done <<-'END'
		text ""	8100
		text hex:	8100
		text hex:00ffAbcD	810400ffabcd
		text "ä"	8102c3a4
		text "\n\r\t\"\\"	81050a0d09225c
		text "\x00\xfF\x41"	810300ff41
		raw "x"	78
		raw hex:8100	8100
		raw	
	END
	all_rows 9
	printf 'text "\xff\x01\0x"\n' | ws-frame -a >out
	printf '\x81\x04\xff\x01\0x' | cmp - out
}

@test "more: payload of the frame before goes on, masked from where it stopped" {
	[ "$(lines 'text mask=37fa213d len=5 "Hel"' 'more "l"' more 'more "o"')" = \
	    818537fa213d7f9f4d5158 ]
	[ "$(lines 'ping len=2' 'more "ab"' 'more hex:63')" = 8902616263 ]
	[ "$(lines 'ping mask=ffffffff' 'raw "a"' 'more "b"')" = \
	    8980ffffffff6162 ]
	[ "$(lines 'more "a"')" = 61 ]
}

@test "mask: a fresh key each time, and the role decides where nothing is said" {
	printf '%s\n' 'text mask "abcd"' 'text mask "abcd"' 'ping' |
	    ws-frame -a >out
	ws-deframe -av <out >listed
	[ "$(grep -c 'mask=[0-9a-f]\{8\} .*"abcd"' listed)" -eq 2 ]
	[ "$(sort -u listed | wc -l)" -eq 3 ]
	grep -q '^ping .*mask=none' listed
	printf 'text "x"\ntext mask=none "y"\n' | ws-frame -ac -k 00000000 |
	    od -An -tx1 | grep -q '81 81 00 00 00 00 78 81 01 79'
	printf 'text mask "x"\n' | ws-frame -a -k 01010101 |
	    od -An -tx1 | grep -q '81 81 01 01 01 01 79'
}

@test "attributes are printed where they are not the usual ones" {
	printf '%s\n' 'text mask=01020304 "a"' 'text "b"' >in
	ws-frame -a <in >stream
	equal any $'text "a"\ntext "b"' "$(ws-deframe -a <stream)"
	equal server $'text "a"\ntext mask=none "b"' \
	    "$(ws-deframe -aLqs <stream)"
	equal client $'text mask=01020304 "a"\ntext "b"' \
	    "$(ws-deframe -aLqc <stream)"
	equal all 'text fin=1 rsv=0 mask=01020304 form=7 len=1 "a"' \
	    "$(ws-deframe -av <stream | head -n 1)"
	printf '%s\n' 'text form=16 fin=0 rsv=1 "x"' 'pong len=9 "y"' |
	    ws-frame -a | ws-deframe -aLq >listed || true
	printf '%s\n' 'text fin=0 rsv=1 form=16 "x"' 'pong len=9 "y"' |
	    same - listed
}

@test "a payload is text if that is shorter than hex, else hex" {
	begin_rows
	while read -r line printed; do
		ROWS=$((ROWS + 1))
		equal "$line" "text $printed" "$(echo "text $line" |
		    ws-frame -a | ws-deframe -aLq)" >said ||
		    row_failed "$line" "$(cat said)"
	done <<-'END'
		hex:616263 "abc"
		hex:610a62 "a\nb"
		hex:22 "\""
		hex:5c "\\"
		hex:00 hex:00
		hex:1b5b316d41 "\x1b[1mA"
		hex:0102036162 hex:0102036162
		hex:61627f "ab\x7f"
		hex:6162636465c280 "abcde\xc2\x80"
		hex:c280 hex:c280
		hex:c3a4 "ä"
		hex:c3 hex:c3
		hex:ff hex:ff
	END
	all_rows 13
}

@test "a line that cannot be understood: its column, what was expected, 65" {
	local payload='an attribute, "text" or hex:'
	local digits='two hexadecimal digits for each byte'
	local escape='n, r, t, ", \ or xHH behind the backslash'
	begin_rows
	while IFS='|' read -r line column expected; do
		ROWS=$((ROWS + 1))
		check_row "$line" not_understood "$line" "$column" "$expected"
	done <<-END
		txt "x"|1|text, binary, cont, ping, pong, close, op=0 to 15, raw, more or sleep
		op=16|5|text, binary, cont, ping, pong, close, op=0 to 15, raw, more or sleep
		text x|6|$payload
		text fin=2|10|0 or 1
		text fin=|10|0 or 1
		text rsv=8|10|0 to 7
		text form=8|12|7, 16 or 64
		text mask=12|13|none or eight hexadecimal digits
		text mask=0g000000|11|none or eight hexadecimal digits
		text len=x|10|a number up to 2^64 - 1
		text len=18446744073709551616|29|a number up to 2^64 - 1
		text form=7 len=126|1|a length that the form can hold
		text form=16 len=65536|1|a length that the form can hold
		text "x|8|a closing quote
		text "\\q"|8|$escape
		text "\\xg0"|9|$escape
		text hex:0|10|$digits
		text hex:0g|10|$digits
		text "x" "y"|10|the end of the line
		ping now|6|$payload
		close 65536|11|a Close code up to 65535
		sleep|6|a number of seconds
		sleep x|7|a number of seconds
		sleep 1 2|9|a number of seconds
		raw fin=1|5|$payload
	END
	all_rows 25
}

@test "a line over 1 MiB is refused, one below is not" {
	{ printf 'ping\ntext "'; head -c 1200000 /dev/zero | tr '\0' x; echo '"'
	} >in
	run -65 --separate-stderr ws-frame -a <in
	[[ $stderr == 'ws-frame: line 2, column '*': expected a shorter line' ]]
	{ printf 'text "'; head -c 1000000 /dev/zero | tr '\0' x; echo '"'
	} | ws-frame -a | ws-deframe -c | wc -c | grep -q '^1000000$'
}

@test "a last line without a newline counts, an empty input is no frame" {
	[ "$(printf 'ping\npong' | ws-frame -a | od -An -tx1)" = ' 89 00 8a 00' ]
	ws-frame -a </dev/null >out
	[ ! -s out ]
	printf '\n  \n# only this\n' | ws-frame -a >out
	[ ! -s out ]
}

@test "each line is sent before the next one comes" {
	feed 5 frames ws-frame -a
	echo 'text "a"' >&5
	within 5 has_bytes frames.out 3
	echo 'text "b"' >&5
	within 5 has_bytes frames.out 6
	exec 5>&-
	ends frames
}

@test "sleep waits, after all before it is sent, and only then goes on" {
	start=${EPOCHREALTIME/[.,]/}
	feed 5 frames ws-frame -a
	printf '%s\n' 'text "a"' 'sleep 0.4' 'text "b"' >&5
	exec 5>&-
	within 5 has_bytes frames.out 3
	[ "$(wc -c <frames.out)" -eq 3 ]
	ends frames
	[ "$((${EPOCHREALTIME/[.,]/} - start))" -ge 390000 ]
	printf '\x81\1a\x81\1b' | same - frames.out
	[ "$(lines 'sleep 0' ping 'sleep 0.001')" = 8900 ]
}

@test "large frames are printed in pieces, between two characters" {
	{ echo 'text len=200001 "a"'; printf 'more "'
	  printf 'ä%.0s' {1..100000}; echo '"'; } | ws-frame -a >stream
	ws-deframe -a <stream >listed
	[ "$(wc -l <listed)" -eq 4 ]
	[ "$(awk '{ print $1 }' listed | tr '\n' ' ')" = 'text more more more ' ]
	run ! grep -q hex: listed
	ws-deframe -aLv <stream | ws-frame -a | same stream -
}

@test "a frame far larger than memory: there and back, in a few MiB" {
	size=314572800
	frame() {
		printf '\x81\xff\0\0\0\0\x12\xc0\0\0\1\2\3\4'
		"$CORE" zeros "$size" | LC_ALL=C tr '\0' y
	}
	frame | cksum >expected
	frame | "$CORE" peak of-deframe ws-deframe -aLqv |
	    "$CORE" peak of-frame ws-frame -a | cksum >actual
	same expected actual
	for program in deframe frame; do
		echo "$program: $(cat "of-$program") KiB"
		[ "$(cat "of-$program")" -lt \
		    "$(($(memory_limit "ws-$program") + 2048))" ]
	done
}

# -- -L --

@test "-L: every invalid vector is reported with its frame, byte, section and status" {
	awk -F '\t' -v OFS='\t' '
	function length_of(runs,  n, i, run, part, sum) {
		n = split(runs, run, "+")
		for (i = 1; i <= n; i++) {
			split(run[i] "*1", part, "*")
			sum += length(part[1]) / 2 * part[2]
		}
		return sum + 0
	}
	$1 ~ /^x-/ && $3 != "base64" {
		frames = split($5, frame, " ")
		if ($1 ~ /never-fin$|^x-ping-fragmented$|overlong-split$/)
			frames--
		offset = 0
		for (i = 1; i < frames; i++)
			offset += length_of(frame[i])
		code = $7 + 0
		section = $8
		# The vectors cite the rule for binary-only, and for a reason.
		if ($3 == "binary")
			section = code == 1009 ? "10.4" : "7.4.1"
		else if ($1 ~ /^x-close-reason/)
			section = "5.5.1"
		sub("/.*", "", section)
		print $1, code - 1000, "frame " frames ", byte " offset, section
	}' "$VECTORS/frames.tsv" >expected
	awk -F '\t' -v OFS='\t' '$1 ~ /^x-/ && $3 != "base64" {
		print $1, $5, "ws-deframe -L " ($2 == "client" ? "-s" : "-c") \
		    ($3 == "binary" ? " -b" : "") \
		    ($4 != "-" ? " -B " $4 : "")
	}' "$VECTORS/frames.tsv" >commands
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <commands |
		    awk -F '\t' -v OFS='\t' '{
			sub(/;.*/, "", $3)
			where = section = $3
			sub(/^ws-deframe: /, "", where)
			sub(/: .*/, "", where)
			sub(/.*RFC 6455, /, "", section)
			sub(/\).*/, "", section)
			print $1, $2, where, section
		}' >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 90 ]
}

@test "-L: no valid vector is reported" {
	awk -F '\t' -v OFS='\t' '!/^#/ && $1 !~ /^x-/ && $3 == "generic" &&
	    $6 !~ /fail|partial|unfinished/ && $5 != "-" &&
	    $1 !~ /after-close|close-then|close-inside-message/ {
		print $1, $5, "ws-deframe -L " ($2 == "client" ? "-s" : "-c")
	}' "$VECTORS/frames.tsv" | "$CORE" run whole bytes |
	    awk -F '\t' '{ n++ } $2 != 0 || $3 != "-" { print $1, $2, $3 }
		END { print n > "count" }' >said
	equal said '' "$(cat said)"
	[ "$(cat count)" -gt 80 ]
}

@test "-L: every rule a frame breaks is told, in order, then the frame" {
	printf '%s\n' 'op=12 fin=0 rsv=1 form=64 "x"' 'cont "y"' \
	    'text fin=0 hex:ff' 'binary mask=00000000 form=16 "z"' \
	    'close mask=00000000 999' 'ping' >in
	ws-frame -a <in >stream
	run -2 --separate-stderr ws-deframe -aLc <stream
	printf '%s\n' "$output" | same in -
	diff - <(printf '%s\n' "$stderr") <<-'END'
		ws-deframe: frame 1, byte 0: reserved bit set (RFC 6455, 5.2)
		ws-deframe: frame 1, byte 0: reserved opcode (RFC 6455, 5.2)
		ws-deframe: frame 1, byte 0: length not in its shortest form (RFC 6455, 5.2)
		ws-deframe: frame 2, byte 11: continuation without a message (RFC 6455, 5.4)
		ws-deframe: frame 3, byte 14: text is not valid UTF-8 (RFC 6455, 8.1)
		ws-deframe: frame 4, byte 17: new message inside an unfinished one (RFC 6455, 5.4)
		ws-deframe: frame 4, byte 17: frame from a server masked (RFC 6455, 5.1)
		ws-deframe: frame 4, byte 17: length not in its shortest form (RFC 6455, 5.2)
		ws-deframe: frame 5, byte 26: frame from a server masked (RFC 6455, 5.1)
		ws-deframe: frame 5, byte 26: Close with a code not allowed on the wire (RFC 6455, 7.4)
		ws-deframe: frame 6, byte 34: frame after a Close (RFC 6455, 5.5.1)
	END
}

@test "-L: the status is that of the first violation, else of the end" {
	first() {
		local want=$1
		shift
		ws-frame -a >stream
		run "-$want" ws-deframe -qL "$@" <stream
	}
	first 7 <<<$'text hex:ff\nop=3'
	first 2 <<<$'op=3\ntext hex:ff'
	first 9 -B 1 <<<$'text "ab"\nop=3'
	first 3 -b <<<$'text "ab"\nop=3'
	first 6 <<<'text fin=0 "ab"'
	first 6 <<<'text len=3 "ab"'
	first 2 <<<$'op=3\ntext len=3 "ab"'
	first 0 <<<'close 1011'
}

@test "-L: nothing is refused or lost in the other modes" {
	printf '%s\n' 'op=3 "no message"' 'text rsv=1 "a"' 'close 1000' \
	    'ping fin=0 "no"' 'text "b"' | ws-frame -a >stream
	run -2 --separate-stderr ws-deframe -Ll <stream
	[ "$output" = $'a\nb' ]
	[ "${#stderr_lines[@]}" -eq 5 ]
}

@test "-L: a Close that is too long is not called bad UTF-8 where we cut it" {
	{ printf 'close 1000 "'; printf 'ä%.0s' {1..80}; echo '"'; } |
	    ws-frame -a >stream
	run -2 --separate-stderr ws-deframe -Lc <stream
	[ "$stderr" = "ws-deframe: frame 1, byte 0: control frame of more than\
 125 bytes (RFC 6455, 5.5)" ]
}

@test "-L in a session, -L with -j, -F with -a: wrong usage" {
	run -100 ws-deframe -L -C 1 </dev/null
	usage_refused ws-deframe -Lj
	usage_refused ws-frame -a -F 5
	usage_refused ws-frame -at
}

# -- sessions --

@test "a session in frame lines on both sides: what one says the other sees" {
	echo 'ping "from the server"
text "hello"
sleep 0.1
close 4001 "enough"' >says
	listen server -a 127.0.0.1:0 sh -c 'cat says; exec cat >heard'
	status=0
	printf '%s\n' 'text fin=0 "a"' 'ping "from the client"' 'cont "b"' |
	    client -qan "$url" >got || status=$?
	[ "$status" -eq 40 ]
	# The pongs answer when they like.
	grep -v '^pong' got >told
	sed '/^sleep/d' says | same - told
	grep -qx 'pong "from the client"' got
	within 5 grep -q '^close 4001' heard
	printf '%s\n' 'text fin=0 "a"' 'ping "from the client"' 'cont "b"' |
	    same - <(grep -v '^pong\|^close' heard)
	grep -qx 'pong "from the server"' heard
}

@test "a Close line ends the session with its code, and nothing follows it" {
	listen server -W 127.0.0.1:0 cat
	for code in 1000:0 1001:0 1002:2 1009:9 3000:30 4999:40; do
		status=0
		printf '%s\n' "close ${code%:*} \"x\"" 'text "after"' |
		    client -qa "$url" >got || status=$?
		equal "$code" "${code#*:}" "$status"
		equal got "close ${code%:*}" "$(cat got)"
	done
}

@test "a Close line decides the status, also when the peer does not answer" {
	run -40 ws-frame -a -C 3 <<<'close 4000' 3< <(echo 'end 0')
	run -0 ws-frame -a -C 3 <<<'close 1000' 3< <(echo 'end 0')
}

@test "a line that cannot be understood ends a session with 1011 and 65" {
	listen server -aq 127.0.0.1:0 sh -c 'cat >>heard; :'
	run -65 --separate-stderr client -a "$url" \
	    <<<$'text "a"\ntext "b" c\ntext "d"'
	[[ $stderr == "ws-frame: line 2, column 10: expected the end of the line"* ]]
	within 5 grep -q close heard
	printf 'text "a"\nclose 1011\n' | same - heard
}

@test "malformed frames in a session end it with the Close that they deserve" {
	listen server -qW 127.0.0.1:0 cat
	begin_rows
	while read -r want line; do
		ROWS=$((ROWS + 1))
		status=0
		echo "$line" | client -qan "$url" >got || status=$?
		check_row "$line" equal status "$want" "$status"
		check_row "$line" equal Close "close $((want + 1000))" \
		    "$(cat got)"
	done <<-'END'
		2 text rsv=4 "x"
		2 op=3
		2 ping fin=0
		2 cont "x"
		2 text mask=none "x"
		2 text form=64 "x"
		2 ping len=126 form=16
		7 text hex:ff
		2 raw hex:ffff
	END
	all_rows 9
}

@test "-v in a session prints every attribute" {
	listen server -tl 127.0.0.1:0 cat
	echo 'text "hi"' | client -av "$url" >got
	printf '%s\n' 'text fin=1 rsv=0 mask=none form=7 len=2 "hi"' \
	    'close fin=1 rsv=0 mask=none form=7 len=2 1000' | same - got
}

@test "-m counts the messages of ws-deframe -a, and the frames of ws-frame -a" {
	printf '%s\n' 'text fin=0 "a"' ping 'cont "b"' 'text "c"' >in
	ws-frame -a <in >stream
	ws-deframe -1a <stream | same <(head -n 3 in) -
	ws-frame -a -m 2 <in | ws-deframe -aLq |
	    same <(head -n 2 in) - || false
}
