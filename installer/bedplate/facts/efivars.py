"""The variables of a UEFI firmware, as the kernel shows them.

A variable's file begins with four bytes of attributes (Documentation/filesystems/efivarfs.rst).
"""

from __future__ import annotations

from pathlib import Path

EFI = "sys/firmware/efi"
EFIVARS = f"{EFI}/efivars"
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
"""The vendor of variables that the UEFI specification defines (section 3.3)."""
_ATTRIBUTE_BYTES = 4


def read_global(name: str, root: Path = Path("/")) -> bytes:
    """The value of one of the specification's own variables; raises `OSError` as a file does."""
    return (root / EFIVARS / f"{name}-{GLOBAL}").read_bytes()[_ATTRIBUTE_BYTES:]
