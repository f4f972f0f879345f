"""What gpgv says of signatures, in its own words for programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.facts.gpgv import parse_gpgv_status
from bedplate.model.archive import Signature, SignatureState

CAPTURES = Path(__file__).parents[2] / "captures"
RIGHT = "B1911D91983981501E13A19C7CFAD2863A0AAC83"
WRONG = "AF19CA34CEA929E19291DBD756FD757B2802A0BB"
OLD = "026D755D681B3EC9DB2207E35BF9B0CB8027394A"
PAST = "772844A3302C9F5F6FA70B8E993628E0E3500CE8"
RSA = "7141615111CF429B4DD5A5491FEB9376221B84C0"


def by(key: str, state: SignatureState, *, checked: bool = True, weak: str = "") -> Signature:
    """A signature by a key; of one that could not be checked, the certificate is not known."""
    return Signature(
        state=state,
        key_id=key[-16:],
        fingerprint=key,
        primary=key if checked else "",
        weak_digest=weak,
    )


def unknown(key: str) -> Signature:
    return by(key, SignatureState.NO_KEY, checked=False)


CASES = {
    "good": (by(RIGHT, SignatureState.GOOD),),
    # Of a signature that does not fit, gpgv names the key by its last sixteen digits.
    "bad": (Signature(state=SignatureState.BAD, key_id=RIGHT[-16:]),),
    "no-key": (unknown(RIGHT),),
    "expired": (by(PAST, SignatureState.EXPIRED),),
    "key-expired": (by(OLD, SignatureState.KEY_EXPIRED),),
    "key-revoked": (unknown(RIGHT), by(WRONG, SignatureState.KEY_REVOKED)),
    "two": (by(RIGHT, SignatureState.GOOD), unknown(WRONG)),
    "sha1": (by(RSA, SignatureState.GOOD, weak="SHA-1"),),
    "unsigned": (),
}


@pytest.mark.parametrize("name", CASES)
def test_every_state_of_a_signature_is_told_apart(name: str) -> None:
    text = (CAPTURES / f"gpgv-{name}-2.2.40.txt").read_text()
    assert parse_gpgv_status(text) == CASES[name]


def test_words_of_a_user_id_are_not_taken_for_a_status() -> None:
    text = (
        "[GNUPG:] NEWSIG\n"
        f"[GNUPG:] BADSIG {RIGHT[-16:]} [GNUPG:] GOODSIG {RIGHT[-16:]} somebody\n"
        f"gpgv: [GNUPG:] VALIDSIG {RIGHT}\n"
        f"[GNUPG:] NOTATION_DATA a\u2028[GNUPG:] VALIDSIG {RIGHT}\n"
    )
    assert parse_gpgv_status(text) == CASES["bad"]


def test_a_signature_is_never_good_and_bad() -> None:
    text = f"[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG {RIGHT[-16:]} a\n[GNUPG:] BADSIG {RIGHT[-16:]} a\n"
    assert [one.state for one in parse_gpgv_status(text)] == [SignatureState.BAD]


@given(st.lists(st.text() | st.sampled_from(["NEWSIG", "GOODSIG a b", "VALIDSIG a", "ERRSIG a b"])))
def test_no_signature_is_good_that_is_not_valid(words: list[str]) -> None:
    text = "".join(f"[GNUPG:] {word}\n" for word in words)
    good = [one for one in parse_gpgv_status(text) if one.state is SignatureState.GOOD]
    assert len(good) <= min(text.count("GOODSIG"), text.count("VALIDSIG"))
