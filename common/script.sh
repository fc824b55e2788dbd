# What the scripts share.  Sourced by them, with $me, the script's name, $usage,
# its usage line, and $here, the folder of the programs, set.
# shellcheck shell=sh disable=SC2154

# Under inetd descriptor 2 is the peer's socket: no words for people go there.
stderr_is_peer() {
	[ -S /dev/fd/2 ] || return 1
	in=$(ls -Ldi /dev/fd/0 2>/dev/null) || return 1
	err=$(ls -Ldi /dev/fd/9 9>&2 2>/dev/null) || return 1
	[ "${in%0}" = "${err%9}" ]
}

# fail STATUS SENTENCE
fail() {
	stderr_is_peer || printf '%s: %s\n' "$me" "$2" >&2
	exit "$1"
}

# fail_usage SENTENCE: the same for wrong usage, with the first usage line in short.
fail_usage() {
	stderr_is_peer || printf '%s: %s\n%s, see %s(1)\n' "$me" "$1" \
	    "$(printf '%s\n' "$usage" | sed '
		s/ \[-[^][]*\(\[[^][]*\][^][]*\)*\]/ [options]/g
		s/\( \[options\]\)\1*/\1/; q')" "$me" >&2
	exit 100
}

# fail_option OPTION OPTARG ARG ...: what getopts has set where it knows no such
# option, and the arguments; answers --help and --version, too.
fail_option() {
	case $1 in
	:) fail_usage "-$2: value missing" ;;
	\?) ;;
	*) fail_usage "-$1: no such option" ;;
	esac
	letter=$2
	shift 2
	[ "$letter" = - ] || fail_usage "-$letter: no such option"
	for word; do
		case $word in
		--help) sort_option h '' ;;
		--version) sort_option V '' ;;
		esac
	done
	fail_usage '--: no such option'
}

# check_with PROGRAM ARG ...: lets a program that comes later check its arguments;
# sets $checked to what it prints.  It has no usage of its own here.
# shellcheck disable=SC2034 # $checked is for the script
check_with() {
	program=$here/$1
	shift
	checked=$("$program" -U "$@" 2>/dev/null) && return
	status=0
	said=$("$program" -U "$@" 2>&1) || status=$?
	case $said in
	*'usage: '*)
		said=${said%%usage: *}
		said=${said#*: }
		fail_usage "${said%?}"
		;;
	esac
	stderr_is_peer || printf '%s\n' "$said" >&2
	exit "$status"
}

print_version() {
	version=$("$here/ws-session" -V) || exit 111
	printf '%s %s\n' "$me" "${version##* }"
}

# Prints an argument quoted, so that eval makes the same of it again.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9_./:=@%+,-]*)
		printf '%s\n' "$1" |
		    sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"
		;;
	*)
		printf '%s\n' "$1"
		;;
	esac
}

[ -x "$here/ws-session" ] ||
    fail 111 "$here/ws-session is not there: run make first"

# Options for the two programs, quoted.
handshake=
session=
# What check_versions looks at.
versions=
not_text=

# Sorts an option, LETTER VALUE, to the program that knows it; -h and -V end the
# script.  False if none does: then it is the script's own, or a mistake.
sort_option() {
	case $1 in
	[ab]) not_text=$1 ;;
	O) versions=$versions${versions:+,}$2 ;;
	esac
	case $1 in
	h)
		echo "$usage"
		exit
		;;
	V)
		print_version
		exit
		;;
	[0156abjlnrtW])
		session="$session -$1"
		;;
	D)
		handshake="$handshake -D $(quote "$2")"
		session="$session -D $(quote "$2")"
		;;
	[BeFikmTX])
		session="$session -$1 $(quote "$2")"
		;;
	G)
		handshake="$handshake -G $(quote "$2")"
		session="$session -G $(quote "$2")"
		;;
	[fgHOopRSu])
		handshake="$handshake -$1 $(quote "$2")"
		;;
	[Pz])
		handshake="$handshake -$1"
		;;
	[qv])
		handshake="$handshake -$1"
		session="$session -$1"
		;;
	M)
		watch=$2
		;;
	w)
		handshake="$handshake -w $(quote "$2")"
		session="$session -w $(quote "$2")"
		;;
	*)
		return 1
		;;
	esac
}

# Else each hixie client would be let in, and fail.
check_versions() {
	case $versions/$not_text in
	*hixie*/?)
		fail 100 "-$not_text: not with -O $versions: hixie knows only text"
		;;
	esac
}

# check_path OPTION PATH: nothing goes into an address of socat's that means
# something there.
check_path() {
	case $2 in
	'' | *[!A-Za-z0-9_./@%+=-]*)
		fail 100 "$1: not a path of letters, digits and _./@%+=- only: $2"
		;;
	esac
}

