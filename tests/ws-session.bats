#!/usr/bin/env bats
# ws-session: the two filters around a command or a socket, in whole sessions over
# loopback.  sharing, limits and faults have more of it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2094,SC1003,SC2154
bats_require_minimum_version 1.5.0
load session

@test "a tcp: target hears of the end of input, and is heard to its end" {
	raw_tcp sum 'exec sha256sum'
	listen proxy 0 "tcp:127.0.0.1:$port"
	head -c 5000000 /dev/urandom >in
	remember
	client "$url" <in >out
	[ "$(cut -d' ' -f1 out)" = "$(sha256sum <in | cut -d' ' -f1)" ]
	all_gone
	[ ! -s proxy.err ]
}

@test "a tcp: target sends megabytes, and its end is Close 1000" {
	head -c 9000000 /dev/urandom >data
	raw_tcp give "exec cat $PWD/data"
	listen proxy 0 "tcp:127.0.0.1:$port"
	remember
	feed 8 client timeout 15 ws-client "$url"
	ends client 15
	exec 8>&-
	cmp data client.out
	[ ! -s client.err ]
	all_gone
}

@test "a tcp: target echoes megabytes both ways at once" {
	raw_tcp echo 'exec cat'
	listen proxy 0 "tcp:127.0.0.1:$port"
	head -c 30000000 /dev/urandom >in
	remember
	client "$url" <in | cmp in -
	all_gone
}

@test "a unix: target, megabytes both ways" {
	start echo socat UNIX-LISTEN:./sock,fork EXEC:cat,nofork
	within 5 test -S sock
	listen proxy 0 "unix:$PWD/sock"
	head -c 5000000 /dev/urandom >in
	remember
	client "$url" <in | cmp in -
	all_gone
}

@test "a tcp: target by name and by IPv6" {
	port=$(free_port)
	start echo socat "TCP6-LISTEN:$port,bind=[::1],fork" EXEC:cat,nofork
	listens_on "$port" echo
	listen proxy 0 "tcp:[::1]:$port"
	printf 'six' | client "$url" | cmp - <(printf six)
	raw_tcp four 'exec cat'
	listen named 0 "tcp:localhost:$port"
	printf 'four' | client "$url" | cmp - <(printf four)
}

@test "no answer from a tcp: or unix: target is Close 1014" {
	port=$(free_port)
	listen proxy 0 "tcp:127.0.0.1:$port"
	remember
	run -14 --separate-stderr client -n "$url" </dev/null
	[ "$output" = "" ]
	[[ $stderr == *1014* ]]
	listen other 0 "unix:$PWD/nothing"
	run -14 client -n "$url" </dev/null
	[ "$(wc -l <proxy.err)" -eq 1 ]
	[[ $(cat proxy.err) == *refused* ]]
}

@test "a command that cannot be started is Close 1011" {
	# It is there when it is looked for.
	printf '#!/no/such/shell\n' >broken
	chmod +x broken
	listen proxy 0 ./broken
	run -11 --separate-stderr client -n "$url" </dev/null
	[[ $stderr == *1011* ]]
	[ "$(wc -l <proxy.err)" -eq 1 ]
	cp broken plain
	listen other 0 ./plain
	chmod -x plain
	run -11 client -n "$url" </dev/null
}

@test "a command that has left its process group is killed" {
	listen server -w "$PATIENCE" 127.0.0.1:0 "$python" -c '
import os, signal, time
os.setpgid(0, os.getpgid(os.getppid()))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"left")
time.sleep(1000)'
	remember
	client -w $((9 * PATIENCE)) -1 "$url" </dev/null >out
	[ "$(cat out)" = left ]
	all_gone
}

@test "a command that minds neither end of input nor SIGTERM is killed" {
	stubborn_command
	listen stubborn -w "$PATIENCE" 0 ./stubborn
	remember
	run -0 client -1 "$url" </dev/null
	[ "$output" = ready ]
	all_gone 6
}

