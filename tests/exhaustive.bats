#!/usr/bin/env bats
# Pure functions with so few inputs that all of them are tried, against what the
# RFCs say in the plainest code: tests/exhaustive.c.

load helper
BATS_TEST_TIMEOUT=$((300 * PATIENCE))

@test "every header of two bytes, in every state of a receiver (RFC 6455, 5.1 to 5.5)" {
	"$TESTS/exhaustive" headers
}

@test "every UTF-8 text that is good up to its last byte, cut everywhere (RFC 3629, 3)" {
	"$TESTS/exhaustive" utf8
}

@test "every quantum of base64, and every four characters that might be one (RFC 4648, 4)" {
	"$TESTS/exhaustive" base64
}

@test "every Close payload of up to two bytes (RFC 6455, 5.5.1, 7.4)" {
	"$TESTS/exhaustive" closes
}

@test "every text of up to five characters of some: escapes, blanks, lists, numbers (RFC 9110, 5.6)" {
	"$TESTS/exhaustive" texts
}
