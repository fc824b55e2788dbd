#!/usr/bin/env bats
# ws-handshake: the opening handshake, and not one byte more.
#
# Not tested here: -A, which the tests of ws-listen use; real peers, which
# have tests of their own.

# Each test is a subshell; run sets stderr.
# shellcheck disable=SC2030,SC2031,SC2094,SC2154

load helper
load heads

# request_rows: the vectors that need nothing that is not built.
request_rows() {
	awk -F '\t' '!/^#/ && $2 !~ /legacy=|path=|auth=/' \
	    "$VECTORS/handshakes/index.tsv"
}

# answers MANNER: what is wrong with our answer to each request, and how many
# answers were looked at.
answers() {
	request_rows | awk -F '\t' -v OFS='\t' -v dir="$VECTORS/handshakes/" '{
		options = ""
		origins = 0
		n = split($2, setting, ",")
		for (i = 1; i <= n; i++) {
			if (sub(/^origins=/, "", setting[i])) {
				options = options " -o " setting[i]
				origins++
			}
			if (sub(/^subprotocols=/, "", setting[i])) {
				k = split(setting[i], name, " ")
				while (k > 0)
					options = options " -p " name[k--]
			}
		}
		if (!origins)
			options = options " -o *"
		print $1, "@" dir $1, "ws-handshake -s" options " cat"
	}' >cases
	"$CORE" run "$1" head <cases >actual
	request_rows | awk -F '\t' -v manner="$1" '
	function wrong(what) {
		print name ": " what
	}
	FNR == NR {
		got[$1] = $0
		next
	}
	{
		name = $1
		status = $3
		split(got[name], column, "\t")
		head = column[4]
		rest = column[5]
		if (index(head, "HTTP/1.1 " status " ") != 1)
			wrong("expected " status ", got " head " " column[3])
		good = status == 101
		if (column[2] != (good ? 0 : 22))
			wrong("exit status " column[2])
		# Silence is no line of the log.
		silent = name == "bad-empty.request" && manner ~ /^socket/
		if (good || silent ? column[3] != "-" : column[3] !~ \
		    ("^ws-handshake: refused with " status ": [^;]* " \
		    "\\(RFC [0-9]+, [0-9.]+\\)$"))
			wrong("standard error " column[3])
		if ($5 != "-" &&
		    !index(head, "|Sec-WebSocket-Accept: " $5 "|"))
			wrong("expected accept " $5 ", got " head)
		n = $6 == "-" ? 0 : split($6, must, ";")
		for (i = 1; i <= n; i++)
			if (!index(head, "|" must[i]))
				wrong("no " must[i] " in " head)
		n = $7 == "-" ? 0 : split($7, mustnot, ",")
		for (i = 1; i <= n; i++)
			if (index(tolower(head), "|" tolower(mustnot[i]) ":"))
				wrong(mustnot[i] " in " head)
		if (good && rest != $8)
			wrong("expected rest " $8 ", got " rest)
		if (good)
			goods++
		if (!good && head !~ /\|Connection: ([^|]*, )?close\|/)
			wrong("no Connection: close in " head)
		if (name ~ /HEAD/ && rest != "-")
			wrong("an answer to HEAD with content")
		if (!good && name !~ /HEAD/ && \
		    !index(head, "|Content-Length: " length(rest) / 2 "|"))
			wrong("not the length of its content: " head)
	}
	END { print "good " goods ", all " FNR }' actual - >wrong
	tail -n 1 wrong >counts
	sed '$d' wrong | cut -c1-300
	cat counts
}

@test "every request of the vectors, from a file (RFC 6455, 4.2)" {
	run -0 answers file
	equal answers 'good 45, all 184' "$output"
}

@test "every request of the vectors, whole through a pipe (RFC 6455, 4.2)" {
	run -0 answers whole
	equal answers 'good 45, all 184' "$output"
}

@test "every request of the vectors, byte by byte through a pipe (RFC 6455, 4.2)" {
	run -0 answers drip
	equal answers 'good 45, all 184' "$output"
}

@test "every request of the vectors, whole through a socket (RFC 6455, 4.2)" {
	run -0 answers socket-whole
	equal answers 'good 45, all 184' "$output"
}

@test "every request of the vectors, byte by byte through a socket (RFC 6455, 4.2)" {
	run -0 answers socket-drip
	equal answers 'good 45, all 184' "$output"
}

