"""Which checksums are begun before anything else is known: the likely ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.cli.install import likely_sources
from bedplate.model.artefacts import BASE, DELTA, STREAM

ZFS = '[disk-setup]\nfilesystem = "zfs"\nzfs.raid = "raid1"\n'
LVM = '[disk-setup]\nlayout = "lvm-thin"\n'


@pytest.mark.parametrize(
    ("answer", "images", "sources"),
    [
        (ZFS, (BASE, STREAM, DELTA), (STREAM, DELTA)),
        ('[disk-setup]\nlayout = "zfs-mirror"\n', (BASE, STREAM, DELTA), (STREAM, DELTA)),
        (ZFS, (BASE,), (BASE,)),
        (LVM, (BASE, STREAM, DELTA), (BASE,)),
        (None, (BASE, STREAM, DELTA), (BASE,)),
    ],
    ids=["filesystem", "layout", "no-stream", "lvm", "no-answer"],
)
def test_the_checksums_of_the_stream_are_likely_where_zfs_is_asked_for(
    answer: str | None, images: tuple[str, ...], sources: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "answer.toml"
    if answer is not None:
        file.write_text(answer)
    for name in images:
        (tmp_path / name).touch()
    assert likely_sources(file, tmp_path) == sources
