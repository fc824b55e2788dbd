#!/usr/bin/env bats
# What the scripts share: how they find each other, what they pass on, under each
# shell.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load helper
load session

@test "values of options reach the peer unchanged" {
	need python3-websockets
	listen echo -e '4321:a b, c:d "e" \f '"'g'"' !!' -p 'x!#$%y' -p b 0 true
	run -0 "$python" "$peers/peer.py" receive "$url"
	[ "$output" = "close 4321 a b, c:d \"e\" \\f 'g' !!" ]
	printf '#!/bin/sh\nprintf "%%s|%%s|" "$HTTP_X_ODD" "$HTTP_ORIGIN"\n' >show
	chmod +x show
	listen show -o '*' 0 ./show
	run -0 client -H 'X-Odd: a b, c:d "e" \f !! $(id) '"'g'" \
		-o 'http://x.example' "$url" </dev/null
	[ "$output" = 'a b, c:d "e" \f !! $(id) '"'g'|http://x.example|" ]
}

@test "a value cannot break out of a head" {
	listen echo 0 cat
	run -100 client -H $'X: a\r\nY: b' "$url" </dev/null
	run -100 client -p 'a b' "$url" </dev/null
	run -100 client -o $'a\nb' "$url" </dev/null
	run -100 client "$url/a b" </dev/null
	run -100 client "$url/"$'a\r\nX: y' </dev/null
	run -100 ws-listen -H $'X: a\nY: b' 0 cat
	run -100 ws-listen -p $'a,b' 0 cat
	[ ! -s echo.err ]
}

@test "the programs find each other uninstalled, whatever the directory" {
	local clean=/usr/local/bin:/usr/bin:/bin
	ln -s "$root" tree
	PATH=$clean start listen tree/cmd/ws-listen 0 cat
	within 5 says listen.out
	port=$(head -n 1 listen.out)
	port=${port##*:}
	printf 'hello' >in
	PATH=$clean timeout 10 "$root/cmd/ws-client" "ws://127.0.0.1:$port" \
		<in >out
	cmp in out
}

@test "a script is found where it is, also when a shell is told its bare name" {
	local shell name
	cd "$root/cmd"
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		for name in ws-server ws-listen ws-client tor-websocket-proxy; do
			# shellcheck disable=SC2086 # a shell may be two words
			PATH=/usr/bin:/bin run -0 $shell "$name" \
				$([ "$name" != tor-websocket-proxy ] || echo --client) -V
			[[ $output == "$name "* ]]
		done
	done
	cd "$BATS_TEST_TMPDIR"
}

@test "the scripts run under dash, bash and busybox ash" {
	local shell
	for shell in dash bash 'busybox ash'; do
		need "${shell%% *}"
		# shellcheck disable=SC2086 # a shell may be two words
		start echo $shell "$root/cmd/ws-listen" 127.0.0.1:0 \
			$shell "$root/cmd/ws-client" -h
		within 5 says echo.out
		# shellcheck disable=SC2086
		$shell "$root/cmd/ws-client" -n "ws://$(cat echo.out)/" >help
		ws-client -h | cmp - help
		stop echo
	done
}

@test "wrong usage: what is wrong, then the usage of the program itself" {
	wrong_usage() {
		local wrong=$1
		shift
		ROWS=$((ROWS + 1))
		check_row "$*" usage_refused "$@"
	}
	local program
	begin_rows
	for program in ws-handshake ws-frame ws-deframe ws-b64 ws-session \
	    ws-connect ws-accept ws-socks ws-probe ws-view ws-client ws-server ws-listen \
	    ws-check ws-stats ws-draw tor-websocket-proxy; do
		wrong_usage '-Z: no such option' "$program" -Z
	done
	for program in ws-client ws-server ws-listen ws-session ws-frame ws-deframe; do
		wrong_usage '-D: value missing' "$program" -lD
		[[ $program == ws-@(frame|deframe|session) ]] ||
			wrong_usage '--: no such option' "$program" -l --halp
	done
	wrong_usage 'URL missing' ws-client
	wrong_usage 'URL missing' ws-handshake -c
	wrong_usage '-s or -c missing' ws-handshake
	wrong_usage '-s and -c exclude each other' ws-handshake -sc
	wrong_usage '-f, -g, -O, -P, -R and -S are for a server' \
		ws-handshake -c -f x ws://a/
	wrong_usage 'target missing' ws-server
	wrong_usage 'port missing' ws-listen
	wrong_usage '80: target missing' ws-listen 80
	wrong_usage '-Y goes with -E' ws-listen -Y key 80 cat
	wrong_usage '-Y goes with -E' tor-websocket-proxy --server -Y key
	wrong_usage '-P goes with --server' tor-websocket-proxy --client -P
	wrong_usage '-l: options come before the URL' ws-client ws://a/ -l
	for program in ws-frame ws-deframe 'ws-session -c' 'ws-client ws://a/' \
	    'ws-listen 80 cat'; do
		# shellcheck disable=SC2086 # the words of a command
		set -- $program
		wrong_usage '-l and -j exclude each other' "$1" -lj "${@:2}"
		wrong_usage '-a and -W exclude each other' "$1" -aW "${@:2}"
	done
	wrong_usage '-t and -b exclude each other' ws-client -tb ws://a/
	wrong_usage '-y: a command that has ended waits for no answer' \
		ws-client -y 3 ws://a/ cat
	wrong_usage 'x: extra operand' ws-frame x
	wrong_usage '-L and -j exclude each other' ws-deframe -Lj
	wrong_usage '-e goes with -W' ws-b64 -e 1000
	wrong_usage 'program missing' ws-connect tcp:127.0.0.1:1
	wrong_usage '-f follows one file' ws-view -f a b
	all_rows 45
}

@test "--help and --version, wherever they stand" {
	local program
	begin_rows
	for program in ws-handshake ws-frame ws-deframe ws-b64 ws-session \
	    ws-connect ws-accept ws-socks ws-probe ws-view ws-client ws-server ws-listen \
	    ws-check ws-stats ws-draw tor-websocket-proxy; do
		ROWS=$((ROWS + 1))
		check_row "$program" equal help "$("$program" -h)" \
			"$("$program" -q --help)"
		check_row "$program" equal version "$("$program" -V)" \
			"$("$program" --version)"
	done
	all_rows 16
}

@test "a command that cannot be run is refused before anybody connects" {
	touch dull
	refused 111 'ws-session: nonesuch: No such file or directory' \
		ws-listen 127.0.0.1:0 nonesuch </dev/null
	refused 111 'ws-session: ./dull: Permission denied' \
		ws-listen 127.0.0.1:0 ./dull </dev/null
	refused 111 'ws-session: localhost:5900: no such command; a TCP service is tcp:localhost:5900' \
		ws-listen 127.0.0.1:0 localhost:5900 </dev/null
	refused 111 "ws-session: tr a-z A-Z: no such command; a line of the shell is sh -c 'line'" \
		ws-listen 127.0.0.1:0 'tr a-z A-Z' </dev/null
	refused 111 'ws-session: nonesuch: No such file or directory' \
		ws-client ws://127.0.0.1:1/ nonesuch </dev/null
}

@test "before the build a script says what is missing" {
	mkdir -p tree/cmd tree/common
	cp "$root/cmd/ws-client" tree/cmd
	cp "$root/common/script.sh" tree/common
	refused 111 "ws-client: tree/cmd/ws-session is not there: run make first" \
		tree/cmd/ws-client ws://127.0.0.1:1/
}
