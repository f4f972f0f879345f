"""Would this host start from each of its boot disks alone, under each firmware?

The answer follows from what a sync would have to do to the disk's ESP, from GRUB's images outside
of it, and from the firmware's entries. A pure function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bedplate.errors import Problem
from bedplate.model.boot_files import GRUB_MENU
from bedplate.model.diagnosis import BootDisk, Diagnosis, Verdict
from bedplate.model.esp import EspFact, EspFacts, fat_name
from bedplate.model.esp_sync import Lane, MendFat, PutFile, PutFiles, RemoveFiles, SyncPlan
from bedplate.model.facts import DiskFact, FirmwareKind, PoolFact, VolumeGroupFact
from bedplate.model.first_boot import FirstBootOutcome
from bedplate.model.known_disk import KnownDisk
from bedplate.model.nvram import NvramPlan
from bedplate.model.root_grub import RootGrub
from bedplate.model.smart import SmartFact
from bedplate.model.store import MemberState, StoreFact
from bedplate.model.trial import BootTrial
from bedplate.plan.belongings import device_names
from bedplate.plan.bios_boot import bios_faults
from bedplate.plan.disk_health import failure_of, short_name
from bedplate.plan.first_boot import note_outcome, refuse_outcome
from bedplate.plan.lost import LostDisk, lost_disks, members_on
from bedplate.plan.root_grub import grub_disks, grub_faults
from bedplate.units import human

_SYNC = "`bedplate esp sync` mends it"
# What only one of the firmwares reads; kernels are read under both.
_BIOS_ONLY = re.compile(r"grub/i386-pc/", re.IGNORECASE)
_UEFI_ONLY = re.compile(r"loader/|EFI/(?!proxmox/[0-9])", re.IGNORECASE)
_BOTH = tuple(FirmwareKind)


@dataclass(frozen=True, slots=True)
class DoctorInput:
    """All that a diagnosis follows from: what there is, and what a sync would do about it.

    `known` are the boot disks that the host was given, `smart` is what disks say of themselves, as
    far as they were asked, `trials` the starts that were tried, see `starts_to_try`. `grub` is
    there where GRUB for BIOS reads the root file system, and no ESP is kept in sync.
    """

    pools: tuple[PoolFact, ...]
    volume_groups: tuple[VolumeGroupFact, ...]
    esps: EspFacts
    sync: SyncPlan
    stores: tuple[StoreFact, ...] = ()
    disks: tuple[DiskFact, ...] = ()
    known: tuple[KnownDisk, ...] = ()
    smart: tuple[SmartFact, ...] = ()
    trials: tuple[BootTrial, ...] = ()
    grub: RootGrub | None = None
    first_boot: FirstBootOutcome | None = None


@dataclass(frozen=True, slots=True)
class _Finding:
    """Something that is wrong, and the firmwares under which it matters."""

    problem: Problem
    firmwares: tuple[FirmwareKind, ...] = _BOTH
    is_fault: bool = True


def diagnose(given: DoctorInput) -> Diagnosis:
    """The verdict on each boot disk, and what is wrong with the host."""
    ours = _ours(given.esps)
    places = {esp.describe() for esp in ours}
    disks = (*(_boot_disk(esp, given) for esp in ours), *_grub_disks(given))
    return Diagnosis(
        disks=disks,
        problems=(
            *(problem for problem in given.sync.problems if problem.where not in places),
            *(_grub(given.grub, disks) if given.grub is not None else ()),
            *_storage(given),
            *_stale_entries(given.sync.nvram),
            *refuse_outcome(given.first_boot),
        ),
        notes=note_outcome(given.first_boot),
    )


def starts_to_try(esps: EspFacts) -> tuple[tuple[EspFact, FirmwareKind], ...]:
    """Every boot disk, by its ESP, with every firmware that could start it."""
    return tuple((esp, firmware) for esp in _ours(esps) for firmware in _firmwares(esp))


def _ours(esps: EspFacts) -> tuple[EspFact, ...]:
    return tuple(esp for esp in esps.esps if esp.fat_id in esps.listed_ids)


def _boot_disk(esp: EspFact, given: DoctorInput) -> BootDisk:
    trials = [trial for trial in given.trials if trial.disk == esp.disk]
    findings = (
        *_esp(esp, given),
        *_bios(esp, given),
        *_entry(esp, given.sync.nvram),
        *(_Finding(_stuck(esp, t), (t.firmware,)) for t in trials if t.kernel is None),
    )
    started = {trial.firmware: trial.kernel for trial in trials}
    lane = _lane_of(esp, given.sync)
    return BootDisk(
        disk=esp.disk,
        title=esp.title,
        esp=esp.path,
        esp_in_sync=lane is not None and lane.is_in_sync,
        esp_free_bytes=esp.free_bytes if esp.unreadable is None else None,
        verdicts=tuple(
            _verdict(firmware, findings, started.get(firmware)) for firmware in _firmwares(esp)
        ),
    )


def _grub_disks(given: DoctorInput) -> Iterator[BootDisk]:
    """Boot disks of a host whose GRUB reads the root: what UEFI would do, nobody can say."""
    if given.grub is not None:
        for disk in grub_disks(given.grub, given.disks, given.stores):
            faults = tuple(grub_faults(disk, given.grub))
            verdict = Verdict(firmware=FirmwareKind.BIOS, faults=faults)
            yield BootDisk(disk=disk.id, title=disk.describe(), verdicts=(verdict,))


def _grub(grub: RootGrub, disks: tuple[BootDisk, ...]) -> Iterator[Problem]:
    """What no disk of such a host can do without."""
    if not disks:
        message = "has GRUB for BIOS in /boot/grub, and no disk has it, or a place for it"
        yield Problem("no-boot-disk", "this host", message, "`grub-install DISK` puts it there")
    if not grub.has_menu:
        message = "is not there: GRUB has no menu, and starts no kernel by itself"
        yield Problem("no-menu", GRUB_MENU, message, "`update-grub` makes it")


def _firmwares(esp: EspFact) -> tuple[FirmwareKind, ...]:
    """BIOS knows no sectors but those of 512 bytes."""
    return _BOTH if esp.sector_size == 512 else (FirmwareKind.UEFI,)


def _stuck(esp: EspFact, trial: BootTrial) -> Problem:
    said = f"; the last that was said: {trial.obstacle}" if trial.obstacle else ""
    message = f"was started alone, and no kernel came up{said}"
    return Problem("does-not-start", esp.title, message, _SYNC)


def _verdict(
    firmware: FirmwareKind, findings: tuple[_Finding, ...], started: str | None
) -> Verdict:
    here = [finding for finding in findings if firmware in finding.firmwares]
    return Verdict(
        firmware=firmware,
        started=started,
        faults=tuple(finding.problem for finding in here if finding.is_fault),
        warnings=tuple(finding.problem for finding in here if not finding.is_fault),
    )


def _esp(esp: EspFact, given: DoctorInput) -> Iterator[_Finding]:
    """What a sync would do to the ESP, or why it could not."""
    for problem in given.sync.problems:
        if problem.where == esp.describe():
            yield _Finding(problem)
    lane = _lane_of(esp, given.sync)
    if lane is None:
        return
    there = {fat_name(file.path) for file in esp.files}
    for step in lane.steps:
        match step:
            case MendFat():
                message = "was not unmounted properly, and its file system may be damaged"
                yield _Finding(Problem("esp-unclean", lane.describe(), message, _SYNC))
            case PutFiles():
                for file in step.files:
                    yield _to_put(file, lane, is_there=fat_name(file.path) in there)
            case RemoveFiles():
                for path in step.paths:
                    message = f"has {path}, which is not wanted any more"
                    problem = Problem("esp-leftover", lane.describe(), message, _SYNC)
                    yield _Finding(problem, is_fault=False)
    for kernel in lane.left_out:
        message = f"has no room for the kernel {kernel}"
        problem = Problem("esp-full", lane.describe(), message, "remove a kernel of the host")
        yield _Finding(problem, is_fault=False)


def _lane_of(esp: EspFact, sync: SyncPlan) -> Lane | None:
    return next((lane for lane in sync.lanes if lane.path == esp.path), None)


def _to_put(file: PutFile, lane: Lane, *, is_there: bool) -> _Finding:
    how = "is not what it should be" if is_there else "is missing"
    code = "esp-file-differs" if is_there else "esp-file-missing"
    return _Finding(
        Problem(code, lane.describe(), f"{file.path} {how}", _SYNC), _readers_of(file.path)
    )


def _readers_of(path: str) -> tuple[FirmwareKind, ...]:
    if _BIOS_ONLY.match(path):
        return (FirmwareKind.BIOS,)
    return (FirmwareKind.UEFI,) if _UEFI_ONLY.match(path) else _BOTH


def _bios(esp: EspFact, given: DoctorInput) -> Iterator[_Finding]:
    """What is wrong with GRUB's images outside of the ESP."""
    if FirmwareKind.BIOS not in _firmwares(esp):
        return
    faults = [*bios_faults(esp, given.esps.boot_image)]
    lane = _lane_of(esp, given.sync)
    if not faults and lane is not None and lane.install_bios_grub:
        faults.append("has modules of GRUB on its ESP that are not those of this host")
    for message in faults:
        yield _Finding(Problem("bios-boot", esp.title, message, _SYNC), (FirmwareKind.BIOS,))


