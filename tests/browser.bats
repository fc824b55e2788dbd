#!/usr/bin/env bats
# Headless Chromium and Firefox: a page opens a WebSocket, sends text and binary,
# checks what comes back and the Close, and reports by an HTTP POST to the server
# that it came from (peers/page.py).  Another relays between a client and a bridge
# of the transport.

# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load session

setup() {
	need socat ss
	session_begin
	LC_ALL=C.UTF-8
	export LC_ALL
}

chromium() {
	local program
	program=$(command -v chromium || command -v chromium-browser ||
		command -v google-chrome)
	start browser "$program" --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-extensions \
		--disable-dev-shm-usage --disable-crash-reporter \
		${secure:+--ignore-certificate-errors} \
		--user-data-dir="$PWD/profile" "$page"
}

firefox() {
	local program
	program=$(command -v firefox-esr || command -v firefox)
	# Nothing is to be fetched from elsewhere, and nothing asked.
	while read -r name value; do
		printf 'user_pref("%s", %s);\n' "$name" "$value"
	done >profile/user.js <<-'END'
		app.normandy.enabled false
		app.update.enabled false
		browser.aboutwelcome.enabled false
		browser.safebrowsing.malware.enabled false
		browser.safebrowsing.phishing.enabled false
		browser.shell.checkDefaultBrowser false
		browser.startup.homepage_override.mstone "ignore"
		datareporting.policy.dataSubmissionEnabled false
		extensions.update.enabled false
		network.captive-portal-service.enabled false
		network.connectivity-service.enabled false
		network.proxy.type 0
		toolkit.telemetry.reportingpolicy.firstRun false
	END
	HOME=$PWD/profile MOZ_CRASHREPORTER_DISABLE=1 \
		start browser "$program" --headless --no-remote \
		--profile "$PWD/profile" "$page"
}

# browse BROWSER: open the page; the report is in page.out.
browse() {
	local number
	mkdir profile
	"$1"
	within 40 grep -q '^done' page.out
	kill "${pid[browser]}" 2>/dev/null || :
	ends browser 10 || :
	for number in $(grep "$PWD/profile\|chrom\|firefox" <<<"$(ours)" |
		cut -d' ' -f1); do
		kill -9 "$number" 2>/dev/null || :
	done
	rm -rf profile "$TMPDIR"/.org.chromium.* "$TMPDIR"/org.chromium.*
	cat page.out
}

# messages BROWSER EXTENSIONS OPTION ...: what a page sees of a server with these.
messages() {
	local browser=$1 extensions=$2
	need "$browser"
	shift 2
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
	browse "$browser"
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

# read_capture: what the page said and heard, from the capture of its sessions.
read_capture() {
	ws-deframe -szar 0 <capture >lines || [ $? -eq 40 ]	# its Close
	grep -q '^text deflated "' lines
	grep -q '^close 4321' lines
}

@test "Chromium: text, binary, 1 MiB, Close codes and reasons, subprotocol" {
	messages chromium ''
}

@test "Chromium: the same compressed, and its capture read off-line (RFC 7692)" {
	messages chromium permessage-deflate -z -D "$PWD/capture"
	read_capture
}

@test "Firefox: text, binary, 1 MiB, Close codes and reasons, subprotocol" {
	messages firefox ''
}

@test "Firefox: the same compressed, and its capture read off-line (RFC 7692)" {
	messages firefox permessage-deflate -z -D "$PWD/capture"
	read_capture
}

# head_of BROWSER [SECURE]: the head that it sends is what -H makes of our model
# of it, but for the version of the browser.
head_of() {
	local browser=$1 secure=${2-} head_port site=()
	need "$browser"
	unset LANGUAGE
	raw_tcp head "sed '/^.\$/q' >head"
	if [ -n "$secure" ]; then
		certificates
		head_port=$(free_port)
		start front socat "OPENSSL-LISTEN:$head_port,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=server.pem,key=server.key" \
			"TCP:127.0.0.1:$port"
		listens_on "$head_port" front
		port=$head_port
	fi
	start page "$python" "$peers/page.py"
	within 10 says page.out
	page_port=$(head -n 1 page.out)
	page="http://127.0.0.1:$page_port/?head=$port${secure:+&secure}"
	browse "$browser"
	key=$(sed -n 's/^Sec-WebSocket-Key: \(.*\).$/\1/p' head)
	# The page comes from another port: another origin, but the same site.
	[ "$browser" = chromium ] ||
		site=(-H 'Sec-Fetch-Site: same-site')
	ws-handshake -c -z -k "$key" -p x -p chat.v2 \
		-o "http://127.0.0.1:$page_port" "${site[@]}" \
		-H "@$BATS_TEST_DIRNAME/../common/heads/$browser" \
		"ws${secure:+s}://127.0.0.1:$port/" | without_version >wanted
	without_version <head | diff wanted -
}

without_version() {
	sed 's/HeadlessChrome/Chrome/
		s,\(Chrome/\|rv:\|Firefox/\)[0-9]*,\1N,g'
}

@test "Chromium: its head is our model of it, to the byte" {
	head_of chromium
}

@test "Chromium: its head is our model of it through TLS, too" {
	head_of chromium secure
}

@test "Firefox: its head is our model of it, to the byte" {
	head_of firefox
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
	need chromium
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
	browse chromium
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