@test "the answer to the RFC's example, to the byte (RFC 6455, 1.2)" {
	ws-handshake -s -o http://example.com -p chat \
	    <"$VECTORS/handshakes/ok-rfc-example-chat.request" >actual
	answer 'Sec-WebSocket-Protocol: chat' >expected
	same expected actual
}

@test "the Sec-WebSocket-Accept of every key, as server and as client (RFC 6455, 4.2.2)" {
	local name key accept
	begin_rows
	while IFS=$'\t' read -r name key accept _; do
		case $name in '#'*) continue ;; esac
		ROWS=$((ROWS + 1))
		request | sed "s|^Sec-WebSocket-Key: [^ ]*|Sec-WebSocket-Key: $key"$'\r|' |
		    ws-handshake -s >out
		check_row "$name" grep -qF "Sec-WebSocket-Accept: $accept"$'\r' \
		    out
		answer | sed "s|^Sec-WebSocket-Accept: [^ ]*|Sec-WebSocket-Accept: $accept"$'\r|' |
		    ws-handshake -c -k "$key" "$URL" true >out 2>err ||
			row_failed "$name" "client: $(cat err)"
	done <"$VECTORS/accept-keys.tsv"
	all_rows 18
}

# answered MANNER: name, status, request as it should be?, what the program
# gets, of each answer in the vectors.
answered() {
	awk -F '\t' -v OFS='\t' -v dir="$VECTORS/handshakes/" -v key="$KEY" \
	    -v url="$URL" '!/^#/ && $2 == "upgrade" {
		options = " -k " key
		n = split($3, setting, ",")
		for (i = 1; i <= n; i++) {
			if (sub(/^key=/, "", setting[i]))
				options = " -k " setting[i]
			if (sub(/^subprotocols=/, "", setting[i])) {
				k = split(setting[i], name, " ")
				for (j = 1; j <= k; j++)
					options = options " -p " name[j]
			}
		}
		print $1, "@" dir $1, "ws-handshake -c" options " " url " cat"
	}' "$VECTORS/handshakes/responses.tsv" >cases
	"$CORE" run "$1" head <cases >actual.full
	awk -F '\t' -v OFS='\t' '{
		# One line, a sentence with the section of an RFC, or the
		# status and phrase of the answer.
		says = $3 == "-" ? "-" : \
		    $3 ~ /^ws-handshake: [^;]* \(RFC [0-9]+, [0-9.]+\)$/ || \
		    $3 ~ /^ws-handshake: refused with [0-9]+( [^;]*)?$/ || \
		    $3 == "ws-handshake: more than 16 interim answers" || \
		    $3 == "ws-handshake: connection ended before the answer was complete" || \
		    $3 == "ws-handshake: connection ended without an answer: is it TLS (wss://)?" ? \
		    "sentence" : $3
		print $1, $2, says, $4 ~ /^GET \/chat HTTP\/1.1\|/, $5
	}' actual.full >actual
}

expect_answered() {
	awk -F '\t' -v OFS='\t' '!/^#/ && $2 == "upgrade" {
		status = 2
		# A final answer with another status.
		if ($1 ~ /^status-/)
			status = 22
		# No whole answer.
		if ($1 ~ /^(status-100-then-eof|bad-(truncated|truncated-line|empty))\./)
			status = 6
		if ($1 ~ /^status-199-endless/)
			status = 2
		# Its first line is one, and refuses.
		if ($1 ~ /^bad-splice-in-reason/)
			status = 22
		if ($4 == "accept")
			print $1, 0, "-", 1, $7
		else
			print $1, status, "sentence", 1, "-"
	}' "$VECTORS/handshakes/responses.tsv"
}

@test "every answer of the vectors, through a file, a pipe and a socket (RFC 6455, 4.1)" {
	local manner
	expect_answered >expected
	for manner in file whole drip socket-whole socket-drip; do
		answered "$manner"
		same_table expected actual
	done
	[ "$(wc -l <expected)" -ge 95 ]
}

