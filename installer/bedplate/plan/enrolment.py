"""Which keys the owner of a machine should enrol, so that Secure Boot lets its kernels load ZFS."""

from __future__ import annotations

from collections.abc import Collection

from bedplate.errors import Problem, RefusedError
from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule

REFUSED_MODULE = frozenset({"module-refused", "module-unsigned"})
"""The codes of what `refused_module` tells."""
_BUILD = "build it again with `dkms install --force`, and the initramfs with `update-initramfs -u`"


def plan_enrolment(
    firmware: Firmware, trust: ModuleTrust, certificates: tuple[Certificate, ...]
) -> tuple[Certificate, ...]:
    """The certificates that shim is to be given; none, if all are known or about to be.

    Raises `RefusedError` on a machine where shim would not get or not read them.
    """
    if problem := _obstacle(firmware, trust):
        raise RefusedError(problem)
    return tuple(
        one
        for one in certificates
        if not trust.knows(one.serial) and one.serial not in trust.staged
    )


def not_staged(chosen: tuple[Certificate, ...], after: ModuleTrust) -> tuple[Problem, ...]:
    """Certificates that were handed over, and that the firmware does not have."""
    lost = [one for one in chosen if one.serial not in after.staged]
    message = "was handed over, and the firmware does not have it"
    return tuple(Problem("not-staged", one.path, message) for one in lost)


def refused_module(module: SignedModule) -> Problem:
    """Why a kernel does not load a module that its root needs, and what to do."""
    where = f"/boot/vmlinuz-{module.kernel}"
    kept = "Secure Boot is on, so what is on the ESPs of this kernel stays as it is"
    if module.serial is None:
        message = f"would not load the module {module.name}, which is not signed; {kept}"
        return Problem("module-unsigned", where, message, _BUILD)
    message = f"would not load the module {module.name}, whose signer is not enrolled; {kept}"
    hint = "`bedplate secure-boot enrol`, and confirm it at the next start"
    return Problem("module-refused", where, message, hint)


def refused_modules(trust: ModuleTrust, needed: Collection[str]) -> tuple[Problem, ...]:
    """All modules among the `needed` ones that a kernel would not load."""
    return tuple(refused_module(module) for module in trust.refused if module.name in needed)


def unknown_signers(
    trust: ModuleTrust, certificates: tuple[Certificate, ...]
) -> tuple[Problem, ...]:
    """Modules that no kernel would load, and whose certificate this host does not have either."""
    at_hand = {one.serial for one in certificates}
    return tuple(
        Problem(
            "signer-unknown",
            f"{module.name} of {module.kernel}",
            f"is signed with the key {module.serial}, whose certificate is not on this host"
            if module.serial is not None
            else "is not signed",
            _BUILD,
        )
        for module in trust.refused
        if module.serial not in at_hand
    )


def _obstacle(firmware: Firmware, trust: ModuleTrust) -> Problem | None:
    where = "firmware"
    if firmware.kind is not FirmwareKind.UEFI:
        message = "started this machine as a BIOS, and has no keys"
        return Problem("no-secure-boot", where, message, "nothing needs to be enrolled")
    setup = "enrol the certificate in the firmware's own setup (db)"
    if not firmware.nvram_writable:
        message = "does not let its variables be written, so that no key can be handed over"
        return Problem("nvram-read-only", where, message, f"mount efivarfs for writing, or {setup}")
    # Shim always enrols the key of whoever made it.
    if not trust.enrolled:
        message = "started this machine without shim, which is what enrols keys"
        turn_on = "turn Secure Boot on, start the installer medium, and try there"
        return Problem("no-shim", where, message, setup if firmware.secure_boot else turn_on)
    return None
