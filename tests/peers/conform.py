#!/usr/bin/python3
"""conform.py - a strict RFC 6455 peer made of nothing but a socket

    conform.py server PORT SECTION ...          test the echo server on PORT
    conform.py client PROGRAM SECTION ...       test PROGRAM -W URL cat
    conform.py list

Each case is one connection.  What fails is told on standard output, one line
a case, and the status is 1 then.  A section may be one case ("7.1.6").
"""

import base64
import collections
import hashlib
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# seconds that any answer may take
WAIT = 8.0 * int(os.environ.get("PATIENCE", "1"))
KiB, MiB = 1024, 1024 * 1024

CASES = []      # (name, what it is about, function, arguments)


class Wrong(Exception):
    pass


def xor(data, key):
    if not data:
        return b""
    n = len(data)
    keys = (key * (n // 4 + 1))[:n]
    return (int.from_bytes(data, "big")
            ^ int.from_bytes(keys, "big")).to_bytes(n, "big")


def show(data):
    data = bytes(data)
    if len(data) > 40:
        return "%s... (%d bytes)" % (data[:40].hex(), len(data))
    return data.hex() or "nothing"


def close_payload(code, reason=b""):
    return b"" if code is None else struct.pack(">H", code) + reason


class Peer:
    """Our side of one connection, after the handshake."""

    def __init__(self, sock, masking):
        self.sock = sock
        self.masking = masking          # we are the client
        self.out = collections.deque()  # pieces, each of its own send()
        self.inbuf = bytearray()
        self.eof = False
        self.reading = True
        self.keys = set()
        self.seen = 0                   # frames received
        self.status = 0                 # what the other side should exit with
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)

    # --- bytes

    def pump(self, timeout):
        """Send and receive what can be, for at most timeout seconds."""
        want_read = [self.sock] if self.reading and not self.eof else []
        want_write = [self.sock] if self.out else []
        if not want_read and not want_write:
            raise Wrong("nothing more can come")
        readable, writable, _ = select.select(want_read, want_write, [],
                                              timeout)
        if writable:
            for _ in range(64):
                if not self.out:
                    break
                try:
                    n = self.sock.send(self.out[0])
                except BlockingIOError:
                    break
                except (BrokenPipeError, ConnectionResetError):
                    raise Wrong("connection was reset while we were sending")
                piece = self.out.popleft()
                if n < len(piece):
                    self.out.appendleft(piece[n:])
                    break
        if readable:
            try:
                data = self.sock.recv(1 << 20)
            except BlockingIOError:
                return
            except ConnectionResetError:
                raise Wrong("connection was reset (RST)")
            if data:
                self.inbuf += data
            else:
                self.eof = True

    def raw(self, data, chop=None):
        if chop is None:
            self.out.append(data)
        else:
            self.out.extend(data[i:i + chop]
                            for i in range(0, len(data), chop))

    def flush(self, limit=WAIT * 3):
        """Until all that we wanted to send is sent."""
        end = time.monotonic() + limit
        while self.out:
            left = end - time.monotonic()
            if left <= 0:
                raise Wrong("what we send is not read")
            self.pump(left)

    def need(self, n, limit=WAIT):
        end = time.monotonic() + limit
        while len(self.inbuf) < n:
            if self.eof:
                raise Wrong("connection ended" + (" inside a frame"
                                                  if self.inbuf else ""))
            left = end - time.monotonic()
            if left <= 0:
                raise Wrong("no answer in %g s" % limit)
            self.pump(left)

    # --- frames

    def frame(self, op, payload=b"", fin=1, rsv=0, length=None, masked=None):
        """The bytes of a frame; length: what the header says instead."""
        if masked is None:
            masked = self.masking
        n = len(payload) if length is None else length
        bit = 0x80 if masked else 0
        head = bytes([fin << 7 | rsv << 4 | op])
        if n < 126:
            head += bytes([bit | n])
        elif n < 65536:
            head += bytes([bit | 126]) + struct.pack(">H", n)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", n)
        if masked:
            key = os.urandom(4)
            return head + key + xor(payload, key)
        return head + payload

    def send(self, op, payload=b"", fin=1, chop=None, **form):
        self.raw(self.frame(op, payload, fin, **form), chop)

    def receive(self, limit=WAIT):
        """The next frame: (fin, opcode, payload)."""
        self.need(2, limit)
        b0, b1 = self.inbuf[0], self.inbuf[1]
        at = 2
        n = b1 & 127
        if n == 126:
            self.need(4)
            n, = struct.unpack_from(">H", self.inbuf, 2)
            at = 4
            if n < 126:
                raise Wrong("length %d in 2 bytes" % n)
        elif n == 127:
            self.need(10)
            n, = struct.unpack_from(">Q", self.inbuf, 2)
            at = 10
            if n < 65536:
                raise Wrong("length %d in 8 bytes" % n)
        if b0 & 0x70:
            raise Wrong("RSV bits in %02x" % b0)
        if bool(b1 & 0x80) == self.masking:
            raise Wrong("a masked frame from a server" if self.masking else
                        "an unmasked frame from a client")
        key = b""
        if b1 & 0x80:
            self.need(at + 4)
            key = bytes(self.inbuf[at:at + 4])
            at += 4
            if key in self.keys and len(self.keys) < 2000:
                raise Wrong("the key %s is used twice" % key.hex())
            self.keys.add(key)
        self.need(at + n)
        payload = bytes(self.inbuf[at:at + n])
        del self.inbuf[:at + n]
        if key:
            payload = xor(payload, key)
        fin, op = b0 >> 7, b0 & 15
        if op >= 8 and (n > 125 or not fin):
            raise Wrong("control frame %x with fin %d and %d bytes"
                        % (op, fin, n))
        self.seen += 1
        return fin, op, payload

    def want(self, op, payload=b"", fin=1):
        """Exactly this frame."""
        got = self.receive()
        if got != (fin, op, payload):
            raise Wrong("got fin %d op %x %s, wanted fin %d op %x %s"
                        % (got[0], got[1], show(got[2]), fin, op,
                           show(payload)))

    def message(self, between=None):
        """The next message; control frames inside it go to the list."""
        op, parts = None, []
        while True:
            fin, o, payload = self.receive()
            if o >= 8:
                if between is None or o == CLOSE:
                    raise Wrong("control frame %x %s, wanted a message"
                                % (o, show(payload)))
                between.append((o, payload))
                continue
            if (op is None) != (o in (TEXT, BINARY)):
                raise Wrong("opcode %x out of turn" % o)
            op = o if op is None else op
            parts.append(payload)
            if fin:
                return op, b"".join(parts)

    def want_message(self, op, payload, between=None):
        got_op, got = self.message(between)
        if got_op != op or got != payload:
            at = next((i for i, (a, b) in enumerate(zip(got, payload))
                       if a != b), min(len(got), len(payload)))
            raise Wrong("echo differs: op %x for %x, %d bytes for %d, first "
                        "difference at %d" % (got_op, op, len(got),
                                              len(payload), at))

    # --- the end

    def close(self, code=1000, reason=b"", answer=None):
        """Send Close, want it back, and then the end of the connection."""
        self.send(CLOSE, close_payload(code, reason))
        self.closed(code if answer is None else answer)

    def closed(self, code, reply=False, partial=None, status=None):
        """A Close with this code, and then the end of the connection.

        partial: (opcode, payload) of a message that cannot have been
        finished; the beginning of it may have been echoed."""
        fin, op, payload = self.receive()
        beginning, started = b"", False
        while partial and op < 8:
            if fin or op != (CONT if started else partial[0]):
                raise Wrong("fin %d op %x while the message was unfinished"
                            % (fin, op))
            started = True
            beginning += payload
            fin, op, payload = self.receive()
        if partial and not partial[1].startswith(beginning):
            raise Wrong("%s is no beginning of %s"
                        % (show(beginning), show(partial[1])))
        if op != CLOSE:
            raise Wrong("got op %x %s, wanted Close %s"
                        % (op, show(payload), code))
        got = None
        if payload:
            if len(payload) == 1:
                raise Wrong("Close of one byte")
            got, = struct.unpack(">H", payload[:2])
            try:
                payload[2:].decode("utf-8")
            except UnicodeDecodeError:
                raise Wrong("Close with a bad reason: " + show(payload))
        if got != code and not (code is None and got == 1000):
            raise Wrong("got Close %s, wanted %s" % (got, code))
        if reply:
            self.send(CLOSE, close_payload(code))
        if status is not None:
            self.status = status
        elif code is None or code < 1002:
            self.status = 0
        elif code < 3000:
            self.status = code - 1000
        else:
            self.status = code // 1000 * 10
        self.gone()

    def violated(self, code=1002, partial=None):
        self.closed(code, reply=True, partial=partial)

    def gone(self, limit=4.0):
        """The other side ends the connection in order, and says nothing."""
        end = time.monotonic() + limit
        if not self.masking:
            # The server closes first (RFC 6455, 7.1.1), and here we are it.
            self.flush()
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        while not self.eof:
            left = end - time.monotonic()
            if left <= 0:
                raise Wrong("connection was not closed in %g s" % limit)
            self.pump(left)
        if self.inbuf:
            raise Wrong("after Close came " + show(self.inbuf))
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise Wrong("socket error " + os.strerror(error))

    def left(self, limit=7.0):
        """The end of the connection, without Close from us."""
        end = time.monotonic() + limit
        while not self.eof:
            left = end - time.monotonic()
            if left <= 0:
                raise Wrong("connection was not closed in %g s" % limit)
            self.pump(left)
        if self.inbuf:
            raise Wrong("at the end came " + show(self.inbuf))

    def reset(self):
        """Leave with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()


# --- the cases

def case(name, what, *args):
    def add(function):
        CASES.append((name, what, function, args))
        return function
    return add


def text_of(n):
    """n bytes of UTF-8 with characters of every length."""
    unit = "Hell\u00f6 \u20ac\U0001d11e*-".encode()
    return (unit * (n // len(unit)) + b"*" * (n % len(unit)))[:n]


def bytes_of(n):
    return random.Random(n).randbytes(n)


def data_of(op, n):
    return text_of(n) if op == TEXT else bytes_of(n)


def echo(p, op, payload, chop=None):
    p.send(op, payload, chop=chop)
    p.want_message(op, payload)


# 1: messages in one frame

def one_frame(p, op, n, chop):
    payload = data_of(op, n)
    p.send(op, payload, chop=chop)
    p.want(op, payload)
    p.close()


for sub, op in ((1, TEXT), (2, BINARY)):
    for i, n in enumerate((0, 1, 125, 126, 127, 128, 65535, 65536)):
        case("1.%d.%d" % (sub, i + 1), "%d bytes" % n, op, n, None)(one_frame)
    case("1.%d.9" % sub, "65536 bytes, chops of 997", op, 65536,
         997)(one_frame)
    case("1.%d.10" % sub, "300 bytes, byte by byte", op, 300, 1)(one_frame)


# 2: ping and pong

def ping(p, payload, chop):
    p.send(PING, payload, chop=chop)
    p.want(PONG, payload)
    p.close()


for i, (payload, chop) in enumerate((
        (b"", None), (b"Hello, world!", None),
        (b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", None),
        (b"\xfe" * 125, None), (b"\xfe" * 125, 1))):
    case("2.1.%d" % (i + 1), "ping of %d bytes" % len(payload), payload,
         chop)(ping)


@case("2.2", "ping of 126 bytes is refused")
def _(p):
    p.send(PING, b"\xfe" * 126)
    p.violated(1002)


@case("2.3", "pongs that nobody asked for")
def _(p):
    p.send(PONG)
    p.send(PONG, b"unsolicited")
    p.send(PING, b"ping")
    p.want(PONG, b"ping")
    p.close()


def ten_pings(p, chop):
    for i in range(10):
        p.send(PING, b"payload-%d" % i, chop=chop)
    for i in range(10):
        p.want(PONG, b"payload-%d" % i)
    p.close()


case("2.10", "ten pings, ten pongs", None)(ten_pings)
case("2.11", "ten pings byte by byte, ten pongs", 1)(ten_pings)


def flood(p, n, size, read):
    """Pings faster than pongs are read: of the pongs some may be left out,
    never the last one, never the order (RFC 6455, 5.5.3)."""
    mark = (b"%06d" + b"." * size)
    pings = b"".join(p.frame(PING, (mark % i)[:125]) for i in range(n))
    p.reading = read
    p.raw(pings, 65536)
    p.flush()
    p.reading = True
    last = -1
    while last != n - 1:
        fin, op, payload = p.receive()
        if op != PONG or payload != (mark % int(payload[:6]))[:125]:
            raise Wrong("got op %x %s" % (op, show(payload)))
        if int(payload[:6]) <= last:
            raise Wrong("pong %s after %d" % (payload[:6], last))
        last = int(payload[:6])
    echo(p, TEXT, b"still here")
    p.close()


case("2.12", "20000 pings at once", 20000, 0, True)(flood)
case("2.13", "60000 long pings, pongs not read until the end", 60000, 125,
     False)(flood)


@case("2.14", "pings between the bytes of a large echo")
def _(p):
    payload = bytes_of(200000)
    for i in range(0, 200000, 10000):
        p.send(BINARY if i == 0 else CONT, payload[i:i + 10000],
               fin=int(i == 190000))
        p.send(PING, b"%d" % i)
    pongs = []
    p.want_message(BINARY, payload, pongs)
    while len(pongs) < 20:
        fin, op, payload = p.receive()
        pongs.append((op, payload))
    if pongs != [(PONG, b"%d" % i) for i in range(0, 200000, 10000)]:
        raise Wrong("pongs are %r" % (pongs,))
    p.close()


# 3: RSV; 4: opcodes.  What was valid before is answered, what follows is not.

def bad_alone(p, op, rsv, payload, chop):
    p.send(op, payload, rsv=rsv, chop=chop)
    p.violated(1002)


def bad_later(p, op, rsv, payload, chop):
    p.send(TEXT, b"valid before", chop=chop)
    p.send(op, payload, rsv=rsv, chop=chop)
    p.send(PING, chop=chop)
    p.send(TEXT, b"after", chop=chop)
    p.want(TEXT, b"valid before")
    p.violated(1002)


for rsv in range(1, 8):
    for sub, op in enumerate((TEXT, BINARY, PING, PONG, CLOSE)):
        case("3.%d.%d" % (rsv, sub * 2 + 1), "RSV %d in op %x" % (rsv, op),
             op, rsv, b"", None)(bad_alone)
        case("3.%d.%d" % (rsv, sub * 2 + 2), "RSV %d, in a row" % rsv,
             op, rsv, b"\x03\xe8", 1 if sub & 1 else None)(bad_later)
for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    case("4.%d.1" % op, "opcode %x" % op, op, 0, b"", None)(bad_alone)
    case("4.%d.2" % op, "opcode %x with payload" % op, op, 0,
         b"reserved", None)(bad_alone)
    case("4.%d.3" % op, "opcode %x in a row" % op, op, 0, b"",
         None)(bad_later)
    case("4.%d.4" % op, "opcode %x byte by byte" % op, op, 0, b"reserved",
         1)(bad_later)


# 4.20: the other rules of a header

def bad_bytes(p, data, code):
    p.raw(data)
    p.violated(code)


def header(p, what):
    bit = 0x80 if p.masking else 0
    key = b"\0\0\0\0" if p.masking else b""
    p.raw({
        "125 in 16 bits": bytes([0x82, bit | 126, 0, 125]),
        "65535 in 64 bits": bytes([0x82, bit | 127, 0, 0, 0, 0, 0, 0, 255,
                                   255]),
        "2^63": bytes([0x82, bit | 127, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        "wrong masking": bytes([0x81, (bit ^ 0x80) | 5]) + b"HelloHello",
        "wrong masking of an empty frame": bytes([0x81, bit ^ 0x80]),
        "ping of 126 bytes": bytes([0x89, bit | 126]),
        "text in 64 bits": bytes([0x81, bit | 127, 0, 0, 0, 0, 0, 0, 0, 1])
        + key + b"a",
    }[what])
    p.violated(1002)


for i, what in enumerate((
        "125 in 16 bits", "65535 in 64 bits", "2^63", "wrong masking",
        "wrong masking of an empty frame", "ping of 126 bytes",
        "text in 64 bits")):
    case("4.20.%d" % (i + 1), "header: " + what, what)(header)


# 5: fragments

@case("5.1", "ping in two fragments")
def _(p):
    p.send(PING, b"frag", fin=0)
    p.send(CONT, b"ment")
    p.violated(1002)


@case("5.2", "pong in two fragments")
def _(p):
    p.send(PONG, b"frag", fin=0)
    p.send(CONT, b"ment")
    p.violated(1002)


def fragments(p, chop, ping_between):
    p.send(TEXT, b"frag", fin=0, chop=chop)
    if ping_between:
        p.send(PING, b"between", chop=chop)
    p.send(CONT, b"ment", chop=chop)
    pongs = [] if ping_between else None
    p.want_message(TEXT, b"fragment", pongs)
    if ping_between and not pongs:
        p.want(PONG, b"between")
    p.close()


case("5.3", "text in two fragments", None, False)(fragments)
case("5.4", "text in two fragments, byte by byte", 1, False)(fragments)
case("5.5", "ping between fragments", None, True)(fragments)
case("5.6", "ping between fragments, byte by byte", 1, True)(fragments)


@case("5.7", "the pong comes before the message is finished")
def _(p):
    p.send(TEXT, b"frag", fin=0)
    p.send(PING, b"now")
    fin, op, payload = p.receive()
    if op == TEXT:
        if fin or payload != b"frag":
            raise Wrong("got fin %d %s" % (fin, show(payload)))
        p.want(PONG, b"now")
        p.send(CONT, b"ment")
        p.want(CONT, b"ment")
    else:
        if (op, payload) != (PONG, b"now"):
            raise Wrong("got op %x %s" % (op, show(payload)))
        p.send(CONT, b"ment")
        p.want_message(TEXT, b"fragment")
    p.close()


@case("5.8", "fragmentation is kept (wire frames)")
def _(p):
    parts = [b"a", b"", b"bcd", b"", b"", b"e"]
    for i, part in enumerate(parts):
        p.send(BINARY if i == 0 else CONT, part, fin=int(i == 5))
    for i, part in enumerate(parts):
        p.want(BINARY if i == 0 else CONT, part, fin=int(i == 5))
    p.close()


def cont_first(p, fin, chop):
    p.send(CONT, b"non-continuation", fin=fin, chop=chop)
    p.send(TEXT, b"Hello, world!", chop=chop)
    p.violated(1002)


for i, (fin, chop) in enumerate(((1, None), (1, 1), (0, None), (0, 1))):
    case("5.%d" % (9 + i), "nothing to continue, fin %d" % fin, fin,
         chop)(cont_first)


def cont_later(p, fin):
    p.send(TEXT, b"frag", fin=0)
    p.send(CONT, b"ment")
    p.send(CONT, b"non-continuation", fin=fin)
    p.send(TEXT, b"Hello, world!")
    p.want_message(TEXT, b"fragment")
    p.violated(1002)


case("5.15", "a valid message, then nothing to continue", 0)(cont_later)
case("5.16", "the same with fin", 1)(cont_later)


def two_starts(p, first, second, fin):
    p.send(first, b"frag", fin=0)
    p.send(second, b"ment", fin=fin)
    p.violated(1002, partial=(first, b"frag"))


for i, (first, second) in enumerate(((TEXT, TEXT), (TEXT, BINARY),
                                     (BINARY, TEXT), (BINARY, BINARY))):
    case("5.17.%d" % (i * 2 + 1), "op %x inside op %x" % (second, first),
         first, second, 1)(two_starts)
    case("5.17.%d" % (i * 2 + 2), "unfinished op %x inside op %x"
         % (second, first), first, second, 0)(two_starts)


@case("5.19", "five fragments, pings in two bursts")
def _(p):
    p.send(TEXT, b"fragment1", fin=0)
    p.send(CONT, b"fragment2", fin=0)
    p.send(PING, b"pongme 1!")
    between = []
    got = b""
    while (PONG, b"pongme 1!") not in between:
        fin, op, payload = p.receive()
        if op >= 8:
            between.append((op, payload))
        elif fin:
            raise Wrong("finished too early")
        else:
            got += payload
    p.send(CONT, b"fragment3", fin=0)
    p.send(CONT, b"fragment4", fin=0)
    p.send(PING, b"pongme 2!")
    p.send(CONT, b"fragment5")
    fin = 0
    while not fin or (PONG, b"pongme 2!") not in between:
        f, op, payload = p.receive()
        if op >= 8:
            between.append((op, payload))
        else:
            fin = f
            got += payload
    if got != b"".join(b"fragment%d" % i for i in range(1, 6)):
        raise Wrong("echo is %r" % got)
    if between != [(PONG, b"pongme 1!"), (PONG, b"pongme 2!")]:
        raise Wrong("control frames are %r" % between)
    p.close()


# 6: UTF-8

def state(data):
    """Where a strict reader fails: an index, or None; whether complete."""
    need, low, high = 0, 0x80, 0xbf
    for i, b in enumerate(data):
        if need:
            if not low <= b <= high:
                return i, False
            need, low, high = need - 1, 0x80, 0xbf
        elif b < 0x80:
            pass
        elif 0xc2 <= b <= 0xdf:
            need = 1
        elif 0xe0 <= b <= 0xef:
            need = 2
            low, high = {0xe0: (0xa0, 0xbf), 0xed: (0x80, 0x9f)}.get(
                b, (0x80, 0xbf))
        elif 0xf0 <= b <= 0xf4:
            need = 3
            low, high = {0xf0: (0x90, 0xbf), 0xf4: (0x80, 0x8f)}.get(
                b, (0x80, 0xbf))
        else:
            return i, False
    return None, not need


VALID = [bytes.fromhex(h) for h in """
    ceba e1bdb9cf83cebcceb5 00 7f c280 dfbf e0a080 e18080 efbfbf f0908080
    f48fbfbf ed9fbf ee8080 efbfbd efbfbe efb790 efbbbf f09fbfbe f09fbfbf
    f0afbfbf f48fbfbe 48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d3821
    f0928080 e0a0bf f4808080 f3bfbfbf""".split()]
INVALID = [bytes.fromhex(h) for h in """
    80 bf 8080 808080 80808080 ff fe c0 c1 c0af c1bf f5 f58080 f8 fc
    e080af e09fbf f08080af f08fbfbf f880808080 fc8080808080
    f888808080 fc8480808080 f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf
    eda080 edadbf edae80 edafbf edb080 edbfbf eda080edb080
    f4908080 f490 f5808080 c0 c3 e18080c3 c328 e228a1 e28228 f0288cbc f09028bc
    f0908c28 e2 e282 f0 f090 f09080 df ef efbf
    cebae1bdb9cf83cebcceb5eda080656469746564
    cebae1bdb9cf83cebcceb5f4908080656469746564""".split()]


def valid(p, data, way):
    if way == "whole":
        p.send(TEXT, data)
    elif way == "chops":
        p.send(TEXT, data, chop=1)
    else:
        for i in range(len(data)):
            p.send(CONT if i else TEXT, data[i:i + 1],
                   fin=int(i == len(data) - 1))
    p.want_message(TEXT, data)
    p.close()


def invalid(p, data, way):
    """Nothing is sent behind the byte that decides: the other side has to
    fail right there, and where the end decides, at the end."""
    at, _ = state(data)
    until = len(data) if at is None else at + 1
    if way == "whole":
        p.send(TEXT, data)
    elif way == "header":
        # More payload is announced than ever comes.
        if at is None:
            p.send(TEXT, data)
        else:
            p.raw(p.frame(TEXT, data[:until], length=until + 1000))
    elif way == "chops":
        p.raw(p.frame(TEXT, data)[:-(len(data) - until) or None], 1)
    else:
        for i in range(until):
            p.send(CONT if i else TEXT, data[i:i + 1],
                   fin=int(i == len(data) - 1))
    p.violated(1007, partial=(TEXT, data))


@case("6.1.1", "empty text")
def _(p):
    p.send(TEXT)
    p.want(TEXT)
    p.close()


def empty_fragments(p, middle):
    p.send(TEXT, b"", fin=0)
    p.send(CONT, middle, fin=0)
    p.send(CONT, b"")
    p.want_message(TEXT, middle)
    p.close()


case("6.1.2", "three empty fragments", b"")(empty_fragments)
case("6.1.3", "empty first and last fragments", b"middle")(empty_fragments)
for i, data in enumerate(VALID):
    for sub, way in enumerate(("whole", "chops", "fragments")):
        case("6.2.%d.%d" % (i + 1, sub + 1), "valid %s, %s"
             % (data.hex(), way), data, way)(valid)
for i, data in enumerate(INVALID):
    for sub, way in enumerate(("whole", "header", "chops", "fragments")):
        case("6.3.%d.%d" % (i + 1, sub + 1), "invalid %s, %s"
             % (data.hex(), way), data, way)(invalid)


@case("6.4.1", "a text is finished although a ping with bad bytes comes")
def _(p):
    p.send(TEXT, b"\xe2\x82", fin=0)
    p.send(PING, b"\xff\xfe")
    p.send(CONT, b"\xac")
    pongs = []
    p.want_message(TEXT, b"\xe2\x82\xac", pongs)
    if not pongs:
        p.want(PONG, b"\xff\xfe")
    p.close()


@case("6.4.2", "binary is no text")
def _(p):
    echo(p, BINARY, b"\xff\xfe\x80")
    p.close()


@case("6.4.3", "a valid message, then a bad one")
def _(p):
    p.send(TEXT, b"fine")
    p.send(TEXT, b"not \xff fine")
    p.send(TEXT, b"never")
    p.want(TEXT, b"fine")
    p.violated(1007, partial=(TEXT, b"not \xff"))


@case("6.4.4", "a large text that is bad in its last byte")
def _(p):
    data = text_of(300000) + b"\xff"
    p.send(TEXT, data)
    p.violated(1007, partial=(TEXT, data))


# 7: closing

@case("7.1.1", "an echo, then Close")
def _(p):
    echo(p, TEXT, b"Hello World!")
    p.close()


@case("7.1.2", "two Closes")
def _(p):
    p.send(CLOSE, close_payload(1000))
    p.send(CLOSE, close_payload(1001))
    p.closed(1000)


@case("7.1.3", "a ping behind Close is not answered")
def _(p):
    p.send(CLOSE, close_payload(1000))
    p.send(PING, b"late")
    p.closed(1000)


@case("7.1.4", "a text behind Close is not echoed")
def _(p):
    p.send(CLOSE, close_payload(1000))
    p.send(TEXT, b"late")
    p.closed(1000)


@case("7.1.5", "Close inside a fragmented message")
def _(p):
    p.send(TEXT, b"fragment1", fin=0)
    p.send(CLOSE, close_payload(1000))
    p.send(CONT, b"fragment2")
    p.closed(1000, partial=(TEXT, b"fragment1"))


@case("7.1.6", "Close right behind a large message: all of it is echoed")
def _(p):
    data = text_of(256 * KiB)
    p.send(TEXT, data)
    p.send(CLOSE, close_payload(1000))
    p.send(PING)
    p.want_message(TEXT, data)
    p.closed(1000)


@case("7.1.7", "the same with 8 MiB, read late")
def _(p):
    data = bytes_of(8 * MiB)
    p.send(BINARY, data)
    p.send(CLOSE, close_payload(1000))
    p.want_message(BINARY, data)
    p.closed(1000)


@case("7.1.8", "a megabyte of junk behind Close: still no RST")
def _(p):
    p.send(TEXT, b"a")
    p.send(CLOSE, close_payload(1000))
    for _ in range(16):
        p.send(BINARY, bytes(65536))
    p.want(TEXT, b"a")
    p.closed(1000)


@case("7.1.9", "a megabyte of junk behind a violation: still no RST")
def _(p):
    p.send(TEXT, b"a")
    p.send(3, b"")
    for _ in range(16):
        p.send(BINARY, bytes(65536))
    p.want(TEXT, b"a")
    p.violated(1002)


@case("7.1.10", "Close in pieces of one byte")
def _(p):
    p.send(CLOSE, close_payload(1000, b"bye"), chop=1)
    p.closed(1000)


@case("7.1.11", "Close, and the end of our bytes at once")
def _(p):
    p.send(TEXT, b"last words")
    p.send(CLOSE, close_payload(1000))
    p.flush()
    p.sock.shutdown(socket.SHUT_WR)
    p.want(TEXT, b"last words")
    p.closed(1000)


@case("7.1.12", "nothing but a Close after a silent second")
def _(p):
    try:
        p.receive(1.0)
    except Wrong as wrong:
        if "no answer" not in str(wrong):
            raise
    else:
        raise Wrong("something came unasked")
    p.close()


@case("7.3.1", "Close without code")
def _(p):
    p.close(None)


@case("7.3.2", "Close of one byte")
def _(p):
    p.send(CLOSE, b"a")
    p.violated(1002)


@case("7.3.3", "Close with code")
def _(p):
    p.close(1000)


@case("7.3.4", "Close with reason")
def _(p):
    p.close(1000, b"Hello World!")


@case("7.3.5", "Close with the longest reason")
def _(p):
    p.close(1000, b"*" * 123)


@case("7.3.6", "Close with a reason too long")
def _(p):
    p.send(CLOSE, close_payload(1000, b"*" * 124))
    p.violated(1002)


@case("7.3.7", "Close in two fragments")
def _(p):
    p.send(CLOSE, close_payload(1000), fin=0)
    p.violated(1002)


@case("7.3.8", "Close with a reason of all kinds of characters")
def _(p):
    p.close(1000, text_of(110))


def bad_reason(p, reason):
    p.send(CLOSE, close_payload(1000, reason))
    p.violated(1007)


for i, reason in enumerate((
        bytes.fromhex("cebae1bdb9cf83cebcceb5eda080656469746564"), b"\xff",
        b"cut \xe2\x82", b"\xc0\xaf")):
    case("7.5.%d" % (i + 1), "Close with a bad reason", reason)(bad_reason)


def good_code(p, code, reason):
    p.close(code, reason)


def bad_code(p, code, reason):
    p.send(CLOSE, close_payload(code, reason))
    p.violated(1002)


for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
             1014, 3000, 3999, 4000, 4999):
    case("7.7.%d.1" % code, "Close %d" % code, code, b"")(good_code)
    case("7.7.%d.2" % code, "Close %d with reason" % code, code,
         b"because")(good_code)
for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
             32768, 65535):
    case("7.9.%d.1" % code, "Close %d is refused" % code, code, b"")(bad_code)
    case("7.9.%d.2" % code, "Close %d with reason is refused" % code, code,
         b"because")(bad_code)


@case("7.13.1", "a peer that does not answer Close is left after a while")
def _(p):
    p.send(3)
    fin, op, payload = p.receive()
    if (op, payload[:2]) != (CLOSE, close_payload(1002)):
        raise Wrong("got op %x %s" % (op, show(payload)))
    p.status = 2
    p.left()


@case("7.13.2", "the end of the connection without Close")
def _(p):
    echo(p, TEXT, b"Hello")
    p.sock.shutdown(socket.SHUT_WR)
    p.status = 6
    p.left()


@case("7.13.3", "the end of the connection inside a frame")
def _(p):
    p.raw(p.frame(BINARY, b"Hello", length=100))
    p.flush()
    p.sock.shutdown(socket.SHUT_WR)
    p.status = 6
    p.left()


# 9: size

def large(p, op, n, frame, chop):
    data = data_of(op, n)
    if frame is None:
        p.send(op, data, chop=chop)
    else:
        wire = b"".join(
            p.frame(CONT if i else op, data[i:i + frame],
                    fin=int(i + frame >= n)) for i in range(0, n, frame))
        p.raw(wire, chop)
    p.want_message(op, data)
    p.close()


def sizes(*list_of):
    for i, n in enumerate(list_of):
        yield i + 1, n


for sub, op in ((1, TEXT), (2, BINARY)):
    for i, n in sizes(64 * KiB, 256 * KiB, MiB, 4 * MiB, 8 * MiB, 16 * MiB):
        case("9.%d.%d" % (sub, i), "%d KiB" % (n // KiB), op, n, None,
             None)(large)
for sub, op in ((3, TEXT), (4, BINARY)):
    for i, frame in sizes(64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB,
                          MiB, 4 * MiB):
        n = MiB if frame < KiB else 4 * MiB
        case("9.%d.%d" % (sub, i), "%d MiB in frames of %d"
             % (n // MiB, frame), op, n, frame, None)(large)
for sub, op in ((5, TEXT), (6, BINARY)):
    for i, chop in sizes(64, 128, 256, 512, KiB, 2 * KiB):
        case("9.%d.%d" % (sub, i), "1 MiB in chops of %d" % chop, op, MiB,
             None, chop)(large)
for i, chop in sizes(64, 4 * KiB, 64 * KiB, MiB):
    case("9.7.%d" % i, "16 MiB in chops of %d" % chop, BINARY, 16 * MiB, None,
         chop)(large)
case("9.7.5", "16 MiB of text in frames of 100000, chops of 7777", TEXT,
     16 * MiB, 100000, 7777)(large)


def many(p, op, n, size):
    data = [data_of(op, size)[:-3] + b"%03d" % (i % 1000) if size > 20
            else data_of(op, size) for i in range(n)]
    if op == TEXT:
        data = [b"%*d" % (size, i) if size else b"" for i in range(n)]
    p.raw(b"".join(p.frame(op, d) for d in data))
    for d in data:
        p.want(op, d)
    p.close()


for sub, op in ((8, TEXT), (9, BINARY)):
    for i, size in sizes(0, 16, 64, 256, KiB, 4 * KiB):
        case("9.%d.%d" % (sub, i), "1000 messages of %d" % size, op, 1000,
             size)(many)


def one_by_one(p, op, n, size):
    data = data_of(op, size)
    for _ in range(n):
        echo(p, op, data)
    p.close()


case("9.10.1", "500 round trips", TEXT, 500, 16)(one_by_one)
case("9.10.2", "100 round trips of 64 KiB", BINARY, 100, 65536)(one_by_one)

# 10: fragments of an odd size

case("10.1.1", "65536 bytes in frames of 1300", TEXT, 65536, 1300,
     None)(large)
case("10.1.2", "65536 bytes in frames of 1300, chops of 99", BINARY, 65536,
     1300, 99)(large)


# 11: resets

def reset_after(p, data, wait):
    p.status = 6
    if data:
        p.raw(data)
        if wait:
            p.reading = False
            end = time.monotonic() + 1
            while p.out and time.monotonic() < end:
                p.pump(0.2)
        else:
            p.flush()
    p.reset()


def reset(p, what):
    f = p.frame
    reset_after(p, {
        "at once": b"",
        "inside a header": f(BINARY, bytes(300))[:3],
        "inside a payload": f(BINARY, b"Hello", length=1000),
        "between fragments": f(TEXT, b"frag", fin=0),
        "after a message": f(TEXT, b"Hello"),
        "after Close": f(CLOSE, close_payload(1000)),
        "after a ping": f(PING, b"x"),
        "with an echo not read": f(BINARY, bytes(8 * MiB)),
    }[what], what == "with an echo not read")
    if what == "after Close":
        p.status = None


for i, what in enumerate((
        "at once", "inside a header", "inside a payload", "between fragments",
        "after a message", "after Close", "after a ping",
        "with an echo not read")):
    case("11.%d" % (i + 1), "RST " + what, what)(reset)


# --- running them

def read_head(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise Wrong("connection ended inside the head: %r" % head)
        head += byte
    lines = head.decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return lines[0], fields


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def as_client(port):
    sock = socket.create_connection(("127.0.0.1", port), WAIT)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(("GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n"
                  % (port, key)).encode())
    line, fields = read_head(sock)
    if not line.startswith("HTTP/1.1 101 "):
        raise Wrong("answer is " + line)
    if fields.get("sec-websocket-accept") != accept_of(key):
        raise Wrong("wrong accept")
    return Peer(sock, True)


def run_server(port, function, args):
    peer = as_client(port)
    try:
        function(peer, *args)
    finally:
        peer.sock.close()


def run_client(program, function, args):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(WAIT)
        url = "ws://127.0.0.1:%d/" % listener.getsockname()[1]
        process = subprocess.Popen([program, "-W", url, "cat"],
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        peer = None
        try:
            sock, _ = listener.accept()
            sock.settimeout(WAIT)
            line, fields = read_head(sock)
            if line != "GET / HTTP/1.1":
                raise Wrong("request is " + line)
            sock.sendall(("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                          "\r\n" % accept_of(fields["sec-websocket-key"])
                          ).encode())
            peer = Peer(sock, False)
            function(peer, *args)
            peer.sock.close()
            try:
                out, err = process.communicate(timeout=WAIT)
            except subprocess.TimeoutExpired:
                raise Wrong("the client does not end")
            if peer.status not in (None, process.returncode):
                raise Wrong("status %d instead of %d, %r" % (
                    process.returncode, peer.status, err.decode("latin-1")))
            if out:
                raise Wrong("on standard output: " + show(out))
            if err.count(b"\n") > 1:
                raise Wrong("more than a line: %r" % err.decode("latin-1"))
        finally:
            if peer:
                peer.sock.close()
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=3)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()


def chosen(name, sections):
    return any(name == s or name.startswith(s + ".") for s in sections)


def main(argv):
    if argv[1:] == ["list"]:
        for name, what, _, _ in CASES:
            print(name, what)
        return 0
    if len(argv) < 4 or argv[1] not in ("server", "client"):
        sys.stderr.write(__doc__)
        return 100
    failed = count = 0
    slow = []
    for name, what, function, args in CASES:
        if not chosen(name, argv[3:]):
            continue
        count += 1
        began = time.monotonic()
        try:
            if argv[1] == "server":
                run_server(int(argv[2]), function, args)
            else:
                run_client(argv[2], function, args)
        except (Wrong, OSError, KeyError) as wrong:
            failed += 1
            print("%s (%s): %s" % (name, what, wrong or repr(wrong)),
                  flush=True)
            if failed >= 8:
                print("too much is wrong; stopped")
                return 1
        slow.append((time.monotonic() - began, name, what))
    if "CONFORM_SLOW" in os.environ:
        for seconds, name, what in sorted(slow)[-10:]:
            print("# %.2f s: %s %s" % (seconds, name, what))
    print("# %d cases, %d wrong" % (count, failed))
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
