#!/usr/bin/env bats
# TLS: who the server is, what failed, who else may listen; with servers that
# are not ours.
# Not tested: authorities of the system's (the suite has none that it knows).

load helper
load session
load nginx
load net

setup() {
	need socat ss openssl stunnel
	session_begin
}

# -- certificates --

authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -keyout ca.key -out ca.pem -subj '/CN=test CA' -days 2 \
	    2>openssl.log
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	    -keyout leaf.key -out leaf.csr -subj '/CN=leaf' 2>>openssl.log
}

# certificate FILE CN SAN [ARG ...]: one of the authority's; "-" is none.
certificate() {
	local file=$1 cn=$2 san=$3
	shift 3
	case $san in
	-) echo 'basicConstraints=CA:FALSE' ;;
	*) echo "subjectAltName=$san" ;;
	esac >extension
	[ "$cn" != - ] && cn=/CN=$cn || cn=/O=nobody
	openssl req -new -key leaf.key -subj "$cn" -out one.csr 2>>openssl.log
	openssl x509 -req -in one.csr -CA ca.pem -CAkey ca.key \
	    -CAcreateserial -out "$file" -days 2 -extfile extension "$@" \
	    2>>openssl.log || {
		cat openssl.log
		return 1
	}
}

# dated FILE FROM TO SAN: one of the authority's for that time (YYYYMMDDHHMMSSZ).
dated() {
	rm -f index.txt*
	: >index.txt
	printf '%s\n' '[ca]' default_ca=one '[one]' database=index.txt \
	    new_certs_dir=. default_md=sha256 policy=any rand_serial=yes \
	    '[any]' commonName=optional '[extension]' \
	    "subjectAltName=$4" >ca.conf
	openssl ca -batch -config ca.conf -extensions extension -startdate "$2" \
	    -enddate "$3" -in leaf.csr -cert ca.pem -keyfile ca.key -notext \
	    -out "$1" 2>>openssl.log || {
		cat openssl.log
		return 1
	}
}

# -- who the server is (RFC 9525) --

# CN | SAN | name | curl's verdict, and ours where it is another.
identities() {
	cat <<-'END'
	- | DNS:far.example | far.example | yes
	- | DNS:far.example | FAR.Example | yes
	- | DNS:FAR.example | far.example | yes
	- | DNS:far.example | far.example. | yes
	- | DNS:far.example | near.example | no
	- | DNS:far.example | a.far.example | no
	- | DNS:far.example | example | no
	- | DNS:far.example | xfar.example | no
	- | DNS:far.example,DNS:b.example | b.example | yes
	- | DNS:a.example,DNS:*.b.example | x.b.example | yes
	- | DNS:*.far.example | a.far.example | yes
	- | DNS:*.far.example | A.FAR.EXAMPLE | yes
	- | DNS:*.far.example | a.far.example. | yes
	- | DNS:*.far.example | far.example | no
	- | DNS:*.far.example | a.b.far.example | no
	- | DNS:*.far.example | xn--bcher-kva.far.example | yes
	- | DNS:*.com | far.com | no
	- | DNS:*.localhost | a.localhost | no
	- | DNS:* | localhost | no
	- | DNS:* | far.example | no
	- | DNS:*.*.example | a.b.example | no
	- | DNS:a.*.example | a.b.example | no
	- | DNS:f*.far.example | foo.far.example | no
	- | DNS:*r.far.example | bar.far.example | no
	- | DNS:f*r.far.example | foobar.far.example | no
	- | DNS:**.far.example | a.far.example | no
	- | DNS:xn--*.far.example | xn--a.far.example | no
	- | DNS:localhost | localhost | yes
	- | DNS:a_b.example | a_b.example | yes
	far.example | DNS:other.example | far.example | no
	far.example | DNS:other.example | other.example | yes
	far.example | DNS:far.example | far.example | yes
	other.example | DNS:*.far.example | a.far.example | yes
	other.example | DNS:far.example | other.example | no
	- | IP:127.0.0.1 | 127.0.0.1 | yes
	- | IP:127.0.0.1 | 127.0.0.2 | no
	- | IP:127.0.0.1 | localhost | no
	- | IP:::1 | [::1] | yes
	- | IP:::1 | [0:0:0:0:0:0:0:1] | yes
	- | IP:::1 | [::2] | no
	- | IP:::1 | far.example | no
	- | IP:::1 | ip6-localhost | no
	- | IP:::ffff:127.0.0.1 | 127.0.0.1 | no
	- | IP:2001:db8::a | [2001:DB8:0::A] | yes
	- | DNS:127.0.0.1 | 127.0.0.1 | no
	- | DNS:*.0.0.1 | 127.0.0.1 | no
	127.0.0.1 | DNS:other.example | 127.0.0.1 | no
	127.0.0.1 | - | 127.0.0.1 | yes | no
	- | email:a@far.example | far.example | no
	- | URI:https://far.example/ | far.example | no
	- | DER:30:1c:82:1a:66:61:72:2e:65:78:61:6d:70:6c:65:00:2e:65:76:69:6c:2e:65:78:61:6d:70:6c:65:2e | far.example | no
	- | DER:30:16:82:14:78:20:2f:2f:20:66:61:72:2e:65:78:61:6d:70:6c:65:20:2f:2f:20 | far.example | no
	- | DER:30:16:82:14:78:2c:44:4e:53:3a:66:61:72:2e:65:78:61:6d:70:6c:65:2c:61:62 | far.example | no
	- | DER:30:0e:82:0c:66:61:72:2e:65:78:61:6d:70:6c:65:2e | far.example | yes | no
	far.example | - | far.example | yes
	far.example | IP:127.0.0.1 | far.example | no | yes
	far.example | email:a@b.example | far.example | yes
	f*.far.example | - | foo.far.example | no
	*.com | - | far.com | no
	END
}

