"""Why Secure Boot would keep out the host of a plan, or the ZFS that its installation needs."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.errors import Problem
from bedplate.model.facts import ZFS_MODULE, Facts
from bedplate.model.manifest import Manifest
from bedplate.model.plan import Plan, ZfsStorage
from bedplate.model.secure_boot import ZFS, ModuleTrust, SignedModule

_CODE = "secure-boot-zfs"
_ELSE = "turn Secure Boot off, or use an LVM or btrfs layout"
_ENROL = f"enrol the key with `bedplate secure-boot enrol`, {_ELSE}"


def refuse_saved(plan: Plan, facts: Facts, manifest: Manifest) -> Iterator[Problem]:
    """That a plan of another day would make a host which the Secure Boot of today keeps out."""
    if facts.firmware.secure_boot and any(
        one.loader == "systemd-boot" for one in plan.boot.loaders
    ):
        message = (
            "was made with Secure Boot off: its host starts with systemd-boot, which a firmware "
            "with Secure Boot on does not take"
        )
        yield Problem("secure-boot-loader", plan.hostname, message, "plan again on this machine")
    if isinstance(plan.storage, ZfsStorage):
        yield from refuse_zfs(facts, manifest)


def explains_missing(facts: Facts) -> frozenset[str]:
    """What is only missing because Secure Boot keeps it out."""
    trust = facts.module_trust
    return frozenset({ZFS_MODULE} if trust is not None and _kept_out(trust) else ())


def refuse_zfs(facts: Facts, manifest: Manifest) -> Iterator[Problem]:
    """That the pool could not be made here, or the new host would not find it.

    Where the module or a tool is missing, that is told as such and not here.
    """
    if not facts.firmware.checks_modules:
        return
    trust = facts.module_trust
    if trust is None:
        if not {"modinfo", "mokutil"}.intersection(facts.missing_tools):
            message = "Secure Boot is on, and the facts do not say who signed the zfs module"
            yield Problem(_CODE, "firmware", message, "save the facts anew with this version")
    elif module := _kept_out(trust):
        yield _not_loaded(module)
    elif not _starts(manifest, trust):
        message = (
            "Secure Boot is on, and the zfs module of the images is signed with another key than "
            "that of the running system, one that is not enrolled on this machine"
        )
        hint = f"start the medium that belongs to the images and enrol its key, {_ELSE}"
        yield Problem(_CODE, "images", message, hint)


def _kept_out(trust: ModuleTrust) -> SignedModule | None:
    """The ZFS of the running system, if that does not load it."""
    return next((module for module in trust.refused if module.name == ZFS), None)


def _not_loaded(module: SignedModule) -> Problem:
    if module.serial is None:
        message = "Secure Boot is on, and the zfs module of the running system is not signed"
        return Problem(_CODE, "firmware", message, _ELSE)
    message = (
        "Secure Boot is on, and the zfs module is signed with a key that is not enrolled on this "
        "machine, so that no kernel would load it"
    )
    return Problem(_CODE, "firmware", message, _ENROL)


def _starts(manifest: Manifest, trust: ModuleTrust) -> bool:
    """Whether what the images hold would be loaded, as far as they say."""
    return manifest.zfs_key is None or trust.knows(manifest.zfs_key)
