"""What is to be mended about the repositories of a host, whoever wrote the files; and what to know.

Every finding names the file and line that it is about, and says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bedplate.errors import Problem
from bedplate.model.host_sources import HostSources
from bedplate.model.known_repository import RELEASES
from bedplate.model.repository import MAIN_LIST, PARTS
from bedplate.plan.repositories import Picture
from bedplate.plan.repository_choice import (
    both_channels,
    doubled,
    enterprise_without_key,
    not_for_production,
    nothing_of_debian,
    nothing_of_pve,
    on_test,
    two_ceph_releases,
    without_security_updates,
)
from bedplate.plan.repository_fit import (
    media,
    not_offered,
    of_another_release,
    unknown_repositories,
)
from bedplate.plan.repository_trust import (
    keyring_missing,
    plain_http,
    unsigned_by_anybody,
    unverified,
    with_credentials,
)

_OS_RELEASE = "/etc/os-release"


@dataclass(frozen=True, slots=True)
class Findings:
    """`problems` are to be mended, `notes` are to be known."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def check_repositories(host: HostSources) -> Findings:
    """Everything that is found about a host's repositories."""
    picture = Picture.of(host)
    return Findings(
        problems=tuple(problem for check in _PROBLEMS for problem in check(picture)),
        notes=tuple(note for check in _NOTES for note in check(picture)),
    )


def _damaged(picture: Picture) -> Iterator[Problem]:
    for damaged in picture.sources.damaged:
        stops = "" if damaged.understood else ": apt reads nothing at all while it is there"
        hint = f"correct or delete it{stops}"
        yield Problem("damaged-entry", f"{damaged.path}:{damaged.line}", damaged.what, hint)


def _ignored(picture: Picture) -> Iterator[Problem]:
    for path in picture.host.ignored:
        message = "is not read by apt, whatever is in it"
        hint = "call it NAME.list or NAME.sources, or NAME.disabled if that is meant"
        yield Problem("ignored-file", path, message, hint)


def _nothing_at_all(picture: Picture) -> Iterator[Problem]:
    if not picture.used and not picture.sources.damaged:
        message = f"names no repository, and neither does a file in {PARTS}"
        yield Problem("no-repository", MAIN_LIST, message, "`bedplate repo enable debian`")


def _unsupported(picture: Picture) -> Iterator[Problem]:
    release = RELEASES.get(picture.host.codename or "")
    if release is not None and release.lts_until < picture.host.today:
        message = (
            f"this is Debian {release.version} ({release.codename}), which has had no security "
            f"updates since {release.lts_until}"
        )
        hint = "upgrade to a release that does, one after the other"
        yield Problem("unsupported-release", _OS_RELEASE, message, hint)


def _only_long_term(picture: Picture) -> Iterator[Problem]:
    release = RELEASES.get(picture.host.codename or "")
    if release is None or not release.supported_until < picture.host.today <= release.lts_until:
        return
    message = (
        f"Debian {release.version} ({release.codename}) has had only long-term support since "
        f"{release.supported_until}, which ends {release.lts_until}"
    )
    yield Problem("old-release", _OS_RELEASE, message, "plan the upgrade to the next release")


def _release_not_known(picture: Picture) -> Iterator[Problem]:
    if picture.host.codename not in RELEASES:
        named = picture.host.codename or "none"
        message = f"names the release {named}, of which nothing is known here"
        hint = f"known are {', '.join(RELEASES)}"
        yield Problem("unknown-release", _OS_RELEASE, message, hint)


_Check = Callable[[Picture], Iterator[Problem]]
_PROBLEMS: tuple[_Check, ...] = (
    _damaged,
    _ignored,
    _nothing_at_all,
    _unsupported,
    doubled,
    of_another_release,
    not_offered,
    media,
    enterprise_without_key,
    on_test,
    both_channels,
    two_ceph_releases,
    nothing_of_debian,
    without_security_updates,
    nothing_of_pve,
    keyring_missing,
    unsigned_by_anybody,
    unverified,
    plain_http,
    with_credentials,
)
_NOTES: tuple[_Check, ...] = (
    _release_not_known,
    _only_long_term,
    unknown_repositories,
    not_for_production,
)
