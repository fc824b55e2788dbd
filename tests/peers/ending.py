#!/usr/bin/python3
"""ending.py - a peer that ends sessions as it is told to, byte by byte

    ending.py [-t CERT] serve STEP ...    prints its port; each connection, one
                                          after the other, gets all the steps
    ending.py [-t CAFILE] connect PORT STEP ...

prints what happens to a connection, an event a line; -t: through TLS.

Steps that send:
    text:T  cont:T  part:T    a message, the end of one, a begun one; \\n in T
                              is a newline
    bin:N                     a binary message of N bytes
    ping:T  pong:T            as they say
    close[:CODE[:REASON]]     a Close
    hex:H                     bytes
    flood:SEC[:T]             messages as fast as they are taken, so long
    tick:SEC:N                N texts, one each SEC seconds
Steps that wait, at most SEC seconds, 20 where none are given:
    wait:KIND[:SEC]           for one more frame: text, bin, ping, pong, close, any
    got:N[:SEC]               for N bytes of payload in all
    end[:SEC]                 for the end of the connection
    sleep:SEC                 reads meanwhile
    deaf:SEC                  reads nothing meanwhile
Steps that end:
    fin                       end of what we send
    rst                       the connection, by a reset
    bye                       the connection, in order

Events: text T, part T, cont T, bin N, ping T, pong T, close CODE REASON, fin,
reset, late WHAT (a wait was in vain), and after "took WHAT" the seconds that
a wait took.
"""

import os
import select
import socket
import ssl
import struct
import sys
import time

ANSWER = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
          b"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n")
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n%s"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
NAMES = {0: "cont", 1: "text", 2: "bin", 8: "close", 9: "ping", 10: "pong"}
CODES = {name: code for code, name in NAMES.items()}
PATIENCE = int(os.environ.get("PATIENCE", "1"))


def say(*words):
    print(*words, flush=True)


def accept_key(key):
    import base64
    import hashlib
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(key + guid).digest())


