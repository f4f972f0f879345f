"""Firmware, memory and kernel command line, from /sys and /proc."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bedplate.facts.efivars import EFI, GLOBAL, SHIM, is_set
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.tools import senseless
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.mountinfo import Mount
from bedplate.units import KIB

_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')


def probe_firmware(root: Path = Path("/")) -> Firmware:
    """How this machine was started, and whether its boot entries can be changed."""
    if not (root / EFI).is_dir():
        return Firmware(kind=FirmwareKind.BIOS)
    secure_boot = is_set("SecureBoot", GLOBAL, root)
    return Firmware(
        kind=FirmwareKind.UEFI,
        secure_boot=secure_boot,
        checks_modules=secure_boot and not is_set("MokSBStateRT", SHIM, root),
        nvram_writable=nvram_writable(probe_mounts(root)),
    )


def nvram_writable(mounts: Iterable[Mount]) -> bool:
    """Whether efivarfs is mounted so that it can be written."""
    return any(mount.kind == "efivarfs" and "ro" not in mount.options for mount in mounts)


def parse_meminfo(text: str) -> int:
    """Bytes of memory that the kernel has, from /proc/meminfo."""
    match = re.search(r"^MemTotal:\s+(\d+) kB$", text, re.MULTILINE)
    if match is None:
        raise senseless("/proc/meminfo", "has no line MemTotal in kB")
    return int(match[1]) * KIB


def probe_memory(root: Path = Path("/")) -> int:
    """Bytes of memory of this machine."""
    return parse_meminfo((root / "proc/meminfo").read_text())


def parse_cmdline(text: str) -> tuple[str, ...]:
    """The words of a kernel command line; double quotes keep blanks together (bootparam(7))."""
    return tuple(_WORD.findall(text))


def probe_cmdline(root: Path = Path("/")) -> tuple[str, ...]:
    """The words that this machine's kernel was started with."""
    return parse_cmdline((root / "proc/cmdline").read_text())
