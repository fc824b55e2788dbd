#!/usr/bin/env bats
# ws-socks: what its program gets, what its client is answered.  What a request
# is made of is tested with the vectors of core.bats.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load session

setup() {
	session_begin
}

# Requests to 192.0.2.1:80, as tor makes them.
four='\4\1\0\120\300\0\2\1'
five='\5\1\0\5\1\0\1\300\0\2\1\0\120'

# A program that grants and then says all that it gets.
granter() {
	printf '%s\n' '#!/bin/sh' \
		'exec ws-socks -G 1 sh -c "env | grep ^SOCKS_ | sort >env; exec cat"' \
		>grant
	chmod +x grant
}

# asked BYTES [PROGRAM ...]: what is answered, in hexadecimal; status as its own.
asked() {
	local bytes=$1
	shift
	# shellcheck disable=SC2059
	printf "$bytes" | bounded ws-socks "$@" | od -An -v -tx1 | tr -d ' \n'
}

@test "SOCKS 4: granted, and what follows is for the program" {
	granter
	run -0 asked "${four}"'\0hello' ./grant
	[ "$output" = 005a00000000000068656c6c6f ]
	[ "$(cat env)" = $'SOCKS_HOST=192.0.2.1\nSOCKS_PORT=80\nSOCKS_VERSION=4' ]
}

