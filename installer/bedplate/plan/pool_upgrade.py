"""Whether the features of a pool may be enabled: what cannot be undone must not stop the host.

zpool-upgrade(8), and the manual's warnings: GRUB cannot read a pool with features that it does not
know, and neither can an older kernel's ZFS.
"""

from __future__ import annotations

from collections.abc import Iterator

from debian.debian_support import Version

from bedplate.errors import Problem, RefusedError
from bedplate.model.host_change import HostChange, HostCommand
from bedplate.model.pool_upgrade import PoolFeatures


def plan_pool_upgrade(found: PoolFeatures) -> HostChange:
    """Enable all features. Raises `RefusedError` if something would not read the pool any more."""
    if not found.disabled:
        return HostChange(summary=f"The pool {found.pool} has all features enabled already.")
    if problems := tuple(_refusals(found)):
        raise RefusedError(problems)
    count = len(found.disabled)
    return HostChange(
        summary=f"The pool {found.pool} has {count} feature{'' if count == 1 else 's'} more.",
        commands=(HostCommand(argv=("zpool", "upgrade", found.pool)),),
    )


def _refusals(found: PoolFeatures) -> Iterator[Problem]:
    if found.holds_boot and not found.esp_sync:
        message = (
            "GRUB reads the kernels of this host from it, and does not know every feature: the "
            "host would not start any more"
        )
        hint = "let ESPs carry the kernels first, `bedplate esp init`"
        yield Problem("pool-read-by-grub", found.pool, message, hint)
    for kernel, version in found.modules.items():
        if found.zfs and Version(version) < Version(found.zfs):
            message = (
                f"the kernel {kernel} has ZFS {version}, older than the {found.zfs} that runs, and "
                "would not import it any more"
            )
            hint = "remove that kernel first, or have dkms build its module anew"
            yield Problem("kernel-older-zfs", found.pool, message, hint)
