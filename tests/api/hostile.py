#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Send loc-serve what it must not suffer from, while somebody else asks it
the same simple question again and again.

    hostile.py URL PID MAX_MB

URL is a server with the key "test" and PID its process, which may never take
more than MAX_MB of memory; 0 allows any.  Exit status 1 if an answer is not
among those an attack may have, the question is not answered every time, or
the memory does not suffice.
"""
import gzip
import socket
import sys
import threading

import wire

GEO = "/v1/geolocate?key=test"
REPORT = "/v2/geosubmit"
MIB = 1 << 20
BOMB = gzip.compress(bytes(MIB)) * 1000     # 1 GB in 1 MB


def post(target, body, *headers):
    return wire.request("POST", target, body, headers)


def wifis(n):
    return b'"wifiAccessPoints":[' + b",".join(
        b'{"macAddress":"a9%010x"}' % i for i in range(n)) + b"]"


def cells(n):
    return b'"cellTowers":[' + b",".join(
        b'{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,'
        b'"locationAreaCode":%d,"cellId":%d}' % (i % 65000 + 1, i + 1)
        for i in range(n)) + b"]"


def item(body):
    return post(REPORT, b'{"items":[{' + body + b"}]}")


def query(body):
    return post(GEO, b'{"considerIp":false,' + body + b"}")


def headers(n, size):
    return wire.request("GET", GEO, None, [
        (f"X-{i}", "x" * size) for i in range(n)])


def statuses(url, pieces):
    """The statuses that come back while PIECES are sent, if any."""
    with wire.Connection(url) as connection:
        try:
            for piece in pieces:
                connection.sock.sendall(piece)
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass                # it has ended the connection
        got = []
        try:
            while True:
                got.append(wire.read_reply(connection.stream, "GET").status)
        except (EOFError, OSError, ValueError):
            return got


def endless(n):
    """A request with a body of N MiB that does not say so before."""
    yield (f"POST {REPORT} HTTP/1.1\r\nHost: x\r\n"
           "Transfer-Encoding: chunked\r\n\r\n").encode()
    for _ in range(n):
        yield b"%x\r\n" % MIB + bytes(MIB) + b"\r\n"
    yield b"0\r\n\r\n"


# What is sent, how often at once, and the statuses it may get.
ATTACKS = [
    ("500 MB announced", lambda: [
        b"POST /v1/submit HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 524288000\r\n\r\n"],
     4, {413}),
    ("500 MB not announced", lambda: endless(500), 2, {413}),
    ("a bomb", lambda: [post(REPORT, BOMB, ("Content-Encoding", "gzip"))],
     8, {413}),
    ("a query bomb", lambda: [post(GEO, BOMB, ("Content-Encoding", "gzip"))],
     8, {413}),
    ("100000 wifis", lambda: [query(wifis(100000))], 4, {413}),
    ("as many wifis as one may ask for", lambda: [query(wifis(30000))],
     4, {404}),
    ("as many cells", lambda: [query(cells(8000))], 4, {404}),
    ("a report of 100000 wifis", lambda: [item(wifis(100000))], 4, {200}),
    ("100000 empty reports", lambda: [
        post(REPORT, b'{"items":[' + b"{}," * 99999 + b"{}]}")], 4, {200}),
    ("faults without end", lambda: [
        post(REPORT, b'{"items":[' + b"7," * 500000 + b"7]}")], 4,
     {200, 400}),
    ("nested", lambda: [post(GEO, b'{"a":' + b"[" * 400000)], 4, {400}),
    ("nested and closed", lambda: [
        post(GEO, b'{"a":' + b"[" * 65 + b"]" * 65 + b"}")], 1, {400}),
    ("a number of a million digits", lambda: [
        item(b'"timestamp":1460000000000,"cellTowers":[{"age":' +
             b"9" * MIB + b'}],"position":{"latitude":' + b"9" * MIB +
             b',"longitude":0.' + b"9" * MIB + b"}")], 4, {200}),
    ("a million blanks in a number", lambda: [
        item(b'"cellTowers":[{"cellId":"' + b" " * MIB + b'1"}]')], 4,
     {200}),
    ("odd numbers", lambda: [item(
        b'"timestamp":-0,"cellTowers":[{"age":1e400,"cellId":-0}],'
        b'"position":{"latitude":NaN,"longitude":-Infinity,"speed":-0.0}')],
     1, {200, 400}),
    ("the same member 50000 times", lambda: [
        query(b",".join([b'"carrier":"a"'] * 50000))], 4, {404}),
    ("overlong UTF-8", lambda: [query(b'"carrier":"\xc0\x80"')], 1, {400}),
    ("a surrogate in UTF-8", lambda: [query(b'"carrier":"\xed\xa0\x80"')],
     1, {400}),
    ("a megabyte of escapes", lambda: [
        query(b'"carrier":"' + b"\\u0000" * 170000 + b'"')], 4, {404}),
    ("a header of 100 kB", lambda: [headers(1, 100000)], 4, {431}),
    ("1000 headers", lambda: [headers(1000, 1)], 4, {200, 404, 431}),
    ("an address of 100 kB", lambda: [
        wire.request("GET", "/" + "x" * 100000)], 4, {414}),
    ("many at once", lambda: [wire.request("GET", GEO)] * 10, 300, {404}),
]


class Onlooker(threading.Thread):
    """Asks until it is stopped."""

    def __init__(self, url):
        super().__init__()
        self.url, self.stopped, self.wrong = url, threading.Event(), []

    def run(self):
        while not self.stopped.is_set():
            try:
                status = wire.ask(self.url, "POST", GEO, b"{}").status
            except (OSError, EOFError) as e:
                status = repr(e)
            if status != 404:
                self.wrong.append(status)
            self.stopped.wait(0.01)


def attack(url, pieces, n):
    """All statuses of N times PIECES at once."""
    got = [None] * n

    def one(i):
        got[i] = statuses(url, pieces())

    threads = [threading.Thread(target=one, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def memory_mb(pid):
    """The most that PID ever used."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise OSError(f"no process {pid}")


def main():
    url, pid, max_mb = sys.argv[1:]
    bad = 0
    for name, pieces, n, may in ATTACKS:
        onlooker = Onlooker(url)
        onlooker.start()
        got = attack(url, pieces, n)
        onlooker.stopped.set()
        onlooker.join()
        wrong = [g for g in got if not g or not may.issuperset(g)]
        if wrong or onlooker.wrong:
            bad += 1
        print(f"{name}: {memory_mb(pid)} MB", *(
            [f"not {may}: {wrong}"] if wrong else []), *(
            [f"onlooker: {onlooker.wrong[:5]}"] if onlooker.wrong else []))
    if 0 < int(max_mb) < memory_mb(pid):
        print(f"more than {max_mb} MB")
        bad += 1
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
