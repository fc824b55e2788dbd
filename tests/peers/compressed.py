#!/usr/bin/env python3
"""compressed.py client URL | server - python3-websockets with every parameter of
permessage-deflate: messages of all sizes come back, whole and in fragments

There is a server for each; they print their ports, and echo until they are
ended.
"""
import asyncio
import itertools
import random
import sys

import websockets
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory)

SIZES = [0, 1, 16, 64, 256, 1024, 4096, 8192, 32768, 65536, 131072]
RND = random.Random(7692)
WORDS = ["".join(RND.choice("abcdefgh \u20ac") for _ in range(5))
         for _ in range(200)]


def parameters():
    for drop_server, drop_client in itertools.product((False, True), repeat=2):
        for server_bits in None, 9, 15:
            for client_bits in None, True, 9, 15:
                yield drop_server, drop_client, server_bits, client_bits


def messages(size):
    text = ""
    while len(text) < size:
        text += RND.choice(WORDS)
    yield text[:size]
    yield bytes(RND.randrange(256) for _ in range(min(size, 9000)))
    yield [text[i:i + 1 + size // 7] for i in range(0, size, 1 + size // 7)] \
        or [""]


async def talk(url, given, sizes):
    factory = ClientPerMessageDeflateFactory(*given)
    async with websockets.connect(url, extensions=[factory], compression=None,
                                  max_size=None) as ws:
        if len(ws.extensions) != 1:
            sys.exit(f"{given}: not agreed on")
        for size in sizes:
            for message in messages(size):
                await ws.send(message)
                got = await asyncio.wait_for(ws.recv(), 30)
                whole = "".join(message) if isinstance(message, list) \
                    else message
                if got != whole:
                    sys.exit(f"{given}, {size}: not the same")


async def client(url):
    for i, given in enumerate(parameters()):
        await talk(url, given, SIZES if i == 0 else SIZES[i % 3::3])
    print("fine")


async def echo(ws):
    if not ws.extensions:
        await ws.close(1008, "not compressed")
    async for message in ws:
        await ws.send(message)


async def server():
    given = []
    for drop_server, drop_client, server_bits, client_bits in parameters():
        if client_bits is not True:
            given.append([ServerPerMessageDeflateFactory(
                drop_server, drop_client, server_bits, client_bits)])
    servers = []
    for extensions in given:
        servers.append(await websockets.serve(
            echo, "127.0.0.1", 0, extensions=extensions, compression=None,
            max_size=None))
    print(*[s.sockets[0].getsockname()[1] for s in servers], flush=True)
    await asyncio.Future()


if sys.argv[1] == "client":
    asyncio.run(client(sys.argv[2]))
else:
    asyncio.run(server())
