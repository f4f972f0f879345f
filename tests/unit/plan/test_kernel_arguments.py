"""Which arguments of the installer's kernel the new host keeps."""

from __future__ import annotations

import pytest

from bedplate.plan.boot import keep_arguments
from bedplate.render.boot import SerialConsole


@pytest.mark.parametrize(
    ("running", "kept"),
    [
        ("BOOT_IMAGE=/live/vmlinuz boot=live components quiet splash", ""),
        ("initrd=\\initrd.img toram fetch=http://192.0.2.1/fs.squashfs ip=dhcp", ""),
        ("live-media=/dev/sr0 nopersistence persistence-label=x systemd.unit=rescue.target", ""),
        ("bedplate.answer=http://x ext4 hdsize=40 maxvz=0 proxdebug vga=791 ro", ""),
        ("root=/dev/x rw init=/bin/sh rdinit=/x ramdisk_size=16 rd.break ---", ""),
        ("console=tty0 console=ttyS0,115200n8", "console=tty0 console=ttyS0,115200n8"),
        ("intel_iommu=on quiet iommu=pt", "intel_iommu=on iommu=pt"),
        ("nomodeset pcie_aspm=off video=DP-1:d", "nomodeset pcie_aspm=off video=DP-1:d"),
        ("rootdelay=10 bootdegraded", "rootdelay=10 bootdegraded"),
    ],
)
def test_what_describes_the_machine_is_kept(running: str, kept: str) -> None:
    arguments = keep_arguments(tuple(running.split()))
    assert (" ".join(arguments.kept), arguments.warnings) == (kept, ())


@pytest.mark.parametrize("word", ["a=$(reboot)", "a=b;c", "a='b", 'a="b c"', "a=`b`", "a={b}"])
def test_what_a_boot_loader_could_misread_is_dropped_with_a_warning(word: str) -> None:
    arguments = keep_arguments((word, "nomodeset"))
    assert arguments.kept == ("nomodeset",)
    assert arguments.warnings == (
        f"The kernel argument {word!r} is not kept: it has characters that boot loaders take "
        "for their own.",
    )


@pytest.mark.parametrize(
    ("running", "serial"),
    [
        ("console=tty0", None),
        ("console=ttyS0", SerialConsole(0, 9600)),
        ("console=ttyS1,115200n8", SerialConsole(1, 115200)),
        ("console=ttyS0,9600 console=ttyS2,57600", SerialConsole(2, 57600)),
        ("console=ttyUSB0,115200", None),
    ],
)
def test_serial_console(running: str, serial: SerialConsole | None) -> None:
    assert keep_arguments(tuple(running.split())).serial == serial