@test "SOCKS 4a: a name" {
	granter
	run -0 asked '\4\1\37\220\0\0\0\1k=v\0a.example\0hello' ./grant
	[ "$output" = 005a00000000000068656c6c6f ]
	[ "$(cat env)" = "SOCKS_ARG_k=v
SOCKS_HOST=a.example
SOCKS_PORT=8080
SOCKS_VERSION=4" ]
}

@test "SOCKS 5: granted, and what follows is for the program" {
	granter
	run -0 asked "${five}hello" ./grant
	[ "$output" = 05000500000100000000000068656c6c6f ]
	[ "$(cat env)" = $'SOCKS_HOST=192.0.2.1\nSOCKS_PORT=80\nSOCKS_VERSION=5' ]
}

@test "SOCKS 5: an IPv6 address stands in brackets" {
	granter
	run -0 asked '\5\1\0\5\1\0\4\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1\1\273' ./grant
	grep -qx 'SOCKS_HOST=\[2001:db8::1\]' env
	grep -qx 'SOCKS_PORT=443' env
	run -0 asked '\5\1\0\5\1\0\3\3::1\1\273' ./grant
	grep -qx 'SOCKS_HOST=\[::1\]' env
}

@test "arguments reach the program unchanged, whatever they say to a shell" {
	granter
	printf '\5\2\0\2\1\24url=$(id);x=`id`\\;"\'"'"'\1\0' >in
	printf '\5\1\0\1\300\0\2\1\0\120' >>in
	run -0 --separate-stderr bounded ws-socks ./grant <in
	grep -qx 'SOCKS_ARG_url=$(id)' env
	grep -qxF 'SOCKS_ARG_x=`id`;"'"'" env
	run -0 asked '\4\1\0\120\300\0\2\1k=1;k=2;l=\0' ./grant
	grep -qx 'SOCKS_ARG_k=1' env
	grep -qx 'SOCKS_ARG_l=' env
}

@test "what is in the environment before is no argument" {
	granter
	SOCKS_ARG_url=evil SOCKS_ARG_=x SOCKS_HOST=evil SOCKS_REPLY=1 \
		run -0 asked "$five" ./grant
	[ "$output" = 050005000001000000000000 ]
	[ "$(cat env)" = $'SOCKS_HOST=192.0.2.1\nSOCKS_PORT=80\nSOCKS_VERSION=5' ]
}

@test "arguments that are none, and keys that are no names, are refused" {
	for args in k '=v' 'k=v;' 'k=v;;l=w' ';' 'a b=c' 'a\\=b=c' 'k=v\\'; do
		echo "arguments $args"
		run -2 asked "$four$args"'\0' ./never
		[ "$output" = "ws-socks: arguments are not key=value;key=value
005b000000000000" ]
	done
}

@test "the request is taken to the byte, from a pipe and from a socket" {
	granter
	printf "$five"'12345' >in
	bounded ws-socks ./grant <in >out
	[ "$(tail -c 5 out)" = 12345 ]
	port=$(free_port)
	start s socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		'EXEC:ws-socks ./grant,nofork'
	listens_on "$port" s
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf "$five"'12345' >&8
	head -c 17 <&8 | tail -c 5 >out
	exec 8>&-
	[ "$(cat out)" = 12345 ]
}

@test "a request that ends in the middle is refused, and its program not run" {
	printf '#!/bin/sh\n: >ran\n' >never
	chmod +x never
	run -6 asked "${five%????}" ./never
	[ "$output" = "ws-socks: input ended inside the request
050005010001000000000000" ]
	run -6 asked '\4\1\0' ./never
	[ "${lines[1]}" = 005b000000000000 ]
	run -6 asked '' ./never
	[ "$output" = '' ]
	[ ! -e ran ]
}

@test "a request that does not come in time is refused" {
	feed 8 slow ws-socks -w 0.3 ./never
	printf '\5\1\0' >&8
	status=0
	ends slow || status=$?
	exec 8>&-
	[ "$status" -eq 28 ]
	[ "$(od -An -tx1 slow.out | tr -d ' \n')" = 050005010001000000000000 ]
	[ "$(cat slow.err)" = 'ws-socks: request did not come in time' ]
}

@test "what is no SOCKS is not answered" {
	for bytes in 'GET / HTTP/1.0\r\n\r\n' '\26\3\1\2' '\0' '\377\377\377'; do
		run -2 --separate-stderr asked "$bytes" ./never
		[ "$output" = '' ]
		[ "$stderr" = 'ws-socks: neither SOCKS 4 nor SOCKS 5' ]
	done
}

@test "commands, addresses and methods that are not known have their replies" {
	run -2 --separate-stderr asked '\5\1\0\5\2\0\1\300\0\2\1\0\120' ./never
	[ "$output" = 050005070001000000000000 ]
	run -2 --separate-stderr asked '\5\1\0\5\1\0\2\300\0\2\1\0\120' ./never
	[ "$output" = 050005080001000000000000 ]
	run -2 --separate-stderr asked '\5\1\1' ./never
	[ "$output" = 05ff ]
	run -2 --separate-stderr asked '\4\2\0\120\300\0\2\1\0' ./never
	[ "$output" = 005b000000000000 ]
}

# reply STATUS REPLY SCRIPT: how a program ends that grants nothing, and the
# answer to that.
reply() {
	# The descriptor may be one that sh cannot name.
	run "-$1" --separate-stderr asked "$five" bash -c "$3"
	equal "reply of '$3'" "05000500${2}0001000000000000" \
		"${output/#050005/05000500}"
}

@test "how a program ends is the reply" {
	reply 0 01 'exit 0'
	reply 1 01 'exit 1'
	reply 22 02 'exit 22'
	reply 28 06 'exit 28'
	reply 111 01 'exit 111'
	reply 111 01 'kill -9 $$'
	run -111 --separate-stderr asked "$five" ./does-not-exist
	[ "$output" = 050005010001000000000000 ]
	[[ $stderr == 'ws-socks: ./does-not-exist: '* ]]
}

@test "what a program tells is the reply" {
	for code in 1 2 3 4 5 6 7 8; do
		reply 111 "0$code" "printf '\\x$code' >&\$SOCKS_REPLY; exit 111"
	done
	reply 3 01 'printf "\11" >&$SOCKS_REPLY; exit 3'
	reply 3 05 'printf "\5\4" >&$SOCKS_REPLY; exit 3'
}

@test "ws-connect tells: refused, not known, no answer in time" {
	need ss
	port=$(free_port)
	reply 111 05 "exec ws-connect tcp:127.0.0.1:$port true"
	reply 111 05 "exec ws-connect tls:127.0.0.1:$port true"
	reply 111 04 'exec ws-connect tcp:does.not.exist.invalid:80 true'
	reply 111 04 'exec ws-connect tls:does.not.exist.invalid:80 true'
	reply 111 03 'exec ws-connect "tcp:255.255.255.255:80" true'
}

@test "ws-handshake tells: a status but 101, no answer in time" {
	raw_tcp refuse 'printf "HTTP/1.1 403 Forbidden\r\n\r\n"; exec cat >/dev/null'
	reply 22 02 "exec ws-connect tcp:127.0.0.1:$port ws-handshake -c ws://h/ true"
	raw_tcp redirect 'printf "HTTP/1.1 301 Gone\r\nLocation: /\r\n\r\n"; exec cat >/dev/null'
	reply 22 02 "exec ws-connect tcp:127.0.0.1:$port ws-handshake -c ws://h/ true"
	raw_tcp mute 'exec cat >/dev/null'
	reply 28 06 "exec ws-connect tcp:127.0.0.1:$port ws-handshake -w 0.3 -c ws://h/ true"
	raw_tcp wrong 'printf "220 hello\r\n\r\n"; exec cat >/dev/null'
	reply 2 01 "exec ws-connect tcp:127.0.0.1:$port ws-handshake -c ws://h/ true"
}

@test "a proxy's reply is handed on" {
	need microsocks
	local proxy
	proxy=$(free_port)
	start socks microsocks -i 127.0.0.1 -p "$proxy"
	listens_on "$proxy" socks
	port=$(free_port)
	reply 22 05 "exec ws-connect -x socks5://127.0.0.1:$proxy tcp:127.0.0.1:$port true"
	stop socks || :
	reply 111 05 "exec ws-connect -x socks5://127.0.0.1:$proxy tcp:127.0.0.1:$port true"
}

@test "SOCKS 4 has one reply for all of them" {
	run -22 --separate-stderr asked "$four"'\0' sh -c 'exit 22'
	[ "$output" = 005b000000000000 ]
}

@test "a program that takes too long is ended, whatever it ignores" {
	printf '%s\n' '#!/bin/sh' "trap '' TERM" 'while :; do sleep 0.1; done' >deaf
	chmod +x deaf
	run -111 --separate-stderr asked "$five" -w 0.3 ./deaf
	[ "$output" = 050005060001000000000000 ]
	[ "$stderr" = 'ws-socks: no connection in time' ]
	within 10 nothing_left
}

@test "the time limit is none for what was granted" {
	run -0 --separate-stderr asked "$five" -w "$PATIENCE" ws-socks -G 1 \
	    sh -c 'sleep $((PATIENCE + 1)); echo x'
	[ "$output" = 050005000001000000000000780a ]
}

@test "the exit status is the program's" {
	run -33 --separate-stderr asked "$five" ws-socks -G 1 sh -c 'exit 33'
	[ "$output" = 050005000001000000000000 ]
}

@test "SIGTERM goes to the program" {
	feed 8 s ws-socks ws-socks -G 1 sh -c \
		'trap "echo told >told; exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	printf "$five" >&8
	within 5 grep -q ready s.out
	status=0
	stop s || status=$?
	exec 8>&-
	[ "$status" -eq 4 ]
	[ -e told ]
}

@test "a client that goes while it waits leaves nothing behind" {
	port=$(free_port)
	raw_tcp mute 'exec cat >/dev/null'
	mute=$port
	port=$(free_port)
	start s socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		"EXEC:ws-socks -w 1 ws-connect tcp\:127.0.0.1\:$mute ws-handshake -c ws\://h/ true,nofork"
	listens_on "$port" s
	remember
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf "$five" >&8
	head -c 2 <&8 >/dev/null
	exec 8>&-
	all_gone 10
}

@test "a program has its three descriptors, and that of the reply" {
	printf "$five" >in
	start s sh -c 'exec ws-socks sh -c "ls /proc/self/fd >fds
		exec ws-socks -G 1 sh -c \"ls /proc/self/fd >after\"" <in'
	ends s
	# ls has one of its own.
	[ "$(wc -l <fds)" -eq 5 ]
	[ "$(wc -l <after)" -eq 4 ]
}

@test "a SOCKS server from socat, ws-socks and ws-connect, used by curl" {
	need curl
	printf '%s\n' '#!/bin/sh' \
		'exec ws-connect "tcp:$SOCKS_HOST:$SOCKS_PORT" \' \
		'    ws-socks -G 4 socat - FD:4' >open
	chmod +x open
	raw_tcp web 'read -r line; printf "HTTP/1.0 200 OK\r\n\r\nhere: %s" "$line"'
	web=$port
	port=$(free_port)
	start s socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		'EXEC:ws-socks ./open,nofork'
	listens_on "$port" s
	for kind in socks4 socks4a socks5 socks5h; do
		echo "$kind"
		run -0 timeout 10 curl -s -x "$kind://127.0.0.1:$port" \
			"http://localhost:$web/path"
		[[ $output == 'here: GET /path'* ]]
	done
}

@test "random bytes end in a refusal or in nothing, soon" {
	for seed in $(seq 40); do
		"$CORE" stream garbage "$seed" >in
		run --separate-stderr bounded ws-socks -w 5 true <in
		[ "$status" -eq 2 ] || [ "$status" -eq 6 ] || {
			echo "seed $seed: status $status"
			return 1
		}
	done
}

@test "wrong usage" {
	usage_refused ws-socks
	usage_refused ws-socks -Z true
	usage_refused ws-socks -w
	refused 100 'ws-socks: -G: not started by ws-socks' ws-socks -G 1 true
	refused 100 'ws-socks: -A: WS_ARGV is not set' ws-socks -A
}

@test "usage, getopt string and SYNOPSIS name the same options" {
	options_agree ws-socks A
}
