#!/usr/bin/env bats
# Headless Chromium: a page opens a WebSocket, sends text and binary, checks
# what comes back and the Close, and reports by an HTTP POST to the server that
# it came from (peers/page.py).  Another relays between a client and a bridge of
# the transport.

# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load session

setup() {
	need socat ss chromium
	session_begin
	LC_ALL=C.UTF-8
	export LC_ALL
}

# browse URL ...: open the page on these WebSocket URLs; the report is in page.out.
browse() {
	local program number
	program=$(command -v chromium || command -v chromium-browser ||
		command -v google-chrome)
	mkdir profile
	start chromium "$program" --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-extensions \
		--disable-dev-shm-usage --disable-crash-reporter \
		--user-data-dir="$PWD/profile" "$page"
	within 40 grep -q '^done' page.out
	kill "${pid[chromium]}" 2>/dev/null || :
	ends chromium 10 || :
	for number in $(grep 'profile\|chrom' <<<"$(ours)" | cut -d' ' -f1); do
		kill -9 "$number" 2>/dev/null || :
	done
	rm -rf profile "$TMPDIR"/.org.chromium.* "$TMPDIR"/org.chromium.*
	cat page.out
}

# messages EXTENSIONS OPTION ...: what a page sees of a server with these.
messages() {
	local extensions=$1
	shift
	# The page's origin is not the server's host: -o lets it in.
	start page "$python" "$peers/page.py"
	within 10 says page.out
	page_port=$(head -n 1 page.out)
	listen echo "$@" -W -p chat.v2 -o "http://127.0.0.1:$page_port" 0 cat
	echo_port=$port
	listen bye "$@" -o '*' -e '4000:all said' -t 0 printf 'caf\303\251'
	bye_port=$port
	# And this one does not let it in.
	listen closed 0 cat
	page="http://127.0.0.1:$page_port/?echo=$echo_port&bye=$bye_port&closed=$port"
	browse
	[ "$(sed 1d page.out)" = "$(cat <<-END
		echo open protocol=chat.v2 extensions=$extensions
		echo text same
		echo binary same
		echo large same
		echo empty same
		echo close 4321  clean=true
		bye message text café
		bye close 4000 all said clean=true
		closed close 1006  clean=false
		done
	END
	)" ]
	grep -q 'refused with 403' closed.err
}

@test "Chromium: text, binary, 1 MiB, Close codes and reasons, subprotocol" {
	messages ''
}

@test "Chromium: the same compressed, and its capture read off-line (RFC 7692)" {
	messages permessage-deflate -z -D "$PWD/capture"
	ws-deframe -szar 0 <capture >lines || [ $? -eq 40 ]	# its Close
	grep -q '^text deflated "' lines
	grep -q '^close 4321' lines
}

# client_of NAME OPTION ...: the client that a relay connects to.  It sends 4 MiB
# and takes as much.
client_of() {
	listen "$1" -6 "${@:2}" -o '*' 127.0.0.1:0 sh -c "
		cat '$PWD/data' &
		head -c 4194304 >'$PWD/$1.back'
		wait"
}

@test "Chromium relays for a client, as texts of base64 and as binary messages" {
	local text_port name
	head -c 4194304 /dev/urandom >data
	bridge "exec cat"
	bridge_port=$port
	client_of text -p base64
	text_port=$port
	client_of binary
	start page "$python" "$peers/page.py"
	within 10 says page.out
	page="http://127.0.0.1:$(head -n 1 page.out)/?bridge=$bridge_port&text=$text_port&binary=$port"
	browse
	[ "$(sed 1d page.out)" = "$(cat <<-'END'
		text protocol=base64,base64 carried string
		binary protocol=, carried object
		done
	END
	)" ]
	for name in text binary; do
		cmp data "$name.back"
	done
	[ ! -s bridge.err ]
}
