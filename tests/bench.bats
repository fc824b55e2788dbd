#!/usr/bin/env bats
# That the benchmark still measures something.  What it measures is no test, as a
# machine may be busy, but for what is promised: that is to be seen once.
#
# Not run, as they take their time: the tables connection, size, open.

bats_require_minimum_version 1.5.0
load helper
load session

setup() {
	need socat python3
	session_begin
}

# measured ROW: the row has a number that is no zero; GB/s may be too few to show
# on a slow machine.
measured() {
	awk -v row="$1" 'index($0, row) == 1 && substr($0, 37) ~ /[1-9]/ {
		print substr($0, 37)
	}' out
}

@test "the benchmark: rows of every table, with numbers in them" {
	need openssl stunnel
	make -s -C "$root" tests/bench/kernels
	timeout 60 "$root/tests/bench/bench" -s 1 -r 1 kernel filter deflate tunnel \
	    tls handshake trip idle >out
	begin_rows
	while read -r row; do
		ROWS=$((ROWS + 1))
		[ -n "$(measured "$row")" ] || row_failed "$row" 'no number'
	done <<-'END'
		mask
		base64 -d, portable
		ws-b64 -d
		ws-frame -c
		ws-deframe -W, 64 B masked
		ws-frame -j, text
		ws-frame -z, 64 KiB
		ws-deframe -z, 200 B
		ws-listen tcp:
		ws-listen, ws-client
		ws-listen -E, ws-client
		ws-handshake -s
		ws-listen, cat
	END
	all_rows 13 || { cat out; return 1; }
}

# kept ROW: the session has four fifths of its rate.
kept() {
	awk -v row="$1" 'index($0, row) == 1 && $(NF - 2) >= 0.8 { kept = 1 }
	    END { exit !kept }' out
}

@test "while too many want in, an open session keeps four fifths of its rate" {
	for _ in 1 2 3; do
		timeout 60 "$root/tests/bench/bench" -r 1 flood >out
		! kept 'beyond the sessions of -N' || return 0
	done
	cat out
	false
}

@test "the benchmark: no such table" {
	run -2 "$root/tests/bench/bench" nothing
}
