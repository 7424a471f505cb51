"""A remote store: the files of a folder over HTTP, behind links of limited bandwidth, late by a latency.

Arguments: the folder, and {"link": [seconds of latency, bytes a second], ...} as JSON. A file's address is
/link/path. All connections of a link share it. GET answers ranges, HEAD tells sizes, GET /stats counts what
each link carried.
"""

import json
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 16 * 1024


class Link:
    """A wire: one byte after another, whoever sends them."""

    def __init__(self, latency, bandwidth):
        self.latency, self.bandwidth, self.lock = latency, bandwidth, threading.Lock()
        self.free, self.requests, self.carried = 0.0, 0, 0

    def ask(self):
        """A request comes, late."""
        with self.lock:
            self.requests += 1
        time.sleep(self.latency)

    def carry(self, size):
        """Wait until `size` bytes have passed, behind all that were sent before."""
        with self.lock:
            self.free = max(self.free, time.monotonic()) + size / self.bandwidth
            self.carried += size
            until = self.free
        time.sleep(max(0.0, until - time.monotonic()))


class Store(BaseHTTPRequestHandler):
    """One connection, its requests one after another."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self):
        """Small answers go out at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def head(self, status, size=0, **headers):
        """Status and headers."""
        self.send_response(status)
        for name, value in ({"Content-Length": size, "Accept-Ranges": "bytes"} | headers).items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def do_GET(self):
        """A file, or a range of it."""
        if self.path == "/stats":
            body = json.dumps({name: [link.requests, link.carried] for name, link in LINKS.items()}).encode()
            self.head(200, len(body))
            return self.wfile.write(body)
        name, _, place = self.path.strip("/").partition("/")
        path = (FOLDER / place).resolve()
        if name not in LINKS or FOLDER not in path.parents or not path.is_file():
            return self.head(404)
        LINKS[name].ask()
        size, asked = path.stat().st_size, re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        begin, end = (int(asked[1]), min(int(asked[2] or size), size - 1)) if asked else (0, size - 1)
        if begin > end:
            return self.head(416, Content_Range=f"bytes */{size}")
        with path.open("rb") as file:
            file.seek(begin)
            body = file.read(end - begin + 1)
        span = {"Content_Range": f"bytes {begin}-{end}/{size}"} if asked else {}
        self.head(206 if asked else 200, len(body), **span)
        if self.command == "GET":
            for at in range(0, len(body), PIECE):
                LINKS[name].carry(len(body[at:at + PIECE]))
                self.wfile.write(body[at:at + PIECE])

    do_HEAD = do_GET

    def log_message(self, *words):
        """Keep quiet."""


FOLDER = Path(sys.argv[1]).resolve()
LINKS = {name: Link(*limits) for name, limits in json.loads(sys.argv[2]).items()}
server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
server.daemon_threads = True
print("port", server.server_port)
server.serve_forever()
