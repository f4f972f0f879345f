"""What the package of bedplate changes in the base system, to be unpacked over the base's stream.

The upper folder of an overlay already is that, but for two things. It is marked for the overlay, in
extended attributes. And it may say what cannot be said by unpacking something over something else:
that a file is gone, or has become a folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bedplate.errors import ApplyError, Problem

_MARK = "trusted.overlay."
_OPAQUE = "trusted.overlay.opaque"
_HINT = "have bedplate's package leave the file as the base system has it"


def make_plain(upper: Path, lower: Path) -> None:
    """Take the overlay's marks off an upper folder that no overlay uses any more.

    Raises `ApplyError`, and changes nothing, if unpacking it over `lower` would give something else
    than the overlay showed.
    """
    paths = [upper, *_walk(upper)]
    problems = [
        Problem("delta-impossible", f"/{path.relative_to(upper)}", why, _HINT)
        for path in paths
        if (why := _impossible(path, lower / path.relative_to(upper)))
    ]
    if problems:
        raise ApplyError(problems)
    for path in paths:
        for name in _marks(path):
            os.removexattr(path, name, follow_symlinks=False)


def _impossible(new: Path, old: Path) -> str | None:
    """Why unpacking the one over the other would go wrong, if it would."""
    now = new.lstat()
    if stat.S_ISCHR(now.st_mode) and now.st_rdev == 0:
        return "is removed by bedplate's package"
    try:
        before = old.lstat()
    except FileNotFoundError:
        return None
    if stat.S_IFMT(now.st_mode) != stat.S_IFMT(before.st_mode):
        return "is of another kind than in the base system"
    if _OPAQUE in _marks(new):
        return "is a folder of the base system that is removed and made anew"
    if stat.S_ISREG(before.st_mode) and before.st_nlink > 1:
        # It is overwritten in place, and the other names would change too.
        return "has other names in the base system, which do not change with it"
    return None


def _marks(path: Path) -> list[str]:
    return [name for name in os.listxattr(path, follow_symlinks=False) if name.startswith(_MARK)]


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
