#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""post-server.py DIR [PORT]: an HTTP server for tests of what posts.

It listens on a free port of 127.0.0.1 (or PORT) and writes the port to
DIR/port.  Each request is appended to DIR/requests as a line (method, target,
headers of interest, unpacked body).

The status of the answer is what stands in the file DIR/always, or else the
next word of DIR/answers, or 400 if the body contains the text of DIR/refuse,
or 200.  "drop" closes the connection, "hang" waits until there is DIR/go and
closes it then, 307/302 redirect to /there, 308 to another host, and 503+9
asks for a Retry-After of 9 seconds.  If there is DIR/echo, all but 200 repeat
the body.  The reports of bodies that are answered by 200 are appended to
DIR/taken, one JSON line each.
"""
import gzip
import http.server
import json
import os
import sys
import threading
import time

top = sys.argv[1]
lock = threading.Lock()


def content(name):
    try:
        with open(os.path.join(top, name)) as f:
            return f.read().strip()
    except FileNotFoundError:
        return ""


def next_answer(body):
    if content("always"):
        return content("always")
    words = content("answers").split()
    if words:
        with open(os.path.join(top, "answers"), "w") as f:
            f.write(" ".join(words[1:]))
        return words[0]
    refused = content("refuse")
    return "400" if refused and refused in body else "200"


def append(name, *lines):
    with open(os.path.join(top, name), "a") as f:
        for line in lines:
            print(line, file=f)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        body = body.decode()
        with lock:
            append("requests", " ".join([
                self.command, self.path, str(self.headers["Content-Type"]),
                self.headers["User-Agent"], body]))
            status, _, wait = next_answer(body).partition("+")
            if status == "200":
                append("taken", *(json.dumps(item) for item in
                                  json.loads(body)["items"]))
        while status == "hang" and not os.path.exists(
                os.path.join(top, "go")):
            time.sleep(0.05)
        if status in ("drop", "hang"):
            self.close_connection = True
            return
        self.send_response(int(status))
        if status.startswith("30"):
            self.send_header("Location", "/there" if status != "308" else
                             f"http://localhost:{server.server_port}/there")
        if wait:
            self.send_header("Retry-After", wait)
        text = b"{}\n"
        if status != "200" and os.path.exists(os.path.join(top, "echo")):
            text = body.encode()
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.daemon_threads = True
with open(os.path.join(top, "port.new"), "w") as f:
    print(server.server_address[1], file=f)
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
