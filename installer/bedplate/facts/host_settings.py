"""Reads of a running host what settings are about, and no more of it than they name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bedplate.facts.kernels import text_of
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.platform import probe_memory
from bedplate.facts.tools import MissingTool, ask, parse_json
from bedplate.facts.wake import probe_cards
from bedplate.model.host_settings import (
    FoundDataset,
    FoundDevice,
    FoundProperty,
    HostSettings,
    Paths,
)
from bedplate.model.secret import Secret
from bedplate.model.settings import SCRUB_PROPERTY, ZFS_OPTIONS, Settings
from bedplate.run import Runner

_MODULE = "sys/module/zfs/parameters"
_PARAMETERS = ("zfs_arc_max", "zfs_arc_min")
_LSBLK = ("lsblk", "--json", "--nodeps", "--output", "PATH,FSTYPE,UUID,MOUNTPOINTS")
_BIN = ("usr/sbin", "usr/bin")
_TOOLS = ("newaliases", "postfix", "smartd", "sshd", "useradd", "visudo", "zed")


def probe_host_settings(
    run: Runner, settings: Settings, paths: Paths, root: Path = Path("/")
) -> HostSettings:
    """The host below `root`: `paths`, and what `settings` name."""
    pools = dict.fromkeys(settings.zfs.pools, ("autotrim",))
    datasets = _asked_datasets(settings)
    admin, devices = settings.node.admin, settings.swap.devices
    return HostSettings(
        texts={path: text for path in paths.texts if (text := text_of(root, path)) is not None},
        links={path: target for path in paths.links if (target := _link(root, path)) is not None},
        private={
            path: Secret(text)
            for path in paths.private
            if (text := text_of(root, path)) is not None
        },
        memory_bytes=probe_memory(root),
        module=_probe_module(root),
        root_on_zfs=any(one.target == "/" and one.kind == "zfs" for one in probe_mounts(root)),
        pools={n: f for n, names in pools.items() if (f := _probe(run, "zpool", n, names))},
        datasets={n: f for n, names in datasets.items() if (f := _probe(run, "zfs", n, names))},
        devices={path: one for path in devices if (one := probe_device(run, path)) is not None},
        sysctls=probe_sysctls(settings.node.sysctl, root),
        users={} if admin is None else _probe_users(admin.name, root),
        hashes={} if admin is None else _probe_hashes(admin.name, root),
        cards=probe_cards(run) if settings.node.wake_on_lan else (),
        keys=tuple(path for path in paths.keys if (root / path[1:]).exists()),
        tools=tuple(tool for tool in _TOOLS if any((root / at / tool).exists() for at in _BIN)),
    )


def probe_arc(root: Path = Path("/")) -> tuple[dict[str, str], dict[str, str]]:
    """The limits of the ARC that a file states, and those of the module that is loaded."""
    stated = parse_module_options(text_of(root, ZFS_OPTIONS) or "", "zfs")
    return stated, _probe_module(root)


def parse_module_options(text: str, module: str) -> dict[str, str]:
    """The options of a kernel module in a file of modprobe.d(5); the last of a name counts."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match line.split():
            case ["options", name, *words] if name == module:
                found |= dict(word.split("=", 1) for word in words if "=" in word)
    return found


def parse_properties(text: str) -> FoundDataset:
    """What `zfs get -H -o property,value,source` prints, or `zpool get`."""
    found = {}
    for line in text.splitlines():
        name, value, source = line.split("\t")
        found[name] = FoundProperty(value=value, is_local=source in {"local", "received"})
    return FoundDataset(properties=found)


def probe_device(run: Runner, path: str) -> FoundDevice | None:
    """A block device, `None` if there is none of that name."""
    if not Path(path).is_block_device():
        return None
    argv = [*_LSBLK, path]
    (found,) = parse_json(ask(run, argv).stdout, " ".join(argv))["blockdevices"]
    return FoundDevice(
        path=found["path"],
        fstype=found["fstype"],
        uuid=found["uuid"],
        in_use=any(found["mountpoints"]),
    )


def _asked_datasets(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The properties to ask each dataset for."""
    zfs = settings.zfs
    asked = {name: tuple(properties) for name, properties in zfs.datasets.items()}
    for name in zfs.pools:
        asked[name] = (*asked.get(name, ()), SCRUB_PROPERTY)
    for dataset in zfs.encrypted:
        asked[dataset.name] = (*asked.get(dataset.name, ()), "encryption")
    return asked


def _link(root: Path, path: str) -> str | None:
    place = root / path[1:]
    return str(place.readlink()) if place.is_symlink() else None


def _probe_module(root: Path) -> dict[str, str]:
    texts = {name: text_of(root, f"/{_MODULE}/{name}") for name in _PARAMETERS}
    return {name: text.strip() for name, text in texts.items() if text is not None}


def _probe(run: Runner, tool: str, name: str, properties: tuple[str, ...]) -> FoundDataset | None:
    """What is there, by that name; one that does not exist, or a host without ZFS, is nothing."""
    columns = ("-H", "-o", "property,value,source")
    try:
        argv = [tool, "get", *columns, ",".join(properties or ("type",)), name]
        result = ask(run, argv, check=False)
    except MissingTool:
        return None
    return parse_properties(result.stdout) if result.code == 0 else None


def probe_sysctls(asked: Iterable[str], root: Path = Path("/")) -> dict[str, str]:
    """Values of the parameters that this kernel has; one that cannot be read is there all the same.

    A dot in a name stands for a slash, and the other way round: sysctl.d(5).
    """
    found = {}
    for name in asked:
        place = root / "proc/sys" / name.translate(str.maketrans("./", "/."))
        if place.is_file():
            readable = os.access(place, os.R_OK) and place.stat().st_mode & 0o444
            found[name] = " ".join(place.read_text().split()) if readable else ""
    return found


def _probe_users(name: str, root: Path) -> dict[str, tuple[str, ...]]:
    """The groups that a user was put into, if there is one of that name."""
    names = [line.split(":")[0] for line in (text_of(root, "/etc/passwd") or "").splitlines()]
    if name not in names:
        return {}
    rows = [line.split(":") for line in (text_of(root, "/etc/group") or "").splitlines()]
    return {name: tuple(row[0] for row in rows if len(row) > 3 and name in row[3].split(","))}


def _probe_hashes(name: str, root: Path) -> dict[str, Secret]:
    rows = [line.split(":") for line in (text_of(root, "/etc/shadow") or "").splitlines()]
    return {row[0]: Secret(row[1]) for row in rows if row[0] == name and len(row) > 1}
