# From what ws-probe writes down: TAP on standard output, a summary by section,
# and, with report, a file for each agent in that folder, of which
# check-report.awk makes the report.  Status 1 if a case failed.
# Variables: strict, verbose, agent, report, lib, count.

# Whether the file tells of another agent, of this run or of one before.
function taken(file, name,    line, other)
{
	if (file in known)
		return known[file] != name
	other = (getline line <file) > 0 && line != "A\t" name
	close(file)
	return other
}

# No two agents have the same file, and none that of the matrix.
function file_of(name,    file)
{
	file = name == "index" ? "index_" : name
	gsub(/[^A-Za-z0-9._-]/, "_", file)
	sub(/^[.-]/, "_", file)
	while (taken(report "/" file ".probe", name))
		file = file "_"
	return report "/" file ".probe"
}

function quoted(s)
{
	gsub(/'/, "'\\''", s)
	return "'" s "'"
}

# The pages, from all that lies in the folder.
function make_report(    command, f)
{
	for (f in known)
		close(f)
	command = "cd " quoted(report) " && awk -f " \
	    quoted(lib "/check-report.awk") " *.probe"
	if (system(command) != 0)
		broken = 1
}

function print_tap(    line, i, bad)
{
	if (verdict == "")
		return
	bad = verdict == "failed" || (verdict == "non-strict" && strict)
	line = (verdict == "failed" || verdict == "non-strict" ? "not ok " : \
	    "ok ") ++told " - " id " " title
	gsub(/#/, "\\#", line)
	if (verdict == "non-strict" && !strict)
		line = line " # TODO not strict: " reason
	else if (verdict == "informational")
		line = line " # informational" (reason != "" ? ": " reason : "")
	else if (verdict == "skipped")
		line = line " # SKIP " reason
	print line
	if (bad)
		print "# " reason
	if (bad || verbose)
		for (i = 1; i <= lines; i++)
			print "#   " log_line[i]
	fflush()
	verdict = ""
}

function count_one()
{
	if (!(section in asked))
		sections[++section_count] = section
	asked[section]++
	by[section, verdict]++
	total[verdict]++
}

BEGIN {
	FS = "\t"
	head = "TAP version 13"
	if (lib !~ /^\//) {
		"pwd" | getline here
		lib = here "/" lib
	}
}

function begin_tap()
{
	if (head != "") {
		print head
		if (planned)
			print "1.." planned
		head = ""
	}
}

$1 == "L" {
	begin_tap()
	print "# listening on " ($2 ~ /:/ ? "[" $2 "]" : $2) ":" $3 ", " \
	    count " cases"
	fflush()
}

$1 == "N" && !planned {
	planned = count
	begin_tap()
}

$1 == "C" {
	print_tap()
	id = $4
	verdict = $5
	section = $8
	title = $9
	reason = $10
	lines = 0
	count_one()
	if (report != "") {
		name = agent != "" ? agent : $2 != "-" ? $2 : "server"
		file = file_of(name)
		if (!(file in known)) {
			known[file] = name
			printf "A\t%s\n", name >file
			close(file)	# what follows is added to it
		}
	}
}

# Heads only where they are what is asked.
$1 == "T" && lines < 100 && ($3 !~ /h/ || section ~ /^4|^9|^11|^7692-[57]/) {
	log_line[++lines] = sprintf("%8s ms %s %s", $2, substr($3, 1, 1), $4)
}

report != "" && file != "" && $1 ~ /^[CRET]$/ {
	print >>file
}

$1 == "U" {
	print_tap()
	if (report != "")
		make_report()
}

END {
	print_tap()
	begin_tap()
	if (!planned)
		print "1.." told + 0
	for (i = 1; i <= section_count; i++) {
		s = sections[i]
		printf "# %-8s %4d asked, %4d ok", s, asked[s], by[s, "ok"]
		if (by[s, "non-strict"])
			printf ", %d not strict", by[s, "non-strict"]
		if (by[s, "informational"])
			printf ", %d informational", by[s, "informational"]
		if (by[s, "skipped"])
			printf ", %d skipped", by[s, "skipped"]
		if (by[s, "failed"])
			printf ", %d failed", by[s, "failed"]
		print ""
	}
	printf "# in all   %4d asked, %d ok, %d not strict, %d " \
	    "informational, %s%d failed\n", told, total["ok"],
	    total["non-strict"], total["informational"],
	    total["skipped"] ? total["skipped"] " skipped, " : "",
	    total["failed"]
	if (report != "")
		make_report()
	exit broken ? 111 : told == 0 || total["failed"] > 0 || \
	    (strict && total["non-strict"] > 0) || (planned && told < planned)
}
