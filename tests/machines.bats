#!/usr/bin/env bats
# Other machines, in short: the other byte order, and words of 32 bits.  "make
# check-machines" runs all tests.

bats_require_minimum_version 1.5.0

# A bats inside a bats must not know of the other.
core_on() {
	cd "$BATS_TEST_DIRNAME/.."
	env -i PATH="${PATH//"$BATS_LIBEXEC:"/}" HOME="$BATS_TEST_TMPDIR" tests/variant "$1" -f \
	    'SHA|base64 of|frames written|frames received' tests/core.bats
}

@test "the core on big-endian s390x" {
	core_on s390x
}

@test "the core on i386" {
	core_on i386
}