@test "each refusal: status, sentence, and no program started" {
	begin_rows
	while IFS='|' read -r edit want sentence; do
		ROWS=$((ROWS + 1))
		request | sed "$edit" >in
		check_row "$edit" refusal "$want" "$sentence"
	done <<-'END'
	1s/GET/POST/|405|method is not GET (RFC 6455, 4.1)
	1s/ / X /|400|malformed request line (RFC 9112, 3)
	1s/1\.1/2.0/|505|not HTTP/1 (RFC 9110, 15.6.6)
	1s/1\.1/1.0/|426|HTTP/1.0 knows no upgrade (RFC 9110, 7.8)
	1s/chat/ch%zz/|400|malformed request target (RFC 9112, 3.2)
	1s/chat/ch#at/|400|malformed request target (RFC 9112, 3.2)
	1s,/chat,*,|400|request target is no path and no http or ws URL (RFC 9112, 3.2)
	/^Host/d|400|not exactly one well-formed Host field (RFC 9112, 3.2)
	/^Host/s/: .*/: a b\r/|400|not exactly one well-formed Host field (RFC 9112, 3.2)
	/^Upgrade/d|426|no upgrade to websocket asked for (RFC 6455, 4.2.1)
	/^Connection/d|400|Connection field without Upgrade (RFC 6455, 4.2.1)
	/^Sec-WebSocket-Version/d|400|not exactly one Sec-WebSocket-Version of 0 to 255 (RFC 6455, 4.3)
	s/: 13/: 8/|426|Sec-WebSocket-Version is not 13 (RFC 6455, 4.4)
	/^Sec-WebSocket-Key/d|400|not exactly one Sec-WebSocket-Key of 16 bytes (RFC 6455, 4.2.1)
	/^Sec-WebSocket-Key/s/==/=/|400|not exactly one Sec-WebSocket-Key of 16 bytes (RFC 6455, 4.2.1)
	/^Host/s/$/\nSec-WebSocket-Protocol: a a\r/|400|Sec-WebSocket-Protocol is no list of unique tokens (RFC 6455, 4.1)
	/^Host/s/$/\nSec-WebSocket-Protocol: a, a\r/|400|Sec-WebSocket-Protocol is no list of unique tokens (RFC 6455, 4.1)
	/^Host/s/$/\nSec-WebSocket-Extensions: ;\r/|400|malformed Sec-WebSocket-Extensions (RFC 6455, 9.1)
	/^Host/s/$/\nOrigin: http:\/\/evil.com\r/|403|Origin not allowed (RFC 6455, 10.2)
	/^Host/s/$/\nOrigin: null\r\nOrigin: null\r/|400|more than one Origin field (RFC 6454, 7.3)
	/^Host/s/$/\nContent-Length: 5\r/|400|request with content (RFC 9110, 7.8)
	/^Host/s/$/\nX Y: z\r/|400|malformed header field (RFC 9112, 5)
	/^Host/s/$/\nX: \x01\r/|400|control character in a header field (RFC 9110, 5.5)
	/^Host/s/$/\nX: y\rz\r/|400|CR without LF in a header field (RFC 9112, 2.2)
	/^Host/s/$/\n folded\r/|400|header field begins with a blank (RFC 9112, 5.2)
	$d|400|input ends inside the request head (RFC 9112, 8)
	END
	all_rows 26
}

refusal() {
	local got=0 line
	ws-handshake -s touch started <in >out 2>err || got=$?
	equal 'exit status' 22 "$got" || return 1
	line="ws-handshake: refused with $1: $2"
	equal 'standard error' "$line" "$(cat err)" || return 1
	line=$(head -n 1 out | tr -d '\r')
	equal answer "HTTP/1.1 $1" "${line:0:12}" || return 1
	[ ! -e started ] || { echo 'program started'; return 1; }
}

@test "every prefix of a request is incomplete: 400 (RFC 9112, 8)" {
	local i n
	request 'Origin: http://server.example.com' >request
	n=$(wc -c <request)
	for ((i = 0; i < n; i++)); do
		head -c "$i" request >"prefix-$i"
		printf '%s\t@prefix-%s\tws-handshake -s cat\n' "$i" "$i"
	done >cases
	awk -F '\t' -v OFS='\t' '{
		print $1, 22, "ws-handshake: refused with 400: " \
		    "input ends inside the request head (RFC 9112, 8)"
	}' cases >expected
	"$CORE" run whole head <cases >full
	cut -f 1-3 full >actual
	same_table expected actual
	run ! grep -v 'HTTP/1.1 400 ' full
}

