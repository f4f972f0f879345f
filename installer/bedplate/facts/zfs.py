"""ZFS pools: the imported ones from `zpool list`, those that could be from `zpool import`.

`zpool import` is told where to look: on what carries a label, and on mapped devices, whose content
nobody has read. Left to itself it reads every device of the machine again, which takes longer than
all other probes together, and lists the pools of guests from the volumes that hold their disks.

`zpool list -Hv` is read instead of the JSON of `zpool status -j`, because Debian 12's ZFS 2.1 has
no JSON and the tab-separated form is the same in both. The listing of importable pools has no
machine format at all (zpool-import(8)), and its names of members depend on where they were found;
so only name, guid and state are taken from it, and the members from the labels on the disks.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.tools import MissingTool, ask, senseless
from bedplate.model.facts import ZFS_MODULE, DiskFact, PoolFact
from bedplate.model.mountinfo import Mount
from bedplate.run import Result, Runner

_LIST = ("zpool", "list", "-HvLP", "-o", "name,guid,health")
_IMPORT = ("zpool", "import")
_NO_MODULE = "The ZFS modules "
_NOTHING = "no pools available to import"
_LABEL = "zfs_member"


def parse_zpool_list(text: str) -> tuple[PoolFact, ...]:
    """Imported pools and their members, from `zpool list -HvLP -o name,guid,health`.

    A pool is a line of three tab-separated fields; a vdev is a line that begins with a tab. Raises
    `FactsError` for anything else that has tabs.
    """
    pools: list[PoolFact] = []
    for line in text.splitlines():
        name, *columns = line.split("\t")
        if name and len(columns) == 2 and columns[0].isdecimal():
            pools.append(PoolFact(name=name, guid=columns[0], state=columns[1], imported=True))
        elif not name and columns and pools:
            if columns[0].startswith("/"):
                members = (*pools[-1].members, columns[0])
                pools[-1] = pools[-1].model_copy(update={"members": members})
        elif columns:
            raise senseless(_LIST, f"printed the line {line!r}")
    return tuple(pools)


def parse_zpool_import(text: str) -> tuple[PoolFact, ...]:
    """Importable pools, without their members, from the listing of `zpool import`."""
    pools: list[PoolFact] = []
    fields: dict[str, str] = {}
    for line in text.splitlines():
        # Lines of the configuration begin with a tab; `key: value` lines are padded with blanks.
        key, colon, value = line.partition(":")
        if line.startswith("\t") or not colon:
            continue
        if key.strip() == "pool":
            fields = {}
        fields.setdefault(key.strip(), value.strip())
        if key.strip() == "state":
            pools.append(_importable(fields))
    if text.strip() and not pools and _NOTHING not in text:
        raise senseless(_IMPORT, f"printed {text.strip()[:200]!r}")
    return tuple(pools)


def with_members(pools: Iterable[PoolFact], disks: Iterable[DiskFact]) -> tuple[PoolFact, ...]:
    """The pools, those without members getting the devices that carry a label with their guid."""
    labelled: dict[str, dict[str, None]] = {}
    for path, guid in _labels(disks):
        labelled.setdefault(guid, {})[path] = None
    return tuple(
        pool
        if pool.members
        else pool.model_copy(update={"members": tuple(labelled.get(pool.guid, ()))})
        for pool in pools
    )


def with_mounts(pools: Iterable[PoolFact], mounts: Iterable[Mount]) -> tuple[PoolFact, ...]:
    """The pools, each with the places where its file systems are mounted."""
    found: dict[str, list[str]] = {}
    for mount in mounts:
        if mount.kind == "zfs":
            found.setdefault(mount.source.partition("/")[0], []).append(mount.target)
    return tuple(
        pool.model_copy(update={"mounts": tuple(found.get(pool.name, ()))})
        if pool.imported
        else pool
        for pool in pools
    )


def places_of_pools(disks: Sequence[DiskFact], root: Path = Path("/")) -> tuple[str, ...]:
    """The devices on which a pool may lie that is not imported.

    A suspended mapping is left out: whoever asks it for data waits for ever.
    """
    read = {layer.node for disk in disks for layer in disk.layers}
    mapped = (
        f"/dev/{entry.name}"
        for entry in sorted((root / "sys/class/block").glob("dm-*"))
        if f"/dev/{entry.name}" not in read and not _is_suspended(entry)
    )
    return tuple(dict.fromkeys([*(path for path, _ in _labels(disks)), *mapped]))


def probe_imported_pools(run: Runner) -> tuple[PoolFact, ...]:
    """The pools that are imported, with where they are mounted.

    Raises `MissingTool` if zpool or the kernel module is not there, `FactsError` if they are, but
    do not give a sensible answer.
    """
    listed = ask(run, _LIST, check=False)
    if _NO_MODULE in listed.stderr:
        raise MissingTool(ZFS_MODULE)
    if listed.code != 0:
        raise _failure(listed)
    return with_mounts(parse_zpool_list(listed.stdout), probe_mounts())


def probe_importable_pools(run: Runner, places: Collection[str]) -> tuple[PoolFact, ...]:
    """The pools on these devices that are not imported, without their members: `with_members`.

    Raises as `probe_imported_pools` does.
    """
    if not places:
        return ()
    where = (word for place in places for word in ("-d", place))
    listing = ask(run, (*_IMPORT, *where), check=False)
    if _NO_MODULE in listing.stderr:
        raise MissingTool(ZFS_MODULE)
    # That there is nothing to import counts as a failure for zpool, but is an answer to us.
    if listing.code != 0 and _NOTHING not in listing.stderr + listing.stdout:
        raise _failure(listing)
    return parse_zpool_import(listing.stdout)


def _is_suspended(mapping: Path) -> bool:
    attribute = mapping / "dm/suspended"
    return attribute.exists() and attribute.read_text().strip() == "1"


def _labels(disks: Iterable[DiskFact]) -> Iterator[tuple[str, str]]:
    """Every device with a label of ZFS on it, and the guid of the pool that it names."""
    for thing in (thing for disk in disks for thing in disk.things):
        for signature in thing.signatures:
            if signature.kind == _LABEL and signature.uuid is not None:
                yield thing.path, signature.uuid


def _failure(result: Result) -> FactsError:
    message = f"ended with {result.code}: {result.stderr.strip()}"
    return FactsError(Problem("command-failed", shlex.join(result.argv), message))


def _importable(fields: dict[str, str]) -> PoolFact:
    try:
        return PoolFact(
            name=fields["pool"], guid=fields["id"], state=fields["state"].split()[0], imported=False
        )
    except (KeyError, IndexError) as error:
        raise senseless(_IMPORT, f"printed a pool without the line {error}") from error
