# SPDX-License-Identifier: ISC
"""Reports: /v2/geosubmit, /v1/geosubmit, /v1/submit."""
import gzip
import json

from example import (
    Example as E, GZIP, NO_MAPPING, PARSE_ERROR, cell, get, post, refused,
    undecodable, zipped)

V2 = "/v2/geosubmit?key=test"
V1 = "/v1/geosubmit?key=test"
SHORT = "/v1/submit?key=test"
OK = (200, "{}")
NO_CONTENT = (204, "")
STAMP = 1460000000000
MAC = "01:23:45:67:89:ab"
NO_LISTS = {"bluetoothBeacons": [], "wifiAccessPoints": [], "cellTowers": []}


def items(*reports):
    return {"items": reports}


def stamped(stamp):
    return items({"timestamp": stamp, "cellTowers": [{}]})


def timed(time):
    return items({"time": time, "cell": [{}]})


def left(key="test", stamp=STAMP, position=None, **lists):
    """What a report of geosubmit leaves."""
    return [(key, json.dumps({"timestamp": stamp} | NO_LISTS | lists | {
        "position": position}))]


def left_short(stamp, cell=None, position=None):
    """The same of /v1/submit."""
    report = {"timestamp": stamp, "bluetoothBeacons": [],
              "cellTowers": [cell or {}], "wifiAccessPoints": []}
    return [("test", json.dumps(
        report | ({"position": position} if position else {})))]


def charset(name):
    return ("Content-Type", f"application/json; charset={name}")


LATIN1 = '{"comment": "R\xe9sum\xe9 from 1990", "items": []}'.encode("latin1")
CELL = cell("gsm", 234, 30, 1, 2)
POSITION = {"latitude": 51.5, "longitude": -0.1}
E25 = {"timestamp": STAMP, "wifiAccessPoints": [
    {"macAddress": "01", "signalStrength": -500, "foo": 1, "radioType": "x",
     "ssid": ""}],
    "position": {"latitude": "51.5", "longitude": 999,
                 "accuracy": float("nan"), "source": "gps", "age": "1000",
                 "heading": None}}
E25_WIFIS = [{"macAddress": "01", "radioType": "x", "signalStrength": -500}]
E25_PLACE = {"latitude": 51.5, "longitude": 999.0, "age": 1000}
E26 = {"timestamp": "1460000000000", "radioType": "LTE", "cellTowers": [
    {"radioType": "nr"}, {"radioType": "gsm"}, {"radioType": None}]}
E28 = items({"cellTowers": [{}]},
            {"timestamp": STAMP, "wifiAccessPoints": [
                {"macAddress": 10}, {"macAddress": MAC}]})

