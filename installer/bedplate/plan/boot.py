"""How the host will start: kernel command line, loaders, and what each ESP holds.

Every disk gets a loader for both kinds of firmware, whatever the installing machine was started
with: a disk that moves to another machine, or a firmware that is switched, must not end a host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from bedplate.model.esp import LoaderKind
from bedplate.model.facts import FirmwareKind
from bedplate.model.plan import (
    Boot,
    BtrfsStorage,
    DiskPlan,
    Loader,
    LvmStorage,
    Role,
    Storage,
    ZfsStorage,
)
from bedplate.plan.esp_content import EspContent, EspShape, firmware_path, plan_content, signed_grub
from bedplate.render import boot as render
from bedplate.render.boot import SerialConsole

_OF_ITS_ROOT = {
    "BOOT_IMAGE",
    "boot",
    "init",
    "initrd",
    "ramdisk_size",
    "rdinit",
    "ro",
    "root",
    "rw",
}
_OF_THE_SCREEN = {"quiet", "splash", "vga"}
_OF_THE_ORIGINAL = {"ext4", "xfs", "hdsize", "swapsize", "maxroot", "minfree", "maxvz"}
_OF_LIVE_BOOT = {
    *("components", "nocomponents", "config", "noconfig", "persistence", "nopersistence", "toram"),
    *("fetch", "findiso", "union", "todisk", "ignore_uuid", "noeject", "noprompt", "ip"),
    *("username", "hostname", "user-fullname", "locales", "timezone", "nottyautologin"),
    *("keyboard-model", "keyboard-layouts", "keyboard-variants", "keyboard-options", "---"),
}
# What bedplate's own live system starts with, beside the above: see images/live.toml.
_OF_OUR_LIVE_SYSTEM = {"loglevel", "lsm", "nofstab", "nonetworking", "ssh"}
_LIVE_ONLY = _OF_ITS_ROOT | _OF_THE_SCREEN | _OF_THE_ORIGINAL | _OF_LIVE_BOOT | _OF_OUR_LIVE_SYSTEM
_LIVE_PREFIXES = ("prox", "live-", "persistence-", "systemd.", "bedplate", "rd.")
# What can stand in GRUB's menu, a shell file and a loader entry without meaning something there.
PLAIN_ARGUMENT = re.compile(r"[A-Za-z0-9_.,:=/@%+-]+")
_SERIAL = re.compile(r"console=ttyS(\d+)(?:,(\d+).*)?")
_SERIAL_DEFAULT_SPEED = 9600


@dataclass(frozen=True, slots=True)
class KernelArguments:
    """Arguments of the running kernel that the new host keeps, and what could not be kept."""

    kept: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def serial(self) -> SerialConsole | None:
        """The serial console that boot loaders should use too: the last one given."""
        return serial_console(self.kept)


def keep_arguments(running: tuple[str, ...]) -> KernelArguments:
    """The arguments of the installer's kernel that describe the machine, not the installer."""
    words = [word for word in running if not _is_live_only(word)]
    return KernelArguments(
        tuple(word for word in words if PLAIN_ARGUMENT.fullmatch(word)),
        tuple(
            f"The kernel argument {word!r} is not kept: it has characters that boot loaders "
            "take for their own."
            for word in words
            if not PLAIN_ARGUMENT.fullmatch(word)
        ),
    )


def serial_console(words: Iterable[str]) -> SerialConsole | None:
    """The serial console that a kernel is told to use, by the last of its arguments about one."""
    found = [match for word in words if (match := _SERIAL.fullmatch(word))]
    if not found:
        return None
    return SerialConsole(int(found[-1][1]), int(found[-1][2] or _SERIAL_DEFAULT_SPEED))


def plan_boot(
    kernel: str,
    disks: tuple[DiskPlan, ...],
    storage: Storage,
    arguments: KernelArguments,
    *,
    secure_boot: bool = False,
) -> Boot:
    """Loaders of all disks and the kernel command line.

    With `secure_boot`, UEFI starts shim and Debian's signed GRUB, whatever the storage.
    """
    with_grub = secure_boot or isinstance(storage, LvmStorage)
    loaders: list[Loader] = []
    for disk in disks:
        if disk.by_role(Role.BIOS_BOOT) is not None:
            loaders.append(Loader(disk=disk.id, firmware=FirmwareKind.BIOS, loader="grub"))
        loader = Loader(
            disk=disk.id,
            firmware=FirmwareKind.UEFI,
            loader="grub" if with_grub else "systemd-boot",
        )
        loaders.append(loader)
    return Boot(
        kernel=kernel,
        loaders=tuple(loaders),
        esp_sync=_esps_have_kernels(storage),
        cmdline=" ".join((_root_arguments(storage), *arguments.kept)),
    )


def plan_esp(storage: Storage, boot: Boot, serial: SerialConsole | None) -> EspContent:
    """What every ESP of the host holds; they are all the same."""
    if boot.esp_sync:
        return plan_content(
            EspShape(
                kernels=(boot.kernel,), cmdline=boot.cmdline, serial=serial, loader=_uefi(boot)
            )
        )
    assert isinstance(storage, LvmStorage)
    root = storage.volume("root")
    assert root.uuid is not None, "the root volume has a file system"
    return signed_grub(render.render_esp_grub_stub(root.uuid))


def efi_loader_path(boot: Boot) -> str:
    """The loader a firmware entry points to, as firmware writes paths."""
    return firmware_path(_uefi(boot))


def _uefi(boot: Boot) -> LoaderKind:
    """What UEFI starts, of all disks the same."""
    with_systemd_boot = any(loader.loader == "systemd-boot" for loader in boot.loaders)
    return LoaderKind.SYSTEMD_BOOT if with_systemd_boot else LoaderKind.GRUB


def _esps_have_kernels(storage: Storage) -> bool:
    """Whether each ESP has kernels, so that no loader has to read what the root is on."""
    return not isinstance(storage, LvmStorage) or storage.array is not None


def _root_arguments(storage: Storage) -> str:
    match storage:
        case ZfsStorage():
            return f"root=ZFS={storage.root_dataset} boot=zfs"
        case LvmStorage():
            return f"root=/dev/mapper/{storage.vg}-root ro"
        case BtrfsStorage():
            return f"root=UUID={storage.uuid} ro"
        case other:
            assert_never(other)


def _is_live_only(word: str) -> bool:
    return word.split("=")[0] in _LIVE_ONLY or word.startswith(_LIVE_PREFIXES)
