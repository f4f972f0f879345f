"""Disks of a running lab machine that fail in other ways than by being pulled, or become slow."""

from __future__ import annotations

from bedplate.lab.machine import Disk, device_id, node_name
from bedplate.lab.vm import Machine

_EIO = 5


def break_disk(machine: Machine, disk: Disk) -> None:
    """From now on a disk that is there answers whatever it is asked for with an I/O error.

    A node that has errors is put between device and image. QEMU Block Layer QAPI, BlkdebugOptions:
    a rule for no event is one for all that is asked.
    """
    broken = f"broken-{disk.serial}"
    error = {"event": "none", "errno": _EIO, "once": False}
    node = {"node-name": broken, "driver": "blkdebug", "image": node_name(disk)}
    machine.monitor.execute("blockdev-add", {**node, "inject-error": [error]})
    place = {"path": f"/machine/peripheral/{device_id(disk)}", "property": "drive"}
    machine.monitor.execute("qom-set", {**place, "value": broken})


def slow_disk(machine: Machine, disk: Disk, bytes_per_second: int) -> None:
    """Have a disk write no faster than that, so that something can happen meanwhile."""
    limits = dict.fromkeys(("bps", "bps_rd", "iops", "iops_rd", "iops_wr"), 0)
    machine.monitor.execute(
        "block_set_io_throttle", {"id": device_id(disk), "bps_wr": bytes_per_second, **limits}
    )


def count_writes(machine: Machine, disk: Disk) -> int:
    """How often the guest has written to a disk so far."""
    found = machine.monitor.execute("query-blockstats")
    assert isinstance(found, list)
    (writes,) = (
        int(one["stats"]["wr_operations"])
        for one in found
        if str(one.get("qdev", "")).split("/")[-1] == device_id(disk)
    )
    return writes
