# SPDX-License-Identifier: ISC
"""What /v1/geolocate, /v1/country and /v1/search make of a body, in a world
of two wifis (KNOWN) and no address of the client: see answer()."""
import json
import re
import typing

from oracle import Faults, Unsure, boolean, parse, shown
from replies import NOT_FOUND, parse_error

KNOWN = ("300000000001", "300000000002")
LAT, LON, ACCURACY = 51.50005, -0.1, 10.0   # of who hears both

SCORE = 3.3219          # of each
REGION = "GB"

# Those that are asked for, with the regions' names and radii.
MCCS = {234: ("GB", "GG", "IM", "JE"), 262: ("DE",)}
REGIONS = {"GB": ("United Kingdom", 543), "GG": ("Guernsey", 6),
           "IM": ("Isle of Man", 26), "JE": ("Jersey", 10),
           "DE": ("Germany", 463)}



class Radio(typing.NamedTuple):
    """What a cell of it may have, from nothing or 0 or 1 to these."""
    signal: tuple
    asu: tuple
    dbm: tuple              # factor and offset, from ASU
    psc: int = 511
    ta: int = 63            # as Ichnaea had it
    long_ta: int = 63
    lac: int = 65533
    cid: int = 2 ** 28 - 1


RADIOS = {
    "gsm": Radio((-113, -51), (0, 31), (2, -113)),
    "wcdma": Radio((-121, -25), (-5, 91), (1, -116), ta=-1, long_ta=-1),
    "lte": Radio((-140, -43), (0, 97), (1, -140), 503, long_ta=1282),
    "nr": Radio((-156, -31), (0, 97), (1, -140), 1007, long_ta=3846,
                lac=16777213, cid=2 ** 36 - 1),
}
OLD_WORDS = {word: word for word in ("gsm", "cdma", "wcdma", "lte")}
UMTS = {"umts": "wcdma"}
NEW_WORDS = OLD_WORDS | UMTS | dict.fromkeys(("nr", "5g"), "nr") | \
    dict.fromkeys(("ltem", "lte-m", "catm", "catm1", "cat-m1", "nb",
                   "nbiot", "nb-iot"), "lte")
NEW = ("newRadioCellId", "pci")     # members Ichnaea did not know
NOBODY = "000000000000|ffffffffffff|01005e901000"
# Unless strict: hidden by phones; VRRP, HSRP, GLBP.
NOBODY_NEW = NOBODY + "|020000000000|00005e000[12]..|00000c07ac..|" \
    "00000c9ff...|000573a00...|0007b400...."
UNKNOWN_IDS = (2 ** 16 - 1, 2 ** 28 - 1, 2 ** 31 - 1, 2 ** 32 - 1)

# Members in the order of their faults; "" are those of the body itself.
LONG = {
    "": {"carrier": "text", "homeMobileCountryCode": "int",
         "homeMobileNetworkCode": "int", "radioType": "radio"},
    "bluetoothBeacons": {"macAddress": "text", "age": "int",
                         "signalStrength": "int", "name": "text"},
    "cellTowers": {"radioType": "radio", "mobileCountryCode": "int",
                   "mobileNetworkCode": "int", "locationAreaCode": "int",
                   "cellId": "int", "newRadioCellId": "int", "age": "int",
                   "psc": "int", "primaryScramblingCode": "int",
                   "pci": "int", "signalStrength": "int",
                   "timingAdvance": "int"},
    "wifiAccessPoints": {"macAddress": "text", "age": "int",
                         "channel": "int", "frequency": "int",
                         "signalStrength": "int",
                         "signalToNoiseRatio": "int", "ssid": "text"},
}
SHORT = {
    "": {"radio": "radio"},
    "blue": {"key": "text", "age": "int", "signal": "int", "name": "text"},
    "cell": {"radio": "radio", "mcc": "int", "mnc": "int", "lac": "int",
             "cid": "int", "newRadioCellId": "int", "age": "int",
             "psc": "int", "pci": "int", "signal": "int", "ta": "int",
             "asu": "int"},
    "wifi": {"key": "text", "age": "int", "channel": "int",
             "frequency": "int", "signal": "int",
             "signalToNoiseRatio": "int", "ssid": "text"},
}
LENGTHEN = {
    "radio": "radioType", "blue": "bluetoothBeacons", "cell": "cellTowers",
    "wifi": "wifiAccessPoints", "key": "macAddress",
    "signal": "signalStrength", "mcc": "mobileCountryCode",
    "mnc": "mobileNetworkCode", "lac": "locationAreaCode", "cid": "cellId",
    "ta": "timingAdvance",
}


def lengthen(name):
    return LENGTHEN.get(name, name)


def within(entry, name, low, high):
    """Take from ENTRY a value out of range."""
    if name in entry and not low <= entry[name] <= high:
        del entry[name]


