"""Why apt may be told of an archive: its key is the right one, and it vouches for what is there.

All of it is found out before anything is written. Whoever adds a source takes the keyring from here
and writes both in one change.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bedplate.cli.progress import shown_as_busy
from bedplate.errors import FactsError, Problem, RefusedError
from bedplate.facts.apt_config import probe_apt_access
from bedplate.facts.archive import (
    probe_index,
    probe_is_packaged,
    probe_key,
    probe_keyring,
    probe_release,
)
from bedplate.facts.fetch import Fetch, fetcher
from bedplate.model.archive import Suite
from bedplate.model.archive_key import ArchiveKey
from bedplate.model.host_change import HostFile
from bedplate.plan.archive import judge_indexes, judge_release, wanted_indexes
from bedplate.plan.archive_key import plan_keyring
from bedplate.run import Runner, run


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Trust:
    """How archives are looked at from a host; a test has its own clock and root."""

    run: Runner = run
    root: Path = Path("/")
    now: Callable[[], datetime] = field(default=_utc_now)

    def fetch(self) -> Fetch:
        """The way that apt goes."""
        return fetcher(probe_apt_access(self.run, self.root))


def require_trusted(trust: Trust, suites: Sequence[Suite], key: ArchiveKey) -> tuple[HostFile, ...]:
    """The keyring to be written, if the host lacks it, for suites that are signed by its key.

    Raises `RefusedError` with everything that speaks against the key or a suite, `FactsError` if
    only part of it could be found out.
    """
    fetch = trust.fetch()
    there = probe_keyring(key.keyring, trust.root)
    file = plan_keyring(
        key,
        there,
        is_package_owned=there is not None and probe_is_packaged(trust.run, key.keyring),
        fetched=probe_key(fetch, key.source) if there is None else None,
    )
    keyring = there.data if there is not None else bytes.fromhex(file.hex or "") if file else b""
    require_signed(trust, suites, keyring, key.fingerprints, fetch=fetch)
    return () if file is None else (file,)


def require_signed_by(trust: Trust, suites: Sequence[Suite], keyring: str) -> None:
    """Suites that are signed by a keyring which the host has of a package, such as Debian's own.

    Raises as `require_trusted` does, and `RefusedError` if there is no such keyring.
    """
    there = probe_keyring(keyring, trust.root)
    if there is None:
        message = "is not there, and apt would take nothing from the archive without it"
        hint = "install the package that has it, or say --key and --fingerprint"
        raise RefusedError(Problem("no-keyring", keyring, message, hint))
    require_signed(trust, suites, there.data)


def require_signed(
    trust: Trust,
    suites: Sequence[Suite],
    keyring: bytes,
    fingerprints: tuple[str, ...] = (),
    *,
    fetch: Fetch | None = None,
) -> None:
    """Suites whose Release is signed by a keyring, is of now, and fits their lists of packages."""
    fetch = fetch or trust.fetch()
    against: list[Problem] = []
    unknown: list[Problem] = []
    for suite in suites:
        try:
            with shown_as_busy(f"Looking at {suite.describe()}", sys.stderr):
                against += _problems_of(trust, fetch, suite, keyring, fingerprints)
        except FactsError as error:
            unknown += error.problems
    if against:
        raise RefusedError([*against, *unknown])
    if unknown:
        raise FactsError(unknown)


def _problems_of(
    trust: Trust, fetch: Fetch, suite: Suite, keyring: bytes, fingerprints: tuple[str, ...]
) -> Iterator[Problem]:
    found = probe_release(trust.run, fetch, suite, keyring)
    if problems := judge_release(found, suite, trust.now(), fingerprints):
        yield from problems
        return
    assert found.release is not None, "a Release that nothing speaks against was read"
    wanted = wanted_indexes(found.release, suite)
    yield from judge_indexes(wanted, [probe_index(fetch, suite, one) for one in wanted], suite)
