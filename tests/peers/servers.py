#!/usr/bin/python3
"""servers.py - WebSocket servers of Python that people use

    servers.py websockets | aiohttp | tornado | uvicorn | daphne

prints the port, serves until SIGTERM.  Paths: /echo; /slow, an answer to each
message after half a second; /drop/CODE/REASON, after the first message a Close
and at once the end of the connection, as far as the framework can;
/small, with messages of at most 1000 bytes.
"""

import asyncio
import socket
import sys


def ready(port):
    print(port, flush=True)


def listener():
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(16)
    return sock


async def forever():
    """SIGTERM ends it: what waits for its connections would wait for long."""
    await asyncio.get_running_loop().create_future()


def use_websockets():
    import websockets

    async def one(ws, path=None):
        # Since version 14 it is found in the request.
        path = path or getattr(ws, "path", None) or ws.request.path
        words = path.split("/")[1:]
        if words[0] == "small":
            ws.max_size = 1000
        try:
            async for message in ws:
                if words[0] == "slow":
                    await asyncio.sleep(0.5)
                if words[0] == "drop":
                    await ws.close(int(words[1]), words[2])
                    ws.transport.abort()
                    return
                await ws.send(message)
        except websockets.ConnectionClosed:
            pass

    async def serve():
        sock = listener()
        async with websockets.serve(one, sock=sock):
            ready(sock.getsockname()[1])
            await forever()
    asyncio.run(serve())


def use_aiohttp():
    from aiohttp import WSMsgType, web

    async def one(request):
        words = request.path.split("/")[1:]
        ws = web.WebSocketResponse(
            max_msg_size=1000 if words[0] == "small" else 0)
        await ws.prepare(request)
        async for message in ws:
            if words[0] == "slow":
                await asyncio.sleep(0.5)
            if words[0] == "drop":
                await ws._writer.close(int(words[1]), words[2].encode())
                request.transport.abort()
                break
            if message.type == WSMsgType.TEXT:
                await ws.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await ws.send_bytes(message.data)
        return ws

    async def serve():
        app = web.Application()
        app.router.add_get("/{rest:.*}", one)
        runner = web.AppRunner(app)
        await runner.setup()
        sock = listener()
        await web.SockSite(runner, sock).start()
        ready(sock.getsockname()[1])
        await forever()
    asyncio.run(serve())


def use_tornado():
    import tornado.httpserver
    import tornado.web
    import tornado.websocket

    class One(tornado.websocket.WebSocketHandler):
        async def on_message(self, message):
            words = self.request.path.split("/")[1:]
            if words[0] == "slow":
                await asyncio.sleep(0.5)
            if words[0] == "drop":
                self.close(int(words[1]), words[2])
                self.ws_connection.stream.close()
                return
            self.write_message(message, isinstance(message, bytes))

    async def serve():
        sock = listener()
        sock.setblocking(False)
        small = tornado.web.Application([("/.*", One)])
        server = tornado.httpserver.HTTPServer(small)
        server.add_sockets([sock])
        ready(sock.getsockname()[1])
        await forever()
    asyncio.run(serve())


async def asgi(scope, receive, send):
    if scope["type"] != "websocket":
        return
    words = scope["path"].split("/")[1:]
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if words[0] == "slow":
            await asyncio.sleep(0.5)
        if words[0] == "drop":
            await send({"type": "websocket.close", "code": int(words[1]),
                        "reason": words[2]})
            return
        answer = {"type": "websocket.send"}
        for kind in ("text", "bytes"):
            if event.get(kind) is not None:
                answer[kind] = event[kind]
        await send(answer)


def use_uvicorn():
    import uvicorn

    sock = listener()
    ready(sock.getsockname()[1])
    uvicorn.Server(uvicorn.Config(
        asgi, log_level="warning", lifespan="off",
        ws_max_size=1000000)).run(sockets=[sock])


def use_daphne():
    from daphne.server import Server

    server = Server(asgi, endpoints=["tcp:port=0:interface=127.0.0.1"],
                    ready_callable=lambda: ready(
                        server.listening_addresses[0][1]))
    server.run()


if __name__ == "__main__":
    if len(sys.argv) != 2 or "use_" + sys.argv[1] not in globals():
        sys.stderr.write(__doc__)
        sys.exit(100)
    globals()["use_" + sys.argv[1]]()
