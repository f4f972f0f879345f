"""The commands of storage and boot tools: the same options, run or shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.model.gpt import ESP_TYPE
from bedplate.model.layout import BtrfsProfile
from bedplate.model.plan import (
    Array,
    BtrfsStorage,
    Dataset,
    LvmStorage,
    PartitionPlan,
    Role,
    Vdev,
    Volume,
    ZfsStorage,
)
from bedplate.model.step import AddBootEntry, Phase
from bedplate.render import (
    boot_argv,
    btrfs_argv,
    lvm_argv,
    md_argv,
    mkfs_argv,
    target_argv,
    zfs_argv,
)
from bedplate.render.argv import Argv, behind, joined
from bedplate.render.plan_shell import continued, expanded, words
from bedplate.render.sfdisk import write_table

UUID = "55144548-5e28-489e-b0ec-b055a5d0356c"
ROOT, SHOWN_ROOT = Path("/run/root"), expanded("ROOT")
DISK, SHOWN_DISK = Path("/dev/my disk"), expanded("DISK1")
POOL = ZfsStorage(
    pool="rpool",
    ashift=13,
    vdevs=(
        Vdev(type="mirror", members=("1", "2")),
        Vdev(type="stripe", members=("3",)),
    ),
    root_dataset="rpool/ROOT/pve-1",
    properties={"compression": "on", "sync": "always"},
    datasets=(),
)
MIRROR = BtrfsStorage(
    uuid=UUID,
    data=BtrfsProfile.RAID0,
    metadata=BtrfsProfile.RAID1,
    members=("1", "2"),
    options=("compress=zstd",),
)
LOCKED = Dataset(name="rpool/data", properties={"keyformat": "raw", "keylocation": "file:///key"})
GROUP = LvmStorage(vg="pve", pvs=("1",), volumes=())
ARRAY = Array(
    name="mirror", uuid=UUID, members=("1", "2"), data_offset_bytes=16 << 20, size_bytes=5 << 30
)
LINEAR = Volume(name="root", size_bytes=4096, type="linear")
THIN = Volume(name="data", size_bytes=8192, type="thin-pool", metadata_size_bytes=4096)
ENTRY = AddBootEntry(
    id="", phase=Phase.BOOT, summary="", disk="", partition_guid="", label="a b", loader="\\x"
)
PART = PartitionPlan(
    number=2, role=Role.ESP, type_guid="", guid="", first_sector=0, last_sector=0, size_bytes=512
)


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            zfs_argv.create_dataset(Dataset(name="rpool/x", properties={"a": "b", "c": "d e"})),
            "zfs create -o a=b -o 'c=d e' rpool/x",
        ),
        (zfs_argv.set_key_location(LOCKED), "zfs set keylocation=file:///key rpool/data"),
        (zfs_argv.load_key(LOCKED), "zfs load-key rpool/data"),
        (zfs_argv.find_pool("rpool"), "zpool list -H -o name rpool"),
        (zfs_argv.export_pool("rpool"), "zpool export rpool"),
        (zfs_argv.set_root(POOL), "zpool set bootfs=rpool/ROOT/pve-1 rpool"),
        (
            lvm_argv.create_volume(GROUP, LINEAR),
            "lvcreate --size 4096b --yes --wipesignatures y --name root pve",
        ),
        (
            lvm_argv.create_volume(GROUP, THIN),
            "lvcreate --type thin-pool --size 8192b --poolmetadatasize 4096b --yes --name data pve",
        ),
        (lvm_argv.activate_group(GROUP), "vgchange --activate y pve"),
        (lvm_argv.deactivate_group(GROUP), "vgchange --activate n pve"),
        (
            mkfs_argv.make_filesystem(lvm_argv.volume_path(GROUP, "root"), "ext4", UUID),
            f"mkfs.ext4 -q -F -U {UUID} /dev/pve/root",
        ),
        (
            mkfs_argv.make_filesystem(lvm_argv.volume_path(GROUP, "root"), "xfs", UUID),
            f"mkfs.xfs -q -f -m uuid={UUID} /dev/pve/root",
        ),
        (
            mkfs_argv.make_filesystem(lvm_argv.volume_path(GROUP, "swap"), "swap", UUID),
            f"mkswap --force --uuid {UUID} /dev/pve/swap",
        ),
    ],
)
def test_commands_that_are_the_same_on_every_machine(argv: Argv, line: str) -> None:
    assert words(*argv) == line


@pytest.mark.parametrize(
    ("run", "shown", "line"),
    [
        (
            zfs_argv.create_dataset(LOCKED, ROOT),
            zfs_argv.create_dataset(LOCKED, SHOWN_ROOT),
            "zfs create -o keyformat=raw -o keylocation=file://ROOT rpool/data",
        ),
        (
            zfs_argv.load_key(LOCKED, ROOT),
            zfs_argv.load_key(LOCKED, SHOWN_ROOT),
            "zfs load-key -L file://ROOT rpool/data",
        ),
        (
            write_table(DISK),
            write_table(SHOWN_DISK),
            "sfdisk --quiet --wipe always --no-reread --no-tell-kernel DISK",
        ),
        (
            lvm_argv.create_pvs([DISK, DISK]),
            lvm_argv.create_pvs([SHOWN_DISK, SHOWN_DISK]),
            "pvcreate --yes -ff --metadatasize 250k DISK DISK",
        ),
        (
            joined(md_argv.create_array(ARRAY, [DISK, DISK])),
            joined(md_argv.create_array(ARRAY, [SHOWN_DISK, SHOWN_DISK])),
            "mdadm --create /dev/md/mirror --run --quiet --level=1 --raid-devices=2 --metadata=1.2 "
            f"--bitmap=internal --uuid={UUID} --homehost=any --name=mirror --data-offset=16384K "
            "--size=5242880K DISK DISK",
        ),
        (
            joined(md_argv.create_array(ARRAY, [DISK])),
            joined(md_argv.create_array(ARRAY, [SHOWN_DISK])),
            "mdadm --create /dev/md/mirror --run --quiet --force --level=1 --raid-devices=1 "
            f"--metadata=1.2 --bitmap=internal --uuid={UUID} --homehost=any --name=mirror "
            "--data-offset=16384K --size=5242880K DISK",
        ),
        (
            md_argv.assemble_array(ARRAY, [DISK, DISK]),
            md_argv.assemble_array(ARRAY, [SHOWN_DISK, SHOWN_DISK]),
            f"mdadm --assemble /dev/md/mirror --quiet --uuid={UUID} DISK DISK",
        ),
        (
            md_argv.stop_array(DISK),
            md_argv.stop_array(SHOWN_DISK),
            "mdadm --stop --quiet DISK",
        ),
        (
            lvm_argv.create_group(GROUP, [DISK]),
            lvm_argv.create_group(GROUP, [SHOWN_DISK]),
            "vgcreate --yes pve DISK",
        ),
        (
            joined(btrfs_argv.make(MIRROR, [DISK, DISK])),
            joined(btrfs_argv.make(MIRROR, [SHOWN_DISK, SHOWN_DISK])),
            f"mkfs.btrfs --quiet --force --uuid {UUID} --data raid0 --metadata raid1 DISK DISK",
        ),
        (
            btrfs_argv.create_subvolume(DISK),
            btrfs_argv.create_subvolume(SHOWN_DISK),
            "btrfs subvolume create DISK",
        ),
        (
            mkfs_argv.make_esp(DISK, "ABCD-1234", 512),
            mkfs_argv.make_esp(SHOWN_DISK, "ABCD-1234", 512),
            "mkfs.vfat -F 32 -i ABCD1234 DISK",
        ),
        (
            mkfs_argv.make_esp(DISK, "ABCD-1234", 4096),
            mkfs_argv.make_esp(SHOWN_DISK, "ABCD-1234", 4096),
            "mkfs.vfat -F 32 -s 1 -i ABCD1234 DISK",
        ),
        (
            mkfs_argv.label_esp(DISK, "BP-ABCDEFGH"),
            mkfs_argv.label_esp(SHOWN_DISK, "BP-ABCDEFGH"),
            "fatlabel DISK BP-ABCDEFGH",
        ),
        (
            mkfs_argv.set_type(DISK, 2, ESP_TYPE),
            mkfs_argv.set_type(SHOWN_DISK, 2, ESP_TYPE),
            "sfdisk --quiet --no-reread --no-tell-kernel --part-type DISK 2 "
            "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
        ),
        (
            boot_argv.look_into_esp(DISK, ROOT, shared=False),
            boot_argv.look_into_esp(SHOWN_DISK, SHOWN_ROOT, shared=False),
            "mount -t vfat -o ro,noatime,nodev,noexec,nosuid,umask=0077 DISK ROOT",
        ),
        (
            boot_argv.look_into_esp(DISK, ROOT, shared=True),
            boot_argv.look_into_esp(SHOWN_DISK, SHOWN_ROOT, shared=True),
            "mount -t vfat -o noatime,nodev,noexec,nosuid,umask=0077 DISK ROOT",
        ),
        (
            boot_argv.install_grub(DISK, ROOT),
            boot_argv.install_grub(SHOWN_DISK, SHOWN_ROOT),
            "grub-install --target=i386-pc --no-floppy --boot-directory=ROOT DISK",
        ),
        (
            joined(boot_argv.add_boot_entry(ENTRY, DISK, PART)),
            joined(boot_argv.add_boot_entry(ENTRY, SHOWN_DISK, PART)),
            "efibootmgr --quiet --create --disk DISK --part 2 --label 'a b' --loader '\\x'",
        ),
        (
            target_argv.unpack(DISK, ROOT, percentage=True),
            target_argv.unpack(SHOWN_DISK, SHOWN_ROOT, percentage=True),
            "unsquashfs -force -percentage -dest ROOT DISK",
        ),
        (
            target_argv.unpack(DISK, ROOT),
            target_argv.unpack(SHOWN_DISK, SHOWN_ROOT),
            "unsquashfs -force -dest ROOT DISK",
        ),
        (
            target_argv.set_password(ROOT),
            target_argv.set_password(SHOWN_ROOT),
            "chroot ROOT chpasswd",
        ),
        (
            target_argv.set_password(ROOT, hashed=True),
            target_argv.set_password(SHOWN_ROOT, hashed=True),
            "chroot ROOT chpasswd -e",
        ),
        (
            target_argv.make_host_keys(ROOT),
            target_argv.make_host_keys(SHOWN_ROOT),
            "ssh-keygen -q -A -f ROOT",
        ),
    ],
)
def test_commands_on_places(run: Argv, shown: Argv, line: str) -> None:
    assert words(*shown) == line.replace("DISK", '"$DISK1"').replace("ROOT", '"$ROOT"')
    assert words(*run) == line.replace("DISK", "'/dev/my disk'").replace("ROOT", "/run/root")


def test_a_pool_is_created_with_every_option_once_and_shown_in_lines() -> None:
    run = zfs_argv.create_pool(POOL, lambda guid: Path("/dev") / guid, ROOT)
    shown = zfs_argv.create_pool(POOL, lambda guid: expanded("DISK", guid), SHOWN_ROOT)
    assert joined(run) == [
        *("zpool", "create", "-f", "-o", "cachefile=none", "-o", "ashift=13"),
        *("-O", "compression=on", "-O", "sync=always", "-O", "mountpoint=none"),
        *("-R", ROOT, "rpool"),
        *("mirror", Path("/dev/1"), Path("/dev/2"), Path("/dev/3")),
    ]
    assert continued(shown) == (
        "zpool create -f \\\n"
        "    -o cachefile=none \\\n"
        "    -o ashift=13 \\\n"
        "    -O compression=on \\\n"
        "    -O sync=always \\\n"
        "    -O mountpoint=none \\\n"
        '    -R "$ROOT" \\\n'
        "    rpool \\\n"
        '    mirror "${DISK}1" "${DISK}2" \\\n'
        '    "${DISK}3"'
    )


def test_every_device_of_a_btrfs_is_named_when_it_is_mounted() -> None:
    places = [Path("/dev/sda3"), Path("/dev/sdb3")]
    assert btrfs_argv.mount_options(MIRROR, places) == [
        *("-t", "btrfs", "-o", "device=/dev/sda3", "-o", "device=/dev/sdb3"),
        *("-o", "compress=zstd"),
    ]
    shown = [expanded("DISK1", "-part3")]
    assert words(*btrfs_argv.mount_options(MIRROR, shown)) == (
        '-t btrfs -o device="${DISK1}-part3" -o compress=zstd'
    )


def test_the_class_of_a_vdev_is_said_once_before_the_first_of_it() -> None:
    vdevs = (
        *POOL.vdevs,
        Vdev(type="mirror", members=("4", "5"), role=Role.SPECIAL),
        Vdev(type="mirror", members=("6", "7"), role=Role.LOG),
        Vdev(type="mirror", members=("8", "9"), role=Role.LOG),
        Vdev(type="stripe", members=("10", "11"), role=Role.CACHE),
    )
    pool = POOL.model_copy(update={"vdevs": vdevs})
    groups = zfs_argv.create_pool(pool, lambda guid: Path(guid), ROOT)
    assert [words(*group) for group in groups[-6:]] == [
        "mirror 1 2",
        "3",
        "special mirror 4 5",
        "log mirror 6 7",
        "mirror 8 9",
        "cache 10 11",
    ]


def test_a_place_behind_an_option_is_quoted_as_one_word() -> None:
    assert words(behind("--at=", Path("/a b"))) == "'--at=/a b'"
    assert words(behind("--at=", expanded("A", " b"))) == '--at="${A} b"'
