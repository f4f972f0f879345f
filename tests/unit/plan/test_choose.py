"""Which disks and which card an answer file means."""

from __future__ import annotations

import pytest

from bedplate.errors import Problem
from bedplate.model.facts import Facts, NicFact, Route, Signature
from bedplate.model.natural import natural
from bedplate.model.request import DiskCriteria, DiskSelection
from bedplate.plan.choose import choose_disks
from bedplate.plan.choose_nic import choose_nic
from bedplate.plan.explain import explain_group
from bedplate.plan.groups import plan_groups
from bedplate.units import GIB
from tests.unit.plan.builders import MIRROR, disk, machine, request

SEVERAL = machine(
    disk("a", properties={"ID_BUS": "ata", "ID_MODEL": "FAST_1"}),
    disk("b", properties={"ID_BUS": "ata", "ID_MODEL": "SLOW_1"}),
    disk("c", properties={"ID_MODEL": "FAST_2"}),
    disk("d", properties={"ID_BUS": "ata"}, read_only=True),
    disk("e", properties={"ID_BUS": "ata"}, mounts=("/run/live/medium",)),
)


@pytest.mark.parametrize(
    "name",
    ["sdb", "/dev/sdb", "ata-DISK_S-b", "/dev/disk/by-id/wwn-0x5000b", "S-b", "0x5000b"],
)
def test_a_disk_has_several_names(name: str) -> None:
    choice = choose_disks(DiskSelection(names=(name,)), SEVERAL, None)
    assert ([found.path for found in choice.disks], choice.problems) == (["/dev/sdb"], ())


def test_names_keep_their_order() -> None:
    choice = choose_disks(DiskSelection(names=("sdc", "S-a", "sdb")), SEVERAL, None)
    assert [found.path for found in choice.disks] == ["/dev/sdc", "/dev/sda", "/dev/sdb"]


@pytest.mark.parametrize(
    ("names", "codes", "asked"),
    [
        (("db",), ["disk-unmatched"], 1),
        (("sdz", "sda"), ["disk-unmatched"], 2),
        (("sda", "S-a"), ["disk-twice"], 2),
        (("sdd",), ["disk-read-only"], 1),
        (("sde",), ["disk-is-medium"], 1),
        (
            ("sdd", "sde", "x", "sdd"),
            ["disk-read-only", "disk-is-medium", "disk-unmatched", "disk-twice"],
            3,
        ),
    ],
    ids=["suffix", "unknown", "twice", "read-only", "medium", "all-at-once"],
)
def test_names_that_cannot_be_used(names: tuple[str, ...], codes: list[str], asked: int) -> None:
    choice = choose_disks(DiskSelection(names=names), SEVERAL, None)
    assert ([problem.code for problem in choice.problems], choice.asked) == (codes, asked)


def test_a_serial_that_two_disks_share_is_ambiguous() -> None:
    twins = machine(disk("a"), disk("b").model_copy(update={"serial": "S-a"}))
    choice = choose_disks(DiskSelection(names=("S-a",)), twins, None)
    assert choice.problems == (
        Problem(
            "disk-ambiguous",
            "disk-setup.disk-list",
            "'S-a' names 2 disks: /dev/sda and /dev/sdb",
            "use a by-id name, which only one of them has",
        ),
    )


@pytest.mark.parametrize(
    ("filters", "match", "expected"),
    [
        ({"ID_BUS": "ata"}, "any", "ab"),
        ({"ID_BUS": "ata", "ID_MODEL": "FAST_*"}, "any", "abc"),
        ({"ID_BUS": "ata", "ID_MODEL": "FAST_*"}, "all", "a"),
        ({"ID_BUS": "ata", "ID_ABSENT": "*"}, "all", ""),
        ({"ID_MODEL": "fast_*"}, "any", ""),
        ({"ID_MODEL": "?[LA]*1"}, "any", "ab"),
    ],
)
def test_filters(filters: dict[str, str], match: str, expected: str) -> None:
    selection = DiskSelection.model_validate({"filters": filters, "match": match})
    choice = choose_disks(selection, SEVERAL, None)
    assert "".join(found.path[-1] for found in choice.disks) == expected
    codes = [problem.code for problem in choice.problems]
    assert codes == ([] if expected else ["disk-no-match"])


def test_a_filter_for_one_disk_takes_the_first_and_says_so() -> None:
    choice = choose_disks(DiskSelection(filters={"ID_MODEL": "FAST*"}), SEVERAL, 1)
    assert [found.path for found in choice.disks] == ["/dev/sda"]
    assert choice.warnings == (
        "The filter matches 2 disks; the layout takes one, so /dev/sda is used and /dev/sdc "
        "left alone.",
    )