def _entry(esp: EspFact, nvram: NvramPlan) -> Iterator[_Finding]:
    for new in nvram.add:
        if new.entry.partition_guid == esp.guid:
            message = "has no boot entry in the firmware, which has to try the default path"
            problem = Problem("no-boot-entry", esp.title, message, _SYNC)
            yield _Finding(problem, (FirmwareKind.UEFI,), is_fault=False)


def _stale_entries(nvram: NvramPlan) -> Iterator[Problem]:
    for entry in nvram.remove:
        message = f"the firmware's boot entry {entry.label!r} starts nothing of this host any more"
        yield Problem("stale-boot-entry", entry.name, message, _SYNC)


def _storage(given: DoctorInput) -> Iterator[Problem]:
    """What the loaders cannot help: storage that is on fewer disks than it should be."""
    lost = lost_disks(given.stores, given.disks, given.known)
    for disk in lost:
        yield from _lost(disk)
    told = {held.store.name for disk in lost for held in disk.held}
    for pool in given.pools:
        if pool.imported and pool.state != "ONLINE" and pool.name not in told:
            message = f"is {pool.state}: the host may not start without the disks that are left"
            yield Problem("pool-degraded", pool.name, message, f"see `zpool status {pool.name}`")
    for group in given.volume_groups:
        if group.missing_pvs:
            message = f"lacks {group.missing_pvs} of its PVs"
            yield Problem("vg-degraded", group.name, message, f"see `vgs {group.name}` and `pvs`")
    yield from _failing(given, [disk.disk for disk in lost])


