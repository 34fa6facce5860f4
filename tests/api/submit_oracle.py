# SPDX-License-Identifier: ISC
"""What /v2/geosubmit, /v1/geosubmit and /v1/submit make of a body: see
answer()."""
import json

from locate_oracle import (
    NEW, NEW_WORDS, OLD_WORDS, UMTS, address, is_nr_cid, opts_out)
from oracle import Faults, parse, text
from replies import parse_error

NOW = "NOW"             # the timestamp of reports that have no good one
OLD_RADIOS = OLD_WORDS | UMTS
OLD_SOURCES = {name: name for name in ("fixed", "gnss", "fused", "query")}
NEW_SOURCES = OLD_SOURCES | {"gps": "gnss", "manual": "fixed"}


def schema(names):
    """{name: kind} of "name:kind ..."."""
    return dict(word.split(":") for word in names.split())


HOME = schema("carrier:text homeMobileCountryCode:int "
              "homeMobileNetworkCode:int")
BLUE = schema("macAddress:text age:int name:text signalStrength:int")
WIFI = schema("macAddress:text age:int channel:int frequency:int "
              "radioType:text signalStrength:int signalToNoiseRatio:int "
              "ssid:text")
CELL = schema("radioType:radio mobileCountryCode:int mobileNetworkCode:int "
              "locationAreaCode:int cellId:int age:int asu:int "
              "primaryScramblingCode:int serving:int signalStrength:int "
              "timingAdvance:int")
POSITION = schema("latitude:float longitude:float accuracy:float age:int "
                  "altitude:float altitudeAccuracy:float heading:float "
                  "pressure:float speed:float source:source")
FLAT = schema("latitude:float longitude:float accuracy:float altitude:float "
              "altitudeAccuracy:float age:int heading:float pressure:float "
              "speed:float source:source")
LISTS = {"bluetoothBeacons": BLUE, "wifiAccessPoints": WIFI,
         "cellTowers": CELL}
SHORT = {"macAddress": "key", "signalStrength": "signal",
         "radioType": "radio", "mobileCountryCode": "mcc",
         "mobileNetworkCode": "mnc", "locationAreaCode": "lac",
         "cellId": "cid", "primaryScramblingCode": "psc",
         "timingAdvance": "ta", "latitude": "lat", "longitude": "lon",
         "altitudeAccuracy": "altitude_accuracy", "timestamp": "time",
         "bluetoothBeacons": "blue", "cellTowers": "cell",
         "wifiAccessPoints": "wifi"}
OPT_OUT = {"wifi": "wifiAccessPoints", "blue": "bluetoothBeacons"}


class Api:
    """The members one endpoint knows, by the names it gives them."""

    def __init__(self, path):
        self.flat = path != "/v2/geosubmit"
        self.short = path == "/v1/submit"
        self.names = SHORT if self.short else \
            {"primaryScramblingCode": "psc"} if self.flat else {}
        self.home = {} if self.short else HOME
        self.position = FLAT if self.flat else POSITION
        self.lists = sorted(LISTS) if self.short else list(LISTS)

    def name(self, name):
        return self.names.get(name, name)