@test "limits: request line of 16384 bytes, one more is 414 (RFC 9110, 15.5.15)" {
	local n=$((16384 - 14))
	request | sed "1s,/chat,/$(head -c "$n" /dev/zero | tr '\0' a)," >in
	[ "$(head -n 1 in | wc -c)" = $((16384 + 2)) ]
	ws-handshake -s <in >out
	sed '1s,/a,/aa,' in >longer
	mv longer in
	refusal 414 'request line of more than 16384 bytes (RFC 9110, 15.5.15)'
}

@test "limits: head of 65536 bytes, one more is 431 (RFC 6585, 5)" {
	local n
	n=$((65536 - $(request 'X: ' | wc -c)))
	request "X: $(head -c "$n" /dev/zero | tr '\0' a)" >in
	[ "$(wc -c <in)" = 65536 ]
	ws-handshake -s <in >out
	sed 's/^X: /X: a/' in >longer
	mv longer in
	refusal 431 'request head of more than 65536 bytes (RFC 6585, 5)'
}

@test "limits: 100 fields, one more is 431 (RFC 6585, 5)" {
	local fields
	mapfile -t fields < <(seq -f 'X-%g: y' 95)
	request "${fields[@]}" >in
	ws-handshake -s <in >out
	request "${fields[@]}" 'X-0: y' >in
	refusal 431 'more than 100 header fields (RFC 6585, 5)'
}

@test "limits: no complete request in time is 408, exit status 28 (-w)" {
	mkfifo in
	exec 7<>in
	request | head -c 50 >&7
	local status=0
	bounded ws-handshake -s -w 0.3 cat <in >out 2>err || status=$?
	exec 7>&-
	[ "$status" = 28 ]
	[ "$(cat err)" = 'ws-handshake: refused with 408: no complete request in time (RFC 9110, 15.5.9)' ]
	[[ "$(head -n 1 out)" = 'HTTP/1.1 408 '* ]]
}

@test "limits: no complete answer in time, exit status 28 (-w)" {
	mkfifo in
	exec 7<>in
	answer | head -c 50 >&7
	local status=0
	bounded ws-handshake -c -w 0.3 "$URL" cat <in >out 2>err || status=$?
	exec 7>&-
	[ "$status" = 28 ]
	[ "$(cat err)" = 'ws-handshake: no complete answer in time' ]
}

@test "the answer goes out while the input stays open, and the program gets what follows" {
	mkfifo in
	: >out
	bounded ws-handshake -s cat <in >out &
	local pid=$!
	exec 7>in
	request >&7
	answer >expected
	until_true has_bytes out "$(wc -c <expected)"
	same expected out
	printf more >&7
	printf more >>expected
	until_true has_bytes out "$(wc -c <expected)"
	exec 7>&-
	wait "$pid"
	same expected out
}

@test "the request goes out before anything is read" {
	mkfifo in
	: >out
	bounded ws-handshake -c -k "$KEY" "$URL" cat <in >out &
	local pid=$!
	exec 7>in
	ws-handshake -c -k "$KEY" "$URL" >expected
	until_true has_bytes out "$(wc -c <expected)"
	same expected out
	answer >&7
	exec 7>&-
	wait "$pid"
}

@test "not one byte is taken that follows the head: 64 KiB of it, from all kinds of input" {
	local manner
	head -c 65536 /dev/urandom >rest
	{ request; cat rest; } >in
	{ answer; cat rest; } >expected
	ws-handshake -s cat <in >actual
	same expected actual
	# shellcheck disable=SC2002 # it is to be a pipe
	cat in | ws-handshake -s cat >actual
	same expected actual
	for manner in whole drip; do
		bounded "$CORE" socket "$manner" ws-handshake -s cat <in >actual
		same expected actual
	done
}

@test "not one byte is taken that follows an answer, an interim one before it" {
	local manner
	ws-handshake -c -k "$KEY" "$URL" >expected
	printf 'rest\r\n\r\n' >>expected
	{
		printf 'HTTP/1.1 100 Continue\r\n\r\n'
		answer
		printf 'rest\r\n\r\n'
	} >in
	ws-handshake -c -k "$KEY" "$URL" cat <in >actual
	same expected actual
	for manner in whole drip; do
		bounded "$CORE" socket "$manner" ws-handshake -c -k "$KEY" "$URL" cat \
		    <in >actual
		same expected actual
	done
}

@test "without a program: the request is written, nothing is read" {
	printf unread >in
	{
		ws-handshake -c "$URL" >out
		cat >rest
	} <in
	same in rest
	[ "$(head -n 1 out)" = $'GET /chat HTTP/1.1\r' ]
}

