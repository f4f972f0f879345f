"""The variables of a UEFI firmware, as the kernel shows them.

A variable's file begins with four bytes of attributes (Documentation/filesystems/efivarfs.rst).
"""

from __future__ import annotations

from pathlib import Path

EFI = "sys/firmware/efi"
EFIVARS = f"{EFI}/efivars"
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
"""The vendor of variables that the UEFI specification defines (section 3.3)."""
SHIM = "605dab50-e046-4300-abb6-3dd810dd8b23"
"""The vendor of shim's variables (MokVars.txt in its documentation)."""
_ATTRIBUTE_BYTES = 4


def read_global(name: str, root: Path = Path("/")) -> bytes:
    """The value of one of the specification's own variables; raises `OSError` as a file does."""
    return _read(name, GLOBAL, root)


def is_set(name: str, vendor: str, root: Path = Path("/")) -> bool:
    """Whether a variable is there and is 1."""
    try:
        return _read(name, vendor, root) == b"\1"
    except FileNotFoundError:
        return False


def _read(name: str, vendor: str, root: Path) -> bytes:
    return (root / EFIVARS / f"{name}-{vendor}").read_bytes()[_ATTRIBUTE_BYTES:]
