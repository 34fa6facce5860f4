# SPDX-License-Identifier: ISC
"""Keys, addresses and bodies: /v1/geolocate, /v1/country, /v1/search,
/v1/transfer, the load balancer's check, and paths that are none of these."""
import gzip

from example import (
    Example as E, GZIP, HERE, HERE_IPF, HTML, LIMIT, LONDON, NO_KEY,
    NO_MAPPING, NO_PAGE, PARSE_ERROR, at, cell, cells, get, post, refused,
    region, undecodable, wifis, zipped)
from replies import NOT_FOUND
import wire

GEO = "/v1/geolocate?key=test"
COUNTRY = "/v1/country?key=test"
SEARCH = "/v1/search?key=test"
TRANSFER = "/v1/transfer?key=test"

GB = region("GB", "United Kingdom")
DE = region("DE", "Germany")
HEAD = {"content-length": "67", "content-type": "application/json"}
PLAIN = {"content-type": "text/plain; charset=UTF-8"}
UNKNOWN_WIFIS = wifis("a82067000091", "a82067000092")
UNKNOWN_CELL = cells(cell("lte", 234, 30, 900, 9))


def address(text):
    return ("X-Forwarded-For", text)


def method(name, target):
    return wire.request(name, target, None, [LONDON])


def not_allowed(name):
    return 405, ("405 Method Not Allowed\n\n"
                 f"The method {name} is not allowed for this resource. "
                 "\n\n\n")


def lte(mcc):
    return cells(cell("lte", mcc, 1, 1, 1))


NO_RADIO = "is not one of gsm, cdma, wcdma, lte"