@test "the request, to the byte (RFC 6455, 4.1)" {
	ws-handshake -c -k "$KEY" -p chat -p superchat -o http://example.com \
	    -u user:pass -H 'X-A: b' -H 'X-C:d' \
	    'ws://Server.Example.com:8080/a?b=c' >actual
	printf '%s\r\n' 'GET /a?b=c HTTP/1.1' 'Host: server.example.com:8080' \
	    'Upgrade: websocket' 'Connection: Upgrade' \
	    "Sec-WebSocket-Key: $KEY" 'Sec-WebSocket-Version: 13' \
	    'Sec-WebSocket-Protocol: chat, superchat' \
	    'Origin: http://example.com' \
	    'Authorization: Basic dXNlcjpwYXNz' 'X-A: b' 'X-C:d' '' >expected
	same expected actual
}

@test "the key is fresh each time: 16 bytes in base64 (RFC 6455, 4.1)" {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		ws-handshake -c "$URL" | sed -n 's/^Sec-WebSocket-Key: //p'
	done >keys
	[ "$(sort -u keys | wc -l)" = 10 ]
	run ! grep -Ev $'^[A-Za-z0-9+/]{22}==\r$' keys
}

@test "credentials from a file: its first line, never in the arguments (-u @FILE)" {
	printf 'user:pass word\r\nsecond\n' >secret
	ws-handshake -c -u @secret "$URL" | grep -F 'Authorization:' >out
	[ "$(cat out)" = "Authorization: Basic $(printf 'user:pass word' | base64)"$'\r' ]
	run -111 --separate-stderr ws-handshake -c -u @missing "$URL"
	[ "$output" = '' ]
	[ "$stderr" = 'ws-handshake: -u: open missing: No such file or directory' ]
}

@test "credentials of any length are encoded right (RFC 7617, 2)" {
	local s=: i
	for i in 1 2 3 4 5 6 7 8; do
		s=$s$i
		[ "$(ws-handshake -c -u "$s" "$URL" |
		    sed -n 's/^Authorization: Basic //p')" = \
		    "$(printf %s "$s" | base64)"$'\r' ]
	done
}

# value HEX: those bytes in the variable value, a newline at the end too.
value_of() {
	local escapes
	escapes=$(printf '%s' "$1" | sed 's/-//; s/../\\x&/g')
	printf -v value '%b' "$escapes"
}

@test "values that go into a head: every vector that an argument can hold (RFC 9112, 11.1)" {
	local name kind hex verdict letter value sentence line
	begin_rows
	while IFS=$'\t' read -r name kind hex _ verdict _; do
		case $name$hex in
		'#'*) continue ;;
		*nul*) continue ;;	# no argument can hold it
		esac
		ROWS=$((ROWS + 1))
		value_of "$hex"
		case $kind in
		header) letter=H line=$value
			sentence='-H: not a header field "Name: value" (RFC 9112, 5)' ;;
		subprotocol) letter=p line="Sec-WebSocket-Protocol: $value"
			sentence='-p: a subprotocol must be a token (RFC 9110, 5.6.2)' ;;
		origin) letter=o line="Origin: $value"
			sentence='-o: not an origin such as https://example.com (RFC 6454, 6.2)' ;;
		basic) letter=u
			line="Authorization: Basic $(printf %s "$value" | base64)"
			sentence='-u: not user:password (RFC 7617, 2)' ;;
		esac
		if [ "$verdict" = ok ]; then
			ws-handshake -c "-$letter" "$value" "$URL" >out ||
				row_failed "$name" "status $?"
			check_row "$name" grep -aqxF "$line"$'\r' out
			continue
		fi
		check_row "$name, client" refused 100 "ws-handshake: $sentence" \
		    ws-handshake -c "-$letter" "$value" "$URL" </dev/null
		[ "$name" != origin-space ] ||
			sentence='-o: one origin only: give each of several with -o'
		[ "$kind" = basic ] ||
			check_row "$name, server" refused 100 \
			    "ws-handshake: $sentence" \
			    ws-handshake -s "-$letter" "$value" </dev/null
	done <"$VECTORS/args.tsv"
	all_rows 45
}

