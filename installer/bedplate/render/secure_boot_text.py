"""What `bedplate secure-boot` says to people."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.model.facts import Firmware, FirmwareKind
from bedplate.model.secure_boot import Certificate, ModuleTrust, SignedModule

_DIGITS = 12


def render_state(firmware: Firmware) -> str:
    """A sentence about the firmware."""
    if firmware.kind is not FirmwareKind.UEFI:
        return "This machine was started as a BIOS would: there is no Secure Boot."
    if firmware.secure_boot and not firmware.checks_modules:
        return "Secure Boot is on, but shim was told not to insist: a kernel loads every module."
    if firmware.secure_boot:
        return "Secure Boot is on: a kernel loads modules of signers that it knows."
    return "Secure Boot is off: a kernel loads every module."


def module_rows(trust: ModuleTrust) -> Iterator[tuple[str, str, str, str]]:
    """Kernel, module, signer and what comes of it, for each module."""
    for module in trust.modules:
        yield module.kernel, module.name, _signer(module), _state(module, trust)


def _signer(module: SignedModule) -> str:
    """As much of the key as it takes to tell two apart."""
    return f"{module.serial[:_DIGITS]}…" if module.serial is not None else "not signed"


def _state(module: SignedModule, trust: ModuleTrust) -> str:
    if module.is_own:
        return "the kernel's own"
    if trust.takes(module):
        return "enrolled" if module.serial in trust.enrolled else "known to the firmware"
    return "staged" if module.serial in trust.staged else "not enrolled"


def render_staged(
    trust: ModuleTrust,
    certificates: tuple[Certificate, ...],
    chosen: tuple[Certificate, ...],
    password: str | None,
) -> str:
    """What was staged for the next boot, and what somebody has to do then."""
    if not chosen:
        waiting = [one.path for one in certificates if one.serial in trust.staged]
        if not certificates:
            return "This host has no keys of its own."
        if not waiting:
            return "Every key of this host is enrolled."
        return (
            f"Staged before, with a password that was shown then: {', '.join(waiting)}.\n"
            "To have a new password, take that back: `mokutil --revoke-import`."
        )
    return "\n".join(
        (
            *(f"Staged: {one.path}, key {one.serial}" for one in chosen),
            "",
            "At the next start shim asks about it, on screen and serial console, for ten seconds:",
            "  1. Press a key.",
            '  2. Choose "Enroll MOK", then "Continue", then "Yes".',
            f"  3. Type this password: {password}",
            '  4. Choose "Reboot".',
            "",
            "If nobody is there in time, the machine starts as before and nothing is enrolled.",
        )
    )
