"""The program of a first boot, brought from the medium or a server before anything is planned."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bedplate.cli.bringing import with_brought
from bedplate.config.answer import parse_answer
from bedplate.config.layouts import load_layouts
from bedplate.errors import ExitCode, FactsError, RefusedError
from bedplate.facts.first_boot import program_at, program_of_medium
from bedplate.model.program import PROGRAM_BYTES
from bedplate.run import run
from tests.support.serving import serving

GOLDEN = Path(__file__).parents[1] / "golden"
PROGRAM = b"#!/bin/sh\nexit 0\n"
BASIC = f"Basic {base64.b64encode(b'someone:a secret').decode()}"


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that prints nothing, and gives `private` to those who may have it."""

    def do_GET(self) -> None:
        """Ask for a login where one is needed."""
        if self.path == "/private" and self.headers["Authorization"] != BASIC:
            self.send_error(401)
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Tests look at what is fetched instead."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the server has: a program, one that is too large, and something else."""
    served = tmp_path / "served"
    served.mkdir()
    for name in ("program", "private"):
        (served / name).write_bytes(PROGRAM)
    (served / "large").write_bytes(PROGRAM + bytes(PROGRAM_BYTES))
    (served / "page").write_bytes(b"<html>")
    return served


@pytest.fixture
def server(folder: Path) -> Iterator[ThreadingHTTPServer]:
    """An HTTPS server with a certificate that nobody has signed but itself."""
    certificate = folder.parent / "cert.pem"
    key = folder.parent / "key.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout"
    run([*make.split(), key, "-out", certificate])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as made:
        made.socket = context.wrap_socket(made.socket, server_side=True)
        with serving(made):
            yield made


def fingerprint(folder: Path) -> str:
    """The SHA-256 of the server's certificate."""
    pem = (folder.parent / "cert.pem").read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_a_server_is_trusted_by_the_fingerprint_of_its_certificate(
    server: ThreadingHTTPServer, folder: Path
) -> None:
    url = f"https://127.0.0.1:{server.server_port}"
    assert program_at(f"{url}/program", fingerprint(folder)) == PROGRAM
    with pytest.raises(FactsError, match="ingerprint"):
        program_at(f"{url}/program", "00" * 32)
    with pytest.raises(FactsError, match="certificate"):
        program_at(f"{url}/program", None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("large", "is larger than the 1 MiB"),
        ("page", "is no program"),
        ("missing", "is not there"),
        ("private", "is not for everybody: the server answers with 401"),
    ],
)
def test_what_is_no_program_is_refused(
    name: str, said: str, server: ThreadingHTTPServer, folder: Path
) -> None:
    with pytest.raises(FactsError, match=said):
        program_at(f"https://127.0.0.1:{server.server_port}/{name}", fingerprint(folder))


def test_a_login_in_the_address_is_used_and_not_shown(
    server: ThreadingHTTPServer, folder: Path
) -> None:
    place = f"127.0.0.1:{server.server_port}/private"
    pinned = fingerprint(folder)
    assert program_at(f"https://someone:a%20secret@{place}", pinned) == PROGRAM
    with pytest.raises(FactsError, match="answers with 401") as raised:
        program_at(f"https://someone:wrong@{place}", pinned)
    assert "wrong" not in str(raised.value)


def test_a_server_that_is_not_there(server: ThreadingHTTPServer) -> None:
    server.socket.close()
    with pytest.raises(FactsError, match="Connection refused") as raised:
        program_at(f"https://someone:secret@127.0.0.1:{server.server_port}/program", None)
    assert "secret" not in str(raised.value)


def test_everything_that_cannot_be_had_is_a_reason_to_refuse_before_a_disk_is_touched(
    folder: Path, server: ThreadingHTTPServer, tmp_path: Path
) -> None:
    images = tmp_path / "medium" / "live"
    images.mkdir(parents=True)
    (images.parent / "hooks" / "after-install").mkdir(parents=True)
    answer = (GOLDEN / "answers" / "minimal.toml").read_text()
    url = f"https://127.0.0.1:{server.server_port}/missing"
    pinned = f'source = "from-url"\nurl = "{url}"\ncert-fingerprint = "{fingerprint(folder)}"'
    asked = {'source = "from-iso"': "first-boot-missing", pinned: "not-fetched"}
    for first_boot, code in asked.items():
        text = f"{answer}\n[first-boot]\n{first_boot}\n"
        with pytest.raises(RefusedError) as raised:
            with_brought(parse_answer(text.encode(), load_layouts()), images)
        assert [one.code for one in raised.value.problems] == ["hook-unusable", code]
        assert raised.value.exit_code == ExitCode.REFUSED


def test_the_program_of_the_medium_is_in_its_root_or_beside_the_images(tmp_path: Path) -> None:
    images = tmp_path / "live"
    images.mkdir()
    with pytest.raises(FactsError, match="the medium has no such program"):
        program_of_medium(images)
    (images / "proxmox-first-boot").write_bytes(PROGRAM + b"# beside\n")
    assert program_of_medium(images) == PROGRAM + b"# beside\n"
    (tmp_path / "proxmox-first-boot").write_bytes(PROGRAM)
    assert program_of_medium(images) == PROGRAM
