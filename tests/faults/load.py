#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""load.py URL ACKED [THREADS]

Post reports to URL until standard input ends, each about one wifi network of
its own.  The networks of every request that was answered 200 are written to
the file ACKED, one address a line; a request that failed is never repeated.
"""
import http.client
import json
import sys
import threading
import time
import urllib.parse

REPORTS = 5

url = urllib.parse.urlsplit(sys.argv[1])
acked = open(sys.argv[2], "w")
threads = int(sys.argv[3]) if len(sys.argv) > 3 else 4
lock = threading.Lock()
stop = threading.Event()
count = {"ok": 0, "refused": 0, "failed": 0}


def post(conn, macs):
    items = [{"position": {"latitude": 51.5, "longitude": -0.1},
              "wifiAccessPoints": [{"macAddress": m}]} for m in macs]
    conn.request("POST", url.path + "?" + url.query,
                 json.dumps({"items": items}),
                 {"Content-Type": "application/json"})
    answer = conn.getresponse()
    answer.read()
    return answer.status


def client(number):
    conn = None
    serial = 0
    while not stop.is_set():
        macs = ["02%02x%08x" % (number, serial + i) for i in range(REPORTS)]
        serial += REPORTS
        try:
            conn = conn or http.client.HTTPConnection(
                url.hostname, url.port, timeout=20)
            status = post(conn, macs)
        except (OSError, http.client.HTTPException):
            conn = None
            status = 0
        with lock:
            kind = {200: "ok", 0: "failed"}.get(status, "refused")
            count[kind] += 1
            if status == 200:
                acked.write("".join(m + "\n" for m in macs))
        time.sleep(0.004 if status == 200 else 0.02)


workers = [threading.Thread(target=client, args=(n,)) for n in range(threads)]
for w in workers:
    w.start()
sys.stdin.read()
stop.set()
for w in workers:
    w.join()
acked.close()
print(json.dumps(count))
