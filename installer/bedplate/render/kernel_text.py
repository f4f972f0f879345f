"""What people read about the kernels of a host, and about changes of what it boots."""

from __future__ import annotations

from bedplate.model.host_change import HostChange
from bedplate.render import boot_argv


def render_selected(
    manual: tuple[str, ...],
    automatic: tuple[str, ...],
    pin: str | None,
    next_boot_pin: str | None,
) -> str:
    """The list of selected kernels as `proxmox-boot-tool kernel list` prints it."""
    parts = {
        "Manually selected kernels": manual or ("None.",),
        "Automatically selected kernels": automatic,
        "Pinned kernel": (pin,) if pin else (),
        "Kernel pinned on next-boot": (next_boot_pin,) if next_boot_pin else (),
    }
    always = ("Manually selected kernels", "Automatically selected kernels")
    return "\n".join(
        "".join(f"{line}\n" for line in (f"{title}:", *versions))
        for title, versions in parts.items()
        if versions or title in always
    )


def render_change(change: HostChange) -> str:
    """What is about to be done, a line for each thing; empty if that is nothing."""
    lines = [
        f"{'remove' if file.content is None else 'write '} {file.path}" for file in change.files
    ]
    if change.update_grub:
        lines.append(f"run    {' '.join(map(str, boot_argv.update_grub()))}")
    return "".join(f"{line}\n" for line in lines)