def channel_of(mhz, strict):
    if mhz == 2484:
        return 14
    if mhz == 5935 and not strict:
        return 2
    for low, high, base in ((2412, 2472, 2407), (5075, 5925, 5000),
                            (4915, 4995, 4000)) + (
                                () if strict else ((5955, 7115, 5950),)):
        if low <= mhz <= high:
            return (mhz - base) // 5
    return None


def frequency_of(channel):
    """Below 6 GHz."""
    if channel > 199:
        return None
    if channel == 14:
        return 2484
    return 5 * channel + (2407 if channel < 14 else
                          5000 if channel < 186 else 4000)


def is_nr_cid(cid):
    """Can CID, perhaps None, be the identity of a cell of NR?"""
    return cid is not None and cid not in UNKNOWN_IDS and \
        1 <= cid <= RADIOS["nr"].cid


def address(text, strict=False):
    """The 12 digits of a MAC that can be somebody's, or None."""
    mac = re.sub("[:.-]", "", text).lower()
    if re.fullmatch("[0-9a-f]{12}", mac) and \
            not re.fullmatch(NOBODY if strict else NOBODY_NEW, mac):
        return mac
    return None


def opts_out(entry):
    """Does the name of a wifi or beacon ask to be left out?"""
    name = entry.get("ssid", entry.get("name", ""))
    return re.search("_(nomap|optout)", name, re.ASCII | re.I) is not None


