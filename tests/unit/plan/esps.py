"""ESPs for tests of the sync's planner, and what becomes of them when its steps are carried out.

The checksum of a kernel is its name and a number here: the same means the same content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bedplate.model.esp import (
    LOADER_CONF,
    SHIM,
    SIGNED_GRUB,
    SYSTEMD_BOOT,
    EspFact,
    EspFacts,
    EspFile,
    SourceFile,
    UuidList,
    fat_name,
)
from bedplate.model.esp_sync import EspStep, Lane, PutFile, PutFiles, RemoveFiles
from bedplate.model.gpt import ESP_TYPE
from bedplate.model.nvram import BootEntries
from bedplate.plan.esp_content import kernel_sources
from bedplate.plan.esp_sync import SyncInput
from bedplate.plan.kernel_packages import newest_first
from bedplate.plan.kernels import Reason, Selected, Selection
from bedplate.units import KIB, MIB

CLUSTER = 4 * KIB
KERNEL_BYTES = 10 * MIB
INITRD_BYTES = 50 * MIB
CMDLINE = "root=ZFS=rpool/ROOT/pve-1 boot=zfs"
SYSTEMD = (SYSTEMD_BOOT,)
GRUB = (SHIM, SIGNED_GRUB)
_TEXTS: dict[str, str] = {}
A, B, C, D = "6.1.0-9-amd64", "6.8.12-4-pve", "6.11.0-1-pve", "6.14.8-2-pve"


def blank(number: int = 1, size_bytes: int = 1024 * MIB, **more: object) -> EspFact:
    """An ESP that was just formatted, on a disk that the host uses."""
    letter = "abcdefgh"[number - 1]
    plain = EspFact(
        disk=f"disk-{number}",
        title=f"Model {number}, serial S{number}, /dev/sd{letter}",
        path=f"/dev/sd{letter}2",
        number=2,
        serial=f"S{number}",
        guid=f"guid-{number}",
        type_guid=ESP_TYPE,
        size_bytes=size_bytes,
        disk_in_use=True,
        fat_id=f"000{number}-AAAA",
        cluster_bytes=CLUSTER,
        free_bytes=size_bytes - MIB,
    )
    return plain.model_copy(update=more)


def sources(
    kernels: Iterable[str], loaders: Iterable[str] = SYSTEMD, edition: Mapping[str, int] = {}
) -> tuple[SourceFile, ...]:
    """The host's files; `edition` is a number for kernels whose initramfs was made again."""
    found = [SourceFile(path=path, size_bytes=MIB, sha256=path) for path in loaders]
    for kernel in kernels:
        linux, initrd = kernel_sources(kernel)
        mark = f"{initrd}:{edition.get(kernel, 0)}"
        found.append(SourceFile(path=linux, size_bytes=KERNEL_BYTES, sha256=linux))
        found.append(SourceFile(path=initrd, size_bytes=INITRD_BYTES, sha256=mark))
    return tuple(found)


def asked(
    esps: Iterable[EspFact],
    kernels: Iterable[str],
    *,
    loaders: Iterable[str] = SYSTEMD,
    listed: Iterable[str] | None = None,
    damaged: tuple[str, ...] = (),
    edition: Mapping[str, int] = {},
    pin: str | None = None,
    spare: tuple[str, ...] = (),
    selected: Iterable[str] = (),
    cmdline: str = CMDLINE,
    secure_boot: bool = False,
    entries: BootEntries | None = None,
    boot_image: str | None = None,
    adding: str | None = None,
    more_sources: tuple[SourceFile, ...] = (),
) -> SyncInput:
    """What a sync is to be planned from; all ESPs are listed unless `listed` says which."""
    esps = tuple(esps)
    boot = newest_first(kernels)
    ids = [esp.fat_id or "" for esp in esps] if listed is None else listed
    return SyncInput(
        facts=EspFacts(
            listed=UuidList(ids=tuple(dict.fromkeys(ids)), damaged=damaged),
            esps=esps,
            sources=(*sources(boot, loaders, edition), *more_sources),
            boot_image=boot_image,
            partitions=tuple(esp.guid for esp in esps if esp.guid),
        ),
        selection=Selection(
            selected=tuple(Selected(v, (Reason.NEWEST,)) for v in (*boot, *selected)),
            boot=boot,
            default=pin or next(iter(boot), None),
            pin=pin,
            next_boot_pin=None,
            problems=(),
        ),
        spare=spare,
        cmdline=cmdline,
        secure_boot=secure_boot,
        entries=entries,
        adding=adding,
    )


def carried_out(esp: EspFact, steps: Iterable[EspStep]) -> EspFact:
    """The ESP after the steps."""
    for step in steps:
        esp = list(moments(esp, step))[-1]
    return esp


def moments(esp: EspFact, step: EspStep) -> Iterator[EspFact]:
    """What a power cut may find of a step: every name changes on its own."""
    match step:
        case PutFiles(files=files):
            assert sum(map(_clusters, files)) * CLUSTER <= esp.free_bytes, "it ran out of room"
            for file in files:
                esp = _with(esp, file)
                yield esp
        case RemoveFiles(paths=paths):
            for path in paths:
                esp = _without(esp, path)
                yield esp
        case _:
            yield esp.model_copy(update={"unclean": False})


def bootable(esp: EspFact) -> set[str]:
    """The kernels that a menu names and that are there with what the menu names."""
    there = {fat_name(file.path) for file in esp.files if file.size_bytes}
    return {
        version
        for version, linux, initrd in _menu(esp)
        if {fat_name(linux), fat_name(initrd)} <= there
    }


def summaries(lane: Lane) -> list[str]:
    """The steps of a lane in words."""
    return [f"{step.stage}: {step.summary}" for step in lane.steps]


def _menu(esp: EspFact) -> Iterator[tuple[str, str, str]]:
    """The entries of GRUB's menu."""
    checksum = next((f.sha256 for f in esp.files if f.path == "grub/grub.cfg"), None)
    text = _TEXTS.get(checksum or "", "")
    for match in re.finditer(r"linux /(\S+) .*\n  initrd /(\S+)", text):
        yield match[1].partition("vmlinuz-")[2], match[1], match[2]


def _with(esp: EspFact, file: PutFile) -> EspFact:
    esp = _without(esp, file.path)
    new = EspFile(path=file.path, size_bytes=file.size_bytes, sha256=file.sha256)
    changes: dict[str, object] = {
        "files": (*esp.files, new),
        "free_bytes": esp.free_bytes - _clusters(file) * CLUSTER,
    }
    if file.content is not None:
        _TEXTS[file.sha256] = file.content
        changes |= {"loader_conf": file.content} if file.path == LOADER_CONF else {}
    return esp.model_copy(update=changes)


def _without(esp: EspFact, path: str) -> EspFact:
    gone = [file for file in esp.files if fat_name(file.path) == fat_name(path)]
    free = esp.free_bytes + sum(map(_clusters, gone)) * CLUSTER
    files = tuple(file for file in esp.files if file not in gone)
    return esp.model_copy(update={"files": files, "free_bytes": free})


def _clusters(file: EspFile | PutFile) -> int:
    return -(-file.size_bytes // CLUSTER)
