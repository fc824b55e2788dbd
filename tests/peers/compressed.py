#!/usr/bin/env python3
"""compressed.py websockets|aiohttp client URL | server - packages of Python
with every parameter of permessage-deflate that they know: messages of all sizes
come back, whole and in fragments

Servers print their ports, of websockets one for each set of parameters, and
echo until they are ended.
"""
import asyncio
import itertools
import random
import sys

SIZES = [0, 1, 16, 64, 256, 1024, 4096, 8192, 32768, 65536, 131072]
WAIT = 30
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


def joined(message):
    return "".join(message) if isinstance(message, list) else message


def same(got, message, given):
    whole = joined(message)
    if got != whole:
        sys.exit(f"{given}, {len(whole)}: not the same")


def agreed(ws):
    """The extensions in use; websockets 14 and later have them elsewhere."""
    return ws.extensions if hasattr(ws, "extensions") else \
        ws.protocol.extensions


class Websockets:
    @staticmethod
    async def talk(url, given, sizes):
        import websockets
        from websockets.extensions.permessage_deflate import \
            ClientPerMessageDeflateFactory

        factory = ClientPerMessageDeflateFactory(*given)
        async with websockets.connect(url, extensions=[factory],
                                      compression=None, max_size=None) as ws:
            if len(agreed(ws)) != 1:
                sys.exit(f"{given}: not agreed on")
            for message in itertools.chain(*map(messages, sizes)):
                await ws.send(message)
                got = await asyncio.wait_for(ws.recv(), WAIT)
                same(got, message, given)

    @staticmethod
    async def client(url):
        for i, given in enumerate(parameters()):
            await Websockets.talk(url, given,
                                  SIZES if i == 0 else SIZES[i % 3::3])

    @staticmethod
    async def server():
        import websockets
        from websockets.extensions.permessage_deflate import \
            ServerPerMessageDeflateFactory

        async def echo(ws):
            if not agreed(ws):
                await ws.close(1008, "not compressed")
            async for message in ws:
                await ws.send(message)

        servers = []
        for *rest, client_bits in parameters():
            if client_bits is not True:
                servers.append(await websockets.serve(
                    echo, "127.0.0.1", 0, compression=None, max_size=None,
                    extensions=[ServerPerMessageDeflateFactory(
                        *rest, client_bits)]))
        print(*[s.sockets[0].getsockname()[1] for s in servers], flush=True)
        await asyncio.Future()


class Aiohttp:
    """It offers, and accepts, the bits of the server's window alone, and does
    what the other side says of the rest; it has no fragments."""

    @staticmethod
    async def client(url):
        import aiohttp

        async with aiohttp.ClientSession() as session:
            for bits in range(9, 16):
                async with session.ws_connect(url, compress=bits,
                                              max_msg_size=0) as ws:
                    if ws.compress == 0:
                        sys.exit(f"{bits} bits: not agreed on")
                    for message in itertools.chain(*map(messages, SIZES)):
                        whole = joined(message)
                        await (ws.send_str if isinstance(whole, str)
                               else ws.send_bytes)(whole)
                        got = await ws.receive(WAIT)
                        same(got.data, whole, bits)

    @staticmethod
    async def server():
        from aiohttp import WSMsgType, web

        async def echo(request):
            ws = web.WebSocketResponse(max_msg_size=0)
            await ws.prepare(request)
            if not ws.compress:
                await ws.close(code=1008, message=b"not compressed")
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    await ws.send_str(message.data)
                elif message.type == WSMsgType.BINARY:
                    await ws.send_bytes(message.data)
            return ws

        app = web.Application()
        app.router.add_get("/", echo)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Future()


package = {"websockets": Websockets, "aiohttp": Aiohttp}[sys.argv[1]]
if sys.argv[2] == "client":
    asyncio.run(package.client(sys.argv[3]))
    print("fine")
else:
    asyncio.run(package.server())
