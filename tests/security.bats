#!/usr/bin/env bats
# What ws-server(1) says of running it with little: the unit for systemd, the
# chroot, another user.

# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load helper
load session

@test "the hardened unit of ws-server(1) is valid, and exposes little" {
	need systemd-analyze
	literal ws-server '[Service]' |
	    sed "s|/usr/local/bin|$root/cmd|" >ws-echo@1.service
	grep -q '^IPAddressDeny=any' ws-echo@1.service
	systemd-analyze verify ./ws-echo@1.service >said 2>&1 || true
	equal complaints '' "$(grep ws-echo said || true)"
	systemd-analyze security --offline=true ./ws-echo@1.service >said ||
	    skip 'this systemd cannot tell'
	tail -n 1 said
	tail -n 1 said | grep -q ': [01]\.[0-9] '
}

@test "statically linked, in a chroot, as nobody: a tcp: target" {
	need musl-gcc
	[ "$(id -u)" -eq 0 ] || skip 'not root'
	cp -R "$root/Makefile" "$root/cmd" "$root/common" .
	make -s clean
	make -s -j2 CC=musl-gcc LDFLAGS=-static CFLAGS=-O1 \
	    cmd/ws-handshake cmd/ws-session cmd/ws-frame cmd/ws-deframe
	mkdir jail
	cp cmd/ws-handshake cmd/ws-session cmd/ws-frame cmd/ws-deframe jail
	chmod 755 . jail
	raw_tcp echo 'exec cat'
	target=$port
	port=$(free_port)
	literal ws-server 'mkdir -p /srv/ws && cp cmd/ws-handshake cmd/ws-session cmd/ws-frame \' |
	    sed -n "/^jailed=/,\$ {
		s|/srv/ws|$PWD/jail|
		s|LISTEN:8080|LISTEN:$port,bind=127.0.0.1|
		s|0.1\\\\:22|0.1\\\\:$target|; s|^socat|exec socat|; p
	    }" >jailed.sh
	start jailed sh ./jailed.sh
	listens_on "$port" jailed
	remember
	feed 5 client ws-client -l "ws://127.0.0.1:$port"
	echo hello >&5
	within 5 grep -qx hello client.out
	frame=$(strangers | env -u WSTEST awk '/ws-frame -s/ { print $1 }')
	[ "$(readlink "/proc/$frame/root")" = "$PWD/jail" ]
	grep -q '^Uid:.65534' "/proc/$frame/status"
	grep -q '^Seccomp:.2' "/proc/$frame/status"
	exec 5>&-
	ends client
	all_gone
}

@test "as nobody, with no new privileges: ws-listen" {
	need setpriv
	[ "$(id -u)" -eq 0 ] || skip 'not root'
	start server setpriv --reuid=65534 --regid=65534 --clear-groups \
	    --no-new-privs env TMPDIR=/tmp ws-listen 127.0.0.1:0 id -u
	within 5 says server.out
	equal user 65534 "$(client "ws://$(cat server.out)" </dev/null)"
}
