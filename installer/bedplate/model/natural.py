"""The order in which the kernel counts its devices."""

from __future__ import annotations

import re

# Numbers, and the letters that count disks (`a` to `z`, then `aa`), apart from what they follow.
_PIECES = re.compile(r"\d+|^(?:/dev/)?(?:sd|vd|xvd|hd)(?=[a-z])|\D+")


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """A sort key in the order of the kernel's names: `nvme2n1`, `nvme10n1`, `sdb`, `sdaa`."""
    return tuple(
        (False, int(piece), "") if piece.isdigit() else (True, len(piece) if number else 0, piece)
        for number, piece in enumerate(_PIECES.findall(name))
    )
