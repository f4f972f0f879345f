"""Which repository an entry is: one of those that are known, also on a mirror, or another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from bedplate.model.archive_key import DEBIAN_KEYRING, RELEASE_KEYS
from bedplate.model.host_sources import HostSources
from bedplate.model.known_repository import (
    ALIASES,
    CEPH_PREFIX,
    EVERY_DEBIAN_COMPONENT,
    PVE,
    REPOSITORIES,
    Channel,
    KnownRepository,
    repositories_of,
)
from bedplate.model.repository import Entry, Sources, Target
from bedplate.render.sources import parse_sources

DEBIAN = "debian"

_DEBIAN_HOST = re.compile(r"(?:.+\.)?debian\.(?:org|net)")
_PROXMOX_HOST = re.compile(r"(?:.+\.)?proxmox\.com")
# What mirrors put before the path that they mirror.
_OF_MIRRORS = frozenset({"pub", "linux", "mirror", "mirrors", "ftp", "os"})
_DEBIAN_FOLDERS = frozenset({"debian", "debian-security", "debian-archive"})


@dataclass(frozen=True, slots=True)
class Identity:
    """What a target of an entry is. Without a `family` it is somebody else's repository.

    `known` is the row of the table, if there is one with that suite and component.
    """

    entry: Entry
    target: Target
    family: str | None
    known: KnownRepository | None

    @property
    def name(self) -> str:
        """What it is called: by the table, or by where it stands."""
        return self.entry.place if self.known is None else self.known.name

    def disable(self, codename: str | None) -> str:
        """How it is disabled on a host of that release; a name means that of the release."""
        is_hosts = self.known is not None and self.known.codename == codename
        return f"`bedplate repo disable {self.name if is_hosts else self.entry.place}`"


@dataclass(frozen=True, slots=True)
class Picture:
    """A host's repositories; `used` is what apt fetches, in its order."""

    host: HostSources
    sources: Sources
    used: tuple[Identity, ...]

    @staticmethod
    def of(host: HostSources) -> Picture:
        """The picture of what the host's files state."""
        sources = parse_sources(host.files)
        enabled = (entry for entry in sources.entries if entry.enabled)
        return Picture(host, sources, tuple(one for entry in enabled for one in identify(entry)))

    def entries(self) -> Iterator[tuple[Entry, tuple[Identity, ...]]]:
        """The entries in use, each with what it is."""
        for entry in self.sources.entries:
            if found := tuple(one for one in self.used if one.entry is entry):
                yield entry, found

    def of_channel(self, *channels: Channel) -> tuple[Identity, ...]:
        """What is known and of these channels; a source package is not installed."""
        return tuple(
            one
            for one in self.used
            if one.known is not None and one.known.channel in channels and one.target.type == "deb"
        )


def identify(entry: Entry) -> tuple[Identity, ...]:
    """What each of the targets of an entry is."""
    return tuple(_identify(entry, target) for target in entry.targets())


def names_of(entry: Entry) -> tuple[str, ...]:
    """What an entry is called, in every respect; by its place if nothing of it is known."""
    return tuple(dict.fromkeys(one.name for one in identify(entry)))


def find_known(name: str, codename: str | None) -> KnownRepository | None:
    """The repository of that name for a release; the manual's names count as well."""
    return repositories_of(codename or "").get(ALIASES.get(name, name))


def keyring_of(known: KnownRepository) -> str:
    """The keyring that a known repository is verified with."""
    return DEBIAN_KEYRING if known.family == DEBIAN else RELEASE_KEYS[known.codename].keyring


def bare_uri(uri: str) -> str:
    """An address as far as it tells archives apart: no scheme, user, or slash at the end."""
    host, path = _place(uri)
    return "/".join((host, *path))


def is_medium(entry: Entry) -> bool:
    """Whether an entry is a disc in a drive."""
    return any(uri.startswith("cdrom:") for uri in entry.uris)


def is_plain_http(uri: str) -> bool:
    """Whether everybody on the way can see and change what is fetched from there."""
    return uri.lower().startswith("http:")


def _identify(entry: Entry, target: Target) -> Identity:
    family = _family(entry, target)
    known = None if family is None else _known(family, target.suite, target.component)
    return Identity(entry=entry, target=target, family=family, known=known)


def _family(entry: Entry, target: Target) -> str | None:
    """Whose repository it is, `debian`, `pve`, `ceph-squid`; mirrors keep the last of the path."""
    host, path = _place(target.uri)
    last = path[-1] if path else ""
    if last.startswith(CEPH_PREFIX) and (
        _PROXMOX_HOST.fullmatch(host) or _is_known(last, target.component)
    ):
        return last
    if target.component in _pve_components() or (_PROXMOX_HOST.fullmatch(host) and last == PVE):
        return PVE
    if _DEBIAN_HOST.fullmatch(host):
        return DEBIAN
    return DEBIAN if _mirrors_debian(entry, path) else None


def _mirrors_debian(entry: Entry, path: tuple[str, ...]) -> bool:
    """Whether it is laid out like Debian's archive and is not signed by anybody else."""
    rest = [part for part in path if part not in _OF_MIRRORS]
    fits = bool(rest) and rest[0] in _DEBIAN_FOLDERS
    signed_by = entry.signed_by
    is_debians = signed_by is None or "debian-archive" in signed_by
    return fits and is_debians and EVERY_DEBIAN_COMPONENT.issuperset(entry.components)


def _place(uri: str) -> tuple[str, tuple[str, ...]]:
    try:
        parts = urlsplit(uri.strip('"'))
        host = (parts.hostname or "").lower()
    except ValueError:  # brackets that are not those of an IPv6 address: cdrom:[Debian 12]/
        return "", (uri,)
    return host, tuple(part for part in parts.path.split("/") if part)


@lru_cache
def _pve_components() -> frozenset[str]:
    return frozenset(word for one in REPOSITORIES if one.family == PVE for word in one.components)


def _is_known(family: str, component: str) -> bool:
    return any(one.family == family and component in one.components for one in REPOSITORIES)


def _known(family: str, suite: str, component: str) -> KnownRepository | None:
    rows = (one for one in REPOSITORIES if one.family == family and one.suite == suite)
    return next((one for one in rows if component in _components(one)), None)


def _components(known: KnownRepository) -> frozenset[str]:
    # Which of Debian's components a host uses is its own affair.
    return EVERY_DEBIAN_COMPONENT if known.family == DEBIAN else frozenset(known.components)
