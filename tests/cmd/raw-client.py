#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""HTTP by hand, for what curl is too polite to send.

    raw-client.py PORT send             stdin to the server, its replies out
    raw-client.py PORT statuses         the same, of which the status codes
    raw-client.py PORT drip TEXT        TEXT, then a byte every 0.3 seconds
                                        until the server ends it: "cut"
    raw-client.py PORT idle N PATH [PID]
                                        N idle connections and then one that
                                        gets PATH; how many are left after; and
                                        "few threads", if PID has few
    raw-client.py PORT late FILE        the statuses of connections that asked
                                        a moment, of 0.2 s at most, after they
                                        were made, until FILE is there
    raw-client.py PORT busy N PATH      the same, with N that have begun a
                                        request
    raw-client.py PORT kept N FILE      N connections that have been answered,
                                        and are asked again and again until
                                        FILE is there: how many lasted
    raw-client.py PORT flood FILE       requests without a pause, and their
                                        replies read, until FILE is there;
                                        begun anew when the server ends it
    raw-client.py PORT stop PID         begin a request, have PID stopped,
                                        finish it: its reply
    raw-client.py PORT load N FILE      N connections, each with one report
                                        after another until FILE is there:
                                        how many were accepted, how many not
"""
import os
import re
import select
import signal
import socket
import sys
import time

HEALTH = b"GET /__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n\r\n"
REQUEST = (b"POST /v2/geosubmit HTTP/1.1\r\nHost: x\r\n"
           b"Expect: 100-continue\r\nContent-Length: 12\r\n\r\n")


def connect(port):
    return socket.create_connection(("127.0.0.1", port), 30)


def read_all(sock):
    data = b""
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            part = b""
        if not part:
            return data
        data += part


def send(port):
    """What the server says to all that stdin has."""
    sock = connect(port)
    try:
        sock.sendall(sys.stdin.buffer.read())
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass                    # it has ended the connection
    return read_all(sock)


def drip(port, text):
    sock = connect(port)
    sock.sendall(text.encode().decode("unicode_escape").encode("latin-1"))
    for _ in range(60):
        if select.select([sock], [], [], 0.3)[0]:
            print("cut" if not read_all(sock) else "answered")
            return
        try:
            sock.sendall(b"a")
        except OSError:
            print("cut")
            return
    print("never cut")


def crowd(port, n, path, first, pid=None):
    socks = []
    for _ in range(n):
        socks.append(connect(port))
        if first:
            socks[-1].sendall(first)
            socks[-1].recv(1000)
    sock = connect(port)
    sock.sendall(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n"
                 b"Connection: close\r\n\r\n")
    print(read_all(sock).split(b"\r\n")[0].decode())
    # those that are silent in excess of the places are ended after two seconds
    time.sleep(0.5 if first else 4)
    print(n - len(select.select(socks, [], [], 0)[0]), "left")
    if pid and len(os.listdir(f"/proc/{pid}/task")) < n / 10:
        print("few threads")


def late(port, path):
    while not os.path.exists(path):
        began = time.monotonic()
        with connect(port) as sock:
            time.sleep(0.05)
            try:
                sock.sendall(b"GET /__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n"
                             b"Connection: close\r\n\r\n")
            except OSError:
                pass            # read_all() tells
            took = time.monotonic() - began
            status = read_all(sock)[9:12]
            if took < 0.2:
                print(status.decode() or "nothing")


def stop(port, pid):
    one, idle, kept = connect(port), connect(port), connect(port)
    one.sendall(REQUEST)
    one.recv(1000)
    kept.sendall(HEALTH)
    kept.recv(1000)
    os.kill(pid, signal.SIGTERM)
    for _ in range(5000):
        try:
            connect(port).close()
            time.sleep(0.001)
        except OSError:
            print("accepts no more")
            break
    kept.sendall(HEALTH)
    print("kept:", b"Connection: close" in read_all(kept))
    print("idle: %d bytes" % len(read_all(idle)))
    one.sendall(b'{"items":[]}')
    text = read_all(one).decode()
    print(text.split("\r\n")[0])
    print("Connection: close" in text)


def kept(port, n, path):
    socks = [connect(port) for _ in range(n)]
    lost = set()
    while True:
        last = os.path.exists(path)
        for sock in socks:
            try:
                sock.sendall(HEALTH)
            except OSError:
                lost.add(sock)
        for sock in socks:
            try:
                if b" 200 OK" not in sock.recv(4000):
                    lost.add(sock)
            except OSError:
                lost.add(sock)
        if last:
            break
    print("%d lasted, %d lost" % (n - len(lost), len(lost)))


def flood(port, path):
    requests = b"GET /__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n\r\n" * 200
    while not os.path.exists(path):
        with connect(port) as sock:
            sock.setblocking(False)
            left = requests
            try:
                while not os.path.exists(path):
                    can = select.select([sock], [sock], [], 1)
                    if can[0] and not sock.recv(65536):
                        break
                    if can[1]:
                        left = left[sock.send(left):] or requests
            except OSError:
                pass            # it has ended the connection


def load(port, n, path):
    # here, as they take their time and most calls need them not
    import http.client
    import threading

    counts = [0, 0]

    def submit():
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        conn.connect()
        conn.auto_open = 0      # one that is closed is a failure
        try:
            while not os.path.exists(path):
                conn.request("POST", "/v2/geosubmit",
                             b'{"items":[{"cellTowers":[{}]}]}')
                reply = conn.getresponse()
                ok = reply.status == 200 and reply.read() == b"{}"
                counts[0 if ok else 1] += 1
        except (OSError, http.client.HTTPException) as error:
            print(repr(error), file=sys.stderr)
            counts[1] += 1

    threads = [threading.Thread(target=submit) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("%d accepted, %d failed" % tuple(counts))


def main():
    port, what, args = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if what == "send":
        sys.stdout.buffer.write(send(port).replace(b"\r", b""))
    elif what == "statuses":
        print(*re.findall(r"HTTP/1\.[01] ([0-9]*)",
                          send(port).decode("latin-1")))
    elif what == "drip":
        drip(port, args[0])
    elif what == "idle":
        crowd(port, int(args[0]), args[1], b"", *args[2:])
    elif what == "busy":
        crowd(port, int(args[0]), args[1], REQUEST)
    elif what == "late":
        late(port, args[0])
    elif what == "flood":
        flood(port, args[0])
    elif what == "load":
        load(port, int(args[0]), args[1])
    elif what == "kept":
        kept(port, int(args[0]), args[1])
    elif what == "stop":
        stop(port, int(args[0]))


main()
