#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""hang-up.py PORT SERVER MS

A proxy to the socket SERVER that has lost its servers and finds another one:
it writes its port to the file PORT, takes connections, and hangs up on them at
once until MS milliseconds after the first.  Then it passes on what comes.
"""
import asyncio
import os
import sys
import time

port, server, ms = sys.argv[1], sys.argv[2], int(sys.argv[3])
first = None


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def serve(reader, writer):
    global first
    now = time.monotonic()
    first = first or now
    if (now - first) * 1000 < ms:
        writer.close()
        return
    far_reader, far_writer = await asyncio.open_unix_connection(server)
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def main():
    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    with open(port + ".new", "w") as f:
        f.write("%d\n" % listener.sockets[0].getsockname()[1])
    os.rename(port + ".new", port)
    await listener.serve_forever()

asyncio.run(main())
