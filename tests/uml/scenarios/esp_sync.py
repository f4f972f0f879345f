"""A host with ESPs of all sorts, and what `bedplate esp` makes of them on real vfat.

Usage: esp_sync.py JOB.json. The job says how the host is made, what is done to disks before, and
which commands are run; how each ended, and what is on every ESP then, goes to
$BEDPLATE_OUT/report.json. The host is made anew for every job; its disks stay.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from bedplate.run import run
from tests.support.esp_host import BEDPLATE, BOOT, LIST, SYSTEMD_BOOT, Job, make_disk, make_host

OUT = Path(os.environ["BEDPLATE_OUT"])


def shell(script: str) -> None:
    run(["sh", "-ec", script], env=dict(os.environ))


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
        [*BEDPLATE, *words],
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


def main(job: Job) -> None:
    make_host(job.kernels, job.listed, grub=job.grub)
    disks = sorted(f"/dev/{path.name}" for path in Path("/sys/block").glob("ubd*"))
    for disk, fat_id in zip(disks, job.make, strict=False):
        make_disk(disk, fat_id, job.esp_mib)
    shell(job.before)
    run(["udevadm", "settle"])
    before = sectors_written()
    ends = [bedplate(command.split()) for command in job.commands]
    written = sectors_written() - before
    left = [line for line in Path("/proc/mounts").read_text().splitlines() if "/dev/ubd" in line]
    report = {
        "ends": ends,
        "written": written,
        "left": left,
        "list": LIST.read_text().split() if LIST.exists() else None,
        "contents": {disk: contents(disk) for disk in disks},
        "sources": {
            str(place): hashlib.sha256(place.read_bytes()).hexdigest()
            for place in (*BOOT.iterdir(), SYSTEMD_BOOT)
        },
    }
    (OUT / "report.json").write_text(json.dumps(report))


main(Job.model_validate_json(Path(sys.argv[1]).read_text()))