# A dNSName with a NUL, one with what separates names in lists of other programs,
# twice, and one with a final dot are the rows with DER.  A certificate without any
# dNSName is OpenSSL's to judge, by its CN (see CAVEATS of ws-connect(1)).

# The verdict of ws-connect, or of curl, on certificate N under that name.
verdict() {
	local status=0
	case $1 in
	curl) timeout 20 curl -s --noproxy '' -x "http://127.0.0.1:$port" \
		  --cacert ca.pem "https://$3:$2/" >said 2>&1 || status=$? ;;
	*) timeout 20 ws-connect -K ca.pem -x "http://127.0.0.1:$port" \
	       "tls:$3:$2" true >said 2>&1 || status=$? ;;
	esac
	case $1:$status in
	*:0) echo yes ;;
	curl:60 | curl:51) echo no ;;
	ws:111)
		grep -q "is not for $3\|is not for" said && echo no ||
		    echo "111 $(cat said)" ;;
	*) echo "$status $(cat said)" ;;
	esac
}

@test "a certificate is for a name, or is not, as curl says and RFC 9525 (6.3) has it" {
	need curl python3
	authority
	begin_rows
	identities >rows
	count=0
	while IFS='|' read -r cn san name want ours; do
		count=$((count + 1))
		certificate $count.pem "${cn% }" "$(echo $san)"
	done <rows
	serve proxy "$python" "$peers/tlsproxy.py" "$count"
	while IFS='|' read -r cn san name want ours; do
		ROWS=$((ROWS + 1))
		set -- $name $want $ours
		check_row "$cn|$san|$name: curl" equal verdict "$2" \
		    "$(verdict curl $ROWS "$1")"
		check_row "$cn|$san|$name" equal verdict "${3:-$2}" \
		    "$(verdict ws $ROWS "$1")"
	done <rows
	all_rows 50
}

# -- what failed, and what helps --

# said STATUS SENTENCE COMMAND ...: it ends so, with that one line.
said() {
	local status=0 want=$1 sentence=$2
	shift 2
	timeout 20 "$@" >said.out 2>said.err </dev/null || status=$?
	equal status "$want" "$status" || { cat said.err; return 1; }
	equal sentence "$sentence" "$(cat said.err)" || return 1
	equal output '' "$(cat said.out)"
}

# s_server NAME ARG ...: openssl's; sets port.
s_server() {
	port=$(free_port)
	start "$1" openssl s_server -quiet -accept "127.0.0.1:$port" "${@:2}"
	listens_on "$port" "$1"
}

