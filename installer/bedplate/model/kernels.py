"""The kernels of a running host, as `bedplate.facts.kernels` reads them, and what asks for some.

A kernel goes by its version as `uname -r` prints it, which is also the end of its file names
(`/boot/vmlinuz-6.8.12-4-pve`). Proxmox calls it the ABI version.
"""

from __future__ import annotations

import re

from pydantic import Field

from bedplate.model.secure_boot import SignedModule
from bedplate.model.value import Value

ROOT_KINDS = ("ZFS=", "UUID=", "PARTUUID=", "LABEL=", "PARTLABEL=", "/dev/…")
"""What a `root=` may begin with."""

KERNEL_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~_-]*")
"""What can be a kernel's version: it ends up in file names, menus and package names."""


class KernelPackage(Value):
    """A package of a kernel, or one that only depends on the newest of them.

    `state` is dpkg's two letters: what is wanted and what is (`ii`, `rc`, `hi`; dpkg-query(1)).
    """

    name: str
    version: str
    state: str


class FileFact(Value):
    """A file, by its size."""

    size_bytes: int


class BootKernel(Value):
    """A kernel that lies in /boot, with its initramfs if there is one.

    `lacks` are modules that the host's root file system needs and this kernel has not got, as when
    ZFS could not be built for it; `refuses` those that it has and would not load, for Secure Boot
    is on and nobody it trusts has signed them. What is on an ESP of such a kernel stays there.
    """

    version: str
    image: FileFact
    initramfs: FileFact | None = None
    lacks: tuple[str, ...] = ()
    refuses: tuple[SignedModule, ...] = ()

    @property
    def is_bootable(self) -> bool:
        """Whether a loader can start it: a host's root is never found without an initramfs."""
        if self.initramfs is None or self.lacks or self.refuses:
            return False
        return self.image.size_bytes > 0 and self.initramfs.size_bytes > 0


class DamagedLine(Value):
    """A line of one of the lists below that is not the version of a kernel; counted from 1."""

    path: str
    number: int
    text: str


class KernelLists(Value):
    """What the administrator asked for, from the files in /etc/kernel.

    `manual` is in the order of the file. A line that cannot be read is only in `damaged`.
    """

    manual: tuple[str, ...] = ()
    pin: str | None = None
    next_boot_pin: str | None = None
    damaged: tuple[DamagedLine, ...] = ()

    def damage_of(self, path: str) -> tuple[DamagedLine, ...]:
        """The damaged lines of one of the files."""
        return tuple(line for line in self.damaged if line.path == path)


class GrubEntry(Value):
    """An entry of GRUB's menu that starts a kernel; `id` is what GRUB_DEFAULT names it by."""

    kernel: str
    id: str


class TextFile(Value):
    """A configuration file."""

    path: str
    content: str


class CmdlineFiles(Value):
    """Every place that a kernel command line comes from; `None` is a file that is not there.

    `snippets` are the files of /etc/default/grub.d in the order in which update-grub reads them,
    `running` is what this machine's kernel was started with.
    """

    kernel_cmdline: str | None = None
    default_grub: str | None = None
    snippets: tuple[TextFile, ...] = ()
    running: str = ""


class RootTarget(Value):
    """What a `root=` of a kernel command line names.

    `value` is what follows `root=`, `place` the device or dataset in the words of people, `None` if
    it is of a kind that cannot be looked up.
    """

    value: str
    place: str | None
    exists: bool


class HostKernels(Value):
    """The kernels of one host at one moment.

    `managed` says that kernels are kept on listed ESPs, and not only started by GRUB from /boot.
    `running` is `None` where the kernel that runs is not this host's own, in a build of an image.
    `good_boot` is the last one that the whole host came up with.
    """

    managed: bool
    packages: tuple[KernelPackage, ...] = ()
    in_boot: tuple[BootKernel, ...] = ()
    running: str | None = None
    good_boot: str | None = None
    lists: KernelLists = Field(default_factory=KernelLists)

    def find(self, version: str) -> BootKernel | None:
        """The kernel of that version in /boot."""
        return next((kernel for kernel in self.in_boot if kernel.version == version), None)
