# SPDX-License-Identifier: ISC
"""The columns of the tables of examples, and words to fill them with."""
import gzip
import json
import typing

import wire
from replies import error, parse_error

LONDON = ("X-Forwarded-For", "81.2.69.192")
GZIP = ("Content-Encoding", "gzip")


class Near(typing.NamedTuple):
    """A place of which not all digits are known."""
    lat: float
    lon: float
    accuracy: float
    tolerance: float        # of the accuracy

    def is_met(self, text):
        got = json.loads(text)
        place = got["location"]
        return (place["lat"] == self.lat and place["lng"] == self.lon and
                abs(got["accuracy"] - self.accuracy) <= self.tolerance)


def lean(line):
    """What a report LINE is unless strict: without empty members."""
    report = json.loads(line)
    return json.dumps({name: v for name, v in report.items()
                       if v not in ([], {}, None)})


class Example(typing.NamedTuple):
    name: str               # its number, and what tells it from others
    request: bytes
    reply: tuple            # status and text, or status and Near
    headers: dict = {}      # that not all replies of its kind have
    spool: list = []        # (key, report line) that are left
    lenient: dict = {}      # what of the above is other unless strict

    def unless_strict(self):
        other = self._replace(**self.lenient)
        return other._replace(spool=[(key, lean(line))
                                     for key, line in other.spool])


def get(target, *headers):
    return wire.request("GET", target, None, headers)


def post(target, body=b"", *headers):
    """BODY is bytes, JSON text, or what is to become JSON."""
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    return wire.request("POST", target, body, headers)


def zipped(target, body, *headers):
    return post(target, gzip.compress(body), GZIP, *headers)


def at(lat, lon, accuracy, fallback=None):
    """The reply with a place."""
    place = {"location": {"lat": lat, "lng": lon}, "accuracy": accuracy}
    if fallback:
        place["fallback"] = fallback
    return 200, json.dumps(place)


def region(code, name, fallback=None):
    place = {"country_code": code, "country_name": name}
    if fallback:
        place["fallback"] = fallback
    return 200, json.dumps(place)


def refused(faults):
    """The reply to a body with FAULTS, messages by path."""
    return parse_error({"validation": faults})


def undecodable(text):
    return parse_error({"decode": text})


def cell(radio, mcc, mnc, lac, cid=None, **more):
    entry = {"radioType": radio, "mobileCountryCode": mcc,
             "mobileNetworkCode": mnc, "locationAreaCode": lac}
    return entry | ({} if cid is None else {"cellId": cid}) | more


def wifi(mac, signal=None, age=None):
    entry = {"macAddress": mac}
    return entry | ({} if signal is None else {"signalStrength": signal}) | (
        {} if age is None else {"age": age})


def cells(*entries, **more):
    return more | {"cellTowers": entries}


def wifis(*entries, **more):
    return more | {"wifiAccessPoints": [
        wifi(e) if isinstance(e, str) else e for e in entries]}


def blues(*entries, **more):
    return more | {"bluetoothBeacons": [
        wifi(e) if isinstance(e, str) else e for e in entries]}


NO_KEY = error(400, "usageLimits", "keyInvalid",
               "Missing or invalid API key.")
LIMIT = error(403, "usageLimits", "dailyLimitExceeded",
              "You have exceeded your daily limit.")
NO_PAGE = (404, "<h1>404 Not Found</h1>")
PARSE_ERROR = parse_error()
NO_MAPPING = "is not a mapping type: Does not implement dict-like " \
    "functionality."
CSP = ("default-src 'self'; connect-src 'self'  *.tiles.mapbox.com "
       "api.mapbox.com events.mapbox.com; font-src 'self'; img-src 'self'  "
       "api.mapbox.com data: blob:; script-src 'self' data: 'unsafe-eval'; "
       "style-src 'self'; child-src blob:; worker-src blob:;")
HTML = {"content-type": "text/html; charset=UTF-8", "x-frame-options": "DENY",
        "x-xss-protection": "1; mode=block", "content-security-policy": CSP}
HERE = at(51.5142, -0.0931, 40000.0)
HERE_IPF = at(51.5142, -0.0931, 40000.0, "ipf")
