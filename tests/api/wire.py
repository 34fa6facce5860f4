# SPDX-License-Identifier: ISC
"""HTTP/1.1 as bytes: requests exactly as they are to be sent."""
import socket
import typing
import urllib.parse

TIMEOUT_S = 60


class Reply(typing.NamedTuple):
    status: int
    headers: dict           # lower-case names
    body: bytes


def request(method, target, body=None, headers=()):
    """The bytes of a request: HEADERS, (name, value) pairs, as they are, with
    a Host, and the length of a BODY, unless these say otherwise."""
    names = {name.lower() for name, _ in headers}
    fields = list(headers)
    if "host" not in names:
        fields.insert(0, ("Host", "localhost"))
    if body is not None and not names & {"content-length",
                                         "transfer-encoding"}:
        fields.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in fields)
    return head.encode("latin-1") + b"\r\n" + (body or b"")


def chunks(body, size=100):
    """BODY as the transfer coding "chunked" sends it."""
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts + [b""])


def read_reply(stream, method):
    """The next reply, which is to METHOD; interim ones are skipped."""
    line = stream.readline()
    if not line:
        raise EOFError("no reply")
    status = int(line.split()[1])
    headers = {}
    while (line := stream.readline().rstrip(b"\r\n")):
        name, value = line.decode("latin-1").split(": ", 1)
        headers[name.lower()] = value
    if status < 200:
        return read_reply(stream, method)
    length = int(headers.get("content-length", 0))
    if method == "HEAD" or status == 204:
        length = 0
    return Reply(status, headers, stream.read(length))


class Connection:
    """One connection to the server at URL."""

    def __init__(self, url):
        address = urllib.parse.urlsplit(url)
        self.sock = socket.create_connection(
            (address.hostname, address.port), TIMEOUT_S)
        self.stream = self.sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.sock.close()

    def exchange(self, requests):
        """Send all REQUESTS at once and return their replies."""
        self.sock.sendall(b"".join(requests))
        return [read_reply(self.stream, r.split(b" ", 1)[0].decode())
                for r in requests]


def ask(url, *args, **kwargs):
    """The reply to one request, see request(), on its own connection."""
    with Connection(url) as connection:
        return connection.exchange([request(*args, **kwargs)])[0]
