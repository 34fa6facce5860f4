#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""once.py TARGET RUNS: time loc-serve -1, a process for each GET of TARGET,
and as many of /bin/true, in turns.

The request waits in the socket when the process starts.
"""
import os
import socket
import statistics
import sys
import time

target, runs = sys.argv[1], int(sys.argv[2])
request = f"GET {target} HTTP/1.0\r\n\r\n".encode()


def run_true():
    """The milliseconds of /bin/true."""
    start = time.perf_counter()
    os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)
    return (time.perf_counter() - start) * 1000


def run():
    """The milliseconds to the answer, to the end, and of /bin/true."""
    ours, theirs = socket.socketpair()
    ours.sendall(request)
    start = time.perf_counter()
    pid = os.posix_spawnp("loc-serve", ["loc-serve", "-1"], os.environ,
                          file_actions=[(os.POSIX_SPAWN_DUP2,
                                         theirs.fileno(), fd)
                                        for fd in (0, 1)])
    theirs.close()
    reply = ours.recv(65536)
    answered = time.perf_counter()
    os.waitpid(pid, 0)
    ended = time.perf_counter()
    ours.close()
    if not reply.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"{target}: {reply.decode()}")
    return (answered - start) * 1000, (ended - start) * 1000, run_true()


for what, times in zip(("answer", "end", "true"),
                       zip(*(run() for _ in range(runs)))):
    print(f"  {what:6}  least {min(times):6.2f} ms"
          f"  median {statistics.median(times):6.2f} ms"
          f"  95 % {statistics.quantiles(times, n=20)[-1]:6.2f} ms")
