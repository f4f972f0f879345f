"""How a host comes to start from a new disk: what starts it from the disks that are like it.

Found out, never asked for. Where kernels are kept on listed ESPs, the new disk gets one more. Where
GRUB for BIOS reads the root file system, it is installed once the disk has the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from bedplate.errors import Problem
from bedplate.model.disk_change import DiskStep, MatchBiosGrub, SetInstallDevices
from bedplate.model.esp import EspFacts
from bedplate.model.facts import DiskFact, Facts, FirmwareKind
from bedplate.model.fat import SECTOR_BYTES
from bedplate.model.gpt import BIOS_BOOT_TYPE, ESP_TYPE
from bedplate.model.plan import DiskPlan, Role
from bedplate.model.root_grub import RootGrub
from bedplate.model.step import InstallBiosGrub, Phase
from bedplate.model.store import StoreFact
from bedplate.plan.belongings import device_names
from bedplate.plan.root_grub import grub_disks, starts_by_grub, unreadable

_ADOPT = "`bedplate esp adopt` first: its kernels are kept on ESPs then, and a new disk gets one"
_NO_ESP = (
    "`bedplate esp format PARTITION` and `bedplate esp init PARTITION` first, for the ESP of a "
    "disk that stays: its kernels are kept there then, and a new disk gets an ESP like it"
)


class Start(Enum):
    """What a new disk needs for the host to start from it."""

    LISTED = "an ESP that is kept in sync"
    ROOT = "GRUB for BIOS, which reads the root file system"
    UNKEPT = "an ESP or a GRUB that nobody looks after"
    NONE = "nothing: its like do not start the host either"


@dataclass(frozen=True, slots=True)
class Starting:
    """All that it follows from. `sibling` is the disk that the new one is to be like.

    `grub` is there where GRUB for BIOS may read the root file system, `devices` are the disks that
    an upgrade of Debian's GRUB installs it on.
    """

    facts: Facts
    stores: tuple[StoreFact, ...]
    esps: EspFacts
    sibling: DiskFact
    grub: RootGrub | None = None
    devices: tuple[str, ...] = ()

    @property
    def how(self) -> Start:
        """What starts the host from disks like the sibling."""
        types = {part.type_guid for part in self.sibling.partitions}
        has_grub = self.grub is not None and starts_by_grub(self.sibling, self.grub)
        if self.esps.listed is not None:
            return Start.LISTED
        if self.grub is not None and self._is_bios and (has_grub or BIOS_BOOT_TYPE in types):
            return Start.ROOT
        return Start.UNKEPT if types & {ESP_TYPE, BIOS_BOOT_TYPE} else Start.NONE

    def problems(self, new: DiskFact, table: DiskPlan | None) -> Iterator[Problem]:
        """Why the host could not be started from the new disk, with this table."""
        match self.how:
            case Start.ROOT:
                yield from self._grub_problems(new, table)
            case Start.UNKEPT if not self._is_bios and self._has_esp:
                message = "is started from an ESP that nobody keeps: a new disk could not start it"
                hint = _ADOPT if any(esp.fat_id for esp in self.esps.esps) else _NO_ESP
                yield Problem("esp-not-kept", "this host", message, hint)

    def remarks(self, stores: Iterable[str]) -> Iterator[str]:
        """What an operator should know beforehand; `stores` are the names of what is joined."""
        match self.how:
            case Start.ROOT:
                yield (
                    f"GRUB reads {' and '.join(stores)} itself on this host: the new disk starts "
                    "it once it has all the data, and not before."
                )
            case Start.UNKEPT:
                yield (
                    "Nobody keeps the ESPs of this host in sync, and GRUB does not read its root: "
                    "the new disk does not start it. See `bedplate esp adopt`."
                )

    def steps(self, new: DiskPlan, leaving: DiskFact | None = None) -> Iterator[DiskStep]:
        """What is done once the data is there; `leaving` is the disk that goes."""
        how = self.how
        if how is Start.ROOT:
            yield from self._install(new, leaving)
        if self.devices and how in (Start.ROOT, Start.LISTED):
            wanted = (*self._devices_that_stay(leaving), _link(new.id))
            yield SetInstallDevices(
                id="set-install-devices",
                phase=Phase.FINISH,
                summary=f"Have upgrades of GRUB install it on {new.path} too",
                devices=tuple(dict.fromkeys(wanted)),
            )

    @property
    def _is_bios(self) -> bool:
        return self.facts.firmware.kind is FirmwareKind.BIOS

    @property
    def _has_esp(self) -> bool:
        return any(part.type_guid == ESP_TYPE for part in self.sibling.partitions)

    def _grub_problems(self, new: DiskFact, table: DiskPlan | None) -> Iterator[Problem]:
        assert self.grub is not None, "it reads the root"
        if new.sector_size != SECTOR_BYTES:
            message = f"{new.describe()} has sectors of {new.sector_size} bytes, and no BIOS starts"
            hint = "take a disk with sectors of 512 bytes"
            yield Problem("bios-sector-size", new.id, f"{message} from those", hint)
        elif table is not None and table.by_role(Role.BIOS_BOOT) is None:
            message = f"leaves no number for a BIOS boot partition on {new.describe()}"
            hint = "partition 1 of its siblings has data: keep the kernels on ESPs instead"
            yield Problem("no-bios-boot", self.sibling.describe(), message, hint)
        if "grub-install" in self.facts.missing_tools or self.esps.boot_image is None:
            message = "is not installed, and is what starts this host from its disks"
            yield Problem("grub-missing", "GRUB for BIOS", message, "`apt install grub-pc-bin`")
        elif self.grub.unreadable is not None:
            yield unreadable(self.grub.unreadable, "this host")

    def _install(self, new: DiskPlan, leaving: DiskFact | None) -> Iterator[DiskStep]:
        assert self.grub is not None, "it reads the root"
        place = new.by_role(Role.BIOS_BOOT)
        assert place is not None, "without it there is no plan"
        yield InstallBiosGrub(
            id=f"install-bios-grub:{new.id}",
            phase=Phase.FINISH,
            summary=f"Install GRUB for BIOS on {new.path}, which starts the host from then on",
            disk=new.id,
            partition_guid=place.guid,
            reads="root",
        )
        gone = {new.id, leaving.id if leaving is not None else None}
        there = grub_disks(self.grub, self.facts.disks, self.stores)
        others = [disk for disk in there if disk.id not in gone]
        if others:
            paths = ", ".join(disk.path for disk in others)
            yield MatchBiosGrub(
                id="match-bios-grub",
                phase=Phase.FINISH,
                summary=f"See that GRUB on {paths} is the same, or install it there too",
                disks=tuple(disk.id for disk in others),
            )

    def _devices_that_stay(self, leaving: DiskFact | None) -> Iterator[str]:
        """Those that are there: a device that is not has an upgrade of GRUB stop and ask."""
        gone = leaving.path if leaving is not None else None
        names = (device_names(disk) for disk in self.facts.disks if disk.path != gone)
        there = frozenset[str]().union(*names)
        yield from (device for device in self.devices if device in there)


def _link(disk: str) -> str:
    """What stands for a disk by its stable id, for other programs."""
    return disk if disk.startswith("/") else f"/dev/disk/by-id/{disk}"
