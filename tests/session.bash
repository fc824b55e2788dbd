# shellcheck shell=bash disable=SC2016,SC2034
# session.bash - what the tests of whole sessions share
#
# Everything that a test starts carries WSTEST=<a value of its own> in its
# environment, and TMPDIR points into the test's own directory: session_end
# looks for what is left of the test.

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
peers=$BATS_TEST_DIRNAME/peers
PATH=$root/cmd:$PATH:/usr/sbin:/sbin
NODE_PATH=$BATS_TEST_DIRNAME/.deps/node/node_modules
export PATH NODE_PATH
export PATIENCE=${PATIENCE:-1}	# see helper.bash
BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-$((120 * PATIENCE))}
export BATS_TEST_TIMEOUT

# The python3 that has the websockets package, if one has.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

session_begin() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir own.tmp
	TMPDIR=$PWD/own.tmp
	WSTEST=$$.$BATS_TEST_NUMBER.$RANDOM$RANDOM
	export TMPDIR WSTEST
	declare -gA pid=()
	set -o pipefail
}

# What most files want of these two; others have their own.
setup() {
	need socat ss
	session_begin
}

teardown() {
	session_end
}

# need NAME ...: skip the test where a program is missing.
need() {
	local missing
	missing=$("$BATS_TEST_DIRNAME/need" -l "$@") ||
		skip "missing: ${missing//$'\n'/, }"
}

# within SECONDS COMMAND ...: true as soon as the command is, false at the end,
# which comes later with patience.
within() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000 * PATIENCE))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# What nohup(1) ignores, and a shell without job control, reaches what we start.
heed_signals=(env '--default-signal=HUP,INT,QUIT')
"${heed_signals[@]}" true 2>/dev/null || heed_signals=()

# become COMMAND ...: with the standard descriptors and no other of ours.
become() {
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		if [ "$fd" -gt 2 ]; then
			eval "exec $fd>&-"
		fi
	done
	exec "${heed_signals[@]}" "$@"
}

# start NAME COMMAND ...: in the background, output in NAME.out and NAME.err.
start() {
	local name=$1
	shift
	: >"$name.out"	# one of that name may have been before
	become "$@" </dev/null >"$name.out" 2>"$name.err" &
	pid[$name]=$!
}

# feed FD NAME COMMAND ...: as start, with a pipe as standard input, whose
# writing end is descriptor FD (5 to 8) here.
feed() {
	local name=$2
	: >"$name.out"
	mkfifo "feed.$1"
	exec 9<>"feed.$1"
	eval "exec $1>feed.$1"
	exec 9<"feed.$1"
	rm "feed.$1"
	shift 2
	become "$@" <&9 >"$name.out" 2>"$name.err" &
	pid[$name]=$!
	exec 9>&-
}

ended() {
	! kill -0 "${pid[$1]}" 2>/dev/null
}

# ends NAME [SECONDS]: its exit status, as soon as it has ended.
ends() {
	within "${2:-8}" ended "$1" || {
		echo "$1 does not end"
		return 125
	}
	wait "${pid[$1]}"
}

# stop NAME [SIGNAL]: its exit status.
stop() {
	kill -s "${2:-TERM}" "${pid[$1]}"
	ends "$1"
}

says() {
	[ -s "$1" ]
}

