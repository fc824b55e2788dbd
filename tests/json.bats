#!/usr/bin/env bats
# Messages as JSON objects: ws-deframe -j and ws-frame -j, with the real jq.

# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load helper
load session

setup() {
	session_begin
	set +o pipefail
	need jq
}

# sends LINE LISTED: the frame line that an object is.
sends() {
	# Off-line, too, its status tells of the Close it has sent.
	printf '%s\n' "$1" | ws-frame -j >frames || true
	equal "$1" "$2" "$(ws-deframe -aLq <frames)"
}

# is LINE JSON: the object that a frame is.
is() {
	printf '%s\n' "$1" | ws-frame -a | ws-deframe -jq >object || true
	jq -e . object >valid || { echo "jq refuses $(cat object)"; return 1; }
	equal "$1" "$2" "$(cat object)"
}

not_understood() {
	line_refused -j '{"type":"ping"}' "$@"
}

# Valid vectors whose messages are text, binary, ping, pong or a Close.
vectors() {
	awk -F '\t' -v OFS='\t' '!/^#/ && $1 !~ /^x-/ && $3 == "generic" &&
	    $6 !~ /fail|partial|unfinished/ && $5 != "-" { print '"$1"' }' \
	    "$VECTORS/frames.tsv"
}

@test "every valid vector: jq reads it, and it says what the vector says" {
	local told='if .type == "close" then
		"close \(.code // 1005) \(.reason // "" | @base64)"
	    elif .type == "binary" then "binary \(.data)"
	    else "\(.type) \(.base64 // (.data | @base64))" end'
	begin_rows
	while IFS=$'\t' read -r name wire role events; do
		ROWS=$((ROWS + 1))
		for event in $events; do
			hex=${event#*=}
			case $event in
			close=*) printf 'close %s ' "${hex%%,*}" ;;
			*) printf '%s ' "${event%%=*}" ;;
			esac
			bytes "${hex#*,}" | base64 -w 0
			echo
		done >expected
		bytes "$wire" >frames
		ws-deframe -jq "$role" <frames >objects || true
		jq -r "$told" objects >actual ||
		    row_failed "$name" 'jq refuses it'
		check_row "$name" same expected actual
		ws-frame -j <objects >frames2 || true
		ws-deframe -jq <frames2 >objects2 || true
		check_row "$name, back" same objects objects2
	done < <(vectors '$1, $5, $2 == "client" ? "-s" : "-c", $6' |
	    awk -F '\t' 'length($2) < 4000')
	all_rows 70
}

@test "every frame as an object (RFC 8259)" {
	begin_rows
	while IFS=$'\t' read -r line object; do
		ROWS=$((ROWS + 1))
		check_row "$line" is "$line" "$object"
		check_row "$line, back" sends "$object" "$line"
	done <<-'END'
		text ""	{"type":"text","data":""}
		text "hello"	{"type":"text","data":"hello"}
		text "ä€😀"	{"type":"text","data":"ä€😀"}
		text "\"\\/"	{"type":"text","data":"\"\\/"}
		text "a\nb\rc\td"	{"type":"text","data":"a\nb\rc\td"}
		text "abcdefghijkl\x00\x08\x0c\x1f"	{"type":"text","data":"abcdefghijkl\u0000\b\f\u001f"}
		text "ab\x7f"	{"type":"text","data":"ab\u007f"}
		text "abcdef\xc2\x80"	{"type":"text","data":"abcdef\u0080"}
		text "abcdef\xc2\x9f"	{"type":"text","data":"abcdef\u009f"}
		text "abc "	{"type":"text","data":"abc "}
		binary	{"type":"binary","data":""}
		binary hex:00	{"type":"binary","data":"AA=="}
		binary hex:00ff	{"type":"binary","data":"AP8="}
		binary hex:00fffe	{"type":"binary","data":"AP/+"}
		ping	{"type":"ping","data":""}
		ping "hi"	{"type":"ping","data":"hi"}
		ping hex:00ff	{"type":"ping","base64":"AP8="}
		pong "hi"	{"type":"pong","data":"hi"}
		pong hex:ff	{"type":"pong","base64":"/w=="}
		close	{"type":"close"}
		close 1000	{"type":"close","code":1000,"reason":""}
		close 1001 "bye"	{"type":"close","code":1001,"reason":"bye"}
		close 4999 "\"ä\n"	{"type":"close","code":4999,"reason":"\"ä\n"}
	END
	# text "" is printed without the quotes
	sed -i '/^text "", back/d' failures
	all_rows 23
}

