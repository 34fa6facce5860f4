#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# sentry_server.py DIR: a Sentry server for tests, on a free port of
# 127.0.0.1 that DIR/port names.  Every request becomes a line of JSON in
# DIR/got, with what is wrong with its envelope as "fault".  DIR/reply, if it
# is there, holds the status and headers ("NAME: VALUE") of replies; the
# status "hang" is a reply that never comes.

import http.server
import json
import os
import sys
import time

dir = sys.argv[1]


def envelope(body):
    """The event in BODY."""
    head, item, rest = body.split(b"\n", 2)
    head = json.loads(head)
    item = json.loads(item)
    if item["type"] != "event":
        raise ValueError("no event")
    if rest[item["length"]:] != b"\n":
        raise ValueError("length %d of %d" % (item["length"], len(rest)))
    event = json.loads(rest[: item["length"]])
    if event["event_id"] != head["event_id"] or len(event["event_id"]) != 32:
        raise ValueError("event_id")
    return event


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        got = {"path": self.path, "headers": dict(self.headers)}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            got["event"] = envelope(body)
        except (ValueError, KeyError) as e:
            got["fault"] = repr(e)
        with open(dir + "/got", "a") as f:
            print(json.dumps(got), file=f)
        reply = ["200"]
        if os.path.exists(dir + "/reply"):
            reply = open(dir + "/reply").read().splitlines()
        if reply[0] == "hang":
            time.sleep(60)
        self.send_response(int(reply[0]))
        for line in reply[1:]:
            name, value = line.split(": ", 1)
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
with open(dir + "/port.new", "w") as f:
    print(server.server_port, file=f)
os.rename(dir + "/port.new", dir + "/port")
server.serve_forever()
