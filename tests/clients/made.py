# SPDX-License-Identifier: ISC
"""Requests as clients make them, in the form replay.py reads."""
import json

PLACE = "200 + location and accuracy"
REGION = "country_code"
ACCEPTED = "2xx"
REFUSED = "400 parse error"

JSON = ("Content-Type", "application/json")
UTF8 = ("Content-Type", "application/json; charset=utf-8")
GZIP = ("Content-Encoding", "gzip")
CHUNKED = ("Transfer-Encoding", "chunked")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
ANDROID = [("User-Agent", "Dalvik/2.1.0 (Linux; U; Android 13; Phone)"),
           ("Connection", "Keep-Alive"), ("Accept-Encoding", "gzip")]
FIREFOX = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
            "Gecko/20100101 Firefox/128.0"), ("Accept", "*/*"),
           ("Accept-Language", "de,en-US;q=0.7"),
           ("Accept-Encoding", "gzip, deflate, br, zstd")]
BROWSER = FIREFOX + [
    ("Origin", "https://app.example.org"),
    ("Referer", "https://app.example.org/"), ("DNT", "1"),
    ("Sec-Fetch-Mode", "cors"), ("Cookie", "a=b; c=d")]

GEO = "/v1/geolocate?key=test"
REPORT = "/v2/geosubmit?key=test"
MACS = [f"00:00:5e:00:53:{i:02x}" for i in range(1, 9)]
LTE = {"radioType": "lte", "mobileCountryCode": 262, "mobileNetworkCode": 1,
       "locationAreaCode": 5126, "cellId": 21905921}
NR = {"radioType": "nr", "mobileCountryCode": 262, "mobileNetworkCode": 1,
      "locationAreaCode": 1200301}
GSM = {"cellId": 5678, "locationAreaCode": 1234, "mobileCountryCode": 262,
       "mobileNetworkCode": 2}


def wifis(*macs, **more):
    return {"wifiAccessPoints": [{"macAddress": mac} | more for mac in macs]}


def report(**more):
    return {"items": [{
        "timestamp": 1713945600123,
        "position": {"latitude": 50.06, "longitude": 19.93, "accuracy": 5.4,
                     "source": "gps"}} | more]}


def request(client, case, path, headers, body, expects, method="POST"):
    if not isinstance(body, (str, type(None))):
        body = json.dumps(body, ensure_ascii=False)
    return {"client": client, "case": case, "method": method, "path": path,
            "headers": headers, "body": body, "expects": expects,
            "encode_on_wire": "gzip" if GZIP in headers else ""}