@test "URLs: every vector that an argument can hold (RFC 6455, 3)" {
	local name hex verdict resource host_field value
	begin_rows
	while IFS=$'\t' read -r name hex _ verdict _ _ _ _ resource host_field _
	do
		case $name in '#'*|nul) continue ;; esac
		ROWS=$((ROWS + 1))
		value_of "$hex"
		if [ "$verdict" = ok ]; then
			ws-handshake -c "$value" >out ||
				row_failed "$name" "status $?"
			check_row "$name" equal 'request line' \
			    "GET $resource HTTP/1.1"$'\r' "$(head -n 1 out)"
			check_row "$name" equal Host \
			    "Host: $host_field"$'\r' "$(sed -n 2p out)"
		else
			check_row "$name" bad_url "$value"
		fi
	done <"$VECTORS/urls.tsv"
	all_rows 65
}

bad_url() {
	local got=0
	ws-handshake -c "$1" </dev/null >out 2>err || got=$?
	equal 'exit status' 100 "$got" || return 1
	equal 'standard output' '' "$(cat out)" || return 1
	equal lines 1 "$(wc -l <err)" || return 1
	grep -Eq '^ws-handshake: .*(URL|host|IPv[46]).*\(RFC (6455|3986|5890|1035), [0-9.]+\)' err ||
		{ cat err; return 1; }
}

@test "URLs: each fault has its sentence" {
	local url sentence
	begin_rows
	while IFS='|' read -r url sentence; do
		ROWS=$((ROWS + 1))
		check_row "$url" refused 100 "ws-handshake: $sentence" \
		    ws-handshake -c "$url" </dev/null
	done <<-'END'
	http://a/|not a ws:// or wss:// URL (RFC 6455, 3)
	ws://u:p@a/|user and password in the URL (RFC 6455, 3): use -u
	ws:///|no valid host in the URL (RFC 3986, 3.2.2)
	ws://%61/|no valid host in the URL (RFC 3986, 3.2.2)
	ws://bücher.example/|host name beyond ASCII: write it as xn--... (RFC 5890, 2.3.2.1)
	ws://a..b/|part of a host name that is empty or longer than 63 characters (RFC 1035, 2.3.4)
	ws://127.1/|an IPv4 address is four decimal numbers, without zeros in front (RFC 3986, 3.2.2)
	ws://[::g]/|no IPv6 address in the brackets, or no zone behind it (RFC 3986, 3.2.2)
	ws://a:0/|no valid port in the URL (RFC 3986, 3.2.3)
	ws://a/#|fragment in the URL (RFC 6455, 3): write # as %23
	ws://a/ b|character in the URL that must be written as %XX (RFC 3986, 2.1)
	ws://a/%4|% without two hexadecimal digits in the URL (RFC 3986, 2.1)
	END
	all_rows 12
}

@test "each answer that is not acceptable: status, sentence, and no program started" {
	begin_rows
	while IFS='|' read -r edit want sentence; do
		ROWS=$((ROWS + 1))
		answer | sed "$edit" >in
		check_row "$edit" rejection "$want" "ws-handshake: $sentence"
	done <<-'END'
	1s/101.*/200 OK\r/|22|refused with 200 OK
	1s/101.*/404\r/|22|refused with 404
	1s/101.*/503 a\tb\x80\r/|22|refused with 503 a\x09b\x80
	1s/HTTP/ICY/|2|answer is not HTTP/1 but "ICY/1.1 101 Switching Protocols" (RFC 9112, 4)
	1s/1\.1/2.0/|2|answer is not HTTP/1 but "HTTP/2.0 101 Switching Protocols" (RFC 9112, 4)
	/^Upgrade/d|2|answer without Upgrade: websocket (RFC 6455, 4.1)
	/^Connection/d|2|answer without Connection: Upgrade (RFC 6455, 4.1)
	s/^\(Sec-WebSocket-Accept: \)s/\1S/|2|answer without the right Sec-WebSocket-Accept (RFC 6455, 4.1)
	/^Upgrade/s/$/\nSec-WebSocket-Extensions: x\r/|2|answer with an extension that was not offered (RFC 6455, 4.1)
	/^Upgrade/s/$/\nSec-WebSocket-Protocol: x\r/|2|answer with a subprotocol that was not offered (RFC 6455, 4.1)
	/^Upgrade/s/$/\nX Y: z\r/|2|malformed header field (RFC 9112, 5)
	$d|6|connection ended before the answer was complete
	END
	all_rows 12
}

