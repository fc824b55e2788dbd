#!/usr/bin/python3
"""conformdeflate.py - conform.py's strict peer, with permessage-deflate

    conformdeflate.py server PORT BYTES             test the echo server on PORT
    conformdeflate.py client PROGRAM BYTES          test PROGRAM -zW URL cat

For each set of parameters, and each size of messages and of fragments, there is
a connection with BYTES of messages, 3 to 1000 of them, each of which is to come
back before the next is sent.  What fails is told, and the status is 1 then.
"""

import itertools
import os
import random
import re
import socket
import subprocess
import sys
import zlib

import conform
from conform import BINARY, CONT, TEXT, Peer, Wrong

# (bytes of a message, of a fragment when it is compressed)
SIZES = [(0, 0), (16, 0), (64, 0), (256, 0), (1024, 0), (4096, 0), (8192, 0),
         (16384, 0), (32768, 0), (65536, 0), (131072, 0), (8192, 256),
         (16384, 256), (32768, 256), (65536, 256), (131072, 256),
         (131072, 1024), (131072, 4096), (131072, 32768)]
TAIL = b"\0\0\xff\xff"
RND = random.Random(7692)


def json():
    words = ["".join(RND.choice("etaoinsh") for _ in range(2 + i % 8))
             for i in range(500)]
    return "".join('{"id":%d,"name":"%s","x":%.2f,"tags":["%s","%s"]},\n'
                   % (i, RND.choice(words), RND.random() * 1000,
                      RND.choice(words), RND.choice(words))
                   for i in range(3000)).encode()


def html():
    return "".join('<li class="c%d"><a href="/%x">%x</a></li>\n'
                   % (i % 5, RND.getrandbits(24), RND.getrandbits(48))
                   for i in range(3000)).encode()


def mixed():
    """Parts of it become shorter, others do not."""
    return b"".join(RND.choice([RND.randbytes(5000), bytes(3000),
                                b"stream endstream " * 200])
                    for _ in range(60))


DATA = {"json": (TEXT, json()), "html": (TEXT, html()),
        "noise": (BINARY, RND.randbytes(200000)), "mixed": (BINARY, mixed())}


class Parameters:
    """As they are agreed on."""

    def __init__(self, field):
        name, *words = [w.strip() for w in field.split(";")]
        if name != "permessage-deflate":
            raise Wrong("extension " + field)
        given = dict((w.split("=") + [""])[:2] for w in words)
        if len(given) != len(words):
            raise Wrong("a parameter twice: " + field)
        self.drops, self.bits = {}, {}
        for side in "server", "client":
            flag = given.pop(side + "_no_context_takeover", None)
            if flag not in (None, ""):
                raise Wrong("a flag with a value: " + field)
            self.drops[side] = flag is not None
            bits = given.pop(side + "_max_window_bits", "15")
            if not re.fullmatch("[89]|1[0-5]", bits):
                raise Wrong("bits: " + field)
            self.bits[side] = int(bits)
        if given:
            raise Wrong("unknown: " + field)


class Deflating(Peer):
    def __init__(self, sock, role, parameters):
        super().__init__(sock, role == "client")
        other = "server" if role == "client" else "client"
        # zlib has none of 8 bits that compresses; what it finds with 9 of them
        # is no farther than 250.
        self.packs = lambda: zlib.compressobj(
            6, zlib.DEFLATED, -max(9, parameters.bits[role]), 8)
        self.unpacks = lambda: zlib.decompressobj(-parameters.bits[other])
        self.drops = parameters.drops[role]
        self.other_drops = parameters.drops[other]
        self.packer, self.unpacker = self.packs(), self.unpacks()
        self.compressed = 0

    def send_packed(self, op, payload, fragment):
        if self.drops:
            self.packer = self.packs()
        packed = self.packer.compress(payload) + \
            self.packer.flush(zlib.Z_SYNC_FLUSH)
        packed = packed[:-4] or b"\0"
        step = fragment or len(packed)
        for at in range(0, len(packed), step):
            self.send(CONT if at else op, packed[at:at + step],
                      at + step >= len(packed), rsv=0 if at else 4)

    def receive_packed(self):
        """The next message, whose first frame alone may have RSV1."""
        op, parts, packed = None, [], False
        while True:
            self.need(1)
            rsv1 = self.inbuf[0] & 0x40
            self.inbuf[0] &= ~0x40
            fin, o, payload = self.receive()
            if (op is None) != (o in (TEXT, BINARY)) or (rsv1 and op):
                raise Wrong("opcode %x, RSV1 %d out of turn" % (o, rsv1))
            packed, op = packed or rsv1, op or o
            parts.append(payload)
            if fin:
                return op, self.unpack(b"".join(parts)) if packed \
                    else b"".join(parts)

    def unpack(self, data):
        self.compressed += 1
        if self.other_drops:
            self.unpacker = self.unpacks()
        try:
            return self.unpacker.decompress(data + TAIL)
        except zlib.error as e:
            raise Wrong(str(e))