REQUESTS = [
    # browsers ask with GET or POST, with and without a body
    request("firefox", "no scan", GEO,
            FIREFOX + [UTF8, ("Content-Length", "0")], None, PLACE),
    request("firefox", "wifi", GEO, FIREFOX + [UTF8],
            wifis(MACS[0], MACS[1], signalStrength=-63), PLACE),
    request("firefox", "dashes", GEO, FIREFOX + [UTF8], wifis(
        *(mac.replace(":", "-") for mac in MACS[:2])), PLACE),
    request("firefox", "one wifi is too few", GEO, FIREFOX + [UTF8],
            wifis(MACS[0]), PLACE),
    request("firefox", "country", "/v1/country?key=test", FIREFOX + [JSON],
            None, REGION, "GET"),
    request("firefox", "country by wifi", "/v1/country?key=test",
            FIREFOX + [JSON], wifis(MACS[2]), REGION),
    request("a page", "fetch()", GEO, BROWSER + [
        ("Content-Type", "text/plain;charset=UTF-8")], wifis(*MACS[:3]),
        PLACE),
    request("a page", "another charset", GEO, BROWSER + [
        ("Content-Type", 'application/json;charset="UTF-8"')], {}, PLACE),
    # GeoClue
    request("geoclue", "address", GEO, [JSON], "{}", PLACE),
    request("geoclue", "3G called gsm", GEO, [JSON], {
        "radioType": "gsm", "cellTowers": [GSM | {"cellId": 703711}]}, PLACE),
    request("geoclue", "the tower knows better", GEO, [JSON],
            {"radioType": "gsm", "cellTowers": [LTE]}, PLACE),
    request("geoclue", "report in the old form",
            "/v1/submit?key=geoclue_debian",
            [JSON, ("X-Nickname", "geoclue")], {"items": [{
                "lat": 50.060000000000002, "lon": 19.93, "accuracy": 0.0,
                "time": "2026-11-23T18:28:45+00", "radioType": "gsm",
                "wifi": [{"key": mac, "ssid": "x", "signal": -63,
                          "frequency": 2412} for mac in MACS[:3]]}]},
            ACCEPTED),
    request("geoclue", "the old form to the new address",
            "/v2/geosubmit?key=geoclue_debian", [JSON], {"items": [{
                "lat": 50.06, "lon": 19.93, "time": "2026-11-23T18:28:45+00",
                "wifi": [{"key": MACS[0]}]}]}, ACCEPTED),
    # microG has no key, and no wish for a guess by address
    request("microg", "wifi", "/v1/geolocate", ANDROID + [UTF8], wifis(
        *MACS[:3], age=-40) | {"considerIp": False, "fallbacks": {
            "lacf": False, "ipf": False}}, PLACE),
    request("microg", "nothing usable", "/v1/geolocate", ANDROID + [UTF8],
            {"considerIp": False, "cellTowers": [], "wifiAccessPoints": [],
             "fallbacks": {"lacf": True, "ipf": False}}, PLACE),
    request("microg", "key", "/v1/geolocate?key=test", ANDROID + [
        UTF8, ("X-Ichnaea-Contribute-Opt-In", "1")], {
            "considerIp": False, "homeMobileCountryCode": 262,
            "radioType": "lte", "cellTowers": [LTE | {"psc": 312}],
            "fallbacks": {"lacf": True, "ipf": False}}, PLACE),
    # 5G, by itself and beside the cell that it hangs on
    request("android", "5G", GEO, ANDROID + [UTF8], {"cellTowers": [
        NR | {"cellId": 5701633}], "considerIp": False}, PLACE),
    request("android", "5G in Google's words", GEO, ANDROID + [UTF8], {
        "cellTowers": [NR | {"newRadioCellId": 5701634}],
        "considerIp": False}, PLACE),
    request("android", "5G that tells no identity", GEO, ANDROID + [UTF8], {
        "cellTowers": [LTE, {"radioType": "nr", "pci": 88}],
        "considerIp": False}, PLACE),
    # stumblers
    request("neostumbler", "report", REPORT, ANDROID + [JSON, GZIP, CHUNKED],
            report(bluetoothBeacons=[{"macAddress": MACS[3], "id1": "x",
                                      "beaconType": 533}], **wifis(
                *MACS, radioType="802.11ax", ssid="Caf\u00e9 \U0001f600")),
            ACCEPTED),
    request("neostumbler", "no key", "/v2/geosubmit",
            ANDROID + [JSON, GZIP, CHUNKED], report(cellTowers=[
                LTE | {"mobileCountryCodeStr": "262", "arfcn": 6200}]),
            ACCEPTED),
    request("towercollector", "5G without an id", REPORT, ANDROID + [UTF8],
            report(cellTowers=[LTE, {"radioType": "nr", "arfcn": 638016,
                                     "primaryScramblingCode": 88}]),
            ACCEPTED),
    request("towercollector", "nothing to say", REPORT, ANDROID + [UTF8], {},
            REFUSED),
    request("mozstumbler", "unknown is -1", "/v1/geosubmit?key=test",
            ANDROID + [JSON, GZIP], {"items": [{
                "latitude": 48.1, "longitude": 11.6, "accuracy": 8.0,
                "timestamp": 1420000000000, "cellTowers": [
                    GSM | {"radioType": "gsm", "cellId": -1, "psc": 210},
                    GSM | {"radioType": ""}]}]}, ACCEPTED),
    request("mozstumbler", "no body", "/v1/geosubmit?key=test",
            ANDROID + [JSON], None, REFUSED),
    # trackers and their modems
    request("traccar", "cell", GEO, [
        ("Accept", "application/json"), JSON,
        ("User-Agent", "Jersey/3.1 (HttpUrlConnection)")],
        {"radioType": "gsm", "considerIp": False, "cellTowers": [GSM]},
        PLACE),
    request("traccar", "signal 0", GEO, [JSON], wifis(
        *(mac.upper() for mac in MACS[:2]), signalStrength=0) | {
            "radioType": "gsm", "considerIp": False}, PLACE),
    request("tracker", "all is text", GEO, [JSON], {
        "considerIp": "false", "radioType": "lte", "cellTowers": [
            {name: str(value) for name, value in LTE.items()}]}, PLACE),
    request("tracker", "a null list beside a good one", GEO, [JSON], wifis(
        *MACS[:2]) | {"cellTowers": None, "bluetoothBeacons": None}, PLACE),
    request("esp32", "no fuss", GEO, [
        ("User-Agent", "ESP32HTTPClient"), ("Connection", "close"),
        ("Accept-Encoding", "identity;q=1,chunked;q=0.1,*;q=0"), JSON],
        wifis(*MACS[:4], channel=6, signalStrength=-70), PLACE),
    request("modem", "no type", GEO, [("User-Agent", "QUECTEL_MODULE")],
            {"cellTowers": [LTE]}, PLACE),
    # phones and scripts
    request("ios", "chunked", GEO, [
        ("User-Agent", "Finder/7 CFNetwork/1410.0.3 Darwin/22.6.0"),
        ("Accept-Language", "en-GB,en;q=0.9"), JSON, CHUNKED],
        wifis(*MACS[:2]), PLACE),
    request("android", "chunked gzip", GEO, ANDROID + [UTF8, GZIP, CHUNKED],
            wifis(*MACS[:2]), PLACE),
    request("curl", "-d", GEO, [("User-Agent", "curl/7.88.1"),
                                ("Accept", "*/*"), FORM], {}, PLACE),
    request("requests", "json=", GEO, [
        ("User-Agent", "python-requests/2.31.0"),
        ("Accept-Encoding", "gzip, deflate"), ("Accept", "*/*"),
        ("Connection", "keep-alive"), JSON], wifis(*MACS[:2]), PLACE),
    request("java", "HttpClient offers HTTP/2", GEO, [
        ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"),
        JSON], {}, PLACE),
    request("dotnet", "Expect", GEO, [UTF8, ("Expect", "100-continue")], {},
            PLACE),
    request("old windows", "its charset", GEO, [
        ("Content-Type", "application/json; charset=windows-1252")],
        wifis(*MACS[:2]), PLACE),
]
