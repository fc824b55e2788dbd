# shellcheck shell=bash disable=SC2034,SC2154
# tor.bash - tor-websocket-proxy as tor runs it, without tor

setup() {
	need socat ss "${python##*/}"
	session_begin
	unset TOR_PT_PROXY
	export TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_EXIT_ON_STDIN_CLOSE=1 \
		TOR_PT_STATE_LOCATION=$PWD/state/
}

# run_tor FD NAME SIDE [ARG ...]: starts that side as tor does, its standard
# input open as long as descriptor FD (5 to 8) is.
run_tor() {
	local fd=$1 name=$2 side=$3
	shift 3
	feed "$fd" "$name" tor-websocket-proxy "--$side" "$@"
	within 10 grep -q 'METHODS DONE' "$name.out" || {
		echo "$name: $(cat "$name.out" "$name.err")"
		return 1
	}
}

# port_of NAME [TRANSPORT]: of its METHOD line.
port_of() {
	sed -n "s/^[CS]METHOD ${2:-websocket} .*:\([0-9]*\)\$/\1/p" "$1.out"
}

# through SOCKS-PORT HOST PORT [ARGUMENTS]: standard input and output, by way of
# the client, as tor asks.
through() {
	timeout 30 "$python" "$peers/socks.py" "$@"
}
