#!/usr/bin/env bats
# The pure functions of common/, by way of tests/core: whole, byte by byte and
# cut everywhere.
#
# Not tested here: what common/ has of input and output (the programs' tests
# do that), and the md5 rows of hashes.tsv, which legacy.bats runs.

load helper

# columns FILE NUMBER ...: some columns of a vector file.
columns() {
	awk -F '\t' -v OFS='\t' -v list="${*:2}" '
		BEGIN { n = split(list, column, " ") }
		!/^#/ {
			for (i = 1; i <= n; i++)
				printf "%s%s", $column[i], i < n ? OFS : "\n"
		}' "$VECTORS/$1"
}

# plain: runs on standard input, anywhere in a line, as plain hexadecimal.
plain() {
	"$CORE" plain
}

# same_verdicts TABLE: of each row of cases, three columns go in, the fourth is
# the verdict.
same_verdicts() {
	cut -f 1,4 cases >expected
	cut -f 1-3 cases | "$CORE" "$1" >actual
	same_table expected actual
}

@test "SHA-1 of every vector (RFC 3174)" {
	awk -F '\t' -v OFS='\t' '$2 == "sha1" { print $1, $4 }' \
	    "$VECTORS/hashes.tsv" >expected
	awk -F '\t' -v OFS='\t' '$2 == "sha1" { print $1, $3 }' \
	    "$VECTORS/hashes.tsv" | "$CORE" sha1 >actual
	same_table expected actual
}

@test "SHA-256 of every vector, in two pieces cut everywhere (FIPS 180-4)" {
	awk -F '\t' -v OFS='\t' '$2 == "sha256" { print $1, $4 }' \
	    "$VECTORS/hashes.tsv" >expected
	awk -F '\t' -v OFS='\t' '$2 == "sha256" { print $1, $3 }' \
	    "$VECTORS/hashes.tsv" | "$CORE" sha256 >actual
	same_table expected actual
}

@test "HMAC-SHA256 of every vector (RFC 4231, 4)" {
	columns hmac.tsv 1 4 >expected
	columns hmac.tsv 1 2 3 | "$CORE" hmac >actual
	same_table expected actual
}

@test "sessions of a listener: who may come, by number and by address" {
	columns sessions.tsv 1 5 >expected
	columns sessions.tsv 1 2 3 4 | "$CORE" sessions >actual
	same_table expected actual
}

@test "Extended ORPort: every vector, in two pieces cut everywhere (ext-orport-spec)" {
	columns extorport.tsv 1 7 8 9 >expected
	columns extorport.tsv 1 2 3 4 5 6 | "$CORE" extorport >actual
	same_table expected actual
}

@test "addresses in words (RFC 5952, 4 and 5)" {
	columns addresses.tsv 1 2 >expected
	columns addresses.tsv 1 | "$CORE" addresses >actual
	same_table expected actual
}

@test "error numbers have the words of the system's strerror(3)" {
	"$CORE" errors >ours
	[ "$(wc -l <ours)" -ge 70 ]
	command -v python3 >/dev/null || skip 'no python3'
	ldd "$(command -v python3)" | grep -q musl && skip 'other words: musl'
	python3 -c 'import os, sys
for line in sys.stdin:
    number = int(line.split("\t")[0])
    print(number, os.strerror(number), sep="\t")' <ours >theirs
	same_table theirs ours
}

@test "messages are put together as by printf(3), cut where they end" {
	"$CORE" format >actual
	printf '%s\n' \
	    '|a b|c|0|2147483647|-2147483648|4294967295|65536|18446744073709551615|%|%x|%' \
	    '1234-56 1' >expected
	same_table expected actual
}

@test "SOCKS: every request, in pieces of every size (RFC 1928, RFC 1929)" {
	columns socks.tsv 1 3 4 5 >expected
	columns socks.tsv 1 2 | "$CORE" socks >actual
	same_table expected actual
}

@test "arguments of a pluggable transport (pt-spec.txt, 3.5)" {
	columns socks-args.tsv 1 3 >expected
	columns socks-args.tsv 1 2 | "$CORE" socks-args >actual
	same_table expected actual
}

@test "base64 of every vector that is well-formed (RFC 4648, 4)" {
	awk -F '\t' -v OFS='\t' '$4 == "ok" && !/^#/ { print $1, $2 }' \
	    "$VECTORS/base64.tsv" | plain >expected
	awk -F '\t' -v OFS='\t' '$4 == "ok" && !/^#/ { print $1, $6 }' \
	    "$VECTORS/base64.tsv" | "$CORE" base64 >actual
	same_table expected actual
}

