"""`bedplate repo enable` and an archive on the loopback interface: enabled, or left untouched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bedplate.cli import repo
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from bedplate.run import run
from tests.support.archive import Archive, KeyMaker, Package, served, signing_keys

PACKAGES = {"main": [Package("hello-bedplate", "1.0")]}
RING = "/etc/apt/keyrings/house.gpg"
PLACE = "etc/apt/sources.list.d/house.sources"
OFF = "Types: deb\nURIs: {url}\nSuites: trixie\nComponents: main\nSigned-By: " + RING + "\n"


def right(archive: Archive, make_key: KeyMaker) -> bytes:
    key = make_key("right")
    archive.publish(key, components=PACKAGES)
    return key.public


def signed_by_another(archive: Archive, make_key: KeyMaker) -> bytes:
    archive.publish(make_key("wrong"), components=PACKAGES)
    return make_key("right").public


def expired(archive: Archive, make_key: KeyMaker) -> bytes:
    key, now = make_key("right"), datetime.now(UTC)
    before = now - timedelta(days=9)
    archive.publish(key, components=PACKAGES, date=before, valid_until=now - timedelta(days=2))
    return key.public


def tampered(archive: Archive, make_key: KeyMaker) -> bytes:
    key = make_key("right")
    archive.publish(key, components=PACKAGES)
    for suffix in ("", ".xz"):
        archive.package_list("trixie", "main", suffix).write_bytes(b"not what was signed")
    return key.public


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (right, ExitCode.OK, "is enabled in"),
        (signed_by_another, ExitCode.REFUSED, "bad-signature"),
        (expired, ExitCode.REFUSED, "expired"),
        (tampered, ExitCode.REFUSED, "tampered"),
    ],
)
def test_what_is_enabled_was_looked_at(
    make: Callable[[Archive, KeyMaker], bytes],
    code: ExitCode,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive, root = Archive(tmp_path / "archive"), tmp_path / "root"
    monkeypatch.setattr(repo, "HOST", Host(run, root, tmp_path / "lock"))
    with signing_keys() as make_key, served(archive.root) as server:
        keyring = make(archive, make_key)
        off = "# Ours.\n" + OFF.format(url=server.url) + "Enabled: no\n"
        for path, data in ((RING[1:], keyring), (PLACE, off.encode())):
            (root / path).parent.mkdir(parents=True)
            (root / path).write_bytes(data)
        words = ["repo", "enable", "house.sources:2", "--yes"]
        assert run_command(words) == code
        out = capsys.readouterr()
        assert said in out.out + out.err
        on = off.replace("Enabled: no", "Enabled: yes") if code is ExitCode.OK else off
        assert (root / PLACE).read_text() == on
        if code is ExitCode.OK:
            server.asked.clear()
            assert run_command(words) == ExitCode.OK
            assert "nothing is changed" in capsys.readouterr().out
            assert server.asked == []
