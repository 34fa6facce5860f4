#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""post-server.py DIR: an HTTP server for tests of what posts.

It listens on a free port of 127.0.0.1 and writes the port to DIR/port.  Each
request is appended to DIR/requests as a line (method, target, headers of
interest, unpacked body).  The status of the answer is the next word of
DIR/answers, or 200; "drop" closes the connection, 307/302 redirect to /there.
"""
import gzip
import http.server
import os
import sys

top = sys.argv[1]


def next_answer():
    path = os.path.join(top, "answers")
    words = open(path).read().split() if os.path.exists(path) else []
    with open(path, "w") as f:
        f.write(" ".join(words[1:]))
    return words[0] if words else "200"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with open(os.path.join(top, "requests"), "a") as f:
            print(self.command, self.path, self.headers["Content-Type"],
                  self.headers["User-Agent"], body.decode(), file=f)
        status = next_answer()
        if status == "drop":
            self.close_connection = True
            return
        self.send_response(int(status))
        if status.startswith("30"):
            self.send_header("Location", "/there")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"{}\n")

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(top, "port.new"), "w") as f:
    print(server.server_address[1], file=f)
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