@test "Sec-WebSocket-Accept of every key, each taken as a key (RFC 6455, 4.2.2)" {
	columns accept-keys.tsv 1 3 >expected
	columns accept-keys.tsv 1 2 | "$CORE" accept >actual
	same_table expected actual
}

@test "UTF-8: verdict and place of every vector, in pieces of every size (RFC 3629, 4)" {
	columns utf8.tsv 1 3 4 >expected
	columns utf8.tsv 1 2 | "$CORE" utf8 >actual
	same_table expected actual
}

@test "UTF-8: all sequences up to three bytes, and the corners of four (RFC 3629, 4)" {
	run -0 "$CORE" utf8-all
	[ "$output" = 'done' ]
}

@test "Close codes that a peer may send, row by row (RFC 6455, 7.4)" {
	columns close-codes.tsv 1 2 >expected
	columns close-codes.tsv 1 | "$CORE" close-codes >actual
	same_table expected actual
}

@test "how a session ends: sequences of events (RFC 6455, 7.1)" {
	columns closing.tsv 1 4 >expected
	columns closing.tsv 1 2 3 | "$CORE" closing >actual
	same_table expected actual
}

@test "how a session ends: every pair of events in both orders (RFC 6455, 7.1)" {
	columns closing-pairs.tsv 2 3 >expected
	columns closing-pairs.tsv 2 1 2 | "$CORE" closing >actual
	same_table expected actual
}

@test "Close codes: of all 65536 exactly three ranges (RFC 6455, 7.4)" {
	printf '%s\n' 1000-1003 1007-1014 3000-4999 >expected
	"$CORE" close-ranges >actual
	same_table expected actual
}

@test "URLs: verdict, host, port, resource and Host of every vector (RFC 6455, 3)" {
	columns urls.tsv 1 4 6 7 8 9 10 >expected
	columns urls.tsv 1 2 | "$CORE" urls >actual
	same_table expected actual
}

@test "what is an IP address is one to inet_pton(3), and no more (RFC 4291, 2.2)" {
	"$CORE" ip-addresses >actual
	[ "$(head -n 5 actual)" = 'many of them are addresses' ]
}

@test "several addresses: their order, when each is tried, which one wins (RFC 8305, 4 and 5)" {
	# name, families, what becomes of each, the limit; the course.
	cat >table <<-'END'
	one	4	a20	9000	 0@0 won 0@20
	one, refused	4	f20	9000	 0@0 lost@20
	one, never	4	-	9000	 0@0 late@9000
	the first answers within the delay	64	a249 a0	9000	 0@0 won 0@249
	the first is dead	64	- a20	9000	 0@0 1@250 won 1@270
	the first is slow, and still wins	64	a300 a100	9000	 0@0 1@250 won 0@300
	a refusal starts the next at once	64	f5 a5	9000	 0@0 1@5 won 1@10
	no network for the first	64	f0 a5	9000	 0@0 1@0 won 1@5
	a late refusal, too	644	- f400 a5	9000	 0@0 1@250 2@500 won 2@505
	a refusal while another is under way	6464	- - f10 a5	9000	 0@0 1@250 2@500 3@510 won 3@515
	both refused	64	f3 f4	9000	 0@0 1@3 lost@7
	refused and dead	64	f3 -	9000	 0@0 1@3 late@9000
	families by turns	666444	- - - - - -	2000	 0@0 3@250 1@500 4@750 2@1000 5@1250 late@2000
	that of the first, first	466	- - -	1000	 0@0 1@250 2@500 late@1000
	one family only	4444	- - - -	1000	 0@0 1@250 2@500 3@750 late@1000
	all of one, one of another	66664	- - - - -	1200	 0@0 4@250 1@500 2@750 3@1000 late@1200
	alternating already	464646	f0 f0 f0 f0 f0 f0	50	 0@0 1@0 2@0 3@0 4@0 5@0 lost@0
	the limit is before the next start	64	- a0	200	 0@0 late@200
	the last one answers after the delay	64	- a900	9000	 0@0 1@250 won 1@1150
	END
	cut -f1,5 table >expected
	"$CORE" races <table >actual
	same_table expected actual
}

@test "values that go into a head: every vector (RFC 9110, 5.5; RFC 7617, 2)" {
	columns args.tsv 1 5 >expected
	columns args.tsv 1 2 3 | "$CORE" args >actual
	same_table expected actual
}

