#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# pmtiles-read.py ARCHIVE DIR: see that a PMTiles archive is as version 3 of
# the specification says, and has just the tiles DIR/z/x/y.png, and print how
# many.  A reading of the specification that shares nothing with ours.

import gzip
import json
import os
import re
import struct
import sys


def zxy(tile):
    """The tile of a number, by walking along the curve."""
    z = 0
    while tile >= 4 ** z:
        tile -= 4 ** z
        z += 1
    x = y = 0
    for level in range(z):
        side = 1 << level
        rx = 1 & (tile // 2)
        ry = 1 & (tile ^ rx)
        if ry == 0:
            if rx == 1:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        x += side * rx
        y += side * ry
        tile //= 4
    return z, x, y


def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0
    assert shift == 0, "cut varint"


def directory(data):
    numbers = list(varints(gzip.decompress(data)))
    n = numbers[0]
    assert len(numbers) == 1 + 4 * n and n > 0, "odd directory"
    ids, runs, lens, places = (numbers[1 + n * i:1 + n * (i + 1)]
                               for i in range(4))
    entries, tile, end = [], 0, 0
    for i in range(n):
        tile += ids[i]
        at = places[i] - 1 if places[i] else end
        assert places[i] or i > 0, "first place"
        assert lens[i] > 0, "empty entry"
        end = at + lens[i]
        entries.append((tile, at, lens[i], runs[i]))
    assert all(a[0] < b[0] for a, b in zip(entries, entries[1:])), "order"
    return entries


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    assert data[:8] == b"PMTiles\3", "magic"
    (root, rootlen, meta, metalen, leaves, leaveslen, tiles, tileslen,
     addressed, nentries, contents) = struct.unpack_from("<11Q", data, 8)
    clustered, inner, outer, kind, low, high = data[96:102]
    west, south, east, north = (v / 1e7 for v in
                                struct.unpack_from("<4i", data, 102))
    assert (clustered, inner, outer, kind) == (1, 2, 1, 2), "kinds"
    assert root == 127 and root + rootlen <= 16384, "root too long"
    assert max(root + rootlen, meta + metalen, leaves + leaveslen,
               tiles + tileslen) == len(data), "length"
    assert -180 <= west < east <= 180 and -90 < south < north < 90, "bounds"
    json.loads(gzip.decompress(data[meta:meta + metalen]))

    entries = []
    top = directory(data[root:root + rootlen])
    for tile, at, size, run in top:
        if run > 0:
            entries.append((tile, at, size, run))
            continue
        assert at + size <= leaveslen, "leaf"
        leaf = directory(data[leaves + at:leaves + at + size])
        assert leaf[0][0] == tile, "leaf begins elsewhere"
        entries += leaf
    assert all(e[3] > 0 for e in entries), "leaf within leaf"
    assert (leaveslen > 0) == any(e[3] == 0 for e in top), "useless leaves"
    assert all(a[0] + a[3] <= b[0] and
               (a[0] + a[3] < b[0] or a[1] != b[1])
               for a, b in zip(entries, entries[1:])), "runs"

    seen, end, places = {}, 0, set()
    for tile, at, size, run in entries:
        assert at <= end, "not clustered"
        assert at + size <= tileslen, "beyond the tiles"
        if at == end:
            end += size
        places.add((at, size))
        for i in range(run):
            name = "%d/%d/%d.png" % zxy(tile + i)
            assert name not in seen, "twice"
            seen[name] = data[tiles + at:tiles + at + size]
    assert end == tileslen, "unused bytes"
    assert len(places) == contents == len(set(seen.values())), "contents"
    assert len(entries) == nentries, "entries"
    assert len(seen) == addressed, "addressed"
    zooms = [int(name.split("/")[0]) for name in seen]
    assert (min(zooms), max(zooms)) == (low, high), "zooms"

    files = {}
    for folder, _, names in os.walk(sys.argv[2]):
        for name in names:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, sys.argv[2])
            if re.fullmatch(r"\d+/\d+/\d+\.png", short):
                with open(path, "rb") as f:
                    files[short] = f.read()
    assert files == seen, "other tiles than the directory"
    print("%d tiles" % len(seen))


main()
