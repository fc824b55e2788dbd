#!/usr/bin/python3
"""fault.py - peers that misbehave, towards a server on 127.0.0.1

    fault.py reset PORT         sends half of a message, then resets
    fault.py flood PORT BYTES   pings until so much is sent, reads nothing;
                                says "sent", stays until it is killed
    fault.py stuff PORT [P]     sends messages (of the subprotocol P: texts) until
                                they are not taken for a second, then resets
    fault.py drink PORT HOW     ends (HOW: by a close, or fin) and then reads as fast
                                as it can; prints for how many seconds it could
    fault.py pour PORT T N [P]  sends without end in N sessions (of the subprotocol
                                P: texts) whose target, which it serves on the
                                port T, resets; prints the Close of each
    fault.py gorge PORT [U]     sends (U base64: texts of that subprotocol; another U:
                                after an upgrade to that) until nothing is taken
                                for a second, reads nothing; says "full" and how
                                much; then, if its input ends, reads all that comes
                                until it is killed
    fault.py drip PORT SEC [N]  a handshake and frames of one byte, a byte each
                                SEC seconds, at most N; prints what came back
    fault.py crowd PORT N SEED  N sessions at once, which end in all ways
"""

import asyncio
import os
import random
import resource
import select
import socket
import struct
import sys
import time

PATIENCE = int(os.environ.get("PATIENCE", "1"))
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


def frame(opcode, payload=b""):
    """masked with zeros"""
    if len(payload) < 126:
        length = bytes([128 + len(payload)])
    else:
        length = struct.pack(">BQ", 255, len(payload))
    return bytes([128 + opcode]) + length + bytes(4) + payload


def connect(port, subprotocol=None, upgrade=None):
    s = socket.create_connection(("127.0.0.1", port), 10 * PATIENCE)
    field = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    request = REQUEST[:-2] + field.encode() + REQUEST[-2:]
    if upgrade:
        request = request.replace(b"websocket", upgrade.encode())
    s.sendall(request)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += s.recv(1)
    assert head.startswith(b"HTTP/1.1 101 "), head
    return s


def abort(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def reset(port):
    s = connect(port)
    s.sendall(frame(2, b"first") + frame(2, bytes(100000))[:50000])
    s.recv(1)
    abort(s)


def flood(port, size):
    s = connect(port)
    pings = frame(9, b"x" * 125) * 1000
    for _ in range(size // len(pings)):
        s.sendall(pings)
    print("sent", flush=True)
    time.sleep(60)


def stuff(port, subprotocol):
    s = connect(port, subprotocol)
    s.settimeout(1)
    message = frame(1 if subprotocol else 2, b"A" * 100000)
    try:
        while True:
            s.sendall(message)
    except TimeoutError:
        abort(s)


def drink(port, how):
    s = connect(port)
    if how == "close":
        s.sendall(frame(8, b"\3\350"))
    else:
        s.shutdown(socket.SHUT_WR)
    begin = time.monotonic()
    while s.recv(1 << 20):
        pass
    print(time.monotonic() - begin)


def gorge(port, upgrade):
    if upgrade == "base64":
        s, message = connect(port, upgrade), frame(1, b"A" * (1 << 20))
    elif upgrade:
        s, message = connect(port, upgrade=upgrade), bytes(1 << 20)
    else:
        s, message = connect(port), frame(2, bytes(1 << 20))
    left = message
    s.setblocking(False)
    sent, size = 0, 0
    while select.select([], [s], [], 1)[1]:
        size = s.send(left)
        sent += size
        left = left[size:] or message
    print("full", sent, flush=True)
    sys.stdin.read()
    s.setblocking(True)
    while s.recv(1 << 20):
        pass


def pour(port, target, n, subprotocol):
    listener = socket.create_server(("127.0.0.1", target))
    for _ in range(n):
        s = connect(port, subprotocol)
        service = listener.accept()[0]
        s.setblocking(False)
        message = left = frame(1 if subprotocol else 2, b"A" * 100000)
        close, taken, limit = b"", 0, time.monotonic() + 5 * PATIENCE
        while len(close) < 4 and time.monotonic() < limit:
            ready, room, _ = select.select([s, service], [s], [], 1)
            if service in ready and taken <= 1000000:
                taken += len(service.recv(1 << 16))
                if taken > 1000000:
                    abort(service)
                    service = s
            if s in ready:
                close += s.recv(4)
            if s in room:
                left = left[s.send(left):] or message
        print(close.hex())
        abort(s)


def drip(port, seconds, most):
    s = socket.create_connection(("127.0.0.1", port), 10)
    stream = REQUEST + frame(1, b"a") + frame(9, b"b") + frame(8, b"\3\350")
    try:
        for byte in stream[:most]:
            s.sendall(bytes([byte]))
            time.sleep(seconds)
        while data := s.recv(4096):
            sys.stdout.buffer.write(data)
    except OSError as e:
        print(e)


async def member(port, chance, counts):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        way = chance.randrange(5)
        writer.write(REQUEST[:100] if way == 0 else REQUEST)
        if way > 0:
            await reader.readuntil(b"\r\n\r\n")
            counts["open"] += 1
            writer.write(frame(2, b"hello"))
        if way > 1:
            assert await reader.readexactly(7) == b"\x82\5hello"
            counts["echo"] += 1
        await asyncio.sleep(chance.random())
        if way == 4:
            writer.write(frame(8, b"\3\350"))
            assert await reader.read() == b"\x88\2\3\350"
            counts["close"] += 1
            writer.close()
        elif way == 3:
            writer.close()
        else:
            abort_writer(writer)
    except (OSError, EOFError, AssertionError) as e:
        counts["failed"] += 1
        print(type(e).__name__, e)


def abort_writer(writer):
    s = writer.get_extra_info("socket")
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def crowd(port, n, seed):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    chance = random.Random(seed)
    counts = dict.fromkeys(("open", "echo", "close", "failed"), 0)
    await asyncio.gather(*(member(port, chance, counts) for _ in range(n)))
    print(counts)


def main():
    what, port = sys.argv[1], int(sys.argv[2])
    if what == "reset":
        reset(port)
    elif what == "flood":
        flood(port, int(sys.argv[3]))
    elif what == "stuff":
        stuff(port, sys.argv[3] if len(sys.argv) > 3 else None)
    elif what == "gorge":
        gorge(port, sys.argv[3] if len(sys.argv) > 3 else None)
    elif what == "drink":
        drink(port, sys.argv[3])
    elif what == "pour":
        pour(port, int(sys.argv[3]), int(sys.argv[4]),
             sys.argv[5] if len(sys.argv) > 5 else None)
    elif what == "drip":
        most = int(sys.argv[4]) if len(sys.argv) > 4 else None
        drip(port, float(sys.argv[3]), most)
    elif what == "crowd":
        asyncio.run(crowd(port, int(sys.argv[3]), sys.argv[4]))


main()
