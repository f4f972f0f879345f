"""What apt complains of, by names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.apt_message import AptMessage, Severity, parse_messages

CAPTURES = Path(__file__).parents[2] / "captures"
E, W = Severity.ERROR, Severity.WARNING
Codes = list[tuple[Severity, str]]
# For each part of a capture, what is found in it.
OF_ALL: dict[str, Codes] = {
    "wrong key": [(W, "no-key"), (E, "not-signed")],
    "tampered": [(E, "tampered")],
    "404": [(E, "not-there")],
    "refused": [(E, "not-reached")],
    "resolve": [(E, "not-reached")],
    "double": [(W, "doubled-entries")] * 2,
    "malformed": [(E, "damaged-entry")],
    "component": [(W, "nothing-to-fetch")],
    "expired": [(E, "expired")],
    "future": [(E, "from-the-future")],
}
CODES: dict[str, dict[str, Codes]] = {
    "2.6.1": {
        **OF_ALL,
        "signedby conflict": [(E, "conflicting-entries")],
        "nokeyfile": [(W, "no-key"), (E, "not-signed")],
        "locked": [(E, "locked"), (E, "locked")],
        "changed": [(E, "release-changed")] * 3,
        "unmet": [(E, "unmet-dependencies")],
        "interrupted": [(E, "dpkg-interrupted")],
    },
    "3.0.4": {
        **OF_ALL,
        "unsigned": [(E, "not-signed")],
        "double": [(W, "doubled-entries")] * 3,
        "component": [(W, "nothing-to-fetch")] * 2,
        "no keyring": [(W, "bad-keyring"), (E, "not-signed")],
        "no-download": [(E, "not-fetched")],
        "downgrade": [(E, "not-planned")],
        "no-remove": [(E, "not-planned")],
    },
}
CASES = [(version, name) for version, codes in CODES.items() for name in codes]


def capture(version: str) -> dict[str, str]:
    """What apt of that version said, by the name of what was wrong."""
    text = (CAPTURES / f"apt-get-update-{version}.txt").read_text()
    return dict(re.findall(r"^== (.*)\n((?:(?!==).*\n)+)", text, re.MULTILINE))


@pytest.mark.parametrize("version", CODES)
def test_the_capture_and_the_cases_belong_together(version: str) -> None:
    assert capture(version).keys() == CODES[version].keys()


@pytest.mark.parametrize(("version", "name"), CASES)
def test_messages_have_names_and_what_to_do(version: str, name: str) -> None:
    found = parse_messages(capture(version)[name])
    assert [(one.severity, one.code) for one in found] == CODES[version][name]
    assert all(one.hint for one in found)


def test_words_are_kept_as_apt_says_them() -> None:
    (message,) = parse_messages(capture("2.6.1")["tampered"])
    assert message.text == (
        "Failed to fetch http://127.0.0.1:37875/dists/trixie/main/binary-amd64/Packages.xz"
        " Hash Sum mismatch"
    )
    assert message.problem().where == "apt"


def test_a_message_that_is_not_known_is_kept_whole() -> None:
    text = "Reading package lists...\nE: Something else\n  and more of it\nanother line\n  lost\n"
    assert parse_messages(text) == (
        AptMessage(severity=E, code="apt-error", text="Something else; and more of it"),
    )


def test_what_follows_an_error_is_said_if_nothing_else_is() -> None:
    text = "E: Some index files failed to download. They have been ignored.\n"
    assert [one.code for one in parse_messages(text)] == ["lists-incomplete"]
    assert len(parse_messages(f"W: Something\n{text}")) == 2
    assert [one.code for one in parse_messages(f"E: Something\n{text}")] == ["apt-error"]


def test_the_words_of_the_program_apt_are_known_too() -> None:
    text = "Warning: a\nNotice: b\nError: The repository 'x' is not signed.\n"
    found = [(one.severity, one.code) for one in parse_messages(text)]
    assert found == [(W, "apt-warning"), (Severity.NOTICE, "apt-notice"), (E, "not-signed")]


@given(st.lists(st.sampled_from("EWN"), max_size=5), st.text())
def test_no_error_is_lost(letters: list[str], noise: str) -> None:
    text = noise.replace(":", "") + "\n" + "".join(f"{x}: {n}\n" for n, x in enumerate(letters))
    errors = [one.text for one in parse_messages(text) if one.severity is E]
    assert errors == [str(n) for n, letter in enumerate(letters) if letter == "E"]
