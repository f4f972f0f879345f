"""The members of pools, from `zpool status` by paths and by guids."""

from __future__ import annotations

import textwrap

import pytest

from bedplate.errors import FactsError
from bedplate.facts.zpool_status import parse_label, parse_zpool_status
from bedplate.model.plan import Role
from bedplate.model.store import MemberState, StoreFact
from bedplate.units import KIB, MIB
from tests.captures import captured

WELL, JOINING, FAILED, MISSING = MemberState
ID = "/dev/disk/by-id"

LOST = captured("zpool-status-lost-2.3.9.txt")
BP = f"{ID}/scsi-0QEMU_QEMU_HARDDISK_BP000"


def with_guids(text: str) -> str:
    """The same text as -g has it: a number for every vdev and member, its place in the table."""
    head, config, table = text.partition("config:\n")
    lines = []
    for number, line in enumerate(table.splitlines()):
        name = line.split()[0] if line.startswith("\t  ") else ""
        lines.append(line.replace(name, str(1000 + number), 1) if name else line)
    return "\n".join((head + config.rstrip(), *lines)) + "\n"


def parsed(text: str) -> StoreFact:
    (store,) = parse_zpool_status(text, with_guids(text), {"rpool": "77"})
    return store


def pool(table: str, scan: str = "none requested", errors: str = "No known data errors") -> str:
    """A pool of data vdevs whose rows are indented by two blanks at least."""
    rows = textwrap.indent(textwrap.dedent(table).strip("\n"), "\t  ")
    head = "\tNAME   STATE  READ WRITE CKSUM\n\trpool  ONLINE   0   0   0\n"
    return f"  pool: rpool\n  scan: {scan}\nconfig:\n\n{head}{rows}\n\nerrors: {errors}\n"


def seen(name: str) -> StoreFact:
    """A pool as it was really seen."""
    by_path = captured(f"zpool-status-{name}-2.3.9.txt")
    by_guid = captured(f"zpool-status-{name}-by-guid-2.3.9.txt")
    (store,) = parse_zpool_status(by_path, by_guid, {"tank": "77"})
    return store


def test_every_vdev_of_a_pool_and_how_its_members_are() -> None:
    store = seen("lost")
    found = [
        (group.type, group.role, [(member.path, member.state) for member in group.members])
        for group in store.groups
    ]
    assert (store.id, store.at) == ("77", "tank")
    assert found == [
        ("mirror-0", Role.DATA, [(f"{BP}0-part1", WELL), (f"{BP}1-part1", MISSING)]),
        ("mirror-1", Role.SPECIAL, [(f"{BP}2-part1", WELL), (f"{BP}3-part1", WELL)]),
        ("disk", Role.LOG, [(f"{BP}4-part1", WELL)]),
        ("disk", Role.CACHE, [(f"{BP}5-part1", MISSING)]),
    ]
    assert [member.id for _, member in store.members if member.is_lost] == [
        "8702399624439218820",
        "17546835914981918213",
    ]


def test_a_member_that_is_being_replaced_is_not_lost_any_more() -> None:
    store = seen("replacing")
    _, second = store.groups[0].members
    assert second.successor is not None
    assert (second.successor.id, second.successor.path) == ("6280875313369822478", f"{BP}7-part1")
    # ZFS calls it ONLINE from the first moment, with nothing on it.
    assert second.successor.state is JOINING
    assert (store.is_joining, store.done) == (True, 0.0)
    assert [group.role for group in store.groups if any(m.is_lost for m in group.members)] == [
        Role.CACHE
    ]


