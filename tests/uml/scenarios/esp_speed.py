"""How long syncs of four ESPs with three kernels take; seconds go to $BEDPLATE_OUT/seconds.json.

Usage: esp_speed.py ROUNDS. Memory is emptied of what was read before each measurement.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bedplate.run import run
from tests.support import esp_host

OUT = Path(os.environ["BEDPLATE_OUT"])
KERNELS = ("6.1.0-9-amd64", "6.8.12-4-pve", "6.12.1-amd64")
KERNEL_MIB, INITRD_MIB, ESP_MIB = 8, 56, 300
DISKS = [f"/dev/ubd{letter}" for letter in "abcd"]
IDS = [f"000{number}-AAAA" for number in range(1, 5)]


def timed(words: Sequence[str]) -> float:
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")
    begun = time.monotonic()
    run(words, env=dict(os.environ), timeout=600)
    return time.monotonic() - begun


def full_sync(count: int) -> float:
    """To so many of the ESPs, all empty."""
    esp_host.make_host(dict.fromkeys(KERNELS, ""), IDS[:count], mib=(KERNEL_MIB, INITRD_MIB))
    for disk, fat_id in zip(DISKS, IDS, strict=True):
        esp_host.make_fat(disk, fat_id)
    return timed([*esp_host.BEDPLATE, "esp", "sync"])


def summed_up() -> float:
    """One sha256sum over everything on the ESPs."""
    places = [Path(f"/run/speed/{Path(disk).name}") for disk in DISKS]
    for disk, place in zip(DISKS, places, strict=True):
        place.mkdir(parents=True, exist_ok=True)
        run(["mount", "-t", "vfat", "-o", "ro", f"{disk}2", place])
    files = [str(file) for place in places for file in place.rglob("*") if file.is_file()]
    spent = timed(["sha256sum", *files])
    for place in places:
        run(["umount", place])
    return spent


def main(rounds: int) -> None:
    for disk, fat_id in zip(DISKS, IDS, strict=True):
        esp_host.make_disk(disk, fat_id, ESP_MIB)
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        seconds["one"].append(full_sync(1))
        seconds["four"].append(full_sync(len(DISKS)))
        seconds["sha256sum"].append(summed_up())
        seconds["idle"].append(timed([*esp_host.BEDPLATE, "esp", "sync"]))
    (OUT / "seconds.json").write_text(json.dumps(seconds))


main(int(sys.argv[1]))