TABLE = [
    E("E17", post(V2, LATIN1, charset("utf-8")), undecodable(
        "'utf-8' codec can't decode byte 0xe9 in position 14: invalid "
        "continuation byte")),
    *(E(f"E17 {name}", post(V2, LATIN1, charset(name)), OK)
      for name in ("iso-8859-1", "ISO-8859-1", '"latin1"')),
    E("E17 us-ascii", post(V2, items(), charset("us-ascii")), OK),
    E("E17 no us-ascii", post(V2, LATIN1, charset("us-ascii")), undecodable(
        "'ascii' codec can't decode byte 0xe9 in position 14: ordinal not in "
        "range(128)")),
    *(E(f"E17 {name}", post(V2, items(), charset(name)), OK)
      for name in ("windows-1252", "klingon", "'utf-8'", "")),
    E("E22", post(V2, items({
        "timestamp": STAMP, "position": POSITION | {"accuracy": 10},
        "wifiAccessPoints": [{"macAddress": MAC, "signalStrength": -70},
                             {"signalStrength": -5}]})), OK,
      {"content-length": "2"}, left(
          position=POSITION | {"accuracy": 10.0},
          wifiAccessPoints=[{"macAddress": MAC, "signalStrength": -70}])),
    E("E22 gzip", zipped(V2, json.dumps(stamped(STAMP)).encode()), OK,
      spool=left(cellTowers=[{}])),
    E("E23", post("/v2/geosubmit?key=unknown-key", stamped(STAMP)), OK,
      spool=left("", cellTowers=[{}])),
    E("E23 no key", post("/v2/geosubmit", stamped(STAMP)), OK,
      spool=left("", cellTowers=[{}])),
    *(E(f"E24 {body}", post(V2, body), OK) for body in (
        '{"items":[]}', '{"items":[{}]}', '{"items":[{"foo":1}]}',
        '{"items":[{"wifiAccessPoints":[{"macAddress":""}]}]}')),
    E("E25", post(V2, items(E25)), OK,
      spool=left(position=E25_PLACE, wifiAccessPoints=E25_WIFIS),
      lenient={"spool": left(position=E25_PLACE | {"source": "gnss"},
                             wifiAccessPoints=E25_WIFIS)}),
    E("E26", post(V2, items(E26)), OK, spool=left(cellTowers=[
        {"radioType": "lte"}, {"radioType": "gsm"}, {"radioType": "lte"}]),
      lenient={"spool": left(cellTowers=[
          {"radioType": "nr"}, {"radioType": "gsm"},
          {"radioType": "lte"}])}),
    E("E26 umts", post(V2, items({
        "timestamp": STAMP, "radioType": "UMTS", "cellTowers": [{}]})), OK,
      spool=left(cellTowers=[{"radioType": "wcdma"}])),
    *(E(f"E27 {given}", post(V2, stamped(given)), OK,
        spool=left(stamp=kept, cellTowers=[{}]))
      for given, kept in ((10 ** 12, "NOW"), (10 ** 12 + 1, 10 ** 12 + 1),
                          (10 ** 13 - 1, 10 ** 13 - 1), (10 ** 13, "NOW"),
                          (1460000000000.9, STAMP), (0, "NOW"),
                          (-1, "NOW"), ("1460000000000", STAMP))),
    E("E27 no number", post(V2, stamped("abc")), refused(
        {"items.0.timestamp": '"abc" is not a number'}),
      lenient={"reply": OK, "spool": left(stamp="NOW", cellTowers=[{}])}),
    E("E28 no items", post(V2, {}), refused({"items": "Required"})),
    E("E28 no list", post(V2, {"items": None}),
      refused({"items": '"None" is not iterable'})),
    E("E28 no position", post(V2, items(
        {"timestamp": STAMP, "position": None, "cellTowers": [{}]})),
      refused({"items.0.position": f'"None" {NO_MAPPING}'}),
      lenient={"reply": OK, "spool": left(cellTowers=[{}])}),
    E("E28 one of many", post(V2, E28), refused({
        "items.1.wifiAccessPoints.0.macAddress":
        "10 is not a string: {'macAddress': ''}"}),
      lenient={"reply": OK, "spool": [
          *left(stamp="NOW", cellTowers=[{}]),
          *left(wifiAccessPoints=[{"macAddress": MAC}])]}),
    E("E28 no body", post(V2), PARSE_ERROR, {"content-length": "123"}),
    E("E28 GET", get(V2), PARSE_ERROR, {"content-length": "123"}),
    E("E28 nothing packed", post(V2, gzip.compress(b""), GZIP), PARSE_ERROR),
    E("E29", post(V1, items(POSITION | {
        "timestamp": STAMP, "source": "query", "cellTowers": [
            CELL | {"psc": 3, "primaryScramblingCode": 4}]})), OK,
      spool=left(cellTowers=[CELL | {"primaryScramblingCode": 3}],
                 position=POSITION | {"source": "query"})),
    E("E30", post(SHORT, items({
        "lat": 51.5, "lon": -0.1, "time": "2016-04-07T03:33:20Z",
        "accuracy": 10, "cell": [{"radio": "gsm", "mcc": 234, "mnc": 30,
                                  "lac": 1, "cid": 2}]})), NO_CONTENT,
      spool=left_short(STAMP, CELL, POSITION | {"accuracy": 10.0})),
    *(E(f"E31 {time!r}", post(SHORT, timed(time)), NO_CONTENT,
        spool=left_short(stamp))
      for time, stamp in (
          ("2016-04-07", 1459987200000), ("20160407", 1459987200000),
          ("2016-04", 1459468800000),
          ("2016-04-07 03:33:20.999", STAMP),
          ("2016-04-07T03:33", 1459999980000),
          ("2016-04-07T05:33:20+02:00", STAMP),
          ("junk", "NOW"), ("2016-02-31", "NOW"), ("1710-02-28", "NOW"),
          ("", "NOW"), (None, "NOW"), ("2001-09-09T01:46:40", "NOW"))),
    E("E31 a number", post(SHORT, timed(1460000000)), refused(
        {"items.0.time": "1460000000 is not a string: {'time': ''}"}),
      lenient={"reply": NO_CONTENT, "spool": left_short("NOW")}),
    *(E(f"E32 {key}", post(f"/v2/geosubmit?key={key}", stamped(STAMP)), OK)
      for key in ("none", "null")),
]
