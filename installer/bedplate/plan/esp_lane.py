"""What one ESP lacks, and in which order it gets that without ever being unbootable.

Where there is no room for new and old at once, old kernels go first: those that nobody wants any
more, then those that may be missed for a moment, and at last some are left out for good. One
kernel that is whole stays until others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bedplate.errors import Problem
from bedplate.model.esp import EspFact, SourceFile, fat_name
from bedplate.model.esp_sync import EspStep, Lane, MendFat, PutFile, PutFiles, RemoveFiles, Stage
from bedplate.plan.esp_content import EspShape, grub_menu
from bedplate.plan.esp_room import missing_bytes
from bedplate.plan.esp_wanted import (
    KernelOnEsp,
    Wanted,
    differing,
    entries_on,
    kernels_on,
    lacks_bios_grub,
    leftovers_on,
    planned_text,
    wanted_of,
)
from bedplate.plan.kernel_packages import age_key, newest_first
from bedplate.render.boot import MenuKernel
from bedplate.units import MIB, human

# Modules, their copies while they are replaced, a font and messages: measured to be half of it.
BIOS_GRUB_ROOM = 16 * MIB


@dataclass(frozen=True, slots=True)
class LaneInput:
    """What a lane follows from.

    `shape.kernels` are those that the host has and wants booted; `selected` includes those that it
    lacks, which stay where they are. `spare` may be left out, in this order. `keeps_loaders` leaves
    loaders as they are that are there.
    """

    esp: EspFact
    shape: EspShape
    sources: Mapping[str, SourceFile]
    spare: tuple[str, ...] = ()
    selected: frozenset[str] = frozenset()
    keeps_loaders: bool = False
    notes: tuple[str, ...] = ()


def plan_lane(given: LaneInput) -> Lane | Problem:
    """The steps that bring an ESP in sync, or why they cannot be done."""
    esp = given.esp
    if esp.unclean:
        summary = "Mend the file system, which was not unmounted properly"
        return _lane(given, _offered(given, 0), 0, (MendFat(stage=Stage.MEND, summary=summary),))
    bios = lacks_bios_grub(esp, given.sources)
    shortest: int | None = None
    for left_out in range(len(given.spare) + 1):
        draft = _Draft.of(given, _offered(given, left_out))
        for victims in _prefixes(draft.victims()):
            steps = tuple(draft.steps(victims))
            short = missing_bytes(esp, steps, BIOS_GRUB_ROOM if bios else 0)
            if short == 0:
                return _lane(given, draft.shape.kernels, left_out, steps, bios=bios)
            shortest = short if shortest is None else min(short, shortest)
    assert shortest is not None
    return _too_full(given, shortest)


def _offered(given: LaneInput, left_out: int) -> tuple[str, ...]:
    """The kernels of the menus: the host's, and selected ones that are only left on this ESP."""
    wanted = set(given.shape.kernels) - set(given.spare[:left_out])
    found = {kernel.version for kernel in kernels_on(given.esp) if kernel.ours and kernel.is_whole}
    return newest_first(wanted | (found & given.selected - set(given.shape.kernels)))


def _lane(
    given: LaneInput,
    kernels: tuple[str, ...],
    left_out: int,
    steps: tuple[EspStep, ...],
    *,
    bios: bool = False,
) -> Lane:
    esp = given.esp
    assert esp.fat_id is not None, "an ESP is listed by its FAT id"
    return Lane(
        disk=esp.disk,
        title=esp.title,
        path=esp.path,
        number=esp.number,
        fat_id=esp.fat_id,
        kernels=kernels,
        left_out=given.spare[:left_out],
        notes=given.notes,
        steps=steps,
        install_bios_grub=bios,
    )


