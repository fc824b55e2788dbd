#!/usr/bin/env bats
# The versions before RFC 6455: hixie-75, hixie-76, hybi-07 and hybi-10, which a
# server speaks where it is asked to (-O).
#
# Not tested: programs of those years.

# shellcheck disable=SC2016,SC2154
load helper
load heads

LEGACY=$TESTS/legacy

@test "MD5: every row of the vectors (RFC 1321, A.5)" {
	awk -F '\t' '$2 == "md5"' "$VECTORS/hashes.tsv" >rows
	cut -f 1,4 rows >expected
	"$LEGACY" <rows >actual
	same_table expected actual
	[ "$(wc -l <rows)" -ge 8 ]
}

@test "every request of the vectors for an older version, in every manner" {
	local manner
	for manner in file whole drip socket-whole socket-drip; do
		run -0 judged "$manner" 'legacy='
		[ "$output" = 'good 6, all 11' ]
	done
}

@test "answers to hixie clients, to the byte (hixie-75, hixie-76)" {
	local file options manner
	for file in hixie75 hixie76-draft hixie76-content-length-8 \
	    hixie76-frame-follows; do
		options="-s -o * -O hixie-75,hixie-76 -p sample"
		for manner in whole drip; do
			set -f
			# shellcheck disable=SC2086 # several options
			"$CORE" socket "$manner" ws-handshake $options \
			    <"$VECTORS/handshakes/$file.request" >actual
			set +f
			same "$VECTORS/handshakes/$file.expect" actual
		done
	done
}

# challenge KEY1 KEY2 HEX: a request with these keys, and the bytes behind it.
challenge() {
	printf 'GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n'
	printf 'Sec-WebSocket-Key2: %s\r\nUpgrade: WebSocket\r\n' "$2"
	printf 'Sec-WebSocket-Key1: %s\r\nOrigin: http://example.com\r\n\r\n' "$1"
	bytes "$3"
}

text_of() {
	bytes "$1" | tr -d '\0'
}

@test "the challenge: every row of the vectors (hixie-76, 5.2)" {
	local name key1 key2 key3 verdict response status
	begin_rows
	while IFS=$'\t' read -r name key1 key2 key3 verdict _ _ _ _ _ _ response _
	do
		case $name in '#'*) continue ;; esac
		ROWS=$((ROWS + 1))
		challenge "$(text_of "$key1"; printf x)" \
		    "$(text_of "$key2"; printf x)" "$key3" |
		    LC_ALL=C sed 's/^\(Sec-WebSocket-Key[12]: .*\)x\r$/\1\r/' >in
		status=0
		bounded ws-handshake -qs -O hixie-76 <in >out || status=$?
		if [ "$verdict" = ok ]; then
			check_row "$name" equal status 0 "$status"
			check_row "$name" equal response "$response" \
			    "$(tail -c 16 out | od -An -v -tx1 | tr -d ' \n')"
		else
			check_row "$name" equal status 22 "$status"
			check_row "$name" grep -q '^HTTP/1.1 400 ' out
		fi
	done <"$VECTORS/hixie76.tsv"
	all_rows 31
}

@test "the 8 bytes may come after the head of the answer, as proxies have it (hixie-76)" {
	local file=$VECTORS/handshakes/hixie76-draft
	mkfifo in
	: >out
	bounded ws-handshake -s -O hixie-76 -p sample -o '*' cat <in >out &
	local pid=$!
	exec 7>in
	head -c -8 "$file.request" >&7
	until_true has_bytes out 100
	run ! grep -q "8jKS" out
	tail -c 8 "$file.request" >&7
	printf 'more' >&7
	exec 7>&-
	wait "$pid"
	{ cat "$file.expect"; printf more; } >expected
	same expected out
}