@test "expired, not yet valid, self-signed, unknown, wrong name: each has its sentence" {
	authority
	certificate right.pem - DNS:localhost
	certificate expired.pem - DNS:localhost -days -1
	dated early.pem 20880101000000Z 20890101000000Z DNS:localhost
	certificate other.pem - DNS:other.example
	openssl req -x509 -key leaf.key -subj /CN=localhost -days 2 \
	    -addext subjectAltName=DNS:localhost -out self.pem
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -keyout stranger.key -out stranger.pem -subj /CN=stranger \
	    -days 2 2>openssl.log
	cat right.pem ca.pem >chain.pem
	begin_rows
	while IFS='|' read -r server ca sentence; do
		ROWS=$((ROWS + 1))
		s_server "s$ROWS" -key leaf.key -cert "$server.pem" \
		    $([ "$server" != chain ] || echo -cert_chain ca.pem)
		check_row "$server, $ca" said 111 \
		    "ws-connect: connect tls:localhost:$port: the server's certificate $sentence" \
		    ws-connect -K "$ca.pem" "tls:localhost:$port" true
		check_row "$server, $ca: -I" \
		    ws-connect -I "tls:localhost:$port" true
	done <<-'END'
	expired|ca|has expired: it has to be renewed there, unless the clock is wrong here
	early|ca|is not valid yet: is the clock right?
	self|ca|is self-signed: -K FILE trusts the one in a file
	right|stranger|is of an unknown authority: -K FILE trusts the one in a file
	chain|stranger|is of an unknown authority: -K FILE trusts the one in a file
	other|ca|is not for localhost, but for another name
	END
	s_server good -key leaf.key -cert right.pem
	ws-connect -K ca.pem "tls:localhost:$port" true
	s_server own -key leaf.key -cert self.pem
	ws-connect -K self.pem "tls:localhost:$port" true
	all_rows 6
}

@test "-K, -E, -Y: what cannot be right is refused at once, by that letter" {
	authority
	certificate leaf.pem - DNS:localhost
	openssl ec -in leaf.key -aes128 -passout pass:x -out secret.key \
	    2>openssl.log
	echo rubbish >rubbish
	printf -- '-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n' >worse
	begin_rows
	while IFS='|' read -r status args sentence; do
		ROWS=$((ROWS + 1))
		check_row "$args" said "$status" "ws-connect: $sentence" \
		    ws-connect $args tls:127.0.0.1:1 true
	done <<-'END'
	100|-K .|-K: . is a directory, not a file (PEM)
	100|-K rubbish|-K: no certificate in rubbish (PEM)
	100|-K leaf.key|-K: no certificate in leaf.key (PEM)
	111|-K none|-K: open none: No such file or directory
	100|-E rubbish|-E: no certificate in rubbish (PEM)
	100|-E leaf.pem|-E: no private key (-Y) in leaf.pem (PEM)
	100|-E leaf.pem -Y leaf.pem|-Y: no private key in leaf.pem (PEM)
	100|-E leaf.pem -Y secret.key|-Y: the key in secret.key has a password, for which nobody can be asked
	100|-Y leaf.key|-Y: no certificate (-E)
	END
	all_rows 9
	s_server some -key leaf.key -cert leaf.pem
	while IFS='|' read -r args sentence; do
		check_row "$args" said 111 \
		    "ws-connect: connect tls:localhost:$port: $sentence" \
		    ws-connect $args "tls:localhost:$port" true
	done <<-'END'
	-K worse|no certificate that OpenSSL can read is there to trust (-K, SSL_CERT_FILE)
	-K ca.pem -E leaf.pem -Y ca.key|the key (-Y) is not that of the certificate (-E)
	-K ca.pem -E worse -Y ca.key|the certificate (-E) cannot be read by OpenSSL
	END
	all_rows 8
}

@test "a client certificate, which the server wants, does not trust, or does not get" {
	authority
	certificate server.pem - DNS:localhost
	certificate client.pem client -
	cat client.pem leaf.key >both.pem
	for version in 1.2 1.3; do
		listen "l$version" -E server.pem -Y leaf.key 0 cat
		back=$port
		port=$(free_port)
		start "front$version" socat \
		    "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,cert=server.pem,key=leaf.key,cafile=ca.pem,verify=1,openssl-min-proto-version=TLS$version,openssl-max-proto-version=TLS$version" \
		    "OPENSSL:127.0.0.1:$back,verify=0"
		listens_on "$port" "front$version"
		url=wss://localhost:$port
		for own in '-E client.pem -Y leaf.key' '-E both.pem'; do
			run -0 client -K ca.pem $own "$url" <<<hello
			[ "$output" = hello ]
		done
		run client -K ca.pem "$url" </dev/null
		[ "$status" -ne 0 ]
		echo "$output"
		[[ $output == *'the server wants a client certificate: -E FILE'* ||
		    $output == *'the server refused the TLS handshake'* ]]
	done
}

