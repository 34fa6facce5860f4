#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Run a program as superservers do.

    hand-over.py systemd ADDRESS ... -- PROGRAM ...
        listening sockets from descriptor 3 on, LISTEN_FDS and LISTEN_PID
    hand-over.py wait ADDRESS -- PROGRAM ...
        one as descriptors 0 and 1, as inetd does for "wait"
    hand-over.py nowait ADDRESS -- PROGRAM ...
        the first connection as descriptors 0, 1 and 2, as inetd does for
        "nowait"

ADDRESS is a path, or HOST:PORT, with port 0 for a free one, which is written
to the file "port".
"""
import os
import socket
import sys


def listen(address):
    if address.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(address)
        sock.listen()
    else:
        host, port = address.rsplit(":", 1)
        family = socket.AF_INET6 if host[0] == "[" else socket.AF_INET
        sock = socket.socket(family)
        sock.bind((host.strip("[]"), int(port)))
        sock.listen()  # whoever sees the file may connect
        with open("port.new", "w") as f:
            f.write(str(sock.getsockname()[1]))
        os.rename("port.new", "port")
    return sock


def main():
    split = sys.argv.index("--")
    how, program = sys.argv[1], sys.argv[split + 1:]
    socks = [listen(a) for a in sys.argv[2:split]]
    if how == "systemd":
        copies = [os.dup(s.fileno()) for s in socks]
        for i, fd in enumerate(copies):
            os.dup2(fd, 3 + i)
        os.environ["LISTEN_FDS"] = str(len(copies))
        os.environ["LISTEN_PID"] = str(os.getpid())
    else:
        sock = socks[0]
        if how == "nowait":
            sock = sock.accept()[0]
            os.dup2(sock.fileno(), 2)
        os.dup2(sock.fileno(), 0)
        os.dup2(sock.fileno(), 1)
    os.execvp(program[0], program)


main()
