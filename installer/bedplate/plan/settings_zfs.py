"""Pools and datasets of a running host as settings say, and the ARC of its running kernel."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.host_settings import FoundProperty, HostSettings
from bedplate.model.settings import SCRUB_PROPERTY, Scrub, ZfsSettings
from bedplate.plan.arc import ARC_MAX, ARC_MIN, arc_options, default_arc_min
from bedplate.units import zfs_size

TIMERS = "/etc/systemd/system/timers.target.wants"
_UNITS = "/usr/lib/systemd/system"
_PARAMETERS = "/sys/module/zfs/parameters"
_TIMER_OF = {Scrub.WEEKLY: "zfs-scrub-weekly", Scrub.MONTHLY: "zfs-scrub-monthly"}
# zfsprops(7): two words for one value; ZFS 2.3 prints the second.
_SAME = {("xattr", "sa"): "on"}


def timer_links(pool: str) -> tuple[str, ...]:
    """The links that have a pool scrubbed by a timer; one of them at most is there."""
    return tuple(f"{TIMERS}/{timer}@{pool}.timer" for timer in _TIMER_OF.values())


def scrub_files(pool: str, scrub: Scrub) -> Iterator[HostFile]:
    """The link to the timer that scrubs, and no other; Debian's own job leaves the pool alone."""
    for kind, timer in _TIMER_OF.items():
        path = f"{TIMERS}/{timer}@{pool}.timer"
        yield HostFile(path=path, link=f"{_UNITS}/{timer}@.timer" if kind is scrub else None)


def scrub_change(zfs: ZfsSettings, host: HostSettings) -> HostChange:
    """The timers of all pools."""
    wanted = [
        file
        for name, pool in zfs.pools.items()
        if pool.scrub is not None
        for file in scrub_files(name, pool.scrub)
    ]
    files = tuple(file for file in wanted if host.links.get(file.path) != file.link)
    reload = HostCommand(argv=("systemctl", "daemon-reload"))
    verbs = (
        HostCommand(
            argv=("systemctl", "stop" if file.link is None else "start", _unit(file.path)),
            # There may be no such unit to stop any more.
            codes=(0, 5) if file.link is None else (0,),
        )
        for file in files
    )
    return HostChange(summary="", files=files, reloads=(reload, *verbs) if files else ())


def zfs_commands(zfs: ZfsSettings, host: HostSettings) -> Iterator[HostCommand]:
    """What has to be set, with what takes it back."""
    for name, pool in zfs.pools.items():
        if pool.autotrim is not None:
            found = host.pools[name].properties["autotrim"].value
            wanted = "on" if pool.autotrim else "off"
            if found != wanted:
                undo = HostCommand(argv=("zpool", "set", f"autotrim={found}", name))
                yield HostCommand(argv=("zpool", "set", f"autotrim={wanted}", name), undo=undo)
        if pool.scrub is not None:
            before = host.datasets[name].properties.get(SCRUB_PROPERTY)
            yield from _set(name, SCRUB_PROPERTY, "disable", before)
    for name, properties in zfs.datasets.items():
        for key, value in properties.items():
            yield from _set(name, key, value, host.datasets[name].properties.get(key))


def arc_commands(zfs: ZfsSettings, host: HostSettings) -> Iterator[HostCommand]:
    """Limits for the kernel that is running, in an order in which it takes both.

    A limit of 0 is ZFS's own choice, which it makes when it is loaded.
    """
    options = arc_options(host.memory_bytes, zfs)
    values = {
        name: text for name in (ARC_MIN, ARC_MAX) if (text := options[name]) not in (None, "0")
    }
    before = host.module
    if not before or not values:
        return
    running_max = int(before.get(ARC_MAX, "0")) or host.memory_bytes // 2
    lower = int(values.get(ARC_MIN, default_arc_min(host.memory_bytes)))
    names = (ARC_MIN, ARC_MAX) if lower < running_max else (ARC_MAX, ARC_MIN)
    for name in names:
        if name in values and before.get(name) not in (None, values[name]):
            undo = _write(name, before[name])
            yield _write(name, values[name]).model_copy(update={"undo": undo})


def _write(name: str, value: str) -> HostCommand:
    return HostCommand(argv=("tee", f"{_PARAMETERS}/{name}"), text=value)


def _set(dataset: str, key: str, value: str, before: FoundProperty | None) -> Iterator[HostCommand]:
    if before is not None and before.is_local and _is_same(key, value, before.value):
        return
    if before is not None and before.is_local and before.value != "-":
        undo = ("zfs", "set", f"{key}={before.value}", dataset)
    else:
        undo = ("zfs", "inherit", key, dataset)
    yield HostCommand(argv=("zfs", "set", f"{key}={value}", dataset), undo=HostCommand(argv=undo))


def _is_same(key: str, asked: str, found: str) -> bool:
    """Whether ZFS's word for a value is that of the answer file: sizes have several."""
    if _SAME.get((key, asked), asked) == found:
        return True
    size = zfs_size(asked)
    return size is not None and size == zfs_size(found)


def _unit(path: str) -> str:
    return path.rpartition("/")[2]
