# From files of what ws-probe wrote down, one an agent: index.html, a matrix of
# cases by agent; for each agent a page of its cases; index.json, as Autobahn's.
# It runs in the folder of the report.

function escaped(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s)
	return s
}

function json(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/[\001-\037]/, " ", s)
	return "\"" s "\""
}

function page_of(file)
{
	sub(/\.probe$/, ".html", file)
	return file
}

function begin_page(file, title)
{
	print "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">" >file
	print "<meta name=\"viewport\" content=\"width=device-width\">" >file
	print "<meta name=\"color-scheme\" content=\"light dark\">" >file
	print "<title>" escaped(title) "</title>" >file
	print style >file
	print "<h1>" escaped(title) "</h1>" >file
}

BEGIN {
	FS = "\t"
	behavior["ok"] = "OK"
	behavior["non-strict"] = "NON-STRICT"
	behavior["informational"] = "INFORMATIONAL"
	behavior["failed"] = "FAILED"
	behavior["skipped"] = "UNIMPLEMENTED"
	word["ok"] = "ok"
	word["non-strict"] = "not strict"
	word["informational"] = "informational"
	word["failed"] = "failed"
	word["skipped"] = "skipped"
	style = "<style>\n" \
":root{--ink:#1c1e21;--dim:#5d646d;--page:#fcfcfb;--line:#e2e2de;" \
"--sunk:#f3f3f0;--ok:#1a6e3c;--okb:#e2f3e7;--ns:#7a5200;--nsb:#fdf0cf;" \
"--in:#285a9c;--inb:#e4eefb;--fa:#a31621;--fab:#fde3e4}\n" \
"@media(prefers-color-scheme:dark){:root{--ink:#e4e4e0;--dim:#9aa0a8;" \
"--page:#17181a;--line:#33363a;--sunk:#202225;--ok:#7fd49b;--okb:#15301f;" \
"--ns:#eac36a;--nsb:#362a0d;--in:#8db8ef;--inb:#16283f;--fa:#ff9a9d;" \
"--fab:#43171a}}\n" \
"body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);" \
"background:var(--page);margin:2rem auto;max-width:74rem;padding:0 1rem}\n" \
"h1{font-size:1.5rem;margin:0 0 .3rem}h2{font-size:1.05rem;margin:2rem 0 .4rem}\n" \
"p{margin:.3rem 0;color:var(--dim)}a{color:inherit}\n" \
"table{border-collapse:collapse;width:100%}\n" \
"th,td{text-align:left;padding:.22rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}\n" \
"thead th{position:sticky;top:0;background:var(--page)}\n" \
"td.id{white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--dim)}\n" \
"th.rule{padding-top:1.1rem;font-weight:600}\n" \
"td.v{white-space:nowrap;width:1%}\n" \
".b{display:inline-block;border-radius:.6rem;padding:0 .55rem;font-size:.85rem;" \
"text-decoration:none;white-space:nowrap}\n" \
".ok{color:var(--ok);background:var(--okb)}.non-strict{color:var(--ns);background:var(--nsb)}\n" \
".informational{color:var(--in);background:var(--inb)}.failed{color:var(--fa);background:var(--fab)}\n" \
".skipped{color:var(--dim);background:var(--sunk)}\n" \
"details{border-bottom:1px solid var(--line);padding:.25rem 0}\n" \
"summary{cursor:pointer;display:flex;gap:.7rem;align-items:baseline}\n" \
"summary .id{min-width:5.5rem;color:var(--dim);font-variant-numeric:tabular-nums}\n" \
"summary .t{flex:1}summary .ms{color:var(--dim);font-size:.85rem;white-space:nowrap}\n" \
"details:target{outline:2px solid var(--in);outline-offset:3px}\n" \
".why{margin:.3rem 0 .3rem 6.2rem;color:var(--fa)}\n" \
".cols{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:1rem;margin:.4rem 0 .8rem 6.2rem}\n" \
"@media(max-width:50rem){.cols{grid-template-columns:1fr;margin-left:0}.why{margin-left:0}}\n" \
"h3{font-size:.8rem;font-weight:600;margin:0 0 .2rem;color:var(--dim)}\n" \
"pre{font:12.5px/1.45 ui-monospace,monospace;margin:0;padding:.5rem .7rem;" \
"background:var(--sunk);border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}\n" \
".out{color:var(--in)}.note{color:var(--dim)}\n" \
"</style>"
}

# -- what there is --

FNR == 1 {
	file = FILENAME
	files[++agents] = file
	name[file] = file
	n_cases[file] = 0
}

$1 == "A" { name[file] = $2 }

$1 == "C" {
	id = $4
	if ((file, id) in verdict)
		replaced[file, id] = 1
	else
		order[file, ++n_cases[file]] = id
	if (!(id in titles)) {
		ids[++id_count] = id
		sections[id] = $8
		titles[id] = $9
	}
	verdict[file, id] = $5
	ms[file, id] = $6
	code[file, id] = $7
	why[file, id] = $10
	script[file, id] = ""
	seen[file, id] = ""
}

