# SPDX-License-Identifier: ISC
"""Places and regions of known networks."""
import json

from example import (
    Example as E, HERE, HERE_IPF, LONDON, Near, at, blues, cell,
    cells, post, refused, region, wifi, wifis)
from replies import NOT_FOUND

GEO = "/v1/geolocate?key=test"
COUNTRY = "/v1/country?key=test"
W1, W2, W3, W4, W5, W6, W7, W8 = (f"a8206700000{i}" for i in range(1, 9))
D2 = "a820670000d2"
B1, B2, B3, B4 = (f"b8206700000{i}" for i in range(1, 5))
C1 = cell("lte", 234, 30, 100, 1001)
C2 = cell("lte", 234, 30, 100, 1002)
C3 = cell("lte", 234, 30, 101, 1003)
C_FAR = cell("lte", 234, 30, 100, 1004)
UNKNOWN = cell("lte", 234, 30, 100, 9999)
AREA = cell("lte", 234, 30, 100)
NR = cell("nr", 234, 30, 70000)
L16 = W1, D2, "600000000001", "600000000002"
OUTLIER = [f"50000000000{i}" for i in (1, 2, 3, 4)]
NO_AREAS = {"fallbacks": {"lacf": False}}


def l15(second):
    return wifis(W1, W2, **blues({"macAddress": B1, "age": 0, "name": "x"},
                                 wifi(second, 0)),
                 **cells(C1 | {"age": -100, "psc": 3, "timingAdvance": 5}))


L15, L15_OTHER = l15(B2), l15(B4)


def ask(body, *headers):
    return post(GEO, body, *headers)


def left(place, **lists):
    """What a query that is answered with PLACE leaves."""
    answer = json.loads(place[1])
    report = {name: lists[name] for name in (
        "bluetoothBeacons", "cellTowers", "wifiAccessPoints")
        if name in lists}
    report["fallbacks"] = {"ipf": True, "lacf": True}
    report["position"] = {
        "latitude": answer["location"]["lat"],
        "longitude": answer["location"]["lng"],
        "accuracy": answer["accuracy"], "source": "query"}
    return [("test", json.dumps(report))]


L2 = at(51.50015, -0.1001, 18.0757129)
L5 = at(51.5001, -0.1000333, 11.9818268)
NO_AREA = at(51.505, -0.1, 50000.0, "lacf")

# In a cluster spread in two dimensions, answers are those of Ichnaea's solver.
L4 = [
    ("L4b", [wifi(W1, -60), wifi(D2, -80)],
     at(51.5000252, -0.1000249, 10.0)),
    ("L4c", [wifi(W1, -60, 500), wifi(D2, -60, 8000)],
     (200, Near(51.500021, -0.1000204, 10.004546, 0.0005))),
    ("L4d", [wifi(W1, -60, -8000), wifi(D2, -60, 0)],
     at(51.500079, -0.1000791, 10.0)),
    ("L4e", [wifi("e00000000001", -60), wifi("e00000000002", -80),
             wifi("e00000000003", -90)],
     (200, Near(51.5002349, -0.1005091, 121.15, 0.005))),
    ("L4f", [wifi("f00000000001", -10, 1000), wifi("f00000000002", -40, 8000),
             wifi("f00000000003", -70, 16000),
             wifi("f00000000004", -100, 1000)],
     (200, Near(51.5000009, -0.0999994, 39.51, 0.01))),
    ("L4g", [wifi("900000000001", -70), wifi("900000000002", -71),
             wifi("900000000003", -72, 5000), wifi("900000000004", -90),
             wifi("900000000005", -45)],
     (200, Near(-33.8608493, 151.2008808, 192.3728, 0.00005))),
    ("L4h", [wifi("800000000001", -55), wifi("800000000002", -55, 8000),
             wifi("800000000003", -75), wifi("800000000004", -90, 32000)],
     (200, Near(48.8500094, 2.3503145, 73.9366, 0.0001))),
]

