#!/usr/bin/env bats
# permessage-deflate (RFC 7692): how it is agreed on.
#
# Not tested here: compression itself (deflate.bats).

bats_require_minimum_version 1.5.0
load helper
load heads

# The environment of a program, as far as it is about extensions.
say_extensions() {
	sh -c 'printf "%s\n" "${WS_EXTENSIONS-none}"'
}
export -f say_extensions

# served VERSION WISH OFFER...: what a server answers to these fields, and what it
# tells its filters, with a bar between.
served() {
	local version=$1 wish=$2 offer
	shift 2
	{
		printf 'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n'
		printf 'Connection: Upgrade\r\n'
		printf 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
		printf 'Sec-WebSocket-Version: %s\r\n' "$version"
		for offer; do
			printf 'Sec-WebSocket-Extensions: %s\r\n' "$offer"
		done
		printf '\r\n'
	} >in
	ws-handshake -s -O hybi-07,hybi-10 -z \
	    -H "Sec-WebSocket-Extensions: permessage-deflate; ${wish:-client_max_window_bits}" \
	    bash -c say_extensions <in | tr -d '\r' >out
	printf '%s|%s\n' "$(sed -n 's/^Sec-WebSocket-Extensions: //p' out)" \
	    "$(tail -n 1 out)"
}

# agreed WANTED VERSION WISH OFFER...: the field and what the filters are told.
agreed() {
	local want=${1:-none}
	[ "$want" = none ] || want=$want'|'$want
	[ "$want" != none ] || want='|none'
	shift
	equal answer "$want" "$(served "$@")"
}

@test "each offer, and what a server answers (RFC 7692, 7.1)" {
	local pd=permessage-deflate
	begin_rows
	while IFS='|' read -r offer want; do
		ROWS=$((ROWS + 1))
		check_row "$offer" agreed "$want" 13 '' "$offer"
	done <<-END
	$pd|$pd
	$pd; client_max_window_bits|$pd
	PerMessage-Deflate|$pd
	 $pd ; server_no_context_takeover ;client_no_context_takeover|$pd; server_no_context_takeover; client_no_context_takeover
	$pd;server_max_window_bits=8|$pd; server_max_window_bits=8
	$pd; server_max_window_bits="15"|$pd; server_max_window_bits=15
	$pd; client_max_window_bits=10|$pd; client_max_window_bits=10
	$pd; server_max_window_bits=9; client_max_window_bits|$pd; server_max_window_bits=9
	$pd; server_max_window_bits|
	$pd; server_max_window_bits=7|
	$pd; server_max_window_bits=16|
	$pd; server_max_window_bits=08|
	$pd; server_max_window_bits=a|
	$pd; server_max_window_bits=9; server_max_window_bits=9|
	$pd; client_max_window_bits=7|
	$pd; client_max_window_bits=+9|
	$pd; client_max_window_bits; client_max_window_bits=9|
	$pd; server_no_context_takeover=1|
	$pd; server_no_context_takeover; server_no_context_takeover|
	$pd; client_no_context_takeover="x"|
	$pd; unknown|
	permessage-deflates|
	x-webkit-deflate-frame|
	deflate-frame; max_window_bits=8|
	permessage-bzip2, $pd|$pd
	$pd; unknown, $pd; server_no_context_takeover, $pd|$pd; server_no_context_takeover
	$pd; server_max_window_bits=7, , $pd;client_max_window_bits=8|$pd; client_max_window_bits=8
	END
	all_rows 27
}

@test "offers in several fields; none; in a version that has none (RFC 6455, 9.1)" {
	local pd=permessage-deflate
	agreed "$pd; client_no_context_takeover" 13 '' foo \
	    "$pd; server_max_window_bits" "$pd; client_no_context_takeover" "$pd"
	agreed '' 13 ''
	agreed '' 8 '' "$pd"
	agreed '' 7 '' "$pd"
}

@test "hixie-76 and hixie-75 have none: the answer is as if nothing were offered" {
	local file
	for file in hixie75 hixie76-draft; do
		sed 's/^Origin:/Sec-WebSocket-Extensions: permessage-deflate\r\n&/' \
		    "$VECTORS/handshakes/$file.request" >in
		"$CORE" socket whole ws-handshake -s -z -o '*' \
		    -O hixie-75,hixie-76 -p sample <in >out
		same "$VECTORS/handshakes/$file.expect" out
	done
}

@test "what a server wishes makes what is offered smaller (RFC 7692, 7.1)" {
	local pd=permessage-deflate
	begin_rows
	while IFS='|' read -r wish offer want; do
		ROWS=$((ROWS + 1))
		check_row "$wish/$offer" agreed "$want" 13 "$wish" "$offer"
	done <<-END
	server_no_context_takeover|$pd|$pd; server_no_context_takeover
	client_no_context_takeover|$pd|$pd; client_no_context_takeover
	server_max_window_bits=10|$pd|$pd; server_max_window_bits=10
	server_max_window_bits=10|$pd; server_max_window_bits=12|$pd; server_max_window_bits=10
	server_max_window_bits=12|$pd; server_max_window_bits=10|$pd; server_max_window_bits=10
	client_max_window_bits=10|$pd|$pd
	client_max_window_bits=10|$pd; client_max_window_bits|$pd; client_max_window_bits=10
	client_max_window_bits=10|$pd; client_max_window_bits=9|$pd; client_max_window_bits=9
	END
	all_rows 8
}

