# From the columns of ws-view -Tu: figures, as text or, with json set, JSON.
# Memory is bounded: sizes and gaps above 4095 are kept to a part in 64, times in
# at most 240 intervals.

# Rounds a number down to what is kept of it.
function kept(n,    unit)
{
	n = int(n)
	for (unit = 1; n / unit >= 4096; unit *= 2)
		;
	return unit == 1 ? n : int(n / unit / 32) * unit * 32
}

# Adds a value to a distribution, of which there are several in one table.
function add(name, value,    k)
{
	k = kept(value)
	count[name]++
	sum[name] += value
	if (!(name in most) || value > most[name])
		most[name] = value
	if (!(name in least) || value < least[name])
		least[name] = value
	if (!((name, k) in table))
		values[name] = values[name] " " k
	table[name, k]++
}

# Its quantile: the value that so large a part does not exceed.
function quantile(name, part,    list, n, i, k, gap, v, seen)
{
	n = split(values[name], list, " ")
	for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= n; i++) {
			v = list[i] + 0
			for (k = i - gap; k > 0 && list[k] + 0 > v; k -= gap)
				list[k + gap] = list[k]
			list[k + gap] = v
		}
	for (i = 1; i <= n; i++) {
		seen += table[name, list[i]]
		if (seen >= part * count[name])
			break
	}
	v = list[i] + 0
	return v < least[name] ? least[name] : v
}

# Counts what was said at a time.  When there are too many intervals, two become
# one.
function add_rate(who, time, bytes,    i, k)
{
	i = int((time - first) / width)
	if (i < 0)
		i = 0
	while (i >= 240) {
		for (k = 0; k < 240; k++) {
			move("client", k)
			move("server", k)
		}
		width *= 2
		i = int((time - first) / width)
	}
	rate_messages[who, i]++
	rate_bytes[who, i] += bytes
	if (i > last_interval)
		last_interval = i
}

function move(who, k,    to, m, b)
{
	to = int(k / 2)
	m = rate_messages[who, k]
	b = rate_bytes[who, k]
	rate_messages[who, k] = rate_bytes[who, k] = 0
	rate_messages[who, to] += m
	rate_bytes[who, to] += b
	last_interval = last_interval > 119 ? 119 : last_interval
}

function milliseconds(us)
{
	return sprintf("%.3f", us / 1000)
}

BEGIN {
	FS = "\t"
	width = 1
	side[1] = "client"
	side[2] = "server"
}

$1 == "status" {
	status = $2
	next
}

{ timed = $1 != "-" }

timed {
	if (first == "")
		first = $1
	last = $1
}

$3 == "field" {
	head_bytes[$2] += $7
	next
}

$3 == "head" {
	head_bytes[$2] += $7 + 2	# with the empty line
	if ($2 == "client")
		sessions++
	next
}

{
	frames[$2]++
	kinds[$2, $3]++
	header[$2] += $6
	wire[$2] += $7
}

$10 != "-" { violations[$2]++ }

$3 ~ /^(text|binary|cont)$/ {
	plain[$2] += $8
	if ($5) {
		before[$2] += $8
		after[$2] += $7
	}
	if ($3 != "cont")
		size[$2] = 0
	size[$2] += $8
	if (timed)
		add_rate($2, $1, $8)
	if ($4) {
		messages[$2]++
		add($2 " size", size[$2])
		if (timed) {
			if ($2 in told)
				add($2 " gap", ($1 - told[$2]) * 1000000)
			told[$2] = $1
		}
	}
}

# A pong answers the ping of the other side with the same payload, or an earlier
# one (5.5.3).
$3 == "ping" && timed { asked[$2, $11] = $1 }

$3 == "pong" && timed {
	other = $2 == "client" ? "server" : "client"
	if ((other, $11) in asked) {
		add(other " trip", ($1 - asked[other, $11]) * 1000000)
		delete asked[other, $11]
	}
}

$3 == "close" {
	if (closes == 0 || closed_by[closes] == $2)
		closes = 0
	closed_by[++closes] = $2
	code[closes] = $9
	reason[closes] = $11
}

function ended(    text)
{
	if (closes == 0)
		return "no Close"
	text = "Close" (code[1] != "-" ? " " code[1] : " without a code") \
	    " from the " closed_by[1]
	if (closes == 1)
		return text ", not answered"
	return text ", answered with" (code[2] != "-" ? " " code[2] : \
	    " one without a code")
}

function row(name, client, server)
{
	printf "%-28s %14s %14s\n", name, client, server
}

function number(all, who)
{
	return all[who] + 0
}

function percent(part, all)
{
	return all > 0 ? sprintf("%.1f %%", 100 * part / all) : "-"
}

function overhead(who)
{
	return percent(number(header, who), header[who] + wire[who])
}

function ratio(who)
{
	return percent(after[who], before[who])
}

function sized(who, part)
{
	return count[who " size"] ? quantile(who " size", part) : "-"
}

function waited(who, what, part)
{
	return count[who " " what] ? \
	    milliseconds(quantile(who " " what, part)) : "-"
}

function longest(who, what)
{
	return count[who " " what] ? milliseconds(most[who " " what]) : "-"
}

function per_second(n)
{
	return seconds > 0 ? sprintf("%.1f", n / seconds) : "-"
}

function kinds_of(who, what)
{
	return kinds[who, what] + 0
}

