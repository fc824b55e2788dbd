#!/usr/bin/env bats
# ws-server: one connection that somebody else has accepted, and the pipelines that
# do the same by hand.  superservers.bats has inetd and its like.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session

@test "the shell's pipeline is a complete server (socat, nofork)" {
	printf '%s\n' '#!/bin/sh' \
		"exec ws-handshake -s sh -c 'ws-deframe | tr a-z A-Z | ws-frame'" >up
	chmod +x up
	port=$(free_port)
	start up socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:./up,nofork
	listens_on "$port" up
	remember
	printf 'hello' >in
	client "ws://127.0.0.1:$port/" <in >out
	[ "$(cat out)" = HELLO ]
	[ ! -s up.err ]
	all_gone
}

@test "the shell's pipeline is a complete server (socat, relayed)" {
	printf '%s\n' '#!/bin/sh' \
		"exec ws-handshake -s sh -c 'ws-deframe | tr a-z A-Z | ws-frame'" >up
	chmod +x up
	port=$(free_port)
	start up socat -t 10 "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:./up
	listens_on "$port" up
	remember
	head -c 3000000 /dev/zero | tr '\0' a >in
	client "ws://127.0.0.1:$port/" <in >out
	tr a A <in | cmp - out
	[ ! -s up.err ]
	all_gone
}

@test "ws-deframe -W | cat | ws-frame -W behind ws-listen echoes messages" {
	listen echo 127.0.0.1:0 sh -c 'exec cat'
	stop echo
	printf '%s\n' '#!/bin/sh' \
		"exec ws-handshake -s sh -c 'ws-deframe -W | cat | ws-frame -W'" >wire
	chmod +x wire
	port=$(free_port)
	start wire socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:./wire,nofork
	listens_on "$port" wire
	printf '\x81\x05Hello\x02\x03abc\x80\x01d\x82\x00' >in
	client -W "ws://127.0.0.1:$port/" <in >out
	cmp in out
}

@test "arguments reach the command of ws-server unchanged" {
	args_command
	{
		printf '#!/bin/sh\nexec ws-server ./args.sh'
		for word in "${odd[@]}"; do
			printf " '%s'" "${word//\'/\'\\\'\'}"
		done
		echo
	} >server
	chmod +x server
	port=$(free_port)
	start server socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" \
		EXEC:./server,nofork
	listens_on "$port" server
	client "ws://127.0.0.1:$port" </dev/null
	same_args
}
