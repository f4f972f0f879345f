"""One snapshot of the machine that this runs on. Reads everything, writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bedplate.facts.disks import probe_disk_facts
from bedplate.facts.lvm import probe_volume_groups
from bedplate.facts.net import probe_nics, probe_routes
from bedplate.facts.platform import probe_cmdline, probe_firmware, probe_memory
from bedplate.facts.tools import INSTALL_TOOLS, MissingTool
from bedplate.facts.zfs import probe_pools
from bedplate.model.facts import Facts
from bedplate.run import Runner, have

T = TypeVar("T")


def probe_facts(run: Runner, *, include_loop: bool = False) -> Facts:
    """What this machine is and holds, now.

    A tool that is not installed leaves its part empty and is named in `missing_tools`, as are
    those that only an installation needs: it must find out before it writes. Without lsblk and
    wipefs nothing can be said about disks, so their absence is an error. `include_loop`
    counts loop devices with a file behind them as disks.

    Needs root. Raises `FactsError` or `CommandError` if something cannot be read.
    """
    missing = {tool for tool in INSTALL_TOOLS if not have(tool)}
    disks = probe_disk_facts(run, include_loop=include_loop)
    return Facts(
        firmware=probe_firmware(),
        memory_bytes=probe_memory(),
        kernel_cmdline=probe_cmdline(),
        disks=disks,
        pools=_unless_missing(missing, lambda: probe_pools(run, disks)),
        volume_groups=_unless_missing(missing, lambda: probe_volume_groups(run)),
        nics=_unless_missing(missing, lambda: probe_nics(run)),
        routes=_unless_missing(missing, lambda: probe_routes(run)),
        missing_tools=tuple(sorted(missing)),
    )


def _unless_missing(missing: set[str], probe: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
    """What `probe` finds, or nothing and a note if its tool is not installed."""
    try:
        return probe()
    except MissingTool as answer:
        missing.add(answer.tool)
        return ()
