#!/usr/bin/python3
"""flashproxy.py - the manner of Tor's first websocket programs, of 2013

    flashproxy.py serve             prints its port, serves until SIGTERM
    flashproxy.py talk URL          sends standard input, then reads as much

The server answers HTTP/1.0, echoes binary messages, and ends at whatever else
it gets: pings, pongs, texts, fragments.  It closes without a code.
"""

import base64
import hashlib
import os
import signal
import socket
import socketserver
import struct
import sys
import threading
import urllib.parse

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BINARY, CLOSE = 2, 8
MESSAGE_MAX = 64 * 1024 * 4 // 3 + 1


def accept_of(key):
    digest = hashlib.sha1((key + GUID).encode()).digest()
    return base64.b64encode(digest).decode()


def read_head(file):
    line = file.readline().decode().rstrip("\r\n")
    fields = {}
    while text := file.readline().decode().rstrip("\r\n"):
        name, _, value = text.partition(":")
        fields[name.lower()] = value.strip()
    return line, fields


def frame(opcode, payload, mask):
    head = bytes([0x80 | opcode])
    bit = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + xor(payload, key)


def xor(data, key):
    keys = (key * (len(data) // 4 + 1))[:len(data)]
    return (int.from_bytes(data, "big") ^
            int.from_bytes(keys, "big")).to_bytes(len(data), "big")


def read_exactly(file, length):
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data


def read_message(file):
    """The payload of a whole binary message; None at a Close."""
    first, second = read_exactly(file, 2)
    length = second & 0x7f
    if length == 126:
        length, = struct.unpack(">H", read_exactly(file, 2))
    elif length == 127:
        length, = struct.unpack(">Q", read_exactly(file, 8))
    if length > MESSAGE_MAX:
        sys.exit("flashproxy.py: a message of %d bytes" % length)
    key = read_exactly(file, 4) if second & 0x80 else bytes(4)
    payload = xor(read_exactly(file, length), key)
    if first & 0x0f == CLOSE:
        return None
    if first != 0x80 | BINARY:
        print("byte %02x instead of a binary message" % first, flush=True)
        return None
    return payload


class Handler(socketserver.StreamRequestHandler):
    def refuse(self, status):
        self.wfile.write(b"HTTP/1.0 %s\r\nConnection: close\r\n\r\n" % status)

    def handle(self):
        line, fields = read_head(self.rfile)
        if line != "GET / HTTP/1.1":
            self.refuse(b"404 Not Found")
            return
        if fields.get("sec-websocket-version") not in ("8", "13"):
            self.refuse(b"426 Upgrade Required")
            return
        self.wfile.write(
            ("HTTP/1.0 101 Switching Protocols\r\n"
             "Upgrade: websocket\r\n"
             "Connection: Upgrade\r\n"
             "Sec-Websocket-Accept: %s\r\n\r\n" %
             accept_of(fields["sec-websocket-key"])).encode())
        while (payload := read_message(self.rfile)) is not None:
            self.wfile.write(frame(BINARY, payload, False))
        self.wfile.write(frame(CLOSE, b"", False))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def serve():
    signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def send(sock, data):
    for i in range(0, len(data), 1500):
        sock.sendall(frame(BINARY, data[i:i + 1500], True))


def talk(url):
    where = urllib.parse.urlsplit(url)
    data = sys.stdin.buffer.read()
    sock = socket.create_connection((where.hostname, where.port), 10)
    sock.sendall(("GET / HTTP/1.1\r\n"
                  "Host: {0}\r\n"
                  "Upgrade: websocket\r\n"
                  "Connection: Upgrade\r\n"
                  "Sec-WebSocket-Key: {1}\r\n"
                  "Origin: ws://{0}\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "\r\n".format(where.netloc, base64.b64encode(
                      os.urandom(16)).decode())).encode())
    file = sock.makefile("rb")
    line, fields = read_head(file)
    if line.split(" ")[1] != "101":
        sys.exit("flashproxy.py: " + line)
    sender = threading.Thread(target=send, args=(sock, data))
    sender.start()
    length = 0
    while length < len(data):
        payload = read_message(file)
        if payload is None:
            break
        length += len(payload)
        sys.stdout.buffer.write(payload)
    sender.join()
    sock.sendall(frame(CLOSE, struct.pack(">H", 1000), True))
    while read_message(file) is not None:
        pass


def main(argv):
    verbs = {"serve": serve, "talk": talk}
    if len(argv) < 2 or argv[1] not in verbs:
        sys.stderr.write(__doc__)
        return 100
    verbs[argv[1]](*argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