class Query:
    """The networks of a body, checked and without duplicates."""

    def __init__(self, body, short, strict):
        self.strict, self.short = strict, short
        self.faults = Faults()
        self.present = set()    # members of the body that are known
        self.blue, self.cell, self.area, self.wifi = {}, {}, {}, {}
        self.fallbacks = {"ipf": True, "lacf": True}
        if isinstance(body, dict):
            self.read(body, SHORT if short else LONG)
        else:
            self.faults.add([], "object", body)
        # Unless strict, something usable must be among what is there.
        self.refused = bool(self.faults) and (
            strict or self.present <= set(self.faults))

    def read(self, body, schema):
        names = set(schema[""]) | set(schema) - {""} | {"fallbacks"}
        if not self.short:
            names.add("considerIp")
        self.present = names & set(body)
        top = self.members([], body, schema[""])
        self.radio = top.get("radioType")
        for name in schema:
            if name and name in body:
                add = self.add_cell if lengthen(name) == "cellTowers" else \
                    self.add_mac
                for i, entry in self.faults.objects([name], body[name]):
                    add(lengthen(name), self.members(
                        [name, i], entry, schema[name]))
        if "fallbacks" in body:
            self.read_fallbacks(body["fallbacks"])
        elif not self.short:
            self.flag("ipf", body.get("considerIp"))
        for macs in self.blue, self.wifi:
            if len(macs) < 2:
                macs.clear()
        if not self.fallbacks["lacf"]:
            self.area.clear()

    def members(self, path, obj, schema):
        got = {}
        for name, kind in schema.items():
            if self.strict and name in NEW:
                continue
            value = self.faults.member(path, obj, name, kind)
            if value is not None and kind == "radio":
                value = self.radio_of(path + [name], value)
            if value is not None:
                got[lengthen(name)] = value
        return got

    def radio_of(self, path, given):
        words = NEW_WORDS if not self.strict else \
            OLD_WORDS | UMTS if self.short else OLD_WORDS
        word = given if self.strict else given.lower()
        if word in words:
            return words[word]
        self.faults.add(path, None, None, f'"{shown(given)}" is not one of '
                        "gsm, cdma, wcdma, lte")
        return None

    def read_fallbacks(self, v):
        if not isinstance(v, dict):
            self.faults.add(["fallbacks"], "object", v)
            return
        for name in "ipf", "lacf":
            self.flag(name, v.get(name))

    def flag(self, name, v):
        if v is not None:
            self.fallbacks[name] = boolean(v)

    def add_mac(self, kind, entry):
        wifi = kind == "wifiAccessPoints"
        mac = address(entry.get("macAddress", ""), self.strict)
        if mac is None or (not self.strict and opts_out(entry)):
            return
        entry["macAddress"] = mac
        within(entry, "age", -3600000, 3600000)
        within(entry, "signalStrength", *((-100, -10) if wifi else (-127, 0)))
        within(entry, "signalToNoiseRatio", 1, 100)
        within(entry, "channel", 1, 199 if self.strict else 233)
        within(entry, "frequency", 2400, 5999 if self.strict else 7125)
        if "frequency" in entry and "channel" not in entry:
            if channel := channel_of(entry["frequency"], self.strict):
                entry["channel"] = channel
        elif "channel" in entry and "frequency" not in entry:
            if mhz := frequency_of(entry["channel"]):
                entry["frequency"] = mhz
        self.keep(self.wifi if wifi else self.blue, mac, entry,
                  ("signalStrength", 1), ("signalToNoiseRatio", 1),
                  ("age", -1))

    def add_cell(self, _, entry):
        nci, pci = (entry.pop(name, None) for name in NEW)
        entry.setdefault("radioType", self.radio if nci is None else "nr")
        if nci is not None and entry["radioType"] == "nr":
            if not is_nr_cid(entry.get("cellId")):
                entry.pop("cellId", None)
            entry.setdefault("cellId", nci)
        for psc in entry.pop("psc", None), pci:
            if psc is not None:
                entry.setdefault("primaryScramblingCode", psc)
        if entry.get("asu", 0) < -5 and entry.get("signalStrength", 0) >= 0:
            entry["signalStrength"] = entry.pop("asu")
        if not self.strict:
            for name, unknown in (("cellId", UNKNOWN_IDS), ("asu", (-1,)),
                                  ("locationAreaCode", (65535,))):
                if entry.get(name) in unknown:
                    del entry[name]
        if entry["radioType"] == "gsm" and entry.get("cellId", 0) > 65535:
            entry["radioType"] = "wcdma"
        mcc = entry.get("mobileCountryCode", 0)
        if 200 <= mcc < 800 and mcc not in MCCS:
            raise Unsure(f"MCC {mcc}")
        radio = RADIOS.get(entry["radioType"])
        if radio is None or mcc not in MCCS or \
                not 0 <= entry.get("mobileNetworkCode", -1) <= 999 or \
                not 1 <= entry.get("locationAreaCode", 0) <= radio.lac:
            return
        within(entry, "cellId", 1, radio.cid)
        within(entry, "age", -3600000, 3600000)
        within(entry, "primaryScramblingCode", 0, radio.psc)
        within(entry, "signalStrength", *radio.signal)
        within(entry, "timingAdvance", 0,
               radio.ta if self.strict else radio.long_ta)
        within(entry, "asu", *radio.asu)
        if "asu" in entry:
            factor, offset = radio.dbm
            entry.setdefault("signalStrength", factor * entry["asu"] + offset)
        better = (("timingAdvance", -1), ("signalStrength", 1), ("asu", 1),
                  ("age", -1))
        key = tuple(entry.get(name) for name in (
            "radioType", "mobileCountryCode", "mobileNetworkCode",
            "locationAreaCode", "cellId"))
        if "cellId" in entry:
            self.keep(self.cell, key, entry, *better)
        self.keep(self.area, key[:4], entry, *better)

    @staticmethod
    def keep(entries, key, entry, *better):
        """Of two with the same key the first stays only if it is better."""
        old = entries.get(key)
        if old is None or not any(
                name in old and name in entry and
                sign * old[name] > sign * entry[name]
                for name, sign in better):
            entries[key] = entry

    def is_known(self):
        return all(mac in self.wifi for mac in KNOWN)

    def region(self):
        """The code of the region that most speaks for, or None."""
        score = {}
        for mac in KNOWN:
            if mac in self.wifi:
                score[REGION] = score.get(REGION, 0) + SCORE
        for entry in list(self.cell.values()) + list(self.area.values()):
            codes = MCCS[entry["mobileCountryCode"]]
            for code in codes:
                score[code] = score.get(code, 0) + 1 / len(codes)
        return max(score, key=lambda code: (score[code], REGIONS[code][1]),
                   default=None)

    def report(self):
        """The report lines that the query leaves: one or none."""
        if not self.is_known():
            return []
        report = {}
        for name, entries, order in (
                ("bluetoothBeacons", self.blue,
                 "macAddress age signalStrength name"),
                ("cellTowers", self.cell,
                 "radioType mobileCountryCode mobileNetworkCode "
                 "locationAreaCode cellId primaryScramblingCode age asu "
                 "signalStrength timingAdvance"),
                ("wifiAccessPoints", self.wifi,
                 "macAddress age channel frequency signalStrength "
                 "signalToNoiseRatio ssid")):
            if entries:
                report[name] = [
                    {name: entry[name] for name in order.split()
                     if name in entry} for entry in entries.values()]
        report["fallbacks"] = self.fallbacks
        report["position"] = {"latitude": LAT, "longitude": LON,
                              "accuracy": ACCURACY, "source": "query"}
        return [json.dumps(report)]


def found(path, query):
    """Status and text of the answer to a valid QUERY."""
    if path == "/v1/country":
        code = query.region()
        return NOT_FOUND if code is None else (200, json.dumps(
            {"country_code": code, "country_name": REGIONS[code][0]}))
    if path == "/v1/search":
        return (200, json.dumps({"status": "ok", "lat": LAT, "lon": LON,
                                 "accuracy": ACCURACY})
                if query.is_known() else '{"status":"not_found"}')
    return NOT_FOUND if not query.is_known() else (200, json.dumps(
        {"location": {"lat": LAT, "lng": LON}, "accuracy": ACCURACY}))


def answer(path, data, strict):
    """(status, text, report lines) for DATA posted to PATH."""
    short = path == "/v1/search"
    value, refusal = parse(data) if data else ({}, None)
    if refusal:
        return *(parse_error() if short else refusal), []
    query = Query(value, short, strict)
    if query.refused:
        return *parse_error(None if short else
                            {"validation": query.faults}), []
    return *found(path, query), \
        [] if path == "/v1/country" else query.report()
