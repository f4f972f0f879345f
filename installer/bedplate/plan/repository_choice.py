"""Findings about which repositories are in use: too many, too few, or not meant for such a host."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from bedplate.errors import Problem
from bedplate.model.known_repository import CEPH_PREFIX, PVE, Channel
from bedplate.model.repository import MAIN_LIST, Entry
from bedplate.plan.repositories import DEBIAN, Identity, Picture, bare_uri

_SUBSCRIPTION = "/etc/subscription"


def doubled(picture: Picture) -> Iterator[Problem]:
    """What two entries name, also by another address; apt complains of it at every update."""
    first: dict[Hashable, Identity] = {}
    pairs: dict[tuple[str, str], tuple[Entry, list[str]]] = {}
    for one in picture.used:
        before = first.setdefault(_key(one), one)
        if before is not one:
            places = (before.entry.place, one.entry.place)
            pairs.setdefault(places, (one.entry, []))[1].append(_shown(one))
    for (before_place, place), (entry, what) in pairs.items():
        where = "twice itself" if before_place == place else f"as {before_place} does"
        message = f"names {', '.join(dict.fromkeys(what))} {where}"
        hint = f"delete one of them, or `bedplate repo disable {entry.place}`"
        yield Problem("doubled-entry", place, message, hint)


def enterprise_without_key(picture: Picture) -> Iterator[Problem]:
    """Enterprise repositories that will not let this host in."""
    for one in _by_entry(picture.of_channel(Channel.ENTERPRISE)):
        if one.target.uri in picture.host.logged_in:
            continue
        message = f"is {one.name}, but apt has no subscription key for {one.target.uri}"
        if picture.host.has_subscription:
            hint = f"{_SUBSCRIPTION} has one: set it again, so that /etc/apt/auth.conf.d has it"
        else:
            instead = one.name.replace(Channel.ENTERPRISE, Channel.NO_SUBSCRIPTION)
            hint = (
                f"set the key, or {one.disable(picture.host.codename)} and "
                f"`bedplate repo enable {instead}`"
            )
        yield Problem("enterprise-without-key", one.entry.place, message, hint)


def on_test(picture: Picture) -> Iterator[Problem]:
    """Test repositories: what is in them has not been tried."""
    for one in _by_entry(picture.of_channel(Channel.TEST)):
        message = f"is {one.name}, whose packages are for trying out and not for production"
        hint = one.disable(picture.host.codename)
        yield Problem("test-repository", one.entry.place, message, hint)


def not_for_production(picture: Picture) -> Iterator[Problem]:
    """Repositories without a subscription, which the manual does not recommend for production."""
    for one in _by_entry(picture.of_channel(Channel.NO_SUBSCRIPTION)):
        message = f"is {one.name}, which is not recommended for production"
        instead = one.name.replace(Channel.NO_SUBSCRIPTION, Channel.ENTERPRISE)
        hint = f"with a subscription, {instead} is the one to use"
        yield Problem("no-subscription", one.entry.place, message, hint)


def both_channels(picture: Picture) -> Iterator[Problem]:
    """Enterprise and no-subscription at once: the second one decides, and the first is paid for."""
    enterprise = {
        one.known.family: one for one in picture.of_channel(Channel.ENTERPRISE) if one.known
    }
    for one in _by_entry(picture.of_channel(Channel.NO_SUBSCRIPTION)):
        other = enterprise.get(one.family or "")
        if other is not None:
            message = (
                f"is {one.name}, while {other.entry.place} is {other.name}: the newer packages of "
                "this one are what gets installed"
            )
            hint = one.disable(picture.host.codename)
            yield Problem("both-channels", one.entry.place, message, hint)


def two_ceph_releases(picture: Picture) -> Iterator[Problem]:
    """More than one release of Ceph: an upgrade that nobody has begun on purpose."""
    first: Identity | None = None
    for one in picture.used:
        if one.known is None or not (one.family or "").startswith(CEPH_PREFIX):
            continue
        first = first or one
        if one.family != first.family:
            message = f"is {one.family}, while {first.entry.place} is {first.family}"
            hint = "keep the one that the cluster runs, and disable the other"
            yield Problem("two-ceph-releases", one.entry.place, message, hint)


def nothing_of_debian(picture: Picture) -> Iterator[Problem]:
    """A host without the repository that most of its packages are from."""
    if picture.used and not any(one.family == DEBIAN for one in picture.used):
        message = "Debian's own repository is in use nowhere, here or in sources.list.d"
        yield Problem("no-debian", MAIN_LIST, message, "`bedplate repo enable debian`")


def without_security_updates(picture: Picture) -> Iterator[Problem]:
    """Debian without its security updates; where they are disabled, that place is named."""
    uses_debian = any(one.family == DEBIAN for one in picture.used)
    security = [
        one for one in picture.used if one.family == DEBIAN and _is_security(one.target.suite)
    ]
    if not uses_debian or security:
        return
    off = next(
        (
            entry
            for entry in picture.sources.entries
            if not entry.enabled and any(map(_is_security, entry.suites))
        ),
        None,
    )
    where = MAIN_LIST if off is None else off.place
    message = "Debian's security updates are " + ("in use nowhere" if off is None else "disabled")
    hint = "`bedplate repo enable debian-security`"
    yield Problem("no-security-updates", where, message, hint)


def nothing_of_pve(picture: Picture) -> Iterator[Problem]:
    """Proxmox VE that gets no updates."""
    if picture.host.has_pve and not any(one.family == PVE for one in picture.used):
        message = "Proxmox VE is installed, but none of its repositories is in use"
        hint = "`bedplate repo enable pve-enterprise`, or pve-no-subscription without a key"
        yield Problem("no-pve", MAIN_LIST, message, hint)


def _is_security(suite: str) -> bool:
    return suite.endswith(("-security", "/updates"))


def _by_entry(found: tuple[Identity, ...]) -> Iterator[Identity]:
    """The first of each entry and name: a stanza may say the same of several components."""
    first: dict[tuple[str, str], Identity] = {}
    for one in found:
        first.setdefault((one.entry.place, one.name), one)
    yield from first.values()


def _key(one: Identity) -> Hashable:
    what = bare_uri(one.target.uri) if one.known is None else one.known.name
    return (one.target.type, what, one.target.suite, one.target.component)


def _shown(one: Identity) -> str:
    return f"{one.target.suite} {one.target.component}".strip()
