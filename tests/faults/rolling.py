#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""rolling.py DIR

Supervise loc-serve, which gets the socket that is listened to here, and have
clients ask it and hand in reports until SIGTERM.  At SIGUSR1 another one is
started; the old one is told to stop when the new one is ready.  DIR/turns gets
a line then.

What is handed in is as in load.py; DIR/acked and DIR/doubt get the networks.
Every request has a connection of its own, and is not repeated.  Printed at the
end: requests of both kinds, how many of them failed, and the longest time in
which none of those under way was answered.
"""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from reports import body, own_macs

run = sys.argv[1]
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
acked = open(run + "/acked", "a", buffering=1)
doubt = open(run + "/doubt", "a", buffering=1)
lock = threading.Lock()
stop = threading.Event()
turn = threading.Event()
count = {"ok": 0, "located": 0, "failed": 0, "hung": 0, "gap_ms": 0}
last = time.monotonic()


def start_serve():
    """Another loc-serve, which says that it is ready."""
    ready, tell = os.pipe()
    fds = (listener.fileno(), tell)
    command = ('exec 3<&%d; unset BASH_ENV; export LISTEN_FDS=1 '
               'LISTEN_PID=$$; exec loc-serve -r %d' % fds)
    with open(run + "/serve.log", "a") as log:
        p = subprocess.Popen(["bash", "-c", command], pass_fds=fds,
                             stderr=log)
    os.close(tell)
    os.read(ready, 1)
    os.close(ready)
    return p


def end_serve(p):
    p.terminate()
    if p.wait(timeout=60) != 0:
        count["failed"] += 1


def ask(path, what):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        conn.request("POST", path + "?key=test", json.dumps(what))
        answer = conn.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as e:
        print(path, repr(e), file=sys.stderr)
        return 0
    finally:
        conn.close()


def note(kind, ok):
    global last
    now = time.monotonic()
    with lock:
        count[kind if ok else "failed"] += 1
        if kind == "ok" and ok:
            count["gap_ms"] = max(count["gap_ms"], int(1000 * (now - last)))
            last = now


def submitter(number):
    first = 0
    while not stop.is_set():
        macs = own_macs(number, first, 5)
        first += 5
        ok = ask("/v2/geosubmit", body(macs)) == 200
        note("ok", ok)
        (acked if ok else doubt).write("".join(m + "\n" for m in macs))
        time.sleep(0.02)


def asker():
    what = {"considerIp": False, "wifiAccessPoints": [
        {"macAddress": "06000000000%d" % n} for n in range(3)]}
    while not stop.is_set():
        note("located", ask("/v1/geolocate", what) in (200, 404))
        time.sleep(0.01)


signal.signal(signal.SIGTERM, lambda *_: stop.set())
signal.signal(signal.SIGUSR1, lambda *_: turn.set())
serve = start_serve()
with open(run + "/port", "w") as f:
    f.write("%d\n" % port)
last = time.monotonic()
clients = [threading.Thread(target=submitter, args=(n,)) for n in (1, 2)]
clients += [threading.Thread(target=asker) for _ in range(2)]
for c in clients:
    c.start()
while not stop.wait(0.05):
    if turn.is_set():
        turn.clear()
        new = start_serve()
        end_serve(serve)
        serve = new
        with open(run + "/turns", "a") as f:
            f.write("turn\n")
for c in clients:
    c.join()
end_serve(serve)
print(json.dumps(count))
