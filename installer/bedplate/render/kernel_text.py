"""What people read about the kernels of a host."""

from __future__ import annotations


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
