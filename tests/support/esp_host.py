"""A host with synced ESPs, made up inside a user-mode-linux machine, and never on a real one."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bedplate.model.value import Value
from bedplate.run import run
from bedplate.units import MIB

BEDPLATE = (sys.executable, "-m", "bedplate.cli.main")
BOOT = Path("/boot")
LIST = Path("/etc/kernel/proxmox-boot-uuids")
SYSTEMD_BOOT = Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
_LAYOUT = """label: gpt
first-lba: 34
start=34, size=2014, type=21686148-6449-6E6F-744E-656564454649
start=1MiB, size={size}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F
"""


class Job(Value):
    """What is to be done on such a host; the scenario `esp_sync.py` does it.

    `make` are the FAT ids of the first disks, which are made before anything else; `before` is a
    shell script that is run then. A command is what is said after `bedplate`.
    """

    commands: tuple[str, ...]
    kernels: dict[str, str]
    listed: tuple[str, ...] = ()
    make: tuple[str, ...] = ()
    esp_mib: int = 100
    grub: bool = False
    before: str = "true"


def make_host(
    kernels: Mapping[str, str],
    listed: Sequence[str],
    *,
    grub: bool = False,
    mib: tuple[int, int] = (5, 15),
) -> None:
    """The same host for the same arguments, whatever machine it is made in.

    `kernels` are versions, each with a word that its initramfs follows from; `mib` is what kernel
    and initramfs take. The packages of this machine's GRUB are kept if `grub` says so.
    """
    for place in BOOT.iterdir():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for version, edition in kernels.items():
        _write(BOOT / f"vmlinuz-{version}", version, mib[0] * MIB)
        _write(BOOT / f"initrd.img-{version}", version + edition, mib[1] * MIB)
    _write(SYSTEMD_BOOT, "systemd-boot", 100_000)
    shutil.rmtree("/usr/lib/shim", ignore_errors=True)
    if not grub:
        shutil.rmtree("/usr/lib/grub", ignore_errors=True)
    LIST.parent.mkdir(exist_ok=True)
    LIST.with_name("cmdline").write_text("root=/dev/mapper/pve-root ro\n")
    if listed:
        LIST.write_text("".join(f"{line}\n" for line in listed))


def make_disk(disk: str, fat_id: str, esp_mib: int) -> None:
    """A BIOS boot partition, an ESP and swap space."""
    run(["sfdisk", "--quiet", disk], stdin=_LAYOUT.format(size=esp_mib))
    run(["udevadm", "settle"])
    make_fat(disk, fat_id)
    run(["mkswap", "--quiet", f"{disk}3"])


def make_fat(disk: str, fat_id: str) -> None:
    """An empty ESP."""
    run(["mkfs.vfat", "-F", "32", "-i", fat_id.replace("-", ""), f"{disk}2"])


def _write(place: Path, seed: str, size_bytes: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(random.Random(seed).randbytes(size_bytes))
