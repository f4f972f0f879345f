"""The commands of the manual that bring a host up to date, as they are run."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.model.updates import Kind, Upgrade

# What apt says of its progress goes where it says the rest; see `bedplate.apply.packages`.
_STATUS = ("-o", "APT::Status-Fd=1")
# A file that somebody changed stays as it is, one that nobody changed becomes the new one: dpkg(1).
_CONFFILES = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
# unattended-upgrades and others hold dpkg for a while, and give it back.
_LOCK = ("-o", "DPkg::Lock::Timeout=300")
# At the first start of a host they have much to do.
_PATIENT_LOCK = ("-o", "DPkg::Lock::Timeout=600")
NONINTERACTIVE = {"DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1"}
"""Nobody is asked anything; a question that has no default gets its package's own answer."""


def update() -> tuple[str, ...]:
    """Fetch the lists of packages. A list that could not be fetched is an error."""
    return ("apt-get", "update", "--error-on=any", *_STATUS)


def update_what_can_be() -> tuple[str, ...]:
    """Fetch the lists of packages; one that cannot be fetched is as good as the one that is there.

    Whoever runs it later, at the start of a host, does so beside timers that may be at it.
    """
    return ("apt-get", "update", *_PATIENT_LOCK)


def install(packages: Sequence[str]) -> tuple[str, ...]:
    """Install packages by name, or `NAME=VERSION`; nothing is removed for them.

    Without the option a name that is not there, and has a dot in it, is a regular expression:
    apt-get(8). `libc.` would be some thousand packages.
    """
    literal = ("-o", "APT::Cmd::Pattern-Only=true")
    how = ("--yes", "--no-remove", *literal, *_PATIENT_LOCK, *_CONFFILES)
    return ("apt-get", "install", *how, "--", *packages)


def finish_interrupted() -> tuple[str, ...]:
    """Have dpkg finish what it was cut off from; until then apt does nothing."""
    return ("dpkg", "--force-confdef", "--force-confold", "--configure", "--pending")


def simulate_upgrade() -> tuple[str, ...]:
    """Say what an upgrade would do."""
    return ("apt-get", "dist-upgrade", "--simulate")


def fetch_upgrade(planned: Upgrade) -> tuple[str, ...]:
    """Fetch what an upgrade needs; the host stays as it is."""
    return (*_upgrade(planned), "--download-only", *_STATUS, *_LOCK)


def install_upgrade(planned: Upgrade) -> tuple[str, ...]:
    """Install what was fetched, and nothing that would have to be fetched."""
    return (*_upgrade(planned), "--no-download", *_STATUS, *_LOCK, *_CONFFILES)


def _upgrade(planned: Upgrade) -> tuple[str, ...]:
    """Only what was planned, and agreed to, may be taken away or become older."""
    remove = () if planned.of(Kind.REMOVE) else ("--no-remove",)
    downgrade = ("--allow-downgrades",) if planned.of(Kind.DOWNGRADE) else ()
    return ("apt-get", "dist-upgrade", "--yes", *remove, *downgrade)