class Reports:
    """The report lines of a body."""

    def __init__(self, api, body, strict):
        self.api, self.strict = api, strict
        self.faults = Faults()
        self.lines = []
        if not isinstance(body, dict):
            self.faults.add([], "object", body)
        elif "items" not in body:
            self.faults.add(["items"], None, None, "Required")
        elif not isinstance(body["items"], list):
            self.faults.add(["items"], "list", body["items"])
        self.refused = bool(self.faults)
        if self.refused:
            return
        for i, item in self.faults.objects(["items"], body["items"]):
            self.add_report(["items", i], item)
        self.refused = strict and bool(self.faults)

    def add_report(self, path, item):
        report = self.members(path, item, self.api.home)
        radio = self.one(path, item, "radioType", "radio")
        report["timestamp"] = self.stamp(path, item)
        self.left_out = {name: [] for name in OPT_OUT.values()}
        for name in self.api.lists:
            report[name] = self.entries(path, item, name, radio)
        # The order optOut is dropped, as it is not the operator's.
        if not self.strict:
            self.add_opt_out(report, "optOutName", item, self.left_out)
        self.add_position(report, path, item)
        if not self.strict:
            for name in [*LISTS, "position"]:
                if not report.get(name):
                    report.pop(name, None)
        if any(report.get(name) for name in
               [*LISTS, "optOutName"]):
            self.lines.append(json.dumps(report))

    def members(self, path, obj, fields):
        return {name: got for name, kind in fields.items()
                if (got := self.one(path, obj, name, kind)) is not None}

    def one(self, path, obj, name, kind):
        """Member NAME of OBJ as KIND, or None."""
        got = self.faults.member(path, obj, self.api.name(name), kind)
        if got is not None and kind == "float":
            return round(got, 7)
        if got is not None and kind == "radio":
            return (OLD_RADIOS if self.strict else NEW_WORDS).get(got.lower())
        if got is not None and kind == "source":
            return (OLD_SOURCES if self.strict else NEW_SOURCES).get(
                got.lower())
        return got

    def stamp(self, path, item):
        got = self.one(path, item, "timestamp",
                       "text" if self.api.short else "int")
        # Of texts none of those generated is a time.
        return got if isinstance(got, int) and 10 ** 12 < got < 10 ** 13 \
            else NOW

    def entries(self, path, item, name, radio):
        given, kept = self.api.name(name), []
        if given not in item:
            return kept
        path = path + [given]
        for i, obj in self.faults.objects(path, item[given]):
            entry = self.members(path + [i], obj, LISTS[name])
            if name == "cellTowers" and not self.strict:
                entry = self.renewed(path + [i], obj, entry, radio)
            if name == "cellTowers" and radio:
                entry.setdefault("radioType", radio)
            if name in self.left_out and not self.strict and opts_out(entry):
                self.left_out[name].append(entry.get("macAddress", ""))
            elif name == "cellTowers" or "macAddress" in entry:
                kept.append(entry)
        return kept

    def add_opt_out(self, report, member, item, left_out):
        """The addresses LEFT_OUT for their names, then those of MEMBER."""
        opt_out, given = {}, item.get(member)
        for name, long in OPT_OUT.items():
            more = given.get(name) if isinstance(given, dict) else None
            macs = left_out.get(long, []) + [
                v for v in (more if isinstance(more, list) else [])
                if isinstance(text(v), str) and text(v) == v]
            if macs := [mac for v in macs if (mac := address(v))]:
                opt_out[name] = macs
        if opt_out:
            report[member] = opt_out

    def renewed(self, path, obj, entry, radio):
        """Cell ENTRY of OBJ with what newer clients call by other names."""
        nci, pci = (self.one(path, obj, name, "int") for name in NEW)
        aliases = {"primaryScramblingCode": pci}
        own = entry.get("radioType", radio if nci is None else "nr")
        if own == "nr":
            aliases["cellId"] = nci
            if nci is not None and not is_nr_cid(entry.get("cellId")):
                entry.pop("cellId", None)
        entry = {name: value for name in CELL if (value := entry.get(
            name, aliases.get(name))) is not None}
        if own:
            entry.setdefault("radioType", own)
        return entry

    def add_position(self, report, path, item):
        if self.api.flat:
            position = self.members(path, item, self.api.position)
            if position:
                report["position"] = position
            return
        report["position"] = None
        if "position" not in item:
            return
        if isinstance(item["position"], dict):
            report["position"] = self.members(
                path + ["position"], item["position"], self.api.position)
        else:
            self.faults.add(path + ["position"], "object", item["position"])


def answer(path, data, strict):
    """(status, text, report lines) for DATA posted to PATH."""
    if not data:
        return *parse_error(), []
    value, refusal = parse(data)
    if refusal:
        return *refusal, []
    api = Api(path)
    reports = Reports(api, value, strict)
    if reports.refused:
        return *parse_error({"validation": reports.faults}), []
    return *((204, "") if api.short else (200, "{}")), reports.lines
