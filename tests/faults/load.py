#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""load.py DIR [THREADS]

Hand in reports until SIGTERM: THREADS (3) clients post them to the port that
is written to DIR/port, another pipes them into loc-submit, whose process id is
in DIR/submit.pid.  The port is bound here, so that nobody else can take it
while loc-serve is away.

Every report is about three networks: a wifi network of its own, one of eight
that many reports have in common, and one of sixteen cells in four areas.  Five
are a submission, which is handed in once.  DIR/acked gets the own networks of
those that were accepted, DIR/doubt of those that may have been: they broke
off.  What was refused is in neither, as it must not count.  Counts of requests
are printed at the end.
"""
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time

from reports import body, own_macs, report

REPORTS = 5     # of a submission
PIPED = 4       # submissions of one run of loc-submit

run = sys.argv[1]
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 3
holder = socket.socket()
holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
holder.bind(("127.0.0.1", 0))
port = holder.getsockname()[1]
acked = open(run + "/acked", "w", buffering=1)
doubt = open(run + "/doubt", "w", buffering=1)
lock = threading.Lock()
stop = threading.Event()
count = {"ok": 0, "refused": 0, "failed": 0, "hung": 0}


def note(kind, macs):
    """Of an attempt that was ok, refused, failed after it began, or hung."""
    with lock:
        count[kind] += 1
        out = {"ok": acked, "failed": doubt}.get(kind)
        if out is not None:
            out.write("".join(m + "\n" for m in macs))


def post(conn, macs):
    conn.request("POST", "/v2/geosubmit?key=test", json.dumps(body(macs)),
                 {"Content-Type": "application/json"})
    answer = conn.getresponse()
    answer.read()
    return answer.status


def http_client(number):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    first = 0
    while not stop.is_set():
        macs = own_macs(number, first, REPORTS)
        try:
            if conn.sock is None:
                conn.connect()
        except OSError:         # nothing was sent
            time.sleep(0.05)
            continue
        first += REPORTS
        try:
            ok = post(conn, macs) == 200
            note("ok" if ok else "refused", macs)
        except (OSError, http.client.HTTPException):
            ok = False
            conn.close()
            note("failed", macs)
        time.sleep(0.03 if ok else 0.05)


def pipe_client(number):
    first = 0
    while not stop.is_set():
        macs = own_macs(number, first, PIPED * REPORTS)
        first += len(macs)
        lines = "".join(json.dumps(report(m, int(m[4:], 16))) + "\n"
                        for m in macs)
        with open(run + "/submit.log", "a") as log:
            p = subprocess.Popen(["loc-submit", "-b", str(REPORTS)],
                                 stdin=subprocess.PIPE, stderr=log)
        with open(run + "/submit.pid", "w") as f:
            f.write("%d\n" % p.pid)
        try:
            p.communicate(lines.encode(), timeout=60)
        except BrokenPipeError:
            p.wait()
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            note("hung", [])
        note("ok" if p.returncode == 0 else "failed", macs)
        time.sleep(0.1)


signal.signal(signal.SIGTERM, lambda *_: stop.set())
clients = [threading.Thread(target=http_client, args=(n,))
           for n in range(1, threads + 1)]
clients.append(threading.Thread(target=pipe_client, args=(0xff,)))
with open(run + "/port", "w") as f:
    f.write("%d\n" % port)
for c in clients:
    c.start()
while not stop.wait(0.2):     # a signal may come between two waits
    pass
for c in clients:
    c.join()
print(json.dumps(count))
