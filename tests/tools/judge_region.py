#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# judge_region.py REGIONS.BIN COUNT: ask loc-region for the region of COUNT
# points, half of them near borders, and let GEOS say whether it is right.
# Needs python3-shapely.  Exit status 1 and the points when they disagree.

import json
import math
import random
import struct
import subprocess
import sys

from shapely.geometry import Point, Polygon
from shapely.prepared import prep


class Region:
    def __init__(self, code):
        self.code, self.rings, self.verts = code, ([], []), []

    def holds(self, which, point):
        x, y = point.x, point.y
        return sum(w <= x <= e and s <= y <= n and p.contains(point)
                   for (w, s, e, n), p in self.rings[which]) % 2 == 1


def read(path):
    with open(path, 'rb') as f:
        data = f.read()
    sections = list(struct.iter_unpack('<II', data[8:8 + 13 * 8]))
    at, count = sections[0]
    regions = [Region(data[at + 2 * r:at + 2 * r + 2].decode())
               for r in range(count)]
    for which, section in ((0, 5), (1, 9)):
        for r, region in enumerate(regions):
            first, n = struct.unpack_from('<II', data,
                                          sections[section][0] + 16 * r)
            flat = struct.unpack_from('<%di' % (2 * n), data,
                                      sections[section + 1][0] + 8 * first)
            verts = [(x / 1e6, y / 1e6) for x, y in zip(flat[::2],
                                                        flat[1::2])]
            if which == 0:
                region.verts = verts
            start = 0
            for i, v in enumerate(verts):
                if i > start and v == verts[start]:
                    ring = Polygon(verts[start:i + 1])
                    region.rings[which].append((ring.bounds, prep(ring)))
                    start = i + 1
    return regions


def region_at(regions, lat, lon):
    point = Point(lon, lat)
    near = [r for r in regions if r.holds(1, point)]
    if len(near) < 2:
        return near[0].code if near else None
    inside = [r for r in near if r.holds(0, point)]
    if len(inside) == 1:
        return inside[0].code

    def away(region, pick):
        return pick(math.hypot(x - lon, y - lat) for x, y in region.verts)

    if inside:
        return max(inside, key=lambda r: away(r, max)).code
    return min(near, key=lambda r: away(r, min)).code


def main():
    regions = read(sys.argv[1])
    random.seed(int(sys.argv[2]))
    points = []
    for i in range(int(sys.argv[2])):
        lon, lat = random.uniform(-180, 180), random.uniform(-90, 90)
        if i % 2:
            lon, lat = random.choice(random.choice(regions).verts)
            lon += random.gauss(0, .4)
            lat += random.gauss(0, .4)
        points.append((round(min(max(lat, -90), 90), 7),
                       round(min(max(lon, -179.999), 179.999), 7)))
    out = subprocess.run(['loc-region'], check=True, capture_output=True,
                         text=True, input=''.join('%.7f,%.7f\n' % p
                                                  for p in points)).stdout
    bad = found = 0
    for (lat, lon), line in zip(points, out.splitlines()):
        got, want = json.loads(line).get('region'), region_at(regions, lat,
                                                              lon)
        found += want is not None
        if got != want:
            bad += 1
            print('%.7f,%.7f: %s, GEOS says %s' % (lat, lon, got, want))
    print('%d points, %d in a region, %d wrong' % (len(points), found, bad))
    sys.exit(bad > 0 or len(out.splitlines()) != len(points))


main()
