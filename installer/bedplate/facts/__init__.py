"""Reads the machine. The front door: two probes, which load what they need when they are called.

`bedplate.facts.saved` reads a snapshot, and a plan made from one must not wait for pyudev and
blkinfo to be imported, nor fail where they are not installed.
"""

from __future__ import annotations

from collections.abc import Collection

from bedplate.model.facts import DiskFact, Facts
from bedplate.run import Runner


def probe_facts(run: Runner, *, include_loop: bool = False, network: bool = True) -> Facts:
    """What this machine is and holds, now: see `bedplate.facts.machine.probe_facts`."""
    from bedplate.facts import machine

    return machine.probe_facts(run, include_loop=include_loop, network=network)


def probe_disk_facts(
    run: Runner, only: Collection[str] | None = None, *, include_loop: bool = False
) -> tuple[DiskFact, ...]:
    """All disks, or those with an id in `only`: see `bedplate.facts.disks.probe_disk_facts`."""
    from bedplate.facts import disks

    return disks.probe_disk_facts(run, only, include_loop=include_loop)
