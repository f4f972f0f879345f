"""How a host whose GRUB reads the root file system comes to keep its kernels on an ESP.

Such a host has its ESP mounted, usually at /boot/efi, and nobody keeps a second one like it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bedplate.errors import Problem, RefusedError
from bedplate.model.boot_files import ESP_LIST
from bedplate.model.esp import EspFact, EspFacts
from bedplate.model.facts import DiskFact
from bedplate.model.gpt import ESP_TYPE
from bedplate.model.host_change import HostChange, HostFile
from bedplate.plan.esp_partition import check_init
from bedplate.render.fstab import FSTAB, without_mount
from bedplate.render.system import render_boot_uuids


@dataclass(frozen=True, slots=True)
class AdoptPlan:
    """Unmount an ESP for good, and list it. `change` is what becomes of the host's files."""

    esp: EspFact
    unmount: tuple[str, ...]
    change: HostChange


def plan_adopt(
    path: str | None, disks: Iterable[DiskFact], facts: EspFacts, fstab: str | None
) -> AdoptPlan:
    """Adopt the ESP at a path, or the one that there is. Raises `RefusedError` if it cannot be."""
    esp = check_init(_chosen(path, facts), disks, facts, may_be_mounted=True)
    assert esp.fat_id is not None, "what can be listed has an id"
    listed = facts.listed_ids
    files = [HostFile(path=ESP_LIST, content=render_boot_uuids((*listed, esp.fat_id)))]
    if fstab is not None and (changed := without_mount(fstab, _names(esp), esp.mounts)) != fstab:
        files.append(HostFile(path=FSTAB, content=changed))
    summary = f"{esp.describe()} is kept in sync from now on."
    change = HostChange(summary=summary, files=tuple(files))
    return AdoptPlan(esp=esp, unmount=tuple(reversed(esp.mounts)), change=change)


def once_adopted(facts: EspFacts, adoption: AdoptPlan) -> EspFacts:
    """What there is to sync once the ESP is unmounted."""
    esp = adoption.esp
    unmounted = esp.model_copy(update={"mounts": ()})
    esps = tuple(unmounted if other.path == esp.path else other for other in facts.esps)
    return facts.model_copy(update={"esps": esps})


def _chosen(path: str | None, facts: EspFacts) -> str:
    """The path given, or that of the only ESP; of several, that of the only one mounted."""
    if path is not None:
        return path
    listed = facts.listed_ids
    found = [e for e in facts.esps if e.type_guid == ESP_TYPE and e.fat_id not in listed]
    mounted = [esp for esp in found if esp.mounts]
    for candidates in (mounted, found):
        if len(candidates) == 1:
            return candidates[0].path
    if not found and listed:
        message = "keeps every ESP that it has in sync already"
        raise RefusedError(Problem("esp-listed", "this host", message, "`bedplate esp status`"))
    if not found:
        message = "has no ESP that could be adopted"
        hint = "`bedplate esp format PARTITION` makes one"
        raise RefusedError(Problem("no-esp", "this host", message, hint))
    message = f"has several ESPs: {', '.join(esp.describe() for esp in found)}"
    raise RefusedError(Problem("which-esp", "this host", message, "name one of them"))


def _names(esp: EspFact) -> tuple[str, ...]:
    """What /etc/fstab may call an ESP."""
    names = [esp.path]
    for word, folder, value in (
        ("UUID", "by-uuid", esp.fat_id),
        ("PARTUUID", "by-partuuid", esp.guid),
        ("LABEL", "by-label", esp.label),
    ):
        if value:
            names += [f"{word}={value}", f"/dev/disk/{folder}/{value}"]
    return tuple(names)
