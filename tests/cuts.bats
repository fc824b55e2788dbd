#!/usr/bin/env bats
# What comes out, the status and the sentence where the input is cut at each byte,
# in each mode.

# shellcheck disable=SC2030,SC2031,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper

inside='input ends inside a frame (RFC 6455, 5.2)'
between='input ends inside a message (RFC 6455, 5.4)'

# cuts: a row for each byte of a stream: the byte; what it adds to the output of
# stream, with -l or -0, with -W, with -a and -j; what -a writes besides if it is
# the last one; where the input has ended then: inside the frame of that number
# that begins at that byte, between fragments, or at a place where it may.
cuts() {
	cat <<-'END'
		01||||||raw hex:01\n|1 0
		03|||\01\03|||text fin=0 len=3\n|1 0
		48|H|H|H|||text fin=0 len=3 "H"\n|1 0
		65|e|e|e|||text fin=0 len=3 "He"\n|1 0
		6c|l|l|l|text fin=0 "Hel"\n|||between
		89||||||raw hex:89\n|2 5
		01|||||||2 5
		70||||ping "p"\n|{"type":"ping","data":"p"}\n||between
		80||||||raw hex:80\n|3 8
		02|||\0200\02|||cont len=2\n|3 8
		6c|l|l|l|||cont len=2 "l"\n|3 8
		6f|o|oD|o|cont "lo"\n|{"type":"text","data":"Hello"}\n||fine
		82||||||raw hex:82\n|4 12
		02|||\0202\02|||binary len=2\n|4 12
		61|a|a|a|||binary len=2 "a"\n|4 12
		62|b|bD|b|binary "ab"\n|{"type":"binary","data":"YWI="}\n||fine
		88||||||raw hex:88\n|5 16
		02|||||||5 16
		03|||||||5 16
		e8||||close 1000\n|{"type":"close","code":1000,"reason":""}\n||closed
	END
}

# expect N MODE END: cut.N is the input, expected.N.MODE.out, .err and .status what
# is to come of it, of which the file is written already.
expect() {
	local name=expected.$1.$2 sentence="" status=6
	case $3 in
	fine | closed) status=0 ;;
	between) sentence=$between ;;
	*) sentence="frame ${3% *}, byte ${3#* }: $inside" ;;
	esac
	echo "$status" >"$name.status"
	echo "${sentence:+ws-deframe: $sentence}" | grep . >"$name.err" || :
}

# every_cut: the files above, for all of them; $cuts is how many.
every_cut() {
	local byte stream line wire a j begun end n=0 mode
	: >cut.0
	for mode in stream l 0 W a j; do
		: >"expected.0.$mode.out"
		expect 0 "$mode" fine
	done
	while IFS='|' read -r byte stream line wire a j begun end; do
		n=$((n + 1))
		{ cat "cut.$((n - 1))"; bytes "$byte"; } >"cut.$n"
		for mode in stream l 0 W j; do
			cp "expected.$((n - 1)).$mode.out" "expected.$n.$mode.out"
			expect "$n" "$mode" "$end"
		done
		printf '%b' "$stream" >>"expected.$n.stream.out"
		printf '%b' "${line/D/\\n}" >>"expected.$n.l.out"
		printf '%b' "${line/D/\\0}" >>"expected.$n.0.out"
		printf '%b' "$wire" >>"expected.$n.W.out"
		printf '%b' "$j" >>"expected.$n.j.out"
		lines=${lines-}$a
		printf '%b' "$lines$begun" >"expected.$n.a.out"
		expect "$n" a "$end"
	done < <(cuts)
	cuts=$n
}

# check_cut N MODE: what has come of it is what was to.
check_cut() {
	local kind
	for kind in status err out; do
		same "expected.$1.$2.$kind" "$kind" || return
	done
}

@test "ws-deframe: a stream cut at each byte, in each mode (RFC 6455, 5.2)" {
	every_cut
	begin_rows
	for mode in stream l 0 W a j; do
		for ((n = 0; n <= cuts; n++)); do
			ROWS=$((ROWS + 1))
			option=-$mode
			[ "$mode" != stream ] || option=
			result=0
			# shellcheck disable=SC2086 # none, or one
			ws-deframe $option <"cut.$n" >out 2>err || result=$?
			echo "$result" >status
			check_row "$mode, $n bytes" check_cut "$n" "$mode"
		done
	done
	all_rows 126
}