@test "an older version is spoken only where it is asked for" {
	local file=$VECTORS/handshakes version
	for version in hixie-75 hybi-07 hybi-10; do
		run -22 ws-handshake -qs -o '*' -O "$version" \
		    <"$file/hixie76-draft.request"
	done
	for version in hixie-76 hybi-07 hybi-10; do
		run -22 ws-handshake -qs -o '*' -O "$version" \
		    <"$file/hixie75.request"
	done
	request | sed 's/: 13/: 8/' >in
	run -22 ws-handshake -qs -O hixie-75,hixie-76,hybi-07 <in
	[[ "$output" = *'Sec-WebSocket-Version: 13'* ]]
	run -0 ws-handshake -s -O hybi-07,hybi-10 <in
	run -0 ws-handshake -s -O hybi-10,hixie-75 <in
	request | sed 's/: 13/: 7/' >in
	run -22 ws-handshake -qs -O hybi-10 <in
	run -0 ws-handshake -s -O hybi-07 -O hixie-75 <in
	request >in
	run -0 ws-handshake -s -O hixie-75,hixie-76,hybi-07,hybi-10 <in
	refused 100 'ws-handshake: -O: not a list of hixie-75, hixie-76, hybi-07 and hybi-10' \
	    ws-handshake -s -O hybi-10,13 </dev/null
	refused 100 'ws-handshake: -O: not a list of hixie-75, hixie-76, hybi-07 and hybi-10' \
	    ws-handshake -s -O hybi-06 </dev/null
	refused 100 'ws-handshake: -O: not a list of hixie-75, hixie-76, hybi-07 and hybi-10' \
	    ws-handshake -s -O , </dev/null
	usage_refused ws-handshake -c -O hybi-10 "$URL"
}

@test "the program learns the version (WS_VERSION)" {
	local file=$VECTORS/handshakes
	all='-O hixie-75,hixie-76,hybi-07,hybi-10 -p sample'
	version_of() {
		# shellcheck disable=SC2086 # several options
		ws-handshake -s $all -o '*' env <in >out
		sed -n 's/^WS_VERSION=//p' out
	}
	cp "$file/hixie75.request" in
	[ "$(version_of)" = hixie-75 ]
	grep -qx WS_PROTOCOL=sample out
	cp "$file/hixie76-draft.request" in
	[ "$(version_of)" = hixie-76 ]
	grep -qx WS_PROTOCOL=sample out
	request | sed 's/: 13/: 8/' >in
	[ "$(version_of)" = 8 ]
	request | sed 's/: 13/: 7/' >in
	[ "$(version_of)" = 7 ]
	request >in
	[ "$(version_of)" = 13 ]
}

@test "the rules on Origin hold for the fields of every version (RFC 6455, 10.2)" {
	local version field origin want got
	begin_rows
	while IFS='|' read -r version field origin want; do
		ROWS=$((ROWS + 1))
		request "$field: $origin" | sed "s/: 13/: $version/" >in
		got=0
		ws-handshake -qs -O hybi-07,hybi-10 <in >out || got=$?
		check_row "$version $field $origin" equal status "$want" "$got"
	done <<-'END'
	8|Sec-WebSocket-Origin|http://server.example.com|0
	8|Sec-WebSocket-Origin|http://evil|22
	8|Origin|http://evil|22
	7|Sec-WebSocket-Origin|http://evil|22
	13|Sec-WebSocket-Origin|http://evil|0
	13|Origin|http://evil|22
	END
	all_rows 6
	request 'Origin: http://server.example.com' \
	    'Sec-WebSocket-Origin: http://evil' | sed 's/: 13/: 8/' >in
	run -22 ws-handshake -qs -O hybi-10 <in
	cp "$VECTORS/handshakes/hixie76-draft.request" in
	run -0 ws-handshake -s -O hixie-76 <in
	sed 's,^Origin: .*,Origin: http://evil\r,' in >evil
	run -22 ws-handshake -qs -O hixie-76 <evil
	run -0 ws-handshake -s -o http://evil -O hixie-76 <evil
}

@test "Location: the default port left out, the query kept, wss where TLS is in front" {
	local host target https want
	begin_rows
	while IFS='|' read -r host target https want; do
		ROWS=$((ROWS + 1))
		sed "s,^Host: .*,Host: $host\r,; 1s,/demo,$target," \
		    "$VECTORS/handshakes/hixie75.request" |
		    HTTPS=$https ws-handshake -s -o '*' -O hixie-75 |
		    sed -n 's/^WebSocket-Location: \(.*\)\r$/\1/p' >out
		check_row "$host$target" equal Location "$want" "$(cat out)"
	done <<-'END'
	a:80|/||ws://a/
	a:80|/?||ws://a/
	a:80|/x?y=z||ws://a/x?y=z
	a:81|/||ws://a:81/
	a|/|on|wss://a/
	a:443|/|on|wss://a/
	a:80|/|on|wss://a:80/
	[::1]:80|/||ws://[::1]/
	a|http://b:80/c||ws://b/c
	END
	all_rows 9
}