@test "an Origin is that of Host: scheme, host without case, port with its default" {
	sed 's/ \+/\t/g' >cases <<-'END'
	plain          http://example.com        example.com       same
	secure         https://example.com       example.com       same
	case           HTTP://Example.COM        example.com       same
	port           http://example.com:8080   example.com:8080  same
	default-80     http://example.com        example.com:80    same
	default-443    https://example.com:443   example.com       same
	ipv6           http://[::1]:8080         [::1]:8080        same
	other-host     http://evil.com           example.com       other
	longer         http://example.com.evil   example.com       other
	shorter        http://example.co         example.com       other
	prefix         http://anexample.com      example.com       other
	other-port     http://example.com:81     example.com       other
	missing-port   http://example.com        example.com:8080  other
	extra-port     http://example.com:8080   example.com       other
	null           null                      example.com       other
	null-host      null                      null              other
	scheme         ftp://example.com         example.com       other
	no-scheme      example.com               example.com       other
	userinfo       http://example.com@evil   example.com       other
	path           http://example.com/       example.com       other
	wss            wss://example.com         example.com:443   same
	ws-port        ws://example.com:8080     example.com:8080  same
	ipv6-forms     http://[::1]              [0:0::1]          same
	ipv6-other     http://[::1]              [::2]             other
	tls-is-not-80  https://example.com       example.com:80    other
	END
	same_verdicts origins
}

