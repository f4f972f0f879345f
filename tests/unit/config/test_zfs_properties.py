"""Which dataset properties are taken, with which values."""

from __future__ import annotations

import pytest

from bedplate.config.layouts import load_layouts
from bedplate.config.zfs_properties import PROPERTIES, wrong_with_property
from bedplate.model.layout import ZfsLayout
from bedplate.units import zfs_size

GOOD = {
    "aclinherit": "restricted passthrough-x",
    "acltype": "off posix",
    "atime": "on off",
    "canmount": "noauto",
    "checksum": "on sha512 blake3",
    "compression": "on off lz4 gzip gzip-9 zstd zstd-19 zstd-fast zstd-fast-1 zstd-fast-1000",
    "copies": "1 3",
    "dedup": "off blake3 edonr,verify",
    "dnodesize": "legacy 16k",
    "filesystem_limit": "none 10",
    "mountpoint": "none /srv /srv/a-b/c.d /var/lib/vz /home",
    "quota": "none 200G 1.5T 4096 10GiB",
    "recordsize": "512 4K 128K 1M 16M 16384K",
    "redundant_metadata": "most none",
    "sharenfs": "on off rw=@192.0.2.0/24,no_root_squash",
    "special_small_blocks": "0 512 4K 1M",
    "sync": "standard always disabled",
    "xattr": "sa dir",
    "com.example:note": "anything_at-all",
    ":": "x",
}
BAD = {
    "aclinherit": "inherit",
    "acltype": "nfsv4",
    "atime": "yes ON",
    "checksum": "md5 edonr,verify",
    "compression": "zstd-0 zstd-20 gzip-0 gzip-10 zstd-fast-11 lz4-1",
    "copies": "0 4 2.0",
    "dedup": "edonr",
    "dnodesize": "auto1 32k",
    "filesystem_limit": "0 -1 many",
    "mountpoint": "srv / // /srv/ /srv/../etc /etc /usr/local /proc legacy",
    "quota": "0 0G -1 10X G 1..5G",
    "recordsize": "0 256 100K 32M 1.5K",
    "special_small_blocks": "on 2M 3K",
    "sync": "off",
    "xattr": "posix",
    "encryption": "on",
    "keylocation": "prompt",
    "volsize": "10G",
    "mounted": "yes",
    "Com.example:note": "x",
    "a:" + "b" * 254: "x",
}


def cases(values: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, text in values.items() for value in text.split()]


@pytest.mark.parametrize(("name", "value"), cases(GOOD))
def test_a_value_that_zfs_takes_is_taken(name: str, value: str) -> None:
    assert wrong_with_property(name, value, of_root=False) is None


@pytest.mark.parametrize(("name", "value"), cases(BAD))
def test_a_value_that_would_fail_or_spoil_the_host_is_refused(name: str, value: str) -> None:
    assert wrong_with_property(name, value, of_root=False) is not None


@pytest.mark.parametrize("value", ["a\nb", "x" * 8192, "\x00"])
def test_user_properties_are_one_line(value: str) -> None:
    assert wrong_with_property("com.example:note", value, of_root=False) is not None
    assert wrong_with_property("sharenfs", value, of_root=False) is not None


@pytest.mark.parametrize("name", ["mountpoint", "canmount", "readonly", "exec", "setuid"])
def test_the_root_stays_as_the_host_needs_it(name: str) -> None:
    value = "/srv" if name == "mountpoint" else "off"
    assert wrong_with_property(name, value, of_root=True) is not None
    assert wrong_with_property(name, value, of_root=False) is None


def test_every_property_refuses_nonsense() -> None:
    assert [name for name, check in PROPERTIES.items() if check("\x00nonsense") == ""] == []


def test_sizes_are_read_as_zfs_reads_them() -> None:
    texts = ("512", "4K", "1m", "2GiB", "1.5G", "", "K", "-1")
    assert [zfs_size(text) for text in texts] == [512, 4096, 2**20, 2**31, None, None, None, None]


def test_the_layouts_keep_to_the_same_rules() -> None:
    storages = [one.storage for one in load_layouts() if isinstance(one.storage, ZfsLayout)]
    assert storages
    assert [
        (dataset.name, name)
        for storage in storages
        for dataset in storage.datasets
        for name, value in (storage.properties | dataset.properties).items()
        if wrong_with_property(name, value, of_root=False)
    ] == []
