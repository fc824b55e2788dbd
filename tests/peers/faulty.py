#!/usr/bin/python3
"""faulty.py - a strict WebSocket echo with one fault, or none

    faulty.py serve [FAULT]        prints its port, serves until SIGTERM
    faulty.py drive URL [FAULT]    a client, told what to do by Autobahn's URLs
    faulty.py list serve|drive     the faults there are

Every fault stands where the rule would; FAULT is "none" unless given.
"""

import base64
import concurrent.futures
import hashlib
import os
import re
import socket
import sys
import threading
import zlib

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FAULT = "none"


def has(*names):
    """Whether this is the fault; all names are found by "list"."""
    return FAULT in names


class Packing:
    """Both directions of permessage-deflate, as agreed on."""

    def __init__(self, agreed, server):
        us, them = ("server", "client") if server else ("client", "server")
        self.drops_ours = us + "_no_context_takeover" in agreed and \
            not has("deflate-context-kept")
        self.drops_theirs = them + "_no_context_takeover" in agreed or \
            has("inflate-context-dropped")
        self.bits = 15 if has("deflate-window-15") else \
            int(agreed.get(us + "_max_window_bits") or 15)
        self.our = self.their = None

    def deflate(self, data):
        if self.our is None or self.drops_ours:
            self.our = zlib.compressobj(1, zlib.DEFLATED, -self.bits, 9)
        data = self.our.compress(data) + self.our.flush(zlib.Z_SYNC_FLUSH)
        if has("deflate-tail-sent"):
            return data
        if has("deflate-tail-cut-short"):
            return data[:-5]
        return data[:-4]

    def inflate(self, data):
        if has("inflate-stored-refused") and data and data[0] & 7 == 0 and \
                len(data) > 1:
            raise Fail(1002)
        if has("inflate-final-refused") and data and data[0] & 1:
            raise Fail(1002)
        if self.their is None or self.drops_theirs or self.their.eof:
            self.their = zlib.decompressobj(-15)
        out, data = b"", data + b"\0\0\xff\xff"
        while data:
            try:
                out += self.their.decompress(data)
            except zlib.error:
                if has("inflate-garbage-accepted"):
                    return out
                raise Fail(1007)
            data = self.their.unused_data
            if self.their.eof:
                # The window of the final block goes on, in zlib with a new one.
                self.their = zlib.decompressobj(
                    -15, zdict=out[-32768:])
        return out


def offer_of(words, answer=False):
    """The parameters of permessage-deflate; None if they are not right."""
    name, *parameters = [w.strip() for w in words.split(";")]
    agreed = {}
    if name.lower() != "permessage-deflate":
        return None
    for p in parameters:
        key, equals, value = [w.strip() for w in p.partition("=")]
        quoted = re.fullmatch('"([^"]*)"', value)
        value = quoted.group(1) if quoted else value
        if has("deflate-quote-may-lack"):
            value = value.strip('"')
        if key in agreed and not has("deflate-twice-accepted"):
            return None
        if key.endswith("_no_context_takeover") and \
                key[:7] in ("server_", "client_"):
            good = not equals or has("deflate-value-accepted")
        elif key in ("server_max_window_bits", "client_max_window_bits"):
            good = re.fullmatch("[89]|1[0-5]", value) or \
                (not equals and key[0] == "c" and not answer) or \
                (not equals and has("deflate-bits-may-lack")) or \
                (has("deflate-bits-16-accepted") and value == "16") or \
                (has("deflate-bits-7-accepted") and value == "7") or \
                (has("deflate-bits-as-number") and value.isdigit() and
                 8 <= int(value) <= 15)
        else:
            good = has("deflate-unknown-accepted")
        if not good:
            return None
        agreed[key] = value
    return agreed


class Fail(Exception):
    """The connection fails with this code."""

    def __init__(self, code):
        Exception.__init__(self)
        self.code = code


class Gone(Exception):
    pass


