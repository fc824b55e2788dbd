# From ws-probe -l: each rule, with its section and its cases; the table of what
# is covered.
BEGIN { FS = "\t" }

function print_rule()
{
	if (rule != "")
		printf("%s: %s\n    %s%s, %d case%s\n", section, rule, first,
		    (last != first ? " to " last : ""), n, (n > 1 ? "s" : ""))
}

$3 != section || $4 != rule {
	print_rule()
	section = $3
	rule = $4
	first = $2
	n = 0
	rules++
}

{
	last = $2
	n++
	cases++
}

END {
	print_rule()
	printf "%d rules, %d cases\n", rules, cases
}
