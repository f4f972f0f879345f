"""Which modules a kernel takes that was started with Secure Boot on.

Such a kernel loads a module only if it knows who signed it: who built the kernel itself, the
firmware's own list (db), or the owner of the machine, whose keys (MOK) the loader shim keeps in the
firmware. A key is known here by the serial number of its certificate, in lower-case hex without
colons, as both module and list name it.
"""

from __future__ import annotations

from bedplate.model.value import Value

ZFS = "zfs"
"""The only module that a root file system needs and Debian builds on the host itself."""


class Certificate(Value):
    """A file with the certificate of a key that signs modules which are not the kernel's own."""

    path: str
    serial: str


class SignedModule(Value):
    """A module of a kernel, and who signed it: nobody, if there is no `serial`.

    `is_own` says that it is whoever signed the modules that came with the kernel, or that the
    kernel has it built in.
    """

    kernel: str
    name: str
    serial: str | None = None
    is_own: bool = False


class ModuleTrust(Value):
    """Keys and modules of a machine.

    `enrolled` are the owner's keys, `firmware` those in its db, `staged` those that shim asks about
    at the next boot.
    """

    enrolled: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()
    staged: tuple[str, ...] = ()
    modules: tuple[SignedModule, ...] = ()

    def knows(self, serial: str | None) -> bool:
        """Whether a kernel takes what is signed with that key."""
        return serial in self.enrolled or serial in self.firmware

    def takes(self, module: SignedModule) -> bool:
        """Whether a kernel loads the module with Secure Boot on."""
        return module.is_own or self.knows(module.serial)

    @property
    def refused(self) -> tuple[SignedModule, ...]:
        """The modules that their kernels would not load with Secure Boot on."""
        return tuple(module for module in self.modules if not self.takes(module))
