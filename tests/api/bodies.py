# SPDX-License-Identifier: ISC
"""Request bodies: every kind of value for every member of every endpoint, the
ends of all ranges, and what chance makes of them."""
import copy
import itertools
import json
import re

import locate_oracle
import submit_oracle

HERE = "@"              # in a body, where a value of VALUES goes

# JSON: the rows of the table of coercions, and what is around their edges.
VALUES = re.findall(r'(?:"(?:[^"\\]|\\.)*"|\S)+', r"""
null true false 0 1 -1 7 -60 12345 -0 0.0 -0.0 1.9 -1.9 0.5 1e3 1E+2 2.5e-7
1e-400 1e400 -1e400 NaN Infinity -Infinity 9223372036854775807
9223372036854775808 -9223372036854775809 4294967297 2147483648 -2147483649
123456789012345678901234567890 1e19 -1e19
"" " " "12" " 12 " "012" "+5" "-3" "1.5" "1e2" ".5" "5." "1e400" "nan" "NaN"
"inf" "-Infinity" "+inf" "0" "00" "false" "FALSE" "False" "true" "null" "abc"
"0x1f" "1 2" "--1" "+" "-" "." "e5" "1e" "1,5" "\u0031\u0032" "\t12\n"
"12\u0000" "\u0000" "\ud83d\ude00" "\ud800" "é" "\u00e9" "a\"b\\c" "it's"
"umts" "UMTS" "lte" "LTE" "gsm" "wcdma" "cdma" "nr" "5G" "NB-IoT" "fused"
"GNSS" "gps" "manual" 68719476735 68719476736 "x_nomap" "_OptOut" "x_nomap "
2147483647 268435455 4294967295 65535
["A8:20:67:00:00:09","a82067000009",5,"x"] [] {} [1] [null,true,1.5] {"a":1} {"a":{"b":[]}} [[]] [{}]
""")

# Numbers at the ends of the ranges of some field.
EDGES = [edge + d for edge in (
    -3600000, -156, -140, -127, -121, -113, -100, -51, -43, -31, -25, -10,
    -5, 0, 14, 63, 97, 100, 185, 199, 233, 503, 511, 999, 1007, 1282, 2400,
    2412, 2472, 2484, 3846, 4915, 4995, 5075, 5925, 5935, 5955, 5999, 7115,
    7125, 65533, 65535, 16777213, 2 ** 28 - 1, 2 ** 31 - 1,
    2 ** 32 - 1, 2 ** 36 - 1, 3600000,
    10 ** 12, 10 ** 13) for d in (-1, 0, 1)]

RADIOS = ["gsm", "wcdma", "lte", "nr", "Umts", "LTE-M", "cdma", "wifi"]

NAMES = ["x", "x_nomap", "_OptOut", "nomap", "x_nomap_x",
         "_no_nomap\t", "_opt_out"]

# One more network than are known, in different spellings; and no networks.
MACS = ["a82067000009", "A8:20:67:00:00:09", "a8-20-67-00-00-09",
        "A820.6700.0009", "000000000000", "FF:FF:FF:FF:FF:FF",
        "01005e901000", "a8206700000", "a8206700000900", "g82067000009",
        " a82067000009", "a8 20 67 00 00 09", "a82067000109",
        "02:00:00:00:00:00", "00005e000101", "00005e005301", "0007b4000102"]

LONG = {
    "bluetoothBeacons": [{"macAddress": "200000000001"},
                         {"macAddress": "200000000002"}],
    "cellTowers": [{"radioType": "lte", "mobileCountryCode": 262,
                    "mobileNetworkCode": 2, "locationAreaCode": 5,
                    "cellId": 77}],
    "wifiAccessPoints": [{"macAddress": locate_oracle.KNOWN[0]},
                         {"macAddress": locate_oracle.KNOWN[1]},
                         {"macAddress": MACS[0]}]}
SHORT = {
    "blue": [{"key": "200000000001"}, {"key": "200000000002"}],
    "cell": [{"radio": "lte", "mcc": 262, "mnc": 2, "lac": 5, "cid": 77}],
    "wifi": [{"key": locate_oracle.KNOWN[0]},
             {"key": locate_oracle.KNOWN[1]}, {"key": MACS[0]}]}
PLACE = {"latitude": 51.5, "longitude": -0.1}
TIME = {"timestamp": 1460000000000}


class Endpoint:
    """A body it takes, and the members it knows, as paths from the body."""

    def __init__(self, body, members):
        self.body, self.members = body, members

    def put(self, path, value):
        """The body with VALUE at PATH."""
        body = copy.deepcopy(self.body)
        obj = body
        for name in path[:-1]:
            if isinstance(obj, dict):
                obj = obj.setdefault(name, {})
            else:
                obj = obj[name]
        obj[path[-1]] = value
        return body