def xor(data, key, start=0):
    if not data:
        return b""
    key = (key * 2)[start % 4:start % 4 + 4]
    n = len(data)
    keys = (key * (n // 4 + 1))[:n]
    return (int.from_bytes(data, "big")
            ^ int.from_bytes(keys, "big")).to_bytes(n, "big")


def utf8_prefix(data):
    """Whether data begins a valid text."""
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError as e:
        return e.reason == "unexpected end of data"


def text_is_bad(data, final):
    if has("utf8-unchecked"):
        return False
    if has("utf8-cut-accepted") and utf8_prefix(data):
        return False
    if has("utf8-surrogates-accepted"):
        data = re.sub(b"\xed[\xa0-\xbf][\x80-\xbf]", b"", data)
        if not final:
            data = re.sub(b"\xed[\xa0-\xbf]?$", b"", data)
    if has("utf8-overlong-accepted"):
        data = re.sub(b"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]"
                      b"|\xf0[\x80-\x8f][\x80-\xbf][\x80-\xbf]", b"", data)
    if has("utf8-large-accepted"):
        data = re.sub(b"\xf4[\x90-\xbf][\x80-\xbf][\x80-\xbf]|"
                      b"[\xf5-\xf7][\x80-\xbf][\x80-\xbf][\x80-\xbf]", b"",
                      data)
    if has("utf8-nul-refused") and b"\0" in data:
        return True
    if has("utf8-noncharacters-refused") and b"\xef\xbf\xbf" in data:
        return True
    if final or has("utf8-each-fragment"):
        try:
            data.decode("utf-8")
            return False
        except UnicodeDecodeError:
            return True
    return not utf8_prefix(data)


class Peer:
    def __init__(self, sock, server, rest=b""):
        self.sock = sock
        self.server = server
        self.buf = bytearray(rest)
        self.op = None                  # of the message that has begun
        self.message = bytearray()
        self.good = 0                   # bytes of it that are whole characters
        self.counter = 0
        self.closed = False
        self.late = []
        self.packing = None
        self.packed = False             # the message that has begun
        self.pings = 0

    # -- bytes

    def need(self, n):
        while len(self.buf) < n:
            data = self.sock.recv(1 << 20)
            if not data:
                raise Gone
            self.buf += data

    def take(self, n):
        self.need(n)
        data = bytes(self.buf[:n])
        del self.buf[:n]
        return data

    def key(self):
        self.counter += 1
        if has("key-constant"):
            return b"\x37\xfa\x21\x3d"
        if has("key-zero"):
            return bytes(4)
        if has("key-counted"):
            return self.counter.to_bytes(4, "big")
        if has("key-one-byte"):
            return b"abc" + os.urandom(1)
        if has("key-twice"):
            if self.counter % 2:
                self.last = os.urandom(4)
            return self.last
        return os.urandom(4)

    def frame(self, op, data=b"", fin=1, rsv=0):
        n = len(data)
        masked = not self.server
        if has("masking-wrong"):
            masked = not masked
        if has("empty-frames-not-masked") and n == 0:
            masked = False
        if has("pongs-not-masked") and op == PONG:
            masked = False
        if has("rsv-sent") and op in (TEXT, BINARY):
            rsv = 4
        if has("rsv2-of-pong-sent") and op == PONG:
            rsv = 2
        if has("masking-wrong-of-long") and n > 125:
            masked = not masked
        if has("masking-wrong-of-close") and op == CLOSE:
            masked = not masked
        bit = 0x80 if masked else 0
        head = bytes([fin << 7 | rsv << 4 | op])
        if has("long-form-sent") and n == 125:
            head += bytes([bit | 126, 0, 125])
        elif has("long-form-of-pong-sent") and op == PONG:
            head += bytes([bit | 126]) + n.to_bytes(2, "big")
        elif has("long-form-of-close-sent") and op == CLOSE:
            head += bytes([bit | 127]) + n.to_bytes(8, "big")
        elif has("top-bit-sent") and n == 65536:
            head += bytes([bit | 127]) + (n | 1 << 63).to_bytes(8, "big")
        elif has("longest-form-sent") and n == 65535:
            head += bytes([bit | 127]) + n.to_bytes(8, "big")
        elif n < 126:
            head += bytes([bit | n])
        elif n < 65536:
            head += bytes([bit | 126]) + n.to_bytes(2, "big")
        else:
            head += bytes([bit | 127]) + n.to_bytes(8, "big")
        if masked:
            key = self.key()
            head += key
            if not has("payload-not-masked"):
                data = xor(data, key)
        return head + data

    def send(self, op, data=b"", fin=1):
        if self.closed and op < CLOSE and not has("message-after-close"):
            return
        self.sock.sendall(self.frame(op, data, fin))

    # -- frames

    def receive(self):
        """A frame: fin, op, payload; or Fail."""
        b0, b1 = self.take(2)
        fin, rsv, op = b0 >> 7, b0 >> 4 & 7, b0 & 15
        masked, n = b1 >> 7, b1 & 127
        allowed = 4 if has("rsv1-accepted") else \
            2 if has("rsv2-accepted") else 1 if has("rsv3-accepted") else 0
        if has("rsv-of-control-accepted") and op >= CLOSE:
            allowed = 7
        if has("rsv-of-cont-accepted") and op == CONT:
            allowed = 7
        if self.packing and (op in (TEXT, BINARY) or
                             has("rsv1-of-cont-accepted") and op == CONT or
                             has("rsv1-of-control-accepted") and op >= CLOSE):
            allowed |= 4
        if op in (TEXT, BINARY):
            self.packed = bool(self.packing and rsv & 4)
        if rsv & ~allowed:
            raise Fail(1002)
        if has("unpacked-refused") and self.packing and \
                op in (TEXT, BINARY) and not self.packed:
            raise Fail(1002)
        if op not in (CONT, TEXT, BINARY, CLOSE, PING, PONG) and not (
                (has("op3-ignored") and op == 3)
                or (has("op7-ignored") and op == 7)
                or (has("op11-ignored") and op == 11)
                or (has("op15-ignored") and op == 15)):
            raise Fail(1002)
        if op >= CLOSE and not fin and not (
                has("control-fragments-accepted")
                or has("ping-fragments-accepted") and op == PING):
            raise Fail(1002)
        if masked != self.server:
            if not has("other-masking-accepted") and not (
                    has("other-masking-of-control-accepted") and op >= CLOSE):
                raise Fail(1002)
        limit = 126 if has("control-126-accepted") else 125
        if has("long-ping-accepted") and op in (PING, PONG):
            limit = 1 << 20
        if has("control-125-refused"):
            limit = 124
        if op >= CLOSE and n > 125 and limit <= 125:
            raise Fail(1002)
        if n == 126:
            n = int.from_bytes(self.take(2), "big")
            if n < 126 and not has("long-form-accepted"):
                raise Fail(1002)
            if has("length-16-signed") and n > 32767:
                raise Fail(1009)
        elif n == 127:
            n = int.from_bytes(self.take(8), "big")
            if n >> 63:
                n &= (1 << 63) - 1
                if not has("length-top-bit-ignored"):
                    raise Fail(1002)
            if n < 65536 and not has("long-form-accepted"):
                raise Fail(1002)
            if has("length-32-bits"):
                n &= 0xffffffff
        if op >= CLOSE and n > limit:
            raise Fail(1002)
        if has("limit-1m") and n > 1 << 20:
            raise Fail(1009)
        key = self.take(4) if masked else None
        if not has("order-of-fragments-unchecked"):
            if op == CONT and self.op is None and not has("cont-accepted"):
                raise Fail(1002)
            if op in (TEXT, BINARY) and self.op is not None and not (
                    has("new-message-accepted")
                    or has("text-in-binary-accepted") and self.op == BINARY
                    and op == TEXT):
                raise Fail(1002)
        data = self.payload(n, op, key)
        return fin, op, data

    def payload(self, n, op, key):
        """What has come of a text is looked at at once."""
        started = self.op if op == CONT else op
        if started == TEXT and not has("utf8-at-the-end") and \
                not self.packed:
            while len(self.buf) < n:
                self.look(key, n)
                self.need(len(self.buf) + 1)
            self.look(key, n)
        data = self.take(n)
        if key is None:
            return data
        if has("zero-key-taken-for-none") and not any(key):
            raise Fail(1002)
        if has("unmask-only-first-4k"):
            return xor(data[:4096], key) + data[4096:]
        start = len(self.message) if has("mask-offset-kept") \
            and op == CONT else 0
        if has("unmask-7-of-8") and n > 64:
            return xor(data[:-1], key, start) + data[-1:]
        return xor(data, key, start)

    def look(self, key, n):
        part = bytes(self.buf[:n])
        if key is not None:
            part = xor(part, key)
        if len(part) < 100000 or len(part) == n:
            if text_is_bad(bytes(self.message[self.good:]) + part, False):
                raise Fail(1007)

    # -- messages

    def echo(self, op, data):
        if has("empty-dropped") and not data:
            return
        if has("text-as-binary"):
            op = BINARY
        if has("whitespace-trimmed") and op == TEXT:
            data = data.strip(b"\n ")
        if has("cut-at-64k"):
            data = data[:65536]
        if has("cut-at-8m"):
            data = data[:8 << 20]
        if has("second-of-two-lost") and self.buf[:1] == b"\x81":
            return
        if has("pong-before-fin") and len(data) == 8:
            self.send(op, data[:4], 0)
            self.send(TEXT, data[4:])
            return
        if has("cont-sent") and len(data) == 8:
            self.send(CONT, data)
            return
        if has("reserved-sent") and len(data) == 8:
            self.send(3, data)
            return
        if has("fragmented-ping-sent") and len(data) == 8:
            self.send(PING, b"a", 0)
            self.send(CONT, b"b")
        if has("bad-text-sent") and op == TEXT and len(data) > 1000:
            data = data[:-1] + b"\xe2"
        if self.packing:
            self.send_packed(op, data)
            return
        if has("binary-as-text-if-valid") and op == BINARY and \
                utf8_prefix(data):
            op = TEXT
        if has("last-byte-lost") and len(data) > 65536:
            data = data[:-1]
        if has("bytes-swapped") and len(data) > 1000:
            data = data[1::-1] + data[2:]
        if has("echo-twice") and len(data) == 16:
            self.send(op, data)
        if has("echo-in-fragments-without-fin") and len(data) == 8:
            self.send(op, data, 0)
            return
        if has("fragments-as-text") and len(data) > 1000:
            self.send(op, data[:500], 0)
            self.send(op, data[500:])
            return
        if has("crlf-translated"):
            data = data.replace(b"\n", b"\r\n")
        if has("nul-ends-text") and op == TEXT:
            data = data.split(b"\0")[0]
        self.send(op, data)

    def send_packed(self, op, data):
        if has("rsv1-without-packing"):
            self.sock.sendall(self.frame(op, data, 1, 4))
            return
        packed = self.packing.deflate(data)
        if has("packed-without-rsv1"):
            self.sock.sendall(self.frame(op, packed, 1, 0))
            return
        if has("rsv1-of-cont-sent") and len(packed) > 20:
            self.sock.sendall(self.frame(op, packed[:10], 0, 4) +
                              self.frame(CONT, packed[10:], 1, 4))
            return
        self.sock.sendall(self.frame(op, packed, 1, 4))

    def data_frame(self, fin, op, data):
        if op == CONT and self.op is None:
            return                      # where that is the fault
        if op != CONT:
            if self.op is not None:
                self.message.clear()
            self.op = op
            self.good = 0
        if has("empty-fragment-refused") and not fin and not data:
            raise Fail(1002)
        if has("fragment-lost") and op == CONT and not fin:
            data = b""
        if has("fragments-over-1000-refused"):
            self.count = 1 if op != CONT else self.count + 1
            if self.count > 1000:
                raise Fail(1009)
        if has("fragments-in-reverse") and op == CONT:
            self.message[:0] = data
        else:
            self.message += data
        if self.packed and not fin:
            return
        if not fin:
            if self.op == TEXT and not has("utf8-at-the-end") and \
                    text_is_bad(bytes(self.message[self.good:]), False):
                raise Fail(1007)
            # No character is longer than four bytes.
            good = max(self.good, len(self.message) - 4)
            while good > self.good and self.message[good] & 0xc0 == 0x80:
                good -= 1
            self.good = good
            return
        message, op = bytes(self.message), self.op
        self.message.clear()
        self.op = None
        if self.packed:
            message = self.packing.inflate(message)
            self.good = 0
            if has("inflated-text-unchecked"):
                self.echo(op, message)
                return
            if has("inflated-empty-lost") and not message:
                return
        if op == TEXT or has("binary-checked"):
            if text_is_bad(message[self.good:], True):
                raise Fail(1002 if has("utf8-with-1002") else 1007)
        self.echo(op, message)
        for late in self.late:
            self.send(PONG, late)
        self.late.clear()

    def ping(self, data):
        if has("no-pong") or has("no-pong-to-empty") and not data:
            return
        self.pings += 1
        if has("pong-to-first-only") and self.pings > 1:
            return
        if has("pong-to-every-second") and self.pings % 2 == 0:
            return
        if has("ping-ends-message"):
            self.op = None
            self.message.clear()
        if has("pong-as-hex"):
            data = data.hex().encode()[:125]
        if has("pong-with-nul") and data:
            data = data[:-1] + b"\0"
        if has("pong-fragmented") and len(data) > 60:
            self.send(PONG, data[:60], 0)
            self.send(CONT, data[60:])
            return
        if has("pong-padded"):
            data = data.ljust(8, b"\0")
        if has("pong-empty"):
            data = b""
        if has("pong-cut"):
            data = data[:124]
        if has("pong-as-text"):
            data = data.decode("utf-8", "replace").encode()[:125]
        if has("pong-first-again"):
            self.first = getattr(self, "first", data)
            data = self.first
        if has("pong-waits") and self.op is not None:
            self.late.append(data)
            return
        if has("no-pong-in-message") and self.op is not None:
            return
        self.send(PING if has("ping-for-ping") else PONG, data)
        if has("pong-twice") and data:
            self.send(PONG, data)

    def close(self, data):
        """The answer to a Close, or Fail."""
        if len(data) == 1 and not has("close-of-one-byte-accepted"):
            raise Fail(1002)
        code = int.from_bytes(data[:2], "big") if len(data) > 1 else None
        if code is not None:
            good = 1000 <= code <= 1003 or 1007 <= code <= 1014 or \
                3000 <= code <= 4999
            for bad in (0, 999, 1004, 1005, 1006, 1015, 1016, 2000):
                if code == bad and has("code-%d-accepted" % bad):
                    good = True
            if has("code-3000-refused") and code // 1000 == 3:
                good = False
            if has("code-4999-refused") and code == 4999:
                good = False
            if has("code-1001-refused") and code == 1001:
                good = False
            if has("code-1011-refused") and code == 1011:
                good = False
            if has("code-1003-refused") and code == 1003:
                good = False
            if has("code-1008-refused") and code == 1008:
                good = False
            if has("code-4000-refused") and code == 4000:
                good = False
            if has("codes-below-1000-accepted") and code < 1000:
                good = True
            if has("codes-unchecked"):
                good = True
            if not good:
                raise Fail(1002)
            if has("reason-refused") and len(data) > 2:
                raise Fail(1002)
            if has("reason-of-123-refused") and len(data) == 125:
                raise Fail(1002)
            if not has("reason-unchecked") and not (
                    has("reason-cut-accepted") and utf8_prefix(data[2:])):
                try:
                    data[2:].decode("utf-8")
                except UnicodeDecodeError:
                    raise Fail(1007)
        if has("close-not-answered"):
            return
        if has("close-with-1000") and code not in (None, 1000):
            data = (1000).to_bytes(2, "big")
        if has("close-with-1005") and code is None:
            data = (1005).to_bytes(2, "big")
        if has("close-with-1002") and code == 1000:
            data = (1002).to_bytes(2, "big")
        if has("close-with-999"):
            data = (999).to_bytes(2, "big")
        if has("close-with-1015"):
            data = (1015).to_bytes(2, "big")
        if has("close-byte-order"):
            data = data[1::-1]
        if has("close-with-long-reason"):
            data = data[:2] + b"x" * 124
        if has("ends-without-close") and code is None:
            return
        if has("ping-instead-of-close"):
            self.send(PING, data)
            return
        if has("close-with-1006"):
            data = (1006).to_bytes(2, "big")
        if has("close-of-one-byte-sent"):
            data = b"\x03"
        if has("close-reason-cut") and len(data) > 50:
            data = data[:2] + b"\xe2\x82"
        self.send(CLOSE, data if len(data) < 2 or has("close-reason-cut", "close-with-long-reason")
                  else data[:2])
        self.closed = True
        if has("close-twice"):
            self.send(CLOSE, data[:2])
        if has("message-after-close"):
            self.send(TEXT, b"late")
        if has("pong-after-close"):
            self.send(PONG, b"late")
        if has("ping-after-close"):
            self.send(PING, b"")
        if has("junk-after-close"):
            self.sock.sendall(b"\0")

    def talk(self):
        if has("talks-first"):
            self.send(TEXT, b"welcome")
        if has("pings-wrongly"):
            self.send(PING, bytes(126))
        if has("idle-1s"):
            self.sock.settimeout(1)
        while True:
            fin, op, data = self.receive()
            if has("control-inside-refused") and op >= CLOSE and \
                    self.op is not None:
                raise Fail(1002)
            if op == PING:
                self.ping(data)
            elif op == PONG:
                if has("pong-answered"):
                    self.send(PONG, data)
                if has("pong-refused"):
                    raise Fail(1002)
            elif op == CLOSE:
                self.close(data)
                if has("ping-after-close-answered") or \
                        has("message-after-close-echoed") or \
                        has("close-not-answered"):
                    self.go_on_after_close()
                return
            elif op in (CONT, TEXT, BINARY):
                self.data_frame(fin, op, data)

    def go_on_after_close(self):
        if has("message-after-close-echoed"):
            self.closed = False
        self.sock.settimeout(0.3)
        try:
            while True:
                fin, op, data = self.receive()
                if op == PING and has("ping-after-close-answered"):
                    self.ping(data)
                elif op in (TEXT, BINARY) and \
                        has("message-after-close-echoed"):
                    self.data_frame(fin, op, data)
        except (Fail, Gone, OSError):
            pass

    def fail(self, code):
        if has("fail-without-close"):
            return
        if has("fail-with-1000"):
            code = 1000
        if has("fail-with-1011"):
            code = 1011
        if has("fail-with-1006"):
            code = 1006
        if has("fail-with-4000"):
            code = 4000
        if has("fail-with-reset"):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 b"\1\0\0\0\0\0\0\0")
            return
        if has("fail-echoes-first"):
            self.send(TEXT, bytes(self.message))
        try:
            self.sock.sendall(self.frame(CLOSE, code.to_bytes(2, "big")))
        except OSError:
            pass
        self.closed = not has("fail-goes-on")

    def run(self):
        try:
            while True:
                try:
                    self.talk()
                    break
                except Fail as f:
                    if not has("fail-ignored"):
                        self.fail(f.code)
                    if not has("fail-ignored", "fail-goes-on"):
                        break
                    self.op = None
                    self.message.clear()
        except (Gone, OSError):
            pass
        self.end()

    def end(self):
        """The server ends first; the client waits for that."""
        if has("tcp-left-open"):
            self.sock.settimeout(20)
        elif has("client-ends-first") and not self.server:
            self.sock.close()
            return
        elif self.server:
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.sock.settimeout(0.5)
        else:
            self.sock.settimeout(2)
        try:
            while self.sock.recv(1 << 20):
                pass
        except OSError:
            pass
        self.sock.close()


# -- heads

def read_head(sock):
    head = b""
    if has("head-in-one-segment"):
        head = sock.recv(65536)
        if b"\r\n\r\n" not in head:
            raise Gone
        return head.split(b"\r\n\r\n")[0], head.split(b"\r\n\r\n", 1)[1]
    while not head.endswith(b"\r\n\r\n") and len(head) < 65536:
        byte = sock.recv(1)
        if not byte:
            raise Gone
        head += byte
    return head[:-4], b""


def fields_of(lines):
    fields = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(TOKEN, name):
            if not has("fields-unchecked"):
                return None
        if re.search("[\0-\x08\x0a-\x1f\x7f]", value):
            if not has("fields-unchecked"):
                return None
        if not has("names-with-case"):
            name = name.lower()
        if not has("blanks-kept"):
            value = value.strip(" \t")
        elif value.startswith(" "):
            value = value[1:]
        if has("lines-not-joined") or name not in fields:
            fields[name] = value
        else:
            fields[name] += ", " + value
    return fields


def has_token(value, token):
    tokens = [v.strip(" \t").lower() for v in value.split(",")]
    return token in tokens


TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"


def lists_are_good(fields):
    """The grammar of RFC 6455, 4.3, and that subprotocols differ."""
    protocols = fields.get("sec-websocket-protocol", "x").split(",")
    protocols = [p.strip() for p in protocols]
    parameter = r"\s*;\s*" + TOKEN + "(=(" + TOKEN + '|"' + TOKEN + '"))?'
    extension = r"\s*(" + TOKEN + "(" + parameter + r")*)?\s*"
    return (has("protocols-unchecked") or (
        all(re.fullmatch(TOKEN, p) for p in protocols)
        and len(set(protocols)) == len(protocols))) and (
        has("extensions-unchecked") or re.fullmatch(
            extension + "(," + extension + ")*",
            fields.get("sec-websocket-extensions", "")))


def accept_of(key):
    if has("accept-of-trimmed-key"):
        key = key.rstrip("=")
    guid = GUID.lower() if has("guid-in-lower-case") else GUID
    digest = hashlib.sha1(key.encode() + guid).digest()
    if has("accept-in-hex"):
        return digest.hex()
    if has("accept-without-padding"):
        return base64.b64encode(digest).decode().rstrip("=")
    return base64.b64encode(digest).decode()


def accept_offer(fields):
    """What is agreed on, and the answer."""
    for words in fields.get("sec-websocket-extensions", "").split(","):
        offer = offer_of(words)
        if offer is None:
            continue
        # zlib has no window of 256 bytes.
        if offer.get("server_max_window_bits") == "8" and \
                not has("deflate-window-15"):
            continue
        agreed = dict(offer)
        if not agreed.get("client_max_window_bits"):
            agreed.pop("client_max_window_bits", None)
        told = dict(agreed)
        if has("deflate-context-not-told"):
            told.pop("server_no_context_takeover", None)
        if has("deflate-bits-not-told"):
            told.pop("server_max_window_bits", None)
        if has("deflate-bits-raised") and "server_max_window_bits" in told:
            told["server_max_window_bits"] = "15"
        if has("deflate-client-bits-unasked"):
            told.setdefault("client_max_window_bits", "15")
        if has("deflate-answered-twice"):
            told = {**told, " server_no_context_takeover": "",
                    "server_no_context_takeover": ""}
        answer = "; ".join(["permessage-deflate"] + [
            k.strip() + ("=" + v if v else "") for k, v in told.items()])
        return agreed, answer
    return None, None


def judge_request(line, fields):
    """A status and fields, or None if all is well."""
    get = (lambda n: fields.get(n, "")) if not has("names-with-case") else \
        (lambda n: fields.get({"sec-websocket-key": "Sec-WebSocket-Key",
                               "sec-websocket-version":
                               "Sec-WebSocket-Version"}.get(
                                   n, n.capitalize()), ""))
    words = line.split(" ")
    if len(words) != 3 or not re.fullmatch(r"HTTP/\d\.\d", words[2]) or \
            re.search(r"[^!-~]", words[1]):
        if not has("request-line-unchecked"):
            return 400, ()
    if words[0] != "GET" and not has("method-unchecked"):
        if not (has("method-without-case") and words[0] == "get"):
            return 405, ("Allow: GET",)
    if len(words) > 2 and words[2] < "HTTP/1.1" and not has("http-1.0-accepted"):
        return 426, ("Upgrade: websocket", "Connection: Upgrade")
    if len(words) > 2 and words[2] >= "HTTP/2":
        return 505, ()
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9a-f:.]+\](:[0-9]+)?",
                        get("host")) and not has("host-unchecked"):
        if not (has("no-host-accepted") and not get("host")):
            return 400, ()
    upgrade, connection = get("upgrade"), get("connection")
    if has("upgrade-unchecked"):
        upgrade = "websocket"
    elif has("upgrade-with-case"):
        upgrade = "websocket" if upgrade == "websocket" else ""
    elif has("upgrade-substring") and "websocket" in upgrade.lower():
        upgrade = "websocket"
    if not has_token(upgrade, "websocket"):
        return 426, ("Upgrade: websocket", "Connection: Upgrade")
    if has("connection-unchecked"):
        connection = "upgrade"
    elif has("connection-without-list"):
        connection = connection if connection.lower() == "upgrade" else ""
    elif has("connection-with-case"):
        connection = connection if "Upgrade" in connection.split(", ") else ""
    elif has("connection-substring") and "upgrade" in connection.lower():
        connection = "upgrade"
    if not has_token(connection, "upgrade"):
        return 400, ()
    version = get("sec-websocket-version")
    fine = version == "13"
    if has("version-unchecked"):
        fine = True
    elif has("no-version-accepted"):
        fine = version in ("", "13")
    elif has("version-prefix"):
        fine = version.startswith("13")
    elif has("version-12-accepted"):
        fine = version in ("12", "13")
    elif has("version-as-number"):
        fine = version.strip("+ 0") in ("13", "13.")
    if not fine:
        return 426, () if has("no-version-told") else (
            "Sec-WebSocket-Version: " + ("8" if has("version-8-told")
                                         else "13"),)
    if not lists_are_good(fields):
        return 400, ()
    key = get("sec-websocket-key")
    if not re.fullmatch(r"[A-Za-z0-9+/]{22}==", key):
        if not has("key-unchecked") and not (
                has("no-key-accepted") and not key):
            return 400, ()
    return None


