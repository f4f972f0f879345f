"""What speaks against an archive, from what was found of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bedplate.model.archive import (
    IndexFact,
    IndexFile,
    Release,
    Signature,
    SignatureState,
    SignedRelease,
    Suite,
)
from bedplate.plan.archive import judge_indexes, judge_release, wanted_indexes

NOW = datetime(2026, 12, 1, tzinfo=UTC)
KEY, OTHER = "A" * 40, "B" * 40
GOOD = Signature(state=SignatureState.GOOD, key_id=KEY[-16:], fingerprint=KEY, primary=KEY)
SUITE = Suite(
    uri="http://a.example/debian/", suite="trixie", components=("main",), architecture="amd64"
)
PACKAGES = "main/binary-amd64/Packages"


def index(path: str, algorithm: str = "sha256") -> IndexFile:
    return IndexFile.model_validate(
        {"path": path, "size_bytes": 10, "algorithm": algorithm, "hex": "ab"}
    )


RELEASE = Release(
    suite="stable",
    codename="trixie",
    date=NOW,
    architectures=("all", "amd64"),
    components=("main", "contrib"),
    files={path: index(path) for path in (PACKAGES, f"{PACKAGES}.gz", f"{PACKAGES}.xz")},
)


def codes(
    release: Release = RELEASE,
    suite: Suite = SUITE,
    signatures: tuple[Signature, ...] = (GOOD,),
    fingerprints: tuple[str, ...] = (),
) -> list[str]:
    found = SignedRelease(found=True, signatures=signatures, release=release)
    return [problem.code for problem in judge_release(found, suite, NOW, fingerprints)]


def signature(state: SignatureState = SignatureState.GOOD, **more: str) -> Signature:
    return GOOD.model_copy(update={"state": state, **more})


def test_nothing_speaks_against_a_release_as_it_should_be() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"valid_until": NOW}, []),
        ({"valid_until": NOW - timedelta(seconds=1)}, ["expired"]),
        ({"date": NOW + timedelta(seconds=10)}, []),
        ({"date": NOW + timedelta(seconds=11)}, ["from-the-future"]),
        ({"date": None, "odd": ("Date: never",)}, ["bad-date"]),
        ({"odd": ("SHA256: nothing",)}, []),
        ({"suite": "testing", "codename": "forky"}, ["other-suite"]),
        ({"suite": "trixie", "codename": "13"}, []),
        ({"components": ("contrib",)}, ["no-component"]),
        ({"components": ("updates/main",)}, []),
        ({"architectures": ("arm64",)}, ["no-architecture"]),
        ({"architectures": ()}, []),
        ({"files": {}}, ["no-index"]),
        ({"files": {PACKAGES: index(PACKAGES, "sha1")}}, ["weak-checksum"]),
        ({"files": {PACKAGES: index(PACKAGES, "sha512")}}, []),
    ],
)
def test_what_a_release_says_is_held_against_what_is_asked(
    release: dict[str, object], expected: list[str]
) -> None:
    assert codes(RELEASE.model_copy(update=release)) == expected


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        ((), ["not-signed"]),
        ((GOOD, signature(SignatureState.NO_KEY, primary=OTHER)), []),
        ((GOOD, signature(SignatureState.KEY_EXPIRED, primary=OTHER)), []),
        ((GOOD, signature(SignatureState.BAD)), ["bad-signature"]),
        ((signature(SignatureState.EXPIRED),), ["bad-signature"]),
        ((signature(SignatureState.KEY_REVOKED),), ["bad-signature"]),
        ((signature(weak_digest="SHA-1"),), ["weak-signature"]),
        ((signature(weak_digest="SHA-1"), GOOD), []),
    ],
)
def test_one_good_signature_is_enough_and_a_bad_one_too_much(
    signatures: tuple[Signature, ...], expected: list[str]
) -> None:
    assert codes(signatures=signatures) == expected


def test_where_a_key_is_named_another_one_of_the_keyring_will_not_do() -> None:
    assert codes(fingerprints=(KEY,)) == []
    assert codes(fingerprints=(OTHER,)) == ["other-key"]
    subkey = signature(fingerprint=OTHER)
    assert codes(signatures=(subkey,), fingerprints=(KEY,)) == []


@pytest.mark.parametrize(
    ("suite", "folder"),
    [
        ("trixie", "http://a.example/debian/dists/trixie/"),
        ("buster/updates", "http://a.example/debian/dists/buster/updates/"),
        ("./", "http://a.example/debian/"),
        ("/", "http://a.example/debian/"),
        ("amd64/", "http://a.example/debian/amd64/"),
    ],
)
def test_where_a_suite_is(suite: str, folder: str) -> None:
    assert SUITE.model_copy(update={"suite": suite}).folder == folder


def test_updates_of_old_releases_are_named_after_the_release() -> None:
    release = RELEASE.model_copy(update={"suite": "oldstable", "codename": "buster"})
    suite = SUITE.model_copy(update={"suite": "buster/updates", "components": ("updates/main",)})
    assert codes(release, suite) == []
    assert [one.path for one in wanted_indexes(release, suite)] == [f"{PACKAGES}.xz"]


def test_a_folder_without_components_has_one_list() -> None:
    release = Release(files={"Packages.gz": index("Packages.gz")})
    suite = SUITE.model_copy(update={"suite": "./", "components": ()})
    assert codes(release, suite) == []
    assert [one.path for one in wanted_indexes(release, suite)] == ["Packages.gz"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (IndexFact(path="p", size_bytes=10, hex="ab"), None),
        (IndexFact(path="p", size_bytes=None), "p is not there, although its Release lists it"),
        (
            IndexFact(path="p", size_bytes=10, goes_on=True),
            "p has more than the 10 bytes of the signed Release: it was changed",
        ),
        (
            IndexFact(path="p", size_bytes=9, hex="ab"),
            "p has 9 bytes, and the signed Release says 10: it was changed",
        ),
        (
            IndexFact(path="p", size_bytes=10, hex="cd"),
            "p has the SHA256 cd…, and the signed Release says ab…: it was changed",
        ),
    ],
)
def test_a_list_of_packages_is_what_was_signed(found: IndexFact, message: str | None) -> None:
    problems = judge_indexes((index("p"),), (found,), SUITE)
    assert [problem.message for problem in problems] == ([] if message is None else [message])