rejection() {
	local got=0
	ws-handshake -c -k "$KEY" "$URL" touch started <in >out 2>err || got=$?
	equal 'exit status' "$1" "$got" || return 1
	equal 'standard error' "$2" "$(cat err)" || return 1
	[ ! -e started ] || { echo 'program started'; return 1; }
	# It said nothing after its request.
	ws-handshake -c -k "$KEY" "$URL" >want
	same want out
}

@test "the Origin must be that of Host unless -o says otherwise (RFC 6455, 10.2)" {
	local options origin want got
	begin_rows
	while IFS='|' read -r options origin want; do
		ROWS=$((ROWS + 1))
		if [ -n "$origin" ]; then
			request "Origin: $origin"
		else
			request
		fi >in
		got=0
		set -f
		# shellcheck disable=SC2086 # several options
		ws-handshake -qs $options <in >out || got=$?
		set +f
		check_row "$options $origin" equal 'exit status' "$want" "$got"
		[ "$want" = 0 ] || check_row "$options $origin" \
		    grep -q '^HTTP/1.1 403 ' out
	done <<-'END'
	||0
	|http://server.example.com|0
	|https://server.example.com|0
	|http://server.example.com:8080|22
	|http://evil.com|22
	|null|22
	-o http://a|http://a|0
	-o http://a|http://b|22
	-o http://a|http://server.example.com|22
	-o http://a||22
	-o http://a -o http://b|http://b|0
	-o null|null|0
	-o *|http://evil.com|0
	-o *||0
	END
	all_rows 14
}

@test "the Origin rule goes by the authority of an absolute target (RFC 9112, 3.2.2)" {
	request 'Origin: http://real.example.com' |
	    sed '1s,/chat,http://real.example.com/chat,' >in
	ws-handshake -s <in >out
	request 'Origin: http://server.example.com' |
	    sed '1s,/chat,http://real.example.com/chat,' >in
	refusal 403 'Origin not allowed (RFC 6455, 10.2)'
}

@test "-H adds fields to the answer, to the byte" {
	request | ws-handshake -s -H 'X-A: b' -H 'Set-Cookie: c=d' >actual
	answer 'X-A: b' 'Set-Cookie: c=d' >expected
	same expected actual
}

@test "-p: the first that the client names and we speak, one only (RFC 6455, 4.2.2)" {
	request 'Sec-WebSocket-Protocol: x, b, a' |
	    ws-handshake -s -p a -p b >out
	[ "$(grep -c '^Sec-WebSocket-Protocol' out)" = 1 ]
	grep -qx $'Sec-WebSocket-Protocol: b\r' out
	refused 100 'ws-handshake: -p a: given twice (RFC 6455, 4.1)' \
	    ws-handshake -c -p a -p a "$URL" </dev/null
}

@test "the program learns of the session by its environment, as server" {
	request 'Sec-WebSocket-Protocol: a' 'Origin: http://x' 'Proxy: evil' \
	    'X-Forwarded-For: 1.2.3.4' >in
	sed '1s,/chat,/a%20b/c?d=e\&f,' in >edited
	ws-handshake -s -o '*' -p a env <edited >out
	local line
	for line in WS_ROLE=server WS_VERSION=13 WS_PROTOCOL=a \
	    REQUEST_METHOD=GET 'REQUEST_URI=/a%20b/c?d=e&f' 'QUERY_STRING=d=e&f' \
	    HTTP_ORIGIN=http://x HTTP_HOST=server.example.com \
	    HTTP_X_FORWARDED_FOR=1.2.3.4; do
		grep -qxF "$line" out || { echo "no $line in"; cat out; false; }
	done
	run ! grep '^HTTP_PROXY=' out
}

@test "the program learns of the session by its environment, as client" {
	answer 'Sec-WebSocket-Protocol: a' |
	    ws-handshake -c -k "$KEY" -p a "$URL" env >out
	grep -qx WS_ROLE=client out
	grep -qx WS_VERSION=13 out
	grep -qx WS_PROTOCOL=a out
	answer | WS_PROTOCOL=old ws-handshake -c -k "$KEY" -p a "$URL" env >out
	run ! grep '^WS_PROTOCOL=' out
}

