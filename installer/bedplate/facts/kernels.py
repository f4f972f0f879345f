"""The kernels of a host: packages, what lies in /boot, the lists of what is to be booted.

Packages are asked of `dpkg-query` without a pattern: with one that nothing matches it fails in the
same way as with a broken database.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from bedplate.errors import FactsError, Problem
from bedplate.facts.mounts import probe_mounts
from bedplate.facts.platform import probe_firmware
from bedplate.facts.secure_boot import probe_module_trust
from bedplate.facts.tools import MissingTool, ask, senseless
from bedplate.model.boot_files import (
    ESP_LIST,
    GOOD_BOOT,
    GRUB_MENU,
    MANUAL_LIST,
    NEXT_BOOT_PIN,
    PIN,
)
from bedplate.model.kernels import (
    KERNEL_VERSION,
    BootKernel,
    DamagedLine,
    FileFact,
    GrubEntry,
    HostKernels,
    KernelLists,
    KernelPackage,
)
from bedplate.model.secure_boot import ZFS
from bedplate.run import Runner

_FORMAT = "--showformat=${Package}\\t${Version}\\t${db:Status-Abbrev}\\n"
_KERNEL_PACKAGE = re.compile(r"(?:linux-image|proxmox-kernel|pve-kernel)-.*")
_IMAGE = "vmlinuz-"
_INITRAMFS = "initrd.img-"
# Copies that `make install`, dpkg and people leave beside a kernel.
_COPY = re.compile(r".*\.(?:old|bak|orig|dpkg-[a-z]+)")
# A line begins with the path of a module; what it depends on follows.
_MODULE = re.compile(r"^(?:[^\s:]*/)?([^\s:/]+)\.ko(?:\.\w+)?(?=:|$)", re.MULTILINE)
_SUBMENU = re.compile(r"submenu .*\$menuentry_id_option '([\w./:-]+)'")
_ENTRY = re.compile(
    r"(\s*)menuentry .*\$menuentry_id_option '(gnulinux-([^']+?)-advanced-[\w./:-]*)' \{"
)


def parse_kernel_packages(text: str) -> tuple[KernelPackage, ...]:
    """Packages of kernels among all packages: tab-separated names, versions and states.

    Raises `FactsError` for a line that is not one of `dpkg-query --show` in that form.
    """
    packages: list[KernelPackage] = []
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) != 3 or len(fields[2]) < 2:
            raise senseless("dpkg-query", f"printed the line {line!r}")
        name, version, state = fields
        if _KERNEL_PACKAGE.fullmatch(name):
            packages.append(KernelPackage(name=name, version=version, state=state[:2]))
    return tuple(packages)


def parse_kernel_list(path: str, text: str) -> tuple[tuple[str, ...], tuple[DamagedLine, ...]]:
    """The versions of a list with one on each line, and the lines that are none."""
    versions: list[str] = []
    damaged: list[DamagedLine] = []
    for number, line in enumerate(text.split("\n"), start=1):
        word = line.strip()
        if KERNEL_VERSION.fullmatch(word):
            versions.append(word)
        elif word:
            damaged.append(DamagedLine(path=path, number=number, text=word))
    return tuple(versions), tuple(damaged)


def parse_pin(path: str, text: str) -> tuple[str | None, tuple[DamagedLine, ...]]:
    """The version on the first line, which alone counts; an empty file pins nothing."""
    versions, damaged = parse_kernel_list(path, text.partition("\n")[0])
    return next(iter(versions), None), damaged


def parse_grub_menu(text: str) -> tuple[GrubEntry, ...]:
    """The kernels of a grub.cfg that update-grub made, without those for recovery.

    One in a submenu is indented, and named by the ids of both.
    """
    entries: list[GrubEntry] = []
    submenu = ""
    for line in text.splitlines():
        if opened := _SUBMENU.match(line):
            submenu = opened[1]
        elif found := _ENTRY.fullmatch(line.rstrip()):
            menu_id = f"{submenu}>{found[2]}" if found[1] else found[2]
            entries.append(GrubEntry(kernel=found[3], id=menu_id))
    return tuple(entries)


def probe_host_kernels(
    run: Runner,
    root: Path = Path("/"),
    *,
    environment: Mapping[str, str] = os.environ,
) -> HostKernels:
    """The kernels of the host whose root file system is at `root`.

    Raises `FactsError` if dpkg is not there or a file cannot be read, `CommandError` if dpkg fails.
    """
    running = probe_running_kernel(root, environment)
    in_boot = probe_boot_kernels(root, running)
    return HostKernels(
        managed=is_managed(root),
        packages=probe_kernel_packages(run, root),
        in_boot=_judged(run, in_boot, root),
        running=running,
        good_boot=probe_good_boot(root),
        lists=probe_kernel_lists(root),
    )


def _judged(run: Runner, kernels: tuple[BootKernel, ...], root: Path) -> tuple[BootKernel, ...]:
    """The same kernels, with what Secure Boot would keep each of them from loading.

    The running one is no exception: a module that was built again is not what it has loaded.
    """
    needed = probe_root_modules(root)
    if not (needed and kernels and probe_firmware(root).checks_modules):
        return kernels
    try:
        versions = [kernel.version for kernel in kernels]
        trust = probe_module_trust(run, versions, sorted(needed), root)
    except MissingTool as missing:
        message = "is not installed, so nobody knows which modules Secure Boot lets a kernel load"
        raise missing.as_error(message, "install `mokutil` and `kmod`") from missing
    return tuple(
        kernel.model_copy(
            update={"refuses": tuple(m for m in trust.refused if m.kernel == kernel.version)}
        )
        for kernel in kernels
    )


def is_managed(root: Path = Path("/")) -> bool:
    """Whether kernels are kept on listed ESPs; an empty list counts (proxmox-boot-tool)."""
    return (root / ESP_LIST[1:]).exists()


def probe_kernel_packages(run: Runner, root: Path = Path("/")) -> tuple[KernelPackage, ...]:
    """The packages of kernels that dpkg knows."""
    try:
        listed = ask(run, ["dpkg-query", f"--admindir={root / 'var/lib/dpkg'}", "--show", _FORMAT])
    except MissingTool as missing:
        message = "is not installed, so the kernel packages are not known"
        raise missing.as_error(message, "this works on Debian and what is made of it") from missing
    return parse_kernel_packages(listed.stdout)


def probe_boot_kernels(
    root: Path = Path("/"), running: str | None = None
) -> tuple[BootKernel, ...]:
    """What lies in /boot under the names of kernels. The `running` one lacks nothing, evidently."""
    kernels: list[BootKernel] = []
    needed = probe_root_modules(root)
    for image in sorted((root / "boot").glob(f"{_IMAGE}*")):
        version = image.name.removeprefix(_IMAGE)
        file = probe_file(image)
        if file is None or _COPY.fullmatch(version) or not KERNEL_VERSION.fullmatch(version):
            continue
        initramfs = probe_file(image.with_name(_INITRAMFS + version))
        there = probe_modules(root, version) if version != running and needed else needed
        lacks = tuple(sorted(needed - there))
        kernels.append(BootKernel(version=version, image=file, initramfs=initramfs, lacks=lacks))
    return tuple(kernels)


def probe_root_modules(root: Path = Path("/")) -> frozenset[str]:
    """The modules without which a kernel of this host does not find its root file system.

    Only those that Debian builds on the host itself: all others come with each kernel.
    """
    table = root / "proc/self/mountinfo"
    mounts = probe_mounts(root) if table.exists() else ()
    on_zfs = any(mount.target == "/" and mount.kind == "zfs" for mount in mounts)
    return frozenset({ZFS} if on_zfs else ())


def probe_modules(root: Path, version: str) -> frozenset[str]:
    """The modules that a kernel has, built in or as files, by name (modprobe(8))."""
    folder = root / "lib/modules" / version
    lists = [folder / name for name in ("modules.dep", "modules.builtin")]
    text = "\n".join(path.read_text(errors="replace") for path in lists if path.is_file())
    return frozenset(_MODULE.findall(text))


def probe_file(path: Path) -> FileFact | None:
    """A file as it is now; `None` if there is none, or only a link that leads nowhere."""
    return FileFact(size_bytes=path.stat().st_size) if path.is_file() else None


def probe_good_boot(root: Path = Path("/")) -> str | None:
    """The kernel that the whole host came up with last, as it was noted then."""
    return parse_pin(GOOD_BOOT, text_of(root, GOOD_BOOT) or "")[0]


def probe_running_kernel(
    root: Path = Path("/"), environment: Mapping[str, str] = os.environ
) -> str | None:
    """The version of the kernel that runs, unless it is that of a machine which builds images.

    Such builds say so by SOURCE_DATE_EPOCH (reproducible-builds.org).
    """
    if "SOURCE_DATE_EPOCH" in environment:
        return None
    return (text_of(root, "/proc/sys/kernel/osrelease") or "").strip() or None


def probe_kernel_lists(root: Path = Path("/")) -> KernelLists:
    """What the administrator asked for; a list that is not there is an empty one."""
    manual, damaged = parse_kernel_list(MANUAL_LIST, text_of(root, MANUAL_LIST) or "")
    pin, damaged_pin = parse_pin(PIN, text_of(root, PIN) or "")
    next_pin, damaged_next = parse_pin(NEXT_BOOT_PIN, text_of(root, NEXT_BOOT_PIN) or "")
    return KernelLists(
        manual=manual,
        pin=pin,
        next_boot_pin=next_pin,
        damaged=(*damaged, *damaged_pin, *damaged_next),
    )


def probe_grub_menu(root: Path = Path("/")) -> tuple[GrubEntry, ...]:
    """The kernels in the menu of the GRUB that reads this root file system."""
    return parse_grub_menu(text_of(root, GRUB_MENU) or "")


def text_of(root: Path, path: str) -> str | None:
    """The text of a file of the host; what is not UTF-8 in it becomes U+FFFD.

    `None` if it is not there. Raises `FactsError` if it cannot be read.
    """
    try:
        return (root / path[1:]).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise FactsError(Problem("file-unreadable", path, message)) from error
