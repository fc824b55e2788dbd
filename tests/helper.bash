# What the tests share: where things are, bytes from the run notation of
# tests/vectors, tables of cases, bounded waits.

bats_require_minimum_version 1.5.0

TESTS=$(cd "$BATS_TEST_DIRNAME" && pwd)
VECTORS=$TESTS/vectors
# shellcheck disable=SC2034 # the tests use it
CORE=$TESTS/core
PATH=$TESTS/../cmd:$PATH
export LC_ALL=C PATH
# How much slower all is than usual, a whole number; tests/check finds it, and puts
# a timeout(1) that knows it into PATH.
export PATIENCE=${PATIENCE:-1}
unset WS_ROLE WS_VERSION WS_PROTOCOL WS_EXTENSIONS WS_CONTROL WS_ARGV WS_SLOTS WS_SUPERVISOR WS_WATCHER

# A setup of its own for each test: its directory is empty.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# bytes RUNS: the bytes of the run notation on standard output.
bytes() {
	local octal
	octal=$(printf '%s\n' "$1" | awk -f "$VECTORS/octal.awk")
	# shellcheck disable=SC2059 # it is made for printf
	printf "$octal"
}

# show FILE: the start of it for a person.
show() {
	local lines
	lines=$(od -An -v -tx1 -N256 "$1" | head -n 4)
	printf '%s' "${lines:-(empty)}"
	[ "$(wc -c <"$1")" -le 64 ] || printf ' ... %d bytes' "$(wc -c <"$1")"
	printf '\n'
}

# same EXPECTED ACTUAL: the files are equal; else both are shown.
same() {
	if ! cmp -s "$1" "$2"; then
		printf 'expected %s:\n%s\nbut got %s:\n%s\n' \
		    "$1" "$(show "$1")" "$2" "$(show "$2")"
		return 1
	fi
}

# same_table EXPECTED ACTUAL: the tables are equal, and are not empty; else
# the rows that differ are shown.
same_table() {
	if [ ! -s "$1" ]; then
		printf 'no rows in %s\n' "$1"
		return 1
	fi
	if ! diff "$1" "$2" >difference; then
		printf '< expected, > but got:\n'
		cut -c1-600 difference | head -n 30
		return 1
	fi
}

# Tables of cases, all tried before the test fails:
#
#	begin_rows
#	check_row NAME CONDITION-COMMAND ...   (what it prints is shown)
#	row_failed NAME TEXT
#	all_rows [AT-LEAST]
begin_rows() {
	ROWS=0
	: >failures
}

check_row() {
	local name=$1 said
	shift
	said=$("$@" 2>&1) || row_failed "$name" "$said"
}

row_failed() {
	printf '%s: %s\n' "$1" "$2" >>failures
}

all_rows() {
	if [ -s failures ]; then
		printf 'failed:\n'
		tr -c '\11\12\40-\176' '?' <failures | cut -c1-400 |
		    head -n 60
		return 1
	fi
	if [ "$ROWS" -lt "${1:-1}" ]; then
		printf 'only %d rows were tried\n' "$ROWS"
		return 1
	fi
}

# equal WHAT EXPECTED ACTUAL: two short texts.
equal() {
	if [ "$2" != "$3" ]; then
		printf '%s: expected "%s", got "%s"\n' "$1" "$2" "$3"
		return 1
	fi
}

# refused STATUS SENTENCE [PROGRAM ARG ...]: the program, with standard input
# as it is, ends with that status, empty standard output and that one line on
# standard error.
refused() {
	local status=0 want=$1 sentence=$2
	shift 2
	"$@" >refused.out 2>refused.err || status=$?
	equal status "$want" "$status" || { cat refused.err; return 1; }
	equal 'standard error' "$sentence" "$(cat refused.err)" || return 1
	equal 'standard output' '' "$(od -An -tx1 refused.out)"
}

# line_refused OPTION PING LINE COLUMN EXPECTED: ws-frame says so of a line
# between two that are a ping, and sends nothing more.
line_refused() {
	local status=0
	printf '%s\n%s\n%s\n' "$2" "$3" "$2" |
	    ws-frame "$1" >out 2>err || status=$?
	equal status 65 "$status" || return
	equal sentence "ws-frame: line 2, column $4: expected $5" \
	    "$(cat err)" || return
	equal output 8900 "$(od -An -v -tx1 out | tr -d ' \n')"
}

