"""Cuts the power while ESPs are being synced, and looks at what is left of them.

Usage: esp_power_cut.py JOB.json EDITION SECTORS. First tells what is on each ESP, whole kernels and
what menus name, in $BEDPLATE_OUT/found.json. Then syncs new initramfs images, those of EDITION, and
cuts the power when so many sectors have been written; never, for 0.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from bedplate.run import run
from tests.support.esp_found import found_on
from tests.support.esp_host import BEDPLATE, Job, make_disk, make_host

OUT = Path(os.environ["BEDPLATE_OUT"])
DISKS = ("/dev/ubda", "/dev/ubdb")
SYSRQ = Path("/proc/sysrq-trigger")


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
