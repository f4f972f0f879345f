"""Debian's archive on the loopback interface: what is asked for is fetched from there, and kept.

So a machine of the lab needs no way to the Internet, and finds what Debian has signed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

from tests.support.archive import LOOPBACK
from tests.support.serving import serving

UPSTREAM = "http://deb.debian.org"
_FETCH_SECONDS = 120.0


class DebianMirror(ThreadingHTTPServer):
    """The mirror; `asked` is what was asked for, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.kept: dict[str, tuple[int, bytes]] = {}
        self.pool = urllib3.PoolManager(timeout=_FETCH_SECONDS)
        super().__init__((LOOPBACK, 0), _Handler)

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and content of what Debian has there."""
        self.asked.append(path)
        if path not in self.kept:
            found = self.pool.request("GET", UPSTREAM + path)
            self.kept[path] = (found.status, found.data)
        return self.kept[path]


@contextlib.contextmanager
def debian_mirror() -> Iterator[DebianMirror]:
    """The mirror for the length of the block."""
    with DebianMirror() as server, serving(server):
        yield server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, DebianMirror)
        status, data = self.server.fetch(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass
