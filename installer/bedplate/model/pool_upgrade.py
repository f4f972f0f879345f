"""A pool whose features may be enabled, and what would have to live with that."""

from __future__ import annotations

from bedplate.model.value import Value


class PoolFeatures(Value):
    """A pool of a running host, with the features that its ZFS knows and the pool has not enabled.

    `holds_boot` is whether /boot lies on it, `esp_sync` whether kernels are started from ESPs, and
    `zfs` the version of the loaded module. `modules` are those of the kernels in /boot, by kernel;
    one that has none is not among them.
    """

    pool: str
    disabled: tuple[str, ...]
    holds_boot: bool
    esp_sync: bool
    zfs: str
    modules: dict[str, str]
