# SPDX-License-Identifier: ISC
"""enumerate.py WHAT: what somebody says who looks for a given network.

Lines for curl's -d on stdout: "invented" is a body with a network at each
place of a grid of 500 m over 20 x 20 km, "named" one with these and the
network that is looked for, everywhere; "ask" are the questions that name it
beside them, one a line, none of them near another in the same question.
"""
import json
import math
import sys

VICTIM = "9e57c4000001"
N, STEP_M, LAT, LON, M_LAT = 41, 500.0, 48.10, 11.45, 111195.0


def places():
    for k in range(N * N):
        yield (f"02{k % 251:02x}{k:04x}0001",
               LAT + k // N * STEP_M / M_LAT,
               LON + k % N * STEP_M / (M_LAT * math.cos(math.radians(LAT))))


def macs(*all_of):
    return [{"macAddress": mac} for mac in all_of]


def body(*named):
    return json.dumps({"items": [
        {"position": {"latitude": lat, "longitude": lon, "accuracy": 10},
         "wifiAccessPoints": macs(mac, *named)}
        for mac, lat, lon in places()]})


what = sys.argv[1]
if what == "ask":
    every = [mac for mac, _, _ in places()]
    for row, column in (0, 0), (0, 1), (1, 0), (1, 1):
        apart = [mac for k, mac in enumerate(every)
                 if k // N % 2 == row and k % N % 2 == column]
        for i in range(0, len(apart), 127):
            print(json.dumps({"wifiAccessPoints":
                              macs(VICTIM, *apart[i:i + 127])}))
else:
    print(body(*([VICTIM] if what == "named" else [])))
