#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""session-proxy.py LISTEN SERVER OLD NEW

Pass on connections to the socket LISTEN to the socket SERVER, as a pooler does
that has its own idea of sessions: where a client says OLD the server gets NEW,
of the same length.
"""
import asyncio
import sys

listen, server, old, new = (a.encode() for a in sys.argv[1:])
assert len(old) == len(new)


async def pump(reader, writer, change):
    while data := await reader.read(65536):
        writer.write(data.replace(old, new) if change else data)
        await writer.drain()
    writer.close()


async def serve(reader, writer):
    far_reader, far_writer = await asyncio.open_unix_connection(
        server.decode())
    await asyncio.gather(pump(reader, far_writer, True),
                         pump(far_reader, writer, False),
                         return_exceptions=True)


async def main():
    async with await asyncio.start_unix_server(serve, listen.decode()) as s:
        await s.serve_forever()

asyncio.run(main())
