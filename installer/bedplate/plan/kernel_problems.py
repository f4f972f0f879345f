"""What is wrong with a host's kernels and the lists about them, for its administrator to mend."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bedplate.errors import Problem
from bedplate.model.boot_files import MANUAL_LIST, NEXT_BOOT_PIN, PIN
from bedplate.model.kernels import BootKernel, DamagedLine, HostKernels
from bedplate.plan.enrolment import refused_module

_UNPIN = {PIN: "unpin", NEXT_BOOT_PIN: "unpin --next-boot"}


def kernel_problems(host: HostKernels, selected: Collection[str]) -> Iterator[Problem]:
    """Every problem of the lists and of the selected versions."""
    yield from map(damaged_line, host.lists.damaged)
    for version in sorted(selected):
        kernel = host.find(version)
        yield from _missing(host, version) if kernel is None else not_bootable(kernel)
    if not any(kernel.is_bootable for kernel in host.in_boot):
        message = "holds no kernel with an initramfs, so nothing can be started"
        hint = "install a kernel package, or make the initramfs with `update-initramfs -c -k all`"
        yield Problem("no-bootable-kernel", "/boot", message, hint)


def damaged_line(line: DamagedLine) -> Problem:
    """A line of a list that is not a kernel version."""
    message = f"line {line.number} is {line.text!r}, which is not the version of a kernel"
    hint = f"run `bedplate kernel {undo}`" if (undo := _UNPIN.get(line.path)) else "delete it"
    return Problem("list-damaged", line.path, message, f"correct the line, or {hint}")


def not_bootable(kernel: BootKernel) -> Iterator[Problem]:
    """Why a kernel in /boot cannot be started, if it cannot."""
    if kernel.image.size_bytes == 0:
        hint = "install its package again"
        yield Problem("kernel-empty", f"/boot/vmlinuz-{kernel.version}", "is empty", hint)
    elif kernel.lacks:
        version, modules = kernel.version, ", ".join(kernel.lacks)
        message = f"cannot be started: it has no module {modules}, which the root needs"
        hint = f"install its headers, run `dkms autoinstall -k {version}`, remake its initramfs"
        yield Problem("module-missing", f"/boot/vmlinuz-{version}", message, hint)
    elif kernel.refuses:
        yield from map(refused_module, kernel.refuses)
    elif not kernel.is_bootable:
        message = "is not there, or empty; without it the kernel cannot find its root"
        hint = f"make it with `update-initramfs -c -k {kernel.version}`"
        yield Problem("initramfs-missing", f"/boot/initrd.img-{kernel.version}", message, hint)


def _missing(host: HostKernels, version: str) -> Iterator[Problem]:
    """Every list that names a version which is not in /boot, or else that its package does."""
    image = f"/boot/vmlinuz-{version}"
    lists = host.lists
    named = {
        MANUAL_LIST: (lists.manual, f"remove {version}"),
        PIN: ((lists.pin,), _UNPIN[PIN]),
        NEXT_BOOT_PIN: ((lists.next_boot_pin,), _UNPIN[NEXT_BOOT_PIN]),
    }
    places = [(path, undo) for path, (versions, undo) in named.items() if version in versions]
    for path, undo in places:
        message = f"names the kernel {version}, but there is no {image}"
        hint = f"install it, or run `bedplate kernel {undo}`"
        yield Problem("kernel-missing", path, message, hint)
    if not places:
        message = "is not there, but the kernel's package is installed"
        yield Problem("kernel-missing", image, message, "install the package again")
