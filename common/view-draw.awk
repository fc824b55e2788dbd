# From the columns of ws-view -Tu: a page of HTML with a time line and a sequence
# diagram.  Up to ROWS frames have a row each; of more, those of data between
# two others are put together.  The title is in the environment: TITLE.

# Nothing of a peer's is markup, and no character is cut in two.
function escaped(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	gsub(/"/, "\\&quot;", s)
	gsub(/'/, "\\&#39;", s)
	gsub(/[\001-\037\177]/, "?", s)
	return s
}

function shortened(s, max)
{
	if (length(s) <= max)
		return s
	s = substr(s, 1, max)
	sub(/[\300-\377][\200-\277]*$/, "", s)
	return s "..."
}

function size_text(n)
{
	if (n < 10000)
		return n " B"
	if (n < 10000000)
		return sprintf("%.0f kB", n / 1000)
	return sprintf("%.0f MB", n / 1000000)
}

function seconds_text(s)
{
	return timed ? sprintf("%.3f s", s) : ""
}

function class_of(i)
{
	if (fault[i] != "-")
		return "bad"
	if (kind[i] ~ /^(ping|pong)$/)
		return "ping"
	if (kind[i] == "close")
		return "close"
	if (kind[i] == "head")
		return "head"
	return sender[i]
}

# A frame of data is one of many; others are told one by one, unless there are
# too many of them, too.
function stands_alone(i)
{
	return kind[i] !~ /^(text|binary|cont)$/ || fault[i] != "-"
}

function plural(n, what)
{
	return n " " what (n == 1 ? "" : "s")
}

BEGIN {
	FS = "\t"
	ROWS = 300
	WIDTH = 1000
	LEFT = 250		# where the client's line stands, ...
	RIGHT = 800		# ... and the server's
	ROW = 26
}

$1 == "status" {
	status = $2
	next
}

$3 == "field" { next }

{
	i = ++n
	time[i] = $1
	if ($1 != "-") {
		if (!timed)
			first = $1
		timed = 1
		last = $1
	}
	sender[i] = $2
	kind[i] = $3
	wire[i] = $6 + $7
	bytes[i] = $8
	fault[i] = $10
	label[i] = shortened($11, 64)
	if (stands_alone(i))
		others++
	frames[$2]++
	total[$2] += $8
}

# -- the time line: bytes of the client upwards, of the server downwards --

# Not every awk has sqrt(): by Newton, of a number from 0 to 1.
function root(x,    r, i)
{
	r = 1
	for (i = 0; i < 20; i++)
		r = (r + x / r) / 2
	return r
}

function height_of(b)
{
	return b > 0 ? 6 + 74 * root(b / largest) : 0
}

function place_of(t)
{
	return length_of_it > 0 ? 60 + 900 * t / length_of_it : 60
}

function draw_bar(who, k, b, count,    x, h, y)
{
	if (b <= 0)
		return
	x = 60 + 900 * k / bars
	h = height_of(b)
	y = who == "client" ? 100 - h : 100
	printf "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" " \
	    "height=\"%.1f\"><title>%s: %s, %s</title></rect>\n", who, x, y,
	    (900 / bars > 2 ? 900 / bars - 1 : 900 / bars), h, who,
	    plural(count, "frame"), size_text(b)
}

function draw_time_line(    i, k, b, step, t)
{
	bars = 180
	length_of_it = timed ? last - first : n - 1
	for (i = 1; i <= n; i++) {
		at[i] = timed ? time[i] - first : i - 1
		if (at[i] < 0)
			at[i] = 0
		k = length_of_it > 0 ? int(at[i] / length_of_it * bars) : 0
		if (k >= bars)
			k = bars - 1
		b = bar[sender[i], k] += wire[i]
		bar_count[sender[i], k]++
		if (b > largest)
			largest = b
	}
	print "<svg viewBox=\"0 0 1000 215\" role=\"img\" " \
	    "aria-label=\"bytes over time\">"
	print "<text class=\"name\" x=\"10\" y=\"60\">client</text>"
	print "<text class=\"name\" x=\"10\" y=\"150\">server</text>"
	for (k = 0; k < bars; k++) {
		draw_bar("client", k, bar["client", k], bar_count["client", k])
		draw_bar("server", k, bar["server", k], bar_count["server", k])
	}
	print "<line class=\"axis\" x1=\"60\" y1=\"100\" x2=\"960\" y2=\"100\"/>"
	for (i = 0; i <= 5; i++) {
		t = length_of_it * i / 5
		printf "<text class=\"tick\" x=\"%d\" y=\"205\">%s</text>\n",
		    60 + 180 * i, timed ? sprintf(length_of_it < 10 ? \
		    "%.3f s" : "%.0f s", t) : sprintf("frame %d", t + 1)
	}
	for (i = 1; i <= n; i++)
		if (stands_alone(i) && marks < 2000) {
			marks++
			printf "<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" " \
			    "r=\"3.5\"><title>%s %s %s</title></circle>\n",
			    class_of(i), place_of(at[i]),
			    (sender[i] == "client" ? 96 : 104), sender[i],
			    kind[i], seconds_text(at[i])
		}
	print "</svg>"
}

# -- the sequence diagram --

function draw_time(t, y)
{
	if (timed)
		printf "<text class=\"time\" x=\"110\" y=\"%d\">%s</text>\n",
		    y, seconds_text(t)
}

function draw_arrow(who, class, y,    from, to, tip)
{
	from = who == "client" ? LEFT : RIGHT
	to = who == "client" ? RIGHT : LEFT
	tip = who == "client" ? -9 : 9
	printf "<path class=\"%s line\" d=\"M%d %dH%d\"/>" \
	    "<path class=\"%s\" d=\"M%d %dl%d -4v8z\"/>\n", class, from, y, to,
	    class, to, y, tip
}

function draw_frame(i, y,    text)
{
	draw_time(at[i], y + 3)
	draw_arrow(sender[i], class_of(i), y)
	text = kind[i] label[i]
	printf "<text class=\"label\" x=\"%d\" y=\"%d\">%s<title>%s, %s%s" \
	    "</title></text>\n", (LEFT + RIGHT) / 2, y - 4, escaped(text),
	    escaped(sender[i] " " kind[i]), size_text(bytes[i]),
	    (fault[i] != "-" ? ": " escaped(fault[i]) : "")
	if (fault[i] != "-")
		printf "<text class=\"fault\" x=\"%d\" y=\"%d\">%s</text>\n",
		    RIGHT + 10, y + 3, escaped(shortened(fault[i], 34))
}

# Many frames as one row.
function draw_group(from, to, y,    i, text, c, s, cb, sb)
{
	for (i = from; i <= to; i++)
		if (sender[i] == "client") {
			c++
			cb += bytes[i]
		} else {
			s++
			sb += bytes[i]
		}
	draw_time(at[from], y + 3)
	printf "<rect class=\"group\" x=\"%d\" y=\"%d\" width=\"%d\" " \
	    "height=\"%d\" rx=\"5\"/>\n", LEFT, y - 17, RIGHT - LEFT, ROW - 2
	if (c > 0)
		text = plural(c, "frame") ", " size_text(cb) " \342\206\222"
	if (c > 0 && s > 0)
		text = text "  \302\267  "
	if (s > 0)
		text = text "\342\206\220 " plural(s, "frame") ", " \
		    size_text(sb)
	printf "<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>\n",
	    (LEFT + RIGHT) / 2, y, text
}

function draw_sequence(    i, rows, block, to, y, height, alone)
{
	alone = others <= ROWS / 2
	block = 1
	if (n > ROWS)
		block = int((n - (alone ? others : 0)) / (ROWS / 2)) + 1
	for (i = 1; i <= n; i = to + 1) {
		to = i
		if (!(alone && stands_alone(i)))
			while (to < n && to - i + 1 < block &&
			    !(alone && stands_alone(to + 1)))
				to++
		row_from[++rows] = i
		row_to[rows] = to
	}
	height = 60 + rows * ROW
	printf "<svg viewBox=\"0 0 %d %d\" role=\"img\" " \
	    "aria-label=\"sequence of frames\">\n", WIDTH, height + 10
	printf "<text class=\"name top\" x=\"%d\" y=\"20\">client</text>" \
	    "<text class=\"name top\" x=\"%d\" y=\"20\">server</text>\n",
	    LEFT, RIGHT
	printf "<path class=\"life\" d=\"M%d 30V%dM%d 30V%d\"/>\n", LEFT,
	    height, RIGHT, height
	for (i = 1; i <= rows; i++) {
		y = 35 + i * ROW
		if (row_from[i] == row_to[i])
			draw_frame(row_from[i], y)
		else
			draw_group(row_from[i], row_to[i], y)
	}
	print "</svg>"
}

function print_page(    title)
{
	title = escaped(ENVIRON["TITLE"])
	print "<!DOCTYPE html>"
	print "<html lang=\"en\"><head><meta charset=\"utf-8\">"
	print "<meta http-equiv=\"Content-Security-Policy\" " \
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
	print "<meta name=\"viewport\" content=\"width=device-width\">"
	print "<title>" title "</title>"
	print "<style>"
	print ":root { color-scheme: light dark; --back: #fff; --fore: #222;" \
	    " --dim: #777; --client: #0b6bcb; --server: #2c7a2c;" \
	    " --ping: #b8860b; --close: #8a3ab9; --bad: #c62828;" \
	    " --box: #eef2f6; }"
	print "@media (prefers-color-scheme: dark) { :root { --back: #15181c;" \
	    " --fore: #e4e6e8; --dim: #9aa0a6; --client: #6cb2ff;" \
	    " --server: #7ccf7c; --ping: #e6c15a; --close: #d09cf0;" \
	    " --bad: #ff7b72; --box: #232a31; } }"
	print "body { background: var(--back); color: var(--fore);" \
	    " font: 15px sans-serif; max-width: 1000px; margin: 1em auto;" \
	    " padding: 0 1em; }"
	print "h1 { font-size: 20px; overflow-wrap: anywhere; }" \
	    " p { color: var(--dim); }"
	print "svg { display: block; width: 100%; height: auto; }" \
	    " text { fill: var(--fore); font: 13px sans-serif; }"
	print ".label { text-anchor: middle; font-family: monospace;" \
	    " font-size: 12px; white-space: pre; unicode-bidi: isolate; }"
	print ".time { text-anchor: end; } .time, .tick { fill: var(--dim);" \
	    " font-size: 12px; } .tick { text-anchor: middle; }"
	print ".name { font-weight: bold; } .top { text-anchor: middle; }" \
	    " .fault { fill: var(--bad); font-size: 11px; }"
	print ".client { fill: var(--client); } .server { fill: var(--server); }" \
	    " .ping { fill: var(--ping); } .close { fill: var(--close); }" \
	    " .bad { fill: var(--bad); } .head { fill: var(--dim); }"
	print ".line { fill: none; stroke-width: 1.5; }" \
	    " .client.line { stroke: var(--client); }" \
	    " .server.line { stroke: var(--server); }" \
	    " .ping.line { stroke: var(--ping); }" \
	    " .close.line { stroke: var(--close); }" \
	    " .bad.line { stroke: var(--bad); }" \
	    " .head.line { stroke: var(--dim); }"
	print ".axis, .life { stroke: var(--dim); fill: none; }" \
	    " .group { fill: var(--box); }"
	print "</style></head><body>"
	print "<h1>" title "</h1>"
	printf "<p>%s%s of the client, %s; %s of the server, %s</p>\n",
	    (timed ? sprintf("%.3f s; ", last - first) : ""),
	    plural(frames["client"] + 0, "line"),
	    size_text(total["client"] + 0),
	    plural(frames["server"] + 0, "line"),
	    size_text(total["server"] + 0)
	draw_time_line()
	draw_sequence()
	print "</body></html>"
}

END {
	if (status == 0 || n > 0)
		print_page()
	exit status
}
