#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""swift-server.py DIR BUCKET: OpenStack Swift with its S3 API, for tests.

One process is the proxy and the servers of accounts, containers and objects,
each on a free port of 127.0.0.1; what they store is below DIR.  It needs no
rights, no memcached and nothing in /etc.  When DIR/port has the port of the
proxy, BUCKET is there.  Signatures are verified: the key is "test:tester", its
secret "testing", the region "us-east-1".  $S3_PAGE is how many objects a page
of a list has, 1000 if it is not set.
"""
import eventlet

eventlet.monkey_patch()

import errno
import logging
import os
import sys
import time

from eventlet import wsgi
from swift.account.server import AccountController
from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.swob import Request
from swift.common.wsgi import SwiftHttpProtocol, loadapp
from swift.container.server import ContainerController
from swift.obj import diskfile
from swift.obj.server import ObjectController

top = os.path.abspath(sys.argv[1])
bucket = sys.argv[2]

PROXY = """
[DEFAULT]
swift_dir = {top}
[pipeline:main]
pipeline = catch_errors s3api tempauth copy bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 60
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_bucket_listing = {page}
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Cache:
    """As much of memcached as the pipeline uses."""

    def __init__(self):
        self.kept = {}

    def get(self, key, raise_on_error=False):
        value, until = self.kept.get(key, (None, 0))
        return None if until and until < time.time() else value

    def set(self, key, value, serialize=True, time=0, min_compress_len=0,
            raise_on_error=False):
        self.kept[key] = value, utils.time.time() + time if time else 0

    def incr(self, key, delta=1, time=0):
        self.set(key, (self.get(key) or 0) + delta, time=time)
        return self.get(key)

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.kept.pop(key, None)


class Attributes:
    """Attributes of files, which not every file system has, in memory."""

    def __init__(self):
        self.kept = {}

    @staticmethod
    def inode(file):
        stat = os.stat(getattr(file, "fileno", lambda: file)())
        return stat.st_dev, stat.st_ino

    def setxattr(self, file, name, value, *_):
        self.kept.setdefault(self.inode(file), {})[name] = value

    def getxattr(self, file, name, *_):
        try:
            return self.kept[self.inode(file)][name]
        except KeyError:
            raise OSError(errno.ENODATA, "none") from None

    def removexattr(self, file, name, *_):
        self.kept.get(self.inode(file), {}).pop(name, None)


def listen():
    sock = eventlet.listen(("127.0.0.1", 0), backlog=128)
    return sock, sock.getsockname()[1]


def serve(sock, app):
    quiet = logging.getLogger("wsgi")
    quiet.setLevel(logging.CRITICAL)
    eventlet.spawn(wsgi.server, sock, app, log=quiet, log_output=False,
                   custom_pool=eventlet.GreenPool(256),
                   protocol=SwiftHttpProtocol, keepalive=True)


def ring(name, port):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1,
                     "ip": "127.0.0.1", "port": port, "device": "disk",
                     "replication_ip": "127.0.0.1", "replication_port": port,
                     "meta": ""})
    builder.rebalance()
    builder.get_ring().save(f"{top}/{name}.ring.gz")


def ask(app, method, path, **headers):
    names = {k.replace("_", "-"): v for k, v in headers.items()}
    answer = Request.blank(path, {"REQUEST_METHOD": method},
                           headers=names).get_response(app)
    answer.body     # all of it
    if answer.status_int // 100 != 2:
        raise SystemExit(f"{method} {path}: {answer.status}")
    return answer.headers


utils.HASH_PATH_SUFFIX = b"test"
diskfile.xattr = Attributes()
os.makedirs(f"{top}/srv/disk", exist_ok=True)
conf = {"swift_dir": top, "devices": f"{top}/srv", "mount_check": "false",
        "disable_fallocate": "true", "fallocate_reserve": "0"}
for kind, make in (("account", AccountController),
                   ("container", ContainerController),
                   ("object", ObjectController)):
    sock, port = listen()
    ring(kind, port)
    serve(sock, make(conf))
with open(f"{top}/proxy-server.conf", "w") as f:
    f.write(PROXY.format(top=top, page=os.environ.get("S3_PAGE", 1000)))
pipeline = loadapp(f"{top}/proxy-server.conf")
cache = Cache()


def proxy(environ, start_response):
    environ["swift.cache"] = cache
    return pipeline(environ, start_response)


sock, port = listen()
serve(sock, proxy)
token = ask(proxy, "GET", "/auth/v1.0", X_Auth_User="test:tester",
            X_Auth_Key="testing")["X-Auth-Token"]
ask(proxy, "PUT", f"/v1/AUTH_test/{bucket}", X_Auth_Token=token)
with open(f"{top}/port.new", "w") as f:
    print(port, file=f)
os.rename(f"{top}/port.new", f"{top}/port")
while True:
    eventlet.sleep(3600)
