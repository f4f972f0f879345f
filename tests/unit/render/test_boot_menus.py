"""Loader entries and GRUB menus, whole."""

from __future__ import annotations

from bedplate.render.boot import (
    SerialConsole,
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


def test_loader_conf() -> None:
    assert render_loader_conf() == "timeout 3\ndefault proxmox-*\n"


def test_loader_entry() -> None:
    assert render_loader_entry(KERNEL, "root=ZFS=rpool/ROOT/pve-1 boot=zfs") == (
        "title    Debian GNU/Linux\n"
        "version  6.12.0-amd64\n"
        "options  root=ZFS=rpool/ROOT/pve-1 boot=zfs\n"
        "linux    /EFI/proxmox/6.12.0-amd64/vmlinuz-6.12.0-amd64\n"
        "initrd   /EFI/proxmox/6.12.0-amd64/initrd.img-6.12.0-amd64\n"
    )


def test_esp_grub_menu() -> None:
    assert render_esp_grub_menu(KERNEL, "root=ZFS=rpool/ROOT/pve-1", None) == (
        "set default=0\n"
        "set timeout=3\n"
        "\n"
        "menuentry 'Debian GNU/Linux, with Linux 6.12.0-amd64' --class debian {\n"
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
        "menuentry 'Debian GNU/Linux, with Linux 6.12.0-amd64' --class debian {\n"
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
