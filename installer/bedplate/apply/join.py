"""Has a new partition join a store, in the place of a member or beside it, and waits for its data.

Whether that was done already is asked of the store itself: a run that was broken off, and a machine
that was started again meanwhile, both find it under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from bedplate.apply.interrupt import pause
from bedplate.apply.md import arrays_on
from bedplate.errors import ApplyError, Problem
from bedplate.model.disk_change import (
    AddBtrfs,
    AttachArray,
    AttachPool,
    JoinArray,
    JoinBtrfs,
    JoinCache,
    JoinPool,
    SpreadBtrfs,
)
from bedplate.model.store import MemberFact, MemberState, StoreFact
from bedplate.render import join_argv
from bedplate.run import Runner

LookAtStores = Callable[[], tuple[StoreFact, ...]]
Heard = Callable[[float], None]

_FIRST_POLL_SECONDS = 0.25
_LAST_POLL_SECONDS = 10.0
_START_POLL_SECONDS = 0.5
_STARTS_WITHIN = 120
# A balance moves as much data as was written meanwhile: days, on slow disks.
WEEK_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Joining:
    """What is needed to ask and to tell stores; `node_of` finds a new partition by its GUID."""

    run: Runner
    look: LookAtStores
    node_of: Callable[[str], Path]
    name_of: Callable[[str], Path]

    def pool(self, step: JoinPool) -> None:
        """Have the partition take the member's place in its pool."""
        if self._has(step.partition_guid):
            return
        if step.given_up is not None:
            self.run(join_argv.let_go_in_pool(step.pool, step.given_up))
        new = self.name_of(step.partition_guid)
        self.run(join_argv.replace_in_pool(step.pool, step.old, new))

    def cache(self, step: JoinCache) -> None:
        """Have the partition take the place of a device of the pool's cache."""
        if not self._has(step.partition_guid):
            new = self.name_of(step.partition_guid)
            remove, add = join_argv.replace_in_cache(step.pool, step.old, new)
            self.run(remove, check=False)  # an earlier run may have come so far
            self.run(add)

    def array(self, step: JoinArray) -> None:
        """Add the partition to the array, as a copy of the old member if that works."""
        array, new = Path(step.array), self.node_of(step.partition_guid)
        old = Path(step.failed) if step.failed is not None else None
        if not self._has(step.partition_guid):
            if old is not None and not step.works:
                for argv in join_argv.give_up_in_array(array, old):
                    self.run(argv, check=False)  # the kernel may have done so by itself
            self.run(join_argv.forget_in_array(array), check=False)
            self.run(join_argv.add_to_array(array, new))
        if old is not None and step.works and self._has_path(old):
            self.run(join_argv.copy_in_array(array, old, new), check=False)

    def btrfs(self, step: JoinBtrfs) -> None:
        """Have the partition take the device's place; the kernel goes on by itself.

        The command returns before it has told the kernel, and what that answers is lost. Raises
        `ApplyError` if nothing comes of it.
        """
        if self._has(step.partition_guid):
            return
        new = self.node_of(step.partition_guid)
        self.run(join_argv.replace_in_btrfs(Path(step.at), step.old, new))
        for _ in range(_STARTS_WITHIN):
            if self._has(step.partition_guid):
                # So that the next mount, after a power cut, knows of it too.
                self.run(join_argv.commit_btrfs(Path(step.at)))
                return
            pause(_START_POLL_SECONDS)
        message = f"the kernel has not begun to copy to {new}"
        raise ApplyError(Problem("join-failed", step.at, message, "`dmesg` may say why"))

    def attach(self, step: AttachPool | AttachArray | AddBtrfs) -> None:
        """Have the partition join as one member more."""
        has = self._has(step.partition_guid)
        match step:
            case AttachPool():
                new = self.name_of(step.partition_guid)
                if not has:
                    self.run(join_argv.attach_in_pool(step.pool, step.beside, new))
            case AttachArray():
                array, node = Path(step.array), self.node_of(step.partition_guid)
                # Of an array that was told of it and no more it is a spare, and no member yet.
                if not has and not any(arrays_on(node)):
                    self.run(join_argv.add_to_array(array, node))
                self.run(join_argv.widen_array(array, step.wanted))
            case AddBtrfs():
                if not has:
                    new = self.node_of(step.partition_guid)
                    self.run(join_argv.add_to_btrfs(Path(step.at), new))
            case other:
                assert_never(other)

    def spread(self, step: SpreadBtrfs) -> None:
        """Make second copies; what has them already is left alone."""
        argv = join_argv.spread_btrfs(Path(step.at), step.data, step.metadata)
        self.run(argv, timeout=WEEK_SECONDS)

    def wait(self, store: str, guids: tuple[str, ...], heard: Heard) -> None:
        """Return once all these partitions are members like any other.

        Raises `ApplyError` if one of them is lost on the way, or is no member at all.
        """
        nodes = [self.node_of(guid) for guid in guids]
        for seconds in _pauses():
            found = self._store(store)
            states = [_state_at(node, found) for node in nodes]
            if failed := [n for n, s in zip(nodes, states, strict=True) if s in _LOST]:
                raise ApplyError(_not_joined(found, failed))
            if all(state is MemberState.WELL for state in states) and not found.is_joining:
                if found.errors:
                    raise ApplyError(_with_errors(found))
                return
            if found.done is not None:
                heard(found.done)
            pause(seconds)

    def _store(self, store: str) -> StoreFact:
        for found in self.look():
            if found.id == store:
                return found
        message = "is not in use any more"
        raise ApplyError(Problem("store-gone", store, message, "see `bedplate doctor`"))

    def _has(self, guid: str) -> bool:
        return self._has_path(self.node_of(guid))

    def _has_path(self, node: Path) -> bool:
        """Whether a device is a member of anything already."""
        return any(_member_at(node, store) is not None for store in self.look())


def _pauses() -> Iterator[float]:
    """Short ones first: what is done soon is seen soon, and what takes hours is asked rarely."""
    seconds = _FIRST_POLL_SECONDS
    while True:
        yield seconds
        seconds = min(1.25 * seconds, _LAST_POLL_SECONDS)


_LOST = frozenset({MemberState.FAILED, MemberState.MISSING, None})


def _state_at(node: Path, store: StoreFact) -> MemberState | None:
    member = _member_at(node, store)
    return member.state if member is not None else None


def _member_at(node: Path, store: StoreFact) -> MemberFact | None:
    everyone = (one for _, member in store.members for one in (member, member.successor) if one)
    return next((one for one in everyone if one.path and Path(one.path).resolve() == node), None)


def _not_joined(store: StoreFact, nodes: Iterable[Path]) -> Problem:
    names = ", ".join(map(str, nodes))
    message = f"{names} did not become a member: it failed, or was given up"
    hint = "the data is where it was before; look at `dmesg`, and replace with another disk"
    return Problem("join-failed", store.name, message, hint)


def _with_errors(store: StoreFact) -> Problem:
    message = f"has {store.errors} error(s) in its data: not everything could be read or copied"
    hint = {
        "zfs": f"`zpool status -v {store.name}` names the files; restore them from a backup",
        "btrfs": "`dmesg` names the files; restore them from a backup",
        "md": "see /proc/mdstat and `dmesg`",
    }[store.kind]
    return Problem("resilver-errors", store.name, message, hint)