# usage_refused PROGRAM [ARG ...]: status 100, nothing on standard output, on
# standard error what is wrong, which must be $wrong if that is set, and the usage
# of the program itself in one line.
usage_refused() {
	local status=0 program=${1##*/}
	"$@" </dev/null >usage.out 2>usage.err || status=$?
	equal status 100 "$status" || { cat usage.err; return 1; }
	equal 'standard output' '' "$(cat usage.out)" || return 1
	equal lines 2 "$(wc -l <usage.err)" || { cat usage.err; return 1; }
	[ -z "${wrong-}" ] ||
	    equal sentence "$program: $wrong" "$(head -n 1 usage.err)" || return 1
	case $(cat usage.err) in
	"$program: "*$'\n'"usage: $program "*", see $program(1)") ;;
	*) cat usage.err; return 1 ;;
	esac
}

# close_status CODE: the exit status that tells of it.
close_status() {
	case $1 in
	1000|1001|1005) echo 0 ;;
	1*) echo $(($1 - 1000)) ;;
	3*) echo 30 ;;
	*) echo 40 ;;
	esac
}

# until_true COMMAND [ARG ...]: tries for at most ten seconds, with patience.
until_true() {
	local i
	for ((i = 0; i < 500 * PATIENCE; i++)); do
		"$@" && return
		sleep 0.02
	done
	printf 'not so within %d seconds: %s\n' $((10 * PATIENCE)) "$*"
	return 1
}

# has_bytes FILE N: the file is there and has at least N bytes.
has_bytes() {
	[ -e "$1" ] && [ "$(wc -c <"$1")" -ge "$2" ]
}

# gone PID: the process has ended.
gone() {
	! kill -0 "$1" 2>/dev/null
}

# memory_limit PROGRAM [ARG ...]: 4 MiB, in KiB; more where the program takes
# much without any work, as with the checks of a sanitizer.
memory_limit() {
	"$CORE" peak base "$@" </dev/null >/dev/null
	if [ "$(cat base)" -gt 3000 ]; then
		echo $(($(cat base) + 4096))
	else
		echo 4096
	fi
}

# bounded COMMAND [ARG ...]: ten seconds, then status 124.
bounded() {
	timeout 10 "$@"
}

# options_agree PROGRAM [LETTER]: usage line, getopt string and manual page
# name the same options, with and without arguments; but for the letter, which
# getopt does not know.
options_agree() {
	local program=$1 source=$TESTS/../cmd/$1 page=$TESTS/../man1/$1.1
	local usage
	"$program" -h >help.txt
	usage=$(cat help.txt)
	case $usage in
	"usage: $program "*) ;;
	*) printf 'usage: %s\n' "$usage"; return 1 ;;
	esac
	# The letters of the usage line, those with an argument with a colon.
	awk '{
		while (match($0, /\[-[A-Za-z0156]+( [^]]*)?\]| -[A-Za-z0156]( |$)/)) {
			s = substr($0, RSTART, RLENGTH)
			$0 = substr($0, RSTART + RLENGTH - (s ~ / $/))
			gsub(/[][]/, "", s)
			k = split(s, w, " ")
			for (i = 2; i <= length(w[1]); i++)
				print substr(w[1], i, 1) (k > 1 ? ":" : "")
		}
	}' help.txt | grep -vx "${2:--}" | sort -u >of-usage
	[ -e "$source.c" ] && source=$source.c
	awk '/getopt\(/ { near = 2 }
	near-- > 0 && match($0, /"[:A-Za-z0156]*h[:A-Za-z0156]*"/) {
		s = substr($0, RSTART + 1, RLENGTH - 2)
		sub(/^:/, "", s)
		while (match(s, /^[A-Za-z0156]:?/)) {
			print substr(s, 1, RLENGTH)
			s = substr(s, RLENGTH + 1)
		}
	}' "$source" | sort -u >of-getopt
	same_table of-getopt of-usage || return
	[ -e "$page" ] || { printf 'no page %s\n' "$page"; return 1; }
	awk '/^\.Sh/ { on = $2 == "SYNOPSIS" }
	on && /^\.(Op )?Fl / {
		sub(/^\./, "")
		ar = 0
		for (i = 1; i <= NF; i++)
			ar += $i == "Ar"
		for (i = 1; i < NF; i++)
			if ($i == "Fl")
				for (k = 1; k <= length($(i + 1)); k++)
					print substr($(i + 1), k, 1) \
					    (ar ? ":" : "")
	}' "$page" | grep -vx "${2:--}" | sort -u >of-page
	same_table of-getopt of-page
}

# literal PAGE FIRST-LINE: the literal block of the page that begins so.
literal() {
	sed 's/\\e/\\/g' "$TESTS/../man1/$1.1" | FIRST=$2 awk '
		/^\.Bd -literal/ { getline; on = $0 == ENVIRON["FIRST"] }
		/^\.Ed/ { on = 0 }
		on' >block
	[ -s block ] || { echo "not in $1(1): $2"; return 1; }
	cat block
}
