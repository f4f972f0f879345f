"""Small hosts with kernels, for tests of what they boot."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.model.kernels import BootKernel, FileFact, HostKernels, KernelLists, KernelPackage

IMAGE = FileFact(size_bytes=12_000_000)
INITRAMFS = FileFact(size_bytes=60_000_000)


def package(name: str, state: str = "ii") -> KernelPackage:
    """A package as dpkg knows it."""
    return KernelPackage(name=name, version="1", state=state)


def in_boot(*versions: str) -> tuple[BootKernel, ...]:
    """Kernels in /boot; a version with a `-` at its end has no initramfs."""
    return tuple(
        BootKernel(
            version=version.removesuffix("-"),
            image=IMAGE,
            initramfs=None if version.endswith("-") else INITRAMFS,
        )
        for version in versions
    )


def proxmox_host(
    kernels: str,
    series: str = "",
    running: str | None = None,
    lists: KernelLists | None = None,
    others: Iterable[KernelPackage] = (),
) -> HostKernels:
    """A host with Proxmox's kernels, as `6.8.4-2 6.8.8-2`, each of which lies in /boot."""
    versions = [f"{kernel}-pve" for kernel in kernels.split()]
    return HostKernels(
        managed=True,
        packages=(
            *(package(f"proxmox-kernel-{version}-signed") for version in versions),
            *(package(f"proxmox-kernel-{one}") for one in series.split()),
            *others,
        ),
        in_boot=in_boot(*versions),
        running=running and f"{running}-pve",
        lists=lists or KernelLists(),
    )


def debian_host(
    kernels: str, running: str | None = None, lists: KernelLists | None = None
) -> HostKernels:
    """A host with Debian's kernels, as `6.1.0-37-amd64`, each of which lies in /boot."""
    return HostKernels(
        managed=True,
        packages=(
            *(package(f"linux-image-{version}") for version in kernels.split()),
            package("linux-image-amd64"),
        ),
        in_boot=in_boot(*kernels.split()),
        running=running,
        lists=lists or KernelLists(),
    )
