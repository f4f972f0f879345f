"""A file that must survive a power cut: in which order it gets to the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bedplate.apply.files import put_file


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, bool]]:
    """What was synced, by name, and whether the final name was there then."""
    seen: list[tuple[str, bool]] = []

    def record(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        seen.append((name, (tmp_path / "cmdline").exists()))

    monkeypatch.setattr(os, "fsync", record)
    return seen


def test_content_first_then_the_name(tmp_path: Path, synced: list[tuple[str, bool]]) -> None:
    put_file(tmp_path / "cmdline", b"root=/dev/x\n", 0o640, durable=True)
    assert synced == [(".cmdline.bedplate", False), (tmp_path.name, True)]
    assert (tmp_path / "cmdline").read_bytes() == b"root=/dev/x\n"
    assert stat.S_IMODE((tmp_path / "cmdline").stat().st_mode) == 0o640


def test_files_of_an_installation_wait_for_its_end(
    tmp_path: Path, synced: list[tuple[str, bool]]
) -> None:
    put_file(tmp_path / "cmdline", b"", 0o644)
    assert synced == []
