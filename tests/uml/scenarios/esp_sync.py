"""A host with ESPs of all sorts, and what `bedplate esp` makes of them on real vfat.

Usage: esp_sync.py JOB.json. The job says how the host is made, what is done to disks before, and
which commands are run; how each ended, and what is on every ESP then, goes to
$BEDPLATE_OUT/report.json. The host is made anew for every job; its disks stay.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from bedplate.run import run

OUT = Path(os.environ["BEDPLATE_OUT"])
BOOT = Path("/boot")
KERNEL = Path("/etc/kernel")
SYSTEMD_BOOT = Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
MIB = 1024 * 1024
LAYOUT = """label: gpt
first-lba: 34
start=34, size=2014, type=21686148-6449-6E6F-744E-656564454649
start=1MiB, size={size}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F
"""


def write(place: Path, seed: str, size_bytes: int) -> None:
    """A file that is the same in every job."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(random.Random(seed).randbytes(size_bytes))


def make_host(kernels: Mapping[str, str], listed: list[str], *, grub: bool) -> None:
    """Kernels by version, with a word that their initramfs follows from, and what they need."""
    for place in BOOT.iterdir():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for version, edition in kernels.items():
        write(BOOT / f"vmlinuz-{version}", version, 5 * MIB)
        write(BOOT / f"initrd.img-{version}", version + edition, 15 * MIB)
    write(SYSTEMD_BOOT, "systemd-boot", 100_000)
    shutil.rmtree("/usr/lib/shim", ignore_errors=True)
    if not grub:
        shutil.rmtree("/usr/lib/grub", ignore_errors=True)
    KERNEL.mkdir(exist_ok=True)
    (KERNEL / "cmdline").write_text("root=/dev/mapper/pve-root ro\n")
    if listed:
        (KERNEL / "proxmox-boot-uuids").write_text("".join(f"{line}\n" for line in listed))


def shell(script: str) -> None:
    run(["sh", "-ec", script], env=dict(os.environ))


def make_disk(disk: str, fat_id: str, size_mib: int) -> None:
    """An ESP and swap space."""
    run(["sfdisk", "--quiet", disk], stdin=LAYOUT.format(size=size_mib))
    run(["udevadm", "settle"])
    run(["mkfs.vfat", "-F", "32", "-i", fat_id.replace("-", ""), f"{disk}2"])
    run(["mkswap", "--quiet", f"{disk}3"])


def contents(disk: str) -> dict[str, str] | str:
    """The checksums of the files on an ESP, or why they cannot be read."""
    at = Path("/run/contents")
    at.mkdir(exist_ok=True)
    mounted = run(["mount", "-t", "vfat", "-o", "ro", f"{disk}2", at], check=False)
    if mounted.code != 0:
        return "cannot be mounted"
    try:
        files = sorted(place for place in at.rglob("*") if place.is_file())
        return {
            place.relative_to(at).as_posix(): hashlib.sha256(place.read_bytes()).hexdigest()
            for place in files
        }
    except OSError as error:
        return error.strerror or "?"
    finally:
        run(["umount", at])


def bedplate(words: list[str]) -> dict[str, object]:
    result = run(
        [sys.executable, "-m", "bedplate.cli.main", *words],
        check=False,
        timeout=300,
        env=dict(os.environ),
    )
    return {"code": result.code, "stdout": result.stdout, "stderr": result.stderr}


def sectors_written() -> int:
    """To all disks since the machine was started: the kernel's Documentation/block/stat.rst."""
    os.sync()
    files = Path("/sys/block").glob("ubd*/stat")
    return sum(int(file.read_text().split()[6]) for file in files)


def main(job: dict[str, object]) -> None:
    make_host(dict(job["kernels"]), list(job["listed"]), grub=bool(job["grub"]))  # type: ignore[call-overload]
    disks = sorted(f"/dev/{path.name}" for path in Path("/sys/block").glob("ubd*"))
    for disk, fat_id in zip(disks, job["make"], strict=False):  # type: ignore[call-overload]
        make_disk(disk, fat_id, int(str(job["size"])))
    shell(str(job["before"]))
    run(["udevadm", "settle"])
    before = sectors_written()
    ends = [bedplate(words) for words in job["commands"]]  # type: ignore[attr-defined]
    written = sectors_written() - before
    left = [line for line in Path("/proc/mounts").read_text().splitlines() if "/dev/ubd" in line]
    shell(str(job["after"]))
    report = {
        "ends": ends,
        "written": written,
        "left": left,
        "list": (KERNEL / "proxmox-boot-uuids").read_text().split()
        if (KERNEL / "proxmox-boot-uuids").exists()
        else None,
        "contents": {disk: contents(disk) for disk in disks},
        "sources": {
            str(place): hashlib.sha256(place.read_bytes()).hexdigest()
            for place in (*BOOT.iterdir(), SYSTEMD_BOOT)
        },
    }
    (OUT / "report.json").write_text(json.dumps(report))


main(json.loads(Path(sys.argv[1]).read_text()))