@test "a host is served by its name, by one above it, or as this machine's own (RFC 9110, 7.4; RFC 6761, 6.3)" {
	sed 's/ \+/\t/g' >cases <<-'END'
	name           example.com               example.com       served
	case           Example.COM               eXample.com       served
	dot            example.com.              example.com       served
	dot-named      example.com               example.com.      served
	longer         example.com.evil          example.com       other
	prefix         anexample.com             example.com       other
	below-name     a.example.com             example.com       other
	any            evil.example              *                 served
	below          a.example.com             *.example.com     served
	two-below      a.b.example.com.          *.example.com     served
	not-below      example.com               *.example.com     other
	empty-below    .example.com              *.example.com     other
	not-a-dot      anexample.com             *.example.com     other
	address        127.0.0.1                 127.0.0.1         served
	ipv6           [::1]                     [::1]             served
	other-address  127.0.0.1                 127.0.0.2         other
	with-port      example.com               example.com:80    invalid
	with-scheme    example.com               http://Example.com served
	scheme-port    example.com               https://example.com:443 served
	scheme-slash   a.example.com             wss://*.example.com:443/ served
	scheme-port-80 example.com               ws://example.com:80/ served
	wrong-port     example.com               http://example.com:443 invalid
	with-path      example.com               http://example.com/a invalid
	scheme-alone   example.com               https:// invalid
	list           example.com               example.com,example.org invalid
	scheme-other   example.org               https://example.com other
	star-inside    a.example.com             a.*.com           invalid
	star-alone     a.example.com             *example.com      invalid
	localhost      localhost                 local             served
	localhost-case LocalHost.                local             served
	below-it       a.b.localhost             local             served
	a-localhost    notlocalhost              local             other
	dot-localhost  .localhost                local             other
	its-name       localhost.evil            local             other
	rebound        evil.example              local             other
	ipv4           127.0.0.1                 local             served
	any-ipv4       192.0.2.1                 local             served
	name-of-digits 127.0.0.1.evil            local             other
	octal          0127.0.0.1                local             other
	short          127.1                     local             other
	ipv4-dot       127.0.0.1.                local             other
	ipv6-local     [::1]                     local             served
	any-ipv6       [2001:db8::1]             local             served
	bad-ipv6       [1::2::3]                 local             other
	bracket        [                         local             other
	brackets       []                        local             other
	END
	same_verdicts hosts
}

@test "rules for Origin: which one they let in, or why they never could (RFC 6454, 6.2)" {
	sed 's/ \+/\t/g' >cases <<-'END'
	same           https://example.com       https://example.com      in
	case           https://example.com       HTTPS://Example.COM      in
	peer-case      https://Example.com       https://example.com      in
	own-port       https://example.com       https://example.com:443  in
	peer-port      https://example.com:443   https://example.com      in
	http-port      http://example.com        http://example.com:80    in
	slash          https://example.com       https://example.com/     in
	port-slash     https://example.com       https://example.com:443/ in
	port           https://example.com:8443  https://Example.com:8443 in
	other-port     https://example.com:8443  https://example.com      out
	https-on-80    http://example.com        https://example.com:80   out
	scheme         http://example.com        https://example.com      out
	subdomain      https://a.example.com     https://example.com      out
	longer         https://example.com.evil  https://example.com      out
	peer-slash     https://example.com/      https://example.com      out
	null           null                      null                     in
	no-null        null                      https://example.com      out
	file           file://                   file://                  in
	file-slash     file://                   file:///                 in
	extension      chrome-extension://abcd   chrome-extension://abcd/ in
	extension-2    chrome-extension://abce   chrome-extension://abcd  out
	ipv6           http://[::1]:8080         http://[0::0:1]:8080     in
	ipv6-out       http://[::1]              http://[::2]             out
	web-socket     wss://example.com         wss://example.com:443    in
	no-scheme      https://example.com       example.com              scheme
	no-scheme-2    https://example.com       example.com:443          scheme
	no-scheme-3    https://example.com       //example.com            scheme
	null-case      null                      Null                     scheme
	mailto         https://example.com       mailto:example.com       scheme
	wildcard       https://a.example.com     https://*.example.com    wildcard
	wildcard-2     https://example.com       https://*                wildcard
	wildcard-3     https://example.com:1     https://example.com:*    wildcard
	list           https://example.com       https://example.com,https://b list
	path           https://example.com       https://example.com/app  path
	query          https://example.com       https://example.com?a    path
	two-slashes    https://example.com       https://example.com//    path
	userinfo       https://example.com       https://me@example.com   host
	no-host        https://example.com       https://                 host
	no-host-2      https://example.com       https://:443             host
	big-port       https://example.com       https://example.com:65536 host
	bad-ipv6       https://[::1]             https://[::g]            host
	zone           http://[fe80::1]          http://[fe80::1%25eth0]  host
	label          https://a..b              https://a..b             host
	END
	same_verdicts origin-rules
}

@test "frames written: every vector, and read back (RFC 6455, 5.2)" {
	columns encode.tsv 1 6 | plain >expected
	columns encode.tsv 1 2 3 4 5 | "$CORE" encode >actual
	same_table expected actual
}

@test "base64 in bulk is base64 group by group, and finds each wrong byte (RFC 4648, 4)" {
	run -0 "$CORE" base64-fast
	[ "$output" = 'done' ]
}

@test "UTF-8 in blocks is judged as byte by byte (RFC 3629, 4)" {
	run -0 "$CORE" utf8-fast
	[ "$output" = 'done' ]
}

@test "masking sixteen bytes at a time is masking byte by byte (RFC 6455, 5.3)" {
	run -0 "$CORE" mask
	[ "$output" = 'done' ]
}

@test "messages taken at once are received as byte by byte (RFC 6455, 5)" {
	run -0 "$CORE" receive-fast
	[ "$output" = 'done' ]
}

@test "frames received: events and Close code of every vector, cut everywhere (RFC 6455, 5)" {
	awk -F '\t' -v OFS='\t' '!/^#/ && $3 != "base64" {
		sub(/\|.*/, "", $7)
		print $1, $6, $7 == "-" ? 0 : $7
	}' "$VECTORS/frames.tsv" | plain >expected
	awk -F '\t' -v OFS='\t' '!/^#/ && $3 != "base64" {
		print $1, $2, $3, $4, $5
	}' "$VECTORS/frames.tsv" | "$CORE" receive >actual
	same_table expected actual
	[ "$(wc -l <expected)" -gt 190 ]
}

@test "every proper prefix of a frame is incomplete (RFC 6455, 5.2)" {
	# Not the long ones, and not those that continue a message.
	awk -F '\t' -v OFS='\t' '!/^#/ && $2 != 0 && !/6553|70000/ {
		print $1, $6
	}' "$VECTORS/encode.tsv" >frames
	cut -f 1 frames >expected
	"$CORE" prefixes <frames >actual
	same_table expected actual
}

