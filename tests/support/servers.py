"""A time server and a mail server for virtual machines, which reach this machine as 10.0.2.2."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from bedplate.run import run
from tests.support.serving import serving

SEEN_BY_GUESTS: Final = "10.0.2.2"
_NTP_PORT: Final = 123
_NTP_EPOCH: Final = 2208988800  # seconds from 1900 to 1970
_FROM_CLIENT: Final = 3


@dataclass(slots=True)
class Mailbox:
    """The mails that a server took: who logged in, the envelope, and the text."""

    port: int
    logins: list[tuple[str, str]] = field(default_factory=list)
    mails: list[tuple[str, str, str]] = field(default_factory=list)


@contextlib.contextmanager
def time_server(port: int = _NTP_PORT) -> Iterator[tuple[str, int]]:
    """An NTP server with this machine's clock (RFC 5905), which calls itself a primary one."""
    with socketserver.UDPServer(("127.0.0.1", port), _TheTime) as server, serving(server):
        yield server.socket.getsockname()


class _TheTime(socketserver.DatagramRequestHandler):
    """Answers one packet, if it is a client's."""

    def handle(self) -> None:
        """Tell when it came, and when the answer leaves."""
        request = self.rfile.read()
        if len(request) < 48 or request[0] & 7 != _FROM_CLIENT:
            return
        now = _timestamp()
        head = struct.pack("!BBbbII4s", 0x24, 1, 6, -20, 0, 0, b"TEST")
        self.wfile.write(head + now + request[40:48] + now + _timestamp())


def _timestamp() -> bytes:
    seconds = time.time() + _NTP_EPOCH
    return struct.pack("!II", int(seconds), int(seconds % 1 * 2**32))


@contextlib.contextmanager
def mail_server(folder: Path, user: str, password: str) -> Iterator[Mailbox]:
    """A relay that takes mail after STARTTLS, from one user with a password (RFC 3207, 4954)."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=relay.example.com", "-days", "2", "-nodes")
    files = ("-keyout", key, "-out", certificate)
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", *subject, *files])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Mailbox(port=0)

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                _Talk(self.connection, context, box, (user, password)).run()

    with _Relay(("127.0.0.1", 0), Session) as server, serving(server):
        box.port = server.server_address[1]
        yield box


class _Relay(socketserver.ThreadingTCPServer):
    """Ends without waiting for a client that stays."""

    daemon_threads = True


class _Talk:
    """One connection of a client that wants to be rid of a mail."""

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        box: Mailbox,
        account: tuple[str, str],
    ) -> None:
        self._connection = connection
        self._context = context
        self._box = box
        self._account = account
        self._file: IO[bytes] = connection.makefile("rb")
        self._secure = self._known = False
        self._sender = self._recipient = ""

    def run(self) -> None:
        self._say("220 relay.example.com ESMTP")
        while line := self._file.readline().decode().rstrip("\r\n"):
            word, _, rest = line.partition(" ")
            if word.upper() == "QUIT":
                self._say("221 bye")
                return
            getattr(self, f"_on_{word.lower()}", self._on_other)(rest)

    def _say(self, *lines: str) -> None:
        self._connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _on_other(self, _rest: str) -> None:
        self._say("250 fine")

    def _on_ehlo(self, _rest: str) -> None:
        offer = "250 AUTH PLAIN" if self._secure else "250 STARTTLS"
        self._say("250-relay.example.com", offer)

    def _on_starttls(self, _rest: str) -> None:
        self._say("220 go ahead")
        self._connection = self._context.wrap_socket(self._connection, server_side=True)
        self._file = self._connection.makefile("rb")
        self._secure = True

    def _on_auth(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
        self._known = (user, password) == self._account
        self._box.logins.append((user, password))
        self._say("235 welcome" if self._known else "535 no")

    def _on_mail(self, rest: str) -> None:
        self._sender = rest.partition("<")[2].partition(">")[0]
        self._say("250 fine" if self._known else "530 who are you?")

    def _on_rcpt(self, rest: str) -> None:
        self._recipient = rest.partition("<")[2].partition(">")[0]
        self._say("250 fine")

    def _on_data(self, _rest: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self._file.readline()) not in (b".\r\n", b""):
            lines.append(line.decode())
        self._box.mails.append((self._sender, self._recipient, "".join(lines)))
        self._say("250 taken")