# listening NAME PROGRAM ARG ...: a listener that tells its address; sets address,
# port and url to what it got.
listening() {
	start "$@"
	within 5 says "$1.out" || {
		echo "$1 does not listen: $(cat "$1.err")"
		return 1
	}
	address=$(head -n 1 "$1.out")
	port=${address##*:}
	url=ws://127.0.0.1:$port
}

listen() {
	listening "$1" ws-listen "${@:2}"
}

# serve NAME COMMAND ...: something that prints its port on a line; sets port.
serve() {
	start "$@"
	within 10 says "$1.out" || {
		echo "$1 does not serve: $(cat "$1.err")"
		return 1
	}
	port=$(head -n 1 "$1.out")
	url=ws://127.0.0.1:$port
}

free_port() {
	"$python" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

listens() {
	ss -Hltn "sport = :$1" | grep -q .
}

# listens_on PORT NAME: wait until NAME listens there.
listens_on() {
	within 5 listens "$1" || {
		echo "$2 does not listen: $(cat "$2.err" "$2.out")"
		return 1
	}
}

# raw_tcp NAME COMMAND: a plain TCP service of its own for a command line of sh;
# sets port.
raw_tcp() {
	local name=$1
	port=$(free_port)
	printf '#!/bin/sh\n%s\n' "$2" >"$name.sh"
	chmod +x "$name.sh"
	start "$name" socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		"EXEC:./$name.sh,nofork"
	listens_on "$port" "$name"
}

# deaf: a TCP service whose queue is full, so that no SYN is answered; sets port.
deaf() {
	serve deaf "$python" -c '
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
waiting = [socket.socket() for _ in range(8)]
for c in waiting:
    c.setblocking(False)
    c.connect_ex(s.getsockname())
print(s.getsockname()[1], flush=True)
time.sleep(60)
'
}

# bridge COMMAND: the server's side of Tor's transport, as tor runs it; every
# connection leads to that command line of sh.
bridge() {
	raw_tcp target "$1"
	TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_STATE_LOCATION=$PWD/state \
		TOR_PT_SERVER_TRANSPORTS=websocket TOR_PT_ORPORT=127.0.0.1:$port \
		TOR_PT_SERVER_BINDADDR=websocket-127.0.0.1:0 \
		start bridge tor-websocket-proxy --server
	within 10 grep -q 'METHODS DONE' bridge.out || {
		echo "bridge: $(cat bridge.out bridge.err)"
		return 1
	}
	port=$(sed -n 's/^SMETHOD .*://p' bridge.out)
	url=ws://127.0.0.1:$port
}

# ours: the processes that belong to this test, one a line.  What looks through
# them starts afterwards, as with <<<"$(ours)": in a pipe it finds itself.  A
# program that tests/variant has wrapped is shown without what runs it.
ours() {
	local file line number
	for file in $(env -u WSTEST grep -alF "WSTEST=$WSTEST" \
		/proc/[0-9]*/environ 2>/dev/null); do
		file=${file%/environ}
		line=$(tr '\0' ' ' 2>/dev/null <"$file/cmdline")
		case $line in
		*/valgrind* | */qemu-*) line=${line#*/real-} ;;
		esac
		printf '%s %s\n' "${file#/proc/}" "$line"
	done
	# One that reads a head shows its environment to nobody but root.
	[ "$(id -u)" -eq 0 ] ||
		for number in $(pgrep -u "$(id -u)" -x ws-handshake); do
			[ -r "/proc/$number/environ" ] ||
				echo "$number $(tr '\0' ' ' \
					<"/proc/$number/cmdline")"
		done
}

nothing_left() {
	[ -z "$(ours)" ]
}

# remember: note what runs; all_gone: wait until nothing else runs any more.
remember() {
	known=$(ours)
}

strangers() {
	local line now
	now=$(ours)
	[ -z "$now" ] || while read -r line; do
		case $'\n'$known in
		*$'\n'"${line%% *} "*) ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <<<"$now"
}

no_strangers() {
	[ -z "$(strangers)" ]
}

all_gone() {
	within "${1:-5}" no_strangers || {
		echo "left behind:"
		strangers
		return 1
	}
}

# session_end: end what was started; fail where something else is left.
session_end() {
	local name bad=0
	for name in "${!pid[@]}"; do
		kill "${pid[$name]}" 2>/dev/null || :
	done
	for name in "${!pid[@]}"; do
		within 8 ended "$name" || {
			echo "$name does not end on SIGTERM"
			bad=1
		}
	done
	if ! within 5 nothing_left; then
		echo "processes left behind:"
		ours
		bad=1
		ours | while read -r number _; do
			kill -9 "$number" || :
		done
	fi
	if [ -n "$(ls -A "$TMPDIR")" ]; then
		echo "files left behind: $(ls -A "$TMPDIR")"
		bad=1
	fi
	if [ -n "${BATS_ERROR_STATUS-}" ] || [ "$bad" -ne 0 ]; then
		for name in *.err; do
			[ ! -s "$name" ] || sed "s/^/$name: /" "$name" | head -n 20
		done
	fi
	return "$bad"
}

# client ARG ...: ws-client, bounded. Where it hangs, the status is 124.
client() {
	timeout -k 1 "${LIMIT:-15}" ws-client "$@"
}

# args_command: an executable, args.sh, that writes its arguments, each ended by
# NUL, into the file args.
args_command() {
	printf '#!/bin/sh\nprintf "%%s\\0" "$@" >%s\n' "$PWD/args" >args.sh
	chmod +x args.sh
}

# stubborn_command: an executable, stubborn, that says "ready" and then minds
# neither end of input nor SIGTERM.
stubborn_command() {
	cat >stubborn <<-'END'
		#!/bin/sh
		trap '' TERM HUP INT
		sleep 300 &
		echo ready
		while :; do sleep 300; done
	END
	chmod +x stubborn
}

# What may not change on its way to a command.
odd=('a b' '  ' '' "it's" '"q"' 'a,b' 'c:d' 'e\f' 'g\\' $'new\nline' '!!' '*'
	'$HOME' '`id`' '-x' '--' $'tab\there' '(p)' '[b]' '{c}' ';' '|' '&' '<>'
	'#' '%s' $'\xc3\xa9\xff' ',fork' 'EXEC:x' $'\n' $'end\n' '')

# same_args: what args.sh got is what may not change.
same_args() {
	within 5 test -s args
	printf '%s\0' "${odd[@]}" >wanted
	within 2 cmp args wanted || {
		diff <(tr '\0' '\n' <wanted | cat -A) <(tr '\0' '\n' <args | cat -A)
		return 1
	}
}

# certificates: CA ca.pem, server.pem (localhost, 127.0.0.1) with server.key,
# both.pem of the two, other.pem with other.key for another name.
certificates() {
	need openssl
	make_certificates 2>openssl.log || {
		cat openssl.log
		return 1
	}
}

make_certificates() {
	local name
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
		-subj '/CN=test CA' -days 2
	for name in server other; do
		openssl req -newkey rsa:2048 -nodes -keyout "$name.key" \
			-out "$name.csr" -subj "/CN=$name.example"
		if [ "$name" = server ]; then
			echo 'subjectAltName=DNS:localhost,IP:127.0.0.1'
		else
			echo 'subjectAltName=DNS:other.example'
		fi >"$name.ext"
		openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key \
			-CAcreateserial -out "$name.pem" -days 2 -extfile "$name.ext"
	done
	cat server.pem server.key >both.pem
	openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.key \
		-out stranger.pem -subj '/CN=stranger' -days 2
}