def test_kernel_names_sort_as_the_kernel_counts() -> None:
    in_order = [
        *("/dev/mmcblk0", "/dev/mmcblk1", "/dev/nbd2", "/dev/nbd10"),
        *("/dev/nvme2n1", "/dev/nvme2n2", "/dev/nvme10n1"),
        *("/dev/sdb", "/dev/sdz", "/dev/sdaa", "/dev/sdzz", "/dev/sdaaa", "/dev/sdaab", "/dev/vda"),
    ]
    assert sorted(set(in_order), key=natural) == in_order


def letters(number: int) -> str:
    """The letters by which the kernel counts: `a` is 0, `z` 25, `aa` 26, `aaa` 702."""
    head, tail = divmod(number, 26)
    return (letters(head - 1) if head else "") + "abcdefghijklmnopqrstuvwxyz"[tail]


def test_more_disks_than_two_letters_count() -> None:
    disks = [disk(letters(number)) for number in range(720)]
    assert [disks[place].path for place in (26, 701, 702)] == [
        "/dev/sdaa",
        "/dev/sdzz",
        "/dev/sdaaa",
    ]
    facts = machine(*reversed(disks))
    everything = DiskSelection(criteria=DiskCriteria(max_size_bytes=16 * GIB))
    assert [d.path for d in choose_disks(everything, facts, None).disks] == [d.path for d in disks]
    named = choose_disks(DiskSelection(names=("sdaaa", "S-aab", "sda")), facts, None)
    assert [d.path for d in named.disks] == ["/dev/sdaaa", "/dev/sdaab", "/dev/sda"]


def nic(name: str, *, physical: bool = True, **properties: str) -> NicFact:
    return NicFact(name=name, mac="02:00:00:00:00:01", physical=physical, properties=properties)


CARDS = (nic("lo", physical=False), nic("eno10", ID_X="b"), nic("eno2", ID_X="a"), nic("wan0"))


@pytest.mark.parametrize(
    ("filters", "route_over", "expected"),
    [
        ({}, None, "eno2"),
        ({}, "wan0", "wan0"),
        ({}, "lo", "eno2"),
        ({"ID_X": "b"}, "wan0", "eno10"),
        ({"ID_X": "[ab]", "ID_Y": "z"}, None, "eno2"),
    ],
)
def test_the_card_below_the_bridge(
    filters: dict[str, str], route_over: str | None, expected: str
) -> None:
    routes = () if route_over is None else (Route(destination="default", interface=route_over),)
    found = choose_nic(filters, with_cards(*CARDS).model_copy(update={"routes": routes}))
    assert isinstance(found, NicFact)
    assert found.name == expected


@pytest.mark.parametrize(("cards", "code"), [(CARDS, "nic-no-match"), (CARDS[:1], "nic-missing")])
def test_no_card_fits(cards: tuple[NicFact, ...], code: str) -> None:
    found = choose_nic({"ID_X": "c"}, with_cards(*cards))
    assert isinstance(found, Problem)
    assert found.code == code


def with_cards(*cards: NicFact) -> Facts:
    return machine().model_copy(update={"nics": cards})


NVME = {"transport": "nvme", "rotational": False, "model": "FAST 2"}
SATA = {"transport": "sata", "rotational": True, "model": "SLOW 1"}
MIXED = machine(
    disk("a", 400 * GIB).model_copy(update=NVME),
    disk("b", 400 * GIB).model_copy(update=NVME),
    disk("c", 4000 * GIB, properties={"ID_BUS": "ata"}).model_copy(update=SATA),
    disk("d", 16 * GIB).model_copy(update={"transport": "usb", "removable": True}),
)


@pytest.mark.parametrize(
    ("criteria", "expected", "codes"),
    [
        ({"min_size_bytes": 400 * GIB}, "abc", []),
        ({"min_size_bytes": 17 * GIB, "max_size_bytes": 400 * GIB}, "ab", []),
        ({"transports": ("nvme", "usb")}, "abd", []),
        ({"rotational": False}, "ab", []),
        ({"removable": True}, "d", []),
        ({"model": "FAST*"}, "ab", []),
        ({"serial": "S-[bc]"}, "bc", []),
        ({"wwn": "0x5000a"}, "a", []),
        ({"path": "/dev/sd[ad]"}, "ad", []),
        ({"properties": {"ID_BUS": "*"}}, "c", []),
        ({"model": "FAST*", "count": 2}, "ab", []),
        ({"model": "FAST*", "count": 1}, "ab", ["disk-miscounted"]),
        ({"model": "FAST*", "at_least": 3}, "ab", ["disk-miscounted"]),
        ({"model": "FAST*", "transports": ("usb",)}, "", ["disk-no-match"]),
    ],
)
def test_criteria(criteria: dict[str, object], expected: str, codes: list[str]) -> None:
    selection = DiskSelection.model_validate({"criteria": criteria})
    choice = choose_disks(selection, MIXED, None)
    assert "".join(found.path[-1] for found in choice.disks) == expected
    assert [problem.code for problem in choice.problems] == codes


