#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Write a small City database in MaxMind's format (MaxMind DB File Format
Specification 2.0), so that tests of GeoIP need no other file.

    make_mmdb.py FILE [NETWORK ...]

It knows the networks of PLACES, IPv4 also as mapped IPv6 addresses; further
NETWORKs are where the first of them is.
"""
import ipaddress
import struct
import sys
import time

# Network, country, geoname id of the city or None, latitude, longitude,
# accuracy in km.
PLACES = [
    ("81.2.69.192/28", "GB", 2643743, 51.5142, -0.0931, 100),
    ("81.2.69.144/28", "GB", 2643743, 51.5142, -0.0931, 3),
    ("67.43.156.0/24", "BT", None, 27.5, 90.5, 534),
    ("2a02:ffc0::/29", "GI", None, 36.13333, -5.35, 100),
    ("89.160.20.112/28", "SE", 2694762, 58.4167, 15.6167, 76),
    ("216.160.83.56/29", "US", 5803556, 47.2513, -122.3149, 22),
]


class Short(int):
    """A number of two bytes."""


class Long(int):
    """A number of eight."""


def head(kind, size):
    """What stands before data of a KIND and SIZE."""
    first = bytes([size if kind > 7 else kind << 5 | size])
    return first + (bytes([kind - 7]) if kind > 7 else b"")


def encode(v):
    if isinstance(v, dict):
        return head(7, len(v)) + b"".join(
            encode(name) + encode(value) for name, value in v.items())
    if isinstance(v, list):
        return head(11, len(v)) + b"".join(map(encode, v))
    if isinstance(v, str):
        return head(2, len(v)) + v.encode("ascii")
    if isinstance(v, float):
        return head(3, 8) + struct.pack(">d", v)
    kind, size = (5, 2) if isinstance(v, Short) else \
        (9, 8) if isinstance(v, Long) else (6, 4)
    return head(kind, size) + v.to_bytes(size, "big")


def record(country, city, lat, lon, accuracy_km):
    data = {"country": {"iso_code": country},
            "location": {"latitude": lat, "longitude": lon,
                         "accuracy_radius": Short(accuracy_km)}}
    if city:
        data["city"] = {"geoname_id": city}
    return encode(data)


def insert(tree, network, value):
    """Put VALUE into TREE, nested lists of two, for all of NETWORK."""
    net = ipaddress.ip_network(network)
    bits, length = int(net.network_address), net.prefixlen
    length += 96 if net.version == 4 else 0
    for i in range(127, 128 - length, -1):
        bit = bits >> i & 1
        if tree[bit] is None:
            tree[bit] = [None, None]
        tree = tree[bit]
    tree[bits >> 128 - length & 1] = value


def alias(tree):
    """Have ::ffff:0:0/96 mean what ::/96 means."""
    node = tree
    for _ in range(96):
        node = node[0]
    insert(tree, "::ffff:0:0/96", node)


def nodes_of(tree):
    """The nodes of TREE, each once."""
    nodes, todo = [], [tree]
    while todo:
        node = todo.pop()
        if not any(node is other for other in nodes):
            nodes.append(node)
            todo += [child for child in node if isinstance(child, list)]
    return nodes


def database(places):
    tree, data = [None, None], b""
    for network, *place in places:
        insert(tree, network, len(data))
        data += record(*place)
    alias(tree)
    nodes = nodes_of(tree)
    index = {id(node): i for i, node in enumerate(nodes)}
    out = b""
    for node in nodes:
        for child in node:
            n = len(nodes) if child is None else index[id(child)] \
                if isinstance(child, list) else len(nodes) + 16 + child
            out += n.to_bytes(3, "big")
    return out + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode({
        "binary_format_major_version": Short(2),
        "binary_format_minor_version": Short(0),
        "build_epoch": Long(int(time.time())),
        "database_type": "GeoLite2-City",
        "description": {"en": "For tests"},
        "ip_version": Short(6),
        "languages": ["en"],
        "node_count": len(nodes),
        "record_size": Short(24)})


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as f:
        f.write(database(PLACES + [
            (network, *PLACES[0][1:]) for network in sys.argv[2:]]))
