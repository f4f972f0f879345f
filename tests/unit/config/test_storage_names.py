"""Names of storages, volumes and pools."""

from __future__ import annotations

import pytest

from bedplate.config.names import wrong_with_pool
from bedplate.config.storage_names import (
    wrong_with_pool_name,
    wrong_with_storage_name,
    wrong_with_volume_name,
)


@pytest.mark.parametrize("name", ["vmdata", "vm-data_1.x", "T2", "a" * 100])
def test_names_that_every_tool_takes(name: str) -> None:
    assert wrong_with_storage_name(name) == ""
    assert wrong_with_volume_name(name) == ""
    assert wrong_with_pool_name(name) == ""


@pytest.mark.parametrize("name", ["", "x", "1a", "-a", "a-", "a b", "a/b", "a\n", "ä1", "a" * 101])
def test_names_that_some_tool_does_not_take(name: str) -> None:
    assert wrong_with_storage_name(name)


@pytest.mark.parametrize("name", ["pvmove0", "snapshot1", "data_tmeta", "a_mimage_0"])
def test_names_that_lvm_keeps(name: str) -> None:
    assert wrong_with_volume_name(name) == "is a name that LVM keeps for its own volumes"
    assert wrong_with_storage_name(name) == ""


@pytest.mark.parametrize("name", ["mirror", "mirror1", "raidz2", "draidx", "spare1", "log", "c0x"])
def test_names_that_zfs_keeps(name: str) -> None:
    assert wrong_with_pool_name(name) == "is a word that ZFS keeps for vdevs"
    assert wrong_with_storage_name(name) == ""


@pytest.mark.parametrize("name", ["logs", "login", "cache", "tank.1", "a:b"])
def test_pools_that_are_there_may_have_names_that_a_new_one_does_not_get(name: str) -> None:
    assert wrong_with_pool(name) == ""


@pytest.mark.parametrize("name", ["mirror1", "raidz", "draid2", "spares", "log", "c0d0", "1a", ""])
def test_names_that_no_pool_can_have(name: str) -> None:
    assert wrong_with_pool(name) == "is no name of a pool"
