#!/usr/bin/env bats
# ws-b64: a stream into messages of base64, and back.

# Each test is a subshell; run sets stderr; commands are for sh.
# shellcheck disable=SC2016,SC2030,SC2031,SC2094,SC2154

load session
load helper		# its setup: most tests here are of a filter alone

# Only the tests of sessions begin one.
teardown() {
	[ -z "${WSTEST-}" ] || session_end
}

INVALID='message is not valid base64 (RFC 4648, 4)'
SERVER='ws-deframe -W | ws-b64 -dW | cat | ws-b64 -W | ws-frame -W'

# rows: name, text, verdict and bytes of each vector.
rows() {
	awk -F '\t' -v OFS='\t' '!/^#/ { print $1, $2, $4, $6 }' \
	    "$VECTORS/base64.tsv"
}

# judged COLUMNS: of what core says about a program: the bytes of what was
# refused are not looked at here.
judged() {
	awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, $2 ? "..." : $4 }'
}

@test "decode: every vector as a message, whole and byte by byte (RFC 4648, 3, 4)" {
	local manner
	rows | awk -F '\t' -v OFS='\t' -v invalid="$INVALID" '{
		where = "ws-b64: frame 1, byte 0: "
		says = $1 ~ /^char-(80|ff)$/ ? \
		    "text is not valid UTF-8 (RFC 6455, 8.1)" : invalid
		if ($3 == "ok")
			print $1, 0, "-", $4
		else
			print $1, 7, where says, "..."
	}' >expected
	rows | awk -F '\t' -v OFS='\t' '{
		sub(/^-$/, "", $2)
		n = length($2) / 2
		print $1, "81" sprintf(n < 126 ? "%02x" : "7e%04x", n) $2, \
		    "ws-b64 -dW"
	}' >cases
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases | judged >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -ge 94 ]
}

@test "decode: every vector as a fragment for each byte, and in two cut everywhere" {
	local manner
	rows | awk -F '\t' -v OFS='\t' '$2 !~ /(80|ff|c3)/ && length($2) < 250 {
		sub(/^-$/, "", $2)
		status = $3 == "ok" ? 0 : 7
		out = $3 == "ok" ? $4 : "..."
		n = length($2) / 2
		wire = "01008a00"
		for (i = 0; i < n; i++)
			wire = wire "0001" substr($2, 2 * i + 1, 2) "8900"
		print $1, status, out > "expected"
		print $1, wire "8000", "ws-b64 -dW" > "cases"
		for (i = 0; i <= n; i++) {
			print $1 " " i, status, out > "expected"
			print $1 " " i, sprintf("01%02x%s80%02x%s", i, \
			    substr($2, 1, 2 * i), n - i, \
			    substr($2, 2 * i + 1)), "ws-b64 -dW" > "cases"
		}
	}'
	for manner in whole drip; do
		"$CORE" run "$manner" bytes <cases | judged |
		    cut -f 1,2,4 >actual
		same_table expected actual
	done
	[ "$(wc -l <expected)" -gt 600 ]
}

@test "decode: every vector as a line, with and without its newline" {
	local manner end
	rows | awk -F '\t' '$2 !~ /^(..)*0a/' >lines
	awk -F '\t' -v OFS='\t' -v invalid="$INVALID" '{
		if ($3 == "ok")
			print $1, 0, "-", $4
		else
			print $1, 7, "ws-b64: line 1: " invalid, "..."
	}' lines >expected
	for end in '' 0a; do
		awk -F '\t' -v OFS='\t' -v end="$end" '{
			sub(/^-$/, "", $2)
			runs = $2 end
			print $1, runs == "" ? "-" : runs, "ws-b64 -d"
		}' lines >cases
		for manner in whole drip; do
			"$CORE" run "$manner" bytes <cases | judged >actual
			same_table expected actual
		done
	done
	[ "$(wc -l <expected)" -gt 80 ]
}