def answer(line, fields):
    verdict = judge_request(line, fields)
    if verdict:
        status, more = verdict
        if has("refused-with-200"):
            status = 101
        if has("refused-silently"):
            return False, b""
        head = ["HTTP/1.1 %d x" % status, "Content-Length: 0", *more]
        if not any(m.startswith("Connection") for m in more):
            head.append("Connection: close")
        return False, "\r\n".join(head + ["", ""]).encode()
    key = fields.get("sec-websocket-key", fields.get("Sec-WebSocket-Key", ""))
    head = ["HTTP/1.1 %d Switching Protocols"
            % (200 if has("status-200") else 101),
            "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: " + accept_of(key)]
    if has("answer-of-http-1.0"):
        head[0] = "HTTP/1.0 101 x"
    if has("answer-without-upgrade"):
        del head[1]
    if has("answer-with-upgrade-h2c"):
        head[1] = "Upgrade: h2c"
    if has("answer-without-connection"):
        del head[2]
    if has("answer-with-keep-alive"):
        head[2] = "Connection: keep-alive"
    if has("answer-without-accept"):
        del head[3]
    if has("answer-accept-constant"):
        head[3] = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    if has("answer-accept-twice"):
        head.append(head[3])
    fields["packing"], told = accept_offer(fields)
    if told:
        head.append("Sec-WebSocket-Extensions: " + told)
    offered = fields.get("sec-websocket-protocol", "")
    if has("protocol-unasked"):
        head.append("Sec-WebSocket-Protocol: chat")
    if has("protocol-list-echoed") and offered:
        head.append("Sec-WebSocket-Protocol: " + offered)
    if has("protocol-prefix") and offered.startswith("chat"):
        head.append("Sec-WebSocket-Protocol: chat")
    if has("protocol-empty") and offered:
        head.append("Sec-WebSocket-Protocol:")
    if has("extension-unasked"):
        head.append("Sec-WebSocket-Extensions: permessage-deflate")
    if has("extension-echoed") and "sec-websocket-extensions" in fields:
        head.append("Sec-WebSocket-Extensions: "
                    + fields["sec-websocket-extensions"])
    if has("answer-with-lf"):
        return True, "\n".join(head + ["", ""]).encode()
    if has("answer-accept-reversed"):
        head[3] = head[3][:22] + head[3][:21:-1]
    if has("answer-accept-of-lower-key"):
        head[3] = "Sec-WebSocket-Accept: " + accept_of(key.lower())
    if has("answer-accept-with-junk"):
        head[3] += "x"
    if has("answer-upgrade-twice"):
        head.append("Upgrade: h2c")
    if has("answer-status-with-letter"):
        head[0] = "HTTP/1.1 1O1 x"
    if has("answer-status-100"):
        head[0] = "HTTP/1.1 100 Continue"
    if has("answer-status-201"):
        head[0] = "HTTP/1.1 201 Created"
    if has("answer-http-2"):
        head[0] = "HTTP/2 101"
    if has("answer-blank-before-colon"):
        head[1] = "Upgrade : websocket"
    if has("answer-folded"):
        head[1] = "Upgrade:\r\n websocket"
    if has("answer-chunked"):
        head.append("Transfer-Encoding: chunked")
    if has("answer-with-body"):
        return True, "\r\n".join(head + ["", "Hello"]).encode()
    if has("protocol-upper-case") and offered:
        head.append("Sec-WebSocket-Protocol: "
                    + offered.split(",")[0].strip().upper())
    if has("protocol-two") and "," in offered:
        head += ["Sec-WebSocket-Protocol: " + p.strip()
                 for p in offered.split(",")[:2]]
    if has("extension-first-echoed") and \
            "sec-websocket-extensions" in fields:
        head.append("Sec-WebSocket-Extensions: " + fields[
            "sec-websocket-extensions"].split(";")[0].split(",")[0])
    if has("answer-with-length"):
        head.append("Content-Length: 0")
    if has("answer-malformed"):
        head.append("nonsense")
    return True, "\r\n".join(head + ["", ""]).encode()


