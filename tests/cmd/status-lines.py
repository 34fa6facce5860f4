#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""status-lines.py DIR: the lines of loc-status that are not fine, as its
sources in DIR have them: "STATE CHECK: REMEDY", with * where a part is not a
literal.
"""
import glob
import re
import sys

# A string may have what otherwise ends a call.
CALL = re.compile(r'\btell\(((?:[^";]|"(?:[^"\\]|\\.)*")*)\);', re.S)
LIMIT = re.compile(r'\{ "([a-z.]+)", ([^,]*), ([^,]*), "[^"]*",\s*"([^"]*)"')


def arguments(text):
    """The arguments of a call, at commas outside of strings and brackets."""
    depth, part, out, inside = 0, "", [], False
    for c in re.sub(r"\s+", " ", text).replace('" "', ""):
        inside ^= c == '"'
        depth += 0 if inside else (c in "([") - (c in ")]")
        if c == "," and depth == 0 and not inside:
            out.append(part.strip())
            part = ""
        else:
            part += c
    return out + [part.strip()]


for path in sorted(glob.glob(sys.argv[1] + "/*.c")):
    with open(path, encoding="ascii") as f:
        source = f.read()
    for call in CALL.findall(source):
        _, check, level, remedy = arguments(call)[:4]
        check = check.strip('"') if check[0] == '"' else "*"
        remedies = re.findall(r'"([^"]*)"', remedy) or ["*"]
        for state in re.findall("DEGRADED|BROKEN", level):
            for text in remedies:
                print(f"{state.lower()} {check}: {text}")
    for check, degraded, broken, remedy in LIMIT.findall(source):
        for state, limit in ("degraded", degraded), ("broken", broken):
            if limit != "-1":
                print(f"{state} {check}: {remedy}")
