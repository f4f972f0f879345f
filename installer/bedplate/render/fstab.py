"""/etc/fstab of a running host, changed a line at a time (fstab(5))."""

from __future__ import annotations

from collections.abc import Collection, Iterable

FSTAB = "/etc/fstab"

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


def mounts_in(fstab: str) -> dict[str, str]:
    """What is mounted where: the device, as it stands there, by its place."""
    found = (line.split() for line in fstab.splitlines())
    return {
        fields[1]: fields[0]
        for fields in found
        if len(fields) > 2 and not fields[0].startswith("#") and fields[1].startswith("/")
    }


def with_mounts(fstab: str, lines: Iterable[str]) -> str:
    """The text with these lines behind those that it has."""
    before = fstab if fstab.endswith("\n") or not fstab else f"{fstab}\n"
    return before + "".join(f"{line}\n" for line in lines)
