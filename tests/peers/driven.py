#!/usr/bin/python3
"""driven.py URL AGENT - python's websockets as a client that Autobahn's URLs
drive"""

import asyncio
import sys

import websockets

url, agent = sys.argv[1:]


async def main():
    async with websockets.connect(url + "/getCaseCount") as ws:
        count = int(await ws.recv())
    for number in range(1, count + 1):
        try:
            async with websockets.connect("%s/runCase?case=%d&agent=%s" % (
                    url, number, agent)) as ws:
                async for message in ws:
                    await ws.send(message)
        except websockets.WebSocketException:
            pass
    async with websockets.connect("%s/updateReports?agent=%s" % (
            url, agent)):
        pass


asyncio.run(main())
