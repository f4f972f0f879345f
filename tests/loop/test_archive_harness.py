"""The signed archive that tests make: apt itself takes it for one, and only with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import CommandError
from bedplate.run import run
from tests.support.archive import Archive, Package, served, signing_keys

HELLO = Package("hello-bedplate", "1.0", files={"/usr/share/hello-bedplate/words": "hello\n"})


def make_apt(folder: Path, source: str) -> list[str]:
    """The options of an apt that has its folders, sources and packages to itself."""
    for name in ("state/lists/partial", "cache/archives/partial", "etc/preferences.d"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/sources.list").write_text(source)
    (folder / "status").touch()
    options = {
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Retries": "0",
        "Dir::Cache": folder / "cache",
        "Dir::Etc": folder / "etc",
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
    }
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def test_apt_installs_from_the_archive_with_its_key_alone(tmp_path: Path) -> None:
    archive, ring = Archive(tmp_path / "archive"), tmp_path / "ring.gpg"
    with signing_keys() as make_key, served(archive.root) as server:
        right, wrong = make_key("right"), make_key("wrong")
        archive.publish(right, components={"main": [HELLO]})
        apt = make_apt(tmp_path / "apt", f"deb [signed-by={ring}] {server.url} trixie main\n")

        ring.write_bytes(wrong.public)
        with pytest.raises(CommandError, match="is not signed"):
            run(["apt-get", *apt, "update"])
        ring.write_bytes(right.public)
        run(["apt-get", *apt, "update"])
        found = run(["apt-get", *apt, "--simulate", "install", HELLO.name]).stdout
    assert f"Inst {HELLO.name} (1.0 Test:trixie [all])" in found.splitlines()