TABLE = [
    E("E1", get(GEO, LONDON), HERE, {"content-length": "67"}),
    E("E1 no body", post(GEO, b"", LONDON), HERE),
    E("E1 {}", post(GEO, {}, LONDON), HERE),
    E("E1 unknown member", post(GEO, {"invalid": 0}, LONDON), HERE),
    E("E1 others", post(GEO, {"carrier": "T", "homeMobileNetworkCode": "1",
                              "radioType": "gsm", "extra": [1]}, LONDON),
      HERE),
    E("E1 HEAD", method("HEAD", GEO), (200, ""), HEAD),
    E("E1 gzip", zipped(GEO, b"{}", LONDON), HERE),
    E("E1 path with escapes", get("/v1%2Fgeolocat%65?key=test", LONDON),
      HERE),
    E("E2", get(GEO), NOT_FOUND, {"content-length": "122"}),
    *(E(f"E2 {text}", get(GEO, address(text)), NOT_FOUND)
      for text in ("junk", "127.0.0.1", "067.043.156.1", "", " ", ",")),
    E("E3 first of two", get(GEO, address("81.2.69.192, 10.0.0.1")), HERE),
    E("E3 mapped", get(GEO, address("::ffff:81.2.69.192")), HERE),
    E("E3 a large region", get(GEO, address("67.43.156.1")),
      at(27.5, 90.5, 190000.0)),
    E("E3 IPv6", get(GEO, address("2a02:ffc0::")),
      at(36.13333, -5.35, 3000.0)),
    *(E(f"E4 {query}", get("/v1/geolocate" + query, LONDON), NO_KEY,
        {"content-length": "160"})
      for query in ("", "?key=", "?key=abc", "?key=invalid_key",
                    "?key=abcdefg", "?key=nolocate", "?Key=test",
                    "?key=TEST", "?key=test%0a", "?key=test%00",
                    "?key=+test", "?key=test&x=%ff")),
    E("E4 before the body is read", post("/v1/geolocate", "{"), NO_KEY),
    E("E5 the last key counts", get("/v1/geolocate?key=abcdefg&key=test",
                                    LONDON), HERE),
    E("E5 the last key is wrong", get("/v1/geolocate?key=test&key=abcdefg",
                                      LONDON), NO_KEY),
    *(E(f"E5 {query}", get("/v1/geolocate" + query, LONDON), HERE)
      for query in ("?key=locate", "?%6bey=test&a=b", "?x&key=test&")),
    E("E6 first", get("/v1/geolocate?key=limited", LONDON), HERE),
    E("E6 second", get("/v1/geolocate?key=limited", LONDON), HERE),
    E("E6 third", get("/v1/geolocate?key=limited", LONDON), LIMIT),
    *(E(f"E6 {nth} report", post("/v2/geosubmit?key=limited",
                                 {"items": []}), (200, "{}"))
      for nth in ("first", "second")),
    *(E(f"E6 {nth} region", get("/v1/country?key=limited", LONDON), GB)
      for nth in ("first", "second", "third")),
    E("E7", post(GEO, [1]), refused({"": f'"[1]" {NO_MAPPING}'})),
    *(E(f"E7 {text}", post(GEO, text),
        refused({"": f'"{shown}" {NO_MAPPING}'}))
      for text, shown in (("null", "None"), ('"x"', "x"), ("1.50", "1.5"),
                          ("NaN", "nan"), ("true", "True"))),
    E("E8 no ASCII", post(GEO, b"\xc2\xae"), undecodable(
        "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')")),
    E("E8 no UTF-8", post(GEO, b"\xae"), undecodable(
        "'utf-8' codec can't decode byte 0xae in position 0: invalid start "
        "byte")),
    E("E8 cut off", post(GEO, "{"), undecodable(
        "JSONDecodeError('Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)')")),
    E("E8 blanks", post(GEO, " \n"), undecodable(
        "JSONDecodeError('Expecting value: line 2 column 1 (char 2)')")),
    E("E8 byte order mark", post(GEO, b"\xef\xbb\xbf{}"), undecodable(
        "JSONDecodeError('Unexpected UTF-8 BOM (decode using utf-8-sig): "
        "line 1 column 1 (char 0)')")),
    E("E9", post(GEO, cells(
        {"mobileCountryCode": "ab"}, {"cellId": "x", "age": {"a": 1}},
        wifiAccessPoints=[{"macAddress": 1}]), LONDON), refused({
            "cellTowers.0.mobileCountryCode": '"ab" is not a number',
            "cellTowers.1.cellId": '"x" is not a number',
            "cellTowers.1.age": "\"{'a': 1}\" is not a number",
            "wifiAccessPoints.0.macAddress":
            "1 is not a string: {'macAddress': ''}"}),
      lenient={"reply": HERE}),
    E("E10", post(GEO, cells({"radioType": "umts"}), LONDON),
      refused({"cellTowers.0.radioType": f'"umts" {NO_RADIO}'}),
      lenient={"reply": HERE}),
    E("E10 capitals", post(GEO, cells({"radioType": "LTE"}), LONDON),
      refused({"cellTowers.0.radioType": f'"LTE" {NO_RADIO}'}),
      lenient={"reply": HERE}),
    E("E10 nr", post(GEO, cells({"radioType": "nr"}), LONDON),
      refused({"cellTowers.0.radioType": f'"nr" {NO_RADIO}'}),
      lenient={"reply": HERE}),
    E("E11 no list", post(GEO, {"wifiAccessPoints": None}, LONDON),
      refused({"wifiAccessPoints": '"None" is not iterable'})),
    E("E11 no object", post(GEO, {"fallbacks": None}, LONDON),
      refused({"fallbacks": f'"None" {NO_MAPPING}'})),
    E("E11 no entry", post(GEO, {"wifiAccessPoints": [None]}, LONDON),
      refused({"wifiAccessPoints.0": f'"None" {NO_MAPPING}'}),
      lenient={"reply": HERE}),
    *(E(f"E12 {body}", post(GEO, body, LONDON), NOT_FOUND)
      for body in ('{"considerIp": false}', '{"considerIp": "false"}',
                   '{"fallbacks": {"ipf": 0}}')),
    *(E(f"E12 {body}", post(GEO, body, LONDON), HERE)
      for body in ('{"considerIp": false, "fallbacks": {}}',
                   '{"considerIp": null}')),
    E("E13", post(GEO, wifis("a82067000001"), LONDON), HERE),
    E("E14", post(GEO, UNKNOWN_WIFIS, LONDON), HERE_IPF),
    E("E14 no address", post(GEO, UNKNOWN_WIFIS), NOT_FOUND),
    E("E15", post(GEO, UNKNOWN_CELL, LONDON), HERE_IPF),
    E("E15 considerIp", post(GEO, UNKNOWN_CELL | {"considerIp": False},
                             LONDON), NOT_FOUND),
    E("E16 cut off", post(GEO, gzip.compress(b"{}")[:-2], GZIP), undecodable(
        "GZIPDecodeError(\"EOFError('Compressed file ended before the "
        "end-of-stream marker was reached')\")")),
    E("E16 not packed", post(GEO, {}, GZIP), undecodable(
        "GZIPDecodeError(\"BadGzipFile('Not a gzipped file')\")")),
    *(E(f"E16 {token}", post(GEO, gzip.compress(b"{}"), LONDON,
                             ("Content-Encoding", token)), HERE)
      for token in ("GZIP", "x-gzip")),
    E("E16 followed by something else", post(
        GEO, gzip.compress(b"{}") + b"more", GZIP), undecodable(
            "GZIPDecodeError(\"BadGzipFile('Not a gzipped file')\")")),
    E("E16 two members and NULs", post(
        GEO, gzip.compress(b"{") + gzip.compress(b"}") + bytes(100), GZIP,
        LONDON), HERE),
    E("E16 nothing packed", zipped(GEO, b"", LONDON), HERE),
    E("E16 nothing at all", post(GEO, b"", GZIP, LONDON), HERE),
    E("E16 not encoded", post(GEO, {}, ("Content-Encoding", "identity"),
                              LONDON), HERE),
    E("E18", method("OPTIONS", "/v1/geolocate"), (200, ""), {
        "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
        "access-control-allow-headers": "Content-Type, Content-Encoding"}),
    *(E(f"E18 {name}", method(name, GEO), not_allowed(name),
        PLAIN | {"allow": "GET, HEAD, POST, OPTIONS"})
      for name in ("PUT", "DELETE", "PATCH")),
    *(E(f"E18 {name} heartbeat", method(name, "/__lbheartbeat__"),
        not_allowed(name), PLAIN | {"allow": "GET, HEAD, POST"})
      for name in ("PUT", "DELETE", "PATCH", "OPTIONS")),
    E("E19", post(COUNTRY, {}, LONDON), GB),
    E("E19 no body", get(COUNTRY, LONDON), GB),
    E("E19 considerIp", post(COUNTRY, {"considerIp": False}, LONDON),
      NOT_FOUND),
    E("E19 no address", post(COUNTRY, {}), NOT_FOUND),
    *(E(f"E19 {query}", post("/v1/country" + query, {}, LONDON), NO_KEY)
      for query in ("", "?key=abcdefg", "?key=noregion")),
    E("E20", post(COUNTRY, lte(262)), DE),
    E("E20 address", post(COUNTRY, lte(262), LONDON), DE),
    E("E21", post(COUNTRY, lte(310), LONDON),
      region("GB", "United Kingdom", "ipf")),
    E("E21 no address", post(COUNTRY, lte(310)),
      region("US", "United States")),
    E("E21 no ASCII", post(COUNTRY, lte(612)),
      region("CI", "C\u00f4te d\u2019Ivoire")),
    *(E(f"E21 MCC {mcc}", post(COUNTRY, lte(mcc)), NOT_FOUND)
      for mcc in (553, 901, 0, 1000)),
    E("E37", post(SEARCH, {"radio": "umts", "cell": [
        {"mcc": 234, "mnc": 30, "lac": 5, "cid": 6, "asu": 26}]}),
      (200, '{"status": "ok", "lat": 51.5, "lon": -0.1, "accuracy": '
       '1000.0}')),
    E("E37 wifi", post(SEARCH, {"wifi": [{"key": "a8:20:67:00:00:01"},
                                         {"key": "a8:20:67:00:00:02"}]}),
      (200, '{"status": "ok", "lat": 51.50005, "lon": -0.1, "accuracy": '
       '10.0}')),
    E("E37 unknown", post(SEARCH, {"radio": "gsm", "cell": [
        {"mcc": 234, "mnc": 30, "lac": 5, "cid": 6}]}),
      (200, '{"status":"not_found"}')),
    E("E37 other words", post(SEARCH, UNKNOWN_CELL),
      (200, '{"status":"not_found"}')),
    E("E37 a bad field", post(SEARCH, {"cell": [
        {"mcc": "a", "mnc": 2, "lac": 3, "cid": 4}]}), PARSE_ERROR,
      lenient={"reply": (200, '{"status":"not_found"}')}),
    E("E37 no key", post("/v1/search", {}), NO_KEY),
    *(E(f"E38 {body}", post(TRANSFER, body), (200, "{}"))
      for body in ('{"items":[{}]}', '{"items":[]}', '{"items":[{"a":1}]}')),
    E("E38 gzip", zipped(TRANSFER, b'{"items":[{}]}'), (200, "{}")),
    *(E(f"E38 {body}", post(TRANSFER, body), PARSE_ERROR)
      for body in ("", "{}", "[]", "{", '{"items":{}}')),
    E("E38 no body", get(TRANSFER), PARSE_ERROR),
    E("E38 no key", post("/v1/transfer", {"items": []}), NO_KEY),
    *(E(f"E39 {path}", get(path), NO_PAGE,
        HTML | {"content-length": "22"})
      for path in ("/nobody-is-home", "/", "/v1/geolocate/",
                   "//v1/geolocate", "/v1/geolocate%2F", "/V1/geolocate",
                   "/__monitor__", "/%ff", "/v1/geolocate%00",
                   "/v1/geolocate%00x")),
    *(E(f"load balancer {name}", wire.request(
        name, "/__lbheartbeat__", b"x" if name == "POST" else None),
        (200, "" if name == "HEAD" else '{"status": "OK"}'),
        HEAD | {"content-length": "16"}) for name in ("GET", "HEAD", "POST")),
]
