#!/usr/bin/python3
"""peer.py - python3-websockets as a client and as a server

    peer.py serve [CERT KEY]    prints its port, serves until SIGTERM
    peer.py talk URL            checks an echo server that keeps messages
    peer.py receive URL [TEXT ...]  sends texts, prints what comes and the Close

Paths of the server: /echo, /close/CODE/REASON, /abort, /refuse/STATUS, /ping,
/fragments, /big, /mute, /count, /sum (answers a text END with the SHA-256).
"""

import asyncio
import hashlib
import http
import signal
import ssl
import sys

import websockets

MiB = 1 << 20


def check(condition, what):
    if not condition:
        sys.exit("peer.py: " + what)


async def echo(ws):
    try:
        async for message in ws:
            await ws.send(message)
    except websockets.ConnectionClosed:
        pass


async def serve_one(ws, path=None):
    # Since its 14th version the request is a part of the connection.
    path = ws.request.path if hasattr(ws, "request") else ws.path
    words = path.split("/")[1:]
    if words[0] == "echo":
        await echo(ws)
    elif words[0] == "close":
        await ws.close(int(words[1]), words[2])
    elif words[0] == "late":        # Close only after a message
        await ws.recv()
        await ws.close(int(words[1]), words[2])
    elif words[0] == "abort":
        await ws.recv()
        ws.transport.abort()
    elif words[0] == "ping":
        for i in range(3):
            await asyncio.wait_for(await ws.ping(b"ping %d" % i), 5)
        await ws.send("three pongs")
        await ws.close(1000)
    elif words[0] == "fragments":
        await ws.send(["frag", "", "ment"])
        await ws.send([b"\0\1", b"\2"])
        await ws.close(1001, "done")
    elif words[0] == "big":
        await ws.send(bytes(range(256)) * (16 * MiB // 256))
        await ws.close(1000)
    elif words[0] == "mute":
        async for _ in ws:
            pass
    elif words[0] == "count":
        for i in range(1, 6):
            await ws.send("number %d" % i)
        await ws.wait_closed()
        print("closed", ws.close_code, flush=True)
    elif words[0] == "sum":
        digest = hashlib.sha256()
        async for message in ws:
            if message == "END":
                break
            digest.update(message if isinstance(message, bytes)
                          else message.encode())
        await ws.send(digest.hexdigest())
        await ws.wait_closed()


def refusal(path):
    words = path.split("/")[1:]
    if words[0] != "refuse":
        return None
    fields = {"Location": "ws://127.0.0.1:1/"} \
        if words[1].startswith("3") else {}
    return http.HTTPStatus(int(words[1])), fields, "no\n"


# Since its 14th version: a connection and a request; a path and fields before.
async def refuse(first, second):
    if not hasattr(first, "respond"):
        answer = refusal(first)
        return answer and (answer[0], answer[1], answer[2].encode())
    answer = refusal(second.path)
    if answer is None:
        return None
    response = first.respond(answer[0], answer[2])
    response.headers.update(answer[1])
    return response


# A default of the 14th refuses who offers none.
def choose(first, second):
    offered = second if hasattr(first, "respond") else first
    return "chat.v2" if "chat.v2" in offered else None


async def serve(cert=None, key=None):
    context = None
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, stop.set_result, None)
    async with websockets.serve(serve_one, "127.0.0.1", 0, ssl=context,
                                process_request=refuse, max_size=None,
                                ping_interval=None, close_timeout=3,
                                subprotocols=["chat.v2"],
                                select_subprotocol=choose) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await stop


async def talk(url):
    async with websockets.connect(url, max_size=None, ping_interval=None,
                                  close_timeout=5) as ws:
        for message in ("Hell\u00f6 \u20ac \U0001d11e", "", b"",
                        bytes(range(256)), "x" * MiB,
                        bytes(range(256)) * (16 * MiB // 256)):
            await ws.send(message)
            got = await asyncio.wait_for(ws.recv(), 30)
            check(got == message, "echo of %d differs" % len(message))
        await ws.send(["frag", "", "ment"])
        check(await asyncio.wait_for(ws.recv(), 5) == "fragment",
              "echo of fragments differs")
        await asyncio.wait_for(await ws.ping(b"\0\xff ping"), 5)
        await ws.close(4001, "good bye")
        check(ws.close_code == 4001, "Close %d for 4001" % ws.close_code)
    async with websockets.connect(url, ping_interval=None) as ws:
        await ws.close(1000)
        check(ws.close_code == 1000, "Close %d for 1000" % ws.close_code)
    print("fine")


async def receive(url, *texts):
    async with websockets.connect(url, max_size=None, ping_interval=None,
                                  close_timeout=5) as ws:
        try:
            for text in texts:
                await ws.send(text)
            async for message in ws:
                if isinstance(message, str):
                    print("text", message, flush=True)
                else:
                    print("binary", message.hex(), flush=True)
        except websockets.ConnectionClosed:
            pass
        print("close", ws.close_code, ws.close_reason)


def main(argv):
    verbs = {"serve": serve, "talk": talk, "receive": receive}
    if len(argv) < 2 or argv[1] not in verbs:
        sys.stderr.write(__doc__)
        return 100
    asyncio.run(verbs[argv[1]](*argv[2:]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
