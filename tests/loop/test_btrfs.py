"""A btrfs on loop devices: made, taken up again, and found by the script of the initramfs.

The script runs in a folder that looks like an initramfs to it, with loop devices instead of disks.
What the kernel log and udev would be told is looked at; nobody waits for real.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bedplate.apply.devices import partition_path
from bedplate.apply.mounts import unmount
from bedplate.apply.root import Root
from bedplate.errors import CommandError
from bedplate.model.layout import BtrfsProfile
from bedplate.model.plan import BtrfsStorage, Plan, Role
from bedplate.render.btrfs_boot import render_script
from bedplate.run import run
from bedplate.units import GIB, KIB
from tests.support.loop import LoopDisk, loop_disk, write_tables
from tests.support.plans import disk_plan, plan_of

SIZE = GIB
UUID = "6bd1a7a2-3f0c-4d6e-9d57-0000000000b1"
SUBVOLUME = "var/lib/pve/local-btrfs"
# What /scripts/functions of initramfs-tools has and the script uses; time passes without waiting.
FUNCTIONS = r"""
sleep() { echo waited >>/run/waited; }
wait_for_udev() { :; }
time_elapsed() { echo "$(($(wc -l </run/waited 2>/dev/null || echo 0) * 10))"; }
get_fstype() { blkid -c /dev/null -o value -s TYPE "$1"; }
resolve_device() {
    case $1 in UUID=*) set -- "$(blkid -c /dev/null -l -t "$1" -o device)" ;; esac
    [ -e "$1" ] && echo "$1"
}
"""
# usage: ROOT UUID; an own /run, and a file for the kernel log
ENTER = r"""
set -eu
root=$1
for name in bin dev etc lib lib64 proc sbin sys usr; do
    [ -e "/$name" ] || continue
    mkdir -p "$root/$name"
    mount --rbind "/$name" "$root/$name"
