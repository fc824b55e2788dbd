# The manual pages and the README: form, examples, agreement with the programs.

load helper

PAGES="tor-websocket-proxy ws-accept ws-b64 ws-check ws-client ws-connect
    ws-deframe ws-frame
    ws-handshake ws-listen ws-probe ws-server ws-session ws-socks ws-view
    ws-stats ws-tls ws-draw"

# What mandoc has to say, but for pages of others that are not installed here.
lint() {
	local root=$TESTS/..
	MANPATH=$root: mandoc -T lint -W style "$root/man1/$1.1" 2>/dev/null |
	    grep -v 'referenced manual not found: Xr [^w][^s]' || true
}

rendered() {
	mandoc -T ascii -O width=1000 "$TESTS/../man1/$1.1" 2>/dev/null |
	    sed $'s/.\b//g'
}

# Its lines, without the program's name in the first column of options.
section() {
	rendered "$1" | awk -v name="$2" '
	    /^[A-Z]/ { on = $0 == name; next }
	    on && NF { sub(/^ +/, ""); print }'
}

# The synopsis in one line, as the usage line has it.
synopsis() {
	section "$1" SYNOPSIS | tr '\n' ' ' | sed 's/  */ /g; s/ $//'
}

same_synopsis() {
	local usage
	usage=$("$1" -h | tr '\n' ' ' |
	    sed 's/^usage: //; s/  */ /g; s/ $//')
	equal "$1" "$usage" "$(synopsis "$1")"
}

# The letters, with a colon where there is an argument: of the usage line, and
# of the string that getopt or getopts goes by.
usage_letters() {
	"$1" -h | grep -o '\[-[^] ]*\( [^]]*\)\?\]\|[: ] *ws-[a-z]* -[a-zA-Z]' |
	    sed 's/^.*ws-[a-z]* //; s/[][-]//g; s/ .*/:/' |
	    grep -o '[^:]:\?' | sort -u
}

getopt_letters() {
	local source=$TESTS/../cmd/$1
	[ ! -e "$source.c" ] || source=$source.c
	sed -n '/getopt(argc, argv,$/{N;s/\n[ \t]*/ /;}
	    s/.*getopt(argc, argv, ":\([^"]*\)".*/\1/p
	    s/.*getopts :\([^ ]*\) .*/\1/p' "$source" |
	    grep -o '[^:]:\?' | sort -u
}

# -A stands alone, and is not getopt's.
same_letters() {
	getopt_letters "$1" >of-getopt
	usage_letters "$1" | grep -v A >of-usage
	same_table of-getopt of-usage
}

examples_work() {
	"$TESTS/examples" "$TESTS/../$1"
}

@test "every program has a page, and every page but the overview a program" {
	(cd "$TESTS/../man1" && printf '%s\n' *.1) |
	    sed '/^ws-filters/d; s/\.1$//' >pages
	(cd "$TESTS/../cmd" && printf '%s\n' *) |
	    sed '/\.[cho]$/d' | sort >programs
	same_table programs pages
}

@test "every page is clean under mandoc's strictest check" {
	begin_rows
	for page in $PAGES ws-filters; do
		ROWS=$((ROWS + 1))
		check_row "$page" equal lint '' "$(lint "$page")"
	done
	all_rows 11
}

@test "the sections of every page stand in one order" {
	begin_rows
	for page in $PAGES; do
		ROWS=$((ROWS + 1))
		sections=$(rendered "$page" | grep '^[A-Z]' | sed '1d;$d' |
		    grep -v '^ENVIRONMENT$' | tr '\n' '/')
		check_row "$page" equal sections "NAME/SYNOPSIS/DESCRIPTION/EXIT\
 STATUS/EXAMPLES/SEE ALSO/STANDARDS/CAVEATS/" "$sections"
	done
	all_rows 11
}

@test "usage line and synopsis agree, letter by letter" {
	begin_rows
	for program in $PAGES; do
		ROWS=$((ROWS + 1))
		check_row "$program" same_synopsis "$program"
	done
	all_rows 11
}

@test "usage line and getopt string name the same options" {
	begin_rows
	for program in $PAGES; do
		ROWS=$((ROWS + 1))
		check_row "$program" same_letters "$program"
	done
	all_rows 11
}

# ws-listen(1) leaves to ws-server(1) what both have.
@test "every option of the synopsis is described" {
	begin_rows
	for program in $PAGES; do
		ROWS=$((ROWS + 1))
		"$program" -h | grep -o '\[-[^] ]*\|^ *-[a-zA-Z]\| -[a-zA-Z] ' |
		    tr -d '[ -' | grep -o . | sort -u >in-usage
		sed -n 's/^\.It Fl \(.\).*/\1/p' "$TESTS/../man1/$program.1" |
		    sort -u >described
		if [ "$program" = ws-listen ]; then
			grep -q '^All options of$' "$TESTS/../man1/ws-listen.1"
			usage_letters ws-server | cut -c1 |
			    sort -u - described >both
			mv both described
		fi
		[[ $program != ws-@(handshake|socks) ]] ||
		    sed -i '/^[cAs]$/d' in-usage described
		check_row "$program" same_table in-usage described
	done
	all_rows 11
}