def serve_one(sock):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(30)
    try:
        head, rest = read_head(sock)
        lines = head.decode("latin-1").split("\r\n")
        while lines and not lines[0]:
            lines.pop(0)
        fields = fields_of(lines[1:])
        good, reply = (False, b"HTTP/1.1 400 x\r\nContent-Length: 0\r\n"
                       b"Connection: close\r\n\r\n") if fields is None else \
            answer(lines[0] if lines else "", fields)
        sock.sendall(reply)
    except (Gone, OSError, IndexError):
        sock.close()
        return
    peer = Peer(sock, True, rest)
    if good and fields.get("packing") is not None:
        peer.packing = Packing(fields["packing"], True)
    if good:
        peer.run()
    else:
        peer.end()


def serve():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    print(listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve_one, args=(sock,), daemon=True).start()


# -- a client

def request(host, target, key):
    line = "GET %s HTTP/1.1" % target
    if has("request-of-http-1.0"):
        line = line[:-1] + "0"
    if has("request-post"):
        line = "POST" + line[3:]
    fields = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade",
              "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Extensions":
              "permessage-deflate; client_max_window_bits"}
    if has("request-extension-unknown-parameter"):
        fields["Sec-WebSocket-Extensions"] = "permessage-deflate; x"
    if has("request-extension-bits-16"):
        fields["Sec-WebSocket-Extensions"] = \
            "permessage-deflate; server_max_window_bits=16"
    if has("request-extension-malformed"):
        fields["Sec-WebSocket-Extensions"] = "permessage-deflate;;"
    if has("request-origin-with-path"):
        fields["Origin"] = "http://example.com/page"
    if has("request-host-without-port"):
        fields["Host"] = host.split(":")[0]
    if has("request-version-12"):
        fields["Sec-WebSocket-Version"] = "12"
    if has("request-with-body"):
        fields["Content-Length"] = "5"
    if has("request-protocol-twice"):
        fields["Sec-WebSocket-Protocol"] = "a, a"
    if has("request-protocol-empty"):
        fields["Sec-WebSocket-Protocol"] = ""
    if has("request-upgrade-h2c"):
        fields["Upgrade"] = "h2c"
    if has("request-connection-keep-alive"):
        fields["Connection"] = "keep-alive"
    for name in ("host", "upgrade", "connection", "version"):
        if has("request-without-" + name):
            for f in list(fields):
                if f.lower().endswith(name):
                    del fields[f]
    lines = [line] + ["%s: %s" % f for f in fields.items()]
    if has("request-key-two-fields"):
        lines.append("Sec-WebSocket-Key: " + key)
    return "\r\n".join(lines + ["", ""]).encode()