def talk(peer, kind, size, fragment, total):
    op, data = DATA[kind]
    number = 3 if size == 0 else max(3, min(1000, total // size))
    at = 0
    for _ in range(number):
        message = (data[at:] + data)[:size]
        at = (at + size) % len(data)
        peer.send_packed(op, message, fragment)
        got = peer.receive_packed()
        if got != (op, message):
            raise Wrong("echo of %d bytes differs: op %x, %d bytes" % (
                size, got[0], len(got[1])))
    if kind == "json" and size >= 256 and peer.compressed < number:
        raise Wrong("only %d of %d are compressed" % (peer.compressed, number))
    peer.close()


# What a client offers and what a server answers to "permessage-deflate;
# client_max_window_bits".
def requests():
    yield ""
    for drops in "", "; server_no_context_takeover":
        for bits in [""] + [f"; server_max_window_bits={n}"
                            for n in range(8, 16)]:
            yield "; client_no_context_takeover; client_max_window_bits" + \
                drops + bits
    yield "; client_max_window_bits=9"
    # The first of these is none that can be accepted.
    yield "; server_max_window_bits=7, permessage-deflate; " \
        "server_no_context_takeover; server_max_window_bits=9, " \
        "permessage-deflate"


def answers():
    for n in [0, *range(8, 16)]:
        bits = f"; client_max_window_bits={n}" if n else ""
        yield bits
        yield "; client_no_context_takeover" + bits
    for n in 8, 9, 15:
        yield f"; server_no_context_takeover; server_max_window_bits={n}"
    yield "; server_no_context_takeover; client_no_context_takeover" \
        "; server_max_window_bits=10; client_max_window_bits=11"


def fields_of(role):
    """The cases: each set of parameters with JSON, the first with all."""
    for i, rest in enumerate(requests() if role == "server" else answers()):
        for kind in DATA if i == 0 else ["json"]:
            yield "permessage-deflate" + rest, kind


def as_client(port, field):
    """What the server on that port agreed on, and the connection."""
    sock = socket.create_connection(("127.0.0.1", port), conform.WAIT)
    sock.sendall(("GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Extensions: %s\r\n\r\n"
                  % (port, field)).encode())
    line, fields = conform.read_head(sock)
    if not line.startswith("HTTP/1.1 101 "):
        raise Wrong("answer is " + line)
    return sock, Parameters(fields["sec-websocket-extensions"])


def against_server(port, field, *case):
    sock, parameters = as_client(int(port), field)
    # What was asked of the server it has to say.
    offer = field.rpartition("7, ")[2].partition(",")[0]
    asked = Parameters(offer.replace("client_max_window_bits;", "").replace(
        "client_max_window_bits", "client_max_window_bits=15"))
    if (asked.drops["server"], asked.bits["server"]) != (
            parameters.drops["server"], parameters.bits["server"]):
        raise Wrong("not what was offered")
    with sock:
        talk(Deflating(sock, "client", parameters), *case)


def against_client(program, field, *case):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(conform.WAIT)
        url = "ws://127.0.0.1:%d/" % listener.getsockname()[1]
        process = subprocess.Popen([program, "-zW", url, "cat"],
                                   stdin=subprocess.DEVNULL)
        try:
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(conform.WAIT)
                _, fields = conform.read_head(sock)
                offer = fields["sec-websocket-extensions"]
                if offer != "permessage-deflate; client_max_window_bits":
                    raise Wrong("offer is " + offer)
                sock.sendall((
                    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                    "Sec-WebSocket-Extensions: %s\r\n\r\n" % (
                        conform.accept_of(fields["sec-websocket-key"]), field)
                    ).encode())
                talk(Deflating(sock, "server", Parameters(field)), *case)
            if process.wait(conform.WAIT) != 0:
                raise Wrong("status %d" % process.returncode)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def main(role, peer, total):
    run = against_server if role == "server" else against_client
    failed = count = 0
    for (field, kind), (size, fragment) in itertools.product(
            fields_of(role), SIZES):
        count += 1
        try:
            run(peer, field, kind, size, fragment, int(total))
        except (Wrong, OSError, KeyError, subprocess.TimeoutExpired) as e:
            failed += 1
            print(f"{field}, {kind}, {size}, {fragment}: {e!r}", flush=True)
            if failed == 8:
                break
    print(f"# {count} cases, {failed} wrong")
    return 1 if failed or count < 300 else 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("server", "client"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
