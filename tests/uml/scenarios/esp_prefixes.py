"""Logs every write of a sync to an ESP, and looks at what each beginning of that log makes of it.

Leaves $BEDPLATE_OUT/prefixes.json: what is on the ESP after no write, after one, and so on, each as
`esp_found.found_on` tells it. $BEDPLATE_OUT/mended.json: what is on it after a sync that followed
such a beginning, for some of them.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from bedplate.apply import esp_sync
from bedplate.apply.esp_sync import EspSync
from bedplate.cli.esp_sync import look
from bedplate.events import Clock
from bedplate.plan.esp_sync import plan_sync
from bedplate.run import run
from tests.support.esp_found import found_on
from tests.support.esp_host import BEDPLATE, make_disk, make_host
from tests.support.write_log import Write, read_log

OUT = Path(os.environ["BEDPLATE_OUT"])
DISK, LOG = "/dev/ubda", Path("/dev/ubdb")
ESP = Path(f"{DISK}2")
LOGGED = Path("/dev/mapper/logged")
FAT_ID = "0001-AAAA"
KERNELS = ("6.1.0-9-amd64", "6.12.1-amd64")
MIB = (2, 4)
ESP_MIB = 64
MENDED = 5
BLKFLSBUF = 0x1261


def make_kernels(edition: str) -> None:
    make_host(dict.fromkeys(KERNELS, edition), [FAT_ID], mib=MIB)


def logged_sync() -> list[Write]:
    """What a sync writes, in the order in which it does."""
    (lane,) = plan_sync(look()).lanes  # before a mapping has the ESP for itself
    sectors = run(["blockdev", "--getsz", ESP]).stdout.strip()
    run(["modprobe", "dm-log-writes"])
    run(["dmsetup", "create", LOGGED.name, "--table", f"0 {sectors} log-writes {ESP} {LOG}"])
    esp_sync._device = lambda lane: LOGGED
    assert EspSync(run, Clock(())).apply([lane]) == ()
    run(["dmsetup", "remove", "--retry", LOGGED.name])
    forget_what_was_read(LOG)
    with LOG.open("rb") as log:
        return [*read_log(log)]


def put(*writes: Write) -> None:
    with ESP.open("r+b") as device:
        for write in writes:
            device.seek(write.offset)
            device.write(write.data)
        device.flush()
        os.fsync(device.fileno())


def forget_what_was_read(device: Path) -> None:
    """A mapping has written to it, which those who read it before do not see."""
    with device.open("rb") as opened:
        fcntl.ioctl(opened, BLKFLSBUF)


def main() -> None:
    make_kernels("0")
    make_disk(DISK, FAT_ID, ESP_MIB)
    run(["udevadm", "settle"])
    run([*BEDPLATE, "esp", "sync"], env=dict(os.environ))
    before = ESP.read_bytes()
    make_kernels("1")
    writes = logged_sync()
    forget_what_was_read(ESP)
    put(Write(0, before))
    found = [found_on(DISK)]
    for write in writes:
        put(write)
        found.append(found_on(DISK))
    (OUT / "prefixes.json").write_text(json.dumps(found))
    mended = []
    for number in range(1, MENDED + 1):
        put(Write(0, before), *writes[: len(writes) * number // (MENDED + 1)])
        run([*BEDPLATE, "esp", "sync"], env=dict(os.environ))
        mended.append(found_on(DISK))
    (OUT / "mended.json").write_text(json.dumps(mended))


main()