# Queries for a region, and its code and name, at no address.
REGIONS = [
    ("two wifis", wifis(W1, W4), "GB", "United Kingdom"),
    ("MCC 262", cells(cell("lte", 262, 1, 1, 1)), "DE", "Germany"),
    ("MCC 310", cells(cell("lte", 310, 9, 1, 1)), "US", "United States"),
    ("a known area", cells(AREA), "GB", "United Kingdom"),
    ("MCC 234", cells(cell("lte", 234, 30, 9)), "GB", "United Kingdom"),
    ("another known area", cells(cell("lte", 234, 30, 102)), "JE", "Jersey"),
    ("MCC 208 and 222", cells(cell("lte", 208, 9, 1, 1),
                              cell("lte", 222, 9, 1, 1)), "FR", "France"),
    *((f"MCC {mcc}", cells(cell("lte", mcc, 1, 1, 1)), code, name)
      for mcc, code, name in (
          (425, "IL", "Israel"), (362, "CW", "Cura\u00e7ao"),
          (647, "TF", "French Southern and Antarctic Lands"),
          (340, "GF", "French Guiana"), (338, "JM", "Jamaica"),
          (604, "MA", "Morocco"), (505, "AU", "Australia"))),
    ("one of two wifis is known", wifis("400000000003", "400000000009"),
     "AT", "Austria"),
]

