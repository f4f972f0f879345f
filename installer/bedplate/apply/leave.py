"""Has stores do without a member that works; one that is out already is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from bedplate.apply.join import WEEK_SECONDS, LookAtStores
from bedplate.model.disk_change import LeaveArray, LeaveBtrfs, LeavePool, LeaveStep
from bedplate.model.store import StoreFact
from bedplate.render import leave_argv
from bedplate.run import Runner


def leave(run: Runner, look: LookAtStores, step: LeaveStep) -> None:
    """Take a member out of its store; returns when its data is where it is to be.

    Raises `CommandError` if the store cannot do without it: nothing is lost then.
    """
    stores = look()
    match step:
        case LeavePool(pool=pool, member=member, is_vdev=is_vdev):
            if member in _members(stores, pool):
                how = leave_argv.leave_pool if is_vdev else leave_argv.leave_mirror
                run(how(pool, member))
        case LeaveArray(array=array, path=path, wanted=wanted):
            fail, remove, shrink = leave_argv.leave_array(Path(array), Path(path), wanted)
            if path in _paths(stores, array):
                run(fail)
                run(remove)
            run(shrink)
        case LeaveBtrfs(at=at, member=member, single=single):
            if member in _members(stores, at):
                if single:
                    run(leave_argv.give_up_copies(Path(at)), timeout=WEEK_SECONDS)
                run(leave_argv.leave_btrfs(Path(at), member), timeout=WEEK_SECONDS)
        case other:
            assert_never(other)


def _members(stores: tuple[StoreFact, ...], at: str) -> set[str]:
    return {member.id for store in stores if store.at == at for _, member in store.members}


def _paths(stores: tuple[StoreFact, ...], at: str) -> set[str | None]:
    return {member.path for store in stores if store.at == at for _, member in store.members}
