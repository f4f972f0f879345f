"""Which keys are known, and when a file is one of them."""

from __future__ import annotations

import re

import pytest

from bedplate.errors import RefusedError
from bedplate.model.archive_key import (
    RELEASE_KEYS,
    ArchiveKey,
    Certificate,
    Digest,
    KeyFile,
    is_fingerprint,
    operator_key,
)
from bedplate.model.host_change import HostFile
from bedplate.plan.archive_key import judge_key, plan_keyring

ONE, TWO = "A1" * 20, "B2" * 20
DIGITS = {"sha256": 64, "sha512": 128}
RELEASE = ArchiveKey(
    name="trixie", source="s", keyring="/k.gpg", digest=Digest(algorithm="sha256", hex="ab")
)


def key_file(*fingerprints: str, sha256: str = "ab") -> KeyFile:
    certificates = tuple(Certificate(version=4, fingerprint=one) for one in fingerprints)
    return KeyFile(
        where="there", sha256=sha256, sha512="cd", data=b"\x99key", certificates=certificates
    )


def test_the_table_has_every_release_with_whole_checksums() -> None:
    assert list(RELEASE_KEYS) == ["buster", "bullseye", "bookworm", "trixie"]
    for key in RELEASE_KEYS.values():
        assert key.digest is not None
        assert re.fullmatch("[0-9a-f]+", key.digest.hex)
        assert len(key.digest.hex) == DIGITS[key.digest.algorithm]
        assert re.fullmatch(r"https?://\w+\.proxmox\.com/debian/[\w.-]+\.gpg", key.source)


def test_no_two_releases_share_a_key_or_a_keyring() -> None:
    keys = RELEASE_KEYS.values()
    assert len({key.digest for key in keys}) == len({key.keyring for key in keys}) == len(keys)


def test_no_keyring_is_where_apt_would_trust_it_for_every_archive() -> None:
    keyrings = [key.keyring for key in (*RELEASE_KEYS.values(), operator_key("x", "y", (ONE,)))]
    assert [path for path in keyrings if "trusted.gpg" in path] == []
    assert keyrings[-1] == "/etc/apt/keyrings/x.gpg"


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("24B3 0F06 ECC1 836A 4E5E  FECB A7BC D142 0BFE 778E", True),
        ("24b30f06ecc1836a4e5efecba7bcd1420bfe778e", True),
        ("CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9", True),
        ("0BFE778E", False),
        ("A7BCD1420BFE778E", False),
        ("24B30F06ECC1836A4E5EFECBA7BCD142", False),
        ("0x24B30F06ECC1836A4E5EFECBA7BCD1420BFE778E", False),
        ("24B30F06ECC1836A4E5EFECBA7BCD1420BFE778G", False),
        ("", False),
    ],
)
def test_only_a_whole_fingerprint_names_a_key(text: str, is_whole: bool) -> None:
    assert is_fingerprint(text) is is_whole


@pytest.mark.parametrize(
    ("key", "found", "codes"),
    [
        (RELEASE, key_file(ONE), []),
        (RELEASE, key_file(ONE, sha256="ff"), ["wrong-digest"]),
        (operator_key("x", "y", (ONE,)), key_file(ONE), []),
        (operator_key("x", "y", (ONE, TWO)), key_file(TWO, ONE), []),
        (operator_key("x", "y", (ONE, TWO)), key_file(ONE), ["wrong-key"]),
        (operator_key("x", "y", (ONE,)), key_file(ONE, TWO), ["further-key"]),
    ],
)
def test_a_file_is_the_key_or_not(key: ArchiveKey, found: KeyFile, codes: list[str]) -> None:
    assert [problem.code for problem in judge_key(key, found)] == codes


def test_what_was_fetched_becomes_the_keyring() -> None:
    file = plan_keyring(RELEASE, None, is_package_owned=False, fetched=key_file(ONE))
    assert file == HostFile(path="/k.gpg", hex=b"\x99key".hex())


def test_what_was_fetched_and_is_another_key_becomes_nothing() -> None:
    with pytest.raises(RefusedError, match="should be ab"):
        plan_keyring(RELEASE, None, is_package_owned=False, fetched=key_file(ONE, sha256="ff"))


def test_a_keyring_of_a_package_is_left_to_it() -> None:
    there = key_file(TWO, sha256="ff")
    assert plan_keyring(RELEASE, there, is_package_owned=True, fetched=None) is None


def test_a_keyring_of_nobody_has_to_be_the_key() -> None:
    assert plan_keyring(RELEASE, key_file(ONE), is_package_owned=False, fetched=None) is None
    with pytest.raises(RefusedError, match="move it away"):
        plan_keyring(RELEASE, key_file(ONE, sha256="f"), is_package_owned=False, fetched=None)
