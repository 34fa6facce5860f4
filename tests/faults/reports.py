# SPDX-License-Identifier: ISC
"""Reports that the fault tests hand in, see load.py."""


def report(mac, n):
    return {"position": {"latitude": 51.5, "longitude": -0.1},
            "wifiAccessPoints": [
                {"macAddress": mac},
                {"macAddress": "0600%x000000%x" % (n % 8, n % 8)}],
            "cellTowers": [{
                "radioType": "gsm", "mobileCountryCode": 234,
                "mobileNetworkCode": 30, "locationAreaCode": 1 + n % 4,
                "cellId": 1 + n % 16}]}


def own_macs(client, first, n):
    """02:00:00:00:00:00 is a placeholder, so clients count from 1."""
    return ["02%02x%08x" % (client, i) for i in range(first, first + n)]


def body(macs):
    return {"items": [report(m, int(m[4:], 16)) for m in macs]}
