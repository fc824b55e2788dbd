# shellcheck shell=bash disable=SC2154
# net.bash - a network of a test's own, for what addresses, names and routes do

# net_begin: a network of the test's own.  Names come from the file hosts; the
# name server is 127.0.0.1.  Besides the loopback it has an interface from which
# nothing returns: the addresses 192.0.2.2 and up, and 2001:db8::2 and up, are
# black holes; its own are 192.0.2.1, 2001:db8::1 and fe80::5%hole.
net_begin() {
	need ip unshare nsenter
	: >>hosts
	echo 'nameserver 127.0.0.1' >resolv.conf
	touch net.log
	start net unshare -rnm sleep $((100 * PATIENCE))
	make_in_net
	# Before it is root there, it may do nothing.
	if ! within 5 ./in_net sh -c '[ "$(id -u)" -eq 0 ] && [ -w /etc/hosts ]' ||
	    ! ./in_net sh -ec '
			ip link set lo up
			ip link add hole type veth peer name end
			ip link set end up
			ip link set hole arp off
			ip address add 192.0.2.1/24 dev hole
			ip address add 2001:db8::1/64 dev hole nodad
			ip address add fe80::5/64 dev hole nodad
			ip link set hole up
			mount --bind hosts /etc/hosts
			mount --bind resolv.conf /etc/resolv.conf' 2>net.log
	then
		skip "no network of the test's own to be had: $(cat net.err net.log)"
	fi
}

# ./in_net COMMAND ...: in that network.
make_in_net() {
	cat >in_net <<-END
	#!/bin/sh
	exec nsenter -t ${pid[net]} -U -n -m --preserve-credentials --wd="\$PWD" "\$@"
	END
	chmod +x in_net
}

# net_serve NAME ARG ...: ws-listen in that network; sets port.
net_serve() {
	start "$1" ./in_net ws-listen "${@:2}"
	within 5 says "$1.out" || {
		echo "$1 does not listen: $(cat "$1.err")"
		return 1
	}
	port=$(sed 's/.*://' "$1.out")
}

# net_tcp NAME COMMAND: a plain service there for a command line of sh; sets port.
net_tcp() {
	port=$(free_port)
	printf '#!/bin/sh\n%s\n' "$2" >"$1.sh"
	chmod +x "$1.sh"
	start "$1" ./in_net socat "TCP6-LISTEN:$port,ipv6only=0,fork" \
		"EXEC:./$1.sh,nofork"
	within 5 ./in_net ws-connect -q "tcp:127.0.0.1:$port" true
}
