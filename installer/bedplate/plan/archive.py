"""Whether what an archive offers is what apt should be told to fetch. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from bedplate.errors import Problem
from bedplate.model.archive import (
    IndexFact,
    IndexFile,
    Release,
    Signature,
    SignatureState,
    SignedRelease,
    Suite,
)
from bedplate.model.repository import without_credentials

# What apt forgives a clock, apt.conf(5): Acquire::Max-FutureTime.
_FUTURE = timedelta(seconds=10)
_WEAK_SUMS = frozenset({"md5", "sha1"})
# The smallest first.
_PACKINGS = (".xz", ".zst", ".gz", ".bz2", "")
_WHY_NOT = {
    SignatureState.BAD: "does not fit: the Release was changed after it was signed",
    SignatureState.NO_KEY: "is made by a key that the keyring does not have",
    SignatureState.EXPIRED: "has expired",
    SignatureState.KEY_EXPIRED: "is made by a key that has expired",
    SignatureState.KEY_REVOKED: "is made by a key that its owner has revoked",
    SignatureState.UNCHECKED: "could not be checked",
}


def judge_release(
    found: SignedRelease, suite: Suite, now: datetime, fingerprints: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Everything that speaks against a suite, as far as its Release tells.

    Where `fingerprints` are named, one of those keys has to have signed it.
    """
    if not found.found:
        message = f"there is no Release in {without_credentials(suite.folder)}"
        hint = "is the address right, and has the archive a suite of that name?"
        return (Problem("no-release", suite.describe(), message, hint),)
    signed = tuple(_judge_signatures(found.signatures, suite, fingerprints))
    if signed or found.release is None:
        return signed
    return (
        *_judge_dates(found.release, suite, now),
        *_judge_names(found.release, suite),
        *_judge_content(found.release, suite),
    )


def _judge_signatures(
    signatures: Sequence[Signature], suite: Suite, fingerprints: Collection[str]
) -> Iterator[Problem]:
    where = suite.describe()
    if not signatures:
        message = "its Release is not signed: nobody vouches for what is in the archive"
        yield Problem("not-signed", where, message)
        return
    bad = [one for one in signatures if one.state is SignatureState.BAD]
    good = [one for one in signatures if one.state is SignatureState.GOOD]
    strong = [one for one in good if not one.weak_digest]
    if not bad and any(_is_by(one, fingerprints) for one in strong):
        return
    for one in bad or [one for one in signatures if one.state is not SignatureState.GOOD]:
        yield Problem("bad-signature", where, f"the signature by {one.key} {_WHY_NOT[one.state]}")
    for one in good:
        if one.weak_digest:
            message = f"the signature by {one.key} is over {one.weak_digest}, which can be forged"
            yield Problem("weak-signature", where, message)
        elif not _is_by(one, fingerprints):
            message = f"is signed by {one.key}, and was to be by {' or '.join(fingerprints)}"
            yield Problem("other-key", where, message)


def _is_by(signature: Signature, fingerprints: Collection[str]) -> bool:
    return not fingerprints or bool({signature.primary, signature.fingerprint} & {*fingerprints})


def _judge_dates(release: Release, suite: Suite, now: datetime) -> Iterator[Problem]:
    where = suite.describe()
    for line in release.odd:
        if line.startswith(("Date:", "Valid-Until:")):
            yield Problem("bad-date", where, f"its Release has no date in {line!r}")
    if release.date is not None and release.date > now + _FUTURE:
        message = f"its Release is of {release.date}, and it is {now} here"
        yield Problem("from-the-future", where, message, "is the clock of this host right?")
    if release.valid_until is not None and release.valid_until < now:
        message = f"its Release was valid until {release.valid_until}, and it is {now} here"
        hint = "the archive or its mirror is not looked after, or the clock of this host is wrong"
        yield Problem("expired", where, message, hint)


def _judge_names(release: Release, suite: Suite) -> Iterator[Problem]:
    if suite.is_flat:
        return
    # Security updates of old releases were in a folder of the suite: buster/updates.
    asked = suite.suite.removesuffix("/updates")
    if asked not in (release.suite, release.codename):
        names = " or ".join(dict.fromkeys(n for n in (release.suite, release.codename) if n))
        message = f"its Release is that of {names or 'no suite'}, and not of {asked}"
        yield Problem("other-suite", suite.describe(), message)
    # Of `updates/main`, what a source calls it is the last part.
    offered = {name.rpartition("/")[2] for name in release.components}
    for component in suite.components:
        if component.rpartition("/")[2] not in offered:
            message = f"has no component {component}; it has {', '.join(release.components)}"
            yield Problem("no-component", suite.describe(), message)
    if release.architectures and suite.architecture not in release.architectures:
        offers = ", ".join(release.architectures)
        message = f"has nothing for {suite.architecture}; it has packages for {offers}"
        yield Problem("no-architecture", suite.describe(), message)


def _judge_content(release: Release, suite: Suite) -> Iterator[Problem]:
    for name in _index_names(suite):
        found = _index(release, name)
        if found is None:
            message = f"its Release does not list {name}, so nothing says what should be in it"
            yield Problem("no-index", suite.describe(), message)
        elif found.algorithm in _WEAK_SUMS:
            message = f"its Release has no checksum of {found.path} but {found.algorithm.upper()}"
            hint = "that can be forged; an archive of today has SHA256"
            yield Problem("weak-checksum", suite.describe(), message, hint)


def wanted_indexes(release: Release, suite: Suite) -> tuple[IndexFile, ...]:
    """The list of packages of each component, packed as small as it is offered."""
    found = (_index(release, name) for name in _index_names(suite))
    return tuple(index for index in found if index is not None)


def _index_names(suite: Suite) -> tuple[str, ...]:
    if suite.is_flat:
        return ("Packages",)
    return tuple(
        f"{component.rpartition('/')[2]}/binary-{suite.architecture}/Packages"
        for component in suite.components
    )


def _index(release: Release, name: str) -> IndexFile | None:
    return next(
        (file for packing in _PACKINGS if (file := release.files.get(f"{name}{packing}"))), None
    )


def judge_indexes(
    wanted: Sequence[IndexFile], found: Sequence[IndexFact], suite: Suite
) -> tuple[Problem, ...]:
    """Whatever is not the list of packages that the Release was signed for."""
    return tuple(
        Problem("tampered", suite.describe(), message, "try again; the mirror may be half updated")
        for index, fact in zip(wanted, found, strict=True)
        if (message := _wrong_with(index, fact))
    )


def _wrong_with(wanted: IndexFile, found: IndexFact) -> str:
    if found.size_bytes is None:
        return f"{wanted.path} is not there, although its Release lists it"
    if found.goes_on:
        return (
            f"{wanted.path} has more than the {wanted.size_bytes} bytes of the signed Release: it"
            " was changed"
        )
    if found.size_bytes != wanted.size_bytes:
        return (
            f"{wanted.path} has {found.size_bytes} bytes, and the signed Release says"
            f" {wanted.size_bytes}: it was changed"
        )
    if found.hex != wanted.hex:
        return (
            f"{wanted.path} has the {wanted.algorithm.upper()} {found.hex[:16]}…, and the signed"
            f" Release says {wanted.hex[:16]}…: it was changed"
        )
    return ""
