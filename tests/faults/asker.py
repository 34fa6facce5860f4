#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""asker.py PORT LOG MAC MAC

Ask for the position of two networks until SIGTERM, by three clients at once,
each on a connection that it keeps.  Every answer is a line of LOG: its status.
An answer without a position that came from these networks is "unknown", and a
connection that breaks off before the answer "broken".  What is not 200 is
followed by the time, for how long the answer was waited for, and what it said.
"""
import http.client
import json
import signal
import sys
import threading
import time
from datetime import datetime

port, log, macs = int(sys.argv[1]), open(sys.argv[2], "w", buffering=1), \
    sys.argv[3:]
stop = threading.Event()
body = json.dumps({"considerIp": False, "fallbacks": {"lacf": False},
                   "wifiAccessPoints": [{"macAddress": m} for m in macs]})


def ask(conn):
    conn.request("POST", "/v1/geolocate?key=test", body,
                 {"Content-Type": "application/json"})
    answer = conn.getresponse()
    text = answer.read().decode()
    if answer.status == 200:
        found = json.loads(text)
        if "location" in found and "fallback" not in found:
            return "200", ""
    return "unknown" if answer.status == 200 else str(answer.status), \
        "%s %s" % (answer.getheader("X-Degraded", "-"), " ".join(text.split()))


def client():
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    while not stop.is_set():
        start = time.monotonic()
        try:
            said, why = ask(conn)
        except (OSError, http.client.HTTPException) as e:
            said, why = "broken", repr(e)
            conn.close()
        if said != "200":
            said += " %s %.3f s: %s" % (datetime.now().strftime("%T.%f"),
                                        time.monotonic() - start, why)
        log.write(said + "\n")
        time.sleep(0.05)


signal.signal(signal.SIGTERM, lambda *_: stop.set())
threads = [threading.Thread(target=client) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
