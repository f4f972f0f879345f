"""How much memory ZFS may cache in: the limits of the ARC, as options of its kernel module.

zfs(4): an upper limit that is not above the lower one is ignored, and the lower one is 1/32 of the
memory unless something else is said. So an upper limit down there needs a lower one with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.errors import Problem
from bedplate.model.settings import ARC_KEY, ZfsSettings
from bedplate.plan.zfs import arc_max_bytes
from bedplate.units import MIB, human

ARC_MAX, ARC_MIN = "zfs_arc_max", "zfs_arc_min"
# ARC_C_MIN of OpenZFS: 1/32 of the memory, at least two blocks of 16 MiB.
_DEFAULT_MIN_SHARE = 32
_LEAST_MIN_BYTES = 32 * MIB
# ARC of ZFS's own choice, where nothing limits it.
_DEFAULT_MAX_SHARE = 2


def default_arc_min(memory_bytes: int) -> int:
    """The lower limit that ZFS chooses by itself."""
    return max(memory_bytes // _DEFAULT_MIN_SHARE, _LEAST_MIN_BYTES)


def arc_options(memory_bytes: int, settings: ZfsSettings) -> Mapping[str, str | None]:
    """Both limits as options of the module; `None` leaves one to ZFS.

    Without an upper limit in the settings it is the one that every new host gets.
    """
    upper = arc_max_bytes(memory_bytes, settings.arc_max_mib)
    lower = None if not settings.arc_min_mib else settings.arc_min_mib * MIB
    if lower is None and 0 < upper <= default_arc_min(memory_bytes):
        lower = upper - 1
    return {ARC_MAX: str(upper), ARC_MIN: None if lower is None else str(lower)}


def refuse_arc(memory_bytes: int, settings: ZfsSettings) -> Iterator[Problem]:
    """Limits that the machine has not the memory for."""
    wanted = (settings.arc_max_mib or 0) * MIB
    lower = (settings.arc_min_mib or 0) * MIB
    upper = arc_max_bytes(memory_bytes, settings.arc_max_mib)
    memory = human(memory_bytes)
    if wanted > memory_bytes and settings.arc_key == ARC_KEY:
        message = f"is {human(wanted)}, but the machine has {memory} of memory"
        hint = f"leave it out for the usual {human(arc_max_bytes(memory_bytes, None))}"
        yield Problem("arc-beyond-memory", ARC_KEY, message, hint)
    elif lower and lower >= (upper or memory_bytes // _DEFAULT_MAX_SHARE):
        limit = human(upper or memory_bytes // _DEFAULT_MAX_SHARE)
        message = f"is {human(lower)}, but the upper limit is {limit} of {memory} of memory"
        yield Problem("arc-beyond-memory", "zfs.arc-min", message, "take less, or raise the other")
