"""Who signed a text: asked of gpgv, with one keyring and no other.

gpgv hands out the text that it checked; nobody reads what was around it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bedplate.model.archive import Signature, SignatureState
from bedplate.run import Runner

_PREFIX = "[GNUPG:] "
# In this order: a signature is good if nothing else is said of it.
_STATES = {
    "BADSIG": SignatureState.BAD,
    "EXPSIG": SignatureState.EXPIRED,
    "EXPKEYSIG": SignatureState.KEY_EXPIRED,
    "REVKEYSIG": SignatureState.KEY_REVOKED,
    "ERRSIG": SignatureState.UNCHECKED,
    "GOODSIG": SignatureState.GOOD,
}
# The reason code of an ERRSIG for a key that the keyring lacks, doc/DETAILS of GnuPG.
_NO_KEY = "9"
# Numbers of digests, RFC 9580 section 9.5; apt relies on none of these.
_WEAK_DIGESTS = {"1": "MD5", "2": "SHA-1", "3": "RIPEMD-160"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What gpgv says: the signatures it met, and the text that they are of."""

    signatures: tuple[Signature, ...]
    text: bytes


def check_inline(run: Runner, keyring: bytes, signed: bytes) -> Checked:
    """Check a text that has its signatures around it, such as an InRelease."""
    with tempfile.TemporaryDirectory(prefix="bedplate-gpgv-") as name:
        folder = Path(name)
        text = folder / "text"
        (folder / "signed").write_bytes(signed)
        signatures = _check(run, folder, keyring, "--output", text, folder / "signed")
        return Checked(signatures, text.read_bytes() if text.exists() else b"")


def check_detached(run: Runner, keyring: bytes, text: bytes, signature: bytes) -> Checked:
    """Check a text whose signatures are in a file of their own, such as a Release.gpg."""
    with tempfile.TemporaryDirectory(prefix="bedplate-gpgv-") as name:
        folder = Path(name)
        (folder / "text").write_bytes(text)
        (folder / "signature").write_bytes(signature)
        signatures = _check(run, folder, keyring, folder / "signature", folder / "text")
        return Checked(signatures, text)


def _check(run: Runner, folder: Path, keyring: bytes, *words: str | Path) -> tuple[Signature, ...]:
    ring = folder / "keyring.gpg"
    ring.write_bytes(keyring)
    # A bad signature is an answer, and its exit code says less than its words.
    gpgv = ("gpgv", "--homedir", folder, "--status-fd", "1", "--keyring", ring)
    return parse_gpgv_status(run([*gpgv, *words], check=False).stdout)


def parse_gpgv_status(text: str) -> tuple[Signature, ...]:
    """The signatures in what `gpgv --status-fd` prints (doc/DETAILS of GnuPG), in their order.

    One that could not be said to be good is listed as what is wrong with it.
    """
    return tuple(_signature(lines) for lines in _groups(text))


def _groups(text: str) -> Iterator[dict[str, list[str]]]:
    """The words after each keyword, for one signature after the other."""
    found: dict[str, list[str]] = {}
    # Not by what else Unicode calls the end of a line: user ids are in here, too.
    for line in text.split("\n"):
        if not line.startswith(_PREFIX):
            continue
        keyword, *words = line.removeprefix(_PREFIX).split(" ")
        if keyword == "NEWSIG":
            if found:
                yield found
            found = {keyword: words}
        elif found:
            found.setdefault(keyword, words)
    if found:
        yield found


def _signature(said: dict[str, list[str]]) -> Signature:
    keyword = next((word for word in _STATES if word in said), "")
    words, valid = said.get(keyword, []), said.get("VALIDSIG", [])
    is_error = keyword == "ERRSIG"
    state = _STATES.get(keyword, SignatureState.UNCHECKED)
    if is_error and _word(words, 5) == _NO_KEY:
        state = SignatureState.NO_KEY
    elif keyword == "GOODSIG" and not valid:
        state = SignatureState.UNCHECKED
    digest = _word(words, 2) if is_error else _word(valid, 7)
    return Signature(
        state=state,
        key_id=_word(words, 0),
        # A dash stands for a fingerprint that the signature does not name.
        fingerprint=_word(words, 6).strip("-") if is_error else _word(valid, 0),
        primary="" if is_error else _word(valid, 9),
        weak_digest=_WEAK_DIGESTS.get(digest, ""),
    )


def _word(words: list[str], place: int) -> str:
    return words[place] if place < len(words) else ""