@test "encode: every good vector, a line and a frame" {
	rows | awk -F '\t' '$3 == "ok" && $4 != "-"' >good
	awk -F '\t' -v OFS='\t' '{ print $1, 0, "-", $2 "0a" }' good >expected
	awk -F '\t' -v OFS='\t' '{ print $1, $4, "ws-b64" }' good |
	    "$CORE" run whole bytes | cut -f 1-4 >actual
	same_table expected actual
	awk -F '\t' -v OFS='\t' '{
		n = length($2) / 2
		print $1, 0, "-", \
		    "81" sprintf(n < 126 ? "%02x" : "7e%04x", n) $2
	}' good >expected
	awk -F '\t' -v OFS='\t' '{ print $1, $4, "ws-b64 -W" }' good |
	    "$CORE" run whole bytes | cut -f 1-4 >actual
	same_table expected actual
	[ "$(wc -l <expected)" -gt 20 ]
	run -0 ws-b64 </dev/null
	[ "$output" = '' ]
	run -0 ws-b64 -W </dev/null
	[ "$output" = '' ]
}

# decoded MANNER WIRE OPTION ...: a stream of frames through ws-deframe, with
# these options, and ws-b64; sets refusal to the status of the one that refuses,
# which may leave ws-deframe without a reader.
decoded() {
	local status manner=$1
	bytes "$2" >in
	shift 2
	case $manner in
	whole) cat in ;;
	drip) "$CORE" drip <in ;;
	esac | ws-deframe -W "$@" 2>err | ws-b64 -dW -C 5 >out 2>>err 5>control
	status=("${PIPESTATUS[@]}")
	refusal=${status[1]}
	case $refusal in
	0 | 111 | 141) refusal=${status[2]} ;;
	esac
	by=${status[2]}
}

# The data of the events, in EXPECTED, and the status.
row_decoded() {
	equal status "$want" "$refusal" || { cat err; return 1; }
	head -c "$(wc -c <expected)" out >prefix
	same expected prefix || return 1
	[ "$want" != 0 ] || same expected out || return 1
	if [ "$by" = 7 ]; then
		equal control 'close soon 1007' "$(cat control)"
	else
		equal control '' "$(cat control)"
	fi
}

@test "frames: every vector of the base64 mode, whole and byte by byte" {
	local name sender mode limit wire events codes manner want options event
	begin_rows
	while IFS=$'\t' read -r name sender mode limit wire events codes _; do
		[ "$mode" = base64 ] || continue
		want=0
		: >expected
		for event in $events; do
			case $event in
			data=-) ;;
			data=*) bytes "${event#data=}" >>expected ;;
			fail) want=$((${codes%%|*} - 1000)) ;;
			esac
		done
		options=-c
		[ "$sender" = server ] || options=-s
		[ "$limit" = - ] || options="$options -B $limit"
		for manner in whole drip; do
			[ "$manner" = whole ] || [ "${#wire}" -lt 10000 ] ||
				continue
			ROWS=$((ROWS + 1))
			# shellcheck disable=SC2086 # several options
			decoded "$manner" "$wire" $options || true
			check_row "$name, $manner" row_decoded
		done
	done <"$VECTORS/frames.tsv"
	all_rows 70
}

@test "the example of the transport: one frame, two, a binary one" {
	bytes 8108534756736247383d+01025347+800656736247383d+820548656c6c6f >in
	[ "$(ws-b64 -dW <in)" = HelloHelloHello ]
}

@test "binary messages pass unchanged, between and beside text" {
	head -c 300 /dev/urandom >random
	{
		bytes 8104414141410204; head -c 4 random
		bytes 007e0100; tail -c +5 random | head -c 256
		bytes 80+28; tail -c 40 random; bytes 81044141413d
	} >in
	{ bytes 000000; cat random; bytes 0000; } >expected
	ws-b64 -dW <in >out
	same expected out
	"$CORE" drip <in | ws-b64 -dW >out
	same expected out
}

@test "an error does not wait for the next message, and nothing comes after it" {
	bytes 810753475673624738 >in
	mkfifo fifo
	bounded ws-b64 -dW <fifo >out 2>err &
	local pid=$! status=0
	exec 7>fifo
	cat in >&7
	wait "$pid" || status=$?
	exec 7>&-
	[ "$status" = 7 ]
	bytes 8104414141418104+21212121+810442424242 >in
	run -7 ws-b64 -dqW <in
	ws-b64 -dqW <in >out || true
	bytes 000000 >expected
	same expected out
}

