"""Whether arrays and btrfs have all their disks, from sysfs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.facts.arrays import probe_arrays
from bedplate.model.array import ArrayFact

UUID = "0f3e8a52-93d5-4c2c-8d5c-2f0a4b0e7a11"
MD = "sys/block/md127/md"
BTRFS = f"sys/fs/btrfs/{UUID}"


def whole(**changes: str) -> dict[str, str]:
    return {
        f"{MD}/degraded": "0\n",
        f"{MD}/raid_disks": "2\n",
        f"{BTRFS}/label": "\n",
        f"{BTRFS}/devinfo/1/missing": "0\n",
        f"{BTRFS}/devinfo/2/missing": "0\n",
    } | changes


@pytest.mark.parametrize(
    ("files", "name", "missing"),
    [
        (whole(), UUID, (0, 0)),
        (whole(**{f"{MD}/degraded": "1\n"}), UUID, (1, 0)),
        (whole(**{f"{MD}/raid_disks": "2 (3)\n"}), UUID, (0, 0)),
        (whole(**{f"{BTRFS}/devinfo/2/missing": "1\n"}), UUID, (0, 1)),
        (whole(**{f"{BTRFS}/label": "pve\n"}), "pve", (0, 0)),
    ],
    ids=["whole", "md without a disk", "another shape", "btrfs without a disk", "label"],
)
def test_arrays(tmp_path: Path, files: dict[str, str], name: str, missing: tuple[int, int]) -> None:
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    (tmp_path / "dev/md").mkdir(parents=True)
    (tmp_path / "dev/md127").touch()
    (tmp_path / "dev/md/mirror").symlink_to("../md127")
    assert probe_arrays(tmp_path) == (
        ArrayFact(kind="md", name="/dev/md/mirror", members=2, missing=missing[0]),
        ArrayFact(kind="btrfs", name=name, members=2, missing=missing[1]),
    )


def test_an_array_without_redundancy_has_nothing_to_lose(tmp_path: Path) -> None:
    (tmp_path / MD).mkdir(parents=True)
    (tmp_path / MD / "raid_disks").write_text("2\n")
    assert probe_arrays(tmp_path) == ()


def test_a_btrfs_disk_that_dies_while_it_is_in_use_is_known_by_its_errors(tmp_path: Path) -> None:
    for number, errors in ((1, 0), (2, 7)):
        folder = tmp_path / BTRFS / "devinfo" / str(number)
        folder.mkdir(parents=True)
        (folder / "missing").write_text("0\n")
        counts = f"write_errs {errors}\nread_errs 3\nflush_errs 0\ncorruption_errs 0\n"
        (folder / "error_stats").write_text(counts)
    assert [(one.missing, one.erring) for one in probe_arrays(tmp_path)] == [(0, 1)]
