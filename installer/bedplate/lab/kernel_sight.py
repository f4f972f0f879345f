"""Whether a machine runs a Linux kernel, and which, seen from outside of it.

A host need not have a console that could be read. So the processor is looked at, which executes at
addresses that only a kernel has, and then the memory, where the kernel keeps its messages. The text
of a message stands in one piece there (Documentation/core-api/printk-basics.rst).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bedplate.units import KIB, MIB

# The upper half of the address space belongs to the kernel (Documentation/arch/x86/x86_64/mm.rst);
# firmware and loaders run where memory is mapped one to one.
_KERNEL_SPACE = 0xFFFF_8000_0000_0000
_ADDRESS = re.compile(r"\bRIP=([0-9a-f]{16})\b")
_BANNER = re.compile(rb"Linux version ([0-9][\w.+~-]*) \(")
# Not the format that the message is made with.
_CMDLINE = re.compile(rb"Command line: ((?!%s)[\x20-\x7e]+)")
_CHUNK_BYTES = 8 * MIB
_OVERLAP_BYTES = 8 * KIB


def is_kernel_running(registers: str) -> bool:
    """Whether a processor is in a kernel, from the monitor's `info registers`."""
    return any(int(found[1], 16) >= _KERNEL_SPACE for found in _ADDRESS.finditer(registers))


def find_kernel(memory: Path) -> tuple[str, str] | None:
    """The version and the command line of the kernel whose messages are in a guest's memory."""
    version = cmdline = None
    for chunk in _chunks(memory):
        version = version or _BANNER.search(chunk)
        cmdline = cmdline or _CMDLINE.search(chunk)
        if version and cmdline:
            return version[1].decode(), _without_echo(cmdline[1].decode()).rstrip()
    return None


def _without_echo(text: str) -> str:
    """A message without what follows it where its two bytes of level were cut off in front.

    The kernel moves the text to the left by these two, and its last two stay behind it
    (kernel/printk/printk.c, printk_sprint).
    """
    return text[:-2] if text[-2:] == text[-4:-2] else text


def _chunks(path: Path) -> Iterator[bytes]:
    """A file in pieces that overlap, so that no text is cut in two."""
    with path.open("rb") as file:
        kept = b""
        while chunk := file.read(_CHUNK_BYTES):
            yield kept + chunk
            kept = chunk[-_OVERLAP_BYTES:]
