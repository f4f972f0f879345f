"""/etc/fstab of a running host, changed a line at a time (fstab(5))."""

from __future__ import annotations

from collections.abc import Collection

_OFF = "# kept in sync by bedplate, and not mounted: "


def without_mount(fstab: str, sources: Collection[str], targets: Collection[str]) -> str:
    """The text with every line commented out that mounts one of `sources`, or at one of `targets`.

    Ids are compared without regard to case, as by blkid(8). All other lines stay as they are.
    """
    names = {source.casefold() for source in sources}

    def is_meant(line: str) -> bool:
        fields = line.split()
        if len(fields) < 2 or fields[0].startswith("#"):
            return False
        return fields[0].replace('"', "").casefold() in names or fields[1] in targets

    lines = fstab.splitlines(keepends=True)
    return "".join(_OFF + line if is_meant(line) else line for line in lines)


def swaps_in(fstab: str) -> tuple[str, ...]:
    """The UUIDs of what is swapped to, in order."""
    found = (line.split() for line in fstab.splitlines())
    return tuple(
        fields[0].removeprefix("UUID=")
        for fields in found
        if len(fields) > 2 and fields[0].startswith("UUID=") and fields[2] == "swap"
    )
