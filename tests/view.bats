#!/usr/bin/env bats
# Seeing a session: ws-view, and what shows it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load helper
load session

setup() {
	session_begin
	set +o pipefail
}

# record DIRECTION ROLE TIME BYTES: a record, by hand.
record() {
	printf '%s %s %s %d\n' "$1" "$2" "$3" "$(printf '%b' "$4" | wc -c)"
	printf '%b\n' "$4"
}

head_record() {
	record '>head' client 1795301914.000000 'GET /chat?a=1 HTTP/1.1\r\nHost: h\r\n\r\n'
	record '<head' client 1795301914.500000 "HTTP/1.1 101 Fine\r\n$1\r\n"
}

# A session of three seconds.
by_hand() {
	head_record
	record '>' client 1795301915.000000 '\0201\0202\01\02\03\04ik'
	record '<' client 1795301915.250000 '\0201\02hi\0211\01'
	record '<' client 1795301915.500000 'x'
	record '>' client 1795301915.750000 '\0212\0201\01\02\03\04y'
	record '<' client 1795301916.000000 '\02\03\0\0377\020'
	record '<' client 1795301916.500000 '\0200\01!'
	record '>' client 1795301917.000000 '\0210\0202\01\02\03\04\02\0352'
	record '<' client 1795301917.000100 '\0210\02\03\0350'
}

@test "ws-view: frames and heads of both sides in order of time" {
	by_hand >capture
	ws-view capture >out
	sed 's/^|//' >expected <<-'END'
	|  0.000000 client head "GET /chat?a=1 HTTP/1.1"
	|  0.000000 client field "Host: h"
	|  0.500000 server head "HTTP/1.1 101 Fine"
	|  1.000000 client text "hi"
	|  1.250000 server text "hi"
	|  1.500000 server ping "x"
	|  1.750000 client pong "x"
	|  2.000000 server binary fin=0 hex:00ff10
	|  2.500000 server cont "!"
	|  3.000000 client close 1000
	|  3.000100 server close 1000
	END
	diff expected out
	# Byte for byte, and from standard input, it is the same.
	ws-view <capture | diff expected -
	dd bs=1 if=capture 2>/dev/null | ws-view - | diff expected -
}

@test "ws-view: three clocks" {
	by_hand >capture
	[ "$(ws-view -d -G ping,pong capture | tr -s ' ')" = \
	    $' 1.500000 server ping "x"\n 0.250000 client pong "x"' ]
	[ "$(ws-view -u -G close -G client capture)" = \
	    '2026-11-21T22:58:37.000000Z client close 1000' ]
	[ "$(TZ=Asia/Tokyo ws-view -u -G close -G server capture)" = \
	    '2026-11-21T22:58:37.000100Z server close 1000' ]
}

