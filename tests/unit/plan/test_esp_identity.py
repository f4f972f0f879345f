"""Which partition a listed FAT id means, and everything that may be wrong with ESPs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bedplate.model.esp import EspFact, EspFile, Unreadable
from bedplate.model.gpt import ESP_TYPE
from bedplate.plan.esp_identity import identify
from tests.unit.plan.esps import A, asked, blank

OURS = (EspFile(path=f"EFI/proxmox/{A}/vmlinuz-{A}", size_bytes=1, sha256="x"),)
NO_FAT = Unreadable(code="esp-no-fat", message="has no FAT file system")
BROKEN = Unreadable(code="esp-unreadable", message="cannot be read: Input/output error")
BUSY = Unreadable(code="esp-busy", message="another program has it mounted for itself")
CLONE = blank(2, fat_id="0001-AAAA")


@dataclass(frozen=True, slots=True)
class Row:
    """ESPs, what is listed, and which of them are synced; problems are codes and places."""

    esps: tuple[EspFact, ...]
    synced: tuple[str, ...]
    problems: tuple[tuple[str, str], ...] = ()
    listed: tuple[str, ...] = ("0001-AAAA",)


ROWS = {
    "one": Row((blank(),), ("/dev/sda2",)),
    "missing": Row(
        (blank(),),
        ("/dev/sda2",),
        (("esp-missing", "0009-AAAA"),),
        listed=("0001-AAAA", "0009-AAAA"),
    ),
    "nothing listed": Row(
        (blank(),), (), (("list-empty", "/etc/kernel/proxmox-boot-uuids"),), listed=()
    ),
    "a clone on a disk that nobody uses": Row(
        (blank(), CLONE.model_copy(update={"disk_in_use": False})),
        ("/dev/sda2",),
        (("esp-duplicate", "/dev/sdb2"),),
    ),
    "a clone, and both disks are used": Row(
        (blank(), CLONE), (), (("esp-duplicate", "/dev/sda2"), ("esp-duplicate", "/dev/sdb2"))
    ),
    "a clone, and neither disk is used": Row(
        tuple(esp.model_copy(update={"disk_in_use": False}) for esp in (blank(), CLONE)),
        (),
        (("esp-duplicate", "/dev/sda2"), ("esp-duplicate", "/dev/sdb2")),
    ),
    "of another type": Row((blank(type_guid="other"),), (), (("esp-wrong-type", "/dev/sda2"),)),
    "read-only": Row((blank(read_only=True),), (), (("esp-read-only", "/dev/sda2"),)),
    "mounted read-only": Row(
        (blank(read_only=True, mounts=("/mnt",)),), (), (("esp-read-only", "/dev/sda2"),)
    ),
    "mounted": Row((blank(mounts=("/boot/efi",)),), ("/dev/sda2",)),
    "unreadable": Row((blank(unreadable=BROKEN),), (), (("esp-unreadable", "/dev/sda2"),)),
    "unreadable and unclean": Row((blank(unreadable=BROKEN, unclean=True),), ("/dev/sda2",)),
    "mounted by somebody for himself": Row(
        (blank(unreadable=BUSY),), (), (("esp-busy", "/dev/sda2"),)
    ),
    "not listed, with our kernels": Row(
        (blank(), blank(2, files=OURS)), ("/dev/sda2",), (("esp-unlisted", "/dev/sdb2"),)
    ),
    "somebody else's": Row((blank(), blank(2)), ("/dev/sda2",)),
    "no FAT, on a disk of ours": Row(
        (blank(), blank(2, fat_id=None, unreadable=NO_FAT)),
        ("/dev/sda2",),
        (("esp-no-fat", "/dev/sdb2"),),
    ),
    "no FAT, on any disk": Row(
        (blank(), blank(2, fat_id=None, unreadable=NO_FAT, disk_in_use=False)), ("/dev/sda2",)
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_which_esps_are_synced(row: Row) -> None:
    found = identify(asked(row.esps, [A], listed=row.listed).facts, row.listed)
    assert tuple(esp.path for esp in found.esps) == row.synced
    told = tuple((problem.code, problem.where.split(" ")[0]) for problem in found.problems)
    assert told == row.problems
    assert all(problem.hint for problem in found.problems)


def test_a_clone_is_told_by_both_disks_and_its_partition() -> None:
    clone = CLONE.model_copy(update={"disk_in_use": False})
    (problem,) = identify(asked([blank(), clone], [A]).facts, ("0001-AAAA",)).problems
    assert problem.where == "/dev/sdb2 (Model 2, serial S2, /dev/sdb)"
    assert problem.message == (
        "has the FAT id 0001-AAAA as /dev/sda2 (Model 1, serial S1, /dev/sda) has it: "
        "a cloned disk (partition guid-2); left alone"
    )


def test_a_missing_esp_is_told_by_all_that_is_known_of_it() -> None:
    facts = asked([], [A], listed=["0001-AAAA"]).facts.model_copy(
        update={"known_disks": {"0001-AAAA": "ata-X"}, "unread_disks": ("Y, /dev/sdz",)}
    )
    (problem,) = identify(facts, ("0001-AAAA",)).problems
    assert problem.message == (
        "0001-AAAA is listed in /etc/kernel/proxmox-boot-uuids, and no disk has it; "
        "this host was installed with it on the disk ata-X; "
        "these disks cannot be read: Y, /dev/sdz"
    )


def test_every_damaged_line_is_told() -> None:
    given = asked([blank()], [A], damaged=("oops", "/dev/sda2"))
    problems = identify(given.facts, ("0001-AAAA",)).problems
    assert [(p.code, p.message.split(",")[0]) for p in problems] == [
        ("list-damaged", "has the line 'oops'"),
        ("list-damaged", "has the line '/dev/sda2'"),
    ]


def test_the_type_that_an_esp_has_is_the_specifications() -> None:
    assert ESP_TYPE == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
