#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Hold as much of loc-serve as one client can, for some seconds, while
another one asks a simple question again and again.

    siege.py URL ATTACKER CONNECTIONS MAX_BODY [HEADER]

URL is a server with the key "test" that allows CONNECTIONS and bodies of
MAX_BODY bytes; the attacks come from the address ATTACKER and have HEADER,
the question comes from 127.0.0.1.  Exit status 1 if the question is not answered each time, or takes
much longer than it did before.
"""
import gzip
import socket
import statistics
import sys
import threading
import time

import wire

SECONDS = 3
GEO = "/v1/geolocate?key=test"
REPORT = "/v2/geosubmit"
QUESTION = wire.request("POST", GEO, b'{"wifiAccessPoints":['
                        b'{"macAddress":"0a0000000001"},'
                        b'{"macAddress":"0a0000000002"}]}')


class Attacker:
    """N connections that are kept busy by STEP, and begun anew when cut."""

    def __init__(self, url, address, n):
        self.address = (url.split("/")[2].split(":")[0],
                        int(url.rsplit(":", 1)[1]))
        self.source, self.n = address, n
        self.stopped = threading.Event()
        self.begun = 0

    def connect(self):
        self.begun += 1
        return socket.create_connection(self.address, 10, (self.source, 0))

    def siege(self, begin, step):
        """Each connection: BEGIN, then STEP until that fails."""
        while not self.stopped.is_set():
            try:
                with self.connect() as sock:
                    sock.settimeout(1)
                    begin(sock)
                    while not self.stopped.is_set():
                        step(sock)
                        self.stopped.wait(0.2)
            except OSError:
                self.stopped.wait(0.05)

    def run(self, begin, step):
        threads = [threading.Thread(target=self.siege, args=(begin, step))
                   for _ in range(self.n)]
        for thread in threads:
            thread.start()
        return threads


def alive(sock):
    """Raise an error when the server has ended it."""
    try:
        if not sock.recv(65536):
            raise ConnectionError
    except socket.timeout:
        pass


def sends(data):
    return lambda sock: sock.sendall(data)


def gulp(sock):
    """Ask, and read nothing of what comes back."""
    sock.sendall(QUESTION * 100)


def attacks(max_body, header):
    """Name, connections beyond those allowed, how to begin, and to go on."""
    head = f"POST {REPORT} HTTP/1.1\r\nHost: x\r\n{header}".encode()
    item = b'{"position":{"latitude":51.5,"longitude":-0.1},"none":[{}]},'
    large = b'{"items":[' + item * (9 * max_body // len(item)) + b"{}]}"
    bomb = gzip.compress(large)
    packed = head + (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                     % len(bomb)) + bomb
    announced = head + b"Content-Length: %d\r\n\r\n" % max_body
    return [
        ("nothing", sends(b""), alive),
        ("heads without end", sends(head + b"X: "), sends(b"x")),
        ("bodies but for the last byte",
         sends(announced + bytes(max_body - 1)), alive),
        ("bodies byte by byte", sends(announced), sends(b" ")),
        ("chunks without end",
         sends(head + b"Transfer-Encoding: chunked\r\n\r\n"),
         sends(b"1\r\n \r\n")),
        ("large bodies in small ones", sends(3 * packed), alive),
        ("questions, but no interest in answers", gulp, gulp),
        ("a flood of questions", sends(b""),
         lambda sock: (sock.sendall(QUESTION * 20), sock.recv(65536))),
    ]


def ask(url):
    """How long the question takes; an error if it is not answered."""
    begin = time.monotonic()
    with wire.Connection(url) as connection:
        reply = connection.exchange([QUESTION])[0]
    if reply.status != 404:
        raise OSError(f"status {reply.status}")
    return time.monotonic() - begin


def watch(url, seconds):
    """The times that the question took, and what went wrong."""
    times, wrong = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            times.append(ask(url))
        except (OSError, EOFError) as e:
            wrong.append(repr(e))
        time.sleep(0.02)
    return times, wrong


def main():
    url, address, n, max_body = sys.argv[1:5]
    header = "".join(text + "\r\n" for text in sys.argv[5:])
    n, max_body, bad = int(n), int(max_body), 0
    usual, wrong = watch(url, 1)
    # generous, as the machine has other things to do as well
    most = max(20 * statistics.median(usual), 2 * max(usual), 0.25)
    print(f"usually {statistics.median(usual) * 1000:.1f} ms", *wrong)
    for name, begin, step in attacks(max_body, header):
        attacker = Attacker(url, address, n + 8)
        threads = attacker.run(begin, step)
        time.sleep(0.5)
        times, wrong = watch(url, SECONDS)
        attacker.stopped.set()
        for thread in threads:
            thread.join()
        median = statistics.median(times) if times else float("inf")
        failed = bool(wrong) or median > most
        bad += failed
        print(f"{name}: {median * 1000:.1f} ms, {attacker.begun} connections",
              *wrong[:3], *(["BAD"] if failed else []))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