$1 == "R" { rules[id] = $2 }

$1 == "E" {
	sub(/^E\t/, "")
	script[file, id] = script[file, id] escaped($0) "\n"
}

$1 == "T" {
	time = $2
	way = substr($3, 1, 1)
	sub(/^T\t[^\t]*\t[^\t]*\t/, "")
	line = sprintf("%9s  %s %s", time, way == ">" ? "&gt;" : way == "<" ? \
	    "&lt;" : " ", escaped($0))
	if (way == ">")
		line = "<span class=out>" line "</span>"
	else if (way == "=")
		line = "<span class=note>" line "</span>"
	seen[file, id] = seen[file, id] line "\n"
}

# -- the pages --

function badge(file, id, link,    v)
{
	v = verdict[file, id]
	if (v == "")
		return ""
	if (link != "")
		return "<a class=\"b " v "\" href=\"" link "#" id "\">" word[v] "</a>"
	return "<span class=\"b " v "\">" word[v] "</span>"
}

function print_case(out, file, id)
{
	print "<details id=\"" id "\"" \
	    (verdict[file, id] == "failed" ? " open" : "") "><summary>" \
	    "<span class=id>" id "</span><span class=t>" \
	    escaped(titles[id]) "</span><span class=ms>" ms[file, id] \
	    " ms</span>" badge(file, id, "") "</summary>" >out
	if (why[file, id] != "")
		print "<p class=why>" escaped(why[file, id]) "</p>" >out
	print "<div class=cols><div><h3>Asked and expected</h3><pre>" \
	    script[file, id] "</pre></div><div><h3>Seen (ms)</h3><pre>" \
	    seen[file, id] "</pre></div></div></details>" >out
}

function summary_of(file,    i, n, v, s)
{
	for (i = 1; i <= n_cases[file]; i++)
		n[verdict[file, order[file, i]]]++
	s = n_cases[file] " cases: " n["ok"] + 0 " ok, " \
	    n["non-strict"] + 0 " not strict, " n["informational"] + 0 \
	    " informational, " (n["skipped"] ? n["skipped"] " skipped, " : "") \
	    n["failed"] + 0 " failed"
	for (v in n)
		delete n[v]
	return s
}

function print_agent(file,    out, i, id, rule)
{
	out = page_of(file)
	begin_page(out, name[file])
	print "<p>" summary_of(file) ". <a href=\"index.html\">All agents</a></p>" >out
	for (i = 1; i <= n_cases[file]; i++) {
		id = order[file, i]
		if (rules[id] != rule) {
			rule = rules[id]
			print "<h2>" escaped(section_name(sections[id])) ": " \
			    escaped(rule) "</h2>" >out
		}
		print_case(out, file, id)
	}
	close(out)
}

function section_name(s)
{
	return s ~ /^7692-/ ? "RFC 7692, " substr(s, 6) : "RFC 6455, " s
}

function print_matrix(    out, i, j, id, rule)
{
	out = "index.html"
	begin_page(out, "WebSocket conformance")
	for (j = 1; j <= agents; j++)
		print "<p><a href=\"" page_of(files[j]) "\">" \
		    escaped(name[files[j]]) "</a>: " summary_of(files[j]) "</p>" >out
	print "<table><thead><tr><th>Case<th>" >out
	for (j = 1; j <= agents; j++)
		print "<th>" escaped(name[files[j]]) >out
	print "<tbody>" >out
	for (i = 1; i <= id_count; i++) {
		id = ids[i]
		if (rules[id] != rule) {
			rule = rules[id]
			print "<tr><th class=rule colspan=" agents + 2 ">" \
			    escaped(section_name(sections[id])) ": " \
			    escaped(rule) >out
		}
		print "<tr><td class=id>" id "<td>" escaped(titles[id]) >out
		for (j = 1; j <= agents; j++)
			print "<td class=v>" badge(files[j], id, page_of(files[j])) >out
	}
	print "</table>" >out
	close(out)
}

function print_json(    out, i, j, id, file, v, c)
{
	out = "index.json"
	print "{" >out
	for (j = 1; j <= agents; j++) {
		file = files[j]
		print "  " json(name[file]) ": {" >out
		for (i = 1; i <= n_cases[file]; i++) {
			id = order[file, i]
			v = behavior[verdict[file, id]]
			c = code[file, id]
			printf("    %s: {\"behavior\": \"%s\", " \
			    "\"behaviorClose\": \"%s\", " \
			    "\"duration\": %d, \"remoteCloseCode\": %s, " \
			    "\"reportfile\": %s}%s\n", json(id), v,
			    (v == "FAILED" ? v : "OK"), ms[file, id] + 0.5,
			    (c > 0 ? c : "null"),
			    json(page_of(file) "#" id),
			    (i < n_cases[file] ? "," : "")) >out
		}
		print "  }" (j < agents ? "," : "") >out
	}
	print "}" >out
	close(out)
}

END {
	for (j = 1; j <= agents; j++)
		print_agent(files[j])
	print_matrix()
	print_json()
}
