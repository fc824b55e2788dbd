#!/usr/bin/env bats
# Each fuzz target for a moment: the seeds, which are the vectors, and what comes
# of them.  "make fuzz T=600" is for more.

bats_require_minimum_version 1.5.0

@test "no input whatever breaks a pure function, or comes to another result in pieces" {
	"$BATS_TEST_DIRNAME/fuzz/run" "${FUZZ_SECONDS:-1}"
}
