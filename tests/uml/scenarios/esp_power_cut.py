"""Cuts the power while ESPs are being synced, and looks at what is left of them.

Usage: esp_power_cut.py JOB.json EDITION SECTORS. First tells what is on each ESP, whole kernels and
what menus name, in $BEDPLATE_OUT/found.json. Then syncs new initramfs images, those of EDITION, and
cuts the power when so many sectors have been written; never, for 0.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
from pathlib import Path

from bedplate.run import run
from tests.support.esp_host import BEDPLATE, Job, make_disk, make_host

OUT = Path(os.environ["BEDPLATE_OUT"])
DISKS = ("/dev/ubda", "/dev/ubdb")
SYSRQ = Path("/proc/sysrq-trigger")


def checksum(place: Path) -> str:
    """What is not finished yet cannot even be read, where its clusters are not on the disk."""
    try:
        return hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"


def found_on(disk: str) -> dict[str, object]:
    """Checksums by path, and the kernels that each of the two menus names."""
    at = Path("/run/found")
    at.mkdir(exist_ok=True)
    run(["mount", "-t", "vfat", "-o", "ro", f"{disk}2", at])
    try:
        files = [place for place in at.rglob("*") if place.is_file()]
        menu = at / "grub/grub.cfg"
        text = menu.read_text() if menu.exists() else ""
        entries = (at / "loader/entries").glob("*.conf")
        return {
            "files": {place.relative_to(at).as_posix(): checksum(place) for place in files},
            "grub": re.findall(r"linux /EFI/proxmox/(\S+)/vmlinuz", text),
            "systemd-boot": [
                version
                for entry in entries
                for version in re.findall(r"linux\s+/EFI/proxmox/(\S+)/vmlinuz", entry.read_text())
            ],
        }
    finally:
        run(["umount", at])


def written() -> int:
    """Sectors written to all disks: the kernel's Documentation/block/stat.rst."""
    files = (Path(f"/sys/block/{Path(disk).name}/stat") for disk in DISKS)
    return sum(int(file.read_text().split()[6]) for file in files)


def cut_when(sectors: int, done: threading.Event) -> None:
    begun = written()
    while not done.is_set():
        if written() - begun >= sectors:
            SYSRQ.write_text("b")


def main(job: Job, edition: str, sectors: int) -> None:
    make_host(dict.fromkeys(job.kernels, edition), job.listed)
    for disk, fat_id in zip(DISKS, job.make, strict=False):
        make_disk(disk, fat_id, job.esp_mib)
    run(["udevadm", "settle"])
    with (OUT / "found.json").open("w") as file:
        json.dump([found_on(disk) for disk in DISKS], file)
        file.flush()
        os.fsync(file.fileno())
    done = threading.Event()
    if sectors:
        threading.Thread(target=cut_when, args=(sectors, done), daemon=True).start()
    run([*BEDPLATE, "esp", "sync"], env=dict(os.environ))
    done.set()


main(Job.model_validate_json(Path(sys.argv[1]).read_text()), sys.argv[2], int(sys.argv[3]))
