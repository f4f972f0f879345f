"""The dataset properties that an answer file may set, and which values each of them takes.

Those of file systems in zfsprops(7) of OpenZFS 2.3, so that a mistake is found before a disk is
touched and not when `zfs create` stops half-way. Left out is what belongs to volumes, to SELinux
and to other systems, and what has a key of its own in the answer file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from bedplate.config.findings import did_you_mean, shown
from bedplate.config.names import has_control_character
from bedplate.units import zfs_size

_Check = Callable[[str], str]

_LONGEST_VALUE: Final = 8191  # ZAP_MAXVALUELEN, of which the last byte ends the text
_LONGEST_NAME: Final = 255
_SIZE = re.compile(r"(\d+)(?:\.\d+)?([KMGTPE]?)(?:i?B)?", re.IGNORECASE)
_USER_PROPERTY = re.compile(r"[a-z0-9._:-]*:[a-z0-9._:-]*")
# What a mount over it would hide from the system that lies on the root.
_OF_THE_SYSTEM: Final = frozenset(
    ("bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr")
)
_NOT_FOR_THE_ROOT: Final = frozenset(
    ("canmount", "casesensitivity", "exec", "mountpoint", "readonly", "setuid")
)
_ENCRYPTION: Final = frozenset(("encryption", "keyformat", "keylocation", "pbkdf2iters"))


def wrong_with_property(name: str, value: str, *, of_root: bool) -> tuple[str, str] | None:
    """What is wrong with a property of a dataset, and a hint; `None` if ZFS takes it.

    `of_root` is whether the dataset is the root file system, or one that it lies in.
    """
    if name in _ENCRYPTION:
        return "is not set like this", "see `disk-setup.zfs.encryption` and `zfs.encrypted`"
    if of_root and name in _NOT_FOR_THE_ROOT:
        return "is not for the root file system, which has to be as the host needs it", ""
    if ":" in name:
        return _wrong_with_user_property(name, value)
    if name not in PROPERTIES:
        return "is no property that can be set here", did_you_mean(name, PROPERTIES)
    wrong = PROPERTIES[name](value)
    return (f"{shown(value)} {wrong}", "") if wrong else None


def wrong_with_small_blocks(text: str) -> str:
    """Why a text is no value of `special_small_blocks`; empty if it is one."""
    return "" if text == "0" else _power_of_two(512, 1024**2)(text)


def _wrong_with_user_property(name: str, value: str) -> tuple[str, str] | None:
    if not _USER_PROPERTY.fullmatch(name) or len(name) > _LONGEST_NAME:
        hint = "lower case letters, digits and . _ - around a colon, 255 at most"
        return "is no name of a user property", hint
    if has_control_character(value) or len(value.encode()) > _LONGEST_VALUE:
        return f"has to be one line of at most {_LONGEST_VALUE} bytes", ""
    return None


def _one_of(*words: str) -> _Check:
    def check(value: str) -> str:
        return "" if value in words else f"is not one of {', '.join(words)}"

    return check


def _matching(pattern: str, what: str) -> _Check:
    form = re.compile(pattern)

    def check(value: str) -> str:
        return "" if form.fullmatch(value) else f"is not {what}"

    return check


def _power_of_two(least: int, most: int) -> _Check:
    def check(value: str) -> str:
        size = zfs_size(value)
        if size is not None and least <= size <= most and size & (size - 1) == 0:
            return ""
        return f"is not a power of two from {least} to {most // 1024}K, such as 16K"

    return check


def _mountpoint(value: str) -> str:
    if value == "none":
        return ""
    parts = value.split("/")
    if not value.startswith("/") or has_control_character(value) or {"", ".", ".."} & {*parts[1:]}:
        return "is not an absolute path such as /srv/data, or none"
    return "is where the system itself lies" if parts[1] in _OF_THE_SYSTEM else ""


def _size_or(*words: str) -> _Check:
    def check(value: str) -> str:
        if value in words or (_SIZE.fullmatch(value) and value[0] != "0"):
            return ""
        return f"is not a size such as 200G, or {' or '.join(words)}"

    return check


_ON_OFF = _one_of("on", "off")
_CACHED = _one_of("all", "none", "metadata")
_COUNT = _matching(r"none|[1-9]\d{0,17}", "a number, or none")
_SHARE = _matching(r"[^\x00-\x1f\x7f]{1,8191}", "on, off or options on one line")
_COMPRESSIONS = r"on|off|lz4|lzjb|zle|gzip(-[1-9])?|zstd(-([1-9]|1[0-9]))?|" + (
    r"zstd-fast(-([1-9]|[1-9]0|100|500|1000))?"
)
_HASHES = ("sha256", "sha512", "skein", "blake3")

PROPERTIES: Final[Mapping[str, _Check]] = {
    "aclinherit": _one_of("discard", "noallow", "restricted", "passthrough", "passthrough-x"),
    "aclmode": _one_of("discard", "groupmask", "passthrough", "restricted"),
    "acltype": _one_of("off", "posix"),
    "atime": _ON_OFF,
    "canmount": _one_of("on", "off", "noauto"),
    "casesensitivity": _one_of("sensitive", "insensitive", "mixed"),
    "checksum": _one_of("on", "off", "fletcher2", "fletcher4", *_HASHES, "edonr"),
    "compression": _matching(_COMPRESSIONS, "a compression such as lz4, zstd-3 or off"),
    "copies": _one_of("1", "2", "3"),
    "dedup": _one_of(
        *("off", "on", "verify", *_HASHES),
        *(f"{one},verify" for one in (*_HASHES, "edonr")),
    ),
    "devices": _ON_OFF,
    "direct": _one_of("disabled", "standard", "always"),
    "dnodesize": _one_of("legacy", "auto", "1k", "2k", "4k", "8k", "16k"),
    "exec": _ON_OFF,
    "filesystem_limit": _COUNT,
    "logbias": _one_of("latency", "throughput"),
    "mountpoint": _mountpoint,
    "normalization": _one_of("none", "formC", "formD", "formKC", "formKD"),
    "overlay": _ON_OFF,
    "prefetch": _CACHED,
    "primarycache": _CACHED,
    "quota": _size_or("none"),
    "readonly": _ON_OFF,
    "recordsize": _power_of_two(512, 16 * 1024**2),
    "redundant_metadata": _one_of("all", "most", "some", "none"),
    "refquota": _size_or("none"),
    "refreservation": _size_or("none"),
    "relatime": _ON_OFF,
    "reservation": _size_or("none"),
    "secondarycache": _CACHED,
    "setuid": _ON_OFF,
    "sharenfs": _SHARE,
    "sharesmb": _SHARE,
    "snapdev": _one_of("hidden", "visible"),
    "snapdir": _one_of("disabled", "hidden", "visible"),
    "snapshot_limit": _COUNT,
    "special_small_blocks": wrong_with_small_blocks,
    "sync": _one_of("standard", "always", "disabled"),
    "utf8only": _ON_OFF,
    "volmode": _one_of("default", "full", "geom", "dev", "none"),
    "xattr": _one_of("on", "off", "dir", "sa"),
}
