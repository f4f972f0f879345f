"""One plan of what the parts of a request for storage come to: the disks first, then the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate.errors import Problem, RefusedError
from bedplate.model.disk_change import Action, ChangeHost, DiskChange, DiskStep
from bedplate.model.facts import DiskFact
from bedplate.model.host_change import HostChange, HostFile
from bedplate.model.step import PartitionDisk, Phase
from bedplate.model.storage_entry import STORAGE_CFG, StorageEntry
from bedplate.plan.disk_health import warn_of
from bedplate.plan.elsewhere import Elsewhere
from bedplate.plan.new_disk import know, known_disk, save_tables
from bedplate.plan.refuse_used import refuse_incomplete, refuse_release_tools
from bedplate.plan.release import clear_disk, plan_release
from bedplate.plan.storage_input import Draft, StorageInput
from bedplate.render.fstab import FSTAB, with_mounts
from bedplate.render.sections import sections_in
from bedplate.render.storage_cfg import with_entries

# Of a section, what says where the storage is.
_PLACES = frozenset({"path", "pool", "thinpool", "vgname"})


def put_together(action: Action, drafts: Sequence[Draft], given: StorageInput) -> DiskChange:
    """The whole plan; without steps if all there is to be is there.

    Raises `RefusedError` with everything that is wrong with any part.
    """
    disks = tuple(disk for draft in drafts for disk in draft.disks)
    entries = tuple(draft.entry for draft in drafts if draft.entry is not None)
    release = tuple(plan_release(given.facts, disks))
    problems = [problem for draft in drafts for problem in draft.problems]
    problems += [*_twice(disks), *refuse_incomplete(Elsewhere(given.facts, disks))]
    problems += [*_taken(entries, given), *refuse_release_tools(release, given.facts)]
    if problems:
        raise RefusedError(list(dict.fromkeys(problems)))
    steps = (
        *(_prepare(disks, given) if disks else ()),
        *(step for draft in drafts for step in draft.steps),
        *_mount(drafts, given),
        *_define(entries, given),
        *_remember(drafts, given),
    )
    return DiskChange(
        action=action,
        made_for=disks,
        disks=tuple(table for draft in drafts for table in draft.tables),
        steps=steps,
        warnings=(
            *dict.fromkeys(warning for draft in drafts for warning in draft.warnings),
            *warn_of(disks, given.smart),
        )
        if steps
        else (),
    )


def _twice(disks: tuple[DiskFact, ...]) -> Iterator[Problem]:
    for disk in dict.fromkeys(disk.id for disk in disks):
        if sum(one.id == disk for one in disks) > 1:
            message = "is asked for by two storages, and each disk belongs to one"
            yield Problem("disk-twice", disk, message, "name other disks for one of them")


def _taken(entries: tuple[StorageEntry, ...], given: StorageInput) -> Iterator[Problem]:
    there = {section.name: section for section in sections_in(given.storage_cfg)}
    for entry in entries:
        if (other := there.get(entry.name)) is not None and not _is_same(entry, given):
            message = (
                f"{STORAGE_CFG} has another storage of this name ({other.kind}); as {entry.kind} "
                "it could not be told from that"
            )
            hint = "choose another name, or content = [] for no entry"
            yield Problem("storage-taken", entry.name, message, hint)


def _is_same(entry: StorageEntry, given: StorageInput) -> bool:
    """Whether a section stands for the same: where it is counts, not what somebody set since."""
    places = {key: value for key, value in entry.options if key in _PLACES}
    return any(
        (section.kind, section.name) == (entry.kind, entry.name)
        and all(section.options.get(key) == value for key, value in places.items())
        for section in sections_in(given.storage_cfg)
    )


def _prepare(disks: tuple[DiskFact, ...], given: StorageInput) -> Iterator[DiskStep]:
    """Everything up to where the new partitions are there."""
    yield save_tables(given.facts, tuple(disk.id for disk in disks))
    yield from plan_release(given.facts, disks)
    for disk in disks:
        yield clear_disk(disk, given.facts)
    for disk in disks:
        yield PartitionDisk(
            id=f"partition-disk:{disk.id}",
            phase=Phase.PARTITION,
            summary=f"Write a GPT to {disk.path}",
            disk=disk.id,
        )


def _mount(drafts: Sequence[Draft], given: StorageInput) -> Iterator[DiskStep]:
    lines = [draft.fstab for draft in drafts if draft.fstab is not None]
    if lines:
        yield _change(
            "fstab", FSTAB, with_mounts(given.fstab, lines), "Have it mounted at every start"
        )
    yield from (step for draft in drafts for step in draft.after_fstab)


def _define(entries: tuple[StorageEntry, ...], given: StorageInput) -> Iterator[DiskStep]:
    new = tuple(entry for entry in entries if not _is_same(entry, given))
    if new:
        names = ", ".join(entry.name for entry in new)
        text = with_entries(given.storage_cfg, new)
        yield _change(
            "define-storages", STORAGE_CFG, text, f"Define as storage for guests: {names}"
        )


def _remember(drafts: Sequence[Draft], given: StorageInput) -> Iterator[DiskStep]:
    """A pool tells by which name it knew a lost disk, and not what is printed on it."""
    new = [disk for draft in drafts for disk in draft.remembered]
    if new:
        ids = {disk.id for disk in new}
        staying = tuple(one for one in given.known if one.id not in ids)
        added = tuple(known_disk(disk, None) for disk in new)
        yield know((*staying, *added), "Remember the new disks as some of this host")


def _change(step: str, path: str, text: str, summary: str) -> ChangeHost:
    change = HostChange(summary=summary, files=(HostFile(path=path, content=text),))
    return ChangeHost(id=step, phase=Phase.CONFIGURE, summary=summary, change=change)
