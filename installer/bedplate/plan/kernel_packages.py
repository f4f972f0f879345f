"""Which kernels a host's packages are, and in which order kernels and their series come.

Proxmox's kernels have packages with and without a signature (`proxmox-kernel-6.8.12-4-pve-signed`)
and one for each series that depends on its newest kernel (`proxmox-kernel-6.8`). Debian's have the
flavour at the end of their name (`linux-image-6.12.48+deb13-cloud-amd64`), and one package for each
flavour that depends on its newest kernel (`linux-image-cloud-amd64`) and names no series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from debian.debian_support import Version

from bedplate.model.kernels import KernelPackage
from bedplate.model.value import Value

_PROXMOX = re.compile(r"(?:pve|proxmox)-kernel-(\d.*?)(?:-signed)?")
_DEBIAN = re.compile(r"linux-image-(\d.*?)(?:-unsigned)?")
_DEBUG = re.compile(r".*-dbg(?:sym)?")
_SERIES = re.compile(r"\d+\.\d+")
# A version of Debian knows no underscore, that of a self-built kernel may have any.
_NO_DEBIAN_VERSION = re.compile(r"[^A-Za-z0-9.+~-]")


class Flavour(StrEnum):
    """Kernels among which the newer replaces the older."""

    PROXMOX = "pve"
    DEBIAN = "amd64"
    DEBIAN_CLOUD = "cloud-amd64"
    DEBIAN_RT = "rt-amd64"
    OWN = "own"


class Packaged(Value):
    """A kernel that a package installed, or the name of a series that Proxmox keeps up to date."""

    version: str
    flavour: Flavour
    is_series: bool = False


def packaged(package: KernelPackage) -> Packaged | None:
    """The kernel or series that a package stands for; `None` for any other package."""
    if _DEBUG.fullmatch(package.name):
        return None
    if match := _PROXMOX.fullmatch(package.name):
        version = match[1]
        is_series = _SERIES.fullmatch(version) is not None
        if is_series or version.endswith("-pve"):
            return Packaged(version=version, flavour=Flavour.PROXMOX, is_series=is_series)
    elif match := _DEBIAN.fullmatch(package.name):
        return Packaged(version=match[1], flavour=_debian_flavour(match[1]))
    return None


def is_installed(package: KernelPackage) -> bool:
    """Whether the package's files are there, wanted or not."""
    return package.state[1] not in "nc"


def is_kept(package: KernelPackage) -> bool:
    """Whether the package is installed and to stay so: `ii`, and `hi` of one that is on hold."""
    return package.state[0] in "ih" and is_installed(package)


def newest_first(versions: Iterable[str]) -> tuple[str, ...]:
    """Versions in Debian's order from the newest on, each once."""
    return tuple(sorted(set(versions), key=age_key, reverse=True))


def age_key(version: str) -> tuple[Version, str]:
    """Sorts kernels from the oldest on: `6.8.4-2-pve` is older than `6.8.12-4-pve`."""
    return Version(_NO_DEBIAN_VERSION.sub("+", version)), version


def series_of(version: str) -> str:
    """The series that a kernel belongs to: `6.8` of `6.8.12-4-pve`."""
    match = _SERIES.match(version)
    return match[0] if match else version


def _debian_flavour(version: str) -> Flavour:
    known = (Flavour.DEBIAN_CLOUD, Flavour.DEBIAN_RT, Flavour.DEBIAN)
    return next((flavour for flavour in known if version.endswith(f"-{flavour}")), Flavour.OWN)
