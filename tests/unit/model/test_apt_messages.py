"""What apt complains of, by names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.model.apt_message import AptMessage, Severity, parse_messages

CAPTURE = Path(__file__).parents[2] / "captures" / "apt-get-update-2.6.1.txt"
SAID = dict(re.findall(r"^== (.*)\n((?:(?!==).*\n)+)", CAPTURE.read_text(), re.MULTILINE))
E, W = Severity.ERROR, Severity.WARNING
# For each part of the capture, what is found in it.
CODES = {
    "wrong key": [(W, "no-key"), (E, "not-signed")],
    "tampered": [(E, "tampered")],
    "404": [(E, "not-there")],
    "refused": [(E, "not-reached")],
    "resolve": [(E, "not-reached")],
    "double": [(W, "doubled-entries"), (W, "doubled-entries")],
    "signedby conflict": [(E, "conflicting-entries")],
    "malformed": [(E, "damaged-entry")],
    "component": [(W, "nothing-to-fetch")],
    "nokeyfile": [(W, "no-key"), (E, "not-signed")],
    "expired": [(E, "expired")],
    "future": [(E, "from-the-future")],
    "locked": [(E, "locked"), (E, "locked")],
    "changed": [(E, "release-changed")] * 3,
    "unmet": [(E, "unmet-dependencies")],
    "interrupted": [(E, "dpkg-interrupted")],
}


def test_the_capture_and_the_cases_belong_together() -> None:
    assert list(SAID) == list(CODES)


@pytest.mark.parametrize("name", CODES)
def test_messages_have_names_and_what_to_do(name: str) -> None:
    found = parse_messages(SAID[name])
    assert [(one.severity, one.code) for one in found] == CODES[name]
    assert all(one.hint for one in found)


def test_words_are_kept_as_apt_says_them() -> None:
    (message,) = parse_messages(SAID["tampered"])
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


def test_the_words_of_apt_3_are_known_too() -> None:
    text = "Warning: a\nNotice: b\nError: The repository 'x' is not signed.\n"
    found = [(one.severity, one.code) for one in parse_messages(text)]
    assert found == [(W, "apt-warning"), (Severity.NOTICE, "apt-notice"), (E, "not-signed")]


@given(st.lists(st.sampled_from("EWN"), max_size=5), st.text())
def test_no_error_is_lost(letters: list[str], noise: str) -> None:
    text = noise.replace(":", "") + "\n" + "".join(f"{x}: {n}\n" for n, x in enumerate(letters))
    errors = [one.text for one in parse_messages(text) if one.severity is E]
    assert errors == [str(n) for n, letter in enumerate(letters) if letter == "E"]
