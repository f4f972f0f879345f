"""Which files a host may be given at its first start: not those that it needs for the next one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

# Links that every Debian has: a path by way of one means a file elsewhere.
_LINKS = {
    **{f"/{name}": f"/usr/{name}" for name in ("bin", "lib", "lib32", "lib64", "libx32", "sbin")},
    "/var/run": "/run",
    "/var/lock": "/run/lock",
}
# What the kernel shows, what a host needs to start, and what bedplate keeps there itself.
NOTHING_BELOW = (
    *("/proc", "/sys", "/dev", "/run", "/boot", "/efi", "/usr/lib/modules"),
    *("/usr/lib/bedplate", "/usr/share/bedplate", "/var/lib/bedplate", "/etc/zfs/keys"),
)
"""Folders in which, and in the place of which, no file may be written."""
_FILES = frozenset(
    {
        *("/etc/crypttab", "/etc/default/grub", "/etc/fstab", "/etc/hostid", "/etc/machine-id"),
        *("/etc/group", "/etc/gshadow", "/etc/passwd", "/etc/shadow", "/etc/zfs/zpool.cache"),
        *("/etc/kernel/cmdline", "/etc/kernel/next-boot-pin", "/etc/kernel/proxmox-boot-uuids"),
        *("/etc/kernel/proxmox-boot-manual-kernels", "/etc/kernel/proxmox-boot-pin"),
        *("/usr/bin/bedplate", "/usr/sbin/grub-install", "/usr/sbin/proxmox-boot-tool"),
    }
)
# systemd and others know them; with a file in their place nothing else would find its own.
_ALWAYS_FOLDERS = frozenset(
    f"/{name}" for name in ("etc", "home", "mnt", "opt", "root", "srv", "tmp", "usr", "var")
)


def wrong_with_path(path: str) -> str:
    """Why nothing is written to a path; empty if it may be."""
    parts = path.split("/")[1:]
    if not path.startswith("/") or {"", ".", ".."} & set(parts) or not path.isprintable():
        return "is not the path of a file, from the root and without detours"
    real = _without_links(path)
    if real in _FILES or any(real == top or real.startswith(f"{top}/") for top in NOTHING_BELOW):
        return "is what the kernel, the boot loaders, the accounts or bedplate need as it is"
    if path in _LINKS or real in _ALWAYS_FOLDERS:
        return "is a folder"
    return ""


def above_itself(path: str, others: Collection[str]) -> str:
    """The one of the other paths that would have to be a folder for this one; empty if none."""
    above = {_without_links(str(folder)) for folder in PurePosixPath(path).parents}
    above |= {str(folder) for folder in PurePosixPath(_without_links(path)).parents}
    return next((other for other in others if _without_links(other) in above), "")


def _without_links(path: str) -> str:
    for link, real in _LINKS.items():
        if path == link or path.startswith(f"{link}/"):
            return real + path[len(link) :]
    return path
