"""What an ESP holds whose host has its kernels there: one description for install and for sync."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bedplate.model.esp import LOADER_CONF, MOK_MANAGER, SHIM, SIGNED_GRUB, SYSTEMD_BOOT, LoaderKind
from bedplate.model.step import EspCopy, EspText
from bedplate.render import boot as render
from bedplate.render.boot import MenuKernel, SerialConsole

GRUB_MENU = "grub/grub.cfg"
REMOVABLE = "EFI/BOOT"
OWN_LOADERS = {
    LoaderKind.GRUB: "EFI/proxmox/grubx64.efi",
    LoaderKind.SYSTEMD_BOOT: "EFI/systemd/systemd-bootx64.efi",
}
"""Where each loader is if it is not only at the removable path."""
_STARTED = OWN_LOADERS | {LoaderKind.GRUB: "EFI/proxmox/shimx64.efi"}

_SHIM_PLACES = {"EFI/proxmox": "shimx64.efi", REMOVABLE: "BOOTX64.EFI"}
# The prefix built into Debian's signed GRUB, wherever that is started from.
_GRUB_PREFIX = "EFI/debian"


@dataclass(frozen=True, slots=True)
class EspShape:
    """What the content of an ESP follows from.

    `kernels` are in the order of menus, the newest first; `default` is the one to start if that is
    not the first. `loader` is what the firmware finds at the removable path; there may be the
    `other` one beside it, which an entry of the firmware may still point to. `loader_conf` is what
    the ESP has as loader.conf.
    """

    kernels: tuple[str, ...]
    cmdline: str
    serial: SerialConsole | None
    loader: LoaderKind
    other: bool = False
    default: str | None = None
    loader_conf: str | None = None

    def has(self, kind: LoaderKind) -> bool:
        """Whether a loader of that kind is on the ESP."""
        return self.other or self.loader is kind


@dataclass(frozen=True, slots=True)
class EspContent:
    """What an ESP holds."""

    copies: tuple[EspCopy, ...] = ()
    texts: tuple[EspText, ...] = ()

    def __add__(self, other: EspContent) -> EspContent:
        return EspContent(self.copies + other.copies, self.texts + other.texts)


def plan_content(shape: EspShape) -> EspContent:
    """Kernels, loaders for both firmwares, and the menus of each.

    GRUB for BIOS reads the same menu as GRUB for UEFI does, so that is always there.
    """
    content = EspContent(copies=tuple(c for k in shape.kernels for c in kernel_copies(k)))
    if shape.has(LoaderKind.SYSTEMD_BOOT):
        content += _systemd_boot(shape)
    if shape.has(LoaderKind.GRUB):
        content += signed_grub(
            render.render_esp_grub_link(), removable=shape.loader is LoaderKind.GRUB
        )
    return content + EspContent(texts=(grub_menu(shape),))


def firmware_path(loader: LoaderKind) -> str:
    """What a boot entry starts, as firmware writes paths: of GRUB, the shim that starts it."""
    return "\\" + _STARTED[loader].replace("/", "\\")


def kernel_copies(kernel: str) -> tuple[EspCopy, ...]:
    """A kernel and its initramfs."""
    return tuple(
        EspCopy(source=source, path=path)
        for source, path in zip(kernel_sources(kernel), render.kernel_copies(kernel), strict=True)
    )


def kernel_sources(kernel: str) -> tuple[str, str]:
    """Where the host has a kernel and its initramfs."""
    return f"/boot/vmlinuz-{kernel}", f"/boot/initrd.img-{kernel}"


def grub_menu(shape: EspShape, kernels: Iterable[MenuKernel] | None = None) -> EspText:
    """The menu of GRUB, under either firmware; of `kernels`, if not of all."""
    chosen = tuple(map(render.menu_kernel, shape.kernels) if kernels is None else kernels)
    default = shape.default if shape.default in {kernel.version for kernel in chosen} else None
    content = render.render_esp_grub_menu(chosen, shape.cmdline, shape.serial, default)
    return EspText(path=GRUB_MENU, content=content)


def signed_grub(config: str, *, removable: bool = True) -> EspContent:
    """Shim and Debian's signed GRUB, at their own place and at the removable path."""
    places = {
        folder: shim for folder, shim in _SHIM_PLACES.items() if removable or folder != REMOVABLE
    }
    return EspContent(
        copies=tuple(
            copy
            for folder, shim in places.items()
            for copy in (
                EspCopy(source=SHIM, path=f"{folder}/{shim}"),
                EspCopy(source=SIGNED_GRUB, path=f"{folder}/grubx64.efi"),
                EspCopy(source=MOK_MANAGER, path=f"{folder}/mmx64.efi"),
            )
        ),
        texts=tuple(
            EspText(path=f"{folder}/grub.cfg", content=config) for folder in (_GRUB_PREFIX, *places)
        ),
    )


def _systemd_boot(shape: EspShape) -> EspContent:
    places = [OWN_LOADERS[LoaderKind.SYSTEMD_BOOT]]
    if shape.loader is LoaderKind.SYSTEMD_BOOT:
        places.append(f"{REMOVABLE}/BOOTX64.EFI")
    conf = render.render_loader_conf(shape.default, shape.loader_conf)
    return EspContent(
        copies=tuple(EspCopy(source=SYSTEMD_BOOT, path=place) for place in places),
        texts=(
            EspText(path=LOADER_CONF, content=conf),
            *(
                EspText(
                    path=render.loader_entry_path(kernel),
                    content=render.render_loader_entry(kernel, shape.cmdline),
                )
                for kernel in shape.kernels
            ),
        ),
    )
