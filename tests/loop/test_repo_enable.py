"""`bedplate repo enable` from beginning to end: a real key, a real archive, a host in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.cli import repo
from bedplate.cli.host_changing import Host
from bedplate.cli.main import run_command
from bedplate.errors import ExitCode
from tests.support.apt_host import AptHost
from tests.support.archive import Archive, Package, SigningKey, served, signing_keys

SOURCES = "/etc/apt/sources.list.d/test.sources"
KEYRING = "/etc/apt/keyrings/third.gpg"


@dataclass(frozen=True, slots=True)
class Scene:
    """A host with a third party's archive that is switched off, and that archive's key."""

    root: Path
    archive: Archive
    right: SigningKey
    wrong: SigningKey

    def enable(self, *words: str) -> int:
        """Have the archive used; returns the exit code."""
        return run_command(["repo", "enable", f"{SOURCES}:1", "--yes", *words])

    def files(self) -> dict[str, bytes]:
        """Every file below /etc/apt of the host."""
        folder = self.root / "etc/apt"
        return {f"/{p.relative_to(self.root)}": p.read_bytes() for p in folder.rglob("*.[gs]*")}


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    apt, archive = AptHost(tmp_path / "host").make(), Archive(tmp_path / "archive")
    (apt.root / "etc/os-release").write_text("VERSION_CODENAME=trixie\n")
    with signing_keys() as make_key, served(archive.root) as server:
        right, wrong = make_key("right"), make_key("wrong")
        archive.publish(right, components={"main": [Package("hello", "1.0")]})
        (archive.root / "key.asc").write_text(right.armoured)
        (apt.root / SOURCES[1:]).write_text(
            f"Types: deb\nEnabled: no\nURIs: {server.url}\nSuites: trixie\n"
            f"Components: main\nSigned-By: {KEYRING}\n"
        )
        host = Host(run=apt.run, root=apt.root, lock=tmp_path / "lock")
        monkeypatch.setattr(repo, "HOST", host)
        yield Scene(apt.root, archive, right, wrong)


def test_a_third_party_is_enabled_with_the_key_that_was_named(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--key", str(scene.archive.root / "key.asc"), "--fingerprint", scene.right.fingerprint)
    assert scene.enable(*words) == ExitCode.OK
    found = scene.files()
    assert found[KEYRING] == scene.right.public
    assert b"Enabled: yes" in found[SOURCES]
    capsys.readouterr()

    assert scene.enable(*words) == ExitCode.OK
    assert scene.files() == found
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        ((), ExitCode.REFUSED, "no-keyring"),
        (("--key", "{key}", "--fingerprint", "{wrong}"), ExitCode.REFUSED, "wrong-key"),
        (("--key", "{key}", "--fingerprint", "{short}"), ExitCode.USAGE, "invalid-fingerprint"),
        (("--key", "{key}.gone", "--fingerprint", "{right}"), ExitCode.FAILED, "no-key"),
    ],
)
def test_without_the_right_key_nothing_is_written(
    scene: Scene,
    words: tuple[str, ...],
    code: ExitCode,
    problem: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {
        "key": scene.archive.root / "key.asc",
        "right": scene.right.fingerprint,
        "wrong": scene.wrong.fingerprint,
        "short": scene.right.fingerprint[-16:],
    }
    before = scene.files()
    assert scene.enable(*(word.format(**given) for word in words)) == code
    assert f"[{problem}]" in capsys.readouterr().err
    assert scene.files() == before


def test_an_archive_of_another_key_stays_switched_off(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.archive.publish(scene.wrong, components={"main": []})
    before = scene.files()
    key = ("--key", str(scene.archive.root / "key.asc"))
    assert scene.enable(*key, "--fingerprint", scene.right.fingerprint) == ExitCode.REFUSED
    assert "refused[bad-signature]" in capsys.readouterr().err
    assert scene.files() == before
