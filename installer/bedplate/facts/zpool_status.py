"""The vdevs and members of imported pools, from `zpool status`.

Its JSON form came with ZFS 2.3, and hosts with older versions lose disks too, so the table for
people is read; its form has not changed since long before. It is asked twice: with `-P` it names
members by where they are, or were last, and with `-g` by their guids. zpool-status(8).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bedplate.facts.tools import ask, senseless
from bedplate.model.plan import Role
from bedplate.model.store import MemberFact, MemberGroup, MemberState, StoreFact
from bedplate.run import Runner, side_by_side
from bedplate.units import KIB, MIB, align_down, align_up

_STATUS = ("zpool", "status", "-P")
_BY_GUID = ("zpool", "status", "-g")
_POOLS = ("zpool", "list", "-H", "-o", "name,guid")
_TRIES = 5
_ROLES = {"special": Role.SPECIAL, "logs": Role.LOG, "cache": Role.CACHE}
_STATES = {
    "ONLINE": MemberState.WELL,
    "DEGRADED": MemberState.FAILED,
    "FAULTED": MemberState.FAILED,
    "OFFLINE": MemberState.FAILED,
    "UNAVAIL": MemberState.MISSING,
    "REMOVED": MemberState.MISSING,
}
_JOINING = re.compile(r"\((?:awaiting )?resilver(?:ing)?\)")
_WAS = re.compile(r"was (/\S+)")
# A vdev that is there while one member takes the place of another.
_PASSING = re.compile(r"(?:replacing|spare)-\d+")
_LINE = re.compile(
    r"\t(?P<indent> *)(?P<name>\S.*?)(?: +(?P<state>[A-Z]{5,8})(?P<rest> .*|))?[ \t]*"
)
_DONE = re.compile(r"resilver in progress.*?([\d.]+)% done", re.DOTALL)
_ERRORS = re.compile(r"(?:resilvered .* with |^errors: )(\d+) (?:data )?errors", re.MULTILINE)
_CHILD = re.compile(r"^ {8}children\[", re.MULTILINE)
# Of a label of ZFS: two in front, a hole for a boot block, two at the end.
_LABELS_BYTES = 4 * MIB + 512 * KIB
_LABEL_BYTES = 256 * KIB


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table: how deep it is, the name, the state, and what is behind it."""

    depth: int
    name: str
    state: str | None
    rest: str


def parse_zpool_status(
    by_path: str, by_guid: str, pools: Mapping[str, str]
) -> tuple[StoreFact, ...]:
    """The pools of `zpool status -P`, members named by what `zpool status -g` says in their place.

    `pools` are guids by name. Raises `FactsError` if the two do not fit together.
    """
    tables, named, scans = dict(_tables(by_path)), dict(_tables(by_guid)), dict(_parts(by_path))
    stores = []
    for pool, rows in tables.items():
        guids = named.get(pool, [])
        if pool not in pools or [row.depth for row in rows] != [row.depth for row in guids]:
            raise senseless(_STATUS, f"does not fit what it printed a moment ago about {pool}")
        pairs = list(zip(rows, (row.name for row in guids), strict=True))
        scan = scans[pool]
        stores.append(
            StoreFact(
                kind="zfs",
                id=pools[pool],
                name=pool,
                at=pool,
                groups=tuple(_groups(pairs)),
                done=float(found[1]) / 100 if (found := _DONE.search(scan)) else None,
                errors=max((int(number) for number in _ERRORS.findall(scan)), default=0),
            )
        )
    return tuple(stores)