@test "which line or frame it is" {
	printf 'AAAA\n\nAAAA\nA\n' >in
	run -7 --separate-stderr ws-b64 -d <in
	[ "$stderr" = "ws-b64: line 4: $INVALID" ]
	run -7 --separate-stderr sh -c '"$1" drip <in | ws-b64 -d' - "$CORE"
	[ "$stderr" = "ws-b64: line 4: $INVALID" ]
	bytes 810441414141+8900+810121 >in
	run -7 --separate-stderr ws-b64 -dW <in
	[ "$stderr" = "ws-b64: frame 3, byte 8: $INVALID" ]
}

@test "the control channel gets the Close of a refused message (-C, WS_CONTROL)" {
	local status input code
	begin_rows
	while read -r input code; do
		ROWS=$((ROWS + 1))
		bytes "$input" >in
		status=0
		ws-b64 -dqW -B 8 -C 5 <in >out 5>control || status=$?
		check_row "$input" equal status $((code - 1000)) "$status"
		check_row "$input" equal control "close soon $code" "$(cat control)"
		status=0
		WS_CONTROL=6,5 ws-b64 -dqW -B 8 <in >out 5>control \
		    6</dev/null || status=$?
		check_row "$input" equal 'control by WS_CONTROL' \
		    "close soon $code" "$(cat control)"
	done <<-'END'
	810121 1007
	81024141 1007
	8101ff 1007
	8109 1009
	8209 1009
	8300 1002
	c100 1002
	8000 1002
	END
	all_rows 8
	printf 'A\n' | {
		status=0
		ws-b64 -dq -C 5 5>control || status=$?
		[ "$status" = 7 ]
	}
	[ "$(cat control)" = 'close soon 1007' ]
	bytes 810441414141+8900 | ws-b64 -dW -C 5 >out 5>control
	[ ! -s control ]
}

@test "-B counts characters of a message, not of a fragment (RFC 6455, 10.4)" {
	printf 'AAAAAAAA\nAAAA\n' | ws-b64 -d -B 8 >out
	[ "$(wc -c <out)" = 9 ]
	printf 'AAAAAAAAA\n' >in
	refused 9 'ws-b64: line 1: message larger than the limit (RFC 6455, 10.4)' \
	    ws-b64 -d -B 8 <in
	bytes 0104+41*4+8004+41*4+8104+41*4 | ws-b64 -dW -B 8 >out
	[ "$(wc -c <out)" = 9 ]
	bytes 0104+41*4+8005 >in
	run -9 --separate-stderr ws-b64 -dW -B 8 <in
	[ "$stderr" = 'ws-b64: frame 2, byte 6: message larger than the limit (RFC 6455, 10.4)' ]
	bytes 817e0401 >in
	run -9 ws-b64 -dqW -B 1k <in
}

@test "messages of 16384 bytes: 21848 characters, one frame each (-F)" {
	head -c 100000 /dev/zero >in
	ws-b64 <in | awk '{ print length($0) }' | sort -u >lengths
	[ "$(sort -n lengths | tail -n 1)" = 21848 ]
	ws-b64 -W <in | ws-deframe -cav >frames
	[ "$(wc -l <frames)" = 7 ]
	[ "$(grep -c '^text fin=1 .* len=21848 ' frames)" = 6 ]
	head -c 16384 in | ws-b64 -W | ws-deframe -W -B 21848 |
	    ws-b64 -dW -B 21848 >out
	same <(head -c 16384 in) out
	ws-b64 -F 65536 <in | awk '{ print length($0) }' >lengths
	[ "$(head -n 1 lengths)" = 87384 ]
	ws-b64 -F 1m <in | awk '{ print length($0) }' >lengths
	[ "$(head -n 1 lengths)" = 87384 ]
	[ "$(printf abcd | ws-b64 -F 1)" = $'YQ==\nYg==\nYw==\nZA==' ]
	ws-b64 -F 48k -W <in | ws-frame -W | ws-deframe -W | ws-b64 -dW >out
	same in out
}

@test "an empty message is valid, adds nothing and ends nothing" {
	bytes 8100+010080008104+5a673d3d+8100 >in
	[ "$(ws-b64 -dW -C 5 <in 5>control)" = f ]
	[ ! -s control ]
	[ "$(printf '\n\nZg==\n\nZg==' | ws-b64 -d)" = ff ]
}

@test "the end of input inside a message or frame: 6" {
	bytes 0104+41*4 >in
	run -6 --separate-stderr ws-b64 -dW <in
	[ "$stderr" = 'ws-b64: input ends inside a message (RFC 6455, 5.4)' ]
	bytes 8108+41*4 >in
	run -6 ws-b64 -dqW <in
	bytes 81 >in
	run -6 ws-b64 -dqW <in
	printf 'AAA' >in
	run -7 ws-b64 -dq <in
}

