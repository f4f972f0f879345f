"""The small files of a host, whole."""

from __future__ import annotations

from typing import get_args

import pytest

from bedplate.config.schema import GlobalTable
from bedplate.model.layout import BtrfsProfile
from bedplate.model.plan import Array, BtrfsStorage, LvmStorage, Storage, Volume, ZfsStorage
from bedplate.render.system import (
    KEYBOARDS,
    render_authorized_keys,
    render_boot_uuids,
    render_fstab,
    render_key_unit,
    render_keyboard,
    render_locale,
    render_mdadm_conf,
    render_sshd_options,
    render_swappiness,
)

HEADER = "# <file system> <mount point> <type> <options> <dump> <pass>\n"
PROC = "proc /proc proc defaults 0 0\n"


def lvm(*volumes: Volume) -> LvmStorage:
    return LvmStorage(vg="pve", pvs=("pv",), volumes=volumes)


def btrfs(*options: str) -> BtrfsStorage:
    profile = BtrfsProfile.RAID1
    return BtrfsStorage(uuid="4", data=profile, metadata=profile, members=(), options=options)


SWAP = Volume(name="swap", size_bytes=1, type="linear", filesystem="swap", uuid="1")
EXT4 = Volume(name="root", size_bytes=1, type="linear", filesystem="ext4", uuid="2")
XFS = Volume(name="root", size_bytes=1, type="linear", filesystem="xfs", uuid="3")
POOL = Volume(name="data", size_bytes=1, type="thin-pool", metadata_size_bytes=1)
ZFS = ZfsStorage(
    pool="rpool", ashift=12, vdevs=(), root_dataset="rpool/ROOT/pve-1", properties={}, datasets=()
)


def test_swap_beside_zfs_may_be_missing() -> None:
    options = "sw,nofail"
    assert render_fstab(ZFS, ("1-2", "3-4")) == (
        f"{HEADER}UUID=1-2 none swap {options} 0 0\nUUID=3-4 none swap {options} 0 0\n{PROC}"
    )
    assert render_swappiness() == "vm.swappiness = 10\n"


def test_the_unit_of_a_key_is_skipped_where_there_is_nothing_to_do() -> None:
    assert render_key_unit("rpool/data", "/etc/zfs/keys/rpool-data.key") == (
        "[Unit]\n"
        "Description=Load the key of rpool/data\n"
        "Documentation=man:zfs-load-key(8)\n"
        "DefaultDependencies=no\n"
        "After=zfs-import.target systemd-remount-fs.service\n"
        "Before=zfs-mount.service\n"
        "ConditionPathExists=/etc/zfs/keys/rpool-data.key\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        "ExecCondition=/bin/sh -c "
        "'[ \"$$(/usr/sbin/zfs get -Ho value keystatus rpool/data)\" = unavailable ]'\n"
        "ExecStart=/usr/sbin/zfs load-key rpool/data\n"
    )


@pytest.mark.parametrize(
    ("storage", "lines"),
    [
        (ZFS, ""),
        (
            lvm(SWAP, EXT4, POOL),
            "/dev/pve/swap none swap sw 0 0\n/dev/pve/root / ext4 errors=remount-ro 0 1\n",
        ),
        (lvm(XFS), "/dev/pve/root / xfs defaults 0 1\n"),
        (btrfs(), "UUID=4 / btrfs defaults 0 0\n"),
        (btrfs("compress=zstd"), "UUID=4 / btrfs defaults,compress=zstd 0 0\n"),
    ],
    ids=["zfs", "ext4", "xfs-without-swap", "btrfs", "btrfs-compressed"],
)
def test_fstab(storage: Storage, lines: str) -> None:
    assert render_fstab(storage) == HEADER + lines + PROC


def test_locale() -> None:
    assert render_locale() == "LANG=en_US.UTF-8\n"


def test_keyboard() -> None:
    assert render_keyboard("de-ch") == (
        'XKBMODEL="pc105"\n'
        'XKBLAYOUT="ch"\n'
        'XKBVARIANT="de_nodeadkeys"\n'
        'XKBOPTIONS=""\n'
        'BACKSPACE="guess"\n'
    )


def test_every_keyboard_of_the_answer_file_is_known() -> None:
    annotation = GlobalTable.model_fields["keyboard"].annotation
    literal = next(part for part in get_args(annotation) if part is not type(None))
    assert set(get_args(literal)) == set(KEYBOARDS)
    assert len(KEYBOARDS) == 25


def test_root_logs_in_by_password_only_without_a_key() -> None:
    assert [render_sshd_options(has_keys=True), render_sshd_options(has_keys=False)] == [
        "PermitRootLogin prohibit-password\n",
        "PermitRootLogin yes\n",
    ]


def test_authorized_keys() -> None:
    keys = ("ssh-ed25519 AAAA one", "ssh-rsa BBBB two\n", "ssh-ed25519 AAAA one")
    assert render_authorized_keys(keys) == "ssh-ed25519 AAAA one\nssh-rsa BBBB two\n"


def test_boot_uuids_are_sorted_and_unique() -> None:
    uuids = ("BBBB-0001", "AAAA-0001", "BBBB-0001")
    assert render_boot_uuids(uuids) == "AAAA-0001\nBBBB-0001\n"


def test_mdadm_conf_names_the_array_by_its_uuid() -> None:
    array = Array(
        name="mirror",
        uuid="55144548-5e28-489e-b0ec-b055a5d0356c",
        members=("1", "2"),
        data_offset_bytes=1,
        size_bytes=1,
    )
    assert render_mdadm_conf(array) == (
        "# Other arrays need not be listed: they are assembled from their superblocks.\n"
        "HOMEHOST <system>\n"
        "MAILADDR root\n"
        "ARRAY /dev/md/mirror metadata=1.2 UUID=55144548:5e28489e:b0ecb055:a5d0356c\n"
    )
