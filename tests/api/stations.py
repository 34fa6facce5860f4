#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Write SQL that makes the stations of the examples.

Days count back from today.  last_seen of stations seen "today" is tomorrow,
so that midnight changes nothing.
"""
import typing

RADIOS = {"gsm": 0, "wcdma": 2, "lte": 3, "nr": 4}
NEVER = None
TODAY = -1


class Station(typing.NamedTuple):
    net: str            # "wifi MAC", "blue MAC", "RADIO-MCC-MNC-LAC[-CID]"
    lat: float
    lon: float
    radius: int = 10
    samples: int = 10   # of areas: cells
    created: int = 30
    seen: typing.Optional[int] = TODAY
    blocked: typing.Optional[int] = NEVER
    blocks: int = 0
    region: str = "GB"


STATIONS = [
    Station("wifi a82067000001", 51.5, -0.1),
    Station("wifi a82067000002", 51.5001, -0.1),
    Station("wifi a82067000003", 51.5002, -0.1001),
    Station("wifi a82067000004", 52.5, -0.1),
    Station("wifi a82067000005", 51.5, -0.1, blocked=0, blocks=1),
    Station("wifi a82067000006", 51.5, -0.1, created=120, blocked=10,
            blocks=4),
    Station("wifi a82067000007", 51.5, -0.1, created=120, blocked=10,
            blocks=3),
    Station("wifi a82067000008", 51.5003, -0.1002, seen=3),
    Station("wifi a820670000d2", 51.5001, -0.1001),
    Station("blue b82067000001", 51.5, -0.1),
    Station("blue b82067000002", 51.50005, -0.1),
    Station("blue b82067000003", 51.51, -0.1),
    Station("blue b82067000004", 51.50005, -0.1, seen=3),
    Station("lte-234-30-100-1001", 51.5, -0.1, 800),
    Station("lte-234-30-100-1002", 51.51, -0.1, 800),
    Station("lte-234-30-100-1004", 51.52, -0.13, 800, 100),
    Station("lte-234-30-101-1003", 51.52, -0.1, 800),
    Station("wcdma-234-30-8-70000", 51.5, -0.12, 90000),
    Station("wcdma-234-30-5-6", 51.5, -0.1, 800),
    Station("nr-234-30-70000-68719476735", 51.5, -0.1, 300),
    Station("nr-234-30-70000", 51.5, -0.1, 9000),
    Station("lte-234-30-100", 51.505, -0.1, 25000),
    Station("lte-234-30-200", 51.6, -0.2, 70000),
    Station("gsm-234-30-300", 51.6, -0.2, 900000),
    # L4e, L4g, L4h: by their scores
    Station("wifi e00000000001", 51.5, -0.1, samples=2),
    Station("wifi e00000000002", 51.501, -0.101, samples=2),
    Station("wifi e00000000003", 51.5002, -0.1023, samples=4),
    Station("wifi f00000000001", 51.5, -0.1, 10, 1, 1, 0),
    Station("wifi f00000000002", 51.5001, -0.09988, 10, 1, 1, 0),
    Station("wifi f00000000003", 51.5002, -0.09976, 10, 1, 1, 0),
    Station("wifi f00000000004", 51.5003, -0.09964, 10, 1, 1, 0),
    Station("wifi 900000000001", -33.86, 151.2, samples=4),
    Station("wifi 900000000002", -33.8603, 151.2007, samples=4),
    Station("wifi 900000000003", -33.8591, 151.2004, samples=4),
    Station("wifi 900000000004", -33.8607, 151.1991, samples=4),
    Station("wifi 900000000005", -33.8612, 151.2012, 10, 1, 1, 0),
    Station("wifi 800000000001", 48.85, 2.35),
    Station("wifi 800000000002", 48.8504, 2.3507, samples=100),
    Station("wifi 800000000003", 48.8497, 2.3511, samples=1),
    Station("wifi 800000000004", 48.8501, 2.3493, samples=1024),
    # L12, L16
    Station("wifi 700000000001", 51.5, -0.1, 10, 1, 1, 0),
    Station("wifi 700000000002", 51.5001, -0.1, 10, 1, 1, 0),
    Station("gsm-208-1-1-1", 48.85, 2.35, 30000, 100),
    Station("wifi 600000000001", 48.85, 2.35, samples=1000),
    Station("wifi 600000000002", 48.8501, 2.3501, samples=1000),
    # upstream's fixtures
    Station("blue 500000000001", 51.5, -0.1, samples=1),
    Station("blue 500000000002", 51.50001, -0.1, samples=1),
    Station("blue 500000000003", 51.50002, -0.1, samples=1),
    Station("wifi 500000000001", 51.5, -0.1, samples=1),
    Station("wifi 500000000002", 51.50001, -0.1, samples=1),
    Station("wifi 500000000003", 51.50002, -0.1, samples=1),
    Station("wifi 500000000004", 52.5, -0.1, samples=1),
    Station("wifi 500000000050", 51.5, -0.1, samples=50),
    Station("wifi 500000000100", 51.5, -0.09999, samples=100),
    Station("blue 500000000050", 51.5, -0.1, samples=50),
    Station("blue 500000000100", 51.5, -0.09999, samples=100),
    # what generated bodies ask for
    Station("wifi 300000000001", 51.5, -0.1, seen=NEVER),
    Station("wifi 300000000002", 51.5001, -0.1, seen=NEVER),
    # regions
    Station("wifi 400000000001", 40.7, -74, samples=1024, region="US"),
    Station("wifi 400000000002", 40.7, -74, samples=1024, region="US"),
    Station("wifi 400000000003", 48.2, 16.4, region="AT"),
    Station("lte-234-30-102", 49.2, -2.1, 9000, 9, region="JE"),
    Station("lte-310-1-1-1", 51.5, -0.1, 800, 100),
    Station("lte-311-1-1-1", 51.5, -0.1, 800, 100),
]


def key(net):
    """The table of NET and its columns of identity."""
    if net[4] == " ":
        return f"{net[:4]}_shard_{net[9]}", {"mac": f"x'{net[5:]}'"}
    radio, *numbers = net.split("-")
    numbers = [RADIOS[radio], *map(int, numbers)]
    columns = dict(zip(["radio", "mcc", "mnc", "lac", "cid"], numbers))
    sizes = (1, 2, 2, 3, 5) if radio == "nr" else (1, 2, 2, 2, 4)
    data = b"".join(n.to_bytes(size, "big")
                    for n, size in zip(numbers, sizes))
    if len(numbers) == 4:
        columns["areaid"] = f"x'{data.hex()}'"
        return "cell_area_nr" if radio == "nr" else "cell_area", columns
    columns["cellid"] = f"x'{data.hex()}'"
    return f"cell_{radio}", columns


def day(n):
    return "NULL" if n is NEVER else f"UTC_DATE() - INTERVAL {n} DAY"


def insert(s):
    table, columns = key(s.net)
    columns |= {
        "lat": s.lat, "lon": s.lon, "radius": s.radius,
        "region": f"'{s.region}'",
        "created": f"UTC_TIMESTAMP() - INTERVAL {s.created} DAY",
        "modified": "UTC_TIMESTAMP()", "last_seen": day(s.seen)}
    if table.startswith("cell_area"):
        columns["num_cells"] = s.samples
    else:
        columns |= {"samples": s.samples, "block_last": day(s.blocked),
                    "block_count": s.blocks or "NULL"}
    return (f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
            f"({', '.join(map(str, columns.values()))});")


if __name__ == "__main__":
    print("\n".join(map(insert, STATIONS)))