def test_a_disk_that_is_not_blank_has_to_be_named_or_given_up() -> None:
    used = disk("a").model_copy(update={"signatures": (Signature(kind="ext4"),)})
    empty_table = disk("b").model_copy(update={"signatures": (Signature(kind="gpt"),)})
    facts = machine(used, empty_table)
    criteria = DiskCriteria(max_size_bytes=16 * GIB)
    by_criteria = choose_disks(DiskSelection(criteria=criteria), facts, None)
    assert [(p.code, p.where) for p in by_criteria.problems] == [("disk-has-data", used.id)]
    for selection in (
        DiskSelection(criteria=criteria, wipe=True),
        DiskSelection(names=("sda", "sdb")),
    ):
        choice = choose_disks(selection, facts, None)
        assert (choice.disks, choice.problems) == ((used, empty_table), ())


def test_every_disk_gets_a_verdict() -> None:
    selection = DiskSelection(criteria=DiskCriteria(min_size_bytes=17 * GIB, model="FAST*"))
    facts = machine(*MIXED.disks, disk("e", 500 * GIB, read_only=True))
    asked = request(MIRROR).model_copy(update={"disks": selection})
    (group,) = plan_groups(asked, MIRROR, facts)
    verdicts = explain_group(group, facts)
    assert [(verdict.path[-1], verdict.place, verdict.reasons) for verdict in verdicts] == [
        ("a", 1, ()),
        ("b", 2, ()),
        ("c", None, ("its model is 'SLOW 1', not like 'FAST*'",)),
        (
            "d",
            None,
            (
                "it has 16 GiB, min-size asks for 17 GiB",
                "its model is 'DISK', not like 'FAST*'",
            ),
        ),
        (
            "e",
            None,
            (
                "DISK, serial S-e, /dev/sde is read-only",
                "its model is 'DISK', not like 'FAST*'",
            ),
        ),
    ]


MANY = machine(
    *(disk(letter, properties={"ID_BUS": "ata"}) for letter in "abcdefghijk"),
    disk("l", properties={"ID_MODEL": "USB"}),
)


@pytest.mark.parametrize(
    ("selection", "maximum", "said"),
    [
        pytest.param({"filters": {"ID_BUS": "ata"}}, None, None, id="any reads alike"),
        pytest.param(
            {"filters": {"ID_BUS": "ata"}, "match": "all"}, None, "/dev/sdl", id="lacks it"
        ),
        pytest.param({"filters": {"ID_MODEL": "USB"}}, 1, None, id="one disk"),
        pytest.param(
            {"filters": {"ID_BUS": "ata", "ID_MODEL": "*"}, "match": "all"},
            1,
            "means no disk here, where a property has to be there to match, and /dev/sda ",
            id="one disk ignores all",
        ),
    ],
)
def test_a_filter_that_the_original_reads_differently_is_refused(
    selection: dict[str, object], maximum: int | None, said: str | None
) -> None:
    ours = DiskSelection.model_validate(selection)
    theirs = ours.model_copy(update={"for_original": True})
    code = "filter-read-differently"
    assert code not in [p.code for p in choose_disks(ours, MANY, maximum).problems]
    found = [p for p in choose_disks(theirs, MANY, maximum).problems if p.code == code]
    assert len(found) == (said is not None)
    assert said is None or said in found[0].message


def test_the_original_counts_disks_as_text() -> None:
    facts = machine(
        *(disk(x, properties={"ID_BUS": "ata"} if x in "ck" else {}) for x in "abcdefghijk")
    )
    selection = DiskSelection(filters={"ID_BUS": "ata"}, for_original=True)
    (problem,) = choose_disks(selection, facts, 1).problems
    # The eleventh disk has the number 10, which as text comes before 2.
    assert "means /dev/sdc here" in problem.message
    assert "and /dev/sdk to the original" in problem.message
