#!/usr/bin/env bats
# What can be said of the source without running it.

# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
BATS_TEST_TIMEOUT=$((300 * ${PATIENCE:-1}))		# analyzers take their time
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
		# ws-view knows of no buffer how large it is.
		[ "$program" = cmd/ws-view ] ||
			grep -q _chk@ <(grep -v __stack_chk wanted)
	done
	grep -q _FORTIFY_SOURCE common/cflags
}

@test "each target of the Makefile that builds or installs does what it says" {
	cd "$BATS_TEST_TMPDIR"
	cp -R "$root/Makefile" "$root/cmd" "$root/common" "$root/man1" .
	make -s clean
	make -s install DESTDIR="$PWD/to" PREFIX=/usr
	sed -i "s|^lib=.*|lib=$PWD/to/usr/share/ws-filters|" to/usr/bin/ws-client
	[ "$(to/usr/bin/ws-client -V)" = "$("$root/cmd/ws-client" -V)" ]
	[ -e to/usr/share/man/man1/ws-frame.1 ]
	make -s uninstall DESTDIR="$PWD/to" PREFIX=/usr
	[ -z "$(find to -type f)" ]
	need musl-gcc
	make -s static
	printf hello | cmd/ws-frame | cmp - <(printf '\202\005hello')
	run ! grep -q INTERP <(readelf -l cmd/ws-frame)
}

@test "what is installed can be used by all, whatever the umask and the directory" {
	cd "$BATS_TEST_TMPDIR"
	umask 077
	cp -R "$root/Makefile" "$root/cmd" "$root/common" "$root/man1" .
	make -s clean
	# Twice: over what is there, too.
	for _ in 1 2; do
		make -s install DESTDIR='a b/c' PREFIX=/usr
		[ -z "$(find 'a b' -type d ! -perm 755)" ]
		[ -z "$(find 'a b' -type f -path '*/bin/*' ! -perm 755)" ]
		[ -z "$(find 'a b' -type f ! -path '*/bin/*' ! -perm 644)" ]
		find 'a b' -type f -exec chmod 600 {} +
	done
	make -s uninstall DESTDIR='a b/c' PREFIX=/usr
	[ -z "$(find 'a b' -type f)" ]
	make -s install PREFIX="$PWD/here"
	[ "$(here/bin/ws-listen -V)" = "$("$root/cmd/ws-listen" -V)" ]
	for prefix in there ./there "$PWD/x y" "$PWD/it's" "$PWD/x,y" "$PWD/x|y"; do
		run ! make -s install PREFIX="$prefix"
		[[ $output == *"install: '$prefix/bin': not an absolute path"* ]]
		[ ! -e "$prefix" ]
	done
}
