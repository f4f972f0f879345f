"""What one ESP should hold, file by file, and which kernels are on it now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bedplate.model.esp import (
    BIOS_GRUB_SOURCES,
    TEMPORARY,
    EspFact,
    LoaderKind,
    SourceFile,
    fat_name,
)
from bedplate.model.esp_sync import PutFile
from bedplate.model.kernels import KERNEL_VERSION
from bedplate.model.step import EspCopy, EspText
from bedplate.plan.bios_boot import bios_faults
from bedplate.plan.esp_content import OWN_LOADERS, REMOVABLE, EspShape, kernel_copies, plan_content

_VERSION = rf"(?P<version>{KERNEL_VERSION.pattern})"
_ENTRY = re.compile(rf"loader/entries/proxmox-{_VERSION}\.conf", re.IGNORECASE)
_BIOS_FOLDER = "grub/i386-pc"

Checksums: TypeAlias = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class KernelOnEsp:
    """A kernel and its initramfs on an ESP, or one of the two.

    The original's GRUB ESPs have them at the top, all others in a folder, where they are `ours`.
    """

    version: str
    linux: str
    initrd: str
    paths: tuple[str, ...]
    is_whole: bool

    @property
    def ours(self) -> bool:
        """Whether menus of this program can start it."""
        return "/" in self.linux


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an ESP should hold: files by kernel (the first comes first), loaders, and menus."""

    kernels: Mapping[str, tuple[PutFile, ...]]
    loaders: tuple[PutFile, ...]
    menus: tuple[PutFile, ...]

    def paths(self) -> frozenset[str]:
        """Every path, as FAT compares them."""
        files = (*self.loaders, *self.menus, *(f for two in self.kernels.values() for f in two))
        return frozenset(fat_name(file.path) for file in files)


def wanted_of(shape: EspShape, sources: Mapping[str, SourceFile]) -> Wanted:
    """The files that an ESP should hold; those whose source the host lacks are left out."""
    content = plan_content(shape)
    of_kernels = {kernel: kernel_copies(kernel) for kernel in shape.kernels}
    loaders = [copy for copy in content.copies if not copy.source.startswith("/boot/")]
    return Wanted(
        kernels={kernel: tuple(_copies(two, sources)) for kernel, two in of_kernels.items()},
        loaders=tuple(_copies(loaders, sources)),
        menus=tuple(planned_text(text) for text in content.texts),
    )


def checksums_on(esp: EspFact) -> Checksums:
    """The checksums of the files of an ESP, by their paths as FAT compares them."""
    return {fat_name(file.path): file.sha256 for file in esp.files}


def differing(there: Checksums, files: Iterable[PutFile]) -> tuple[PutFile, ...]:
    """Those of the files that are not there as they should be."""
    return tuple(file for file in files if there.get(fat_name(file.path)) != file.sha256)


def kernels_on(esp: EspFact) -> tuple[KernelOnEsp, ...]:
    """Every kernel on an ESP, wherever this program or the original put it."""
    sizes = {fat_name(file.path): file for file in esp.files}
    found: list[KernelOnEsp] = []
    for folder, version in dict.fromkeys(_kernel_places(esp)):
        names = (f"{folder}vmlinuz-{version}", f"{folder}initrd.img-{version}")
        files = [sizes[fat_name(name)] for name in names if fat_name(name) in sizes]
        found.append(
            KernelOnEsp(
                version=version,
                linux=names[0],
                initrd=names[1],
                paths=tuple(file.path for file in files),
                is_whole=len(files) == len(names) and all(file.size_bytes for file in files),
            )
        )
    return tuple(found)


def entries_on(esp: EspFact) -> dict[str, str]:
    """The loader entries of kernels on an ESP: their paths, by version."""
    matches = ((file.path, _ENTRY.fullmatch(file.path)) for file in esp.files)
    return {match["version"]: path for path, match in matches if match}


def leftovers_on(esp: EspFact) -> tuple[str, ...]:
    """Files that a run which was broken off had not finished."""
    return tuple(file.path for file in esp.files if file.path.endswith(TEMPORARY))


def loaders_on(esp: EspFact) -> tuple[LoaderKind, ...]:
    """The loaders for UEFI that an ESP has at a place of their own."""
    there = checksums_on(esp)
    return tuple(kind for kind, path in OWN_LOADERS.items() if fat_name(path) in there)


def has_removable_loader(esp: EspFact) -> bool:
    """Whether firmware finds a loader where it looks when it has no boot entries."""
    return fat_name(f"{REMOVABLE}/BOOTX64.EFI") in checksums_on(esp)


def has_shim(esp: EspFact) -> bool:
    """Whether shim starts the GRUB of this ESP."""
    return any(path.endswith("/shimx64.efi") for path in checksums_on(esp))


def lacks_bios_grub(
    esp: EspFact, sources: Mapping[str, SourceFile], boot_image: str | None
) -> bool:
    """Whether GRUB for BIOS has to be installed: on the disk, or with the package's modules."""
    modules = [source for source in sources.values() if _is_bios_module(source)]
    if esp.bios_boot_sector is None or not modules:
        return False
    present = checksums_on(esp)
    wanted = {f"{_BIOS_FOLDER}/{source.path.rsplit('/')[-1]}": source for source in modules}
    return any(bios_faults(esp, boot_image)) or any(
        present.get(fat_name(path)) != source.sha256 for path, source in wanted.items()
    )


def has_bios_grub(esp: EspFact) -> bool:
    """Whether GRUB for BIOS reads this ESP."""
    return esp.core_image is not None


def _kernel_places(esp: EspFact) -> Iterator[tuple[str, str]]:
    """Folder and version of every kernel or initramfs whose name tells that it is one."""
    for file in esp.files:
        folder, _, name = file.path.rpartition("/")
        kind, _, version = name.partition("-")
        if kind.casefold() not in ("vmlinuz", "initrd.img"):
            continue
        if not KERNEL_VERSION.fullmatch(version):
            continue
        if fat_name(folder) in ("", fat_name(f"EFI/proxmox/{version}")):
            yield (f"{folder}/" if folder else ""), version


def _copies(copies: Iterable[EspCopy], sources: Mapping[str, SourceFile]) -> Iterator[PutFile]:
    for copy in copies:
        if (source := sources.get(copy.source)) is not None:
            yield PutFile(
                path=copy.path,
                size_bytes=source.size_bytes,
                sha256=source.sha256,
                source=copy.source,
                mtime_ns=source.mtime_ns,
            )


def planned_text(text: EspText) -> PutFile:
    """A text as a file to be written."""
    data = text.content.encode()
    return PutFile(
        path=text.path,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        content=text.content,
    )


def _is_bios_module(source: SourceFile) -> bool:
    return source.path.startswith(f"{BIOS_GRUB_SOURCES}/")
