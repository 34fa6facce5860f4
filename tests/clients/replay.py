#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Send the requests of real clients and see that each gets what its client
expects.

    replay.py -s [FILE ...]             SQL that makes known what they ask for
    replay.py URL [FILE ...]            ask; exit status 1 if anything is off

A FILE has a recorded request on each line, a JSON object: client, case,
method, path, headers, body, encode_on_wire, expects.  Without one those of
made.py are sent, which are like them.  URL is a server for which the address
of its clients is in GeoIP, and which has a default_key.
"""
import gzip
import json
import re
import sys

import stations
import submit_oracle
import wire

WHERE = (52.5, 13.4)    # all that is known
BY_ADDRESS = (51.5142, -0.0931)


def load(files):
    if not files:
        from made import REQUESTS
        return REQUESTS
    return [json.loads(line) for name in files for line in open(name)]


def networks(body):
    """The networks that a query names well enough to be known."""
    wifis, others = set(), set()
    for entry in body.get("wifiAccessPoints") or []:
        mac = re.sub("[:.-]", "", entry.get("macAddress", "")).lower()
        if re.fullmatch("[0-9a-f]{12}", mac) and len(set(mac)) > 1:
            wifis.add(f"wifi {mac}")
    for entry in body.get("cellTowers") or []:
        radio = entry.get("radioType") or body.get("radioType", "")
        entry = {"cellId": entry.get("newRadioCellId", 0)} | entry
        numbers = [int(entry.get(name, 0)) for name in (
            "mobileCountryCode", "mobileNetworkCode", "locationAreaCode",
            "cellId")]
        if radio == "gsm" and numbers[3] > 65535:
            radio = "wcdma"
        if radio in stations.RADIOS and 200 <= numbers[0] <= 799 and \
                numbers[2] > 0 and numbers[3] > 0:
            others.add("-".join(map(str, [radio, *numbers])))
    return (wifis if len(wifis) > 1 else set()) | others


def is_query(request):
    return "submit" not in request["path"]


def query_of(request):
    return json.loads(request["body"] or "{}")


def is_known(request):
    """Can the query be answered with a place?"""
    body = query_of(request)
    fallbacks = body.get("fallbacks", {"ipf": body.get("considerIp", True)})
    by_address = fallbacks.get("ipf", True) not in (False, 0, "false")
    return networks(body) or by_address


def sql(requests):
    nets = set()
    for request in requests:
        if is_query(request):
            nets |= networks(query_of(request))
    return "\n".join(stations.insert(stations.Station(
        net, WHERE[0] + i / 1e6, WHERE[1], radius=100, region="DE"))
        for i, net in enumerate(sorted(nets)))


def send(url, request):
    body = request["body"]
    headers = [(name, value) for name, value in request["headers"]]
    names = {name.lower() for name, _ in headers}
    body = None if body is None else body.encode()
    if body is not None and request["encode_on_wire"] == "gzip":
        body = gzip.compress(body)
    if body is not None and "transfer-encoding" in names:
        body = wire.chunks(body)
    if body is None and request["method"] == "POST" and \
            "content-length" not in names:
        headers.append(("Content-Length", "0"))
    return wire.ask(url, request["method"], request["path"], body, headers)


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def is_error(got, code):
    """Is it an error document, as clients that read these want it?"""
    error = got.get("error", {})
    return error.get("code") == code and isinstance(
        error.get("message"), str) and error.get("errors")


def place(request, reply, got):
    if not is_known(request):
        return reply.status == 404 and is_error(got, 404)
    if reply.status != 200 or not is_number(got.get("accuracy")):
        return False
    lat, lon = (got["location"].get(name) for name in ("lat", "lng"))
    return is_number(lat) and is_number(lon) and any(
        abs(lat - p) < 0.01 and abs(lon - q) < 0.01
        for p, q in (WHERE, BY_ADDRESS))


def region(_, reply, got):
    return reply.status == 200 and re.fullmatch(
        "[A-Z]{2}", got.get("country_code", "")) and got.get("country_name")


def accepted(request, reply, _):
    """Only what nothing can be made of may be refused."""
    status, _, _ = submit_oracle.answer(
        request["path"].partition("?")[0], request["body"].encode(), False)
    return reply.status == status


def refused(_, reply, got):
    return reply.status == 400 and is_error(got, 400) and \
        got["error"]["message"] == "Parse Error"


# What clients expect of a query, and of a report, by the words of recordings.
OF_QUERIES = [
    ("country_code", region),
    ("location|considerIp|geolocate", place),
]
OF_REPORTS = [
    ("^400|code 400", refused),
    ("2xx|200|raise_for_status|must not crash|must be a string", accepted),
]


def is_met(request, reply):
    try:
        got = json.loads(reply.body or b"{}")
    except ValueError:
        return False
    for words, meets in OF_QUERIES if is_query(request) else OF_REPORTS:
        if re.search(words, request["expects"]):
            return meets(request, reply, got)
    raise ValueError(f"what is this? {request['expects']}")


def main():
    args = sys.argv[1:]
    if args[0] == "-s":
        print(sql(load(args[1:])))
        return
    url, bad = args.pop(0), 0
    requests = load(args)
    for request in requests:
        reply = send(url, request)
        if not is_met(request, reply):
            bad += 1
            print(request["client"], request["case"], request["expects"],
                  reply, sep="\n\t")
    print(f"{len(requests)} requests, {bad} answers not as expected")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
