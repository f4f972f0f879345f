"""The signed archive that tests make: apt itself takes it for one, and only with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.errors import CommandError
from tests.support.apt_host import AptHost
from tests.support.archive import Archive, Package, served, signing_keys

WORDS = "/usr/share/hello-bedplate/words"
HELLO = Package("hello-bedplate", "1.0", files={WORDS: "hello\n"})


def test_apt_installs_from_the_archive_with_its_key_alone(tmp_path: Path) -> None:
    archive, host = Archive(tmp_path / "archive"), AptHost(tmp_path / "host").make()
    with signing_keys() as make_key, served(archive.root) as server:
        right, wrong = make_key("right"), make_key("wrong")
        archive.publish(right, components={"main": [HELLO]})

        host.add_source(f"deb [signed-by={{}}] {server.url} trixie main", wrong.public)
        with pytest.raises(CommandError, match="is not signed"):
            host.run(["apt-get", "update"])
        (host.root / "etc/apt/keyrings/test.gpg").write_bytes(right.public)
        host.run(["apt-get", "update"])
        host.run(["apt-get", "install", "--yes", HELLO.name])
    assert (host.root / WORDS[1:]).read_text() == "hello\n"
    assert host.run(["dpkg-query", "--show", HELLO.name]).stdout == "hello-bedplate\t1.0\n"
