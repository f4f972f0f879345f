"""Configuration of the boot loaders: systemd-boot entries and GRUB menus.

GRUB's menu is written here for the first boot; `update-grub` on the host replaces it by its own,
made from the /etc/default/grub that is rendered next to it.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "Debian GNU/Linux"
TIMEOUT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class SerialConsole:
    """A serial port that boot loaders talk to as well: `console=ttyS<unit>,<speed>`."""

    unit: int
    speed: int


def esp_kernel_folder(kernel: str) -> str:
    """The folder on an ESP that holds one kernel and its initramfs."""
    return f"EFI/proxmox/{kernel}"


def render_loader_conf() -> str:
    """loader/loader.conf, loader.conf(5)."""
    return f"timeout {TIMEOUT_SECONDS}\ndefault proxmox-*\n"


def render_loader_entry(kernel: str, cmdline: str) -> str:
    """loader/entries/proxmox-KERNEL.conf: a type 1 entry of the Boot Loader Specification."""
    folder = f"/{esp_kernel_folder(kernel)}"
    return (
        f"title    {TITLE}\n"
        f"version  {kernel}\n"
        f"options  {cmdline}\n"
        f"linux    {folder}/vmlinuz-{kernel}\n"
        f"initrd   {folder}/initrd.img-{kernel}\n"
    )


def render_esp_grub_menu(kernel: str, cmdline: str, serial: SerialConsole | None) -> str:
    """grub/grub.cfg on an ESP: the same kernel and options as the systemd-boot entry.

    GRUB's core image has this ESP as its prefix, so `$root` is the ESP when this file is read.
    """
    folder = f"/{esp_kernel_folder(kernel)}"
    entry = _menu_entry(
        kernel,
        f"linux {folder}/vmlinuz-{kernel} {cmdline}",
        f"initrd {folder}/initrd.img-{kernel}",
    )
    return _menu_head(serial) + entry


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


def _menu_head(serial: SerialConsole | None) -> str:
    lines = ["set default=0", f"set timeout={TIMEOUT_SECONDS}"]
    if serial is not None:
        lines += [
            _serial(serial),
            "terminal_input console serial",
            "terminal_output console serial",
        ]
    return "".join(f"{line}\n" for line in lines)


def _menu_entry(kernel: str, *commands: str) -> str:
    body = "".join(f"  {command}\n" for command in commands)
    return f"\nmenuentry '{TITLE}, with Linux {kernel}' --class debian {{\n{body}}}\n"


def _serial(serial: SerialConsole) -> str:
    return f"serial --unit={serial.unit} --speed={serial.speed}"