@test "fragments are put together, pings in between told at once" {
	printf '%s\n' 'text fin=0 "he"' 'ping "x"' 'cont fin=0 "ll"' \
	    'cont' 'cont "o"' 'binary fin=0 hex:00' 'cont hex:01' >in
	sed -i '/^cont$/s/.*/cont fin=0/' in
	ws-frame -a <in | ws-deframe -j >out
	printf '%s\n' '{"type":"ping","data":"x"}' \
	    '{"type":"text","data":"hello"}' \
	    '{"type":"binary","data":"AAE="}' | same - out
}

@test "what jq writes is read: any order, blanks, other members" {
	begin_rows
	while IFS=$'\t' read -r object line; do
		ROWS=$((ROWS + 1))
		check_row "$object" sends "$object" "$line"
	done <<-'END'
		{"data":"x","type":"text"}	text "x"
		  { "type" : "text" , "data" : "x" }  	text "x"
		{"type":"text"}	text
		{"type":"text","data":"x","n":[1,-2.5e+3,{"a":[]},true,false,null,{}],"s":"\"]"}	text "x"
		{"data":"x","type":"binary","type":"text","data":"y"}	text "y"
		{"type":"\u0074ext","d\u0061ta":"x"}	text "x"
		{"type":"text","data":"\u00e4\u20ac\ud83d\ude00\uD83D\uDE00"}	text "ä€😀😀"
		{"type":"text","data":"abcd\u0000"}	text "abcd\x00"
		{"type":"text","data":"\/\b"}	text "/\x08"
		{"type":"text","data":"\uffff\ud800\udc00\udbff\udfff"}	text "￿𐀀􏿿"
		{"type":"ping","base64":"AA=="}	ping hex:00
		{"type":"close","code":1000}	close 1000
		{"type":"close","reason":""}	close
		{"type":"close","reason":"x","code":3000}	close 3000 "x"
	END
	all_rows 14
	jq -nc '{type: "text", data: ("\u0001\u0000ä" * 3)}' | ws-frame -j |
	    ws-deframe -j | jq -c '.data == ("\u0001\u0000ä" * 3)' | grep -qx true
}

