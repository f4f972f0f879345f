"""The keys that archives of packages are signed with: what is known of each, as data.

A key is trusted because its file has the checksum that its owner publishes, or because it has the
fingerprint that the operator names; never because of where it came from.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal

from bedplate.model.value import Value

# sources.list(5): what packages bring is below /usr, what the operator brings below /etc.
PACKAGE_KEYRINGS = PurePosixPath("/usr/share/keyrings")
OPERATOR_KEYRINGS = PurePosixPath("/etc/apt/keyrings")
DEBIAN_KEYRING = str(PACKAGE_KEYRINGS / "debian-archive-keyring.gpg")

_V4_OR_V6 = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")


class Digest(Value):
    """The checksum of a file, as its owner publishes it."""

    algorithm: Literal["sha256", "sha512"]
    hex: str


class ArchiveKey(Value):
    """A key, or several: where it comes from, what it is known by, and which keyring it becomes.

    `source` is a path or a URL. It is known by its `digest`, or by the `fingerprints` of all that
    is in it. Once `package` has brought the keyring, the keyring is that package's business.
    """

    name: str
    source: str
    keyring: str
    digest: Digest | None = None
    fingerprints: tuple[str, ...] = ()
    package: str | None = None


class Certificate(Value):
    """A public key of OpenPGP, with the keys below it; fingerprints as `gpg` writes them."""

    version: int
    fingerprint: str
    subkeys: tuple[str, ...] = ()


class KeyFile(Value):
    """What is in a file with keys. `data` is in the form that gpgv reads, without armour."""

    where: str
    sha256: str
    sha512: str
    data: bytes
    certificates: tuple[Certificate, ...]

    def hex_of(self, digest: Digest) -> str:
        """The file's own checksum of that kind."""
        return self.sha256 if digest.algorithm == "sha256" else self.sha512


def operator_key(name: str, source: str, fingerprints: tuple[str, ...]) -> ArchiveKey:
    """A key that the operator vouches for, by its fingerprint."""
    keyring = str(OPERATOR_KEYRINGS / f"{name}.gpg")
    bare = tuple(bare_fingerprint(text) for text in fingerprints)
    return ArchiveKey(name=name, source=source, keyring=keyring, fingerprints=bare)


def bare_fingerprint(text: str) -> str:
    """A fingerprint without the blanks and colons that people put in, in capitals."""
    return re.sub(r"[\s:]", "", text).upper()


def is_fingerprint(text: str) -> bool:
    """Whether a text is the whole fingerprint of a key of today: of version 4 or version 6."""
    return _V4_OR_V6.fullmatch(bare_fingerprint(text)) is not None


def _release_key(
    codename: str,
    source: str,
    algorithm: Literal["sha256", "sha512"],
    hex_digits: str,
    keyring: str,
) -> ArchiveKey:
    return ArchiveKey(
        name=codename,
        source=source,
        keyring=keyring,
        digest=Digest(algorithm=algorithm, hex=hex_digits),
        package="proxmox-archive-keyring",
    )


# Addresses and checksums are those of the section SecureApt of the manual of each release; the one
# for trixie prints a SHA-256. Its keyring is the file that `proxmox-archive-keyring` takes over.
RELEASE_KEYS = {
    "buster": _release_key(
        "buster",
        "http://download.proxmox.com/debian/proxmox-ve-release-6.x.gpg",
        "sha512",
        "acca6f416917e8e11490a08a1e2842d500b3a5d9f322c6319db0927b2901c3ea"
        "e23cfb5cd5df6facf2b57399d3cfa52ad7769ebdd75d9b204549ca147da52626",
        str(OPERATOR_KEYRINGS / "proxmox-ve-release-6.x.gpg"),
    ),
    "bullseye": _release_key(
        "bullseye",
        "https://enterprise.proxmox.com/debian/proxmox-release-bullseye.gpg",
        "sha512",
        "7fb03ec8a1675723d2853b84aa4fdb49a46a3bb72b9951361488bfd19b29aab0"
        "a789a4f8c7406e71a69aabbc727c936d3549731c4659ffa1a08f44db8fdcebfa",
        str(OPERATOR_KEYRINGS / "proxmox-release-bullseye.gpg"),
    ),
    "bookworm": _release_key(
        "bookworm",
        "https://enterprise.proxmox.com/debian/proxmox-release-bookworm.gpg",
        "sha512",
        "7da6fe34168adc6e479327ba517796d4702fa2f8b4f0a9833f5ea6e6b48f6507"
        "a6da403a274fe201595edc86a84463d50383d07f64bdde2e3658108db7d6dc87",
        str(OPERATOR_KEYRINGS / "proxmox-release-bookworm.gpg"),
    ),
    "trixie": _release_key(
        "trixie",
        "https://enterprise.proxmox.com/debian/proxmox-archive-keyring-trixie.gpg",
        "sha256",
        "136673be77aba35dcce385b28737689ad64fd785a797e57897589aed08db6e45",
        str(PACKAGE_KEYRINGS / "proxmox-archive-keyring.gpg"),
    ),
}
"""The keys of Proxmox's archives, by the codename of the Debian release that they are for."""
