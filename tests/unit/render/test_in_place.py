"""Files that others write too: a line changes, and all else stays as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.render.in_place import (
    with_alias,
    with_assignment,
    with_hosts,
    with_lines,
    with_module_options,
    with_parameters,
    with_resolver,
    with_section_value,
    with_settings,
)

Edit = Callable[[str], str]

EDITS: dict[str, Edit] = {
    "section": lambda text: with_section_value(text, "Time", "NTP", "a b"),
    "assignment": lambda text: with_assignment(text, "ZED_EMAIL_ADDR", "root"),
    "parameters": lambda text: with_parameters(text, {"relayhost": "[a]:25", "myorigin": "b"}),
    "alias": lambda text: with_alias(text, "root", "ada@example.com"),
    "module": lambda text: with_module_options(text, "zfs", {"zfs_arc_max": "1", "x": None}),
    "settings": lambda text: with_settings(text, {"vm.swappiness": "10"}),
    "hosts": lambda text: with_hosts(text, {"192.0.2.9": ("nas",)}),
    "resolver": lambda text: with_resolver(text, ("example.com",), ("192.0.2.1",)),
    "lines": lambda text: with_lines(text, ["UUID=1 none swap sw 0 0"]),
}
# Lines that have something to do with the edits, and lines of anybody's.
LINES = (
    "[Time]", "[Other]", "NTP=old", "#NTP=hint", " NTP = older", 'ZED_EMAIL_ADDR="ops"',
    "# ZED_EMAIL_ADDR=x", "relayhost = [old]", "relayhost=", "  continued, by white space",
    "myorigin = $mydomain", "root: ops", "ROOT : somebody", "ops: ada", "options zfs zfs_arc_max=2",
    "options zfs x=1 y=2", "options other zfs_arc_max=2", "vm.swappiness=60", "192.0.2.9 old # why",
    "192.0.2.99 other", "nameserver 192.0.2.2", "search old.example.com", "options edns0",
    "UUID=1  none\tswap sw 0 0", "# a comment", "", "   ", "anything else",
)  # fmt: skip
TEXTS = st.tuples(st.lists(st.sampled_from(LINES)), st.sampled_from(("\n", ""))).map(
    lambda made: "\n".join(made[0]) + (made[1] if made[0] else "")
)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@given(text=TEXTS)
def test_a_second_time_changes_nothing(edit: Edit, text: str) -> None:
    once = edit(text)
    assert edit(once) == once


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@given(
    before=st.lists(st.sampled_from(["# mine", "", "unlike anything else", "[Other]"])),
    text=TEXTS,
)
def test_lines_of_others_stay_in_their_order(edit: Edit, before: list[str], text: str) -> None:
    given_lines = [*before, *text.split("\n")]
    foreign = {"# mine", "# a comment", "unlike anything else", "anything else", "[Other]"}
    after = edit("\n".join(given_lines)).split("\n")
    assert [line for line in after if line in foreign] == [
        line for line in given_lines if line in foreign
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "[Time]\nNTP=a b\n"),
        ("[Time]\n#NTP=\n#Other=\n", "[Time]\n#NTP=\nNTP=a b\n#Other=\n"),
        ("[Time]\nNTP=x\nNTP=y\n\n[Z]\nNTP=z\n", "[Time]\nNTP=a b\n\n[Z]\nNTP=z\n"),
        ("[Z]\nNTP=z", "[Z]\nNTP=z\n\n[Time]\nNTP=a b\n"),
        ("[Time]\n\n\n[Z]\n", "[Time]\nNTP=a b\n\n\n[Z]\n"),
        ("[Time]\nNTP=a b", "[Time]\nNTP=a b"),
    ],
)
def test_a_key_is_changed_in_its_section_only(text: str, expected: str) -> None:
    assert with_section_value(text, "Time", "NTP", "a b") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relayhost = [a]:25\n", "relayhost = [a]:25\n"),
        ("relayhost   =  [a]:25\n", "relayhost   =  [a]:25\n"),
        ("relayhost =\n  [old]\nother = 1\n", "relayhost = [a]:25\nother = 1\n"),
        (
            "relayhosts = x\n# relayhost = y\n",
            "relayhosts = x\n# relayhost = y\nrelayhost = [a]:25\n",
        ),
        ("relayhost = [b]\nx = 1\nrelayhost = [a]:25\n", "relayhost = [a]:25\nx = 1\n"),
    ],
)
def test_a_parameter_stands_once_with_its_continued_lines(text: str, expected: str) -> None:
    assert with_parameters(text, {"relayhost": "[a]:25"}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("options zfs a=1 zfs_arc_max=9 b=2\n", "options zfs a=1 b=2\noptions zfs zfs_arc_max=5\n"),
        ("options zfs zfs_arc_max=5\n", "options zfs zfs_arc_max=5\n"),
        ("options zfs zfs_arc_max=5 zfs_arc_min=3\n", "options zfs zfs_arc_max=5\n"),
        (
            "options zfs_x zfs_arc_max=9\n",
            "options zfs_x zfs_arc_max=9\noptions zfs zfs_arc_max=5\n",
        ),
        ("# options zfs zfs_arc_max=9", "# options zfs zfs_arc_max=9\noptions zfs zfs_arc_max=5\n"),
    ],
)
def test_other_options_of_a_module_stay(text: str, expected: str) -> None:
    options = {"zfs_arc_max": "5", "zfs_arc_min": None}
    assert with_module_options(text, "zfs", options) == expected
