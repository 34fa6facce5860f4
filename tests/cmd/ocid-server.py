#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# ocid-server.py DIR: serves the files in DIR as OpenCellID does, and did in
# 2016 (/page/), on a free port of 127.0.0.1 that DIR/port names.  Which files
# were asked for stands in DIR/got.  NAME.answer, if it is there, holds the
# status and then the body that come in place of NAME; "cut" in place of the
# status: the body ends half way.

import http.server
import os
import sys
import time
import urllib.parse

dir = sys.argv[1]
KEY = "pk.0123456789abcdef"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, length=None, modified=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        if modified:
            self.send_header("Last-Modified",
                             self.date_time_string(modified))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/page/":
            key, name = query["apiKey"], query["filename"]
        else:
            key, name = query["token"], query["file"]
            name = query["type"] + "/" + name
        with open(dir + "/got", "a") as f:
            print(name, file=f)
        path = os.path.join(dir, os.path.basename(name))
        if key != KEY:
            return self.answer(200, b'{"error":"INVALID_TOKEN %s"}'
                               % key.encode())
        if os.path.exists(path + ".answer"):
            with open(path + ".answer", "rb") as f:
                status, body = f.read().split(b"\n", 1)
            if status == b"hang":
                time.sleep(60)
            if status == b"cut":
                return self.answer(200, body, 2 * len(body))
            return self.answer(int(status), body)
        if not os.path.exists(path):
            return self.answer(404, b"no such file")
        with open(path, "rb") as f:
            self.answer(200, f.read(), modified=os.path.getmtime(path))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(dir + "/port.new", "w") as f:
    print(server.server_port, file=f)
os.rename(dir + "/port.new", dir + "/port")
server.serve_forever()