@test "nothing of an environment before survives that could be taken for the peer's words" {
	request >in
	QUERY_STRING=old HTTP_COOKIE=old HTTP_PROXY=old WS_PROTOCOL=old \
	    ws-handshake -s env <in >out
	run ! grep -E '^(QUERY_STRING|HTTP_COOKIE|HTTP_PROXY|WS_PROTOCOL)=old' out
}

@test "the control channel is a pipe that the program inherits" {
	request >in
	# shellcheck disable=SC2016 # for the other shell
	ws-handshake -s bash -c 'IFS=, read -r r w <<<"$WS_CONTROL"
		echo "ping" >&"$w"; read -r line <&"$r"; echo "got $line"' \
	    <in >out
	[ "$(tail -n 1 out)" = 'got ping' ]
}

@test "SIGPIPE is back to its default in the program (socat ignores it)" {
	request >in
	"$CORE" sigpipe ignore ws-handshake -s sh -c 'kill -PIPE $$; echo alive' \
	    <in >out || true
	run ! grep alive out
}

@test "a whole server in one line: capitals (RFC 6455, 1.3, 5.7)" {
	{
		request
		bytes 818537fa213d7f9f4d5158+888237fa213d3412
	} >in
	bounded "$CORE" socket whole ws-handshake -s \
	    sh -c 'ws-deframe | tr a-z A-Z | ws-frame -t' <in >actual
	{
		answer
		bytes 810548454c4c4f+880203e8
	} >expected
	same expected actual
}

@test "an echo in wire frames answers each bad text message with 1007, whatever the timing" {
	# ab and two bytes of a euro sign: wrong at the end of the message.
	{
		request
		bytes 818437fa213d+5698c3bf
	} >in
	{ answer; bytes 880203ef; } >expected
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		# shellcheck disable=SC2016 # for the other shell
		bounded "$CORE" socket whole ws-handshake -s \
		    sh -c 'ws-deframe -qW | ws-frame -qW' <in >out || true
		tail -c 4 out >close
		bytes 880203ef >expected
		same expected close
	done
}

@test "the exit status is the program's" {
	request >in
	run -7 ws-handshake -s sh -c 'exit 7' <in
}

@test "a program that cannot be started: 111, and a sentence" {
	request >in
	run -111 --separate-stderr ws-handshake -s ./missing <in
	[ "$stderr" = 'ws-handshake: ./missing: No such file or directory' ]
}

@test "a full disk is an error: 111, and a sentence" {
	[ -w /dev/full ] || skip 'no /dev/full'
	local status=0
	request >in
	ws-handshake -s <in >/dev/full 2>err || status=$?
	[ "$status" = 111 ]
	[ "$(cat err)" = 'ws-handshake: write standard output: No space left on device' ]
	status=0
	ws-handshake -c "$URL" >/dev/full 2>err || status=$?
	[ "$status" = 111 ]
}

@test "-q: no word, the same status and answer" {
	printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >in
	run -22 --separate-stderr ws-handshake -qs <in
	[ "$stderr" = '' ]
	[[ "$output" = 'HTTP/1.1 426 '* ]]
}

@test "nothing is said on descriptor 2 when it is the peer's socket" {
	printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >in
	bounded "$CORE" socket whole sh -c 'exec ws-handshake -s 2>&0' <in >out || true
	[[ "$(head -n 1 out)" = 'HTTP/1.1 426 '* ]]
	run ! grep ws-handshake out
	bounded "$CORE" socket whole sh -c 'exec ws-handshake -x 2>&0' <in >out || true
	[ ! -s out ]
}

@test "help, version, and wrong usage" {
	run -0 --separate-stderr ws-handshake -h
	[[ "$output" = 'usage: ws-handshake -'* ]]
	[ "$stderr" = '' ]
	run -0 ws-handshake -V
	[[ "$output" = 'ws-handshake '[0-9]* ]]
	usage_refused ws-handshake
	usage_refused ws-handshake -x
	usage_refused ws-handshake -c
	usage_refused ws-handshake -c -s "$URL"
	usage_refused ws-handshake -s -k "$KEY"
	usage_refused ws-handshake -c -o http://a -o http://b "$URL"
	usage_refused ws-handshake -s -t
	refused 100 'ws-handshake: -k: not the base64 of 16 bytes (RFC 6455, 4.1)' \
	    ws-handshake -c -k short "$URL" </dev/null
}

@test "usage, getopt string and SYNOPSIS name the same options" {
	options_agree ws-handshake A
}