@test "-H edits these answers, too" {
	ws-handshake -s -o '*' -O hixie-75 -H 'upgrade: WebSocket' -H 'X-A: b' \
	    <"$VECTORS/handshakes/hixie75.request" | tr -d '\r' >out
	[ "$(sed -n 2p out)" = 'upgrade: WebSocket' ]
	[ "$(tail -n 2 out)" = 'X-A: b' ]
}

# -- frames --

# told VERSION: messages of each row of the vectors for that version, whole and
# dripped, and the exit status.
told() {
	local name proto wire events want status manner
	while IFS=$'\t' read -r name proto wire events _; do
		case $name:$proto in
		'#'*) continue ;;
		*:both | *:"$1") ;;
		*) continue ;;
		esac
		# Here bad UTF-8 is refused instead of replaced, as a byte stream
		# must stay what it is.
		[ "$name" != bad-utf8 ] || events=fail
		want=$(tr ' ' '\n' <<<"$events" | sed -n '/^text=/p' | tr '\n' ' ')
		for manner in whole drip; do
			ROWS=$((ROWS + 1))
			bytes "$wire" >in
			status=0
			if [ "$manner" = whole ]; then
				WS_VERSION=hixie-$1 ws-deframe -qB 65536 -W \
				    <in >out || status=$?
			else
				"$CORE" drip <in | WS_VERSION=hixie-$1 \
				    ws-deframe -qB 65536 -W >out || status=$?
			fi
			check_row "$name, $manner" equal messages "$want" \
			    "$("$CORE" frames <out | tr -d '\n')"
			case $events in
			*fail) [ "$status" = 9 ] || [ "$status" = 7 ] ||
				[ "$status" = 2 ] ||
				row_failed "$name" "status $status" ;;
			*partial) check_row "$name, $manner" \
				equal status 6 "$status" ;;
			*) check_row "$name, $manner" equal status 0 "$status" ;;
			esac
		done
	done <"$VECTORS/hixie-frames.tsv"
}

@test "frames: every row of the vectors (hixie-75, hixie-76)" {
	begin_rows
	told 75
	told 76
	all_rows 90
}

@test "a server that is to speak what hixie has no frames for does not begin" {
	for row in '-b hixie-76' '-a hybi-07,hixie-75' '-lb hixie-75,hixie-76'; do
		read -r mode versions <<<"$row"
		refused 100 "ws-server: -${mode##*[-l]}: not with -O $versions: hixie knows only text" \
		    ws-server "$mode" -O "$versions" cat </dev/null
		refused 100 "ws-listen: -${mode##*[-l]}: not with -O $versions: hixie knows only text" \
		    timeout 5 ws-listen "$mode" -O "$versions" 127.0.0.1:0 cat
	done
}

@test "frames: text goes out between 00 and FF, in every mode; binary does not (hixie-76)" {
	export WS_VERSION=hixie-76
	printf 'a\nb\303\251\n' | ws-frame -l >out
	bytes 0061ff0062c3a9ff >expected
	same expected out
	printf 'hello' | ws-frame >out
	bytes 0068656c6c6fff >expected
	same expected out
	head -c 70000 /dev/zero | tr '\0' a >in
	{ printf '\0'; cat in; printf '\377'; } >expected
	ws-frame -0 <in >out
	same expected out
	printf 'hello' | ws-frame -0F 2 -e 1000 >out
	bytes 0068656c6c6fff+ff00 >expected
	same expected out
	bytes 0102686580036c6c6f >in
	ws-frame -W <in >out
	bytes 0068656c6c6fff >expected
	same expected out
	bytes 8900 >in
	ws-frame -W <in >out
	[ ! -s out ]
	refused 65 'ws-frame: input is not valid UTF-8 (RFC 6455, 5.6)' ws-frame \
	    < <(printf '\377')
	bytes 820161 >in
	run -65 ws-frame -qW <in
	printf '{"type":"binary","data":"AA=="}\n' >in
	run -65 ws-frame -qj <in
	refused 100 'ws-frame: hixie knows only text: not -a or -b' ws-frame -b </dev/null
	WS_VERSION=hixie-75 ws-frame -e 1000 </dev/null >out
	[ ! -s out ]
}

