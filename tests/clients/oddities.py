#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Send what is odd about the HTTP of real clients, modems, scripts and the
proxies between, and see that each gets a sane answer.

    oddities.py URL

URL is a server for which the address of its clients is in GeoIP, with the
key "test".  Exit status 1 if an answer is other than it should be.
"""
import gzip
import re
import sys

import wire

TARGET = "/v1/geolocate?key=test"
LINE = f"POST {TARGET} HTTP/1.1"
BODY = b'{"carrier": "x"}'
HOST = "Host: x"


def raw(line=LINE, *headers, body=BODY, eol="\r\n"):
    """The bytes of a request; its length is added."""
    lines = [line, *(headers or (HOST,)), f"Content-Length: {len(body)}"]
    return (eol.join(lines) + 2 * eol).encode("latin-1") + body


def query(text):
    return raw(f"POST /v1/geolocate{text} HTTP/1.1")


def typed(text):
    return raw(LINE, HOST, f"Content-Type: {text}")


def chunked(data):
    return f"{LINE}\r\n{HOST}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() \
        + data


# What is sent, and the status of each reply.
ODDITIES = [
    ("nothing odd", raw(), [200]),
    # the first line
    ("HTTP/1.0", raw(f"POST {TARGET} HTTP/1.0"), [200]),
    ("HTTP/1.0 and keep-alive",
     2 * raw(f"POST {TARGET} HTTP/1.0", "Connection: keep-alive"),
     [200, 200]),
    ("a version to come", raw(f"POST {TARGET} HTTP/1.2"), [200]),
    ("a whole address, as to a proxy",
     raw(f"POST http://loc.example:8080{TARGET} HTTP/1.1"), [200]),
    ("a secure one", raw(f"POST https://loc.example{TARGET} HTTP/1.1"),
     [200]),
    ("a whole one without a path", raw("GET http://x?a=/v1/submit HTTP/1.1",
                                       body=b""), [404]),
    ("one without a host", raw(f"POST http://{TARGET} HTTP/1.1"), [400]),
    ("a user in it", raw(f"POST http://me@x{TARGET} HTTP/1.1"), [400]),
    ("a method in small letters", raw(f"post {TARGET} HTTP/1.1"), [405]),
    ("an unknown method", raw(f"REPORT {TARGET} HTTP/1.1"), [405]),
    ("TRACE", raw(f"TRACE {TARGET} HTTP/1.1", body=b""), [405]),
    ("CONNECT", raw("CONNECT loc.example:443 HTTP/1.1", body=b""), [404]),
    ("OPTIONS *", raw("OPTIONS * HTTP/1.1", body=b""), [404]),
    ("HTTP/2 at once", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505]),
    # lines
    ("no Host", raw(LINE, "Accept: */*"), [400]),
    ("HTTP/1.0 without Host", raw(f"POST {TARGET} HTTP/1.0", "Accept: */*"),
     [200]),
    ("line feeds only", raw(eol="\n"), [400]),
    ("an empty line before", b"\r\n" + raw(), [200]),
    ("an empty line behind the body", raw() + b"\r\n" + raw(), [200, 200]),
    ("no blank behind colons", raw(LINE, "Host:x", "Accept:*/*"), [200]),
    ("shouted", raw(LINE, "HOST: x", "CONTENT-TYPE: APPLICATION/JSON"),
     [200]),
    ("bytes over 127", raw(LINE, HOST, "X: \xff\xfe"), [200]),
    ("much of everything", raw(LINE, HOST, *(
        f"X-{i}: {i * 'x'}" for i in range(90))), [200]),
    # what the body is said to be
    *((f"Content-Type: {text}", typed(text), [200]) for text in (
        "", "text/plain", "application/x-www-form-urlencoded", "json",
        "application/json;charset=utf8", 'application/json; charset="UTF-8"',
        "application/json; charset=utf-8;", "application/json; charset=",
        "application/json; charset='utf-8'", "application/json; Charset=gbk",
        "application/json; charset = utf-8",
        "multipart/form-data; boundary=x; charset=iso-8859-15")),
    ("packed", raw(LINE, HOST, "content-encoding:GZIP",
                   body=gzip.compress(BODY)), [200]),
    ("packed, and a blank behind", raw(LINE, HOST, "Content-Encoding: gzip ",
                                       body=gzip.compress(BODY)), [200]),
    ("packed, but it is not", raw(LINE, HOST, "Content-Encoding: gzip"),
     [400]),
    ("not packed, but it is", raw(body=gzip.compress(BODY)), [400]),
    ("a charset as encoding", raw(LINE, HOST, "Content-Encoding: utf-8"),
     [200]),
    ("form data", raw(body=b"json=%7B%7D"), [400]),
    # bodies where none is expected, and none where one is
    ("GET with a body", raw(f"GET {TARGET} HTTP/1.1"), [200]),
    ("HEAD with a body", raw(f"HEAD {TARGET} HTTP/1.1") + raw(), [200, 200]),
    ("POST without length", f"{LINE}\r\n{HOST}\r\n\r\n".encode(), [200]),
    ("a report without body", raw("POST /v1/submit HTTP/1.1", body=b""),
     [400]),
    # chunks
    ("chunks", chunked(wire.chunks(BODY, 3)), [200]),
    ("a chunk with leading zeros", chunked(
        b"000010\r\n" + BODY + b"\r\n0\r\n\r\n"), [200]),
    ("a chunk with an extension", chunked(
        b"10;a=b\r\n" + BODY + b"\r\n0\r\n\r\n"), [200]),
    ("a trailer", chunked(
        b"10\r\n" + BODY + b"\r\n0\r\nX-Sum: 1\r\n\r\n") + raw(),
     [200, 200]),
    # asking first
    ("Expect", raw(LINE, HOST, "Expect: 100-continue"), [100, 200]),
    ("Expect, shouted", raw(LINE, HOST, "EXPECT: 100-Continue"), [100, 200]),
    ("Expect what nobody knows", raw(LINE, HOST, "Expect: x"), [200]),
    ("an offer of HTTP/2", raw(LINE, HOST, "Upgrade: h2c",
                               "Connection: Upgrade, HTTP2-Settings",
                               "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"),
     [200]),
    ("a browser's preflight", raw(
        f"OPTIONS {TARGET} HTTP/1.1", HOST, "Origin: https://a.example",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type", body=b""), [200]),
    # arguments
    *((text, query(text), [200]) for text in (
        "?key=test&", "?&key=test", "?key=test&key=test", "?key=%74est",
        "?key=test&considerIp", "?a=%&key=test", "?a=%zz&key=test",
        "?key=test&a[]=1&b=c=d",
        "?key=test;a=b")),
    *((text, query(text), [400]) for text in (
        "", "?", "?key", "?key=", "?KEY=test", "?key=test&key=",
        "?key=test?key=test", "?key=test%20",
        "?key=te+st", "?key=YOUR_API_KEY", "?key={key}", "?key=%s")),
]


def statuses(url, data):
    """The statuses of all that comes back when no more is sent."""
    with wire.Connection(url) as connection:
        connection.sock.sendall(data)
        connection.sock.shutdown(1)
        got = connection.stream.read()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", got)]


def main():
    bad = 0
    for name, data, want in ODDITIES:
        got = statuses(sys.argv[1], data)
        if got != want:
            bad += 1
            print(f"{name}: want {want}, got {got}", data[:200], sep="\n\t")
    print(f"{len(ODDITIES)} oddities, {bad} answers not as expected")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
