"""Everything on this host that keeps data on several devices, and how its members are."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bedplate.facts.btrfs import probe_btrfs
from bedplate.facts.md import probe_arrays
from bedplate.facts.tools import unless_missing
from bedplate.facts.zpool_status import probe_pool_stores
from bedplate.model.store import StoreFact
from bedplate.run import Runner


def probe_stores(
    run: Runner, root: Path = Path("/"), *, every_size: bool = False
) -> tuple[StoreFact, ...]:
    """The imported pools, the running arrays, the mounted btrfs.

    How large a member has to be takes pools some time to say: `every_size` asks also about those
    that have lost nothing.

    Raises `FactsError` or `CommandError` if a tool that is there says what makes no sense.
    """
    pools = unless_missing(partial(probe_pool_stores, every_size=every_size), run)
    return (*pools, *probe_arrays(root), *probe_btrfs(root))