@test "a command sees the end of its input when the peer closes" {
	listen last 0 sh -c 'cat >/dev/null; echo "the end" >last'
	remember
	client "$url" </dev/null
	within 3 test -s last
	all_gone
}

@test "a command gets the CGI variables, and none of the session's" {
	export HTTP_PROXY=http://evil.example WS_ROLE=client WS_VERSION=1 \
		WS_CONTROL=98,99 WS_PROTOCOL=x WS_ARGV=00 WS_LIFELINE=97
	listen cgi -p chat 0 env
	unset HTTP_PROXY WS_ROLE WS_VERSION WS_CONTROL WS_PROTOCOL WS_ARGV \
		WS_LIFELINE
	client -p chat -H 'Proxy: http://evil.example' -H 'X-Some-Field: its value' \
		-H 'Cookie: a=b' -H 'Cookie: c=d' "$url/a%20path/x?the=query&x=%2f" </dev/null >out
	sort out
	grep -qx 'REQUEST_METHOD=GET' out
	grep -qx 'REQUEST_URI=/a%20path/x?the=query&x=%2f' out
	grep -qx 'QUERY_STRING=the=query&x=%2f' out
	grep -qx 'SERVER_PROTOCOL=HTTP/1.1' out
	grep -qx "SERVER_PORT=$port" out
	grep -qx 'SERVER_NAME=127.0.0.1' out
	grep -qx 'GATEWAY_INTERFACE=CGI/1.1' out
	grep -qx 'REMOTE_ADDR=127.0.0.1' out
	grep -Eqx 'REMOTE_PORT=[1-9][0-9]*' out
	grep -qx "HTTP_HOST=127.0.0.1:$port" out
	grep -qx 'HTTP_X_SOME_FIELD=its value' out
	grep -qx 'HTTP_COOKIE=a=b; c=d' out
	run -1 grep -E '^WS_|^HTTP_PROXY=' out
}

# fds.py tells which descriptors it has, and what there is of WS_*.
fds_command() {
	cat >fds.py <<-END
		#!$(command -v "$python")
		import os
		with open("fds", "w") as out:
		    for fd in sorted(os.listdir("/proc/self/fd"), key=int):
		        try:
		            if int(fd) > 2 and int(fd) != out.fileno():
		                print(fd, os.readlink("/proc/self/fd/" + fd), file=out)
		        except OSError:
		            pass
		    for name in os.environ:
		        if name.startswith("WS_"):
		            print(name, os.environ[name], file=out)
		    print("done", file=out)
	END
	chmod +x fds.py
}

no_stray_descriptors() {
	within 5 grep -q '^done' fds
	[ "$(cat fds)" = 'done' ] || {
		echo "$1: $(cat fds)"
		return 1
	}
	rm fds
}

@test "a command has its three descriptors and no other" {
	fds_command
	certificates
	listen plain 0 ./fds.py
	client "$url" </dev/null
	no_stray_descriptors 'ws-listen'
	listen secure -E both.pem 0 ./fds.py
	client -I "wss://127.0.0.1:$port" </dev/null
	no_stray_descriptors 'ws-listen with TLS'
	need tcpserver
	serve server tcpserver -1 -H -R -l localhost 127.0.0.1 0 \
		ws-server ./fds.py
	client "$url" </dev/null
	no_stray_descriptors 'ws-server'
	listen echo 0 cat
	start client1 ws-client "$url" ./fds.py
	ends client1
	no_stray_descriptors 'ws-client'
	listen tls -E both.pem 0 cat
	start client2 ws-client -I "wss://127.0.0.1:$port" ./fds.py
	ends client2
	no_stray_descriptors 'ws-client with TLS'
}

