#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""statsd-server.py FILE: a statsd server for tests.

It listens on a free port of 127.0.0.1, writes the port to FILE.port, and
appends the datagrams that come, a line end behind each, to FILE.
"""
import os
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(s.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1] + ".port")
with open(sys.argv[1], "ab", buffering=0) as f:
    while True:
        f.write(s.recv(65536) + b"\n")
