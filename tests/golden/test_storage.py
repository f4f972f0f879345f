"""The storages of a host: what storage.cfg has of them, and how more of them are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bedplate.config.storage_file import parse_storage
from bedplate.errors import BedplateError
from bedplate.model.disk_change import ChangeHost, DiskChange
from bedplate.model.facts import PoolFact
from bedplate.model.plan import Role
from bedplate.model.storage_entry import STORAGE_CFG
from bedplate.model.storage_request import AddRequest, GrowRequest
from bedplate.model.store import MemberState
from bedplate.plan.ids import Ids
from bedplate.plan.storage import plan_creation, plan_growth
from bedplate.plan.storage_add import plan_addition
from bedplate.plan.storage_input import StorageInput
from bedplate.render.disk_change_text import render_disk_change
from bedplate.render.plan_page import WIDTH
from bedplate.units import GIB, MIB
from tests.golden.test_plans import plan_of
from tests.support.golden import compare
from tests.support.storage_hosts import (
    disk,
    flash,
    group,
    lvm_host,
    member,
    pool_disk,
    pv_disk,
    thin_pool,
    thin_volume,
    vdev,
    zfs_host,
)

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


IDS = Ids(b"golden")
# Disks of a pool and of a group that are there already.
C, D, E = (pool_disk(disk(letter)) for letter in "cde")
FAST = pool_disk(flash(0), 16 * GIB, 64 * GIB)
VMDATA = group("vmdata", ("/dev/sdc1",), 199, 97, thin_pool("vmstore", 100, GIB))
FSTAB = "/dev/vmdata/backup /srv/backup ext4 defaults,nofail 0 2\n"
MADE = group(
    "vmdata",
    ("/dev/sdc1",),
    199,
    97,
    thin_pool("vmstore", 100, GIB),
    thin_volume("backup", "vmstore", 50),
)


def raidz2_host(*more: MemberState) -> StorageInput:
    """A pool of four disks that can lose two; the last is as `more` says."""
    letters = [pool_disk(disk(letter)) for letter in "cdef"]
    states = (*(MemberState.WELL,) * (4 - len(more)), *more)
    members = (member(one, 1, state) for one, state in zip(letters, states, strict=True))
    return zfs_host(vdev("raidz2-0", *members), of=letters)


def mirror_host() -> StorageInput:
    return zfs_host(vdev("mirror-0", member(C), member(D)), of=(C, D))


def mirror_with_log() -> StorageInput:
    """A pool whose log and cache share a flash disk."""
    log, cache = (vdev("disk", member(FAST, n), role=role) for n, role in _FAST_ROLES)
    return zfs_host(vdev("mirror-0", member(C), member(D)), log, cache, of=(C, D, FAST))


_FAST_ROLES = ((1, Role.LOG), (2, Role.CACHE))


def made_host() -> StorageInput:
    """What `there-already` asks for, made."""
    host = lvm_host(MADE, of=(pv_disk("c"),), fstab=FSTAB)
    asked = parse_storage((STORAGE / "there-already.toml").read_bytes())
    for step in plan_creation(asked, host, IDS).steps:
        if isinstance(step, ChangeHost):
            host = replace(host, storage_cfg=step.change.files[0].content or "")
    return replace(host, mounted=frozenset({"/srv/backup"}))


def former_pool() -> StorageInput:
    """Two disks of a pool that was not imported since they were put in."""
    host = zfs_host(of=(C, D))
    old = PoolFact(
        name="old",
        guid="9",
        state="ONLINE",
        imported=False,
        members=("/dev/sdc1", "/dev/sdd1"),
    )
    facts = host.facts.model_copy(update={"pools": (*host.facts.pools, old)})
    return replace(host, facts=facts)


def without_zfs() -> StorageInput:
    host = lvm_host()
    return replace(host, facts=host.facts.model_copy(update={"missing_tools": ("zpool", "zfs")}))


# Which host a file in `storage/` is for; all others are for one with ZFS.
HOSTS: dict[str, Callable[[], StorageInput]] = {
    "directory-on-the-root-group": lvm_host,
    "directory-at-a-place-in-use": lambda: replace(
        lvm_host(), occupied={"/var/lib/vz": "is not empty"}
    ),
    "disks-in-use": lambda: replace(lvm_host(VMDATA, of=(pv_disk("c"),)), stores=()),
    "disks-of-the-pools": mirror_host,
    "former-pool": former_pool,
    "former-pool-by-half": former_pool,
    "group-is-on-other-disks": lambda: lvm_host(VMDATA, of=(pv_disk("c"),)),
    "mounted-again": lambda: replace(made_host(), mounted=frozenset()),
    "names-are-taken": lambda: replace(mirror_host(), occupied={"/other": "is not empty"}),
    "pool-is-another": mirror_host,
    "pool-has-more-disks": lambda: zfs_host(
        vdev("mirror-0", member(C), member(D)),
        vdev("mirror-1", member(E), member(pool_disk(disk("f")))),
        of=(C, D, E, pool_disk(disk("f"))),
    ),
    "pool-is-there": mirror_with_log,
    "there-already": made_host,
    "thin-pool-too-large": lambda: lvm_host(VMDATA, of=(pv_disk("c"),)),
    "without-zfs": without_zfs,
}
ADD: dict[str, tuple[Callable[[], StorageInput], AddRequest]] = {
    "add-a-disk-to-a-group": (
        lambda: lvm_host(VMDATA, of=(pv_disk("c"),)),
        AddRequest(name="vmdata", data=("S-d",)),
    ),
    "add-a-disk-to-the-root": (lvm_host, AddRequest(name="pve", data=("S-d",))),
    "add-a-disk-to-the-root-insisted": (
        lvm_host,
        AddRequest(name="pve", data=("S-d",), insist=True),
    ),
    "add-a-disk-with-other-sectors": (
        lambda: lvm_host(VMDATA, of=(pv_disk("c"),)),
        AddRequest(name="vmdata", data=("S-i",)),
    ),
    "add-log-and-cache": (
        mirror_host,
        AddRequest(name="tank", log=("N-0", "N-1"), cache=("N-0", "N-1"), log_size_bytes=8 * GIB),
    ),
    "add-log-and-cache-again": (
        mirror_with_log,
        AddRequest(name="tank", log=("N-0",), cache=("N-0",), log_size_bytes=16 * GIB),
    ),
    "add-special": (
        mirror_host,
        AddRequest(name="tank", special=("N-0", "N-1"), small_blocks="4K"),
    ),
    "add-special-too-weak": (raidz2_host, AddRequest(name="tank", special=("N-0", "N-1"))),
    "add-special-insisted": (
        raidz2_host,
        AddRequest(name="tank", special=("N-0",), insist=True),
    ),
    "add-a-mirror": (mirror_host, AddRequest(name="tank", data=("S-e", "S-f"))),
    "add-unequal": (raidz2_host, AddRequest(name="tank", data=("S-g", "S-h", "S-i", "S-j"))),
    "add-a-raidz-insisted": (
        raidz2_host,
        AddRequest(name="tank", data=("S-g", "S-h", "S-i", "S-j"), insist=True),
    ),
    "add-too-few": (mirror_host, AddRequest(name="tank", data=("S-e",))),
    "add-everything-wrong": (
        lambda: raidz2_host(MemberState.FAILED),
        AddRequest(
            name="tank",
            data=("S-a", "S-h"),
            special=("N-0",),
            log=("N-1",),
            cache=("N-1", "nobody"),
        ),
    ),
    "add-to-nothing": (zfs_host, AddRequest(name="tank", data=("S-c",))),
}
GROW = {
    "grow-by-all-that-is-free": GrowRequest(group="vmdata", pool="vmstore"),
    "grow-to-a-size": GrowRequest(group="vmdata", pool="vmstore", size_bytes=150 * GIB),
    "grow-to-the-same-size": GrowRequest(group="vmdata", pool="vmstore", size_bytes=100 * GIB),
    "grow-without-room": GrowRequest(group="vmdata", pool="vmstore", size_bytes=300 * GIB),
    "grow-without-room-for-metadata": GrowRequest(
        group="vmdata",
        pool="vmstore",
        size_bytes=196 * GIB,
        metadata_size_bytes=2 * GIB,
    ),
    "grow-to-less": GrowRequest(group="vmdata", pool="vmstore", size_bytes=50 * GIB),
    "grow-metadata-too-far": GrowRequest(
        group="vmdata", pool="vmstore", metadata_size_bytes=17 * GIB
    ),
    "grow-what-is-not-there": GrowRequest(group="vmdata", pool="other"),
}


def files() -> list[str]:
    return sorted(path.stem for path in STORAGE.glob("*.toml") if not path.stem.startswith("root-"))


@pytest.mark.parametrize("name", files())
def test_what_a_storage_file_comes_to(name: str) -> None:
    host = HOSTS.get(name, zfs_host)()
    data = (STORAGE / f"{name}.toml").read_bytes()
    check(name, lambda: plan_creation(parse_storage(data), host, IDS))


@pytest.mark.parametrize("name", ADD)
def test_more_disks_for_what_is_there(name: str) -> None:
    host, asked = ADD[name]
    check(name, lambda: plan_addition(asked, host(), IDS))


@pytest.mark.parametrize("name", GROW)
def test_a_thin_pool_grows(name: str) -> None:
    host = lvm_host(VMDATA, of=(pv_disk("c"),))
    check(name, lambda: plan_growth(GROW[name], host))


@pytest.mark.parametrize("free_mib", [0, 4])
def test_what_is_full_does_not_grow_by_itself(free_mib: int) -> None:
    pool = thin_pool("vmstore", 198, 64 * MIB)
    full = group("vmdata", ("/dev/sdc1",), 199, free_mib / 1024, pool)
    asked = GrowRequest(group="vmdata", pool="vmstore")
    assert plan_growth(asked, lvm_host(full, of=(pv_disk("c"),))).steps == ()


def check(name: str, plan: Callable[[], DiskChange]) -> None:
    """The plan as people read it, and what goes into files; or how the request ends."""
    try:
        change = plan()
    except BedplateError as error:
        lines = [f"exit code {error.exit_code:d}"]
        for problem in error.problems:
            lines += [f"{problem.code}  {problem.where}", f"    {problem.message}"]
            lines += [f"    hint: {problem.hint}"] if problem.hint else []
        compare(STORAGE / f"{name}.txt", "\n".join((*lines, "")))
        return
    text = render_disk_change(change)
    assert max(map(len, text.splitlines())) <= WIDTH
    files = (
        file
        for step in change.steps
        if isinstance(step, ChangeHost) and step.id != "remember"
        for file in step.change.files
    )
    shown = (f"\n--- {file.path}\n{file.content}" for file in files)
    compare(STORAGE / f"{name}.txt", text + "".join(shown))
    if change.steps:
        compare(
            STORAGE / f"{name}.json", change.model_dump_json(indent=2, exclude={"made_for"}) + "\n"
        )
    assert DiskChange.model_validate_json(change.model_dump_json()) == change
