# shellcheck shell=bash
# heads.bash - what the tests of the handshake's rules share

KEY=dGhlIHNhbXBsZSBub25jZQ==
ACCEPT=s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
URL=ws://server.example.com/chat

# request [FIELD ...]: a good request with more fields.
request() {
	printf 'GET /chat HTTP/1.1\r\nHost: server.example.com\r\n'
	printf 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
	printf 'Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n' "$KEY"
	[ $# = 0 ] || printf '%s\r\n' "$@"
	printf '\r\n'
}

# answer [FIELD ...]: a good answer with more fields.
answer() {
	printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
	printf 'Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n' "$ACCEPT"
	[ $# = 0 ] || printf '%s\r\n' "$@"
	printf '\r\n'
}

# judged MANNER SETTING: what is wrong with our answers to those requests of the
# vectors whose configuration has the setting, and how many were looked at.
judged() {
	awk -F '\t' -v setting="$2" '!/^#/ && $2 ~ setting' \
	    "$VECTORS/handshakes/index.tsv" >rows
	awk -F '\t' -v OFS='\t' -v dir="$VECTORS/handshakes/" '
	function options(config,   all, n, i, k, name, value) {
		all = ""
		n = split(config, setting, ",")
		for (i = 1; i <= n; i++) {
			value = setting[i]
			sub(/^[a-z]*=/, "", value)
			k = split(value, name, " ")
			for (; k > 0; k--)
				all = all " -" letter[substr(setting[i], 1, 4)] \
				    " " name[k]
		}
		return all (config ~ /origins=/ ? "" : " -o *")
	}
	BEGIN {
		letter["subp"] = "p"
		letter["orig"] = "o"
		letter["path"] = "R"
		letter["auth"] = "u"
		letter["lega"] = "O"
	}
	{ print $1, "@" dir $1, "ws-handshake -s" options($2) " cat" }' \
	    rows >cases
	"$CORE" run "$1" head <cases >actual
	awk -F '\t' '
	function wrong(what) {
		print name ": " what
	}
	FNR == NR {
		got[$1] = $0
		next
	}
	{
		name = $1
		split(got[name], column, "\t")
		head = column[4]
		if (index(head, "HTTP/1.1 " $3 " ") != 1)
			wrong("expected " $3 ", got " head " " column[3])
		good = $3 == 101
		if (column[2] != (good ? 0 : 22))
			wrong("exit status " column[2])
		if (good ? column[3] != "-" : column[3] !~ \
		    ("^ws-handshake: refused with " $3 ": [^;]* " \
		    "\\((RFC [0-9]+|hixie-7[56]), [0-9.]+\\)$"))
			wrong("standard error " column[3])
		if ($5 != "-" &&
		    !index(head, "|Sec-WebSocket-Accept: " $5 "|"))
			wrong("expected accept " $5 ", got " head)
		n = $6 == "-" ? 0 : split($6, must, ";")
		for (i = 1; i <= n; i++)
			if (!index(head, "|" must[i]))
				wrong("no " must[i] " in " head)
		n = $7 == "-" ? 0 : split($7, mustnot, ",")
		for (i = 1; i <= n; i++)
			if (index(tolower(head), "|" tolower(mustnot[i]) ":"))
				wrong(mustnot[i] " in " head)
		if (good)
			goods++
	}
	END { print "good " goods + 0 ", all " FNR }' actual rows >wrong
	cut -c1-300 wrong
}