# answers NAME PYTHON: a server that does that with its first connection s;
# sets port.
answers() {
	serve "$1" "$python" -c '
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
s = listener.accept()[0]
exec(sys.argv[1])
time.sleep(0 if "close" in sys.argv[1] else 60)
' "$2"
}

@test "what answers a TLS handshake is no TLS, is an alert, ends, or is silent" {
	begin_rows
	local x
	x=$(printf '%0200d' 0 | tr 0 x)
	while IFS='|' read -r status answer sentence; do
		ROWS=$((ROWS + 1))
		sentence=${sentence/XXX/$x}
		answers "a$ROWS" "$answer"
		check_row "$answer" said "$status" \
		    "ws-connect: connect tls:127.0.0.1:$port: $sentence" \
		    ws-connect -I -w "$([ "$status" = 28 ] && echo 1 || echo 10)" \
		    "tls:127.0.0.1:$port" true
	done <<-'END'
	111|s.sendall(b"220 hello there, this is no TLS\r\n")|the server does not speak TLS there, but says "220 hello there, this is no TLS"
	111|s.sendall(b"SSH-2.0-x \x1b[2J\r\nmore\r\n")|the server does not speak TLS there, but says "SSH-2.0-x \x1b[2J"
	111|s.sendall(b"22");time.sleep(.1);s.sendall(b"0 ab\r\n")|the server does not speak TLS there, but says "220 ab"
	111|s.sendall(b"hi");s.close()|the server does not speak TLS there, but says "hi"
	111|s.sendall(b"x"*999)|the server does not speak TLS there, but says "XXX"
	111|s.recv(999);s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")|the server does not speak TLS there, but says "HTTP/1.1 400 Bad Request": ws://?
	111|s.recv(999);s.close()|the server ended the connection within the TLS handshake
	111|s.recv(999);s.sendall(bytes.fromhex("15030300020228"))|the server refused the TLS handshake (alert: handshake failure)
	111|s.recv(999);s.sendall(bytes.fromhex("15030300020246"))|the server speaks no version of TLS that is allowed here
	111|s.recv(999);s.sendall(bytes.fromhex("15030300020270"))|the server does not know itself by that name (TLS alert)
	28|s.recv(999)|no TLS connection in time
	28|s.recv(999);s.sendall(bytes.fromhex("160303"))|no TLS connection in time
	END
	all_rows 12
}

@test "stunnel is missing: a sentence" {
	mkdir bin
	for program in ws-connect true timeout cat od; do
		ln -s "$(command -v "$program")" "bin/$program"
	done
	answers silent 's.recv(999)'
	[ ! -e /usr/sbin/stunnel ] || skip '/usr/sbin/stunnel is there'
	PATH=$PWD/bin said 111 \
	    "ws-connect: connect tls:127.0.0.1:$port: TLS needs stunnel, which is not installed" \
	    ws-connect -I "tls:127.0.0.1:$port" true
}

@test "the environment: what it names is trusted, nothing of it breaks out" {
	authority
	certificate leaf.pem - DNS:localhost
	s_server some -key leaf.key -cert leaf.pem
	mkdir trusted ours
	cp ca.pem "trusted/$(openssl x509 -hash -noout -in ca.pem).0"
	printf -- '-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n' >worse
	here="connect tls:localhost:$port:"
	begin_rows
	while IFS='|' read -r setting status sentence; do
		ROWS=$((ROWS + 1))
		check_row "$setting" said "$status" "${sentence:+ws-connect: $sentence}" \
		    env "$(printf '%b' "$setting")" ws-connect "tls:localhost:$port" true
	done <<-END
	SSL_CERT_FILE=ca.pem|0|
	SSL_CERT_DIR=trusted|0|
	SSL_CERT_FILE=|111|$here the server's certificate is of an unknown authority: -K FILE trusts the one in a file
	SSL_CERT_DIR=none|111|$here the server's certificate is of an unknown authority: -K FILE trusts the one in a file
	SSL_CERT_FILE=none|111|$here no certificate that OpenSSL can read is there to trust (-K, SSL_CERT_FILE)
	SSL_CERT_FILE=worse|111|$here no certificate that OpenSSL can read is there to trust (-K, SSL_CERT_FILE)
	SSL_CERT_FILE=a\\nverifyChain=no|100|SSL_CERT_FILE: a line break in the path
	SSL_CERT_DIR=a\\nverifyChain=no|100|SSL_CERT_DIR: a line break in the path
	TMPDIR=/none|111|make a directory in /none: No such file or directory
	END
	export SSL_CERT_FILE=ca.pem
	while read -r setting; do
		check_row "$setting" said 0 '' \
		    env "$setting" ws-connect "tls:localhost:$port" true
	done <<-END
	LC_ALL=de_DE.UTF-8
	LANGUAGE=de
	SOCAT_DEFAULT_LISTEN_IP=6
	OPENSSL_CONF=none
	TMPDIR=
	TMPDIR=ours
	TMPDIR=/$(printf 'long/%.0s' {1..40})
	END
	all_rows 9
	[ -z "$(ls ours)" ]
}

