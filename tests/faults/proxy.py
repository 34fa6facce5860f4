#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""proxy.py SEED LISTEN SERVER CALM

Pass on connections to the socket LISTEN to the socket SERVER, and cut each of
them after a random number of bytes, in whichever direction they go: in the
middle of a statement, of a reply, or between a commit and its answer.  While
there is a file CALM nothing is cut.  SEED is where the numbers come from.
"""
import asyncio
import os
import random
import sys

seed, listen, server, calm = sys.argv[1:]
numbers = random.Random(seed)


def lifetime():
    """Bytes of a connection: some barely get through the greeting."""
    mean = numbers.choice([1500, 20000, 200000])
    return int(numbers.expovariate(1 / mean))


class Pair:
    def __init__(self, ends):
        self.left = lifetime()
        self.writers = ends

    async def pump(self, reader, writer):
        while data := await reader.read(65536):
            if not os.path.exists(calm):
                data, self.left = data[:self.left], self.left - len(data)
            writer.write(data)
            await writer.drain()
            if self.left <= 0 and not os.path.exists(calm):
                break
        self.end()

    def end(self):
        for w in self.writers:
            w.close()


async def serve(reader, writer):
    try:
        far_reader, far_writer = await asyncio.open_unix_connection(server)
    except OSError:
        writer.close()
        return
    pair = Pair([writer, far_writer])
    for r, w in (reader, far_writer), (far_reader, writer):
        asyncio.ensure_future(quietly(pair, r, w))


async def quietly(pair, reader, writer):
    try:
        await pair.pump(reader, writer)
    except OSError:
        pair.end()


async def main():
    async with await asyncio.start_unix_server(serve, listen):
        await asyncio.Event().wait()

asyncio.run(main())