def locate_endpoint(path):
    short = path == "/v1/search"
    schema = locate_oracle.SHORT if short else locate_oracle.LONG
    members = [("fallbacks",), ("fallbacks", "ipf"), ("fallbacks", "lacf")]
    members += [] if short else [("considerIp",)]
    for name, fields in schema.items():
        place = (name, -1) if name else ()
        members += [(name,), place] if name else []
        members += [place + (field,) for field in fields]
    return Endpoint(SHORT if short else LONG, members)


def submit_endpoint(path):
    api = submit_oracle.Api(path)
    item = ("items", 0)
    place = {api.name(name): value for name, value in PLACE.items()}
    base = (SHORT if api.short else LONG | TIME) | (
        place if api.flat else {"position": place})
    members = [("items",), item]
    members += [item + (api.name(name),) for name in
                [*api.home, "radioType", "timestamp", *api.lists]]
    for name in api.lists:
        entry = item + (api.name(name), -1)
        fields = [*submit_oracle.LISTS[name]]
        fields += locate_oracle.NEW if name == "cellTowers" else []
        members += [entry] + [entry + (api.name(field),) for field in fields]
    for name in ("optOut", "optOutName"):
        members += [item + (name,), item + (name, "wifi"),
                    item + (name, "blue")]
    where = item if api.flat else item + ("position",)
    members += [] if api.flat else [where]
    members += [where + (api.name(name),) for name in api.position]
    return Endpoint({"items": [base]}, members)


def table(endpoint):
    """Every value for every member, and as the body."""
    for value in VALUES:
        yield value
        for path in endpoint.members:
            yield json.dumps(endpoint.put(path, HERE)).replace(
                json.dumps(HERE), value)


def edges(endpoint):
    """Every number of EDGES for every member of a network, in one list; of
    a cell for every radio."""
    for path in endpoint.members:
        if len(path) != 3 or path[1] != -1:
            continue
        name, _, member = path
        old = endpoint.body[name][-1]
        is_cell = "cell" in name
        radio = "radioType" if "radioType" in old else "radio"
        mac = "macAddress" if "macAddress" in old else "key"
        cid = "cellId" if "cellId" in old else "cid"
        for word in RADIOS if is_cell else [None]:
            body = copy.deepcopy(endpoint.body)
            for i, edge in enumerate(EDGES):
                own = {radio: word, cid: 1000 + i} if is_cell else \
                    {mac: f"a9{i:010x}"}
                body[name].append(old | own | {member: edge})
            yield json.dumps(body)


def vary(rng, body, path):
    """Do something at PATH to BODY."""
    obj = body
    for name in path[:-1]:
        if name == -1 and obj and rng.random() < 0.3:
            obj.append(copy.copy(obj[-1]))
        obj = obj.setdefault(name, {}) if isinstance(obj, dict) else \
            obj[name]
        if not isinstance(obj, (dict, list)):
            return          # what was put here before
    if path[-1] == -1:
        obj.append(copy.deepcopy(obj[-1]))
    elif path[-1] in ("macAddress", "key"):
        obj[path[-1]] = rng.choice(MACS)
    elif path[-1] in ("ssid", "name"):
        obj[path[-1]] = rng.choice(NAMES)
    elif path[-1] in ("radioType", "radio"):
        obj[path[-1]] = rng.choice(RADIOS)
    elif rng.random() < 0.1:
        obj.pop(path[-1], None)
    elif rng.random() < 0.7:
        obj[path[-1]] = rng.choice(EDGES)
    else:
        obj[path[-1]] = json.loads(rng.choice(VALUES))


def made_up(rng, endpoint):
    """A body with a few members varied."""
    body = copy.deepcopy(endpoint.body)
    for _ in range(rng.randint(1, 6)):
        try:
            vary(rng, body, rng.choice(endpoint.members))
        except (AttributeError, IndexError, TypeError):
            pass        # what it goes through is no object any more
    return json.dumps(body, ensure_ascii=rng.random() < 0.5)


def broken(rng, endpoint):
    """A body with a few bytes changed."""
    data = bytearray(made_up(rng, endpoint).encode(
        "utf-8", "surrogatepass"))
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(data))
        change = rng.choice([b"", b'"', b"{", b"}", b"[", b"]", b",", b":",
                             b"\\", b"0", b"-", b".", b" ", b"\n", b"n",
                             b"\0", b"\xe9", b"\xc3\xa9", b"\x1f"])
        data[at:at + rng.randint(0, 1)] = change
    return bytes(data)


def generate(endpoint, rng, n):
    """The tables, then N bodies made up and as many broken."""
    for text in itertools.chain(table(endpoint), edges(endpoint)):
        yield text.encode()
    for _ in range(n):
        yield made_up(rng, endpoint).encode("utf-8", "surrogatepass")
        yield broken(rng, endpoint)
