#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# cut-off LISTEN SERVER WHEN: connections to the socket LISTEN go to SERVER.
# The first is ended when WHEN, an expression, is true of "said", the bytes that
# the server has sent; they are cut off behind what made it true.  It is asked
# for each byte, and may take its time.
import os
import select
import socket
import sys
import threading
import time

first = threading.Lock()


def pump(client, server, may_cut):
    said = b""
    while True:
        for s in select.select([client, server], [], [])[0]:
            data = s.recv(65536)
            if not data:
                client.close()
                server.close()
                return
            if s is client:
                server.sendall(data)
                continue
            if not may_cut:
                client.sendall(data)
                continue
            for i in range(len(data)):
                said += data[i:i + 1]
                client.sendall(data[i:i + 1])
                if eval(sys.argv[3], {"said": said, "time": time}):
                    client.close()
                    server.close()
                    return


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(16)
try:
    while True:
        client = listener.accept()[0]
        server = socket.socket(socket.AF_UNIX)
        server.connect(sys.argv[2])
        threading.Thread(target=pump, daemon=True, args=(client, server,
            first.acquire(blocking=False))).start()
finally:
    os.unlink(sys.argv[1])