@test "the system's authorities are read from one file where there is one" {
	need strace
	[ -r /etc/ssl/certs/ca-certificates.crt ] || skip 'no such file here'
	authority
	certificate leaf.pem - DNS:localhost
	s_server some -key leaf.key -cert leaf.pem
	run -111 timeout 20 env -u SSL_CERT_FILE -u SSL_CERT_DIR strace -qq -f \
	    -o calls -e trace=open,openat \
	    ws-connect "tls:localhost:$port" true
	[[ $output = *"the server's certificate is of an unknown authority"* ]]
	grep -q '"/etc/ssl/certs/ca-certificates.crt".*= [0-9]' calls
	run -1 grep '"/etc/ssl/certs/[^"]*[.][0-9p]' calls
}

# -- who else may listen --

# racer: connects to every port of the loopback address that begins to listen,
# as fast as it can, and notes what it reaches; as another user where it may.
racer() {
	start racer ./in_net "$python" -c '
import os, socket, time
try:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
except OSError:
    pass
def listening():
    for line in open("/proc/net/tcp").readlines()[1:]:
        word = line.split()
        if word[3] == "0A":
            yield int(word[1][-4:], 16)
known = set(listening())
print("ready", flush=True)
while True:
    for port in set(listening()) - known:
        s = socket.socket()
        s.settimeout(1)
        try:
            s.connect(("127.0.0.1", port))
            s.sendall(b"GET / HTTP/1.1\r\n\r\n")
            print("reached", port, flush=True)
        except OSError:
            pass
'
	within 10 grep -q ready racer.out
}

@test "wss through a proxy: nobody else can get at the tunnel" {
	need tinyproxy
	net_begin
	authority
	certificate leaf.pem - IP:127.0.0.1
	net_serve far -E leaf.pem -Y leaf.key 127.0.0.1:0 cat
	printf 'Port 8888\nListen 127.0.0.1\nTimeout 60\nConnectPort %d\n' \
	    "$port" >tinyproxy.conf
	start tinyproxy ./in_net tinyproxy -d -c tinyproxy.conf
	within 8 ./in_net sh -c "ss -Hltn 'sport = :8888' | grep -q ."
	racer
	for turn in 1 2 3 4 5 6 7 8; do
		run -0 ./in_net timeout 20 ws-client -K ca.pem \
		    -x http://127.0.0.1:8888 "wss://127.0.0.1:$port/" \
		    <<<"hello $turn"
		equal output "hello $turn" "$output"
	done
	[ "$(cat racer.out)" = ready ]
	# It does see what listens.
	start other ./in_net socat TCP-LISTEN:8889,bind=127.0.0.1,fork OPEN:/dev/null
	within 10 grep -q reached racer.out
}

@test "a final dot, a zone, and SNI: what the server hears is the name" {
	need python3
	authority
	certificate 1.pem - DNS:far.example,IP:fe80::1
	serve proxy "$python" "$peers/tlsproxy.py" 1
	for target in far.example:1 far.example.:1 FAR.example:1 '[fe80::1%lo]:1'; do
		ws-connect -K ca.pem -x "http://127.0.0.1:$port" "tls:$target" true
	done
	printf '%s\n' far.example far.example FAR.example None >expected
	within 5 cmp -s expected names
	same expected names
	for bad in '[::1,verify=0]:1' '%lo:1' $'a\nexec=/bin/sh:1' 'a b:1' 'a;b:1' \
		'a"b:1' '$(id):1' "$(printf 'a%.0s' {1..256}):1"; do
		run -100 ws-connect -K ca.pem "tls:$bad" true
	done
}

