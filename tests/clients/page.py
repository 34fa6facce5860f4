#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Serve a page that asks the browser where it is, until it has told.

    page.py PORT_FILE

Writes its port to PORT_FILE, and to standard output what the page found.
"""
import http.server
import sys

PAGE = b"""<!doctype html><meta charset=utf-8><title>where</title><script>
function tell(found) {
	fetch("/told", { method: "POST", body: JSON.stringify(found) });
}
navigator.geolocation.getCurrentPosition(
	p => tell([p.coords.latitude, p.coords.longitude, p.coords.accuracy]),
	e => tell(e.message), { timeout: 60000, maximumAge: 0 });
</script>"""


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(PAGE)

    def do_POST(self):
        found = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"")
        self.server.found = found.decode()

    def log_message(self, *_):
        pass


def main():
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.found = None
    with open(sys.argv[1], "w") as f:
        print(server.server_port, file=f)
    while server.found is None:
        server.handle_request()
    print(server.found)


if __name__ == "__main__":
    main()
