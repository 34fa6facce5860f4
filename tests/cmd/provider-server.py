#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""provider-server.py DIR [CERT]: location services of many moods, for tests.

It listens on a free port of 127.0.0.1, with TLS if there is a certificate
with key, and writes the port to DIR/port.  The path of a request says what
the answer is; "/wait" has one when there is a file DIR/go.  Each request is
appended to DIR/requests: its port, method, path, some headers, body.
"""
import gzip
import http.server
import os
import ssl
import sys
import time

top = sys.argv[1]
FOUND = b'{"location":{"lat":1.23456789,"lng":2},"accuracy":100}'
ANSWERS = {
    "/found": (200, FOUND),
    "/lacf": (200, b'{"location":{"lat":1,"lng":2},"accuracy":12000,'
              b'"fallback":"lacf"}'),
    "/404": (404, b"{}"),
    "/500": (500, FOUND),
    "/html": (200, b"<html>"),
    "/list": (200, b"[1]"),
    "/nan": (200, FOUND.replace(b"100", b"NaN")),
    "/long": (200, FOUND + b" " * 100000),
    "/wait": (200, FOUND),
    "/gzip": (200, gzip.compress(FOUND)),
    "/bomb": (200, gzip.compress(b" " * 100000000)),
    "/none": (200, b'{"status":"error","message":"No matches found"}'),
    "/unwired": (200, b'{"status":"ok","lat":3,"lon":4,"accuracy":5}'),
    "/hop": (302, b""),
    "/hop2": (302, b""),
    "/away": (307, b""),
    "/drop": (0, b""),
}
HOPS = {"/hop": "/found", "/hop2": "/hop",
        "/away": "http://localhost:%d/found"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = " | ".join([str(self.client_address[1]), self.command,
                           self.path, *(str(self.headers[h]) for h in (
                               "User-Agent", "Content-Type", "Accept",
                               "Accept-Encoding")), body.decode()])
        with open(os.path.join(top, "requests"), "a") as f:
            print(line, file=f)
        status, text = ANSWERS[self.path]
        if self.path == "/wait":
            while not os.path.exists(os.path.join(top, "go")):
                time.sleep(0.05)
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        if self.path in HOPS:
            self.send_header("Location", HOPS[self.path].replace(
                "%d", str(self.server.server_address[1])))
        if text[:2] == b"\x1f\x8b":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(os.path.join(top, "port.new"), "w") as f:
    print(server.server_address[1], file=f)
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
