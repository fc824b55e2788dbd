#!/usr/bin/env bats
# ws-handshake as an HTTP server and client: who is let in, what a gate says,
# where a client comes from, proxies, heads as data.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load helper
load heads

@test "paths and credentials: every request of the vectors (RFC 6455, 4.2.2)" {
	local manner
	for manner in file whole drip socket-whole socket-drip; do
		run -0 judged "$manner" 'path=|auth='
		[ "$output" = 'good 4, all 11' ]
	done
}

# let_in OPTION ...: the exit status for the request in the file in.
let_in() {
	local status=0
	ws-handshake -qs "$@" <in >out 2>err || status=$?
	echo "$status"
}

@test "-u: each of several credentials lets in, and nothing that is almost one (RFC 7617, 2)" {
	local given want basic
	begin_rows
	while IFS='|' read -r given want; do
		ROWS=$((ROWS + 1))
		basic=$(printf %s "$given" | base64 -w 0)
		request "Authorization: Basic $basic" >in
		check_row "$given" equal 'exit status' "$want" \
		    "$(let_in -u user:pass -u 'other:long password' -u :)"
	done <<-'END'
	user:pass|0
	other:long password|0
	:|0
	user:pas|22
	user:passs|22
	user:Pass|22
	user:|22
	|22
	other:pass|22
	user:long password|22
	other:long passwor|22
	END
	all_rows 11
	printf 'user:pass\n' >secret
	request "Authorization: Basic $(printf user:pass | base64)" >in
	equal @file 0 "$(let_in -u @secret)"
	request "Authorization: Basic $(printf user:pass | base64)" \
	    "Authorization: Basic $(printf user:pass | base64)" >in
	equal 'given twice' 22 "$(let_in -u user:pass)"
	request "Authorization: Basic$(printf user:pass | base64)" >in
	equal 'no blank' 22 "$(let_in -u user:pass)"
}

@test "-u: 401 comes with WWW-Authenticate, and the reason is told (RFC 9110, 15.5.2)" {
	local status=0
	request >in
	ws-handshake -s -u user:pass touch started <in >out 2>err || status=$?
	[ "$status" = 22 ]
	[ ! -e started ]
	[ "$(head -n 1 out)" = $'HTTP/1.1 401 Unauthorized\r' ]
	grep -qx $'WWW-Authenticate: Basic realm="WebSocket", charset="UTF-8"\r' out
	[ "$(cat err)" = 'ws-handshake: refused with 401: credentials are missing or wrong (RFC 9110, 15.5.2)' ]
}

@test "-u: the program learns the user, and not the password (RFC 3875, 4.1.11, 4.1.18)" {
	request "Authorization: basic   $(printf 'me:secret:x' | base64)" |
	    REMOTE_USER=old ws-handshake -s -u me:secret:x env >out
	grep -qx AUTH_TYPE=Basic out
	grep -qx REMOTE_USER=me out
	run ! grep -i secret out
	run ! grep HTTP_AUTHORIZATION out
	request | REMOTE_USER=old AUTH_TYPE=old ws-handshake -s env >out
	run ! grep -E '^(REMOTE_USER|AUTH_TYPE)=' out
}

@test "-R: only these paths are served, whatever the query: 404 (RFC 6455, 4.2.2)" {
	local target options want
	begin_rows
	while IFS='|' read -r target options want; do
		ROWS=$((ROWS + 1))
		request | sed "1s,/chat,$target," >in
		# shellcheck disable=SC2086 # several options
		check_row "$target $options" equal 'exit status' "$want" \
		    "$(let_in $options)"
	done <<-'END'
	/chat|-R /chat|0
	/chat?a=b|-R /chat|0
	/chat/|-R /chat|22
	/cha|-R /chat|22
	/Chat|-R /chat|22
	/b|-R /a -R /b|0
	http://x/b?c|-R /b|0
	http://x|-R /|0
	END
	all_rows 8
	request >in
	[ "$(let_in -R /)" = 22 ]
	[ "$(head -n 1 out)" = $'HTTP/1.1 404 Not Found\r' ]
	local path
	for path in '' chat /a?b '/a b' /%zz /a#b; do
		refused 100 'ws-handshake: -R: not a path such as /chat (RFC 9112, 3.2.1)' \
		    ws-handshake -s -R "$path" </dev/null
	done
	usage_refused ws-handshake -c -R / "$URL"
}

@test "order of the checks: credentials, path, Origin (protocol order)" {
	request 'Origin: http://evil' >in
	[ "$(let_in -u a:b -R /x)" = 22 ]
	grep -q '^HTTP/1.1 401 ' out
	request 'Origin: http://evil' "Authorization: Basic YTpi" >in
	[ "$(let_in -u a:b -R /x)" = 22 ]
	grep -q '^HTTP/1.1 404 ' out
	[ "$(let_in -u a:b -R /chat)" = 22 ]
	grep -q '^HTTP/1.1 403 ' out
}

@test "ws-server and ws-listen check paths and credentials before anything is read" {
	refused 100 'ws-handshake: -R: not a path such as /chat (RFC 9112, 3.2.1)' \
	    ws-server -R chat cat </dev/null
	refused 100 'ws-handshake: -u: not user:password (RFC 7617, 2)' \
	    ws-listen -u nobody 127.0.0.1:0 cat </dev/null
	{
		request "Authorization: Basic YTpi"
		bytes 888237fa213d3412
	} >in
	ws-server -u a:b -R /chat sh -c 'echo "$REMOTE_USER"' <in >out
	grep -qa '^HTTP/1.1 101 ' out
	grep -qa $'\x02a$' out
}
