"""Stand-ins for Graphite and InfluxDB on one address, that read what they get strictly."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bedplate.run import run
from tests.support.metric_formats import Point, parse_graphite, parse_influx
from tests.support.serving import serving

_SECONDS = 60.0
_DATAGRAM = 65536


@dataclass(slots=True)
class Heard:
    """What a stand-in was told, piece by piece; `port` is where it listens."""

    port: int = 0
    pieces: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, data: bytes) -> None:
        """Note a datagram, a connection's whole text, or a body."""
        with self.news:
            self.pieces.append(data.decode())
            self.news.notify_all()

    def wait(self, lines: int = 1) -> str:
        """All of it, once there are so many lines."""
        with self.news:
            assert self.news.wait_for(lambda: self.text().count("\n") >= lines, _SECONDS)
            return self.text()

    def wait_for(self, words: str) -> str:
        """All of it, once these words are in it."""
        with self.news:
            assert self.news.wait_for(lambda: words in self.text(), _SECONDS), self.text()
            return self.text()

    def text(self) -> str:
        """All of it so far."""
        return "".join(self.pieces)

    def graphite(self, lines: int = 1) -> list[tuple[str, float, int]]:
        """The points, by Graphite's rules."""
        return parse_graphite(self.wait(lines))

    def influx(self, lines: int = 1) -> list[Point]:
        """The points, by InfluxDB's rules."""
        return parse_influx(self.wait(lines))


@contextmanager
def udp_server(address: str = "127.0.0.1") -> Iterator[Heard]:
    """Graphite or InfluxDB over UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((address, 0))
        heard = Heard(ear.getsockname()[1])

        def listen() -> None:
            while data := ear.recv(_DATAGRAM):
                heard.hear(data)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
                voice.sendto(b"", ear.getsockname())
            thread.join()


@contextmanager
def tcp_server(address: str = "127.0.0.1") -> Iterator[Heard]:
    """Graphite over TCP: a connection's text is complete when the other end hangs up."""
    with socket.create_server((address, 0)) as ear:
        heard = Heard(ear.getsockname()[1])

        def listen() -> None:
            with suppress(OSError):
                while True:
                    line, _ = ear.accept()
                    with line, line.makefile("rb") as text:
                        heard.hear(text.read())

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            ear.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def http_server(
    token: str,
    bucket: str,
    address: str = "127.0.0.1",
    *,
    prefix: str = "",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Heard]:
    """InfluxDB's write API of version 2, for one bucket of the organization `proxmox`."""
    heard = Heard()

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            where = urlsplit(self.path)
            asked = parse_qs(where.query, strict_parsing=True)
            if self.headers["Authorization"] != f"Token {token}":
                self._answer(401, "unauthorized access")
            elif where.path != f"{prefix}/api/v2/write":
                self._answer(404, "path not found")
            elif asked != {"org": ["proxmox"], "bucket": [bucket], "precision": ["ns"]}:
                self._answer(404, f"bucket {json.dumps(asked)} not found")
            else:
                heard.hear(body)
                self._answer(204, "")

        def _answer(self, code: int, message: str) -> None:
            body = json.dumps({"code": "error", "message": message}).encode() if message else b""
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests look at what was heard instead."""

    with _serving(Api, heard, address, tls):
        yield heard


@contextmanager
def answering_server(status: int, answer: bytes, **headers: str) -> Iterator[Heard]:
    """Says the same to everybody, whether or not that makes sense; it hears what is posted."""
    heard = Heard()

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.hear(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # who asked may have read enough
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Tests look at what was heard instead."""

    with _serving(Api, heard, "127.0.0.1", None):
        yield heard


def own_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody has signed, and a server's context with it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=influx", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    files = ("-nodes", "-keyout", key, "-out", certificate)
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", *subject, *files])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


@contextmanager
def _serving(
    handler: type[BaseHTTPRequestHandler], heard: Heard, address: str, tls: ssl.SSLContext | None
) -> Iterator[None]:
    with ThreadingHTTPServer((address, 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        heard.port = server.server_port
        with serving(server):
            yield