def parse_label(text: str) -> int | None:
    """The least size of a new member beside one whose label `zdb -l` printed, in bytes.

    ZFS only asks for room for the metaslabs that there are, so it may be smaller than its siblings.
    """
    asize, shift = _number(text, "asize"), _number(text, "metaslab_shift")
    if asize is None or shift is None:
        return None
    used = align_down(asize, 1 << shift)
    if (parity := _number(text, "nparity")) is not None and parity > 0:
        used = -(-used // len(_CHILD.findall(text)))
    return align_up(used + _LABELS_BYTES, _LABEL_BYTES)


def probe_pool_stores(run: Runner, *, every_size: bool = False) -> tuple[StoreFact, ...]:
    """Every imported pool with its members; see `probe_stores`.

    Raises `MissingTool`, `FactsError`, `CommandError`.
    """
    for left in reversed(range(_TRIES)):
        with side_by_side() as threads:
            asked = [threads.submit(ask, run, argv) for argv in (_STATUS, _BY_GUID, _POOLS)]
        by_path, by_guid, listed = (one.result().stdout for one in asked)
        pools = dict(line.split("\t") for line in listed.splitlines())
        # A resilver that ends in between takes a line away.
        if left == 0 or _depths(by_path) == _depths(by_guid):
            break
    stores = parse_zpool_status(by_path, by_guid, pools)
    return tuple(_with_sizes(store, run, every=every_size) for store in stores)


def _with_sizes(store: StoreFact, run: Runner, *, every: bool) -> StoreFact:
    groups = tuple(
        group.model_copy(update=dict(_of_label(_label(group, run))))
        if every or any(member.is_lost for member in group.members)
        else group
        for group in store.groups
    )
    return store.model_copy(update={"groups": groups})


def _of_label(label: str) -> Iterator[tuple[str, int | None]]:
    yield "needed_bytes", parse_label(label)
    yield "ashift", _number(label, "ashift")


def _label(group: MemberGroup, run: Runner) -> str:
    """What is known of a vdev, from a member that can be read; a cache has nothing of it."""
    if group.role is not Role.CACHE:
        for member in group.members:
            if member.state is MemberState.WELL and member.path is not None:
                return ask(run, ("zdb", "-l", member.path), check=False).stdout
    return ""


def _depths(text: str) -> list[tuple[str, list[int]]]:
    return [(pool, [row.depth for row in rows]) for pool, rows in _tables(text)]


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The text about each pool, by its name."""
    for part in re.split(r"^ *pool: ", text, flags=re.MULTILINE)[1:]:
        pool, _, rest = part.partition("\n")
        yield pool.strip(), rest


def _tables(text: str) -> Iterator[tuple[str, list[_Row]]]:
    """For each pool the rows below its own."""
    for pool, part in _parts(text):
        table = part.partition("\nconfig:")[2].partition("\nerrors:")[0]
        found = filter(None, (_LINE.fullmatch(line) for line in table.splitlines()))
        rows = [
            _Row(len(one["indent"]) // 2, one["name"], one["state"], one["rest"] or "")
            for one in found
        ]
        # The head of the table, and the pool itself.
        yield pool, rows[2:]


def _groups(rows: list[tuple[_Row, str]]) -> Iterator[MemberGroup]:
    """The vdevs of a pool; the disks of a cache, or of a pool without redundancy, are one each."""
    role: Role | None = Role.DATA
    vdev: _Row | None = None
    inside: list[tuple[_Row, str]] = []

    def ended() -> Iterator[MemberGroup]:
        if vdev is None or not inside or role is None:
            return
        if _PASSING.fullmatch(vdev.name):  # a disk without redundancy is being replaced
            members = tuple(_succeeded([_member(row, guid) for row, guid in inside]))
            yield MemberGroup(type="disk", role=role, members=members)
        else:
            yield MemberGroup(type=vdev.name, role=role, members=tuple(_members(inside)))

    for row, guid in rows:
        if row.depth > 1:
            inside.append((row, guid))
            continue
        yield from ended()
        vdev, inside = None, []
        if row.depth == 0:
            role = _ROLES.get(row.name)
        elif row.name.startswith("/") or row.name.isdecimal():
            if role is not None:
                yield MemberGroup(type="disk", role=role, members=(_member(row, guid),))
        else:
            vdev = row
    yield from ended()


def _members(rows: Iterable[tuple[_Row, str]]) -> Iterator[MemberFact]:
    """The members of a vdev; of those below a `replacing-0`, the first goes and the last comes."""
    passing: list[MemberFact] = []
    for row, guid in rows:
        if row.depth == 2:
            yield from _succeeded(passing)
            passing = []
            if not _PASSING.fullmatch(row.name):
                yield _member(row, guid)
        else:
            passing.append(_member(row, guid))
    yield from _succeeded(passing)


def _succeeded(passing: list[MemberFact]) -> Iterator[MemberFact]:
    if not passing:
        return
    successor = passing[-1] if len(passing) > 1 else None
    if successor is not None and successor.state is MemberState.WELL:
        # Until it has everything, whether that has begun yet or not.
        successor = successor.model_copy(update={"state": MemberState.JOINING})
    yield passing[0].model_copy(update={"successor": successor})


def _member(row: _Row, guid: str) -> MemberFact:
    """A row of one device. One that cannot be opened goes by its guid, and says where it was."""
    was = _WAS.search(row.rest)
    path = row.name if row.name.startswith("/") else was[1] if was else None
    state = _STATES.get(row.state or "", MemberState.FAILED)
    if state is MemberState.WELL and _JOINING.search(row.rest):
        state = MemberState.JOINING
    return MemberFact(id=guid, path=path, state=state)


def _number(text: str, key: str) -> int | None:
    found = re.search(rf"^ +{key}: (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else None
