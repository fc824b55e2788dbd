#!/usr/bin/env bats
# Compressed sessions (RFC 7692) with other implementations: node's ws,
# python3-websockets with every parameter.

# shellcheck disable=SC2154
load helper
load session

# compressed OPTIONS WANTED
compressed() {
	run timeout 60 node "$peers/compressed.js" client "$url" "$1"
	equal "$1" "fine $2" "$output"
}

@test "node ws as client, with every parameter" {
	need node-ws
	local pd=permessage-deflate
	listen echo -zW 127.0.0.1:0 cat
	compressed true $pd
	compressed '{"threshold":0}' $pd
	compressed '{"threshold":0,"serverNoContextTakeover":true}' $pd
	compressed '{"threshold":0,"clientNoContextTakeover":true}' $pd
	compressed '{"threshold":0,"serverMaxWindowBits":9,"clientMaxWindowBits":10}' $pd
	compressed false ''
}

@test "python3-websockets as client, with every parameter" {
	need python3-websockets
	listen echo -zW 127.0.0.1:0 cat
	run -0 timeout $((100 * PATIENCE)) "$python" "$peers/compressed.py" client "$url"
	[ "$output" = fine ]
}

@test "python3-websockets as server, with every parameter" {
	need python3-websockets
	local each tried=0
	serve many "$python" "$peers/compressed.py" server
	for i in {1..30}; do
		printf 'message %s %*s\n' "$i" $((i * i * 9)) "$i"
	done >lines
	for each in $port; do
		timeout $((20 * PATIENCE)) ws-client -zlm 30 \
		    "ws://127.0.0.1:$each" <lines >back
		same lines back
		tried=$((tried + 1))
	done
	[ "$tried" -eq 36 ]
}
