#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Ask loc-serve all examples of a table and compare.

    examples.py [-s] TABLE URL SPOOL

TABLE is locate, places or submit.  URL is a server with the stations of
stations.py and the keys of examples.bats, and SPOOL its spool; -s says that
it is strict.  Prints what differs; exit status 1 if anything does.
"""
import importlib
import sys
import time

from example import NO_PAGE, Near
import spool
import wire

ALWAYS = {"strict-transport-security": "max-age=31536000; includeSubDomains",
          "x-content-type-options": "nosniff"}
OTHERS = {"date", "connection"}
CORS = {"access-control-allow-origin": "*",
        "access-control-max-age": "2592000"}


def wanted_headers(example, body):
    """All headers of the reply with BODY, but those of any HTTP server."""
    target = example.request.split(b" ", 2)[1]
    status = example.reply[0]
    want = dict(ALWAYS)
    if target.startswith(b"/v") and body != NO_PAGE[1]:
        want |= CORS
    if body[:1] == "{":
        want["content-type"] = "application/json"
    if status != 204:
        want["content-length"] = str(len(body))
    return want | example.headers


def faults(example, reply):
    """What is wrong with the REPLY, as lines."""
    status, text = example.reply
    body = reply.body.decode()
    good = text.is_met(body) if isinstance(text, Near) and body[:1] == "{" \
        else text == body
    if reply.status != status or not good:
        yield f"want {status} {text}"
        yield f"got  {reply.status} {body}"
    want = wanted_headers(example, body)
    for name in sorted(set(want) | set(reply.headers) - OTHERS):
        if reply.headers.get(name) != want.get(name):
            yield f"{name}: want {want.get(name)}, got " \
                f"{reply.headers.get(name)}"


def main():
    args = sys.argv[1:]
    strict = args[:1] == ["-s"]
    name, url, directory = args[strict:]
    table = importlib.import_module(f"examples_{name}").TABLE
    since_ms = time.time() * 1000 - 1000
    bad, left = 0, []
    for example in table:
        if not strict:
            example = example.unless_strict()
        with wire.Connection(url) as connection:
            reply, = connection.exchange([example.request])
        wrong = list(faults(example, reply))
        left += example.spool
        if example.spool:
            got = spool.wait(directory, since_ms, len(left))
            if got != left:
                wrong += [f"want {want}" for want in example.spool]
                wrong += [f"got  {report}" for report in
                          got[len(left) - len(example.spool):]]
                left = got
        if wrong:
            bad += 1
            print(example.name, *wrong, sep="\n\t")
    got = spool.read(directory, since_ms)
    if got != left:
        bad += 1
        print("reports at the end:", *got[len(left):], sep="\n\t")
    print(f"{len(table)} examples, {bad} differ")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
