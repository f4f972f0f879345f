"""The last look before the first write: are these still the disks the plan was made for?"""

from __future__ import annotations

from collections.abc import Callable, Collection

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import DiskFact

LookAgain = Callable[[Collection[str]], tuple[DiskFact, ...]]


def check_unchanged(made_for: tuple[DiskFact, ...], look_again: LookAgain, *, begun: bool) -> None:
    """Probe a plan's disks again and compare them with what the plan was made for.

    A run that has `begun` writing has changed the disks itself; then only their identity (serial,
    WWN, model, sizes) is compared.

    Raises `RefusedError` naming each disk that is gone or differs, and in what.
    """
    now = {disk.id: disk for disk in look_again([disk.id for disk in made_for])}
    problems = [problem for one in made_for for problem in _changes(one, now, begun=begun)]
    if problems:
        raise RefusedError(problems)


_IDENTITY = ("serial", "wwn", "model", "size_bytes", "sector_size")
_CONTENTS = (
    *("table", "guid", "partitions", "signatures", "mounts", "swap", "holders", "layers"),
    *("stale_backup_sector", "read_only"),
)


def _changes(planned: DiskFact, now: dict[str, DiskFact], *, begun: bool) -> list[Problem]:
    found = now.get(planned.id)
    if found is None:
        message = "is not there any more"
        return [Problem("stale-plan", planned.id, message, "plan again")]
    fields = _IDENTITY if begun else _IDENTITY + _CONTENTS
    differing = [name for name in fields if getattr(planned, name) != getattr(found, name)]
    if not differing:
        return []
    message = f"has changed since the plan was made ({', '.join(differing)})"
    return [Problem("stale-plan", planned.id, message, "plan again")]
