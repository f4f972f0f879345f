"""ESPs in the words of the manual's tool."""

from __future__ import annotations

from bedplate.model.facts import FirmwareKind
from bedplate.render.boot_tool_text import render_boot_tool_status


def test_status() -> None:
    found: dict[str, dict[str, tuple[str, ...]]] = {
        "AAAA-0001": {"uefi": ("6.1.0-1", "6.8.12-4-pve"), "grub": ("6.8.12-4-pve",)},
        "DDDD-0004": {"uefi": ()},
    }
    said = render_boot_tool_status(
        FirmwareKind.UEFI, ("AAAA-0001", "BBBB-0002"), found, "/etc/kernel/proxmox-boot-uuids"
    )
    assert said == (
        "System currently booted with uefi\n"
        "AAAA-0001 is configured with: uefi (versions: 6.1.0-1, 6.8.12-4-pve), "
        "grub (versions: 6.8.12-4-pve)\n"
        "WARN: /dev/disk/by-uuid/BBBB-0002 does not exist - "
        "clean '/etc/kernel/proxmox-boot-uuids'! - skipping\n"
    )


def test_a_host_that_was_started_by_a_bios() -> None:
    said = render_boot_tool_status(FirmwareKind.BIOS, (), {}, "list")
    assert said == "System currently booted with legacy bios\n"