@pytest.mark.parametrize(
    ("rows", "state", "successor", "is_lost"),
    [
        ("{b}  OFFLINE  0 0 0", FAILED, None, True),
        ("{b}  REMOVED  0 0 0", MISSING, None, True),
        ("{b}  ONLINE  0 0 0  (resilvering)", JOINING, None, False),
        ("{b}  ONLINE  0 0 0  (awaiting resilver)", JOINING, None, False),
        (
            "replacing-1  DEGRADED  0 0 0\n"
            "  99  UNAVAIL  0 0 0  was {b}/old\n"
            "  {b}  ONLINE  0 0 0  (resilvering)",
            MISSING,
            JOINING,
            False,
        ),
        (
            # The scan has not come to it yet.
            "replacing-1  DEGRADED  0 0 0\n  {b}/old  FAULTED  0 0 0\n  {b}  ONLINE  0 0 0",
            FAILED,
            JOINING,
            False,
        ),
        (
            "replacing-1  UNAVAIL  0 0 0\n"
            "  99  UNAVAIL  0 0 0  was {b}/old\n"
            "  98  UNAVAIL  0 0 0  was {b}",
            MISSING,
            MISSING,
            True,
        ),
    ],
    ids=["offline", "removed", "resilver", "waiting", "replaced", "at once", "that failed too"],
)
def test_a_member_that_is_not_well(
    rows: str, state: MemberState, successor: MemberState | None, is_lost: bool
) -> None:
    rows = textwrap.indent(rows.format(b=f"{ID}/ata-B-part3"), "  ")
    text = pool(f"mirror-0  DEGRADED  0 0 0\n  {ID}/ata-A-part3  ONLINE  0 0 0\n{rows}")
    first, second = (member for _, member in parsed(text).members)
    assert first.state is WELL
    assert second.state is state
    assert (second.successor and second.successor.state) is successor
    assert second.is_lost is is_lost


def test_a_disk_without_redundancy_that_is_being_replaced_is_one_member() -> None:
    text = pool(f"replacing-0  ONLINE  0 0 0\n  {ID}/a  ONLINE  0 0 0\n  {ID}/b  ONLINE  0 0 0")
    ((group, member),) = parsed(text).members
    assert (group.type, member.state) == ("disk", WELL)
    assert member.successor is not None
    assert member.successor.state is JOINING


@pytest.mark.parametrize(
    ("scan", "errors", "done", "count"),
    [
        ("none requested", "No known data errors", None, 0),
        (
            "resilver in progress since Mon Nov 23 10:00:00 2026\n"
            "\t1.2G / 2.3G scanned at 100M/s, 345M / 2.3G issued at 30M/s\n"
            "\t330M resilvered, 14.50% done, 00:00:05 to go",
            "No known data errors",
            0.145,
            0,
        ),
        ("scrub in progress since Mon\n\t1G / 2G scanned, 50.00% done", "No known", None, 0),
        ("resilvered 1G in 00:00:10 with 3 errors on Mon", "No known data errors", None, 3),
        ("none requested", "2 data errors, use '-v' for a list", None, 2),
    ],
    ids=["nothing", "resilver", "scrub", "errors of a resilver", "errors"],
)
def test_how_far_a_resilver_is_and_what_it_could_not_mend(
    scan: str, errors: str, done: float | None, count: int
) -> None:
    store = parsed(pool(f"{ID}/a  ONLINE  0 0 0", scan, errors))
    assert (store.done, store.errors) == (done, count)


def test_two_answers_that_do_not_fit_together_are_not_guessed_at() -> None:
    with pytest.raises(FactsError, match="does not fit"):
        parse_zpool_status(LOST, pool(f"{ID}/a  ONLINE  0 0 0"), {"tank": "77"})


METASLABS = 15 * 128 * MIB
LABELS = 4 * MIB + 512 * KIB


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (captured("zdb-label-mirror-2.3.9.txt"), METASLABS + LABELS),
        # A third of 11 metaslabs of 512 MiB and the labels, in whole quarters of a MiB.
        (captured("zdb-label-raidz-2.3.9.txt"), 1882 * MIB),
        ("failed to unpack label 0\n", None),
    ],
    ids=["mirror", "raidz", "none"],
)
def test_a_new_member_needs_room_for_the_metaslabs_and_no_more(
    text: str, needed: int | None
) -> None:
    assert parse_label(text) == needed
