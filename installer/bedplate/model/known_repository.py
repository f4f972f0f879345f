"""The repositories that are known: Debian's, Proxmox VE's and those of its Ceph, as one table.

Names and places are those of the manual's chapter on package repositories, release by release, up
to today's. What is not in the table is somebody else's repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from bedplate.model.value import Value


class Archive(StrEnum):
    """Where repositories come from; an answer file names a mirror for each."""

    DEBIAN = "debian"
    SECURITY = "debian-security"
    PROXMOX = "proxmox"
    ENTERPRISE = "proxmox-enterprise"


ARCHIVE_URIS = {
    Archive.DEBIAN: "http://deb.debian.org/debian",
    Archive.SECURITY: "http://security.debian.org/debian-security",
    Archive.PROXMOX: "http://download.proxmox.com/debian",
    Archive.ENTERPRISE: "https://enterprise.proxmox.com/debian",
}


class Channel(StrEnum):
    """How far what is in a repository has been tried, or what it is for."""

    MAIN = "main"
    UPDATES = "updates"
    SECURITY = "security"
    BACKPORTS = "backports"
    ENTERPRISE = "enterprise"
    NO_SUBSCRIPTION = "no-subscription"
    TEST = "test"


class Release(Value):
    """A release of Debian, with the words that changed between releases.

    Until `supported_until` Debian's security team looks after it, until `lts_until` the LTS team.
    Where apt `wants_signed_by` it complains of an entry that names no key.
    """

    codename: str
    version: str
    components: tuple[str, ...]
    security_suite: str
    pve_test: str
    supported_until: date
    lts_until: date
    wants_signed_by: bool = False


_FREE = ("main", "contrib")
_FREE_AND_FIRMWARE = (*_FREE, "non-free-firmware")
EVERY_DEBIAN_COMPONENT = frozenset({*_FREE_AND_FIRMWARE, "non-free"})

# The dates are those of distro-info-data.
RELEASES = {
    release.codename: release
    for release in (
        Release(
            codename="buster",
            version="10",
            components=_FREE,
            security_suite="buster/updates",
            pve_test="pvetest",
            supported_until=date(2022, 9, 10),
            lts_until=date(2024, 6, 30),
        ),
        Release(
            codename="bullseye",
            version="11",
            components=_FREE,
            security_suite="bullseye-security",
            pve_test="pvetest",
            supported_until=date(2024, 8, 14),
            lts_until=date(2026, 8, 31),
        ),
        Release(
            codename="bookworm",
            version="12",
            components=_FREE_AND_FIRMWARE,
            security_suite="bookworm-security",
            pve_test="pvetest",
            supported_until=date(2026, 7, 11),
            lts_until=date(2028, 6, 30),
        ),
        Release(
            codename="trixie",
            version="13",
            components=_FREE_AND_FIRMWARE,
            security_suite="trixie-security",
            pve_test="pve-test",
            supported_until=date(2028, 8, 9),
            lts_until=date(2030, 6, 30),
            wants_signed_by=True,
        ),
    )
}
OTHER_CODENAMES = (
    "jessie",
    "stretch",
    "forky",
    "duke",
    "sid",
    "unstable",
    "testing",
    "stable",
    "oldstable",
)
"""What else a suite may be named after, without anything being known of it here."""


class KnownRepository(Value):
    """A repository as one release has it. `file` is the stem of the file that the manual names."""

    name: str
    family: str
    channel: Channel
    codename: str
    archive: Archive
    folder: str = ""
    suite: str
    components: tuple[str, ...]
    file: str

    def uri(self, base: str | None = None) -> str:
        """Where it is, below the archive's own address or a mirror of it."""
        return f"{base or ARCHIVE_URIS[self.archive]}/{self.folder}".rstrip("/")


PVE = "pve"
CEPH_PREFIX = "ceph-"
_PVE_FILES = {
    Channel.ENTERPRISE: "pve-enterprise",
    Channel.NO_SUBSCRIPTION: "proxmox",
    Channel.TEST: "pve-test",
}
# Until Proxmox VE 7, Ceph came to everybody alike; since then it has what Proxmox VE has.
_TWO = {Channel.MAIN: "main", Channel.TEST: "test"}
_THREE = {
    Channel.ENTERPRISE: "enterprise",
    Channel.NO_SUBSCRIPTION: "no-subscription",
    Channel.TEST: "test",
}
_CEPH: tuple[tuple[str, str, dict[Channel, str]], ...] = (
    ("luminous", "buster", {Channel.MAIN: "main"}),
    ("nautilus", "buster", _TWO),
    ("octopus", "buster", _TWO),
    ("octopus", "bullseye", _TWO),
    ("pacific", "bullseye", _TWO),
    ("quincy", "bullseye", _TWO),
    ("quincy", "bookworm", _THREE),
    ("reef", "bookworm", _THREE),
    ("squid", "bookworm", _THREE),
    ("squid", "trixie", _THREE),
    ("tentacle", "trixie", _THREE),
)


def _debian(release: Release) -> Iterator[KnownRepository]:
    codename = release.codename
    rows = (
        ("debian", Channel.MAIN, Archive.DEBIAN, codename),
        ("debian-updates", Channel.UPDATES, Archive.DEBIAN, f"{codename}-updates"),
        ("debian-security", Channel.SECURITY, Archive.SECURITY, release.security_suite),
        ("debian-backports", Channel.BACKPORTS, Archive.DEBIAN, f"{codename}-backports"),
    )
    for name, channel, archive, suite in rows:
        yield KnownRepository(
            name=name,
            family="debian",
            channel=channel,
            codename=codename,
            archive=archive,
            suite=suite,
            components=release.components,
            file="debian",
        )


def _proxmox(
    family: str, channel: Channel, codename: str, component: str, file: str
) -> KnownRepository:
    is_enterprise = channel is Channel.ENTERPRISE
    return KnownRepository(
        name=family if channel is Channel.MAIN else f"{family}-{channel}",
        family=family,
        channel=channel,
        codename=codename,
        archive=Archive.ENTERPRISE if is_enterprise else Archive.PROXMOX,
        folder=family,
        suite=codename,
        components=(component,),
        file=file,
    )


def _every() -> Iterator[KnownRepository]:
    for release in RELEASES.values():
        yield from _debian(release)
    for codename, release in RELEASES.items():
        components = {
            Channel.ENTERPRISE: "pve-enterprise",
            Channel.NO_SUBSCRIPTION: "pve-no-subscription",
            Channel.TEST: release.pve_test,
        }
        for channel, component in components.items():
            yield _proxmox(PVE, channel, codename, component, _PVE_FILES[channel])
    for name, codename, channels in _CEPH:
        for channel, component in channels.items():
            yield _proxmox(f"{CEPH_PREFIX}{name}", channel, codename, component, "ceph")


REPOSITORIES = tuple(_every())
"""All of them; each release has its own."""

ALIASES = {"pvetest": "pve-test"}
"""Names of the manual for what goes by another one here."""


def repositories_of(codename: str) -> dict[str, KnownRepository]:
    """What there is for a release, by name."""
    return {one.name: one for one in REPOSITORIES if one.codename == codename}
