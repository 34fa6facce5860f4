#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""metadata-server.py DIR: what tells an instance of AWS about its role.

It serves the files below DIR on a free port of 127.0.0.1, which it writes to
DIR/port, to whoever got a token first (IMDSv2); and the keys of the one role
at /task to a container whose token is "a token".  DIR/log has a line for each
path that was asked for.
"""
import http.server
import os
import sys

top = sys.argv[1]
ROLES = "/latest/meta-data/iam/security-credentials/"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        ttl = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        if self.path == "/latest/api/token" and ttl:
            return self.answer(200, b"secret token")
        return self.answer(400)

    def do_GET(self):
        path = self.path
        with open(top + "/log", "a") as f:
            print(path, file=f)
        if path == "/task":
            if self.headers.get("Authorization") != "a token":
                return self.answer(401)
            path = ROLES + "reader"
        elif self.headers.get("X-aws-ec2-metadata-token") != "secret token":
            return self.answer(401)
        if path == ROLES:
            return self.answer(200, b"reader\n")
        with open(top + path, "rb") as f:
            return self.answer(200, f.read())

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(top, "port.new"), "w") as f:
    print(server.server_address[1], file=f)
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