@test "a message goes out, and comes out, while the input stays open" {
	local options
	for options in -q -qW '-qd' '-qdW'; do
		rm -f in
		mkfifo in
		: >out
		bounded ws-b64 "$options" <in >out &
		local pid=$!
		exec 7>in
		case $options in
		-qd) printf AAAAA >&7 ;;
		*d*) bytes 010541+41*4 >&7 ;;
		*) printf abc >&7 ;;
		esac
		until_true has_bytes out 3
		exec 7>&-
		wait "$pid" || [ "$options" != "${options#*d}" ]
	done
}

@test "there and back: 1 MiB with odd reads and writes" {
	local size form
	head -c 1048576 /dev/urandom >in
	for size in 1 2 3 1000 16384; do
		for form in -q -qW; do
			head -c $((size < 1000 ? 50000 : 1048576)) in >part
			ws-b64 "$form" -F "$size" <part |
			    dd obs=997 2>/dev/null | ws-b64 "${form}d" >out
			same part out
		done
	done
	dd if=in obs=1009 2>/dev/null | ws-b64 -W | ws-frame -cW |
	    ws-deframe -sW | ws-b64 -dW >out
	same in out
	dd if=in bs=7919 2>/dev/null | ws-b64 | base64 -di >out
	[ "$(ws-b64 -F 3 <in | tr -d '\n' | base64 -d | cksum)" = \
	    "$(cksum <in)" ]
	base64 -w 0 in | ws-b64 -d >out
	same in out
}

@test "in bulk as byte by byte: messages whole, good ones before a bad one delivered" {
	head -c 3000000 /dev/urandom >in
	begin_rows
	for size in 1 1000 16384 65536; do
		ROWS=$((ROWS + 1))
		ws-b64 -F "$size" <in >lines
		# Each line is base64 by itself, and none is longer than said.
		length=$(wc -L <lines)
		[ "$length" -le $(((size + 2) / 3 * 4)) ] ||
			row_failed "$size" "a line of $length"
		check_row "$size" same in <(base64 -d -i lines)
		check_row "$size -d" same in <(ws-b64 -d <lines)
		check_row "$size -W" same lines \
		    <(ws-b64 -WF "$size" <in | ws-frame -W | ws-deframe -l)
		check_row "$size -dW" same in <(ws-b64 -WF "$size" <in | ws-b64 -dW)
		[ "$size" -eq 1 ] || check_row "$size byte by byte" cmp \
		    <(head -c 200000 lines | dd bs=1 2>/dev/null | ws-b64 -d 2>&1) \
		    <(head -c 200000 lines | ws-b64 -d 2>&1)
	done
	all_rows 4
	# What was good is out, though the bad one came in the same read.
	{ head -n 40 lines; echo '!'; } >bad
	refused=0
	ws-b64 -d <bad >out 2>err || refused=$?
	equal status 7 "$refused"
	equal message 'ws-b64: line 41: message is not valid base64 (RFC 4648, 4)' \
	    "$(cat err)"
	head -n 40 lines | base64 -d -i | same - out
}

@test "a full disk is an error: 111, and a sentence" {
	[ -w /dev/full ] || skip 'no /dev/full'
	local options status
	for options in -F1 -W -d; do
		status=0
		printf AAAA | ws-b64 "$options" 2>err >/dev/full || status=$?
		[ "$status" = 111 ]
		[ "$(cat err)" = 'ws-b64: write standard output: No space left on device' ]
	done
}

@test "the reader gone, SIGPIPE ignored: 111 at once, without a word" {
	"$CORE" zeros 100000000 2>/dev/null | {
		local status=0
		bounded "$CORE" sigpipe ignore ws-b64 2>err || status=$?
		echo "$status" >status
	} | head -c 1 >first
	until_true has_bytes status 1
	[ "$(cat status)" = 111 ]
	[ ! -s err ]
}

@test "a message of 256 MiB decodes in constant memory" {
	local limit
	limit=$(memory_limit ws-b64)
	"$CORE" zeros 268435456 | tr '\0' A |
	    "$CORE" peak peak ws-b64 -d | wc -c >count
	[ "$(cat count)" -eq 201326592 ]
	[ "$(cat peak)" -lt "$limit" ] || { cat peak; false; }
}

