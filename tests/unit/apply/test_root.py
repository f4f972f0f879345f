"""The new system's root: opened by a resumed run, and closed in the order that can work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bedplate.apply.root import Root
from bedplate.plan.ids import Ids
from bedplate.plan.install import plan_install
from bedplate.run import Result
from tests.unit.plan.builders import LVM, MANIFEST, disk, machine, request


class Group:
    """A volume group that cannot be deactivated while its root is mounted."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.mounted = False

    def run(self, argv: Sequence[str | Path], *, check: bool = True, **_options: Any) -> Result:
        words = tuple(map(str, argv))
        if words[0] in ("mount", "umount", "vgchange"):
            self.done.append(" ".join(words[:3]) if words[0] == "vgchange" else words[0])
            assert not (self.mounted and "--activate n" in self.done[-1]), "file system in use"
            self.mounted = words[0] == "mount" or (self.mounted and words[0] != "umount")
        return Result(argv=words, code=0, stdout="", stderr="")


def test_a_root_that_is_mounted_before_its_group_is_asked_for_is_unmounted_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Group()
    monkeypatch.setattr(Path, "is_mount", lambda _path: group.mounted)
    plan = plan_install(request(LVM, "sda"), LVM, machine(disk("a")), MANIFEST, Ids(b"root"))
    root = Root(plan, group.run, tmp_path / "root")
    root.opened()
    root.volume_group()
    root.close()
    assert group.done == ["vgchange --activate y", "mount", "umount", "vgchange --activate n"]