# The statuses of a page's EXIT STATUS, a line each: those in its sentence, and
# those that it describes.
statuses() {
	section "$1" 'EXIT STATUS' | tr '\n' ' ' |
	    sed 's/^The status is \(.*\), as in ws-filters(1).*/\1/
		s/ or /, /' | sed 's/, /\n/g'
}

@test "exit statuses stand in ws-filters(1), and every page says which are its" {
	section ws-filters 'EXIT STATUS' |
	    sed -n 's/^\(2 to 15\|[0-9][0-9]*\)\(  .*\)*$/\1/p; s/^30, 40 .*/30\n40/p' |
	    sort >known
	[ "$(wc -l <known)" -eq 10 ]
	begin_rows
	for page in $PAGES; do
		ROWS=$((ROWS + 1))
		statuses "$page" | sort >used
		check_row "$page" equal unknown '' "$(comm -23 used known)"
		[ -s used ] || row_failed "$page" 'none'
	done
	all_rows 11
}

@test "the one-liners of the README are those of the pages" {
	begin_rows
	for page in $PAGES; do
		ROWS=$((ROWS + 1))
		line=$(sed -n 's/^\.Nd //p' "$TESTS/../man1/$page.1")
		check_row "$page" grep -q "^ *$page  *$line\$" "$TESTS/../README"
	done
	all_rows 11
}

@test "the examples of ws-frame(1) do what they show" {
	examples_work man1/ws-frame.1
}

@test "the examples of ws-deframe(1) do what they show" {
	examples_work man1/ws-deframe.1
}

@test "the examples of ws-handshake(1) do what they show" {
	examples_work man1/ws-handshake.1
}

@test "the examples of ws-session(1) do what they show" {
	examples_work man1/ws-session.1
}

@test "the examples of ws-b64(1) do what they show" {
	examples_work man1/ws-b64.1
}

@test "the examples of ws-accept(1) do what they show" {
	examples_work man1/ws-accept.1
}

@test "the examples of ws-tls(1) do what they show" {
	examples_work man1/ws-tls.1
}

@test "the examples of ws-connect(1) do what they show" {
	examples_work man1/ws-connect.1
}

@test "the examples of ws-server(1) do what they show" {
	examples_work man1/ws-server.1
}

@test "the examples of ws-listen(1) do what they show" {
	examples_work man1/ws-listen.1
}

@test "the examples of ws-socks(1) do what they show" {
	examples_work man1/ws-socks.1
}

@test "the examples of tor-websocket-proxy(1) do what they show" {
	examples_work man1/tor-websocket-proxy.1
}

@test "the examples of ws-client(1) do what they show" {
	examples_work man1/ws-client.1
}

@test "the examples of ws-check(1) do what they show" {
	examples_work man1/ws-check.1
}

@test "the examples of ws-probe(1) do what they show" {
	examples_work man1/ws-probe.1
}

@test "the examples of ws-view(1) do what they show" {
	examples_work man1/ws-view.1
}

@test "the examples of ws-stats(1) do what they show" {
	examples_work man1/ws-stats.1
}

@test "the examples of ws-draw(1) do what they show" {
	examples_work man1/ws-draw.1
}

@test "the examples of ws-filters(1) do what they show" {
	examples_work man1/ws-filters.1
}

@test "the examples of the README do what they show" {
	examples_work README
}

@test "systemd takes the units of ws-server(1)" {
	command -v systemd-analyze >/dev/null || skip 'no systemd here'
	rendered ws-server | awk '
	    /^ *As nobody$/ { exit }
	    /ws-echo.socket/ { file = "ws-echo.socket" }
	    /ws-echo@.service/ { file = "ws-echo@.service" }
	    /^[A-Z]/ { file = "" }
	    file && /^ *(\[.*\]|[A-Za-z]+=.*)?$/ {
		sub(/^ */, "")
		print > file
	    }'
	grep -q 'Accept=yes' ws-echo.socket
	grep -q 'StandardInput=socket' ws-echo@.service
	sed -i "s|/usr/local/bin/|$TESTS/../cmd/|" ws-echo@.service
	cp ws-echo@.service ws-echo@1.service
	systemd-analyze verify ./ws-echo.socket ./ws-echo@1.service >said 2>&1 ||
	    true
	grep ws-echo said >complaints || true
	equal complaints '' "$(cat complaints)"
}

@test "ENVIRONMENT has all that a script takes from it" {
	begin_rows
	for script in ws-listen tor-websocket-proxy; do
		for name in $(grep -o '\${[A-Z][A-Z0-9_]*[:-]' \
		    "$TESTS/../cmd/$script" | tr -d '${:-' | sort -u); do
			case $name in
			OPTARG) continue ;;
			esac
			ROWS=$((ROWS + 1))
			section "$script" ENVIRONMENT | tr -d , | tr ' ' '\n' |
			    grep -qx "$name" ||
			    row_failed "$script" "$name"
		done
	done
	all_rows 10
}
