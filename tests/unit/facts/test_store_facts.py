"""Whether md arrays and btrfs have all their members, from sysfs and the kernel's answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.facts.btrfs import Kernel, probe_btrfs
from bedplate.facts.md import probe_arrays
from bedplate.model.store import MemberState, StoreFact
from bedplate.units import GIB, MIB

UUID = "0f3e8a52-93d5-4c2c-8d5c-2f0a4b0e7a11"
MD = "sys/block/md127/md"
BTRFS = f"sys/fs/btrfs/{UUID}"
MOUNT = "30 1 0:25 / / rw - btrfs /dev/sda3 rw\n"

WELL, JOINING, FAILED, MISSING = MemberState
ARRAY = {
    f"{MD}/degraded": "0\n",
    f"{MD}/level": "raid1\n",
    f"{MD}/raid_disks": "2\n",
    f"{MD}/component_size": "1048576\n",
    f"{MD}/sync_completed": "none\n",
    f"{MD}/dev-sda3/slot": "0\n",
    f"{MD}/dev-sda3/state": "in_sync\n",
    f"{MD}/dev-sda3/offset": "2048\n",
}


def written(root: Path, files: dict[str, str]) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


def second(slot: str, state: str) -> dict[str, str]:
    return {f"{MD}/dev-sdb3/slot": f"{slot}\n", f"{MD}/dev-sdb3/state": f"{state}\n"}


@pytest.mark.parametrize(
    ("files", "states"),
    [
        (second("1", "in_sync"), [("0", WELL), ("1", WELL)]),
        (second("1", "in_sync,write_mostly"), [("0", WELL), ("1", WELL)]),
        (second("1", "spare"), [("0", WELL), ("1", JOINING)]),
        (second("none", "faulty,timestamp"), [("0", WELL), ("1", FAILED)]),
        (second("none", "spare"), [("0", WELL), ("1", MISSING)]),
        ({}, [("0", WELL), ("1", MISSING)]),
        ({f"{MD}/raid_disks": "1 (2)\n"}, [("0", WELL)]),
    ],
    ids=["whole", "flags", "synchronising", "faulty", "a spare", "gone", "another shape"],
)
def test_members_of_an_array(
    tmp_path: Path, files: dict[str, str], states: list[tuple[str, MemberState]]
) -> None:
    (store,) = probe_arrays(written(tmp_path, ARRAY | files))
    assert [(member.id, member.state) for _, member in store.members] == states
    assert store.groups[0].needed_bytes == GIB + MIB


def test_an_array_goes_by_the_name_that_mdadm_gave_it_and_says_how_far_it_is(
    tmp_path: Path,
) -> None:
    root = written(tmp_path, ARRAY | {f"{MD}/sync_completed": "25 / 100\n"})
    (root / "dev/md").mkdir(parents=True)
    (root / "dev/md127").touch()
    (root / "dev/md/mirror").symlink_to("../md127")
    (store,) = probe_arrays(root)
    assert (store.name, store.at, store.done) == ("/dev/md/mirror", "/dev/md127", 0.25)


def test_an_array_without_redundancy_has_nothing_to_lose(tmp_path: Path) -> None:
    assert probe_arrays(written(tmp_path, {f"{MD}/raid_disks": "2\n"})) == ()


def btrfs(
    root: Path, devices: dict[int, str | None], files: dict[str, str], done: float | None = None
) -> tuple[StoreFact, ...]:
    """A mounted btrfs with these devices; those with a path are in /dev too."""
    written(root, {f"{BTRFS}/devinfo/{number}/missing": "0\n" for number in devices})
    written(root, {path[1:]: "" for path in devices.values() if path})
    written(root, {f"{BTRFS}/devices/sda3": "", "proc/self/mountinfo": MOUNT} | files)
    (root / BTRFS / "allocation/data/raid1").mkdir(parents=True)
    kernel = Kernel(lambda _at, number: (devices[number], GIB), lambda _at: (done, 0))
    return probe_btrfs(root, kernel)


ERRORS = "write_errs 7\nread_errs 3\nflush_errs 0\ncorruption_errs 0\n"


@pytest.mark.parametrize(
    ("devices", "files", "states"),
    [
        ({1: "/dev/sda3", 2: "/dev/sdb3"}, {}, [WELL, WELL]),
        ({1: "/dev/sda3", 2: None}, {}, [WELL, MISSING]),
        (
            {1: "/dev/sda3", 2: "/dev/sdb3"},
            {f"{BTRFS}/devinfo/2/missing": "1\n"},
            [WELL, MISSING],
        ),
        (
            {1: "/dev/sda3", 2: "/dev/sdb3"},
            {f"{BTRFS}/devinfo/2/error_stats": ERRORS},
            [WELL, FAILED],
        ),
        ({0: "/dev/sdc3", 1: "/dev/sda3", 2: None}, {}, [JOINING, WELL, MISSING]),
    ],
    ids=["whole", "gone", "missing", "failed writes", "being replaced"],
)
def test_devices_of_a_btrfs(
    tmp_path: Path,
    devices: dict[int, str | None],
    files: dict[str, str],
    states: list[MemberState],
) -> None:
    (store,) = btrfs(tmp_path, devices, files)
    assert [member.state for _, member in store.members] == states
    assert (store.id, store.at, store.groups[0].type) == (UUID, "/", "raid1")


def test_a_btrfs_of_one_device_can_be_given_another(tmp_path: Path) -> None:
    (store,) = btrfs(tmp_path, {1: "/dev/sda3"}, {})
    assert [member.path for _, member in store.members] == ["/dev/sda3"]
