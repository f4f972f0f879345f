"""The commands that fill the new system's root and set up what is to be made in there."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate.render.argv import Argv, Place


def unpack(image: Place, root: Place, *, percentage: bool = False) -> Argv:
    """Extract a squashfs over a folder; `percentage` is for programs to read. unsquashfs(1)."""
    progress = ["-percentage"] if percentage else []
    return ["unsquashfs", "-force", *progress, "-dest", root, image]


def set_password(root: Place, *, hashed: bool = False) -> Argv:
    """Set the password that is read as `USER:PASSWORD`. chpasswd(8).

    A plain one is hashed by the new system's own chpasswd, as that system does it.
    """
    return ["chroot", root, "chpasswd", *(["-e"] if hashed else [])]


def run_in(root: Place, argv: Sequence[str]) -> Argv:
    """Run a program of the new system in there."""
    return ["chroot", root, *argv]


def make_host_keys(root: Place) -> Argv:
    """Generate the SSH host keys that sshd_config(5) names by default. ssh-keygen(1)."""
    return ["ssh-keygen", "-q", "-A", "-f", root]