# Where the session is shown while it runs: -M, a file or "-".
watch=

# What of -M can be refused now.
check_watch() {
	case $watch in
	'' | -) return ;;
	esac
	[ ! -h "$watch" ] || fail 111 "-M: open $watch: it is a symbolic link"
	(umask 077 && : >>"$watch") 2>/dev/null ||
	    fail 111 "-M: open $watch: cannot be written to"
}

# show_sessions FIFO [OPTION ...]: starts who shows what is written to it, and
# opens it as descriptor 4.  That is nobody's child, and ends with the last who
# has the FIFO open, not before.  None of the openings waits.
show_sessions() {
	fifo=$1
	shift
	exec 5<>"$fifo"
	exec 4>"$fifo"
	(
		trap '' HUP INT TERM
		exec 3>&2 6<"$fifo"
		[ "$watch" = - ] || exec 3>>"$watch"
		"$here/ws-view" "$@" <&6 >&3 3>&- 4>&- 5>&- 6<&- 7<&- 8>&- \
		    9>&- &
	)
	exec 5<&-
}

# Shows the one session that this process becomes.
show_session() {
	case $watch in
	'') return ;;
	-) ! stderr_is_peer || return 0 ;;
	esac
	make_directory "${TMPDIR:-/tmp}/$me"
	mkfifo "$dir/watch"
	show_sessions "$dir/watch"
	remove_directory
	exec 9>&4 4>&-
	export WS_WATCHER=9
}

# How many sessions there may be at a time, and of an address, unless -N says it.
sessions=2000
each=250

# check_sessions NUMBER MOST: what -N says.  A zero in front would make it octal.
check_sessions() {
	case $1 in
	'' | 0* | *[!0-9]* | ??????*) ;;
	*) [ "$1" -gt "$2" ] || return 0 ;;
	esac
	fail 100 "-N: not a number from 1 to $2: $1"
}

# sort_sessions SESSIONS[,EACH]: takes the value of -N.
sort_sessions() {
	sessions=${1%%,*}
	[ "$sessions" = "$1" ] || each=${1#*,}
	check_sessions "$sessions" 99999
	check_sessions "$each" 4096
}

# Adds to socat's address in $listen that a read from the network, in which it
# would wait for the rest of a handshake or record of TLS for ever, and look at
# nothing else, takes 10 s at most.  It has no name for SO_RCVTIMEO, whose number
# and value, two words of which only the first bytes are not zero, are these.
add_patience() {
	case $(uname -s -m) in
	Linux\ x86_64 | Linux\ i[3-6]86 | Linux\ aarch64 | Linux\ arm*l | \
	    Linux\ riscv64 | Linux\ ppc64le | Linux\ loongarch64) ;;
	*) return ;;
	esac
	listen=$listen,setsockopt-bin=1:20:x0a000000000000000000000000000000
}

# Makes of socat's address in $listen one with TLS, with the certificate and the
# key of $cert and $key, which may be empty; sets tls to what it says of them.
add_tls() {
	case $listen in
	TCP6*) listen=$listen,pf=ip6 ;;
	esac
	# With a cafile, which verify=0 does not use, socat does not read all that
	# the system trusts, and listens 40 ms sooner.
	tls=verify=0,cert=$cert${key:+,key=$key},cafile=$cert
	listen=OPENSSL-LISTEN:${listen#*:},$tls
	add_patience
	export HTTPS=on
}

# certificate_fault: prints what OpenSSL has against the certificate or the key
# that add_tls has put in $tls.
certificate_fault() {
	said=$(socat -u OPEN:/dev/null "OPENSSL:127.0.0.1:0,$tls" 2>&1) || :
	case $said in
	*' E SSL_CTX'*) printf '%s\n' "${said##* E }" ;;
	esac
}

# seal_arguments FILE ARG ...: opens descriptor 9 on a new file for WS_ARGV, which
# nobody can open again: a key, and the arguments.
seal_arguments() {
	mask=$(umask)
	umask 777
	exec 9<>"$1"
	umask "$mask"
	shift
	dd if=/dev/urandom bs=16 count=1 2>/dev/null >&9
	printf '%s\0' "$@" >&9
}

# make_directory PATH: sets $dir to a new directory of that name and some more,
# which goes with the script, if remove_directory was not called before.
make_directory() {
	# A SIGTERM while it is made is acted upon behind the assignment; one to
	# all of us must not end mktemp before it has told the name.
	dir=
	trap 'rm -rf "$dir"' EXIT
	dir=$(trap '' HUP INT TERM; exec mktemp -d "$1.XXXXXX") || exit 111
}

remove_directory() {
	rm -rf "$dir"
	trap - EXIT
}