@test "the filters beside a tcp: target hold no stray descriptor" {
	raw_tcp echo 'exec cat'
	listen proxy 0 "tcp:127.0.0.1:$port"
	feed 8 client ws-client "$url"
	printf 'hello' >&8
	within 5 says client.out
	grep -E 'ws-(de)?frame' <<<"$(ours)" >filters
	[ "$(wc -l <filters)" -eq 4 ]
	while read -r number _; do
		readlink "/proc/$number"/fd/* >open || :
		cat open
		[ "$(grep -c '^socket:' open)" -le 2 ]
	done <filters
	exec 8>&-
	ends client
}

@test "nothing of the session but its streams and the CGI variables reaches the command" {
	certificates
	cat >look.sh <<-'END'
		#!/bin/sh
		# What this process, and each before it, has in its environment.
		pid=$$
		while [ "$pid" -gt 1 ]; do
			printf '%s: ' "$(cat "/proc/$pid/comm")"
			{ tr '\0' ' ' <"/proc/$pid/environ"; } 2>/dev/null
			echo
			[ ! -e /proc/$pid/fd/9 ] || cat </proc/$pid/fd/9 2>/dev/null
			read -r _ pid <<-STAT
				$(sed 's/.*) .//; s/^ *\([0-9]*\).*/x \1/' "/proc/$pid/stat")
			STAT
		done
		echo 'own:'
		tr '\0' '\n' </proc/self/environ
		echo end
	END
	chmod +x look.sh
	limited=
	if [ "$(id -u)" -eq 0 ]; then
		need setpriv
		limited='setpriv --bounding-set=-dac_override,-dac_read_search,-sys_ptrace'
		$limited true || skip 'root may not give up what it may do'
	fi
	echo 'me:the secret' >secret
	credentials=$(printf 'me:the secret' | base64)
	for secure in '' '-E both.pem'; do
		# shellcheck disable=SC2086 # words
		start server $limited ws-listen $secure -u 'me:the secret' \
		    127.0.0.1:0 ./look.sh
		within 5 says server.out
		port=$(sed 's/.*://' server.out)
		client ${secure:+-K ca.pem} -u @secret \
		    "ws${secure:+s}://localhost:$port/" </dev/null >out
		grep -qx end out
		grep -q '^socat: ' out
		grep -q '^ws-listen: \|^sh: \|^bash: \|^dash: ' out
		run -1 grep -aiF -e 'the secret' -e "$credentials" \
		    -e "$(printf secret | od -An -tx1 | tr -d ' \n')" out
		sed -n '/^own:/,$p' out >own
		run -1 grep -E '^WS_|^HTTP_AUTHORIZATION' own
		stop server || true
	done
}

@test "a command that may not be ended is told and left, and its place is free again" {
	[ "$(id -u)" -eq 0 ] || skip 'not root'
	need setpriv
	folder=$(mktemp -d /tmp/ws-filters.XXXXXX)
	chmod 755 "$folder"
	cp "$(command -v setpriv)" "$(command -v sleep)" "$folder"
	chmod 4755 "$folder/setpriv"
	cat >"$folder/become_root" <<-END
		#!/bin/sh
		echo \$\$
		exec $folder/setpriv --reuid=0 $folder/sleep 20
	END
	chmod 755 "$folder/become_root"
	start server setpriv --reuid=65534 --regid=65534 --clear-groups \
	    env TMPDIR=/tmp ws-listen -N 1 -w 1 127.0.0.1:0 \
	    "$folder/become_root"
	within 5 says server.out
	port=$(sed 's/.*://' server.out)
	for count in 1 2; do
		start "client$count" ws-client "ws://127.0.0.1:$port"
		within 10 says "client$count.out"
		number=$(cat "client$count.out")
		within 5 grep -q '^Name:.sleep' "/proc/$number/status" || {
			rm -r "$folder"
			skip 'no setuid programs here'
		}
		within 15 eval '[ "$(grep -c "may not be ended: Operation not permitted: left running$" server.err)" -eq "$count" ]'
		kill "$number"
	done
	rm -r "$folder"
}
