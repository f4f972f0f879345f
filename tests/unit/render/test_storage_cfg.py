"""/etc/pve/storage.cfg: written, read, and added to without a change to what is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.storage_entry import StorageEntry
from bedplate.plan.storage_entries import (
    directory_entry,
    group_entry,
    mounted_entry,
    pool_entry,
    thin_entry,
)
from bedplate.render.sections import Section, sections_in
from bedplate.render.storage_cfg import render_storage_cfg, with_entries

LOCAL = directory_entry("local", "/var/lib/vz", ("iso", "backup"))
ZFS = pool_entry("local-zfs", "rpool/data", ("images", "rootdir"))
TEXT = """\
dir: local
\tpath /var/lib/vz
\tcontent iso,backup

zfspool: local-zfs
\tpool rpool/data
\tsparse
\tcontent images,rootdir
"""
BY_HAND = "# ours\nnfs: far\n        server 192.0.2.1\n        options vers=4.2,soft\n\n\n"


def test_the_whole_text() -> None:
    assert render_storage_cfg((LOCAL, ZFS)) == TEXT


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        (group_entry("fast", "vmdata", ("images",)), "lvm: fast\n\tvgname vmdata\n"),
        (
            thin_entry("thin", "vmdata", "store", ("images",)),
            "lvmthin: thin\n\tthinpool store\n\tvgname vmdata\n",
        ),
    ],
    ids=["volume group", "thin pool"],
)
def test_a_section_of_each_kind(entry: StorageEntry, lines: str) -> None:
    assert render_storage_cfg((entry,)) == f"{lines}\tcontent images\n"


def test_nothing_is_written_below_a_mount_point_that_nothing_is_mounted_on() -> None:
    entry = mounted_entry("vz2", "/srv/vz2", ("backup",))
    text = "dir: vz2\n\tpath /srv/vz2\n\tcontent backup\n\tis_mountpoint yes\n"
    assert render_storage_cfg((entry,)) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [("", TEXT), ("\n\n", TEXT), (BY_HAND, BY_HAND.rstrip("\n") + "\n\n" + TEXT)],
    ids=["no file", "an empty one", "somebody else's"],
)
def test_sections_come_behind_what_is_there(before: str, after: str) -> None:
    assert with_entries(before, (LOCAL, ZFS)) == after


def test_sections_are_found_whoever_wrote_them() -> None:
    assert sections_in(BY_HAND + TEXT) == (
        Section("nfs", "far", {"server": "192.0.2.1", "options": "vers=4.2,soft"}),
        Section("dir", "local", {"path": "/var/lib/vz", "content": "iso,backup"}),
        Section(
            "zfspool",
            "local-zfs",
            {"pool": "rpool/data", "sparse": "", "content": "images,rootdir"},
        ),
    )


WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
ENTRIES = st.builds(
    StorageEntry,
    kind=st.sampled_from(["dir", "lvm", "lvmthin", "zfspool", "btrfs"]),
    name=WORDS,
    options=st.dictionaries(WORDS, WORDS | st.just("")).map(lambda found: tuple(found.items())),
)


@given(st.lists(ENTRIES, max_size=3), st.lists(ENTRIES, min_size=1, max_size=3))
def test_what_is_written_is_read_again(first: list[StorageEntry], then: list[StorageEntry]) -> None:
    text = with_entries(render_storage_cfg(first), then)
    read = [(one.kind, one.name, tuple(one.options.items())) for one in sections_in(text)]
    assert read == [(one.kind, one.name, one.options) for one in (*first, *then)]
