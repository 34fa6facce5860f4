#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Send loc-serve requests that were good before somebody changed some bytes.

    mutated.py URL PID COUNT [SEED]

URL is a server with the key "test", PID its process.  Exit status 1 if what
comes back is not a series of replies with statuses that there are, if the
server is gone, or if a good request is not answered at once in between.
"""
import gzip
import os
import random
import re
import socket
import sys

import wire

STATUSES = {100, 200, 204, 400, 403, 404, 405, 413, 414, 429, 431, 503, 505}
GEO = "/v1/geolocate?key=test"

BODIES = [
    b"{}",
    b'{"considerIp":false,"wifiAccessPoints":[{"macAddress":'
    b'"0a:00:00:00:00:01","signalStrength":-50},{"macAddress":"0a0000000002"}]}',
    b'{"cellTowers":[{"radioType":"lte","mobileCountryCode":262,'
    b'"mobileNetworkCode":1,"locationAreaCode":2,"cellId":3,"age":1e3}]}',
    b'{"items":[{"timestamp":1460000000000,"position":{"latitude":51.5,'
    b'"longitude":-0.1},"wifiAccessPoints":[{"macAddress":"0a0000000003",'
    b'"ssid":"\\u00e9\\ud83d\\ude00"}]}]}',
    b'{"items":[{"lat":51.5,"lon":-0.1,"accuracy":10,"wifi":[{"key":'
    b'"0a0000000004"}],"cell":[{"radio":"gsm","mcc":262,"mnc":1,"lac":2,'
    b'"cid":3}],"time":"2016-04-07T05:33:20"}]}',
]
TARGETS = [GEO, "/v1/country?key=test", "/v1/search?key=test&a=%41;b=c+d",
           "/v2/geosubmit", "/v1/geosubmit?key=test", "/v1/submit",
           "/v1/transfer?key=test", "/__heartbeat__", "/__version__",
           "/robots.txt", "/nothing", "http://x/v1/geolocate?key=test"]
HEADERS = [("Content-Type", "application/json; charset=utf-8"),
           ("X-Forwarded-For", "192.0.2.1:80, [2001:db8::1]:443"),
           ("User-Agent", "microG/1.2"), ("Connection", "keep-alive"),
           ("Expect", "100-continue"), ("Idempotency-Key", '"a-b-c"'),
           ("Content-Type", "text/plain; charset=iso-8859-1")]


def good(rng):
    """A request as clients send it."""
    method = rng.choice(["POST", "POST", "POST", "GET", "HEAD", "OPTIONS"])
    body = rng.choice(BODIES)
    headers = rng.sample(HEADERS, rng.randrange(4))
    if rng.random() < 0.2:
        body = gzip.compress(body, 1)
        headers.append(("Content-Encoding", "gzip"))
    if rng.random() < 0.2:
        headers.append(("Transfer-Encoding", "chunked"))
        body = wire.chunks(body, rng.randrange(1, 40))
    return wire.request(method, rng.choice(TARGETS), body, headers)


def mutate(rng, data):
    """DATA with some bytes changed, added, doubled or missing."""
    data = bytearray(data)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 5, 20])):
        at = rng.randrange(len(data) + 1)
        what = rng.randrange(6)
        if what == 0:
            data[at:at + 1] = bytes([rng.randrange(256)])
        elif what == 1:
            data[at:at] = rng.choice([b"\r\n", b"\n", b"\r", b"\0", b" ", b":",
                                      b"%", b"\x80", b'"', b"{", b"9" * 20])
        elif what == 2:
            del data[at:at + rng.choice([1, 1, 2, 10, 100])]
        elif what == 3:
            end = at + rng.randrange(1, 50)
            data[at:at] = data[at:end]
        elif what == 4:
            to = rng.randrange(len(data) + 1)
            data[to:to] = data[at:at + rng.randrange(1, 50)]
        elif at < len(data):
            data[at] ^= 1 << rng.randrange(8)
    return bytes(data)


def talk(url, data):
    """All that comes back for DATA."""
    with wire.Connection(url) as connection:
        try:
            connection.sock.sendall(data)
            connection.sock.shutdown(socket.SHUT_WR)
            return connection.stream.read()
        except ConnectionError:
            return b""


def is_replies(got):
    """Is it replies and nothing else?  HEAD's announce a body."""
    while got:
        head = re.match(rb"HTTP/1\.1 (\d{3}) [A-Za-z ]+\r\n"
                        rb"((?:[A-Za-z-]+: [^\r\n\0]*\r\n)*)\r\n", got)
        if not head or int(head[1]) not in STATUSES:
            return False
        got = got[head.end():]
        length = re.search(rb"Content-Length: (\d+)\r\n", head[2])
        if got and not got.startswith(b"HTTP/1.1 "):
            if not length or len(got) < int(length[1]):
                return False
            got = got[int(length[1]):]
    return True


def main():
    url, pid, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
    rng = random.Random(seed)
    for i in range(count):
        data = b"".join(mutate(rng, good(rng))
                        for _ in range(rng.choice([1, 1, 1, 3])))
        got = talk(url, data)
        if not is_replies(got):
            sys.exit(f"seed {seed}, request {i}: {data!r}: {got!r}")
        if i % 50 == 0 and wire.ask(url, "POST", GEO, b"{}").status != 404:
            sys.exit(f"seed {seed}, request {i}: others are not answered")
    os.kill(pid, 0)
    print(f"seed {seed}: {count} requests")


if __name__ == "__main__":
    main()
