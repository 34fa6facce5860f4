#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""s3-server.py DIR: an S3 server for tests, strict about signatures.

It listens on a free port of 127.0.0.1 and writes the port to DIR/port.  A PUT
makes the file DIR/BUCKET/KEY (the bucket is the first part of the path, or of
a host of more than one), with its type and encoding in KEY.meta, if it is
signed with Signature Version 4 by the key "test id", secret "test+secret/",
for region "mars-1".  Whatever is not canonical, not signed or not hashed is
refused, in XML.  It knows GET with ranges, HEAD, DELETE, ListObjectsV2,
DeleteObjects, CopyObject, rules of a bucket (DIR/BUCKET.lifecycle) and uploads
in parts, whose parts wait in DIR/uploads.

While there is DIR/always, that is the status of all answers.  Lines of
DIR/faults are "PATTERN FAULT": the first whose regular expression is found in
"METHOD TARGET" happens once and is taken out.  A FAULT is a status, "cut" (the
connection ends, in the middle of a body if there is one), "error" (200 with
an error in it), "flip" (other bytes are stored), "hang" (for two seconds) or
"page" (200 with a web page, as who is no server of S3 answers).
DIR/log has a line for each request.
"""
import base64
import datetime
import email.utils
import hashlib
import hmac
import http.server
import os
import re
import shutil
import sys
import threading
import time
import urllib.parse
import uuid
import xml.etree.ElementTree

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


def md5(data):
    return hashlib.md5(data).hexdigest()


def escape(text):
    return (text.replace("&", "&amp;").replace("<", "&lt;")
            .replace(">", "&gt;"))


lock = threading.Lock()


def next_fault(what):
    """The fault that is to happen to the request WHAT, or None."""
    path = os.path.join(top, "faults")
    with lock:
        try:
            with open(path) as f:
                lines = f.read().splitlines()
        except FileNotFoundError:
            return None
        for i, line in enumerate(lines):
            pattern, _, fault = line.rpartition(" ")
            if re.search(pattern, what):
                del lines[i]
                with open(path, "w") as f:
                    f.write("".join(x + "\n" for x in lines))
                return fault
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def place(self, path=None):
        host = self.headers["Host"].partition(":")[0]
        bucket = "" if host == "127.0.0.1" else host.partition(".")[0] + "/"
        path = urllib.parse.unquote(path or self.path.partition("?")[0])
        return os.path.join(top, bucket + path.lstrip("/"))

    def answer(self, status, code="", body=None, headers=()):
        if body is None:
            body = b"" if status in (200, 204) else (
                f"<?xml version='1.0'?>\n<Error><Code>{code}</Code>"
                f"<Message>Said\nthe test.</Message></Error>").encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.fault == "cut":
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def xml(self, text):
        if self.fault == "error":
            text = "<Error><Code>InternalError</Code></Error>"
        self.answer(200, body=("<?xml version='1.0'?>\n" + text).encode())

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k.lower(): v for k, v in self.headers.items()}
        what = f"{self.command} {self.path}"
        with lock, open(os.path.join(top, "log"), "a") as f:
            print(what, file=f)
        self.fault = None
        try:
            with open(os.path.join(top, "always")) as f:
                return self.answer(int(f.read()), "Always")
        except FileNotFoundError:
            pass
        try:
            check(self.command, self.path, headers, body)
        except Refused as e:
            return self.answer(403, e)
        self.fault = next_fault(what)
        if self.fault and self.fault.isdigit():
            return self.answer(int(self.fault), "Fault")
        if self.fault == "page":
            return self.answer(200, body=b"<html><p>Welcome!</p></html>")
        if self.fault == "hang":
            time.sleep(2)
        if self.fault == "cut" and self.command != "GET":
            self.close_connection = True
            return None
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        return getattr(self, "on_" + self.command)(
            self.place(), query, headers, body)

    do_PUT = do_GET = do_HEAD = do_POST = do_DELETE = handle_request

    def on_PUT(self, place, query, headers, body):
        if "lifecycle" in query:
            digest = base64.b64encode(hashlib.md5(body).digest()).decode()
            if headers.get("content-md5") != digest:
                return self.answer(400, "InvalidDigest")
            xml.etree.ElementTree.fromstring(body)
            with open(place.rstrip("/") + ".lifecycle", "wb") as f:
                f.write(body)
            return self.answer(200)
        stored = body
        if self.fault == "flip":
            stored = body[:-1] + bytes([body[-1] ^ 1])
        etag = f'"{md5(stored)}"'
        if "uploadId" in query:
            part = os.path.join(top, "uploads", query["uploadId"])
            if not os.path.isdir(part):
                return self.answer(404, "NoSuchUpload")
            with open(f"{part}/{int(query['partNumber']):05}", "wb") as f:
                f.write(stored)
            return self.answer(200, headers=[("ETag", etag)])
        source = headers.get("x-amz-copy-source")
        if source:
            if self.fault == "error":
                return self.xml("")
            try:
                with open(self.place(source), "rb") as f:
                    stored = f.read()
            except FileNotFoundError:
                return self.answer(404, "NoSuchKey")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as f:
            f.write(stored)
        with open(place + ".meta", "w") as f:
            print(headers.get("content-type"),
                  headers.get("content-encoding"),
                  headers.get("x-amz-security-token"), file=f)
        others = [f"{k}: {v}" for k, v in sorted(headers.items())
                  if k == "cache-control" or k.startswith("x-amz-s")]
        with open(place + ".headers", "w") as f:
            f.write("".join(x + "\n" for x in others))
        if source:
            return self.xml(f"<CopyObjectResult><ETag>&quot;{md5(stored)}"
                            "&quot;</ETag></CopyObjectResult>")
        return self.answer(200, headers=[("ETag", etag)])

    def read(self, place):
        try:
            with open(place, "rb") as f:
                return f.read()
        except (FileNotFoundError, IsADirectoryError):
            return None

    def about(self, place, data):
        when = email.utils.formatdate(os.stat(place).st_mtime, usegmt=True)
        return [("ETag", f'"{md5(data)}"'), ("Last-Modified", when)]

    def on_HEAD(self, place, query, headers, body):
        data = self.read(place)
        if data is None:
            return self.answer(404)
        return self.answer(200, body=data, headers=self.about(place, data))

    def on_GET(self, place, query, headers, body):
        if "list-type" in query:
            return self.list(place, query)
        if "lifecycle" in query:
            rules = self.read(place.rstrip("/") + ".lifecycle")
            return self.answer(404, "NoSuchLifecycleConfiguration") \
                if rules is None else self.answer(200, body=rules)
        data = self.read(place)
        if data is None:
            return self.answer(404, "NoSuchKey")
        about = self.about(place, data)
        match = headers.get("if-match")
        if match and match != about[0][1]:
            return self.answer(412, "PreconditionFailed")
        wanted = re.match(r"bytes=(\d+)-(\d*)$", headers.get("range", ""))
        if not wanted:
            return self.answer(200, body=data, headers=about)
        first, last = int(wanted[1]), int(wanted[2] or len(data))
        if first >= len(data):
            return self.answer(416, "InvalidRange")
        return self.answer(206, body=data[first:last + 1], headers=about)

    def list(self, place, query):
        if not os.path.isdir(place):
            return self.answer(404, "NoSuchBucket")
        keys = []
        for folder, _, names in os.walk(place):
            keys += [os.path.relpath(os.path.join(folder, name), place)
                     for name in names
                     if not name.endswith((".meta", ".headers"))]
        keys = sorted(key.encode() for key in keys)
        after = query.get("start-after", "")
        if "continuation-token" in query:
            after = query["continuation-token"].removeprefix("t+/=")
        keys = [key for key in keys if key > after.encode() and
                key.startswith(query.get("prefix", "").encode())]
        size = min(int(query.get("max-keys", "1000")),
                   int(os.environ.get("S3_PAGE", "1000")))
        page, more = keys[:size], len(keys) > size
        text = "".join(
            f"<Contents><Key>{urllib.parse.quote(key)}</Key>"
            f"<LastModified>2026-01-02T03:04:05.000Z</LastModified>"
            f"<ETag>&quot;{md5(self.read(place + '/' + key.decode()))}"
            f"&quot;</ETag><Size>{os.path.getsize(place.encode() + b'/' + key)}"
            "</Size></Contents>" for key in page)
        if more:
            text += ("<NextContinuationToken>t+/="
                     f"{escape(page[-1].decode())}</NextContinuationToken>")
        self.xml("<ListBucketResult xmlns='http://s3.amazonaws.com/doc/"
                 f"2006-03-01/'><IsTruncated>{str(more).lower()}"
                 f"</IsTruncated>{text}<EncodingType>url</EncodingType>"
                 "</ListBucketResult>")

    def remove(self, place):
        for name in (place, place + ".meta", place + ".headers"):
            try:
                os.unlink(name)
            except FileNotFoundError:
                pass

    def on_DELETE(self, place, query, headers, body):
        if "uploadId" in query:
            shutil.rmtree(os.path.join(top, "uploads", query["uploadId"]))
        else:
            self.remove(place)
        return self.answer(204)

    def on_POST(self, place, query, headers, body):
        if "uploads" in query:
            upload = str(uuid.uuid4())
            os.makedirs(os.path.join(top, "uploads", upload))
            return self.xml(
                "<InitiateMultipartUploadResult><UploadId>" + upload +
                "</UploadId></InitiateMultipartUploadResult>")
        if "uploadId" in query:
            return self.complete(place, query["uploadId"], body)
        digest = base64.b64encode(hashlib.md5(body).digest()).decode()
        if headers.get("content-md5") != digest:
            return self.answer(400, "InvalidDigest")
        failed = ""
        for key in xml.etree.ElementTree.fromstring(body).iter("Key"):
            if key.text.endswith("locked"):
                failed += (f"<Error><Key>{escape(key.text)}</Key>"
                           "<Code>AccessDenied</Code></Error>")
            else:
                self.remove(os.path.join(place, key.text))
        return self.xml(f"<DeleteResult>{failed}</DeleteResult>")

    def complete(self, place, upload, body):
        if self.fault == "error":
            return self.xml("")
        folder = os.path.join(top, "uploads", upload)
        data, sums = b"", b""
        for part in xml.etree.ElementTree.fromstring(body).iter("Part"):
            piece = self.read(f"{folder}/{int(part[0].text):05}")
            if part[1].text != f'"{md5(piece)}"':
                return self.answer(400, "InvalidPart")
            data += piece
            sums += hashlib.md5(piece).digest()
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as f:
            f.write(data)
        shutil.rmtree(folder)
        return self.xml(
            "<CompleteMultipartUploadResult><ETag>&quot;"
            f"{md5(sums)}-{len(sums) // 16}&quot;</ETag>"
            "</CompleteMultipartUploadResult>")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(os.path.join(top, "port.new"), "w") as f:
    print(server.server_address[1], file=f)
os.rename(os.path.join(top, "port.new"), os.path.join(top, "port"))
server.serve_forever()
