"""Loader entries and GRUB menus, whole."""

from __future__ import annotations

import pytest

from bedplate.render.boot import (
    SerialConsole,
    menu_kernel,
    render_default_grub,
    render_esp_grub_link,
    render_esp_grub_menu,
    render_esp_grub_stub,
    render_loader_conf,
    render_loader_entry,
    render_root_grub_menu,
)

KERNEL = "6.12.0-amd64"
SERIAL = SerialConsole(unit=1, speed=115200)


LOADER_CONFS = {
    "new": (None, None, "timeout 3\ndefault proxmox-*\n"),
    "new, pinned": ("6.8.4-2-pve", None, "timeout 3\ndefault proxmox-6.8.4-2-pve.conf\n"),
    "unpinned": (None, "timeout 3\ndefault proxmox-6.8.4-2-pve.conf\n", None),
    "the operator's own lines stay": (
        "6.8.4-2-pve",
        "console-mode max\ndefault proxmox-*\ntimeout 10\n",
        "console-mode max\ndefault proxmox-6.8.4-2-pve.conf\ntimeout 10\n",
    ),
    "only the first of two": (
        None,
        "default a\ndefault b\n",
        "default proxmox-*\ndefault b\n",
    ),
    "none, and no end of line": (None, "timeout 5", "timeout 5\ndefault proxmox-*\n"),
    "not any word that begins so": (None, "#default x\n", "#default x\ndefault proxmox-*\n"),
}


@pytest.mark.parametrize(("default", "present", "wanted"), LOADER_CONFS.values(), ids=LOADER_CONFS)
def test_loader_conf(default: str | None, present: str | None, wanted: str | None) -> None:
    wanted = wanted or "timeout 3\ndefault proxmox-*\n"
    assert render_loader_conf(default, present) == wanted
    assert render_loader_conf(default, wanted) == wanted


def test_a_menu_of_two_kernels_starts_the_one_that_is_pinned() -> None:
    kernels = [menu_kernel(KERNEL), menu_kernel("6.1.0-9-amd64")]
    menu = render_esp_grub_menu(kernels, "root=x", SERIAL, "6.1.0-9-amd64")
    assert menu == (
        "set default=proxmox-6.1.0-9-amd64\n"
        "set timeout=3\n"
        "serial --unit=1 --speed=115200\n"
        "terminal_input console serial\n"
        "terminal_output console serial\n"
        "\n"
        "menuentry 'Debian GNU/Linux, with Linux 6.12.0-amd64' --class debian"
        " --id proxmox-6.12.0-amd64 {\n"
        "  linux /EFI/proxmox/6.12.0-amd64/vmlinuz-6.12.0-amd64 root=x\n"
        "  initrd /EFI/proxmox/6.12.0-amd64/initrd.img-6.12.0-amd64\n"
        "}\n"
        "\n"
        "menuentry 'Debian GNU/Linux, with Linux 6.1.0-9-amd64' --class debian"
        " --id proxmox-6.1.0-9-amd64 {\n"
        "  linux /EFI/proxmox/6.1.0-9-amd64/vmlinuz-6.1.0-9-amd64 root=x\n"
        "  initrd /EFI/proxmox/6.1.0-9-amd64/initrd.img-6.1.0-9-amd64\n"
        "}\n"
    )


def test_loader_entry() -> None:
    assert render_loader_entry(KERNEL, "root=ZFS=rpool/ROOT/pve-1 boot=zfs") == (
        "title    Debian GNU/Linux\n"
        "version  6.12.0-amd64\n"
        "options  root=ZFS=rpool/ROOT/pve-1 boot=zfs\n"
        "linux    /EFI/proxmox/6.12.0-amd64/vmlinuz-6.12.0-amd64\n"
        "initrd   /EFI/proxmox/6.12.0-amd64/initrd.img-6.12.0-amd64\n"
    )


def test_esp_grub_menu() -> None:
    assert render_esp_grub_menu([menu_kernel(KERNEL)], "root=ZFS=rpool/ROOT/pve-1", None) == (
        "set default=0\n"
        "set timeout=3\n"
        "\n"
        "menuentry 'Debian GNU/Linux, with Linux 6.12.0-amd64' --class debian"
        " --id proxmox-6.12.0-amd64 {\n"
        "  linux /EFI/proxmox/6.12.0-amd64/vmlinuz-6.12.0-amd64 root=ZFS=rpool/ROOT/pve-1\n"
        "  initrd /EFI/proxmox/6.12.0-amd64/initrd.img-6.12.0-amd64\n"
        "}\n"
    )


def test_root_grub_menu_with_a_serial_console() -> None:
    assert render_root_grub_menu(KERNEL, "root=/dev/mapper/pve-root ro", "some-uuid", SERIAL) == (
        "set default=0\n"
        "set timeout=3\n"
        "serial --unit=1 --speed=115200\n"
        "terminal_input console serial\n"
        "terminal_output console serial\n"
        "\n"
        "menuentry 'Debian GNU/Linux, with Linux 6.12.0-amd64' --class debian"
        " --id proxmox-6.12.0-amd64 {\n"
        "  search --no-floppy --fs-uuid --set=root some-uuid\n"
        "  linux /boot/vmlinuz-6.12.0-amd64 root=/dev/mapper/pve-root ro\n"
        "  initrd /boot/initrd.img-6.12.0-amd64\n"
        "}\n"
    )


def test_stub_of_the_signed_grub() -> None:
    assert render_esp_grub_stub("some-uuid") == (
        "search.fs_uuid some-uuid root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"
    )


def test_default_grub() -> None:
    plain = (
        "GRUB_DEFAULT=0\n"
        "GRUB_TIMEOUT=3\n"
        'GRUB_DISTRIBUTOR="Debian"\n'
        'GRUB_CMDLINE_LINUX_DEFAULT=""\n'
        'GRUB_CMDLINE_LINUX="console=ttyS1,115200"\n'
    )
    serial = (
        'GRUB_TERMINAL="console serial"\nGRUB_SERIAL_COMMAND="serial --unit=1 --speed=115200"\n'
    )
    assert render_default_grub("console=ttyS1,115200", None) == plain
    assert render_default_grub("console=ttyS1,115200", SERIAL) == plain + serial


def test_a_grub_whose_esp_has_the_menu_stays_there() -> None:
    assert render_esp_grub_link() == "configfile ($root)/grub/grub.cfg\n"
