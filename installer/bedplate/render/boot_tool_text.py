"""The state of ESPs in the words of the manual's tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bedplate.model.facts import FirmwareKind

_STARTED = {FirmwareKind.UEFI: "uefi", FirmwareKind.BIOS: "legacy bios"}


def render_boot_tool_status(
    started: FirmwareKind,
    listed: Sequence[str],
    found: dict[str, dict[str, tuple[str, ...]]],
    list_path: str,
) -> str:
    """What `proxmox-boot-tool status` prints.

    `found` has, for each FAT id that a disk carries, the kernels for each loader: `uefi`, `grub`.
    """
    lines = [f"System currently booted with {_STARTED[started]}"]
    for fat_id in listed:
        if fat_id in found:
            lines.append(f"{fat_id} is configured with: {', '.join(_loaders(found[fat_id]))}")
        else:
            lines.append(
                f"WARN: /dev/disk/by-uuid/{fat_id} does not exist - clean '{list_path}'! - skipping"
            )
    return "".join(f"{line}\n" for line in lines)


def _loaders(kernels: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for loader, versions in kernels.items():
        yield f"{loader} (versions: {', '.join(versions)})"