# told_by_frame N NAME: the same in a session, where the end is one without Close,
# even between two messages.
told_by_frame() {
	local where
	[ "$1" -lt "$cuts" ] || return 0
	where=$(sed -n 's/^ws-deframe: \(frame .*\): input ends.*/: inside \1/p
		s/.*ends \(inside a message\).*/: \1/p' "$2.err")
	echo 6 >"$2.status"
	echo "ws-frame: connection ended without Close$where (RFC 6455, 7.1.5)" \
	    >"$2.err"
}

# Descriptor 5 is our input, 6 our output.
@test "a session cut at each byte, in each mode: status 6, and one line" {
	every_cut
	mkfifo silent
	exec 7<>silent
	begin_rows
	for mode in stream l 0 W a j; do
		for ((n = 0; n <= cuts; n++)); do
			ROWS=$((ROWS + 1))
			option=-$mode
			[ "$mode" != stream ] || option=-b
			result=0
			ws-session -c "$option" fd:5,6 <"cut.$n" >sent 2>err \
			    5<silent 6>out || result=$?
			echo "$result" >status
			told_by_frame "$n" "expected.$n.$mode"
			check_row "$mode, $n bytes" check_cut "$n" "$mode"
		done
	done
	all_rows 126
}

# coded N: how many bytes of "Hello<" are whole in the first N of the stream below.
coded() {
	case $1 in
	[0-5]) echo 0 ;;
	[6-9] | 1[0-3]) echo 3 ;;
	*) echo 6 ;;
	esac
}

@test "a session of base64 (-6) cut at each byte: whole groups, status 6, one line" {
	bytes '8104+53475673 0102+6247 8002+3838 880203e8' >stream
	mkfifo silent
	exec 7<>silent
	begin_rows
	for ((n = 0; n <= 18; n++)); do
		ROWS=$((ROWS + 1))
		result=0
		WS_PROTOCOL=base64 ws-session -c -6 fd:5,6 < <(head -c "$n" stream) \
		    >sent 2>err 5<silent 6>out || result=$?
		printf 'Hello<' | head -c "$(coded "$n")" | cmp - out 2>&1 ||
		    row_failed "$n bytes" "$(show out)"
		case $n in
		0 | 6 | 14) line='Close (' ;;
		10) line='Close: inside a message (' ;;
		18) line= ;;
		*) line='Close: inside frame [1-4], byte [0-9]* (' ;;
		esac
		check_row "$n bytes" equal status "$([ "$n" = 18 ] && echo 0 || echo 6)" \
		    "$result"
		check_row "$n bytes" equal lines "${line:+1}" \
		    "$([ ! -s err ] || wc -l <err)"
		[ -z "$line" ] ||
		    grep -q "^ws-frame: connection ended without $line" err ||
		    row_failed "$n bytes" "$(cat err)"
	done
	all_rows 19
}

# cut_frames N STATUS OPTION: so ws-frame makes of the first N bytes of stream what
# is expected; a status other than 0 comes with a line.
cut_frames() {
	local result=0
	head -c "$1" stream | ws-frame "$3" >out 2>err || result=$?
	equal status "$2" "$result" || return
	equal lines "$([ "$2" = 0 ] || echo 1)" "$([ ! -s err ] || wc -l <err)" ||
	    return
	same expected out
}

# The same of input that becomes frames: what is whole goes out, and where what is
# not cannot, the status is 65.
@test "ws-frame: -W, -j, -t and lines cut at each byte: what was whole goes out" {
	begin_rows
	bytes '0103+48656c 8002+6c6f 82026162' >stream
	for n in {0..13}; do
		ROWS=$((ROWS + 1))
		case $n in
		[0-4]) whole=0 status=65 ;;
		[5-8]) whole=5 status=65 ;;
		9) whole=9 status=0 ;;
		1[0-2]) whole=9 status=65 ;;
		13) whole=13 status=0 ;;
		esac
		[ "$n" -gt 0 ] || status=0
		head -c "$whole" stream >expected
		check_row "-W, $n" cut_frames "$n" "$status" -W
	done
	printf '%s\n' '{"type":"text","data":"\u00e9"}' '{"type":"ping"}' >stream
	for n in {0..47}; do
		ROWS=$((ROWS + 1))
		whole="" status=65
		[ "$n" -lt 31 ] || whole=8102c3a9
		[ "$n" -lt 47 ] || whole=8102c3a98900
		case $n in
		0 | 31 | 32 | 47) status=0 ;;
		esac
		bytes "$whole" >expected
		check_row "-j, $n" cut_frames "$n" "$status" -j
	done
	bytes 61c3a962 >stream
	for n in {0..4}; do
		ROWS=$((ROWS + 2))
		status=0
		[ "$n" != 2 ] || status=65
		case $n in
		0) whole="" text="" ;;
		1) whole=810161 text=810161 ;;
		2) whole=810161 text="" ;;
		3) whole=810361c3a9 text=810361c3a9 ;;
		4) whole=810461c3a962 text=810461c3a962 ;;
		esac
		bytes "$whole" >expected
		check_row "-t, $n" cut_frames "$n" "$status" -t
		bytes "$text" >expected
		check_row "-l, $n" cut_frames "$n" "$status" -l
		check_row "-0, $n" cut_frames "$n" "$status" -0
	done
	all_rows 72
}