def judge_answer(line, fields, key):
    """Whether the connection is open."""
    if not re.match(r"HTTP/1\.\d 101( |$)", line):
        if has("status-unchecked"):
            pass
        elif has("status-1xx-accepted") and re.match(r"HTTP/1\.1 1", line):
            pass
        elif has("status-2xx-accepted") and re.match(r"HTTP/1\.1 2", line):
            pass
        else:
            return False
    if fields is None:
        return False
    if has("phrase-checked") and "Switching Protocols" not in line:
        return False
    upgrade = fields.get("upgrade", "")
    if upgrade.lower() != "websocket" and not has("answer-upgrade-unchecked"):
        if not (has("answer-upgrade-substring")
                and "websocket" in upgrade.lower()):
            return False
    if has("answer-upgrade-with-case") and upgrade != "websocket":
        return False
    connection = fields.get("connection", "")
    if not has_token(connection, "upgrade") and \
            not has("answer-connection-unchecked"):
        if not (has("answer-connection-substring")
                and "upgrade" in connection.lower()):
            return False
    if has("answer-connection-with-case") and connection != "Upgrade":
        return False
    accept = fields.get("sec-websocket-accept")
    want = accept_of(key)
    if accept != want:
        if has("answer-accept-unchecked"):
            pass
        elif has("answer-accept-may-lack") and accept is None:
            pass
        elif has("answer-accept-prefix") and accept and want in accept:
            pass
        else:
            return False
    extensions = fields.get("sec-websocket-extensions")
    if extensions is not None:
        fields["packing"] = offer_of(extensions, True)
        if fields["packing"] is None and not has("answer-extension-accepted"):
            return False
    protocol = fields.get("sec-websocket-protocol")
    if protocol is not None and not has("answer-protocol-accepted"):
        if not has("answer-protocol-empty-accepted") or protocol:
            return False
    return True


