# SPDX-License-Identifier: ISC
"""The reports that loc-serve has put into its spool."""
import re
import subprocess
import time

WAIT_S = 30


def read(directory, since_ms):
    """(key, report line) of each.  Timestamps since SINCE_MS become "NOW"."""
    text = subprocess.run(["spool_cat", directory], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    key, now_ms, reports = "", time.time() * 1000 + 1000, []
    for line in text.splitlines():
        if line[0] == "#":
            key = line.split(" ")[1]
            continue
        stamp = re.search(r'"timestamp": (\d+)', line)
        if stamp and since_ms <= int(stamp[1]) <= now_ms:
            line = line.replace(stamp[1], '"NOW"', 1)
        reports.append((key, line))
    return reports


def wait(directory, since_ms, n):
    """The same when there are N: queries get there after their answers."""
    until = time.monotonic() + WAIT_S
    while True:
        reports = read(directory, since_ms)
        if len(reports) >= n or time.monotonic() > until:
            return reports
        time.sleep(0.05)