@test "control lines: what each means, and the same again as we write it" {
	paste -d '\n' - - >cases <<-'END'
	ping
	ping=-

	data
	done
	done
	close soon 1002
	close-soon 1002
	ping "x"
	ping=78
	  ping   "x"  
	ping=78
	ping hex:78
	ping=78
	ping ""
	ping=-
	ping hex:AaBb
	ping=aabb
	ping "\x41\n\r\t\xff"
	ping=410a0d09ff
	pong "a b\"c\\d"
	pong=61206222635c64
	pong hex:00ff
	pong=00ff
	close
	close 1005
	close 1000
	close 1000
	close 1000 "bye"
	close 1000=627965
	close 4999 "é"
	close 4999=c3a9
	close now
	close-now 1005
	close now 1002
	close-now 1002
	close now 1014 "why"
	close-now 1014=776879
	close received
	close-received 1005
	close received 1008 "why"
	close-received 1008=776879
	status 28
	status 28
	end
	end 6
	end 6
	end 6
	end 2
	end 2
	end 6 "why"
	end 6=776879
	end 0
	end 0
	END
	awk 'NR % 2' cases >given
	awk 'NR % 2 == 0' cases |
	    paste -s -d ' ' - | sed 's/$/ /' >expected
	"$CORE" orders <given >actual
	same_table expected actual
	"$CORE" lines <given | "$CORE" orders >actual
	same_table expected actual
}

@test "control lines: what is none is an error" {
	{
		cat <<-'END'
		pin
		pingx
		PING
		ping x
		ping "x
		ping "x" y
		ping "\q"
		ping "\x4"
		ping "\
		ping hex:0
		ping hex:0g
		ping hex
		close 999
		close 1004
		close 1005
		close 1006
		close 1015
		close 2999
		close 5000
		close 65536
		close 99999999999999999999
		close x
		close -1
		close "bye"
		close nowx
		close 1000 bye
		end x
		end 256
		end 1 2
		status
		status x
		status 256
		status 1 2
		close receivedx
		close received 999
		text "x"
		END
		printf 'ping "%0126d"\n' 0
		printf 'close 1000 "%0124d"\n' 0
		printf 'ping\0\n'
		printf 'ping "\\x\0\0"\n'
		printf 'ping hex:\0\0\n'
		printf 'ping hex:\020\021\n'
	} >cases
	"$CORE" lines <cases >actual
	paste actual cases | grep -av '^error' >accepted || true
	[ ! -s accepted ] || { printf 'accepted:\n'; cat accepted; return 1; }
	[ "$(wc -l <actual)" = "$(wc -l <cases)" ]
}

@test "control lines: the longest payloads, 125 and 123 bytes, fit in 512 (RFC 6455, 5.5)" {
	{
		printf 'ping "%0125d"\n' 0
		printf 'close now 1000 "%0123d"\n' 0
		printf 'pong hex:%0250d\n' 0
		printf 'pong hex:%s\n' "$(printf %0125d 0 | sed 's/0/ff/g')"
		printf 'pong hex:%s\n' "$(printf %0125d 0 | sed 's/0/22/g')"
		printf 'pong hex:%s\n' "$(printf %0125d 0 | sed 's/0/0a/g')"
	} >given
	"$CORE" orders <given >expected
	run ! grep error expected
	"$CORE" lines <given >written
	"$CORE" orders <written >actual
	same_table expected actual
	awk 'length($0) > 511 { print "too long"; bad = 1 } END { exit bad }' \
	    written
}

@test "heads: where every request and answer ends, cut everywhere (RFC 9112, 2)" {
	local file config status leftover
	while IFS=$'\t' read -r file config status _ _ _ _ leftover _; do
		case $config$file in
		*legacy=*|*-legacy.request|'#'*|hixie*) continue ;;
		esac
		[ "$status" = 101 ] || continue
		[ "$leftover" = - ] && leftover=
		printf '%s\t%s\t%d\n' "$VECTORS/handshakes/$file" complete \
		    $(($(wc -c <"$VECTORS/handshakes/$file") - ${#leftover} / 2))
	done <"$VECTORS/handshakes/index.tsv" >expected
	printf '%s\t%s\n' "$VECTORS/handshakes/big-field.request" \
	    $'head\t65537' "$VECTORS/handshakes/big-request-line.request" \
	    $'line\t16385' "$VECTORS/handshakes/bad-truncated.request" \
	    "more"$'\t'"$(wc -c <"$VECTORS/handshakes/bad-truncated.request")" \
	    "$VECTORS/handshakes/bad-only-newlines.request" \
	    $'more\t8' >>expected
	awk -F '\t' -v OFS='\t' '{ print $1, 1 }' expected |
	    "$CORE" scan >actual
	same_table expected actual
}

# Each of their bytes, and of the heads', in all its values.
@test "a request that a process in a cage hands over is sound, or not taken" {
	printf '%s\n' 0$'\t'some$'\t'0 1$'\t'some$'\t'0 2$'\t'some$'\t'0 >expected
	"$CORE" sound >actual
	same_table expected actual
}
