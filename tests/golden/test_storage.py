"""The storages of a host: what storage.cfg has of them, and how more of them are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.model.storage_entry import STORAGE_CFG
from tests.golden.test_plans import plan_of
from tests.support.golden import compare

HERE = Path(__file__).parent
STORAGE = HERE / "storage"
# An answer for each kind of root.
ROOTS = {
    "ext4-on-lvm-thin": HERE / "plans" / "lvm-thin-uefi-512.toml",
    "xfs-on-lvm-thin": STORAGE / "root-xfs-on-lvm-thin.toml",
    "without-a-thin-pool": STORAGE / "root-without-a-thin-pool.toml",
    "lvm-mirror": HERE / "plans" / "lvm-mirror-uefi-512.toml",
    "zfs": HERE / "plans" / "zfs-mirror-uefi-512.toml",
    "btrfs": HERE / "plans" / "btrfs-raid1-uefi-512.toml",
}


@pytest.mark.parametrize("root", ROOTS)
def test_the_storages_of_a_new_host(root: str) -> None:
    plan = plan_of(ROOTS[root])
    (file,) = (file for file in plan.files if file.path == STORAGE_CFG)
    compare(STORAGE / f"root-{root}.cfg", file.content)
