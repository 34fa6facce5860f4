#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sha2-server.py PORT SOCKET PLUGIN PASSWORD KEY [CERT CERTKEY]

Be MySQL 8 at 127.0.0.1:PORT as far as logging in goes, with PLUGIN
(caching_sha2_password or sha256_password) and one PASSWORD for all accounts;
what follows goes to the MariaDB at SOCKET, as root.  KEY is the RSA key in a
PEM file that passwords are encrypted for where nothing else encrypts them; with
CERT it offers TLS.  How each client has shown what it knows is printed.
"""
import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading

port, backend, plugin, password, key = sys.argv[1:6]
cert = sys.argv[6:8]
password = password.encode()
known = threading.Event()       # the server has the password in its cache

SSL, DEPRECATE_EOF, SESSION_TRACK, COMPRESS, ZSTD = \
    1 << 11, 1 << 24, 1 << 23, 1 << 5, 1 << 26
CONNECT_WITH_DB, PLUGIN_AUTH, SECURE, ATTRS, LENENC = \
    1 << 3, 1 << 19, 1 << 15, 1 << 20, 1 << 21
CAPABILITIES = 0xffffffff & ~(SSL | DEPRECATE_EOF | SESSION_TRACK | COMPRESS |
                              ZSTD | ATTRS | LENENC | 0xf8000000)
DENIED = b"\xff" + (1045).to_bytes(2, "little") + b"#28000Access denied"
OK = b"\x00\x00\x00\x02\x00\x00\x00"


class Denied(Exception):
    pass


class Packets:
    """Packets over SOCK, numbered."""

    def __init__(self, sock):
        self.sock, self.seq = sock, 0

    def take(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise Denied
            data += more
        return data

    def get(self):
        head = self.take(4)
        self.seq = head[3] + 1
        return self.take(int.from_bytes(head[:3], "little"))

    def put(self, data):
        self.sock.sendall(len(data).to_bytes(3, "little") +
                          bytes([self.seq & 255]) + data)
        self.seq += 1


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def xor(a, b):
    return bytes(x ^ b[i % len(b)] for i, x in enumerate(a))


def greeting(nonce, flags):
    low, high = flags & 0xffff, flags >> 16
    return b"\x0a8.0.36\x00" + (7).to_bytes(4, "little") + nonce[:8] + \
        b"\x00" + low.to_bytes(2, "little") + b"\x21\x02\x00" + \
        high.to_bytes(2, "little") + b"\x15" + bytes(10) + nonce[8:] + \
        b"\x00" + plugin.encode() + b"\x00"


def decrypt(data):
    return subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", key,
                           "-pkeyopt", "rsa_padding_mode:oaep"], input=data,
                          capture_output=True, check=True).stdout


def public_key():
    return subprocess.run(["openssl", "pkey", "-in", key, "-pubout"],
                          capture_output=True, check=True).stdout


def whole_password(p, nonce, asks, said):
    """The client tells all: SAID, or what comes next if that is empty."""
    said = said or p.get()
    if said == asks:            # the key, since nothing encrypts
        p.put(b"\x01" + public_key())
        return "rsa", xor(decrypt(p.get()), nonce)
    return ("tls" if isinstance(p.sock, ssl.SSLSocket) else "bare"), said


def check(p, nonce, said):
    """How the client has shown that it knows the password."""
    if plugin == "caching_sha2_password":
        once = sha256(password)
        if said != xor(once, sha256(sha256(once), nonce)):
            raise Denied
        if known.is_set():
            p.put(b"\x01\x03")
            return "fast"
        p.put(b"\x01\x04")
        how, told = whole_password(p, nonce, b"\x02", b"")
    else:
        how, told = whole_password(p, nonce, b"\x01", said)
    if how == "bare" or told != password + b"\0":
        raise Denied
    known.set()
    return how


def log_in(sock):
    """Returns the connection, the client's flags and database."""
    nonce = bytes(b % 127 + 1 for b in os.urandom(20))
    p = Packets(sock)
    p.put(greeting(nonce, CAPABILITIES | (SSL if cert else 0)))
    answer = p.get()
    if len(answer) == 32 and cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)
        p.sock = context.wrap_socket(sock, server_side=True)
        answer = p.get()
    flags = int.from_bytes(answer[:4], "little")
    rest = answer[32:].split(b"\0", 1)[1]
    said, rest = rest[1:1 + rest[0]], rest[1 + rest[0]:]
    database = rest.split(b"\0", 1)[0] if flags & CONNECT_WITH_DB else b""
    try:
        print(check(p, nonce, said), flush=True)
    except Denied:
        print("denied", flush=True)
        p.put(DENIED)
        raise
    return p, flags, database


def be_root(flags, database):
    """A session at MariaDB with the client's flags."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(backend)
    p = Packets(sock)
    p.get()
    flags &= CAPABILITIES
    p.put((flags | SECURE | PLUGIN_AUTH).to_bytes(4, "little") +
          (1 << 24).to_bytes(4, "little") + b"\x21" + bytes(23) +
          b"root\0\0" + (database + b"\0" if flags & CONNECT_WITH_DB else b"")
          + b"mysql_native_password\0")
    assert p.get()[0] == 0
    return sock


def pump(a, b, change):
    try:
        while data := a.recv(65536):
            # MariaDB 10 has the old name only.
            b.sendall(data.replace(b"transaction_isolation",
                                   b"tx_isolation         ")
                      if change else data)
    except OSError:
        pass
    for s in a, b:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(sock):
    try:
        p, flags, database = log_in(sock)
    except (Denied, OSError):
        sock.close()
        return
    far = be_root(flags, database)
    p.put(OK)
    threading.Thread(target=pump, args=(far, p.sock, False)).start()
    pump(p.sock, far, True)


listener = socket.create_server(("127.0.0.1", int(port)))
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
