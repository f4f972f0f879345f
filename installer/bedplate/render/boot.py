"""Configuration of the boot loaders: systemd-boot entries and GRUB menus.

GRUB's menu is written here for the first boot; `update-grub` on the host replaces it by its own,
made from the /etc/default/grub that is rendered next to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

TITLE = "Debian GNU/Linux"
TIMEOUT_SECONDS = 3
_DEFAULT = re.compile(r"default\s")


@dataclass(frozen=True, slots=True)
class MenuKernel:
    """A kernel and where on an ESP it and its initramfs are."""

    version: str
    linux: str
    initrd: str


@dataclass(frozen=True, slots=True)
class SerialConsole:
    """A serial port that boot loaders talk to as well: `console=ttyS<unit>,<speed>`."""

    unit: int
    speed: int


def esp_kernel_folder(kernel: str) -> str:
    """The folder on an ESP that holds one kernel and its initramfs."""
    return f"EFI/proxmox/{kernel}"


def kernel_copies(kernel: str) -> tuple[str, str]:
    """Where the ESP has a kernel and its initramfs."""
    folder = esp_kernel_folder(kernel)
    return f"{folder}/vmlinuz-{kernel}", f"{folder}/initrd.img-{kernel}"


def loader_entry_path(kernel: str) -> str:
    """Where the ESP has the loader entry of a kernel."""
    return f"loader/entries/{entry_id(kernel)}.conf"


def entry_id(kernel: str) -> str:
    """What systemd-boot and GRUB know the entry of a kernel by."""
    return f"proxmox-{kernel}"


def render_loader_conf(default: str | None = None, present: str | None = None) -> str:
    """loader/loader.conf, loader.conf(5): `default` is the kernel to start, else the newest is.

    Of what is `present` only the first `default` line changes; the rest is the operator's.
    """
    line = f"default {entry_id(default)}.conf\n" if default else "default proxmox-*\n"
    if present is None:
        return f"timeout {TIMEOUT_SECONDS}\n{line}"
    lines = [old if old.endswith("\n") else f"{old}\n" for old in present.splitlines(True)]
    places = [place for place, old in enumerate(lines) if _DEFAULT.match(old)]
    if not places:
        return "".join((*lines, line))
    return "".join((*lines[: places[0]], line, *lines[places[0] + 1 :]))


def render_loader_entry(kernel: str, cmdline: str) -> str:
    """loader/entries/proxmox-KERNEL.conf: a type 1 entry of the Boot Loader Specification."""
    linux, initrd = kernel_copies(kernel)
    return (
        f"title    {TITLE}\n"
        f"version  {kernel}\n"
        f"options  {cmdline}\n"
        f"linux    /{linux}\n"
        f"initrd   /{initrd}\n"
    )


def menu_kernel(kernel: str) -> MenuKernel:
    """A kernel where a menu finds it."""
    return MenuKernel(kernel, *kernel_copies(kernel))


def render_esp_grub_menu(
    kernels: Sequence[MenuKernel],
    cmdline: str,
    serial: SerialConsole | None,
    default: str | None = None,
) -> str:
    """grub/grub.cfg on an ESP: the same kernels and options as the systemd-boot entries.

    The first of `kernels` starts unless `default` names another. GRUB's core image has this ESP as
    its prefix, so `$root` is the ESP when this file is read.
    """
    return _menu_head(serial, default) + "".join(
        _menu_entry(kernel.version, f"linux /{kernel.linux} {cmdline}", f"initrd /{kernel.initrd}")
        for kernel in kernels
    )


def render_root_grub_menu(
    kernel: str, cmdline: str, root_uuid: str, serial: SerialConsole | None
) -> str:
    """/boot/grub/grub.cfg on a root file system that GRUB reads itself."""
    entry = _menu_entry(
        kernel,
        f"search --no-floppy --fs-uuid --set=root {root_uuid}",
        f"linux /boot/vmlinuz-{kernel} {cmdline}",
        f"initrd /boot/initrd.img-{kernel}",
    )
    return _menu_head(serial) + entry


def render_esp_grub_stub(root_uuid: str) -> str:
    """grub.cfg beside a signed GRUB on an ESP: go to the root file system and read its menu."""
    return (
        f"search.fs_uuid {root_uuid} root\n"
        "set prefix=($root)/boot/grub\n"
        "configfile $prefix/grub.cfg\n"
    )


def render_esp_grub_link() -> str:
    """grub.cfg beside a signed GRUB on an ESP that has the menu itself.

    `$root` is the ESP that this GRUB was started from, whichever disk that is on.
    """
    return "configfile ($root)/grub/grub.cfg\n"


def render_default_grub(arguments: str, serial: SerialConsole | None) -> str:
    """/etc/default/grub, which `update-grub` reads; `arguments` are those beside `root=`."""
    lines = [
        "GRUB_DEFAULT=0",
        f"GRUB_TIMEOUT={TIMEOUT_SECONDS}",
        'GRUB_DISTRIBUTOR="Debian"',
        'GRUB_CMDLINE_LINUX_DEFAULT=""',
        f'GRUB_CMDLINE_LINUX="{arguments}"',
    ]
    if serial is not None:
        lines += ['GRUB_TERMINAL="console serial"', f'GRUB_SERIAL_COMMAND="{_serial(serial)}"']
    return "".join(f"{line}\n" for line in lines)


def _menu_head(serial: SerialConsole | None, default: str | None = None) -> str:
    chosen = "0" if default is None else entry_id(default)
    lines = [f"set default={chosen}", f"set timeout={TIMEOUT_SECONDS}"]
    if serial is not None:
        lines += [
            _serial(serial),
            "terminal_input console serial",
            "terminal_output console serial",
        ]
    return "".join(f"{line}\n" for line in lines)


def _menu_entry(kernel: str, *commands: str) -> str:
    body = "".join(f"  {command}\n" for command in commands)
    title = f"{TITLE}, with Linux {kernel}"
    return f"\nmenuentry '{title}' --class debian --id {entry_id(kernel)} {{\n{body}}}\n"


def _serial(serial: SerialConsole) -> str:
    return f"serial --unit={serial.unit} --speed={serial.speed}"
