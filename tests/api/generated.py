#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Compare loc-serve's answers to generated requests with the oracles'.

    generated.py [-s] [-n random] [-r seed] locate|submit URL SPOOL

URL is a server with a new spool, SPOOL, and the stations of
locate_oracle.KNOWN; -s says that it is strict.  The bodies are those of
bodies.py, with so many RANDOM ones.  Prints what differs; exit status 1 if
anything does.
"""
import argparse
import random
import sys
import time

import bodies
import locate_oracle
from oracle import Unsure
import spool
import submit_oracle
import wire

BATCH = 50              # requests sent at once
SHOWN = 10              # differences

KINDS = {
    "locate": (locate_oracle, bodies.locate_endpoint,
               ("/v1/geolocate", "/v1/country", "/v1/search")),
    "submit": (submit_oracle, bodies.submit_endpoint,
               ("/v2/geosubmit", "/v1/geosubmit", "/v1/submit")),
}


class Comparison:
    def __init__(self, strict, oracle):
        self.strict, self.oracle = strict, oracle
        self.n = self.differ = 0
        self.lines = []         # that must be in the spool

    def report(self, *what):
        self.differ += 1
        if self.differ <= SHOWN:
            print(*what, sep="\n\t")

    def expect(self, path, some):
        """(body, (status, text, report lines)) of all that can be told."""
        for body in some:
            try:
                yield body, self.oracle.answer(path, body, self.strict)
            except Unsure:
                pass

    def check(self, path, body, want, reply):
        self.n += 1
        status, text, lines = want
        self.lines += [(body, line) for line in lines]
        if (reply.status, reply.body.decode()) != (status, text):
            self.report(f"POST {path} {body!r}", f"want {status} {text}",
                        f"got  {reply.status} {reply.body.decode()}")

    def check_spool(self, directory, since_ms):
        got = [line for _, line in spool.wait(directory, since_ms,
                                              len(self.lines))]
        if len(got) != len(self.lines):
            self.report(f"{len(self.lines)} reports expected, got {len(got)}")
        for (body, want), line in zip(self.lines, got):
            if want != line:
                self.report(f"{body!r}", f"want {want}", f"got  {line}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true", dest="strict")
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("-r", type=int, default=1)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("url")
    parser.add_argument("spool")
    args = parser.parse_args()
    oracle, endpoint, paths = KINDS[args.kind]
    rng = random.Random(args.r)
    comparison = Comparison(args.strict, oracle)
    since_ms = time.time() * 1000 - 1000
    with wire.Connection(args.url) as connection:
        for path in paths:
            todo = list(comparison.expect(
                path, bodies.generate(endpoint(path), rng, args.n)))
            for i in range(0, len(todo), BATCH):
                some = todo[i:i + BATCH]
                replies = connection.exchange([wire.request(
                    "POST", f"{path}?key=test", body) for body, _ in some])
                for (body, want), reply in zip(some, replies):
                    comparison.check(path, body, want, reply)
    comparison.check_spool(args.spool, since_ms)
    print(f"{comparison.n} requests, {len(comparison.lines)} reports, "
          f"{comparison.differ} differ")
    sys.exit(comparison.differ > 0)


if __name__ == "__main__":
    main()