def connect(url):
    host, _, target = url[5:].partition("/")
    name, _, port = host.partition(":")
    sock = socket.create_connection((name, int(port)), 30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(
        bytes(16) if has("request-key-constant") else
        os.urandom(15 if has("request-key-of-15-bytes") else 16)).decode()
    sock.sendall(request(host, "/" + target, key))
    if has("talks-before-answer"):
        sock.sendall(Peer(sock, False).frame(PING, b"?"))
    try:
        head, rest = read_head(sock)
    except (Gone, OSError):
        sock.close()
        return None
    lines = head.decode("latin-1").split("\r\n")
    fields = fields_of(lines[1:])
    if not judge_answer(lines[0], fields, key):
        if has("refused-answer-gets-close"):
            sock.sendall(Peer(sock, False).frame(CLOSE, b"\x03\xea"))
        sock.close()
        return None
    if has("frames-behind-head-lost"):
        sock.setblocking(False)
        try:
            sock.recv(65536)
        except BlockingIOError:
            pass
        sock.settimeout(30)
    peer = Peer(sock, False, rest)
    if fields and fields.get("packing") is not None:
        peer.packing = Packing(fields["packing"], False)
    return peer


def drive(base):
    global FAULT
    fault, FAULT = FAULT, "none"
    peer = connect(base + "/getCaseCount")
    _, _, count = peer.receive()
    peer.run()

    def run_case(i):
        peer = connect("%s/runCase?case=%d&agent=%s" % (base, i, fault))
        if peer:
            peer.run()

    FAULT = fault
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(run_case, range(1, int(count) + 1)))
    FAULT = "none"
    connect("%s/updateReports?agent=%s" % (base, fault)).run()