class Connection:
    def __init__(self, sock, client, protocol):
        self.sock = sock
        self.client = client
        self.data = b""
        self.seen = []          # kinds of frames that came
        self.waited = {}        # how many of a kind were waited for
        self.payload = 0
        self.ended = False
        sock.settimeout(20 * PATIENCE)
        if client:
            field = b""
            if protocol:
                field = b"Sec-WebSocket-Protocol: %s\r\n" % protocol
            sock.sendall(REQUEST % field)
            self.read_head()
        else:
            head = self.read_head()
            field = key = b""
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() == b"sec-websocket-key":
                    key = value.strip()
                elif name.lower() == b"sec-websocket-protocol":
                    field = b"Sec-WebSocket-Protocol: %s\r\n" % \
                        value.strip().split(b",")[0]
            sock.sendall(ANSWER % (accept_key(key), field))
        sock.setblocking(False)

    def read_head(self):
        while b"\r\n\r\n" not in self.data:
            more = self.sock.recv(4096)
            if not more:
                sys.exit("ending.py: no head: %r" % self.data)
            self.data += more
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        return head

    def parse(self):
        while len(self.data) >= 2:
            op, n = self.data[0] & 15, self.data[1] & 127
            at = 2
            if n == 126:
                at, n = 4, int.from_bytes(self.data[2:4], "big")
            elif n == 127:
                at, n = 10, int.from_bytes(self.data[2:10], "big")
            key = b""
            if self.data[1] & 128:
                key, at = self.data[at:at + 4], at + 4
            if len(self.data) < at + n:
                return
            payload = self.data[at:at + n]
            if key and key != b"\0\0\0\0" and n < 65536:
                payload = bytes(b ^ key[i % 4] for i, b in enumerate(payload))
            fin, self.data = self.data[0] & 128, self.data[at + n:]
            self.note(op, fin, payload)

    def note(self, op, fin, payload):
        name = NAMES.get(op, "op%d" % op)
        self.seen += [name]
        if op < 8:
            self.payload += len(payload)
        if op == 8:
            code = int.from_bytes(payload[:2], "big") if payload else "none"
            say("close", code, payload[2:].decode("utf-8", "replace"))
        elif name == "bin" or len(payload) > 125:
            say(name, len(payload))
        else:
            say("part" if op == 1 and not fin else name,
                payload.decode("utf-8", "replace"))

    def pump(self, seconds):
        """reads once, if something comes in that time"""
        if self.ended:
            time.sleep(min(seconds, 0.05))
            return
        pending = getattr(self.sock, "pending", lambda: 0)()
        if not pending and \
                not select.select([self.sock], [], [], max(seconds, 0))[0]:
            return
        try:
            more = self.sock.recv(1 << 20)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except OSError:
            say("reset")
            self.ended = True
            return
        if not more:
            say("fin")
            self.ended = True
        self.data += more
        self.parse()

    def wait(self, what, condition, seconds):
        begun = time.monotonic()
        end = begun + (seconds or 20) * PATIENCE
        while not condition():
            if time.monotonic() >= end or (self.ended and what != "end"):
                say("late", what)
                return
            self.pump(min(0.2, end - time.monotonic()))
        say("took", what, "%.2f" % (time.monotonic() - begun))

    def put(self, data, until=None):
        """writes, and reads meanwhile; False if it is not taken"""
        end = until or time.monotonic() + 20 * PATIENCE
        while data:
            if time.monotonic() > end:
                return False
            try:
                data = data[self.sock.send(data):]
            except (BlockingIOError, ssl.SSLWantWriteError):
                select.select([self.sock], [self.sock], [], 0.1)
                if not until:
                    self.pump(0)
            except OSError as e:
                say("unsent", type(e).__name__)
                return False
        return True

    def frame(self, op, payload=b"", fin=True):
        n = len(payload)
        mask = 128 if self.client else 0
        head = bytes([(128 if fin else 0) | op])
        if n < 126:
            head += bytes([mask | n])
        elif n < 65536:
            head += struct.pack(">BH", mask | 126, n)
        else:
            head += struct.pack(">BQ", mask | 127, n)
        return head + (bytes(4) if mask else b"") + payload

    def step(self, step):
        name, _, rest = step.partition(":")
        raw = rest.encode().replace(b"\\n", b"\n")
        if name in ("text", "cont", "ping", "pong"):
            self.put(self.frame(CODES[name], raw))
        elif name == "part":
            self.put(self.frame(1, raw, False))
        elif name == "bin":
            self.put(self.frame(2, bytes(int(rest))))
        elif name == "close":
            code, _, reason = rest.partition(":")
            self.put(self.frame(8, struct.pack(">H", int(code)) +
                                reason.encode() if code else b""))
        elif name == "hex":
            self.put(bytes.fromhex(rest))
        elif name == "flood":
            seconds, _, text = rest.partition(":")
            data = self.frame(1, text.encode().replace(b"\\n", b"\n") or
                              b"x" * 100)
            end = time.monotonic() + float(seconds)
            while time.monotonic() < end and self.put(data, end):
                pass
        elif name == "tick":
            seconds, _, n = rest.partition(":")
            for i in range(1, int(n) + 1):
                self.put(self.frame(1, b"%d" % i))
                end = time.monotonic() + float(seconds)
                while time.monotonic() < end:
                    self.pump(end - time.monotonic())
        elif name == "wait":
            kind, _, seconds = rest.partition(":")
            self.waited[kind] = n = self.waited.get(kind, 0) + 1
            self.wait(kind, lambda: n <= len(
                self.seen if kind == "any" else
                [name for name in self.seen if name == kind]),
                float(seconds or 0))
        elif name == "got":
            n, _, seconds = rest.partition(":")
            self.wait("got", lambda: self.payload >= int(n),
                      float(seconds or 0))
        elif name == "end":
            self.wait("end", lambda: self.ended, float(rest or 0))
        elif name == "sleep":
            end = time.monotonic() + float(rest)
            while time.monotonic() < end:
                self.pump(end - time.monotonic())
        elif name == "deaf":
            time.sleep(float(rest))
        elif name == "fin":
            self.sock.shutdown(socket.SHUT_WR)
        elif name in ("rst", "bye"):
            if name == "rst":
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack("ii", 1, 0))
            self.sock.close()
        else:
            sys.exit("ending.py: no step: " + step)


def run(sock, client, protocol, steps):
    connection = Connection(sock, client, protocol)
    for step in steps:
        connection.step(step)
    sock.close()


def main(argv):
    tls = protocol = None
    while argv and argv[0] in ("-t", "-p"):
        if argv[0] == "-t":
            tls = argv[1]
        else:
            protocol = argv[1].encode()
        argv = argv[2:]
    if argv[0] == "serve":
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        say(listener.getsockname()[1])
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
        while True:
            sock = listener.accept()[0]
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context:
                sock = context.wrap_socket(sock, server_side=True)
            run(sock, False, protocol, argv[1:])
    else:
        sock = socket.create_connection(("127.0.0.1", int(argv[1])))
        if tls:
            sock = ssl.create_default_context(cafile=tls).wrap_socket(
                sock, server_hostname="localhost")
        run(sock, True, protocol, argv[2:])


if __name__ == "__main__":
    main(sys.argv[1:])