TABLE = [
    E("L1", ask(wifis(W1, W2)), at(51.50005, -0.1, 10.0)),
    E("L2", ask(wifis(W1, W8)), L2,
      spool=left(L2, wifiAccessPoints=[wifi(W1), wifi(W8)])),
    E("L3", ask(wifis(W1)), NOT_FOUND),
    E("L3 and an unknown one", ask(wifis(W1, "a82067777777")), NOT_FOUND),
    E("L3 twice", ask(wifis(W1, "A8:20:67:00:00:01")), NOT_FOUND),
    E("L3 and nobody's", ask(wifis(
        W1, "000000000000", "ffffffffffff", "01005e901000",
        "zz2067000002")), NOT_FOUND),
    E("L4a", ask(wifis(wifi(W1, -60), wifi(W2, -80))),
      at(51.500036, -0.1, 10.0)),
    *(E(name, ask(wifis(*heard)), solver) for name, heard, solver in L4),
    E("L5", ask(wifis(W1, W2, W3, W4)), L5, spool=left(
        L5, wifiAccessPoints=[wifi(W1), wifi(W2), wifi(W3), wifi(W4)])),
    E("L6 blocked yesterday", ask(wifis(W1, W5)), NOT_FOUND),
    E("L6 blocked often", ask(wifis(W1, W6)), NOT_FOUND),
    E("L6 not often enough", ask(wifis(W1, W7)), at(51.5, -0.1, 10.0)),
    E("L7", ask(blues(B1, B2)), at(51.500025, -0.1, 10.0)),
    E("L7 far apart", ask(blues(B1, B3)), NOT_FOUND),
    E("L8", ask(cells(C1)), at(51.5, -0.1, 1000.0)),
    E("L8 without areas", ask(cells(C1, **NO_AREAS)),
      at(51.5, -0.1, 1000.0)),
    E("L9", ask(cells(C1 | {"signalStrength": -80},
                      C2 | {"signalStrength": -100})),
      at(51.5039024, -0.1, 1000.0)),
    E("L9b", ask(cells(C1, C_FAR)), at(51.5133333, -0.12, 1981.14686)),
    E("L10", ask(cells(C1, C3)), at(51.5, -0.1, 1000.0), spool=left(
        at(51.5, -0.1, 1000.0), cellTowers=[C1, C3])),
    E("L11", ask(cells(cell("gsm", 234, 30, 8, 70000))),
      at(51.5, -0.12, 50000.0)),
    E("L12", ask(cells(cell("gsm", 208, 1, 1, 1), **wifis(
        "700000000001", "700000000002"))), at(48.85, 2.35, 30000.0)),
    E("L13", ask(cells(UNKNOWN)), NO_AREA,
      spool=left(NO_AREA, cellTowers=[UNKNOWN])),
    E("L13 larger", ask(cells(cell("lte", 234, 30, 200))),
      at(51.6, -0.2, 70000.0, "lacf")),
    E("L13 too large", ask(cells(cell("gsm", 234, 30, 300))),
      at(51.6, -0.2, 500000.0, "lacf")),
    E("L13 without areas", ask(cells(UNKNOWN, **NO_AREAS)), NOT_FOUND),
    E("L13 without areas, address", ask(cells(UNKNOWN, **NO_AREAS), LONDON),
      HERE_IPF),
    E("L14", ask(cells(AREA), LONDON), HERE_IPF),
    E("L14 without areas", ask(cells(AREA, **NO_AREAS), LONDON), HERE),
    E("L15", ask(L15, LONDON), at(51.500025, -0.1, 10.0)),
    E("L15 with a beacon not seen today", ask(L15_OTHER, LONDON),
      at(51.500025, -0.1, 10.0), spool=left(
          at(51.500025, -0.1, 10.0),
          bluetoothBeacons=L15_OTHER["bluetoothBeacons"],
          cellTowers=[C1 | {"primaryScramblingCode": 3, "age": -100,
                            "timingAdvance": 5}],
          wifiAccessPoints=[wifi(W1), wifi(W2)])),
    E("L16", ask(wifis(*L16)), at(48.85005, 2.35005, 10.0), spool=left(
        at(48.85005, 2.35005, 10.0),
        wifiAccessPoints=[wifi(mac) for mac in L16])),
    *(E(f"5G {what}", ask(cells(NR | entry)), refused(
        {"cellTowers.0.radioType": '"nr" is not one of gsm, cdma, wcdma, '
         'lte'}), lenient={"reply": place})
      for what, entry, place in (
          ("cell", {"cellId": 68719476735}, at(51.5, -0.1, 1000.0)),
          ("in Google's word", {"newRadioCellId": 68719476735},
           at(51.5, -0.1, 1000.0)),
          ("area", {}, at(51.5, -0.1, 50000.0, "lacf")))),
    E("5G by its identity only", ask(cells(
        {"newRadioCellId": 68719476735} | {
            name: value for name, value in NR.items()
            if name != "radioType"})), NOT_FOUND,
      lenient={"reply": at(51.5, -0.1, 1000.0)}),
    *(E(f"L17 {why}", ask(cells(cell(*which))), NOT_FOUND)
      for why, which in (("MCC", ("lte", 101, 30, 100, 1001)),
                         ("MNC", ("lte", 234, 1000, 100, 1001)),
                         ("LAC", ("lte", 234, 30, 65534, 1001)),
                         ("radio", ("cdma", 234, 30, 100, 1001)))),
    E("fixture: Bluetooth signals", ask(blues(
        wifi("500000000001", -50), wifi("500000000002", -150),
        wifi("500000000003"))), at(51.5000035, -0.1, 10.0)),
    E("fixture: wifi signals", ask(wifis(
        wifi("500000000001", -50), wifi("500000000002"),
        wifi("500000000003", -130))), at(51.500005, -0.1, 10.0)),
    E("fixture: wifi samples", ask(wifis(
        wifi("500000000050", -60), wifi("500000000100", -80))),
      at(51.5, -0.099996, 10.0)),
    E("fixture: Bluetooth samples", ask(blues(
        wifi("500000000050", -80), wifi("500000000100", -90))),
      at(51.5, -0.0999952, 10.0)),
    E("fixture: an outlier", ask(wifis(*OUTLIER)), at(51.50001, -0.1, 10.0),
      spool=left(at(51.50001, -0.1, 10.0),
                 wifiAccessPoints=[wifi(mac) for mac in OUTLIER])),
    *(E(f"region: {name}", post(COUNTRY, query), region(code, text))
      for name, query, code, text in REGIONS),
    E("region: MCC 310 and an address", post(
        COUNTRY, cells(cell("lte", 310, 9, 1, 1)), LONDON),
      region("GB", "United Kingdom", "ipf")),
    E("region: wifis against all others", post(COUNTRY, wifis(
        "400000000001", "400000000002", **cells(C1)), LONDON),
      region("US", "United States")),
    E("region: two cells against an address", post(COUNTRY, cells(
        cell("lte", 310, 1, 1, 1), cell("lte", 311, 1, 1, 1)), LONDON),
      region("US", "United States")),
]