def _too_full(given: LaneInput, short: int) -> Problem:
    esp = given.esp
    message = (
        f"{human(short)} ({short} bytes) are missing for the kernels and loaders of this host; "
        f"{human(esp.free_bytes)} of {human(esp.size_bytes)} are free, and nothing more may go"
    )
    known = {path for kernel in kernels_on(esp) for path in kernel.paths}
    others = [file for file in esp.files if file.path not in known]
    largest = max(others, key=lambda file: file.size_bytes, default=None)
    hint = "remove a kernel that is selected by hand, or replace the disk by one with a larger ESP"
    if largest is not None and largest.size_bytes > MIB:
        hint += f"; the largest other file is {largest.path} of {human(largest.size_bytes)}"
    return Problem("esp-full", esp.describe(), message, hint)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An ESP and what it is to hold, with kernels that were chosen to fit."""

    given: LaneInput
    shape: EspShape
    wanted: Wanted
    present: tuple[KernelOnEsp, ...]

    @classmethod
    def of(cls, given: LaneInput, kernels: tuple[str, ...]) -> _Draft:
        shape = replace(given.shape, kernels=kernels)
        return cls(given, shape, wanted_of(shape, given.sources), kernels_on(given.esp))

    def victims(self) -> tuple[KernelOnEsp, ...]:
        """The kernels that may go before others come, in this order; one that is whole stays."""
        keeper = max((k for k in self.present if k.is_whole), key=self._worth, default=None)
        stale = sorted(
            (kernel for kernel in self.present if not self._is_wanted(kernel)),
            key=lambda kernel: (kernel.is_whole, age_key(kernel.version)),
        )
        spare = [
            kernel
            for version in self.given.spare
            for kernel in self.present
            if kernel.version == version and self._is_wanted(kernel)
        ]
        return tuple(kernel for kernel in (*stale, *spare) if kernel is not keeper)

    def steps(self, victims: tuple[KernelOnEsp, ...]) -> Iterator[EspStep]:
        """The steps, if `victims` go first."""
        gone = {fat_name(path) for kernel in victims for path in kernel.paths}
        if leftovers := leftovers_on(self.given.esp):
            summary = "Remove what a broken run left behind"
            yield RemoveFiles(stage=Stage.ROOM, summary=summary, paths=leftovers)
        for step in self._make_room(victims) if victims else ():
            # A menu that was shortened is to be written once more in the end.
            gone |= {fat_name(path) for path in _paths(step)}
            yield step
        yield from self._put(gone)
        yield from self._clean_up(gone)

    def _make_room(self, victims: tuple[KernelOnEsp, ...]) -> Iterator[PutFiles | RemoveFiles]:
        """Take kernels out of every menu, then off the ESP."""
        versions = {kernel.version for kernel in victims if kernel.ours}
        names = ", ".join(dict.fromkeys(kernel.version for kernel in victims))
        entries = entries_on(self.given.esp)
        if going := tuple(entries[version] for version in sorted(versions & entries.keys())):
            summary = f"Take {names} out of the menu of systemd-boot"
            yield RemoveFiles(stage=Stage.ROOM, summary=summary, paths=going)
        staying = [k for k in self.present if k.is_whole and k not in victims]
        if staying:
            menu = planned_text(grub_menu(self.shape, _menu_of(staying)))
            if files := differing(self.given.esp, [menu]):
                summary = f"Take {names} out of the menu of GRUB"
                yield PutFiles(stage=Stage.ROOM, summary=summary, files=files)
        paths = tuple(path for kernel in victims for path in kernel.paths)
        yield RemoveFiles(stage=Stage.ROOM, summary=f"Remove {names} to make room", paths=paths)

    def _put(self, gone: set[str]) -> Iterator[EspStep]:
        for version, two in self.wanted.kernels.items():
            if files := self._lacking(two, gone):
                summary = f"Write the kernel {version} ({_size(files)})"
                yield PutFiles(stage=Stage.KERNELS, summary=summary, files=files)
        loaders = self.wanted.loaders
        if self.given.keeps_loaders:
            present = {fat_name(file.path) for file in self.given.esp.files}
            loaders = tuple(file for file in loaders if fat_name(file.path) not in present)
        if files := self._lacking(loaders, gone):
            summary = f"Write loaders for UEFI: {_names(files)}"
            yield PutFiles(stage=Stage.LOADERS, summary=summary, files=files)
        if files := self._lacking(self.wanted.menus, gone):
            summary = f"Write menus: {_names(files)}"
            yield PutFiles(stage=Stage.MENUS, summary=summary, files=files)

    def _clean_up(self, gone: set[str]) -> Iterator[EspStep]:
        """Remove what no menu names any more, that of the menus first."""
        wanted = self.wanted.paths()
        kept = {fat_name(p) for k in self.present if self._is_wanted(k) for p in k.paths}
        entries = [p for p in entries_on(self.given.esp).values() if fat_name(p) not in wanted]
        files = [p for k in self.present for p in k.paths if fat_name(p) not in kept | wanted]
        if stale := tuple(path for path in entries if fat_name(path) not in gone):
            summary = f"Remove entries of old kernels: {_names(stale)}"
            yield RemoveFiles(stage=Stage.STALE_ENTRIES, summary=summary, paths=stale)
        if stale := tuple(path for path in files if fat_name(path) not in gone):
            summary = f"Remove old kernels: {_names(stale)}"
            yield RemoveFiles(stage=Stage.STALE_FILES, summary=summary, paths=stale)

    def _lacking(self, files: Iterable[PutFile], gone: set[str]) -> tuple[PutFile, ...]:
        files = tuple(files)
        lacking = {file.path for file in differing(self.given.esp, files)}
        return tuple(f for f in files if f.path in lacking or fat_name(f.path) in gone)

    def _is_wanted(self, kernel: KernelOnEsp) -> bool:
        return kernel.ours and kernel.version in self.shape.kernels

    def _worth(self, kernel: KernelOnEsp) -> tuple[bool, ...]:
        """How much speaks for the kernel that stays: it is as it should be, wanted, the default."""
        wanted = self._is_wanted(kernel)
        files = self.wanted.kernels.get(kernel.version, ())
        is_right = wanted and not differing(self.given.esp, files)
        first = self.shape.default or next(iter(self.shape.kernels), None)
        newest = max(age_key(k.version) for k in self.present if k.is_whole)
        return (is_right, wanted, kernel.version == first, age_key(kernel.version) == newest)


def _menu_of(kernels: Iterable[KernelOnEsp]) -> list[MenuKernel]:
    """The newest first; of one that is there twice, that of this program."""
    best = {k.version: k for k in sorted(kernels, key=lambda kernel: kernel.ours)}
    return [MenuKernel(v, best[v].linux, best[v].initrd) for v in newest_first(best)]


def _paths(step: PutFiles | RemoveFiles) -> tuple[str, ...]:
    return step.paths if isinstance(step, RemoveFiles) else tuple(f.path for f in step.files)


def _prefixes(victims: tuple[KernelOnEsp, ...]) -> Iterator[tuple[KernelOnEsp, ...]]:
    for count in range(len(victims) + 1):
        yield victims[:count]


def _names(things: Iterable[PutFile | str]) -> str:
    return ", ".join(thing if isinstance(thing, str) else thing.path for thing in things)


def _size(files: Iterable[PutFile]) -> str:
    return human(sum(file.size_bytes for file in files))