@test "servers of others: nginx, stunnel, node, python, openssl" {
	need nginx node python3
	authority
	certificate leaf.pem - DNS:localhost
	listen plain 127.0.0.1:0 cat
	plain=$port
	head -c 3000000 /dev/urandom >in
	begin_rows

	port=$(free_port)
	run_nginx "$port" <<-END
	server { listen 127.0.0.1:$port ssl; ssl_certificate leaf.pem;
	  ssl_certificate_key leaf.key; location / {
	  proxy_pass http://127.0.0.1:$plain; proxy_http_version 1.1;
	  proxy_set_header Upgrade \$http_upgrade; proxy_buffering off;
	  proxy_set_header Host \$http_host;
	  proxy_set_header Connection upgrade; } }
	END
	nginx=$port

	port=$(free_port)
	cat >stunnel.conf <<-END
	foreground = yes
	pid =
	[s]
	accept = 127.0.0.1:$port
	connect = 127.0.0.1:$plain
	cert = leaf.pem
	key = leaf.key
	END
	start stunnel stunnel stunnel.conf
	listens_on "$port" stunnel
	stunnel=$port

	cat >front.js <<-'END'
	const net = require("net"), tls = require("tls"), fs = require("fs")
	const s = tls.createServer({ cert: fs.readFileSync("leaf.pem"),
	    key: fs.readFileSync("leaf.key") }, c => {
		const b = net.connect(+process.argv[2], "127.0.0.1")
		c.pipe(b).pipe(c)
		c.on("error", () => {})
		b.on("error", () => {})
	})
	s.listen(0, "127.0.0.1", () => console.log(s.address().port))
	END
	serve node node front.js "$plain"
	node=$port

	need python3-websockets
	serve peer "$python" "$peers/peer.py" serve leaf.pem leaf.key
	remember
	for row in "nginx $nginx/" "stunnel $stunnel/" "node $node/"; do
		ROWS=$((ROWS + 1))
		client -b -K ca.pem "wss://localhost:${row#* }" <in >out ||
			row_failed "$row" "status $?"
		check_row "$row" same in out
	done
	# It answers the Close before what it has yet to echo.
	[ "$(client -1 -K ca.pem "wss://localhost:$port/echo" <<<hello)" = hello ]
	all_gone
	all_rows 3
}

# -- ws-listen -E: another certificate --

@test "SIGHUP: ws-listen -E takes up another certificate, and no session ends" {
	authority
	certificate old.pem - DNS:localhost
	certificate new.pem - IP:127.0.0.1
	for where in 0 127.0.0.1:0 '[::1]:0'; do
		cp old.pem server.pem
		listen server -E server.pem -Y leaf.key "$where" cat
		host=127.0.0.1
		[ "$where" != '[::1]:0' ] || host='[::1]'
		feed 8 session ws-client -l -I "wss://$host:$port"
		echo one >&8
		within 8 grep -qx one session.out
		run -111 client -K ca.pem "wss://$host:$port" </dev/null
		[[ $output == *'is not for '* ]]

		echo rubbish >server.pem
		kill -HUP "${pid[server]}"
		within 8 grep -q 'the one before stays' server.err
		client -I "wss://$host:$port" <<<hello

		cp new.pem server.pem
		[ "$host" = 127.0.0.1 ] || certificate server.pem - IP:::1
		for turn in 1 2 3; do
			kill -HUP "${pid[server]}"
			within 8 client -K ca.pem "wss://$host:$port" </dev/null
		done
		echo two >&8
		within 8 grep -qx two session.out
		exec 8>&-
		ends session
		[ "$(cat session.out)" = $'one\ntwo' ]
		stop server
		run ! listens "$port"
		[ "$(grep -vc 'SSL_accept\|SSL_read' server.err)" -eq 1 ]
	done
}

@test "SIGHUP and SIGTERM at once, and kill -9 after a SIGHUP, leave nothing" {
	authority
	certificate server.pem - IP:127.0.0.1
	for turn in 1 2 3 4 5 6; do
		listen server -E server.pem -Y leaf.key 127.0.0.1:0 cat
		kill -HUP "${pid[server]}"
		[ "$turn" -gt 4 ] || kill -TERM "${pid[server]}"
		if [ "$turn" -gt 4 ]; then
			within 8 client -K ca.pem "wss://127.0.0.1:$port" </dev/null
			kill -9 "${pid[server]}"
		fi
		run ends server
		within 8 nothing_left
	done
}