function print_text(    i, k, step, m, b, n)
{
	printf "sessions  %d\n", (sessions > 0 ? sessions : 1)
	printf "duration  %s\n", (first == "" ? "not recorded" : \
	    sprintf("%.6f s", seconds))
	printf "ended by  %s\n\n", ended()
	row("", "client", "server")
	row("messages", number(messages, "client"), number(messages, "server"))
	row("  a second", per_second(messages["client"]),
	    per_second(messages["server"]))
	n = split("text binary cont ping pong close reserved", kind_list, " ")
	row("frames", number(frames, "client"), number(frames, "server"))
	for (i = 1; i <= n; i++) {
		k = kind_list[i]
		if (kinds_of("client", k) + kinds_of("server", k) > 0)
			row("  " k, kinds_of("client", k),
			    kinds_of("server", k))
	}
	row("violations", number(violations, "client"),
	    number(violations, "server"))
	row("bytes of heads", number(head_bytes, "client"),
	    number(head_bytes, "server"))
	row("bytes of messages", number(plain, "client"),
	    number(plain, "server"))
	row("  a second", per_second(plain["client"]),
	    per_second(plain["server"]))
	row("  compressed to", ratio("client"), ratio("server"))
	row("bytes of frame headers", number(header, "client"),
	    number(header, "server"))
	row("  of all that frames take", overhead("client"), overhead("server"))
	row("size of a message, median", sized("client", 0.5),
	    sized("server", 0.5))
	row("  90 % have at most", sized("client", 0.9), sized("server", 0.9))
	row("  99 % have at most", sized("client", 0.99), sized("server", 0.99))
	row("  largest", count["client size"] ? most["client size"] : "-",
	    count["server size"] ? most["server size"] : "-")
	row("gap in ms, median", waited("client", "gap", 0.5),
	    waited("server", "gap", 0.5))
	row("  90 % are at most", waited("client", "gap", 0.9),
	    waited("server", "gap", 0.9))
	row("  longest", longest("client", "gap"), longest("server", "gap"))
	row("pings answered", number(count, "client trip"),
	    number(count, "server trip"))
	row("  in ms, median", waited("client", "trip", 0.5),
	    waited("server", "trip", 0.5))
	row("  longest", longest("client", "trip"), longest("server", "trip"))
	if (first == "" || plain["client"] + plain["server"] == 0)
		return
	step = int(last_interval / 20) + 1
	printf "\n%-14s %12s %14s %12s %14s\n", "from second", "client: msgs",
	    "bytes", "server: msgs", "bytes"
	for (i = 0; i <= last_interval; i += step) {
		for (k = 1; k <= 2; k++) {
			m[k] = b[k] = 0
			for (n = i; n < i + step; n++) {
				m[k] += rate_messages[side[k], n]
				b[k] += rate_bytes[side[k], n]
			}
		}
		printf "%-14d %12d %14d %12d %14d\n", i * width, m[1], b[1],
		    m[2], b[2]
	}
}

function json_number(value)
{
	return value == "-" || value == "" ? "null" : value + 0
}

function print_side(who,    i, n, list)
{
	printf "\"%s\":{\"messages\":%d,\"frames\":%d", who,
	    messages[who], frames[who]
	n = split("text binary cont ping pong close reserved raw", list, " ")
	for (i = 1; i <= n; i++)
		printf ",\"%s\":%d", list[i], kinds_of(who, list[i])
	printf ",\"violations\":%d,\"head_bytes\":%.0f,\"bytes\":%.0f," \
	    "\"wire_bytes\":%.0f,\"header_bytes\":%.0f", violations[who],
	    head_bytes[who], plain[who], wire[who], header[who]
	printf ",\"compressed_from\":%.0f,\"compressed_to\":%.0f",
	    before[who], after[who]
	printf ",\"size\":{\"median\":%s,\"p90\":%s,\"p99\":%s,\"max\":%s}",
	    json_number(sized(who, 0.5)), json_number(sized(who, 0.9)),
	    json_number(sized(who, 0.99)), (count[who " size"] ? \
	    most[who " size"] : "null")
	printf ",\"gap_ms\":{\"median\":%s,\"p90\":%s,\"p99\":%s,\"max\":%s}",
	    json_number(waited(who, "gap", 0.5)),
	    json_number(waited(who, "gap", 0.9)),
	    json_number(waited(who, "gap", 0.99)),
	    json_number(longest(who, "gap"))
	printf ",\"ping_ms\":{\"answered\":%d,\"median\":%s,\"p90\":%s," \
	    "\"max\":%s}}", count[who " trip"],
	    json_number(waited(who, "trip", 0.5)),
	    json_number(waited(who, "trip", 0.9)),
	    json_number(longest(who, "trip"))
}

function print_json(    i)
{
	printf "{\"sessions\":%d,\"start\":%s,\"seconds\":%s,",
	    (sessions > 0 ? sessions : 1), (first == "" ? "null" : first),
	    (first == "" ? "null" : sprintf("%.6f", seconds))
	printf "\"closed_by\":%s,\"close_code\":%s,\"answer_code\":%s,",
	    (closes > 0 ? "\"" closed_by[1] "\"" : "null"),
	    (closes > 0 ? json_number(code[1]) : "null"),
	    (closes > 1 ? json_number(code[2]) : "null")
	print_side("client")
	printf ","
	print_side("server")
	printf ",\"interval\":%d,\"rate\":[", width
	for (i = 0; first != "" && i <= last_interval; i++)
		printf "%s{\"client_messages\":%d,\"client_bytes\":%.0f," \
		    "\"server_messages\":%d,\"server_bytes\":%.0f}",
		    (i > 0 ? "," : ""), rate_messages["client", i],
		    rate_bytes["client", i], rate_messages["server", i],
		    rate_bytes["server", i]
	print "]}"
}

END {
	seconds = last - first
	if (status == 0 || NR > 1) {
		if (json)
			print_json()
		else
			print_text()
	}
	exit status
}
