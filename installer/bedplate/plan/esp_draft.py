"""The steps for one ESP in an order that never leaves it unbootable, for kernels that were chosen.

What comes before what: room, kernels, loaders, menus; then what no menu names any more. One kernel
that is whole stays until others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from debian.debian_support import Version

from bedplate.model.esp import EspFact, SourceFile, fat_name
from bedplate.model.esp_sync import EspStep, PutFile, PutFiles, RemoveFiles, Stage
from bedplate.plan.esp_content import EspShape, grub_menu, kernel_copies
from bedplate.plan.esp_wanted import (
    Checksums,
    KernelOnEsp,
    Wanted,
    checksums_on,
    differing,
    entries_on,
    kernels_on,
    leftovers_on,
    planned_text,
    wanted_of,
)
from bedplate.plan.kernel_packages import age_key, newest_first
from bedplate.render.boot import MenuKernel
from bedplate.units import human


@dataclass(frozen=True, slots=True)
class LaneInput:
    """What a lane follows from.

    `shape.kernels` are those that the host has and wants booted; `selected` includes those that it
    lacks, which stay where they are. `boot_image` is the checksum of the host's GRUB boot image for
    BIOS. `spare` may be left out, in this order. `keeps_loaders` leaves loaders as they are, and
    adds none.
    """

    esp: EspFact
    shape: EspShape
    sources: Mapping[str, SourceFile]
    boot_image: str | None = None
    spare: tuple[str, ...] = ()
    selected: frozenset[str] = frozenset()
    keeps_loaders: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An ESP and what it is to hold, with kernels that were chosen to fit."""

    given: LaneInput
    shape: EspShape
    wanted: Wanted
    present: tuple[KernelOnEsp, ...]

    @classmethod
    def of(cls, given: LaneInput, kernels: tuple[str, ...]) -> Draft:
        shape = replace(given.shape, kernels=kernels)
        return cls(given, shape, wanted_of(shape, given.sources), kernels_on(given.esp))

    def choices(self) -> Iterator[tuple[KernelOnEsp, ...]]:
        """Kernels that may go before others come, fewer before more; one that is whole stays.

        Best that one which is as it should be, for nobody knows whether another would start.
        """
        yield ()
        whole = [kernel for kernel in self.present if kernel.is_whole]
        keepers: list[KernelOnEsp | None] = [*sorted(whole, key=self._worth, reverse=True)]
        for keeper in keepers or [None]:
            going = [kernel for kernel in self._may_go() if kernel is not keeper]
            yield from (tuple(going[: count + 1]) for count in range(len(going)))

    def _may_go(self) -> list[KernelOnEsp]:
        """What nobody wants any more, the oldest first, and then what may be missed."""
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
        return [*stale, *spare]

    def steps(self, victims: tuple[KernelOnEsp, ...], *, spares_menu: bool) -> Iterator[EspStep]:
        """The steps, if `victims` go first.

        With `spares_menu` GRUB's menu names them until the new one is there: on an ESP that is full
        to the last cluster an entry that leads nowhere is the lesser evil.
        """
        there = checksums_on(self.given.esp)
        for step in self._make_room(victims, spares_menu=spares_menu):
            match step:
                case PutFiles(files=files):
                    there |= {fat_name(file.path): file.sha256 for file in files}
                case RemoveFiles(paths=paths):
                    there = {k: v for k, v in there.items() if k not in set(map(fat_name, paths))}
            yield step
        yield from self._put(there)
        yield from self._clean_up(there)

    def _make_room(
        self, victims: tuple[KernelOnEsp, ...], *, spares_menu: bool
    ) -> list[PutFiles | RemoveFiles]:
        """Take kernels out of every menu, then off the ESP."""
        steps: list[PutFiles | RemoveFiles] = []

        def remove(summary: str, paths: tuple[str, ...]) -> None:
            if paths:
                steps.append(RemoveFiles(stage=Stage.ROOM, summary=summary, paths=paths))

        names = ", ".join(dict.fromkeys(kernel.version for kernel in victims))
        going = {kernel.version for kernel in victims if kernel.ours}
        entries = entries_on(self.given.esp)
        remove("Remove what a broken run left behind", leftovers_on(self.given.esp))
        remove(
            f"Take {names} out of the menu of systemd-boot",
            tuple(entries[version] for version in sorted(going & entries.keys())),
        )
        if not spares_menu and (menu := self._shorter_menu(victims)) is not None:
            summary = f"Take {names} out of the menu of GRUB"
            steps.append(PutFiles(stage=Stage.ROOM, summary=summary, files=(menu,)))
        paths = tuple(path for kernel in victims for path in kernel.paths)
        remove(f"Remove {names} to make room", paths)
        return steps

    def _shorter_menu(self, victims: tuple[KernelOnEsp, ...]) -> PutFile | None:
        """GRUB's menu without kernels that are about to go."""
        staying = [k for k in self.present if k.is_whole and k not in victims]
        if not victims or not staying:
            return None
        menu = planned_text(grub_menu(self.shape, _menu_of(staying)))
        return next(iter(differing(checksums_on(self.given.esp), [menu])), None)

    def _put(self, there: Checksums) -> Iterator[EspStep]:
        for version, two in self.wanted.kernels.items():
            if files := differing(there, two):
                summary = f"Write the kernel {version} ({_size(files)})"
                yield PutFiles(stage=Stage.KERNELS, summary=summary, files=files)
        loaders = () if self.given.keeps_loaders else self.wanted.loaders
        if files := differing(there, loaders):
            summary = f"Write loaders for UEFI: {_names(files)}"
            yield PutFiles(stage=Stage.LOADERS, summary=summary, files=files)
        if files := differing(there, self.wanted.menus):
            summary = f"Write menus: {_names(files)}"
            yield PutFiles(stage=Stage.MENUS, summary=summary, files=files)

    def _clean_up(self, there: Checksums) -> Iterator[EspStep]:
        """Remove what no menu names any more, that of the menus first."""
        kept = {fat_name(p) for k in self.present if self._is_wanted(k) for p in k.paths}
        kept |= self.wanted.paths()
        entries = entries_on(self.given.esp).values()
        files = [path for kernel in self.present for path in kernel.paths]
        for stage, what, paths in (
            (Stage.STALE_ENTRIES, "entries of old kernels", entries),
            (Stage.STALE_FILES, "old kernels", files),
        ):
            stale = tuple(p for p in paths if fat_name(p) in there and fat_name(p) not in kept)
            if stale:
                yield RemoveFiles(
                    stage=stage, summary=f"Remove {what}: {_names(stale)}", paths=stale
                )

    def _is_wanted(self, kernel: KernelOnEsp) -> bool:
        return kernel.ours and kernel.version in self.shape.kernels

    def _worth(self, kernel: KernelOnEsp) -> tuple[bool, bool, tuple[Version, str]]:
        """How much speaks for the one that stays: as it should be, wanted, the newest."""
        copies = (c for c in kernel_copies(kernel.version) if c.source in self.given.sources)
        right = {fat_name(copy.path): self.given.sources[copy.source].sha256 for copy in copies}
        is_right = (
            bool(right) and kernel.ours and right.items() <= checksums_on(self.given.esp).items()
        )
        return (is_right, self._is_wanted(kernel), age_key(kernel.version))


def _menu_of(kernels: Iterable[KernelOnEsp]) -> list[MenuKernel]:
    """The newest first; of one that is there twice, that of this program."""
    best = {k.version: k for k in sorted(kernels, key=lambda kernel: kernel.ours)}
    return [MenuKernel(v, best[v].linux, best[v].initrd) for v in newest_first(best)]


def _names(things: Iterable[PutFile | str]) -> str:
    return ", ".join(thing if isinstance(thing, str) else thing.path for thing in things)


def _size(files: Iterable[PutFile]) -> str:
    return human(sum(file.size_bytes for file in files))