@test "without -z an offer is declined, and the filters hear of none" {
	export WS_EXTENSIONS=permessage-deflate
	printf 'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n%s\r\n%s\r\n%s\r\n%s\r\n\r\n' \
	    'Connection: Upgrade' 'Sec-WebSocket-Version: 13' \
	    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
	    'Sec-WebSocket-Extensions: permessage-deflate' >in
	ws-handshake -s bash -c say_extensions <in >out
	run ! grep -i extension out
	[ "$(tail -n 1 out)" = none ]
}

# offered OFFER OPTION...: the field of a request.
offered() {
	local want=$1
	shift
	equal offer "$want" "$(ws-handshake -c "$@" ws://h/ | tr -d '\r' |
	    sed -n 's/^Sec-WebSocket-Extensions: //p')"
}

@test "what a client offers" {
	offered ''
	offered 'permessage-deflate; client_max_window_bits' -z
	offered 'permessage-deflate' -z -H 'sec-websocket-extensions: permessage-deflate'
	offered 'x-deflate' -H 'Sec-WebSocket-Extensions: x-deflate'
	offered 'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10' \
	    -z -H 'Sec-WebSocket-Extensions: permessage-deflate;client_max_window_bits=10;client_no_context_takeover; server_max_window_bits=9;server_no_context_takeover'
	for wrong in x '' 'permessage-deflate; server_max_window_bits' \
	    'permessage-deflate, permessage-deflate'; do
		run -100 ws-handshake -cz -H "Sec-WebSocket-Extensions: $wrong" ws://h/
		[ "$output" = 'ws-handshake: -H: not "Sec-WebSocket-Extensions: permessage-deflate" and its parameters (RFC 7692, 7.1)' ]
	done
}

# taken STATUS WANTED OFFER ANSWER...: what a client makes of an answer.
taken() {
	local status=$1 want=$2 offer=$3 field got=0
	shift 3
	{
		printf 'HTTP/1.1 101 OK\r\nUpgrade: websocket\r\n'
		printf 'Connection: Upgrade\r\n'
		printf 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
		for field; do
			[ -z "$field" ] ||
			    printf 'Sec-WebSocket-Extensions: %s\r\n' "$field"
		done
		printf '\r\n'
	} >in
	ws-handshake -c -k dGhlIHNhbXBsZSBub25jZQ== -z \
	    -H "Sec-WebSocket-Extensions: permessage-deflate${offer:+;}$offer" ws://h/ \
	    bash -c say_extensions <in >out 2>err || got=$?
	equal status "$status" "$got" || return
	if [ "$status" = 0 ]; then
		equal told "$want" "$(tail -n 1 out)"
	else
		equal sentence "ws-handshake: $want" "$(cat err)"
	fi
}

@test "each answer, and what a client makes of it (RFC 7692, 5 and 7.1)" {
	local pd=permessage-deflate not
	not="2|answer with $pd as it was not offered (RFC 7692, 7.1)"
	begin_rows
	while IFS='|' read -r offer answer status want; do
		ROWS=$((ROWS + 1))
		check_row "$offer/$answer" taken "$status" "$want" "$offer" "$answer"
	done <<-END
	||0|none
	|$pd|0|$pd
	|$pd; server_no_context_takeover; server_max_window_bits=10|0|$pd; server_no_context_takeover; server_max_window_bits=10
	|$pd; client_no_context_takeover|0|$pd; client_no_context_takeover
	|$pd; client_max_window_bits=10|$not
	client_max_window_bits|$pd; client_max_window_bits=10|0|$pd; client_max_window_bits=10
	client_max_window_bits|$pd; client_max_window_bits|$not
	client_max_window_bits=10|$pd; client_max_window_bits=9|0|$pd; client_max_window_bits=9
	client_max_window_bits=10|$pd|0|$pd; client_max_window_bits=10
	client_no_context_takeover|$pd|0|$pd; client_no_context_takeover
	server_max_window_bits=10|$pd; server_max_window_bits=9|0|$pd; server_max_window_bits=9
	server_max_window_bits=10|$pd; server_max_window_bits=11|$not
	server_max_window_bits=10|$pd|$not
	server_no_context_takeover|$pd|$not
	|$pd; server_max_window_bits=7|$not
	|$pd; server_max_window_bits|$not
	|$pd; server_no_context_takeover=1|$not
	|$pd; client_no_context_takeover; client_no_context_takeover|$not
	|$pd; unknown|$not
	|$pd, $pd|$not
	|x-webkit-deflate-frame|2|answer with an extension that was not offered (RFC 6455, 4.1)
	|deflate-frame|2|answer with an extension that was not offered (RFC 6455, 4.1)
	|permessage-bzip2|2|answer with an extension that was not offered (RFC 6455, 4.1)
	|$pd, x|2|answer with an extension that was not offered (RFC 6455, 4.1)
	|;|2|answer with an extension that was not offered (RFC 6455, 4.1)
	END
	all_rows 25
}
