"""Whether something may be mounted at a place, by what the first process sees."""

from __future__ import annotations

from pathlib import Path

from bedplate.facts.places import probe_mounted, probe_places

MOUNTINFO = """\
22 1 8:3 / / rw,relatime - ext4 /dev/sda3 rw
30 22 8:17 / /srv/taken rw,relatime - ext4 /dev/mapper/vmdata-x rw
"""


def test_only_what_is_empty_or_absent_is_free(tmp_path: Path) -> None:
    (tmp_path / "proc/1").mkdir(parents=True)
    (tmp_path / "proc/1/mountinfo").write_text(MOUNTINFO)
    for folder in ("empty", "taken", "full/inside"):
        (tmp_path / "srv" / folder).mkdir(parents=True)
    (tmp_path / "srv/file").touch()
    asked = [f"/srv/{name}" for name in ("absent", "empty", "taken", "full", "file")]
    assert probe_places(asked, tmp_path) == {
        "/srv/taken": "has /dev/mapper/vmdata-x mounted on it",
        "/srv/full": "is not empty",
        "/srv/file": "is no directory",
    }
    assert probe_mounted(tmp_path) == {"/", "/srv/taken"}
