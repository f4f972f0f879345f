"""One snapshot of the machine that this runs on. Reads everything, writes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.lvm import probe_volume_groups
from bedplate.facts.net import probe_nics, probe_routes
from bedplate.facts.platform import probe_cmdline, probe_firmware, probe_memory
from bedplate.facts.secure_boot import probe_module_trust
from bedplate.facts.tools import INSTALL_TOOLS, MissingTool
from bedplate.facts.zfs import (
    places_of_pools,
    probe_importable_pools,
    probe_imported_pools,
    with_members,
)
from bedplate.model.facts import Facts
from bedplate.model.secure_boot import ZFS, ModuleTrust
from bedplate.run import Runner, have, side_by_side

T = TypeVar("T")


def probe_facts(run: Runner, *, include_loop: bool = False, network: bool = True) -> Facts:
    """What this machine is and holds, now.

    A tool that is not installed leaves its part empty and is named in `missing_tools`, as are
    those that only an installation needs: it must find out before it writes. Without lsblk and
    wipefs nothing can be said about disks, so their absence is an error. `include_loop`
    counts loop devices with a file behind them as disks. Without `network` nothing is said of
    interfaces and routes, for whoever wants to know about disks alone.

    Needs root. Raises `FactsError` or `CommandError` if something cannot be read.
    """
    missing = {tool for tool in INSTALL_TOOLS if not have(tool)}

    def ask(probe: Callable[[Runner], tuple[T, ...]]) -> tuple[T, ...]:
        """What `probe` finds, or nothing and a note if its tool is not installed."""
        try:
            return probe(run)
        except MissingTool as answer:
            missing.add(answer.tool)
            return ()

    def probe_trust(run: Runner) -> tuple[ModuleTrust, ...]:
        # The keys matter to what is to be installed, whoever signed what runs here.
        return (probe_module_trust(run, [os.uname().release], [ZFS], always_keys=True),)

    firmware = probe_firmware()
    # Each of these waits for programs of its own.
    with side_by_side() as threads:
        trust = threads.submit(ask, probe_trust) if firmware.checks_modules else None
        imported = threads.submit(ask, probe_imported_pools)
        volume_groups = threads.submit(ask, probe_volume_groups)
        nics = threads.submit(ask, probe_nics) if network else None
        routes = threads.submit(ask, probe_routes) if network else None
        disks = probe_disk_facts(run, include_loop=include_loop)
        places = places_of_pools(disks)
        importable = ask(lambda run: probe_importable_pools(run, places))
    return Facts(
        firmware=firmware,
        module_trust=next(iter(trust.result()), None) if trust is not None else None,
        memory_bytes=probe_memory(),
        kernel_cmdline=probe_cmdline(),
        disks=disks,
        pools=with_members((*imported.result(), *importable), disks),
        volume_groups=volume_groups.result(),
        nics=nics.result() if nics is not None else (),
        routes=routes.result() if routes is not None else (),
        missing_tools=tuple(sorted(missing)),
    )