@test "help, version, and wrong usage" {
	run -0 --separate-stderr ws-b64 -h
	[[ "$output" = 'usage: ws-b64 [-'* ]]
	[ "$stderr" = '' ]
	run -0 ws-b64 -V
	[[ "$output" = 'ws-b64 '[0-9]* ]]
	usage_refused ws-b64 -x
	usage_refused ws-b64 -B
	usage_refused ws-b64 operand
	usage_refused ws-b64 -B 1
	refused 100 'ws-b64: -F 0: not a size such as 65536, 64k or 1m' \
	    ws-b64 -F 0 </dev/null
	refused 100 'ws-b64: -B x: not a size such as 65536, 64k or 1m' \
	    ws-b64 -dB x </dev/null
	run -100 ws-b64 -C x </dev/null
}

@test "usage, getopt string and SYNOPSIS name the same options" {
	options_agree ws-b64
}

# -- sessions --

# A server of the subprotocol that echoes; sets port.
echo_server() {
	session_begin
	need socat
	raw_tcp echo "exec ws-handshake -s -p base64 sh -c '$SERVER'"
}

@test "a session with python3-websockets: texts, binary, 1 MiB, an invalid message" {
	echo_server
	"$python" -c 'import websockets' 2>/dev/null || skip 'no websockets'
	cat >client.py <<-'END'
	import asyncio, base64, os, sys
	import websockets

	async def echoed(ws, want):
	    got = b""
	    while len(got) < len(want):
	        message = await asyncio.wait_for(ws.recv(), 10)
	        assert isinstance(message, str), "not text"
	        assert len(message) <= 21848, len(message)
	        got += base64.b64decode(message, validate=True)
	    assert got == want, "not the same"

	async def main(url):
	    async with websockets.connect(url, subprotocols=["base64"]) as ws:
	        assert ws.subprotocol == "base64", ws.subprotocol
	        for data in b"H", b"Hello", bytes(range(256)), bytes(16384):
	            await ws.send(base64.b64encode(data).decode())
	            await echoed(ws, data)
	        await ws.send("")
	        await ws.send(bytes(range(256)))
	        await echoed(ws, bytes(range(256)))
	        await ws.send(["SG", "VsbG", "8="])
	        await echoed(ws, b"Hello")
	        await asyncio.wait_for(await ws.ping(), 5)
	        big = os.urandom(1 << 20)
	        text = base64.b64encode(big).decode()
	        sender = asyncio.ensure_future(ws.send(text))
	        await echoed(ws, big)
	        await sender
	    assert ws.close_code == 1000, ws.close_code
	    for bad in "SGVsbG8", "SGVsbG8=\n", "-_-_":
	        async with websockets.connect(url, subprotocols=["base64"]) as ws:
	            await ws.send(bad)
	            try:
	                while True:  # what is valid before it may come
	                    await asyncio.wait_for(ws.recv(), 10)
	            except websockets.ConnectionClosed:
	                assert ws.close_code == 1007, ws.close_code
	    print("good")

	asyncio.run(main(sys.argv[1]))
	END
	run timeout 60 "$python" client.py "ws://127.0.0.1:$port/"
	printf '%s\n' "$output"
	[ "$output" = good ]
}

@test "a session with ws of node: texts, binary, an invalid message" {
	echo_server
	node -e 'require("ws")' 2>/dev/null || skip 'no ws'
	cat >client.js <<-'END'
	const WebSocket = require('ws');
	const ws = new WebSocket(process.argv[2], ['base64']);
	const data = require('crypto').randomBytes(100000);
	let got = Buffer.alloc(0);
	ws.on('open', () => {
		for (let i = 0; i < 50000; i += 5000)
			ws.send(data.subarray(i, i + 5000).toString('base64'));
		ws.send(data.subarray(50000));
	});
	ws.on('message', (m, binary) => {
		if (binary || ws.protocol !== 'base64')
			throw new Error('not text');
		got = Buffer.concat([got, Buffer.from(m.toString(), 'base64')]);
		if (got.length >= data.length) {
			console.log(got.equals(data) ? 'same' : 'differs');
			ws.send('!');
		}
	});
	ws.on('close', (code) => console.log(code));
	END
	run -0 timeout 30 node client.js "ws://127.0.0.1:$port/"
	[ "$output" = $'same\n1007' ]
}

