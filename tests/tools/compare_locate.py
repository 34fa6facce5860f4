#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Compare loc-locate with recorded answers of Ichnaea.

    compare_locate.py VECTORS.jsonl.gz

$LOC_CONF names the database that holds the stations of the recording, loaded
on the same day, and the GeoIP file.  Of the recording only what needs no HTTP
is asked: bodies posted to /v1/geolocate with a key, on one line.

Levels: exact; numeric, the same to 1e-6 degrees and 1 cm; near, within 5 m
and 1 m or 2 % of accuracy; lenient, an error with other details; differ.
Positions from wifi and Bluetooth may be near: the solver that yields them
amplifies the last bits of distances.  Exit status 1 if more than one in fifty
of those is only near, one in a hundred differs, or any other answer differs.
"""
import base64
import collections
import gzip
import json
import math
import subprocess
import sys

NO_HTTP = "key limit method path".split()


def usable(r):
    return (r["path"].startswith("/v1/geolocate?") and r["method"] == "POST"
            and r["cat"] not in NO_HTTP and not r.get("accident")
            and "Content-Encoding" not in r["headers"])


def body(r):
    return base64.b64decode(r["body_b64"] or "")


def address(r):
    return r["headers"].get("X-Forwarded-For", "").split(",")[0].strip()


def ask(addr, rows):
    """The answers to ROWS, or none if ADDR is no address."""
    cmd = ["loc-locate", "-s"] + (["-a", addr] if addr else [])
    text = b"".join(body(r) + b"\n" for r in rows)
    p = subprocess.run(cmd, input=text, stdout=subprocess.PIPE)
    if p.returncode == 64:
        return ask("", rows)
    if p.returncode not in (0, 1, 65):
        sys.exit(f"{' '.join(cmd)}: exit status {p.returncode}")
    return p.stdout.decode().splitlines()


def same_kind(x, y):
    """Without what may differ of an error's details."""
    for j in x, y:
        d = j.get("details", {})
        for k in d:
            d[k] = sorted(d[k]) if isinstance(d[k], dict) else 0
    return x == y


def level(want, got):
    if want == got:
        return "exact"
    x, y = json.loads(want), json.loads(got)
    if "location" not in x or "location" not in y:
        return "lenient" if same_kind(x, y) else "differ"
    if set(x) != set(y) or x.get("fallback") != y.get("fallback"):
        return "differ"
    dlat = x["location"]["lat"] - y["location"]["lat"]
    dlon = (x["location"]["lng"] - y["location"]["lng"] + 180) % 360 - 180
    dacc = abs(x["accuracy"] - y["accuracy"])
    if abs(dlat) <= 1e-6 and abs(dlon) <= 1e-6 and dacc <= 0.01:
        return "numeric"
    cos = math.cos(math.radians(x["location"]["lat"]))
    if (111195 * math.hypot(dlat, dlon * cos) <= 5
            and dacc <= max(1, 0.02 * x["accuracy"])):
        return "near"
    return "differ"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    by_address = collections.defaultdict(list)
    for line in gzip.open(sys.argv[1], "rt"):
        r = json.loads(line)
        if usable(r) and b"\n" not in body(r):
            by_address[address(r)].append(r)
    table = collections.defaultdict(collections.Counter)
    for addr, rows in by_address.items():
        answers = ask(addr, rows)
        assert len(answers) == len(rows)
        for r, got in zip(rows, answers):
            lv = level(r["response_body"], got)
            clusters = b"macAddress" in body(r)
            table[clusters][lv] += 1
            if lv == "differ":
                print(r["id"], r["cat"], "want", r["response_body"], "got",
                      got)
    for clusters, counts in sorted(table.items()):
        print("wifi and Bluetooth:" if clusters else "all others:",
              ", ".join(f"{n} {lv}" for lv, n in counts.most_common()))
    others, clustered = table[False], table[True]
    bad = others["differ"] + others["near"] + others["numeric"]
    total = sum(clustered.values())
    sys.exit(bad > 0 or clustered["differ"] * 100 > total
             or clustered["near"] * 50 > total)


if __name__ == "__main__":
    main()