@test "ws-view: what was recorded behind the answer to it stands before that" {
	{
		record '<' client 2.000000 '\0201\010re: ping'
		record '>' client 1.500000 '\0201\0204\0\0\0\0ping\0210\0200\0\0\0\0'
		record '<' client 3.000000 '\0210\0'
	} >capture
	for options in '' -f; do
		# shellcheck disable=SC2086 # none or one
		timeout 2 ws-view -T $options capture >out || [ -n "$options" ]
		[ "$(cut -f 1-3 out)" = $'0.000000\tclient\ttext
0.000000\tclient\tclose
0.500000\tserver\ttext
1.500000\tserver\tclose' ]
	done
}

@test "-D: what is sent has the time before it went, not that of an answer" {
	need strace
	listen server -l 127.0.0.1:0 sed -u 's/^/re: /'
	echo ping | timeout 30 strace -f -qq -o trace -e trace=sendmsg \
		-e inject=sendmsg:delay_exit=300000 \
		ws-client -l -D capture "ws://127.0.0.1:$port/" >out || skip 'no strace here'
	[ "$(cat out)" = 're: ping' ]
	[ "$(ws-view -G frames -T capture | cut -f 2,3)" = $'client\ttext
server\ttext
client\tclose
server\tclose' ]
}

# hixie FIELDS BYTES: a client of the drafts without opcodes.
hixie() {
	printf 'GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n'
	printf "$1"'Upgrade: WebSocket\r\nOrigin: http://example.com\r\n\r\n'
	printf "$2"
}

@test "ws-view: hixie-76 and -75, as -D has them and as the bytes of one side" {
	keys='Sec-WebSocket-Key1: 4 @1  46546xW%%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n'
	hixie "$keys" '^n:ds[4U\0hello\377\0\377\0caf\303\251\377\377\0' >in
	ws-server -o '*' -S '*' -O hixie-76 -D capture cat <in >out
	sent='client text "hello"
client text
client text "café"
client close'
	answer='server text "hellocafé"
server close'
	[ "$(ws-view -G frames -G client capture | cut -c 12-)" = "$sent" ]
	[ "$(ws-view -G frames -G server capture | cut -c 12-)" = "$answer" ]
	[ "$(ws-view -G frames in | cut -c 12-)" = 'client raw "^n:ds[4U"
'"$sent" ]
	[ "$(ws-view -G frames out | cut -c 12-)" = "server raw \"8jKS'y:G*Co,Wxa-\"
$answer" ]
	hixie '' '\0ab\377\0c\377' >in
	ws-server -o '*' -S '*' -O hixie-75 -D second cat <in >out
	[ "$(ws-view -G frames second | cut -c 12- | sort)" = 'client text "ab"
client text "c"
server text "abc"' ]
	for size in 100 200; do
		dd bs="$size" if=in 2>/dev/null | ws-view -G frames - |
			tail -n 1 | grep -q 'client text "c"$'
	done
}

@test "ws-view: what is wrong in hixie, and messages longer than what is shown" {
	hixie '' '\0a\377\0b\303\377\0c\377' >in
	[ "$(ws-view -G frames in | cut -c 12-)" = 'client text "a"
client text hex:62c3 # text is not valid UTF-8 (RFC 6455, 8.1)' ]
	hixie '' '\200\377\377\377\377\377\377\377\377\377\377' >in
	[ "$(ws-view -G frames in | cut -c 12-)" = \
	    'client raw # not whole; length of 2^63 or more (RFC 6455, 5.2)' ]
	{ hixie '' '\0'; head -c 100000 /dev/zero | tr '\0' a; printf '\377\0more'; } >in
	[ "$(ws-view -C 60 -G frames in | sed 's/a*\.\.\.$/.../' | cut -c 12-)" = \
	    'client text len=100000 "...
client text fin=0 "more" # not whole' ]
}

@test "ws-view: conditions on type, side, size and time" {
	by_hand >capture
	begin_rows
	while IFS='|' read -r options want; do
		ROWS=$((ROWS + 1))
		# shellcheck disable=SC2086 # words
		check_row "$options" equal lines "$want" \
		    "$(ws-view -T $options capture | cut -f 2,3 | tr '\t\n' '-,')"
	done <<-'END'
	-G text|client-text,server-text,
	-G text -G client|client-text,
	-G client,ping|
	-G ping -G server|server-ping,
	-G control -G client|client-pong,client-close,
	-G data -G size=3|server-binary,
	-G frames -G size=2-2|client-text,server-text,client-close,server-close,
	-G size=-1 -G frames|server-ping,client-pong,server-cont,
	-G size=16-|client-head,server-head,
	-G time=2-2.6|server-binary,server-cont,
	-G time=-0.1|client-head,client-field,
	-G head -G server|server-head,
	-G reserved|
	-G raw|
	END
	# A list of a side and a type asks for both.
	sed -i '/^-G client,ping/d' failures
	all_rows 14
	for condition in '' nothing size= size=- size=x time=3 time=a-b \
	    text,size=3 size=1-2x; do
		run -100 --separate-stderr ws-view -G "$condition" capture
		[ "$output" = '' ]
		[[ $stderr == "ws-view: -G $condition: not a list such as"* ]]
	done
}

@test "ws-view -j: the same as JSON" {
	need jq
	by_hand >capture
	ws-view -j capture >out
	[ "$(jq -c '[.time, .from, .type, .data, .code]' out | sed -n '1p;4p;6p;8p;10p')" = \
	    "$(printf '%s\n' '[0.000000,"client","head","GET /chat?a=1 HTTP/1.1",null]' \
	    '[1.000000,"client","text","hi",null]' \
	    '[1.500000,"server","ping","x",null]' \
	    '[2.000000,"server","binary","AP8Q",null]' \
	    '[3.000000,"client","close",null,1000]' | jq -c .)" ]
	[ "$(jq -c 'select(.type == "binary") | [.fin, .masked, .header_length, .length]' out)" = \
	    '[false,false,2,3]' ]
}

@test "ws-view: nothing that a peer sends reaches the terminal as it is" {
	{
		record '>head' client 1.000000 'GET /\033[2J HTTP/1.1\r\nX: a\001b\r\n\r\n'
		record '<' client 1.500000 '\0201\010\033]0;x\007\0302\0233'
		record '<' client 1.600000 '\0211\03\033[m'
		record '<' client 1.700000 '\0210\05\03\0350\033[m'
		record '<' client 1.800000 '\0213\01\033'
	} >capture
	for option in -u -j -T -v -C40; do
		ws-view "$option" capture >out
		[ -s out ]
		run ! env LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' out
		run ! env LC_ALL=C grep -q $'\xc2[\x80-\x9f]' out
	done
	need jq
	ws-view -j capture | jq -es 'length > 4' >out
}

@test "ws-view: what breaks the rules is shown, and told" {
	{
		record '<' client 1.000000 '\0301\01a'
		record '<' client 1.100000 '\0201\02\0377\0376'
		record '<' client 1.200000 '\0201\0201\01\02\03\04b'
		record '>' client 1.300000 '\0201\01c'
		record '<' client 1.400000 '\0203\01d'
		record '<' client 1.500000 '\0210\01e'
		record '<' client 1.600000 '\0201\0176\0'
	} >capture
	ws-view capture | sed 's/^ *[0-9.]* //' >out
	cat out
	sed -n 1p out | grep -q '^server text rsv=4 "a" # reserved bit set'
	sed -n 2p out | grep -q '^server text hex:fffe # .*UTF-8'
	sed -n 3p out | grep -q '^server text mask=01020304 "c" # .*masked'
	sed -n 4p out | grep -q '^client text mask=none "c" # .*masked'
	sed -n 5p out | grep -q '^server op=3 "d" # .*opcode'
	sed -n 6p out | grep -q '^server close "e" # Close with half a code'
	sed -n 7p out | grep -q '^server raw .*# not whole'
}

@test "ws-view: compressed messages, as the heads have agreed or with -z" {
	printf 'the same the same the same the same' >text
	WS_EXTENSIONS=permessage-deflate ws-frame -tz <text >frame
	size=$(($(wc -c <frame) - 2))
	{
		head_record 'Sec-WebSocket-Extensions: permessage-deflate\r\n'
		printf '< client 1795301915.000000 %d\n' "$(wc -c <frame)"
		cat frame
		echo
	} >capture
	want="server text deflated \"$(cat text)\" # inflated from $size"
	[ "$(ws-view -G text capture | sed 's/^ *[0-9.]* //')" = "$want" ]
	sed -n '/^< client/,$p' capture >headless
	[ "$(ws-view -z headless | sed 's/^ *[0-9.]* //')" = "$want" ]
	ws-view headless | grep -q 'text rsv=4 .*# reserved bit set'
	[ "$(ws-view -T -G text capture | cut -f 5,7,8)" = $'1\t'"$size"$'\t35' ]
}

@test "ws-view: the payload is cut to the columns asked for, its length told" {
	head -c 3000 /dev/zero | tr '\0' a >text
	ws-frame -t <text >frame
	{ printf '< client 1.000000 %d\n' "$(wc -c <frame)"; cat frame; echo; } >capture
	ws-view capture | wc -c >size
	[ "$(cat size)" -gt 3000 ]
	ws-view -C 60 capture >out
	grep -q '^  0.000000 server text len=3000 "a*\.\.\.$' out
	[ "$(wc -c <out)" -eq 61 ]
	# Of more than 65536 bytes, no more.
	{
		printf '\201\177\0\0\0\0\0\003\015\100'
		head -c 200000 /dev/zero | tr '\0' a
	} >frame
	{ printf '< client 1.000000 %d\n' "$(wc -c <frame)"; cat frame; echo; } >capture
	ws-view capture >out
	grep -q 'text len=200000 "a*"\.\.\.$' out
	[ "$(wc -c <out)" -lt 65700 ]
	need jq
	[ "$(ws-view -j capture | jq -c '[.length, .shortened, (.data | length)]')" = \
	    '[200000,true,65536]' ]
}

@test "ws-view: colours at a terminal only, and not with NO_COLOR" {
	need socat
	by_hand >capture
	ws-view capture >plain
	run ! grep -q $'\033' plain
	at_terminal() {
		socat -u "EXEC:env $1 COLUMNS=70 ws-view capture,pty,rawer" - |
		    tr -d '\r'
	}
	at_terminal TERM=xterm >out
	grep -q $'^\033\[36m  1.000000 client text "hi"\033\[0m$' out
	at_terminal 'TERM=xterm NO_COLOR=1' | diff plain -
	at_terminal TERM=dumb | diff plain -
}

@test "ws-view -f: what is added to the file is shown as it comes" {
	by_hand >whole
	head -n 5 whole >growing
	start view ws-view -f growing
	within 10 grep -q 'GET' view.out
	tail -n +6 whole >>growing
	within 10 grep -q 'server close 1000' view.out
	ws-view whole | diff - view.out
	kill "${pid[view]}"
}

@test "ws-view: from a pipe all is shown as it comes" {
	by_hand >whole
	mkfifo pipe
	start view ws-view pipe
	exec 9>pipe
	head -n 5 whole >&9
	within 10 grep -q 'GET' view.out
	tail -n +6 whole >&9
	within 10 grep -q 'server close 1000' view.out
	exec 9>&-
	ends view 10
	ws-view whole | diff - view.out
}

@test "ws-view: sessions one after the other in one capture" {
	{ by_hand; by_hand | sed 's/17953019/17953020/'; } >capture
	ws-view capture >out
	run ! grep -q '#' out
	[ "$(grep -c 'head "GET' out)" -eq 2 ]
	[ "$(grep -c ' close ' out)" -eq 4 ]
	# Without heads the two Closes tell.
	by_hand | sed '/^[<>]head/,/^$/d; /^\r*$/d' >headless
	cat headless headless >capture
	ws-view capture >out
	run ! grep -q '#' out
	[ "$(grep -c ' close ' out)" -eq 4 ]
}

@test "ws-view: a real session: what each side recorded looks the same" {
	need socat ss
	listen server -D server.capture -l 127.0.0.1:0 sed -u 's/^/re: /'
	printf 'one\ntwo\n' | ws-client -l -D client.capture "$url" >out
	within 10 grep -qa '^> server .* 4$' server.capture
	for side in client server; do
		ws-view -T $side.capture | cut -f 2-3,11- >$side
		grep -q '^client.head' $side
		grep -q '^server.head' $side
		for who in client server; do
			grep "^$who" $side >$side.$who
		done
	done
	diff client.client server.client
	diff client.server server.server
}

@test "ws-view: what tshark and tcpflow left" {
	for form in yaml raw hex; do
		ws-view "$TESTS/vectors/follow.$form" | cut -c 12- >$form
		[ "$(sed -n '1p;$p' $form)" = \
		    $'client head "GET /chat HTTP/1.1"\nserver close 1000' ]
		[ "$(grep -c 'text' $form)" -eq 6 ]
		run ! grep -q '#' $form
	done
	diff yaml raw
	diff yaml hex
	ws-view "$TESTS/vectors/follow.yaml" | grep -q '^  0.040971 server text "re: 1"$'
	ws-view "$TESTS/vectors/follow.raw" | grep -q '^ *- server text "re: 1"$'
	# The bytes of one side.
	ws-view -G client "$TESTS/vectors/follow.raw" >side
	sed -n '/^[0-9a-f]*$/p' "$TESTS/vectors/follow.raw" | xxd -r -p >bytes
	ws-view bytes | diff side -
}

@test "ws-view: what is no capture is told with its byte" {
	{ by_hand; echo garbage; } >capture
	size=$(by_hand | wc -c)
	run -65 --separate-stderr ws-view capture
	[ "$stderr" = "ws-view: capture: byte $size: not a capture of -D" ]
	[ "${#lines[@]}" -eq 11 ]
	by_hand | head -c 100 >short
	run -0 --separate-stderr ws-view short
	[ "$stderr" = 'ws-view: short: the capture ends inside a record' ]
	run -111 --separate-stderr ws-view no/such
	[ "$stderr" = 'ws-view: open no/such: No such file or directory' ]
	usage_refused ws-view -f a b
	usage_refused ws-view -Q
	run -0 --separate-stderr ws-view /dev/null
	[ "$output$stderr" = '' ]
	[ -c /dev/full ] || skip 'no /dev/full'
	by_hand >capture
	run -111 --separate-stderr sh -c 'ws-view capture >/dev/full'
	[[ $stderr == 'ws-view: write standard output: '* ]]
}

@test "ws-view: memory does not depend on the size of the capture" {
	by_hand >small
	seq 200000 | ws-frame -l >frames
	{
		printf '< client 1.000000 %d\n' "$(wc -c <frames)"
		cat frames
		echo
	} >large
	"$CORE" peak of-small ws-view -C 80 small >out
	"$CORE" peak of-large ws-view -C 80 large >out
	[ "$(wc -l <out)" -eq 200000 ]
	[ "$(cat of-large)" -le "$(($(cat of-small) + 1024))" ]
}

# many_frames N: a capture of N questions and as many answers.
many_frames() {
	LC_ALL=C awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			printf "> client %.6f 7\n\201\201%c%c%c%cx\n",
			    1795301915 + i / 100, 1, 1, 1, 1
			printf "< client %.6f 6\n\201\004same\n",
			    1795301915 + i / 100 + 0.001
		}
	}'
}

# each_awk: names of those that are here.
each_awk() {
	local name
	for name in mawk gawk original-awk 'busybox awk'; do
		! command -v "${name%% *}" >/dev/null || echo "$name"
	done
}

# use_awk NAME: from now on awk is that one.
use_awk() {
	mkdir -p bin
	printf '#!/bin/sh\nexec %s "$@"\n' "$1" >bin/awk
	chmod +x bin/awk
	PATH=$PWD/bin:$PATH
}

@test "ws-stats: the figures of a session, the same with every awk" {
	need jq
	by_hand >capture
	each_awk >names
	[ -s names ]
	while read -r name; do
		(use_awk "$name"
		ws-stats capture >out
		grep -qx 'duration  3.000100 s' out
		grep -qx 'ended by  Close 1000 from the client, answered with 1000' out
		[ "$(grep '^messages ' out | tr -s ' ')" = 'messages 1 2' ]
		[ "$(grep '^frames ' out | tr -s ' ')" = 'frames 3 5' ]
		[ "$(grep '^bytes of messages ' out | tr -s ' ')" = 'bytes of messages 2 6' ]
		[ "$(grep '^bytes of frame headers ' out | tr -s ' ')" = \
		    'bytes of frame headers 18 10' ]
		[ "$(grep '^pings answered ' out | tr -s ' ')" = 'pings answered 0 1' ]
		# Some versions of jq leave numbers as they stand, unless they count.
		[ "$(ws-stats -j capture | jq -c '[.seconds, .client.messages,
		    .server.size.max, .server.ping_ms.max, .server.gap_ms.max,
		    (.rate | length), .rate[1].client_bytes] | map(. + 0)')" = \
		    '[3.0001,1,4,250,1250,3,2]' ])
	done <names
}

@test "ws-stats: quantiles and the rate of many, without times, of nothing" {
	need jq
	LC_ALL=C awk 'BEGIN {
		for (i = 1; i <= 1000; i++) {
			n = i % 100 + 1
			printf "< client %.6f %d\n\201%c", 1795301915 + i, n + 2, n
			for (k = 0; k < n; k++)
				printf "x"
			print ""
		}
	}' >capture
	[ "$(ws-stats -j capture | jq -c '[.server.messages, .server.size,
	    .server.gap_ms.median, .interval, ([.rate[].server_messages] | add)]')" = \
	    '[1000,{"median":50,"p90":90,"p99":99,"max":100},1000,8,1000]' ]
	ws-stats "$TESTS/vectors/follow.raw" >out
	grep -qx 'duration  not recorded' out
	[ "$(ws-stats -j "$TESTS/vectors/follow.raw" | jq -c '[.seconds, .server.messages]')" = '[null,3]' ]
	ws-stats -j /dev/null | jq -e '.server.messages == 0' >out
	run -111 --separate-stderr ws-stats no/such
	[ "$output" = '' ]
	[ "$stderr" = 'ws-view: open no/such: No such file or directory' ]
	run -100 --separate-stderr ws-stats -G nonsense capture
	[ "$output" = '' ]
	usage_refused ws-stats -Q
}

# Well-formed, and of the elements and attributes that ws-draw writes, no other.
only_drawing() {
	"$python" - "$1" <<-'END'
		import html.parser, sys
		class P(html.parser.HTMLParser):
		    def __init__(self):
		        super().__init__()
		        self.open = []
		        self.tags = set()
		    def handle_starttag(self, tag, attrs):
		        self.tags.add(tag)
		        assert tag in ("html head meta title style body h1 p svg "
		            "text rect line path circle").split(), tag
		        for name, value in attrs:
		            assert not name.startswith("on"), name
		            assert name not in ("href", "src", "xlink:href"), name
		        if tag != "meta" and not self.rawdata[self.rawdata.find(">", self.offset_of()) - 1] == "/":
		            self.open.append(tag)
		    def offset_of(self):
		        line, column = self.getpos()
		        return sum(len(l) + 1 for l in self.rawdata.split("\n")[:line - 1]) + column
		    def handle_startendtag(self, tag, attrs):
		        self.tags.add(tag)
		    def handle_endtag(self, tag):
		        assert self.open.pop() == tag, tag
		p = P()
		p.feed(open(sys.argv[1], encoding="utf-8", errors="strict").read())
		assert p.open == [], p.open
		assert "svg" in p.tags
	END
}

@test "ws-draw: a page without scripts or links, whatever a peer sends" {
	{
		record '>head' client 1.000000 'GET /"><script>alert(1)</script> HTTP/1.1\r\nX: <b>\r\n\r\n'
		record '<' client 1.500000 '\0201\030</text></svg><script>x</sc'
		record '<' client 1.600000 '\0201\012\0342\0200\0256\0303\0251 & "x'
		record '<' client 1.700000 '\0210\012\03\0350</title>'
		record '<' client 1.800000 '\0213\04]]>\033'
		record '<' client 1.900000 '\0201\03\0377<>'
	} >capture
	cp capture 'a<script>&"'"'.capture"
	each_awk >names
	while read -r name; do
		(use_awk "$name"
		ws-draw 'a<script>&"'"'.capture" >page.html
		only_drawing page.html
		run ! grep -qi '<script' page.html
		run ! env LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' page.html)
	done <names
	ws-draw -t '</title><b>' capture >page.html
	only_drawing page.html
}

@test "ws-draw: ten frames have a row each, ten thousand are put together" {
	by_hand >capture
	ws-draw capture >page.html
	only_drawing page.html
	[ "$(grep -c 'class="label"' page.html)" -eq 10 ]
	run ! grep -q 'class="group"' page.html
	many_frames 5000 >capture
	ws-draw capture >page.html
	only_drawing page.html
	rows=$(grep -c 'class="label"' page.html)
	[ "$rows" -gt 100 ]
	[ "$rows" -lt 330 ]
	grep -q 'class="group"' page.html
	[ "$(wc -c <page.html)" -lt 300000 ]
	# Nothing is lost: the numbers of the groups add up.
	[ "$(sed -n 's/.*class="label".*>\(.*\)<.*/\1/p' page.html |
	    grep -o '[0-9]* frame' | awk '{ n += $1 } END { print n }')" -eq 10000 ]
	ws-draw "$TESTS/vectors/follow.raw" >page.html
	only_drawing page.html
	grep -q 'frame 1<' page.html
	ws-draw /dev/null >page.html
	only_drawing page.html
	run -111 ws-draw no/such
	usage_refused ws-draw -Q
}

@test "ws-draw: Chromium draws it, light and dark" {
	need chromium
	program=$(command -v chromium || command -v chromium-browser ||
	    command -v google-chrome)
	by_hand >capture
	ws-draw capture >page.html
	mkdir profile
	for scheme in 1 0; do
		timeout 60 "$program" --headless --no-sandbox --disable-gpu \
		    --no-first-run --disable-background-networking \
		    --disable-dev-shm-usage --disable-crash-reporter \
		    --user-data-dir="$PWD/profile" --hide-scrollbars \
		    --blink-settings=preferredColorScheme=$scheme \
		    --window-size=800,900 --screenshot="$PWD/$scheme.png" \
		    "file://$PWD/page.html" >chromium.log 2>&1 || {
			cat chromium.log
			return 1
		}
	done
	"$python" - 1.png 0.png <<-'END'
		import struct, sys, zlib
		def corner(name):
		    data = open(name, "rb").read()
		    assert data[:8] == b"\x89PNG\r\n\x1a\n"
		    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
		    i, packed = 8, b""
		    while i < len(data):
		        n, = struct.unpack(">I", data[i:i + 4])
		        if data[i + 4:i + 8] == b"IDAT":
		            packed += data[i + 8:i + 8 + n]
		        i += n + 12
		    rows = zlib.decompress(packed)
		    assert len(set(rows)) > 20		# something is drawn
		    return rows[1:4]
		light, dark = (corner(name) for name in sys.argv[1:])
		assert min(light) > 200 and max(dark) < 80, (light, dark)
	END
	rm -rf profile
}

# seen FILE: the view without its times.
seen() {
	sed 's/^\([0-9]* [^ ]*:[0-9]* \)\? *[0-9.]* /\1/' "$1"
}

@test "-M: ws-client shows the session on standard error, the wire is the same" {
	need socat ss
	seq 3 >in
	for option in '' '-M -'; do
		listen "server${#option}" -q -D "capture${#option}" -l 127.0.0.1:0 cat
		# shellcheck disable=SC2086 # words
		client -k 01020304 -l $option "$url" <in >out 2>err
		same in out
		within 5 grep -qa '^> server .* 4$' "capture${#option}"
		ws-view -T -G frames -G client "capture${#option}" |
		    cut -f 2- >"wire${#option}"
	done
	diff wire0 wire4
	within 10 grep -q 'server close 1000' err || {
		cat err
		return 1
	}
	[ "$(seen err | grep -v field | sort)" = "$(printf '%s\n' \
	    'client close 1000' "client head \"GET / HTTP/1.1\"" \
	    'client text "1"' 'client text "2"' 'client text "3"' \
	    'server close 1000' 'server head "HTTP/1.1 101 Switching Protocols"' \
	    'server text "1"' 'server text "2"' 'server text "3"')" ]
	[ -z "$(ls own.tmp)" ]
}

@test "-M: a file, which is added to and readable for its owner only" {
	need socat ss
	listen server -l 127.0.0.1:0 cat
	for word in one two; do
		echo $word | client -l -M view "$url" >out
		[ "$(cat out)" = $word ]
		within 10 grep -q "server text \"$word\"" view
	done
	[ "$(stat -c %a view)" = 600 ]
	ln -s view link
	run -111 --separate-stderr ws-client -M link "$url"
	[ "$stderr" = 'ws-client: -M: open link: it is a symbolic link' ]
	run -111 --separate-stderr ws-client -M no/such "$url"
	[ "$stderr" = 'ws-client: -M: open no/such: cannot be written to' ]
	[ -c /dev/full ] || skip 'no /dev/full'
	# Who shows it may fail, the session goes on.
	seq 2000 >in
	client -l -M /dev/full "$url" <in >out 2>err
	same in out
}

@test "-M: ws-listen shows all sessions, with number and address" {
	need socat ss
	listen server -M view -l 127.0.0.1:0 sh -c 'ls -l /proc/$$/fd >&2; cat'
	remember
	for word in one two; do
		echo $word | client -l "$url" >out
		[ "$(cat out)" = $word ]
	done
	within 10 eval '[ "$(grep -c "server close" view)" -eq 2 ]' || {
		cat view
		return 1
	}
	seen view >lines
	grep -q '^1 127\.0\.0\.1:[0-9]* client head "GET / HTTP/1.1"$' lines
	grep -q '^1 127\.0\.0\.1:[0-9]* server text "one"$' lines
	grep -q '^2 127\.0\.0\.1:[0-9]* client text "two"$' lines
	run ! grep -v '^[12] 127' lines
	all_gone
	kill "${pid[server]}"
	ends server 10
	[ -z "$(ls own.tmp)" ]
	# The command has no descriptor of it.
	run ! grep watch server.err
}

@test "-M: who shows the sessions may be killed, the sessions go on" {
	need socat ss pgrep
	listen server -M view -l 127.0.0.1:0 cat
	echo one | client -l "$url" >out
	within 10 grep -q 'server close' view
	viewer=$(ours | awk '$2 ~ /\/ws-view$/ { print $1 }')
	[ -n "$viewer" ]
	kill -9 "$viewer"
	within 10 gone "$viewer"
	for word in two three; do
		echo $word | client -l "$url" >out
		[ "$(cat out)" = $word ]
	done
	within 10 grep -q '^ws-frame: -M: write: Broken pipe; the capture ends here' server.err
}

@test "-M: ws-server under a listener of others" {
	need socat ss
	port=$(free_port)
	start server socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" \
	    'EXEC:ws-server -M view cat,nofork'
	within 10 eval 'ss -Hltn "sport = :$port" | grep -q .'
	echo hello | client -l "ws://127.0.0.1:$port/" >out
	[ "$(cat out)" = hello ]
	within 10 grep -q 'client close 1000' view
	grep -q 'server binary "hello' view
}
