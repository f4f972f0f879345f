"""The md arrays that run, and their members, from sysfs alone: Documentation/admin-guide/md.rst."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact

_KERNEL_SECTOR = 512
_KIB = 1024


def probe_arrays(root: Path = Path("/")) -> tuple[StoreFact, ...]:
    """All arrays that can lose a member; one that ends while it is looked at is left out."""
    return tuple(_arrays(root))


def _arrays(root: Path) -> Iterator[StoreFact]:
    for folder in sorted((root / "sys/block").glob("md*/md")):
        # Arrays without redundancy have no `degraded`; containers have no members of their own.
        if text_of(folder / "degraded") is None:
            continue
        name = _name_of(folder.parent.name, root)
        group = MemberGroup(
            type=text_of(folder / "level") or "",
            members=tuple(_members(folder)),
            needed_bytes=_needed(folder),
        )
        uuid = text_of(folder / "uuid") or name
        yield StoreFact(
            kind="md",
            id=uuid,
            name=name,
            at=f"/dev/{folder.parent.name}",
            groups=(group,),
            done=_done(folder),
        )


def _members(folder: Path) -> Iterator[MemberFact]:
    """What has a slot, slots that nothing has, and what failed and has none any more."""
    # While it is given another shape, the former number follows: `3 (2)`.
    slots = set(range(int((text_of(folder / "raid_disks") or "0").split()[0])))
    left: list[MemberFact] = []
    for place in sorted(folder.glob("dev-*")):
        slot, state = text_of(place / "slot"), set((text_of(place / "state") or "").split(","))
        path = f"/dev/{place.name.removeprefix('dev-')}"
        if slot is not None and slot.isdecimal() and "faulty" not in state:
            slots.discard(int(slot))
            how = MemberState.WELL if "in_sync" in state else MemberState.JOINING
            yield MemberFact(id=slot, path=path, state=how)
        elif "faulty" in state:
            left.append(MemberFact(id="faulty", path=path, state=MemberState.FAILED))
    # Which slot it had is not kept once it is taken out of it; that does not matter to a mirror.
    for slot_number in sorted(slots):
        gone = left.pop(0) if left else MemberFact(id="", state=MemberState.MISSING)
        yield gone.model_copy(update={"id": str(slot_number)})


def _done(folder: Path) -> float | None:
    """Sectors that are synchronised, of how many: `1234 / 5678`, or `none`."""
    so_far, slash, everything = (text_of(folder / "sync_completed") or "").partition(" / ")
    return int(so_far) / int(everything) if slash and int(everything) else None


def _needed(folder: Path) -> int | None:
    """The data of a member and what is in front of it."""
    size = text_of(folder / "component_size")
    offsets = [text_of(place / "offset") for place in folder.glob("dev-*")]
    known = [int(offset) for offset in offsets if offset is not None]
    if size is None or not known:
        return None
    return int(size) * _KIB + max(known) * _KERNEL_SECTOR


def _name_of(node: str, root: Path) -> str:
    """The name that mdadm gave it, as udev keeps it."""
    links = sorted((root / "dev/md").glob("*"))
    return next((f"/dev/md/{link.name}" for link in links if link.resolve().name == node), node)


def text_of(path: Path) -> str | None:
    """What an attribute says; `None` if it is not there, or has just gone."""
    try:
        return path.read_text().strip()
    except OSError:
        return None
