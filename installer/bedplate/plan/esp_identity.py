"""Which partitions the listed ESPs are, and what is wrong with the others: decision 0014."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.errors import Problem
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import EspFact, EspFacts
from bedplate.model.gpt import ESP_TYPE
from bedplate.plan.esp_partition import list_damage

_OURS = re.compile(r"EFI/proxmox/|loader/entries/proxmox-", re.IGNORECASE)
_BUSY = "wait for it to end, then sync again"
_CHECK = "mend it with `fsck.fat`, or make it anew with `bedplate esp format --force`"


@dataclass(frozen=True, slots=True)
class Identified:
    """The ESPs that are to be in sync and can be, and everything that is wrong with the others."""

    esps: tuple[EspFact, ...]
    problems: tuple[Problem, ...]


def identify(facts: EspFacts, listed: tuple[str, ...]) -> Identified:
    """Find the ESP of each listed FAT id, and those that are not listed and should be."""
    esps: list[EspFact] = []
    problems: list[Problem] = []
    for fat_id in listed:
        carriers = [esp for esp in facts.esps if esp.fat_id == fat_id]
        meant = _meant(carriers)
        problems += [_missing(fat_id, facts)] if not carriers else []
        problems += _duplicates(fat_id, carriers, meant)
        if meant is not None:
            obstacle = _obstacle(meant)
            if obstacle is None:
                esps.append(meant)
            else:
                problems.append(obstacle)
    others = [esp for esp in facts.esps if esp.fat_id not in listed]
    problems += [p for esp in others if (p := _unlisted(esp)) is not None]
    if not listed:
        problems.insert(0, _nothing_listed())
    return Identified(tuple(esps), (*list_damage(facts.listed), *problems))


def looks_ours(esp: EspFact) -> bool:
    """Whether kernels of a host like this one are on the ESP."""
    return any(_OURS.match(file.path) for file in esp.files)


def _meant(carriers: list[EspFact]) -> EspFact | None:
    """The one of several ESPs with one id that is this host's: the one on a disk that it uses."""
    if len(carriers) == 1:
        return carriers[0]
    used = [esp for esp in carriers if esp.disk_in_use]
    return used[0] if len(used) == 1 else None


def _nothing_listed() -> Problem:
    message = "lists no ESP: new kernels of this host do not get to any disk"
    return Problem("list-empty", ESP_LIST, message, "`bedplate esp init PARTITION` adds one")


def _missing(fat_id: str, facts: EspFacts) -> Problem:
    known = facts.known_disks.get(fat_id)
    message = f"{fat_id} is listed in {ESP_LIST}, and no disk has it"
    if known is not None:
        message += f"; this host was installed with it on the disk {known}"
    if facts.unread_disks:
        message += f"; these disks cannot be read: {', '.join(facts.unread_disks)}"
    hint = "connect its disk or replace it; `bedplate esp clean` takes it off the list"
    return Problem("esp-missing", fat_id, message, hint)


def _duplicates(fat_id: str, carriers: list[EspFact], meant: EspFact | None) -> Iterator[Problem]:
    """The ESPs that are a copy of another one, and are left alone for that."""
    for esp in carriers if len(carriers) > 1 else ():
        if esp is meant:
            continue
        others = ", ".join(other.describe() for other in carriers if other is not esp)
        guid = f"partition {esp.guid}" if esp.guid else "a partition without a GUID"
        message = f"has the FAT id {fat_id} as {others} has it: a cloned disk ({guid}); left alone"
        hint = (
            "disconnect the clone, or give it an id of its own: "
            "`bedplate esp format PARTITION --force`, then `bedplate esp init PARTITION`"
        )
        yield Problem("esp-duplicate", esp.describe(), message, hint)


def _obstacle(esp: EspFact) -> Problem | None:
    """Why an ESP that is meant cannot be synced; one that is unclean can be mended first."""
    where = esp.describe()
    if esp.unreadable is not None and not esp.unclean:
        hint = _BUSY if esp.unreadable.code == "esp-busy" else _CHECK
        return Problem(esp.unreadable.code, where, esp.unreadable.message, hint)
    if esp.type_guid != ESP_TYPE:
        message = f"is listed, and its partition type is {esp.type_guid or 'none'}, not {ESP_TYPE}"
        hint = f"if it is an ESP: `sfdisk --part-type DISK {esp.number} {ESP_TYPE}`"
        return Problem("esp-wrong-type", where, message, hint)
    if esp.read_only:
        how = f"is mounted read-only at {esp.mounts[0]}" if esp.mounts else "is read-only"
        hint = "look at `dmesg` for why; unmount it" if esp.mounts else "is the disk protected?"
        return Problem("esp-read-only", where, how, hint)
    return None


def _unlisted(esp: EspFact) -> Problem | None:
    """What is wrong with an ESP that is not listed; nothing if it is somebody else's."""
    if looks_ours(esp):
        message = f"{esp.fat_id} has kernels of a host on it, and is not listed in {ESP_LIST}"
        hint = f"`bedplate esp init {esp.path}`, if it is to be kept in sync"
        return Problem("esp-unlisted", esp.describe(), message, hint)
    if esp.unreadable is not None and esp.disk_in_use:
        code, message = esp.unreadable.code, f"is on a disk of this host, and {_said(esp)}"
        hint = f"`bedplate esp format {esp.path}`, then `bedplate esp init {esp.path}`"
        return Problem(code, esp.describe(), message, hint)
    return None


def _said(esp: EspFact) -> str:
    assert esp.unreadable is not None
    return esp.unreadable.message
