#!/usr/bin/env bats
# What can be said of the source without running it.

# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
BATS_TEST_TIMEOUT=300		# analyzers take their time
load session

@test "no compiler, analyzer, shellcheck or mandoc has anything to say; the core is pure" {
	need gcc clang musl-gcc clang-tidy cppcheck shellcheck mandoc
	make -s -C "$root" lint
}

@test "programs are position-independent, their tables read-only, their stacks watched" {
	cd "$BATS_TEST_TMPDIR"
	need readelf nm
	cp -R "$root/Makefile" "$root/cmd" "$root/common" .
	make -s clean
	make -s CC=gcc
	for source in cmd/*.c; do
		program=${source%.c}
		[ -e "$program" ] || continue	# part of one
		readelf -hldW "$program" >about
		grep -q 'Type: *DYN' about
		grep -q GNU_RELRO about
		grep -q 'FLAGS_1.*NOW.*PIE' about
		nm -u "$program" >wanted
		grep -q __stack_chk_fail wanted
		grep -q _chk@ <(grep -v __stack_chk wanted)
	done
}

@test "each target of the Makefile that builds or installs does what it says" {
	cd "$BATS_TEST_TMPDIR"
	cp -R "$root/Makefile" "$root/cmd" "$root/common" "$root/man1" .
	make -s clean
	make -s install DESTDIR="$PWD/to" PREFIX=/usr
	sed -i "s|^lib=.*|lib=$PWD/to/usr/lib/ws-filters|" to/usr/bin/ws-client
	[ "$(to/usr/bin/ws-client -V)" = "$("$root/cmd/ws-client" -V)" ]
	[ -e to/usr/share/man/man1/ws-frame.1 ]
	make -s uninstall DESTDIR="$PWD/to" PREFIX=/usr
	[ -z "$(find to -type f)" ]
	need musl-gcc
	make -s static
	printf hello | cmd/ws-frame | cmp - <(printf '\202\005hello')
	run ! grep -q INTERP <(readelf -l cmd/ws-frame)
}
