"""What an image build notes of the base system, so that plans can say what they replace."""

from __future__ import annotations

from pathlib import Path

from bedplate.image.base import read_files
from bedplate.model.manifest import BaseFile


def test_texts_and_links_are_noted_and_nothing_is_followed(tmp_path: Path) -> None:
    (tmp_path / "etc" / "folder").mkdir(parents=True)
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1\tlocalhost\n")
    (tmp_path / "etc" / "machine-id").touch()
    (tmp_path / "etc" / "localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    paths = {"/etc/hosts", "/etc/machine-id", "/etc/localtime", "/etc/folder", "/etc/hostname"}
    assert read_files(tmp_path, paths) == {
        "/etc/hosts": BaseFile(content="127.0.0.1\tlocalhost\n"),
        "/etc/localtime": BaseFile(link="/usr/share/zoneinfo/Etc/UTC"),
        "/etc/machine-id": BaseFile(),
    }