@test "frames: JSON, lines and records out of hixie" {
	export WS_VERSION=hixie-75
	bytes 0061ff+8002ff00+0062ff+00ff >in
	[ "$(ws-deframe -l <in | tr '\n' '|')" = 'a|b||' ]
	[ "$(ws-deframe -0 <in | tr '\0' '|')" = 'a|b||' ]
	[ "$(ws-deframe -j <in | wc -l)" = 3 ]
	ws-deframe <in >out
	printf ab >expected
	same expected out
	ws-deframe -W <in | ws-frame -W >out
	bytes 0061ff+0062ff+00ff >expected
	same expected out
	run -3 ws-deframe -qb <in
}

@test "a session of hixie-76: echo, and the closing handshake in both directions" {
	local file=$VECTORS/handshakes/hixie76-draft
	{
		cat "$file.request"
		bytes 0068656c6c6fff+ff00
	} >in
	"$CORE" socket whole ws-server -O hixie-76 -p sample -o '*' cat <in >out
	{ cat "$file.expect"; bytes 0068656c6c6fff+ff00; } >expected
	same expected out
	"$CORE" socket whole ws-server -l -O hixie-76 -p sample -o '*' \
	    sh -c 'echo bye; exit' <in >out
	{ cat "$file.expect"; bytes 00627965ff+ff00; } >expected
	same expected out
	# A fault of the peer's: a length beyond all bounds.
	{
		cat "$file.request"
		bytes ffffffffffffffffffff00
	} >in
	run -2 "$CORE" socket whole ws-server -qO hixie-76 -p sample -o '*' cat <in
}

@test "a session of hixie-75 ends with the connection, status 0" {
	local file=$VECTORS/handshakes/hixie75
	{
		cat "$file.request"
		bytes 0068656c6c6fff
	} >in
	"$CORE" socket whole ws-server -O hixie-75 -p sample -o '*' cat <in >out \
	    2>err
	[ ! -s err ]
	{ cat "$file.expect"; bytes 0068656c6c6fff; } >expected
	same expected out
}

# echoed N: a request of hixie-75 with an Origin of N bytes, which the answer
# repeats.
echoed() {
	printf 'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\n'
	printf 'Connection: Upgrade\r\nOrigin: %s\r\n\r\n' \
	    "$(head -c "$1" /dev/zero | tr '\0' x)"
}

@test "an answer that repeats too much of the request is none: 431 (RFC 6585, 5)" {
	echoed 65200 >in
	ws-handshake -s -O hixie-75 -o '*' <in >out
	echoed 65440 >in
	run -22 ws-handshake -qs -O hixie-75 -o '*' <in
	[ "${lines[0]}" = $'HTTP/1.1 431 Request Header Fields Too Large\r' ]
}

@test "versions 7 and 8: a length in any form, 13: the shortest only (RFC 6455, 5.2)" {
	bytes 81fe0005+37fa213d+7f9f4d5158 >frame
	local version manner
	for version in 7 8; do
		[ "$(WS_VERSION=$version ws-deframe -s <frame)" = Hello ]
	done
	WS_VERSION=13 run -2 ws-deframe -qs <frame
	run -2 ws-deframe -qs <frame
	# A ping's, too; one that is too long in any form is refused.
	bytes 89fe0005+37fa213d+7f9f4d5158 >ping
	bytes 89fe007e >long
	for manner in cat "$CORE drip"; do
		$manner <ping | WS_VERSION=8 ws-deframe -s
		refused 2 'ws-deframe: frame 1, byte 0: control frame of more than 125 bytes (RFC 6455, 5.5)' \
		    env WS_VERSION=8 ws-deframe -s < <($manner <long)
	done
	{
		request | sed 's/: 13/: 8/'
		cat frame
		bytes 888237fa213d3412
	} >in
	"$CORE" socket whole ws-server -O hybi-10 cat <in >out
	{ answer; bytes 820548656c6c6f+880203e8; } >expected
	same expected out
}
