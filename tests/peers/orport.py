#!/usr/bin/python3
"""orport.py - Tor's side of the Extended ORPort, and its mistakes

    orport.py COOKIE [MISTAKE]      writes the cookie, prints its port, serves

It prints what it is told, a line for each command; behind the exchange it
says "first", in the same segment, and sends what comes back in capitals.  The
mistakes: silent, method, hash, short, refuse, deny, body, unknown, gone,
endless.
"""

import hashlib
import hmac
import os
import signal
import socket
import socketserver
import struct
import sys

NAMES = {0: "done", 1: "useraddr", 2: "transport"}
WORDS = b"ExtORPort authentication %s-to-%s hash"


def command(number, body=b""):
    return struct.pack(">HH", number, len(body)) + body


class Handler(socketserver.BaseRequestHandler):
    def take(self, length):
        data = b""
        while len(data) < length:
            piece = self.request.recv(length - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def authenticate(self, mistake):
        self.request.sendall(b"\2\0" if mistake == "method" else b"\1\0")
        if self.take(1) != b"\1":
            return False
        client, own = self.take(32), os.urandom(32)

        def proof(one, other):
            words = WORDS % (one, other)
            return hmac.digest(key, words + client + own, "sha256")

        good = proof(b"server", b"client")
        if mistake == "hash":
            good = good[:31] + bytes([good[31] ^ 1])
        self.request.sendall((good + own)[:40 if mistake == "short" else 64])
        if mistake == "short":
            return False
        right = self.take(32) == proof(b"client", b"server")
        if not right or mistake == "refuse":
            self.request.sendall(b"\0")
            return False
        self.request.sendall(b"\1")
        return True

    def listen(self):
        number = None
        while number != 0:
            number, length = struct.unpack(">HH", self.take(4))
            body = self.take(length).decode("ascii")
            print(NAMES.get(number, number), body, flush=True)

    def handle(self):
        mistake = mistakes[0] if mistakes else ""
        if mistake == "silent":
            self.take(1)
        if mistake == "gone" or not self.authenticate(mistake):
            return
        self.listen()
        if mistake == "deny":
            self.request.sendall(command(0x1001))
            return
        if mistake == "unknown":
            self.request.sendall(command(0x1002, b"an identifier") +
                                 command(0x1fff))
        while mistake == "endless":
            self.request.sendall(1000 * command(0x1fff))
        body = b"?" if mistake == "body" else b""
        self.request.sendall(command(0x1000, body) + b"first ")
        while data := self.request.recv(65536):
            self.request.sendall(data.upper())
        print("end", flush=True)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], (EOFError, ConnectionError)):
            super().handle_error(request, address)


key = os.urandom(32)
mistakes = sys.argv[2:]
with open(sys.argv[1], "wb") as file:
    file.write(b"! Extended ORPort Auth Cookie !\n" + key)
signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
