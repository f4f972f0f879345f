"""The commands of the manual that bring a host up to date, as they are run."""

from __future__ import annotations

from bedplate.model.updates import Kind, Upgrade

# What apt says of its progress goes where it says the rest; see `bedplate.apply.packages`.
_STATUS = ("-o", "APT::Status-Fd=1")
# A file that somebody changed stays as it is, one that nobody changed becomes the new one: dpkg(1).
_CONFFILES = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
# unattended-upgrades and others hold dpkg for a while, and give it back.
_LOCK = ("-o", "DPkg::Lock::Timeout=300")
NONINTERACTIVE = {"DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1"}
"""Nobody is asked anything; a question that has no default gets its package's own answer."""


def update() -> tuple[str, ...]:
    """Fetch the lists of packages. A list that could not be fetched is an error."""
    return ("apt-get", "update", "--error-on=any", *_STATUS)


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
