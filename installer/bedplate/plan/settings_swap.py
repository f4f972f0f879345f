"""Swap on partitions and volumes of a running host."""

from __future__ import annotations

from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.host_settings import HostSettings
from bedplate.model.settings import SwapSettings
from bedplate.plan.ids import Ids
from bedplate.render import in_place
from bedplate.render.fstab import FSTAB

# What identifies a space is derived from its device, so that a plan is the same every time.
_IDS = Ids(b"bedplate swap")


def swap_change(swap: SwapSettings, host: HostSettings) -> HostChange:
    """Each device made swap space unless it is, entered into fstab(5), and used from now on.

    Like those of an installation they may be gone at the next start.
    """
    commands: list[HostCommand] = []
    lines = []
    for path in swap.devices:
        found = host.devices[path]
        uuid = found.uuid
        if found.fstype != "swap" or uuid is None:
            uuid = _IDS.guid(path)
            wipe = HostCommand(argv=("wipefs", "--all", "--quiet", path))
            commands.append(HostCommand(argv=("mkswap", "--uuid", uuid, path), undo=wipe))
        lines.append(f"UUID={uuid} none swap sw,nofail 0 0")
        if not found.in_use:
            undo = HostCommand(argv=("swapoff", path))
            commands.append(HostCommand(argv=("swapon", path), undo=undo))
    before = host.texts.get(FSTAB, "")
    text = in_place.with_lines(before, lines)
    files = () if text == before else (HostFile(path=FSTAB, content=text),)
    reload = HostCommand(argv=("systemctl", "daemon-reload"))
    return HostChange(
        summary="",
        files=files,
        commands=tuple(commands),
        reloads=(reload,) if files else (),
    )
