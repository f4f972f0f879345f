"""Storage on several disks that the kernel looks after, and whether all of them are there."""

from __future__ import annotations

from typing import Literal

from bedplate.model.value import Value


class ArrayFact(Value):
    """An md array or a btrfs on several devices.

    `name` is what people know it by (`/dev/md/mirror`, a btrfs by its label or UUID), `members` how
    many it should have, `missing` how many of them it goes on without, `erring` how many of a btrfs
    have failed to take what was written since their counters were reset.
    """

    kind: Literal["md", "btrfs"]
    name: str
    members: int
    missing: int = 0
    erring: int = 0