@test "what is not JSON, or not one of the objects, is refused: place, reason, 65" {
	begin_rows
	while IFS='|' read -r object column expected; do
		ROWS=$((ROWS + 1))
		check_row "$object" not_understood "$object" "$column" "$expected"
	done <<-'END'
		x|1|an object of JSON
		null|1|an object of JSON
		[]|1|an object of JSON
		{}|1|a "type" of text, binary, ping, pong or close
		{"type":"txt"}|1|a "type" of text, binary, ping, pong or close
		{"type":1}|9|a string
		{"type":"text","data":null}|23|a string
		{"type":"text"|15|a comma or the closing brace
		{"type":"text",}|16|a name in quotes
		{"type" "text"}|9|a colon
		{"type":"text"} x|17|the end of the line
		{"type":"text"}{}|16|the end of the line
		{type:"text"}|2|a name in quotes
		{'type':"text"}|2|a name in quotes
		{"type":"text","data":"x|25|a closing quote
		{"type":"text","data":"\q"}|25|an escape of JSON
		{"type":"text","data":"\u00g0"}|26|four hexadecimal digits that stand for a character
		{"type":"text","data":"\ud800"}|30|four hexadecimal digits that stand for a character
		{"type":"text","data":"\udc00"}|30|four hexadecimal digits that stand for a character
		{"type":"text","data":"\ud800x"}|30|four hexadecimal digits that stand for a character
		{"type":"text","data":"\ud800\u0041"}|36|four hexadecimal digits that stand for a character
		{"type":"text","data":"\ude00\ud83d"}|30|four hexadecimal digits that stand for a character
		{"type":"text","n":01}|21|a comma or the closing brace
		{"type":"text","n":tru}|20|a value
		{"type":"text","n":[1,]}|23|a value
		{"type":"text","n":1.}|22|a value
		{"type":"text","base64":"AA=="}|1|"data", not "base64", of a text
		{"type":"binary","data":"AA="}|1|valid base64
		{"type":"binary","data":"A A="}|1|valid base64
		{"type":"close","code":1005}|28|a Close code that may be sent
		{"type":"close","code":"1000"}|24|a Close code that may be sent
		{"type":"close","code":999}|27|a Close code that may be sent
		{"type":"close","code":10000}|28|a comma or the closing brace
		{"type":"close","reason":"x"}|1|a "code" beside the "reason"
	END
	all_rows 34
	printf -v long '%0126d' 0
	not_understood "{\"type\":\"ping\",\"data\":\"$long\"}" 1 \
	    'a control frame of at most 125 bytes'
	not_understood "{\"type\":\"close\",\"code\":1000,\"reason\":\"${long#00}\"}" \
	    1 'a control frame of at most 125 bytes'
	not_understood $'{"type":"text","data":"\x01"}' 24 \
	    'an escape for a control character'
	not_understood $'{"type":"text","data":"\t"}' 24 \
	    'an escape for a control character'
	for bad in $'\xff' $'\xc0\xaf' $'\xed\xa0\x80' $'\xf4\x90\x80\x80' $'\xc3'; do
		not_understood "{\"type\":\"text\",\"data\":\"$bad\"}" \
		    "$((24 + ${#bad}))" 'a string of valid UTF-8'
	done
	printf -v deep '%*s' 40 ''
	not_understood "{\"type\":\"text\",\"n\":${deep// /[}" 53 \
	    'fewer values inside each other'
	printf '{"type":"ping"}\0\n' >in
	run -65 ws-frame -j <in
}

@test "no bytes whatever come out as anything but JSON, one object a line" {
	for ((i = 1; i <= 80; i++)); do
		"$CORE" stream frames "$i" | ws-deframe -jq >objects || true
		"$CORE" stream frames "$i" | ws-deframe -aq |
		    grep -c '^\(text\|binary\|ping\|pong\|close\|cont\)' \
		    >frames || true
		jq -c .type objects >types
		[ "$(wc -l <objects)" -eq "$(wc -l <types)" ]
		cat objects
	done >all
	[ "$(wc -l <all)" -gt 10 ]
	[ "$(tr '\n' ' ' <all | tr -d '\40-\176\200-\377' | wc -c)" -eq 0 ]
}

@test "messages of random bytes and characters come back from jq unchanged" {
	for ((i = 1; i <= 60; i++)); do
		printf '%s ' binary
		"$CORE" stream garbage "$i" | od -An -v -tx1 | tr -d ' \n' |
		    sed 's/^/hex:/'
		echo
	done | ws-frame -a >frames
	ws-deframe -j <frames | jq -c . | ws-frame -j >back
	same frames back
	ws-deframe -j <frames | jq -r .data | head -n 1 | base64 -d >one
	"$CORE" stream garbage 1 | same - one
}

@test "a message of 10 MiB, text and binary, there and back" {
	head -c 10485760 /dev/zero | tr '\0' '"' >text
	ws-frame -F 1m -t <text | ws-deframe -j >objects
	jq -j .data objects | same text -
	{ echo '[' ; sed '$!s/$/,/' objects; echo ']'; } |
	    jq -c '{type: "text", data: (map(.data) | add)}' | ws-frame -j |
	    ws-deframe -t | same text -
	head -c 10485760 /dev/zero >zeros
	{ printf '{"type":"binary","data":"'; base64 -w 0 zeros; echo '"}'; } |
	    ws-frame -j | ws-deframe -j | jq -r .data | base64 -d | same zeros -
}

@test "characters are escaped wherever a long message is cut to be printed" {
	begin_rows
	for before in '' a ab; do
		ROWS=$((ROWS + 1))
		{ printf '%s' "$before"; printf '\xc2\x80%.0s' {1..40000}; } >text
		ws-frame -l <text >frames
		ws-deframe -j <frames | tr -d '\n' >object
		check_row "$before" equal escapes 40000 \
		    "$(grep -o '[\]u0080' object | wc -l)"
		check_row "$before" equal raw 0 \
		    "$(tr -d '\0-\177' <object | wc -c)"
	done
	all_rows 3
}

@test "-B limits what -j collects: 1009; 16m unless said, 1g at most" {
	printf '%s\n' 'text "12345"' 'text "123456"' | ws-frame -a >frames
	run -9 --separate-stderr ws-deframe -j -B 5 <frames
	[ "$output" = '{"type":"text","data":"12345"}' ]
	[[ $stderr == *'message larger than the limit (RFC 6455, 10.4)' ]]
	printf 'binary len=16777217\n' | ws-frame -a >frames
	run -9 --separate-stderr ws-deframe -j <frames
	printf 'binary len=16777216\n' | ws-frame -a >frames
	run -6 --separate-stderr ws-deframe -j <frames
	printf 'binary len=16777217\n' | ws-frame -a >frames
	run -6 --separate-stderr ws-deframe -j -B 17m <frames
	run -100 ws-deframe -j -B 1025m </dev/null
	[ "$output" = 'ws-deframe: -B: -j takes messages of at most 1g' ]
	# Fragments count together.
	printf '%s\n' 'text fin=0 "123"' 'cont "456"' | ws-frame -a >frames
	run -9 ws-deframe -jq -B 5 <frames
	[ "$output" = '' ]
}

@test "a line over 32 MiB is refused" {
	{ printf '{"type":"text","data":"'; "$CORE" zeros 34000000 | tr '\0' x
	  echo '"}'; } >in
	run -65 --separate-stderr ws-frame -j <in
	[[ $stderr == 'ws-frame: line 1, column '*': expected a shorter line' ]]
}

@test "-F and -m with -j: frames of these sizes, so many messages" {
	printf '%s\n' '{"type":"text","data":"abcdef"}' '{"type":"ping"}' \
	    '{"type":"text","data":"g"}' '{"type":"text","data":"h"}' >in
	ws-frame -j -F 4,1 -m 2 <in | ws-deframe -a >out
	printf '%s\n' 'text fin=0 "abcd"' 'cont fin=0 "e"' 'cont "f"' ping \
	    'text "g"' | same - out
	ws-frame -j <in | ws-deframe -1j | same <(head -n 1 in) -
}

@test "a session in objects on both sides; the Close ends it" {
	listen server -tl 127.0.0.1:0 sed -u 's/^/re: /'
	status=0
	printf '%s\n' '{"type":"text","data":"ä\u00e4"}' \
	    '{"type":"ping","data":"p"}' >in
	feed 5 asks ws-client -qj "$url"
	cat in >&5
	within 5 grep -q re: asks.out
	within 5 grep -q pong asks.out
	echo '{"type":"close","code":4321,"reason":"enough"}
{"type":"text","data":"after"}' >&5
	exec 5>&-
	ends asks || status=$?
	[ "$status" -eq 40 ]
	sort asks.out >got
	printf '%s\n' '{"type":"close","code":4321,"reason":""}' \
	    '{"type":"pong","data":"p"}' \
	    '{"type":"text","data":"re: ää"}' | same - got
}

@test "each object is sent before the next one comes" {
	feed 5 frames ws-frame -j
	echo '{"type":"text","data":"a"}' >&5
	within 5 has_bytes frames.out 3
	echo '{"type":"text","data":"b"}' >&5
	within 5 has_bytes frames.out 6
	exec 5>&-
	ends frames
}

@test "-j off-line: after a close object nothing is sent" {
	printf '%s\n' '{"type":"close","code":1000}' '{"type":"ping"}' >in
	ws-frame -j <in | ws-deframe -a >out
	echo 'close 1000' | same - out
}
