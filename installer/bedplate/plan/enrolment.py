"""Which keys the owner of a machine should enrol, so that Secure Boot lets its kernels load ZFS."""

from __future__ import annotations

from collections.abc import Collection

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule


def plan_enrolment(firmware: Firmware, trust: ModuleTrust) -> tuple[Certificate, ...]:
    """The certificates that shim is to be given; none, if all are enrolled or about to be.

    Raises `RefusedError` on a machine where shim would not get or not read them.
    """
    if problem := _obstacle(firmware, trust):
        raise RefusedError(problem)
    known = {*trust.enrolled, *trust.staged}
    return tuple(one for one in trust.certificates if one.serial not in known)


def refused_modules(trust: ModuleTrust, needed: Collection[str]) -> tuple[Problem, ...]:
    """Modules among the `needed` ones that no kernel would load while Secure Boot is on."""
    refused = [m for m in trust.modules if m.name in needed and not trust.takes(m)]
    return tuple(_refused(m) if _is_at_hand(m, trust) else _unknown(m) for m in refused)


def unknown_signers(trust: ModuleTrust) -> tuple[Problem, ...]:
    """Modules that no kernel would load, and whose certificate this host does not have either."""
    refused = [module for module in trust.modules if not trust.takes(module)]
    return tuple(_unknown(module) for module in refused if not _is_at_hand(module, trust))


def _obstacle(firmware: Firmware, trust: ModuleTrust) -> Problem | None:
    where = "firmware"
    if firmware.kind is not FirmwareKind.UEFI:
        message = "started this machine as a BIOS, and has no keys"
        return Problem("no-secure-boot", where, message, "nothing needs to be enrolled")
    if not firmware.nvram_writable:
        message = "does not let its variables be written, so that no key can be handed over"
        hint = "mount efivarfs for writing, or enrol the certificate in the firmware's own setup"
        return Problem("nvram-read-only", where, message, hint)
    # Shim always enrols the key of whoever made it.
    if not trust.enrolled:
        message = "started this machine without shim, which is what enrols keys"
        hint = "turn Secure Boot on, start an installer medium or a host with shim, and try there"
        return Problem("no-shim", where, message, hint)
    return None


def _is_at_hand(module: SignedModule, trust: ModuleTrust) -> bool:
    return module.serial in {one.serial for one in trust.certificates}


def _refused(module: SignedModule) -> Problem:
    where = f"{module.name} of {module.kernel}"
    message = "is signed with a key that is not enrolled, so that the kernel does not load it"
    hint = "`bedplate secure-boot enrol`, and confirm it at the next boot"
    return Problem("module-refused", where, message, hint)


def _unknown(module: SignedModule) -> Problem:
    where = f"{module.name} of {module.kernel}"
    if module.serial is None:
        message = "is not signed, and no kernel loads it with Secure Boot on"
        return Problem("module-unsigned", where, message, "see dkms(8) about `mok_signing_key`")
    message = f"is signed with the key {module.serial}, whose certificate is not on this host"
    return Problem("signer-unknown", where, message, "build the module again: `dkms autoinstall`")
