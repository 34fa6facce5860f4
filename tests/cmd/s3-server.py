#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""s3-server.py DIR: an S3 server for tests, strict about signatures.

It listens on a free port of 127.0.0.1 and writes the port to DIR/port.  A PUT
makes the file DIR/BUCKET/KEY (the bucket is the first part of the path, or of
a host of more than one), with its type and encoding in KEY.meta, if it is
signed with Signature Version 4 by the key "test id", secret "test+secret/",
for region "mars-1".  Whatever is not canonical, not signed or not hashed is
refused, in XML.  While there is DIR/always, that is the status of all answers.
"""
import datetime
import hashlib
import hmac
import http.server
import os
import re
import sys
import urllib.parse

top = sys.argv[1]
KEY_ID, SECRET, REGION = "test id", "test+secret/", "mars-1"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^,]*)/(\d{8})/([^/]*)/s3/aws4_request,"
    r"SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})$")


class Refused(Exception):
    pass


def require(condition, code):
    if not condition:
        raise Refused(code)


def encode(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-._~")


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check(method, target, headers, body):
    match = AUTHORIZATION.match(headers.get("authorization", ""))
    require(match, "AuthorizationHeaderMalformed")
    key_id, day, region, signed, signature = match.groups()
    require(key_id == KEY_ID, "InvalidAccessKeyId")
    require(region == REGION, "AuthorizationHeaderMalformed")
    date = headers.get("x-amz-date", "")
    require(date.startswith(day + "T"), "AccessDenied")
    age = datetime.datetime.utcnow() - datetime.datetime.strptime(
        date, "%Y%m%dT%H%M%SZ")
    require(abs(age.total_seconds()) < 900, "RequestTimeTooSkewed")
    names = signed.split(";")
    require(names == sorted(names), "SignatureDoesNotMatch")
    for name in headers:
        require(name in names or not (
            name in ("host", "content-type") or name.startswith("x-amz-")),
            "HeadersNotSigned")
    digest = hashlib.sha256(body).hexdigest()
    require(headers.get("x-amz-content-sha256") == digest,
            "XAmzContentSHA256Mismatch")
    path, _, query = target.partition("?")
    require(encode(urllib.parse.unquote(path), "/") == path, "NotCanonical")
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    canonical = "&".join(f"{k}={v}" for k, v in sorted(
        (encode(k), encode(v)) for k, v in pairs))
    require(canonical == query, "NotCanonical")
    request = "\n".join(
        [method, path, query] +
        [f"{name}:{' '.join(headers[name].split())}" for name in names] +
        ["", signed, digest])
    text = "\n".join([
        "AWS4-HMAC-SHA256", date, f"{day}/{region}/s3/aws4_request",
        hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, "s3", "aws4_request"):
        key = sign(key, part)
    require(hmac.new(key, text.encode(), hashlib.sha256).hexdigest() ==
            signature, "SignatureDoesNotMatch")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def place(self):
        host = self.headers["Host"].partition(":")[0]
        bucket = "" if host == "127.0.0.1" else host.partition(".")[0] + "/"
        path = urllib.parse.unquote(self.path.partition("?")[0])
        return os.path.join(top, bucket + path.lstrip("/"))

    def answer(self, status, code=""):
        body = b"" if status == 200 else (
            f"<?xml version='1.0'?>\n<Error><Code>{code}</Code>"
            f"<Message>Said\nthe test.\x1b</Message></Error>").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k.lower(): v for k, v in self.headers.items()}
        try:
            with open(os.path.join(top, "always")) as f:
                return self.answer(int(f.read()), "Always")
        except FileNotFoundError:
            pass
        try:
            check(self.command, self.path, headers, body)
        except Refused as e:
            return self.answer(403, e)
        place = self.place()
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as f:
            f.write(body)
        with open(place + ".meta", "w") as f:
            print(headers.get("content-type"),
                  headers.get("content-encoding"),
                  headers.get("x-amz-security-token"), file=f)
        self.answer(200)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(os.path.join(top, "port.new"), "w") as f:
    print(server.server_address[1], file=f)
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
