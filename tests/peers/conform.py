#!/usr/bin/python3
"""conform.py - a strict RFC 6455 peer made of nothing but a socket, for what
ws-check does not do: not to read, to reset, to look at a client's exit status

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
MiB = 1024 * 1024

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


def bytes_of(n):
    return random.Random(n).randbytes(n)


def echo(p, op, payload, chop=None):
    p.send(op, payload, chop=chop)
    p.want_message(op, payload)


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
                    process.communicate(timeout=WAIT)
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
