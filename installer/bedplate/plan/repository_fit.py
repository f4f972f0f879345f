"""Findings about repositories that are not of the host's release, not offered, or not known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bedplate.errors import Problem
from bedplate.model.known_repository import (
    CEPH_PREFIX,
    OTHER_CODENAMES,
    RELEASES,
    REPOSITORIES,
    repositories_of,
)
from bedplate.model.repository import Entry, without_credentials
from bedplate.plan.repositories import Identity, Picture, is_medium

# Today's name of what moves on to another release by itself one day.
_MOVING = frozenset({"stable", "oldstable", "testing", "unstable"})
_CODENAMES = frozenset({*RELEASES, *OTHER_CODENAMES})


def of_another_release(picture: Picture) -> Iterator[Problem]:
    """Suites of a release that the host is not, and those that will be another one some day."""
    host = picture.host.codename
    for entry, found in picture.entries():
        for suite in _suites(found):
            names = _codenames(suite, whoever=found[0].family is None)
            if names & _MOVING:
                message = f"names {suite}, which becomes another release some day by itself"
                hint = f"name the release: {host}" if host in RELEASES else "name the release"
                yield Problem("moving-suite", entry.place, message, hint)
            elif names and host is not None and host not in names:
                message = f"names {suite}, but this host is {host}"
                hint = f"change it to {_for_host(suite, host)}, or {_disable(entry)}"
                yield Problem("suite-does-not-fit", entry.place, message, hint)


def not_offered(picture: Picture) -> Iterator[Problem]:
    """What an archive that is known does not have: a component, or a Ceph for another release."""
    for entry, found in picture.entries():
        told: set[str] = set()
        for one in found:
            if one.family is None or one.known is not None or _is_moving(one):
                continue
            problem = _ceph(entry, one) or _no_such_part(entry, one)
            if problem is not None and problem.message not in told:
                told.add(problem.message)
                yield problem


def media(picture: Picture) -> Iterator[Problem]:
    """Discs that an installation was made from, and that are in the drive no more."""
    for entry, _ in picture.entries():
        if is_medium(entry):
            message = "is a disc, without which every update fails"
            yield Problem("medium", entry.place, message, _disable(entry))


def unknown_repositories(picture: Picture) -> Iterator[Problem]:
    """What is neither Debian's nor Proxmox's; somebody has to know why it is there."""
    for entry, found in picture.entries():
        uris = dict.fromkeys(one.target.uri for one in found if one.family is None)
        if uris and not is_medium(entry):
            named = ", ".join(map(without_credentials, uris))
            message = f"{named} is a repository of a third party"
            hint = f"if nobody knows what for, {_disable(entry)}"
            yield Problem("unknown-repository", entry.place, message, hint)


def _suites(found: Iterable[Identity]) -> Iterable[str]:
    return dict.fromkeys(one.target.suite for one in found)


def _codenames(suite: str, *, whoever: bool) -> frozenset[str]:
    """The releases that a suite speaks of; `stable` is a word of its own with third parties."""
    names = _CODENAMES & frozenset(re.split(r"[-/._]", suite))
    return names - _MOVING if whoever else names


def _is_moving(one: Identity) -> bool:
    return bool(_codenames(one.target.suite, whoever=False) & _MOVING)


def _for_host(suite: str, host: str) -> str:
    """The same of the host's own release; what the security updates are called has changed."""
    release = RELEASES.get(host)
    if release is not None and (suite.endswith("/updates") or suite.endswith("-security")):
        return release.security_suite
    return re.sub("|".join(_CODENAMES), host, suite)


def _ceph(entry: Entry, one: Identity) -> Problem | None:
    """Why a Ceph cannot be had for the release that it is asked for."""
    family, suite = one.family or "", one.target.suite
    if not family.startswith(CEPH_PREFIX) or suite not in RELEASES:
        return None
    offered = _ceph_releases(suite)
    if family in offered:
        return None
    message = f"names {family}, but {suite} has {' and '.join(offered)}"
    if releases := _releases_with(family):
        message += f"; that one is for {' and '.join(releases)}"
    return Problem("ceph-does-not-fit", entry.place, message, f"change it, or {_disable(entry)}")


def _ceph_releases(codename: str) -> tuple[str, ...]:
    every = repositories_of(codename).values()
    return tuple(dict.fromkeys(one.family for one in every if one.family.startswith(CEPH_PREFIX)))


def _releases_with(family: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.codename for one in REPOSITORIES if one.family == family))


def _no_such_part(entry: Entry, one: Identity) -> Problem | None:
    """Why a known archive has no such suite or component."""
    suite, component = one.target.suite, one.target.component
    of_suite = [row for row in REPOSITORIES if row.family == one.family and row.suite == suite]
    if not of_suite:
        return None if _codenames(suite, whoever=False) else _no_suite(entry, one)
    known = dict.fromkeys(word for row in of_suite for word in row.components)
    message = f"names the component {component}, but {suite} has {', '.join(known)}"
    return Problem("unknown-component", entry.place, message, f"change it, or {_disable(entry)}")


def _no_suite(entry: Entry, one: Identity) -> Problem:
    message = (
        f"names the suite {one.target.suite}, which {without_credentials(one.target.uri)} lacks"
    )
    return Problem("unknown-suite", entry.place, message, f"change it, or {_disable(entry)}")


def _disable(entry: Entry) -> str:
    return f"`bedplate repo disable {entry.place}`"