def faults(role):
    with open(__file__) as f:
        source = f.read()
    source, heads = source[:source.index("# -- heads")], \
        source[source.index("# -- heads"):]
    server, client = heads.split("# -- a client\n")
    names = set()
    for part in (source, server if role == "serve" else client):
        for call in re.findall(r'has\(((?:"[^"]+",? ?)+)', part):
            names.update(re.findall('"([^"%]+)"', call))
    for bad in (0, 999, 1004, 1005, 1006, 1015, 1016, 2000):
        names.add("code-%d-accepted" % bad)
    if role == "drive":
        names -= {"request-without-", "mask-offset-kept", "tcp-left-open",
                  "unmask-7-of-8", "unmask-only-first-4k",
                  "zero-key-taken-for-none"}
        names |= {"request-without-" + n
                  for n in ("host", "upgrade", "connection", "version")}
    else:
        names = {n for n in names if not n.startswith(("key-constant",
                 "key-zero", "key-counted", "key-one-byte", "key-twice"))}
        names -= {"empty-frames-not-masked", "pongs-not-masked",
                  "payload-not-masked", "client-ends-first",
                  "deflate-quote-may-lack"}
    return sorted(names)


def main(argv):
    global FAULT
    if argv[1:2] == ["list"]:
        print("\n".join(faults(argv[2])))
    elif argv[1:2] == ["serve"]:
        FAULT = argv[2] if len(argv) > 2 else "none"
        serve()
    else:
        FAULT = argv[3] if len(argv) > 3 else "none"
        drive(argv[2])


if __name__ == "__main__":
    main(sys.argv)