def _failing(given: DoctorInput, lost: Sequence[DiskFact | None]) -> Iterator[Problem]:
    """Disks in use that announce their end; what is `lost` is to be replaced in any case."""
    serials = [disk.serial for disk in given.disks]
    boot = {esp.disk for esp in _ours(given.esps)}
    pvs = {path for group in given.volume_groups for path in group.pvs}
    for disk in given.disks:
        failure = failure_of(disk, given.smart)
        if failure is None or disk in lost:
            continue
        if members_on(disk, given.stores):
            name = short_name(disk.serial, disk.id, serials)
            hint = f"while it works, put in another one and run `bedplate disk replace {name} NEW`"
        elif disk.id in boot or pvs & device_names(disk):
            hint = "make a backup now: as far as is known, no other disk has what is on it"
        else:
            continue
        yield Problem("disk-failing", disk.describe(), failure, hint)


def _lost(disk: LostDisk) -> Iterator[Problem]:
    """A disk that is to be replaced, for each store that lacks it, and by what."""
    needed = sum(held.group.needed_bytes or 0 for held in disk.held)
    size = f" of at least {needed} bytes ({human(needed)}) beside its ESP" if needed else ""
    hint = f"put in a disk{size} and run `bedplate disk replace`"
    for held in {held.store.id: held for held in disk.held}.values():
        store = held.store
        if store.kind == "btrfs" and held.member.state is MemberState.FAILED:
            message = f"could not write everything to {disk.title}"
            why = f"see `btrfs device stats`; {hint}, or reset its counters"
            yield Problem("array-errors", store.name, message, why)
        else:
            code = "pool-degraded" if store.kind == "zfs" else "array-degraded"
            how = "goes on without it" if disk.disk is None else "does not use it any more"
            place = f" ({disk.place})" if disk.place is not None else ""
            yield Problem(code, store.name, f"has lost {disk.title}{place}, and {how}", hint)