done
mount --bind "$root/kmsg" "$root/dev/kmsg"
exec env ROOT="UUID=$2" ROOTFLAGS="$3" ROOTDELAY= chroot "$root" /bin/sh /script
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run of the script left: its parameters, what it told the log, and rules for udev."""

    parameters: str
    log: str
    rules: str


@dataclass(slots=True)
class Mirror:
    """A btrfs with two copies, on two disks that can be taken away and given back."""

    plan: Plan
    folder: Path

    def member(self, number: int) -> str:
        """The node of the data partition of a disk, counted from 0."""
        disk = self.plan.disks[number]
        data = disk.by_role(Role.DATA)
        assert data is not None
        return str(partition_path(disk, data))

    def take_away(self, number: int) -> None:
        """Have the kernel forget the partitions of a disk."""
        run(["btrfs", "device", "scan", "--forget"])
        run(["partx", "--delete", self.plan.disks[number].id])

    def give_back(self, number: int) -> None:
        """Have the kernel know the partitions of a disk again."""
        run(["partx", "--add", self.plan.disks[number].id])

    def write(self, *numbers: int, times: int = 1, size: int = 10) -> None:
        """Commit something with these disks only, as a host would that has no others."""
        with self.mounted(*numbers) as at:
            for number in range(times):
                (at / f"file{number}").write_text("x" * size)
                run(["sync", "--file-system", at])

    @contextlib.contextmanager
    def mounted(self, *numbers: int) -> Iterator[Path]:
        """The file system, mounted with these disks only."""
        run(["btrfs", "device", "scan", "--forget"])
        at = self.folder / "mnt"
        at.mkdir(exist_ok=True)
        devices = [word for n in numbers for word in ("-o", f"device={self.member(n)}")]
        run(["mount", "-t", "btrfs", "-o", "degraded", *devices, self.member(numbers[0]), at])
        yield at
        run(["umount", at])

    def guid(self, member: str) -> str:
        """The GUID of a data partition."""
        guids = [disk.by_role(Role.DATA) for disk in self.plan.disks]
        return next(part.guid for n, part in enumerate(guids) if part and self.member(n) == member)

    def without(self, stale: str, kept: str) -> Seen:
        """What is seen of a start that leaves one disk out."""
        return Seen(
            f"ROOT={kept}\nROOT={kept} ROOTFLAGS='-o degraded'\n",
            f"<3>bedplate: btrfs root: {stale} missed writes while it was away and is left out: "
            "replace it, as if it were dead\n"
            "<3>bedplate: btrfs root: not all of its devices are there: mounting it degraded\n",
            f'ENV{{ID_PART_ENTRY_UUID}}=="{self.guid(stale)}", ENV{{SYSTEMD_READY}}="0"\n',
        )

    def start(self, *, flags: str = "") -> Seen:
        """What the script does at a start with the disks that are there."""
        run(["btrfs", "device", "scan", "--forget"])
        root = self.folder / "initramfs"
        for name in ("conf", "run", "scripts", "tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "script").write_text(render_script())
        (root / "scripts/functions").write_text(FUNCTIONS)
        (root / "kmsg").write_text("")
        for left in ("conf/param.conf", "run/waited", "run/udev/rules.d/63-bedplate-btrfs.rules"):
            (root / left).unlink(missing_ok=True)
        run(["unshare", "--mount", "sh", "-c", ENTER, "sh", root, UUID, flags])
        return Seen(
            _text(root / "conf/param.conf"),
            _text(root / "kmsg"),
            _text(root / "run/udev/rules.d/63-bedplate-btrfs.rules"),
        )


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def planned(*disks: LoopDisk) -> Plan:
    plans = tuple(disk_plan(disk.path, size_bytes=disk.size_bytes) for disk in disks)
    data = (disk.by_role(Role.DATA) for disk in plans)
    storage = BtrfsStorage(
        uuid=UUID,
        data=BtrfsProfile.RAID1,
        metadata=BtrfsProfile.RAID1,
        members=tuple(part.guid for part in data if part is not None),
        options=("compress=zstd",),
        subvolumes=(SUBVOLUME,),
    )
    return plan_of(disks=plans).model_copy(update={"storage": storage})


def superblock(member: str) -> bytes:
    """The first superblock, from the disk and not from memory."""
    descriptor = os.open(member, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return os.pread(descriptor, 4096, 64 * KIB)
    finally:
        os.close(descriptor)


def restore(member: str, block: bytes) -> None:
    """Put a superblock back."""
    descriptor = os.open(member, os.O_WRONLY)
    try:
        os.pwrite(descriptor, block, 64 * KIB)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    """Two disks with their tables, and the plan of a btrfs on both."""
    with (
        loop_disk(tmp_path / "disk0.img", size_bytes=SIZE) as first,
        loop_disk(tmp_path / "disk1.img", size_bytes=SIZE) as second,
    ):
        plan = planned(first, second)
        write_tables(*plan.disks)
        yield plan
        unmount(run, tmp_path / "root")  # or a test that fails would keep the disks
        run(["btrfs", "device", "scan", "--forget"])


@pytest.fixture
def mirror(plan: Plan, tmp_path: Path) -> Mirror:
    root = Root(plan, run, tmp_path / "root")
    root.create_btrfs()
    root.close()
    return Mirror(plan, tmp_path)


def test_a_btrfs_is_made_as_planned_and_taken_up_again(plan: Plan, tmp_path: Path) -> None:
    root = Root(plan, run, tmp_path / "root")
    root.create_btrfs()
    (root.opened() / SUBVOLUME / "file").write_text("kept")
    root.close()
    assert not root.path.is_mount()

    again = Root(plan, run, tmp_path / "root")
    assert (again.opened() / SUBVOLUME / "file").read_text() == "kept"
    mounted = run(["findmnt", "--noheadings", "--output", "UUID,OPTIONS", root.path]).stdout
    profiles = run(["btrfs", "filesystem", "df", root.path]).stdout
    subvolumes = run(["btrfs", "subvolume", "list", root.path]).stdout
    again.close()
    assert UUID in mounted
    assert "compress=zstd" in mounted
    assert ["Data, RAID1" in profiles, "Metadata, RAID1" in profiles] == [True, True]
    assert subvolumes.endswith(f" path {SUBVOLUME}\n")
    assert not root.path.is_mount()


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({"options": ("no-such-option",)}, id="before-it-is-mounted"),
        pytest.param({"subvolumes": ("twice", "twice")}, id="half-made"),
    ],
)
def test_what_a_failed_run_left_is_made_anew(
    spoilt: dict[str, object], plan: Plan, tmp_path: Path
) -> None:
    storage = plan.storage.model_copy(update=spoilt)
    failing = Root(plan.model_copy(update={"storage": storage}), run, tmp_path / "root")
    with pytest.raises(CommandError):
        failing.create_btrfs()
    failing.close()
    assert not failing.path.is_mount()
    root = Root(plan, run, tmp_path / "root")
    root.create_btrfs()
    root.close()
    assert not root.path.is_mount()


def test_what_a_killed_run_left_mounted_is_taken_down_first(plan: Plan, tmp_path: Path) -> None:
    killed = Root(plan, run, tmp_path / "root")
    killed.create_btrfs()
    (killed.path / "file").write_text("kept")
    killed_too = Root(plan, run, tmp_path / "root")
    assert (killed_too.opened() / "file").read_text() == "kept"
    root = Root(plan, run, tmp_path / "root")
    root.create_btrfs()
    assert not (root.path / "file").exists()
    root.close()
    assert not root.path.is_mount()


def test_a_start_with_all_disks_is_left_alone(mirror: Mirror) -> None:
    mirror.write(0, 1)
    assert mirror.start() == Seen("", "", "")


@pytest.mark.parametrize("gone", [0, 1])
def test_a_missing_disk_is_waited_for_and_then_done_without(mirror: Mirror, gone: int) -> None:
    left = mirror.member(1 - gone)
    mirror.take_away(gone)
    seen = mirror.start(flags="-o compress=zstd")
    assert seen.parameters == f"ROOT={left} ROOTFLAGS='-o compress=zstd,degraded'\n"
    assert seen.log.splitlines() == [
        "<5>bedplate: btrfs root: waiting up to 30 seconds for all of its devices",
        "<3>bedplate: btrfs root: not all of its devices are there: mounting it degraded",
    ]
    assert mirror.start().parameters == f"ROOT={left} ROOTFLAGS='-o degraded'\n"


@pytest.mark.parametrize("away", [0, 1])
def test_a_disk_that_missed_writes_is_left_out(mirror: Mirror, away: int) -> None:
    kept, stale = mirror.member(1 - away), mirror.member(away)
    mirror.take_away(away)
    mirror.write(1 - away, times=3)
    mirror.give_back(away)
    assert mirror.start() == mirror.without(stale, kept)


def test_of_disks_that_went_separate_ways_only_one_is_used(mirror: Mirror) -> None:
    mirror.write(0, times=2, size=1000)
    mirror.write(1, times=2, size=100_000)
    first, second = mirror.member(0), mirror.member(1)
    assert mirror.start() in (mirror.without(first, second), mirror.without(second, first))


def test_power_that_failed_during_a_commit_is_no_reason_to_leave_a_disk_out(mirror: Mirror) -> None:
    member = mirror.member(1)
    with mirror.mounted(0, 1) as at:
        (at / "file").write_text("written")
        run(["sync", "--file-system", at])
        before_the_last = superblock(member)
        (at / "file").write_text("written again")
    assert superblock(member) != before_the_last
    restore(member, before_the_last)
    assert mirror.start() == Seen("", "", "")


def test_without_any_disk_nothing_is_said(mirror: Mirror) -> None:
    mirror.take_away(0)
    mirror.take_away(1)
    seen = mirror.start()
    assert (seen.parameters, seen.rules) == ("", "")
    assert "degraded" not in seen.log