@test "a session of our own: the status and the Close of an invalid message" {
	mkfifo in
	: >out
	bounded ws-handshake -s -p base64 sh -c "$SERVER" <in >out 2>err &
	local pid=$! status=0
	exec 7>in
	{
		ws-handshake -c -p base64 ws://localhost/
		printf 'text "SGVsbG8="\ntext "!"\n' | ws-frame -ca
	} >&7
	until_true grep -q "$(printf '\210\002\003\357')" out
	echo 'close 1007' | ws-frame -ca >&7
	exec 7>&-
	wait "$pid" || status=$?
	[ "$status" = 7 ]
	sed '1,/^.$/d' out | ws-deframe -cqa >frames || true
	[ "$(tail -n 1 frames)" = 'close 1007' ]
	[ "$(head -n 1 err)" = "ws-b64: frame 2, byte 10: $INVALID" ]
}

# It is no end like another: what came or went was not all.
@test "a session whose output fails: 111, with base64 as without" {
	[ -w /dev/full ] || skip 'no /dev/full'
	session_begin
	need socat
	# sort says nothing before its input ends, so the Close of the client
	# is on its way before its output can fail.
	listen sorter -6 -p base64 -w $((5 * PATIENCE)) 127.0.0.1:0 sort
	sorter=$url
	listen server -6 -p base64 -w $((5 * PATIENCE)) 127.0.0.1:0 cat
	begin_rows
	for row in 1 2 3 4 5 6 7 8; do
		ROWS=$((ROWS + 1))
		status=0
		echo hello | client -6 -p base64 "$sorter" >/dev/full 2>err || status=$?
		check_row "last $row" equal status 111 "$status"
		check_row "last $row" grep -qx \
		    'ws-b64: write standard output: No space left on device' err
	done
	# In the middle, where the peer would go on, it is told.
	feed 5 client sh -c 'exec ws-client -6 -p base64 "$1" >/dev/full' sh "$url"
	echo hello >&5
	status=0
	ends client || status=$?
	exec 5>&-
	equal status 111 "$status"
	within 5 grep -qx 'ws-frame: peer closed with 1011, internal error' server.err
	all_rows 8
}

@test "a session whose input fails: Close 1011, with base64 as without" {
	session_begin
	need socat
	cat >target.py <<-'END'
		import socket, struct
		listener = socket.create_server(("127.0.0.1", 0))
		print(listener.getsockname()[1], flush=True)
		while True:
		    s = listener.accept()[0]
		    if s.recv(1):
		        s.sendall(b"half\n")
		        s.recv(1)
		        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
		                     struct.pack("ii", 1, 0))
		    s.close()
	END
	serve target "$python" target.py
	listen server -6 -p base64 -w $((5 * PATIENCE)) 127.0.0.1:0 "tcp:127.0.0.1:$port"
	feed 5 client ws-client -6 -w "$PATIENCE" -p base64 "$url"
	printf x >&5
	within 5 grep -qx half client.out
	printf x >&5
	status=0
	ends client || status=$?
	exec 5>&-
	equal status 11 "$status"
	equal client 'ws-frame: peer closed with 1011, internal error' "$(cat client.err)"
	equal server 'ws-b64: read standard input: Connection reset by peer' \
	    "$(head -n 1 server.err)"
	# The client's own input, too.
	status=0
	client -6 -p base64 "$url" </ >out 2>err || status=$?
	equal status 111 "$status"
	equal sentence 'ws-b64: read standard input: Is a directory' \
	    "$(cat err)"
}

@test "hixie-76: bytes over a session that carries text only" {
	local file=$VECTORS/handshakes/hixie76-draft
	{
		sed 's/^\(Sec-WebSocket-Protocol: \).*\r$/\1base64\r/' "$file.request"
		bytes 00+41502b412f673d3d+ff+ff00
	} >in
	"$CORE" socket whole ws-handshake -s -O hixie-76 -p base64 -o '*' \
	    sh -c "$SERVER" <in >out
	{
		sed 's/^\(Sec-WebSocket-Protocol: \).*\r$/\1base64\r/' "$file.expect"
		bytes 00+41502b412f673d3d+ff+ff00
	} >expected
	same expected out
}
