#!/usr/bin/python3
"""pongs.py - pings between the fragments of messages: is the pong before the
message that answers?

    pongs.py TRIES connect PORT     to an echo
    pongs.py TRIES serve            one connection of an echo; prints its port

The cases are those of Autobahn's fuzzing client: 5.6 to 5.8, 5.19 and 5.20,
frame by frame, in one write, and octet-wise.  Prints, for each, how many of the
tries were in order, and whether the messages were whole.
"""

import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ending                                               # noqa: E402

TEXT, CONT, PING, PONG = 1, 0, 9, 10
SHORT = [(TEXT, b"fragment1", False), (PING, b"ping payload", True),
         (CONT, b"fragment2", True)]
LONG = [(TEXT, b"fragment1", False), (CONT, b"fragment2", False),
        (PING, b"pongme 1!", True), (CONT, b"fragment3", False),
        (CONT, b"fragment4", False), (PING, b"pongme 2!", True),
        (CONT, b"fragment5", True)]
CASES = [("5.6", SHORT, "all"), ("5.7", SHORT, "frame"), ("5.8", SHORT, "octet"),
         ("5.19", LONG, "all"), ("5.20", LONG, "frame"),
         ("5.20 octet-wise", LONG, "octet")]


class Peer(ending.Connection):
    def note(self, op, fin, payload):
        self.came.append((op, fin, payload))


def write(peer, frames, manner):
    parts = [peer.frame(op, payload, fin) for op, payload, fin in frames]
    if manner == "all":
        parts = [b"".join(parts)]
    elif manner == "octet":
        parts = [bytes([octet]) for octet in b"".join(parts)]
    for part in parts:
        peer.sock.sendall(part)


def attempt(peer, frames, manner):
    """one message; True if all pongs come before its end"""
    peer.came = []
    peer.sock.setblocking(True)
    write(peer, frames, manner)
    peer.sock.setblocking(False)
    pings = [payload for op, payload, _ in frames if op == PING]
    wanted = b"".join(payload for op, payload, _ in frames if op != PING)
    while True:
        pongs = [payload for op, _, payload in peer.came if op == PONG]
        ends = [i for i, (op, fin, _) in enumerate(peer.came)
                if op != PONG and fin]
        if ends and len(pongs) == len(pings):
            break
        if peer.ended:
            sys.exit("pongs.py: the connection ended")
        peer.pump(1)
    text = b"".join(payload for op, _, payload in peer.came if op != PONG)
    if text != wanted or pongs != pings:
        sys.exit("pongs.py: other bytes came: %r" % peer.came)
    return ends[-1] == len(peer.came) - 1


def main(tries, role, port=0):
    if role == "connect":
        sock = socket.create_connection(("127.0.0.1", int(port)))
    else:
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        sock = listener.accept()[0]
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer = Peer(sock, role == "connect", None)
    for name, frames, manner in CASES:
        good = sum(attempt(peer, frames, manner) for _ in range(int(tries)))
        print(name, good, flush=True)
    peer.step("close:1000")
    peer.came = []
    while not peer.ended:
        peer.pump(1)


main(*sys.argv[1:])
